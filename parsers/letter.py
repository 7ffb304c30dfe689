"""One letter as its child reads it: the message, and what its lines state; an export is only counted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.parser import BytesHeaderParser
from itertools import islice
from typing import Final

from parsers import headers
from parsers.answers import read_answers
from parsers.asking import asks_us
from parsers.attachments import with_unique_names
from parsers.body import parse_body
from parsers.byname import with_names
from parsers.desk import Desk
from parsers.htmlview import CELL_BREAK
from parsers.labels import read_label
from parsers.lines import read_lines
from parsers.message import Inbound, parse_message
from parsers.origin import Origin, find_origin
from parsers.ownwords import in_plain_words
from parsers.result import Parsed, Problem, StatedRow
from parsers.rows import merge_rows
from parsers.slots import offered_lines
from parsers.startphrase import read_lone_start, read_open_starts, read_starts
from parsers.stated import Stated
from parsers.text import Block, split_lines
from parsers.views import merge_views
from parsers.wishes import read_wishes

_ANSWER: Final = re.compile(
    r"^\W*(re|aw|antw|odp|res|ynt|sv|vs|r|rif|tr|wg|fwd?|rv|doorst)\s*:", re.IGNORECASE
)

_ADDRESS: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_MOST_LOOKED_AT: Final = 2000  # calendar objects: who organises the first ones tells enough
_LOOK: Final = 20_000  # characters


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as read: the message, who asks by what way, and what those of its lines that count state."""

    message: Parsed[Inbound]
    origin: Origin
    stated: Parsed[Stated]


def read_letter(raw: bytes, desk: Desk) -> Letter:
    """Return the message and what it states: its own lines; of what it passes on as much as the way it came allows."""
    message = parse_message(raw)
    inbound = message.value
    origin = find_origin(inbound, desk, _relayed_for(raw, inbound, desk))
    passed_on = origin.via in {"staff-forward", "staff-eml"}
    subject = origin.subject if passed_on else "" if _ANSWER.match(inbound.subject) else inbound.subject
    titled = "asks-migration" in read_wishes(subject)
    asked = titled or _asks_us(inbound.blocks, subject, desk)
    ours = frozenset(one.addr.casefold() for one in inbound.to) | {
        one.casefold() for one in (*desk.support, *desk.bot)
    }
    page, plain = (_in_plain_words(view, desk) for view in (inbound.blocks, inbound.other_blocks))
    own = _read(page, plain, subject, asked=asked, ours=ours)
    if titled:
        own = Parsed(replace(own.value, wishes=own.value.wishes | {"asks-migration"}), own.problems)
    elif not own.value.rows and desk.on_our_thread(inbound):
        own = _told(own, _read(page, plain, subject, asked=True, ours=ours), page)
    first, *more = [_in_plain_words(view, desk) for view in origin.letters] or [()]
    inner = _read(first, more[0] if more else (), "", asked=asked or "asks-migration" in own.value.wishes)
    stated = (
        _by_staff(own, inner) if origin.via.startswith("staff") or origin.relayed else _by_sender(own, inner)
    )
    guessed = inbound.guessed or (origin.inner is not None and origin.inner.guessed)
    rows = tuple(_without_guesses(row, guessed=guessed) for row in stated.value.rows)
    if origin.inner is not None:
        files = [one for one in inbound.attachments if one.kind != "message"]
        inbound = replace(inbound, attachments=with_unique_names([*files, *origin.inner.attachments]))
    problems = (*message.problems, *origin.problems)
    offered = offered_lines(inbound.blocks) or offered_lines(inbound.other_blocks)
    found = replace(stated.value, rows=rows, offered=offered, answer=_own(page) if offered else "")
    return Letter(Parsed(inbound, problems), origin, Parsed(found, stated.problems))


def _asks_us(blocks: Sequence[Block], subject: str, desk: Desk) -> bool:
    """Say whether the writer asks us for a move; what tells the kind of a mail also tells how freely its rows are read."""
    return asks_us(desk.without_ours(_own(blocks)[:_LOOK]), desk.without_ours(subject))


def _in_plain_words(blocks: Sequence[Block], desk: Desk) -> tuple[Block, ...]:
    if not desk.labels:
        return tuple(blocks)
    return tuple(replace(block, text=in_plain_words(block.text, desk.labels)) for block in blocks)


def _told(own: Parsed[Stated], asked: Parsed[Stated], blocks: Sequence[Block]) -> Parsed[Stated]:
    """Return what an answer states, with the passwords it tells in a sentence: "that of ben@x.example is Secret1"."""
    named = with_names(asked.value.rows, blocks)
    rows = tuple(row for row in named if row.password and row.address)
    return Parsed(replace(own.value, rows=rows), asked.problems) if rows else own


def _read(
    blocks: Sequence[Block],
    others: Sequence[Block],
    subject: str,
    *,
    asked: bool,
    ours: frozenset[str] = frozenset(),
) -> Parsed[Stated]:
    """Return what the own lines of a letter's views state together; `ours` (casefolded) is who asked, in an answer."""
    text, other = (_own(view) for view in (blocks, others))
    first = _with_starts(_with_answers(parse_body(text, asked=asked), blocks, ours), text, subject)
    if not other.strip() or other == text:
        return first
    return merge_views(first, _with_starts(parse_body(other, asked=asked), other, subject), text)


def _with_answers(stated: Parsed[Stated], blocks: Sequence[Block], ours: frozenset[str]) -> Parsed[Stated]:
    """Return the statement with what stands below quoted questions; there a password needs no address beside it.

    A server given as an answer is of that account, and not for all.
    """
    answers = read_answers(blocks, ours)
    if not answers:
        return stated
    said, hosts = {row.password for row in answers}, {row.host for row in answers}
    rest = [row for row in stated.value.rows if row.address or row.password not in said]
    servers = tuple(server for server in stated.value.servers if server.name not in hosts)
    answered = frozenset(host for host in hosts if host)
    rows = merge_rows([*answers, *rest])
    found = replace(stated.value, rows=rows, servers=servers, answered_hosts=answered)
    return Parsed(found, stated.problems)


def _own(blocks: Sequence[Block]) -> str:
    return "\n".join(block.text for block in blocks if block.kind == "own")


def _with_starts(stated: Parsed[Stated], own: str, subject: str) -> Parsed[Stated]:
    title = "" if read_label(subject) else subject  # "Mail" would be the label of the line below it
    sure, doubtful = read_starts(f"{title}\n\n{own}")
    found = replace(
        stated.value,
        start_phrases=sure,
        doubtful_starts=doubtful,
        open_starts=read_open_starts(own),
        lone_start=read_lone_start(own),
    )
    return Parsed(found, stated.problems)


def _by_sender(own: Parsed[Stated], inner: Parsed[Stated]) -> Parsed[Stated]:
    """Return the sender's own words; what they pass on only fills in what those leave out."""
    mine, theirs = own.value, inner.value
    if mine.rows and all(row.password for row in mine.rows):
        return own
    addresses = {row.address.casefold() for row in mine.rows if row.address}
    added = [row for row in theirs.rows if not mine.rows or (row.address or "").casefold() in addresses]
    rows = merge_rows([*mine.rows, *added])
    return Parsed(replace(mine, rows=rows, servers=(*mine.servers, *theirs.servers)), own.problems)


def _by_staff(note: Parsed[Stated], inner: Parsed[Stated]) -> Parsed[Stated]:
    """Return the customer's data with the instructions of the note above it."""
    above, theirs = note.value, inner.value
    together = replace(
        theirs,
        rows=merge_rows([*theirs.rows, *above.rows]),
        start_said=above.start_said or theirs.start_said,
        start_phrases=above.start_phrases or theirs.start_phrases,
        lone_start=above.lone_start or theirs.lone_start,
        doubtful_starts=above.doubtful_starts or theirs.doubtful_starts,
        open_starts=above.open_starts or theirs.open_starts,
        wishes=above.wishes | theirs.wishes,
        servers=(*above.servers, *theirs.servers),
    )
    return Parsed(together, (*note.problems, *inner.problems))


def _without_guesses(row: StatedRow, *, guessed: bool) -> StatedRow:
    """Return the row, its password marked where a charset was guessed, and left out where it stood on two lines."""
    said = row.password or ""
    broken = CELL_BREAK in said
    if not broken and "\ufffd" not in said and (not guessed or said.isascii()):
        return row
    if any(problem.code == "password-unsure" for problem in row.problems):
        return row
    marked = replace(row, problems=(*row.problems, Problem(code="password-unsure", field="password")))
    return replace(marked, password=None, password_alternatives=()) if broken else marked


def _relayed_for(raw: bytes, inbound: Inbound, desk: Desk) -> str:
    """Return the customer that a listed helpdesk names in its field; "" = it is no such mail, or names not one."""
    senders = [one.addr.casefold() for one in inbound.senders]
    for relay in desk.relays:
        if senders == [relay.sender.casefold()]:
            block, _ = headers.cap_headers(headers.split_raw(raw)[0])
            message = BytesHeaderParser().parsebytes(block + b"\r\n\r\n")
            said = headers.value(message, relay.customer_header)
            named = [one.addr for one in headers.addresses(said) if not desk.is_ours(one.addr)]
            return named[0] if len(named) == 1 else ""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How much an export holds, and whose it says it is: evidence, never proof."""

    count: int = 0
    owners: tuple[str, ...] = ()  # X-WR-CALNAME that are addresses: Google calls a calendar by its owner
    organizer: str = ""  # whom more than half of the meetings are organised by


def count_cards(data: bytes, name: str) -> Parsed[Counted]:
    """Return how many cards the file holds, and its problems."""
    from parsers.vcard import parse_cards

    parsed = parse_cards(data)
    return Parsed(Counted(count=len(parsed.value)), _of_file(parsed.problems, name))


def count_objects(data: bytes, name: str) -> Parsed[Counted]:
    """Return how many calendar objects the file holds, whose they seem to be, and its problems."""
    from parsers.ics import parse_calendar

    parsed = parse_calendar(data)
    objects = parsed.value.objects
    names = (one.strip() for one in parsed.value.names if one)
    owners = tuple(dict.fromkeys(one for one in names if _ADDRESS.fullmatch(one)))
    counted = Counted(
        count=len(objects), owners=owners, organizer=_main_organizer(one.data for one in objects)
    )
    return Parsed(counted, _of_file(parsed.problems, name))


def _main_organizer(objects: Iterable[bytes]) -> str:
    """Return who organises more than half of the meetings among the first objects; "" = nobody does."""
    said = Counter(
        line.value.strip()[len("mailto:") :].casefold()
        for data in islice(objects, _MOST_LOOKED_AT)
        for line in read_lines(data).lines
        if line.name == "ORGANIZER" and line.value.strip().casefold().startswith("mailto:")
    )
    (address, times), *_ = said.most_common(1) or [("", 0)]
    return address if 2 * times > said.total() else ""


def _of_file(problems: Iterable[Problem], name: str) -> tuple[Problem, ...]:
    return tuple(replace(problem, item=problem.item or name) for problem in problems)


def text_of(inbound: Inbound, kind: str) -> str:
    return "\n".join(block.text for block in inbound.blocks if block.kind == kind)


def own_lines(letter: Letter) -> list[str]:
    """Return the lines that count: the writer's own, and of what staff passed on those of the customer."""
    views = [letter.message.value.blocks, *letter.origin.letters[:1]]
    return [
        line for view in views for block in view if block.kind == "own" for line in split_lines(block.text)
    ]

"""What several replies say in the same words: the summary, what to do, the start, what could not be read. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from bot.pace import Expected, parts
from bot.page import Block
from bot.states import State, Ticket
from bot.tables import Attachment, asking, found_lines, sheet
from bot.timing import Schedule
from bot.words import OURS, Texts, Words
from parsers.whenzone import zone_called

USUAL: Final = Schedule()
WORTH_LOWERING: Final = timedelta(minutes=30)  # a shorter TTL of the MX need not be
GOOD: Final = (
    *(State.READY, State.FIRST_PASS, State.COPIED, State.SECOND_PASS, State.LATE_PASS, State.DONE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a reply needs to know beside the ticket."""

    now: datetime
    language: str = "en"  # of the reply
    texts: Texts = OURS
    skip_roles: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    wipe_after: timedelta = timedelta(days=7)
    schedule: Schedule = USUAL
    watch: timedelta = timedelta(minutes=10)  # between two looks at a domain
    expected: Expected | None = None  # how long the first copy will take; None = not to be said


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply before it becomes a mail."""

    page: tuple[Block, ...]
    attachments: tuple[Attachment, ...] = ()
    language: str = "en"


def summary(ticket: Ticket, words: Words) -> str:
    """Return how many accounts and files stand where, what there is none of left out."""
    total, bad = len(ticket.rows), len(asking(ticket))
    ready = sum(row.state in (State.READY, State.FIRST_PASS) for row in ticket.rows)
    copied = sum(row.state in (State.COPIED, State.SECOND_PASS) for row in ticket.rows)
    moved = sum(row.state in (State.DONE, State.LATE_PASS) for row in ticket.rows)
    waiting = sum(row.state is State.CHECKING for row in ticket.rows)
    ours = sum(row.state in (State.FAILED, State.HELD) for row in ticket.rows)
    contacts = sum(item.items for item in ticket.files if item.kind == "contacts")
    entries = sum(item.items for item in ticket.files if item.kind == "calendar")
    parts = {
        "mailboxes": total,
        "moved": moved,
        "copied": copied,
        "ready": ready,
        "checking": waiting,
        "need_you": bad,
        "need_us": ours,
        "contacts": contacts,
        "entries": entries,
    }
    said = [words("summary", key, n=amount) for key, amount in parts.items() if amount]
    return ", ".join(said) or words("summary", "files", n=len(ticket.files))


def todo(ticket: Ticket, words: Words, kind: str) -> str:
    bad, checking = asking(ticket), sum(row.state is State.CHECKING for row in ticket.rows)
    if bad:
        good = any(row.state in (*GOOD, State.CHECKING) for row in ticket.rows) and not ticket.start_said
        return words("ack", "todo_fix", bad=len(bad), sheet=bool(sheet(bad, words)), others=good)
    if any(item.state is State.ASKING and item.items for item in ticket.files):
        return words("ack", "todo_files")
    if any(item.state is State.ASKING for item in ticket.files):
        return words("ack", "todo_resend")
    states = {*(row.state for row in ticket.rows), *(item.state for item in ticket.files)}
    if states & {State.FAILED, State.HELD}:
        return words("ack", "todo_staff")
    if checking:
        return words("ack", "todo_checking", checking=checking)
    return _todo_nothing(ticket, words, kind)


def _todo_nothing(ticket: Ticket, words: Words, kind: str) -> str:
    if ticket.start_problem or ticket.late:
        return words("start", "todo_when")
    if ticket.start_said:
        return words("start", "todo_wait")
    if kind == "ack" and not ticket.rows:
        return words("ack", "todo_nothing_files")
    return words(kind, "todo_nothing")


def wanted_start(ticket: Ticket, facts: Facts, words: Words) -> list[Block]:
    """The start as an instant with its zone, or the question with what to choose from. Never moved silently."""
    zone = facts.schedule.zone
    offered = "\n".join(
        f"- {when_text(datetime.fromisoformat(one), zone, words)}" for one in ticket.start_choices
    )
    if ticket.late:
        names = words.listed(row.address for row in ticket.rows if row.id in ticket.late)
        late: list[Block] = [words("start", "late", names=names, choices=offered)]
        return late if not ticket.start_said else [*_set_start(ticket, zone, words), *late]
    if ticket.start_problem:
        notice = {"hours": _hours(facts.schedule.notice), "weekend": _hours(facts.schedule.weekend_notice)}
        why = words("start", ticket.start_problem, **notice)
        return [words("start", "ask", said=ticket.start_said, why=why, choices=offered)]
    return _set_start(ticket, zone, words)


def _set_start(ticket: Ticket, zone: str, words: Words) -> list[Block]:
    if not ticket.start_said:
        return []
    if ticket.start_at is None:  # asked for before times were understood: a person agrees on it
        return [words("ack", "start", said=ticket.start_said)]
    here, there = (in_zone(ticket.start_at, name) for name in (zone, ticket.start_zone or zone))
    theirs = words.when(there) if here.utcoffset() != there.utcoffset() else ""
    return [words("start", "set", when=words.when(here), theirs=theirs)]


def expected(ticket: Ticket, facts: Facts, words: Words) -> list[Block]:
    """Say how long the first copy will take, as a range; of the accounts counted so far."""
    if facts.expected is None:
        return []
    unit, least, most = parts(facts.expected)
    span = words("span", unit, least=least, most=most)
    rest = sum(row.state is State.CHECKING for row in ticket.rows)
    return [words("ack", "expected", span=span, rest=rest)]


def switch_at(ticket: Ticket, facts: Facts) -> datetime | None:
    """Return when everything may be copied at the earliest, and the switch may come; None = not known."""
    if facts.expected is None:
        return None
    begins = ticket.start_at if ticket.start_said and ticket.start_at else facts.now
    return max(begins, facts.now) + facts.expected.least


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g}"


def when_text(moment: datetime, zone: str, words: Words) -> str:
    """Return an instant as we write it: "Saturday, 5 December 2026, 22:00 (CET, UTC+01:00)"."""
    return words.when(in_zone(moment, zone))


def in_zone(moment: datetime, zone: str) -> datetime:
    """Return the instant in a zone: a name of the tz database or "UTC+05:30"; one nobody knows is UTC."""
    return moment.astimezone(_zone(zone))


def roles(names: Iterable[str], words: Words) -> str:
    """Return folders by their special use as people call them."""
    return words.listed(words("roles", name) for name in names)


def _zone(name: str) -> tzinfo:
    offset = re.fullmatch(r"UTC([+-])(\d\d):(\d\d)", name)
    if offset:
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(away if offset[1] == "+" else -away)
    return zone_called(name) or UTC


def remarks(ticket: Ticket, words: Words) -> list[Block]:
    """What could not be read of the mail itself or of a table in it."""
    known = [(code, item) for code, item in ticket.remarks if words.has("remarks", code)]
    return ["\n".join(words("remarks", code, item=item) for code, item in known)] if known else []


def found(ticket: Ticket, words: Words) -> list[Block]:
    """Say which servers we found ourselves, so that a wrong one is noticed."""
    lines = found_lines(ticket.rows, words)
    return ["\n".join(lines)] if lines else []

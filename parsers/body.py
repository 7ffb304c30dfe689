"""Rows and wishes stated in running text."""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from parsers.arrows import read_arrow
from parsers.bare import Bare, judge, read_bare
from parsers.drafts import Collector, Draft, Service
from parsers.examples import is_example, opens_example, says_example
from parsers.grammar import BULLET, RULE, Pair, read_pairs
from parsers.gridtext import read_text_table, split_compound
from parsers.labels import Label, heading_role, read_label
from parsers.marks import Mark, is_mail_header, read_mark
from parsers.prose import Told, read_prose
from parsers.result import Parsed, StatedRow
from parsers.rows import merge_rows
from parsers.secret import is_secret_like, read_secret
from parsers.settle import settle
from parsers.sideways import read_sideways
from parsers.text import split_lines
from parsers.values import Host, is_address, is_host, read_address, read_host, read_server
from parsers.wishes import read_wishes

_MAX_LINES: Final = 20_000
_FORM_LINE: Final = re.compile(
    r"\s{0,20}[^\W\d_]{2,30}(?: [^\W\d_]{1,30}){0,4} ?:\s{0,20}"
)  # "Date of birth:"
_TAIL: Final = re.compile(r"(?<![^\s(])[\w.+-]{1,64}@[\w.-]{1,200}\s{0,3}[/;|]\s")
_SERVICES: Final[dict[Mark, Service]] = {"mail": "mail", "sending": "sending", "other": "other"}


@dataclass(frozen=True, slots=True)
class Stated:
    """What a letter says in its own words."""

    rows: tuple[StatedRow, ...] = ()
    start_said: str | None = None  # the wanted start as written; parsers.when reads it
    wishes: frozenset[str] = frozenset()  # "done", "asks-migration"
    start_phrases: tuple[str, ...] = ()  # a start asked for in sentences; parsers.letter finds it
    lone_start: str | None = None  # a start alone on a line: counts in an answer only
    offered: tuple[str, ...] = ()  # the times of our own mail that an answer quotes
    answer: str = ""  # the own lines of such an answer
    open_starts: tuple[str, ...] = ()  # a start by an event ("when we are gone"): asked about likewise
    doubtful_starts: tuple[str, ...] = ()  # times that may be the start: asked about where no other is named
    servers: tuple[Host, ...] = ()  # servers named beside the rows; one alone is for all rows that name none


@dataclass(slots=True)
class _Letter:
    """What is gathered while the lines are read."""

    lines: list[str]
    asked: bool
    collector: Collector = field(default_factory=Collector)
    bare: list[Bare] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)  # lines of this paragraph that state nothing by themselves
    alone: dict[int, Draft] = field(
        default_factory=dict
    )  # those of them that are an address, by index in `loose`
    servers: list[str] = field(default_factory=list)
    same_for_all: bool = False
    example: bool = False  # the lines show what a row could look like
    parted: bool = False  # a blank line came since


def parse_body(text: str, *, asked: bool = False) -> Parsed[Stated]:
    """Return the rows, the wanted start and the wishes stated in a letter's own lines. Never raises.

    Knows `label: value`, the value on the line below, tables, bare `address / password / host` lines and plain
    sentences, in nine languages. A server stated for no row in particular stands in `servers`; who knows the whole
    request shares it. Row problems are those of DESIGN section 3, except host-missing and what a second source of rows
    could show. What cannot be told with certainty is a problem and no value.

    Args:
        text: the lines the sender wrote.
        asked: something else than the text (the subject) asks for a move.
    """
    lines = split_lines(text)[:_MAX_LINES]
    wishes = read_wishes("\n".join(lines))
    letter = _Letter(lines, asked=asked or "asks-migration" in wishes)
    at = 0
    while at < len(letter.lines):
        at = _take(letter, at)
    _end_paragraph(letter)
    return _stated(letter, text, wishes)


def _stated(letter: _Letter, text: str, wishes: frozenset[str]) -> Parsed[Stated]:
    collector = letter.collector
    drafts = collector.drafts
    hosted = bool(letter.servers) or any(draft.has("host") for draft in (*drafts, collector.shared))
    named = any(draft.answered for draft in drafts) or "pass" in text.casefold()
    accepted = judge(letter.bare, hosted=hosted, asked=letter.asked, named=named)
    refused = {id(bare.draft) for bare in letter.bare} - {id(draft) for draft in accepted}
    drafts = [draft for draft in drafts if id(draft) not in refused]
    rows = settle(
        drafts, collector.shared, asked=letter.asked, same_for_all=letter.same_for_all, hosted=hosted
    )
    alone = [
        read_server(draft.stated)
        for draft in (*drafts, collector.shared)
        if not draft.has("address", "login", "password")
    ]
    servers = {server.name: server for server in (*alone, *map(read_host, letter.servers)) if server.name}
    problems = tuple(problem for draft in drafts for problem in draft.problems)
    stated = Stated(
        rows=merge_rows(rows), start_said=collector.start, wishes=wishes, servers=tuple(servers.values())
    )
    return Parsed(stated, tuple(dict.fromkeys(problems)))


def _take(letter: _Letter, at: int) -> int:
    """Take the line, or several where they belong together; return the next line's index."""
    line = letter.lines[at]
    collector = letter.collector
    if not line.strip():
        _end_paragraph(letter)
        collector.blank()
        letter.parted = True
        return at + 1
    if _is_of_example(letter, line):
        return at + 1
    mark = read_mark(line)
    if mark is not None and _obey(letter, mark):
        return at + 1
    if RULE.match(line):
        _end_paragraph(letter)
        collector.rule()
        return at + 1
    return _take_stated(letter, at)


def _is_of_example(letter: _Letter, line: str) -> bool:
    """Say whether the line belongs to an example; one goes on until somebody speaks again behind a blank line."""
    if opens_example(line):
        _end_paragraph(letter)
        letter.example, letter.parted = True, False
    elif letter.example and letter.parted:
        talks = len(line.split()) > 2 or line.rstrip().endswith(":")
        letter.example = not (talks and "@" not in line and not _states(line)) and not RULE.match(line)
    return letter.example or is_example(line)


def _states(line: str) -> bool:
    return any(pair.value.strip() for pair in read_pairs(line))


def _take_stated(letter: _Letter, at: int) -> int:
    line, collector = letter.lines[at], letter.collector
    if arrow := read_arrow(BULLET.sub("", line)):
        _end_paragraph(letter)
        if letter.asked or arrow.answered:
            collector.insert(arrow)
        return at + 1
    if table := read_sideways(letter.lines, at) or read_text_table(letter.lines, at):
        _end_paragraph(letter)
        for draft in table[0]:
            collector.insert(draft)
        return table[1]
    if compound := split_compound(line):
        collector.insert(compound)
        return at + 1
    if (pairs := read_pairs(line)) and not is_mail_header(letter.lines, at):
        return _take_pairs(letter, at, pairs)
    return _take_plain(letter, at)


def _obey(letter: _Letter, mark: Mark) -> bool:
    """Follow what the line says about the lines around it; return whether that is all it says."""
    _end_paragraph(letter)
    collector = letter.collector
    if mark in {"sign-off", "postscript"}:
        collector.sign_off(over=mark == "postscript")
    elif mark == "contact":
        collector.contact()
    else:
        collector.heading(None, service=_SERVICES[mark])
    return mark != "postscript"


def _take_pairs(letter: _Letter, at: int, pairs: list[Pair]) -> int:
    first = pairs[0]
    if first.weak and not _is_plain(first):
        letter.loose.append(letter.lines[at])
        return at + 1
    if not first.value.strip() and len(pairs) == 1:
        return _value_below(letter, at, first)
    _end_paragraph(letter)
    if first.label.field == "address" and (bare := read_bare(first.value)) and " " in first.value.strip():
        if first.label.role == "new":
            letter.collector.add(first._replace(value=bare.draft.stated["address"]))
            letter.collector.add(Pair(Label("password", "new"), bare.draft.stated.get("password", "")))
        else:
            _insert_bare(letter, bare)
        return at + 1
    for pair in pairs:
        letter.collector.add(pair)
    return at + 1


def _is_plain(pair: Pair) -> bool:
    """Say whether a sentence's end is one value: "The password is Ab1."; not "is wrong since Monday"."""
    value = pair.value.strip()
    words = value.split()
    if pair.label.field == "password":
        return len(words) == 1 and (
            is_secret_like(value) or any(c.isdigit() for c in value) or _is_quoted(value)
        )
    if pair.label.field in {"address", "destination"}:
        return len(words) == 1 and is_address(read_address(value))
    if pair.label.field == "host":
        return len(words) <= 4 and read_host(value).name is not None
    if pair.label.field == "login":
        return len(words) == 1
    return pair.label.field in {"start", "port"}


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] in "\"'\u201c\u201e\u00ab\u2018`"


def _value_below(letter: _Letter, at: int, pair: Pair) -> int:
    """Take the next non-blank line as the value, unless it is a pair, a label or a rule itself."""
    lines, collector, label = letter.lines, letter.collector, pair.label
    _end_paragraph(letter)
    below = next((n for n in range(at + 1, min(at + 4, len(lines))) if lines[n].strip()), None)
    taken = (
        below is None
        or read_pairs(lines[below])
        or RULE.match(lines[below])
        or read_label(lines[below].strip())
        or _FORM_LINE.fullmatch(lines[below])
    )
    if taken or below is None:
        service: Service = "sending" if label.field == "ignored" else "mail" if label.field == "host" else ""
        collector.heading(label.role or heading_role(lines[at]), service=service)
        return at + 1
    fits = label.field != "address" or "@" in lines[below]
    if (
        label.field == "address"
        and (bare := read_bare(BULLET.sub("", lines[below])))
        and not is_address(bare.draft.account)
    ):
        fits = False
    if not fits or (label.field == "address" and " " in lines[below].strip()):
        return at + 1
    collector.add(pair._replace(value=lines[below]))
    return below + 1


def _take_plain(letter: _Letter, at: int) -> int:
    """Take a line without a labelled value: a heading, an address alone, a bare row, or a sentence."""
    line = letter.lines[at]
    bare = BULLET.sub("", line).strip(" \t\u00a0*_")
    label = read_label(bare) if "@" not in bare else None
    if label is not None and label.field != "start":
        return _value_below(letter, at, Pair(label, ""))
    if line.rstrip().endswith(":") and (role := heading_role(bare)):
        letter.collector.heading(role, service="")
    if found := read_bare(bare):
        _insert_bare(letter, found)
        return at + 1
    if tail := _row_at_end(bare):
        letter.loose.append(bare[: -len(tail[1])])
        _insert_bare(letter, tail[0])
        return at + 1
    if (address := _address_alone(bare)) and not letter.collector.elsewhere:
        sure = bare.strip("<>:,;.()") == address
        letter.alone[len(letter.loose)] = letter.collector.alone(address, sure=sure)
    letter.loose.append(bare)
    return at + 1


def _row_at_end(line: str) -> tuple[Bare, str] | None:
    """Return the row a sentence ends with ("… access: a@x.example / Secret1 / imap.x.example") and its text."""
    found = list(_TAIL.finditer(line[:2000]))
    if not found or found[-1].start() == 0:
        return None
    text = line[found[-1].start() :]
    row = read_bare(text)
    return (
        (row, text) if row and row.certain and row.draft.has("host") and row.draft.has("password") else None
    )


def _insert_bare(letter: _Letter, found: Bare) -> None:
    letter.bare.append(found)
    letter.collector.insert(found.draft)


def _address_alone(line: str) -> str:
    """Return the address a line consists of, but for a name or a few words beside it; "" for any other line."""
    address = read_address(line.rstrip(":"))
    if not is_address(address):
        return ""
    words = line.replace(address, " ", 1).split()
    if len(words) > 4 or any(is_secret_like(word) or "@" in word or is_host(word) for word in words):
        return ""
    if line.rstrip().endswith((".", "!", "?", ",")) and len(words) > 1:
        return ""
    return address


def _end_paragraph(letter: _Letter) -> None:
    loose, alone = letter.loose, letter.alone
    letter.loose, letter.alone = [], {}
    if not loose:
        return
    if any("@" not in line and says_example(line) for line in loose) or says_example(" ".join(loose)):
        _forget(letter)
        return
    if alone:
        _read_columns(loose, alone)
    told = read_prose(" ".join(line for at, line in enumerate(loose) if at not in alone), asked=letter.asked)
    _take_told(letter, told, loose)


def _forget(letter: _Letter) -> None:
    """Take nothing of what stands above: it was an example."""
    letter.collector.forget()
    letter.bare, letter.servers = [], []


def _take_told(letter: _Letter, told: Told, loose: list[str]) -> None:
    for draft in told.drafts:
        letter.collector.insert(draft)
    hosts = [line for line in loose if is_host(line) and line.count(".") >= 2]
    if not any(draft.has("host") for draft in told.drafts):
        letter.servers += [*told.servers, *(host for host in hosts if read_host(host).name)]
    if told.shared_password:
        letter.collector.shared.stated["password"] = told.shared_password
    letter.same_for_all |= told.same_for_all


def _read_columns(loose: list[str], alone: dict[int, Draft]) -> None:
    """Give each address that stands alone the password and server that stand alone below it."""
    starts = [*sorted(alone), len(loose)]
    for at, following in pairwise(starts):
        below = loose[at + 1 : following]
        hosts = [line for line in below if read_host(line).name and " " not in line]
        rest = [line for line in below if line not in hosts]
        if len(below) > 3 or len(hosts) > 1 or len(rest) != 1 or alone[at].answered:
            continue
        if (
            " " in rest[0]
            or is_address(read_address(rest[0]))
            or read_secret(rest[0]) != "value"
            or not (hosts or is_secret_like(rest[0]))
        ):
            continue
        alone[at].stated["password"] = rest[0]
        if hosts:
            alone[at].stated["host"] = hosts[0]
            loose[loose.index(hosts[0])] = ""

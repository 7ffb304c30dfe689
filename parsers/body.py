"""Rows and wishes stated in running text."""

import re
from dataclasses import dataclass, field
from typing import Final

from parsers.bare import bare_rows, read_text_table
from parsers.labels import Field, Label, Role, heading_role, read_label
from parsers.result import Parsed, Problem, StatedRow
from parsers.rows import build_row, merge_rows
from parsers.text import split_lines
from parsers.values import Host, read_host, read_server
from parsers.wishes import read_wishes

_MAX_LINES: Final = 20_000
_SEPARATOR: Final = re.compile(
    ":=|=>|->|[:=\uff1a\t]|(?P<weak>[ \u00a0](?:is|ist|lautet|est|es|\u00e8|[-\u2013])[ \u00a0])",
    re.IGNORECASE,
)
_BULLET: Final = re.compile(
    r"^[ \t\u00a0]*(?:[-*\u2022\u00b7\u2013+][ \t\u00a0]+|\(?\d{1,3}[.)][ \t\u00a0]+)?"
)
_RULE: Final = re.compile(r"^[ \t]*([-=_*~#\u2014][ \t]*){3,}$")
_BARE_PORT: Final = re.compile(
    r"^\W*(?:imap[- ]?)?(?:port|puerto|porta|poort)\s+(\d{2,5})\b(.*)$", re.IGNORECASE
)
_NEXT_PAIR: Final = re.compile(r"(?:[,;/|]|\s-)\s*([^\W\d_][^:=,;/|]{1,30}?)\s*[:=]\s*(?=\S)")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a letter says in its own words."""

    rows: tuple[StatedRow, ...] = ()
    start_said: str | None = None  # the wanted start as written; parsers.when reads it
    wishes: frozenset[str] = frozenset()  # "done", "asks-migration"
    start_phrases: tuple[str, ...] = ()  # a start asked for in sentences; parsers.letter finds it
    lone_start: str | None = None  # a start alone on a line: counts in an answer only
    servers: tuple[Host, ...] = ()  # servers named beside the rows; one alone is for all rows that name none


@dataclass(slots=True)
class _Draft:
    stated: dict[Field, str] = field(default_factory=dict)
    weak: bool = False  # said in a sentence: "the password is …"
    closed: bool = False  # a blank line came after address and password
    problems: list[Problem] = field(default_factory=list)

    def has(self, *names: Field) -> bool:
        return any(self.stated.get(name, "").strip() for name in names)


class _Collector:
    """Puts pairs into drafts in the order of the text; opens a new draft where a label repeats or a rule parts."""

    def __init__(self) -> None:
        self.drafts = [_Draft()]
        self.numbered: dict[int, _Draft] = {}
        self.role: Role | None = None
        self.start: str | None = None
        self._skip_port = False

    def pair(self, label: Label, value: str, *, weak: bool) -> None:
        if label.field == "start":
            self.start = self.start or value.strip() or None
            return
        if label.field in {"port", "security"} and self._skip_port:
            return
        self._skip_port = label.field == "ignored"
        role = label.role or self.role
        if role == "new":
            self._new_side(label.field, value)
        elif label.field != "ignored":
            self._put(self._draft_for(label, value), label.field, value, weak=weak)

    def blank(self) -> None:
        draft = self.drafts[-1]
        draft.closed = draft.has("password") and draft.has("address", "login")

    def rule(self) -> None:
        self.role = None
        if self.drafts[-1].stated:
            self.drafts.append(_Draft())

    def _new_side(self, name: Field, value: str) -> None:
        if name in {"address", "login", "destination"} and "@" in value:
            self.drafts[-1].stated.setdefault("destination", value)
        elif name == "password" and value.strip():
            self.drafts[-1].problems.append(Problem(code="new-password-ignored", field="password"))

    def _draft_for(self, label: Label, value: str) -> _Draft:
        if label.index is not None:
            if label.index not in self.numbered:
                self.numbered[label.index] = self._fresh()
            return self.numbered[label.index]
        draft = self.drafts[-1]
        if draft.closed and label.field in {"address", "login"}:
            return self._fresh()
        if not draft.has(label.field) or label.field in {"port", "security"}:
            return draft
        if label.field == "host" and not _names_another_host(draft.stated["host"], value):
            return draft
        return self._fresh()

    def _fresh(self) -> _Draft:
        if self.drafts[-1].stated:
            self.drafts.append(_Draft())
        return self.drafts[-1]

    @staticmethod
    def _put(draft: _Draft, name: Field, value: str, *, weak: bool) -> None:
        if name == "host" and draft.has("host") and read_host(value).name is None:
            return
        if name in {"port", "security"} and draft.has(name):
            return
        draft.stated[name] = value
        draft.weak = draft.weak or weak


def _names_another_host(said: str, value: str) -> bool:
    before, now = read_host(said).name, read_host(value).name
    return before is not None and now is not None and before != now


def parse_body(text: str) -> Parsed[Stated]:
    """Return the rows, the wanted start and the wishes stated in a letter's own lines. Never raises.

    Knows `label: value`, the value on the line below, tables, and bare `address / password / host` lines where no
    labels are used; in six languages. A server stated for no row in particular stands in `servers`; who knows the whole request shares it.
    Row problems are those of DESIGN section 3, except host-missing and what a second source of rows could show.
    """
    lines = split_lines(text)[:_MAX_LINES]
    collector = _Collector()
    tables: list[StatedRow] = []
    tuples: list[str] = []
    at = 0
    while at < len(lines):
        table = read_text_table(lines, at)
        if table is not None:
            tables.extend(table[0])
            at = table[1]
            continue
        at = _line(lines, at, collector, tuples)
    wishes = read_wishes(text)
    stated = [
        row for draft in _usable(collector.drafts, asked="asks-migration" in wishes) if (row := _row(draft))
    ]
    if not any(row.address or row.password for row in [*tables, *stated]):
        hosted = any(draft.has("host") for draft in collector.drafts)
        stated += bare_rows(tuples, trusted=hosted or "asks-migration" in wishes)
    problems = [problem for draft in collector.drafts for problem in draft.problems]
    rows = merge_rows([*tables, *stated])
    alone = [
        read_server(draft.stated)
        for draft in collector.drafts
        if not draft.has("address", "login", "password")
    ]
    servers = {server.name: server for server in alone if server.name}
    return Parsed(Stated(rows, collector.start, wishes, tuple(servers.values())), tuple(problems))


def _line(lines: list[str], at: int, collector: _Collector, tuples: list[str]) -> int:
    """Take one line, or two where the value stands below its label; return the next line's index."""
    line = lines[at]
    if not line.strip():
        collector.blank()
        return at + 1
    if _RULE.match(line):
        collector.rule()
        return at + 1
    if port := _BARE_PORT.match(line):
        collector.pair(Label("port"), port[1] + port[2], weak=False)
        return at + 1
    pair = _pair(line)
    if pair is None:
        return _no_pair(lines, at, collector, tuples)
    label, value, weak = pair
    if value.strip():
        for name, text in _pairs_in(label, value):
            collector.pair(name, text, weak=weak)
        return at + 1
    return _value_below(lines, at, label, collector)


def _no_pair(lines: list[str], at: int, collector: _Collector, tuples: list[str]) -> int:
    bare = _BULLET.sub("", lines[at]).strip(" \t*_")
    label = read_label(bare)
    if label is not None and label.field != "start":
        return _value_below(lines, at, label, collector)
    if lines[at].rstrip().endswith(":") and (role := heading_role(bare)):
        collector.role = role
    tuples.append(_BULLET.sub("", lines[at]) if "@" in lines[at] else "")
    return at + 1


def _value_below(lines: list[str], at: int, label: Label, collector: _Collector) -> int:
    """Take the next non-blank line as the value, unless it is a pair, a label or a rule itself."""
    below = next((n for n in range(at + 1, min(at + 4, len(lines))) if lines[n].strip()), None)
    if below is None or _pair(lines[below]) or _RULE.match(lines[below]) or read_label(lines[below].strip()):
        collector.role = label.role or heading_role(lines[at]) or collector.role
        return at + 1
    if label.field == "address" and "@" not in lines[below]:
        return at + 1
    collector.pair(label, lines[below], weak=False)
    return below + 1


def _pair(line: str) -> tuple[Label, str, bool] | None:
    """Return label, value and whether only a sentence's verb parts them. The first separator counts, no later one."""
    start = len(_BULLET.match(line)[0]) if _BULLET.match(line) else 0  # type: ignore[index]
    for separator in _SEPARATOR.finditer(line, start):
        before = line[start : separator.start()]
        if len(before) > 60:
            return None
        label = read_label(before.strip(" \t\u00a0*_"))
        if label is None:
            continue
        value = line[separator.end() :]
        for mark in ("**", "*", "__"):
            if before.startswith(mark) and not before.rstrip().endswith(mark) and value.startswith(mark):
                value = value.removeprefix(mark)
                break
        return label, value.removeprefix(" "), separator["weak"] is not None
    return None


def _pairs_in(label: Label, value: str) -> list[tuple[Label, str]]:
    """Return the pair, and those that follow it on the same line ("Email: a, Password: b").

    After a password nothing is split off, what follows may be part of it; unless the line has shown before the
    password that it strings pairs together.
    """
    pairs: list[tuple[Label, str]] = []
    while label.field != "password" or pairs:
        following = next((m for m in _NEXT_PAIR.finditer(value) if read_label(m[1])), None)
        if following is None:
            break
        pairs.append((label, value[: following.start()]))
        found = read_label(following[1])
        assert found is not None
        label, value = found, value[following.end() :]
    return [*pairs, (label, value)]


def _usable(drafts: list[_Draft], *, asked: bool) -> list[_Draft]:
    """Return the drafts that state a row. A login on its own belongs to the row before it."""
    usable: list[_Draft] = []
    any_secret = any(draft.has("password", "host") for draft in drafts)
    for draft in drafts:
        if (
            draft.has("login")
            and not draft.has("address", "password")
            and usable
            and not usable[-1].has("login")
        ):
            usable[-1].stated["login"] = draft.stated["login"]
        elif (draft.has("password") and (draft.has("address", "login") or not draft.weak)) or (
            _has_address(draft) and (any_secret or asked)
        ):
            usable.append(draft)
    return usable


def _has_address(draft: _Draft) -> bool:
    return any("@" in draft.stated.get(name, "") for name in ("address", "login"))


def _row(draft: _Draft) -> StatedRow | None:
    return build_row("body", 0, draft.stated, in_cells=False)

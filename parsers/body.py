"""Rows and wishes stated in running text."""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from parsers.labels import Field, Label, Role, heading_role, read_label
from parsers.result import Parsed, Problem, StatedRow
from parsers.rows import (
    Host,
    build_row,
    is_address,
    is_host,
    map_columns,
    merge_rows,
    read_address,
    read_host,
    read_server,
)
from parsers.text import split_lines
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
_PHONE: Final = re.compile(r"^[\s+()\d./-]{7,}$")
_TUPLE_DELIMITERS: Final = ("\t", ";", " / ", " | ", "|", ", ", ",", "  ", " - ", " : ", ":", " ")
_TABLE_DELIMITERS: Final = ("\t", "|", ";", ",")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a letter says in its own words."""

    rows: tuple[StatedRow, ...] = ()
    start_said: str | None = None  # the wanted start as written; parsers.when reads it
    wishes: frozenset[str] = frozenset()  # "done", "asks-migration"
    servers: tuple[Host, ...] = ()  # each server named, once; one alone is for all rows that name none


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
    labels are used; in six languages. A server stated once stands in `servers`; who knows the whole request shares it.
    Row problems are those of DESIGN section 3, except host-missing and what a second source of rows could show.
    """
    lines = split_lines(text)[:_MAX_LINES]
    collector = _Collector()
    tables: list[StatedRow] = []
    tuples: list[str] = []
    at = 0
    while at < len(lines):
        table = _table(lines, at)
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
        stated += _tuple_rows(tuples, trusted=hosted or "asks-migration" in wishes)
    problems = [problem for draft in collector.drafts for problem in draft.problems]
    rows = merge_rows([*tables, *stated])
    servers = {
        server.name: server for draft in collector.drafts if (server := read_server(draft.stated)).name
    }
    for row in rows:
        if row.host:
            servers.setdefault(row.host, Host(row.host, row.port, row.security))
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


# --- tables and bare lines ----------------------------------------------------------------------------------------


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == "|":
        line = line.strip().removeprefix("|").removesuffix("|")
        return [cell.strip() for cell in line.split("|")]
    return line.split(delimiter)


def _table(lines: list[str], at: int) -> tuple[list[StatedRow], int] | None:
    """Return the rows of the table whose header is this line, and the index after it; None for no header."""
    for delimiter in _TABLE_DELIMITERS:
        header = _cells(lines[at], delimiter)
        columns = map_columns(header) if len(header) > 1 else {}
        if not columns:
            continue
        rows, below = [], at + 1
        while below < len(lines) and delimiter in lines[below]:
            if not re.fullmatch(r"[\s|:+-]+", lines[below]):
                rows.append(_table_row(_cells(lines[below], delimiter), len(header), columns))
            below += 1
        return (rows, below) if rows else None
    return None


def _table_row(cells: list[str], width: int, columns: dict[int, Field]) -> StatedRow:
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) == width:
        return build_row("body", 0, {name: cells[n] for n, name in columns.items()}, in_cells=False)
    address = next((read_address(cell) for cell in cells if is_address(read_address(cell))), None)
    return StatedRow(address=address, problems=(Problem(code="row-shifted", field="password"),))


def _tuple_rows(lines: list[str], *, trusted: bool) -> list[StatedRow]:
    """Return the rows of lines such as `a@x / secret / imap.x`, in any order."""
    rows = [row for line in lines if line and (row := _tuple_row(line))]
    hosted = any(row.host for row in rows)
    return [row for row in rows if row.host or (trusted or hosted or len(rows) > 1)]


def _tuple_row(line: str) -> StatedRow | None:
    for delimiter in _TUPLE_DELIMITERS:
        cells = [cell.strip() for cell in line.split(delimiter)] if delimiter in line else []
        if delimiter == ":":
            cells = [cell.strip() for cell in line.split(":", maxsplit=1)] if ":" in line else []
        addresses = [n for n, cell in enumerate(cells) if is_address(read_address(cell)) and " " not in cell]
        if not 2 <= len(cells) <= 4 or not addresses:
            continue
        if delimiter in {" ", ":"} and not _is_tight(cells, delimiter):
            continue
        return _from_cells(cells, addresses)
    return None


def _is_tight(cells: list[str], delimiter: str) -> bool:
    if delimiter == ":":
        return is_address(cells[0]) and " " not in cells[1] and bool(cells[1])
    return len(cells) == 3 and any(is_host(cell) for cell in cells)


def _from_cells(cells: list[str], addresses: list[int]) -> StatedRow | None:
    stated: dict[Field, str] = {"address": cells[addresses[0]]}
    if len(addresses) > 1:
        stated["destination"] = cells[addresses[1]]
    rest = [n for n in range(len(cells)) if n not in addresses and cells[n]]
    hosts = [n for n in rest if read_host(cells[n]).name and " " not in cells[n]]
    unsure = len(hosts) > 1
    if len(rest) > 1 and hosts:
        stated["host"] = cells[hosts[-1]]
        rest.remove(hosts[-1])
    if len(rest) > 1 and (port := next((n for n in rest if re.fullmatch(r"\d{2,5}", cells[n])), None)):
        stated["port"] = cells[port]
        rest.remove(port)
    if len(rest) != 1 or (_PHONE.match(cells[rest[0]]) and "host" not in stated):
        return None
    stated["password"] = cells[rest[0]]
    row = build_row("body", 0, stated, in_cells=False)
    return _unsure(row) if unsure or ("host" not in stated and hosts) else row


def _unsure(row: StatedRow) -> StatedRow:
    return replace(row, problems=(*row.problems, Problem(code="password-unsure", field="password")))

"""Rows of tables as the words beside them leave them: what is taken back is not moved, what is unclear is asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from parsers.asides import Aside, read_asides
from parsers.result import Problem, StatedRow
from parsers.values import read_host

_SHOWN: Final = 5  # addresses named in a remark


@dataclass(frozen=True, slots=True)
class Amended:
    """The rows, what to tell their writer, and the servers that were said of single rows."""

    rows: tuple[StatedRow, ...]
    problems: tuple[Problem, ...] = ()
    hosts: frozenset[str] = frozenset()


def amend_rows(rows: Sequence[StatedRow], lines: Sequence[str]) -> Amended:
    """Return the rows of a letter's tables as its own lines correct them. Pure; never raises.

    Rows surely left out are gone, and named in the problem "row-left-out". A row of which the words say something that
    is not certain carries "told-otherwise": nobody moves it before its owner has said so.
    """
    asides = read_asides(lines, rows) if rows else []
    if not asides:
        return Amended(tuple(rows))
    amended = list(rows)
    gone: set[int] = set()
    hosts: set[str] = set()
    for aside in asides:
        if aside.kind in {"out", "only"} and aside.sure:
            gone |= aside.rows
            continue
        for at in aside.rows:
            amended[at] = _said(amended[at], aside)
        if aside.kind == "host":
            hosts.add(read_host(aside.value).name or "")
    if len(gone) == len(rows):  # nobody sends a table to have nothing of it moved
        gone, amended = set(), [_doubted(row) for row in amended]
    kept = tuple(row for at, row in enumerate(amended) if at not in gone)
    return Amended(kept, tuple(_left_out(rows[at] for at in sorted(gone))), frozenset(hosts))


def _said(row: StatedRow, aside: Aside) -> StatedRow:
    if aside.kind == "password":
        return _with_password(row, aside.value)
    if aside.kind == "host":
        return _with_host(row, aside.value)
    return _doubted(row)


def _with_password(row: StatedRow, value: str) -> StatedRow:
    rest = tuple(problem for problem in row.problems if problem.field != "password")
    if not value:
        problem = Problem(code="password-unsure", field="password", line=row.line)
        return replace(row, password=None, password_alternatives=(), problems=(*rest, problem))
    bare = value.removesuffix(".")
    others = (value,) if bare != value else ()
    return replace(row, password=bare, password_alternatives=others, problems=rest)


def _with_host(row: StatedRow, value: str) -> StatedRow:
    server = read_host(value)
    if row.host is not None and row.host != server.name:
        return _doubted(row)
    port = row.port if row.port is not None else server.port
    return replace(row, host=server.name, port=port, security=row.security or server.security)


def _doubted(row: StatedRow) -> StatedRow:
    if any(problem.code == "told-otherwise" for problem in row.problems):
        return row
    problem = Problem(code="told-otherwise", field="address", line=row.line)
    return replace(row, problems=(*row.problems, problem))


def _left_out(rows: Iterable[StatedRow]) -> Iterable[Problem]:
    names = [row.address or f"{row.origin}: {row.line}" for row in rows]
    if names:
        more = " \u2026" if len(names) > _SHOWN else ""
        yield Problem(code="row-left-out", field="address", item=", ".join(names[:_SHOWN]) + more)

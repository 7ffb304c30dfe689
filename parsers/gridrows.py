"""The lines below one header as rows. No cell ever moves: a line that does not fit keeps its address only."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from parsers.columns import Columns
from parsers.dialect import Record
from parsers.frame import read_frame
from parsers.gridsections import Grid
from parsers.labels import Field
from parsers.result import Problem, StatedRow
from parsers.rows import build_row
from parsers.values import is_address, is_host, read_address

MAX_CELL: Final = 1024  # characters


_TEXT_MARK: Final = re.compile(r"^'(?=[=+@-])")  # what our own tables put before a cell that could run


_WRAPPED: Final = re.compile(r'^="(.*)"$', re.DOTALL)


_CLEAN: Final = str.maketrans(
    "".join(chr(0xFF01 + n) for n in range(94)),
    "".join(chr(0x21 + n) for n in range(94)),
    "\u200b\u200c\u200d\u2060\ufeff\u00ad",
)  # full-width forms, zero-width characters


def rows_of(records: list[Record], columns: Columns, grid: Grid) -> Iterator[StatedRow]:
    """Yield the rows in the order of the lines."""
    fits = [_fits(record, columns, grid) for record in records]
    whole = [record for record, fit in zip(records, fits, strict=True) if fit]
    if not whole:
        cells = []
    elif grid.fixed:
        cells = [(one.cells + [""] * columns.width)[: columns.width] for one in whole]
    else:
        cells = read_frame(whole, columns.width, grid.delimiter).to_numpy().tolist()
    read = iter(cells)
    for record, fit in zip(records, fits, strict=True):
        if fit:
            yield _row(record, next(read), columns, grid.name)
        else:
            yield _shifted(record, columns, grid.name)


def _fits(record: Record, columns: Columns, grid: Grid) -> bool:
    """True when every cell is where the header says.

    More empty cells at the end are what spreadsheets add; a line may end before columns that say nothing to us.
    """
    if any(len(cell) > MAX_CELL for cell in record.cells):
        return False
    if grid.fixed:
        return True
    if any(record.cells[columns.width :]):
        return False
    needed = max(columns.fields, default=0) + 1
    if len(record.cells) < (needed if needed > 1 else columns.width):
        return False
    return not _is_displaced(record.cells, columns)


def _is_displaced(cells: list[str], columns: Columns) -> bool:
    """True when a password with the delimiter in it has pushed its second half into the next column."""
    host, address = columns.at("host"), columns.at("address")
    for at, test in ((host, _host_like), (address, _address_like)):
        if at is not None and cells[at].strip() and not test(cells[at]):
            unnamed = [
                cell for n, cell in enumerate(cells) if n not in columns.fields or n == columns.at("port")
            ]
            if any(test(cell) for cell in unnamed if cell.strip()):
                return True
    return False


def _host_like(cell: str) -> bool:
    return is_host(cell.strip().partition(":")[0].lower())


def _address_like(cell: str) -> bool:
    return is_address(read_address(cell.translate(_CLEAN)))


def _row(record: Record, cells: list[str], columns: Columns, origin: str) -> StatedRow:
    stated: dict[Field, str] = {}
    for at, name in columns.fields.items():
        if name == "password":
            stated[name] = cells[at]
        elif name == "start" and stated.get(name):
            stated[name] = f"{stated[name]} {_clean(cells[at])}".strip()
        else:
            stated[name] = _clean(cells[at])
    if columns.domain is not None:
        _join_domain(stated, _clean(cells[columns.domain]).lstrip("@"))
    password = columns.at("password")
    number = password in record.not_text
    if number:
        del stated["password"]
    row = build_row(origin, record.line, stated, in_cells=True)
    if number:
        return _instead_of_missing(row, "numeric-cell")
    return _instead_of_missing(row, "password-unsure") if columns.unsure else row


def _join_domain(stated: dict[Field, str], domain: str) -> None:
    """Make the address whole where a table has the part before its @, as address or user, and the domain apart."""
    if (local := stated.get("address", "")) and "@" not in local:
        stated["address"] = f"{local}@{domain}"
    elif not local and is_address(f"{stated.get('login', '')}@{domain}"):
        stated["address"] = f"{stated.pop('login')}@{domain}"


def _instead_of_missing(row: StatedRow, code: str) -> StatedRow:
    others = tuple(problem for problem in row.problems if problem.code != "password-missing")
    return replace(row, problems=(*others, Problem(code=code, field="password", line=row.line)))


def _clean(cell: str) -> str:
    """Return a cell that is no password without what cannot be meant: outer blanks, zero-width and full-width forms."""
    text = cell.translate(_CLEAN).strip()
    if wrapped := _WRAPPED.match(text):
        text = wrapped[1].strip()
    return _TEXT_MARK.sub("", text)


def _shifted(record: Record, columns: Columns, origin: str) -> StatedRow:
    """Return the row as far as it is sure: the address, if the cell where it belongs holds one."""
    at = columns.at("address") or 0
    cell = _clean(record.cells[at]) if at < len(record.cells) else ""
    row = build_row(origin, record.line, {"address": cell} if is_address(cell) else {}, in_cells=True)
    return replace(row, problems=(Problem(code="row-shifted", field="password", line=record.line),))

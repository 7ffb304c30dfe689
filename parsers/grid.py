"""Records to rows: where the header is, which lines are no data, and what each line states. No cell ever moves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from parsers.columns import Columns, columns_by_type, read_header
from parsers.dialect import Record
from parsers.frame import read_frame
from parsers.labels import Field, fold, heading_role, read_label
from parsers.result import Problem, StatedRow
from parsers.rows import build_row, merge_rows
from parsers.upright import lay_down
from parsers.values import is_address, is_host, read_address

MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 40
MAX_CELL: Final = 1024  # characters

_TOP: Final = 50  # lines in which the first header stands
_LONGEST_NAME: Final = 60  # characters of a column's name that is worth keeping
_LINE_ART: Final = " \t|:;,+=_\u2014-"
_TOTALS: Final = frozenset(
    re.findall(
        r"\w+",
        """total totals sum count subtotal summe gesamt gesamtsumme anzahl somme nombre suma totale somma totaal aantal
        soma razem ogolem lacznie""",
    )
)  # folded
_TEXT_MARK: Final = re.compile(r"^'(?=[=+@-])")  # what our own tables put before a cell that could run
_WRAPPED: Final = re.compile(r'^="(.*)"$', re.DOTALL)
_CLEAN: Final = str.maketrans(
    "".join(chr(0xFF01 + n) for n in range(94)),
    "".join(chr(0x21 + n) for n in range(94)),
    "\u200b\u200c\u200d\u2060\ufeff\u00ad",
)  # full-width forms, zero-width characters


@dataclass(slots=True)
class _Section:
    """Lines below one header, or below none."""

    columns: Columns | None
    records: list[Record] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's records."""

    name: str  # of the file
    records: list[Record]
    delimiter: str = ","
    columns: Columns | None = None  # known beforehand; None = to be found out
    fixed: bool = False  # its cells lie in a spreadsheet, where none can be shifted


def read_grid(grid: Grid, problems: list[Problem]) -> tuple[StatedRow, ...]:
    """Return one row per line that names an account, faulty ones too; add what is wrong with the table to `problems`."""
    sections = _sections(grid)
    widest = max((one.columns.width for one in sections if one.columns), default=0)
    if widest > MAX_COLUMNS:
        problems.append(Problem(code="too-many-columns", item=grid.name))
        return ()
    _cap(sections, grid, problems)
    rows: list[StatedRow] = []
    for section in sections:
        columns = section.columns
        if columns is None:
            if any(len(record.cells) > MAX_COLUMNS for record in section.records[:_TOP]):
                problems.append(Problem(code="too-many-columns", item=grid.name))
                continue
            columns = columns_by_type([record.cells for record in section.records])
            if columns.at("address") is None:
                continue
            columns = _doubted(columns, section.records)
            section.records = _without_titles(section.records, columns)
            problems.append(Problem(code="columns-guessed", item=grid.name))
        if columns.at("password") is None and not columns.unsure:
            problems.append(Problem(code="no-password-column", field="password", item=grid.name))
        if columns.new_password is not None and _any_filled(section.records, columns.new_password):
            problems.append(Problem(code="new-password-ignored", field="password", item=grid.name))
        rows += _rows_of(section.records, columns, grid)
    problems[:] = dict.fromkeys(problems)
    return merge_rows(rows)


def first_header(records: list[Record]) -> tuple[str, ...]:
    """Return the first header of the table as it is written; () when it has none."""
    found = next((record.cells for record in records[:_TOP] if _header_of(record)), [])
    short = len(found) <= MAX_COLUMNS and all(len(cell) <= _LONGEST_NAME for cell in found)
    return tuple(found) if short else ()


def has_header(records: list[Record]) -> bool:
    """Say whether a line of the table is a header with an address and a password column."""
    headers = (_header_of(record) for record in records[:_TOP])
    return any(columns and columns.at("password") is not None for columns in headers)


# --- sections -----------------------------------------------------------------------------------------------------


def _sections(grid: Grid) -> list[_Section]:
    if grid.columns is not None:
        return [_Section(grid.columns, grid.records)]
    sections, above = [_Section(None)], None
    for record in lay_down(grid.records):
        columns = _header_under_sides(above, record) or _header_of(record)
        above = record
        if columns is None and not sections[0].records and len(sections) == 1:
            columns = _lone_header(record)
        if columns is not None:
            if sections[-1].columns and not sections[-1].records:  # the sides alone looked like a header
                sections.pop()
            sections.append(_Section(columns))
        elif not _is_remark(record, sections[-1].columns):
            sections[-1].records.append(record)
    if len(sections) > 1:
        sections[0].records = [record for record in sections[0].records if _is_data(record)]
    return [section for section in sections if section.records or section.columns]


def _header_of(record: Record) -> Columns | None:
    if any("@" in cell and is_address(cell.strip()) for cell in record.cells):
        return None
    return read_header(record.cells)


def _header_under_sides(above: Record | None, record: Record) -> Columns | None:
    """Return the columns of a header in two lines: the sides ("old", "new") over several labels each; else None."""
    if above is None or not {"old", "new"} <= {heading_role(cell) for cell in above.cells}:
        return None
    side, names = "", []
    for at, cell in enumerate(record.cells):
        side = (above.cells[at].strip() if at < len(above.cells) else "") or side
        names.append(f"{heading_role(side)} {cell}" if cell.strip() and heading_role(side) else cell)
    return _header_of(replace(record, cells=names))


def _lone_header(record: Record) -> Columns | None:
    label = read_label(record.cells[0]) if len(record.cells) == 1 else None
    return Columns({0: "address"}, 1) if label is not None and label.field == "address" else None


def _is_data(record: Record) -> bool:
    """True for a line above the first header that is more than a title with an address in it."""
    filled = [cell.strip() for cell in record.cells if cell.strip()]
    addresses = [is_address(read_address(cell)) for cell in filled]
    return any(addresses) and len(filled) > 1 and (addresses[0] or len(filled) > 2)


def _is_remark(record: Record, columns: Columns | None) -> bool:
    """True for a line that is no account: a comment, a rule, a total, a sentence alone on its line."""
    filled = [(at, cell.strip()) for at, cell in enumerate(record.cells) if cell.strip()]
    at, first = filled[0]
    password = columns.at("password") if columns else None
    if at == password:
        return False
    if first.startswith(("#", "//")) or all(_is_rule(cell) for _, cell in filled):
        return True
    if any("@" in cell for _, cell in filled):
        return False
    if set(fold(first).split()) & _TOTALS and password not in {at for at, _ in filled}:
        return True
    return len(filled) == 1 and " " in first


def _is_rule(cell: str) -> bool:
    return not cell.strip(_LINE_ART) and ("--" in cell or "==" in cell)


def _without_titles(records: list[Record], columns: Columns) -> list[Record]:
    """Return the lines from the first one with an address: what stands above it are words of a header."""
    at = columns.at("address")
    start = next((n for n, one in enumerate(records) if any("@" in cell for cell in one.cells)), 0)
    return records[start:] if at is not None else records


def _doubted(columns: Columns, records: list[Record]) -> Columns:
    """Return the guessed columns; one that has a name of its own, which says no password, is not taken for one."""
    password = columns.at("password")
    if password is None or any("@" in cell for cell in records[0].cells):
        return columns
    title = fold(records[0].cells[password]) if password < len(records[0].cells) else ""
    if not title or sum(bool(cell.strip()) for cell in records[0].cells) < 2:
        return columns
    left: dict[int, Field] = {at: name for at, name in columns.fields.items() if name != "password"}
    return replace(columns, fields=left, new_password=None, unsure=True)


def _cap(sections: list[_Section], grid: Grid, problems: list[Problem]) -> None:
    room = MAX_ROWS
    for section in sections:
        if len(section.records) > room:
            problems.append(Problem(code="too-many-rows", item=grid.name))
            section.records = section.records[:room]
        room -= len(section.records)


def _any_filled(records: list[Record], at: int) -> bool:
    return any(record.cells[at].strip() for record in records if at < len(record.cells))


# --- rows ---------------------------------------------------------------------------------------------------------


def _rows_of(records: list[Record], columns: Columns, grid: Grid) -> Iterator[StatedRow]:
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
    if columns.domain is not None and stated.get("address") and "@" not in stated["address"]:
        stated["address"] += f"@{_clean(cells[columns.domain])}"
    password = columns.at("password")
    number = password in record.not_text
    if number:
        del stated["password"]
    row = build_row(origin, record.line, stated, in_cells=True)
    if number:
        return _instead_of_missing(row, "numeric-cell")
    return _instead_of_missing(row, "password-unsure") if columns.unsure else row


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

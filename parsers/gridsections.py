"""A table's lines under their headers: which line is a header, which is data, and which is neither."""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from parsers.columns import Columns, read_header
from parsers.dialect import Record
from parsers.labels import Field, fold, heading_role, read_label
from parsers.upright import lay_down
from parsers.values import is_address, read_address

MAX_COLUMNS: Final = 40


TOP_LINES: Final = 50  # lines in which the first header stands


_LONGEST_NAME: Final = 60  # characters of a column's name that is worth keeping


_LINE_ART: Final = " \t|:;,+=_\u2014-"


_TOTALS: Final = frozenset(
    re.findall(
        r"\w+",
        """total totals sum count subtotal summe gesamt gesamtsumme anzahl somme nombre suma totale somma totaal aantal
        soma razem ogolem lacznie""",
    )
)  # folded


@dataclass(slots=True)
class Section:
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


def first_header(records: list[Record]) -> tuple[str, ...]:
    """Return the first header of the table as it is written; () when it has none."""
    found = next((record.cells for record in records[:TOP_LINES] if _header_of(record)), [])
    short = len(found) <= MAX_COLUMNS and all(len(cell) <= _LONGEST_NAME for cell in found)
    return tuple(found) if short else ()


def has_header(records: list[Record]) -> bool:
    """Say whether a line of the table is a header with an address and a password column."""
    headers = (_header_of(record) for record in records[:TOP_LINES])
    return any(columns and columns.at("password") is not None for columns in headers)


def find_sections(grid: Grid) -> list[Section]:
    """Return the table's lines under the headers they stand below; remarks are left out."""
    if grid.columns is not None:
        return [Section(grid.columns, grid.records)]
    sections, above = [Section(None)], None
    for record in lay_down(grid.records):
        columns = _header_under_sides(above, record) or _header_of(record)
        above = record
        if columns is None and not sections[0].records and len(sections) == 1:
            columns = _lone_header(record)
        if columns is not None:
            if sections[-1].columns and not sections[-1].records:  # the sides alone looked like a header
                sections.pop()
            sections.append(Section(columns))
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


def without_titles(records: list[Record], columns: Columns) -> list[Record]:
    """Return the lines from the first one with an address: what stands above it are words of a header."""
    at = columns.at("address")
    start = next((n for n, one in enumerate(records) if any("@" in cell for cell in one.cells)), 0)
    return records[start:] if at is not None else records


def doubted(columns: Columns, records: list[Record]) -> Columns:
    """Return the guessed columns; one that has a name of its own, which says no password, is not taken for one."""
    password = columns.at("password")
    if password is None or any("@" in cell for cell in records[0].cells):
        return columns
    title = fold(records[0].cells[password]) if password < len(records[0].cells) else ""
    if not title or sum(bool(cell.strip()) for cell in records[0].cells) < 2:
        return columns
    left: dict[int, Field] = {at: name for at, name in columns.fields.items() if name != "password"}
    return replace(columns, fields=left, new_password=None, unsure=True)

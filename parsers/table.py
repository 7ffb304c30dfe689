"""Rows in an attached table: a CSV whatever its delimiter, encoding or headers, or a spreadsheet."""

from typing import Final

from parsers.columns import Columns
from parsers.dialect import Dialect, decode_table, read_dialect
from parsers.grid import MAX_ROWS, read_grid
from parsers.gridsections import Grid, first_header
from parsers.html import html_text
from parsers.result import ParsedTable, Problem, StatedRow

MAX_BYTES: Final = 2 << 20
MAX_SHEET_BYTES: Final = 5 << 20

__all__ = ["MAX_BYTES", "MAX_ROWS", "MAX_SHEET_BYTES", "parse_table"]

_SHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx, xlsb and ods; xls
_NO_TABLES: Final = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff")  # what else gets renamed .csv

Read = tuple[tuple[StatedRow, ...], tuple[str, ...]]  # rows and layout


def parse_table(data: bytes, name: str) -> ParsedTable:
    """Return one row per account named in the file, faulty ones too, and what is wrong with the file. Never raises.

    No cell ever moves into another column: cells are counted first, and a row with too many or too few is asked for.
    Passwords are the cells as they stand. File problem codes: table-too-large, too-many-rows, too-many-columns,
    spreadsheet-not-csv, table-encrypted, sheet-ignored, hidden-rows, accents-unsure, quotes-literal,
    no-password-column, new-password-ignored, columns-guessed, no-rows.
    """
    is_sheet = data.startswith(_SHEETS)
    if len(data) > (MAX_SHEET_BYTES if is_sheet else MAX_BYTES):
        return ParsedTable((), (Problem(code="table-too-large", item=name),))
    problems: list[Problem] = []
    if data.lstrip()[:5].startswith(_NO_TABLES):
        return ParsedTable((), (Problem(code="spreadsheet-not-csv", item=name),))
    rows, layout = _sheet_rows(data, name, problems) if is_sheet else _text_rows(data, name, problems)
    if not rows and not {problem.code for problem in problems} & _SAYS_WHY:
        problems.append(Problem(code="no-rows", item=name))
    return ParsedTable(rows, tuple(problems), layout)


_SAYS_WHY: Final = frozenset(
    {"spreadsheet-not-csv", "table-encrypted", "table-too-large", "too-many-columns"}
)


def _sheet_rows(data: bytes, name: str, problems: list[Problem]) -> Read:
    from parsers.sheet import read_sheets

    sheets = read_sheets(data)
    problems += [
        Problem(code=code, item=f"{name}: {item}" if item else name) for code, item in sheets.problems
    ]
    rows: tuple[StatedRow, ...] = ()
    for records in sheets.tables:
        rows += read_grid(Grid(name, records, fixed=True), problems)
    header = next((found for records in sheets.tables if (found := first_header(records))), ())
    return rows, ("", *header) if header else ()


def _text_rows(data: bytes, name: str, problems: list[Problem]) -> Read:
    text, unsure = decode_table(data)
    if unsure:
        problems.append(Problem(code="accents-unsure", item=name))
    is_html = _is_html(text)
    if is_html:
        text = html_text(text)
    dialect = read_dialect(text)
    if not dialect.records:
        return (), ()
    if any(record.literal and '"' in record.text for record in dialect.records) and not dialect.pairs:
        problems.append(Problem(code="quotes-literal", item=name))
    header = () if dialect.pairs else first_header(dialect.records)
    delimiter = "" if is_html else dialect.delimiter
    return read_grid(_grid(dialect, name), problems), (delimiter, *header) if header else ()


def _grid(dialect: Dialect, name: str) -> Grid:
    columns = Columns({0: "address", 1: "password"}, 2) if dialect.pairs else None
    return Grid(name, dialect.records, dialect.delimiter, columns, fixed=dialect.pairs)


def _is_html(text: str) -> bool:
    """True for what web panels export as .xls: a page with a table in it."""
    head = text[:2000].lstrip("\ufeff \t\r\n").casefold()
    return (
        head.startswith(("<html", "<!doctype html", "<table", "<meta", "<style")) and "<td" in text.casefold()
    )

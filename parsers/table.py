"""Rows in an attached CSV, whatever its delimiter, encoding or headers."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from parsers.labels import Field, read_label
from parsers.result import Parsed, Problem, StatedRow
from parsers.rows import build_row, map_columns, merge_rows
from parsers.values import is_address, is_host, read_address, read_host

MAX_BYTES: Final = 2 << 20
MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 40
MAX_CELL: Final = 1024  # characters

_DELIMITERS: Final = (";", ",", "\t", "|")
_SHEETS: Final = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
)  # xlsx and ods, xls, and what else gets renamed .csv
_HEADER_LINES: Final = 10
_SAMPLE_LINES: Final = 60
_SEP_LINE: Final = re.compile(r'^"?sep=(.)"?\s*$', re.IGNORECASE)
_PAIR_LINE: Final = re.compile(r"^([^\s:;,|]+@[^\s:;,|]+):(\S.*)$")


@dataclass(frozen=True, slots=True)
class _Record:
    line: int  # 1-based physical line
    cells: list[str]
    text: str = ""  # the line as it came
    literal: bool = False  # its quotes were not CSV quotes


def parse_table(data: bytes, name: str) -> Parsed[tuple[StatedRow, ...]]:
    """Return one row per account named in the file, faulty ones too, and what is wrong with the file. Never raises.

    No cell ever moves into another column: cells are counted first, and a row with too many or too few is asked for.
    Passwords are the cells as they stand. File problem codes: table-too-large, too-many-rows, too-many-columns,
    spreadsheet-not-csv, accents-unsure, quotes-literal, no-password-column, columns-guessed, no-rows.
    """
    problems: list[Problem] = []
    if len(data) > MAX_BYTES:
        return Parsed((), (Problem(code="table-too-large", item=name),))
    if data.startswith(_SHEETS):
        return Parsed((), (Problem(code="spreadsheet-not-csv", item=name),))
    text, unsure = _decode(data)
    if unsure:
        problems.append(Problem(code="accents-unsure", item=name))
    rows = _rows(text, name, problems)
    if not rows:
        problems.append(Problem(code="no-rows", item=name))
    return Parsed(rows, tuple(problems))


# --- bytes to cells -----------------------------------------------------------------------------------------------


def _decode(data: bytes) -> tuple[str, bool]:
    """Return the text, and whether the encoding was a guess that accents depend on."""
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    elif encoding := _utf16(data):
        return data[: len(data) & ~1].decode(encoding, errors="surrogatepass").removeprefix("\ufeff"), False
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), encoding != "utf-8"
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), True


def _utf16(data: bytes) -> str | None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:400]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = head[offset::2].count(0)
        if zeros and zeros * 2 > len(head[offset::2]) and not head[1 - offset :: 2].count(0):
            return encoding
    return None


def _records(lines: list[str], first_line: int, delimiter: str) -> list[_Record]:
    """Return the cells of every line. One stray quote costs its own line, never the rows below it."""
    try:
        whole = list(_strict(lines, first_line, delimiter))
        if not any("\n" in cell for record in whole for cell in record.cells):
            return whole
    except csv.Error:
        pass
    return [_one_line(line, first_line + at, delimiter) for at, line in enumerate(lines)]


def _strict(lines: list[str], first_line: int, delimiter: str) -> Iterator[_Record]:
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    for cells in reader:
        yield _Record(first_line + reader.line_num - 1, cells, lines[reader.line_num - 1])


def _one_line(line: str, number: int, delimiter: str) -> _Record:
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        return _Record(number, cells, line)
    except csv.Error:
        return _Record(number, line.split(delimiter), line, literal=True)


def _choose_delimiter(lines: list[str]) -> str:
    """Return the delimiter that shows most labels, then most address cells, then most equal rows."""
    sample = [line for line in lines if line.strip()][:_SAMPLE_LINES]

    def score(delimiter: str) -> tuple[int, int, int]:
        rows = [_one_line(line, 0, delimiter).cells for line in sample]
        wide = [row for row in rows if len(row) > 1]
        labels = max(
            (sum(read_label(cell) is not None for cell in row) for row in wide[:_HEADER_LINES]), default=0
        )
        addresses = sum(is_address(cell.strip()) for row in wide for cell in row)
        widths = [len(row) for row in wide]
        return (labels if labels > 1 else 0, addresses, max(map(widths.count, widths), default=0))

    return max(_DELIMITERS, key=score)


# --- cells to rows ------------------------------------------------------------------------------------------------


def _rows(text: str, name: str, problems: list[Problem]) -> tuple[StatedRow, ...]:
    lines = re.split(r"\r\n|\r|\n", text)
    first_line, delimiter = 1, None
    if lines and (said := _SEP_LINE.match(lines[0])):
        lines, first_line, delimiter = lines[1:], 2, said[1]
    if pairs := _pair_lines(lines, first_line):
        return _built(pairs, {0: "address", 1: "password"}, 2, name)
    delimiter = delimiter or _choose_delimiter(lines)
    records = _records(lines, first_line, delimiter)
    records = [record for record in records if any(cell.strip() for cell in record.cells)]
    if any(record.literal for record in records):
        problems.append(Problem(code="quotes-literal", item=name))
    if not records:
        return ()
    at, columns = _header(records)
    width = len(records[at].cells) if columns else 0
    body = records[at + 1 if columns else 0 :]
    if columns.get(0) != "password":
        body = [record for record in body if not record.cells[0].startswith("#")]  # as in our template
    if len(body) > MAX_ROWS:
        problems.append(Problem(code="too-many-rows", item=name))
        body = body[:MAX_ROWS]
    if not columns:
        columns, width = _columns_by_type(body)
        problems.append(Problem(code="columns-guessed", item=name))
    if "password" not in columns.values():
        problems.append(Problem(code="no-password-column", field="password", item=name))
    if width > MAX_COLUMNS:
        problems.append(Problem(code="too-many-columns", item=name))
        return ()
    return _built(body, columns, width, name, delimiter)


def _pair_lines(lines: list[str], first_line: int) -> list[_Record]:
    """Return `user@domain:password` lines as two cells each, if every line is one (ispmanager exports them)."""
    records = []
    for number, line in enumerate(lines, first_line):
        if not line.strip():
            continue
        pair = _PAIR_LINE.match(line)
        if pair is None or not is_address(pair[1]):
            return []
        records.append(_Record(number, [pair[1], pair[2]], line, literal=True))
    return records


def _header(records: list[_Record]) -> tuple[int, dict[int, Field]]:
    """Return where the header is and what its columns hold; no columns when the first rows are data already."""
    for at, record in enumerate(records[:_HEADER_LINES]):
        if any(is_address(cell.strip()) for cell in record.cells):
            break
        if columns := map_columns(record.cells):
            return at, columns
        label = read_label(record.cells[0])
        if len(record.cells) == 1 and label is not None and label.field == "address":
            return at, {0: "address"}
    return 0, {}


def _columns_by_type(records: list[_Record]) -> tuple[dict[int, Field], int]:
    """Return what each column holds, told by its cells: address, host, port; what is left is the password."""
    widths = [len(record.cells) for record in records]
    width = max(set(widths), key=lambda w: (widths.count(w), -w), default=0)
    rows = [[cell.strip() for cell in record.cells] for record in records if len(record.cells) == width]
    columns: dict[int, Field] = {}
    left: list[int] = []
    for at in range(width):
        cells = [row[at] for row in rows if row[at]]
        field = _type_of(cells)
        if field == "address" and "address" in columns.values():
            field = "destination"
        if field is None:
            left.append(at)
        elif field not in columns.values():
            columns[at] = field
    filled = [at for at in left if any(row[at] for row in rows)]
    if filled:
        columns[filled[0]] = "password"
    return columns, width


def _type_of(cells: list[str]) -> Field | None:
    def most(test: Any) -> bool:
        return bool(cells) and sum(map(test, cells)) * 2 > len(cells)

    if most(lambda cell: is_address(read_address(cell))):
        return "address"
    if most(lambda cell: is_host(cell.lower()) or (read_host(cell).name is not None and " " not in cell)):
        return "host"
    if most(lambda cell: cell in {"993", "143"}):
        return "port"
    if most(lambda cell: cell.casefold() in {"ssl", "tls", "starttls", "ssl/tls"}):
        return "security"
    return None


def _built(
    records: list[_Record], columns: dict[int, Field], width: int, name: str, delimiter: str = ","
) -> tuple[StatedRow, ...]:
    whole = [record for record in records if _fits(record, width)]
    rows: dict[int, StatedRow] = {}
    for record, stated in zip(whole, _by_name(whole, columns, width, delimiter), strict=True):
        row = build_row(name, record.line, stated, in_cells=True)
        rows[record.line] = _unquoted_too(row)
    for record in records:
        if record.line not in rows:
            rows[record.line] = _shifted(record, columns, name)
    return merge_rows(row for _, row in sorted(rows.items()))


def _unquoted_too(row: StatedRow) -> StatedRow:
    """Return the row with a second password to try: a lone quote is part of it, or a slip."""
    bare = (row.password or "").strip('"')
    if not bare or bare == row.password or row.password_alternatives or (row.password or "").count('"') != 1:
        return row
    return replace(row, password_alternatives=(bare,))


def _fits(record: _Record, width: int) -> bool:
    """True when the cells are as many as the header's; more empty ones at the end are what spreadsheets add."""
    exact = len(record.cells) == width or (len(record.cells) > width and not any(record.cells[width:]))
    return exact and all(len(cell) <= MAX_CELL for cell in record.cells)


def _by_name(
    records: list[_Record], columns: dict[int, Field], width: int, delimiter: str
) -> list[dict[Field, str]]:
    """Return what each record states, by field; outer blanks gone everywhere but in the password."""
    if not records:
        return []
    frame = _frame(records, width, delimiter)[list(columns)].rename(columns=columns)
    for name in frame.columns:
        if name != "password":
            frame[name] = frame[name].str.strip()
    stated: list[dict[Field, str]] = frame.to_dict("records")
    return stated


def _frame(records: list[_Record], width: int, delimiter: str) -> Any:
    """Return the counted records as a frame of strings, read by pandas; where it reads otherwise, as counted.

    Every default that changes a cell is off: NA words, numbers, blank lines, index columns, skipped spaces.
    """
    import pandas as pd

    counted = pd.DataFrame([record.cells[:width] for record in records], dtype=str)
    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(record.text for record in records), newline=""),
            sep=delimiter,
            header=None,
            names=range(max(len(record.cells) for record in records)),
            index_col=False,
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=False,
            quoting=csv.QUOTE_NONE if any(record.literal for record in records) else csv.QUOTE_MINIMAL,
            on_bad_lines="error",
        )[list(range(width))]
    except (ValueError, csv.Error):  # its ParserError is a ValueError
        return counted
    return frame if frame.equals(counted) else counted


def _shifted(record: _Record, columns: dict[int, Field], name: str) -> StatedRow:
    """Return the row as far as it is sure: the address, if the cell where it belongs holds one."""
    at = next((at for at, field in columns.items() if field == "address"), 0)
    cell = record.cells[at].strip() if at < len(record.cells) else ""
    row = build_row(name, record.line, {"address": cell} if is_address(cell) else {}, in_cells=True)
    return replace(row, problems=(Problem(code="row-shifted", field="password", line=record.line),))

"""Spreadsheets (.xlsx, .xlsb, .ods, .xls) as records of text, with every cell that was no text marked.

Their files are unpacked and measured here first; the library sees only what has passed, and what it needs.
"""

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import python_calamine as calamine

from parsers.dialect import Record
from parsers.gridsections import has_header
from parsers.labels import heading_role
from parsers.ole import has_sound_chains
from parsers.sheetmarks import Marks, ods_marks, xlsx_marks
from parsers.values import is_address, read_address

MAX_UNPACKED: Final = 20 << 20  # bytes, of all parts we read
MAX_RATIO: Final = 100  # unpacked to packed, counted from a megabyte on
MAX_MEMBERS: Final = 500
MAX_CELLS: Final = 2_000_000  # of the rectangle that the library fills
MAX_SHEETS: Final = 20

_OLE: Final = b"\xd0\xcf\x11\xe0"
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_NEEDED: Final = (".xml", ".rels", ".bin", "mimetype")
_UNNEEDED: Final = (
    "media/",
    "embeddings/",
    "vbaproject",
    "thumbnail",
    "printersettings",
    "customxml/",
    "drawings/",
)

Value = str | int | float | bool | dt.date | dt.time | dt.timedelta


@dataclass(frozen=True, slots=True)
class Sheets:
    """The tables of a workbook that are to be read, and what is wrong with it: (code, sheet name or "")."""

    tables: list[list[Record]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


class _Refused(Exception):
    """The file is not read; the text is the problem's code."""


def read_sheets(data: bytes) -> Sheets:
    """Return the sheets that hold mailboxes: those with a header that names address and password, else the first one
    with addresses. Never raises.

    Problem codes: spreadsheet-not-csv (no workbook we can read), table-encrypted, table-too-large, too-many-columns,
    sheet-ignored (it holds addresses too), hidden-rows (they are read).
    """
    try:
        return _chosen(_read(data))
    except _Refused as refused:
        return Sheets(problems=[(str(refused), "")])
    except calamine.PasswordError:
        return Sheets(problems=[("table-encrypted", "")])
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # noqa: BLE001 - a damaged workbook fails in ways the library does not list: a panic is one
        return Sheets(problems=[("spreadsheet-not-csv", "")])


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    visible: bool
    records: list[Record]
    hidden: bool  # some of its rows are


def _chosen(sheets: list[_Sheet]) -> Sheets:
    shown = [sheet for sheet in sheets if sheet.visible] or sheets
    headed = [one for one in shown if has_header(one.records)]
    old = [one for one in headed if heading_role(one.name) != "new"] or headed
    addressed = [one for one in sheets if _has_addresses(one.records)]
    chosen = old or [one for one in addressed if one.visible][:1] or shown[:1]
    ignored = [one for one in addressed if one not in chosen]
    problems = [("sheet-ignored", one.name) for one in ignored]
    problems += [("hidden-rows", "")] if any(one.hidden for one in chosen) else []
    return Sheets([one.records for one in chosen], problems)


def _has_addresses(records: list[Record]) -> bool:
    return any("@" in cell and is_address(read_address(cell)) for record in records for cell in record.cells)


# --- the library --------------------------------------------------------------------------------------------------


def _read(data: bytes) -> list[_Sheet]:
    marks: list[Marks] = []
    if data.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in data:
            raise _Refused("table-encrypted")
        if not has_sound_chains(data, MAX_CELLS):
            raise _Refused("spreadsheet-not-csv")
    else:
        data, marks = _unpacked(data)
    with calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        names = book.sheets_metadata[:MAX_SHEETS]
        return [
            _sheet(book, at, one, marks[at] if at < len(marks) else Marks())
            for at, one in enumerate(names)
            if one.typ in (calamine.SheetTypeEnum.WorkSheet, calamine.SheetTypeEnum.MacroSheet)
        ]


def _sheet(book: calamine.CalamineWorkbook, at: int, about: calamine.SheetMetadata, marks: Marks) -> _Sheet:
    sheet = book.get_sheet_by_index(at)
    if sheet.end is not None and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MAX_CELLS:
        raise _Refused("table-too-large")
    rows = sheet.to_python(skip_empty_area=False)
    _fill_merged(rows, sheet.merged_cell_ranges or [])
    records = list(_records(rows, marks.formulas))
    return _Sheet(
        name=about.name,
        visible=about.visible == calamine.SheetVisibleEnum.Visible,
        records=records,
        hidden=any(record.line in marks.hidden_rows for record in records),
    )


def _fill_merged(rows: list[list[Value]], merged: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Give each cell of a merged column the value that is shown over all of them: one server beside many mailboxes."""
    for (top, left), (bottom, right) in merged:
        if left != right:
            continue
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and row[left] == "":
                row[left] = rows[top][left]


def _records(rows: list[list[Value]], formulas: frozenset[tuple[int, int]]) -> Iterator[Record]:
    for line, row in enumerate(rows, 1):
        cells = [_text(value) for value in row]
        formula_at = {at for at in range(len(row)) if (line, at) in formulas} if formulas else set()
        if any(cell.strip() for cell in cells):
            odd = {at for at, value in enumerate(row) if not isinstance(value, str)} | formula_at
            yield Record(line, cells, not_text=frozenset(odd))


def _text(value: Value) -> str:
    """Return a cell as it is best said: 993.0 is 993, a date is ISO 8601."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M")
    if isinstance(value, dt.time):
        return value.strftime("%H:%M")
    return str(value)


# --- limits -------------------------------------------------------------------------------------------------------


def _unpacked(data: bytes) -> tuple[bytes, list[Marks]]:
    """Return the archive packed anew with only the parts the library needs, and what it does not tell of each sheet.

    Sizes are of what was really read: the ones an archive declares may lie.
    """
    parts = _parts(data)
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise _Refused("table-encrypted")
    if "content.xml" in parts:
        parts["content.xml"], marks = ods_marks(parts["content.xml"])
    elif "xl/workbook.xml" in parts:
        marks = xlsx_marks(parts)
    elif "xl/workbook.bin" in parts:
        marks = []
    else:
        raise _Refused("spreadsheet-not-csv")
    if any(one.cells > MAX_CELLS for one in marks):
        raise _Refused("table-too-large")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue(), marks


def _parts(data: bytes) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    room = MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise _Refused("table-too-large")
            for member in members:
                name = member.filename.lstrip("/")
                lowered = name.casefold()
                if not lowered.endswith(_NEEDED) or any(word in lowered for word in _UNNEEDED):
                    continue
                if member.flag_bits & 1:
                    raise _Refused("table-encrypted")
                with archive.open(member) as part:
                    parts[name] = part.read(room + 1)
                room -= len(parts[name])
                if room < 0 or MAX_UNPACKED - room > max(1 << 20, MAX_RATIO * len(data)):
                    raise _Refused("table-too-large")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError, EOFError):
        raise _Refused("spreadsheet-not-csv") from None
    return parts

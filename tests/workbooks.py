"""Small spreadsheets written by hand, so that a test says what every cell is."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_OPEN: Final = "urn:oasis:names:tc:opendocument:xmlns"
_HIDDEN: Final = ' hidden="1"'
_COLLAPSED: Final = ' table:visibility="collapse"'
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True)
class Formula:
    """A cell that computes what it shows."""

    text: str
    shows: str


Cell = str | int | float | bool | Formula | None


@dataclass(frozen=True)
class Sheet:
    """One sheet; rows and columns count from 0 here. A cell None is left out, "" too."""

    rows: Sequence[Sequence[Cell]]
    name: str = "Sheet1"
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[str, ...] = ()  # "C2:C4"


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def xlsx(*sheets: Sheet) -> bytes:
    """An Excel workbook, texts inline."""
    numbers = range(1, len(sheets) + 1)
    names = "".join(
        f'<sheet name="{escape(sheet.name)}" sheetId="{n}" r:id="rId{n}"{_state(sheet)}/>'
        for n, sheet in zip(numbers, sheets, strict=True)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1"'
        f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>',
    }
    for n, sheet in zip(numbers, sheets, strict=True):
        parts[f"xl/worksheets/sheet{n}.xml"] = _xlsx_sheet(sheet)
    return packed(parts)


def _state(sheet: Sheet) -> str:
    return ' state="hidden"' if sheet.hidden else ""


def _xlsx_sheet(sheet: Sheet) -> str:
    rows = "".join(
        f'<row r="{n + 1}"{_HIDDEN if n in sheet.hidden_rows else ""}>'
        + "".join(_xlsx_cell(f"{chr(65 + at)}{n + 1}", cell) for at, cell in enumerate(row))
        + "</row>"
        for n, row in enumerate(sheet.rows)
    )
    merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in sheet.merged)
    below = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{below}</worksheet>'


def _xlsx_cell(at: str, cell: Cell) -> str:
    match cell:
        case None | "":
            return ""
        case bool():
            return f'<c r="{at}" t="b"><v>{int(cell)}</v></c>'
        case int() | float():
            return f'<c r="{at}"><v>{cell}</v></c>'
        case Formula(text, shows):
            return f'<c r="{at}" t="str"><f>{escape(text)}</f><v>{escape(shows)}</v></c>'
        case _:
            text = escape(cell, quote=False)
            return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def ods(*sheets: Sheet, rest: str = "") -> bytes:
    """An OpenDocument spreadsheet; `rest` stands below the last row of each sheet."""
    tables = "".join(
        f'<table:table table:name="{escape(sheet.name)}">'
        + "".join(
            f"<table:table-row{_COLLAPSED if n in sheet.hidden_rows else ''}>"
            + ("".join(_ods_cell(cell) for cell in row) or "<table:table-cell/>")
            + "</table:table-row>"
            for n, row in enumerate(sheet.rows)
        )
        + f"{rest}</table:table>"
        for sheet in sheets
    )
    spaces = " ".join(f'xmlns:{name}="{_OPEN}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f"""<manifest:manifest xmlns:manifest="{_OPEN}:manifest:1.0">
        <manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/></manifest:manifest>"""
    return packed(
        {"mimetype": ODS, "META-INF/manifest.xml": manifest, "content.xml": f'<?xml version="1.0"?>{content}'}
    )


def _ods_cell(cell: Cell) -> str:
    match cell:
        case None | "":
            return "<table:table-cell/>"
        case bool():
            said = str(cell).lower()
            return f'<table:table-cell office:value-type="boolean" office:boolean-value="{said}"/>'
        case int() | float():
            return (
                f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p>'
                "</table:table-cell>"
            )
        case Formula(text, shows):
            return (
                f'<table:table-cell table:formula="of:{escape(text)}" office:value-type="string">'
                f"<text:p>{escape(shows)}</text:p></table:table-cell>"
            )
        case _:
            return f'<table:table-cell office:value-type="string">{_ods_text(cell)}</table:table-cell>'


def _ods_text(text: str) -> str:
    """Runs of spaces are elements of their own (OpenDocument 1.3 part 3, 6.1.3)."""
    escaped = escape(text, quote=False).replace("\t", "<text:tab/>")
    said = (
        "".join("<text:s/>" if char == " " else char for char in escaped)
        if "  " in text or text != text.strip(" ")
        else escaped
    )
    return f"<text:p>{said}</text:p>"

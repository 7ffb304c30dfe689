"""What the XML of a spreadsheet says and the library does not: formulas, hidden rows, and how far its cells reach."""

import html
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_TAG: Final = re.compile(rb"<(/?[\w:.-]++)([^<>]*+)>")
_ATTRIBUTE: Final = re.compile(rb"(?<![\w:.-])([\w:.-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE: Final = re.compile(rb"([A-Za-z]{1,3})(\d{1,7})")
_REPEATED: Final = re.compile(rb"(number-(?:rows|columns)-repeated\s*=\s*[\"'])(\d{4,})([\"'])")
_MOST_REPEATED: Final = 1000  # of one row or cell: what is repeated more often is the empty rest of a sheet


@dataclass(frozen=True, slots=True)
class Marks:
    """Of one sheet. Rows count from 1 as people do, columns from 0 as lists do."""

    formulas: frozenset[tuple[int, int]] = frozenset()  # (row, column)
    hidden_rows: frozenset[int] = frozenset()
    cells: int = 0  # of the rectangle from A1 to the last cell that holds something


def xlsx_marks(parts: Mapping[str, bytes]) -> list[Marks]:
    """Return the marks of each sheet, in the order of the workbook (ECMA-376 part 1, 18.2.19 and 18.3.1)."""
    targets = {
        one.get("Id", ""): one.get("Target", "")
        for tag, one in _tags(parts.get("xl/_rels/workbook.xml.rels", b""))
        if tag == "Relationship"
    }
    marks = []
    for tag, one in _tags(parts["xl/workbook.xml"]):
        if tag == "sheet":
            target = targets.get(one.get("id", ""), "")
            path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
            marks.append(_xlsx_sheet(parts.get(path, b"")))
    return marks


def _xlsx_sheet(xml: bytes) -> Marks:
    formulas, hidden = set(), set()
    last_row = last_column = row = 0
    column = -1
    for found in _TAG.finditer(xml):
        tag = found[1].rpartition(b":")[2]
        if tag == b"row":
            about = _attributes(found[2])
            row, column = _number(about.get("r"), row + 1), -1
            if about.get("hidden") in {"1", "true"}:
                hidden.add(row)
        elif tag == b"c":
            reference = _REFERENCE.fullmatch(_attribute(found[2], b"r"))
            row, column = (int(reference[2]), _column(reference[1])) if reference else (row, column + 1)
            if not found[2].endswith(b"/"):
                last_row, last_column = max(last_row, row), max(last_column, column)
        elif tag in {b"f", b"f/"}:
            formulas.add((row, column))
    return Marks(frozenset(formulas), frozenset(hidden), last_row * (last_column + 1))


def ods_marks(content: bytes) -> tuple[bytes, list[Marks]]:
    """Return the content with the empty rest of its sheets made small, and the marks of each sheet.

    (OpenDocument 1.3 part 3, 9.1 and 19.675; repetition of rows and cells is how a sheet says that it is empty below.)
    """
    content = _REPEATED.sub(_shortened, content)
    marks: list[Marks] = []
    row = rows = column = widest = times = 0
    formulas: set[tuple[int, int]] = set()
    hidden: set[int] = set()
    for found in _TAG.finditer(content):
        tag = found[1]
        if tag in {b"table:table", b"/table:table"}:
            if tag.startswith(b"/"):
                marks.append(Marks(frozenset(formulas), frozenset(hidden), rows * widest))
            row = rows = widest = times = 0
            formulas, hidden = set(), set()
        elif tag == b"table:table-row":
            row += max(times, 1) if rows else 1
            times = _number(_attribute(found[2], b"table:number-rows-repeated").decode("latin-1"), 1)
            rows += times
            column = 0
            if b"table:visibility" in found[2] and b"visible" not in found[2]:
                hidden.update(range(row, row + times))
        elif tag in {b"table:table-cell", b"table:covered-table-cell"}:
            if b"table:formula" in found[2]:
                formulas.add((row, column))
            column += _number(_attribute(found[2], b"table:number-columns-repeated").decode("latin-1"), 1)
            widest = max(widest, column)
    return content, marks


def _shortened(found: re.Match[bytes]) -> bytes:
    return found[1] + (found[2] if int(found[2]) <= _MOST_REPEATED else b"1") + found[3]


# --- XML ----------------------------------------------------------------------------------------------------------


def _tags(xml: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    for found in _TAG.finditer(xml):
        yield found[1].rpartition(b":")[2].decode("latin-1"), _attributes(found[2])


def _attributes(text: bytes) -> dict[str, str]:
    """Return the attributes without their prefixes."""
    return {
        name.rpartition(b":")[2].decode("latin-1"): html.unescape((one or two).decode("utf-8", "replace"))
        for name, one, two in _ATTRIBUTE.findall(text)
    }


def _attribute(text: bytes, wanted: bytes) -> bytes:
    return next((one or two for name, one, two in _ATTRIBUTE.findall(text) if name == wanted), b"")


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1

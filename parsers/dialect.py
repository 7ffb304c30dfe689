"""The cells of a CSV as they stand in it: encoding, line ends, delimiter and quotes found out, nothing changed."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from parsers.labels import read_label
from parsers.values import is_address

_DELIMITERS: Final = (";", ",", "\t", "|")
_SAMPLE_LINES: Final = 60
_HEADER_LINES: Final = 10
_SEP_LINE: Final = re.compile(r'^"?sep=([^\w"\s]|\t)"?[;,\t|]*+\s*+$', re.IGNORECASE)
_PAIR_LINE: Final = re.compile(r"^([^\s:;,|@]+@[^\s:;,|@]+):(\S.*)$")
_CELL_END: Final = re.compile(r"[;,\t|]")
_ACCENTED: Final = frozenset("äöüßÄÖÜéèêëàâçîïôùûœÉÈÀÇñÑáíóúÁÍÓÚìòãõåøæ§€")
_EIGHT_BIT: Final = ("cp1252", "cp1250", "mac_roman", "cp850")


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a table; a quoted cell may make it several lines long."""

    line: int  # 1-based, the first one
    cells: list[str]
    text: str = ""  # the line as it came; "" in a spreadsheet
    literal: bool = False  # its quotes were not CSV quotes
    not_text: frozenset[int] = frozenset()  # a spreadsheet's cells that hold a number, date or formula


@dataclass(frozen=True, slots=True)
class Dialect:
    """The records of a file, blank ones left out, and what parts their cells."""

    records: list[Record]
    delimiter: str = ","
    pairs: bool = False  # every line is `user@domain:password`, as ispmanager exports them


def read_dialect(text: str) -> Dialect:
    """Return the records of the text. Linear in its size; never raises."""
    lines = re.split(r"\r\r\n|\r\n|\r|\n", text)
    first_line, said = 1, ""
    if sep := _SEP_LINE.match(lines[0]):
        lines, first_line, said = lines[1:], 2, str(sep[1])
    if pairs := _pair_lines(lines, first_line):
        return Dialect(pairs, ":", pairs=True)
    sample = [line for line in lines if line.strip()][:_SAMPLE_LINES]
    delimiter = _choose_delimiter(sample, said)
    if delimiter == "|" and all(_is_drawn(line) for line in sample):
        records = [_drawn(line, number) for number, line in enumerate(lines, first_line)]
    else:
        records = _records(lines, first_line, delimiter, _padding(sample, delimiter))
    return Dialect([record for record in records if any(cell.strip() for cell in record.cells)], delimiter)


# --- bytes to text ------------------------------------------------------------------------------------------------


def decode_table(data: bytes) -> tuple[str, bool]:
    """Return the text, and whether the encoding was a guess that accents depend on. Never raises."""
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    elif encoding := _wide(data):
        size = 4 if encoding == "utf-32" else 2
        text = data[: len(data) // size * size].decode(encoding, errors="surrogatepass")
        return text.removeprefix("\ufeff"), False
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _mixed(data) or _eight_bit(data), True
    once = _decoded_twice(text)
    return once or text, once is not None


def _decoded_twice(text: str) -> str | None:
    """Return the text of a file whose UTF-8 was taken for an 8-bit encoding and saved as UTF-8 again ("sÃ©curitÃ©").

    Only where the whole file can be read back, and its header then has more words that we know.
    """
    if text.isascii():
        return None
    for encoding in ("latin-1", "cp1252"):
        try:
            once = text.removeprefix("\ufeff").encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if _labels_in(once) > _labels_in(text):
            return once
    return None


def _wide(data: bytes) -> str | None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:400]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = head[offset::2].count(0)
        if zeros and zeros * 2 > len(head[offset::2]) and not head[1 - offset :: 2].count(0):
            return encoding
    return None


def _mixed(data: bytes) -> str | None:
    """Return UTF-8 with single lines in cp1252, as files put together by hand have them; None for anything else."""
    parts: list[str] = []
    accents = False
    for line in data.split(b"\n"):
        try:
            parts.append(line.decode("utf-8"))
            accents = accents or not line.isascii()
        except UnicodeDecodeError:
            parts.append(line.decode("cp1252", errors="replace"))
    text = "\n".join(parts)
    return text if accents and "\ufffd" not in text else None


def _eight_bit(data: bytes) -> str:
    """Return the text in the 8-bit encoding in which most labels of the header are words we know, and then most accents
    are those of words.
    """
    only_cr = b"\r" in data and b"\n" not in data  # Excel for Mac, which writes Mac Roman
    order = sorted(_EIGHT_BIT, key=lambda name: name != "mac_roman") if only_cr else _EIGHT_BIT
    texts = []
    for encoding in order:
        try:
            texts.append(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    return max(texts, key=lambda text: (_labels_in(text), _accents_in(text)))


def _accents_in(text: str) -> int:
    """Return how many characters are letters with accents as western words have them: no capital amid small ones."""
    pairs = pairwise(f" {text[:65536]}")
    return sum(char in _ACCENTED and not (char.isupper() and before.isalpha()) for before, char in pairs)


def _labels_in(text: str) -> int:
    lines = re.split(r"\r\n|\r|\n", text[:8192])[:_HEADER_LINES]
    return max(
        sum(read_label(cell.strip(' "')) is not None for cell in _CELL_END.split(line)) for line in lines
    )


# --- text to cells ------------------------------------------------------------------------------------------------


def _choose_delimiter(sample: list[str], said: str) -> str:
    """Return the delimiter that shows most different labels, then most address cells, then most equal rows.

    The one of a `sep=` line counts where no other one shows more; some programs write the line and another delimiter.
    """

    def score(delimiter: str) -> tuple[int, int, int]:
        rows = [_one_line(line, 0, delimiter, "").cells for line in sample]
        wide = [row for row in rows if len(row) > 1]
        labels = max((len({read_label(cell) for cell in row} - {None}) for row in wide), default=0)
        addresses = sum(is_address(cell.strip()) for row in wide for cell in row)
        widths = [len(row) for row in wide]
        return (labels if labels > 1 else 0, addresses, max(map(widths.count, widths), default=0))

    scores: dict[str, tuple[int, int, int]] = {
        delimiter: score(delimiter) for delimiter in dict.fromkeys((*said, *_DELIMITERS))
    }
    if said and scores[said][:2] >= max(scores.values())[:2]:
        return said
    return max(scores, key=lambda delimiter: scores[delimiter])


def _padding(sample: list[str], delimiter: str) -> str:
    """Return how the cells are set off: " " where a blank follows every delimiter, "  " where one leads it too."""
    bare = (re.sub(r'"[^"]*"', '""', line) for line in sample)
    rows = [line.split(delimiter) for line in bare if delimiter in line]
    if not rows or not all(cell[:1] in {"", " "} for row in rows for cell in row[1:]):
        return ""
    if not any(cell.strip() for row in rows for cell in row[1:]):
        return ""
    return "  " if all(cell[-1:] in {"", " "} for row in rows for cell in row[:-1]) else " "


def _unpadded(cells: list[str], padding: str) -> list[str]:
    """Return the cells without the one blank that sets them off."""
    if padding:
        cells = [cells[0], *(cell.removeprefix(" ") for cell in cells[1:])] if cells else []
    if padding == "  ":
        cells = [*(cell.removesuffix(" ") for cell in cells[:-1]), *cells[-1:]]
    return cells


def _is_drawn(line: str) -> bool:
    """True for a line of a table drawn with bars: `| anna@old.example | secret |`."""
    return len(line.strip()) > 1 and line.strip()[0] + line.strip()[-1] == "||"


def _drawn(line: str, number: int) -> Record:
    return Record(number, [cell.strip() for cell in line.strip()[1:-1].split("|")], line, literal=True)


def _records(lines: list[str], first_line: int, delimiter: str, padding: str) -> list[Record]:
    """Return the cells of every line. One stray quote costs its own line, never the rows below it."""
    try:
        whole = list(_strict(lines, first_line, delimiter, padding))
        if all(_is_one_row(record, delimiter) for record in whole):
            return whole
    except csv.Error:
        pass
    return [_one_line(line, first_line + at, delimiter, padding) for at, line in enumerate(lines)]


def _strict(lines: list[str], first_line: int, delimiter: str, padding: str) -> Iterator[Record]:
    skips = bool(padding) and any('"' in line for line in lines)
    reader = csv.reader(
        (line + "\n" for line in lines), delimiter=delimiter, strict=True, skipinitialspace=skips
    )
    before = 0
    for cells in reader:
        after = reader.line_num
        text = lines[before] if after == before + 1 else "\n".join(lines[before:after])
        yield Record(first_line + before, _unpadded(cells, padding), text)
        before = after


def _is_one_row(record: Record, delimiter: str) -> bool:
    """True unless a quote that was never meant as one has swallowed further rows."""
    if "\n" not in record.text:
        return True
    below = record.text.split("\n")[1:]
    return len(below) <= _HEADER_LINES and not any(
        is_address(cell.strip(' "')) for line in below for cell in line.split(delimiter)
    )


def _one_line(line: str, number: int, delimiter: str, padding: str) -> Record:
    skips = bool(padding) and '"' in line
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=skips), [])
        return Record(number, _unpadded(cells, padding), line)
    except csv.Error:
        return Record(number, _unpadded(line.split(delimiter), padding), line, literal=True)


def _pair_lines(lines: list[str], first_line: int) -> list[Record]:
    """Return `user@domain:password` lines as two cells each, if every line is one; a header and comments may be there."""
    records: list[Record] = []
    for number, line in enumerate(lines, first_line):
        if not line.strip() or line.startswith("#") or (not records and _is_pair_header(line)):
            continue
        pair = _PAIR_LINE.match(line)
        if pair is None or not is_address(pair[1]):
            return []
        records.append(Record(number, [pair[1], pair[2]], line, literal=True))
    return records


def _is_pair_header(line: str) -> bool:
    words = line.split(":")
    labels = [label.field for word in words if (label := read_label(word)) is not None]
    return len(words) == 2 and labels in (["address", "password"], ["login", "password"])

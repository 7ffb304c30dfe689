"""The letter that winmail.dat holds as compressed RTF only (MS-OXRTFCP), and the page or text it was made of (MS-OXRTFEX)."""

import codecs
import re
import struct
from dataclasses import dataclass, field, replace
from typing import Final

MOST_BYTES: Final = 4 << 20  # of the RTF once it is unpacked
_MOST_OPEN: Final = 500  # groups inside each other
_WINDOW: Final = 4096
_SEED: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)  # what every window begins with (section 2.1.3.1.1)
_TOKEN: Final = re.compile(
    rb"\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?[0-9]{1,10})? ?|\\(?P<sign>[^a-zA-Z])"
    rb"|(?P<open>\{)|(?P<close>\})|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\",
    re.DOTALL,
)
_SILENT: Final = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr fldinst".split()
)
_BREAKS: Final = {b"par": "\n", b"line": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t"}
_SIGNS: Final = {b"~": "\u00a0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
_NAMED: Final = {
    b"lquote": "\u2018", b"rquote": "\u2019", b"ldblquote": "\u201c", b"rdblquote": "\u201d", b"bullet": "\u2022",
    b"endash": "\u2013", b"emdash": "\u2014",
}  # fmt: skip
_PAGES: Final = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "cp936",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}  # by the charset of a font; fmt: skip


def unpack_rtf(data: bytes) -> bytes | None:
    """Return the RTF of PidTagRtfCompressed; None where it breaks the format or a limit. Never raises."""
    if len(data) < 16:
        return None
    size, kind = struct.unpack_from("<I4s", data, 4)
    if size > MOST_BYTES:
        return None
    if kind == b"MELA":
        return data[16 : 16 + size]
    return _inflated(data, size) if kind == b"LZFu" else None


def _inflated(data: bytes, size: int) -> bytes | None:
    window = bytearray(_SEED) + bytearray(_WINDOW - len(_SEED))
    at, write, out = 16, len(_SEED), bytearray()
    while at < len(data) and len(out) < size:
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                break
            if not control >> bit & 1:
                piece, offset, length = data[at : at + 1], 0, 1
                at += 1
            else:
                if at + 2 > len(data):
                    return None
                offset, length = data[at] << 4 | data[at + 1] >> 4, (data[at + 1] & 15) + 2
                at += 2
                if offset == write:
                    return bytes(out) if len(out) == size else None
                piece = b""
            for step in range(length):
                window[write] = piece[0] if piece else window[(offset + step) % _WINDOW]
                out.append(window[write])
                write = (write + 1) % _WINDOW
    return bytes(out[:size]) if len(out) >= size else None


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds inside one pair of braces."""

    silent: bool = False  # fonts, pictures: nothing of it is text
    tag: bool = False  # HTML as it was written
    rtf_only: bool = False  # what only a reader of RTF needs
    fonts: bool = False
    page: str = "cp1252"
    skip: int = 1  # characters after \u that stand in for it


@dataclass(slots=True)
class _Reader:
    is_html: bool = False
    group: _Group = field(default_factory=_Group)
    page: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    open: list[_Group] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    octets: bytearray = field(default_factory=bytearray)
    skips: int = 0
    starred: bool = False

    def say(self, text: str) -> None:
        self.flush()
        self.out.append(text)

    def flush(self) -> None:
        if self.octets:
            self.out.append(self.octets.decode(self.group.page, "replace"))
            self.octets.clear()

    def shows(self) -> bool:
        return not self.group.silent and not (self.is_html and self.group.rtf_only and not self.group.tag)


def rtf_letter(rtf: bytes) -> tuple[str, bool] | None:
    """Return the text of a letter in RTF, and whether it is the HTML page it was made of; None for no RTF. Never raises."""
    if not rtf.lstrip().startswith(b"{\\rtf") or len(rtf) > MOST_BYTES:
        return None
    reader = _Reader(is_html=b"\\fromhtml1" in rtf[:4096])
    at = 0
    while match := _TOKEN.match(rtf, at):
        at = match.end()
        if match["open"]:
            if len(reader.open) >= _MOST_OPEN:
                return None
            reader.flush()
            reader.open.append(reader.group)
            reader.starred, reader.skips = False, 0
        elif match["close"]:
            reader.flush()
            reader.group = reader.open.pop() if reader.open else reader.group
            reader.skips = 0
        elif match["word"]:
            at += _word(reader, match["word"], match["number"])
        else:
            _characters(reader, match)
    reader.flush()
    text = "".join(reader.out).encode("utf-16-le", "surrogatepass")  # beyond the first plane two \u make one
    return text.decode("utf-16-le", "replace"), reader.is_html


def _characters(reader: _Reader, match: re.Match[bytes]) -> None:
    if match["sign"] == b"*":
        reader.starred = True
        return
    octets = bytes.fromhex(match["hex"].decode()) if match["hex"] else match["text"] or b""
    if reader.skips:
        dropped = min(reader.skips, len(octets) or 1)
        reader.skips -= dropped
        octets = octets[dropped:]
        if not octets:
            return
    if not reader.shows():
        return
    if octets:
        reader.octets += octets
    elif match["sign"] in _SIGNS:
        reader.say(_SIGNS[match["sign"]])


def _word(reader: _Reader, word: bytes, number: bytes | None) -> int:
    """Follow one control word; return how many bytes of binary data come behind it."""
    value, starred, reader.starred = int(number or 0), reader.starred, False
    reader.flush()
    group = reader.group
    if word == b"htmltag":
        reader.group = replace(group, tag=True, silent=False)
    elif starred or word in _SILENT:
        reader.group = replace(group, silent=True, fonts=word == b"fonttbl")
    elif word == b"htmlrtf":
        reader.group = replace(group, rtf_only=number != b"0")
    elif word == b"ansicpg":
        reader.page = _known(f"cp{value}")
        reader.group = replace(group, page=reader.page)
    elif word in {b"f", b"fcharset", b"plain"}:
        _font(reader, word, value)
    elif word == b"uc":
        reader.group = replace(group, skip=min(max(value, 0), 8))
    elif word == b"bin":
        return max(0, value)
    elif reader.shows():
        _shown(reader, word, value)
    return 0


def _shown(reader: _Reader, word: bytes, value: int) -> None:
    if word == b"u":
        code = value % 65536
        reader.out.append(chr(code))
        reader.skips = reader.group.skip
    elif word in _NAMED:
        reader.out.append(_NAMED[word])
    elif word in _BREAKS:
        reader.out.append(_BREAKS[word])


def _font(reader: _Reader, word: bytes, value: int) -> None:
    if word == b"fcharset":
        if reader.group.fonts and len(reader.fonts) < _WINDOW:
            reader.fonts[reader.font] = _PAGES.get(value, "") if value > 1 else ""
    else:
        reader.font = value if word == b"f" else 0
        page = reader.fonts.get(reader.font, "") if word == b"f" else ""
        reader.group = replace(reader.group, page=_known(page) if page else reader.page)


def _known(page: str) -> str:
    try:
        codecs.lookup(page)
    except LookupError:
        return "utf-8" if page == "cp65001" else "cp1252"
    return page

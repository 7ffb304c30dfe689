"""Characters of cards and calendars, whatever charset their writer used and said it used.

UTF-8 is tried first, line by line: one file may hold two charsets, and many writers say ISO-8859-1 and mean UTF-8.
"""

import codecs
import quopri
import re
from dataclasses import dataclass, field

_CHARSETS = re.compile(  # the ones seen in exports; never utf-7 or Python's own transformations
    r"(us-ascii|ascii|utf-?8|utf-?16|iso-?8859-?\d+|latin-?\d|windows-?\d+|cp\d+|koi8-[ru]"
    r"|shift_jis|sjis|euc-?(jp|kr)|iso-2022-(jp|kr)|gb2312|gbk|gb18030|big5|macintosh|mac-?roman)",
    re.IGNORECASE,
)
_DECLARED = re.compile(rb"[^:]*;CHARSET=\"?([\w.-]+)", re.IGNORECASE)
_HEAD = 1000  # octets in which a property has its parameters
_FALLBACK = "cp1252"
_PIECE = 1 << 20  # octets of UTF-16 turned into UTF-8 at a time
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f\ufffe\uffff]")  # in no card, and in no XML answer


@dataclass(slots=True)
class Decoder:
    """Turns the lines of one file into text, and remembers what they were written in."""

    used: dict[str, None] = field(default_factory=dict)  # other charsets than UTF-8, in the order of use
    _declared: str | None = None  # the last one a line named; Outlook names it on some lines only

    def decode(self, raw: bytes) -> str:
        """Return the text of one unfolded line. Never raises."""
        if raw.isascii() and b"\x1b" not in raw:
            return raw.decode("ascii")
        stated = _DECLARED.match(raw[:_HEAD])
        named = charset_named(stated.group(1).decode("ascii", "replace")) if stated else None
        self._declared = named or self._declared
        text, charset = _first_fit(raw, named, self._declared)
        self.note(charset)
        return text

    def note(self, charset: str) -> None:
        """Remember that something was read in that charset."""
        if charset not in {"utf-8", "ascii"}:
            self.used.setdefault(re.sub(r"^cp(?=125\d$)", "windows-", charset))


def as_utf8(data: bytes) -> tuple[bytes, str]:
    """Return the bytes without byte order mark, UTF-16 as UTF-8; and "utf-16" where that is what they were."""
    while data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    charset = _utf16(data[:64])
    if not charset:
        return data, ""
    decoder = codecs.getincrementaldecoder(charset)("replace")
    pieces = (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
    text = b"".join(decoder.decode(piece).encode("utf-8", "replace") for piece in pieces)
    return text.removeprefix(codecs.BOM_UTF8), "utf-16"


def charset_named(name: str) -> str | None:
    """Return Python's name of a charset people declare, None for anything else."""
    if not _CHARSETS.fullmatch(name):
        return None
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def read_quoted_printable(value: str, charset: str | None) -> tuple[str, str]:
    """Return the text of a vCard 2.1 or vCalendar 1.0 value, and the charset it was read in.

    Args:
        value: as written, soft breaks undone.
        charset: as declared, if so; UTF-8 is tried first.
    """
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    text, used = _first_fit(raw, charset_named(charset or ""), None)
    return without_controls(text), used


def without_controls(text: str) -> str:
    """Return the text without characters that no server stores (NUL gives 500 on one, 403 on another)."""
    return _UNFIT.sub("", text) if _UNFIT.search(text) else text


def _first_fit(raw: bytes, named: str | None, other: str | None) -> tuple[str, str]:
    escapes = bool(named) and b"\x1b" in raw  # ISO-2022 is ASCII to whoever does not know it
    for charset in (named if escapes else "utf-8", named, other):
        try:
            if charset:
                return raw.decode(charset), charset
        except UnicodeError:
            continue
    return raw.decode(_FALLBACK, "replace"), _FALLBACK


def _utf16(start: bytes) -> str:
    """Return which UTF-16 a file begins in, by its mark or by the zeros beside its first letters; "" = none."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    even, odd = start[0::2], start[1::2]
    if len(odd) > 3 and not any(odd[:4]) and all(even[:4]):
        return "utf-16-le"
    return "utf-16-be" if len(odd) > 3 and not any(even[:4]) and all(odd[:4]) else ""

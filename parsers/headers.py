"""Header fields of an RFC 5322 message, read tolerantly: every value comes out, none raises."""

import codecs
import contextlib
import itertools
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

Certainty = Literal["sure", "repaired", "guessed"]

MAX_BLOCK_BYTES: Final = 256 << 10
MAX_FIELDS: Final = 2000
MAX_FIELD_BYTES: Final = 64 << 10

_FIELD_START: Final = re.compile(rb"^[!-9;-~]+[ \t]*:", re.MULTILINE)
_SPACED_NAME: Final = re.compile(rb"^([!-9;-~]+)[ \t]+:", re.MULTILINE)
_ID: Final = re.compile(r"<([^<>]*)>|(?<![^\s<>,;\"])([^\s<>,;\"]+@[^\s<>,;\"]+)")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address header: the display name as decoded text, the address as written."""

    name: str
    addr: str


def split_raw(raw: bytes) -> tuple[bytes, bytes]:
    """Return the header block and the bytes after the blank line that ends it."""
    end = re.search(rb"\r?\n\r?\n|\A\r?\n", raw)
    return (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])


def cap_headers(block: bytes) -> tuple[bytes, bool]:
    """Return the block with every field and the whole within the caps, and whether something was cut.

    "From : x" becomes "From: x": to our MX it is a From field (RFC 5322 section 4.5), to the parser below a mbox line.
    A 683 kB Subject of encoded words costs some parsers a minute and 16 GB; nothing genuine comes near 64 kB.
    """
    cut = len(block) > MAX_BLOCK_BYTES
    block = _SPACED_NAME.sub(rb"\1:", block[:MAX_BLOCK_BYTES])
    starts = [match.start() for match in _FIELD_START.finditer(block)]
    bounds = [0, *(start for start in starts if start > 0), len(block)]
    cut = cut or len(bounds) > MAX_FIELDS
    bounds = bounds[:MAX_FIELDS]
    fields = [block[a:b] for a, b in itertools.pairwise(bounds)]
    if not cut and all(len(field) <= MAX_FIELD_BYTES for field in fields):
        return block, False
    return b"".join(_cap(field) for field in fields), True


def _cap(field: bytes) -> bytes:
    return field if len(field) <= MAX_FIELD_BYTES else field[:MAX_FIELD_BYTES].rstrip(b"\r\n") + b"\r\n"


def values(message: Message, name: str) -> tuple[str, ...]:
    """Return every field of that name, topmost first, unfolded and not yet decoded."""
    wanted = name.casefold()
    return tuple(_unfold(value) for key, value in message.raw_items() if key.strip().casefold() == wanted)


def value(message: Message, name: str) -> str:
    """Return the topmost field of that name, "" when there is none."""
    return next(iter(values(message, name)), "")


def param(message: Message, name: str) -> str:
    """Return a parameter of the Content-Type, "" when it is missing or cannot be read (RFC 2231)."""
    try:
        found = message.get_param(name)
    except Exception:  # noqa: BLE001 - a bad charset, index or quote, each with an error of its own
        return ""
    return str((found[2] if isinstance(found, tuple) else found) or "")


def _unfold(value: Any) -> str:
    octets = str(value)[:MAX_FIELD_BYTES].encode("utf-8", "surrogateescape")
    text = decode_octets(octets, None)[0]
    return re.sub(r"\r?\n[ \t]*|\r", " ", text).replace("\x00", "").strip()


def decode_octets(octets: bytes, charset: str | None) -> tuple[str, bool]:
    """Return the text, and whether its charset had to be guessed. No character is ever replaced or dropped."""
    text, said = read_octets(octets, charset)
    return text, said != "sure"


def read_octets(octets: bytes, charset: str | None) -> tuple[str, Certainty]:
    """Return the text and how sure its charset is. No character is ever replaced or dropped.

    "repaired": the charset stated is wrong, and the bytes can hardly be another one than UTF-8 or UTF-16; "guessed":
    accents may be others than the ones that were written.
    """
    name = _codec(charset)
    if octets.isascii() and b"\x00" not in octets and b"\x1b" not in octets and name not in _NOT_ASCII:
        return octets.decode("ascii"), "sure"
    if name in _NARROW:
        with contextlib.suppress(UnicodeDecodeError):  # two bytes that make one character are no accident
            return octets.decode("utf-8"), "repaired"
        if name != "ascii" and any(
            0x80 <= byte < 0xA0 for byte in octets
        ):  # controls there, and nobody types them
            return _by_cp1252(octets), "repaired"
    with contextlib.suppress(LookupError, ValueError, TypeError):
        if name:
            return octets.decode(name), "sure"
    return _undeclared(octets)


_NOT_ASCII: Final = frozenset(
    {"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7", "hz"}
)
_NARROW: Final = frozenset({"iso8859-1", "ascii", "cp1252", "iso8859-15"})
_PYTHONS_OWN: Final = frozenset(
    {"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem"}
)
_WIDER: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso2022_jp": "iso2022_jp_ext",
}


def _codec(charset: str | None) -> str:
    """Return Python's name of the charset, "" for none it may be decoded by."""
    if not charset:
        return ""
    plain = re.sub(r"[^a-z0-9_.-]", "", charset.casefold()[:40])
    found = re.match(r"(?:x-)?(?:(windows-\d{4})|(iso-?8859-\d{1,2})|(utf-?8))", plain)
    with contextlib.suppress(LookupError, ValueError):
        name = codecs.lookup(next(filter(None, found.groups())) if found else plain).name
        return "" if name.replace("-", "_") in _PYTHONS_OWN else _WIDER.get(name, name)
    return ""


def _undeclared(octets: bytes) -> tuple[str, Certainty]:
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with contextlib.suppress(UnicodeDecodeError):
            return octets.decode("utf-16"), "repaired"
    half = len(octets) // 2
    for at, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half > 8 and octets[at::2].count(0) > 0.7 * half and octets[1 - at :: 2].count(0) < 0.1 * half:
            with contextlib.suppress(UnicodeDecodeError):
                return octets.decode(name), "repaired"
    with contextlib.suppress(UnicodeDecodeError):
        return octets.decode("utf-8"), "repaired"
    return _by_cp1252(octets), "guessed"


def _by_cp1252(octets: bytes) -> str:
    """Return text that mixes UTF-8 and Windows' bytes: each line that is UTF-8 as such, the others as cp1252."""
    return "".join(_line(line) for line in octets.splitlines(keepends=True))


def _line(octets: bytes) -> str:
    for name in ("utf-8", "cp1252"):
        with contextlib.suppress(UnicodeDecodeError):
            return octets.decode(name)
    return octets.decode("latin-1")


def decoded(value: str) -> str:
    """Return the text of a field with its encoded words (RFC 2047) read, without CR, LF, NUL and other controls."""
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError, IndexError):
        pieces = [(value, None)]
    text = "".join(
        piece if isinstance(piece, str) else decode_octets(piece, charset)[0] for piece, charset in pieces
    )
    return _CONTROL.sub("", re.sub(r"[\r\n\t]+", " ", text)).strip()


def message_ids(value: str) -> tuple[str, ...]:
    """Return every Message-ID in the field, with its brackets.

    Clients fold inside an id, forget the brackets or part ids with commas; prose around bracketed ids is not an id.
    """
    found = [(match[1], match[2]) for match in _ID.finditer(value)]
    bracketed = tuple("<" + "".join(inner.split()) + ">" for inner, _ in found if inner)
    return bracketed or tuple(f"<{bare}>" for _, bare in found if bare)


def date(value: str) -> datetime | None:
    """Return the moment in the offset it was written in; None when it cannot be read. Without one it is UTC (RFC 5322 3.3)."""
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment if moment.astimezone(UTC) else None  # beyond the years a date can have
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def addresses(value: str) -> tuple[Address, ...]:
    """Return every address of the field, in order, groups opened (RFC 5322 section 3.4).

    An unquoted second address in the display name ("a@x <b@y>") counts as an address of its own: who reads it
    cannot know which one the sender's client showed.
    """
    found: list[Address] = []
    for entry in _entries(value):
        found.extend(_addresses_of(entry))
    return tuple(found)


_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)|\((?:[^()\\]|\\.)*\)|<[^<>]*>?|[,;:]', re.DOTALL)


def _entries(value: str) -> list[str]:
    """Split at the commas, semicolons and group colons that stand outside quotes, comments and brackets."""
    entries, start = [], 0
    for token in _TOKEN.finditer(value):
        if token[0] not in {",", ";", ":"}:
            continue
        if token[0] != ":":  # what stands before a colon is a group's name
            entries.append(value[start : token.start()])
        start = token.end()
    return [*entries, value[start:]]


_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)("|$)(?!\s*@)')
_COMMENT: Final = re.compile(r"\(((?:[^()\\]|\\.)*)\)")
_ANGLE: Final = re.compile(r"<([^<>]*)>?")


def _addresses_of(entry: str) -> list[Address]:
    """Return each distinct address of one entry; more than one means a forged or broken header."""
    outside = _COMMENT.sub(" ", _QUOTED.sub(" ", entry))
    named = _ANGLE.findall(outside)
    words = [word for word in [*_ANGLE.sub(" ", outside).split(), *named] if "@" in word]
    distinct = {_clean(word).casefold(): _clean(word) for word in words}
    name = _display_name(entry) if named else " ".join(_COMMENT.findall(_QUOTED.sub(" ", entry)))
    return [Address(decoded(name), addr) for addr in distinct.values()]


def _display_name(entry: str) -> str:
    quoted = _QUOTED.search(entry)
    if quoted and not entry[: quoted.start()].strip():
        return re.sub(r"\\(.)", r"\1", quoted[1])
    return _COMMENT.sub(" ", entry.split("<", maxsplit=1)[0]).strip()


def _clean(addr: str) -> str:
    return _CONTROL.sub("", re.sub(r"\s+", "", addr)).strip("<>,;")

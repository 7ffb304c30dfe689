"""Pictures, sounds, logos and keys of a card as vCard 3.0 has them: base64, or a web address (RFC 2426 section 2.4.1).

Seen: ENCODING=b, B, BASE64, a bare BASE64, data: addresses (escaped and not), VALUE=URL, nothing at all; lines cut
by phones, breaks written as text, the alphabet of web addresses.
"""

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote_to_bytes

from parsers.lines import Line, escape, make_line, unescape

BINARY: Final = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
BASE64: Final = frozenset({"B", "BASE64"})

_DATA_ADDRESS = re.compile(r"data:([\w.+/-]*+)([^,]{0,200}+),", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{0,30}+:", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"\\[nN]|[^A-Za-z0-9+/]+")
_OTHER_ALPHABET = str.maketrans("-_", "+/")
_NOTHING_SAID = frozenset(
    {"VALUE", "MEDIATYPE", "ENCODING", "CHARSET"}
)  # by these once the octets are base64
_STARTS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n": "PNG", b"GIF8": "GIF", b"BM": "BMP", b"II*\0": "TIFF"}
_WORTH_KEEPING = 1000  # octets: of a picture that lost its end, this much shows something


def binary_line(
    line: Line, name: str, encoding: str, params: list[tuple[str, str]], repairs: list[str]
) -> Line | None:
    """Return the property as 3.0 base64 or address; None when it holds nothing, or cannot be decoded.

    What cannot is named in `repairs`. A picture that lacks octets at its end is kept, and that is named too.
    """
    value = line.value.strip()
    others = [(key, one) for key, one in params if key not in _NOTHING_SAID]
    plain = unescape(value) if "\\" in value[:200] else value
    inline = _DATA_ADDRESS.match(plain)
    if inline:
        octets = _inline(plain[inline.end() :], inline.group(2))
        kind = inline.group(1).rpartition("/")[2].upper()
    elif encoding not in BASE64 and _ADDRESS.match(plain):
        return make_line(name, escape(value, ","), [*others, ("VALUE", "uri")], line.group)
    elif encoding not in BASE64 and (name == "KEY" or (name == "SOUND" and not _is_base64(value))):
        return make_line(
            name, escape(value, ",;"), params, line.group
        )  # a fingerprint, or how a name is said
    else:
        octets, kind = _octets(value), ""
    short = not inline and len(_letters(value)) % 4 == 1
    if not octets or (short and (len(octets) < _WORTH_KEEPING or not _kind(octets))):
        repairs += [_lost(name)] if value else []
        return None
    repairs += ["photo-repaired"] if short else []
    if name in {"PHOTO", "LOGO"} and not any(key == "TYPE" for key, _ in others):
        others += [("TYPE", kind or _kind(octets))] if kind or _kind(octets) else []
    text = base64.b64encode(octets).decode("ascii")
    return make_line(name, text, [*others, ("ENCODING", "b")], line.group)


def _lost(name: str) -> str:
    return "photo-dropped" if name == "PHOTO" else "attachment-dropped"


def _letters(value: str) -> str:
    return _NOT_LETTERS.sub("", value.translate(_OTHER_ALPHABET))


def _octets(value: str) -> bytes | None:
    """Return what base64 says, as far as whole octets go; None when it is none."""
    letters = _letters(value)
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4))
    except binascii.Error:
        return None


def _inline(value: str, options: str) -> bytes | None:
    if "base64" in options.lower():
        return _octets(value.replace("%2B", "+").replace("%2F", "/").replace("%3D", "="))
    return unquote_to_bytes(value)


def _is_base64(value: str) -> bool:
    return len(value) > 100 and len(_letters(value)) > len(value) * 0.95


def _kind(octets: bytes) -> str:
    """Return the TYPE of a picture by its first octets, "" when they say nothing."""
    if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for start, kind in _STARTS.items() if octets.startswith(start)), "")

"""Folder names as people read them and as servers take them. Pure."""

import base64
import binascii
import re
import unicodedata
from typing import Final

SHIFTED: Final = re.compile(rb"&([A-Za-z0-9+,]*)-")
OUTSIDE: Final = re.compile("[^\x20-\x7e]+")


def fold(name: str) -> str:
    """Return what names have in common that differ by case or Unicode normal form only (macOS writes u + diaeresis)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def decode_name(raw: bytes) -> str:
    """Return a raw folder name as text; never fails, whatever a server calls its folders.

    Modified UTF-7 (RFC 3501 section 5.1.3) first; what is not that is read as UTF-8, then as Latin-1.
    """
    try:
        raw.decode("ascii")
    except UnicodeDecodeError:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    return SHIFTED.sub(_decode_shifted, raw).decode("utf-8", "replace")


def encode_name(name: str) -> bytes:
    """Return text in modified UTF-7."""
    escaped = name.replace("&", "&-")
    return OUTSIDE.sub(_encode_outside, escaped).encode("ascii")


def _decode_shifted(found: re.Match[bytes]) -> bytes:
    if not found[1]:
        return b"&"
    coded = found[1].replace(b",", b"/")
    try:
        utf16 = base64.b64decode(coded + b"=" * (-len(coded) % 4))
        return utf16.decode("utf-16-be").encode("utf-8")
    except (binascii.Error, UnicodeError):
        return found[0]  # "R&D-": an ampersand that was never encoded


def _encode_outside(found: re.Match[str]) -> str:
    utf16 = found[0].encode("utf-16-be", "surrogatepass")
    return "&" + base64.b64encode(utf16).decode().rstrip("=").replace("/", ",") + "-"

"""Outlook's winmail.dat (MS-OXTNEF): the files in it, and the letter where the mail has no other."""

import logging
import struct
from typing import Final

from parsers.rtf import rtf_letter, unpack_rtf

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_MOST_OBJECTS: Final = 2000
_MOST_BYTES: Final = 20 << 20
_HEAD: Final = 9  # level, id, type, length
_TAIL: Final = 2  # checksum


def read_tnef(data: bytes) -> list[tuple[str, bytes]] | None:
    """Return name and bytes of every file inside; None when it cannot be read whole. Never raises."""
    if not data.startswith(_SIGNATURE) or len(data) > _MOST_BYTES or not _is_whole(data):
        return None
    from tnefparse import TNEF

    logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it writes names and values into the log
    try:
        opened = TNEF(data)
        if not all(thing.good_checksum for thing in opened.objects):
            return None
        files = [(_text(one.long_filename()), bytes(one.data or b"")) for one in opened.attachments]
        return [*files, *_letter(opened)]
    except Exception:  # noqa: BLE001 - it raises struct.error, KeyError, UnicodeDecodeError … on damaged files
        return None


def _is_whole(data: bytes) -> bool:
    """True when the objects fill the file; the library would make a copy of the rest for each of a million."""
    at, count = 6, 0
    while at + _HEAD + _TAIL <= len(data) and count <= _MOST_OBJECTS:
        (length,) = struct.unpack_from("<I", data, at + 5)
        at += _HEAD + length + _TAIL
        count += 1
    return count <= _MOST_OBJECTS and at <= len(data)


def _text(name: object) -> str:
    if isinstance(name, bytes):
        return name.decode("cp1252", "ignore").strip("\0")
    return str(name or "").strip("\0")


def _letter(opened: object) -> list[tuple[str, bytes]]:
    """Return the letter as a file of its own: read only where the mail has no text beside."""
    html, body = getattr(opened, "htmlbody", None), getattr(opened, "body", None)
    if not html and not body and (packed := getattr(opened, "_rtfbody", None)):
        made = _from_rtf(packed)
        if made is None and not getattr(opened, "attachments", ()):
            raise ValueError  # nothing of it can be read
        text, is_html = made or ("", False)
        return [("winmail.html" if is_html else "winmail.txt", text.encode("utf-8", "replace"))]
    if html:
        return [("winmail.html", html.encode() if isinstance(html, str) else bytes(html))]
    if body:
        return [("winmail.txt", body.encode() if isinstance(body, str) else bytes(body))]
    return []


def _from_rtf(packed: object) -> tuple[str, bool] | None:
    """Return the letter of which only the RTF is there, and whether it is HTML; None where it cannot be read."""
    if isinstance(packed, list):
        packed = packed[0] if packed else None
    if not isinstance(packed, bytes):
        return None
    rtf = unpack_rtf(packed)
    return rtf_letter(rtf) if rtf is not None else None

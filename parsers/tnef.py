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
_PROPERTIES: Final = frozenset({0x9003, 0x9005})  # of the message, of a file
# Those, the version, the code page, the body; a file's beginning, title and bytes.
_READ: Final = _PROPERTIES | {0x9006, 0x9007, 0x800C, 0x9002, 0x8010, 0x800F}
_HALF: Final = frozenset({2, 0xB})  # two bytes each (MS-OXCDATA 2.11.1)
_SIZES: Final = {3: 4, 4: 4, 0xA: 4, 5: 8, 6: 8, 7: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_LONG: Final = frozenset({0, 0xD, 0x1E, 0x1F, 0x102})  # texts and bytes, with their length before them
_MANY: Final = 0x1000


def read_tnef(data: bytes) -> list[tuple[str, bytes]] | None:
    """Return name and bytes of every file inside; None when it cannot be read whole. Never raises."""
    if not data.startswith(_SIGNATURE) or len(data) > _MOST_BYTES or (wanted := _wanted(data)) is None:
        return None
    from tnefparse import TNEF

    logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it writes names and values into the log
    try:
        opened = TNEF(wanted)
        if not all(thing.good_checksum for thing in opened.objects):
            return None
        files = [(_text(one.long_filename()), bytes(one.data or b"")) for one in opened.attachments]
        return [*files, *_letter(opened)]
    except Exception:  # noqa: BLE001 - it raises struct.error, KeyError, UnicodeDecodeError … on damaged files
        return None


def _wanted(data: bytes) -> bytes | None:
    """Return the file with the objects we read; None when they do not fill it, or a count in them is no true one.

    The library would make a copy of the rest for each of a million objects, and count to any number it is told.
    """
    kept, at, count = [data[:6]], 6, 0
    while at + _HEAD + _TAIL <= len(data) and count <= _MOST_OBJECTS:
        name, length = struct.unpack_from("<xHxxI", data, at)
        end = at + _HEAD + length + _TAIL
        if name in _PROPERTIES and not _are_properties(data[at + _HEAD : end - _TAIL]):
            return None
        kept += [data[at:end]] if name in _READ else []
        at = end
        count += 1
    return b"".join(kept) if count <= _MOST_OBJECTS and at <= len(data) else None


def _are_properties(data: bytes) -> bool:
    """True when as many properties are there as the first number says (MS-OXTNEF 2.1.3.4)."""
    try:
        count = int.from_bytes(data[:4], "little")
        at = 4
        for _ in range(min(count, len(data))):
            at = _after_property(data, at)
            if at > len(data) + 3:
                return False
    except struct.error:
        return False
    return count <= len(data)


def _after_property(data: bytes, at: int) -> int:
    kind, name = struct.unpack_from("<HH", data, at)
    at += 4
    if name >= 0x8000:
        (is_text, size) = struct.unpack_from("<16xII", data, at)
        at += 24 + (_padded(size) if is_text else 0)
    values = 1
    if kind & _MANY or (kind & ~_MANY) in _LONG:
        (values,) = struct.unpack_from("<I", data, at)
        at += 4
    kind &= ~_MANY
    if kind in _HALF:
        return at + _padded(2 * values)
    if kind in _SIZES:
        return at + _SIZES[kind] * values
    if kind not in _LONG:
        raise struct.error
    for _ in range(values):
        (size,) = struct.unpack_from("<I", data, at)
        at += 4 + _padded(size)
    return at


def _padded(size: int) -> int:
    return size + -size % 4


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

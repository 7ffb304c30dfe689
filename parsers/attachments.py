"""What an attached part is, told by its bytes first and its name second."""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final, Literal

from parsers.headers import decode_octets
from parsers.labels import read_label

AttachmentKind = Literal["table", "cards", "calendar", "message", "other"]

_NAMES: Final[dict[str, AttachmentKind]] = {
    ".vcf": "cards",
    ".vcard": "cards",
    ".ics": "calendar",
    ".ical": "calendar",
    ".icalendar": "calendar",
    ".vcs": "calendar",
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
    ".xlsx": "table",
    ".xls": "table",
    ".xlsm": "table",
    ".xlsb": "table",
    ".ods": "table",
    ".eml": "message",
}
_TYPES: Final[dict[str, AttachmentKind]] = {
    "text/vcard": "cards",
    "text/x-vcard": "cards",
    "text/directory": "cards",
    "text/calendar": "calendar",
    "application/ics": "calendar",
    "text/x-vcalendar": "calendar",
    "text/csv": "table",
    "text/comma-separated-values": "table",
    "text/tab-separated-values": "table",
    "application/csv": "table",
    "application/vnd.ms-excel": "table",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "table",
    "application/vnd.oasis.opendocument.spreadsheet": "table",
    "message/rfc822": "message",
}
_SUFFIX: Final[dict[AttachmentKind, str]] = {
    "table": ".csv",
    "cards": ".vcf",
    "calendar": ".ics",
    "message": ".eml",
    "other": "",
}
_LOOK_BYTES: Final = 64 << 10
_LONGEST_NAME: Final = 120
_BEGIN: Final = re.compile(r"^[> \t]*BEGIN[ \t]*:[ \t]*(VCARD|VCALENDAR)\b", re.IGNORECASE | re.MULTILINE)
_CELL: Final = re.compile(r"[;,\t|]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One attached file. `name` is unique within its message and safe to print; never a path."""

    name: str
    content_type: str
    kind: AttachmentKind
    data: bytes = field(repr=False)
    folders: tuple[
        str, ...
    ] = ()  # the archive it came in and the folders inside it, outermost first; safe to print


def tell_kind(name: str, content_type: str, data: bytes) -> AttachmentKind:
    """Return what the bytes are; where they do not say, what name and type say.

    A vCard sent as application/octet-stream "export.CSV" is a vCard.
    """
    if _is_workbook(data):
        return "table"
    start = _start(data)
    head = start.lstrip("\ufeff \t\r\n").upper()
    if head.startswith("BEGIN:VCARD"):
        return "cards"
    if head.startswith("BEGIN:VCALENDAR"):
        return "calendar"
    suffix = PurePosixPath(name.casefold()).suffix
    told = _NAMES.get(suffix) or _TYPES.get(content_type.casefold())
    if told in {"cards", "calendar"}:
        return "other" if data.startswith(b"PK\x03\x04") else export_kind(start) or told
    if told is not None:
        return told
    return "table" if _looks_like_rows(start) else "other"


def export_kind(start: str | bytes) -> Literal["cards", "calendar"] | None:
    """Return what begins first in a file, whatever stands before it; None = neither a card nor a calendar does."""
    text = start if isinstance(start, str) else _start(start)
    found = _BEGIN.search(text)
    return None if found is None else "cards" if found[1].upper() == "VCARD" else "calendar"


def _is_workbook(data: bytes) -> bool:
    """True for .xlsx, .xlsb, .ods and .xls; an archive names its members in clear."""
    if data.startswith(b"PK\x03\x04"):
        return b"xl/workbook." in data or b"application/vnd.oasis.opendocument.spreadsheet" in data[:200]
    return data.startswith(b"\xd0\xcf\x11\xe0") and "Workbook\0".encode("utf-16-le") in data


def _start(data: bytes) -> str:
    head = data[:_LOOK_BYTES]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) & ~1].decode("utf-16", errors="ignore")
    for charset, first in (("utf-16-le", b"B\x00E\x00G\x00"), ("utf-16-be", b"\x00B\x00E\x00G")):
        if head.startswith(first):  # without a byte order mark
            return head[: len(head) & ~1].decode(charset, errors="ignore")
    return decode_octets(head, None)[0]


def _looks_like_rows(text: str) -> bool:
    """True when one of the first lines is a header we know, or two lines hold an address and something beside it."""
    if "\x00" in text:
        return False
    lines = [line for line in text.splitlines() if line.strip()][:20]
    labels = [
        sum(read_label(cell.strip(' "')) is not None for cell in _CELL.split(line)) for line in lines[:5]
    ]
    rows = [line for line in lines if "@" in line and len(_CELL.split(line)) > 1]
    return max(labels, default=0) >= 2 or (len(rows) >= 1 and len(rows) * 2 > len(lines))


_METHOD: Final = re.compile(rb"^METHOD[ \t]*:[ \t]*([A-Z-]+)", re.MULTILINE | re.IGNORECASE)
_UID: Final = re.compile(rb"^UID[^:\r\n]{0,80}:([^\r\n]*)", re.MULTILINE | re.IGNORECASE)


def is_invitation(data: bytes, method: str, *, has_name: bool) -> bool:
    """True for an invitation to one meeting, or the answer to one (RFC 5546): no export, whatever it is called."""
    told = _METHOD.search(data[:_LOOK_BYTES])
    method = method or (told[1].decode("ascii").upper() if told else "")
    if method in {"", "PUBLISH"}:
        return False
    return not has_name or len(set(_UID.findall(data[: 1 << 20]))) <= 1


def answers_invitation(one: Attachment) -> bool:
    """True for what a calendar sends by itself when somebody accepts, declines or calls off (RFC 5546)."""
    return _meeting_method(one) in {b"REPLY", b"CANCEL", b"COUNTER", b"DECLINECOUNTER"}


def invites(one: Attachment) -> bool:
    """True for an invitation to one meeting (RFC 5546)."""
    return _meeting_method(one) in {b"REQUEST", b"ADD"}


def _meeting_method(one: Attachment) -> bytes:
    is_meeting = one.kind == "other" and b"VCALENDAR" in one.data[:200]
    told = _METHOD.search(one.data[:_LOOK_BYTES]) if is_meeting else None
    return told[1].upper() if told else b""


def safe_name(name: str) -> str:
    """Return the file name without folders and controls, at most 120 characters, its ending kept."""
    base = PureWindowsPath(PurePosixPath(name).name).name
    base = "".join(char for char in base if char.isprintable()).strip(". ")
    if len(base) <= _LONGEST_NAME:
        return base
    suffix = PurePosixPath(base).suffix[:16]
    return base[: _LONGEST_NAME - len(suffix)] + suffix


def with_unique_names(attachments: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """Return the attachments named, no two alike: rows, problems and reports refer to a file by its name."""
    seen: set[str] = set()
    named: list[Attachment] = []
    for number, attachment in enumerate(attachments, 1):
        name = attachment.name or f"attachment-{number}{_SUFFIX[attachment.kind]}"
        path, copy = PurePosixPath(name), 2
        while name.casefold() in seen:
            name = f"{path.stem} ({copy}){path.suffix}"
            copy += 1
        seen.add(name.casefold())
        named.append(replace(attachment, name=name))
    return tuple(named)

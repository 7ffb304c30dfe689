"""What one message is: its canonical digest, its INTERNALDATE, and a glimpse of it for the report. Pure."""

import email.header
import email.message
import email.parser
import email.utils
import hashlib
import io
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, TypeGuard

from bot.mail.stream import Body, Spool, body_chunks
from bot.model import SkippedMessage

DIGEST_BYTES: Final = 20
HEADER_BYTES: Final = 64 << 10  # of a message's beginning that are looked at for a glimpse
MONTHS: Final = (
    b"Jan",
    b"Feb",
    b"Mar",
    b"Apr",
    b"May",
    b"Jun",
    b"Jul",
    b"Aug",
    b"Sep",
    b"Oct",
    b"Nov",
    b"Dec",
)
INTERNALDATE: Final = re.compile(
    rb"( \d|\d\d?)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)([0-5]\d)"
)
USUAL_DATE: Final = re.compile(  # a part of what INTERNALDATE allows that is an instant whatever the year
    rb"(?:[ 0][1-9]|1\d|2[0-8])-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-(?:197[1-9]|19[89]\d|20\d\d)"
    rb" (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d [+-](?:0\d|1[0-4])[0-5]\d"
)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
BARE_LF: Final = re.compile(rb"(?<!\r)\n")


def digest(body: Body) -> tuple[bytes, int]:
    """Return (digest, size) of a message in canonical form, the same whatever a server did to its line ends.

    Canonical: bare LF becomes CRLF and NUL becomes 0x80, as Dovecot stores them. Nothing else is forgiven.
    """
    if isinstance(body, bytes):
        clean = _canonical(body, after_cr=False)
        return hashlib.blake2b(clean, digest_size=DIGEST_BYTES).digest(), len(clean)
    hashed = hashlib.blake2b(digest_size=DIGEST_BYTES)
    size = 0
    after_cr = False
    for chunk in body_chunks(body):
        clean = _canonical(chunk, after_cr=after_cr)
        hashed.update(clean)
        size += len(clean)
        after_cr = chunk.endswith(b"\r")
    return hashed.digest(), size


def _canonical(chunk: bytes, *, after_cr: bool) -> bytes:
    if b"\0" in chunk:
        chunk = chunk.replace(b"\0", b"\x80")
    if not _has_bare_lf(chunk):
        return chunk
    if after_cr and chunk.startswith(b"\n"):
        return b"\n" + BARE_LF.sub(b"\r\n", chunk[1:])
    return BARE_LF.sub(b"\r\n", chunk)


def _has_bare_lf(chunk: bytes) -> bool:
    """Return True when an LF stands without CR; one in front counts as such. The fastest look that CPython has."""
    looker = io.IncrementalNewlineDecoder(None, translate=False)
    looker.decode(chunk.decode("latin-1"))
    seen = looker.newlines  # None, one of CR, LF and CRLF, or a tuple of those
    return "\n" in seen if isinstance(seen, tuple) else seen == "\n"


def parse_internaldate(raw: bytes) -> datetime | None:
    """Return the instant of an INTERNALDATE (RFC 9051 section 9, date-time) in UTC, or None when it is none."""
    found = INTERNALDATE.fullmatch(raw)
    if found is None or found[2].title() not in MONTHS:
        return None
    day, year, hour, minute, second, zone_hours, zone_minutes = (int(found[n]) for n in (1, 3, 4, 5, 6, 8, 9))
    offset = timedelta(hours=zone_hours, minutes=zone_minutes) * (-1 if found[7] == b"-" else 1)
    try:
        month = MONTHS.index(found[2].title()) + 1
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def format_internaldate(moment: datetime) -> bytes:
    """Return an aware time as APPEND wants it."""
    zone = moment.strftime("%z")[:5].encode()
    clock = b"%04d %02d:%02d:%02d " % (moment.year, moment.hour, moment.minute, moment.second)
    return b"%02d-" % moment.day + MONTHS[moment.month - 1] + b"-" + clock + zone


def append_date(internaldate: bytes, body: Body) -> bytes | None:
    """Return the date to append a message with: its INTERNALDATE as it came; else its Date header; else none.

    As it came, zone and all: the same instant by construction. One before 1970 is no arrival of a mail: Cyrus and Courier
    refuse the whole message for it, Dovecot 2.3 makes a year of this century of it.
    """
    if USUAL_DATE.fullmatch(internaldate) or is_keepable(parse_internaldate(internaldate)):
        return internaldate.rjust(26) if len(internaldate) == 25 else internaldate
    try:
        stated = email.utils.parsedate_to_datetime(str(_header(body)["Date"]))
        aware = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
        return format_internaldate(aware) if is_keepable(aware) else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def is_keepable(moment: datetime | None) -> TypeGuard[datetime]:
    """Return True for an instant that servers keep as a message's date."""
    return moment is not None and moment >= EPOCH


def name_message(
    folder: str, uid: int, date: bytes, body: Body, code: str, *, size_bytes: int | None = None
) -> SkippedMessage:
    """Return the report's line for a message.

    Args:
        folder: at the source, for people.
        uid: at the source.
        date: its INTERNALDATE; empty = not known.
        body: the message, or as much of its header as is known.
        code: why it is named.
        size_bytes: of the message, where `body` is not all of it.
    """
    sender, subject = glimpse(body)
    return SkippedMessage(
        folder=folder,
        uid=uid,
        date=date.decode("latin-1"),
        sender=sender,
        subject=subject,
        size_bytes=len(body) if size_bytes is None else size_bytes,
        code=code,
    )


def glimpse(body: Body) -> tuple[str, str]:
    """Return (sender, subject) as far as they can be read, each at most 200 characters and on one line."""
    header = _header(body)
    return _readable(str(header.get("From", ""))), _readable(str(header.get("Subject", "")))


def _header(body: Body) -> email.message.Message:
    start = next(iter(body_chunks(body)), b"")[:HEADER_BYTES]
    if isinstance(body, Spool):
        body.file.seek(0)
    return email.parser.BytesHeaderParser().parsebytes(start)


def _readable(raw: str) -> str:
    try:
        text = str(email.header.make_header(email.header.decode_header(raw[:1000])))
    except (ValueError, LookupError, AssertionError):
        text = raw
    return "".join(char if char.isprintable() else " " for char in text).strip()[:200]

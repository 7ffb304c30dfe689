"""A reply shown to staff before anybody else reads it ([outbound] shadow). Pure."""

from collections.abc import Iterable
from datetime import datetime
from email.header import Header
from email.parser import BytesParser
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from quopri import encodestring
from typing import Final

MARK: Final = "[DRAFT, not sent]"


def render_draft(
    mime: bytes,
    number: int,
    recipients: Iterable[str],
    *,
    readers: Iterable[str],
    sender: str,
    message_id: str,
    date: datetime,
) -> bytes:
    """Return the mail that shows staff a reply: marked in subject and first line, its text, and the whole of it attached.

    Args:
        mime: the reply, byte for byte as its reader would get it.
        number: what `mailferry outbox release` calls it.
        recipients: who would get it.
        readers: who gets the draft instead; plain addresses of ours.
        sender: our own address, as in the reply.
        message_id: of the draft; never that of the reply.
        date: now.
    """
    reply = BytesParser(policy=SMTP).parsebytes(mime)
    part = reply.get_body(("plain",))
    text = "" if part is None else str(part.get_content())
    first = (
        f"DRAFT, not sent. This would go to {', '.join(recipients)}."
        f" `mailferry outbox release {number}` sends it, `mailferry outbox drop {number}` throws it away."
    )
    said = encodestring(f"{first}\n\n{text}".replace("\r\n", "\n").encode()).replace(b"\n", b"\r\n")
    border = b"=_draft_" + sha256(mime).hexdigest()[:24].encode()
    subject = Header(
        f"{MARK} {' '.join(str(reply['Subject'] or '').split())}", "utf-8", header_name="Subject"
    )
    head = (
        f"From: <{sender}>\r\nTo: {', '.join(readers)}\r\nSubject: {_folded(subject)}\r\n"
        f"Date: {format_datetime(date)}\r\nMessage-ID: {message_id}\r\nAuto-Submitted: auto-generated\r\n"
        f"X-Auto-Response-Suppress: All\r\nX-Loop: {sender}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/mixed; boundary="{border.decode()}"\r\n\r\n'
    )
    plain = (
        b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    )
    whole = b'Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename="reply.eml"\r\n\r\n'
    parts = [plain + said, whole + mime]
    body = b"".join(b"--" + border + b"\r\n" + one + b"\r\n" for one in parts)
    return head.encode("ascii") + body + b"--" + border + b"--\r\n"


def _folded(subject: Header) -> str:
    text = str(subject)
    return text if text.isascii() and "=?" not in text else subject.encode().replace("\n", "\r\n")

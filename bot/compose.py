"""A reply as the bytes that travel: the thread's headers (RFC 5322 3.6.4), RFC 3834 marks, text and its HTML twin."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Final

from bot.page import to_html, to_text
from bot.replies import Reply

# Long ids must not be folded: the standard policy would encode an 80-character Message-ID in References and
# the answer would start a new thread in every client. 998 is the line limit of RFC 5322 section 2.1.1.
POLICY: Final = SMTP.clone(max_line_length=998)
_ID: Final = re.compile(r"<[^<>\s]{1,990}>")
_PREFIX: Final = re.compile(
    r"^\s*((re|aw|antw|sv|vs|rv|tr|fw|fwd|wg)\s*(\[\d+\])?\s*:\s*|\[extern\w*\]\s*)", re.IGNORECASE
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
MOST_REFERENCES: Final = 10
SUBJECT_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Where a reply goes and what it answers."""

    message_id: str  # ours, fixed before sending, with the angle brackets
    sender: str
    sender_name: str = ""
    to: str
    cc: tuple[str, ...] = ()
    subject: str = ""  # of the thread, as first seen
    tag: str = ""  # ours, e.g. "[MF-7F3K9Q]"
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: str = "auto-replied"  # RFC 3834 section 5: auto-replied or auto-generated
    date: datetime


def compose(reply: Reply, envelope: Envelope) -> bytes:
    """Return the finished mail, CRLF line ends, ready for DATA and for Sent."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = formataddr((envelope.sender_name, envelope.sender))
    mail["To"] = envelope.to
    if envelope.cc:
        mail["Cc"] = ", ".join(envelope.cc)
    mail["Subject"] = thread_subject(envelope.subject, envelope.tag)
    mail["Date"] = format_datetime(envelope.date)
    mail["Message-ID"] = envelope.message_id
    if _ID.fullmatch(envelope.in_reply_to):
        mail["In-Reply-To"] = envelope.in_reply_to
    if chain := thread_references(envelope.references, envelope.in_reply_to):
        mail["References"] = " ".join(chain)
    mail["Auto-Submitted"] = envelope.automatic
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Loop"] = envelope.sender
    mail.set_content(to_text(reply.page), cte="quoted-printable")
    mail.add_alternative(to_html(reply.page), subtype="html", cte="quoted-printable")
    for name, content_type, data in reply.attachments:
        main, _, sub = content_type.partition("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def thread_subject(subject: str, tag: str) -> str:
    """Return "Re: " and the first subject with every bracket tag of other desks, and ours once."""
    clean = _CONTROL.sub(" ", subject).strip()
    while found := _PREFIX.match(clean):
        clean = clean[found.end() :]
    clean = clean[:SUBJECT_CHARACTERS].strip()
    return f"Re: {clean}" if tag in clean else f"Re: {clean} {tag}".replace("  ", " ")


def thread_references(references: Iterable[str], in_reply_to: str) -> tuple[str, ...]:
    """Return the chain for References: the first id and the last nine (RFC 5322 3.6.4), each once, only well-formed."""
    chain = [one for one in dict.fromkeys((*references, in_reply_to)) if _ID.fullmatch(one)]
    return tuple(chain if len(chain) <= MOST_REFERENCES else [chain[0], *chain[-(MOST_REFERENCES - 1) :]])

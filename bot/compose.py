"""A reply as the bytes that travel: the thread's headers (RFC 5322 3.6.4), RFC 3834 marks, text and its HTML twin."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, quote
from typing import Final

from bot.page import one_line, to_html, to_text
from bot.phrases import Reply

_ID: Final = re.compile(
    r"<[!-;=?-~]{1,960}>"
)  # with the longest field name still one line of SMTP (RFC 5321 section 4.5.3.1.6)
_TAG: Final = re.compile(r"\[[^\[\]]{0,60}[#\d][^\[\]]{0,60}\]")  # how a desk marks its ticket
_PREFIX: Final = re.compile(
    r"^\s*((re|aw|antw|sv|vs|rv|tr|fw|fwd|wg)\s*(\[\d+\])?\s*:\s*|\[extern\w*\]\s*)", re.IGNORECASE
)
_PLAIN_ADDRESS: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+", re.ASCII)
_ADDRESS: Final = re.compile(r"([ -~]+)@([!-;=?A-~]+)")
MOST_REFERENCES: Final = 10
MOST_TAGS: Final = 5
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
    """Return the finished mail, CRLF line ends, ready for DATA and for Sent.

    The header is written here and not by the library: it would encode an 80-character Message-ID in References, and
    the answer would start a new thread in every client. No value can start a header of its own.
    """
    mail = EmailMessage(policy=SMTP)
    mail.set_content(to_text(reply.page), cte="quoted-printable")
    mail.add_alternative(to_html(reply.page, reply.language), subtype="html", cte="quoted-printable")
    for name, content_type, data in reply.attachments:
        main, _, sub = content_type.partition("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=one_line(name))
    head = "".join(f"{name}: {value}\r\n" for name, value in _header(envelope) if value)
    return head.encode("ascii") + mail.as_bytes()


def _header(envelope: Envelope) -> Iterable[tuple[str, str]]:
    answered = envelope.in_reply_to if _ID.fullmatch(envelope.in_reply_to) else ""
    yield "From", f"{_phrase(envelope.sender_name)} <{envelope.sender}>".strip()
    yield "To", _address(envelope.to) or "undisclosed-recipients:;"
    yield "Cc", ", ".join(filter(None, map(_address, envelope.cc)))
    yield "Subject", _encoded(thread_subject(envelope.subject, envelope.tag), envelope.tag)
    yield "Date", format_datetime(envelope.date)
    yield "Message-ID", envelope.message_id
    yield "In-Reply-To", answered
    yield "References", "\r\n ".join(thread_references(envelope.references, envelope.in_reply_to))
    yield "Auto-Submitted", envelope.automatic
    yield "X-Auto-Response-Suppress", "All"
    yield "X-Loop", envelope.sender


def _phrase(name: str) -> str:
    name = one_line(name)[:SUBJECT_CHARACTERS].strip()
    plain = name.isascii() and "=?" not in name
    return (f'"{quote(name)}"' if re.search(r"[^\w ]", name) else name) if plain else _encoded(name)


def _encoded(text: str, tag: str = "") -> str:
    """Return the text for a header; encoded words (RFC 2047) where it is not ASCII, `tag` readable at its end."""
    if text.isascii() and "=?" not in text:
        return text
    words = Header(text.removesuffix(tag).strip(), "utf-8", maxlinelen=75, header_name="X" * 8).encode()
    return f"{words} {tag}".strip().replace("\n", "\r\n")


def _address(address: str) -> str:
    """Return the address for To and Cc; "" where RFC 5322 has no form for it (the outbox then shows it to staff)."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return address if len(address) < 500 else ""
    found = _ADDRESS.fullmatch(address)
    return f'"{quote(found[1])}"@{found[2]}' if found and len(address) < 250 else ""


def thread_subject(subject: str, tag: str) -> str:
    """Return "Re: " and the first subject with every bracket tag of other desks, and ours once, at the end."""
    clean = one_line(subject.replace(tag, "") if tag else subject)
    while found := _PREFIX.match(clean):
        clean = clean[found.end() :]
    kept = clean[:SUBJECT_CHARACTERS].strip()
    cut = [other for other in dict.fromkeys(_TAG.findall(clean)) if other not in kept]
    return " ".join(part for part in ("Re:", kept, *cut[:MOST_TAGS], tag) if part)


def thread_references(references: Iterable[str], in_reply_to: str) -> tuple[str, ...]:
    """Return the chain for References: the first id and the last nine (RFC 5322 3.6.4), each once, only well-formed."""
    chain = [one for one in dict.fromkeys((*references, in_reply_to)) if _ID.fullmatch(one)]
    return tuple(chain if len(chain) <= MOST_REFERENCES else [chain[0], *chain[-(MOST_REFERENCES - 1) :]])

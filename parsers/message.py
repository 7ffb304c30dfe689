"""An RFC 5322 message: who, which thread, text blocks, attachments, automatic or not."""

import hashlib
import logging
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from typing import Final

from parsers import headers
from parsers.archive import PACKED_LETTERS, unpack
from parsers.attachments import Attachment, answers_invitation, invites, with_unique_names
from parsers.automatic import automatic_reason, is_bounce, return_path, weak_signs
from parsers.headers import Address
from parsers.html import html_lines, html_text
from parsers.language import declared_language
from parsers.parts import (
    MAX_DEPTH,
    MAX_PARTS,
    MAX_TEXT_CHARACTERS,
    Segment,
    View,
    leaf_types,
    read_parts,
    views,
)
from parsers.result import Parsed, Problem
from parsers.text import Block, agree, split_blocks

__all__ = ["MAX_DEPTH", "MAX_PARTS", "Address", "Attachment", "Block", "Inbound", "parse_message"]

MAX_MESSAGE_BYTES: Final = 25 << 20
_MAX_SECOND_VIEW_BYTES: Final = 5 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A message as it came. Ids carry their brackets; addresses are as written (compare with .casefold())."""

    message_id: str = ""  # "" = it has none; then content_digest identifies it
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None  # aware, in the sender's own offset; what their clock said
    subject: str = ""  # decoded, one line
    senders: tuple[Address, ...] = ()  # every address of every From field: other than one = nobody is proven
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    authentication_results: tuple[str, ...] = ()  # as they came, topmost (ours, if any) first
    received: tuple[str, ...] = ()
    return_path: str | None = None  # "" = the null sender
    automatic: str | None = None  # why it is machine mail
    weak_signs: tuple[str, ...] = ()  # of machine mail; one alone is seen on people's mails too
    original_from: tuple[Address, ...] = ()  # the writer a mailing list names that took From for itself
    invitation: bool = False  # to one meeting
    invitation_answer: bool = False  # a calendar's answer to an invitation, or its cancellation
    bounce: bool = False
    loop_marks: tuple[str, ...] = ()  # "X-Loop: …" and our own "X-Mailferry-…: …"
    resent_from: tuple[Address, ...] = ()
    blocks: tuple[Block, ...] = field(default=(), repr=False)
    other_blocks: tuple[Block, ...] = field(
        default=(), repr=False
    )  # the plain part beside the HTML; () = one view
    declared_language: str | None = (
        None  # by a header field or the page: mail programs say what they were set to
    )
    guessed: bool = False  # accents of the text may be others than were written
    attachments: tuple[Attachment, ...] = ()
    content_digest: str = ""  # sha256 hex; the same for a second delivery with other Received lines


def parse_message(raw: bytes) -> Parsed[Inbound]:
    """Return the message and what could not be read of it. Never raises; the raw bytes stay the truth.

    Our own walk over the standard library's tolerant parser comes first. mail-parser is asked only where that walk
    finds no text (a multipart without its boundary), because it crashes on some real mails, normalises characters and mixes in forwarded messages.
    Problem codes: message-too-large, headers-cut, too-many-parts, too-deep, text-cut, charset-unsure, encrypted,
    winmail-dat, archive-unreadable, part-unreadable.
    """
    block, rest = headers.split_raw(raw)
    capped, cut = headers.cap_headers(block)
    problems = [Problem(code="headers-cut")] if cut else []
    message, found = _parse_mime(raw if capped == block else capped + b"\r\n\r\n" + rest, capped)
    problems += found
    parts = read_parts(message)
    unpacked, found = unpack(parts.attached)
    problems += [*parts.problems, *found]
    segments, unpacked = _with_packed_letter(parts.segments, unpacked)
    first, second = views(segments)
    is_bare = not first.text.strip() and all(one.kind == "other" for one in unpacked)
    if is_bare and not problems and len(raw) <= _MAX_SECOND_VIEW_BYTES:
        first = View(_second_view(raw, message)[:MAX_TEXT_CHARACTERS])
        problems += [Problem(code="charset-unsure")] if "\ufffd" in first.text else []
    subject = headers.decoded(headers.value(message, "Subject"))
    blocks = _blocks(first, subject)
    others = _blocks(second, subject) if second else ()
    inbound = _inbound(message, subject, _digest(message, rest))
    return Parsed(
        replace(
            inbound,
            blocks=agree(blocks, others) if others else blocks,
            other_blocks=others,
            weak_signs=weak_signs(
                message, inbound.senders, subject, "\n".join(one.text for one in blocks if one.kind == "own")
            ),
            invitation=any(invites(one) for one in parts.attached),
            invitation_answer=any(answers_invitation(one) for one in parts.attached),
            declared_language=declared_language(headers.value(message, "Content-Language"), parts.page),
            guessed=parts.guessed,
            attachments=with_unique_names(unpacked),
        ),
        tuple(dict.fromkeys(problems)),
    )


def _parse_mime(raw: bytes, header_block: bytes) -> tuple[Message, list[Problem]]:
    if len(raw) <= MAX_MESSAGE_BYTES:
        try:
            return BytesParser().parsebytes(raw), []
        except RecursionError:
            code = "too-deep"
        except Exception:  # noqa: BLE001 - the promise is never to raise; the raw message is kept
            code = "part-unreadable"
    else:
        code = "message-too-large"
    return BytesHeaderParser().parsebytes(header_block + b"\r\n\r\n"), [Problem(code=code)]


def _inbound(message: Message, subject: str, digest: str) -> Inbound:
    senders = _addresses(message, "From")
    return Inbound(
        message_id=next(iter(headers.message_ids(headers.value(message, "Message-ID"))), ""),
        in_reply_to=headers.message_ids(" ".join(headers.values(message, "In-Reply-To"))),
        references=headers.message_ids(" ".join(headers.values(message, "References"))),
        date=headers.date(headers.value(message, "Date")),
        subject=subject,
        senders=senders,
        reply_to=_addresses(message, "Reply-To"),
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        authentication_results=headers.values(message, "Authentication-Results"),
        received=headers.values(message, "Received"),
        return_path=return_path(message),
        automatic=automatic_reason(message, senders, subject),
        bounce=is_bounce(message, senders, subject),
        loop_marks=_loop_marks(message),
        resent_from=_addresses(message, "Resent-From"),
        original_from=_addresses(message, "X-Original-From") or _addresses(message, "X-Original-Sender"),
        content_digest=digest,
    )


def _addresses(message: Message, name: str) -> tuple[Address, ...]:
    return tuple(address for text in headers.values(message, name) for address in headers.addresses(text))


def _loop_marks(message: Message) -> tuple[str, ...]:
    names = [
        name
        for name, _ in message.raw_items()
        if name.casefold() == "x-loop" or name.casefold().startswith("x-mailferry-")
    ]
    return tuple(f"{name}: {text}" for name in dict.fromkeys(names) for text in headers.values(message, name))


def _digest(message: Message, rest: bytes) -> str:
    digest = hashlib.sha256()
    for name in ("Message-ID", "From", "Date", "Subject"):
        for text in headers.values(message, name):
            digest.update(f"{name}\x00{text}\x00".encode("utf-8", "surrogatepass"))
    digest.update(rest)
    return digest.hexdigest()


# --- the text -----------------------------------------------------------------------------------------------------

_PASSED_ON: Final = re.compile(r"^\W*(?:fwd?|wg|tr|rv|i|enc|doorst|pd|vb|vs: fwd)\s*:", re.IGNORECASE)


def _blocks(text: View, subject: str) -> tuple[Block, ...]:
    passed_on = _PASSED_ON.match(subject) is not None
    return split_blocks(text.text, text.hints, forwards=passed_on) if text.text.strip() else ()


def _with_packed_letter(
    segments: list[Segment], files: list[Attachment]
) -> tuple[list[Segment], list[Attachment]]:
    """Return the letter, from winmail.dat where the mail has no other, and the files without it."""
    packed = [one for one in files if one.name in PACKED_LETTERS]
    rest = [one for one in files if one.name not in PACKED_LETTERS]
    if not packed or any(view.text.strip() for view in views(segments)[:1]):
        return segments, rest
    text = headers.read_octets(packed[0].data[:MAX_TEXT_CHARACTERS], None)[0]
    is_html = packed[0].name.endswith(".html")
    return [Segment(html=tuple(html_lines(text))) if is_html else Segment(plain=text)], rest


def _second_view(raw: bytes, message: Message) -> str:
    """Return the text mail-parser sees where our own walk saw none; "" when it sees none either, or fails."""
    if any(content_type.startswith("message/") for content_type in leaf_types(message)):
        return ""  # it would give us the text of the message inside
    try:
        import mailparser

        logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it logs the sender's words
        view = mailparser.parse_from_bytes(raw)
        html = [html_text(text) for text in view.text_html]
        return "\n\n".join(view.text_plain or html or view.text_not_managed)
    except Exception:  # noqa: BLE001 - it raises AttributeError, ValueError and its own errors on real mails
        return ""

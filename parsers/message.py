"""An RFC 5322 message: who, which thread, text blocks, attachments, automatic or not."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from typing import Final

from parsers import headers
from parsers.attachments import Attachment, safe_name, tell_kind, with_unique_names
from parsers.automatic import automatic_reason, is_bounce, return_path
from parsers.headers import Address
from parsers.html import html_text
from parsers.result import Parsed, Problem
from parsers.text import Block, split_blocks, unflow

__all__ = ["Address", "Attachment", "Block", "Inbound", "parse_message"]

MAX_MESSAGE_BYTES: Final = 50 << 20
MAX_PARTS: Final = 200
MAX_DEPTH: Final = 20
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
    bounce: bool = False
    loop_marks: tuple[str, ...] = ()  # "X-Loop: …" and our own "X-Mailferry-…: …"
    blocks: tuple[Block, ...] = field(default=(), repr=False)
    attachments: tuple[Attachment, ...] = ()
    content_digest: str = ""  # sha256 hex; the same for a second delivery with other Received lines


def parse_message(raw: bytes) -> Parsed[Inbound]:
    """Return the message and what could not be read of it. Never raises; the raw bytes stay the truth.

    Our own walk over the standard library's tolerant parser comes first. mail-parser is asked only where that walk
    finds no text (a multipart without its boundary), because it crashes on some real mails, normalises characters and mixes in forwarded messages.
    Problem codes: message-too-large, headers-cut, too-many-parts, too-deep, charset-unsure, encrypted, winmail-dat,
    part-unreadable.
    """
    block, rest = headers.split_raw(raw)
    capped, cut = headers.cap_headers(block)
    problems = [Problem(code="headers-cut")] if cut else []
    message, found = _parse_mime(raw if capped == block else capped + b"\r\n\r\n" + rest, capped)
    problems += found
    text, attachments, found = _contents(message)
    problems += found
    is_bare = not text.strip() and all(one.kind == "other" for one in attachments)
    if is_bare and not problems and len(raw) <= _MAX_SECOND_VIEW_BYTES:
        text = _second_view(raw, message)
        problems += [Problem(code="charset-unsure")] if "\ufffd" in text else []
    return Parsed(_inbound(message, text, attachments, _digest(message, rest)), tuple(problems))


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


def _inbound(message: Message, text: str, attachments: tuple[Attachment, ...], digest: str) -> Inbound:
    senders = _addresses(message, "From")
    subject = headers.decoded(headers.value(message, "Subject"))
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
        blocks=split_blocks(text) if text.strip() else (),
        attachments=attachments,
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


# --- the parts ----------------------------------------------------------------------------------------------------


def _contents(message: Message) -> tuple[str, tuple[Attachment, ...], list[Problem]]:
    """Return the text (plain parts; HTML where there is none), the attachments, and what was left out."""
    problems: list[Problem] = []
    plain: list[str] = []
    html: list[str] = []
    attached: list[Attachment] = []
    for part in _leaves(message, problems):
        data = _bytes_of(part, problems)
        if _is_text(part, data, is_first=not (plain or html)):
            texts = html if part.get_content_type() == "text/html" else plain
            texts.append(_text_of(part, data, problems))
        else:
            attached.append(_attachment(part, data, problems))
    chosen = plain if any(text.strip() for text in plain) else html
    return "\n\n".join(chosen), with_unique_names(attached), problems


def _leaves(message: Message, problems: list[Problem]) -> Iterator[Message]:
    """Yield the parts that hold something, in order; a message inside the message is one of them."""
    waiting: list[tuple[Message, int]] = [(message, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop(0)
        seen += 1
        if seen > MAX_PARTS:
            problems.append(Problem(code="too-many-parts"))
            return
        if part.get_content_maintype() == "message" or not part.is_multipart():
            yield part
        elif depth >= MAX_DEPTH:
            problems.append(Problem(code="too-deep"))
        else:
            if part.get_content_type() == "multipart/encrypted":
                problems.append(Problem(code="encrypted"))
            waiting[:0] = [(child, depth + 1) for child in _children(part)]


def _children(part: Message) -> list[Message]:
    inner = part.get_payload() if part.is_multipart() else []
    return [child for child in inner if isinstance(child, Message)]


def _bytes_of(part: Message, problems: list[Problem]) -> bytes:
    try:
        if part.is_multipart():
            return b"\n".join(child.as_bytes() for child in _children(part))
        octets = part.get_payload(decode=True)
        return octets if isinstance(octets, bytes) else b""
    except Exception:  # noqa: BLE001 - the library raises many things on damaged parts
        problems.append(Problem(code="part-unreadable", item=_name_of(part)))
        return b""


def _is_text(part: Message, data: bytes, *, is_first: bool) -> bool:
    """True for the parts that are the letter itself: inline text that is no file in all but name.

    A name alone does not make the first text a file: some programs call the letter "body.txt".
    """
    if part.get_content_type() not in {"text/plain", "text/html"}:
        return False
    if str(part.get("Content-Disposition", "")).strip().casefold().startswith("attachment"):
        return False
    name = _name_of(part)
    kind = tell_kind(name, part.get_content_type(), data)
    return (
        kind == "other" if name and is_first else not name and (is_first or kind not in {"cards", "calendar"})
    )


def _text_of(part: Message, data: bytes, problems: list[Problem]) -> str:
    text, unsure = headers.decode_octets(data, _charset_of(part))
    if unsure:
        problems.append(Problem(code="charset-unsure"))
    text = text.removeprefix("\ufeff")
    if part.get_content_type() == "text/html":
        return html_text(text)
    if headers.param(part, "format").casefold() == "flowed":
        return unflow(text, delsp=headers.param(part, "delsp").casefold() == "yes")
    return text


def _attachment(part: Message, data: bytes, problems: list[Problem]) -> Attachment:
    content_type = part.get_content_type()
    name = _name_of(part)
    kind = tell_kind(name, content_type, data)
    if (
        content_type == "text/calendar"
        and not name
        and headers.param(part, "method").upper() not in {"", "PUBLISH"}
    ):
        kind = "other"  # an invitation or its answer, not an export
    if content_type in {"application/pkcs7-mime", "application/x-pkcs7-mime"}:
        problems.append(Problem(code="encrypted", item=name))
    if content_type == "application/ms-tnef" or name.casefold() == "winmail.dat":
        problems.append(Problem(code="winmail-dat", item=name))
    return Attachment(name=name, content_type=content_type, kind=kind, data=data)


def _name_of(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except Exception:  # noqa: BLE001 - RFC 2231 parameters with a bad charset or index
        name = ""
    return safe_name(headers.decoded(str(name))) if name else ""


def _charset_of(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except ValueError:  # a NUL in its name
        return None


def _second_view(raw: bytes, message: Message) -> str:
    """Return the text mail-parser sees where our own walk saw none; "" when it sees none either, or fails."""
    if any(part.get_content_maintype() == "message" for part in _leaves(message, [])):
        return ""  # it would give us the text of the message inside
    try:
        import mailparser

        view = mailparser.parse_from_bytes(raw)
        html = [html_text(text) for text in view.text_html]
        return "\n\n".join(view.text_plain or html or view.text_not_managed)
    except Exception:  # noqa: BLE001 - it raises AttributeError, ValueError and its own errors on real mails
        return ""

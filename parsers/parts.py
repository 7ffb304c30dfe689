"""The parts of a message: the tree walked with limits, each part's bytes and charset, the two views of the letter."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from parsers import headers
from parsers.armour import is_encrypted, read_armour
from parsers.attachments import Attachment, is_invitation, safe_name, tell_kind
from parsers.html import html_lines
from parsers.htmlhints import Hint
from parsers.htmlview import Line
from parsers.result import Problem
from parsers.text import split_lines, unflow

MAX_PARTS: Final = 200
MAX_DEPTH: Final = 20
MAX_TEXT_CHARACTERS: Final = 2 << 20  # of one view; more is no letter
MAX_LINE_CHARACTERS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the letter, as plain text, as HTML, or both (multipart/alternative)."""

    plain: str | None = None
    html: tuple[Line, ...] | None = None


@dataclass(slots=True)
class Parts:
    """What the tree holds. A file's name is not yet unique."""

    segments: list[Segment] = field(default_factory=list)
    attached: list[Attachment] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    page: str = ""  # how the first HTML part begins
    guessed: bool = False  # some of the text is in no charset that fits; accents are a guess


@dataclass(frozen=True, slots=True)
class View:
    """The whole letter in one form; hints are () for plain text."""

    text: str
    hints: tuple[Hint | None, ...] = ()


@dataclass(frozen=True, slots=True)
class _Leaf:
    part: Message
    alternative: int  # number of the multipart/alternative it belongs to; 0 = none


def read_parts(message: Message) -> Parts:
    """Return the letter and the attachments, and what was left out. Never raises."""
    parts = Parts()
    group, plain, html = 0, None, None
    for leaf in _leaves(message, parts.problems):
        data = _bytes_of(leaf.part, parts.problems)
        is_first = not parts.segments and plain is None and html is None
        if not _is_text(leaf.part, data, is_first=is_first):
            parts.attached.append(_attachment(leaf.part, data, parts.problems))
            continue
        is_html = leaf.part.get_content_type() in {"text/html", "application/xhtml+xml"}
        same = leaf.alternative and leaf.alternative == group and (html if is_html else plain) is None
        if not same:
            _close(parts, plain, html)
            group, plain, html = leaf.alternative, None, None
        if is_html:
            html = _html_of(leaf.part, data, parts)
        else:
            plain = _plain_of(leaf.part, data, parts)
    _close(parts, plain, html)
    return parts


def _close(parts: Parts, plain: str | None, html: tuple[Line, ...] | None) -> None:
    if plain is not None or html is not None:
        parts.segments.append(Segment(plain, html))


def views(segments: list[Segment]) -> tuple[View, View | None]:
    """Return the view to believe first (HTML where there is one), and the other one where the mail has two."""
    has_two = any(_has_text(one.plain) and _has_html(one.html) for one in segments)
    first: list[Line] = []
    second: list[str] = []
    for one in segments:
        plain = split_lines(one.plain) if one.plain is not None else []
        html = list(one.html or ())
        first += html if _has_html(one.html) else [Line(text) for text in plain]
        second += plain if _has_text(one.plain) else [line.text for line in html]
        first.append(Line(""))
        second.append("")
    lines = first[:-1]
    hints = tuple(line.hint for line in lines)
    view = View("\n".join(line.text for line in lines), hints if any(hints) else ())
    return view, View("\n".join(second[:-1])) if has_two else None


def _has_text(text: str | None) -> bool:
    return text is not None and bool(text.strip())


def _has_html(lines: tuple[Line, ...] | None) -> bool:
    return any(line.text.strip(" >\u00a0-") for line in lines or ())


def leaf_types(message: Message) -> Iterator[str]:
    """Yield the content type of each part that holds something."""
    yield from (leaf.part.get_content_type() for leaf in _leaves(message, []))


def _leaves(message: Message, problems: list[Problem]) -> Iterator[_Leaf]:
    """Yield the parts that hold something, in order; a message inside the message is one of them."""
    waiting: list[tuple[Message, int, int]] = [(message, 0, 0)]
    seen = 0
    while waiting:
        part, depth, alternative = waiting.pop()
        seen += 1
        if seen > MAX_PARTS:
            problems.append(Problem(code="too-many-parts"))
            return
        if part.get_content_maintype() == "message" or not part.is_multipart():
            yield _Leaf(part, alternative)
        elif depth >= MAX_DEPTH:
            problems.append(Problem(code="too-deep"))
        else:
            if part.get_content_type() == "multipart/encrypted":
                problems.append(Problem(code="encrypted"))
            inside = seen if part.get_content_type() == "multipart/alternative" else alternative
            waiting += [(child, depth + 1, inside) for child in reversed(_children(part)[: MAX_PARTS + 1])]


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
    if part.get_content_type() not in {"text/plain", "text/html", "application/xhtml+xml"}:
        return False
    if str(part.get("Content-Disposition", "")).strip().casefold().startswith("attachment"):
        return False
    name = _name_of(part)
    kind = tell_kind(name, part.get_content_type(), data)
    return (
        kind == "other" if name and is_first else not name and (is_first or kind not in {"cards", "calendar"})
    )


def _text_of(part: Message, data: bytes, parts: Parts) -> str:
    text, said = headers.read_octets(data, _charset_of(part))
    if said != "sure":
        parts.problems.append(Problem(code="charset-unsure"))
    parts.guessed = parts.guessed or said == "guessed"
    if len(text) > MAX_TEXT_CHARACTERS:
        parts.problems.append(Problem(code="text-cut"))
    return text[:MAX_TEXT_CHARACTERS].removeprefix("\ufeff")


def _plain_of(part: Message, data: bytes, parts: Parts) -> str:
    text = _text_of(part, data, parts)
    if headers.param(part, "format").casefold() == "flowed":
        text = unflow(text, delsp=headers.param(part, "delsp").casefold() == "yes")
    if is_encrypted(text):
        parts.problems.append(Problem(code="encrypted"))
    lines = [line[:MAX_LINE_CHARACTERS] for line in split_lines(text)]
    if len(text) > MAX_LINE_CHARACTERS and sum(map(len, lines)) + 2 * len(lines) < len(text):
        parts.problems.append(Problem(code="text-cut"))
    text, files = read_armour("\n".join(lines))
    parts.attached += [
        Attachment(name=safe_name(n), content_type="", kind=tell_kind(n, "", d), data=d) for n, d in files
    ]
    return text


def _html_of(part: Message, data: bytes, parts: Parts) -> tuple[Line, ...]:
    text = _text_of(part, data, parts)
    parts.page = parts.page or text[:4096]
    lines = html_lines(text)
    return tuple(Line(line.text[:MAX_LINE_CHARACTERS], line.hint) for line in lines)


def _attachment(part: Message, data: bytes, problems: list[Problem]) -> Attachment:
    content_type = part.get_content_type()
    name = _name_of(part)
    kind = tell_kind(name, content_type, data)
    method = headers.param(part, "method").upper() if content_type == "text/calendar" else ""
    if kind == "calendar" and is_invitation(data, method, has_name=bool(name)):
        kind = "other"
    if _is_sealed(name, content_type, data):
        problems.append(Problem(code="encrypted", item=name))
    return Attachment(name=name, content_type=content_type, kind=kind, data=data)


_SEALED_TYPES: Final = frozenset(
    {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
)


def _is_sealed(name: str, content_type: str, data: bytes) -> bool:
    return (
        content_type in _SEALED_TYPES
        or name.casefold().endswith((".p7m", ".gpg", ".pgp"))
        or is_encrypted(data[:200].decode("latin-1"))
    )


def _name_of(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except Exception:  # noqa: BLE001 - RFC 2231 parameters with a bad charset or index
        name = ""
    return safe_name(headers.decoded(str(name))) if name else ""


def _charset_of(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:  # noqa: BLE001 - a NUL in its name, RFC 2231 in a charset nobody knows
        return None

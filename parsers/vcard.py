"""Cards in a .vcf, one by one: the file is split by its own lines first, so one bad card never costs another."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from parsers.card30 import Draft, finished, plan_card
from parsers.cardgroup import Holders, is_group, with_members
from parsers.cardlike import Likenesses
from parsers.charsets import Decoder
from parsers.lines import Line, fold, iter_lines
from parsers.opinion import Opinion
from parsers.result import Parsed, Problem

_NAMESPACE: Final = uuid.UUID("6f1c6f5e-6a0e-5c0b-9f43-0d5a52f6f1a7")  # of the UIDs we make; never change it


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card, ready to PUT."""

    uid: str
    name: str  # FN
    data: bytes  # vCard 3.0, UTF-8, CRLF, folded
    line: int  # 1-based line of the file where it begins
    repairs: tuple[str, ...] = ()  # codes of what had to be changed or left out for servers to take it


@dataclass(frozen=True, slots=True)
class ParsedCards(Parsed[tuple[Card, ...]]):
    """The cards of a file, and what it was written in."""

    charsets: tuple[str, ...] = ()  # other ones than UTF-8, which people should look at accents for


@dataclass(frozen=True, slots=True)
class _Split:
    """The lines between BEGIN:VCARD and END:VCARD, without those of a card inside it."""

    lines: tuple[Line, ...]  # those that make no sense have no name
    problem: str = ""  # why this is no card: "cut-card" or "nested-card"


@dataclass(slots=True)
class _Book:
    """What is known of one file while its cards are read."""

    decoder: Decoder = field(default_factory=Decoder)
    opinion: Opinion = field(default_factory=Opinion)
    likenesses: Likenesses = field(default_factory=Likenesses)
    taken: dict[str, bytes] = field(default_factory=dict)  # UID -> digest of the content
    renamed: dict[int, str] = field(default_factory=dict)  # place among the cards -> the UID it came with
    groups: dict[int, Sequence[Line]] = field(default_factory=dict)  # place among the cards -> finished lines
    cards: list[Card] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def parse_cards(data: bytes) -> ParsedCards:
    """Return every whole card as vCard 3.0, and a problem for each other one.

    Accepts vCard 2.1, 3.0 and 4.0 in any charset and line ends. A missing UID is made of the content, so the
    same card gets the same UID in every export. Two equal cards become one; a second card under a UID in use
    gets a UID of its own, and groups follow. Never raises; linear; holds the file, its cards and little else.

    Problem codes: "not-a-vcard" (the file has no card), "cut-card", "nested-card", "empty-card",
    "duplicate-card", "unusable-card". A card that looks like one before it is there all the same, with
    "possible-duplicate" among its repairs.
    """
    book = _Book()
    for split in _split(iter_lines(data, book.decoder)):
        _read_card(split, book)
    if book.groups:
        _bind(book)
    if not book.cards and not book.problems:
        book.problems.append(Problem(code="not-a-vcard"))
    return ParsedCards(tuple(book.cards), tuple(book.problems), tuple(book.decoder.used))


def _bind(book: _Book) -> None:
    """Give the groups their members under the UIDs that these have now."""
    holders = Holders()
    for place, card in enumerate(book.cards):
        holders.add(book.renamed.get(place, card.uid), place, card.uid)
    for place, lines in book.groups.items():
        bound = with_members(lines, holders, place)
        book.cards[place] = replace(book.cards[place], data=_bytes(bound))


def _split(lines: Iterable[Line]) -> Iterator[_Split]:
    """Yield each card in the order of their ends; a new BEGIN cuts the card before it, unless that is its AGENT."""
    stack: list[list[Line]] = []
    for line in lines:
        if _frame(line, "BEGIN"):
            if stack and not _is_agent(stack[-1][-1]):
                yield _Split(tuple(stack.pop()), "cut-card")
            stack.append([line])
        elif _frame(line, "END"):
            if stack:
                own = tuple(stack.pop())
                yield _Split(own, "nested-card" if stack else "")
        elif stack:
            stack[-1].append(line)
    yield from (_Split(tuple(own), "cut-card") for own in stack)


def _frame(line: Line, name: str) -> bool:
    return line.name == name and line.value.strip().upper() == "VCARD"


def _is_agent(line: Line) -> bool:
    return line.name == "AGENT" and not line.value.strip()


def _read_card(split: _Split, book: _Book) -> None:
    """Put the card into the book, or the reason why it is none."""
    draft = plan_card([line for line in split.lines if line.name])
    for charset in draft.charsets:
        book.decoder.note(charset)
    at = split.lines[0].number
    marks = draft.marks()
    content = hashlib.blake2b(b"".join(marks), digest_size=16).digest()
    uid = draft.uid or _made_uid("", content)
    doubled = uid in book.taken and book.taken[uid] != content
    if doubled:
        uid = _made_uid(uid, content)
    problem = split.problem or _problem(draft, uid, book)
    whole = finished(uid, draft.lines)
    lines = None if problem else book.opinion.readable(whole)
    if lines is None:
        book.problems.append(Problem(code=problem or "unusable-card", item=draft.name, line=at))
        return
    repairs = [*draft.repairs, *_lost(split, whole, lines), *(["duplicate-uid"] if doubled else [])]
    book.taken[uid] = content
    if doubled:
        book.renamed[len(book.cards)] = draft.uid
    if is_group(lines):
        book.groups[len(book.cards)] = lines
    if book.likenesses.like_one_before(draft.name, lines):
        repairs.append("possible-duplicate")
    book.cards.append(
        Card(uid=uid, name=draft.name, data=_bytes(lines), line=at, repairs=tuple(dict.fromkeys(repairs)))
    )


def _problem(draft: Draft, uid: str, book: _Book) -> str:
    if not draft.lines:
        return "empty-card"
    return "duplicate-card" if uid in book.taken else ""


def _lost(split: _Split, whole: Sequence[Line], readable: Sequence[Line]) -> Iterator[str]:
    if len(readable) < len(whole):
        yield "property-dropped"
    if any(not line.name and line.text.strip() for line in split.lines):
        yield "line-dropped"
    if any(line.cleaned for line in split.lines):
        yield "control-characters"


def _made_uid(uid: str, content: bytes) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{uid}\n{content.hex()}"))


def _bytes(lines: Sequence[Line]) -> bytes:
    return fold(line.text for line in lines)

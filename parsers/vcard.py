"""Cards in a .vcf, one by one: the file is split by its own lines first, so one bad card never costs another.

vobject is asked only whether it can read the card we finished, as the server's library will; no data flows through it.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import vobject

from parsers.card30 import finished, plan_card
from parsers.lines import Line, fold, read_lines
from parsers.result import Parsed, Problem

_NAMESPACE = uuid.UUID("6f1c6f5e-6a0e-5c0b-9f43-0d5a52f6f1a7")  # of the UIDs we make; never change it
_ESSENTIAL = frozenset({"BEGIN", "END", "VERSION", "UID", "FN", "N"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card, ready to PUT."""

    uid: str
    name: str  # FN
    data: bytes  # vCard 3.0, UTF-8, CRLF, folded
    line: int  # 1-based line of the file where it begins
    repairs: tuple[str, ...] = ()  # codes of what had to be changed or left out for servers to take it


@dataclass(frozen=True, slots=True)
class _Split:
    """The lines between BEGIN:VCARD and END:VCARD, without those of a card inside it."""

    lines: tuple[Line, ...]
    problem: str = ""  # why this is no card: "cut-card" or "nested-card"


def parse_cards(data: bytes) -> Parsed[tuple[Card, ...]]:
    """Return every whole card as vCard 3.0, and a problem for each other one.

    Accepts vCard 2.1, 3.0 and 4.0 in any charset and line ends. A missing UID is made of the content, so the
    same card gets the same UID in every export. Two equal cards become one; a second card under a UID in use
    gets a UID of its own. Never raises. vobject's expressions can run for ever: call this in the sandbox.

    Problem codes: "not-a-vcard" (the file has no card), "cut-card", "nested-card", "empty-card",
    "duplicate-card", "unusable-card".
    """
    lexed = read_lines(data)
    cards: list[Card] = []
    problems: list[Problem] = []
    taken: dict[str, str] = {}  # UID -> content
    for split in _split(lexed.lines):
        outcome = _card(split, taken)
        if isinstance(outcome, Problem):
            problems.append(outcome)
        else:
            cards.append(_with_stray(outcome, split, lexed.stray))
    if not cards and not problems:
        problems.append(Problem(code="not-a-vcard"))
    return Parsed(tuple(cards), tuple(problems))


def _split(lines: Sequence[Line]) -> Iterator[_Split]:
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


def _card(split: _Split, taken: dict[str, str]) -> Card | Problem:
    draft = plan_card(split.lines)
    line = split.lines[0].number
    if split.problem or not draft.lines:
        return Problem(code=split.problem or "empty-card", item=draft.name, line=line)
    content = draft.content
    uid = draft.uid or _made_uid("", content)
    repairs = draft.repairs
    if uid in taken and taken[uid] != content:
        uid = _made_uid(uid, content)
        repairs = (*repairs, "duplicate-uid")
    if uid in taken:
        return Problem(code="duplicate-card", item=draft.name, line=line)
    whole = finished(uid, draft.lines)
    lines = _readable(whole)
    if lines is None:
        return Problem(code="unusable-card", item=draft.name, line=line)
    taken[uid] = content
    if len(lines) < len(whole):
        repairs = (*repairs, "property-dropped")
    return Card(uid=uid, name=draft.name, data=_bytes(lines), line=line, repairs=repairs)


def _made_uid(uid: str, content: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{uid}\n{content}"))


def _with_stray(card: Card, split: _Split, stray: Sequence[int]) -> Card:
    first, last = split.lines[0].number, split.lines[-1].number
    if any(first < number <= last + 1 for number in stray):
        return replace(card, repairs=(*card.repairs, "line-dropped"))
    return card


def _bytes(lines: Sequence[Line]) -> bytes:
    return fold(line.text for line in lines)


def _readable(lines: Sequence[Line]) -> Sequence[Line] | None:
    """Return the card without the properties that keep vobject from reading it; None when that does not help."""
    if _vobject_reads(lines):
        return lines
    frame = [line for line in lines if line.name in _ESSENTIAL]
    kept = [
        line for line in lines if line.name in _ESSENTIAL or _vobject_reads([*frame[:-1], line, frame[-1]])
    ]
    return kept if _vobject_reads(kept) else None


def _vobject_reads(lines: Sequence[Line]) -> bool:
    if not all(":" in line.text for line in lines):  # without a colon its expression takes exponential time
        return False
    # Our own base64 needs no opinion, and vobject writes it one character at a time.
    short = (
        line if line.param("ENCODING") != "b" else replace(line, text=f"{line.name};ENCODING=b:AAAA")
        for line in lines
    )
    try:
        vobject.readOne(fold(line.text for line in short).decode()).serialize()
    except Exception:  # noqa: BLE001 - it raises whatever its helpers raise
        return False
    return True

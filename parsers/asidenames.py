"""Which rows of a table a sentence names: by address, by a name in it, by domain, by their place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from parsers import asidewords as said
from parsers.labels import fold
from parsers.result import StatedRow

_NUMBERED: Final = re.compile(
    rf"\b{said.ROW} (?:nr |no |number |nummer |numero )?(\d{{1,5}}(?: (?:\w{{1,3}} )?\d{{1,5}}){{0,9}})\b"
)
_RANGE: Final = re.compile(r"\d\s*(?:-|\u2013|to|bis|bis zu|a|al|tot|ate|do|pana la)\s*\d")
_ORDER: Final = "|".join(sorted(said.NUMBERS, key=len, reverse=True))
_HEAD: Final = re.compile(
    rf"\b{said.FIRST} (?P<after>\d{{1,4}}|{_ORDER})\b|\b(?P<before>\d{{1,4}}|{_ORDER}) {said.FIRST}\b"
)
_TAIL: Final = re.compile(
    rf"\b{said.LAST} (?P<after>\d{{1,4}}|{_ORDER})\b|\b(?P<before>\d{{1,4}}|{_ORDER}) {said.LAST}\b"
)
_NTH: Final = re.compile(
    rf"\b(?P<number>{_ORDER}|{said.LAST}) (?:{said.ROW}|entry|eintrag|mailbox|account|postfach|konto|boite|compte|buzon|cuenta|casella)\b"
)
_LAST: Final = re.compile(said.LAST)
_EDGE: Final = "<>()[]\"'`*,;:!?.\u201c\u201d\u201e\u00ab\u00bb\u2019"


@dataclass(frozen=True, slots=True)
class Named:
    rows: frozenset[int] = frozenset()
    sure: bool = True


def bare_words(text: str) -> list[str]:
    return [
        re.sub(r"['\u2019]s$", "", word.strip(_EDGE))
        for word in re.sub(r"<mailto:[^<>]*>", " ", text).split()
    ]


def named_rows(text: str, rows: Sequence[StatedRow]) -> Named:
    """Return the rows that the words name: those of whole addresses where there are some, else those of names."""
    words = bare_words(text)
    whole, domains = set(), set()
    for word in words:
        folded = word.casefold()
        for at, row in enumerate(rows):
            address = (row.address or "").casefold()
            if folded and folded in {
                address,
                (row.login or "").casefold(),
                (row.destination or "").casefold(),
            }:
                whole.add(at)
            elif folded.startswith("@") and address.endswith(folded):
                domains.add(at)
            elif folded.endswith("@") and address.startswith(folded) and len(folded) > 1:
                whole.add(at)
    if whole or domains:
        return Named(frozenset(whole or domains))
    return _by_name([fold(word) for word in words if "@" not in word], rows)


def _by_name(words: list[str], rows: Sequence[StatedRow]) -> Named:
    found: set[int] = set()
    sure = True
    for word in {word for word in words if len(word) > 2}:
        fitting = {at for at, row in enumerate(rows) if word in _names(row.address or "")}
        if fitting and word in said.COMMON:
            sure = False
        if len({(rows[at].address or "").casefold() for at in fitting}) > 1:
            sure = False
        found |= fitting
    return Named(frozenset(found), sure)


def _names(address: str) -> set[str]:
    local = address.partition("@")[0]
    return {fold(local), *(fold(part) for part in re.split(r"[._-]", local) if len(part) > 2)}


def placed_rows(text: str, rows: Sequence[StatedRow]) -> Named:
    """Return the rows named by address or name, else by their place."""
    named = named_rows(text, rows)
    if named.rows:
        return named
    folded = fold(text)
    if found := _NUMBERED.search(folded):
        numbers = [int(number) for number in re.findall(r"\d+", found[1])]
        if len(numbers) == 2 and _RANGE.search(text):
            numbers = list(range(numbers[0], min(numbers[1], numbers[0] + 1000) + 1))
        return _at_numbers(numbers, rows)
    if (head := end_rows(folded, len(rows))) is not None:
        return Named(head)
    if nth := _NTH.search(folded):
        if _LAST.fullmatch(nth["number"]):
            return Named(frozenset({len(rows) - 1}))
        return _at_numbers([said.NUMBERS[nth["number"]]], rows)
    return Named()


def _at_numbers(numbers: list[int], rows: Sequence[StatedRow]) -> Named:
    """Return the rows those numbers may mean: the lines of the file, or the accounts counted without its header."""
    lines = {at for at, row in enumerate(rows) if row.line in numbers}
    counted = {number - 1 for number in numbers if number <= len(rows)}
    return Named(frozenset(lines | counted), sure=lines == counted)


def end_rows(folded: str, count: int) -> frozenset[int] | None:
    """Return the first or last so many rows, as the words say; None = they say nothing of the kind."""
    for pattern, last in ((_HEAD, False), (_TAIL, True)):
        if found := pattern.search(folded):
            word = found["after"] or found["before"]
            number = int(word) if word.isdigit() else said.NUMBERS[word]
            if 0 < number < count:
                return frozenset(range(count - number, count) if last else range(number))
    return None

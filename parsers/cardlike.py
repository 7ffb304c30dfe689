"""Cards that look like one person twice: the same name, and at most one detail that differs on each side. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from parsers.lines import Line, unescape

_COMPARED = 20  # cards of one name that a further one is compared with
_REMEMBERED = 20_000  # names: more contacts than that nobody goes through by hand
_SIZE = 8  # octets of a mark
_SAYS_NOTHING = frozenset({"BEGIN", "END", "VERSION", "UID", "REV", "PRODID", "FN"})


@dataclass(slots=True)
class Likenesses:
    """The cards seen so far, by name."""

    _seen: dict[str, list[bytes]] = field(default_factory=dict)

    def like_one_before(self, name: str, lines: Iterable[Line]) -> bool:
        """Say whether a card of that name that says almost the same was seen, and remember this one.

        Groups and cards without a name are like nothing.
        """
        key = " ".join(name.casefold().split())
        marks = _marks(lines)
        if key in {"", "?"} or not marks:
            return False
        before = self._seen.get(key, [])
        found = any(_almost_the_same(_split(one), marks) for one in before)
        if len(before) < _COMPARED and (before or len(self._seen) < _REMEMBERED):
            self._seen[key] = [*before, b"".join(marks)]
        return found


def _marks(lines: Iterable[Line]) -> set[bytes]:
    """Return one mark for each thing said, however a server spells it; nothing for a group."""
    found: set[bytes] = set()
    for line in lines:
        if line.name == "X-ADDRESSBOOKSERVER-KIND":
            return set()
        if line.name not in _SAYS_NOTHING:
            said = f"{line.name}\n{unescape(line.value).strip(' ;')}".encode("utf-8", "replace")
            found.add(hashlib.blake2b(said, digest_size=_SIZE).digest())
    return found


def _split(joined: bytes) -> set[bytes]:
    return {joined[at : at + _SIZE] for at in range(0, len(joined), _SIZE)}


def _almost_the_same(one: set[bytes], other: set[bytes]) -> bool:
    return len(one - other) <= 1 and len(other - one) <= 1

"""Cards that look like one person twice: the same name, and at most one detail that differs on each side. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers.lines import Line

_COMPARED = 20  # cards of one name that a further one is compared with
_REMEMBERED = 20_000  # names: more contacts than that nobody goes through by hand


@dataclass(slots=True)
class Likenesses:
    """The cards seen so far, by name."""

    _seen: dict[str, list[bytes]] = field(default_factory=dict)

    def like_one_before(self, name: str, marks: Sequence[bytes]) -> bool:
        """Say whether a card of that name with almost the same marks was seen, and remember this one."""
        key = " ".join(name.casefold().split())
        if key in {"", "?"}:
            return False
        before = self._seen.get(key, [])
        found = any(_almost_the_same(_split(one), set(marks)) for one in before)
        if len(before) < _COMPARED and (before or len(self._seen) < _REMEMBERED):
            self._seen[key] = [*before, b"".join(marks)]
        return found


def _split(joined: bytes) -> set[bytes]:
    return {joined[at : at + 8] for at in range(0, len(joined), 8)}


def _almost_the_same(one: set[bytes], other: set[bytes]) -> bool:
    return len(one - other) <= 1 and len(other - one) <= 1


def is_person(lines: Sequence[Line]) -> bool:
    """Say whether a card is one of a person or firm, not of a group."""
    return not any(line.name == "X-ADDRESSBOOKSERVER-KIND" for line in lines)

"""UIDs by the hundred thousand: sorted, four bytes each, and as the sets that commands name (RFC 9051 section 9). Pure."""

from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

LINE_TEXT: Final = 8_000  # bytes of a UID set in one command; Dovecot reads 64 KB, Courier 16 KB [B]
UID_MAX: Final = 2**32 - 1


class Uids(AbstractSet[int]):
    """A set of UIDs in ascending order: four bytes each. Immutable."""

    __slots__ = ("_sorted",)

    def __init__(self, uids: Iterable[int] = ()) -> None:
        self._sorted: array[int] = _ascending(array("I", uids))

    def __contains__(self, uid: object) -> bool:
        place = position(self._sorted, uid) if isinstance(uid, int) else None
        return place is not None

    def __iter__(self) -> Iterator[int]:
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)

    def without(self, others: Container[int]) -> "Uids":
        """Return the UIDs that are not in `others`."""
        return Uids(array("I", (uid for uid in self._sorted if uid not in others)))

    def since(self, first: int) -> "Uids":
        """Return the UIDs >= first."""
        return Uids(self._sorted[bisect_left(self._sorted, first) :])

    def __repr__(self) -> str:
        return f"Uids({list(self)})"


class Awaited:
    """UIDs that are each to come once."""

    def __init__(self, uids: Uids) -> None:
        self._uids = array("I", uids)
        self._came = bytearray(len(self._uids))

    def take(self, uid: int) -> bool:
        """Return True when this one was awaited, and has not come before."""
        place = position(self._uids, uid)
        if place is None or self._came[place]:
            return False
        self._came[place] = 1
        return True

    def left(self) -> Uids:
        """Return those that have not come."""
        return Uids(uid for uid, came in zip(self._uids, self._came, strict=True) if not came)


class UidMap(Mapping[int, int]):
    """Pairs of UIDs, in ascending order of the first: eight bytes each. Immutable."""

    __slots__ = ("_keys", "_values")

    def __init__(self, pairs: Iterable[tuple[int, int]] = ()) -> None:
        keys, values = array("I"), array("I")
        for key, value in pairs:
            keys.append(key)
            values.append(value)
        order = ordering(keys)
        self._keys = keys if order is None else array("I", (keys[place] for place in order))
        self._values = values if order is None else array("I", (values[place] for place in order))

    def __getitem__(self, uid: int) -> int:
        place = position(self._keys, uid)
        if place is None:
            raise KeyError(uid)
        return self._values[place]

    def __iter__(self) -> Iterator[int]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def position(ordered: "array[int]", uid: int) -> int | None:
    """Return where a UID is in an ascending array, None when it is not."""
    place = bisect_left(ordered, uid)
    return place if place < len(ordered) and ordered[place] == uid else None


def ordering(uids: "array[int]") -> list[int] | None:
    """Return the places in ascending order of UID, the last one of each UID only; None when they are in order already."""
    before = 0
    for uid in uids:
        if uid <= before:
            break
        before = uid
    else:
        return None
    last = {uid: place for place, uid in enumerate(uids)}
    return [last[uid] for uid in sorted(last)]


def _ascending(uids: "array[int]") -> "array[int]":
    order = ordering(uids)
    return uids if order is None else array("I", (uids[place] for place in order))


# ── as text ───────────────────────────────────────────────────────────────────────────────────────────────────────


def parse_uid_set(text: bytes, limit: int = 10_000_000) -> Sequence[int] | None:
    """Return the UIDs of a set like `3,5:9` in the order given, None when it is none or names more than `limit`."""
    uids = array("I")
    for part in text.split(b","):
        first, _, last = part.partition(b":")
        ends = [int(end) for end in (first, last or first) if end.isdigit() and len(end) <= 10]
        if len(ends) < 2 or not 0 < min(ends) <= max(ends) <= UID_MAX or max(ends) - min(ends) >= limit:
            return None
        uids.extend(range(min(ends), max(ends) + 1))
        if len(uids) > limit:
            return None
    return uids


def uid_sets(uids: Iterable[int], text: int = LINE_TEXT, messages: int = UID_MAX) -> Iterator[bytes]:
    """Yield UID sets that together name these UIDs, neighbours as ranges.

    Args:
        uids: in any order.
        text: bytes that one command may have.
        messages: how many UIDs one command may name (MESSAGELIMIT, RFC 9738).
    """
    line: list[bytes] = []
    length = named = 0
    for first, last in _runs(Uids(uids), messages):
        part = b"%d" % first if first == last else b"%d:%d" % (first, last)
        if line and (length + len(part) + 1 > text or named + last - first + 1 > messages):
            yield b",".join(line)
            line, length, named = [], 0, 0
        line.append(part)
        length += len(part) + 1
        named += last - first + 1
    if line:
        yield b",".join(line)


def _runs(ordered: Iterable[int], most: int) -> Iterator[tuple[int, int]]:
    """Yield neighbours as (first, last), not more than `most` together."""
    first = last = 0
    for uid in ordered:
        if first and (uid != last + 1 or uid - first >= most):
            yield first, last
            first = 0
        first = first or uid
        last = uid
    if first:
        yield first, last

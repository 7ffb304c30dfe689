"""What one pass still has to do in one folder: matching, batches, flags. Pure; every plan only adds."""

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeVar

from bot.mail.uids import UidMap

T = TypeVar("T")

# RFC 9051 section 9, flag-keyword: an atom. "]" is no atom character, yet servers have it in keywords and take it.
KEYWORD: Final = re.compile(r'[^\x00-\x20\x7f-\xff(){%*"\\]+')
SYSTEM: Final = frozenset({"\\seen", "\\answered", "\\flagged", "\\deleted", "\\draft"})  # section 2.3.2
FLAGS_TEXT: Final = 2_000  # characters of flags in one command
BATCH_BYTES: Final = 2 << 20
BATCH_MESSAGES: Final = 250


@dataclass(frozen=True, slots=True)
class Light:
    """What is known of a message without its body."""

    uid: int
    message_id: bytes  # blanks folded; empty = it has none
    date: bytes  # the Date header, blanks folded
    size_bytes: int


Candidates = tuple[tuple[int, ...], tuple[int, ...]]  # (source UIDs, destination UIDs) that may be the same


@dataclass(frozen=True, slots=True)
class Matching:
    """Which source messages are at the destination already."""

    pairs: UidMap  # source UID -> destination UID, certain
    doubtful: tuple[Candidates, ...]  # to compare by digest


class _Lights:
    """Light messages in columns, 21 bytes each: either side may have 300,000 of them."""

    def __init__(self, messages: Iterable[Light]) -> None:
        self.keys, self.uids, self.sizes = array("Q"), array("I"), array("Q")
        self.named = bytearray()
        for one in messages:
            self.keys.append(hash((one.message_id, one.date)) & 0xFFFFFFFFFFFFFFFF)
            self.uids.append(one.uid)
            self.sizes.append(one.size_bytes)
            self.named.append(bool(one.message_id))

    def groups(self) -> Iterator[tuple[int, list[int]]]:
        """Yield (key, places), the keys in ascending order and the places of each as they came."""
        order = sorted(range(len(self.keys)), key=self.keys.__getitem__)
        return ((key, list(places)) for key, places in groupby(order, self.keys.__getitem__))


def plan_match(source: Iterable[Light], destination: Iterable[Light]) -> Matching:
    """Return which messages are the same on both sides, one to one, and which need their bodies compared.

    Certain is a pair alone with its Message-ID, Date and size. Twins, messages without Message-ID and differing sizes
    are doubtful. What is in neither list is not at the destination.
    """
    here, there = _Lights(source), _Lights(destination)
    certain: tuple[array[int], array[int]] = array("I"), array("I")
    doubtful: list[Candidates] = []
    for group, others in _common(here.groups(), there.groups()):
        first, other = group[0], others[0]
        alone = len(group) == len(others) == 1
        if alone and here.named[first] and here.sizes[first] == there.sizes[other]:
            certain[0].append(here.uids[first])
            certain[1].append(there.uids[other])
        else:
            doubtful.append(
                (tuple(here.uids[one] for one in group), tuple(there.uids[one] for one in others))
            )
    return Matching(UidMap(zip(*certain, strict=True)), tuple(doubtful))


def _common(
    here: Iterator[tuple[int, list[int]]], there: Iterator[tuple[int, list[int]]]
) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the groups of both sides that have the same key; both come in ascending order of it."""
    nothing: tuple[int, list[int]] = (-1, [])
    group, other = next(here, nothing), next(there, nothing)
    while group[1] and other[1]:
        if group[0] == other[0]:
            yield group[1], other[1]
        left = group[0]
        if left <= other[0]:
            group = next(here, nothing)
        if other[0] <= left:
            other = next(there, nothing)


def pair_by_digest(source: Mapping[int, bytes], destination: Mapping[int, bytes]) -> dict[int, int]:
    """Return source UID -> destination UID of equal digests as multisets: k copies there are used up by k here."""
    free: dict[bytes, list[int]] = defaultdict(list)
    for uid in sorted(destination, reverse=True):
        free[destination[uid]].append(uid)
    return {uid: free[digest].pop() for uid, digest in sorted(source.items()) if free.get(digest)}


def cut_batches(
    messages: Iterable[tuple[T, int]], *, batch_bytes: int = BATCH_BYTES, batch_messages: int = BATCH_MESSAGES
) -> Iterator[list[T]]:
    """Yield messages in order in batches of so many bytes at most, or of one message; input is (message, bytes)."""
    batch: list[T] = []
    filled = 0
    for message, size in messages:
        if batch and filled + size > batch_bytes:
            yield batch
            batch, filled = [], 0
        batch.append(message)
        filled += size
        if filled >= batch_bytes or len(batch) >= batch_messages:
            yield batch
            batch, filled = [], 0
    if batch:
        yield batch


def halves(batch: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """Return a refused batch in two parts, order kept."""
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]


@dataclass(frozen=True, slots=True)
class FlagChange:
    """What to change at the destination for one message."""

    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()


def merge_flags(base: frozenset[str], source: frozenset[str], destination: frozenset[str]) -> FlagChange:
    """Return what the destination lacks of the source's changes since `base`, the flags last agreed.

    Three ways, flag by flag, case-insensitively (RFC 9051 section 2.3.2): only what changed at the source counts, so what
    the user set or removed at the destination stays. Merging again after applying the change gives no change.
    """
    old, now, there = ({flag.casefold(): flag for flag in flags} for flags in (base, source, destination))
    return FlagChange(
        add=frozenset(now[key] for key in now.keys() - old.keys() - there.keys()),
        remove=frozenset(there[key] for key in (old.keys() - now.keys()) & there.keys()),
    )


def keepable(flags: Iterable[str], permanent: frozenset[str] | None) -> tuple[tuple[str, ...], int]:
    r"""Return the flags the destination keeps, sorted, and how many keywords it does not.

    No flag makes a server answer BAD: Dovecot says so to `\X-Own` and to a line too long before it has read a message
    sent with LITERAL+, and then takes the message's lines for commands.

    Args:
        flags: of a source message; not \Recent.
        permanent: PERMANENTFLAGS of the destination; None = not told. \* = new keywords may be made.
    """
    asked = set(flags)
    sound = {flag for flag in asked if flag.lower() in SYSTEM or KEYWORD.fullmatch(flag)}
    if permanent is not None and "\\*" not in permanent:
        allowed = {flag.casefold() for flag in permanent}
        sound = {flag for flag in sound if flag.casefold() in allowed}
    kept = tuple(_within(FLAGS_TEXT, sorted(sound, key=lambda flag: (not flag.startswith("\\"), flag))))
    return tuple(sorted(kept)), sum(not flag.startswith("\\") for flag in asked.difference(kept))


def _within(text: int, flags: Iterable[str]) -> Iterator[str]:
    """Yield flags as long as there is room for them on the line."""
    for flag in flags:
        text -= len(flag) + 1
        if text >= 0:
            yield flag


def system_only(flags: Iterable[str]) -> tuple[str, ...]:
    """Return flags without keywords."""
    return tuple(flag for flag in flags if flag.startswith("\\"))

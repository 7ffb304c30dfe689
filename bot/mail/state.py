"""What a server tells of a folder and of its messages before any of them is fetched. Pure."""

from abc import abstractmethod
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.mail.uids import ordering, position

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A folder at one moment, as STATUS, SELECT or EXAMINE tell it."""

    uidvalidity: int
    uidnext: int  # 0 = not told
    messages: int
    modseq: int  # HIGHESTMODSEQ (RFC 7162 section 3.1.2); 0 = not told


@dataclass(frozen=True, slots=True)
class Held:
    """A source message before its bytes are fetched."""

    flags: frozenset[str]
    size_bytes: int
    gmail_id: int = 0  # X-GM-MSGID: the same in every folder the message is in; 0 = not told


class Columns(Mapping[int, T], Generic[T]):
    """What is known of the messages of a folder by UID, ascending, in columns: a folder may hold 300,000 of them."""

    __slots__ = ("_uids",)

    def __init__(self, uids: "array[int]") -> None:
        self._uids = uids

    @abstractmethod
    def _at(self, place: int) -> T: ...

    def __getitem__(self, uid: int) -> T:
        place = position(self._uids, uid)
        if place is None:
            raise KeyError(uid)
        return self._at(place)

    def __contains__(self, uid: object) -> bool:
        return isinstance(uid, int) and position(self._uids, uid) is not None

    def __iter__(self) -> Iterator[int]:
        return iter(self._uids)

    def __len__(self) -> int:
        return len(self._uids)

    def pairs(self) -> Iterator[tuple[int, T]]:
        """Yield what `items` holds, in one sweep instead of a search for each."""
        return ((uid, self._at(place)) for place, uid in enumerate(self._uids))


class Words:
    """Sets of flags by number, each kept once."""

    __slots__ = ("_numbers", "_sets")

    def __init__(self) -> None:
        self._sets: list[frozenset[str]] = []
        self._numbers: dict[frozenset[str], int] = {}

    def number(self, flags: frozenset[str]) -> int:
        """Return the number of a set of flags."""
        known = self._numbers.get(flags)
        if known is None:
            known = self._numbers[flags] = len(self._sets)
            self._sets.append(flags)
        return known

    def __getitem__(self, number: int) -> frozenset[str]:
        return self._sets[number]


class Holdings(Columns[Held]):
    """The messages of a source folder: about 24 bytes each."""

    __slots__ = ("_flags", "_gmail", "_sizes", "_words")

    def __init__(self, messages: Iterable[tuple[int, Held]] = ()) -> None:
        uids, self._flags, self._sizes, self._gmail = array("I"), array("I"), array("Q"), array("Q")
        self._words = Words()
        for uid, held in messages:
            uids.append(uid)
            self._flags.append(self._words.number(held.flags))
            self._sizes.append(held.size_bytes)
            self._gmail.append(held.gmail_id)
        order = ordering(uids)
        if order is not None:  # a server may list them as it likes, and twice
            uids, self._flags, self._sizes, self._gmail = (
                array(column.typecode, (column[place] for place in order))
                for column in (uids, self._flags, self._sizes, self._gmail)
            )
        super().__init__(uids)

    def _at(self, place: int) -> Held:
        return Held(self._words[self._flags[place]], self._sizes[place], self._gmail[place])

    def only(self, wanted: Callable[[int, Held], bool]) -> "Holdings":
        """Return the messages that are wanted."""
        return Holdings((uid, held) for uid, held in self.pairs() if wanted(uid, held))

    @property
    def size_bytes(self) -> int:
        """Bytes of all of them together."""
        return sum(self._sizes)


def same_messages(then: State | None, now: State | None) -> bool:
    """Return True when the folder holds the very messages it held then; their flags may have changed.

    UIDNEXT grows with every message that comes, even one that is gone again (RFC 9051 section 2.3.1.1). When none came
    and there are as many as before, none went.
    """
    if then is None or now is None or not then.uidvalidity or not then.uidnext:
        return False
    return (then.uidvalidity, then.uidnext, then.messages) == (now.uidvalidity, now.uidnext, now.messages)


def same_flags(then: State | None, now: State | None) -> bool:
    """Return True when no flag of any message changed, and no message came or went (RFC 7162 section 3.1.2.1)."""
    return same_messages(then, now) and then is not None and now is not None and 0 < then.modseq == now.modseq

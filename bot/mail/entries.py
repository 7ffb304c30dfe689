"""What the journal knows of the messages of one folder, in columns. Pure."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.mail.state import Columns, Words

NEVER_NOTED: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that was copied, or found to be there."""

    destination_uid: int | None  # None = the copy is known to be gone
    flags: frozenset[str]  # of the source when last agreed
    seen: bool  # a verification found the copy
    size_bytes: int | None = None  # None = never noted
    reread: bool = False  # the copy's bytes were read back once, and were right


class Entries(Columns[Entry]):
    """The known messages of a folder by source UID: about 21 bytes each."""

    __slots__ = ("_flags", "_marks", "_sizes", "_there", "_words")

    def __init__(self, rows: Iterable[tuple[int, Entry]] = ()) -> None:
        uids, self._there, self._flags, self._sizes = array("I"), array("I"), array("I"), array("Q")
        self._marks = bytearray()
        self._words = Words()
        for uid, entry in rows:  # ascending: the order of the journal's key
            uids.append(uid)
            self._there.append(entry.destination_uid or 0)
            self._flags.append(self._words.number(entry.flags))
            self._sizes.append(NEVER_NOTED if entry.size_bytes is None else entry.size_bytes)
            self._marks.append(entry.seen + 2 * entry.reread)
        super().__init__(uids)

    def _at(self, place: int) -> Entry:
        size, mark = self._sizes[place], self._marks[place]
        return Entry(
            self._there[place] or None,
            self._words[self._flags[place]],
            bool(mark & 1),
            None if size == NEVER_NOTED else size,
            bool(mark & 2),
        )

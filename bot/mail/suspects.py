"""Messages and folders at which connections broke in this pass, so that one of them never blocks the others. Pure.

A message that a connection broke at twice is tried alone, last and once more; then it is named in the report. A folder
that ends the connection whenever it is opened, three times, is left out.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal

Side = Literal["source", "destination"]
ALONE_AT: Final = 2  # breaks at this very message
NAMED_AT: Final = 3
UNCLEAR_AT: Final = 2  # breaks with several messages under way, and none of them stored in between
FOLDER_AT: Final = 3
CODES: Final[dict[Side, str]] = {"source": "unreadable", "destination": "rejected"}

Message = tuple[bytes, int]  # raw folder name, UID


class Suspects:
    """What is handled with care. One lane at a time works on a folder, so no lock is needed."""

    def __init__(self) -> None:
        self._breaks: Counter[Message] = Counter()
        self._sides: dict[Message, Side] = {}
        self._alone: set[Message] = set()
        self._unclear: Counter[bytes] = Counter()  # of the destination, by folder
        self._folders: Counter[bytes] = Counter()

    def note(self, side: Side, folder: bytes, uid: int) -> bool:
        """Note that a connection broke at this message; True when it is given up with that."""
        message = folder, uid
        self._breaks[message] += 1
        self._sides[message] = side
        if self._breaks[message] >= ALONE_AT:
            self._alone.add(message)
        return self._breaks[message] == NAMED_AT

    def note_unclear(self, folder: bytes, uids: Iterable[int]) -> None:
        """Note that the destination broke while these messages were under way: any of them may be why."""
        self._unclear[folder] += 1
        if self._unclear[folder] < UNCLEAR_AT:
            return
        for uid in uids:
            self._alone.add((folder, uid))
            self._breaks[folder, uid] = max(1, self._breaks[folder, uid])

    def note_stored(self, folder: bytes) -> None:
        """Note that a message of the folder was stored: what broke before has nothing to do with the rest."""
        if folder in self._unclear:
            del self._unclear[folder]

    def note_folder(self, folder: bytes) -> bool:
        """Note that a connection broke when this folder was opened; True when it is left out with that."""
        self._folders[folder] += 1
        return self._folders[folder] == FOLDER_AT

    def alone(self, folder: bytes) -> list[int]:
        """Return the UIDs to try one by one, behind all others; those that broke most come last."""
        found = [(self._breaks[one], one[1]) for one in self._alone if one[0] == folder]
        return [uid for breaks, uid in sorted(found) if breaks < NAMED_AT]

    def given_up(self, folder: bytes) -> dict[int, str]:
        """Return the UIDs that are not tried any more, with the report's code."""
        return {
            uid: CODES[self._sides[name, uid]]
            for (name, uid), breaks in self._breaks.items()
            if name == folder and breaks >= NAMED_AT
        }

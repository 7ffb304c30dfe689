"""What a source folder holds now, read with as few bytes as its server allows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.mail.account import Account, Selected
from bot.mail.answers import flag_set, read_number
from bot.mail.journal import Entry, Verified
from bot.mail.state import Held
from bot.mail.wire import Refused, Row

ITEMS: Final = b"UID FLAGS RFC822.SIZE"


@dataclass(frozen=True, slots=True)
class Look:
    """A look into a source folder, sent ahead."""

    account: Account
    folder: bytes
    opened: bytes  # tag of EXAMINE
    listed: bytes  # tag of FETCH
    uids: bytes | None = None  # tag of the search for all UIDs; None = the FETCH names every message
    uidvalidity: int = 0  # that `since` belongs to

    def read(self, entries: Mapping[int, Entry]) -> tuple[Selected, dict[int, Held]]:
        """Return the folder and its messages with flags and size, by UID.

        Args:
            entries: what is known of it; used for messages that did not change.

        Raises:
            Refused: it cannot be opened.
        """
        here = self._opened()
        told = self._changes(entries, here) if self.uids is not None else self._everything()
        if isinstance(here, Refused):
            raise here
        if told is None and self.uids is not None:
            told = _read_rows(self.account.rows(self.account.start_fetch(b"1:*", ITEMS)))
        if told is None and here.messages:
            raise Refused("NO")  # what was listed is not all
        return here, told or {}

    def _opened(self) -> Selected | Refused:
        try:
            return self.account.selected(self.opened, self.folder)
        except Refused as refusal:
            return refusal

    def _changes(self, entries: Mapping[int, Entry], here: Selected | Refused) -> dict[int, Held] | None:
        assert self.uids is not None
        told = self.account.uids_and_rows(self.uids, self.listed)
        if told is None or isinstance(here, Refused) or here.uidvalidity != self.uidvalidity:
            return None
        return merge_look(told[0], _read_rows(told[1]), entries)

    def _everything(self) -> dict[int, Held] | None:
        try:
            return _read_rows(self.account.rows(self.listed))
        except Refused:
            return None  # some servers refuse 1:* in an empty folder


def start_look(account: Account, folder: bytes, then: Verified | None) -> Look:
    """Ask what a folder holds; only for what changed where the server keeps MODSEQ (RFC 7162) and we know the rest."""
    opened = account.start_select(folder, readonly=True)
    if then is not None and then.source.modseq and account.has("CONDSTORE") and account.has("ESEARCH"):
        uids = account.start_uids()
        listed = account.start_fetch(b"1:*", ITEMS, since=then.source.modseq)
        return Look(account, folder, opened, listed, uids, then.source.uidvalidity)
    return Look(account, folder, opened, account.start_fetch(b"1:*", ITEMS))


def merge_look(
    uids: Iterable[int], changed: Mapping[int, Held], entries: Mapping[int, Entry]
) -> dict[int, Held] | None:
    """Return every message of a folder from what changed in it and what is known of the rest. Pure.

    None when there is a message that neither tells, or of which the size was never noted: then only a full list helps.
    """
    held: dict[int, Held] = {}
    for uid in uids:
        entry = entries.get(uid)
        if uid in changed:
            held[uid] = changed[uid]
        elif entry is not None and entry.size_bytes is not None:
            held[uid] = Held(entry.flags, entry.size_bytes)
        else:
            return None
    return held


def _read_rows(rows: Iterable[Row]) -> dict[int, Held]:
    shared: dict[frozenset[str], frozenset[str]] = {}
    held: dict[int, Held] = {}
    for row in rows:
        if b"RFC822.SIZE" in row:  # else it is news about flags
            flags = flag_set(row.get(b"FLAGS"))
            held[int(row[b"UID"])] = Held(shared.setdefault(flags, flags), read_number([row[b"RFC822.SIZE"]]))
    return held

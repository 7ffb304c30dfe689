"""What a source folder holds now, read with as few bytes as its server allows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.mail.account import Account, Selected
from bot.mail.answers import flag_set, number_of
from bot.mail.entries import Entry
from bot.mail.journal import Verified
from bot.mail.state import Held, Holdings
from bot.mail.wire import Refused, Row

ITEMS: Final = b"UID FLAGS RFC822.SIZE"
GMAIL: Final = b" X-GM-MSGID"


@dataclass(frozen=True, slots=True)
class Look:
    """A look into a source folder, sent ahead."""

    account: Account
    folder: bytes
    opened: bytes  # tag of EXAMINE
    listed: bytes  # tag of FETCH
    uids: bytes | None = None  # tag of the search for all UIDs; None = the FETCH names every message
    uidvalidity: int = 0  # that `since` belongs to

    def read(self, entries: Mapping[int, Entry]) -> tuple[Selected, Holdings]:
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
            told = _read_all(self.account, start_list(self.account))
        if told is None and here.messages:
            raise Refused("NO")  # what was listed is not all
        return here, told or Holdings()

    def _opened(self) -> Selected | Refused:
        try:
            return self.account.selected(self.opened, self.folder)
        except Refused as refusal:
            return refusal

    def _changes(self, entries: Mapping[int, Entry], here: Selected | Refused) -> Holdings | None:
        assert self.uids is not None
        told = self.account.uids_and_rows(self.uids, self.listed)
        if told is None or isinstance(here, Refused) or here.uidvalidity != self.uidvalidity:
            return None
        return merge_look(told[0], Holdings(_read_rows(told[1])), entries)

    def _everything(self) -> Holdings | None:
        try:
            return _read_all(self.account, self.listed)
        except Refused:
            return None  # some servers refuse 1:* in an empty folder


def start_look(account: Account, folder: bytes, then: Verified | None) -> Look:
    """Ask what a folder holds; only for what changed where the server keeps MODSEQ (RFC 7162) and we know the rest."""
    opened = account.start_select(folder, readonly=True)
    knows = account.has("CONDSTORE") and account.has("ESEARCH") and not account.message_limit
    if then is not None and then.source.modseq and knows:
        uids = account.start_uids()
        listed = start_list(account, since=then.source.modseq)
        return Look(account, folder, opened, listed, uids, then.source.uidvalidity)
    return Look(account, folder, opened, start_list(account))


def start_list(account: Account, *, since: int = 0) -> bytes:
    """Ask for every message of the open folder; with `since` only for what changed since that MODSEQ."""
    return account.start_fetch(b"1:*", _items(account), since=since)


def _items(account: Account) -> bytes:
    return ITEMS + GMAIL if account.has("X-GM-EXT-1") else ITEMS


def merge_look(
    uids: Iterable[int], changed: Mapping[int, Held], entries: Mapping[int, Entry]
) -> Holdings | None:
    """Return every message of a folder from what changed in it and what is known of the rest. Pure.

    None when there is a message that neither tells, or of which the size was never noted: then only a full list helps.
    """
    unknown = False

    def told() -> Iterator[tuple[int, Held]]:
        nonlocal unknown
        for uid in uids:
            entry = None if uid in changed else entries.get(uid)
            if entry is not None and entry.size_bytes is not None:
                yield uid, Held(entry.flags, entry.size_bytes)
            elif uid in changed:
                yield uid, changed[uid]
            else:
                unknown = True
                return

    held = Holdings(told())
    return None if unknown else held


def _read_all(account: Account, tag: bytes) -> Holdings:
    return Holdings(_read_rows(account.all_rows(tag, _items(account))))


def _read_rows(rows: Iterable[Row]) -> Iterator[tuple[int, Held]]:
    shared: dict[frozenset[str], frozenset[str]] = {}
    for row in rows:
        if b"RFC822.SIZE" in row:  # else it is news about flags
            flags = flag_set(row.get(b"FLAGS"))
            size, gmail_id = number_of(row[b"RFC822.SIZE"]), number_of(row.get(b"X-GM-MSGID"))
            yield int(row[b"UID"]), Held(shared.setdefault(flags, flags), size, gmail_id)

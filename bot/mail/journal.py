"""What was copied: one SQLite file for one pair of accounts, and the intent before every batch.

Two promises. A message in the journal is never copied again, wherever its copy went since. What was sent but not
confirmed is an intent: the next pass looks for it at the destination before it sends anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from bot.mail.entries import Entries, Entry
from bot.mail.generations import Generations
from bot.mail.pairing import Placed
from bot.mail.state import Held, State
from bot.mail.uids import Uids
from bot.mail.whereabouts import Whereabouts, read_flags


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRow:
    """A source folder in the journal."""

    id: int
    source: bytes
    destination: bytes
    source_validity: int
    destination_validity: int
    met: bool
    gone: bool = False  # no longer at the source, and its messages were looked for in other folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What both sides of a folder looked like when nothing was missing."""

    source: State
    destination: State
    size_bytes: int  # of the source's messages
    removed: int  # copies the user removed
    elsewhere: int = 0  # of the source's messages, those that are copied in other folders (Gmail: a label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A message about to be sent."""

    uid: int
    destination_validity: int
    uidnext: int
    size: int
    canonical_size: int
    digest: bytes
    flags: frozenset[str]
    gmail_id: int = 0


class Journal(Generations, Whereabouts):
    """The journal of one pair of accounts, open in one process at a time; its threads take turns.

    Of all journals in one folder, one at a time is open for each destination account: two passes into it at once would
    each miss what the other one just brought, and double it.

    Args:
        path: the SQLite file; made with its folder when missing. Beside it lie two `.lock` files.
        source: a name for the source account that does not change: another one in the file is refused.
        destination: likewise.

    Raises:
        JournalInUse: another process has it open, or another one for the same destination account.
        JournalBroken: the file is no journal, damaged, or of another pair of accounts.
        DiskFailed: it cannot be written; so may every method that writes.
    """

    # ── folders ───────────────────────────────────────────────────────────────────────────────────────────────

    def destinations(self) -> dict[bytes, bytes]:
        """Return where the folders of earlier passes went, by raw source name."""
        return dict(self._read("SELECT source, destination FROM folder"))

    def folder(
        self, source: bytes, destination: bytes, *, source_validity: int, destination_validity: int
    ) -> FolderRow:
        """Return a source folder's row; a new one holds these generations (UIDVALIDITY)."""
        found = self.find(source)
        if found is not None:
            return found
        with self._writing():
            self._db.execute(
                "INSERT INTO folder (source, destination, source_validity, destination_validity)"
                " VALUES (?, ?, ?, ?)",
                (source, destination, source_validity, destination_validity),
            )
        found = self.find(source)
        assert found is not None
        return found

    def find(self, source: bytes) -> FolderRow | None:
        """Return a source folder's row, None when it is new."""
        rows = self._read(
            "SELECT id, source, destination, source_validity, destination_validity, met, gone FROM folder"
            " WHERE source = ?",
            source,
        )
        return _folder_row(rows[0]) if rows else None

    def folders(self) -> dict[int, FolderRow]:
        """Return every source folder there ever was."""
        rows = self._read(
            "SELECT id, source, destination, source_validity, destination_validity, met, gone FROM folder"
        )
        return {row[0]: _folder_row(row) for row in rows}

    def claimed(self, destination: bytes) -> Uids:
        """Return the destination UIDs of one folder that are copies of known messages, whatever folder they came from."""
        query = (
            "SELECT destination_uid FROM message JOIN folder ON folder.id = message.folder"
            " WHERE folder.destination = ? AND destination_uid IS NOT NULL"
        )
        with self._mutex:
            return Uids(uid for (uid,) in self._db.execute(query, (destination,)))

    # ── messages ──────────────────────────────────────────────────────────────────────────────────────────────

    def entries(self, folder: int) -> Entries:
        """Return the known messages of a folder by source UID."""
        query = "SELECT uid, destination_uid, flags, seen, size, reread FROM message WHERE folder = ? ORDER BY uid"
        parsed = lru_cache(maxsize=1000)(read_flags)
        with self._mutex:
            return Entries(
                (uid, Entry(there, parsed(text), bool(seen), size, bool(reread)))
                for uid, there, text, seen, size, reread in self._db.execute(query, (folder,))
            )

    def count(self, source: bytes) -> int:
        """Return how many messages of a source folder are known."""
        query = (
            "SELECT count(*) FROM message JOIN folder ON folder.id = message.folder WHERE folder.source = ?"
        )
        ((number,),) = self._read(query, source)
        return int(number)

    def size_bytes(self) -> int:
        """Return the bytes of all known messages, as far as they were noted."""
        ((total,),) = self._read("SELECT coalesce(sum(size), 0) FROM message")
        return int(total)

    def digests(self, folder: int, uids: Sequence[int] | None = None) -> dict[int, bytes | None]:
        """Return the digests of a folder's known messages by source UID; only of these, some hundred at most."""
        if uids is None:
            return dict(self._read("SELECT uid, digest FROM message WHERE folder = ?", folder))
        query = "SELECT uid, digest FROM message WHERE folder = ? AND uid = ?"
        return {row[0]: row[1] for uid in uids for row in self._read(query, folder, uid)}

    def set_digests(self, folder: int, digests: Mapping[int, bytes]) -> None:
        """Record the digests of messages that were recognised by their headers."""
        with self._writing():
            self._db.executemany(
                "UPDATE message SET digest = ? WHERE folder = ? AND uid = ?",
                ((one, folder, uid) for uid, one in digests.items()),
            )

    def mark_reread(self, folder: int, uids: Iterable[int]) -> None:
        """Record that the copies of these source UIDs were read back, and are what was sent."""
        with self._writing():
            self._db.executemany(
                "UPDATE message SET reread = 1 WHERE folder = ? AND uid = ?", ((folder, uid) for uid in uids)
            )

    def meet(
        self,
        folder: int,
        matched: Mapping[int, int],
        held: Mapping[int, Held],
        digests: Mapping[int, bytes],
    ) -> None:
        """Record, at once, that a folder was compared with what was at the destination before us, and what was found."""
        with self._writing():
            self._db.executemany(
                "INSERT OR REPLACE INTO message (folder, uid, destination_uid, digest, flags, size, gmail_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        folder,
                        uid,
                        there,
                        digests.get(uid),
                        _text(one.flags),
                        one.size_bytes,
                        one.gmail_id or None,
                    )
                    for uid, there in matched.items()
                    for one in (held[uid],)
                ),
            )
            self._db.execute("UPDATE folder SET met = 1 WHERE id = ?", (folder,))

    def forget(self, folder: int, uids: Iterable[int]) -> None:
        """Drop what is known of these source UIDs: they are to be copied again."""
        with self._writing():
            self._db.executemany(
                "DELETE FROM message WHERE folder = ? AND uid = ?", ((folder, uid) for uid in uids)
            )

    def set_flags(self, folder: int, flags: Mapping[int, frozenset[str]]) -> None:
        """Record flags as agreed now, by source UID."""
        with self._writing():
            self._db.executemany(
                "UPDATE message SET flags = ? WHERE folder = ? AND uid = ?",
                [(_text(now), folder, uid) for uid, now in flags.items()],
            )

    def verify(self, folder: int, found: Iterable[int], state: Verified | None) -> None:
        """Record that a verification found these copies; with `state`, that nothing is missing while both sides look so."""
        with self._writing():
            self._db.executemany(
                "UPDATE message SET seen = 1 WHERE folder = ? AND uid = ?", ((folder, uid) for uid in found)
            )
            self._db.execute("DELETE FROM verified WHERE folder = ?", (folder,))
            if state is not None:
                numbers = (
                    *_numbers(state.source),
                    *_numbers(state.destination),
                    state.size_bytes,
                    state.removed,
                    state.elsewhere,
                )
                self._db.execute(
                    "INSERT INTO verified VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (folder, *numbers)
                )

    def verified(self, *, reread: bool = False, whole: bool = False) -> dict[bytes, Verified]:
        """Return the last verification of every folder, by raw source name: only those with nothing under way since.

        Args:
            reread: only those of which every copy was read back.
            whole: only those of which the user removed no copy.
        """
        rows = self._read(
            "SELECT folder.source, verified.* FROM verified JOIN folder ON folder.id = verified.folder"
            " WHERE folder.met = 1 AND folder.id NOT IN (SELECT folder FROM intent)"
            " AND NOT (? AND EXISTS (SELECT 1 FROM message WHERE message.folder = folder.id"
            " AND reread = 0 AND destination_uid IS NOT NULL)) AND NOT (? AND verified.removed > 0)",
            reread,
            whole,
        )
        return {
            row[0]: Verified(
                source=_state(row[2:6]),
                destination=_state(row[6:10]),
                size_bytes=row[10],
                removed=row[11],
                elsewhere=row[12],
            )
            for row in rows
        }

    # ── intents ───────────────────────────────────────────────────────────────────────────────────────────────

    def intents(self, folder: int) -> list[Intent]:
        """Return what was sent or about to be, and not confirmed."""
        rows = self._read(
            "SELECT uid, destination_validity, uidnext, size, canonical_size, digest, gmail_id, flags FROM intent"
            " WHERE folder = ? ORDER BY uid",
            folder,
        )
        names = ("uid", "destination_validity", "uidnext", "size", "canonical_size", "digest")
        return [
            Intent(**dict(zip(names, row[:6], strict=True)), gmail_id=row[6] or 0, flags=read_flags(row[7]))
            for row in rows
        ]

    def has_intents(self) -> bool:
        """Return True when anything was sent or about to be, and not confirmed."""
        return bool(self._read("SELECT 1 FROM intent LIMIT 1"))

    def intend(
        self, folder: int, intents: Iterable[Intent], moving: Mapping[int, Placed] = MappingProxyType({})
    ) -> None:
        """Record what is about to be sent; on the disk when this returns.

        Args:
            folder: where the messages are at the source.
            intents: what is sent.
            moving: by source UID, known messages of other folders whose copies are moved: forgotten when it is confirmed.
        """
        with self._writing():
            self._db.executemany(
                "INSERT OR REPLACE INTO intent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        folder,
                        one.uid,
                        one.destination_validity,
                        one.uidnext,
                        one.size,
                        one.canonical_size,
                        one.digest,
                        _text(one.flags),
                        one.gmail_id or None,
                    )
                    for one in intents
                ],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO moving VALUES (?, ?, ?, ?)",
                [(folder, uid, was.folder, was.uid) for uid, was in moving.items()],
            )

    def confirm(self, folder: int, stored: Mapping[int, int]) -> None:
        """Turn intents into known messages: source UID -> destination UID."""
        with self._writing():
            self._db.executemany(
                "INSERT OR REPLACE INTO message (folder, uid, destination_uid, digest, flags, size, gmail_id)"
                " SELECT folder, uid, ?, digest, flags, size, gmail_id FROM intent WHERE folder = ? AND uid = ?",
                [(there, folder, uid) for uid, there in stored.items()],
            )
            self._db.executemany(
                "DELETE FROM message WHERE (folder, uid) IN"
                " (SELECT old_folder, old_uid FROM moving WHERE folder = ? AND uid = ?)",
                [(folder, uid) for uid in stored],
            )
            self._db.executemany(
                "DELETE FROM intent WHERE folder = ? AND uid = ?", [(folder, uid) for uid in stored]
            )

    def forget_intents(self, folder: int, uids: Iterable[int] | None = None) -> None:
        """Drop what was looked for at the destination and is not there: these source UIDs, or all of the folder."""
        with self._writing():
            if uids is None:
                self._db.execute("DELETE FROM intent WHERE folder = ?", (folder,))
            else:
                self._db.executemany(
                    "DELETE FROM intent WHERE folder = ? AND uid = ?", [(folder, uid) for uid in uids]
                )


def _folder_row(row: Sequence[Any]) -> FolderRow:
    names = ("id", "source", "destination", "source_validity", "destination_validity")
    return FolderRow(**dict(zip(names, row[:5], strict=True)), met=bool(row[5]), gone=bool(row[6]))


def _numbers(state: State) -> tuple[int, int, int, int]:
    return state.uidvalidity, state.uidnext, state.messages, state.modseq


def _state(row: Sequence[int]) -> State:
    return State(uidvalidity=row[0], uidnext=row[1], messages=row[2], modseq=row[3])


def _text(flags: Iterable[str]) -> str:
    return " ".join(sorted(flags))

"""What was copied: one SQLite file for one pair of accounts, and the intent before every batch.

Two promises. A message in the journal is never copied again, wherever its copy went since. What was sent but not
confirmed is an intent: the next pass looks for it at the destination before it sends anything.
"""

import fcntl
import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from bot.errors import JournalBroken, JournalInUse
from bot.mail.state import Held, State

VERSION: Final = 2
SCHEMA: Final = """
CREATE TABLE pair (source TEXT NOT NULL, destination TEXT NOT NULL);
CREATE TABLE folder (
    id INTEGER PRIMARY KEY,
    source BLOB NOT NULL UNIQUE,           -- raw name
    destination BLOB NOT NULL,             -- raw name
    source_validity INTEGER NOT NULL,      -- UIDVALIDITY that the source UIDs below belong to
    destination_validity INTEGER NOT NULL,
    met INTEGER NOT NULL DEFAULT 0         -- 1 = compared with what was at the destination before us
);
CREATE TABLE message (
    folder INTEGER NOT NULL REFERENCES folder,
    uid INTEGER NOT NULL,                  -- at the source
    destination_uid INTEGER,               -- NULL = its copy is known to be gone
    digest BLOB,                           -- canonical; NULL = matched by its headers, never hashed
    flags TEXT NOT NULL,                   -- of the source when last agreed
    seen INTEGER NOT NULL DEFAULT 0,       -- 1 = a verification found the copy
    size INTEGER,                          -- bytes; NULL = never noted
    PRIMARY KEY (folder, uid)
) WITHOUT ROWID;
CREATE TABLE intent (
    folder INTEGER NOT NULL REFERENCES folder,
    uid INTEGER NOT NULL,
    destination_validity INTEGER NOT NULL,
    uidnext INTEGER NOT NULL,              -- no copy of it can have a lower UID
    size INTEGER NOT NULL,                 -- bytes as sent
    canonical_size INTEGER NOT NULL,
    digest BLOB NOT NULL,
    flags TEXT NOT NULL,
    PRIMARY KEY (folder, uid)
) WITHOUT ROWID;
"""
VERIFIED: Final = """
CREATE TABLE verified (                    -- folders in which nothing was missing, and what they looked like then
    folder INTEGER PRIMARY KEY REFERENCES folder,
    source_validity INTEGER NOT NULL, source_uidnext INTEGER NOT NULL,
    source_messages INTEGER NOT NULL, source_modseq INTEGER NOT NULL,
    destination_validity INTEGER NOT NULL, destination_uidnext INTEGER NOT NULL,
    destination_messages INTEGER NOT NULL, destination_modseq INTEGER NOT NULL,
    size INTEGER NOT NULL,                 -- bytes of the source's messages
    removed INTEGER NOT NULL               -- copies the user removed
);
"""
# From each version to the next one.
UPGRADES: Final = {1: "ALTER TABLE message ADD COLUMN size INTEGER;\n" + VERIFIED}


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRow:
    """A source folder in the journal."""

    id: int
    source: bytes
    destination: bytes
    source_validity: int
    destination_validity: int
    met: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that was copied, or found to be there."""

    destination_uid: int | None  # None = the copy is known to be gone
    flags: frozenset[str]  # of the source when last agreed
    seen: bool  # a verification found the copy
    size_bytes: int | None = None  # None = never noted


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What both sides of a folder looked like when nothing was missing."""

    source: State
    destination: State
    size_bytes: int  # of the source's messages
    removed: int  # copies the user removed


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


class Journal:
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
    """

    def __init__(self, path: Path, source: str, destination: str) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._mutex = threading.RLock()
        self._locks = ExitStack()
        try:
            self._locks.enter_context(_locked(path.with_name(path.name + ".lock")))
            self._locks.enter_context(_locked(path.with_name(_lock_name(destination))))
        except BaseException:
            self._locks.close()
            raise
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        try:
            self._prepare((source, destination))
        except sqlite3.Error as error:
            self.close()
            raise JournalBroken(path=path.name, what=type(error).__name__) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file and let another process open it."""
        self._db.close()
        self._locks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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
            "SELECT id, source, destination, source_validity, destination_validity, met FROM folder WHERE source = ?",
            source,
        )
        names = ("id", "source", "destination", "source_validity", "destination_validity")
        return FolderRow(**dict(zip(names, rows[0][:5], strict=True)), met=bool(rows[0][5])) if rows else None

    def claimed(self, destination: bytes) -> set[int]:
        """Return the destination UIDs of one folder that are copies of known messages, whatever folder they came from."""
        rows = self._read(
            "SELECT destination_uid FROM message JOIN folder ON folder.id = message.folder"
            " WHERE folder.destination = ? AND destination_uid IS NOT NULL",
            destination,
        )
        return {uid for (uid,) in rows}

    # ── messages ──────────────────────────────────────────────────────────────────────────────────────────────

    def entries(self, folder: int) -> dict[int, Entry]:
        """Return the known messages of a folder by source UID."""
        query = "SELECT uid, destination_uid, flags, seen, size FROM message WHERE folder = ?"
        parsed = lru_cache(maxsize=1000)(_flags)
        with self._mutex:
            return {
                uid: Entry(there, parsed(text), bool(seen), size)
                for uid, there, text, seen, size in self._db.execute(query, (folder,))
            }

    def count(self, source: bytes) -> int:
        """Return how many messages of a source folder are known."""
        query = (
            "SELECT count(*) FROM message JOIN folder ON folder.id = message.folder WHERE folder.source = ?"
        )
        ((number,),) = self._read(query, source)
        return int(number)

    def digests(self, folder: int) -> dict[int, bytes | None]:
        """Return the digests of a folder's known messages by source UID."""
        return dict(self._read("SELECT uid, digest FROM message WHERE folder = ?", folder))

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
                "INSERT OR REPLACE INTO message (folder, uid, destination_uid, digest, flags, size)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (folder, uid, there, digests.get(uid), _text(held[uid].flags), held[uid].size_bytes)
                    for uid, there in matched.items()
                ],
            )
            self._db.execute("UPDATE folder SET met = 1 WHERE id = ?", (folder,))

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
                "UPDATE message SET seen = 1 WHERE folder = ? AND uid = ?", [(folder, uid) for uid in found]
            )
            self._db.execute("DELETE FROM verified WHERE folder = ?", (folder,))
            if state is not None:
                numbers = (
                    *_numbers(state.source),
                    *_numbers(state.destination),
                    state.size_bytes,
                    state.removed,
                )
                self._db.execute(
                    "INSERT INTO verified VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (folder, *numbers)
                )

    def verified(self) -> dict[bytes, Verified]:
        """Return the last verification of every folder, by raw source name: only those with nothing under way since."""
        rows = self._read(
            "SELECT folder.source, verified.* FROM verified JOIN folder ON folder.id = verified.folder"
            " WHERE folder.met = 1 AND folder.id NOT IN (SELECT folder FROM intent)"
        )
        return {
            row[0]: Verified(
                source=_state(row[2:6]), destination=_state(row[6:10]), size_bytes=row[10], removed=row[11]
            )
            for row in rows
        }

    # ── generations ───────────────────────────────────────────────────────────────────────────────────────────

    def renumber_source(self, folder: int, validity: int, moved: Mapping[int, int]) -> None:
        """Record that the source folder's UIDs changed: `moved` is old UID -> new UID.

        The others are no longer known, and the folder is to be compared with the destination once more.
        """
        with self._writing():
            kept = self._db.execute("SELECT * FROM message WHERE folder = ?", (folder,)).fetchall()
            self._db.execute("DELETE FROM message WHERE folder = ?", (folder,))
            self._db.execute("DELETE FROM intent WHERE folder = ?", (folder,))
            self._db.execute("DELETE FROM verified WHERE folder = ?", (folder,))
            self._db.executemany(
                "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(row[0], moved[row[1]], *row[2:]) for row in kept if row[1] in moved],
            )
            self._db.execute(
                "UPDATE folder SET source_validity = ?, met = 0 WHERE id = ?", (validity, folder)
            )

    def renumber_destination(self, folder: int, validity: int, found: Mapping[int, int]) -> None:
        """Record that the destination folder's UIDs changed: `found` is source UID -> new UID there; the others are gone."""
        with self._writing():
            self._db.execute("UPDATE message SET destination_uid = NULL WHERE folder = ?", (folder,))
            self._db.execute("DELETE FROM verified WHERE folder = ?", (folder,))
            self._db.executemany(
                "UPDATE message SET destination_uid = ? WHERE folder = ? AND uid = ?",
                [(there, folder, uid) for uid, there in found.items()],
            )
            self._db.execute("UPDATE folder SET destination_validity = ? WHERE id = ?", (validity, folder))

    # ── intents ───────────────────────────────────────────────────────────────────────────────────────────────

    def intents(self, folder: int) -> list[Intent]:
        """Return what was sent or about to be, and not confirmed."""
        rows = self._read(
            "SELECT uid, destination_validity, uidnext, size, canonical_size, digest, flags FROM intent"
            " WHERE folder = ? ORDER BY uid",
            folder,
        )
        names = ("uid", "destination_validity", "uidnext", "size", "canonical_size", "digest")
        return [Intent(**dict(zip(names, row[:6], strict=True)), flags=_flags(row[6])) for row in rows]

    def intend(self, folder: int, intents: Iterable[Intent]) -> None:
        """Record what is about to be sent; on the disk when this returns."""
        with self._writing():
            self._db.executemany(
                "INSERT OR REPLACE INTO intent VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
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
                    )
                    for one in intents
                ],
            )

    def confirm(self, folder: int, stored: Mapping[int, int]) -> None:
        """Turn intents into known messages: source UID -> destination UID."""
        with self._writing():
            self._db.executemany(
                "INSERT OR REPLACE INTO message (folder, uid, destination_uid, digest, flags, size)"
                " SELECT folder, uid, ?, digest, flags, size FROM intent WHERE folder = ? AND uid = ?",
                [(there, folder, uid) for uid, there in stored.items()],
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

    # ── the file ──────────────────────────────────────────────────────────────────────────────────────────────

    def _prepare(self, pair: tuple[str, str]) -> None:
        self.path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            with self._writing():
                self._run(SCHEMA + VERIFIED)
                self._db.execute("INSERT INTO pair VALUES (?, ?)", pair)
                self._db.execute(f"PRAGMA user_version = {VERSION}")
        elif version in UPGRADES:
            with self._writing():
                self._run(UPGRADES[version])
                self._db.execute(f"PRAGMA user_version = {version + 1}")
        elif version != VERSION:
            raise JournalBroken(path=self.path.name, what=f"version {version}")
        if self._db.execute("SELECT source, destination FROM pair").fetchone() != pair:
            raise JournalBroken(path=self.path.name, what="of another pair of accounts")

    def _run(self, script: str) -> None:
        for statement in script.split(";\n"):
            self._db.execute(statement)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, of one thread at a time."""
        with self._mutex:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _read(self, query: str, *values: bytes | int) -> list[Any]:
        with self._mutex:
            return self._db.execute(query, values).fetchall()


def _lock_name(destination: str) -> str:
    return f"into-{hashlib.sha256(destination.encode()).hexdigest()[:16]}.lock"


def _locked(path: Path) -> IO[bytes]:
    """Return an open file whose lock ends with this process. Not the database: closing it would drop SQLite's own locks."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise JournalInUse from None
    return os.fdopen(handle, "rb+")


def _numbers(state: State) -> tuple[int, int, int, int]:
    return state.uidvalidity, state.uidnext, state.messages, state.modseq


def _state(row: Sequence[int]) -> State:
    return State(uidvalidity=row[0], uidnext=row[1], messages=row[2], modseq=row[3])


def _text(flags: Iterable[str]) -> str:
    return " ".join(sorted(flags))


def _flags(text: str) -> frozenset[str]:
    return frozenset(text.split(" ")) - {""}

"""The journal's file: one SQLite database, its versions, and the locks that keep two passes out of one account."""

import fcntl
import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from bot.errors import BotError, DiskFailed, JournalBroken, JournalInUse

VERSION: Final = 4
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
# gmail_id: X-GM-MSGID, NULL = not told. reread: 1 = the copy's bytes were read back once, and were right.
IDENTITY: Final = """
ALTER TABLE message ADD COLUMN gmail_id INTEGER;
ALTER TABLE message ADD COLUMN reread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE intent ADD COLUMN gmail_id INTEGER;
CREATE INDEX message_gmail ON message (gmail_id) WHERE gmail_id IS NOT NULL;
"""
# moving: intents whose copy the destination itself brings from another folder; what is known there stays so until then.
# gone: 1 = no longer at the source, and where its messages went was looked for. elsewhere: messages of other folders, too.
MOVES: Final = """
CREATE TABLE moving (
    folder INTEGER NOT NULL REFERENCES folder,
    uid INTEGER NOT NULL,
    old_folder INTEGER NOT NULL REFERENCES folder,
    old_uid INTEGER NOT NULL,
    PRIMARY KEY (folder, uid)
) WITHOUT ROWID;
CREATE TRIGGER settled AFTER DELETE ON intent BEGIN DELETE FROM moving WHERE folder = OLD.folder AND uid = OLD.uid; END;
ALTER TABLE folder ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE verified ADD COLUMN elsewhere INTEGER NOT NULL DEFAULT 0;
"""
# What came with each version after the first.
SINCE: Final = {
    2: "ALTER TABLE message ADD COLUMN size INTEGER;\n" + VERIFIED,  # bytes; NULL = never noted
    3: IDENTITY,
    4: MOVES,
}
# Of SQLite, that the file cannot be written, whatever is in it.
DISK_ERRORS: Final = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)


class JournalFile:
    """The open file of one pair of accounts; see Journal."""

    def __init__(self, path: Path, source: str, destination: str) -> None:
        self.path = path
        self.killed_at: float | None = None  # when the process before us was killed at the latest, POSIX time
        self._mutex = threading.RLock()
        self._locks = ExitStack()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = self._locks.enter_context(_locked(path.with_name(path.name + ".lock")))
            if lock.read(1):
                self.killed_at = _last_written(path)
            self._mark = lock
            _set_mark(lock, b"open")
            self._locks.enter_context(_locked(path.with_name(_lock_name(destination))))
            self._db = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        except (OSError, sqlite3.OperationalError):
            self._locks.close()
            raise DiskFailed(what=f"the journal {path.name}") from None
        except BaseException:
            self._locks.close()
            raise
        try:
            self._prepare((source, destination))
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise self._failure(error) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file and let another process open it."""
        self._db.close()
        _set_mark(self._mark, b"")
        self._locks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self, pair: tuple[str, str]) -> None:
        self.path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise JournalBroken(path=self.path.name, what=f"version {version}")
        if version < VERSION:
            with self._writing():
                self._upgrade(version, pair)
        if self._db.execute("SELECT source, destination FROM pair").fetchone() != pair:
            raise JournalBroken(path=self.path.name, what="of another pair of accounts")

    def _upgrade(self, version: int, pair: tuple[str, str]) -> None:
        if version == 0:
            self._run(SCHEMA)
            self._db.execute("INSERT INTO pair VALUES (?, ?)", pair)
        for later, script in SINCE.items():
            if later > version:
                self._run(script)
        self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _run(self, script: str) -> None:
        for statement in script.split(";\n"):
            self._db.execute(statement)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, of one thread at a time. Raises DiskFailed, JournalBroken: nothing of it is written."""
        with self._mutex:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:  # a full disk ends it by itself
                    self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.DatabaseError):
                    raise self._failure(error) from None
                raise

    def _read(self, query: str, *values: bytes | int) -> list[Any]:
        with self._mutex:
            return self._db.execute(query, values).fetchall()

    def _failure(self, error: Exception) -> BotError:
        """Return what a failure of the file is to people: the disk's, or that of what is in it."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended part
        if isinstance(error, OSError) or code in DISK_ERRORS:
            return DiskFailed(what=f"the journal {self.path.name}")
        return JournalBroken(path=self.path.name, what=type(error).__name__)


def _last_written(path: Path) -> float:
    """Return when the journal was last written to, POSIX time."""
    files = (path, path.with_name(path.name + "-wal"))
    return max((file.stat().st_mtime for file in files if file.exists()), default=0.0)


def _set_mark(lock: IO[bytes], mark: bytes) -> None:
    """Write into the lock that the journal is open, or nothing: who is killed leaves the mark."""
    lock.seek(0)
    lock.truncate()
    lock.write(mark)
    lock.flush()


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

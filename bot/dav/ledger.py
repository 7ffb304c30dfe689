"""What we wrote into an account's address books and calendars: one SQLite file, and the intent before every PUT.

Three promises. What the user changed since is never overwritten, what the user deleted does not come back, and what was
sent but not confirmed is looked for before it is sent again.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from bot.dav.target import DavTarget
from bot.errors import BotError, DiskFailed, JournalBroken

_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE account (name TEXT NOT NULL);
CREATE TABLE item (
    collection TEXT NOT NULL,              -- its path on the server
    uid TEXT NOT NULL,
    href TEXT NOT NULL,
    digest BLOB,                           -- what we stored says; NULL = never confirmed
    etag TEXT NOT NULL DEFAULT '',         -- of what we stored; '' = not known: never update it
    pending BLOB,                          -- what is about to be sent says; NULL = nothing is under way
    PRIMARY KEY (collection, uid)
) WITHOUT ROWID
"""
# Of SQLite, that the file cannot be written, whatever is in it.
_DISK_ERRORS: Final = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One object that we wrote, or were about to write."""

    href: str
    digest: bytes | None  # of what we stored (bot.dav.compare); None = never confirmed
    etag: str  # of what we stored; "" = not known
    pending: bytes | None  # of what was about to be sent; None = nothing is under way


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One object about to be sent."""

    uid: str
    href: str
    digest: bytes


def account_name(target: DavTarget) -> str:
    """Return the name of an account in its ledger: server and user, without how we log in."""
    return f"{target.user.casefold()} at {target.url.rstrip('/').casefold()}"


class Ledger:
    """The ledger of one account on one server.

    Args:
        path: the SQLite file; made with its folder when missing. None = kept in memory, for this run only.
        account: a name of server and account that does not change: another one in the file is refused.

    Raises:
        JournalBroken: the file is no ledger, damaged, or of another account.
        DiskFailed: it cannot be written; so may every method that writes.
    """

    def __init__(self, path: Path | None, account: str) -> None:
        self.name = path.name if path else "ledger"
        self._mutex = threading.RLock()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(
                path or ":memory:", isolation_level=None, timeout=30, check_same_thread=False
            )
        except (OSError, sqlite3.Error):
            raise DiskFailed(what=f"the ledger {self.name}") from None
        try:
            self._prepare(path, account)
        except (sqlite3.Error, OSError) as error:
            self._db.close()
            raise self._failure(error) from None
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def entries(self, collection: str) -> dict[str, Entry]:
        """Return what is known of a collection, by UID."""
        query = "SELECT uid, href, digest, etag, pending FROM item WHERE collection = ?"
        with self._mutex:
            rows: list[Any] = self._db.execute(query, (collection,)).fetchall()
        return {row[0]: Entry(href=row[1], digest=row[2], etag=row[3], pending=row[4]) for row in rows}

    def intend(self, collection: str, intents: Sequence[Intent]) -> None:
        """Record, at once, what is about to be sent."""
        self._many(
            "INSERT INTO item (collection, uid, href, pending) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET pending = excluded.pending, href = excluded.href",
            ((collection, one.uid, one.href, one.digest) for one in intents),
        )

    def confirm(self, collection: str, etags: Iterable[tuple[str, str]]) -> None:
        """Record that what was intended is there, by UID and ETag ("" = not known)."""
        self._many(
            "UPDATE item SET digest = coalesce(pending, digest), pending = NULL, etag = ?"
            " WHERE collection = ? AND uid = ?",
            ((etag, collection, uid) for uid, etag in etags),
        )

    def withdraw(self, collection: str, uids: Iterable[str]) -> None:
        """Record that what was intended did not happen, and never will."""
        wanted = [*uids]
        with self._writing():
            self._db.executemany(
                "DELETE FROM item WHERE collection = ? AND uid = ? AND digest IS NULL",
                ((collection, uid) for uid in wanted),
            )
            self._db.executemany(
                "UPDATE item SET pending = NULL WHERE collection = ? AND uid = ?",
                ((collection, uid) for uid in wanted),
            )

    def _prepare(self, path: Path | None, account: str) -> None:
        if path is not None:
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
        with self._writing():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    self._db.execute(statement)
                self._db.execute("INSERT INTO account VALUES (?)", (account,))
                self._db.execute(f"PRAGMA user_version = {_VERSION}")
        if version > _VERSION:
            raise JournalBroken(path=self.name, what=f"version {version}")
        if self._db.execute("SELECT name FROM account").fetchone() != (account,):
            raise JournalBroken(path=self.name, what="of another account")

    def _many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with self._writing():
            self._db.executemany(statement, rows)

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

    def _failure(self, error: Exception) -> BotError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended part
        if isinstance(error, OSError) or code in _DISK_ERRORS:
            return DiskFailed(what=f"the ledger {self.name}")
        return JournalBroken(path=self.name, what=type(error).__name__)

"""The journal when UIDs change: a folder's new UIDVALIDITY on either side (RFC 9051 section 2.3.1.1)."""

from collections.abc import Iterable, Mapping
from typing import Final

from bot.mail.journal_file import JournalFile
from bot.mail.uids import UidMap

PAIRS: Final = """
SELECT known.uid, new.uid
FROM (SELECT uid, digest, row_number() OVER (PARTITION BY digest ORDER BY uid) AS number
      FROM message WHERE folder = ? AND digest IS NOT NULL) AS known
JOIN (SELECT uid, digest, row_number() OVER (PARTITION BY digest ORDER BY uid) AS number FROM fresh) AS new
USING (digest, number)
"""


class Generations(JournalFile):
    """The part of a journal that carries what is known over to new UIDs."""

    def generations(self) -> dict[bytes, int]:
        """Return the UIDVALIDITY of every destination folder that was looked into, empty ones too, by raw name."""
        return dict(self._read("SELECT destination, destination_validity FROM folder WHERE met = 1"))

    def pair_digests(self, folder: int, fresh: Iterable[tuple[int, bytes]]) -> UidMap:
        """Return source UID in the journal -> UID in `fresh` of equal digests, as multisets: k are used up by k.

        Sorted by SQLite, on disk where it must be: a folder may hold 300,000.

        Args:
            folder: whose known messages; those without digest pair with nothing.
            fresh: UIDs under a new UIDVALIDITY, with the digests of their messages.
        """
        with self._mutex:
            self._db.execute("CREATE TEMP TABLE fresh (uid INTEGER, digest BLOB)")
            try:
                self._db.executemany("INSERT INTO fresh VALUES (?, ?)", fresh)
                return UidMap(self._db.execute(PAIRS, (folder,)))
            finally:
                self._db.execute("DROP TABLE fresh")

    def renumber_source(self, folder: int, validity: int, moved: Mapping[int, int]) -> None:
        """Record that the source folder's UIDs changed: `moved` is old UID -> new UID.

        The others are no longer known, and the folder is to be compared with the destination once more.
        """
        columns = "destination_uid, digest, flags, seen, size, gmail_id, reread"
        with self._writing():
            self._db.execute("CREATE TEMP TABLE moved (uid INTEGER PRIMARY KEY, fresh INTEGER)")
            self._db.executemany("INSERT INTO moved VALUES (?, ?)", moved.items())
            self._db.execute(
                f"CREATE TEMP TABLE kept AS SELECT fresh AS uid, {columns} FROM message JOIN moved USING (uid)"  # noqa: S608
                " WHERE folder = ?",
                (folder,),
            )
            self._db.execute("DELETE FROM message WHERE folder = ?", (folder,))
            self._db.execute("DELETE FROM intent WHERE folder = ?", (folder,))
            self._db.execute("DELETE FROM verified WHERE folder = ?", (folder,))
            self._db.execute(
                f"INSERT INTO message (folder, uid, {columns}) SELECT ?, uid, {columns} FROM kept",  # noqa: S608
                (folder,),
            )
            self._db.execute("DROP TABLE kept")
            self._db.execute("DROP TABLE moved")
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
                ((there, folder, uid) for uid, there in found.items()),
            )
            self._db.execute("UPDATE folder SET destination_validity = ? WHERE id = ?", (validity, folder))

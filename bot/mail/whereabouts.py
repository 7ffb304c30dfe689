"""What the journal knows of messages whatever folder they are in: moved at the source, or in several at once (labels)."""

from collections.abc import Container, Iterable, Sequence
from typing import Any

from bot.mail.journal_file import JournalFile
from bot.mail.pairing import Carried, Placed


class Whereabouts(JournalFile):
    """The part of a journal that looks across folders."""

    def note_gone(self, folders: Iterable[int], *, gone: bool) -> None:
        """Record that folders are no longer at the source, and were looked for; or that they are there again."""
        with self._writing():
            self._db.executemany("UPDATE folder SET gone = ? WHERE id = ?", [(gone, one) for one in folders])

    def moving(self, folder: int) -> set[int]:
        """Return the source UIDs in a folder whose copies are being moved there."""
        return {uid for (uid,) in self._read("SELECT uid FROM moving WHERE folder = ?", folder)}

    def lost(self, folder: int, present: Container[int]) -> list[Placed]:
        """Return the known messages of a folder that are not present, but for those that are being moved."""
        query = (
            "SELECT folder, uid, destination_uid, digest, size, gmail_id, flags, seen FROM message"
            " WHERE folder = ? AND (folder, uid) NOT IN"
            " (SELECT old_folder, old_uid FROM moving)"
        )
        with self._mutex:
            return [_placed(row) for row in self._db.execute(query, (folder,)) if row[1] not in present]

    def labelled(self, gmail_ids: Iterable[int], *, but: int) -> list[Placed]:
        """Return the known messages of all folders but one that have these X-GM-MSGID."""
        query = (
            "SELECT folder, uid, destination_uid, digest, size, gmail_id, flags, seen FROM message"
            " WHERE gmail_id = ? AND folder != ?"
        )
        with self._mutex:
            return [_placed(row) for one in gmail_ids for row in self._db.execute(query, (one, but))]

    def carry_over(self, carried: Iterable[Carried]) -> None:
        """Record at once that messages are in other source folders now. Their copies are where they were, or gone."""
        with self._writing():
            for one in carried:
                self._db.execute(
                    "INSERT OR REPLACE INTO message (folder, uid, destination_uid, digest, flags, seen, size, gmail_id)"
                    " SELECT ?, ?, ?, digest, flags, seen, size, ? FROM message WHERE folder = ? AND uid = ?",
                    (
                        *(one.folder, one.uid, one.destination_uid, one.gmail_id or None),
                        *(one.was.folder, one.was.uid),
                    ),
                )
                self._db.execute(
                    "DELETE FROM message WHERE folder = ? AND uid = ?", (one.was.folder, one.was.uid)
                )


def _placed(row: Sequence[Any]) -> Placed:
    names = ("folder", "uid", "destination_uid", "digest", "size_bytes")
    told = dict(zip(names, row[:5], strict=True))
    return Placed(**told, gmail_id=row[5] or 0, flags=read_flags(row[6]), seen=bool(row[7]))


def read_flags(text: str) -> frozenset[str]:
    """Return flags as the journal writes them."""
    return frozenset(text.split(" ")) - {""}

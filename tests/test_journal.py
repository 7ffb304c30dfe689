"""The journal as a file: what survives, who may open it."""

import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import JournalBroken, JournalInUse
from bot.mail.entries import Entry
from bot.mail.journal import FolderRow, Intent, Journal, Verified
from bot.mail.pairing import Carried
from bot.mail.state import State

SEEN = frozenset({"\\Seen"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "journal"


def opened(path: Path) -> Journal:
    return Journal(path, "anna@old", "anna@new")


def work(journal: Journal) -> FolderRow:
    return journal.folder(b"Work", b"INBOX.Work", source_validity=5, destination_validity=7)


def intent(uid: int) -> Intent:
    return Intent(
        uid=uid,
        destination_validity=7,
        uidnext=3,
        size=10,
        canonical_size=11,
        digest=b"d%d" % uid,
        flags=SEEN,
    )


def test_what_was_intended_and_confirmed_is_there_after_a_restart(path: Path) -> None:
    """Confirmed messages are known; the others are looked for."""
    with opened(path) as journal:
        folder = work(journal)
        journal.intend(folder.id, [intent(1), intent(2)])
        journal.confirm(folder.id, {1: 101})

    with opened(path) as journal:
        assert work(journal) == folder
        assert journal.entries(folder.id)[1].destination_uid == 101
        assert journal.entries(folder.id)[1].flags == SEEN
        assert journal.intents(folder.id) == [intent(2)]
        assert journal.claimed(b"INBOX.Work") == {101}
        assert journal.destinations() == {b"Work": b"INBOX.Work"}
        assert journal.count(b"Work") == 1


def test_a_confirmation_without_an_intent_records_nothing(path: Path) -> None:
    """Nothing enters the journal that was not announced."""
    with opened(path) as journal:
        folder = work(journal)
        journal.confirm(folder.id, {9: 109})

        assert journal.entries(folder.id) == {}


def test_new_uids_at_the_source_carry_the_copies_along(path: Path) -> None:
    """Also when old and new numbers overlap; the folder is compared with the destination again."""
    with opened(path) as journal:
        folder = work(journal)
        journal.intend(folder.id, [intent(1), intent(2), intent(3)])
        journal.confirm(folder.id, {1: 101, 2: 102, 3: 103})
        journal.meet(folder.id, {}, {}, {})
        journal.renumber_source(folder.id, 6, {1: 2, 2: 1})

        assert {uid: one.destination_uid for uid, one in journal.entries(folder.id).items()} == {
            2: 101,
            1: 102,
        }
        assert (work(journal).source_validity, work(journal).met) == (6, False)


def test_new_uids_at_the_destination_forget_what_is_gone(path: Path) -> None:
    """A copy that is not found again stays known, and is not copied again."""
    with opened(path) as journal:
        folder = work(journal)
        journal.intend(folder.id, [intent(1), intent(2)])
        journal.confirm(folder.id, {1: 101, 2: 102})
        journal.renumber_destination(folder.id, 8, {2: 1})

        assert {uid: one.destination_uid for uid, one in journal.entries(folder.id).items()} == {
            1: None,
            2: 1,
        }


def test_only_its_owner_may_read_a_journal(path: Path) -> None:
    """It names folders and counts mail."""
    with opened(path):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0


def test_a_second_process_is_told_to_wait_and_a_dead_one_holds_nothing(path: Path) -> None:
    """The lock ends with its process, however that ended."""
    hold = f"from bot.mail.journal import Journal; kept = Journal(__import__('pathlib').Path({str(path)!r}), 'anna@old', 'anna@new'); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(JournalInUse):
            opened(path)
        other.kill()
        other.wait()
    with opened(path) as journal:
        assert journal.destinations() == {}


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b"SQLite format 3\0" + b"x" * 5000])
def test_a_damaged_journal_is_refused(path: Path, damage: bytes) -> None:
    """Starting anew over it would hide that something is wrong."""
    path.parent.mkdir()
    path.write_bytes(damage)

    with pytest.raises(JournalBroken):
        opened(path)


def test_a_journal_of_the_first_version_is_read_on(path: Path) -> None:
    """What was copied before an upgrade is never copied again."""
    with opened(path) as journal:
        folder = work(journal)
        journal.intend(folder.id, [intent(1)])
        journal.confirm(folder.id, {1: 101})
    with sqlite3.connect(path) as earlier:
        earlier.execute("DROP INDEX message_gmail")
        for column in ("size", "gmail_id", "reread"):
            earlier.execute(f"ALTER TABLE message DROP COLUMN {column}")
        earlier.execute("ALTER TABLE intent DROP COLUMN gmail_id")
        earlier.execute("ALTER TABLE folder DROP COLUMN gone")
        for table in ("verified", "moving"):
            earlier.execute(f"DROP TABLE {table}")
        earlier.execute("DROP TRIGGER settled")
        earlier.execute("PRAGMA user_version = 1")
    earlier.close()

    for _ in range(2):
        with opened(path) as journal:
            assert journal.entries(folder.id) == {1: Entry(101, SEEN, seen=False, size_bytes=None)}
            assert journal.verified() == {}


def test_a_verification_counts_until_something_is_under_way(path: Path) -> None:
    """An intent may have become a message that nobody has verified; new UIDs name other messages."""
    state = State(uidvalidity=5, uidnext=2, messages=1, modseq=9)
    verified = Verified(source=state, destination=state, size_bytes=10, removed=0)
    with opened(path) as journal:
        folder = work(journal)
        journal.meet(folder.id, {}, {}, {})
        journal.verify(folder.id, [], verified)
        assert journal.verified() == {b"Work": verified}
        journal.intend(folder.id, [intent(1)])
        assert journal.verified() == {}
        journal.forget_intents(folder.id)
        journal.renumber_destination(folder.id, 8, {})
        assert journal.verified() == {}


def test_a_journal_of_a_later_version_is_refused(path: Path) -> None:
    """Going back to an older release must not misread it."""
    with opened(path):
        pass
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version = 99")
    later.close()

    with pytest.raises(JournalBroken):
        opened(path)
    with pytest.raises(JournalBroken):
        Journal(path, "somebody@else", "anna@new")


def test_a_copy_that_is_moved_belongs_to_its_old_folder_until_that_is_confirmed(path: Path) -> None:
    """Killed in between, the message is in one folder or in the other one, never in both and never in none."""
    with opened(path) as journal:
        old, new = (
            work(journal),
            journal.folder(b"New", b"INBOX.New", source_validity=6, destination_validity=8),
        )
        journal.intend(old.id, [intent(1), intent(2), intent(3)])
        journal.confirm(old.id, {1: 101, 2: 102, 3: 103})
        first, second, _ = journal.lost(old.id, ())
        journal.intend(new.id, [intent(11), intent(12)], {11: first, 12: second})

    with opened(path) as journal:
        assert [one.uid for one in journal.lost(old.id, ())] == [3]
        journal.confirm(new.id, {11: 201})
        assert dict(journal.entries(old.id)).keys() == {2, 3}
        assert journal.entries(new.id)[11].destination_uid == 201
        journal.forget_intents(new.id)
        assert [one.uid for one in journal.lost(old.id, {3})] == [2]
        journal.intend(new.id, [intent(12)])
        journal.confirm(new.id, {12: 202})
        assert 2 in journal.entries(old.id)


def test_a_message_carried_over_keeps_what_is_known_of_it(path: Path) -> None:
    """Its flags as agreed, that it was seen, its label in another folder."""
    with opened(path) as journal:
        old, new = (
            work(journal),
            journal.folder(b"New", b"INBOX.New", source_validity=6, destination_validity=8),
        )
        journal.intend(old.id, [replace(intent(1), gmail_id=77)])
        journal.confirm(old.id, {1: 101})
        journal.verify(old.id, [1], None)
        (was,) = journal.lost(old.id, ())
        assert journal.labelled([77, 78], but=new.id) == [was]
        journal.carry_over([Carried(was=was, folder=new.id, uid=11, destination_uid=None, gmail_id=77)])

        assert dict(journal.entries(old.id)) == {}
        assert dict(journal.entries(new.id)) == {11: Entry(None, SEEN, seen=True, size_bytes=10)}
        assert journal.labelled([77], but=new.id) == []
        assert (was.digest, was.destination_uid, was.flags) == (b"d1", 101, SEEN)


def test_a_folder_that_is_gone_is_remembered_as_such(path: Path) -> None:
    """Its messages are looked for in other folders once, not in every pass."""
    with opened(path) as journal:
        folder = work(journal)
        journal.note_gone([folder.id], gone=True)
        assert journal.folders()[folder.id].gone
        journal.note_gone([folder.id], gone=False)
        assert journal.folders() == {folder.id: folder}


def test_a_killed_process_is_told_from_one_that_ended(path: Path) -> None:
    """What a killed one sent may arrive later than the next pass looks for it."""
    with opened(path) as journal:
        assert journal.killed_at is None
    script = "import os, pathlib, sys; from bot.mail.journal import Journal\n"
    script += "Journal(pathlib.Path(sys.argv[1]), 'anna@old', 'anna@new'); os.kill(os.getpid(), 9)"
    began = time.time()
    subprocess.run([sys.executable, "-c", script, path], check=False)

    with opened(path) as journal:
        assert journal.killed_at is not None
        assert journal.killed_at > began - 60
    with opened(path) as journal:
        assert journal.killed_at is None

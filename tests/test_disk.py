"""A disk that is full or cannot be written: said as such, and neither the journal nor a server is blamed."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import DiskFailed
from bot.mail.journal import Journal

FULL = """
import resource, signal, socket, sys, threading
from pathlib import Path
from bot.errors import DiskFailed
from bot.mail.journal import Journal
from bot.mail.stream import Stream

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
"""
JOURNAL = """
journal = Journal(Path(sys.argv[1]), "anna@old", "anna@new")
row = journal.folder(b"Work", b"Work", source_validity=1, destination_validity=1)
limit(200_000)
def grow():
    for number in range(1000):
        journal.set_digests(row.id, {})
        journal.folder(b"%d" % number * 2000, b"Work", source_validity=1, destination_validity=1)
for _ in range(2):
    try:
        grow()
    except DiskFailed as error:
        print(error)
limit(resource.RLIM_INFINITY)
grow()
print(len(journal.destinations()))
"""
SPOOL = """
here, there = socket.socketpair()
threading.Thread(target=lambda: there.sendall(bytes(5 << 20)), daemon=True).start()
limit(1 << 20)
try:
    Stream(here).read_literal(5 << 20)
except DiskFailed as error:
    print(error)
"""


def run(script: str, *words: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", FULL + script, *words], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()


def test_a_full_disk_ends_the_pass_and_the_journal_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """It is no broken journal: who followed that advice would throw away what is known. Nothing half written stays."""
    told = run(JOURNAL, str(tmp_path / "journal"))

    assert ["make room" in line for line in told] == [True, True, False]
    assert told[2] == "1001"


def test_no_room_for_a_large_message_is_not_the_servers_fault() -> None:
    """Taken for a broken connection, the message would be named as unreadable at the source, and left out."""
    assert "make room" in run(SPOOL)[0]


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """The operator sees what to mend, and no traceback."""
    (tmp_path / "state").write_text("a file where the folder should be")

    with pytest.raises(DiskFailed, match="journal"):
        Journal(tmp_path / "state" / "journal", "anna@old", "anna@new")

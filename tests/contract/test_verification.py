"""What counts as proof: copies read back, by sample or all of them, and copies that are restored on request."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.mail.account import open_account
from bot.mail.copy import run_pass
from bot.mail.entries import Entries, Entry
from bot.mail.reread import SAMPLE, SAMPLE_BYTES, choose_sample
from bot.model import FolderReport, Login, PassOptions, PassReport, SkippedMessage
from demo.servers import Dovecot
from tests.imaptools import Proxy, fill, mail, new_user, plain_login, proxy, snapshot

pytestmark = pytest.mark.server

FULL = PassOptions(verify="full")
NONE: frozenset[str] = frozenset()


@pytest.fixture
def played(new_dovecot: Dovecot) -> Iterator[Proxy]:
    """Stands before the new server."""
    with proxy(new_dovecot.port) as made:
        yield made


@pytest.fixture
def accounts(
    old_dovecot: Dovecot, new_dovecot: Dovecot, played: Proxy, unique_address: Callable[[str], str]
) -> tuple[Login, Login]:
    address = unique_address("proof")
    new_user(new_dovecot, address)
    return new_user(old_dovecot, address), plain_login(played.port, address)


def copy(accounts: tuple[Login, Login], journal: Path, options: PassOptions | None = None) -> PassReport:
    return run_pass(*accounts, journal, policy=None, options=options or PassOptions())


def bodies_read(played: Proxy) -> int:
    return sum(b"BODY.PEEK[]" in command for command in played.commands)


def test_a_few_new_copies_are_read_back_in_every_pass(
    accounts: tuple[Login, Login], played: Proxy, tmp_path: Path
) -> None:
    """Not one byte of the second pass is spent on what was proven in the first."""
    fill(accounts[0], b"INBOX", [mail(number) for number in range(20)])

    first = copy(accounts, tmp_path / "journal")
    read = bodies_read(played)
    fill(accounts[0], b"INBOX", [mail(30)])
    second = copy(accounts, tmp_path / "journal")

    assert (first.folders[0].reread, read) == (SAMPLE, 1)
    assert (second.folders[0].reread, bodies_read(played)) == (1, 2)
    assert first.verified
    assert second.verified


def test_a_copy_that_the_server_changed_is_named(
    accounts: tuple[Login, Login], played: Proxy, tmp_path: Path
) -> None:
    """It said OK, and keeps something else: the customer's message is not what it was."""
    fill(accounts[0], b"INBOX", [mail(number) for number in range(3)])
    played.pass_on = lambda data: data.replace(b"Subject: number 1\r", b"Subject: numbed 1\r")

    report = copy(accounts, tmp_path / "journal")
    again = copy(accounts, tmp_path / "journal", FULL)

    assert [(one.subject, one.code) for one in report.skipped] == [("numbed 1", "altered")]
    assert [(one.subject, one.code) for one in again.skipped] == [("numbed 1", "altered")]
    assert report.present == report.messages == 3


@pytest.mark.parametrize("options", [PassOptions(), FULL])
def test_a_copy_with_another_date_is_named(
    accounts: tuple[Login, Login], played: Proxy, tmp_path: Path, options: PassOptions
) -> None:
    """Dovecot 2.3 makes a date to come the moment of arrival: the customer sorts by it."""
    fill(accounts[0], b"INBOX", [mail(1), mail(2, date=b"05-May-2005 05:05:05 +0500"), mail(3)])
    played.pass_on = lambda data: data.replace(b"05-May-2005 00:05:05", b"23-Nov-2026 00:05:05")

    report = copy(accounts, tmp_path / "journal", options)

    assert [(one.subject, one.code) for one in report.skipped] == [("number 2", "redated")]
    assert report.present == 3


def test_an_altered_copy_does_not_stand_in_for_a_missing_one() -> None:
    """One altered and one missing are two things to look at, not a sum that comes out even."""
    folder = FolderReport(source="INBOX", destination="INBOX", messages=2, size_bytes=9, present=1)
    one = SkippedMessage(folder="INBOX", uid=1, date="", sender="", subject="", size_bytes=9, code="altered")

    assert not PassReport(folders=(folder,), skipped=(one,)).verified
    assert PassReport(folders=(folder,), skipped=(replace(one, code="too-big"),)).verified


def test_every_copy_is_read_back_once_when_asked(
    accounts: tuple[Login, Login], played: Proxy, tmp_path: Path
) -> None:
    """Whatever was recognised by its headers alone included; asked again, what was proven is left alone."""
    source, destination = accounts
    letters = [mail(number) for number in range(12)]
    fill(source, b"INBOX", letters)
    fill(source, b"INBOX.Work", letters[:3])
    fill(destination, b"INBOX", letters[4:8])

    plain = copy(accounts, tmp_path / "journal")
    report = copy(accounts, tmp_path / "journal", FULL)
    read = bodies_read(played)
    again = copy(accounts, tmp_path / "journal", FULL)

    assert sum(one.matched for one in plain.folders) == 4
    assert sum(one.reread for one in (*plain.folders, *report.folders)) == 15
    assert sum(one.reread for one in again.folders) == 0
    assert bodies_read(played) == read
    assert report.verified
    assert again.verified


def test_what_the_user_removed_comes_back_only_on_request(
    accounts: tuple[Login, Login], tmp_path: Path
) -> None:
    """Somebody emptied the new mailbox by mistake: one option brings everything back, and nothing twice."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(number) for number in range(6)])
    copy(accounts, tmp_path / "journal")
    with open_account(destination, "destination") as there:
        there.select(b"INBOX")
        there.store([1, 2, 3], "+", ["\\Deleted"])
        there._wire.call(b"EXPUNGE")

    left = copy(accounts, tmp_path / "journal")
    restored = copy(accounts, tmp_path / "journal", PassOptions(restore=True))
    again = copy(accounts, tmp_path / "journal", PassOptions(restore=True))

    assert (left.folders[0].copied, left.folders[0].removed) == (0, 3)
    assert (restored.folders[0].copied, restored.folders[0].removed) == (3, 0)
    assert (again.copied, again.verified) == (0, True)
    assert Counter(body for body, _, _ in snapshot(destination)["INBOX"].elements()) == Counter(
        body for body, _, _ in snapshot(source)["INBOX"].elements()
    )


def test_the_sample_is_of_new_small_copies_evenly_spread() -> None:
    """First and last among them; what an earlier pass has seen is not read again."""
    old = [(uid, Entry(uid, NONE, seen=True, size_bytes=1)) for uid in range(1, 10)]
    large = [(10, Entry(10, NONE, seen=False, size_bytes=SAMPLE_BYTES + 1))]
    new = [(uid, Entry(uid, NONE, seen=False, size_bytes=1)) for uid in range(11, 112)]
    gone = [(200, Entry(None, NONE, seen=False, size_bytes=1))]

    chosen = choose_sample(Entries([*old, *large, *new, *gone]))

    assert chosen == [11, 36, 61, 86, 111]
    assert choose_sample(Entries([*old, *large, new[0]])) == [11]
    assert choose_sample(Entries(old)) == []


def test_a_source_that_marks_what_is_fetched_is_left_as_it_was(
    old_dovecot: Dovecot, new_dovecot: Dovecot, unique_address: Callable[[str], str], tmp_path: Path
) -> None:
    """iCloud does so in spite of PEEK: the customer would find the whole old mailbox read."""
    address = unique_address("marks")
    source, destination = new_user(old_dovecot, address), new_user(new_dovecot, address)
    fill(source, b"INBOX", [mail(1), mail(2, flags=["\\Seen"]), mail(3)])
    before = snapshot(source)
    with proxy(old_dovecot.port) as marking:
        # A server that takes BODY.PEEK[] for BODY[], and lets EXAMINE write.
        marking.rewrite = lambda command: command.replace(b"BODY.PEEK[]", b"BODY[]").replace(
            b"EXAMINE", b"SELECT"
        )
        report = copy((plain_login(marking.port, address), destination), tmp_path / "journal")

    assert report.verified
    assert snapshot(source) == before
    assert snapshot(destination) == before

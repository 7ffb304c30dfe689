"""One pass between two real servers, and everything that can go wrong in it."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count as count_up
from pathlib import Path
from typing import Any

import pytest

from bot.errors import (
    ChildFailed,
    DestinationFull,
    DestinationUnreachable,
    JournalBroken,
    JournalInUse,
    SelfCopy,
    SourceAddressRefused,
    SourceBroken,
    SourceLoginRefused,
    SourceTakesNoPasswords,
    SourceTlsFailed,
    SourceUnreachable,
    Stopped,
)
from bot.mail import child, plan
from bot.mail.account import open_account
from bot.mail.child import count_in_child, run_pass_in_child
from bot.mail.copy import run_pass, survey
from bot.mail.count import count
from bot.mail.journal import Journal
from bot.mail.patience import Patience
from bot.mail.wire import Parcel
from bot.model import Endpoint, Login, PassOptions, PassReport, Progress, Secret
from bot.net import AddressPolicy
from demo.servers import Authority, Dovecot
from tests.imaptools import PASSWORD, fill, mail, new_user, plain_login, proxy, snapshot

pytestmark = pytest.mark.server

Accounts = tuple[Login, Login]


@pytest.fixture
def accounts(old_dovecot: Dovecot, new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Accounts:
    """A new account at the previous provider and its new home."""
    address = unique_address("mail")
    return new_user(old_dovecot, address), new_user(new_dovecot, address)


@pytest.fixture(scope="module")
def poor_dovecot(base: Path, authority: Authority) -> Iterator[Dovecot]:
    """A server that announces nothing beyond IMAP4rev1."""
    with Dovecot(base / "poor", authority, capability="IMAP4rev1") as server:
        yield server


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def copy(accounts: Accounts, journal: Path, **options: Any) -> PassReport:
    return run_pass(*accounts, journal, policy=None, **options)


def bodies(account: Login) -> Counter[bytes]:
    """Every message of an account, wherever it lies."""
    return Counter(body for folder in snapshot(account).values() for body, _, _ in folder.elements())


ODD = (
    mail(1, flags=["\\Seen", "\\Flagged", "$Forwarded", "work"]),
    mail(2, flags=["\\Draft", "\\Answered", "\\Deleted"], date=b"01-Jan-1970 00:00:00 +0000"),
    mail(2, flags=["\\Seen"], date=b"19-Jan-2038 03:14:08 -0330"),
    mail(2, body=b"same headers, another body"),
    mail(2, flags=["\\Draft", "\\Answered", "\\Deleted"], date=b"01-Jan-1970 00:00:00 +0000"),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: no id\r\n\r\na draft\r\n"),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: no id\r\n\r\na draft\r\n"),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"\r\nonly a body, no header\r\n"),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"no header and no end"),
    Parcel(
        (), b"05-May-2005 05:05:05 +0500", b"Subject: \xe4\xf6\xfc\r\n\r\n8-bit \xff and \r a bare CR\r\n"
    ),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: long\r\n\r\n" + b"x" * 20_000 + b"\r\n"),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: bare LF\n\nline\nline\n"),
)


def test_every_message_arrives_with_its_bytes_flags_keywords_and_date(
    accounts: Accounts, journal: Path
) -> None:
    """Twins stay twins; messages without Message-ID, without header, without end are messages too."""
    source, destination = accounts
    fill(source, b"INBOX", ODD)
    fill(source, b"INBOX.Work.2020", ODD[:3])
    fill(source, b"INBOX.Sent Items", ODD[3:6])
    before = snapshot(source)

    report = copy(accounts, journal)

    after = snapshot(destination)
    assert report.verified
    assert report.skipped == ()
    assert after == {
        "INBOX": before["INBOX"],
        "Work/2020": before["INBOX.Work.2020"],
        "Sent": before["INBOX.Sent Items"],
    }
    assert snapshot(source) == before


def test_folders_without_messages_and_subscriptions_are_carried_over(
    accounts: Accounts, journal: Path
) -> None:
    """Else people ask where their folders went."""
    source, destination = accounts
    fill(source, b"INBOX.Empty", [])
    with open_account(source, "source") as here:
        here.create(b"INBOX.Unsubscribed")

    copy(accounts, journal)

    with open_account(destination, "destination") as there:
        found = {listed.name: listed.subscribed for listed in there.folders()}
    assert found[b"Empty"]
    assert not found[b"Unsubscribed"]


def test_a_second_pass_copies_nothing_and_a_third_only_what_is_new(accounts: Accounts, journal: Path) -> None:
    """The delta after the MX switch."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(number) for number in range(20)])
    copy(accounts, journal)

    second = copy(accounts, journal)
    fill(source, b"INBOX", [mail(number) for number in range(100, 105)])
    with open_account(source, "destination") as here:
        here.select(b"INBOX")
        here.store([3], "+", ["\\Seen", "work"])
    third = copy(accounts, journal)

    assert (second.copied, second.present, second.copied_bytes) == (0, 20, 0)
    assert (third.copied, third.present) == (5, 25)
    assert sum(folder.flags_changed for folder in third.folders) == 1
    assert snapshot(destination)["INBOX"] == snapshot(source)["INBOX"]


def test_what_the_user_did_at_the_destination_stays(accounts: Accounts, journal: Path) -> None:
    """Moved and deleted mail does not come back; flags set there stay; both sides' changes meet."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(number, flags=["\\Flagged"]) for number in range(5)])
    copy(accounts, journal)
    with open_account(destination, "destination") as there:
        there.create(b"Kept")
        there.select(b"INBOX")
        there._wire.call(b"UID MOVE 1 Kept")
        there.store([2], "+", ["\\Deleted"])
        there._wire.call(b"UID EXPUNGE 2")
        there.store([3], "-", ["\\Flagged"])
        there.store([4], "+", ["\\Seen"])
    with open_account(source, "destination") as here:
        here.select(b"INBOX")
        here.store([4], "+", ["\\Answered"])

    report = copy(accounts, journal)

    with open_account(destination, "destination") as there:
        there.select(b"INBOX")
        flags = {
            int(row[b"UID"]): set(row[b"FLAGS"]) - {b"\\Recent"}
            for row in there.fetch_rows([3, 4, 5], b"UID FLAGS")
        }
    assert report.copied == 0
    assert report.verified
    assert sum(folder.removed for folder in report.folders) == 2
    assert bodies(destination) == bodies(source) - Counter([bytes(mail(1).body)])  # type: ignore[arg-type]
    assert flags == {3: set(), 4: {b"\\Flagged", b"\\Seen", b"\\Answered"}, 5: {b"\\Flagged"}}


def test_a_destination_that_already_holds_part_of_it_gets_the_rest(accounts: Accounts, journal: Path) -> None:
    """Another tool ran before, or the journal is lost: a multiset match, and mail of the user's own is left alone."""
    source, destination = accounts
    fill(source, b"INBOX", ODD)
    own = mail(999)
    fill(destination, b"INBOX", [own, ODD[0], ODD[1], ODD[5], ODD[7]])

    report = copy(accounts, journal)

    assert (report.copied, report.verified) == (len(ODD) - 4, True)
    assert bodies(destination) == bodies(source) + Counter([bytes(own.body)])  # type: ignore[arg-type]
    journal.unlink()
    assert copy(accounts, journal).copied == 0


def test_poor_servers_get_the_same_result(
    poor_dovecot: Dovecot, unique_address: Callable[[str], str], journal: Path
) -> None:
    """No MULTIAPPEND, LITERAL+, NAMESPACE, ESEARCH, LIST-EXTENDED, SASL-IR."""
    accounts = new_user(poor_dovecot, unique_address("poor")), new_user(poor_dovecot, unique_address("poor"))
    fill(accounts[0], b"INBOX", ODD)
    fill(accounts[0], b"A/B", ODD[:2])

    report = copy(accounts, journal)

    assert report.verified
    assert snapshot(accounts[1]) == snapshot(accounts[0])
    assert copy(accounts, journal).copied == 0
    assert count(accounts[1], None, "destination").messages == len(ODD) + 2
    assert count(accounts[1], None, "destination").size_bytes > 20_000


def test_a_draft_saved_anew_is_not_taken_for_its_earlier_version(accounts: Accounts, journal: Path) -> None:
    """Another tool brought the draft of last week: the same Message-ID, Date and size, other words."""
    source, destination = accounts
    fill(source, b"INBOX.Drafts", [mail(1, body=b"see you at nine"), mail(2)])
    fill(destination, b"Drafts", [mail(1, body=b"see you at five"), mail(2)])

    report = copy(accounts, journal)

    drafts = next(one for one in report.folders if one.destination == "Drafts")
    assert (report.verified, drafts.copied, drafts.matched, drafts.doubtful) == (True, 1, 1, 1)


def test_two_folders_that_become_one_keep_their_twins(accounts: Accounts, journal: Path) -> None:
    """Sent and Sent Items, with the same message in both: the second is no copy of the first one's copy."""
    source, destination = accounts
    fill(source, b"INBOX.Sent Items", ODD[:3])
    fill(source, b"INBOX.Gesendet", ODD[:3])

    report = copy(accounts, journal)

    assert report.verified
    assert report.copied == 6
    assert bodies(destination) == bodies(source)


def test_the_source_is_only_read_and_nothing_is_deleted_anywhere(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path
) -> None:
    """By the commands on the wire, in a first pass, a delta and with a match: not even \\Seen could change."""
    source, destination = accounts
    fill(source, b"INBOX", ODD)
    fill(destination, b"INBOX", ODD[:2])
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        pair = plain_login(here.port, source.user), plain_login(there.port, destination.user)
        for _ in range(2):
            copy(pair, journal)
            fill(source, b"INBOX", ODD[:1])

    reading = {
        b"AUTHENTICATE",
        b"CAPABILITY",
        b"NAMESPACE",
        b"STATUS",
        b"LIST",
        b"EXAMINE",
        b"UID FETCH",
        b"UID SEARCH",
        b"NOOP",
        b"ID NIL",
        b"LOGOUT",
    }
    adding = reading | {b"SELECT", b"CREATE", b"SUBSCRIBE", b"APPEND", b"UID STORE"}
    for played, allowed in ((here, reading), (there, adding)):
        said = [one.split(b" ", 1)[1] for one in played.commands]
        assert [one[:60] for one in said if not one.startswith(tuple(allowed))] == []
        assert not [one for one in said if b"FETCH" in one[:20] and b"BODY[" in one]


def test_special_uses_may_be_left_out_and_are_named(accounts: Accounts, journal: Path) -> None:
    """Trash and Junk are not copied unless asked."""
    fill(accounts[0], b"INBOX.Spam", ODD[:1])

    report = copy(accounts, journal, options=PassOptions(skip_roles=("junk", "trash")))

    assert ("INBOX.Spam", "role-junk") in report.folders_skipped
    assert report.messages == 0


def test_a_survey_changes_nothing(accounts: Accounts, journal: Path) -> None:
    """--dry-run: not even a folder or a journal is made."""
    fill(accounts[0], b"INBOX.Work", ODD[:2])

    report = survey(*accounts, journal, policy=None)

    assert report.copied == 2
    assert not journal.exists()
    with open_account(accounts[1], "destination") as there:
        assert b"Work" not in [listed.name for listed in there.folders()]


# ── crashes and lost answers ──────────────────────────────────────────────────────────────────────────────────────


class Crash(BaseException):
    """Stands for kill -9: nothing in the product catches it."""


@contextmanager
def crash_before_write(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[None]:
    """Let the process end right before its n-th journal write: what the server was told then stays."""
    writes = count_up(1)
    writing = Journal._writing

    def crashing(journal: Journal) -> Any:
        if next(writes) == number:
            raise Crash
        return writing(journal)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_writing", crashing)
        yield


@pytest.mark.parametrize("connections", [1, 4])
def test_a_crash_before_any_journal_write_loses_nothing_and_doubles_nothing(
    accounts: Accounts,
    connections: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    new_dovecot: Dovecot,
    unique_address: Callable[[str], str],
) -> None:
    """Every write in turn, so also the one after the server stored a batch. Then once more, which does nothing."""
    monkeypatch.setattr(plan.cut_batches, "__kwdefaults__", {"batch_bytes": 1 << 20, "batch_messages": 3})
    source = accounts[0]
    fill(source, b"INBOX", ODD)
    fill(source, b"INBOX.Work", ODD[1:5])
    expected = bodies(source)
    for number in count_up(1):
        pair = source, new_user(new_dovecot, unique_address("crash"))
        journal = tmp_path / f"journal{number}"
        try:
            with crash_before_write(monkeypatch, number):
                copy(pair, journal, options=PassOptions(connections=connections))
        except Crash:
            report = copy(pair, journal)
            assert report.verified, number
            assert bodies(pair[1]) == expected, number
            assert copy(pair, journal).copied == 0, number
        else:
            assert number > 20
            return


def test_an_answer_lost_after_the_server_stored_the_batch_doubles_nothing(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path
) -> None:
    """The one window in which "try again" would double: measured 100 times of 100. New mail arrives meanwhile, too."""
    source, destination = accounts
    fill(source, b"INBOX", ODD)
    with proxy(new_dovecot.port) as played:
        played.pass_on = lambda data: None if b"APPENDUID" in data else data
        with pytest.raises(DestinationUnreachable):
            copy((source, plain_login(played.port, destination.user)), journal, patience=Patience(broken=()))
    new = mail(12345)
    fill(destination, b"INBOX", [new])

    report = copy(accounts, journal)

    assert report.verified
    assert report.copied == 0
    assert bodies(destination) == bodies(source) + Counter([bytes(new.body)])  # type: ignore[arg-type]


def test_without_uidplus_copies_are_found_by_their_bodies(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path
) -> None:
    """No APPENDUID: the UIDs are looked up, twins one by one."""
    source, destination = accounts
    fill(source, b"INBOX", ODD)
    with proxy(new_dovecot.port) as played:
        played.pass_on = lambda data: data.replace(b"[APPENDUID", b"[X-NOTHING")
        report = copy((source, plain_login(played.port, destination.user)), journal)

    assert report.verified
    assert copy(accounts, journal).copied == 0
    assert bodies(destination) == bodies(source)


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.2, 0.4])
def test_a_killed_child_resumes_without_loss_or_double(
    accounts: Accounts, journal: Path, delay: float
) -> None:
    """kill -9 so many seconds after the first sign of work."""
    source, destination = accounts
    words = random.Random(delay)
    fill(
        source, b"INBOX", [mail(number, body=words.randbytes(40_000).hex().encode()) for number in range(300)]
    )
    order = child._pass_order(source, destination, journal, policy=None)
    with child._child() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        child._say(process.stdin, order | {"parent": os.getpid()})
        assert b"progress" in process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()

    report = run_pass_in_child(*accounts, journal, policy=None)

    assert report.verified
    assert bodies(destination) == bodies(source)
    assert copy(accounts, journal).copied == 0


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("multi", [True, False])
def test_one_refused_message_is_named_and_the_others_arrive(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path, multi: bool
) -> None:
    """A MULTIAPPEND stores all or nothing: the refused one is found by halving. Twins among the others stay twins."""
    source, destination = accounts
    bad = Parcel((), None, b"From: =?utf-8?q?B=C3=A4r?= <b@x>\r\nSubject: bad\r\nX-Refuse-Me: 1\r\n\r\n.\r\n")
    fill(
        source,
        b"INBOX",
        [*(mail(number % 3) for number in range(20)), bad, *(mail(number) for number in range(20, 30))],
    )

    def answer(command: bytes) -> bytes | None:
        tag, _, rest = command.partition(b" ")
        return tag + b" NO [CANNOT] no\r\n" if rest.startswith(b"APPEND") and b"X-Refuse-Me" in rest else None

    with proxy(new_dovecot.port) as played:
        played.answer = answer
        if not multi:
            played.pass_on = lambda data: data.replace(b" MULTIAPPEND", b" X-NOTHINGXX")
        report = copy((source, plain_login(played.port, destination.user)), journal)

    (skipped,) = report.skipped
    assert (skipped.folder, skipped.uid, skipped.code) == ("INBOX", 21, "rejected-cannot")
    assert (skipped.sender, skipped.subject) == ("Bär <b@x>", "bad")
    assert report.verified
    assert bodies(destination) == bodies(source) - Counter([bytes(bad.body)])  # type: ignore[arg-type]
    assert [one.uid for one in run_pass(*accounts, journal, policy=None).skipped] == []


def test_a_keyword_the_destination_refuses_is_dropped_and_counted(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path
) -> None:
    """The message is worth more than its keyword; and PERMANENTFLAGS is believed before anything is tried."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(1, flags=["\\Seen", "name:FLAG1"]), mail(2, flags=["work"])])

    def answer(command: bytes) -> bytes | None:
        tag, _, rest = command.partition(b" ")
        return tag + b" BAD no\r\n" if rest.startswith(b"APPEND") and b"name:" in rest else None

    with proxy(new_dovecot.port) as played:
        played.answer = answer
        report = copy((source, plain_login(played.port, destination.user)), journal)

    assert report.skipped == ()
    assert report.keywords_dropped == 1
    assert sorted(sorted(flags) for _, flags, _ in snapshot(destination)["INBOX"]) == [["\\Seen"], ["work"]]


@pytest.fixture(scope="module")
def small_dovecot(base: Path, authority: Authority) -> Iterator[Dovecot]:
    """A server with a quota of 1 MB."""
    with Dovecot(base / "full", authority, quota_mb=1) as server:
        yield server


def test_too_small_a_destination_is_told_before_anything_is_copied(
    small_dovecot: Dovecot, accounts: Accounts, journal: Path, unique_address: Callable[[str], str]
) -> None:
    """Half a mailbox helps nobody. What is there already needs no room."""
    letters = [mail(number, body=b"x" * 100_000) for number in range(15)]
    fill(accounts[0], b"INBOX", letters[:7])
    destination = new_user(small_dovecot, unique_address("room"))
    assert count(destination, None, "destination").quota_free_bytes == 1 << 20
    fill(destination, b"INBOX", letters[:7])
    recognised = copy((accounts[0], destination), journal)
    fill(accounts[0], b"INBOX", letters[7:])

    with pytest.raises(DestinationFull) as full:
        copy((accounts[0], destination), journal)

    assert (recognised.verified, recognised.copied) == (True, 0)
    assert int(full.value.facts["needed_bytes"]) > int(full.value.facts["free_bytes"])
    assert bodies(destination).total() == 7


def test_a_destination_that_fills_up_stops_the_pass_and_it_goes_on_later(
    small_dovecot: Dovecot, accounts: Accounts, journal: Path, unique_address: Callable[[str], str]
) -> None:
    """What fitted is there once; with more room the rest follows."""
    source = accounts[0]
    fill(source, b"INBOX", [mail(number, body=b"x" * 100_000) for number in range(15)])
    address = unique_address("full")
    small = new_user(small_dovecot, address)
    with proxy(small_dovecot.port) as played:
        played.pass_on = lambda data: data.replace(b" QUOTA", b" QUOTO")  # it does not tell beforehand
        destination = plain_login(played.port, address)
        with pytest.raises(DestinationFull):
            copy((source, destination), journal)
        stored = bodies(small)
        assert 5 <= stored.total() < 15
        with pytest.raises(DestinationFull):
            copy((source, destination), journal)
        assert bodies(small) == stored


def test_messages_too_large_for_the_destination_are_counted_before_the_start(
    old_dovecot: Dovecot, accounts: Accounts, unique_address: Callable[[str], str]
) -> None:
    """APPENDLIMIT (RFC 7889) is told with the login; the customer learns it with the acknowledgement."""
    fill(accounts[0], b"INBOX", [mail(number, body=b"x" * 1000 * number) for number in range(5)])
    fill(accounts[0], b"INBOX.Work", [mail(9, body=b"x" * 9000)])
    address = unique_address("limit")
    new_user(old_dovecot, address)
    with proxy(old_dovecot.port) as played:
        played.pass_on = lambda data: data.replace(b" ESEARCH", b" APPENDLIMIT=2500 ESEARCH")
        limit = count(plain_login(played.port, address), None, "destination").append_limit_bytes

    assert limit == 2500
    found = count_in_child(accounts[0], None, "source", larger_than=limit)
    assert found.too_large == 3
    assert sorted((one.folder, one.subject) for one in found.too_large_named) == [
        ("INBOX", "number 3"),
        ("INBOX", "number 4"),
        ("INBOX.Work", "number 9"),
    ]
    assert all(one.size_bytes > limit and one.date for one in found.too_large_named)


def renumber(account: Login, folder: bytes, first: Parcel) -> None:
    """Give a folder a new UIDVALIDITY, and another message the UIDs of the old ones."""
    with open_account(account, "destination") as there:
        there._wire.call(b"RENAME ", folder, b" ", folder, b"-old")
        there.create(folder)
        there.append_each(folder, [first])
        there.select(folder + b"-old")
        there._wire.call(b"UID COPY 1:* ", folder)
        there.select(b"INBOX")
        there._wire.call(b"DELETE ", folder, b"-old")


def test_new_uids_at_the_source_double_nothing_and_hide_nothing(accounts: Accounts, journal: Path) -> None:
    """UIDVALIDITY changed: UID 1 is a new message now (RFC 9051 section 2.3.1.1)."""
    source, destination = accounts
    fill(source, b"INBOX.Work", ODD)
    copy(accounts, journal)
    renumber(source, b"INBOX.Work", mail(777, flags=["\\Flagged"]))

    report = copy(accounts, journal)

    assert (report.copied, report.verified) == (1, True)
    assert snapshot(destination)["Work"] == snapshot(source)["INBOX.Work"]
    assert copy(accounts, journal).copied == 0


def test_new_uids_at_the_destination_double_nothing(accounts: Accounts, journal: Path) -> None:
    """A restore there; flags that change afterwards still find their message."""
    source, destination = accounts
    fill(source, b"INBOX.Work", ODD)
    copy(accounts, journal)
    own = mail(777)
    renumber(destination, b"Work", own)
    with open_account(source, "destination") as here:
        here.select(b"INBOX.Work")
        here.store([4], "+", ["later"])

    report = copy(accounts, journal)

    assert (report.copied, report.verified) == (0, True)
    fill(source, b"INBOX.Work", [own])
    assert snapshot(destination)["Work"] == snapshot(source)["INBOX.Work"]


def test_new_uids_at_the_destination_lose_nobody_who_was_recognised(
    accounts: Accounts, journal: Path
) -> None:
    """Another tool brought half of it: those were never hashed, and are not taken for removed by the user."""
    source, destination = accounts
    letters = [mail(number) for number in range(6)]
    fill(source, b"INBOX.Work", letters)
    fill(destination, b"Work", letters[:3])
    first = copy(accounts, journal)
    renumber(destination, b"Work", mail(777))

    report = copy(accounts, journal)

    assert (first.copied, report.copied, report.verified) == (3, 0, True)
    assert report.folders[-1].removed == 0


def test_an_account_that_was_made_anew_gets_everything_again(
    accounts: Accounts, journal: Path, new_dovecot: Dovecot, unique_address: Callable[[str], str]
) -> None:
    """Somebody deleted the new mailbox and made it again: nobody removed those mails, and the report must not say so."""
    source, destination = accounts
    fill(source, b"INBOX", ODD)
    fill(source, b"INBOX.Work", ODD[:3])
    copy(accounts, journal)
    shutil.rmtree(new_dovecot.base / "mail" / destination.user)
    time.sleep(1.1)  # a UIDVALIDITY of Dovecot is the second it was made in
    fill(destination, b"INBOX", [mail(800)])

    report = copy(accounts, journal)
    again = copy(accounts, journal)

    assert (report.verified, report.copied) == (True, len(ODD) + 3)
    assert (again.verified, again.copied, sum(one.removed for one in again.folders)) == (True, 0, 0)


def test_an_account_whose_mail_the_user_deleted_is_no_new_one(accounts: Accounts, journal: Path) -> None:
    """Not even when every other folder is gone: INBOX tells."""
    source, destination = accounts
    fill(source, b"INBOX", ODD[:3])
    fill(source, b"INBOX.Work", ODD[:3])
    copy(accounts, journal)
    with open_account(destination, "destination") as there:
        there.select(b"INBOX")
        there.store([1, 2, 3], "+", ["\\Deleted"])
        there._wire.call(b"EXPUNGE")
        there._wire.call(b"DELETE Work")

    report = copy(accounts, journal)

    assert (report.verified, report.copied) == (True, 0)
    assert sum(one.removed for one in report.folders) == 6


# ── logins ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
def test_any_password_opens_the_account_over_any_connection(
    old_dovecot: Dovecot, poor_dovecot: Dovecot, unique_address: Callable[[str], str], security: Any
) -> None:
    """Quotes, backslash, umlauts, braces: with AUTHENTICATE PLAIN and with LOGIN."""
    for server in (old_dovecot, poor_dovecot):
        user = new_user(server, unique_address("pw")).user
        port = server.tls_port if security == "tls" else server.port
        endpoint = Endpoint(host="localhost", port=port, security=security)
        with open_account(
            Login(endpoint=endpoint, user=user, password=Secret(PASSWORD)), "source"
        ) as account:
            assert account.select(b"INBOX").messages == 0


def test_a_wrong_password_is_tried_once_and_never_shown(
    accounts: Accounts, old_dovecot: Dovecot, journal: Path
) -> None:
    """A second try could lock the customer out."""
    with proxy(old_dovecot.port) as played:
        wrong = plain_login(played.port, accounts[0].user, "wr0ng-Secret")
        with pytest.raises(SourceLoginRefused) as raised:
            run_pass_in_child(wrong, accounts[1], journal, policy=None)

    assert "wr0ng" not in f"{raised.value} {raised.value.facts}"
    assert len([one for one in played.commands if b"AUTHENTICATE" in one or b"LOGIN" in one]) == 1


@pytest.mark.parametrize("user", ["a\r\nX1 LOGOUT", "a\0b", "a\nb"])
def test_a_user_name_never_ends_a_command(old_dovecot: Dovecot, user: str) -> None:
    """The name came by mail from a stranger."""
    with proxy(old_dovecot.port) as played, pytest.raises(SourceLoginRefused):
        open_account(plain_login(played.port, user), "source")

    assert not [one for one in played.commands if b"AUTHENTICATE" in one or b"LOGIN" in one]


def test_a_master_user_opens_the_new_account(
    new_dovecot: Dovecot, accounts: Accounts, journal: Path, old_dovecot: Dovecot
) -> None:
    """The host's way in without the customer's new password: account*master, and SASL PLAIN with authzid."""
    fill(accounts[0], b"INBOX", ODD[:1])
    endpoint = Endpoint(host="localhost", port=new_dovecot.tls_port)
    star = Login(endpoint=endpoint, user=f"{accounts[1].user}*ferry", password=Secret("m4ster-Secret"))
    authzid = Login(
        endpoint=endpoint, user="ferry", password=Secret("m4ster-Secret"), authorize_as=accounts[1].user
    )

    for master in (star, authzid):
        assert count(master, None, "destination").folders == 5


def test_starttls_that_the_server_does_not_offer_sends_no_password(
    old_dovecot: Dovecot, accounts: Accounts
) -> None:
    """An attacker in between would strip it."""
    with proxy(old_dovecot.port) as played:
        played.pass_on = lambda data: data.replace(b"STARTTLS", b"X-NOTHIN")
        endpoint = Endpoint(host="localhost", port=played.port, security="starttls")
        with pytest.raises(SourceTlsFailed):
            open_account(Login(endpoint=endpoint, user="a", password=Secret("b")), "source")

    assert not [one for one in played.commands if b"AUTHENTICATE" in one or b"LOGIN" in one]


def test_a_server_that_wants_oauth_is_said_so_and_no_password_is_sent(old_dovecot: Dovecot) -> None:
    """Microsoft 365: "wrong password" would send the customer looking for a mistake that is none."""
    with proxy(old_dovecot.port) as played:
        played.pass_on = lambda data: data.replace(b"AUTH=PLAIN", b"LOGINDISABLED AUTH=XOAUTH2")
        with pytest.raises(SourceTakesNoPasswords):
            open_account(plain_login(played.port, "anna@old.example"), "source")

    assert not [one for one in played.commands if b"AUTHENTICATE" in one or b"LOGIN" in one]


def test_what_was_said_before_tls_is_forgotten(old_dovecot: Dovecot, accounts: Accounts) -> None:
    """An attacker in between may speak until TLS begins; nothing of it counts afterwards (RFC 9051 section 6.2.1)."""

    def inject(data: bytes) -> bytes:
        if not data.startswith(b"M1 OK"):
            return data
        return b'* CAPABILITY IMAP4rev1 X-EVIL\r\n* LIST () "/" Evil\r\n' + data

    with proxy(old_dovecot.port) as played:
        played.pass_on = inject
        endpoint = Endpoint(host="localhost", port=played.port, security="starttls")
        secured = Login(endpoint=endpoint, user=accounts[0].user, password=Secret(PASSWORD))
        with open_account(secured, "source") as account:
            assert not account.has("X-EVIL")
            assert b"X-EVIL" not in account._client.capabilities()
            assert b"Evil" not in [listed.name for listed in account.folders()]
            assert not account._client._imap.untagged_responses.get("LIST")


def test_a_session_that_is_open_before_the_login_is_refused(old_dovecot: Dovecot) -> None:
    """PREAUTH: whose account is it? (RFC 9051 section 7.1.4)"""
    with proxy(old_dovecot.port) as played:
        played.pass_on = lambda data: data.replace(b"* OK [CAP", b"* PREAUTH [CAP", 1)
        with pytest.raises(SourceBroken):
            open_account(plain_login(played.port, "a"), "source")


def test_copying_an_account_to_itself_is_refused(accounts: Accounts, journal: Path) -> None:
    """The requester named our own server as the previous provider's."""
    with pytest.raises(SelfCopy):
        copy((accounts[0], accounts[0]), journal)


# ── the child ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_child_reports_what_the_pass_reports(accounts: Accounts, journal: Path) -> None:
    """Progress on the way, the same report at the end."""
    fill(accounts[0], b"INBOX", ODD)
    told: list[Progress] = []

    report = run_pass_in_child(*accounts, journal, policy=None, on_progress=told.append)

    assert report.copied == len(ODD)
    assert report.verified
    assert (told[-1].done, told[-1].total) == (len(ODD), len(ODD))
    assert count_in_child(accounts[1], None, "destination").messages == len(ODD)


def test_errors_of_a_child_are_the_pass_errors(
    accounts: Accounts, old_dovecot: Dovecot, journal: Path
) -> None:
    """By code and facts; the policy travels too, and does not apply to a server the operator named."""
    policy = AddressPolicy(ports=frozenset({old_dovecot.tls_port}))
    stranger = Login(endpoint=accounts[0].endpoint, user="a", password=Secret("b"))

    with pytest.raises(SourceAddressRefused):
        count_in_child(stranger, policy, "source")
    assert count_in_child(accounts[0], policy, "source").messages == 0


def test_a_stop_ends_the_child_between_two_batches(accounts: Accounts, journal: Path) -> None:
    """`mailferry pause`, or the end of the daemon: nothing half done."""
    fill(accounts[0], b"INBOX", ODD)

    with pytest.raises(Stopped):
        copy(accounts, journal, should_stop=lambda: True)
    with pytest.raises(Stopped):
        run_pass_in_child(*accounts, journal, policy=None, should_stop=lambda: True)
    assert copy(accounts, journal).verified


def test_a_silent_or_slow_child_is_ended(
    accounts: Accounts, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that says nothing must not hold a worker for ever."""
    monkeypatch.setattr(child, "SILENCE_SECONDS", 0.3)
    hung = subprocess.Popen(["sleep", "60"], stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    try:
        with pytest.raises(ChildFailed):
            list(child._lines(hung, None, None))
        with pytest.raises(ChildFailed):
            list(child._lines(hung, None, 0.1))
    finally:
        hung.kill()
        hung.communicate()


def test_two_processes_never_copy_the_same_account(accounts: Accounts, journal: Path) -> None:
    """The second one is told to wait."""
    with Journal(journal, "a", "b"), pytest.raises(JournalInUse):
        run_pass_in_child(*accounts, journal, policy=None)


def test_a_journal_of_other_accounts_is_refused(accounts: Accounts, journal: Path) -> None:
    """Its UIDs name other messages: mail would be taken for copied."""
    with Journal(journal, "a", "b"):
        pass

    with pytest.raises(JournalBroken):
        copy(accounts, journal)


def test_a_server_that_vanishes_is_unreachable(
    accounts: Accounts, old_dovecot: Dovecot, journal: Path
) -> None:
    """A cut in the middle of a literal leaves no part of a message behind."""
    fill(accounts[0], b"INBOX", [mail(1, body=b"x" * 500_000)])
    seen = count_up()
    with proxy(old_dovecot.port) as played:
        played.pass_on = lambda data: None if b"xxxx" in data and next(seen) > 0 else data
        gone = plain_login(played.port, accounts[0].user), accounts[1]
        with pytest.raises(SourceUnreachable):
            copy(gone, journal, patience=Patience(broken=()))

    assert snapshot(accounts[1]) == {}
    assert copy(accounts, journal).verified

"""What no other contract test says: of the forty cases in tests/test_forty.py, and of mistakes in tests/test_mutants.py."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import DestinationUnreachable
from bot.mail.account import open_account
from bot.mail.copy import run_pass
from bot.mail.patience import Patience
from bot.model import Login, PassOptions, PassReport
from demo.servers import Dovecot
from tests.imaptools import fill, hang_up, mail, new_user, plain_login, proxy, snapshot
from tests.scripted import parse_script, read_script, scripted

pytestmark = pytest.mark.server

Accounts = tuple[Login, Login]


@pytest.fixture
def accounts(old_dovecot: Dovecot, new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Accounts:
    address = unique_address("case")
    return new_user(old_dovecot, address), new_user(new_dovecot, address)


def copy(accounts: Accounts, folder: Path, options: PassOptions = PassOptions()) -> PassReport:  # noqa: B008
    return run_pass(*accounts, folder / "journal", policy=None, options=options)


def bodies(account: Login) -> Counter[bytes]:
    return Counter(body for folder in snapshot(account).values() for body, _, _ in folder.elements())


@pytest.mark.parametrize("lost_answer", [False, True])
def test_a_server_that_rewrites_headers_gets_each_message_once(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path, lost_answer: bool
) -> None:
    """Case 6: by its UID a copy stays known whatever became of its header. Without one it is copied, and named."""
    fill(accounts[0], b"INBOX", [mail(number) for number in range(5)])
    with proxy(new_dovecot.port) as played:
        played.rewrite = lambda command: command.replace(b"Message-ID: <", b"Message-ID:\t<")
        if lost_answer:
            played.pass_on = lambda data: data.replace(b"[APPENDUID", b"[X-NOTHING")
        pair = accounts[0], plain_login(played.port, accounts[1].user)
        report = copy(pair, tmp_path)
        copy(pair, tmp_path)

    assert bodies(accounts[1]).total() == 5
    assert not any(b"Message-ID: " in body for body in bodies(accounts[1]))
    assert report.verified != lost_answer


@pytest.mark.parametrize("restore", [False, True])
def test_a_folder_that_the_user_deleted_and_made_again_is_filled_only_on_request(
    accounts: Accounts, tmp_path: Path, restore: bool
) -> None:
    """Case 11: they tidied up, or it was a mistake. The report says what is gone; new mail comes in either case."""
    fill(accounts[0], b"INBOX.Work", [mail(number) for number in range(4)])
    copy(accounts, tmp_path)
    with open_account(accounts[1], "destination") as there:
        there.select(b"INBOX")
        there._wire.call(b"DELETE Work")
        there.create(b"Work")
    fill(accounts[0], b"INBOX.Work", [mail(9)])

    report = copy(accounts, tmp_path, PassOptions(restore=restore))

    (work,) = (folder for folder in report.folders if folder.destination == "Work")
    assert (work.copied, work.removed) == ((5, 0) if restore else (1, 4))
    assert copy(accounts, tmp_path).copied == 0
    assert bodies(accounts[1]).total() == work.copied


def test_a_message_above_the_limit_of_the_destination_is_named_and_the_rest_arrives(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path
) -> None:
    """Case 19: it is not even fetched; sender, subject, date and size tell the customer which one it is (RFC 7889)."""
    fill(accounts[0], b"INBOX", [mail(1), mail(2, body=b"x" * 9000), mail(3)])
    with proxy(new_dovecot.port) as played:
        played.pass_on = lambda data: data.replace(b" LITERAL+", b" LITERAL+ APPENDLIMIT=2500")
        report = copy((accounts[0], plain_login(played.port, accounts[1].user)), tmp_path)

    (named,) = report.skipped
    assert (named.uid, named.code, named.subject) == (2, "too-big", "number 2")
    assert named.sender == "Anna <anna@old.example>"
    assert named.date.startswith("31-Jan-2003 21:05:06")
    assert named.size_bytes > 9000
    assert report.verified
    assert bodies(accounts[1]).total() == 2


# ── what a mistake in the engine would do ─────────────────────────────────────────────────────────────────────────


def test_changes_since_another_generation_say_nothing(accounts: Accounts, tmp_path: Path) -> None:
    """The folder was made anew and its MODSEQ began again: what did not change since is not what we know by these UIDs."""
    flags = [["\\Seen"], ["\\Flagged"], ["\\Answered"], ["work"], []]
    fill(accounts[0], b"INBOX.Work", [mail(number, flags=one) for number, one in enumerate(flags)])
    with open_account(accounts[0], "destination") as here:
        here.select(b"INBOX.Work")
        for sign in "+-" * 30:
            here.store([1], sign, ["later"])
    copy(accounts, tmp_path)
    with open_account(accounts[0], "destination") as here:
        here.select(b"INBOX")
        here._wire.call(b"RENAME INBOX.Work INBOX.Old")
        here.create(b"INBOX.Work")
        new = mail(777, flags=["\\Draft"])
        here.append(b"INBOX.Work", bytes(new.body), new.flags)  # type: ignore[arg-type]
        here.select(b"INBOX.Old")
        here._wire.call(b"UID COPY 1:4 INBOX.Work")
        here.select(b"INBOX")
        here._wire.call(b"DELETE INBOX.Old")

    copy(accounts, tmp_path)

    here_now = {body: kept for body, kept, _ in snapshot(accounts[0])["INBOX.Work"]}
    there = {body: kept for body, kept, _ in snapshot(accounts[1])["Work"]}
    assert {body: there[body] for body in here_now} == here_now


def test_mail_of_the_same_size_is_not_taken_for_ours(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path
) -> None:
    """The line broke before the server stored anything, and just then other mail of that very size came in."""
    fill(accounts[0], b"INBOX", [mail(1), mail(2)])
    with proxy(new_dovecot.port) as played:
        played.answer = lambda command: hang_up(command) if b" APPEND " in command[:20] else None
        pair = accounts[0], plain_login(played.port, accounts[1].user)
        with pytest.raises(DestinationUnreachable):
            run_pass(*pair, tmp_path / "journal", policy=None, patience=Patience(broken=()))
    own = mail(3)
    fill(accounts[1], b"INBOX", [own])

    report = copy(accounts, tmp_path)

    assert report.copied == 2
    assert bodies(accounts[1]) == bodies(accounts[0]) + Counter([bytes(own.body)])  # type: ignore[arg-type]


def test_a_late_twin_is_not_taken_for_the_copy_of_the_first_one(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path
) -> None:
    """A copy has one original: what was confirmed for one twin is not found again for the other."""
    fill(accounts[0], b"INBOX", [mail(1)])
    copy(accounts, tmp_path)
    fill(accounts[0], b"INBOX", [mail(1)])
    with proxy(new_dovecot.port) as played:
        played.answer = lambda command: hang_up(command) if b" APPEND " in command[:20] else None
        pair = accounts[0], plain_login(played.port, accounts[1].user)
        with pytest.raises(DestinationUnreachable):
            run_pass(*pair, tmp_path / "journal", policy=None, patience=Patience(broken=()))
    renew_uids(accounts[1])

    copy(accounts, tmp_path)

    assert bodies(accounts[1]) == bodies(accounts[0])


def renew_uids(account: Login) -> None:
    """Give INBOX a new UIDVALIDITY, as a restore does."""
    with open_account(account, "destination") as there:
        there.create(b"Aside")
        there.select(b"INBOX")
        there._wire.call(b"UID COPY 1:* Aside")
        there._wire.call(b"RENAME INBOX Before")
        there.select(b"Aside")
        there._wire.call(b"UID COPY 1:* INBOX")
        there.select(b"INBOX")
        there._wire.call(b"DELETE Aside")
        there._wire.call(b"DELETE Before")


ONE_ANSWER_TO_ALL = """
C: UID FETCH .*BODY\\.PEEK\\[\\]
S: * 1 FETCH (UID 1 INTERNALDATE "01-Feb-2003 04:05:06 +0700" BODY[] «Subject: one\\r\\n\\r\\n.\\r\\n»)
S: {tag} OK
"""
NO_ANSWER_AT_ALL = "C: UID\nS: {tag} OK"


@pytest.mark.parametrize(("said", "present"), [(ONE_ANSWER_TO_ALL, 1), (NO_ANSWER_AT_ALL, 0)])
def test_what_a_source_lists_or_counts_and_does_not_send_is_missing(
    new_dovecot: Dovecot, unique_address: Callable[[str], str], tmp_path: Path, said: str, present: int
) -> None:
    """One message sent three times under another's number is one message; and none is not all of them."""
    destination = new_user(new_dovecot, unique_address("liar"))
    with scripted(parse_script("liar", said).over(read_script("base"))) as played:
        report = copy((plain_login(played.port, destination.user), destination), tmp_path)

    assert (report.messages, report.present, report.copied) == (3, present, present)
    assert report.verified == bool(present)  # the two others are named one by one
    assert bodies(destination).total() == present

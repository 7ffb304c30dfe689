"""What no other contract test says of the forty cases in tests/test_forty.py."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.mail.account import open_account
from bot.mail.copy import run_pass
from bot.model import Login, PassOptions, PassReport
from demo.servers import Dovecot
from tests.imaptools import fill, mail, new_user, plain_login, proxy, snapshot

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

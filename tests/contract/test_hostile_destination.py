"""A destination that lies about what it stored: a real Dovecot behind a proxy that answers, or changes answers.

What was not stored is never reported as there, and once the server is honest again everything is there once.
"""

import re
from collections import Counter
from collections.abc import Callable
from itertools import count as count_up
from pathlib import Path

import pytest

from bot.errors import ChildFailed
from bot.mail.account import open_account
from bot.mail.child import run_pass_in_child
from bot.mail.copy import run_pass
from bot.mail.patience import Patience
from bot.model import Login, PassReport
from demo.servers import Dovecot
from tests.imaptools import Proxy, fill, mail, new_user, plain_login, proxy, snapshot

pytestmark = pytest.mark.server

SOON = Patience(broken=(0.01,) * 5, throttled=(0.01,), login=(0.01,), unsure=0.0)
OWN = [mail(number) for number in range(900, 906)]
MAILS = [*(mail(number % 4) for number in range(6)), mail(50, flags=["\\Flagged"])]
Accounts = tuple[Login, Login]


@pytest.fixture
def accounts(old_dovecot: Dovecot, new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Accounts:
    """Seven messages with twins among them; the destination holds some of the user's own."""
    address = unique_address("liar")
    source, destination = new_user(old_dovecot, address), new_user(new_dovecot, address)
    fill(source, b"INBOX", MAILS)
    fill(destination, b"INBOX", OWN)
    return source, destination


def bodies(account: Login) -> Counter[bytes]:
    return Counter(body for folder in snapshot(account).values() for body, _, _ in folder.elements())


def everything(accounts: Accounts) -> Counter[bytes]:
    return bodies(accounts[0]) + Counter(bytes(one.body) for one in OWN)  # type: ignore[arg-type]


def lied_to(accounts: Accounts, played: Proxy, journal: Path) -> PassReport:
    pair = accounts[0], plain_login(played.port, accounts[1].user)
    return run_pass(*pair, journal, policy=None, patience=SOON)


def settled(accounts: Accounts, journal: Path) -> PassReport:
    """Return the report of a second pass towards the honest server."""
    run_pass(*accounts, journal, policy=None)
    again = run_pass(*accounts, journal, policy=None)
    assert again.copied == 0
    return again


def is_append(command: bytes) -> bool:
    return command.split(b" ", 2)[1] == b"APPEND"


@pytest.mark.parametrize("code", [b"", b"[APPENDUID 1 1:7] "])
def test_ok_without_storing_is_not_believed(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path, code: bytes
) -> None:
    """An OK is no proof: the copies are not in the folder, so the report does not count them."""
    with proxy(new_dovecot.port) as played:
        played.answer = lambda command: (
            command.split(b" ")[0] + b" OK " + code + b"done\r\n" if is_append(command) else None
        )
        report = lied_to(accounts, played, tmp_path / "journal")

    assert not report.verified
    assert bodies(accounts[1]).total() == len(OWN)
    if not code:
        assert settled(accounts, tmp_path / "journal").verified
        assert bodies(accounts[1]) == everything(accounts)


def test_uids_that_are_nobodys_stay_missing_until_a_person_has_looked(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path
) -> None:
    """Confirmed, never seen: copying again could double what a server only shows late, so every report says so."""
    with proxy(new_dovecot.port) as played:
        played.answer = lambda command: (
            command.split(b" ")[0] + b" OK [APPENDUID 1 91:97] done\r\n" if is_append(command) else None
        )
        lied_to(accounts, played, tmp_path / "journal")

    again = settled(accounts, tmp_path / "journal")

    assert (again.present, again.verified) == (0, False)


@pytest.mark.parametrize("told", [b"1", b"1:500", b"4294967295", b"0:7", b"1,1,1,1,1,1,1", b"x", b""])
def test_a_wrong_number_of_uids_is_looked_up(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path, told: bytes
) -> None:
    """The copies are there under UIDs nobody told: they are found by their bytes, twins one by one."""
    with proxy(new_dovecot.port) as played:
        played.pass_on = lambda data: re.sub(rb"(APPENDUID \d+) [\d:,]+", rb"\1 " + told, data)
        report = lied_to(accounts, played, tmp_path / "journal")

    assert bodies(accounts[1]) == everything(accounts)
    if told != b"1,1,1,1,1,1,1":
        assert report.verified
    assert settled(accounts, tmp_path / "journal").verified
    assert bodies(accounts[1]) == everything(accounts)


def test_uids_of_other_messages_lose_nothing(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path
) -> None:
    """It says that our copies are the user's own messages: all stay, and nothing comes twice."""
    with proxy(new_dovecot.port) as played:
        played.pass_on = lambda data: re.sub(rb"(APPENDUID \d+) [\d:,]+", rb"\1 1:6,8", data)
        lied_to(accounts, played, tmp_path / "journal")
    settled(accounts, tmp_path / "journal")

    assert bodies(accounts[1]) == everything(accounts)


def test_ok_for_a_batch_of_which_half_is_stored_is_noticed(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path
) -> None:
    """MULTIAPPEND is all or nothing (RFC 3502 section 3), says the RFC."""

    def halve(data: bytes) -> bytes:
        if b"APPENDUID" in data:
            with open_account(accounts[1], "destination") as there:
                there.select(b"INBOX")
                there.store(range(len(OWN) + 4, 1000), "+", ["\\Deleted"])
                there._wire.call(b"EXPUNGE")
        return data

    with proxy(new_dovecot.port) as played:
        played.pass_on = halve
        report = lied_to(accounts, played, tmp_path / "journal")

    assert not report.verified
    assert report.present == 3
    assert not settled(accounts, tmp_path / "journal").verified


def test_no_after_every_message_names_every_message(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path
) -> None:
    """And what the server says is not told; when it takes them later, they are there once."""
    with proxy(new_dovecot.port) as played:
        played.answer = lambda command: (
            command.split(b" ")[0] + b" NO [CANNOT] i know your secret words\r\n"
            if is_append(command)
            else None
        )
        report = lied_to(accounts, played, tmp_path / "journal")

    assert len(report.skipped) == len(MAILS)
    assert {one.code for one in report.skipped} == {"rejected-cannot"}
    assert "secret words" not in str(report)
    assert settled(accounts, tmp_path / "journal").verified
    assert bodies(accounts[1]) == everything(accounts)


def test_continuations_for_ever_end_by_the_clock(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path
) -> None:
    """The row is put off; nothing was stored, and nothing is missing afterwards."""
    with proxy(new_dovecot.port) as played:
        played.answer = lambda command: b"+ more\r\n" * 100_000 if is_append(command) else None
        pair = accounts[0], plain_login(played.port, accounts[1].user)
        with pytest.raises(ChildFailed):
            run_pass_in_child(*pair, tmp_path / "journal", policy=None, timeout=2, patience=SOON)

    assert settled(accounts, tmp_path / "journal").verified
    assert bodies(accounts[1]) == everything(accounts)


def test_a_goodbye_after_each_batch_is_only_slow(
    accounts: Accounts, new_dovecot: Dovecot, tmp_path: Path
) -> None:
    """Each connection brings one folder further."""
    for number in range(3):
        fill(accounts[0], b"INBOX.F%d" % number, MAILS[:2])
    ended = count_up()

    def say_goodbye(data: bytes) -> bytes | None:
        if b"APPENDUID" not in data:
            return data
        return data + b"* BYE enough\r\n" if next(ended) < 3 else data

    with proxy(new_dovecot.port) as played:
        played.pass_on = say_goodbye
        report = lied_to(accounts, played, tmp_path / "journal")

    assert report.verified
    assert settled(accounts, tmp_path / "journal").verified
    assert bodies(accounts[1]) == everything(accounts)

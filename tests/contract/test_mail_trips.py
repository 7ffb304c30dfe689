"""How little a pass asks of servers that tell much, what it does with those that tell little, and how many lanes it has."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bot.errors import BotError
from bot.mail.account import open_account
from bot.mail.copy import run_pass
from bot.model import Login, PassOptions, PassReport
from demo.servers import Authority, Dovecot
from tests.imaptools import Proxy, fill, mail, new_user, plain_login, proxy, snapshot

pytestmark = pytest.mark.server

Accounts = tuple[Login, Login]
T = TypeVar("T")


@pytest.fixture
def accounts(old_dovecot: Dovecot, new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Accounts:
    address = unique_address("trips")
    return new_user(old_dovecot, address), new_user(new_dovecot, address)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def copy(accounts: Accounts, journal: Path, connections: int = 4) -> PassReport:
    return run_pass(*accounts, journal, policy=None, options=PassOptions(connections=connections))


def through(here: Proxy, there: Proxy, accounts: Accounts) -> Accounts:
    return plain_login(here.port, accounts[0].user), plain_login(there.port, accounts[1].user)


def verbs(played: Proxy) -> list[bytes]:
    return [re.sub(rb"^\S+ ((?:UID )?[A-Z]+).*", rb"\1", one, flags=re.DOTALL) for one in played.commands]


def store(account: Login, folder: bytes, uids: list[int], *flags: str) -> None:
    """As a mail program does that knows nothing of MODSEQ."""
    with open_account(account, "destination") as there:
        there.select(folder)
        there.store(uids, "+", flags)


def expunge(account: Login, folder: bytes, uid: int) -> None:
    store(account, folder, [uid], "\\Deleted")
    with open_account(account, "destination") as there:
        there.select(folder)
        there._wire.call(b"UID EXPUNGE %d" % uid)


def test_a_pass_with_nothing_to_do_logs_in_lists_and_leaves(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path
) -> None:
    """At 40 ms a round trip, opening twelve folders on both sides would take seconds. The report says the same as before."""
    fill(accounts[0], b"INBOX", [mail(number) for number in range(5)])
    fill(accounts[0], b"INBOX.Work", [mail(7)])
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        first = copy(through(here, there, accounts), journal)
        here.commands.clear()
        there.commands.clear()
        second = copy(through(here, there, accounts), journal)

        assert verbs(here) == [b"AUTHENTICATE", b"LIST", b"NAMESPACE", b"ID", b"LOGOUT"]
        assert verbs(there) == [b"AUTHENTICATE", b"LIST", b"NAMESPACE", b"LOGOUT"]
    assert (first.copied, second.copied) == (6, 0)
    assert second.verified
    assert (second.messages, second.present, second.size_bytes) == (6, 6, first.size_bytes)
    assert [one.source for one in second.folders] == [one.source for one in first.folders]


def test_a_changed_folder_is_asked_only_for_its_changes(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path
) -> None:
    """Dovecot sends the changed rows before the end of the search that was sent before: once they were dropped."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(number) for number in range(20)])
    fill(source, b"INBOX.Work", [mail(7)])
    copy(accounts, journal)
    store(source, b"INBOX", [1, 2, 3], "\\Flagged", "work")
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        report = copy(through(here, there, accounts), journal)

    assert [one for one in here.commands if b"FETCH" in one and b"CHANGEDSINCE" not in one] == []
    assert len([one for one in here.commands if b"EXAMINE" in one]) == 1
    assert sum(one.flags_changed for one in report.folders) == 3
    assert snapshot(destination)["INBOX"] == snapshot(source)["INBOX"]


def test_what_is_gone_at_the_destination_is_noticed_and_flags_there_are_not(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path
) -> None:
    """A user who reads mail there costs nothing; one who deletes it is in the report."""
    fill(accounts[0], b"INBOX", [mail(number) for number in range(5)])
    copy(accounts, journal)
    store(accounts[1], b"INBOX", [1], "\\Seen")
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        copy(through(here, there, accounts), journal)
    expunge(accounts[1], b"INBOX", 2)
    report = copy(accounts, journal)

    assert b"SELECT" not in verbs(there)
    assert report.verified
    assert sum(one.removed for one in report.folders) == 1
    assert report.copied == 0


@pytest.mark.parametrize("lacking", [b"LIST-STATUS", b"CONDSTORE", b"UIDNEXT", b"ESEARCH", b"LIST-EXTENDED"])
def test_every_change_arrives_from_servers_that_tell_less(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path, lacking: bytes
) -> None:
    """STATUS for each folder; flags of all messages; a look into every folder: each rung finds the same."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(number) for number in range(20)])
    fill(source, b"INBOX.Work", [mail(7)])
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        for played in (here, there):
            played.pass_on = lambda data: data.replace(lacking, b"X" * len(lacking))
        pair = through(here, there, accounts)
        copy(pair, journal)
        assert copy(pair, journal).copied == 0
        store(source, b"INBOX", [1, 2], "\\Flagged")
        fill(source, b"INBOX", [mail(99)])
        expunge(source, b"INBOX", 20)
        third = copy(pair, journal)
        here.commands.clear()
        fourth = copy(pair, journal)

    looked = [one for one in here.commands if b"EXAMINE" in one]
    assert (third.copied, third.verified, third.messages) == (1, True, 21)
    assert (fourth.copied, fourth.verified, fourth.messages) == (0, True, 21)
    assert bool(looked) == (lacking in {b"CONDSTORE", b"UIDNEXT"})
    assert snapshot(destination)["INBOX"] >= snapshot(source)["INBOX"]
    assert snapshot(destination)["INBOX"].total() == 21


def many(source: Login) -> None:
    """A folder that takes a while, and eleven small ones."""
    fill(source, b"INBOX", [mail(number, body=b"x" * 40_000) for number in range(150)])
    for number in range(11):
        fill(source, b"INBOX.f%d" % number, [mail(number), mail(number)])


def check(report: PassReport, accounts: Accounts) -> None:
    assert report.verified
    assert report.copied == report.messages == 172
    assert {name.removeprefix("INBOX."): found for name, found in snapshot(accounts[0]).items()} == snapshot(
        accounts[1]
    )


def when_free(work: Callable[[], T]) -> T:
    """Do it as soon as the server has noticed that the connection before is gone: a little after it said goodbye."""
    for _ in range(50):
        try:
            return work()
        except BotError:
            time.sleep(0.1)
    return work()


def test_servers_that_allow_one_connection_get_one(
    base: Path, authority: Authority, unique_address: Callable[[str], str], journal: Path
) -> None:
    """mail_max_userip_connections = 1: what the first one may do is done."""
    with Dovecot(base / "narrow", authority, separator=".", prefix="INBOX.", max_connections=1) as narrow:
        pair = new_user(narrow, unique_address("one")), new_user(narrow, unique_address("one"))
        messages = [mail(number) for number in range(20)]
        when_free(lambda: fill(pair[0], b"INBOX", messages))
        when_free(lambda: fill(pair[0], b"INBOX.Work", messages))

        report = when_free(lambda: copy(pair, journal))

        assert (report.copied, report.verified) == (40, True)
        assert when_free(lambda: snapshot(pair[0])) == when_free(lambda: snapshot(pair[1]))


@pytest.mark.parametrize("said", [b"NO [LIMIT] x", b"NO [UNAVAILABLE] x", b"NO too many connections", b"BYE"])
@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_refused_further_login_costs_only_time(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path, said: bytes, side: str
) -> None:
    """Whatever the words: the password was right a moment ago."""
    many(accounts[0])
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        played = here if side == "source" else there
        played.answer = later_logins(said)
        report = copy(through(here, there, accounts), journal)

    check(report, accounts)


def later_logins(said: bytes) -> Callable[[bytes], bytes | None]:
    logins: list[bytes] = []

    def answer(command: bytes) -> bytes | None:
        if b"AUTHENTICATE" not in command:
            return None
        logins.append(command)
        if len(logins) == 1:
            return None
        return b"* BYE x\r\n" if said == b"BYE" else command.split()[0] + b" " + said + b"\r\n"

    return answer


@pytest.mark.parametrize("verb", [b"EXAMINE", b"SELECT", b"APPEND"])
@pytest.mark.parametrize("said", [b"* BYE x\r\n", b"NO [UNAVAILABLE] x\r\n"])
def test_a_further_connection_that_breaks_leaves_its_folders_to_the_others(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path, verb: bytes, said: bytes
) -> None:
    """At whatever command. The small folders are taken up by the further connections: the first one is busy."""
    many(accounts[0])
    hits: list[bytes] = []

    def answer(command: bytes) -> bytes | None:
        tag, _, rest = command.partition(b" ")
        if hits or not re.match(verb + rb' "(INBOX\.)?f\d', rest):
            return None
        hits.append(command)
        return said if said.startswith(b"*") else tag + b" " + said

    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        (here if verb == b"EXAMINE" else there).answer = answer
        report = copy(through(here, there, accounts), journal)

    assert hits
    check(report, accounts)
    assert copy(accounts, journal).copied == 0

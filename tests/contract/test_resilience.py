"""Connections that break, servers that ask us to wait, messages that break every connection: the pass goes on by itself."""

import contextlib
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import (
    BotError,
    DestinationBroken,
    DestinationThrottled,
    DestinationUnreachable,
    SourceBroken,
    SourceLoginRefused,
    SourceThrottled,
    SourceUnreachable,
    Stopped,
)
from bot.mail import plan
from bot.mail.account import Account, open_account
from bot.mail.child import run_pass_in_child
from bot.mail.copy import run_pass
from bot.mail.patience import Patience
from bot.mail.wire import Parcel
from bot.model import Login, PassOptions, PassReport, Progress
from demo.servers import Authority, Dovecot
from tests.imaptools import (
    Beginning,
    Last,
    Proxy,
    fill,
    hang_up,
    mail,
    new_user,
    plain_login,
    proxy,
    snapshot,
)

pytestmark = pytest.mark.server

Accounts = tuple[Login, Login]
Answer = Callable[[bytes], bytes | None]
SOON = Patience(broken=(0.01,) * 5, throttled=(0.01,) * 5, login=(0.01,), unsure=0.0)
POISON = Parcel(
    (), b"05-May-2005 05:05:05 +0500", b"From: Eve <eve@x>\r\nSubject: poison\r\nX-Poison: 1\r\n\r\n.\r\n"
)


@pytest.fixture
def accounts(old_dovecot: Dovecot, new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Accounts:
    address = unique_address("strong")
    return new_user(old_dovecot, address), new_user(new_dovecot, address)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journals" / "journal"


def copy(accounts: Accounts, journal: Path, *, connections: int = 1, **more: Any) -> PassReport:
    options = more.pop("options", PassOptions(connections=connections))
    return run_pass(*accounts, journal, policy=None, options=options, **({"patience": SOON} | more))


def through(here: Proxy, there: Proxy, accounts: Accounts) -> Accounts:
    return plain_login(here.port, accounts[0].user), plain_login(there.port, accounts[1].user)


def bodies(account: Login) -> Counter[bytes]:
    return Counter(body for folder in snapshot(account).values() for body, _, _ in folder.elements())


def times(number: int, verb: bytes, said: bytes | Answer, at: int = 1) -> Answer:
    """Answer that command so, the `at`-th time it comes and that many times in all."""
    seen: list[bytes] = []

    def answer(command: bytes) -> bytes | None:
        tag, _, rest = command.partition(b" ")
        if not rest.startswith(verb):
            return None
        seen.append(tag)
        if not at <= len(seen) < at + number:
            return None
        return said(command) if callable(said) else said if said.startswith(b"*") else tag + b" " + said

    return answer


def logins(played: Proxy) -> int:
    return sum(b"AUTHENTICATE" in command for command in played.commands)


class CutBytes:
    """Cuts the connection whenever the server has sent so many bytes more."""

    def __init__(self, *after: int) -> None:
        self.left = list(after)
        self.sent = 0

    def __call__(self, data: bytes) -> bytes | None:
        if not self.left:
            return data
        self.sent += len(data)
        if self.sent < self.left[0]:
            return data
        keep = len(data) - (self.sent - self.left[0])
        self.sent = 0
        self.left.pop(0)
        return Last(data[:keep])


# ── connections that break ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("connections", [1, 4])
def test_a_source_cut_in_the_middle_of_literals_is_taken_up_again(
    accounts: Accounts,
    old_dovecot: Dovecot,
    new_dovecot: Dovecot,
    journal: Path,
    connections: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While batches are under way: one pass, every message once, and progress that only grows."""
    monkeypatch.setattr(plan.cut_batches, "__kwdefaults__", {"batch_bytes": 100_000, "batch_messages": 3})
    source, destination = accounts
    fill(source, b"INBOX", [mail(number % 50, body=b"%d" % number * 4_000) for number in range(100)])
    for number in range(4):
        fill(source, b"INBOX.f%d" % number, [mail(number), mail(number)])
    told: list[Progress] = []
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        here.pass_on = CutBytes(50_000, 222_222, 1_000, 99_999, 150_001)
        pair = through(here, there, accounts)
        report = copy(pair, journal, connections=connections, on_progress=told.append)

    assert report.verified
    assert report.copied == report.messages == 108
    assert report.reconnects >= 3
    assert bodies(destination) == bodies(source)
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert (told[-1].done, told[-1].total) == (108, 108)
    assert copy(accounts, journal).copied == 0


def test_a_line_that_never_lasts_for_a_batch_still_brings_the_mailbox(
    accounts: Accounts, old_dovecot: Dovecot, journal: Path
) -> None:
    """What came before a cut is delivered, so every connection gets on, and no message is blamed for the line."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(number, body=b"%d" % number * 800) for number in range(150)])
    with proxy(old_dovecot.port) as here:
        here.pass_on = CutBytes(*[25_000] * 99)
        report = copy((plain_login(here.port, source.user), destination), journal)

    assert (report.verified, report.copied, report.skipped) == (True, 150, ())
    assert report.reconnects > 8
    assert bodies(destination) == bodies(source)


def test_an_append_whose_answer_is_lost_is_found_and_counted(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path
) -> None:
    """The server has it, we were not told: the same pass looks before it sends anything again."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(number % 5) for number in range(30)])
    cuts = [1, 1]
    with proxy(new_dovecot.port) as there:
        there.pass_on = lambda data: None if b"APPENDUID" in data and cuts and cuts.pop() else data
        pair = source, plain_login(there.port, destination.user)
        report = copy(pair, journal, patience=Patience(broken=(0.01,) * 5, unsure=0.4))

    assert (report.verified, report.copied, report.messages) == (True, 30, 30)
    assert report.copied_bytes == report.size_bytes
    assert bodies(destination) == bodies(source)


SEEDS = [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 40))]


@pytest.mark.parametrize("seed", SEEDS)
def test_cuts_at_any_byte_in_any_direction_lose_nothing_and_double_nothing(
    accounts: Accounts,
    old_dovecot: Dovecot,
    new_dovecot: Dovecot,
    journal: Path,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the middle of a literal, of an APPEND, of an answer, of a login; both servers at once, several lanes."""
    monkeypatch.setattr(plan.cut_batches, "__kwdefaults__", {"batch_bytes": 60_000, "batch_messages": 5})
    chance = random.Random(seed)
    source, destination = accounts
    fill(source, b"INBOX", [mail(n % 20, body=b"%d" % n * chance.randint(1, 5_000)) for n in range(80)])
    for number in range(4):
        fill(source, b"INBOX.f%d" % number, [mail(number), mail(number), mail(number + 1)])
    before = bodies(source)

    def cut_commands(each: int) -> Answer:
        def answer(command: bytes) -> bytes | None:
            if chance.randrange(each) or not cuts:
                return None
            cuts.pop()
            return Beginning(command[: chance.randrange(len(command))])

        return answer

    cuts = [1] * 4
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        here.answer, there.answer = cut_commands(9), cut_commands(9)
        here.pass_on = CutBytes(*(chance.randint(3_000, 300_000) for _ in range(4)))
        there.pass_on = CutBytes(*(chance.randint(2_000, 8_000) for _ in range(3)))
        patience = Patience(broken=(0.01,) * 20, unsure=0.3)
        for _ in range(9):  # a cut before both were open ends a pass
            with contextlib.suppress(
                SourceUnreachable, DestinationUnreachable, SourceBroken, DestinationBroken
            ):
                report = copy(
                    through(here, there, accounts),
                    journal,
                    connections=chance.choice([1, 4]),
                    patience=patience,
                )
                break

    assert (report.verified, report.skipped, report.messages) == (True, (), 92)
    assert bodies(destination) == before == bodies(source)
    assert copy(accounts, journal).copied == 0


@pytest.mark.parametrize(
    "verb", [b"LIST", b"STATUS", b"SELECT", b"EXAMINE", b"UID FETCH", b"APPEND", b"UID SEARCH"]
)
def test_one_break_at_any_command_costs_only_a_new_connection(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path, verb: bytes
) -> None:
    """On either side; but a server that breaks before it ever told its folders is tried by the next pass."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(number) for number in range(10)])
    fill(source, b"INBOX.Work", [mail(7)])
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        here.answer, there.answer = times(1, verb, hang_up), times(1, verb, hang_up)
        pair = through(here, there, accounts)
        report = copy(pair, journal)

    assert (report.verified, report.copied) == (True, 11)
    assert report.reconnects >= 1
    assert bodies(destination) == bodies(source)


@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_server_that_is_gone_for_good_ends_the_pass_soon(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path, side: str
) -> None:
    """BYE at every further login, the first one cut: unreachable, with so many tries as the table has; the rest later."""
    fill(accounts[0], b"INBOX", [mail(number) for number in range(10)])
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        played = here if side == "source" else there
        gone = times(99, b"AUTHENTICATE", b"* BYE\r\n", at=2)
        broken = times(1, b"EXAMINE" if side == "source" else b"SELECT", hang_up)
        played.answer = lambda command: broken(command) or gone(command)
        with pytest.raises(SourceUnreachable if side == "source" else DestinationUnreachable) as ended:
            copy(through(here, there, accounts), journal)

        assert logins(played) == 1 + len(SOON.broken)
    assert ended.value.facts["copied"] == 0
    assert copy(accounts, journal).verified


def test_a_password_that_never_worked_is_tried_once(
    accounts: Accounts, old_dovecot: Dovecot, journal: Path
) -> None:
    """Old providers lock out whoever tries more."""
    with proxy(old_dovecot.port) as here:
        wrong = plain_login(here.port, accounts[0].user, "wrong")
        with pytest.raises(SourceLoginRefused):
            copy((wrong, accounts[1]), journal, connections=4)
        assert logins(here) == 1


def test_a_password_that_worked_is_tried_twice_more(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path
) -> None:
    """It was right a moment ago: a server with too many sessions may say so in these words. Or it was changed."""
    fill(accounts[0], b"INBOX", [mail(1)])
    refused = times(99, b"AUTHENTICATE", b"NO [AUTHENTICATIONFAILED] no\r\n", at=2)
    broken = times(1, b"EXAMINE", hang_up)
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        here.answer = lambda command: broken(command) or refused(command)
        with pytest.raises(SourceLoginRefused):
            copy(through(here, there, accounts), journal)
        assert logins(here) == 3


# ── servers that ask us to wait ───────────────────────────────────────────────────────────────────────────────────

BACKOFF = b"NO Request is throttled. Suggested Backoff Time: 300 milliseconds\r\n"


@pytest.mark.parametrize(
    ("side", "verb", "said"),
    [
        ("source", b"EXAMINE", BACKOFF),
        ("source", b"UID FETCH", BACKOFF),
        ("destination", b"SELECT", BACKOFF),
        ("destination", b"CREATE", BACKOFF),
        ("destination", b"APPEND", BACKOFF),
        ("source", b"UID FETCH", b"* BYE Suggested Backoff Time: 300 milliseconds\r\n"),
        ("source", b"AUTHENTICATE", BACKOFF),
        ("destination", b"AUTHENTICATE", BACKOFF),
    ],
)
def test_a_server_is_waited_for_as_long_as_it_asks(
    accounts: Accounts,
    old_dovecot: Dovecot,
    new_dovecot: Dovecot,
    journal: Path,
    side: str,
    verb: bytes,
    said: bytes,
) -> None:
    """Exchange says how long. It is a state that people see, no failure, and nothing is left out for it."""
    source, destination = accounts
    fill(source, b"INBOX.Work", [mail(number % 5) for number in range(10)])
    told: list[Progress] = []
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        (here if side == "source" else there).answer = times(1, verb, said)
        report = copy(through(here, there, accounts), journal, on_progress=told.append)

    assert (report.verified, report.copied, report.skipped, report.folders_skipped) == (True, 10, (), ())
    assert [one.destination for one in report.folders if one.messages] == ["Work"]
    assert 0.3 <= report.waited_seconds < 5
    waiting = [one.waiting_until for one in told if one.waiting_until]
    assert waiting
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", waiting[0])
    assert not told[-1].waiting_until
    assert bodies(destination) == bodies(source)


@pytest.mark.parametrize(
    ("side", "verb", "said", "seconds"),
    [
        ("source", b"UID FETCH", b"NO [OVERQUOTA] Account exceeded bandwidth limits. (Failure)\r\n", 3600),
        ("source", b"EXAMINE", b"NO Suggested Backoff Time: 900000 milliseconds\r\n", 900),
        ("destination", b"APPEND", b"NO Suggested Backoff Time: 900000 milliseconds\r\n", 900),
    ],
)
def test_a_long_wait_ends_the_pass_and_says_when_to_come_back(
    accounts: Accounts,
    old_dovecot: Dovecot,
    new_dovecot: Dovecot,
    journal: Path,
    side: str,
    verb: bytes,
    said: bytes,
    seconds: int,
) -> None:
    """Gmail's day limit, for one: a pass holds no worker for hours."""
    fill(accounts[0], b"INBOX", [mail(1), mail(2)])
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        (here if side == "source" else there).answer = times(99, verb, said)
        with pytest.raises(SourceThrottled if side == "source" else DestinationThrottled) as ended:
            copy(through(here, there, accounts), journal)

    assert ended.value.facts["wait_seconds"] == seconds
    assert "Failure" not in str(ended.value.facts)
    assert copy(accounts, journal).copied == 2


def test_a_process_of_its_own_tells_its_waits_and_when_to_come_back(
    accounts: Accounts, old_dovecot: Dovecot, journal: Path
) -> None:
    """What the job layer hears: until when it waits, then an error with numbers it can count on."""
    fill(accounts[0], b"INBOX", [mail(1)])
    told: list[Progress] = []
    short = times(1, b"EXAMINE", BACKOFF)
    long = times(99, b"EXAMINE", b"NO Suggested Backoff Time: 900000 milliseconds\r\n")
    with proxy(old_dovecot.port) as here:
        here.answer = lambda command: short(command) or long(command)
        pair = plain_login(here.port, accounts[0].user), accounts[1]
        with pytest.raises(SourceThrottled) as ended:
            run_pass_in_child(
                *pair, journal, policy=None, options=PassOptions(connections=1), on_progress=told.append
            )

    assert (ended.value.facts["wait_seconds"], ended.value.facts["copied"]) == (900, 0)
    assert any(one.waiting_until for one in told)


def test_a_stop_ends_a_wait_at_once(accounts: Accounts, old_dovecot: Dovecot, journal: Path) -> None:
    """`mailferry pause` while a server has us wait for minutes."""
    began = time.monotonic()
    with proxy(old_dovecot.port) as here:
        here.answer = times(99, b"AUTHENTICATE", b"NO Suggested Backoff Time: 60000 milliseconds\r\n")
        pair = plain_login(here.port, accounts[0].user), accounts[1]
        with pytest.raises(Stopped):
            copy(pair, journal, should_stop=lambda: time.monotonic() - began > 0.5)
    assert time.monotonic() - began < 3


def test_a_limit_of_one_message_is_no_throttling(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path
) -> None:
    """[LIMIT] at an APPEND without a word of rates: this message has too much of something (RFC 5530)."""
    fill(accounts[0], b"INBOX", [mail(1), POISON, mail(2)])

    def answer(command: bytes) -> bytes | None:
        refused = b" APPEND " in command and b"X-Poison" in command
        return command.split()[0] + b" NO [LIMIT] no\r\n" if refused else None

    with proxy(new_dovecot.port) as there:
        there.answer = answer
        report = copy((accounts[0], plain_login(there.port, accounts[1].user)), journal)

    assert [one.code for one in report.skipped] == ["rejected-limit"]
    assert (report.copied, report.waited_seconds) == (2, 0)


# ── fewer connections ─────────────────────────────────────────────────────────────────────────────────────────────


def many_folders(source: Login) -> None:
    fill(source, b"INBOX", [mail(number, body=b"x" * 40_000) for number in range(60)])
    for number in range(6):
        fill(source, b"INBOX.f%d" % number, [mail(number), mail(number)])


@pytest.mark.parametrize("said", [b"NO [ALERT] Too many simultaneous connections. (Failure)\r\n"])
def test_a_server_with_too_many_connections_gets_fewer_also_from_the_next_pass(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path, said: bytes
) -> None:
    """For an hour; and nobody calls it a failure."""
    many_folders(accounts[0])
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        here.answer = times(99, b"AUTHENTICATE", said, at=2)
        pair = through(here, there, accounts)
        first = copy(pair, journal, connections=4)
        here.answer = lambda _: None
        here.most_connected = 0
        fill(accounts[0], b"INBOX.f1", [mail(99)])
        fill(accounts[0], b"INBOX.f2", [mail(99)])
        second = copy(pair, journal, connections=4)

        assert here.most_connected == 1
    assert (first.copied, first.verified, second.copied, second.verified) == (72, True, 2, True)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"* BYE [ALERT] Too many connections\r\n", SourceThrottled),
        (b"* BYE canary-77\r\n", SourceUnreachable),
    ],
)
def test_a_goodbye_for_a_greeting_is_understood_and_not_repeated(
    accounts: Accounts, old_dovecot: Dovecot, said: bytes, expected: type[BotError]
) -> None:
    """Servers that count connections often say it before the login."""
    with proxy(old_dovecot.port) as here:
        here.pass_on = lambda _: Last(said)
        with pytest.raises(expected) as refused:
            open_account(plain_login(here.port, accounts[0].user), "source")
    assert "canary-77" not in f"{refused.value} {refused.value.facts}"


def test_what_dovecot_says_of_too_many_connections_is_understood(
    base: Path, authority: Authority, unique_address: Callable[[str], str]
) -> None:
    """mail_max_userip_connections: the real words of a real server. A wrong password would end the pass."""
    with Dovecot(base / "two", authority, max_connections=2) as two, contextlib.ExitStack() as stack:
        account = new_user(two, unique_address("two"))
        for _ in range(2):
            stack.enter_context(open_account(account, "source"))
        with pytest.raises(SourceThrottled) as refused:
            open_account(account, "source")

    assert refused.value.facts["what"] == "connections"


@pytest.mark.parametrize("cap", [1, 3])
def test_two_passes_at_once_keep_to_the_cap_of_a_host(
    old_dovecot: Dovecot,
    new_dovecot: Dovecot,
    unique_address: Callable[[str], str],
    journal: Path,
    cap: int,
) -> None:
    """Over all passes that share a folder of journals; the connections are counted by the proxy. One waits for another."""
    options = PassOptions(connections=4, per_source_host=cap, per_destination_host=cap)
    pairs = []
    for _ in range(2):
        address = unique_address("cap")
        pairs.append((new_user(old_dovecot, address), new_user(new_dovecot, address)))
        many_folders(pairs[-1][0])
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        reports: list[PassReport] = []

        def run(number: int) -> None:
            pair = through(here, there, pairs[number])
            reports.append(copy(pair, journal.with_name(f"journal{number}"), options=options))

        threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert max(here.most_connected, there.most_connected) <= cap
        assert here.most_connected >= min(cap, 2)
    assert [(one.verified, one.copied) for one in reports] == [(True, 72), (True, 72)]


# ── what breaks every connection ──────────────────────────────────────────────────────────────────────────────────


def poisoned(source: Login) -> Counter[bytes]:
    """Return what can arrive of an account with one message that kills connections."""
    fill(source, b"INBOX", [*map(mail, range(20)), POISON, *map(mail, range(10, 30))])
    fill(source, b"INBOX.Work", [mail(7)])
    return bodies(source) - Counter([bytes(POISON.body)])  # type: ignore[arg-type]


@pytest.mark.parametrize("headers", [True, False])
def test_a_message_at_which_the_source_hangs_up_is_named_and_the_rest_arrives(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path, headers: bool
) -> None:
    """With sender and subject, where at least its headers can be had."""
    expected = poisoned(accounts[0])
    marks = [b"X-Poison"] if headers else [b"X-Poison", b"Subject: poison"]

    def pass_on(data: bytes) -> bytes:
        found = [data.index(mark) for mark in marks if mark in data]
        return Last(data[: min(found)]) if found else data

    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        here.pass_on = pass_on
        report = copy(through(here, there, accounts), journal)

    (named,) = report.skipped
    assert (named.folder, named.uid, named.code) == ("INBOX", 21, "unreadable")
    assert (named.sender, named.subject) == (("Eve <eve@x>", "poison") if headers else ("", ""))
    assert named.size_bytes == len(POISON.body)
    assert (report.verified, report.copied) == (True, 41)
    assert bodies(accounts[1]) == expected
    assert copy(accounts, journal).copied == 1


@pytest.mark.parametrize("multi", [True, False])
def test_a_message_at_which_the_destination_hangs_up_is_named_and_the_rest_arrives(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path, multi: bool
) -> None:
    """Nobody says which one of a batch it was: after two breaks they go one by one."""
    expected = poisoned(accounts[0])

    def answer(command: bytes) -> bytes | None:
        return hang_up(command) if b" APPEND " in command and b"X-Poison" in command else None

    with proxy(new_dovecot.port) as there:
        there.answer = answer
        if not multi:
            there.pass_on = lambda data: data.replace(b" MULTIAPPEND", b" X-NOTHINGXX")
        report = copy((accounts[0], plain_login(there.port, accounts[1].user)), journal)

    (named,) = report.skipped
    assert (named.folder, named.uid, named.code) == ("INBOX", 21, "rejected")
    assert (named.sender, named.subject) == ("Eve <eve@x>", "poison")
    assert (report.verified, report.copied) == (True, 41)
    assert bodies(accounts[1]) == expected


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize(("side", "verb"), [("source", b"EXAMINE"), ("destination", b"SELECT")])
def test_a_folder_at_which_a_server_hangs_up_is_named_and_the_others_arrive(
    accounts: Accounts,
    old_dovecot: Dovecot,
    new_dovecot: Dovecot,
    journal: Path,
    side: str,
    verb: bytes,
    connections: int,
) -> None:
    """The report is not "verified" then: its messages were never counted."""
    many_folders(accounts[0])

    def answer(command: bytes) -> bytes | None:
        return hang_up(command) if re.match(rb'\S+ %b "(INBOX\.)?f3"' % verb, command) else None

    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        (here if side == "source" else there).answer = answer
        report = copy(through(here, there, accounts), journal, connections=connections)

    assert report.folders_skipped == (("INBOX.f3", f"{side}-broken"),)
    assert (report.verified, report.copied) == (False, 70)
    assert copy(accounts, journal).copied == 2


def test_a_server_that_breaks_at_everything_is_not_worked_off_folder_by_folder(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path
) -> None:
    """It is broken, not its folders: after some of them the pass ends, and is no success."""
    many_folders(accounts[0])
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        here.answer = times(999, b"EXAMINE", hang_up)
        with pytest.raises(BotError):
            copy(
                through(here, there, accounts),
                journal,
                patience=Patience(broken=(0.01,) * 5, unsure=0.0, left_out=3),
            )
        assert logins(here) < 20


class Killed(BaseException):
    """Stands for kill -9: nothing in the product catches it."""


def test_what_a_killed_pass_sent_and_is_stored_only_later_is_not_doubled(
    accounts: Accounts, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon comes back at once; the destination is still storing what it was sent before."""
    fill(accounts[0], b"INBOX", [mail(1), mail(2)])

    def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Account, "start_append", killed)
        with pytest.raises(Killed):
            copy(accounts, journal)
    journal.with_name("journal.lock").write_text("open")  # as a killed process leaves it
    late = threading.Timer(0.7, fill, (accounts[1], b"INBOX", [mail(1), mail(2)]))
    late.start()

    report = copy(accounts, journal, patience=replace(SOON, unsure=2.5))

    late.join()
    assert (report.copied, report.verified) == (0, True)
    assert sum(sum(one.values()) for one in snapshot(accounts[1]).values()) == 2

"""The support mailbox on a real Dovecot: every mail is taken once, whatever people and networks do to it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.config import Config
from bot.errors import InboxUnreachable
from bot.inbox import Taken, fetch_new, take_once, watch
from bot.mail.account import open_account
from bot.mail.content import format_internaldate
from bot.mail.wire import Parcel
from bot.model import Login
from bot.store import Store
from demo.servers import Dovecot
from tests.desk import NOW, a_store, later, make_config
from tests.imaptools import PASSWORD, fill, new_user, plain_login, proxy

pytestmark = pytest.mark.server

KEYWORD = "$MailferryTaken"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path) as made:
        yield made


@pytest.fixture
def box(new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Login:
    """A support mailbox of this test's own."""
    return new_user(new_dovecot, unique_address("support"))


@pytest.fixture
def config(tmp_path: Path, box: Login) -> Config:
    return make_config(tmp_path, box, limits={"max_mail": 20_000})


def letter(
    number: int, *, age: timedelta = timedelta(), size: int = 0, flags: tuple[str, ...] = ()
) -> Parcel:
    head = b"From: Anna <anna@kunde.example>\r\nSubject: number %d\r\nMessage-ID: <%d@kunde.example>\r\n" % (
        number,
        number,
    )
    return Parcel(flags, format_internaldate(NOW - age), head + b"\r\ntext " + b"x" * size + b"\r\n")


def deliver(box: Login, *numbers: int, folder: bytes = b"INBOX") -> None:
    fill(box, folder, [letter(number) for number in numbers])


def taken(store: Store) -> list[str]:
    """Return every mail kept, as it is in the database, by its Message-ID."""
    with store.begin() as work:
        kept = [work.unseal(one["blob_id"]) for one in work.messages("new", limit=1000) if one["blob_id"]]
    return [raw.partition(b"Message-ID: <")[2].partition(b"@")[0].decode() for raw in kept]


def flags(box: Login, folder: bytes = b"INBOX") -> dict[bytes, set[str]]:
    """Return the flags of every mail in the folder, by UID."""
    with open_account(box, "inbox") as account:
        account.select(folder, readonly=True)
        rows = list(account.fetch_rows(account.uids_from(1), b"UID FLAGS"))
    return {
        bytes(row[b"UID"]): {bytes(flag).decode() for flag in row[b"FLAGS"]} - {"\\Recent"} for row in rows
    }


def aside(store: Store) -> list[tuple[str, str, str]]:
    with store.begin() as work:
        return [(one["sender"], one["subject"], one["why"]) for one in work.messages("aside")]


def test_every_mail_is_taken_once_however_often_we_look(store: Store, config: Config, box: Login) -> None:
    """Looking is free: by IDLE, by the clock, by run --once, after every restart."""
    deliver(box, 1, 2, 3)
    assert take_once(store, config, NOW) == Taken(new=3)
    assert take_once(store, config, NOW) == Taken()
    deliver(box, 4)
    with open_account(box, "inbox") as account:
        assert fetch_new(account, store, config, NOW) == Taken(new=1)
        assert fetch_new(account, store, config, NOW) == Taken()
    assert taken(store) == ["1", "2", "3", "4"]


def test_what_staff_has_read_is_taken_too(store: Store, config: Config, box: Login) -> None:
    r"""Somebody opens the mail before we look; and our look leaves \Seen alone, both ways, and deletes nothing."""
    fill(box, b"INBOX", [letter(1, flags=("\\Seen", "\\Flagged")), letter(2)])
    assert take_once(store, config, NOW).new == 2
    assert list(flags(box).values()) == [{"\\Seen", "\\Flagged", KEYWORD}, {KEYWORD}]


def test_the_first_look_leaves_old_mail_alone(store: Store, config: Config, box: Login) -> None:
    """Years of answered requests lie in a support mailbox; the log says how many were passed over."""
    fill(box, b"INBOX", [letter(number, age=timedelta(days=3)) for number in range(120)])
    fill(box, b"INBOX", [letter(200, age=timedelta(hours=47))])
    assert take_once(store, config, NOW) == Taken(new=1, left_alone=120)
    assert take_once(store, config, NOW) == Taken()
    assert sum(KEYWORD in found for found in flags(box).values()) == 1


def test_an_old_mail_moved_in_later_is_taken(store: Store, config: Config, box: Login) -> None:
    """Staff drags a request out of another folder: it keeps its old arrival date, and means business."""
    assert take_once(store, config, NOW) == Taken()
    fill(box, b"INBOX", [letter(1, age=timedelta(days=90))])
    assert take_once(store, config, NOW) == Taken(new=1)


def test_a_folder_built_anew_brings_nothing_new(store: Store, tmp_path: Path, box: Login) -> None:
    """A restored mailbox has other UIDs (RFC 9051 section 2.3.1.1); mails left alone before stay left alone."""
    config = make_config(tmp_path, box, inbox={"folder": "Anfragen ü & more"})
    folder = b"Anfragen &APw- &- more"
    old = [letter(number, age=timedelta(days=9)) for number in range(3)]
    fresh = [letter(number, age=timedelta(hours=1)) for number in range(10, 13)]
    fill(box, folder, [*old, *fresh])
    assert take_once(store, config, NOW) == Taken(new=3, left_alone=3)
    with open_account(box, "inbox") as account:
        account._wire.call(b'DELETE "' + folder + b'"')
    time.sleep(1.1)  # Dovecot's UIDVALIDITY is the second it was made in
    fill(box, folder, [letter(99, age=timedelta(minutes=1)), *old, *fresh])
    assert take_once(store, config, later(60)) == Taken(new=1, known=3, left_alone=3)
    assert take_once(store, config, later(60)) == Taken()


def test_a_mail_above_the_limit_is_set_aside_and_the_next_one_is_taken(
    store: Store, config: Config, box: Login
) -> None:
    """Its bytes are not fetched; staff sees from whom it is and fetches it by hand."""
    fill(box, b"INBOX", [letter(1, size=30_000), letter(2)])
    assert take_once(store, config, NOW) == Taken(new=1, too_large=1)
    assert taken(store) == ["2"]
    size = len(letter(1, size=30_000).body)
    assert aside(store) == [("Anna <anna@kunde.example>", "number 1", f"too large: {size} bytes")]


def test_a_server_that_refuses_the_keyword_costs_nothing(
    store: Store, new_dovecot: Dovecot, tmp_path: Path, box: Login
) -> None:
    """The keyword is for people; what was taken is known by the cursor and the bytes."""
    deliver(box, 1, 2)

    def refuse(command: bytes) -> bytes | None:
        tag, _, rest = command.partition(b" ")
        return tag + b" NO [CANNOT] no keywords here\r\n" if b"STORE" in rest else None

    with proxy(new_dovecot.port) as played:
        played.answer = refuse
        config = make_config(tmp_path, plain_login(played.port, box.user))
        assert take_once(store, config, NOW) == Taken(new=2)
        assert take_once(store, config, NOW) == Taken()
    assert all(KEYWORD not in found for found in flags(box).values())


def test_a_mail_kept_before_a_crash_is_marked_by_the_next_connection(
    store: Store, new_dovecot: Dovecot, tmp_path: Path, box: Login
) -> None:
    """Power fails between the commit and the keyword: nothing is taken twice, and staff still sees the mark."""
    deliver(box, 1, 2)
    with proxy(new_dovecot.port) as played:
        config = make_config(tmp_path, plain_login(played.port, box.user))

        def hang_up(command: bytes) -> bytes | None:
            if b"STORE 2 " in command:
                raise OSError("the power is gone")
            return None

        played.answer = hang_up
        with pytest.raises(InboxUnreachable):
            take_once(store, config, NOW)
        assert taken(store) == ["1", "2"]
        assert [KEYWORD in found for found in flags(box).values()] == [True, False]
        played.answer = lambda command: None
        assert take_once(store, config, NOW) == Taken()
    assert [KEYWORD in found for found in flags(box).values()] == [True, True]


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_connection_cut_in_a_fetch_loses_nothing(
    store: Store, new_dovecot: Dovecot, tmp_path: Path, box: Login, at: int
) -> None:
    """The next look goes on behind the last mail that is on disk."""
    deliver(box, 1, 2, 3)
    fetches = 0

    def cut(data: bytes) -> bytes | None:
        nonlocal fetches
        fetches += b"BODY[] " in data
        return None if b"BODY[] " in data and fetches == at else data

    with proxy(new_dovecot.port) as played:
        config = make_config(tmp_path, plain_login(played.port, box.user))
        played.pass_on = cut
        with pytest.raises(InboxUnreachable):
            take_once(store, config, NOW)
        assert taken(store) == ["1", "2", "3"][: at - 1]
        assert take_once(store, config, NOW) == Taken(new=4 - at)
    assert taken(store) == ["1", "2", "3"]


def test_a_mail_that_vanishes_between_two_commands_holds_nobody_up(
    store: Store, new_dovecot: Dovecot, tmp_path: Path, box: Login
) -> None:
    """Staff deletes a mail while we look: before its size is asked for, or before its bytes are."""
    deliver(box, 1, 2, 3, 4)

    def expunge(uid: bytes) -> None:
        with open_account(box, "inbox") as account:
            account.select(b"INBOX")
            account.store([int(uid)], "+", ["\\Deleted"])
            account._wire.call(b"UID EXPUNGE " + uid)

    def meanwhile(command: bytes) -> bytes | None:
        tag, _, rest = command.partition(b" ")
        if b"RFC822.SIZE" in rest:
            expunge(b"1")  # Dovecot hands it out all the same, as long as somebody has the folder open
        return tag + b" OK that one is gone\r\n" if b"FETCH 3 " in rest else None

    with proxy(new_dovecot.port) as played:
        config = make_config(tmp_path, plain_login(played.port, box.user))
        played.answer = meanwhile
        assert take_once(store, config, NOW) in (Taken(new=3, gone=1), Taken(new=2, gone=2))
        assert take_once(store, config, NOW) == Taken()
    assert taken(store)[-2:] == ["2", "4"]


def test_a_mail_the_server_will_not_hand_out_holds_nobody_up(
    store: Store, new_dovecot: Dovecot, tmp_path: Path, box: Login
) -> None:
    """A damaged mail answers NO for ever: it is shown to staff, and the ones behind it are served."""
    deliver(box, 1, 2, 3)

    def refuse(command: bytes) -> bytes | None:
        tag, _, rest = command.partition(b" ")
        return tag + b" NO [SERVERBUG] damaged\r\n" if b"FETCH 2 (UID BODY.PEEK[])" in rest else None

    with proxy(new_dovecot.port) as played:
        config = make_config(tmp_path, plain_login(played.port, box.user))
        played.answer = refuse
        assert take_once(store, config, NOW) == Taken(new=2, withheld=1)
        assert take_once(store, config, NOW) == Taken()
    assert aside(store) == [
        ("Anna <anna@kunde.example>", "number 2", "the mail server would not hand it out")
    ]


def test_a_folder_that_is_not_there_is_said_so(store: Store, tmp_path: Path, box: Login) -> None:
    """A slip in [inbox] folder is the operator's to mend; the daemon waits and tries again."""
    config = make_config(tmp_path, box, inbox={"folder": "Nowhere"})
    with pytest.raises(InboxUnreachable):
        take_once(store, config, NOW)


class Watching:
    """A watch in a thread; `seen` holds when each mail was told."""

    def __init__(self, store: Store, config: Config) -> None:
        self.stop, self.looks = threading.Event(), threading.Semaphore(0)
        self.seen: list[tuple[float, Taken]] = []
        self.thread = threading.Thread(
            target=watch, args=(store, config, self.stop, lambda: NOW, self.tell), daemon=True
        )
        self.thread.start()

    def tell(self, found: Taken) -> None:
        self.seen.append((time.monotonic(), found))
        self.looks.release()

    def wait(self, count: int, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while sum(found.new for _, found in self.seen) < count:
            assert self.looks.acquire(timeout=max(0.01, end - time.monotonic())), self.seen

    def leave(self) -> None:
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


def test_idle_wakes_at_once(store: Store, config: Config, box: Login) -> None:
    """The first answer comes within minutes, so the mailbox must not cost one of them."""
    watching = Watching(store, config)
    assert watching.looks.acquire(timeout=10)
    for number in range(3):
        time.sleep(0.3)
        began = time.monotonic()
        deliver(box, number)
        watching.wait(number + 1)
        assert watching.seen[-2][0] - began < 2
    watching.leave()


def test_a_mail_that_comes_during_a_look_is_not_slept_through(
    store: Store, new_dovecot: Dovecot, tmp_path: Path, box: Login
) -> None:
    """A server tells each arrival once; told in the answer to another command, IDLE would stay silent for 25 minutes."""
    deliver(box, 1)
    arrivals = iter(range(2, 7))

    def meanwhile(command: bytes) -> bytes | None:
        if b"SEARCH" in command or b"FETCH" in command or b"STORE" in command:
            for number in arrivals:
                deliver(box, number)
                break
        return None

    with proxy(new_dovecot.port) as played:
        played.answer = meanwhile
        config = make_config(tmp_path, plain_login(played.port, box.user))
        watching = Watching(store, config)
        watching.wait(6)
        end = time.monotonic() + 5
        while not any(b"IDLE" in command for command in played.commands) and time.monotonic() < end:
            time.sleep(0.02)
        watching.leave()
        words = [command.split()[1] for command in played.commands if command != b"DONE\r\n"]
        assert (b"SELECT", b"IDLE") in pairwise(words), b" ".join(words[-12:])
    assert sorted(taken(store)) == ["1", "2", "3", "4", "5", "6"]


def test_without_idle_the_clock_looks(store: Store, tmp_path: Path, box: Login) -> None:
    """[inbox] idle = false, or a server without it."""
    config = make_config(tmp_path, box, inbox={"idle": False, "poll": "1s"})
    watching = Watching(store, config)
    deliver(box, 1)
    watching.wait(1, seconds=5)
    watching.leave()


def test_arrival_is_the_servers_time_in_utc(store: Store, config: Config, box: Login) -> None:
    """Notice periods will count from it; the sender's clock may say anything."""
    fill(box, b"INBOX", [Parcel((), b"23-Nov-2026 12:30:00 +0530", letter(1).body)])
    take_once(store, config, NOW)
    with store.begin() as work:
        assert work.messages("new")[0]["received_at"] == "2026-11-23T07:00:00.000000+00:00"
        first = work.first_arrival()
    assert first == datetime.fromisoformat("2026-11-23T07:00:00+00:00")
    assert PASSWORD not in repr(config)

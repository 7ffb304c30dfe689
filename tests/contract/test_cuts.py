"""The connection is cut after any byte, in either direction, on either side: nothing is lost, nothing comes twice.

Only the end counts: when a pass has got through, the destination holds the source's messages as a multiset, the journal
has nothing doubtful left, and one more pass does nothing.
"""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count as count_up
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.errors import BotError
from bot.mail.account import open_account
from bot.mail.copy import run_pass
from bot.mail.journal import Journal
from bot.mail.patience import Patience
from bot.mail.wire import Parcel
from bot.model import Login, PassOptions, PassReport
from demo.servers import Dovecot
from tests.imaptools import Beginning, Last, Proxy, fill, mail, new_user, plain_login, proxy, snapshot

pytestmark = pytest.mark.server

Side = Literal["source", "destination"]
Direction = Literal["asked", "answered"]  # bytes of the client, bytes of the server

SOON = Patience(broken=(0.01,) * 5, throttled=(0.01,), login=(0.01,), unsure=0.05)
SAMPLES = 3  # of each side and direction, beside the ends of two commands
SWEEP = 60
BARE = Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: no id\n\nbare LF, no end")
FOLDERS = {
    b"INBOX": [mail(1), mail(1), mail(2, flags=["\\Seen"]), BARE, BARE, mail(3, body=b"x" * 30_000)],
    b"INBOX.Work": [mail(1), mail(4, flags=["work"]), mail(4, flags=["work"], body=b"y" * 5_000)],
    b"INBOX.Sent Items": [mail(5)],
}


@dataclass
class Cutter:
    """Cuts one connection of a proxy after so many bytes; counts, and notes where commands and answers ended."""

    direction: Direction
    after: int | None = None  # None = never
    passed: int = 0
    ends: list[int] = field(default_factory=list)
    done: bool = False

    def stand(self, played: Proxy) -> None:
        if self.direction == "asked":
            played.answer = lambda data: Beginning(data[: self.left]) if self.cuts(data) else None
        else:
            played.pass_on = lambda data: Last(data[: self.left]) if self.cuts(data) else data

    def cuts(self, data: bytes) -> bool:
        self.left = (self.after or 0) - self.passed
        self.passed += len(data)
        self.ends.append(self.passed)
        if self.after is None or self.done or self.passed < self.after:
            return False
        self.done = True
        return True


def bodies(account: Login) -> Counter[bytes]:
    return Counter(body for folder in snapshot(account).values() for body, _, _ in folder.elements())


def doubtful(journal: Path) -> int:
    with sqlite3.connect(journal) as book:
        (number,) = book.execute("SELECT count(*) FROM intent").fetchone()
    book.close()
    return int(number)


class Rig:
    """A filled source, and passes from it into new accounts through a cutter."""

    def __init__(self, old: Dovecot, new: Dovecot, address: Callable[[str], str], folder: Path) -> None:
        self.old, self.new, self.address, self.folder = old, new, address, folder
        self.source = new_user(old, address("cut"))
        for name, parcels in FOLDERS.items():
            fill(self.source, name, parcels)
        self.expected = bodies(self.source)

    def run(self, side: Side, cutter: Cutter) -> tuple[Login, Path]:
        """Run passes until one gets through; return the destination and the journal."""
        destination = new_user(self.new, self.address("cut"))
        journal = self.folder / destination.user / "journal"
        server = self.old if side == "source" else self.new
        with proxy(server.port) as played:
            cutter.stand(played)
            pair = [self.source, destination]
            pair[side == "destination"] = plain_login(played.port, pair[side == "destination"].user)
            for _ in range(5):
                with suppress(BotError):
                    self.copy(pair, journal)
                    return destination, journal
        pytest.fail("no pass got through")

    def copy(self, pair: list[Login], journal: Path) -> PassReport:
        options = PassOptions(connections=2)
        return run_pass(pair[0], pair[1], journal, policy=None, options=options, patience=SOON)

    def check(self, destination: Login, journal: Path, where: object) -> None:
        report = self.copy([self.source, destination], journal)
        assert report.copied == 0, where
        assert report.verified, where
        assert bodies(destination) == self.expected, where
        assert doubtful(journal) == 0, where


@pytest.fixture
def rig(
    old_dovecot: Dovecot, new_dovecot: Dovecot, unique_address: Callable[[str], str], tmp_path: Path
) -> Rig:
    return Rig(old_dovecot, new_dovecot, unique_address, tmp_path)


def cut_everywhere(rig: Rig, side: Side, direction: Direction, number: int) -> None:
    clean = Cutter(direction)
    rig.check(*rig.run(side, clean), "without a cut")
    draw = random.Random(f"{side} {direction}")
    ends = draw.sample(clean.ends, min(len(clean.ends), 2 + number // 4))
    cut = []
    for after in [*ends, *(draw.randint(1, clean.passed) for _ in range(number)), clean.passed]:
        cutter = Cutter(direction, after)
        rig.check(*rig.run(side, cutter), (side, direction, after))
        cut.append(cutter.done)
    assert sum(cut) > len(cut) / 2, "hardly any connection was cut"


@pytest.mark.parametrize("direction", ["asked", "answered"])
@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_connection_cut_anywhere_costs_only_time(rig: Rig, side: Side, direction: Direction) -> None:
    """After some byte of the whole dialogue, after the last byte of a command or an answer, after the very last one."""
    cut_everywhere(rig, side, direction, SAMPLES)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("direction", ["asked", "answered"])
@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_connection_cut_at_hundreds_of_bytes_costs_only_time(
    rig: Rig, side: Side, direction: Direction
) -> None:
    """The same, many more of them."""
    cut_everywhere(rig, side, direction, SWEEP)


# ── an end before any journal write ───────────────────────────────────────────────────────────────────────────────


class Crash(BaseException):
    """Stands for kill -9: nothing in the product catches it."""


def change_everything(source: Login) -> None:
    """What may happen at the source between two passes: new mail, a new twin, other flags, a move, new UIDs."""
    fill(source, b"INBOX", [mail(1), mail(7, flags=["\\Answered"])])
    with open_account(source, "destination") as here:
        here.select(b"INBOX")
        here.store([2, 4], "+", ["\\Flagged", "later"])
        here.store([3], "-", ["\\Seen"])
        here._wire.call(b'UID MOVE 5 "INBOX.Sent Items"')
        here._wire.call(b"RENAME INBOX.Work INBOX.Old")
        here.create(b"INBOX.Work")
        here.append(b"INBOX.Work", bytes(mail(8).body))  # type: ignore[arg-type]
        here.select(b"INBOX.Old")
        here._wire.call(b"UID COPY 1:* INBOX.Work")
        here.select(b"INBOX")
        here._wire.call(b"DELETE INBOX.Old")


def flags_by_folder(account: Login) -> dict[str, Counter[tuple[bytes, frozenset[str]]]]:
    """Return bytes and flags of every message; folders by the last word of their names, as both sides call them."""
    names = {"Sent Items": "Sent"}
    found = snapshot(account)
    return {
        names.get(name.removeprefix("INBOX."), name.removeprefix("INBOX.")): Counter(
            (body, flags) for body, flags, _ in messages.elements()
        )
        for name, messages in found.items()
    }


def end_before_write(rig: Rig, monkeypatch: pytest.MonkeyPatch, number: int) -> bool:
    """Let a delta end before its n-th write, go on, and compare. False: it has fewer writes."""
    rig.source = new_user(rig.old, rig.address("stop"))
    for name, parcels in FOLDERS.items():
        fill(rig.source, name, parcels)
    pair = [rig.source, new_user(rig.new, rig.address("stop"))]
    journal = rig.folder / pair[1].user / "journal"
    rig.copy(pair, journal)
    change_everything(rig.source)
    writes, writing = count_up(1), Journal._writing

    def crashing(book: Journal) -> Any:
        if next(writes) == number:
            raise Crash
        return writing(book)

    crashed = False
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_writing", crashing)
        try:
            rig.copy(pair, journal)
        except Crash:
            crashed = True
    rig.copy(pair, journal)
    rig.expected = bodies(rig.source)
    rig.check(pair[1], journal, number)
    assert flags_by_folder(pair[1]) == flags_by_folder(rig.source), number
    return crashed


@pytest.mark.parametrize("number", [2, 5, 9])
def test_a_delta_that_ends_before_a_write_is_gone_on_with(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """With twins, changed flags, a move and a folder made anew; all of them in the long run."""
    assert end_before_write(rig, monkeypatch, number)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_delta_may_end_before_every_single_write(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in turn, until there is none left."""
    numbers = count_up(1)
    while end_before_write(rig, monkeypatch, next(numbers)):
        pass
    assert next(numbers) > 10

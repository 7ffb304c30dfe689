"""Power fails at a commit between a customer's mail and its answer: it is never lost, and never answered twice."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from demo.servers import die_with_parent
from demo.world import World
from tests.journeys.conftest import header

pytestmark = pytest.mark.server

ROOT = Path(__file__).parent.parent.parent
# The commits: 1 taken, 2 being read, 3 understood, 4 decided, 5 with the engine, 6 a try, 7 all but the dot, 8 the 250,
# 9 the copy in Sent, 10 the job's end. The sweep below dies on both sides of each.
SAMPLE = [("before", 1), ("after", 3), ("before", 4), ("after", 5), ("before", 8), ("before", 9)]


def dies_at(world: World, side: str, number: int) -> bool:
    """Run the daemon's round and say whether it died there; False = it came through."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.dying_process", str(world.config), side, str(number)],
        cwd=ROOT,
        check=False,
        timeout=120,
        capture_output=True,
        preexec_fn=die_with_parent,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-3000:].decode()
    return done.returncode != 0


def rows(world: World, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(world.config.parent / "state" / "mailferry.db")) as raw:
        return raw.execute(sql).fetchall()


@pytest.fixture
def hasty(world: World) -> World:
    """Return a world in which a lost answer is waited for one second, and not fifteen minutes."""
    text = world.config.read_text()
    world.config.write_text(text.replace("[outbound]\n", '[outbound]\nreceipt_wait = "1s"\n'))
    return world


def survive(world: World, side: str, number: int) -> bool:
    """Let a customer write, the daemon die at that commit, and another one go on; False = it did not die."""
    customer = f"anna-{side}-{number}@kunde.example"
    answers: list[bytes] = []
    world.customer(customer, answers.append)
    world.send(
        world.write(
            customer, "Move", f"Please move my mailbox.\n\nEmail: {customer}\nServer: imap.old.example\n"
        )
    )
    died = dies_at(world, side, number)
    doubtful = died and bool(rows(world, "SELECT 1 FROM outbox WHERE state IN ('sending', 'again')"))
    if doubtful:
        time.sleep(1.2)  # [outbound] receipt_wait below
    assert world.mailferry("run", "--once").returncode == 0

    where = f"{side} commit {number}"
    ids = [header(raw, "Message-ID") for raw in answers]
    assert len(ids) == 1, f"{where}: one answer, but {ids}"
    assert ".ack." in ids[0], where
    tickets = rows(world, f"SELECT id FROM ticket WHERE requester = '{customer}'")
    assert len(tickets) == 1, f"{where}: one ticket"
    assert rows(
        world,
        f"SELECT state, sent_at IS NULL, filed_at IS NULL FROM outbox WHERE ticket_id = {tickets[0][0]}",
    ) == [("sent", 0, 0)], where
    assert rows(world, "SELECT count(*) FROM event WHERE consumed_at IS NULL") == [(0,)], where
    assert rows(world, "SELECT count(*) FROM job WHERE state != 'done'") == [(0,)], where
    assert rows(world, "SELECT DISTINCT state FROM message") == [("handled",)], where
    return died


def test_a_request_survives_its_crash_points(hasty: World) -> None:
    """A slice of the sweep below, one point of each kind."""
    assert all(survive(hasty, side, number) for side, number in SAMPLE)


@pytest.mark.long
def test_a_request_survives_a_crash_at_every_commit(hasty: World) -> None:
    """From the first commit to the last, on both sides of it."""
    for side in ("before", "after"):
        number = 1
        while survive(hasty, side, number):
            number += 1
        assert number > 10, "the path has at least so many commits"

"""Bounded jobs on the real engine and a real SQLite file: each result told once, whatever dies in between."""

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.records import stamp
from bot.store import Store
from demo.servers import die_with_parent
from tests.contract.jobs_process import CANARY, store_of

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "seconds").write_text("0.2")
    (tmp_path / "notes").touch()
    with closing(store_of(tmp_path)) as store, store.begin() as work:
        work.new_ticket("anna@k.example", {}, datetime.now(UTC))
    return tmp_path


@contextmanager
def process(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a worker that has done these orders; it is killed at the end, as by a power failure."""
    with (folder / "err").open("a") as err:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.jobs_process", str(folder), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            cwd=ROOT,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no thread of ours is running
        )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n", (folder / "err").read_text()[-2000:]
        yield child
    finally:
        child.kill()
        child.wait(10)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def wait_for(what: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.03)


def notes(folder: Path, *kinds: str) -> list[str]:
    lines = (folder / "notes").read_text().splitlines()
    return [line for line in lines if line.split()[0] in kinds]


def events(folder: Path) -> list[tuple[str, str]]:
    with closing(store_of(folder)) as store, store.look() as work:
        return [(event["kind"], event["data"].get("job", "")) for event in work.events(1)]


def open_jobs(folder: Path) -> list[str]:
    with closing(store_of(folder)) as store, store.look() as work:
        return [job["id"] for job in work.open_jobs()]


def engine_rows(folder: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "db")) as raw:
        return raw.execute(sql).fetchall()


def test_each_job_runs_and_is_told_once_though_it_is_run_again(folder: Path) -> None:
    """The engine promises "at least once"; the log gets it once. What was rolled back was never there."""
    words = [f"put=r{n}:check:1,check,checks,host{n}" for n in range(1, 5)]
    with process(folder, *words, "roll-back"):
        wait_for(lambda: len(events(folder)) == 4)
    with process(folder, "twice=r1:check:1", "revive", "tidy"):
        assert sorted(job for _, job in events(folder)) == [f"r{n}:check:1" for n in range(1, 5)]
    assert open_jobs(folder) == []
    assert notes(folder, "revived") == ["revived 0"]
    assert not [line for line in notes(folder, "ran") if "r9" in line]
    assert engine_rows(folder, "SELECT count(*) FROM workflow_status WHERE workflow_uuid LIKE 'r9%'") == [
        (0,)
    ]


def test_a_killed_job_runs_again_and_is_told_once(folder: Path) -> None:
    """Power fails in the middle of a copy: the next process takes it up without being asked."""
    (folder / "seconds").write_text("60")
    with process(folder, "put=r1:first-pass:1,first-pass,passes,a"):
        wait_for(lambda: len(notes(folder, "began")) == 1)
    assert events(folder) == []
    (folder / "seconds").write_text("0.1")
    with process(folder):
        wait_for(lambda: len(events(folder)) == 1)
        time.sleep(0.5)
    assert len(notes(folder, "began")) == 2
    assert events(folder) == [("passed", "r1:first-pass:1")]


def test_a_job_stopped_politely_is_left_for_the_next_process(folder: Path) -> None:
    """A restart for an update: nothing is told, nothing is lost, and the daemon is gone at once."""
    (folder / "seconds").write_text("60")
    words = ["put=r1:first-pass:1,first-pass,passes,a", "put=r2:first-pass:1,first-pass,passes,a"]
    with process(folder, *words, "put=r3:first-pass:1,first-pass,passes,a") as child:
        wait_for(lambda: len(notes(folder, "began")) == 2)
        began = time.monotonic()
        child.communicate("stop", timeout=10)
        assert time.monotonic() - began < 3
    assert notes(folder, "stopped")
    assert events(folder) == []
    assert len(open_jobs(folder)) == 3
    (folder / "seconds").write_text("0.1")
    with process(folder):
        wait_for(lambda: len(events(folder)) == 3)
    assert open_jobs(folder) == []


def test_one_old_provider_gets_so_many_connections_and_the_others_do_not_wait(folder: Path) -> None:
    """Two at one host, three in all: providers lock out who comes with ten."""
    (folder / "seconds").write_text("0.6")
    words = [f"put=r{n}:first-pass:1,first-pass,passes,slow.example" for n in range(1, 5)]
    with process(folder, *words, "put=r5:first-pass:1,first-pass,passes,other.example"):
        wait_for(lambda: len(events(folder)) == 5)
    spans: dict[str, list[float]] = {}
    for line in notes(folder, "began", "ended"):
        _, job, at = line.split()
        spans.setdefault(job, []).append(float(at))
    slow = [span for job, span in spans.items() if job != "r5:first-pass:1"]
    assert max(sum(a <= at < b for a, b in slow) for at, _ in slow) == 2
    assert max(sum(a <= at < b for a, b in spans.values()) for at, _ in spans.values()) <= 3
    assert spans["r5:first-pass:1"][0] < max(begin for begin, _ in slow)


def test_a_job_the_engine_gave_up_is_put_again_and_told_once(folder: Path) -> None:
    """It looks only when it starts; a workflow that ended as ERROR, or was lost, would strand its ticket."""
    (folder / "seconds").write_text("60")
    with process(
        folder, "put=r1:first-pass:1,first-pass,passes,a", "put=r2:first-pass:1,first-pass,passes,b"
    ):
        wait_for(lambda: len(notes(folder, "began")) == 2)
    with closing(sqlite3.connect(folder / "db")) as raw, raw:
        raw.execute("UPDATE workflow_status SET status = 'ERROR' WHERE workflow_uuid = 'r1:first-pass:1'")
        raw.execute("DELETE FROM workflow_status WHERE workflow_uuid = 'r2:first-pass:1'")
    (folder / "seconds").write_text("0.1")
    with process(folder, "revive"):
        wait_for(lambda: len(events(folder)) == 2)
    assert notes(folder, "revived") == ["revived 2"]
    assert sorted(events(folder)) == [("passed", "r1:first-pass:1"), ("passed", "r2:first-pass:1")]


def test_a_job_that_is_lost_again_and_again_becomes_a_failure(folder: Path) -> None:
    """Somebody has to look at it in the end: the ticket hears a code instead of waiting for ever."""
    with closing(store_of(folder)) as store, store.begin() as work:
        job = {"id": "r1:check:1~5", "ticket_id": 1, "kind": "check", "ref": 1, "queue": "checks"}
        work.add_job({**job, "partition": "-", "run_at": stamp(datetime.now(UTC))})
    with process(folder, "revive"):
        pass
    with closing(store_of(folder)) as store, store.look() as work:
        told = work.events(1)
        assert [(event["kind"], event["data"]) for event in told] == [
            ("checked", {"row": 1, "code": "child-failed", "job": "r1:check:1"})
        ]
        assert work.open_jobs() == []


def test_what_an_exception_says_reaches_no_table(folder: Path) -> None:
    """Servers echo passwords; libraries put them into exceptions. Neither ours nor the engine's tables keep one."""
    words = [f"put=r{n}:second-pass:1,second-pass,passes,h{n}" for n in (1, 2)]
    with process(folder, *words):
        wait_for(lambda: len(events(folder)) == 2)
        statuses = (
            "SELECT DISTINCT status FROM workflow_status"  # written after our event, in its own transaction
        )
        wait_for(lambda: engine_rows(folder, statuses) == [("SUCCESS",)])
    with closing(store_of(folder)) as store, store.look() as work:
        codes = {event["data"]["row"]: event["data"]["code"] for event in work.events(1)}
    assert codes == {1: "source-login-refused", 2: "child-failed"}
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if path.name.startswith("db"))
    assert b"r1:second-pass:1" in kept
    assert CANARY.encode() not in kept
    assert re.search(rb"canary", kept) is None


def queued_reply(store: Store) -> int:
    with store.begin() as work:
        reply = {"ticket_id": 1, "kind": "ack", "revision": 1, "message_id": "<1@h>", "mime": b"x"}
        number = work.queue_reply(
            {**reply, "recipients": ["a@k.example"], "run_at": stamp(datetime.now(UTC))}
        )
    assert number is not None
    return number


def test_a_reply_has_one_delivery_under_way_and_every_try_is_a_job_of_its_own(folder: Path) -> None:
    """Names are never reused: a try that ended without changing the reply must not block the next one."""
    with closing(store_of(folder)) as store:
        number = queued_reply(store)
        with process(folder, f"deliver={number}"):
            wait_for(lambda: not open_jobs(folder))
        with store.look() as work:
            assert len(work.jobs_of(1, "deliver", number)) == 1
        with process(folder, f"deliver={number}"):
            wait_for(lambda: not open_jobs(folder))
        with store.look() as work:
            names = [job["id"] for job in work.jobs_of(1, "deliver", number)]
    assert names == [f"o{number}:deliver:1", f"o{number}:deliver:2"]


def test_the_file_of_the_engine_is_as_closed_as_ours(folder: Path) -> None:
    """It lives in the same file: nobody else can read which tickets there are."""
    with process(folder):
        modes = {
            path.name: path.stat().st_mode & 0o077 for path in folder.iterdir() if path.name.startswith("db")
        }
    assert set(modes.values()) == {0}

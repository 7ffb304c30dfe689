"""A small process with the real job engine, for tests that kill it: `python -m tests.contract.jobs_process FOLDER WORDS`.

Its steps are toys that write into FOLDER what they do. Every word is an order, done in turn; it says "ready" on stdout
when it has done them all, and works on until it is killed or its stdin is closed ("stop" leaves as the daemon does).
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import jobs
from bot.config import Config, Engine
from bot.errors import SourceLoginRefused, Stopped
from bot.model import Json
from bot.records import stamp
from bot.steps import STEPS, Bench
from bot.store import Store, open_store, sqlite_url
from bot.vault import Vault

CANARY = "canary-Pw!51d0e7"
VAULT = Vault(b"k" * 32)


def store_of(folder: Path) -> Store:
    """Open the store the process and its test share."""
    return open_store(sqlite_url(folder / "db"), VAULT)


def note(folder: Path, line: str) -> None:
    """Leave a line that survives every kind of death."""
    with (folder / "notes").open("a") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def toys(folder: Path) -> dict[str, Any]:
    """Return what stands in for logins and copies: as slow, as short-lived and as leaky as we need them."""

    def quick(_bench: Bench, job: Json) -> tuple[str, Json]:
        note(folder, f"ran {job['id']}")
        return "checked", {"row": job["ref"]}

    def slow(bench: Bench, job: Json) -> tuple[str, Json]:
        note(folder, f"began {job['id']} {time.monotonic()}")
        end = time.monotonic() + float((folder / "seconds").read_text())
        while time.monotonic() < end:
            if bench.stopping():
                raise Stopped
            time.sleep(0.02)
        note(folder, f"ended {job['id']} {time.monotonic()}")
        return "passed", {"row": job["ref"], "kind": job["kind"]}

    def leaky(_bench: Bench, job: Json) -> tuple[str, Json]:
        note(folder, f"ran {job['id']}")
        if job["ref"] % 2:
            raise SourceLoginRefused(address=CANARY, host=CANARY)
        raise RuntimeError(f"LOGIN failed: {CANARY}")

    def fruitless(_bench: Bench, _job: Json) -> tuple[str, Json]:
        return "", {}

    return {"check": quick, "first-pass": slow, "second-pass": leaky, "deliver": fruitless}


def put(store: Store, engine: jobs.Jobs, name: str, kind: str, queue: str, partition: str) -> None:
    """Hand one job over, as a turn does."""
    job = {"id": name, "ticket_id": 1, "kind": kind, "ref": int(name.partition(":")[0][1:]), "queue": queue}
    with store.begin() as work:
        work.add_job({**job, "partition": partition, "run_at": stamp(datetime.now(UTC))})
        engine.put(work, {**job, "partition": partition}, 0)


def roll_back(store: Store, engine: jobs.Jobs) -> None:
    """Hand a job over in a turn that breaks off."""
    job = {"id": "r9:check:1", "ticket_id": 1, "kind": "check", "ref": 9, "queue": "checks", "partition": "-"}
    try:
        with store.begin() as work:
            work.add_job({**job, "run_at": stamp(datetime.now(UTC))})
            engine.put(work, job)
            raise ZeroDivisionError  # noqa: TRY301 - what the test is about
    except ZeroDivisionError:
        return


def obey(store: Store, engine: jobs.Jobs, folder: Path, verb: str, rest: str) -> None:
    """Do what one word says."""
    orders: dict[str, Callable[[], object]] = {
        "put": lambda: put(store, engine, *rest.split(",")),
        "roll-back": lambda: roll_back(store, engine),
        "deliver": lambda: [engine.put_delivery(int(rest), datetime.now(UTC)) for _ in range(3)],
        "revive": lambda: note(folder, f"revived {engine.revive()}"),
        "twice": lambda: engine._run(rest),  # as the engine does after a crash
        "tidy": lambda: engine.tidy(datetime.now(UTC)),
    }
    orders[verb]()


def main() -> None:
    """Obey the words."""
    folder = Path(sys.argv[1])
    STEPS.update(toys(folder))  # type: ignore[attr-defined]
    store = store_of(folder)
    config = Config(engine=Engine(max_mailboxes=3, max_per_source_host=2))
    engine = jobs.Jobs(store, config, lambda: datetime.now(UTC), lambda: note(folder, "told"))
    engine.start()
    for word in sys.argv[2:]:
        verb, _, rest = word.partition("=")
        obey(store, engine, folder, verb, rest)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if sys.stdin.read().strip() == "stop":
        engine.stop(5)
        note(folder, "stopped")
    os._exit(0)


if __name__ == "__main__":
    main()

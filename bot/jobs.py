"""Bounded jobs on the durable engine: caps, take-over, one result each. The only module that knows DBOS.

A job is a workflow without steps: it reads ids, works, and its result goes out as an event row in the same transaction
that marks it done. So a new version of the code continues every old job, and a job that runs twice tells once.
"""

import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer

from bot.config import Config
from bot.errors import BotError, ChildFailed, Stopped
from bot.logs import log
from bot.model import Json
from bot.records import stamp
from bot.steps import STEPS, Bench, failed
from bot.store import Store
from bot.work import Work

CONTRACT: Final = "jobs-1"  # changes only when old jobs could not be run by new code; drain them first
POLL_SECONDS: Final = 0.3
STRANDED: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
MOST_REVIVALS: Final = 5


class Jobs:
    """The engine of one daemon. `start` it once per process; `put` works inside a turn's transaction."""

    def __init__(
        self, store: Store, config: Config, clock: Callable[[], datetime], tell: Callable[[], None]
    ) -> None:
        self._store, self._config, self._clock = store, config, clock
        self._told = tell  # a result is in the log: somebody should look
        self._stop = threading.Event()
        self._bench = Bench(store, config, self._stop.is_set)
        self._client: DBOSClient | None = None
        self._busy = 0  # jobs running in this process; parked ones do not count
        self._count = threading.Lock()

    def start(self) -> None:
        """Take up what an earlier process left, and work until `stop`."""
        settings: DBOSConfig = {
            "name": "mailferry",
            "application_version": CONTRACT,
            "executor_id": f"{socket.gethostname()}:1",  # one daemon per state folder: a lock file sees to it
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "system_database_engine": self._store.engine,
            "notification_listener_polling_interval_sec": 5.0,
            "scheduler_polling_interval_sec": 300.0,
        }
        _RUN.append(self._run)
        DBOS(config=settings)
        DBOS.listen_queues(["checks", "passes", "imports", "delivery"])
        DBOS.launch()
        engine = self._config.engine
        self._queue("checks", engine.max_mailboxes * 4, engine.max_per_source_host)
        self._queue("passes", engine.max_mailboxes, engine.max_per_source_host)
        self._queue("imports", 2, 1)
        self._queue("delivery", 1, 1)
        self._client = DBOSClient(
            system_database_engine=self._store.engine, serializer=DBOSPortableJSONSerializer()
        )

    def _queue(self, name: str, workers: int, per_key: int) -> None:
        DBOS.register_queue(
            name,
            worker_concurrency=workers,
            partition_concurrency=per_key,
            polling_interval_sec=POLL_SECONDS,
            on_conflict="always_update",
        )

    def put(self, work: Work, job: Json, delay_seconds: float = 0) -> None:
        """Hand a job over; it exists when the surrounding transaction commits."""
        assert self._client is not None, "start first"
        options: Any = {
            "queue_name": job["queue"],
            "workflow_name": "job",
            "workflow_id": job["id"],
            "queue_partition_key": job["partition"] or "-",
        }
        if delay_seconds:
            options["delay_seconds"] = delay_seconds
        self._client.enqueue_in_transaction(work.connection, options, job["id"])

    def put_delivery(self, number: int, now: datetime) -> None:
        """Hand over the delivery of one reply, once per try."""
        with self._store.begin() as work:
            reply = work.reply(number)
            if reply is None:
                return
            tries = work.jobs_of(reply["ticket_id"], "deliver", number)
            if any(job["state"] != "done" for job in tries):
                return
            job = {"id": f"o{number}:deliver:{len(tries) + 1}", "kind": "deliver", "ref": number}
            job |= {"ticket_id": reply["ticket_id"], "queue": "delivery", "partition": "smtp"}
            job |= {"run_at": stamp(now)}
            work.add_job(job)
            self.put(work, job)

    def revive(self) -> int:
        """Put jobs again that the engine lost sight of (it looks only when it starts); return how many."""
        assert self._client is not None, "start first"
        with self._store.look() as work:
            waiting = work.open_jobs()
        names = [job["id"] for job in waiting]
        found = (
            self._client.list_workflows(workflow_ids=names, load_input=False, load_output=False)
            if names
            else []
        )
        known = {one.workflow_id: one.status for one in found}
        stranded = [job for job in waiting if known.get(job["id"], "ERROR") in STRANDED]
        return sum(self._put_again(job) for job in stranded)

    def _put_again(self, job: Json) -> bool:
        name, _, times = job["id"].partition("~")
        again = int(times or 0) + 1
        if again > MOST_REVIVALS:
            self._tell(job, *failed(job, ChildFailed(what="given up after several tries")))
            return True
        with self._store.begin() as work:
            if not work.rename_job(job["id"], f"{name}~{again}"):
                return False  # its result came in meanwhile
            self.put(work, {**job, "id": f"{name}~{again}"})
        log.warning("job.revived", job=job["id"])
        return True

    def stop(self, seconds: float = 20) -> None:
        """Ask running jobs to stop between two batches, and wait that long at most for them.

        The process has to end then (os._exit): what is parked stays claimed by this executor, and the next daemon
        takes it up when it starts. The engine's own shutdown would wait five seconds for a listener we do not use.
        """
        self._stop.set()
        end = time.monotonic() + seconds
        while self._busy and time.monotonic() < end:
            time.sleep(0.05)

    def tidy(self, before: datetime) -> None:
        """Forget finished workflows older than that."""
        assert self._client is not None, "start first"
        old = self._client.list_workflows(
            status=["SUCCESS", "ERROR"],
            end_time=stamp(before),
            limit=200,
            load_input=False,
            load_output=False,
        )
        if old:
            DBOS.delete_workflows([one.workflow_id for one in old])

    def _run(self, name: str) -> None:
        job = self._find(name)
        if job is None:
            return
        if self._stop.is_set():
            _wait_for_the_end()
        with self._count:
            self._busy += 1
        try:
            kind, data = self._result(job)
            if not (self._stop.is_set() and data.get("code") == Stopped.code):
                self._tell(job, kind, data)
                return
        finally:
            with self._count:
                self._busy -= 1
        _wait_for_the_end()  # unfinished on purpose: the next daemon takes it up

    def _result(self, job: Json) -> tuple[str, Json]:
        started = time.monotonic()
        try:
            kind, data = STEPS[job["kind"]](self._bench, job)
        except BotError as error:
            kind, data = failed(job, error)
            log.warning("job.failed", job=job["id"], code=error.code, why=str(error))
        except Exception as error:  # noqa: BLE001 - the boundary of one job: a bug costs this job only
            log.exception("job.crashed", job=job["id"], error=type(error).__name__)
            kind, data = failed(job, ChildFailed(what=type(error).__name__))
        log.info("job.finished", job=job["id"], seconds=round(time.monotonic() - started, 3))
        return kind, data

    def _find(self, name: str) -> Json | None:
        with self._store.look() as work:
            return work.open_job(name)

    def _tell(self, job: Json, kind: str, data: Json) -> None:
        name = job["id"].partition("~")[0]
        with self._store.begin() as work:
            if work.finish_job(job["id"]) and kind:
                told = {**data, "job": name}
                work.add_event(job["ticket_id"], kind, told, self._clock(), dedupe=f"job:{name}")
        self._told()


_RUN: Final[list[Callable[[str], None]]] = []  # the engine finds workflows by name; this is where they lead


@DBOS.workflow(name="job", max_recovery_attempts=20)  # type: ignore[untyped-decorator]
def _job(name: str) -> None:
    _RUN[-1](name)


def _wait_for_the_end() -> None:
    while True:
        time.sleep(timedelta(hours=1).total_seconds())


__all__ = ["Jobs"]

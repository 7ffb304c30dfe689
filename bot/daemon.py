"""The clock: `schedule` ticks that only do millisecond work or hand over; signals; health.

Threads: this one ticks; one watches the support mailbox; one reads what was taken; the job engine has its own.
Nothing waits in a thread: every due time is a row, so a restart at any moment goes on where this one was.
"""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final

import schedule

from bot.config import Config
from bot.cutover import awaits_look
from bot.errors import BotError, InboxUnreachable, Retry
from bot.inbox import Taken, take_once, watch
from bot.jobs import Jobs
from bot.logs import log
from bot.outbox import due, unfiled
from bot.pace import Slots
from bot.reception import Reception
from bot.speech import Speech
from bot.store import Store
from bot.turn import Hands, turn
from bot.watch import Watch
from parsers import sandbox

TICK_SECONDS: Final = 0.2
SHORTEST_LOOK: Final = 1.0  # between two looks at the tickets whose domains may be due
DOMAIN_SECONDS: Final = 10.0  # between two looks at which domains are due
LONGEST_PAUSE: Final = 30.0  # between two tries to reach the support mailbox
LONGEST_TURN_PAUSE: Final = timedelta(minutes=15)
TIDY_AFTER: Final = timedelta(days=3)


class AlreadyRunning(BotError):
    """Another daemon works on this state folder."""

    code = "already-running"
    retry = Retry.LATER
    text = "another mailferry works in {folder}: stop it first"


def now() -> datetime:
    """The only reading of the wall clock that decides anything."""
    return datetime.now(UTC)


def lock(folder: Path) -> IO[str]:
    """Take the state folder for this process; the kernel gives it back however the process ends.

    Raises:
        AlreadyRunning: somebody has it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = (folder / "lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise AlreadyRunning(folder=str(folder)) from None
    return handle


class Daemon:
    """One process of Mailferry."""

    def __init__(self, store: Store, config: Config, clock: Callable[[], datetime] = now) -> None:
        self._store, self._config, self._clock = store, config, clock
        self._stop = threading.Event()
        self._mail_taken = threading.Event()
        self._domain_news = threading.Event()  # an acknowledgement waits for a first look at its domains
        self._news = threading.Event()  # something happened to a ticket: do not wait for the next tick
        self._reception = Reception(store, config, clock)
        self._jobs = Jobs(store, config, clock, self._news.set)
        self._stumbled: dict[int, tuple[int, datetime]] = {}  # ticket -> (failures, not before)
        self._domains = Watch(store, config, clock)
        self._hands = Hands(
            say=Speech(config, store.vault, clock, config.texts.read()[0]).draft,
            put=self._jobs.put,
            slots=Slots(mailboxes=config.engine.max_mailboxes, per_host=config.engine.max_per_source_host),
        )

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        self._jobs.start()
        threads = [
            threading.Thread(target=self._watch, name="inbox"),
            threading.Thread(target=self._receive, name="reception"),
            threading.Thread(target=self._watch_domains, name="domains"),
        ]
        for thread in threads:
            thread.start()
        log.info("daemon.started", pid=os.getpid())
        self._tick_until_stopped()
        log.info("daemon.stopping")
        self._news.set()
        self._domain_news.set()
        self._mail_taken.set()
        self._jobs.stop()
        for thread in threads:
            thread.join(5)
        sandbox.close()
        log.info("daemon.stopped")

    def run_once(self, patience: timedelta = timedelta(hours=12)) -> bool:
        """Take new mail, do everything that is due, and leave; False when the mailbox could not be reached."""
        self._jobs.start()
        for tick in (self._revive, self._wipe, self._tidy):
            self._guarded(tick)()
        try:
            reached = self._look_once()
            end = time.monotonic() + patience.total_seconds()
            while time.monotonic() < end and not self._stop.is_set():
                self._reception.handle_all()
                self._turns()
                self._guarded(self._domains.look)()
                self._deliver()
                if not self._busy():
                    break
                time.sleep(TICK_SECONDS)
        finally:
            self._jobs.stop()
            sandbox.close()
        return reached

    def _look_once(self) -> bool:
        try:
            self._tell(take_once(self._store, self._config, self._clock()))
        except InboxUnreachable as error:
            log.warning("inbox.unreachable", why=str(error))
            return False
        return True

    def _busy(self) -> bool:
        """Something is under way or due now; what waits for a later time or for people is not."""
        moment = self._clock()
        with self._store.look() as work:
            jobs = [job for job in work.open_jobs() if datetime.fromisoformat(job["run_at"]) <= moment]
            events = [
                ticket_id for ticket_id in work.due_tickets(moment) if not self._rests(ticket_id, moment)
            ]
            mails = work.messages("new", limit=1)
        replies = due(self._store, self._config, moment) or unfiled(self._store, moment)
        return bool(jobs or events or mails or replies)

    # --- threads ----------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        pause = 5.0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                watch(self._store, self._config, self._stop, self._clock, self._tell)
            except BotError as error:
                log.warning("inbox.unreachable", why=str(error), again_in_s=pause)
            except Exception as error:  # noqa: BLE001 - the boundary of one connection: the next one starts fresh
                log.exception("inbox.crashed", error=type(error).__name__, again_in_s=pause)
            pause = 5.0 if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            self._stop.wait(pause)

    def _tell(self, taken: Taken) -> None:
        if taken != Taken():
            log.info("inbox.looked", **{name: count for name, count in asdict(taken).items() if count})
        self._mail_taken.set()

    def _receive(self) -> None:
        while not self._stop.is_set():
            self._mail_taken.wait(5)
            self._mail_taken.clear()
            try:
                if self._reception.handle_all():
                    self._news.set()
            except Exception as error:  # noqa: BLE001 - the boundary of one look: what was taken stays taken
                log.exception("reception.crashed", error=type(error).__name__)
                self._stop.wait(5)

    def _watch_domains(self) -> None:
        while not self._stop.is_set():
            if self._guarded(self._domains.look)():
                self._news.set()
            self._stop.wait(SHORTEST_LOOK)
            self._domain_news.wait(min(DOMAIN_SECONDS, self._config.dns.watch.total_seconds()))
            self._domain_news.clear()

    # --- ticks ------------------------------------------------------------------------------------------------------

    def _tick_until_stopped(self) -> None:
        ticks = schedule.Scheduler()
        ticks.every(1).seconds.do(self._guarded(self._turns))
        ticks.every(1).seconds.do(self._guarded(self._deliver))
        ticks.every(30).seconds.do(self._guarded(self._revive))
        ticks.every(10).minutes.do(self._guarded(self._wipe))
        ticks.every(6).hours.do(self._guarded(self._tidy))
        self._guarded(self._wipe)()
        while not self._stop.is_set():
            ticks.run_pending()
            if self._news.wait(TICK_SECONDS):
                self._news.clear()
                self._guarded(self._turns)()
                self._guarded(self._deliver)()

    def _guarded(self, tick: Callable[[], object]) -> Callable[[], object]:
        def guarded() -> object:
            try:
                return tick()
            except Exception as error:  # noqa: BLE001 - the boundary of one tick: the next one comes
                log.exception("tick.crashed", error=type(error).__name__)
                return None

        return guarded

    def _turns(self) -> None:
        moment = self._clock()
        with self._store.look() as work:
            waiting = work.due_tickets(moment)
        for ticket_id in waiting:
            self._turn(ticket_id, moment)

    def _turn(self, ticket_id: int, moment: datetime) -> None:
        """One ticket that cannot be decided costs itself only, and is tried less and less often."""
        if self._rests(ticket_id, moment):
            return
        failures, _ = self._stumbled.get(ticket_id, (0, moment))
        try:
            ticket = turn(self._store, ticket_id, moment, self._hands)
            if not ticket.acked and awaits_look(ticket):
                self._domain_news.set()
            self._stumbled.pop(ticket_id, None)
        except Exception as error:  # noqa: BLE001 - the boundary of one ticket: the others go on
            pause = min(timedelta(seconds=2) * 2 ** min(failures, 10), LONGEST_TURN_PAUSE)
            self._stumbled[ticket_id] = (failures + 1, moment + pause)
            log.exception(
                "turn.crashed", ticket=ticket_id, error=type(error).__name__, again_in_s=pause.seconds
            )

    def _rests(self, ticket_id: int, moment: datetime) -> bool:
        """Say whether a ticket that could not be decided waits for its next try."""
        return moment < self._stumbled.get(ticket_id, (0, moment))[1]

    def _deliver(self) -> None:
        """Hand over what is to be sent, and sent replies whose copy in Sent is still missing; one never stops another."""
        moment = self._clock()
        for number in (*due(self._store, self._config, moment), *unfiled(self._store, moment)):
            self._guarded(lambda number=number: self._jobs.put_delivery(number, moment))()  # type: ignore[misc]

    def _revive(self) -> None:
        self._jobs.revive()

    def _wipe(self) -> None:
        privacy, wiped = self._config.privacy, 0
        while not self._stop.is_set():
            with self._store.begin() as work:
                some = work.wipe(self._clock(), privacy.wipe_secrets_after, privacy.wipe_secrets_at_latest)
            wiped += some
            if not some:
                break
        if wiped:
            log.info("secrets.wiped", count=wiped)

    def _tidy(self) -> None:
        self._jobs.tidy(self._clock() - TIDY_AFTER)

"""Apply `decide` to one ticket in one short transaction: the only writer of a ticket's state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.model import Json
from bot.outlook import foretell, settle
from bot.pace import Expected, Slots
from bot.records import stamp
from bot.states import Effect, Event, PutJob, QueueReply, Ticket, state_of
from bot.store import Store
from bot.tickets import decide
from bot.work import Work

Say = Callable[
    [Ticket, Json, QueueReply, Expected | None], Json
]  # (ticket, thread, effect, how long the copy will take) -> an outbox row
Put = Callable[[Work, Json, float], None]  # (transaction, job row, delay in seconds): hand it to the engine


@dataclass(frozen=True, slots=True)
class Hands:
    """What a turn does with its effects, inside its own transaction."""

    say: Say
    put: Put
    slots: Slots = Slots()  # noqa: RUF009  frozen


QUEUES = {
    "find": "checks",
    "check": "checks",
    "first-pass": "passes",
    "second-pass": "passes",
    "late-pass": "passes",
    "contacts": "imports",
    "calendar": "imports",
}


def turn(store: Store, ticket_id: int, now: datetime, hands: Hands) -> Ticket:
    """Decide on everything that happened to the ticket since the last turn; all effects commit together or not at all."""
    with store.begin() as work:
        ticket = before = work.load(ticket_id)
        pending = work.pending_events(ticket_id)
        happened = [Event(kind=found["kind"], data=found["data"]) for found in pending]
        work.consume(ticket_id, [found["seq"] for found in pending], now)
        if ticket.wake_at is not None and ticket.wake_at <= now:
            happened.append(Event(kind="clock"))
        for event in happened:
            unmoved = ticket
            ticket, effects = decide(ticket, event, now)
            for effect in effects:
                _apply(work, ticket, effect, now, hands)
            if event.kind == "clock" and ticket != unmoved:
                work.add_event(
                    ticket_id, "clock", {}, now, consumed=True
                )  # the log alone tells the whole story
        work.save(ticket, before)
        if ticket.paused:
            work.drop_forecast(ticket.id)  # nobody knows when it goes on
        ended = ticket.closed_at is not None and (
            bool(before.care_until) or any(event.kind == "cancelled" for event in happened)
        )
        if ended or state_of(ticket) == "cancelled":
            work.wipe_ticket(ticket.id, now)
    return ticket


def _apply(work: Work, ticket: Ticket, effect: Effect, now: datetime, hands: Hands) -> None:
    if isinstance(effect, QueueReply):
        if effect.kind in ("copied", "report"):
            settle(work, ticket, now)
        expected = foretell(work, ticket, effect.kind, hands.slots, now)
        draft = hands.say(ticket, work.thread(ticket.id), effect, expected)
        named = {"ticket_id": ticket.id, "kind": effect.kind, "revision": effect.revision}
        work.queue_reply({"run_at": stamp(now), **draft, **named})
        return
    job = job_row(ticket.id, effect, now)
    work.add_job(job)
    hands.put(work, job, effect.delay.total_seconds())


def job_row(ticket_id: int, job: PutJob, now: datetime) -> Json:
    """Return the row of the job table: ids only, never a secret."""
    return {
        "id": job.name,
        "ticket_id": ticket_id,
        "kind": job.kind,
        "ref": job.ref,
        "queue": QUEUES[job.kind],
        "partition": job.partition,
        "run_at": stamp(now + job.delay),
    }

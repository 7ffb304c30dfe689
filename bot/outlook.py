"""What is said about the length of a ticket's first copy, and whether it was right: read and kept in the turn's transaction."""

from datetime import datetime, timedelta
from statistics import median
from typing import Final

from bot.logs import log
from bot.model import Json
from bot.pace import Expected, Slots, Speed, Task, expect, speed_of, work_of
from bot.records import moment, stamp
from bot.starts import waits
from bot.states import Row, State, Ticket
from bot.work import Work

TOLD_IN: Final = ("ack", "update")
COPYING: Final = (State.READY, State.FIRST_PASS)
SAME_START: Final = timedelta(minutes=1)


def foretell(work: Work, ticket: Ticket, kind: str, slots: Slots, now: datetime) -> Expected | None:
    """Return how long the first copy will take where this reply is to say it, and keep that; None = it does not.

    It is said with the acknowledgement, and again when the start has moved or more accounts became ready.
    """
    rows = [row for row in ticket.rows if row.state in COPYING and row.found and _begins(ticket, row, now)]
    if kind not in TOLD_IN or not rows or ticket.paused:
        return None
    begins = max(now, ticket.start_at) if ticket.start_said and ticket.start_at else now
    known = work.forecast(ticket.id)
    if known and not _is_other(known, begins, len(rows)):
        return None
    ours = [_task(row, (begins - now).total_seconds()) for row in rows]
    expected = expect(ours, _ahead(work, ticket, now), _speeds(work, ours), slots)
    spans = {"least_s": expected.least.total_seconds(), "most_s": expected.most.total_seconds()}
    work.set_forecast(ticket.id, begins_at=stamp(begins), mailboxes=len(rows), **spans)
    return expected


def _begins(ticket: Ticket, row: Row, now: datetime) -> bool:
    """Say whether it is known when this row begins."""
    known = ticket.start_at is not None and not ticket.start_problem and row.id not in ticket.late
    return known or row.state is State.FIRST_PASS or not waits(ticket, row.id, now)


def _is_other(known: Json, begins: datetime, mailboxes: int) -> bool:
    if known["ended_at"] is not None or mailboxes > known["mailboxes"]:
        return True
    before = moment(known["begins_at"])
    return before is not None and begins - before > SAME_START and mailboxes == known["mailboxes"]


def _task(row: Row, not_before: float) -> Task:
    found = row.found or {}
    work = work_of(int(found["size_bytes"]), int(found["messages"]))
    return Task(host=row.host, work_bytes=work, not_before=not_before)


def _ahead(work: Work, ticket: Ticket, now: datetime) -> list[Task]:
    return [_other(one, now) for one in work.to_be_copied(but=ticket.id)]


def _other(one: Json, now: datetime) -> Task:
    whole = work_of(int(one["size_bytes"] or 0), int(one["messages"] or 0))
    progress = one["progress"] or {}
    done, total = int(progress.get("done", 0)), int(progress.get("total", 0))
    left = whole * (total - done) // total if total and done <= total else whole
    start = moment(one["start_at"])
    begins = max((start - now).total_seconds(), 0.0) if start and one["state"] == State.READY else 0.0
    return Task(host=one["host"] or "", work_bytes=left, not_before=begins)


def _speeds(work: Work, tasks: list[Task]) -> dict[str, Speed]:
    return {host: speed_of(found) for host, found in work.paces({task.host for task in tasks}).items()}


def settle(work: Work, ticket: Ticket, now: datetime) -> None:
    """The first copy is over: note how long it took, and tell the log how far off we were."""
    known = work.forecast(ticket.id)
    if known is None or known["ended_at"] is not None:
        return
    begins = moment(known["begins_at"])
    if begins is None or now < begins:  # staff began it earlier than was said
        work.drop_forecast(ticket.id)
        return
    real = now - begins
    work.set_forecast(**known | {"ended_at": stamp(now), "real_s": real.total_seconds()})
    facts = {name: round(known[name]) for name in ("least_s", "most_s", "mailboxes")}
    error = round(expected_of(known).error(real), 2)
    log.info(
        "forecast.settled", ticket=ticket.number, real_s=round(real.total_seconds()), error=error, **facts
    )


def expected_of(known: Json) -> Expected:
    """Return what was said, as bot.pace has it."""
    return Expected(least=timedelta(seconds=known["least_s"]), most=timedelta(seconds=known["most_s"]))


def measure(settled: list[Json]) -> Json:
    """Return how good the newest forecasts were: `error` is the middle factor by which a copy took longer than said. Pure."""
    errors = [expected_of(one).error(timedelta(seconds=one["real_s"])) for one in settled]
    kept = sum(error == 1.0 for error in errors)
    slower = sum(error > 1.0 for error in errors)
    middle = round(median(errors), 2) if errors else None
    return {"settled": len(errors), "kept": kept, "slower": slower, "error": middle}

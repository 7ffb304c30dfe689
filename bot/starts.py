"""A wanted start in a ticket's life: taken from a mail, judged by the notice rule, waited for, and due. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.states import Row, State, Ticket, is_serverless
from bot.timing import Schedule, check_notice, earliest_slots, from_json

_BEFORE_START: Final = (State.NEW, State.HELD, State.ASKING, State.CHECKING, State.READY, State.FAILED)


def take_start(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Ticket:
    """Return the ticket with the start a message names, and every start judged anew by what is complete since when.

    `data` of the message event: `start` as said ("" = none), `start_at` (UTC instant), `start_problem`, `start_choices`,
    `start_zone`; `received` and `schedule` (bot.timing.as_json). "As soon as possible" has a `start` and neither instant
    nor problem: it takes an earlier wish back.
    """
    received = _moment(data.get("received")) or now
    ticket = _completed(ticket, set(data.get("rows", ())), received)
    if data.get("start"):
        ticket = _wished(ticket, data, received)
    elif not data.get("rows"):
        return ticket
    return _judged(ticket, data, now)


def _wished(ticket: Ticket, data: Mapping[str, Any], received: datetime) -> Ticket:
    start_at, problem = _moment(data.get("start_at")), str(data.get("start_problem") or "")
    if start_at is None and not problem and "start_zone" in data:
        return forget_start(ticket)
    earlier = (
        start_at is not None and _agreed(ticket) is not None and start_at < (_agreed(ticket) or start_at)
    )
    return replace(
        ticket,
        start_said=str(data["start"]),
        start_at=start_at,
        start_problem=problem,
        start_choices=tuple(str(one) for one in data.get("start_choices", ())),
        start_zone=str(data.get("start_zone") or ""),
        start_since=received.isoformat() if earlier else ticket.start_since,
        late=(),
        owing=ticket.owing or ticket.acked,
    )


def _agreed(ticket: Ticket) -> datetime | None:
    """Return the start both sides know of; a change to an earlier one is a new request for the rule."""
    return ticket.start_at if ticket.start_said and not ticket.start_problem else None


def _completed(ticket: Ticket, row_ids: set[int], received: datetime) -> Ticket:
    """Note when each row of the message became complete: a correction of what was complete counts, too."""
    rows = tuple(
        replace(row, complete_at=received.isoformat())
        if row.id in row_ids and (not row.problems or is_serverless(row))
        else row
        for row in ticket.rows
    )
    return replace(ticket, rows=rows)


def _judged(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Ticket:
    """Say who is too late for the start: all who have not begun, then another start is asked for; or some, then theirs."""
    schedule = from_json(dict(data.get("schedule") or {}))
    waiting = [row for row in ticket.rows if row.state in _BEFORE_START]
    since = [_complete_at(row, ticket, now) for row in waiting]
    if ticket.start_said and ticket.start_problem not in ("", "too-soon"):
        return _with_choices(ticket, max(since, default=now), now, schedule)
    if not ticket.start_said and any(row.id in ticket.late for row in waiting):
        return _with_choices(ticket, max(since), now, schedule)
    if not ticket.start_said or ticket.start_at is None:
        return ticket
    start = ticket.start_at
    late = tuple(
        row.id for row, at in zip(waiting, since, strict=True) if not check_notice(start, at, schedule)
    )
    everybody = len(late) == len(waiting) if waiting else not check_notice(start, now, schedule)
    if everybody:
        ticket = replace(ticket, start_problem="too-soon", start_choices=(), late=())
        return _with_choices(ticket, max(since, default=now), now, schedule)
    ticket = replace(ticket, start_problem="", start_choices=(), late=late)
    return _with_choices(ticket, max(since, default=now), now, schedule) if late else ticket


def _complete_at(row: Row, ticket: Ticket, now: datetime) -> datetime:
    """Return since when a row is complete; one that is not yet cannot be earlier than now."""
    at = _moment(row.complete_at) if not row.problems else None
    since = _moment(ticket.start_since)
    return max(at or now, since) if since else at or now


def _with_choices(ticket: Ticket, complete_at: datetime, now: datetime, schedule: Schedule) -> Ticket:
    """Offer what the phrase may have meant, as far as there is notice for it; else the next slots there are."""
    meant = [
        one
        for text in ticket.start_choices
        if (one := _moment(text)) and check_notice(one, complete_at, schedule)
    ]
    slots = earliest_slots(ticket.start_at, complete_at, now, schedule)
    chosen = meant if len(meant) > 1 else sorted({*meant, *slots})[:3]
    return replace(ticket, start_choices=tuple(one.isoformat() for one in chosen))


def waits(ticket: Ticket, row_id: int, now: datetime) -> bool:
    """Say whether a row or file (a negative id) may not begin yet: its start is open, has not come, or came too soon for it."""
    if row_id in ticket.late:
        return True
    if not ticket.start_said:
        return False
    return bool(ticket.start_problem) or ticket.start_at is None or now < ticket.start_at


def pass_start(ticket: Ticket, now: datetime) -> Ticket:
    """Return the ticket without the start that has come; who was too late for it, or still lacks something, waits for another one."""
    if not ticket.start_said or ticket.start_problem or ticket.start_at is None or now < ticket.start_at:
        return ticket
    late = tuple(
        row.id
        for row in ticket.rows
        if row.state is State.ASKING or (row.id in ticket.late and row.state in _BEFORE_START)
    )
    return replace(forget_start(ticket), late=late, start_choices=ticket.start_choices)


def forget_start(ticket: Ticket) -> Ticket:
    """Return the ticket as if nobody had named a start: what is complete begins."""
    return replace(
        ticket,
        start_said="",
        start_at=None,
        start_problem="",
        start_choices=(),
        start_zone="",
        start_since="",
        late=(),
    )


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

"""`decide`: what a ticket does next, as a pure function of what happened.

The values and tables are in bot/states.py, what each event does in bot/events.py; here is what follows: what may start,
what has to be said, when to look again. The ticket's own state follows from its rows and files.
"""

from dataclasses import replace
from datetime import datetime

from bot import aftercare, cutover
from bot.events import HANDLERS, Outcome, forget, put_import, put_pass, say
from bot.starts import pass_start, waits
from bot.states import BUSY, Effect, Event, Move, Row, State, Ticket, move_file, move_row, things_of


def decide(ticket: Ticket, event: Event, now: datetime) -> tuple[Ticket, list[Effect]]:
    """Return the ticket after the event, and what has to be done because of it.

    Pure: the same log gives the same ticket. An event that does not fit (a job of a cancelled row, a row that is
    gone) changes nothing; an unknown kind is a bug and raises KeyError.
    """
    after, effects = HANDLERS[event.kind](ticket, event.data, now)
    return _settle(after, now, effects)


def _settle(ticket: Ticket, now: datetime, effects: list[Effect]) -> Outcome:
    """Start what may start, say what is due, and set the next alarm."""
    ticket = _acknowledge(pass_start(ticket, now), now, effects)
    if ticket.acked and not ticket.paused and ticket.closed_at is None:
        ticket = _look_for_late_mail(_start(ticket, now, effects), now, effects)
    if ticket.acked and ticket.closed_at is None:
        ticket = _tell(_remember(ticket), now, effects)
    waits = (
        not ticket.acked
        and ticket.closed_at is None
        and (_is_checking(ticket) or cutover.awaits_look(ticket))
    )
    ticket = _close(ticket, now, effects)
    return replace(ticket, wake_at=_alarm(ticket, now, acknowledging=waits)), effects


def _alarm(ticket: Ticket, now: datetime, *, acknowledging: bool) -> datetime | None:
    """Return when to look again: at the acknowledgement's deadline, at the wanted start, when a switch has settled."""
    if ticket.closed_at is not None:
        return None
    begins = ticket.start_at if not ticket.start_problem else None
    alarms = [one for one in (ticket.deadline if acknowledging else None, begins) if one]
    return min([*alarms, *cutover.alarms(ticket, now), *aftercare.alarms(ticket, now)], default=None)


def _is_checking(ticket: Ticket) -> bool:
    return any(row.state in (State.NEW, State.CHECKING) for row in ticket.rows)


def _is_held(ticket: Ticket) -> bool:
    """Say whether staff alone decides what happens, so that nobody else is told anything."""
    states = {thing.state for thing in things_of(ticket)}
    return ticket.unproven or (State.HELD in states and states <= {State.HELD, State.CANCELLED})


def _acknowledge(ticket: Ticket, now: datetime, effects: list[Effect]) -> Ticket:
    if ticket.acked or ticket.closed_at is not None:
        return ticket
    if _is_held(ticket):
        if ticket.held_told or ticket.silent:
            return ticket
        return replace(say(ticket, "held", effects), held_told=True)
    waits = _is_checking(ticket) or cutover.awaits_look(ticket)
    if waits and (ticket.deadline is None or now < ticket.deadline):
        return ticket
    return replace(say(ticket, "ack", effects), acked=True, told=_asked(ticket))


def _asked(ticket: Ticket) -> tuple[tuple[int, str], ...]:
    """What the requester has to be told about: rows and files that wait for them or for staff."""
    waiting = (State.ASKING, State.FAILED)
    rows = [(row.id, row.code) for row in ticket.rows if row.state in waiting]
    return (*rows, *((-item.id, item.code) for item in ticket.files if item.state in waiting))


def _remember(ticket: Ticket) -> Ticket:
    """Forget what was told of rows and files that have got through since: should it happen again, it is news."""
    through = (State.COPIED, State.DONE)
    rows = {row.id for row in ticket.rows if row.state in through}
    files = {-item.id for item in ticket.files if item.state in through}
    return replace(ticket, told=forget(ticket.told, rows | files))


def _start(ticket: Ticket, now: datetime, effects: list[Effect]) -> Ticket:
    """Start passes and imports; a second pass, or a file beside finished rows, has to be reported."""
    rows = tuple(
        row
        if row.state is State.READY and waits(ticket, row.id, now)
        else _next_pass(row, effects, switched=ticket.switched or cutover.is_settled(ticket, row, now))
        for row in ticket.rows
    )
    files = tuple(
        put_import(move_file(item, Move.START), effects)
        if item.state is State.READY and not waits(ticket, -item.id, now)
        else item
        for item in ticket.files
    )
    second = any(
        after.state is State.SECOND_PASS is not before.state
        for after, before in zip(rows, ticket.rows, strict=True)
    )
    late_file = files != ticket.files and all(row.state in (State.DONE, State.CANCELLED) for row in rows)
    reported = ticket.reported and not (second or late_file)
    return replace(ticket, rows=rows, files=files, reported=reported)


def _next_pass(row: Row, effects: list[Effect], *, switched: bool) -> Row:
    if row.state is State.READY:
        return put_pass(move_row(row, Move.START), "first-pass", effects)
    if row.state is State.COPIED and switched:
        return put_pass(move_row(row, Move.SWITCH), "second-pass", effects)
    return row


def _tell(ticket: Ticket, now: datetime, effects: list[Effect]) -> Ticket:
    """Say what is due; a report or news of the first copy names what is wrong too, so it needs no second mail."""
    asked, summary = _asked(ticket), _summary_due(ticket, now)
    if summary == "copied" and not cutover.has_looked(ticket, now):
        ticket, summary = replace(ticket, copied_at=ticket.copied_at or now.isoformat()), ""
    checking = any(row.state in (State.NEW, State.CHECKING) for row in ticket.rows)
    news = not summary and bool(set(asked) - set(ticket.told))
    if not checking and (ticket.owing or news):
        ticket = replace(say(ticket, "update", effects, answers=ticket.owing), owing=False)
    if summary:
        asked_for = (
            summary == "report" and ticket.switched
        )  # "done" in the evening is answered in the evening
        ticket = say(ticket, summary, effects, answers=asked_for)
    if summary == "report":
        ticket = aftercare.end_care(replace(ticket, reported=True))
    if summary == "copied":
        ticket = replace(ticket, copied_told=_copied(ticket), copied_at=now.isoformat())
    elif cutover.due(ticket, now):
        ticket = cutover.tell(say(ticket, "dns", effects, answers=False), now)
    return ticket if checking else replace(ticket, told=tuple(sorted({*ticket.told, *asked})))


def _copied(ticket: Ticket) -> tuple[int, ...]:
    return tuple(row.id for row in ticket.rows if row.state is State.COPIED)


def _summary_due(ticket: Ticket, now: datetime) -> str:
    """Which of the two summaries is due: they wait until nothing is under way, and while staff has paused."""
    waiting = {row.id for row in ticket.rows if row.state is State.READY and waits(ticket, row.id, now)}
    if ticket.paused or any(row.state in BUSY and row.id not in waiting for row in ticket.rows):
        return ""
    if any(item.state in BUSY for item in ticket.files):
        return ""
    if not ticket.reported:
        return "report"
    return "copied" if set(_copied(ticket)) - set(ticket.copied_told) else ""


def _look_for_late_mail(ticket: Ticket, now: datetime, effects: list[Effect]) -> Ticket:
    due = aftercare.look_due(ticket, now)
    if not due:
        return ticket
    rows = tuple(
        put_pass(move_row(row, Move.LOOK), "late-pass", effects) if row.id in due else row
        for row in ticket.rows
    )
    return aftercare.looked(replace(ticket, rows=rows), now)


def _close(ticket: Ticket, now: datetime, effects: list[Effect]) -> Ticket:
    """End the ticket when all of it is over: after its report, and the days of care where there are any."""
    things = things_of(ticket)
    over = bool(things) and all(thing.state in (State.DONE, State.CANCELLED) for thing in things)
    if not over or not ticket.reported or ticket.closed_at is not None or ticket.paused:
        return ticket
    if not ticket.care_until:
        ticket = aftercare.begin_care(ticket, now)
    if not aftercare.is_over(ticket, now):
        return ticket
    if ticket.care_until:
        ticket = aftercare.end_care(say(ticket, "closing", effects, answers=False))
    return replace(ticket, closed_at=now, switched=False)  # what comes later has a switch of its own

"""After the report: the old server is looked at once a day for late mail, then the ticket is closed and its passwords are wiped. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.errors import BotError, Retry, Stopped
from bot.states import Move, Row, State, Ticket, move_row

EVERY: Final = timedelta(days=1)


def care_days(ticket: Ticket) -> int:
    """Return for how many days late mail is looked for; 0 = the report is the end."""
    return int(ticket.terms.get("care_days") or 0)


def begin_care(ticket: Ticket, now: datetime) -> Ticket:
    """Return the ticket in after-care, where there is an account to look at."""
    if not care_days(ticket) or not any(_looks(row) for row in ticket.rows):
        return ticket
    until = now + timedelta(days=care_days(ticket))
    return replace(
        ticket,
        care_until=until.isoformat(),
        care_next=(now + EVERY).isoformat(),
        switched=False,  # what comes later has a switch of its own
    )


def end_care(ticket: Ticket) -> Ticket:
    """Return the ticket as before its report: something of it is under way again."""
    return replace(ticket, care_until="", care_next="")


def is_over(ticket: Ticket, now: datetime) -> bool:
    """Say whether the last day has come, or no old account opens any more."""
    until = _moment(ticket.care_until)
    return until is None or until <= now or not any(_looks(row) for row in ticket.rows)


def look_due(ticket: Ticket, now: datetime) -> tuple[int, ...]:
    """Return the rows whose old account is to be looked at now."""
    at, until = _moment(ticket.care_next), _moment(ticket.care_until)
    if at is None or until is None or now < at or now >= until:
        return ()
    return tuple(row.id for row in ticket.rows if row.state is State.DONE and _looks(row))


def looked(ticket: Ticket, now: datetime) -> Ticket:
    """Return the ticket with its next look a day later; days missed are not made up for."""
    return replace(ticket, care_next=(now + EVERY).isoformat())


def alarms(ticket: Ticket, now: datetime) -> list[datetime]:
    """Return when something is to be decided next."""
    found = (_moment(ticket.care_next), _moment(ticket.care_until))
    return [at for at in found if at and at > now]


def late_passed(row: Row, data: Mapping[str, Any]) -> Row:
    """Take the outcome of one look: what came late is counted; an account that no longer opens is left alone.

    Trouble that passes waits for tomorrow. Nobody is asked for anything any more.
    """
    code = str(data.get("code", ""))
    if not code:
        folders = data["report"].get("folders", ())
        return move_row(row, Move.FINISH, late=row.late + sum(int(one["copied"]) for one in folders))
    if code == Stopped.code:
        return move_row(row, Move.PARK)
    kind = BotError.by_code.get(code)
    passes = kind is not None and kind.retry is Retry.LATER
    return move_row(row, Move.FAIL, gone=not passes)


def _looks(row: Row) -> bool:
    return row.state in (State.DONE, State.LATE_PASS) and not row.gone


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

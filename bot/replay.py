"""The log of a ticket played again: it gives the ticket as the tables hold it. Pure.

What a mail brings is written to the tables when it is read, and decided on in the next turn: so the log holds both, the
facts as they came (`BROUGHT`) and, later, the event that tells of them.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.model import Json
from bot.records import file_data, file_of, row_data, row_of
from bot.states import Event, File, Row, Ticket
from bot.tickets import decide

BROUGHT: Final = "brought"
UNHEARD: Final = frozenset({"note"})  # for people; nothing is decided on it


def brought(rows: Iterable[Row], files: Iterable[File], *, silent: bool = False) -> Json:
    """Return what a mail put into the tables, as the log keeps it: no secret is among it, only where one is sealed."""
    return {
        "rows": [{"id": row.id, "state": row.state, "data": row_data(row)} for row in rows],
        "files": [{"id": item.id, "state": item.state, "data": file_data(item)} for item in files],
        "silent": silent,
    }


def replay(opening: Ticket, log: Iterable[Json]) -> Ticket:
    """Return what a ticket has become by everything that took effect on it.

    Args:
        opening: the ticket as it was opened: number, requester and moment, no rows.
        log: rows of the event table in any order; those nobody has decided on yet do not count.
    """
    ticket = opening
    happened = [found for found in log if found["step"] is not None and found["kind"] not in UNHEARD]
    for found in sorted(happened, key=lambda found: found["step"]):
        if found["kind"] == BROUGHT:
            ticket = _bring(ticket, found["data"])
        else:
            event = Event(kind=found["kind"], data=found["data"])
            ticket, _ = decide(ticket, event, datetime.fromisoformat(found["consumed_at"]))
    return ticket


def _bring(ticket: Ticket, data: Json) -> Ticket:
    rows = {row.id: row for row in ticket.rows} | {found["id"]: row_of(found) for found in data["rows"]}
    files = {item.id: item for item in ticket.files} | {
        found["id"]: file_of(found) for found in data["files"]
    }
    silent = ticket.silent or bool(data.get("silent"))
    return replace(ticket, rows=tuple(rows.values()), files=tuple(files.values()), silent=silent)

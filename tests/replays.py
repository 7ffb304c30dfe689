"""Plays a ticket's log again and compares it with what the tables hold."""

from typing import Any

from bot.records import file_data, row_data, stamp, ticket_data
from bot.replay import replay
from bot.states import Ticket
from bot.work import Work


def plain(ticket: Ticket) -> dict[str, Any]:
    """Return all of a ticket as it would stand in the tables."""
    times = {"wake_at": ticket.wake_at and stamp(ticket.wake_at), "closed_at": ticket.closed_at}
    rows = {row.id: (row.state.value, row_data(row)) for row in ticket.rows}
    files = {item.id: (item.state.value, file_data(item)) for item in ticket.files}
    return {"ticket": ticket_data(ticket), "rows": rows, "files": files, **times}


def disagreements(work: Work) -> list[str]:
    """Return what differs between each ticket of the store and its log, by ticket and field; nothing is expected."""
    found = []
    for number in work.ticket_ids():
        stored = work.load(number)
        opening = Ticket(
            id=stored.id, number=stored.number, requester=stored.requester, created_at=stored.created_at
        )
        log = work.events(number)
        undecided = [event["kind"] for event in log if event["step"] is None]
        assert not undecided, f"{stored.number} still has to decide on {undecided}"
        told, kept = _flat(plain(replay(opening, log))), _flat(plain(stored))
        found += [
            f"{stored.number} {name}: log {told.get(name)!r}, table {kept.get(name)!r}"
            for name in sorted({*told, *kept})
            if told.get(name) != kept.get(name)
        ]
    return found


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Return the leaves of nested data by their path; lists and tuples are the same in JSON."""
    if isinstance(value, dict):
        pairs = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        pairs = [(str(key), item) for key, item in enumerate(value)]
    else:
        return {name: value}
    return {path: leaf for key, item in pairs for path, leaf in _flat(item, f"{name}.{key}").items()}

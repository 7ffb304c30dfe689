"""Tickets as they come about, for the tests of what we say."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.states import File, Row, State, Ticket

NOW = datetime(2026, 11, 23, 21, 58, tzinfo=UTC)
ANNA, BOB, DORA = "anna@kunde.example", "bob@kunde.example", "dora@kunde.example"
OLD = "imap.old-provider.example"


def row(address: str = ANNA, state: State = State.READY, **facts: Any) -> Row:
    """Return an account; ids follow from the addresses."""
    known: dict[str, Any] = {
        "id": sum(address.encode()),
        "address": address,
        "host": OLD,
        "destination": address,
    }
    if state not in (State.NEW, State.HELD, State.ASKING, State.CHECKING):
        known["found"] = {"folders": 6, "messages": 413, "size_bytes": 6_100_000_000}
    return Row(state=state, **(known | facts))


def passed(messages: int = 413, present: int | None = None, **facts: Any) -> dict[str, Any]:
    """Return a stored PassReport of one folder beside an empty one."""
    folder = {
        "source": "INBOX",
        "destination": "INBOX",
        "messages": messages,
        "size_bytes": messages * 15_000,
    }
    counts = {"copied": messages, "matched": 0, "present": messages if present is None else present}
    empty = {
        "source": "Entwürfe",
        "destination": "Drafts",
        "messages": 0,
        "size_bytes": 0,
        "copied": 0,
        "present": 0,
    }
    return {"folders": [folder | counts, empty], "skipped": [], "folders_skipped": [], "renamed": []} | facts


def skipped(number: int, code: str = "too-big") -> dict[str, Any]:
    """Return one message a pass could not bring over."""
    return {
        "folder": "INBOX.Projekte",
        "date": "14-May-2019 09:12:44 +0200",
        "sender": "Chef <chef@kunde.example>",
        "subject": f"Baupläne, Teil {number}",
        "size_bytes": 78_000_000,
        "code": code,
    }


def file(name: str = "anna.vcf", state: State = State.DONE, **facts: Any) -> File:
    """Return an attached export."""
    kind = "calendar" if name.endswith(".ics") else "contacts"
    known: dict[str, Any] = {"id": len(name), "name": name, "kind": kind, "items": 8, "target": ANNA}
    return File(state=state, **(known | facts))


def imported(count: int = 8, **facts: Any) -> dict[str, Any]:
    """Return a stored ImportReport."""
    return {"imported": count, "same": 0, "repaired": [], "skipped": [], "failed": []} | facts


def ticket(*things: Row | File, **facts: Any) -> Ticket:
    """Return a ticket of Anna's."""
    rows = tuple(replace(one, id=n) for n, one in enumerate(things, 1) if isinstance(one, Row))
    files = tuple(replace(one, id=n) for n, one in enumerate(things, 1) if isinstance(one, File))
    known: dict[str, Any] = {"id": 1, "number": "MF-7F3K9Q", "requester": ANNA, "created_at": NOW}
    return Ticket(rows=rows, files=files, **(known | facts))

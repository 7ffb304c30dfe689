"""Tickets as JSON and times as text: the shapes in which the database keeps them. Pure."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.model import Json, utc
from bot.states import Domain, File, Row, State, Ticket


def stamp(moment: datetime) -> str:
    """Return an aware time as text that sorts by time: UTC, microseconds."""
    return utc(moment).astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str | None) -> datetime | None:
    """Return the time of a stamp."""
    return None if text is None else datetime.fromisoformat(text)


def row_data(row: Row) -> Json:
    return {name: value for name, value in asdict(row).items() if name not in ("id", "state")}


def file_data(item: File) -> Json:
    return {name: value for name, value in asdict(item).items() if name not in ("id", "state")}


_TICKET_COLUMNS: Final = ("id", "number", "requester", "created_at", "rows", "files", "wake_at", "closed_at")


def ticket_data(ticket: Ticket) -> Json:
    lean = asdict(replace(ticket, rows=(), files=()))
    kept = {name: value for name, value in lean.items() if name not in _TICKET_COLUMNS}
    return {name: stamp(value) if isinstance(value, datetime) else value for name, value in kept.items()}


def row_of(found: Json) -> Row:
    data = dict(found["data"])
    for name in ("secret_ids", "passes", "proposals"):
        data[name] = tuple(data.get(name, ()))
    data["problems"] = _pairs(data.get("problems", ()))
    return Row(id=found["id"], state=State(found["state"]), **data)


def file_of(found: Json) -> File:
    data = dict(found["data"])
    data["problems"] = _pairs(data.get("problems", ()))
    return File(id=found["id"], state=State(found["state"]), **data)


def ticket_of(found: Json, rows: tuple[Row, ...], files: tuple[File, ...]) -> Ticket:
    data = dict(found["data"])
    for name in ("told", "remarks"):
        data[name] = _pairs(data.get(name, ()))
    data["layouts"] = tuple((name, tuple(layout)) for name, layout in data.get("layouts", ()))
    data["copied_told"] = tuple(data.get("copied_told", ()))
    data["domains"] = tuple(_domain(one) for one in data.get("domains", ()))
    for name in ("start_choices", "late", "included"):
        data[name] = tuple(data.get(name, ()))
    for name in ("deadline", "start_at"):
        data[name] = moment(data.get(name))
    created = moment(found["created_at"])
    assert created is not None
    return Ticket(
        id=found["id"],
        number=found["number"],
        requester=found["requester"],
        created_at=created,
        rows=rows,
        files=files,
        wake_at=moment(found["wake_at"]),
        closed_at=moment(found["closed_at"]),
        **data,
    )


def _domain(found: Json) -> Domain:
    data: Json = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    data["advice"] = tuple(tuple(one) for one in found.get("advice", ()))
    return Domain(**data)


def _pairs(value: Any) -> tuple[tuple[Any, Any], ...]:
    return tuple((first, second) for first, second in value)

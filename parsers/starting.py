"""The wanted start of a whole request, from every place that may name one, read in a child of its own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from parsers.sandbox import SandboxKilled
from parsers.when import LONGEST, Start, read_start

_MOST_PHRASES: Final = 20
_MOST_SKEW: Final = timedelta(hours=1)


def find_start(
    saids: tuple[str | None, ...], now: datetime | None, zone: str, safely: Callable[..., Any]
) -> Start | None:
    """Return the one start the phrases name; None where nobody named any. No child is started for nothing.

    Args:
        saids: what stands after labels, in sentences and in a table's column, as written.
        now: when the mail was written, in its writer's own offset; None = its Date cannot be read, then no relative word
            can be, and every phrase is asked about.
        zone: the service zone.
        safely: runs a parser in a child.
    """
    named = tuple(dict.fromkeys(said for said in saids if said and said.strip()))[:_MOST_PHRASES]
    if not named:
        return None
    if now is None:
        return Start(said=named[0][:LONGEST], problem="vague")
    try:
        found: Start | None = safely(read_phrases, named, now, zone)
    except SandboxKilled:
        return Start(said=named[0][:LONGEST], problem="vague")
    return found


def read_phrases(saids: tuple[str, ...], now: datetime, zone: str) -> Start | None:
    """Run in the child: `read_start` with its arguments by place."""
    return read_start(saids, now=now, zone=zone)


def instant(moment: datetime | None) -> str | None:
    """Return an instant as `explain --json` writes it: UTC, to the second."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written_at(date: datetime | None, received: datetime | None) -> datetime | None:
    """Return when a mail was written: its Date, unless its clock is more than an hour from ours; then its receipt."""
    if date is None or received is None:
        return date or received
    return date if abs(date - received) <= _MOST_SKEW else received

"""The wanted start of a whole request, from every place that may name one, read in a child of its own."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from parsers.sandbox import SandboxKilled
from parsers.slots import choose_slot
from parsers.when import LONGEST, read_start
from parsers.whenstart import FARTHEST, Start, StartProblem

_MOST_PHRASES: Final = 20
_MOST_SKEW: Final = timedelta(hours=1)
_LONG_AGO: Final = timedelta(days=30)
_MOST_CHOICES: Final = 3
_AT_TABLE: Final = re.compile(
    r"\b(?:columns?|table|list|sheet|file|attach\w+|csv|excel|spalte|tabelle|liste|datei|anhang|colonn[ea]|tableau|fichier|columna|tabla|lista|archivo|fichero|tabella|elenco|file"
    r"|kolom|tabel|lijst|bijlage|coluna|tabela|ficheiro|kolumn\w+|tabel\w+|plik\w*|coloan\w+)\b",
    re.IGNORECASE,
)
_YEAR_FIRST: Final = re.compile(r"(?<!\d)(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)")
_YEAR_LAST: Final = re.compile(r"(?<!\d)(\d{1,2})[-./](\d{1,2})[-./](\d{4})(?!\d)")


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


def points_at_table(said: str) -> bool:
    """Say whether a wanted start is no time of its own, but tells that a table has it: "as in the last column"."""
    return _AT_TABLE.search(said) is not None and not any(char.isdigit() for char in said)


def find_doubtful(
    saids: tuple[str, ...], now: datetime | None, zone: str, safely: Callable[..., Any]
) -> Start | None:
    """Return the question whether a time is the start that a mail names in passing; None where it cannot be one.

    Only a clear time that is to come may be meant: what is over, or no instant, was said of something else.
    """
    found = find_start(saids, now, zone, safely) if now is not None else None
    if found is None or (found.utc is None and not found.choices) or found.problem == "past":
        return None
    choices = tuple(one for one in (*found.choices, found.utc) if one and now and one - now <= FARTHEST)
    return None if not choices else replace(found, utc=None, problem="ambiguous", choices=choices)


def find_open(
    saids: tuple[str, ...], now: datetime | None, zone: str, safely: Callable[..., Any]
) -> Start | None:
    """Return the question when a start may be that hangs on an event; None where nobody asked for one.

    The time of that event is none to start at by itself: it is only offered.
    """
    found = find_start(saids, now, zone, safely)
    if found is None:
        return None
    choices = tuple(one for one in (*found.choices, found.utc) if one and now and now < one <= now + FARTHEST)
    problem: StartProblem = "ambiguous" if choices else "vague"
    return replace(found, utc=None, problem=problem, choices=choices)


def find_chosen(
    start: Start | None,
    offered: tuple[str, ...],
    answer: str,
    now: datetime | None,
    safely: Callable[..., Any],
) -> Start | None:
    """Return the start of an answer to our offer: the one offered time it takes, else what it says by itself.

    "Tuesday at 8:00" is the Tuesday that was offered, and not tomorrow.
    """
    if now is None or not offered:
        return start
    try:
        chosen: Start | None = safely(choose_slot, offered, answer, now)
    except SandboxKilled:
        return start
    if chosen is None or (start is not None and chosen.utc is None):
        return start
    return chosen


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


# --- a start in a table's column ----------------------------------------------------------------------------------


def wanted_in_rows(saids: Iterable[str | None], now: datetime | None) -> tuple[str, ...]:
    """Return the different starts a table's column states; () where all of them are dates long gone.

    A column "Date" of those says when the accounts were made. Nobody wants a start of last year.
    """
    named = tuple(dict.fromkeys(said for said in saids if said and said.strip()))
    return () if now is not None and named and all(_is_long_ago(said, now) for said in named) else named


def _is_long_ago(said: str, now: datetime) -> bool:
    dates = [(year, month, day) for year, month, day in _YEAR_FIRST.findall(said)]
    dates += [(year, one, two) for a, b, year in _YEAR_LAST.findall(said) for one, two in ((a, b), (b, a))]
    days = [day for one in dates if (day := _day(*map(int, one))) is not None]
    return bool(days) and max(days) < (now - _LONG_AGO).date()


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def find_row_starts(
    saids: tuple[str, ...], now: datetime | None, zone: str, safely: Callable[..., Any]
) -> dict[str, Start]:
    """Return the instant each of several starts means; {} unless every one of them is clear."""
    if now is None or not 1 < len(saids) <= _MOST_PHRASES:
        return {}
    try:
        found: dict[str, Start] = safely(_read_each, saids, now, zone)
    except SandboxKilled:
        return {}
    return found if all(start.utc and not start.problem for start in found.values()) else {}


def _read_each(saids: tuple[str, ...], now: datetime, zone: str) -> dict[str, Start]:
    return {said: start for said in saids if (start := read_start((said,), now=now, zone=zone)) is not None}


def with_choices(start: Start | None, by_row: Iterable[Start]) -> Start | None:
    """Return the question about the start of the whole request, with the first of the rows' own times to choose from."""
    instants = sorted({one.utc for one in by_row if one.utc})
    return replace(start, choices=tuple(instants[:_MOST_CHOICES])) if start and instants else start

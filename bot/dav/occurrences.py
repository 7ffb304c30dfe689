"""When a recurring event takes place, to see that a server keeps it: two years of dates from its start on.

Comparing texts misses a zone that shifts. The only module that imports recurring_ical_events.
"""

import hashlib
import re
import time
import warnings
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final

import icalendar
import recurring_ical_events

from parsers.lines import Line, make_line, read_lines

WINDOW: Final = timedelta(days=731)
MOST: Final = 800  # dates of one event that are looked at

_RECURS: Final = re.compile(rb"^(?:RRULE|RDATE)[;:]", re.MULTILINE | re.IGNORECASE)
_TIMING: Final = frozenset(
    {"DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}
    | {"TZID", "TZOFFSETFROM", "TZOFFSETTO", "BEGIN"}
)
_LIMITS: Final = frozenset({"COUNT", "UNTIL"})
# The parts of a rule that are followed: with others a rule that never comes true is sought until the year 9999.
_FEW: Final = frozenset({"FREQ", "INTERVAL", "BYDAY", "WKST", "BYMONTH"})
_MORE: Final = _FEW | {"BYMONTHDAY", "BYSETPOS", "BYYEARDAY"}
_PARTS: Final = {"DAILY": _FEW, "WEEKLY": _FEW, "MONTHLY": _MORE, "YEARLY": _MORE}
_LONGEST: Final = 200_000  # octets of an object that is looked at
_SECONDS: Final = 20.0  # of one upload


class Budget:
    """How much time one upload may spend on this."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._left = seconds

    def moved(self, sent: bytes, stored: bytes) -> bool:
        """Say whether a recurring event takes place at other times than what was sent; False where nobody can tell."""
        if self._left <= 0 or max(len(sent), len(stored)) > _LONGEST or not _recurs(sent):
            return False
        start = time.monotonic()
        if _timing(sent) == _timing(stored):
            return False
        before, after = occurrences(sent), occurrences(stored)
        self._left -= time.monotonic() - start
        return before is not None and after is not None and before != after


def _recurs(data: bytes) -> bool:
    """Say whether anything but a time zone has a rule."""
    first, *others = data.split(b"BEGIN:VTIMEZONE")
    return any(
        _RECURS.search(part) for part in (first, *(one.partition(b"END:VTIMEZONE")[2] for one in others))
    )


def _timing(data: bytes) -> list[tuple[str, ...]]:
    """Return all that decides when it takes place, zones with their rules too; equal ones need not be expanded."""
    return sorted(
        (line.name, *_rule_parts(line.value), *sorted(f"{key}={value}" for key, value in line.params))
        for line in read_lines(data).lines
        if line.name in _TIMING
    )


def _rule_parts(value: str) -> list[str]:
    """Return the parts of a rule in no order, without those that are understood; any other value whole (Cyrus sorts)."""
    return sorted({*value.upper().split(";")} - {"WKST=MO", "INTERVAL=1"})


def occurrences(data: bytes) -> list[tuple[str, str]] | None:
    """Return start and end of every date in the two years from the first start; None where that cannot be worked out.

    The end of a rule is left out, so that an empty rule is not followed to the year 9999; it is compared as text.
    """
    bounded = _bounded(data)
    if bounded is None:
        return None
    text, start = bounded
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells the terminal about odd zone names
            calendar = icalendar.Calendar.from_ical(_own_zones(text))
            found = recurring_ical_events.of(calendar, skip_bad_series=True).between(start, start + WINDOW)
            return sorted((_instant(one.start), _instant(one.end)) for one in islice(found, MOST))
    except Exception:  # noqa: BLE001 - it raises whatever its helpers raise
        return None


def _own_zones(text: bytes) -> bytes:
    """Return the object with each zone it defines under a name made of its definition.

    icalendar keeps the first definition of a name for the whole process, and prefers its own for names it knows.
    """
    lines, parts = read_lines(text).lines, text.split(b"BEGIN:VTIMEZONE")[1:]
    names: dict[str, str] = {}
    for part in parts:
        zone = part.partition(b"END:VTIMEZONE")[0]
        for line in read_lines(zone).lines:
            if line.name == "TZID":
                names[line.value] = f"Own-{hashlib.sha256(zone).hexdigest()}"
    return "\r\n".join([*(_renamed(line, names) for line in lines), ""]).encode("utf-8", "replace")


def _renamed(line: Line, names: Mapping[str, str]) -> str:
    if line.name == "TZID":
        return f"TZID:{names.get(line.value, line.value)}"
    if not any(key == "TZID" and value in names for key, value in line.params):
        return line.text
    return make_line(
        line.name,
        line.value,
        [(key, names.get(value, value) if key == "TZID" else value) for key, value in line.params],
    ).text


def _bounded(data: bytes) -> tuple[bytes, datetime] | None:
    """Return the object with every rule ending after the window, and where the window begins; None = too much to expand."""
    texts: list[str] = []
    starts: list[date] = []
    zone = False
    for line in read_lines(data).lines:
        zone = (
            line.value.strip().upper() == "VTIMEZONE" if line.name in {"BEGIN", "END"} and not zone else zone
        )
        if line.name == "END" and line.value.strip().upper() == "VTIMEZONE":
            zone = False
        if not zone and line.name == "DTSTART" and (day := _day(line.value)):
            starts.append(day)
        if zone or line.name not in {"RRULE", "EXRULE"}:
            texts.append(line.text)
        elif starts and (rule := _tame(line.value, starts[0])):
            texts.append(f"{line.name}:{rule}")
        else:
            return None
    if not starts:
        return None
    first = min(starts)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    return "\r\n".join([*texts, ""]).encode("utf-8", "replace"), begin


def _tame(rule: str, start: date) -> str:
    """Return the rule ended after the window; "" where it means more dates than are looked at."""
    parts = dict(part.upper().partition("=")[::2] for part in rule.strip().split(";") if part)
    named = parts.keys() - _LIMITS
    if len(rule) > 500 or not named <= _PARTS.get(parts.get("FREQ", ""), frozenset()):
        return ""
    if not re.fullmatch("[1-9][0-9]{0,2}", parts.get("INTERVAL", "1"), re.ASCII):
        return ""  # 0 would never end
    until = (start + WINDOW + timedelta(days=2)).strftime("%Y%m%d")
    kept = [f"{name}={value}" for name, value in parts.items() if name not in _LIMITS]
    return ";".join([*kept, f"UNTIL={until}"])


def _day(value: str) -> date | None:
    found = re.match(r"\s*(\d{4})(\d\d)(\d\d)", value)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
    return day if day and 1900 <= day.year <= 2200 else None


def _instant(value: date) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    return value.isoformat()

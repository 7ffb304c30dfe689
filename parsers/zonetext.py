"""An IANA time zone as a VTIMEZONE, short enough to go with every event (RFC 5545 section 3.6.5).

icalendar writes 2 kB of single dates for each; here the changes of the clocks are rules as long as they follow one.
"""

import calendar
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_FIRST, _LAST = (
    1990,
    2037,
)  # changes of the clocks before the first are not told; after the last its rule goes on
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of the clocks."""

    local: datetime  # in the time before it
    before: timedelta
    after: timedelta
    name: str
    summer: bool

    @property
    def kind(self) -> tuple[timedelta, timedelta, str, bool]:
        return self.before, self.after, self.name, self.summer

    @property
    def rules(self) -> frozenset[tuple[int, int, int, int]]:
        """Return (month, weekday, which one of the month, seconds of the day): each way to say when it was."""
        day, last = self.local.day, calendar.monthrange(self.local.year, self.local.month)[1]
        second = self.local.hour * 3600 + self.local.minute * 60 + self.local.second
        where = {(day - 1) // 7 + 1} | ({-1} if last - day < 7 else set())
        return frozenset((self.local.month, self.local.weekday(), one, second) for one in where)


@lru_cache(maxsize=256)
def zone_texts(name: str) -> tuple[str, ...]:
    """Return the unfolded lines of the VTIMEZONE of an IANA zone; () when there is none of that name."""
    try:
        zone = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return ()
    changes = list(_changes(zone))
    texts = [f"BEGIN:VTIMEZONE\nTZID:{name}", *_first(zone)]
    while changes:
        run = _run(changes)
        texts.append(_rule(run, goes_on=run[-1].local.year == _LAST))
        taken = {id(one) for one in run}
        changes = [one for one in changes if id(one) not in taken]
    return tuple("\n".join([*texts, "END:VTIMEZONE"]).split("\n"))


def _run(changes: list[_Change]) -> list[_Change]:
    """Return the first change and those of the following years that one rule says as well."""
    first = changes[0]
    run, rules = [first], first.rules
    for one in changes[1:]:
        if one.kind != first.kind:
            continue
        shared = rules & one.rules
        if not shared or one.local.year != run[-1].local.year + 1:
            break
        run.append(one)
        rules = shared
    return run


def _rule(run: list[_Change], *, goes_on: bool) -> str:
    first, last = run[0], run[-1]
    rule: list[str] = []
    if len(run) > 1:
        shared = first.rules.intersection(*(one.rules for one in run))
        month, weekday, which, _ = min(shared, key=lambda one: (one[2] > 0, one))
        rule = [f"RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY={which}{_DAYS[weekday]}"]
        # A day later than the last: dateutil, and so Radicale, compares it with local times.
        rule[0] += "" if goes_on else f";UNTIL={last.local + timedelta(days=1):%Y%m%dT%H%M%SZ}"
    return _observance(first.local, first.before, first.after, first.name, summer=first.summer, more=rule)


def _first(zone: zoneinfo.ZoneInfo) -> Iterator[str]:
    """Yield what held before the first change that is told."""
    at = datetime(_FIRST, 1, 1, tzinfo=UTC).astimezone(zone)
    offset = (at.utcoffset() or timedelta()) - (at.dst() or timedelta())
    yield _observance(datetime(1970, 1, 1), offset, offset, _named(at, offset), summer=False, more=[])  # noqa: DTZ001


def _observance(
    local: datetime, before: timedelta, after: timedelta, name: str, *, summer: bool, more: list[str]
) -> str:
    kind = "DAYLIGHT" if summer else "STANDARD"
    lines = [f"BEGIN:{kind}", f"DTSTART:{local:%Y%m%dT%H%M%S}", *more]
    lines += [
        f"TZOFFSETFROM:{_offset(before)}",
        f"TZOFFSETTO:{_offset(after)}",
        f"TZNAME:{name}",
        f"END:{kind}",
    ]
    return "\n".join(lines)


def _offset(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    minutes, second = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}{minutes % 60:02d}" + (
        f"{second:02d}" if second else ""
    )


def _named(at: datetime, offset: timedelta) -> str:
    return at.tzname() or _offset(offset)


def _changes(zone: zoneinfo.ZoneInfo) -> Iterator[_Change]:
    day, end = datetime(_FIRST, 1, 1, tzinfo=UTC), datetime(_LAST + 1, 1, 1, tzinfo=UTC)
    state = _state(zone, day)
    while day < end:
        later = day + timedelta(days=7)
        if _state(zone, later) != state:
            at = _moment(zone, day, later)
            before, after = at - timedelta(seconds=1), at.astimezone(zone)
            was = before.astimezone(zone).utcoffset() or timedelta()
            now = after.utcoffset() or timedelta()
            if was != now:
                local = (at + was).replace(tzinfo=None)
                yield _Change(local, was, now, _named(after, now), bool(after.dst()))
            later, state = at, _state(zone, at)
        day = later


def _moment(zone: zoneinfo.ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Return the first second at which the zone is no longer as it was at `low`."""
    state = _state(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _state(zone, middle) == state else (low, middle)
    return high


def _state(zone: zoneinfo.ZoneInfo, when: datetime) -> tuple[timedelta | None, str | None]:
    local = when.astimezone(zone)
    return local.utcoffset(), local.tzname()

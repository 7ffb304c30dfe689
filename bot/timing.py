"""When a start may be: enough notice before it, more before a weekend. Pure; elapsed time is counted on UTC instants."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import Json
from parsers.whenzone import instants

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_QUARTER: Final = timedelta(minutes=15)
_MOST_SLOTS: Final = 3
_QUIET: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d")
_DAYS_AHEAD: Final = 16
_USUAL: Final = (time(8), time(22))  # offered where nobody named an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How much notice the team needs. The weekend is in the service zone, for there the team supervises."""

    zone: str = "UTC"
    notice: timedelta = timedelta(hours=24)
    weekend_notice: timedelta = timedelta(hours=48)
    weekend: tuple[int, ...] = (5, 6)  # 0 = Monday


def check_quiet(text: str) -> str:
    """Return quiet hours as they are, "" = none. ValueError: they are no two times of a day such as "22:00-06:00"."""
    if text and (not _QUIET.fullmatch(text) or text[:5] == text[6:]):
        raise ValueError('two times of the day are wanted, such as "22:00-06:00"')
    return text


def after_quiet(now: datetime, quiet: str, zone: str) -> datetime:
    """Return `now`, or when the quiet hours around it end, by the clock of that zone; an instant (UTC).

    A clock change neither lengthens nor shortens them on the wall: they end when it shows their end.
    """
    if not quiet:
        return now
    begin, end = (time.fromisoformat(one) for one in quiet.split("-"))
    local = now.astimezone(ZoneInfo(zone))
    clock = local.time().replace(tzinfo=None, fold=0)
    over_midnight = begin > end
    if not (clock >= begin or clock < end if over_midnight else begin <= clock < end):
        return now
    day = local.date() + timedelta(days=int(over_midnight and clock >= begin))
    found = instants(datetime.combine(day, end), ZoneInfo(zone))
    ends = found or instants(datetime.combine(day, end) + timedelta(hours=1), ZoneInfo(zone))
    return max(now.astimezone(UTC), ends[0].astimezone(UTC))


def as_json(schedule: Schedule) -> Json:
    """Return the schedule as it travels in an event: the log alone has to say why a start was refused."""
    return {
        "zone": schedule.zone,
        "notice_s": schedule.notice.total_seconds(),
        "weekend_notice_s": schedule.weekend_notice.total_seconds(),
        "weekend": list(schedule.weekend),
    }


def from_json(data: Json) -> Schedule:
    """Return the schedule of an event; one without gets the usual notice."""
    if not data:
        return Schedule()
    return Schedule(
        zone=str(data["zone"]),
        notice=timedelta(seconds=data["notice_s"]),
        weekend_notice=timedelta(seconds=data["weekend_notice_s"]),
        weekend=tuple(data["weekend"]),
    )


def needed_notice(start: datetime, schedule: Schedule) -> timedelta:
    """Return how long before this start a row has to be complete."""
    on_weekend = start.astimezone(ZoneInfo(schedule.zone)).weekday() in schedule.weekend
    return schedule.weekend_notice if on_weekend else schedule.notice


def check_notice(start: datetime, complete_at: datetime, schedule: Schedule) -> bool:
    """Say whether a row that became complete then may start at `start`. Exactly as much notice as needed is enough."""
    return start.astimezone(UTC) - complete_at.astimezone(UTC) >= needed_notice(start, schedule)


def earliest_slots(
    wanted: datetime | None, complete_at: datetime, now: datetime, schedule: Schedule
) -> tuple[datetime, ...]:
    """Return two or three instants (UTC) to offer instead, soonest first; `check_notice` accepts every one of them.

    The soonest of all, at a quarter of an hour; then the hour they wanted, on the next day it may be, and on the next one
    that is no weekend. Never before what they wanted: nobody wants to be earlier by surprise.
    """
    zone = ZoneInfo(schedule.zone)
    not_before = max(now, wanted or now)
    hours = (wanted.astimezone(zone).time().replace(tzinfo=None, fold=0),) if wanted else _USUAL
    daily = list(_daily(not_before.astimezone(zone).date(), hours, zone))
    good = _accepted(
        [*_soonest(complete_at, not_before, schedule), *daily], not_before, complete_at, schedule
    )
    at_their_hour = [one for one in good if one in daily]
    on_weekdays = [one for one in at_their_hour if one.astimezone(zone).weekday() not in schedule.weekend]
    chosen = [*good[:1], *at_their_hour[:1], *on_weekdays[:1], *at_their_hour[1:]]
    return (
        tuple(sorted(dict.fromkeys(chosen))[:_MOST_SLOTS]) if wanted else tuple(at_their_hour[:_MOST_SLOTS])
    )


def _soonest(complete_at: datetime, not_before: datetime, schedule: Schedule) -> Iterator[datetime]:
    """Yield the instants at which a start becomes possible: each notice's end, and the first minute after a weekend."""
    for after in (schedule.notice, schedule.weekend_notice):
        yield _rounded_up(max(complete_at + after, not_before))
    zone = ZoneInfo(schedule.zone)
    for number in range(_DAYS_AHEAD):
        day = not_before.astimezone(zone).date() + timedelta(days=number)
        yield from instants(datetime.combine(day, time()), zone)[:1]


def _rounded_up(moment: datetime) -> datetime:
    moment = moment.astimezone(UTC)
    over = (moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)) % _QUARTER
    return moment + (_QUARTER - over) if over else moment


def _daily(first: date, hours: Iterable[time], zone: ZoneInfo) -> Iterator[datetime]:
    """Yield those hours of the coming days; an hour that a clock change skips or doubles is left out."""
    clocks = sorted(hours)
    for number in range(_DAYS_AHEAD):
        for clock in clocks:
            found = instants(datetime.combine(first + timedelta(days=number), clock), zone)
            if len(found) == 1:
                yield found[0]


def _accepted(
    candidates: Iterable[datetime], not_before: datetime, complete_at: datetime, schedule: Schedule
) -> list[datetime]:
    good = {one for one in candidates if one >= not_before and check_notice(one, complete_at, schedule)}
    return sorted(good)

"""The hour a phrase about time names, and the hours it may mean where that is open."""

from datetime import date, datetime, time, timedelta
from typing import Final

from parsers.whenstart import Unclear
from parsers.whentokens import Token, tokens_of

_HOURS_OF: Final = {
    "morning": (8, 10), "noon": (12,), "afternoon": (14, 16), "evening": (18, 20), "night": (20, 22),
}  # fmt: skip


ANY_HOURS: Final = (time(8), time(18), time(22))


_FITS: Final = {
    "morning": range(12), "noon": range(11, 15), "afternoon": range(12, 19), "evening": range(16, 24),
    "night": range(18, 24),
}  # fmt: skip


def clock_times(tokens: list[Token]) -> tuple[time, ...] | None:
    """Return the readings of the clock time; None when none is said. 24:00 is told apart by its microsecond."""
    times, parts = tokens_of(tokens, "time", "hour"), [token.value for token in tokens_of(tokens, "part")]
    if "midnight" in parts:
        return (time(0, 0), _NEXT_MIDNIGHT)
    if not times:
        return None
    readings = tuple(dict.fromkeys(one for token in times for one in _readings(token)))
    for part in dict.fromkeys(parts):
        readings = tuple(dict.fromkeys(_in_part(one, part) for one in readings))
    return readings


_NEXT_MIDNIGHT: Final = time(0, 0, 0, 1)


def _readings(token: Token) -> tuple[time, ...]:
    if token.kind == "hour":
        clock, minute = token.value if isinstance(token.value, tuple) else (token.value, 0)
        return (time(clock, minute), time((clock + 12) % 24, minute))
    hour, minute = token.value
    return (_NEXT_MIDNIGHT,) if hour == 24 else (time(hour, minute),)


def _in_part(clock: time, part: str) -> time:
    """Return the time in that part of the day: "9 in the evening" is 21:00.

    Raises:
        Unclear: the two do not go together, or "night" leaves open which of the two days is meant.
    """
    fits = _FITS[part]
    if clock.hour in fits:
        return clock
    later = clock.replace(hour=(clock.hour + 12) % 24)
    if clock.hour not in (0, 12) and later.hour in fits and (clock.hour < 12) != (part == "morning"):
        return later  # in the morning: the other reading of a bare number
    raise Unclear("ambiguous")


def part_hours(tokens: list[Token]) -> tuple[time, ...]:
    """Return the hours to offer where only a part of the day was said, or nothing."""
    parts = [token.value for token in tokens_of(tokens, "part")]
    return tuple(time(hour) for hour in _HOURS_OF[parts[0]]) if parts else ANY_HOURS


def wall_time(day: date, clock: time) -> datetime:
    """Return day and hour together; 24:00 is the next day's midnight."""
    if clock == _NEXT_MIDNIGHT:
        return datetime.combine(day + timedelta(days=1), time())
    return datetime.combine(day, clock)

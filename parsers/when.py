"""A wanted start in people's words, or why it is not clear. Our own grammar reads what eight languages say; what it does
not know it asks `dateparser`, under rules of ours: that library guesses 7 of 12 ambiguous phrases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from parsers.whenplace import read_places
from parsers.whenscan import Day, Kind, Token, scan
from parsers.whenwords import plain
from parsers.whenzone import MANY, Zones, instants, read_zones, zone_called

StartProblem = Literal["ambiguous", "vague", "past", "too-soon", "gap"]

LONGEST: Final = 160  # characters; a longer text is no time
FARTHEST: Final = timedelta(days=60)
_MOST_CHOICES: Final = 3
_MOST_PHRASES: Final = 5
_HOURS_OF: Final = {
    "morning": (8, 10), "noon": (12,), "afternoon": (14, 16), "evening": (18, 20), "night": (20, 22),
}  # fmt: skip
_ANY_HOURS: Final = (time(8), time(18), time(22))
_FITS: Final = {
    "morning": range(12), "noon": range(11, 15), "afternoon": range(12, 19), "evening": range(16, 24),
    "night": range(18, 24),
}  # fmt: skip
_BETWEEN_TIMES: Final[frozenset[Kind]] = frozenset({"particle", "range", "deadline", "maybe-or", "earliest"})
_TO: Final = ("a", "al", "alle", "as")  # "de 22h à 23h", "dalle 22 alle 23"
# Languages our own grammar does not know; dateparser reads their month names.
_OTHER_LANGUAGES: Final = (
    "sv",
    "da",
    "nb",
    "fi",
    "cs",
    "sk",
    "ro",
    "hu",
    "tr",
    "hr",
    "sl",
    "ca",
    "ru",
    "uk",
    "el",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A wanted start as far as it was understood.

    utc None and problem None together: as soon as possible, no time is wanted. "too-soon" is never found here: who knows
    the notice rule adds it. With "past" the instant stands beside the problem; with every other one there is none.
    """

    said: str
    utc: datetime | None = None  # aware, UTC
    problem: StartProblem | None = None
    choices: tuple[datetime, ...] = ()  # at most three instants (aware, UTC) that may be meant
    zone: str | None = (
        None  # the one zone they named, as the tz database or "UTC+05:30" calls it; None = none
    )


class _Unclear(Exception):
    """Reading stopped; the problem and the choices to offer."""

    def __init__(self, problem: StartProblem, *choices: datetime) -> None:
        super().__init__(problem)
        self.problem: StartProblem = problem
        self.choices = choices


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a phrase is read in."""

    now: datetime
    zones: tuple[tzinfo, ...]  # one, or several when it is open which is meant
    abbreviations: tuple[str, ...] = ()

    def at(self, wall: datetime) -> tuple[datetime, ...]:
        """Return the instants of a wall time in every zone that may be meant."""
        return tuple(dict.fromkeys(one for zone in self.zones for one in instants(wall, zone)))


def parse_start(said: str, *, now: datetime, zone: str) -> Start:
    """Return the instant a phrase names, or the problem that has to be asked about. Never raises, never guesses.

    Args:
        said: what stands after a start label or a verb, as written.
        now: aware: when the mail was written. Its own offset says which day "tomorrow" is.
        zone: the service zone, in which a time without a zone is read.
    """
    there = now.astimezone(zone_called(zone) or ZoneInfo("UTC"))
    if now.utcoffset() == timedelta() and there.date() != now.date():
        return _on_either_day(said, now, there, zone)
    if not any(char.isalnum() for char in said):  # an empty line of a form
        return Start(said=said.strip())
    if len(said) > LONGEST:
        return Start(said=said[:LONGEST], problem="vague")
    service = zone_called(zone) or ZoneInfo("UTC")
    zones = read_zones(said)
    folded = plain(zones.rest)
    places = read_places(folded)
    named = (*zones.named, *places.named)
    try:
        tokens = _translated(scan(places.rest), places.rest)
        frame = _Frame(now, _zones_meant(zones, named, service, now, local=places.local), zones.abbreviations)
        start = _read(tokens, frame)
    except _Unclear as unclear:
        offered = tuple(sorted({one for one in unclear.choices if one > now}))[:_MOST_CHOICES]
        start = Start(said="", problem=unclear.problem, choices=offered)
    except (OverflowError, ValueError):  # beyond the years a date can have
        start = Start(said="", problem="vague")
    return replace(start, said=said.strip(), zone=_zone_name(named))


def _on_either_day(said: str, now: datetime, there: datetime, zone: str) -> Start:
    """A Date in UTC hides the writer's clock; around midnight nobody knows which day "tomorrow" is."""
    first, second = (
        parse_start(said, now=one, zone=zone) for one in (now.replace(tzinfo=_NEARLY_UTC), there)
    )
    if first == second or first.utc is None or second.utc is None:
        return second
    return replace(second, utc=None, problem="ambiguous", choices=tuple(sorted((first.utc, second.utc))))


_NEARLY_UTC: Final = timezone(timedelta(seconds=1))  # UTC's day, without asking again


def read_start(saids: Sequence[str], *, now: datetime, zone: str) -> Start | None:
    """Return the one start that all these phrases of one mail name; None without any. Two different ones are ambiguous."""
    different = {plain(said): said.strip() for said in saids if said.strip()}
    whole = [
        said for folded, said in different.items() if not any(folded != o and folded in o for o in different)
    ]
    if not whole:
        return None
    joined = ", ".join(whole)
    starts = [parse_start(said, now=now, zone=zone) for said in whole[:_MOST_PHRASES]]
    if (
        len(starts) == len(whole)
        and len({(start.utc, start.problem) for start in starts}) == 1
        and not starts[0].problem
    ):
        return replace(starts[0], said=joined[:LONGEST])
    together = parse_start(joined, now=now, zone=zone)
    if together.utc is not None or len(starts) == 1:
        return together
    choices = sorted(
        {one for start in starts for one in (*start.choices, *([start.utc] if start.utc else []))}
    )
    problem: StartProblem = (
        "ambiguous" if any(start.utc for start in starts) else together.problem or "ambiguous"
    )
    offered = tuple(choices[:_MOST_CHOICES]) if len(choices) > 1 else together.choices
    return replace(together, problem=problem, choices=offered)


def _zones_meant(
    zones: Zones, named: tuple[tzinfo, ...], service: ZoneInfo, now: datetime, *, local: bool
) -> tuple[tzinfo, ...]:
    if any(not _goes_by(service, now, name) for name in zones.unsure):
        return tuple(dict.fromkeys(ZoneInfo(key) for name in zones.unsure for key in MANY[name]))
    if zones.unsure:
        return (service,)
    if local and not named:
        theirs = now.tzinfo
        same = theirs is None or now.utcoffset() == now.astimezone(service).utcoffset()
        return (service,) if same or theirs is None else (service, theirs)
    return tuple(dict.fromkeys(named)) or (service,)


def _goes_by(zone: ZoneInfo, now: datetime, name: str) -> bool:
    """Say whether the zone goes by that abbreviation at some time of the year."""
    return any((now + timedelta(days=days)).astimezone(zone).tzname() == name for days in (0, 91, 182, 273))


def _zone_name(named: tuple[tzinfo, ...]) -> str | None:
    different = dict.fromkeys(named)
    only = next(iter(different)) if len(different) == 1 else None
    return only.key if isinstance(only, ZoneInfo) else str(only) if only is not None else None


# --- what the tokens say together ----------------------------------------------------------------------------------


def _read(tokens: list[Token], frame: _Frame) -> Start:
    kinds = {token.kind for token in tokens}
    said = kinds - {"particle", "maybe-or", "range"}
    if said and said <= {"soon", "earliest"} and "soon" in said:
        return Start(said="")
    if not said:
        return Start(said="", problem="vague")
    tokens = _first_of_range(tokens)
    _refuse_alternatives(tokens, frame)
    if _of(tokens, "elapsed"):
        return _after_hours(tokens, frame)
    days = _days(tokens, frame)
    hours = _clock_times(tokens)
    if {token.kind for token in tokens} & {"unknown", "vague", "deadline", "soon"}:
        raise _Unclear("vague")
    if hours is None:
        raise _Unclear("vague", *_offers(days, _part_hours(tokens), frame))
    if not days.candidates:
        raise _Unclear("ambiguous", *_on_coming_days(hours, frame))
    days = _not_today(days, hours, frame)
    if days.problem or len(days.candidates) > 1 or len(hours) > 1:
        raise _Unclear("ambiguous", *_offers(days, hours, frame))
    return _settled(days, hours[0], frame)


def _of(tokens: list[Token], *kinds: Kind) -> list[Token]:
    return [token for token in tokens if token.kind in kinds]


def _first_of_range(tokens: list[Token]) -> list[Token]:
    """Return the tokens without the end of "between 22:00 and 23:00": the start is the first time."""
    times = [at for at, token in enumerate(tokens) if token.kind in ("time", "hour")]
    if len(times) != 2:
        return tokens
    first, last = times
    between = tokens[first + 1 : last]
    if (
        any(token.kind not in _BETWEEN_TIMES for token in between)
        or tokens[last].value == tokens[first].value
    ):
        return tokens
    ranged = any(token.kind in ("range", "deadline") or token.value in _TO for token in between)
    opened = any(token.kind == "earliest" for token in tokens[:first])
    return [*tokens[: first + 1], *tokens[last + 1 :]] if ranged or opened else tokens


def _refuse_alternatives(tokens: list[Token], frame: _Frame) -> None:
    """Somebody has to choose where it says "Saturday or Sunday", "22:00 or 23:00"."""
    for at, token in enumerate(tokens):
        sides = [{one.kind for one in side} for side in (tokens[:at], tokens[at + 1 :])]
        both = sides[0] & sides[1] & {"time", "hour", "weekday", "date", "relative"}
        if token.kind == "or" or (token.kind == "maybe-or" and both):
            raise _Unclear("ambiguous", *_each(tokens, frame))


def _each(tokens: list[Token], frame: _Frame) -> list[datetime]:
    """Return the instants of every day said with every time said."""
    days = [_days([token], frame).candidates[:1] for token in _of(tokens, "date", "weekday", "relative")]
    hours = _clock_times(tokens) or _ANY_HOURS
    return [one for day in days for one in _offers(_Days(day), hours, frame)]


def _after_hours(tokens: list[Token], frame: _Frame) -> Start:
    """Return the instant of "in 48 hours", which needs no clock."""
    spans = _of(tokens, "elapsed")
    rest = {token.kind for token in tokens} - {"elapsed", "particle", "earliest"}
    if rest or len(spans) > 1:
        raise _Unclear("vague")
    moment = (frame.now + timedelta(hours=spans[0].value)).astimezone(UTC).replace(second=0, microsecond=0)
    return Start(said="", utc=moment)


# --- the day -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Days:
    """The days a phrase may mean, best first; `problem` when not even one reading holds."""

    candidates: tuple[date, ...] = ()
    problem: bool = False
    from_weekday: bool = False  # nothing but a weekday: its next one, where today is no question
    year_said: bool = True


def _days(tokens: list[Token], frame: _Frame) -> _Days:
    dates, weekdays = _of(tokens, "date"), {token.value for token in _of(tokens, "weekday")}
    relative = {token.value for token in _of(tokens, "relative")}
    today = frame.now.date()
    if len(weekdays) > 1 or len(dates) + len(relative) > 1:
        return _Days(problem=True)
    weekday = next(iter(weekdays)) if weekdays else None
    if dates:
        return _written(dates[0].value, weekday, today)
    if relative:
        return _checked((today + timedelta(days=next(iter(relative))),), weekday)
    if weekday is None:
        return _Days(problem=bool(_of(tokens, "next", "this")))
    coming = today + timedelta(days=(weekday - today.weekday()) % 7)
    after = coming + timedelta(days=7)
    if coming == today or _of(tokens, "next"):
        return _Days((coming, after), problem=bool(_of(tokens, "next")), from_weekday=True)
    return _Days((coming,), from_weekday=True)


def _written(readings: tuple[Day, ...], weekday: int | None, today: date) -> _Days:
    """Return the days of a written date. Day and month may be swapped; only a weekday beside a year tells which."""
    year_said = readings[0].year is not None
    real = [found for day in readings if (found := _real(day, today)) is not None]
    if not real:
        return _Days(tuple(_near(readings[0], today)), problem=True)
    days = tuple(dict.fromkeys(real))
    if year_said and weekday is not None:
        fitting = tuple(day for day in days if day.weekday() == weekday)
        days = fitting if len(fitting) == 1 else days
    return replace(_checked(days, weekday), year_said=year_said)


def _real(day: Day, today: date) -> date | None:
    """Return the date; without a year, or month, its next occurrence. None: there is no such day."""
    if not day.month:
        coming = (today + timedelta(days=away) for away in range(62))
        return next((one for one in coming if one.day == day.day), None)
    years = (day.year,) if day.year is not None else (today.year, today.year + 1)
    for year in years:
        try:
            found = date(year, day.month, day.day)
        except ValueError:
            if day.year is None and (day.month, day.day) == (2, 29):
                return None
            continue
        if day.year is not None or found >= today:
            return found
    return None


def _near(day: Day, today: date) -> list[date]:
    """Return the days around one that does not exist, such as 29 February 2027."""
    month = day.month or today.month
    year = day.year or today.year + (month < today.month)
    after = date(year + month // 12, month % 12 + 1, 1)
    return [after - timedelta(days=1), after]


def _checked(days: tuple[date, ...], weekday: int | None) -> _Days:
    """A weekday that contradicts the date: one of the two is a slip, and nobody here knows which."""
    if weekday is None or all(day.weekday() == weekday for day in days):
        return _Days(days)
    away = (weekday - days[0].weekday() + 3) % 7 - 3
    return _Days((*days, days[0] + timedelta(days=away)), problem=True)


# --- the hour ------------------------------------------------------------------------------------------------------


def _clock_times(tokens: list[Token]) -> tuple[time, ...] | None:
    """Return the readings of the clock time; None when none is said. 24:00 is told apart by its microsecond."""
    times, parts = _of(tokens, "time", "hour"), [token.value for token in _of(tokens, "part")]
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
        _Unclear: the two do not go together, or "night" leaves open which of the two days is meant.
    """
    fits = _FITS[part]
    if clock.hour in fits:
        return clock
    later = clock.replace(hour=(clock.hour + 12) % 24)
    if clock.hour not in (0, 12) and later.hour in fits and (clock.hour < 12) != (part == "morning"):
        return later  # in the morning: the other reading of a bare number
    raise _Unclear("ambiguous")


def _part_hours(tokens: list[Token]) -> tuple[time, ...]:
    parts = [token.value for token in _of(tokens, "part")]
    return tuple(time(hour) for hour in _HOURS_OF[parts[0]]) if parts else _ANY_HOURS


# --- the instant ---------------------------------------------------------------------------------------------------


def _wall(day: date, clock: time) -> datetime:
    if clock == _NEXT_MIDNIGHT:
        return datetime.combine(day + timedelta(days=1), time())
    return datetime.combine(day, clock)


def _offers(days: _Days, hours: tuple[time, ...], frame: _Frame) -> list[datetime]:
    return [one for day in days.candidates for clock in hours for one in frame.at(_wall(day, clock))]


def _on_coming_days(hours: tuple[time, ...], frame: _Frame) -> list[datetime]:
    """A time without a day: tonight, tomorrow, or the day after."""
    today = frame.now.date()
    days = _Days(tuple(today + timedelta(days=number) for number in range(3)))
    return _offers(days, hours[:1], frame)


def _not_today(days: _Days, hours: tuple[time, ...], frame: _Frame) -> _Days:
    """A weekday that is today's means next week's once its time is over."""
    if not days.from_weekday or days.problem or len(days.candidates) != 2:
        return days
    over = all(one <= frame.now for one in _offers(_Days(days.candidates[:1]), hours, frame))
    return replace(days, candidates=days.candidates[1:]) if over else days


def _settled(days: _Days, clock: time, frame: _Frame) -> Start:
    wall = _wall(days.candidates[0], clock)
    found = frame.at(wall)
    if not found:
        raise _Unclear("gap", *_around_gap(wall, frame))
    found = _told_apart(found, frame)
    if len(found) > 1:
        raise _Unclear("ambiguous", *found)
    moment = found[0]
    if moment <= frame.now:
        return _past(days, clock, moment, frame)
    if moment - frame.now > FARTHEST:
        raise _Unclear("ambiguous", moment)
    return Start(said="", utc=moment)


def _told_apart(found: tuple[datetime, ...], frame: _Frame) -> tuple[datetime, ...]:
    """Of an hour that exists twice, the one whose abbreviation was written: "02:30 CEST"."""
    german = {"MEZ": "CET", "MESZ": "CEST", "HNEC": "CET", "HAEC": "CEST"}
    names = {german.get(name, name) for name in frame.abbreviations}
    fitting = tuple(
        one for one in found if any(one.astimezone(zone).tzname() in names for zone in frame.zones)
    )
    return fitting if len(found) > 1 and len(fitting) == 1 else found


def _around_gap(wall: datetime, frame: _Frame) -> list[datetime]:
    hour = timedelta(hours=1)
    return [one for near in (wall - hour, wall + hour) for one in frame.at(near)]


def _past(days: _Days, clock: time, moment: datetime, frame: _Frame) -> Start:
    """What is over, said with its year, is past; without one next year's may be meant."""
    if days.year_said:
        return Start(said="", utc=moment, problem="past")
    day = days.candidates[0]
    raise _Unclear("ambiguous", *frame.at(_wall(day.replace(year=day.year + 1), clock)))


# --- words of other languages --------------------------------------------------------------------------------------

_NAMES: Final = (
    *(
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
    ),
    *("april", "may", "june", "july", "august", "september", "october", "november", "december"),
)


def _translated(tokens: list[Token], text: str) -> list[Token]:
    """Return the tokens once more, with the months and weekdays of further languages put into English.

    The names are dateparser's; what is read from them is ours, so that nothing is guessed. A word that means two things
    in two languages stays unknown.
    """
    unknown = [token for token in _of(tokens, "unknown") if len(token.value) > 2 and token.value.isalpha()]
    if not unknown or not any(char.isdigit() for char in text):
        return tokens
    names = _foreign_names()
    turned = text
    for token in reversed(unknown):
        if name := names.get(token.value):
            turned = f"{turned[: token.start]}{name}{turned[token.end :]}"
    return tokens if turned == text else scan(turned)


@cache
def _foreign_names() -> Mapping[str, str]:
    from dateparser.languages.loader import default_loader  # imported late: 80 ms, and rarely wanted

    found: dict[str, set[str]] = {}
    for locale in default_loader.get_locales(languages=list(_OTHER_LANGUAGES)):
        for name in _NAMES:
            for spelled in locale.info.get(name, ()):
                found.setdefault(plain(spelled), set()).add(name)
    return {spelled: names.pop() for spelled, names in found.items() if len(names) == 1}

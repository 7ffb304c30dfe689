"""What the day, the hour and the words around them mean together: an instant, or why it is not clear."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from parsers.whenclock import ANY_HOURS, clock_times, part_hours, wall_time
from parsers.whenday import Days, days_said
from parsers.whenstart import FARTHEST, Frame, Start, Unclear
from parsers.whentokens import Kind, Token, tokens_of

_BETWEEN_TIMES: Final[frozenset[Kind]] = frozenset({"particle", "range", "deadline", "maybe-or", "earliest"})


_TO: Final = ("a", "al", "alle", "as")  # "de 22h à 23h", "dalle 22 alle 23"


def meaning_of(tokens: list[Token], frame: Frame) -> Start:
    """Return the start the tokens of a phrase name together.

    Raises:
        Unclear: with the problem, and the instants that may be meant.
    """
    kinds = {token.kind for token in tokens}
    said = kinds - {"particle", "maybe-or", "range"}
    if said and said <= {"soon", "earliest"} and "soon" in said:
        return Start(said="")
    if not said:
        return Start(said="", problem="vague")
    tokens = _first_of_range(tokens)
    _refuse_alternatives(tokens, frame)
    if tokens_of(tokens, "elapsed"):
        return _after_hours(tokens, frame)
    days = days_said(tokens, frame)
    hours = clock_times(tokens)
    if {token.kind for token in tokens} & {"unknown", "vague", "deadline", "soon"}:
        raise Unclear("vague")
    if hours is None:
        raise Unclear("vague", *_offers(days, part_hours(tokens), frame))
    if not days.candidates:
        raise Unclear("ambiguous", *_on_coming_days(hours, frame))
    days = _not_today(days, hours, frame)
    if days.problem or len(days.candidates) > 1 or len(hours) > 1:
        raise Unclear("ambiguous", *_offers(days, hours, frame))
    return _settled(days, hours[0], frame)


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


def _refuse_alternatives(tokens: list[Token], frame: Frame) -> None:
    """Somebody has to choose where it says "Saturday or Sunday", "22:00 or 23:00"."""
    for at, token in enumerate(tokens):
        sides = [{one.kind for one in side} for side in (tokens[:at], tokens[at + 1 :])]
        both = sides[0] & sides[1] & {"time", "hour", "weekday", "date", "relative"}
        if token.kind == "or" or (token.kind == "maybe-or" and both):
            raise Unclear("ambiguous", *_each(tokens, frame))


def _each(tokens: list[Token], frame: Frame) -> list[datetime]:
    """Return the instants of every day said with every time said."""
    days = [
        days_said([token], frame).candidates[:1] for token in tokens_of(tokens, "date", "weekday", "relative")
    ]
    hours = clock_times(tokens) or ANY_HOURS
    return [one for day in days for one in _offers(Days(day), hours, frame)]


def _after_hours(tokens: list[Token], frame: Frame) -> Start:
    """Return the instant of "in 48 hours", which needs no clock."""
    spans = tokens_of(tokens, "elapsed")
    rest = {token.kind for token in tokens} - {"elapsed", "particle", "earliest"}
    if rest or len(spans) > 1:
        raise Unclear("vague")
    moment = (frame.now + timedelta(hours=spans[0].value)).astimezone(UTC).replace(second=0, microsecond=0)
    return Start(said="", utc=moment)


def _offers(days: Days, hours: tuple[time, ...], frame: Frame) -> list[datetime]:
    return [one for day in days.candidates for clock in hours for one in frame.at(wall_time(day, clock))]


def _on_coming_days(hours: tuple[time, ...], frame: Frame) -> list[datetime]:
    """A time without a day: tonight, tomorrow, or the day after."""
    today = frame.now.date()
    days = Days(tuple(today + timedelta(days=number) for number in range(3)))
    return _offers(days, hours[:1], frame)


def _not_today(days: Days, hours: tuple[time, ...], frame: Frame) -> Days:
    """A weekday that is today's means next week's once its time is over."""
    if not days.from_weekday or days.problem or len(days.candidates) != 2:
        return days
    over = all(one <= frame.now for one in _offers(Days(days.candidates[:1]), hours, frame))
    return replace(days, candidates=days.candidates[1:]) if over else days


def _settled(days: Days, clock: time, frame: Frame) -> Start:
    wall = wall_time(days.candidates[0], clock)
    found = frame.at(wall)
    if not found:
        raise Unclear("gap", *_around_gap(wall, frame))
    found = _told_apart(found, frame)
    if len(found) > 1:
        raise Unclear("ambiguous", *found)
    moment = found[0]
    if moment <= frame.now:
        return _past(days, clock, moment, frame)
    if moment - frame.now > FARTHEST:
        raise Unclear("ambiguous", moment)
    return Start(said="", utc=moment)


def _told_apart(found: tuple[datetime, ...], frame: Frame) -> tuple[datetime, ...]:
    """Of an hour that exists twice, the one whose abbreviation was written: "02:30 CEST"."""
    german = {"MEZ": "CET", "MESZ": "CEST", "HNEC": "CET", "HAEC": "CEST"}
    names = {german.get(name, name) for name in frame.abbreviations}
    fitting = tuple(
        one for one in found if any(one.astimezone(zone).tzname() in names for zone in frame.zones)
    )
    return fitting if len(found) > 1 and len(fitting) == 1 else found


def _around_gap(wall: datetime, frame: Frame) -> list[datetime]:
    hour = timedelta(hours=1)
    return [one for near in (wall - hour, wall + hour) for one in frame.at(near)]


def _past(days: Days, clock: time, moment: datetime, frame: Frame) -> Start:
    """What is over, said with its year, is past; without one next year's may be meant."""
    if days.year_said:
        return Start(said="", utc=moment, problem="past")
    day = days.candidates[0]
    raise Unclear("ambiguous", *frame.at(wall_time(day.replace(year=day.year + 1), clock)))

"""The day a phrase about time names, and the days it may mean where that is open."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from parsers.whenstart import Frame
from parsers.whentokens import Day, Token, tokens_of


@dataclass(frozen=True, slots=True)
class Days:
    """The days a phrase may mean, best first; `problem` when not even one reading holds."""

    candidates: tuple[date, ...] = ()
    problem: bool = False
    from_weekday: bool = False  # nothing but a weekday: its next one, where today is no question
    year_said: bool = True


def days_said(tokens: list[Token], frame: Frame) -> Days:
    """Return the days the tokens name, as seen from the day the mail was written."""
    dates, weekdays = tokens_of(tokens, "date"), {token.value for token in tokens_of(tokens, "weekday")}
    relative = {token.value for token in tokens_of(tokens, "relative")}
    today = frame.now.date()
    if len(weekdays) > 1 or len(dates) + len(relative) > 1:
        return Days(problem=True)
    weekday = next(iter(weekdays)) if weekdays else None
    if dates:
        return _written(dates[0].value, weekday, today)
    if relative:
        return _checked((today + timedelta(days=next(iter(relative))),), weekday)
    if weekday is None:
        return Days(problem=bool(tokens_of(tokens, "next", "this")))
    coming = today + timedelta(days=(weekday - today.weekday()) % 7)
    after = coming + timedelta(days=7)
    if coming == today or tokens_of(tokens, "next"):
        return Days((coming, after), problem=bool(tokens_of(tokens, "next")), from_weekday=True)
    return Days((coming,), from_weekday=True)


def _written(readings: tuple[Day, ...], weekday: int | None, today: date) -> Days:
    """Return the days of a written date. Day and month may be swapped; only a weekday beside a year tells which."""
    year_said = readings[0].year is not None
    real = [found for day in readings if (found := _real(day, today)) is not None]
    if not real:
        return Days(tuple(_near(readings[0], today)), problem=True)
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


def _checked(days: tuple[date, ...], weekday: int | None) -> Days:
    """A weekday that contradicts the date: one of the two is a slip, and nobody here knows which."""
    if weekday is None or all(day.weekday() == weekday for day in days):
        return Days(days)
    away = (weekday - days[0].weekday() + 3) % 7 - 3
    return Days((*days, days[0] + timedelta(days=away)), problem=True)

"""What a written shape says: its tokens, or None where it only looks like one."""

import re
from typing import Final

from parsers.whentokens import Day, Token
from parsers.whenwords import HOUR_NAMES, MONTHS, NUMBERS, SHORT_WEEKDAYS, WEEKDAYS


def _date(
    match: re.Match[str], *readings: tuple[int | str | None, int | str, int | str]
) -> list[Token] | None:
    days = [Day(None if y is None else int(y), int(m), int(d)) for y, m, d in readings]
    good = tuple(dict.fromkeys(day for day in days if 0 <= day.month <= 12 and 1 <= day.day <= 31))
    return [Token("date", good, match.start(), match.end())] if good else None


def _ymd(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    return _date(match, (match["y"], match["m"], match["d"]))


def _compact(match: re.Match[str], before: list[Token]) -> list[Token] | None:
    date, time = _ymd(match, before), _clock_at(match, int(match["h"]), int(match["min"]))
    return [*date, *time] if date and time else None


def _three(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    a, b, y = match["a"], match["b"], match["y"]
    year = y if len(y) == 4 else f"20{y}"
    if match["mark"] == ".":
        return _date(match, (year, b, a))
    turned = [(f"20{a}", b, y)] if len(y) == 2 and int(a) > 12 else []  # 26/12/05
    return _date(match, (year, b, a), (year, a, b), *turned)


def _dots(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    return _date(match, (None, match["b"], match["a"]))


def _two(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    return _date(match, (None, match["b"], match["a"]), (None, match["a"], match["b"]))


def _named(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    return _date(match, (match["y"], _place(MONTHS, match["month"]) + 1, match["d"]))


def _place(names: tuple[str, ...], found: str) -> int:
    return next(at for at, name in enumerate(names) if re.fullmatch(name, found))


def _clock(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    groups = match.groupdict()
    hour, minute, half = int(groups["h"]), int(groups.get("min") or 0), groups.get("half")
    if hour == 24 and groups.get("min") is None and "uhr" not in match[0]:
        return None  # "24 heures" are a day
    if half is None or hour > 12:
        end = match.start("half") if half else match.end()  # "22:00 am Samstag"
        read = _clock_at(match, hour, minute)
        return [Token("time", one.value, one.start, end) for one in read] if read else None
    if hour == 12 and half == "a":
        return [Token("part", "midnight", match.start(), match.end())]
    if not 1 <= hour <= 12:
        return None
    return _clock_at(match, hour % 12 + (12 if half == "p" else 0), minute)


def _clock_at(match: re.Match[str], hour: int, minute: int) -> list[Token] | None:
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return None
    return [Token("time", (hour, minute), match.start(), match.end())]


def _hours(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    """The first of "22 bis 23 Uhr"."""
    read = _clock_at(match, int(match["h"]), 0)
    return [*read, Token("range", None, match.start(), match.end())] if read else None


def _bare(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    hour = int(match["h"])
    if hour > 12 or hour == 0:
        return _clock_at(match, hour, 0)
    return [Token("hour", hour, match.start(), match.end())]


def _ordinal(match: re.Match[str], before: list[Token], group: str = "d") -> list[Token] | None:
    """Read "Friday the 4th", "am 4." as the next such day, where no other date is said."""
    if not before or any(one.kind == "date" for one in before):
        return None
    return _date(match, (None, 0, match[group]))


def _spoken(match: re.Match[str], before: list[Token]) -> list[Token] | None:
    """Read an hour in words, where a word such as "at" or "o'clock" says that it is one."""
    groups = match.groupdict()
    said = groups["hour"]
    hour = int(said) if said.isdigit() else HOUR_NAMES[said]
    led = bool(before) and before[-1].kind in ("particle", "earliest", "range", "maybe-or", "deadline")
    if hour > 23 or not (
        led or groups.get("to") or groups.get("half") or match[0].split()[-1] in _CLOCK_NAMES
    ):
        return None
    if groups.get("to"):
        return [
            Token("hour", (hour - 1 or 12, 30) if hour <= 12 else (hour - 1, 30), match.start(), match.end())
        ]
    minute = 30 if any(groups.get(name) for name in ("half", "past", "demie")) else 0
    if hour > 12:
        return _clock_at(match, hour, minute)
    return [Token("hour", (hour, minute) if minute else hour, match.start(), match.end())]


_CLOCK_NAMES: Final = frozenset({"uhr", "uur", "heure", "heures", "hora", "horas", "o'clock"})


def _number(match: re.Match[str], before: list[Token]) -> list[Token] | None:
    """A number alone is an hour only after a word such as "at"; else nobody knows what it counts.

    Right behind a weekday it is the day: "domingo 29".
    """
    if (
        before
        and before[-1].kind == "weekday"
        and before[-1].end >= match.start() - 1
        and not any(one.kind == "date" for one in before)
    ):
        return _ordinal(match, before, "h")
    after_a_word = bool(before) and before[-1].kind in (
        "particle",
        "earliest",
        "range",
        "deadline",
        "maybe-or",
    )
    return _bare(match, before) if after_a_word and int(match["h"]) < 24 else None


def _dotted(match: re.Match[str], before: list[Token]) -> list[Token] | None:
    """Read "22.30" as a time, "5.12" as a date, and "10.12" as what the rest of the phrase leaves open."""
    a, b = int(match["a"]), int(match["b"])
    date = _date(match, (None, b, a)) if 1 <= a <= 31 and 1 <= b <= 12 else None
    time = _clock_at(match, a, b) if a < 24 and len(match["b"]) == 2 and b < 60 else None
    if date and time:
        return time if any(one.kind == "date" for one in before) else date
    return date or time


def _weekday(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    names = WEEKDAYS if any(re.fullmatch(one, match["weekday"]) for one in WEEKDAYS) else SHORT_WEEKDAYS
    return [Token("weekday", _place(names, match["weekday"]), match.start(), match.end())]


def _away(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    said = match["number"]
    number = int(said) if said.isdigit() else NUMBERS[said]
    if match["hours"]:
        return [Token("elapsed", number, match.start(), match.end())]
    return [Token("relative", number * (7 if match["weeks"] else 1), match.start(), match.end())]


def _noon(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    return _clock_at(match, 12, 0)


def _nothing(match: re.Match[str], before: list[Token]) -> list[Token] | None:  # noqa: ARG001
    return []


READINGS: Final = {
    "ymd": _ymd, "compact": _compact, "nothing": _nothing, "three": _three, "dots": _dots, "two": _two,
    "named": _named, "hours": _hours, "clock": _clock, "bare": _bare, "away": _away, "dotted": _dotted,
    "weekday": _weekday, "noon": _noon, "number": _number, "ordinal": _ordinal, "spoken": _spoken,
}  # fmt: skip

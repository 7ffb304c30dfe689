"""A phrase about time cut into what it says: dates, weekdays, clock times, and the words around them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from parsers.whenwords import (
    AT_NOON,
    DAYS_AWAY,
    DEADLINE,
    EARLIEST,
    HALF_PAST,
    HOLIDAY,
    HOUR_NAMES,
    MAYBE_OR,
    MONTHS,
    NEXT,
    NUMBERS,
    OR,
    PARTICLES,
    PARTS,
    RANGE,
    SHORT_WEEKDAYS,
    SOON,
    THIS,
    THIS_PART,
    UNITS,
    VAGUE,
    WEEKDAYS,
)

Kind = Literal[
    "date", "weekday", "relative", "elapsed", "time", "hour", "part", "range", "or", "maybe-or", "next", "this",
    "this-part", "earliest", "deadline", "vague", "soon", "particle", "unknown",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    """One reading of a written date; year None and month 0 = not said."""

    year: int | None
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Token:
    """One thing said, and where.

    `value`: of a date its readings, of a weekday 0 (Monday) to 6, of relative the days from today, of elapsed the hours
    from now, of a time hour and minute, of an hour the bare number, of a part its name; else the word itself or None.
    """

    kind: Kind
    value: Any
    start: int
    end: int


def _any_of(names: Iterable[str]) -> str:
    return "|".join(sorted((one for name in names for one in name.split("|")), key=len, reverse=True))


_MONTH: Final = _any_of(MONTHS)
_WEEKDAY: Final = _any_of(WEEKDAYS)
_END: Final = r"(?!\w)"
_ORDINAL: Final = r"(?:st|nd|rd|th|er|ter|re|eme|[ºª°]|o(?= de)|\.)?"
_COMPOUND: Final = r"(?=(?:abend|nacht|morgen|vormittag|nachmittag|mittag|avond|ochtend|middag))"
_YEAR: Final = r"(?: ?,? ?(?:de |del |of |do |')?(?P<y>20\d\d)(?![\d:])(?! ?(?:uhr|h)(?!\w))(?: r\.| roku)?)?"
_HALF: Final = r"(?P<half>[ap])\.? ?m\.?(?!\w)"
_HOURS: Final = r"(?:uhr|hrs\.?|hours|heures?|horas?|ore|hs?\.?|uur|u\.|godz\.?)(?!\w)"
_NUMBER: Final = rf"(?P<number>\d{{1,3}}|{_any_of(NUMBERS)})"
_HOUR: Final = _any_of(HOUR_NAMES)
_UNIT: Final = "|".join(f"(?P<{unit}>{names})" for unit, names in UNITS.items())

_MONTH_DAY: Final = (
    rf"(?P<month>{_MONTH})\.? (?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\w:/]|\.\d)"
    rf"(?! ?(?:{_MONTH}|uhr|hrs?|h|[ap]\.? ?m)(?!\w)){_YEAR}"
)
# Two letters are a weekday only right before a date: "so" and "do" are words of their own.
_SHORT_WEEKDAY: Final = (
    rf"(?P<weekday>{_any_of(SHORT_WEEKDAYS)})[.,]?,? ?"
    rf"(?=\d{{1,2}} ?(?:[./-]|de |di )|\d{{4}}-|\d{{1,2}}[a-z]{{0,2}} (?:{_MONTH}){_END})"
)

# In the order they are tried. Every pattern is a fixed number of short pieces: nothing in it can repeat without end.
_SHAPES: Final[tuple[tuple[str, str], ...]] = (
    ("ymd", r"(?P<y>\d{4})(?P<mark>[-./])(?P<m>\d{1,2})(?P=mark)(?P<d>\d{1,2})\.?(?:(?=t\d)|(?![\w-]))"),
    ("compact", r"(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)t(?P<h>\d\d)(?P<min>\d\d)(?:\d\d)?(?!\w)"),
    ("nothing", r"t(?=\d\d:\d\d)"),
    ("three", r"(?P<a>\d{1,2})(?P<mark>[./-]) ?(?P<b>\d{1,2})(?P=mark) ?(?P<y>\d{4}|\d{2})(?![\d:/-])(?! ?(?:uhr|h)(?!\w))"),
    ("dots", r"(?P<a>\d{1,2})\. ?(?P<b>\d{1,2})\.(?!\d)"),
    ("two", r"(?P<a>\d{1,2})(?P<mark>/)(?P<b>\d{1,2})(?![\d:./-])"),
    ("named", rf"(?P<d>\d{{1,2}}) ?{_ORDINAL} ?(?:de |of |di |d')?(?P<month>{_MONTH})\.?{_END}{_YEAR}"),
    (
        "named",
        _MONTH_DAY,
    ),
    ("hours", rf"(?P<h>\d{{1,2}}) ?(?:-|bis|to|und|tot|et|y|e|en|a) ?(?:las |le |alle )?(?=\d{{1,2}}(?:[:.]\d\d)? ?(?:uhr|uur|h){_END})"),
    ("clock", rf"(?P<h>\d{{1,2}})(?:[:.](?P<min>\d\d)(?::\d\d)?)? ?{_HALF}"),
    ("clock", r"(?P<h>\d{1,2}) ?(?:h|heures?|uhr|horas?) ?(?:e |y |et )?(?P<min>\d\d)(?:min|m)?(?![\w:])(?![.,]\d)"),
    ("clock", rf"(?P<h>\d{{1,2}}):(?P<min>\d\d)(?::\d\d(?:[.,]\d{{1,6}})?)?(?![:\w])(?: ?{_HOURS})?"),
    ("clock", r"(?P<h>\d{1,2}):(?P<min>\d\d)(?::\d\d(?:[.,]\d{1,6})?)?(?=h(?!\w)|uhr|z(?!\w))(?:h|uhr)?"),
    ("clock", rf"(?P<h>\d{{1,2}})\.(?P<min>\d\d) ?{_HOURS}"),
    ("bare", r"(?P<h>\d{1,2}) ?(?:uur|o'clock|godz\.?)(?!\w)"),
    ("clock", rf"(?P<h>\d\d)(?P<min>\d\d) ?{_HOURS}"),
    ("clock", rf"(?P<h>\d{{1,2}}) ?(?!h(?:ou)?rs){_HOURS}"),
    ("away", rf"(?:in|dans|dentro de|en|over|em|daqui a|tra|fra|za) {_NUMBER} ?(?:{_UNIT}){_END}"),
    ("away", rf"{_NUMBER} (?:{_UNIT}) from (?:now|today){_END}"),
    ("dotted", r"(?P<a>\d{1,2})\.(?P<b>\d{1,2})(?![\d:.])"),
    ("weekday", rf"(?P<weekday>{_WEEKDAY})(?:{_END}\.?|{_COMPOUND})"),
    (
        "weekday",
        _SHORT_WEEKDAY,
    ),
    ("ordinal", r"(?P<d>\d{1,2})(?:(?:st|nd|rd|th|er|[ºª°])|\.(?= |,|$))(?!\w)"),
    ("spoken", rf"(?P<to>halb )(?P<hour>\d{{1,2}}|{_HOUR}){_END}(?: uhr{_END})?"),
    ("spoken", rf"(?P<half>half past )(?P<hour>\d{{1,2}}|{_HOUR}){_END}"),
    ("spoken", rf"(?P<hour>{_HOUR})(?P<past> (?:{HALF_PAST}))?(?: (?:uhr|uur|heures?|horas?|o'clock))?(?P<demie> et demie)?{_END}"),
    ("noon", rf"(?:12 ?uhr mittags?|{_any_of([AT_NOON])}){_END}"),
    ("number", r"(?P<h>\d{1,2})(?![\w:]|\.\d)"),
)  # fmt: skip
_WORDS: Final[tuple[tuple[Kind, str, Any], ...]] = (
    *(("this-part", names, part) for names, part in THIS_PART.items()),
    ("soon", SOON, None),
    ("vague", VAGUE, None),
    ("vague", HOLIDAY, None),
    *(("relative", names, days) for days, names in sorted(DAYS_AWAY.items(), reverse=True)),
    *(("part", names, part) for part, names in PARTS.items()),
    ("next", NEXT, None),
    ("this", THIS, None),
    ("earliest", EARLIEST, None),
    ("deadline", DEADLINE, None),
    ("range", RANGE, None),
    ("or", OR, None),
    ("maybe-or", MAYBE_OR, None),
    ("particle", PARTICLES, None),
)  # fmt: skip
_SKIPPED: Final = re.compile(r"(?:[\s,;.!?()\[\]\"*_|:+]|@(?= ?\d)|/(?= |$))+")
_OTHER: Final = re.compile(r"\w+|.", re.DOTALL)


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in _SHAPES)


@cache
def _word_lists() -> tuple[tuple[Kind, re.Pattern[str], Any], ...]:
    ends = rf"(?:{_END}|(?<=')|(?<=morgen)(?=avond|ochtend))"
    return tuple((kind, re.compile(rf"(?:{names}){ends}"), value) for kind, names, value in _WORDS)


def scan(text: str) -> list[Token]:
    """Return everything a phrase says, in order. `text` is what `plain` returns. What is not understood is "unknown"."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
            continue
        found, at = _next(text, at, tokens)
        tokens.extend(found)
    return tokens


def _next(text: str, at: int, before: list[Token]) -> tuple[list[Token], int]:
    if text[at].isdigit() or text[at] in "abcdefghijklmnopqrstuvwxyz":
        for name, pattern in _shapes():
            if (match := pattern.match(text, at)) and (read := _READ[name](match, before)) is not None:
                return read, match.end()
    longest: tuple[int, Kind, Any] | None = None
    for kind, pattern, value in _word_lists():
        match = pattern.match(text, at)
        if match and match.end() > at and (longest is None or match.end() > longest[0]):
            longest = match.end(), kind, value
    if longest is None:
        other = _OTHER.match(text, at)
        end = other.end() if other else at + 1
        return [Token("unknown", text[at:end], at, end)], end
    end, kind, value = longest
    if kind == "this-part":
        return [Token("relative", 0, at, end), Token("part", value, at, end)], end
    if kind == "relative" and value == 1 and text[at:end] == "morgen" and _names_a_day(before):
        return [Token("part", "morning", at, end)], end
    return [Token(kind, text[at:end] if value is None else value, at, end)], end


def _names_a_day(before: list[Token]) -> bool:
    """Say whether a "morgen" that follows is the morning ("Samstag morgen") and not tomorrow."""
    return bool(before) and before[-1].kind in ("weekday", "relative")


# --- what a shape says; None = it only looks like one --------------------------------------------------------------


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


_READ: Final = {
    "ymd": _ymd, "compact": _compact, "nothing": _nothing, "three": _three, "dots": _dots, "two": _two,
    "named": _named, "hours": _hours, "clock": _clock, "bare": _bare, "away": _away, "dotted": _dotted,
    "weekday": _weekday, "noon": _noon, "number": _number, "ordinal": _ordinal, "spoken": _spoken,
}  # fmt: skip

"""How dates, clock times and words of time are written, in the order in which they are tried."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from parsers.whentokens import Kind
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


@cache
def shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the shapes by the name of their reading, in the order they are tried."""
    return tuple((name, re.compile(pattern)) for name, pattern in _SHAPES)


@cache
def word_lists() -> tuple[tuple[Kind, re.Pattern[str], Any], ...]:
    """Return the words that are no shape: their kind, how they are written, and what they stand for."""
    ends = rf"(?:{_END}|(?<=')|(?<=morgen)(?=avond|ochtend))"
    return tuple((kind, re.compile(rf"(?:{names}){ends}"), value) for kind, names, value in _WORDS)

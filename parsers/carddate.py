"""A birthday as vCard 3.0 has it, of the many ways in which exports write one (RFC 2426 section 3.1.5)."""

import re
from datetime import date

_TIME = r"(?:T\d\d(?::?\d\d(?::?\d\d(?:[.,]\d{1,9})?)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?"
_PLAIN = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d){_TIME}|(\d{{4}})(\d\d)(\d\d){_TIME}")
_LOOSE = re.compile(r"(\d{4})([-/.])(\d\d?)\2(\d\d?)(?:[T ]+[\d:.Z]*)?")
_DAY_FIRST = re.compile(r"(\d\d?)\. ?(\d\d?)\. ?(\d{4})")
_NO_YEAR = re.compile(rf"(?:--|0000-?)(\d\d)-?(\d\d){_TIME}")
_LEAP_YEAR = 1604  # what Apple writes for "no year", and most readers know

WITHOUT_YEAR = ("X-APPLE-OMIT-YEAR", str(_LEAP_YEAR))


def card_date(said: str) -> tuple[str, bool] | None:
    """Return the date as a 3.0 value and whether its year means nothing; None when it is no certain date.

    "04/05/1985" is none: nobody knows which of the two is the month.
    """
    said = said.strip()
    if plain := _PLAIN.fullmatch(said):
        year, month, day = (int(part) for part in plain.groups() if part)
        if year and _exists(year, month, day):
            return said, False
    if (free := _NO_YEAR.fullmatch(said)) and _exists(_LEAP_YEAR, int(free[1]), int(free[2])):
        return f"{_LEAP_YEAR}-{free[1]}-{free[2]}", True
    if loose := _LOOSE.fullmatch(said):
        return _written(int(loose[1]), int(loose[3]), int(loose[4]))
    if first := _DAY_FIRST.fullmatch(said):
        return _written(int(first[3]), int(first[2]), int(first[1]))
    return None


def _written(year: int, month: int, day: int) -> tuple[str, bool] | None:
    return (f"{year:04}-{month:02}-{day:02}", False) if year and _exists(year, month, day) else None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True

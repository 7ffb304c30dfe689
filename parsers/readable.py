"""What icalendar says of one component: whether it reads it without a complaint, and what time a zone's rules give.

It judges one component at a time: a bad alarm or zone makes it drop every event of a file, and a cut file gives an empty
list without an error.
"""

import warnings
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import icalendar
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from parsers.lines import fold

WINDOWS: Final[dict[str, str]] = dict(WINDOWS_TO_OLSON)


def reads(texts: Iterable[str]) -> bool:
    """Say whether icalendar reads one component, given as unfolded lines, without a complaint anywhere in it."""
    calendar = _calendar(texts)
    if calendar is None:
        return False
    try:
        return len(calendar.subcomponents) == 1 and not any(part.errors for part in calendar.walk())
    except Exception:  # noqa: BLE001 - as above
        return False


def offsets(texts: Iterable[str], moments: Iterable[datetime]) -> tuple[timedelta, ...] | None:
    """Return how far from UTC a VTIMEZONE is at those local times; None when icalendar cannot work it out."""
    calendar = _calendar(texts)
    if calendar is None or len(calendar.subcomponents) != 1:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            zone = calendar.subcomponents[0].to_tz(lookup_tzid=False)
            found = [when.replace(tzinfo=zone).utcoffset() for when in moments]
    except Exception:  # noqa: BLE001 - it raises whatever its helpers raise
        return None
    return tuple(one for one in found if one is not None) if None not in found else None


def _calendar(texts: Iterable[str]) -> icalendar.Calendar | None:
    data = fold(["BEGIN:VCALENDAR", "VERSION:2.0", *texts, "END:VCALENDAR"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells the terminal about odd zone names
            return icalendar.Calendar.from_ical(data)
    except Exception:  # noqa: BLE001 - it raises whatever its helpers raise
        return None

"""The time zone of a vCalendar 1.0: TZ and DAYLIGHT in its head (vCalendar 1.0 sections "Time Zone", "Daylight")."""

import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from parsers.components import Head
from parsers.dates import basic, read_when
from parsers.zonetables import COMMON_ZONES

_OFFSET = re.compile(r"([+-]?)(\d{1,2}):?([0-5]\d)?")


def old_zone(head: Head) -> str:
    """Return the zone whose clocks change as the head of a vCalendar 1.0 says; "" = it does not say, so times float.

    An offset without changes of the clocks is no zone: phones write the one of the day of the export.
    """
    if not head.properties.get("VERSION", "").startswith("1.") or not head.daylight:
        return ""
    standard = _offset(head.properties.get("TZ", ""))
    fields = next((said.split(";") for said in head.daylight if said.upper().startswith("TRUE;")), [])
    summer = _offset(fields[1]) if len(fields) > 3 else None
    begins = read_when(basic(fields[2])) if len(fields) > 3 else None
    if standard is None or summer is None or begins is None:
        return ""
    return _found(standard, summer, begins.local)


def _offset(written: str) -> timedelta | None:
    match = _OFFSET.fullmatch(written.strip())
    if match is None:
        return None
    offset = timedelta(hours=int(match.group(2)), minutes=int(match.group(3) or 0))
    return -offset if match.group(1) == "-" else offset


@lru_cache(maxsize=64)
def _found(standard: timedelta, summer: timedelta, begins: datetime) -> str:
    if not 1970 <= begins.year <= 2037:
        return ""
    before, after = (begins.replace(tzinfo=UTC) + timedelta(days=days) for days in (-2, 2))
    for name in COMMON_ZONES:
        zone = zoneinfo.ZoneInfo(name)
        if (before.astimezone(zone).utcoffset(), after.astimezone(zone).utcoffset()) == (standard, summer):
            return name
    return ""

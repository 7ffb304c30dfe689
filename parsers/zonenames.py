"""What a calendar program calls a time zone, as the IANA calls it."""

import re
import zoneinfo
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import pairwise

from parsers.readable import WINDOWS
from parsers.zonetables import ODD_OFFSETS, OTHER_NAMES, PLACES

_OFFSET = re.compile(r"(?:UTC|GMT|Z)?[ ]?(?:([+-])[ ]?(\d{1,2})(?:[:.]?([0-5]\d))?)?", re.IGNORECASE)
_SHOWN = re.compile(r"(?:GMT|UTC)?[ ]?\(?(?:UTC|GMT)?[ ]?([+-]\d{1,2}[:.]?\d{0,2})?\)?[ /]*", re.IGNORECASE)
_COPY = re.compile(r"[ ]?(?:\d|\(\d\))$")  # Exchange numbers the second zone of one name
_LONGEST = 200
_SUMMER, _WINTER = datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=512)
def iana_name(tzid: str) -> str:
    """Return the IANA name of a zone known under that or a vendor's name; "" when nobody knows it. Pure.

    Takes Windows' names and what Outlook shows for them, Lotus' and Mozilla's names, abbreviations, and offsets.
    """
    tzid = " ".join(tzid.strip().strip("\"'").split())
    if not tzid or len(tzid) > _LONGEST:
        return ""
    return _exact(tzid) or _inside_a_path(tzid) or _other_name(tzid) or _fixed(tzid) or _shown(tzid)


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone of an IANA name."""
    return zoneinfo.ZoneInfo(name)


def is_iana(tzid: str) -> bool:
    """Say whether that is exactly a name of the IANA database."""
    return _names().get(tzid.casefold()) == tzid


def _exact(name: str) -> str:
    return WINDOWS.get(name, "") or _names().get(name.casefold(), "")


def _inside_a_path(tzid: str) -> str:
    """/mozilla.org/20050126_1/Europe/Berlin, /freeassociation.sourceforge.net/Tzfile/Europe/Berlin."""
    parts = tzid.split("/")
    tails = ("/".join(parts[-count:]) for count in (3, 2) if len(parts) > count)
    return next(filter(None, map(_exact, tails)), "")


def _other_name(tzid: str) -> str:
    folded = tzid.casefold()
    if folded in OTHER_NAMES:
        return OTHER_NAMES[folded]
    plain = (
        _COPY.sub("", folded)
        .replace("daylight time", "standard time")
        .replace("summer time", "standard time")
    )
    if folded in _windows():
        return _windows()[folded]
    return _windows().get(plain, "") or _windows().get(f"{plain} standard time", "")


def _fixed(tzid: str) -> str:
    match = _OFFSET.fullmatch(tzid)
    if match is None:
        return ""
    sign, hours, rest = match.groups()
    minutes = (int(hours or 0) * 60 + int(rest or 0)) * (-1 if sign == "-" else 1)
    if minutes == 0:
        return "Etc/UTC"
    if minutes % 60:
        return ODD_OFFSETS.get(minutes, "")
    hours_east = minutes // 60
    return f"Etc/GMT{-hours_east:+d}" if -12 <= hours_east <= 14 else ""


def _shown(tzid: str) -> str:
    """Return the zone of a name shown to people: "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"."""
    start = _SHOWN.match(tzid)
    offset = start.group(1) if start else None
    text = tzid[start.end() :] if start else tzid
    if text != tzid and (name := _exact(text) or _other_name(text)) and _has_offset(name, offset):
        return name
    words = [word.strip(" .()") for word in re.split(r"[,/;&]| - ", text.casefold())]
    for place, zone in PLACES:
        if any(word == place or word.startswith(f"{place} ") for word in words) and _has_offset(zone, offset):
            return zone
    found = (_cities().get(word.replace(" ", "_"), "") for word in words)
    return next((zone for zone in found if zone and _has_offset(zone, offset)), "")


def _has_offset(name: str, offset: str | None) -> bool:
    """Say whether a zone is ever so far from Greenwich: then the name and what is shown with it agree."""
    if offset is None:
        return True
    zone = zoneinfo.ZoneInfo(name)
    match = _OFFSET.fullmatch(offset)
    if match is None or match.group(2) is None:
        return False
    minutes = (int(match.group(2)) * 60 + int(match.group(3) or 0)) * (-1 if match.group(1) == "-" else 1)
    seen = (when.astimezone(zone).utcoffset() for when in (_SUMMER, _WINTER))
    return any(one is not None and one.total_seconds() == minutes * 60 for one in seen)


@cache
def _names() -> dict[str, str]:
    left_out = {"Factory", "localtime", "posixrules"}
    return {name.casefold(): name for name in sorted(zoneinfo.available_timezones() - left_out)}


@cache
def _windows() -> dict[str, str]:
    return {name.casefold(): zone for name, zone in WINDOWS.items()}


@cache
def _cities() -> dict[str, str]:
    """Return the zones by their cities; of two of one name the one of the bigger region wins by its order."""
    regions = ("Europe", "America", "Asia", "Australia", "Africa", "Pacific", "Atlantic", "Indian")
    named = [(name.split("/"), name) for name in sorted(zoneinfo.available_timezones())]
    found: dict[str, str] = {}
    for region in regions:
        for parts, name in named:
            if parts[0] == region:
                for _, city in pairwise(parts):
                    found.setdefault(city.casefold(), name)
    return found

"""The time zones a file defines itself: whether they can be used, and which zone of the IANA has the same rules."""

import re
import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from parsers.components import Component
from parsers.lines import Line
from parsers.readable import offsets, reads
from parsers.zonetables import COMMON_ZONES, ODD_OFFSETS

_START = re.compile(r"\d{8}T\d{6}Z?")
_OFFSET = re.compile(r"([+-])(\d\d)([0-5]\d)(?:[0-5]\d)?")
_YEARLY = re.compile(r"(?:[A-Z-]+=[^=;]+;)*FREQ=YEARLY(?:;[A-Z-]+=[^=;]+)*;?", re.IGNORECASE)
_MOST_PARTS = 600  # observances and single dates of one zone
_LARGEST_MINUTES = 15 * 60
_DAYS: Final = tuple(  # when zones are compared: local noon of every day of two years
    datetime(2025, 1, 1, 12) + timedelta(days=day)  # noqa: DTZ001 - local in each zone
    for day in range(2 * 365)
)

Texts = tuple[str, ...]


def is_sound(zone: Component) -> bool:
    """Say whether servers can work with that definition: each observance complete and possible (section 3.6.5)."""
    parts = list(_observances(zone))
    size = len(parts) + sum(line.value.count(",") for block in parts for line in block)
    if not parts or size > _MOST_PARTS or not zone.whole or "line-dropped" in zone.repairs:
        return False
    return (
        all(_complete(block) for block in parts)
        and reads(zone.texts())
        and offsets(zone.texts(), _DAYS[:1]) is not None
    )


def same_rules(zone: Component, wanted: str) -> str:
    """Return the IANA zone whose clocks go like those of a sound definition; "" = none.

    Args:
        zone: a definition that is_sound.
        wanted: the zone its name stands for, tried first; "" = nobody knows the name.
    """
    return _same_rules(tuple(zone.texts()), wanted)


def guess_by_offsets(zone: Component) -> str:
    """Return the best known zone that has the offsets which can still be read in a broken definition; "" = none."""
    found = {
        (line.name, block[0].value.strip().upper()): minutes
        for block in _observances(zone)
        for line in block
        if line.name == "TZOFFSETTO" and (minutes := _minutes(line.value)) is not None
    }
    standard = found.get(("TZOFFSETTO", "STANDARD"))
    summer = found.get(("TZOFFSETTO", "DAYLIGHT"))
    if standard is None:
        return ""
    if summer is None or summer == standard:
        return _fixed(standard)
    wanted = {timedelta(minutes=standard), timedelta(minutes=summer)}
    return next((name for name in COMMON_ZONES if set(_iana_offsets(name)) == wanted), "")


def _observances(zone: Component) -> Iterator[tuple[Line, ...]]:
    for block in zone.inner:
        if block[0].value.strip().upper() in {"STANDARD", "DAYLIGHT"}:
            yield block


def _complete(block: tuple[Line, ...]) -> bool:
    names = [line.name for line in block]
    if any(names.count(name) != 1 for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")):
        return False
    for line in block:
        value = line.value.strip()
        if line.name == "DTSTART" and not (
            _START.fullmatch(value) and set(line.params) <= {("VALUE", "DATE-TIME")}
        ):
            return False
        if line.name in {"TZOFFSETFROM", "TZOFFSETTO"} and _minutes(value) is None:
            return False
        if line.name == "RRULE" and not _YEARLY.fullmatch(value):
            return False
    return True


def _minutes(value: str) -> int | None:
    match = _OFFSET.fullmatch(value.strip())
    if match is None:
        return None
    minutes = int(match.group(2)) * 60 + int(match.group(3))
    return (-minutes if match.group(1) == "-" else minutes) if minutes <= _LARGEST_MINUTES else None


@lru_cache(maxsize=256)
def _same_rules(texts: Texts, wanted: str) -> str:
    own = offsets(texts, _DAYS)
    if own is None:
        return ""
    names = (wanted, *COMMON_ZONES) if wanted else COMMON_ZONES
    return next((name for name in names if _iana_offsets(name) == own), "")


@lru_cache(maxsize=256)
def _iana_offsets(name: str) -> tuple[timedelta, ...]:
    zone = zoneinfo.ZoneInfo(name)
    return tuple(when.replace(tzinfo=zone).utcoffset() or timedelta() for when in _DAYS)


def _fixed(minutes: int) -> str:
    if minutes == 0:
        return "Etc/UTC"
    if minutes % 60:
        return ODD_OFFSETS.get(minutes, "")
    hours = minutes // 60
    return f"Etc/GMT{-hours:+d}" if -12 <= hours <= 14 else ""

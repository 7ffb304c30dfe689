"""A wanted start in people's words, or why it is not clear. Our own grammar reads what eight languages say; what it does
not know it asks `dateparser`, under rules of ours: that library guesses 7 of 12 ambiguous phrases.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from parsers.whenforeign import translated
from parsers.whenmeant import meaning_of
from parsers.whenplace import read_places
from parsers.whenscan import scan
from parsers.whenstart import Frame, Start, StartProblem, Unclear
from parsers.whenwords import plain
from parsers.whenzone import MANY, Zones, read_zones, zone_called

LONGEST: Final = 160  # characters; a longer text is no time


_MOST_CHOICES: Final = 3


_MOST_PHRASES: Final = 5


def parse_start(said: str, *, now: datetime, zone: str) -> Start:
    """Return the instant a phrase names, or the problem that has to be asked about. Never raises, never guesses.

    Args:
        said: what stands after a start label or a verb, as written.
        now: aware: when the mail was written. Its own offset says which day "tomorrow" is.
        zone: the service zone, in which a time without a zone is read.
    """
    there = now.astimezone(zone_called(zone) or ZoneInfo("UTC"))
    if now.utcoffset() == timedelta() and there.date() != now.date():
        return _on_either_day(said, now, there, zone)
    if not any(char.isalnum() for char in said):  # an empty line of a form
        return Start(said=said.strip())
    if len(said) > LONGEST:
        return Start(said=said[:LONGEST], problem="vague")
    service = zone_called(zone) or ZoneInfo("UTC")
    zones = read_zones(said)
    folded = plain(zones.rest)
    places = read_places(folded)
    named = (*zones.named, *places.named)
    try:
        tokens = translated(scan(places.rest), places.rest)
        frame = Frame(now, _zones_meant(zones, named, service, now, local=places.local), zones.abbreviations)
        start = meaning_of(tokens, frame)
    except Unclear as unclear:
        offered = tuple(sorted({one for one in unclear.choices if one > now}))[:_MOST_CHOICES]
        start = Start(said="", problem=unclear.problem, choices=offered)
    except (OverflowError, ValueError):  # beyond the years a date can have
        start = Start(said="", problem="vague")
    return replace(start, said=said.strip(), zone=_zone_name(named))


def _on_either_day(said: str, now: datetime, there: datetime, zone: str) -> Start:
    """A Date in UTC hides the writer's clock; around midnight nobody knows which day "tomorrow" is."""
    first, second = (
        parse_start(said, now=one, zone=zone) for one in (now.replace(tzinfo=_NEARLY_UTC), there)
    )
    if first == second or first.utc is None or second.utc is None:
        return second
    return replace(second, utc=None, problem="ambiguous", choices=tuple(sorted((first.utc, second.utc))))


_NEARLY_UTC: Final = timezone(timedelta(seconds=1))  # UTC's day, without asking again


def read_start(saids: Sequence[str], *, now: datetime, zone: str) -> Start | None:
    """Return the one start that all these phrases of one mail name; None without any. Two different ones are ambiguous."""
    different = {plain(said): said.strip() for said in saids if said.strip()}
    whole = [
        said for folded, said in different.items() if not any(folded != o and folded in o for o in different)
    ]
    if not whole:
        return None
    joined = ", ".join(whole)
    starts = [parse_start(said, now=now, zone=zone) for said in whole[:_MOST_PHRASES]]
    if (
        len(starts) == len(whole)
        and len({(start.utc, start.problem) for start in starts}) == 1
        and not starts[0].problem
    ):
        return replace(starts[0], said=joined[:LONGEST])
    together = parse_start(joined, now=now, zone=zone)
    if together.utc is not None or len(starts) == 1:
        return together
    choices = sorted(
        {one for start in starts for one in (*start.choices, *([start.utc] if start.utc else []))}
    )
    problem: StartProblem = (
        "ambiguous" if any(start.utc for start in starts) else together.problem or "ambiguous"
    )
    offered = tuple(choices[:_MOST_CHOICES]) if len(choices) > 1 else together.choices
    return replace(together, problem=problem, choices=offered)


def _zones_meant(
    zones: Zones, named: tuple[tzinfo, ...], service: ZoneInfo, now: datetime, *, local: bool
) -> tuple[tzinfo, ...]:
    if any(not _goes_by(service, now, name) for name in zones.unsure):
        return tuple(dict.fromkeys(ZoneInfo(key) for name in zones.unsure for key in MANY[name]))
    if zones.unsure:
        return (service,)
    if local and not named:
        theirs = now.tzinfo
        same = theirs is None or now.utcoffset() == now.astimezone(service).utcoffset()
        return (service,) if same or theirs is None else (service, theirs)
    return tuple(dict.fromkeys(named)) or (service,)


def _goes_by(zone: ZoneInfo, now: datetime, name: str) -> bool:
    """Say whether the zone goes by that abbreviation at some time of the year."""
    return any((now + timedelta(days=days)).astimezone(zone).tzname() == name for days in (0, 91, 182, 273))


def _zone_name(named: tuple[tzinfo, ...]) -> str | None:
    different = dict.fromkeys(named)
    only = next(iter(different)) if len(different) == 1 else None
    return only.key if isinstance(only, ZoneInfo) else str(only) if only is not None else None

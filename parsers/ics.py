"""Calendar objects in an .ics: all components of a UID with the time zones they use, one resource each (RFC 4791 section 4.1).

The file is split by its own lines first, so one bad event never costs another; icalendar judges each one alone.
"""

import re
import warnings
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, cast

import icalendar
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from parsers.components import OBJECTS, Component, split_calendar
from parsers.lines import fold, read_lines, unescape
from parsers.objects import Group, plan_groups
from parsers.repairs import plan_component, without_zones
from parsers.result import Parsed, Problem

Kind = Literal["VEVENT", "VTODO", "VJOURNAL"]

_PRODID = "-//Mailferry//Calendar import//EN"
_DECIDES = frozenset({"UID", "DTSTART", "RECURRENCE-ID"})  # without these it would be another event
_RULES = frozenset({"RRULE", "RDATE", "EXDATE", "EXRULE"})
_MAX_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarObject:
    """Everything of one UID, ready to PUT as one resource."""

    uid: str
    component: Kind
    name: str  # SUMMARY and date, for reports
    data: bytes  # UTF-8, CRLF, folded; no METHOD
    line: int  # 1-based line of the file where its first component begins
    repairs: tuple[str, ...] = ()  # codes of what had to be changed or left out for servers to take it


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What one file holds."""

    name: str | None  # X-WR-CALNAME
    objects: tuple[CalendarObject, ...]


def parse_calendar(data: bytes) -> Parsed[Calendar]:
    """Return every whole object of a calendar file, and a problem for each component that is in none. Never raises.

    Problem codes: "not-a-calendar", "cut-file" (it ends before its END), and of one component: "cut-object",
    "no-start", "bad-date", "unusable-object", "duplicate-object", "unsupported-component".
    """
    file = split_calendar(read_lines(data))
    if not file.found:
        return Parsed(Calendar(name=None, objects=()), (Problem(code="not-a-calendar"),))
    problems = [
        *([Problem(code="cut-file")] if file.open_end else []),
        *(_problem("cut-object", one) for one in file.cut),
    ]
    zones = _Zones(
        [one for one in file.whole if one.name == "VTIMEZONE"], file.headers.get("X-WR-TIMEZONE", "")
    )
    usable: list[Component] = []
    for one in file.whole:
        if one.name in OBJECTS:
            planned = _usable(plan_component(one, zones.known_as, zones.floating))
            if isinstance(planned, Problem):
                problems.append(planned)
            else:
                usable.append(planned)
        elif one.name != "VTIMEZONE":
            problems.append(_problem("unsupported-component", one))
    groups, doubled = plan_groups(usable)
    problems.extend(_problem("duplicate-object", one) for one in doubled)
    prodid = file.headers.get("PRODID") or _PRODID
    objects = tuple(_object(group, zones, prodid) for group in groups)
    name = " ".join(unescape(file.headers.get("X-WR-CALNAME", "")).split())
    return Parsed(Calendar(name=name[:_MAX_NAME] or None, objects=objects), tuple(problems))


class _Zones:
    """The time zones of one file: its own where they can be read, else those of the IANA database."""

    def __init__(self, own: Iterable[Component], floating: str) -> None:
        self._own: dict[str, Component] = {}
        for one in own:
            if _reads(one.texts()):
                self._own.setdefault(one.value("TZID"), one)
        self.floating = _iana(floating)

    def known_as(self, tzid: str) -> str:
        """Return the TZID to write: as it came where the file defines it, else its IANA name, else as it came."""
        return tzid if tzid in self._own else _iana(tzid) or tzid

    def texts(self, tzid: str) -> tuple[str, ...]:
        """Return that zone's component as lines; none when nobody knows the zone."""
        return tuple(self._own[tzid].texts()) if tzid in self._own else _iana_texts(_iana(tzid))

    def unknown(self, tzid: str) -> bool:
        return tzid not in self._own and not _iana(tzid)


def _object(group: Group, zones: _Zones, prodid: str) -> CalendarObject:
    """Return the resource of a group, with only the zones that it uses."""
    parts: Sequence[Component] = group.components
    names = dict.fromkeys(zone for part in parts for zone in part.zones())
    repairs = [code for part in parts for code in part.repairs]
    unknown = [name for name in names if zones.unknown(name)]
    if unknown:
        repairs.append("zone-unknown")
        parts = [without_zones(part, unknown) for part in parts]
    texts = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{prodid}"]
    texts += [text for name in names for text in zones.texts(name)]
    texts += [text for part in parts for text in part.texts()]
    return CalendarObject(
        uid=group.uid,
        component=cast("Kind", group.kind),
        name=_name(parts[0]),
        data=fold([*texts, "END:VCALENDAR"]),
        line=min(part.line for part in parts),
        repairs=tuple(dict.fromkeys(repairs)),
    )


def _usable(component: Component) -> Component | Problem:
    """Return the component without what icalendar cannot read in it, or why it cannot be used."""
    if component.name == "VEVENT" and not component.value("DTSTART"):
        return _problem("no-start", component)  # some servers would invent one
    if _reads(component.texts()):
        return component
    alarms = tuple(
        block for block in component.inner if _reads(_around(component, (line.text for line in block)))
    )
    lines = tuple(line for line in component.own if _reads(_around(component, [line.text])))
    lost = {line.name for line in component.own} - {line.name for line in lines}
    if lost & _DECIDES:
        return _problem("bad-date", component)
    repairs = [*component.repairs, *(["alarm-dropped"] if len(alarms) < len(component.inner) else [])]
    if len(lines) < len(component.own):
        repairs.append("rule-dropped" if lost & _RULES else "property-dropped")
    mended = replace(component, own=lines, inner=alarms, repairs=tuple(dict.fromkeys(repairs)))
    return mended if _reads(mended.texts()) else _problem("unusable-object", component)


def _around(component: Component, texts: Iterable[str]) -> list[str]:
    return [f"BEGIN:{component.name}", *texts, f"END:{component.name}"]


def _reads(texts: Iterable[str]) -> bool:
    """Say whether icalendar reads one component without a complaint anywhere in it."""
    data = fold(["BEGIN:VCALENDAR", "VERSION:2.0", *texts, "END:VCALENDAR"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells the terminal about odd zone names
            calendar = icalendar.Calendar.from_ical(data)
        return len(calendar.subcomponents) == 1 and not any(part.errors for part in calendar.walk())
    except Exception:  # noqa: BLE001 - it raises whatever its helpers raise
        return False


@lru_cache(maxsize=256)
def _iana(tzid: str) -> str:
    """Return the IANA name of a zone known under that or a Windows or vendor's name; "" when nobody knows it."""
    tzid = tzid.strip().strip('"')
    vendor = re.search(r"/([A-Z]\w+/[\w/+-]+)$", tzid) if tzid.startswith("/") else None
    for name in (tzid, WINDOWS_TO_OLSON.get(tzid, ""), vendor.group(1) if vendor else ""):
        try:
            if name and zoneinfo.ZoneInfo(name):
                return name
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ""


@lru_cache(maxsize=256)
def _iana_texts(name: str) -> tuple[str, ...]:
    if not name:
        return ()
    written = icalendar.Timezone.from_tzid(name).to_ical()
    return tuple(line.text for line in read_lines(written).lines)


def _problem(code: str, component: Component) -> Problem:
    return Problem(code=code, item=_name(component), line=component.line)


def _name(component: Component) -> str:
    summary = " ".join(unescape(component.value("SUMMARY")).split())[:_MAX_NAME]
    date = re.match(r"(\d{4})-?(\d\d)-?(\d\d)", component.value("DTSTART") or component.value("DUE"))
    return " ".join(filter(None, (summary, "-".join(date.groups()) if date else "")))

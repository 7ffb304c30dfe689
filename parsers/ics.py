"""Calendar objects in an .ics or .vcs: all components of a UID with the time zones they use, one resource each (RFC 4791 section 4.1).

The file is split by its own lines first, so one bad event never costs another; icalendar judges each one alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, cast

from parsers.charsets import as_utf8
from parsers.components import OBJECTS, CalendarReader, Component, Head, read_heads
from parsers.judge import mended
from parsers.lines import fold, unescape
from parsers.objects import Group, Groups
from parsers.oldzones import old_zone
from parsers.repairs import plan_component
from parsers.result import Parsed, Problem
from parsers.vcal10 import is_old, modern
from parsers.zones import Zones

Kind = Literal["VEVENT", "VTODO", "VJOURNAL"]

_PRODID = "-//Mailferry//Calendar import//EN"
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
    calendar: str | None = None  # X-WR-CALNAME of the VCALENDAR it came in


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What one file holds."""

    name: str | None  # X-WR-CALNAME of its first VCALENDAR that has one
    objects: tuple[CalendarObject, ...]

    @property
    def names(self) -> tuple[str | None, ...]:
        """Return each calendar that its objects came in, in the order of the file; None = one without a name."""
        return tuple(dict.fromkeys(one.calendar for one in self.objects))


def parse_calendar(data: bytes) -> Parsed[Calendar]:
    """Return every whole object of a calendar file, and a problem for each component that is in none. Never raises.

    Reads iCalendar and vCalendar 1.0. Holds one component as lines at a time, and the text of the others.

    Problem codes: "not-a-calendar", "cut-file" (it ends before its END), and of one component: "cut-object",
    "no-start", "bad-date", "too-many-dates", "too-big", "unusable-object", "duplicate-object", "unsupported-component".
    """
    data, _ = as_utf8(data)
    reader, work = CalendarReader(), _Work([_Source(head) for head in read_heads(data)])
    for component in reader.read(data):
        work.take(component)
    if not reader.found:
        return Parsed(Calendar(name=None, objects=()), (Problem(code="not-a-calendar"),))
    groups = work.groups.finish(_name)
    problems = [
        *([Problem(code="cut-file")] if reader.open_end else []),
        *work.problems,
        *(_problem("duplicate-object", one) for one in work.groups.doubled),
    ]
    names = (source.name for source in work.sources)
    objects = tuple(_objects(groups, work.prodid))
    return Parsed(Calendar(name=next(filter(None, names), None), objects=objects), tuple(problems))


class _Source:
    """One VCALENDAR of the file: what its components need to know of it."""

    def __init__(self, head: Head) -> None:
        self.head = head
        said = head.properties
        self.name = (
            " ".join(unescape(said.get("X-WR-CALNAME") or said.get("NAME", "")).split())[:_MAX_NAME] or None
        )
        self.zones = Zones(head.zones, said.get("X-WR-TIMEZONE") or old_zone(head))


@dataclass(slots=True)
class _Work:
    sources: list[_Source]
    groups: Groups = field(default_factory=Groups)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Let each calendar of the file know the zones of the others: some writers define them only in the first."""
        for source in self.sources:
            source.zones.also(zone for other in self.sources[:1] for zone in other.head.zones)

    @property
    def prodid(self) -> str:
        found = (source.head.properties.get("PRODID", "") for source in self.sources)
        return next(filter(None, found), _PRODID)

    def take(self, component: Component) -> None:
        if component.name == "VTIMEZONE":
            return
        source = self.sources[min(component.calendar, len(self.sources) - 1)]
        ready = _ready(component, source)
        if isinstance(ready, Problem):
            self.problems.append(ready)
        else:
            self.groups.add(ready, _name(ready), source.zones, source.name)


def _ready(component: Component, source: _Source) -> Component | Problem:
    """Return the component as it is to be sent, or why it is not."""
    if component.name not in OBJECTS:
        return _problem("unsupported-component", component)
    if component.too_long or not component.whole:
        return _problem("too-big" if component.too_long else "cut-object", component)
    if is_old(component, source.head):
        component = modern(component)
    if component.name == "VEVENT" and not component.value("DTSTART"):
        return _problem("no-start", component)  # some servers would invent one
    planned = plan_component(component, source.zones)
    if isinstance(planned, str):
        return _problem(planned, component)
    judged = mended(planned)
    return judged if judged is not None else _problem("unusable-object", component)


def _objects(groups: list[Group], prodid: str) -> Iterable[CalendarObject]:
    """Yield the resource of each group, with only the zones that it uses, and let go of what it was made of."""
    head = fold(["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{prodid}"])
    zones: dict[tuple[str, ...], bytes] = {}
    for group in groups:
        parts = group.parts
        used = {tzid: texts for part in parts for tzid, texts in part.zones.items()}
        for texts in used.values():
            zones.setdefault(texts, fold(texts))
        pieces = [head, *(zones[texts] for texts in used.values()), *(part.body for part in parts)]
        yield CalendarObject(
            uid=group.uid,
            component=cast("Kind", parts[0].component),
            name=parts[0].name,
            data=b"".join([*pieces, b"END:VCALENDAR\r\n"]),
            line=min(part.line for part in parts),
            repairs=tuple(dict.fromkeys(code for part in parts for code in part.repairs)),
            calendar=group.calendar,
        )
        group.parts = []


def _problem(code: str, component: Component) -> Problem:
    return Problem(code=code, item=_name(component), line=component.line)


def _name(component: Component) -> str:
    summary = " ".join(unescape(component.value("SUMMARY")).split())[:_MAX_NAME]
    date = re.match(r"(\d{4})-?(\d\d)-?(\d\d)", component.value("DTSTART") or component.value("DUE"))
    return " ".join(filter(None, (summary, "-".join(date.groups()) if date else "")))

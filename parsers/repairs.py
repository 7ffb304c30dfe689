"""The edits a calendar component needs before a server takes it; every other line stays as it came (RFC 5545 section 3.6.1)."""

from collections.abc import Iterator
from dataclasses import replace

from parsers.alarms import Block, plan_alarm
from parsers.components import Component
from parsers.dates import (
    DATES,
    INSTANTS,
    MOST_DATES,
    When,
    plan_date,
    plan_instant,
    text_of,
    when_of,
    write_when,
)
from parsers.ends import plan_ends
from parsers.lines import Line, escape, make_line, unescape
from parsers.rules import plan_rule
from parsers.tidy import once, plan_line
from parsers.zones import Zones

DECIDES = frozenset({"DTSTART", "RECURRENCE-ID"})  # with another one of these it would be another event
_RULES = frozenset({"RRULE", "EXRULE"})
_LISTS = frozenset({"EXDATE", "RDATE"})
_CHANGES_WITH_EXPORT = frozenset({"DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "UID"})
_LONG_AGO = "19700101T000000Z"  # a DTSTAMP that is the same in every import


def plan_component(component: Component, zones: Zones) -> Component | str:
    """Return the component as servers take it, or the code of why none could: "bad-date", "too-many-dates". Pure."""
    if sum(line.value.count(",") + 1 for line in component.own if line.name in _LISTS) > MOST_DATES:
        return "too-many-dates"
    repairs = list(component.repairs)
    lines: list[Line] = []
    for line in component.own:
        planned = (
            _dated(line, zones, repairs)
            if line.name in DATES | INSTANTS
            else plan_line(line, component.name, repairs)
        )
        if planned is not None:
            lines.append(planned)
        elif line.name in DECIDES and line.value.strip():
            return "bad-date"
    lines = once(lines, component.name, repairs)
    first = next((line for line in lines if line.name == "DTSTART"), None)
    start = when_of(first, zones) if first else None
    lines = plan_ends(component.name, list(_series(lines, start, zones, repairs)), zones, repairs)
    if not any(line.name == "DTSTAMP" for line in lines):
        lines.append(make_line("DTSTAMP", _stamp(lines)))
    summary = next((line.value for line in lines if line.name == "SUMMARY"), "")
    inner = tuple(_inner(component, start, escape(unescape(summary)), zones, repairs))
    return replace(component, own=tuple(lines), inner=inner, repairs=tuple(dict.fromkeys(repairs)))


def with_uid(component: Component, uid: str) -> Component:
    """Return the component under that UID; the line stays as it came when it says so already."""
    if unescape(component.value("UID")) == uid:
        return component
    lines = [line for line in component.own if line.name != "UID"]
    return replace(component, own=(make_line("UID", escape(uid)), *lines))


def content(component: Component) -> str:
    """Return what the component says, the same in every export of it."""
    own = sorted(line.text for line in component.own if line.name not in _CHANGES_WITH_EXPORT)
    return "\n".join((component.name, *own, *(line.text for block in component.inner for line in block)))


def _dated(line: Line, zones: Zones, repairs: list[str]) -> Line | None:
    if not line.value.strip():
        return None
    planned = plan_instant(line, zones) if line.name in INSTANTS else plan_date(line, zones, repairs)
    if planned is None and line.name not in DECIDES:
        ends = line.name in {"DTEND", "DUE"}
        repairs.append(
            "end-dropped" if ends else "date-dropped" if line.name in _LISTS else "property-dropped"
        )
    return planned


def _series(lines: list[Line], start: When | None, zones: Zones, repairs: list[str]) -> Iterator[Line]:
    """Yield the lines, rules and lists of dates in the form that the start asks for."""
    ruled = False
    for line in lines:
        if line.name in _RULES:
            rule = plan_rule(line.value, start, repairs)
            if rule and line.name == "RRULE" and ruled:
                repairs.append("second-rule-dropped")
            elif rule:
                ruled = ruled or line.name == "RRULE"
                yield line if rule == line.value and not line.params else make_line(line.name, rule)
        elif line.name in _LISTS and start is not None:
            yield _like_the_start(line, start, zones)
        else:
            yield line


def _like_the_start(line: Line, start: When, zones: Zones) -> Line:
    """Return dates as times where the start has a time, and as days where it is a day; libraries compare no others."""
    values = line.value.split(",")
    one = when_of(line.with_value(values[0]), zones)
    if one is None or one.kind == start.kind:
        return line
    if "date" not in {one.kind, start.kind} and (one.kind, start.kind) != ("floating", "zoned"):
        return line
    if start.kind == "date":
        return make_line(
            line.name, ",".join(dict.fromkeys(value[:8] for value in values)), [("VALUE", "DATE")]
        )
    time = text_of(start)[8:] if one.kind == "date" else ""
    joined = ",".join(f"{value}{time}" for value in values)
    written = write_when(line.name, start, line.params)
    return written.with_value(joined)


def _inner(
    component: Component, start: When | None, summary: str, zones: Zones, repairs: list[str]
) -> Iterator[Block]:
    for block in component.inner:
        if block[0].value.strip().upper() != "VALARM":
            yield block
            continue
        planned = plan_alarm(block, start, summary, zones)
        if planned is None:
            repairs.append("alarm-dropped")
        else:
            yield planned


def _stamp(lines: list[Line]) -> str:
    found = {line.name: line.value for line in lines}
    return found.get("LAST-MODIFIED") or found.get("CREATED") or _LONG_AGO

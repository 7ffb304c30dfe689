"""The edits a calendar component needs before a server takes it; every other line stays as it came (RFC 5545 section 3.6.1)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from parsers.components import Component
from parsers.lines import Line, decode_quoted_printable, escape, make_line, unescape

_DATES = frozenset({"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "EXDATE", "RDATE"})
_SINGLE = frozenset(
    {"UID", "DTSTAMP", "DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID", "SUMMARY", "LOCATION", "CLASS"}
    | {"CREATED", "LAST-MODIFIED", "SEQUENCE", "STATUS", "TRANSP", "PRIORITY", "ORGANIZER", "URL", "GEO"}
    | {"PERCENT-COMPLETE", "COMPLETED"}
)
_EXTENDED = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z?))?")
_RULE = re.compile(
    r"(?:[A-Z-]+=[^=;]+;)*FREQ=(?:SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)(?:;[A-Z-]+=[^=;]+)*",
    re.IGNORECASE,
)
_TEXT = frozenset({"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "UID", "RELATED-TO"})
_LINKS = frozenset({"URL", "ATTACH", "ATTENDEE", "ORGANIZER", "SOURCE", "CONFERENCE", "IMAGE"})
_LISTS = _DATES | {"CATEGORIES", "RESOURCES", "RRULE", "EXRULE", "FREEBUSY", "REQUEST-STATUS"}
_CHANGES_WITH_EXPORT = frozenset({"DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "UID"})
_LONG_AGO = "19700101T000000Z"  # a DTSTAMP that is the same in every import

Zone = Callable[[str], str]  # a TZID as written -> the one to write


def plan_component(component: Component, zone: Zone, floating: str) -> Component:
    """Return the component with its dates, duplicates and missing properties put right.

    Args:
        component: as it came.
        zone: names a TZID of the file so that servers know it.
        floating: the TZID for times that name none (X-WR-TIMEZONE); "" = they stay floating.
    """
    repairs = list(component.repairs)
    said = (_escaped(_decoded(line)) for line in component.own if line.value.strip())
    lines = [_date(line, zone, floating, repairs) for line in said]
    lines = _once(_with_rules(lines, repairs), repairs)
    lines = _one_end(lines, repairs)
    if not any(line.name == "DTSTAMP" for line in lines):
        lines.append(make_line("DTSTAMP", _stamp(component)))
    inner = tuple(tuple(_escaped(line) for line in block) for block in component.inner)
    return replace(component, own=tuple(lines), inner=inner, repairs=tuple(dict.fromkeys(repairs)))


def with_uid(component: Component, uid: str) -> Component:
    """Return the component under that UID; the line stays as it came when it says so already."""
    if unescape(component.value("UID")) == uid:
        return component
    lines = [line for line in component.own if line.name != "UID"]
    return replace(component, own=(make_line("UID", escape(uid)), *lines))


def without_zones(component: Component, gone: Sequence[str]) -> Component:
    """Return the component with the times of those zones floating."""
    own = tuple(_in_zone(line, "") if line.param("TZID") in gone else line for line in component.own)
    return replace(component, own=own)


def content(component: Component) -> str:
    """Return what the component says, the same in every export of it."""
    own = sorted(line.text for line in component.own if line.name not in _CHANGES_WITH_EXPORT)
    return "\n".join((component.name, *own, *(line.text for block in component.inner for line in block)))


def _decoded(line: Line) -> Line:
    """Return a vCalendar 1.0 line as iCalendar text."""
    encodings = {value.upper() for key, value in line.params if key in {"", "ENCODING"}}
    if "QUOTED-PRINTABLE" not in encodings:
        return line
    text = escape(decode_quoted_printable(line.value, line.param("CHARSET")))
    params = [(key, value) for key, value in line.params if key not in {"", "ENCODING", "CHARSET"}]
    return make_line(line.name, text, params, line.group)


def _escaped(line: Line) -> Line:
    """Return the line without bare commas: vobject, and so Radicale, cuts any value at the first one."""
    if line.name in _LISTS or line.name in {"BEGIN", "END"}:
        return line
    if line.name in _LINKS:
        inline = line.param("VALUE") == "BINARY" or line.value.lower().startswith("data:")
        value = line.value if inline else re.sub(r"(?<!\\),", "%2C", line.value)
    else:
        value = escape(line.value, ",;" if line.name in _TEXT else ",")
    return line if value == line.value else line.with_value(value)


def _date(line: Line, zone: Zone, floating: str, repairs: list[str]) -> Line:
    if line.name not in _DATES:
        return line
    value = ",".join(_basic(part.strip()) for part in line.value.split(","))
    if value != line.value:
        line = make_line(line.name, value, line.params)
    tzid = line.param("TZID")
    if re.fullmatch(r"\d{8}(,\d{8})*", value):
        return _as_date(line)
    if tzid is not None and value.endswith("Z"):  # libraries drop the Z, and the time shifts
        repairs.append("utc-kept")
        return _in_zone(line, "")
    if tzid is not None:
        known = zone(tzid)
        return line if known == tzid else _in_zone(line, known)
    if floating and re.fullmatch(r"\d{8}T\d{6}(,\d{8}T\d{6})*", value):
        return _in_zone(line, floating)
    return line


def _basic(value: str) -> str:
    """Return a date in the basic format (RFC 5545 section 3.3.5)."""
    match = _EXTENDED.fullmatch(value)
    if match is None:
        return value
    year, month, day, hour, minute, second, utc = match.groups()
    return f"{year}{month}{day}" + (f"T{hour}{minute}{second or '00'}{utc}" if hour else "")


def _as_date(line: Line) -> Line:
    if line.param("VALUE") == "DATE" and line.param("TZID") is None:
        return line
    others = [(key, value) for key, value in line.params if key not in {"TZID", "VALUE"}]
    return make_line(line.name, line.value, [("VALUE", "DATE"), *others])


def _in_zone(line: Line, zone: str) -> Line:
    others = [(key, value) for key, value in line.params if key != "TZID"]
    return make_line(line.name, line.value, [("TZID", zone), *others] if zone else others)


def _with_rules(lines: list[Line], repairs: list[str]) -> list[Line]:
    """Return the lines without a rule that is none; the library takes it for text and servers fail on it."""
    kept: list[Line] = []
    for line in lines:
        if line.name not in {"RRULE", "EXRULE"}:
            kept.append(line)
        elif _RULE.fullmatch(rule := line.value.strip(" ;")):
            kept.append(line.with_value(rule))
        else:
            repairs.append("rule-dropped")
    return kept


def _once(lines: Sequence[Line], repairs: list[str]) -> list[Line]:
    """Return the lines without a second one of a property that may stand only once."""
    kept: dict[str, Line] = {}
    result = []
    for line in lines:
        if line.name in _SINGLE and line.name in kept:
            if line.value != kept[line.name].value:
                repairs.append("property-dropped")
            continue
        kept[line.name] = line
        result.append(line)
    return result


def _one_end(lines: list[Line], repairs: list[str]) -> list[Line]:
    """Return the lines with at most one end, which is not before the start."""
    found = {line.name: line for line in reversed(lines)}
    start, end = found.get("DTSTART"), found.get("DTEND") or found.get("DUE")
    if end and start and end.name == "DTEND" and end.params == start.params and end.value < start.value:
        if len(end.value) == len(start.value):
            repairs.append("end-dropped")
            lines = [line for line in lines if line is not end]
    elif end and "DURATION" in found:
        repairs.append("duration-dropped")
        lines = [line for line in lines if line.name != "DURATION"]
    return lines


def _stamp(component: Component) -> str:
    for name in ("LAST-MODIFIED", "CREATED"):
        if re.fullmatch(r"\d{8}T\d{6}Z", component.value(name)):
            return component.value(name)
    return _LONG_AGO

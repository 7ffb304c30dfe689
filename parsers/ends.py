"""Exactly one end, after the start and of its kind, or none (RFC 5545 sections 3.6.1, 3.6.2 and 3.8.2)."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from parsers.dates import When, when_of, write_when
from parsers.lines import Line, make_line
from parsers.zones import Zones

_DURATION = re.compile(
    r"([+-])?P(?=[\dT])(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?",
    re.IGNORECASE,
)
_WITHOUT_T = re.compile(r"^([+-]?P)(\d{1,8}[HS])$", re.IGNORECASE)
_SECONDS: Final = (7 * 86400, 86400, 3600, 60, 1)
_DAY: Final = timedelta(days=1)


def length_of(value: str) -> timedelta | None:
    """Return a duration, also one that mixes weeks and days; None when it is none."""
    match = _DURATION.fullmatch(_WITHOUT_T.sub(r"\1T\2", value.strip()))  # old Android: P3600S
    if match is None:
        return None
    sign, *parts = match.groups()
    total = sum(int(part or 0) * unit for part, unit in zip(parts, _SECONDS, strict=True))
    return timedelta(seconds=-total if sign == "-" else total)


def write_length(length: timedelta) -> str:
    """Return a duration as a value."""
    seconds = int(length.total_seconds())
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    days, rest = divmod(seconds, 86400)
    hours, minutes, second = rest // 3600, rest // 60 % 60, rest % 60
    day = f"{days}D" if days else ""
    parts = [f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (second, "S")) if number]
    time = "T" + "".join(parts) if parts else ""
    return f"{sign}P{day}{time}" if day or time else "PT0S"


def plan_ends(kind: str, lines: Sequence[Line], zones: Zones, repairs: list[str]) -> list[Line]:
    """Return the lines of a component with at most one end, never before its start. Pure.

    An end of the other kind (a day where the start has a time) becomes one of the start's kind. One before the start is
    left out, never swapped with it.
    """
    found = {line.name: line for line in lines}
    start = when_of(found["DTSTART"], zones) if "DTSTART" in found else None
    drop = {"VEVENT": {"DUE"}, "VTODO": {"DTEND"}, "VJOURNAL": {"DTEND", "DUE", "DURATION"}}.get(kind, set())
    if drop & found.keys():
        repairs.append("end-dropped")
    end = "DTEND" if kind == "VEVENT" else "DUE"
    if "DURATION" in found and "DURATION" not in drop:
        drop = drop | _duration(found, end, start, repairs)
    kept: list[Line] = []
    for line in lines:
        planned: Line | None = line
        if line.name in drop:
            continue
        if line.name == end and start is not None:
            planned = _end(line, start, zones, repairs)
        elif line.name == "DURATION":
            planned = _length(line, start)
        if planned is None:
            continue
        kept.append(planned)
    return _task_in_order(kind, kept, zones, repairs)


def _duration(found: dict[str, Line], end: str, start: When | None, repairs: list[str]) -> set[str]:
    length = length_of(found["DURATION"].value)
    if end in found:
        repairs.append("duration-dropped")
        return {"DURATION"}
    if length is None or length < timedelta(0) or start is None or length > timedelta(days=36_500):
        repairs.append("end-dropped")
        return {"DURATION"}
    return set()


def _length(line: Line, start: When | None) -> Line | None:
    """Return a duration without what not every server reads: weeks beside days, and hours of a whole day."""
    length = length_of(line.value)
    if length is None:
        return None
    if start is not None and start.kind == "date" and length % _DAY:
        return make_line("DURATION", write_length(-(-length // _DAY) * _DAY))
    mixed = (
        re.search(r"W.", line.value, re.IGNORECASE)
        or line.value[:1] == "+"
        or line.value != line.value.upper()
    )
    whole = start is not None and start.kind == "date" and "T" in line.value
    mixed = mixed or not _DURATION.fullmatch(line.value)
    return make_line("DURATION", write_length(length)) if mixed or whole or line.params else line


def _end(line: Line, start: When, zones: Zones, repairs: list[str]) -> Line | None:
    end = when_of(line, zones)
    if end is None:
        repairs.append("end-dropped")
        return None
    alike = _alike(end, start)
    if alike != end:
        repairs.append("end-changed")
    too_early = alike.is_before(start)
    if line.name == "DTEND" and start.kind == "date" and alike.local <= start.local:
        if alike.local < start.local:
            repairs.append("end-dropped")
        return None  # a day that ends when it begins is that day, which is what an event without end means
    if too_early and line.name == "DTEND":
        repairs.append("end-dropped")
        return None
    return line if alike == end else write_when(line.name, alike, line.params)


def _alike(end: When, start: When) -> When:
    """Return the end as a day where the start is one, and with a time where it has one."""
    if start.kind == "date" and end.kind != "date":
        midnight = end.local.replace(hour=0, minute=0, second=0)
        return When("date", midnight if midnight == end.local or midnight.year == 9999 else midnight + _DAY)
    if start.kind != "date" and end.kind == "date":
        return replace(start, local=end.local)
    return end


def _task_in_order(kind: str, lines: list[Line], zones: Zones, repairs: list[str]) -> list[Line]:
    """Return a task whose due time is not before its start; of the two the due time is what the task is about."""
    found = {line.name: line for line in lines}
    if kind != "VTODO" or "DUE" not in found or "DTSTART" not in found:
        return lines
    start, due = when_of(found["DTSTART"], zones), when_of(found["DUE"], zones)
    if start is None or due is None or not due.is_before(start):
        return lines
    repairs.append("end-dropped" if "RRULE" in found else "start-dropped")
    gone = "DUE" if "RRULE" in found else "DTSTART"
    return [line for line in lines if line.name != gone]

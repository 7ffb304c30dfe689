"""Reminders: each one as servers take it, or left out alone (RFC 5545 section 3.6.6)."""

import re
import zoneinfo

from parsers.dates import When, basic, read_when, to_utc
from parsers.ends import length_of, write_length
from parsers.lines import Line, make_line
from parsers.tidy import once, plan_line
from parsers.zones import Zones

Block = tuple[Line, ...]

_SINGLE = frozenset({"ACTION", "TRIGGER", "DURATION", "REPEAT", "SUMMARY", "DESCRIPTION"})
_ACTION = re.compile(r"[A-Z0-9-]{1,40}", re.IGNORECASE)


def plan_alarm(block: Block, start: When | None, summary: str, zones: Zones) -> Block | None:
    """Return an alarm, BEGIN to END, as servers take it; None when it does not say when. Pure.

    Args:
        block: as it came.
        start: when its event begins.
        summary: what its event is called, for one that shows nothing.
        zones: those of the calendar.
    """
    own = _own(block)
    trigger = next(
        (planned for line in own if line.name == "TRIGGER" and (planned := _trigger(line, start, zones))),
        None,
    )
    if trigger is None:
        return None
    lines: list[Line] = []
    seen: set[str] = set()
    for line in own:
        if line.name in seen & _SINGLE or (
            line.name == "ACTION" and not _ACTION.fullmatch(line.value.strip())
        ):
            continue
        seen.add(line.name)
        planned = trigger if line.name == "TRIGGER" else plan_line(line, "VALARM", [])
        if planned is not None:
            lines.append(planned)
    lines = _repeats(lines)
    if not any(line.name == "ACTION" for line in lines):
        lines.insert(0, make_line("ACTION", "DISPLAY"))
    action = next(line.value.strip().upper() for line in lines if line.name == "ACTION")
    if action in {"", "DISPLAY", "EMAIL"} and not any(line.name == "DESCRIPTION" for line in lines):
        lines.append(make_line("DESCRIPTION", summary or "Reminder"))
    if action == "EMAIL" and not any(line.name == "SUMMARY" for line in lines):
        lines.append(make_line("SUMMARY", summary or "Reminder"))
    return (block[0], *once(lines, "VALARM", []), block[-1])


def make_alarm(trigger: str, action: str, description: str) -> Block:
    """Return an alarm of ours; `trigger` is a duration from the start, `description` an escaped text."""
    lines = [make_line("ACTION", action), make_line("TRIGGER", trigger)]
    lines += [make_line("DESCRIPTION", description)] if description else []
    return (make_line("BEGIN", "VALARM"), *lines, make_line("END", "VALARM"))


def _own(block: Block) -> list[Line]:
    """Return the alarm's own lines; what is nested in it is no alarm that servers know."""
    depth, own = 0, []
    for line in block[1:-1]:
        depth += (line.name == "BEGIN") - (line.name == "END")
        if depth == 0 and line.name != "END":
            own.append(line)
    return own


def _trigger(line: Line, start: When | None, zones: Zones) -> Line | None:
    length = length_of(line.value)
    if length is not None:
        related = [("RELATED", value.upper()) for key, value in line.params if key == "RELATED"]
        odd = (line.param("VALUE") or "").upper() == "DATE-TIME" or re.search(
            r"W.|^\+|P\d+[HS]", line.value, re.IGNORECASE
        )
        return make_line("TRIGGER", write_length(length), related) if odd else line
    value = basic(line.value)
    tzid = line.param("TZID") or ""
    when = (
        read_when(value, tzid, zones.planned(tzid).iana if tzid else zones.floating) if "T" in value else None
    )
    if when is None:
        return None
    zone = when.zone or zones.floating or (start.zone if start else "")
    if when.kind != "utc" and not zone:
        return _relative(when, start)
    at = when.instant or to_utc(when.local, zoneinfo.ZoneInfo(zone))
    text = f"{at.year:04d}{at:%m%dT%H%M%SZ}" if at else ""
    return make_line("TRIGGER", text, [("VALUE", "DATE-TIME")]) if text else None


def _relative(when: When, start: When | None) -> Line | None:
    """Return a floating moment by its distance from a floating start: an alarm's own moment has to be UTC."""
    if start is None or start.kind not in {"floating", "date"}:
        return None
    return make_line("TRIGGER", write_length(when.local - start.local))


def _repeats(lines: list[Line]) -> list[Line]:
    """Return the lines with both REPEAT and DURATION or neither."""
    repeat = next((line for line in lines if line.name == "REPEAT"), None)
    pause = next((line for line in lines if line.name == "DURATION"), None)
    length = length_of(pause.value) if pause else None
    good = (
        repeat is not None
        and repeat.value.strip().isdigit()
        and length is not None
        and length.total_seconds() > 0
    )
    return lines if good else [line for line in lines if line.name not in {"REPEAT", "DURATION"}]

"""Whether a planned component can be read as a whole, and what has to go when it cannot; icalendar has the last word."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from parsers.components import Component
from parsers.lines import Line, make_line
from parsers.readable import reads
from parsers.repairs import DECIDES

_TEXTS: Final = frozenset(
    {
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "UID",
        "COMMENT",
        "CATEGORIES",
        "CLASS",
        "STATUS",
        "TRANSP",
        "SEQUENCE",
    }
    | {"RRULE", "PRIORITY", "DTSTAMP", "CREATED", "LAST-MODIFIED", "COMPLETED"}
)
_DATED: Final = frozenset({"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "EXDATE"})
_ALL_DATES: Final = _DATED | {"RDATE"}
_DATES = re.compile(r"\d{8}(?:T\d{6}Z?)?(?:,\d{8}(?:T\d{6}Z?)?)*")
_OWN_NAME = re.compile(r"X-[A-Z0-9-]{1,100}")
_RULES: Final = frozenset({"RRULE", "EXRULE", "RDATE", "EXDATE"})
_BEFORE = re.compile(r"-?P(?:T\d{1,4}[HMS]|\d{1,4}D)")
_MOST_TRIES = 200


def mended(component: Component) -> Component | None:
    """Return the component without what icalendar cannot read in it; None when it would not be the same event then.

    What is plainly in order (a text without parameters, a date or rule that was checked) is not shown to it: that is most of
    every event, and reading it takes most of the time.
    """
    lines = [line for line in component.own if not _is_plain(line)]
    blocks = [block for block in component.inner if not _is_plain_alarm(block)]
    if (not lines and not blocks) or _reads(component, lines, blocks):
        return component
    if len(lines) + len(blocks) > _MOST_TRIES:
        return None
    repairs = list(component.repairs)
    alarms = [block for block in blocks if not _reads(component, [], [block])]
    repairs += ["alarm-dropped"] if alarms else []
    changed = {id(line): _readable(component, line, repairs) for line in lines}
    if any(changed[id(line)] is None and line.name in DECIDES for line in lines):
        return None
    own = [changed.get(id(line), line) for line in component.own]
    inner = tuple(block for block in component.inner if not any(block is one for one in alarms))
    whole = replace(
        component,
        own=tuple(line for line in own if line is not None),
        inner=inner,
        repairs=tuple(dict.fromkeys(repairs)),
    )
    return whole if reads(whole.texts()) else None


def _readable(component: Component, line: Line, repairs: list[str]) -> Line | None:
    """Return a line that icalendar reads, without its parameters if it must be; None when it reads none of it."""
    if _reads(component, [line], []):
        return line
    needed = [
        (key, value) for key, value in line.params if key in {"TZID", "VALUE"} and line.name in _ALL_DATES
    ]
    bare = make_line(line.name, line.value, needed)
    if line.params and _reads(component, [bare], []):
        repairs.append("property-dropped")
        return bare
    repairs.append("rule-dropped" if line.name in _RULES else "property-dropped")
    return None


def _reads(component: Component, lines: Sequence[Line], blocks: Sequence[Sequence[Line]]) -> bool:
    texts = [line.text for line in lines] + [line.text for block in blocks for line in block]
    return reads([f"BEGIN:{component.name}", *texts, f"END:{component.name}"])


def _is_plain(line: Line) -> bool:
    if line.name in _DATED:
        return bool(_DATES.fullmatch(line.value)) and {key for key, _ in line.params} <= {"TZID", "VALUE"}
    known = line.name in _TEXTS or _OWN_NAME.fullmatch(line.name)
    return bool(known) and not line.params and line.text.startswith(f"{line.name}:")


def _is_plain_alarm(block: Sequence[Line]) -> bool:
    return all(
        not line.params
        and line.text.startswith(f"{line.name}:")
        and (
            line.name in {"BEGIN", "END", "ACTION", "DESCRIPTION"}
            or (line.name == "TRIGGER" and _BEFORE.fullmatch(line.value))
        )
        for line in block
    )

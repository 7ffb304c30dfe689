"""A component of vCalendar 1.0, as phones, Palm, Outlook 97 and Lotus write it, in the words of iCalendar."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from parsers.alarms import Block, make_alarm
from parsers.components import Component, Head
from parsers.dates import When, basic, read_when
from parsers.ends import length_of, write_length
from parsers.lines import Line, escape, make_line, split_value, unescape
from parsers.tidy import plan_line

_ONLY_THERE: Final = frozenset({"DCREATED", "AALARM", "DALARM", "MALARM", "PALARM", "RNUM"})
_ALARMS: Final = frozenset({"AALARM", "DALARM", "MALARM", "PALARM"})
_OLD_RULE = re.compile(r"(?:MP|MD|YM|YD|[DWM])\d{1,4}(?: |$)", re.IGNORECASE)
_STATES: Final = {  # of 1.0, per kind; what is missing has no like
    "VEVENT": {
        "ACCEPTED": "CONFIRMED",
        "CONFIRMED": "CONFIRMED",
        "TENTATIVE": "TENTATIVE",
        "CANCELLED": "CANCELLED",
    },
    "VTODO": {
        "NEEDS ACTION": "NEEDS-ACTION",
        "NEEDS-ACTION": "NEEDS-ACTION",
        "COMPLETED": "COMPLETED",
        "ACCEPTED": "IN-PROCESS",
        "IN-PROCESS": "IN-PROCESS",
        "CANCELLED": "CANCELLED",
    },
}
_ANSWERS: Final = {"CONFIRMED": "ACCEPTED", "NEEDS ACTION": "NEEDS-ACTION", "SENT": "NEEDS-ACTION"}
_KNOWN_ANSWERS: Final = frozenset(
    {"ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED", "NEEDS-ACTION", "COMPLETED"}
)
_ADDRESS = re.compile(r"[^<>@\s:]{1,200}@[^<>@\s]{1,200}")
_ALL_DAY: Final = frozenset({"X-FUNAMBOL-ALLDAY", "X-MICROSOFT-CDO-ALLDAYEVENT", "X-ALLDAY"})
_NOKIAS_DAYS: Final = frozenset({"ANNIVERSARY", "EVENT", "REMINDER"})

Translate = Callable[[Line, Component], Line | None]


def is_old(component: Component, head: Head) -> bool:
    """Say whether a component is one of vCalendar 1.0, by its calendar's VERSION or by words only that has."""
    version = head.properties.get("VERSION", "")
    if version:
        return version.startswith("1.")
    rule = component.value("RRULE")
    return bool(_OLD_RULE.match(rule)) or any(line.name in _ONLY_THERE for line in component.own)


def modern(component: Component) -> Component:
    """Return the component in the words of iCalendar; what has no like there is kept as it came. Pure."""
    start = _start(component)
    lines: list[Line] = []
    alarms: list[Block] = []
    repairs = list(component.repairs)
    for line in component.own:
        if line.name in _ALARMS:
            alarm = _alarm(line, start, component)
            if alarm is None:
                repairs.append("alarm-dropped")
            else:
                alarms.append(alarm)
        elif (planned := _TRANSLATED.get(line.name, _as_it_is)(line, component)) is not None:
            lines.append(planned)
    whole = replace(component, own=tuple(_days(lines)), inner=(*component.inner, *alarms))
    return replace(whole, repairs=tuple(dict.fromkeys(repairs)))


def _start(component: Component) -> When | None:
    value = component.value("DTSTART") or component.value("DUE")
    return read_when(basic(value)) if value else None


def _as_it_is(line: Line, _component: Component) -> Line | None:
    return line


def _created(line: Line, _component: Component) -> Line | None:
    return make_line("CREATED", line.value)


def _status(line: Line, component: Component) -> Line | None:
    word = _STATES.get(component.name, {}).get(line.value.strip().upper())
    return make_line("STATUS", word) if word else None


def _transparency(line: Line, _component: Component) -> Line | None:
    said = line.value.strip()
    return make_line("TRANSP", "OPAQUE" if said == "0" else "TRANSPARENT") if said.isdigit() else line


def _list(line: Line, _component: Component) -> Line | None:
    decoded = plan_line(line, "", []) or line
    words = [escape(unescape(one).strip()) for one in split_value(decoded.value, ";")]
    return make_line(line.name, ",".join(word for word in words if word))


def _place(line: Line, _component: Component) -> Line | None:
    """Longitude comes first in 1.0."""
    east, comma, north = line.value.replace(";", ",").partition(",")
    return make_line("GEO", f"{north.strip()};{east.strip()}") if comma else line


def _person(line: Line, _component: Component) -> Line | None:
    decoded = plan_line(line, "", []) or line
    said = unescape(decoded.value).replace("%2C", ",").strip()
    name, bracket, address = said.partition("<")
    if not bracket:
        name, address = "", said.removeprefix("mailto:").removeprefix("MAILTO:")
    name, address = name.strip(' "'), address.strip("> ")
    if not _ADDRESS.fullmatch(address):
        name, address = said, f"nobody-{abs(len(said))}@invalid.invalid"
    params = [("CN", name)] if name else []
    for key, value in line.params:
        word = value.upper()
        if key == "STATUS" and (answer := _ANSWERS.get(word, word)) in _KNOWN_ANSWERS:
            params.append(("PARTSTAT", answer))
        elif key == "RSVP":
            params.append(("RSVP", "TRUE" if word in {"YES", "TRUE"} else "FALSE"))
        elif key == "ROLE" and word in {"ORGANIZER", "OWNER"}:
            params.append(("ROLE", "CHAIR"))
    return make_line("ATTENDEE", f"mailto:{address}", params)


def _rule(line: Line, _component: Component) -> Line | None:
    return line if line.value.strip() else None


def _nothing(_line: Line, _component: Component) -> Line | None:
    return None


_TRANSLATED: Final[dict[str, Translate]] = {
    "DCREATED": _created,
    "STATUS": _status,
    "TRANSP": _transparency,
    "CATEGORIES": _list,
    "RESOURCES": _list,
    "GEO": _place,
    "ATTENDEE": _person,
    "RRULE": _rule,
    "RNUM": _nothing,
}


def _alarm(line: Line, start: When | None, component: Component) -> Block | None:
    """Return AALARM, DALARM and their like ("run time;snooze;repeats;what to say") as an alarm before the start."""
    decoded = plan_line(line, "", []) or line
    fields = [unescape(one).strip() for one in split_value(decoded.value, ";")]
    length = length_of(fields[0])
    if length is None:
        at = read_when(basic(fields[0])) if fields[0] else None
        if at is None or start is None or at.kind == "date" or (at.kind == "utc") != (start.kind == "utc"):
            return None
        length = at.local - start.local
    said = (
        escape(fields[-1])
        if line.name in {"DALARM", "MALARM"} and len(fields) > 3
        else component.value("SUMMARY")
    )
    summary = next((plan_line(one, "", []) for one in component.own if one.name == "SUMMARY"), None)
    text = (
        said
        if line.name in {"DALARM", "MALARM"} and len(fields) > 3 and said
        else summary.value
        if summary
        else ""
    )
    return make_alarm(write_length(length), "AUDIO" if line.name == "AALARM" else "DISPLAY", escape(text))


def _days(lines: list[Line]) -> Iterator[Line]:
    """Yield the lines, an event that its phone calls a whole day's with days instead of times."""
    found = {line.name: line.value.strip() for line in lines}
    whole = any(found.get(name, "").upper() in {"1", "TRUE"} for name in _ALL_DAY)
    nokia = found.get("X-EPOCAGENDAENTRYTYPE", "").upper() in _NOKIAS_DAYS
    midnight = basic(found.get("DTSTART", "")).endswith("T000000")
    for line in lines:
        value = basic(line.value) if line.name in {"DTSTART", "DTEND"} else ""
        if not value or "T" not in value or value.endswith("Z") or not midnight or not (whole or nokia):
            yield line
        elif line.name == "DTSTART" or value.endswith("T000000"):
            yield make_line(line.name, value[:8], [("VALUE", "DATE")])
        else:
            yield line  # 23:59 becomes the next day's midnight where ends are put right

"""A calendar object as one kind of server takes it: only what that server needs is changed, and each change has a code. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.dav.people import left_to_the_client, without_invitations
from bot.dav.profiles import Profile
from bot.dav.silence import silence_for
from parsers.dates import DATES, When, read_when, to_utc, write_when
from parsers.ends import length_of
from parsers.ics import CalendarObject
from parsers.lines import Line, fold, make_line, read_lines
from parsers.zonenames import iana_name, zone_of
from parsers.zonetext import zone_texts

_MINUTE: Final = timedelta(minutes=1)
_OBJECTS: Final = frozenset({"VEVENT", "VTODO", "VJOURNAL"})

Change = Callable[[Sequence[Line]], Iterable[Line]]


def fit_object(
    one: CalendarObject, profile: Profile, *, auto_schedule: bool, zone: str = "", proven: bool = False
) -> CalendarObject:
    """Return the object as this server takes it; unchanged, and without a code, where it takes it as it is.

    Args:
        one: as the parser made it.
        profile: of the server.
        auto_schedule: the server announces that it writes to people by itself (RFC 6638).
        zone: the IANA name of the account's time zone, for servers that would choose one themselves; "" = none known.
        proven: a canary showed that this very host respects SCHEDULE-AGENT.
    """
    silence = silence_for(profile, auto_schedule=auto_schedule, proven=proven)
    if silence == "neutral":
        one = _changed(one, without_invitations(one.data), "invitations-silenced")
    elif silence == "client":
        one = _changed(one, left_to_the_client(one.data), "invitations-left-to-client")
    if not profile.floating_kept and zone_texts(iana_name(zone)):
        one = _changed(
            one, _edited(one.data, lambda lines: _pinned(lines, iana_name(zone))), "floating-pinned"
        )
    if not profile.zero_length_end and one.component == "VEVENT":
        one = _changed(one, _edited(one.data, _with_an_end), "minute-added")
    if len(one.data) > profile.max_object_bytes:
        smaller = _without_attachments(one.data, profile.max_object_bytes)
        one = _changed(one, smaller, "attachment-too-big")
    return one


def _changed(one: CalendarObject, data: bytes, code: str) -> CalendarObject:
    return one if data == one.data else replace(one, data=data, repairs=(*one.repairs, code))


def _edited(data: bytes, change: Change) -> bytes:
    lines = read_lines(data).lines
    return fold(line.text for line in change(lines))


def _components(lines: Iterable[Line]) -> Iterator[tuple[str, list[Line]]]:
    """Yield each component's own name and its lines, alarms within; what is around them under ""."""
    part: list[Line] = []
    name = ""
    for line in lines:
        frame = line.value.strip().upper() if line.name in {"BEGIN", "END"} else ""
        if not name and line.name == "BEGIN" and frame != "VCALENDAR":
            yield "", part
            part, name = [], frame
        part.append(line)
        if line.name == "END" and frame == name:
            yield name, part
            part, name = [], ""
    yield name, part


def _with_an_end(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines, an event that ends when it starts ending a minute later: Cyrus takes none that does not."""
    for name, part in _components(lines):
        yield from _minute_added(part) if name == "VEVENT" else part


def _minute_added(part: list[Line]) -> list[Line]:
    alarm = next((at for at, line in enumerate(part) if at and line.name == "BEGIN"), len(part) - 1)
    found = {line.name: line for line in part[:alarm]}
    start, end, length = found.get("DTSTART"), found.get("DTEND"), found.get("DURATION")
    when = _when(start) if start else None
    if start is None or when is None or when.kind == "date":
        return part
    if end is not None and (end.value != start.value or end.param("TZID") != start.param("TZID")):
        return part
    if length is not None and length_of(length.value):
        return part
    try:
        later = write_when("DTEND", replace(when, local=when.local + _MINUTE))
    except OverflowError:
        return part
    return [
        *(line for line in part[:alarm] if line is not end and line is not length),
        later,
        *part[alarm:],
    ]


def _when(line: Line) -> When | None:
    tzid = line.param("TZID") or ""
    return read_when(line.value, tzid, iana_name(tzid))


def _pinned(lines: Sequence[Line], zone: str) -> Iterator[Line]:
    """Yield the lines with floating times in the account's zone: SOGo pins them to one of its own choice."""
    floats = any(_floats(line) for name, part in _components(lines) if name in _OBJECTS for line in part)
    if not floats:
        yield from lines
        return
    defined = any(line.name == "TZID" and line.value == zone for line in lines)
    for name, part in _components(lines):
        if name in _OBJECTS:
            if not defined:
                defined = True
                yield from read_lines(fold(zone_texts(zone))).lines
            yield from (_in_zone(line, zone) for line in part)
        else:
            yield from part


def _floats(line: Line) -> bool:
    return (
        line.name in DATES
        and line.param("TZID") is None
        and "T" in line.value
        and not line.value.endswith("Z")
    )


def _in_zone(line: Line, zone: str) -> Line:
    if _floats(line):
        return make_line(line.name, line.value, [("TZID", zone), *line.params])
    if line.name != "RRULE":
        return line
    parts = [_until(part, zone) for part in line.value.split(";")]
    return line.with_value(";".join(parts))


def _until(part: str, zone: str) -> str:
    """Return the end of a series as an instant, which the rule of a zoned event asks for."""
    end = read_when(part.removeprefix("UNTIL=")) if part.startswith("UNTIL=") else None
    at = to_utc(end.local, zone_of(zone)) if end is not None and end.kind == "floating" else None
    return f"UNTIL={at.year:04d}{at:%m%dT%H%M%SZ}" if at else part


def _without_attachments(data: bytes, most: int) -> bytes:
    """Return the object without its largest inline attachments, as many as it takes."""
    lines = list(read_lines(data).lines)
    inline = sorted((line for line in lines if _is_inline(line)), key=lambda line: -len(line.text))
    size = len(data)
    gone: set[int] = set()
    for line in inline:
        if size <= most:
            break
        gone.add(id(line))
        size -= len(line.text)
    return fold(line.text for line in lines if id(line) not in gone)


def _is_inline(line: Line) -> bool:
    return line.name in {"ATTACH", "IMAGE"} and (
        (line.param("VALUE") or "").upper() == "BINARY" or line.value[:5].lower() == "data:"
    )

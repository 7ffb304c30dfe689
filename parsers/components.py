"""A calendar file cut into its components by its own lines, before any library sees it (RFC 5545 section 3.6)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from parsers.charsets import Decoder
from parsers.lines import Line, iter_lines

OBJECTS = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_TOP = OBJECTS | {"VTIMEZONE", "VFREEBUSY"}
_EVENTS_OWN = frozenset(
    {"UID", "DTSTART", "DTEND", "DUE", "DTSTAMP", "RRULE", "EXDATE", "RECURRENCE-ID", "LOCATION", "STATUS"}
)  # none of these is an alarm's
_OBJECT_FRAME = re.compile(
    rb"(?:\A|(?<=[\r\n]))[ \t]*(BEGIN|END)[ \t]*:[ \t]*(?:VEVENT|VTODO|VJOURNAL)\b", re.IGNORECASE
)
_MOST_LINES = 200_000  # of one component; more is no event, and no server takes it


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its own lines, and those of each component inside it (an alarm, a zone's rule), BEGIN to END."""

    name: str  # "VEVENT"
    line: int  # 1-based line of the file
    own: tuple[Line, ...]
    inner: tuple[tuple[Line, ...], ...] = ()
    repairs: tuple[str, ...] = ()
    calendar: int = 0  # which VCALENDAR of the file it is in, from 0
    whole: bool = True  # it has its END
    too_long: bool = False  # it has more lines than any event

    def first(self, name: str) -> Line | None:
        """Return its first property of that name."""
        return next((line for line in self.own if line.name == name), None)

    def value(self, name: str) -> str:
        """Return the value of that property as written, "" when there is none."""
        line = self.first(name)
        return line.value.strip() if line else ""

    def texts(self) -> Iterator[str]:
        """Yield the component as unfolded lines."""
        yield f"BEGIN:{self.name}"
        yield from (line.text for line in self.own)
        yield from (line.text for block in self.inner for line in block)
        yield f"END:{self.name}"

    def zones(self) -> Iterator[str]:
        """Yield the TZID of every line that has one."""
        for line in (*self.own, *(line for block in self.inner for line in block)):
            zone = line.param("TZID")
            if zone is not None:
                yield zone


@dataclass(slots=True)
class Head:
    """What one VCALENDAR says of itself."""

    properties: dict[str, str] = field(default_factory=dict)  # the first value of each, stripped
    daylight: list[str] = field(default_factory=list)  # each DAYLIGHT line of a vCalendar 1.0
    zones: list[Component] = field(default_factory=list)


@dataclass(slots=True)
class CalendarReader:
    """The components of one file, one by one, and what is known of the file when they have been read."""

    found: bool = False  # there is a VCALENDAR, or a component that belongs into one
    open_end: bool = False  # the file ends before END:VCALENDAR
    heads: list[Head] = field(default_factory=list)
    _item: "_Open | None" = None

    def read(self, data: bytes) -> Iterator[Component]:
        """Yield every component in the order of its end, whatever state the others are in. Never raises, linear.

        One without its END comes with `whole` unset. At most one component is in memory.
        """
        for line in iter_lines(data, Decoder()):
            if line.name == "BEGIN":
                yield from self._begin(line, line.value.strip().upper())
            elif line.name == "END":
                yield from self._end(line, line.value.strip().upper())
            elif self._item is not None:
                self._item.add(line)
            elif line.name and self.open_end:
                _tell(self.heads[-1], line)
        yield from self._cut()

    def _begin(self, line: Line, name: str) -> Iterator[Component]:
        if name == "VCALENDAR":
            yield from self._cut()
            self.found = self.open_end = True
            self.heads.append(Head())
        elif self._item is None or name in _TOP:
            yield from self._cut()
            self.found = self.found or name in _TOP
            self._item = _Open(name, line.number, max(0, len(self.heads) - 1))
        else:
            self._item.begin(line, name)

    def _end(self, line: Line, name: str) -> Iterator[Component]:
        item = self._item
        if name == "VCALENDAR":
            yield from self._cut()
            self.open_end = False
        elif item is not None and name == item.name:
            self._item = None
            yield item.closed(whole=True)
        elif item is not None:
            item.end(line, name)

    def _cut(self) -> Iterator[Component]:
        if self._item is not None:
            yield self._item.closed(whole=False)
        self._item = None


@dataclass(slots=True)
class _Open:
    name: str
    line: int
    calendar: int
    own: list[Line] = field(default_factory=list)
    inner: list[tuple[Line, ...]] = field(default_factory=list)
    block: list[Line] = field(default_factory=list)  # the component inside it that is open now
    stack: list[str] = field(default_factory=list)  # names open inside it
    repairs: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, line: Line) -> None:
        self.size += 1
        if self.size > _MOST_LINES:
            return
        if not line.name:
            self.repairs.append("line-dropped")
        elif self.stack:
            self.block.append(line)
        else:
            self.own.append(line)

    def begin(self, line: Line, name: str) -> None:
        self.stack.append(name)
        self.block.append(line)

    def end(self, line: Line, name: str) -> None:
        if not self.stack or name != self.stack[-1]:
            self.repairs.append("line-dropped")
            return
        self.stack.pop()
        self.block.append(line)
        if not self.stack:
            self.inner.append(tuple(self.block))
            self.block = []

    def closed(self, *, whole: bool) -> Component:
        if self.stack:  # an alarm without its end: the event's own lines after it are the event's
            self.repairs.append("alarm-dropped")
            self.own += [line for line in self.block if line.name in _EVENTS_OWN]
        repairs = tuple(dict.fromkeys(self.repairs))
        lines, inner = tuple(self.own), tuple(self.inner)
        too_long = self.size > _MOST_LINES
        return Component(self.name, self.line, lines, inner, repairs, self.calendar, whole, too_long)


def read_heads(data: bytes) -> list[Head]:
    """Return what each VCALENDAR of a file says of itself, with its time zones, wherever that stands in it.

    Only what is outside the events is read, so this costs little however large the file is.
    """
    reader = CalendarReader()
    for component in reader.read(b"\n".join(_outside(data))):
        if component.name == "VTIMEZONE":
            if not reader.heads:
                reader.heads.append(Head())
            reader.heads[-1].zones.append(component)
    return reader.heads or [Head()]


def _outside(data: bytes) -> Iterable[bytes]:
    """Yield the pieces of a file that are in no event, task or journal."""
    start: int | None = 0  # None = inside one
    for match in _OBJECT_FRAME.finditer(data):
        if match.group(1).upper() == b"BEGIN":
            if start is not None:
                yield data[start : match.start()]
            start = None
        else:
            end = data.find(b"\n", match.end())
            start = match.end() if end < 0 else end
    if start is not None:
        yield data[start:]


def _tell(head: Head, line: Line) -> None:
    head.properties.setdefault(line.name, line.value.strip())
    if line.name == "DAYLIGHT":
        head.daylight.append(line.value.strip())

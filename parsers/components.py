"""A calendar file cut into its components by its own lines, before any library sees it (RFC 5545 section 3.6)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from parsers.lines import Lexed, Line

OBJECTS = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_TOP = OBJECTS | {"VTIMEZONE", "VFREEBUSY"}


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its own lines, and those of each component inside it (an alarm, a zone's rule), BEGIN to END."""

    name: str  # "VEVENT"
    line: int  # 1-based line of the file
    own: tuple[Line, ...]
    inner: tuple[tuple[Line, ...], ...] = ()
    repairs: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """Everything found between the lines of one file."""

    found: bool  # there is a VCALENDAR, or a component that belongs into one
    headers: dict[str, str]  # the first value of each property of a VCALENDAR
    whole: tuple[Component, ...]  # in the order of the file, every kind
    cut: tuple[Component, ...]  # without their END
    open_end: bool  # the file ends before END:VCALENDAR


def split_calendar(lexed: Lexed) -> CalendarFile:
    """Return every component of a file, whatever state the others are in. Pure, never raises, linear."""
    reader = _Reader()
    for line in lexed.lines:
        if line.name == "BEGIN":
            reader.begin(line, line.value.strip().upper())
        elif line.name == "END":
            reader.end(line, line.value.strip().upper())
        else:
            reader.line(line)
    open_end = reader.in_calendar
    reader.cut_open()
    whole = tuple(_with_stray(reader.whole, lexed.stray))
    return CalendarFile(reader.found, reader.headers, whole, tuple(reader.cut), open_end)


@dataclass(slots=True)
class _Open:
    name: str
    line: int
    own: list[Line] = field(default_factory=list)
    inner: list[tuple[Line, ...]] = field(default_factory=list)
    block: list[Line] = field(default_factory=list)  # the component inside it that is open now
    stack: list[str] = field(default_factory=list)  # names open inside it
    last: int = 0

    def closed(self) -> Component:
        repairs = ("alarm-dropped",) if self.stack else ()
        return Component(self.name, self.line, tuple(self.own), tuple(self.inner), repairs)


@dataclass(slots=True)
class _Reader:
    found: bool = False
    in_calendar: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    whole: list[tuple[Component, int]] = field(default_factory=list)  # and the line of its END
    cut: list[Component] = field(default_factory=list)
    item: _Open | None = None

    def begin(self, line: Line, name: str) -> None:
        if name == "VCALENDAR":
            self.cut_open()
            self.found = self.in_calendar = True
        elif self.item is None or name in _TOP:
            self.cut_open()
            self.found = self.found or name in _TOP
            self.item = _Open(name, line.number)
        else:
            self.item.stack.append(name)
            self.item.block.append(line)

    def end(self, line: Line, name: str) -> None:
        item = self.item
        if name == "VCALENDAR":
            self.cut_open()
            self.in_calendar = False
        elif item and name == item.name:
            self.whole.append((item.closed(), line.number))
            self.item = None
        elif item and item.stack and name == item.stack[-1]:
            item.stack.pop()
            item.block.append(line)
            if not item.stack:
                item.inner.append(tuple(item.block))
                item.block = []

    def line(self, line: Line) -> None:
        if self.item is None:
            if self.in_calendar:
                self.headers.setdefault(line.name, line.value.strip())
        else:
            (self.item.block if self.item.stack else self.item.own).append(line)

    def cut_open(self) -> None:
        if self.item is not None:
            self.cut.append(self.item.closed())
        self.item = None


def _with_stray(whole: Iterable[tuple[Component, int]], stray: Sequence[int]) -> Iterator[Component]:
    """Yield the components, those that lost a line saying so; both arguments are in the order of the file."""
    at = 0
    for component, end in whole:
        while at < len(stray) and stray[at] < component.line:
            at += 1
        lost = at < len(stray) and stray[at] <= end
        repairs = (*component.repairs, "line-dropped") if lost else component.repairs
        yield Component(component.name, component.line, component.own, component.inner, repairs)

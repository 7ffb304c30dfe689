"""Which components of a file make one resource: those of one UID and one kind (RFC 4791 section 4.1)."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from parsers.components import Component
from parsers.dates import When, text_of, when_of, write_when
from parsers.lines import fold, unescape
from parsers.repairs import content, with_uid
from parsers.zones import Zones

_NAMESPACE: Final = uuid.UUID("0c1d8f0a-53a8-5f0e-8f6e-5a2f3f7b7c11")  # of the UIDs we make; never change it

Namer = Callable[[Component], str]  # what reports call a component


@dataclass(slots=True)
class Part:
    """One component that is ready to be sent, as its text: large files hold a hundred thousand."""

    component: str  # "VEVENT"
    body: bytes  # BEGIN to END, folded
    zones: dict[str, tuple[str, ...]]  # the VTIMEZONE of each TZID in it
    name: str  # for reports
    line: int
    repairs: tuple[str, ...]


@dataclass(slots=True)
class Group:
    """The components of one resource; the one without RECURRENCE-ID first."""

    uid: str
    calendar: str | None
    parts: list[Part]


@dataclass(slots=True)
class _Series:
    group: Group
    start: When | None
    overrides: "dict[str, _Override] | None" = None


@dataclass(frozen=True, slots=True)
class _Override:
    component: Component
    zones: Zones
    calendar: str | None


@dataclass(slots=True)
class Groups:
    """Collects the components of a file, in any order, into resources.

    An override finds its series whichever comes first. A second, different event under a UID in use gets a UID of its
    own, made of its content; so does one without a UID. A UID is used once in a file, also where two calendars in it
    share one: some servers take a UID once per user.
    """

    doubled: list[Component] = field(default_factory=list)  # they are in a resource already
    _contents: dict[str, bytes] = field(default_factory=dict)  # by UID in use
    _series: dict[tuple[str, str], list[_Series]] = field(default_factory=dict)  # by kind and UID as written
    _overrides: list[_Override] = field(default_factory=list)

    def add(self, component: Component, name: str, zones: Zones, calendar: str | None) -> None:
        """Take a component that is ready to be sent; `name` is what reports call it."""
        if component.value("RECURRENCE-ID"):
            self._overrides.append(_Override(component, zones, calendar))
            return
        said = sha256(content(component).encode("utf-8", "replace") + repr(calendar).encode()).digest()
        written = unescape(component.value("UID"))
        uid = written or _made_uid("", component)
        if self._contents.get(uid, said) != said:
            uid = _made_uid(uid, component)
            if self._contents.get(uid, said) != said:  # the same event in another calendar of the file
                uid = _made_uid(f"{uid}\n{calendar}", component)
            component = replace(component, repairs=(*component.repairs, "duplicate-uid"))
        if uid in self._contents:
            self.doubled.append(component)
            return
        self._contents[uid] = said
        first = component.first("DTSTART")
        group = Group(uid, calendar, [_part(with_uid(component, uid), name, zones)])
        series = _Series(group, when_of(first, zones) if first else None)
        self._series.setdefault((component.name, written or uid), []).append(series)

    def finish(self, name_of: Namer) -> list[Group]:
        """Return the resources in the order of the file, and let go of them here."""
        groups: list[Group] = []
        for override in self._overrides:
            series = self._series_of(override)
            if series is None:
                groups.append(self._alone(override, name_of))
            else:
                self._join(series, override)
        for series in (one for several in self._series.values() for one in several):
            for one in (series.overrides or {}).values():
                series.group.parts.append(_overriding(one, series.group.uid, name_of))
            groups.append(series.group)
        self._series.clear()
        self._contents.clear()
        return sorted(
            (group for group in groups if group.parts),
            key=lambda group: min(part.line for part in group.parts),
        )

    def _series_of(self, override: _Override) -> _Series | None:
        """Return the series that an override is of: of several under one UID the last that takes place at its time."""
        several = self._series.get((override.component.name, unescape(override.component.value("UID"))), [])
        same = [one for one in several if one.group.calendar == override.calendar] or several
        when = _when(override)
        if len(same) < 2 or when is None:
            return same[0] if same else None
        fitting = [one for one in same if one.start is not None and _may_be_of(when, one.start)]
        return max(fitting, key=lambda one: one.start.local if one.start else when.local, default=same[0])

    def _join(self, series: _Series, override: _Override) -> None:
        override = replace(override, component=_like_its_series(override, series.start))
        when = _when(override)
        instant = when.instant if when else None
        key = str(instant or override.component.value("RECURRENCE-ID"))
        series.overrides = {} if series.overrides is None else series.overrides
        before = series.overrides.get(key)
        if before is None or _newer(override.component) > _newer(before.component):
            series.overrides[key] = override
            override = before or override
        if before is not None:
            self.doubled.append(override.component)

    def _alone(self, override: _Override, name_of: Namer) -> Group:
        """Return an override whose series is not in the file as an event of its own.

        Google exports single dates of somebody else's series; Radicale refuses an object without its series.
        """
        component = override.component
        said = unescape(component.value("UID")) or content(component)
        uid = str(uuid.uuid5(_NAMESPACE, f"{said}\n{component.value('RECURRENCE-ID')}"))
        if uid in self._contents:
            newer = self._contents[uid] != sha256(content(component).encode("utf-8", "replace")).digest()
            uid = _made_uid(uid, component) if newer else uid
            if uid in self._contents:
                self.doubled.append(component)
                return Group(uid, override.calendar, [])
        self._contents[uid] = sha256(content(component).encode("utf-8", "replace")).digest()
        lines = tuple(line for line in component.own if line.name != "RECURRENCE-ID")
        event = replace(component, own=lines, repairs=(*component.repairs, "series-missing"))
        return Group(uid, override.calendar, [_part(with_uid(event, uid), name_of(event), override.zones)])


def _part(component: Component, name: str, zones: Zones) -> Part:
    used = zones.used(tuple(dict.fromkeys(component.zones())))
    return Part(component.name, fold(component.texts()), used, name, component.line, component.repairs)


def _overriding(override: _Override, uid: str, name_of: Namer) -> Part:
    component = with_uid(override.component, uid)
    return _part(component, name_of(component), override.zones)


def _when(override: _Override) -> When | None:
    line = override.component.first("RECURRENCE-ID")
    return when_of(line, override.zones) if line else None


def _may_be_of(when: When, start: When) -> bool:
    if "date" in {when.kind, start.kind}:
        return start.local.date() <= when.local.date()
    if when.kind == start.kind:
        return start.local <= when.local and start.local.time() == when.local.time()
    return start.local.date() <= when.local.date()


def _like_its_series(override: _Override, start: When | None) -> Component:
    """Return the override with its date as its series has it: Exchange names the day alone."""
    component, line, when = override.component, override.component.first("RECURRENCE-ID"), _when(override)
    if line is None or when is None or start is None or when.kind == start.kind:
        return component
    if when.kind == "date":
        wanted = replace(start, local=when.local.replace(hour=start.local.hour, minute=start.local.minute))
    elif start.kind == "date":
        wanted = When("date", when.local)
    elif when.kind == "floating":
        wanted = replace(start, local=when.local)
    else:
        return component
    fixed = write_when(line.name, wanted, line.params)
    if text_of(wanted) == line.value and fixed.params == line.params:
        return component
    return replace(component, own=tuple(fixed if one is line else one for one in component.own))


def _newer(component: Component) -> tuple[int, str]:
    digits = component.value("SEQUENCE")[:9]
    return int(digits) if digits.isascii() and digits.isdigit() else 0, component.value("LAST-MODIFIED")


def _made_uid(uid: str, component: Component) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{uid}\n{content(component)}"))

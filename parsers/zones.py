"""The time zones of one calendar: what each TZID in it stands for, and the definition that goes with an event."""

from collections.abc import Iterable
from dataclasses import dataclass

from parsers.components import Component
from parsers.lines import unescape
from parsers.zonenames import iana_name, is_iana
from parsers.zonerules import guess_by_offsets, is_sound, same_rules
from parsers.zonetext import zone_texts


@dataclass(frozen=True, slots=True)
class Zone:
    """How a time zone of a file is written."""

    name: str  # the TZID to write; "" = nobody knows the zone, and its times become floating
    texts: tuple[str, ...] = ()  # its VTIMEZONE
    iana: str = ""  # the zone of the IANA that goes like it, for reckoning; "" = none
    repair: str = ""  # the code of what was wrong with it


class Zones:
    """The time zones of one VCALENDAR: its own where they can be used, else those of the IANA database.

    A name that only its own file explains (Outlook's "Customized Time Zone", "Mitteleuropäische Zeit") is written as
    the IANA zone with the same rules: Radicale keeps one meaning of a name for all its users.
    """

    def __init__(self, own: Iterable[Component], floating: str = "") -> None:
        """Take the VTIMEZONEs of a calendar, the nearest first, and its X-WR-TIMEZONE."""
        self._own: dict[str, Component] = {}
        self.also(own)
        self._planned: dict[str, Zone] = {}
        self._used: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {}
        self.floating = iana_name(floating)

    def also(self, others: Iterable[Component]) -> None:
        """Know zones of another calendar of the file, where this one does not define them itself."""
        for one in others:
            self._own.setdefault(unescape(one.value("TZID")).strip('"'), one)

    def planned(self, tzid: str) -> Zone:
        """Return how the times of that TZID are to be written."""
        if tzid not in self._planned:
            self._planned[tzid] = self._plan(tzid)
        return self._planned[tzid]

    def used(self, written: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """Return the VTIMEZONE of each of those TZIDs; the same dictionary for the same ones, as most events share one."""
        if written not in self._used:
            self._used[written] = {tzid: self.texts(tzid) for tzid in written}
        return self._used[written]

    def texts(self, written: str) -> tuple[str, ...]:
        """Return the VTIMEZONE that belongs to a TZID as we write it."""
        planned = next((zone for zone in self._planned.values() if zone.name == written and zone.texts), None)
        return planned.texts if planned else zone_texts(iana_name(written))

    def _plan(self, tzid: str) -> Zone:
        own, known = self._own.get(tzid), iana_name(tzid)
        if own is None:
            return _iana(known) if known else Zone("", repair="zone-unknown")
        if not is_sound(own):
            name = known or iana_name(own.value("X-LIC-LOCATION")) or guess_by_offsets(own)
            return _iana(name, "zone-rebuilt") if name else Zone("", repair="zone-unknown")
        if is_iana(tzid):
            return Zone(tzid, tuple(own.texts()), tzid)
        same = same_rules(own, known)
        return _iana(same) if same else Zone(tzid, tuple(own.texts()))


def _iana(name: str, repair: str = "") -> Zone:
    return Zone(name, zone_texts(name), name, repair)

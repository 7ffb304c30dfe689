"""Dates and times of calendar properties, whatever spelling and zone they came in (RFC 5545 sections 3.3.4 and 3.3.5)."""

import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal

from parsers.lines import Line, make_line
from parsers.zones import Zones

LISTS: Final = frozenset({"EXDATE", "RDATE"})
DATES: Final = LISTS | {"DTSTART", "DTEND", "DUE", "RECURRENCE-ID"}
INSTANTS: Final = frozenset({"DTSTAMP", "CREATED", "LAST-MODIFIED", "COMPLETED"})  # always UTC
MOST_DATES: Final = 20_000  # of one list of dates

_WRITTEN = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[Tt ](?:(\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d{1,9})?)?[ ]?(Z|z|[+-]\d\d:?[0-5]\d)?)?"
)
_MIDNIGHTS = frozenset({"", "T000000", "T000000Z"})
_REST_OF_ZONE = re.compile(r"([0-5]\d):(?=\d{8})")
_UTC_NAMES = frozenset(
    {"Etc/UTC", "UTC", "Etc/GMT", "GMT", "Etc/UCT", "Etc/Zulu", "Zulu", "UCT", "Etc/Universal"}
)

Kind = Literal["date", "floating", "zoned", "utc"]


@dataclass(frozen=True, slots=True)
class When:
    """One date or time."""

    kind: Kind
    local: datetime  # naive: what a clock there shows; midnight of a date
    zone: str = ""  # the IANA zone of a zoned one; "" = a zone only its file knows
    tzid: str = ""  # as written

    @property
    def instant(self) -> datetime | None:
        """Return it as UTC; None for dates, floating times and zones that cannot be reckoned with."""
        if self.kind == "utc":
            return self.local.replace(tzinfo=UTC)
        if self.kind != "zoned" or not self.zone:
            return None
        return to_utc(self.local, zoneinfo.ZoneInfo(self.zone))

    def is_before(self, other: "When") -> bool | None:
        """Say whether it is earlier than another one; None when nobody can tell."""
        mine, others = self.instant, other.instant
        if mine is not None and others is not None:
            return mine < others
        comparable = self.kind == other.kind and self.tzid == other.tzid
        return self.local < other.local if comparable else None


def to_utc(local: datetime, zone: tzinfo) -> datetime | None:
    """Return a naive local time as an instant; None at the ends of what a calendar can say."""
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def basic(written: str) -> str:
    """Return a date or time in the basic format, one with an offset as UTC; "" when there is no such day."""
    match = _WRITTEN.fullmatch(written.strip())
    if match is None:
        return ""
    year, month, day, hour, minute, second, zone = match.groups()
    rolls = hour == "24" and minute == "00" and second in {None, "00"}
    seconds = min(int(second or 0), 59)  # a leap second
    try:
        times = (0 if rolls else int(hour or 0)), int(minute or 0), seconds
        when = datetime(int(year), int(month), int(day), *times)  # noqa: DTZ001 - of any zone
        when += timedelta(days=1 if rolls else 0)
        if zone and zone not in "Zz":
            hours, minutes = int(zone[1:3]), int(zone[-2:])
            when -= timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    except (ValueError, OverflowError):
        return ""
    day_text = f"{when.year:04d}{when.month:02d}{when.day:02d}"
    return day_text + (f"T{when:%H%M%S}{'Z' if zone else ''}" if hour else "")


def read_when(value: str, tzid: str = "", zone: str = "") -> When | None:
    """Return a basic date or time as a value; `zone` is what the IANA calls `tzid`."""
    try:
        times = (int(value[9:11]), int(value[11:13]), int(value[13:15])) if "T" in value else ()
        local = datetime(int(value[:4]), int(value[4:6]), int(value[6:8]), *times)  # noqa: DTZ001 - of any zone
    except ValueError:
        return None
    if "T" not in value:
        return When("date", local)
    if value.endswith("Z"):
        return When("utc", local)
    return When("zoned", local, zone, tzid) if tzid else When("floating", local)


def when_of(line: Line, zones: Zones) -> When | None:
    """Return the time a planned line says."""
    tzid = line.param("TZID") or ""
    return read_when(line.value, tzid, zones.planned(tzid).iana if tzid else "")


def write_when(name: str, when: When, params: tuple[tuple[str, str], ...] = ()) -> Line:
    """Return a date line; of `params` its own TZID and VALUE are left out."""
    others = [(key, value) for key, value in params if key not in {"TZID", "VALUE", ""}]
    if when.kind == "date":
        return make_line(name, text_of(when), [("VALUE", "DATE"), *others])
    return make_line(name, text_of(when), [("TZID", when.tzid), *others] if when.kind == "zoned" else others)


def text_of(when: When) -> str:
    """Return the value of a date line."""
    local = when.local
    day = f"{local.year:04d}{local.month:02d}{local.day:02d}"
    if when.kind == "date":
        return day
    return f"{day}T{local:%H%M%S}" + ("Z" if when.kind == "utc" else "")


def plan_date(line: Line, zones: Zones, repairs: list[str]) -> Line | None:
    """Return the line with basic dates, in a zone that servers know; None when no date of it is one."""
    line = _whole_zone(line)
    parts = line.value.split(",") if line.name in LISTS else [line.value]
    if line.name in LISTS:  # vCalendar 1.0 parts them by semicolons
        parts = [one for part in parts for one in part.split(";") if one.strip()]
    values = [basic(part.partition("/")[0]) for part in parts]
    if line.name in LISTS and "" in values:
        repairs.append("date-dropped")
        values = [value for value in values if value]
    if not values or "" in values:
        return None
    if any("/" in part for part in parts):
        repairs.append("period-shortened")
    return _in_zone(line, values, zones, repairs)


def plan_instant(line: Line, zones: Zones) -> Line | None:
    """Return a line whose value has to be UTC; None when it says no time."""
    value = basic(line.value)
    if not value:
        return None
    tzid = line.param("TZID") or ""
    when = read_when(value, tzid, zones.planned(tzid).iana if tzid else zones.floating)
    if when is not None and when.kind in {"zoned", "floating"} and (when.zone or zones.floating):
        zone = zoneinfo.ZoneInfo(when.zone or zones.floating)
        when = When("utc", (to_utc(when.local, zone) or when.local.replace(tzinfo=UTC)).replace(tzinfo=None))
    if when is None:
        return None
    text = text_of(When("utc", when.local))
    if text == line.value and not line.params:
        return line
    return make_line(line.name, text, [(key, said) for key, said in line.params if key.startswith("X-")])


def _whole_zone(line: Line) -> Line:
    """Return a line whose zone was not quoted, as old Android writes it: DTSTART;TZID=GMT+01:00:20260312T090000."""
    cut = _REST_OF_ZONE.match(line.value)
    tzid = line.param("TZID")
    if cut is None or tzid is None:
        return line
    params = [(key, f"{tzid}:{cut.group(1)}" if key == "TZID" else value) for key, value in line.params]
    return make_line(line.name, line.value[cut.end() :], params)


def _in_zone(line: Line, values: list[str], zones: Zones, repairs: list[str]) -> Line:
    tzid, others = line.param("TZID"), [pair for pair in line.params if pair[0] not in {"TZID", "VALUE", ""}]
    if (line.param("VALUE") or "").upper() == "DATE" and all(value[8:] in _MIDNIGHTS for value in values):
        values = [value[:8] for value in values]
    if all("T" not in value for value in values):
        return _same(line, make_line(line.name, ",".join(values), [("VALUE", "DATE"), *others]))
    values = [value if "T" in value else f"{value}T000000" for value in values]
    if any(value.endswith("Z") for value in values):
        if tzid is not None:  # libraries drop the Z, and the time shifts
            repairs.append("utc-kept")
        values = [value if value.endswith("Z") else f"{value}Z" for value in values]
        return _same(line, make_line(line.name, ",".join(values), others))
    if tzid is None:
        floating = [("TZID", zones.floating)] if zones.floating else []
        return _same(line, make_line(line.name, ",".join(values), [*floating, *others]))
    zone = zones.planned(tzid)
    if zone.repair:
        repairs.append(zone.repair)
    if zone.iana in _UTC_NAMES:
        return make_line(line.name, ",".join(f"{value}Z" for value in values), others)
    named = [("TZID", zone.name)] if zone.name else []
    return _same(line, make_line(line.name, ",".join(values), [*named, *others]))


def _same(line: Line, wanted: Line) -> Line:
    """Return the line as it came where it says the same in the same words."""
    said = [pair for pair in line.params if pair != ("VALUE", "DATE-TIME")]
    return line if (sorted(said), line.value) == (sorted(wanted.params), wanted.value) else wanted

"""The time zone people name beside a time by its own name: "CET", "UTC+1", "Europe/Berlin"."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# An abbreviation stands for its region: who writes EST in July means the clocks of New York.
_REGION: Final = {
    **dict.fromkeys(("CET", "CEST", "MEZ", "MESZ", "MET", "MEST", "HNEC", "HAEC"), "Europe/Berlin"),
    **dict.fromkeys(("EST", "EDT", "ET"), "America/New_York"),
    **dict.fromkeys(("PST", "PDT"), "America/Los_Angeles"),
    **dict.fromkeys(("MDT",), "America/Denver"),
    **dict.fromkeys(("CDT",), "America/Chicago"),
    **dict.fromkeys(("WET", "WEST"), "Europe/Lisbon"),
    **dict.fromkeys(("EET", "EEST"), "Europe/Helsinki"),
    **dict.fromkeys(("AEST", "AEDT"), "Australia/Sydney"),
    **dict.fromkeys(("NZST", "NZDT"), "Pacific/Auckland"),
    **dict.fromkeys(("AKST", "AKDT"), "America/Anchorage"),
    **dict.fromkeys(("JST",), "Asia/Tokyo"),
    **dict.fromkeys(("SGT",), "Asia/Singapore"),
    **dict.fromkeys(("HKT",), "Asia/Hong_Kong"),
    **dict.fromkeys(("SAST",), "Africa/Johannesburg"),
    **dict.fromkeys(("MSK",), "Europe/Moscow"),
    **dict.fromkeys(("BRT",), "America/Sao_Paulo"),
    **dict.fromkeys(("UTC", "GMT", "Z"), "UTC"),
    "EASTERN": "America/New_York",
    "CENTRAL": "America/Chicago",
    "MOUNTAIN": "America/Denver",
    "PACIFIC": "America/Los_Angeles",
}
# More than one region's: only the service's own is clear.
MANY: Final = {
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "CST": ("America/Chicago", "Asia/Shanghai"),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "MST": ("America/Denver", "America/Phoenix"),
    "PT": ("America/Los_Angeles", "Europe/Lisbon"),
    "CT": ("America/Chicago", "Europe/Berlin"),
    "AST": ("America/Halifax", "Asia/Riyadh"),
}
_IANA: Final = re.compile(
    r"\(?(?<!\w)([A-Z][A-Za-z]{2,12}/[A-Z][A-Za-z_]{1,20}(?:/[A-Z][A-Za-z_]{1,20})?)(?:\s+time)?(?!\w)\)?"
)
_OFFSET: Final = re.compile(
    r"\(?(?:(?<![A-Za-z])(?:UTC|GMT)\s?(?P<sign>[+\-\u2212])\s?(?P<h>\d{1,2})(?::?(?P<m>\d\d))?(?![\d:])"
    r"|(?<=\d)\s?(?P<plus>\+)(?P<ph>\d\d):?(?P<pm>\d\d)(?![\d:])"
    r"|(?<=\d\d)\s(?P<minus>-)(?P<mh>\d\d)(?P<mm>\d\d)(?![\d:])"
    r"|(?<=[Tt]\d\d:\d\d)(?P<iso>-)(?P<ih>\d\d):?(?P<im>\d\d)(?![\d:])"
    r"|(?<=[Tt]\d\d:\d\d:\d\d)(?P<long>-)(?P<lh>\d\d):?(?P<lm>\d\d)(?![\d:]))\)?",
    re.IGNORECASE,
)
# In capitals only, where the small letters are a word of their own: "cet", "est", "et".
_SHORT: Final = re.compile(
    r"\(?(?<![A-Za-z])(?:(?i:(?P<any>UTC|GMT|MEZ|MESZ|CEST|EDT|PST|PDT|EEST))|(?P<caps>CET|MET|MEST|EST|ET|EET|WET|WEST|CDT|MDT|AEST|AEDT|NZST|NZDT|AKST|AKDT|JST|SGT|HKT|SAST|MSK|BRT|HNEC|HAEC"
    r"|IST|CST|BST|MST|PT|CT|AST"
    r"|(?:Eastern|Central|Mountain|Pacific)(?! (?i:europ|stand|dayl|afric|austral)))|(?<=\d)(?P<z>Z))(?:\s(?:time|Zeit))?(?![A-Za-z+\-/])\)?"
)


@dataclass(frozen=True, slots=True)
class Zones:
    """What a phrase says about zones. None named: the service zone."""

    rest: str  # the phrase without them
    named: tuple[tzinfo, ...] = ()
    abbreviations: tuple[str, ...] = ()  # in capitals: they tell apart an hour that exists twice
    unsure: tuple[str, ...] = ()  # abbreviations of several regions
    local: bool = False  # "local time": the writer's, wherever that is


def read_zones(text: str) -> Zones:
    """Return the zones in a phrase of at most a few hundred characters, and the phrase without them. Never raises."""
    named: list[tzinfo] = []
    shorts: list[str] = []
    unsure: list[str] = []

    def iana(match: re.Match[str]) -> str:
        zone = zone_called(match[1])
        if zone is None:
            return match[0]
        named.append(zone)
        return " "

    def offset(match: re.Match[str]) -> str:
        sign, hours, minutes = _parts(match)
        if hours > 14 or minutes > 59:
            return match[0]
        away = timedelta(hours=hours, minutes=minutes)
        named.append(timezone(away if sign == "+" else -away))
        return " "

    def short(match: re.Match[str]) -> str:
        name = (match["any"] or match["caps"] or match["z"]).upper()
        (unsure if name in MANY else shorts).append(name)
        return " "

    rest = _IANA.sub(iana, text)
    rest = _OFFSET.sub(offset, rest)
    rest = _SHORT.sub(short, rest)
    named += [ZoneInfo(_REGION[name]) for name in shorts]
    return Zones(rest, tuple(named), tuple(shorts), tuple(unsure))


def _parts(match: re.Match[str]) -> tuple[str, int, int]:
    for sign, hours, minutes in (
        ("sign", "h", "m"),
        ("plus", "ph", "pm"),
        ("minus", "mh", "mm"),
        ("iso", "ih", "im"),
        ("long", "lh", "lm"),
    ):
        if match[sign]:
            return "+" if match[sign] == "+" else "-", int(match[hours]), int(match[minutes] or 0)
    raise AssertionError("one of them matched")


def zone_called(name: str) -> ZoneInfo | None:
    """Return the zone of that name; None when the tz database has none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def instants(wall: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """Return the instants (UTC) at which the clocks of the zone show `wall`: one; none in a gap; two in a fold."""
    both = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    real = [one for one in both if one.astimezone(zone).replace(tzinfo=None, fold=0) == wall]
    return tuple(dict.fromkeys(real))

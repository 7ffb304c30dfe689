"""The time zone people name beside a time: "CET", "UTC+1", "Europe/Berlin", "heure de Paris"."""

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
_PLACES: Final = {
    "Europe/Berlin": "german|germany|berlin|central european|deutscher|mitteleuropaischer|berliner|allemagne|berlin|alemana|berlin|tedesca|duitse|berlim|niemieckiego",
    "Europe/Paris": "french|paris|franzosischer|pariser|francaise|francesa|francese|franse",
    "Europe/Madrid": "spanish|madrid|spanischer|espagnole|espanola|peninsular|espana|spagnola",
    "Europe/Rome": "italian|rome|italienischer|italienne|italiana|roma|italia",
    "Europe/Amsterdam": "dutch|amsterdam|nederlandse",
    "Europe/London": "uk|british|london|londoner|londres|londra",
    "Europe/Lisbon": "portuguese|lisbon|lisboa|portuguesa|portugal",
    "Europe/Warsaw": "polish|warsaw|polskiego|warszawskiego|polski",
    "Europe/Vienna": "austrian|vienna|wiener|vienne|viena",
    "Europe/Zurich": "swiss|zurich|schweizer|suisse|suiza|svizzera",
    "Europe/Brussels": "brussels|belgian|bruxelles|bruselas|brusselse|belgische|belge",
    "Europe/Dublin": "irish|dublin",
    "Atlantic/Canary": "canaria|canarias|las islas canarias",
    "America/New_York": "new york|eastern standard|eastern daylight|eastern|new yorker|nueva york|miami",
    "America/Chicago": "us central|central standard|central daylight|chicago|texas",
    "America/Denver": "mountain daylight|denver",
    "America/Los_Angeles": "pacific standard|pacific daylight|pacific|california",
    "America/Sao_Paulo": "brasilia|sao paulo",
    "America/Mexico_City": "mexico city|ciudad de mexico|cdmx",
    "America/Bogota": "bogota|colombia|colombiana",
    "America/Lima": "lima|peru|peruana",
    "America/Argentina/Buenos_Aires": "buenos aires|argentina",
    "America/Santiago": "santiago de chile|chile|chilena",
    "America/Caracas": "caracas|venezuela",
    "UTC": "utc|gmt",
}
_LOCAL: Final = re.compile(
    r"\(?(?<!\w)(?:(?:my|our|local) (?:local )?time|ortszeit|(?:meiner|unserer|lokaler) zeit|heure locale|hora local|ora locale|lokale tijd"
    r"|czasu lokalnego)(?!\w)\)?"
)
_YOURS: Final = re.compile(
    r"\(?(?<!\w)(?:your (?:local )?time|(?:ihrer|eurer) zeit|votre heure|su hora|jullie tijd)(?!\w)\)?"
)
_NAMED: Final = re.compile(
    r"(?<!\w)(?:\(?(?P<a>{places}) (?:time|zeit|tijd)|(?:heure|hora|ora|hour|horario|orario|fuso horario|fuso orario|fuseau horaire) (?:de la |de |do |da |del |d'|di )?(?P<b>{places})|czasu? (?P<c>{places}))(?!\w)\)?".format(
        places="|".join(
            sorted((name for names in _PLACES.values() for name in names.split("|")), key=len, reverse=True)
        )
    )
)
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
    r"|IST|CST|BST|MST|PT|CT|AST)|(?<=\d)(?P<z>Z))(?:\s(?:time|Zeit))?(?![A-Za-z+\-/])\)?"
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


def read_places(folded: str) -> Zones:
    """Return what words say about the zone ("Berlin time"); `folded` is what `plain` returns."""
    named: list[tzinfo] = []

    def place(match: re.Match[str]) -> str:
        said = match["a"] or match["b"] or match["c"]
        named.append(ZoneInfo(next(zone for zone, names in _PLACES.items() if said in names.split("|"))))
        return " "

    rest = _YOURS.sub(" ", _NAMED.sub(place, folded))
    without_local = _LOCAL.sub(" ", rest)
    return Zones(without_local, tuple(named), local=without_local != rest)


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

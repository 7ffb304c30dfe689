"""The time zone people name by a place: "heure de Paris", "Montreal time", "20:00 (Bucharest)", "our time"."""

import re
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from parsers.whenzone import Zones, zone_called

# Countries and their people, and cities under another name than their zone's; the zones' own cities are looked up.
_PLACES: Final = {
    "Europe/Berlin": "german|germany|central european|deutscher|deutsche|mitteleuropaischer|berliner|allemagne|allemande|alemana|tedesca|duitse|berlim"
    "|berlino|berlijn|berlina|niemieckiego|munich|munchen|hamburg|frankfurt|cologne|koln|stuttgart|dusseldorf",
    "Europe/Paris": "french|franzosischer|pariser|francaise|francesa|francese|franse|parigi|parijs|lyon|marseille",
    "Europe/Madrid": "spanish|spanischer|espagnole|espanola|peninsular|espana|spagnola|spaanse|barcelona|valencia",
    "Europe/Rome": "italian|italienischer|italienne|italiana|roma|rom|italia|italiaanse|milan|milano|mailand|turin|torino",
    "Europe/Amsterdam": "dutch|niederlandischer|neerlandaise|holandesa|olandese|nederlandse|rotterdam|the hague",
    "Europe/Brussels": "belgian|belgischer|belge|belga|belgische|brussel|bruxelles|bruselas|antwerp|antwerpen",
    "Europe/London": "uk|british|britischer|britannique|britanica|britannica|britse|england|londoner|londres|londra|londen|londynu|manchester|edinburgh",
    "Europe/Dublin": "irish|irischer|irlandaise|irlandesa",
    "Europe/Lisbon": "portuguese|portugiesischer|portugaise|lisboa|lissabon|portuguesa|portugal|porto",
    "Europe/Warsaw": "polish|polnischer|polonaise|warschau|varsovie|polskiego|warszawskiego|polski|warszawy|krakow",
    "Europe/Bucharest": "romanian|rumanischer|roumaine|romaniei|bucuresti|bucurestiului|bukarest|bucarest|bucarest",
    "Europe/Vienna": "austrian|osterreichischer|autrichienne|wiener|wien|vienne|viena|wenen",
    "Europe/Zurich": "swiss|schweizer|suisse|suiza|svizzera|zwitserse|geneva|geneve|genf|basel",
    "Europe/Athens": "greek|griechischer|athen|atene|atenas",
    "Europe/Istanbul": "turkish|turkischer|ankara",
    "Europe/Stockholm": "swedish|schwedischer", "Europe/Copenhagen": "danish|danischer|kopenhagen",
    "Europe/Oslo": "norwegian|norwegischer", "Europe/Helsinki": "finnish|finnischer", "Europe/Prague": "czech|prag",
    "Europe/Moscow": "moskau|moscu|mosca|moskauer", "Asia/Kolkata": "indian|mumbai|delhi|new delhi|bangalore",
    "Asia/Tokyo": "japanese|tokio", "Asia/Jerusalem": "israeli|israel",
    "America/New_York": "eastern standard|eastern daylight|eastern|new yorker|nueva york|nova york|boston|washington",
    "America/Los_Angeles": "pacific standard|pacific daylight|pacific|san francisco|seattle|california",
    "America/Chicago": "us central|central standard|central daylight|texas|houston|dallas",
    "America/Denver": "mountain|mountain standard|mountain daylight", "America/Sao_Paulo": "brasilia|rio de janeiro",
    "America/Mexico_City": "ciudad de mexico|cdmx|mexico df", "America/Bogota": "colombia|colombiana|medellin",
    "America/Argentina/Buenos_Aires": "argentina|buenos aires", "America/Lima": "peru|peruana",
    "America/Santiago": "chile|chilena", "America/Caracas": "venezuela", "Atlantic/Canary": "canarias|canaria",
    "UTC": "utc|gmt",
}  # fmt: skip
_REGIONS: Final = ("Europe", "America", "Asia", "Australia", "Africa", "Pacific", "Atlantic", "Indian")
_WORD: Final = r"[a-z][a-z'-]{0,20}"
_NAME: Final = rf"{_WORD}(?: {_WORD}){{0,2}}"
_LOCAL: Final = re.compile(
    r"\(?(?<!\w)(?:(?:my|our|local) (?:local )?time|ortszeit|(?:meiner|unserer|lokaler) zeit|heure locale|hora local|ora locale|lokale tijd"
    r"|czasu lokalnego)(?!\w)\)?"
)
_YOURS: Final = re.compile(
    r"\(?(?<!\w)(?:your (?:local )?time|(?:ihrer|eurer) zeit|votre heure|su hora|jullie tijd)(?!\w)\)?"
)
_BEFORE: Final = re.compile(r"\(?(?<!\w)(?P<name>" + _NAME + r") (?:time|zeit|tijd)(?!\w)\)?")
_BEHIND: Final = re.compile(
    r"\(?(?<!\w)(?:heure|hora|ora|hour|time|czasu?|horario|orario|fuso horario|fuso orario|fuseau horaire) (?:(?:de la|de|di|del|do|da|of|in|din|a|al|pe) |d')?(?P<name>"
    + _NAME
    + r")(?!\w)\)?"
)
_ALONE: Final = re.compile(
    r"\((?:in )?(?P<name>"
    + _NAME
    + r")\)|(?:^|(?<=[\dhm:]) |(?<=uhr) |(?<=uur) |(?<=, )|(?<=time) )(?:in )?(?P<end>"
    + _NAME
    + r")$"
)


def read_places(folded: str) -> Zones:
    """Return what words say about the zone; `folded` is what `plain` returns. Linear; never raises."""
    named: list[ZoneInfo] = []

    def place(match: re.Match[str]) -> str:
        said = match.groupdict()
        words = (said.get("name") or said.get("end") or "").split(" ")
        behind = match.re is _BEHIND
        for count in range(len(words), 0, -1):
            part = words[:count] if behind else words[-count:]
            zone = zone_of_place(" ".join(part))
            whole = count == len(words) or match.re is not _ALONE
            if zone is not None and whole:
                named.append(zone)
                left = words[count:] if behind else words[: len(words) - count]
                return f" {' '.join(left)} "
        return match[0]

    rest = _ALONE.sub(place, _BEHIND.sub(place, _BEFORE.sub(place, folded)))
    rest = _YOURS.sub(" ", rest)
    without_local = _LOCAL.sub(" ", rest)
    return Zones(without_local, tuple(named), local=without_local != rest)


@cache
def zone_of_place(name: str) -> ZoneInfo | None:
    """Return the zone of a country's people or of a city, as `plain` spells it; None where nobody knows it."""
    for key, names in _PLACES.items():
        if name in names.split("|"):
            return ZoneInfo(key)
    if len(name) < _SHORTEST or name in _OTHER_WORDS:
        return None
    city = "_".join(word.capitalize() for word in name.split())
    return next((zone for region in _REGIONS if (zone := zone_called(f"{region}/{city}"))), None)


_SHORTEST: Final = 4
_OTHER_WORDS: Final = frozenset(
    {"easter", "nome", "reunion", "wake", "cordoba", "merida", "general", "center"}
)

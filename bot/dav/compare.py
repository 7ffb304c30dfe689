"""What a card or calendar object says, whatever order, folds and spelling a server gives it back in. Pure."""

import hashlib
import re
from collections import Counter
from contextlib import suppress
from typing import Final

from parsers.lines import Line, read_lines, split_value, unescape

Meaning = Counter[tuple[str, str, frozenset[tuple[str, str]], str]]

# Who wrote it, in which version of the format, and when: Google dates every entry anew at each export.
_SAYS_NOTHING = frozenset({"PRODID", "VERSION", "CALSCALE", "REV", "METHOD", "DTSTAMP", "LAST-MODIFIED"})
# What a property has that is not there (RFC 5545 section 3.8); SOGo writes CLASS into every event.
_UNSAID: Final = frozenset({("CLASS", "PUBLIC"), ("TRANSP", "OPAQUE"), ("SEQUENCE", "0"), ("PRIORITY", "0")})
_LISTS: Final = frozenset(
    {"CATEGORIES", "RESOURCES", "EXDATE", "RDATE"}
)  # one line with commas, or several lines
_DAY: Final = "86400 s"
_FIELDS: Final = frozenset({"N", "ADR", "ORG", "GENDER", "RRULE", "EXRULE"})  # where ";" parts fields
_UID = re.compile(rb"^(?:[\w-]+\.)?UID[;:][^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.MULTILINE | re.IGNORECASE)
_DEFAULTS = frozenset(
    {
        ("VALUE", "date-time"),
        ("VALUE", "text"),
        ("VALUE", "uri"),
        ("VALUE", "duration"),
        ("ENCODING", "b"),
        ("PARTSTAT", "needs-action"),
    }
)
_DURATION = re.compile(r"([+-]?)P(?=\d|T)(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_UNITS = (7 * 86400, 86400, 3600, 60, 1)
_STRUCTURED = frozenset({"N", "ADR", "ORG", "GENDER", "GEO", "RRULE", "EXRULE", "REQUEST-STATUS"})
_SERVERS_OWN = ("X-VOBJ-", "X-RADICALE-", "X-LIC-")


def meaning(data: bytes) -> Meaning:
    """Return every property with its component, parameters and value; time zones and what servers add left out."""
    found: Meaning = Counter()
    path: list[str] = []
    for line in read_lines(data).lines:
        if line.name == "BEGIN":
            path.append(line.value.strip().upper())
        elif line.name == "END":
            path = path[:-1]
        elif "VTIMEZONE" not in path and not _says_nothing(line):
            for value in _values(line):
                found["/".join(path), line.name, _params(line), value] += 1
    return _without_default_day(found)


def digest(data: bytes) -> bytes:
    """Return a digest of what it says: equal for two spellings of the same card or object."""
    told = sorted(
        (*key[:2], *sorted(map(str, key[2])), key[3], count) for key, count in meaning(data).items()
    )
    return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).digest()


def differences(sent: bytes, stored: bytes) -> tuple[str, ...]:
    """Return codes of what a server made of an object: () = it says the same, time zones left out.

    "lost-by-server" = there are fewer properties of some name than were sent; "changed-by-server" = anything else.
    """
    if sent.replace(b"\r\n", b"\n").strip() == stored.replace(b"\r\n", b"\n").strip():
        return ()
    before, after = meaning(sent), meaning(stored)
    if before == after:
        return ()
    return ("lost-by-server",) if _names(before) - _names(after) else ("changed-by-server",)


def uid_of(data: bytes) -> str:
    """Return the UID of the first component that has one, "" when none has."""
    found = _UID.search(data)
    lines = read_lines(found.group()).lines if found else ()
    return unescape(lines[0].value).strip() if lines else ""


def _names(told: Meaning) -> Counter[tuple[str, str]]:
    names: Counter[tuple[str, str]] = Counter()
    for (path, name, _, _), count in told.items():
        names[path, name] += count
    return names


def _says_nothing(line: Line) -> bool:
    empty = not line.value.strip(" ;")
    if (line.name, line.value.strip().upper()) in _UNSAID:
        return True
    return empty or line.name in _SAYS_NOTHING or line.name.startswith(_SERVERS_OWN)


def _without_default_day(found: Meaning) -> Meaning:
    """Leave out that a whole day lasts a day (RFC 5545 section 3.6.1); SOGo writes it into every event."""
    days = {path for path, name, params, _ in found if name == "DTSTART" and ("VALUE", "date") in params}
    for path in days:
        key = (path, "DURATION", frozenset[tuple[str, str]](), _DAY)
        lasting = sum(
            count for (where, name, _, _), count in found.items() if (where, name) == (path, "DURATION")
        )
        if lasting == found[key]:  # overrides share the path of their series: only when all say so
            del found[key]
    return found


def _params(line: Line) -> frozenset[tuple[str, str]]:
    params = {(key, value.lower()) for key, value in line.params if not key.startswith(_SERVERS_OWN)}
    if line.value.lower().startswith("urn:uuid:"):
        params -= {("RSVP", "true"), ("RSVP", "false")}  # SOGo asks everybody; nobody hears of it
    return frozenset(params - _DEFAULTS)


def _values(line: Line) -> list[str]:
    if line.name in _LISTS:
        return [unescape(part).strip() for part in split_value(line.value, ",") if part.strip()]
    if line.name == "GEO":  # Cyrus: 52.5 becomes 52.500000
        with suppress(ValueError):
            return [";".join(f"{float(part):.6f}" for part in re.split(r"\\?;", line.value))]
    return [_value(line)]


def _value(line: Line) -> str:
    """Return the value unescaped, its fields kept apart where it has any; trailing empty fields say nothing.

    Cyrus and SOGo escape the ";" of GEO and of every X- property.
    """
    if (duration := _DURATION.fullmatch(line.value.strip())) is not None:
        return _seconds(duration)
    if line.name not in _STRUCTURED:  # a semicolon in a text is one, escaped or not
        return unescape(line.value).strip().rstrip(";")
    fields = [unescape(part).strip() for part in split_value(line.value, ";")]
    if line.name == "RRULE":  # the parts of a rule have no order (RFC 5545 section 3.3.10)
        fields = sorted({field.upper() for field in fields} - {"WKST=MO", "INTERVAL=1"})
    if line.name not in _FIELDS:
        return ";".join(fields).rstrip(";")
    return "\0".join(fields).rstrip("\0")


def _seconds(duration: re.Match[str]) -> str:
    """Return a duration by its length: -P0DT0H30M0S (Google) and -PT30M are one reminder."""
    sign, *parts = duration.groups()
    total = sum(int(part or 0) * unit for part, unit in zip(parts, _UNITS, strict=True))
    return f"{-total if sign == '-' else total} s"

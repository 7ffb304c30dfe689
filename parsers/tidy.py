"""Single properties of a calendar component as every server takes them; what we do not know stays as it came."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from parsers.lines import Line, decode_quoted_printable, escape, make_line
from parsers.names import looks_like_a_property

TEXT: Final = frozenset({"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "UID", "RELATED-TO"})
_LINKS = frozenset({"URL", "ATTACH", "ATTENDEE", "ORGANIZER", "SOURCE", "CONFERENCE", "IMAGE"})
_STRUCTURED = frozenset(
    {
        "CATEGORIES",
        "RESOURCES",
        "RRULE",
        "EXRULE",
        "RDATE",
        "EXDATE",
        "FREEBUSY",
        "REQUEST-STATUS",
        "BEGIN",
        "END",
    }
)
_SINGLE = frozenset(
    {"UID", "DTSTAMP", "DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID", "SUMMARY", "LOCATION", "CLASS"}
    | {"CREATED", "LAST-MODIFIED", "SEQUENCE", "STATUS", "TRANSP", "PRIORITY", "ORGANIZER", "URL", "GEO"}
    | {"PERCENT-COMPLETE", "COMPLETED", "COLOR"}
)
_STATES: Final = {
    "VEVENT": {"TENTATIVE", "CONFIRMED", "CANCELLED"},
    "VTODO": {"NEEDS-ACTION", "COMPLETED", "IN-PROCESS", "CANCELLED"},
    "VJOURNAL": {"DRAFT", "FINAL", "CANCELLED"},
}
_SPELT: Final = {"CANCELED": "CANCELLED", "NEEDSACTION": "NEEDS-ACTION", "INPROCESS": "IN-PROCESS"}
_NUMBERS: Final = {"PRIORITY": 9, "PERCENT-COMPLETE": 100, "SEQUENCE": 2_147_483_647}
_TOKEN = re.compile(r"[A-Za-z0-9-]{1,50}")
_GEO = re.compile(r"\s*([+-]?\d{1,3}(?:\.\d{0,20})?)\s*[;,]\s*([+-]?\d{1,3}(?:\.\d{0,20})?)\s*")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")


def plan_line(line: Line, kind: str, repairs: list[str]) -> Line | None:
    """Return one property as servers take it; None = leave it out. Dates, rules and ends are others' business. Pure."""
    if not line.value.strip():
        return None  # an empty property says nothing, and libical calls it an error
    line = _decoded(_plain(line))
    if line.name == "ATTACH":
        return _attachment(line, repairs)
    checked = _checked(line, kind)
    if checked is None:
        repairs.append("property-dropped")
    return _escaped(checked) if checked is not None else None


def once(lines: Iterable[Line], kind: str, repairs: list[str]) -> list[Line]:
    """Return the lines without a second one of a property that may stand only once; a second description joins the first."""
    kept: dict[str, int] = {}
    result: list[Line] = []
    for line in lines:
        single = line.name in _SINGLE or (line.name == "DESCRIPTION" and kind != "VJOURNAL")
        if not single or line.name not in kept:
            kept.setdefault(line.name, len(result))
            result.append(line)
            continue
        first = result[kept[line.name]]
        if line.value == first.value:
            continue
        if line.name == "DESCRIPTION":
            result[kept[line.name]] = first.with_value(f"{first.value}\\n{line.value}")
        else:
            repairs.append("property-dropped")
    return result


def _plain(line: Line) -> Line:
    """Return the line without group and bare parameters, which iCalendar does not have."""
    encodings = {value.upper() for key, value in line.params if key == ""}
    written = re.match(r"[\w-]*", line.text, re.ASCII)
    if written is None or not looks_like_a_property(written.group(), grouped=False):
        line = make_line(line.name, line.value, line.params)  # else it reads as the end of a text before it
    if not line.group and not (encodings - {"QUOTED-PRINTABLE", "BASE64"}):
        return line
    params = [
        (key, value) for key, value in line.params if key or value.upper() in {"QUOTED-PRINTABLE", "BASE64"}
    ]
    return make_line(line.name, line.value, params)


def _decoded(line: Line) -> Line:
    """Return a vCalendar 1.0 line as iCalendar text."""
    encodings = {value.upper() for key, value in line.params if key in {"", "ENCODING"}}
    params = [(key, value) for key, value in line.params if key not in {"", "ENCODING", "CHARSET"}]
    if "QUOTED-PRINTABLE" in encodings:
        text = decode_quoted_printable(line.value, line.param("CHARSET"))
        return make_line(line.name, escape(text) if line.name in TEXT else escape(text, ","), params)
    if "8BIT" in encodings or "7BIT" in encodings or (line.param("CHARSET") and not encodings):
        return make_line(line.name, line.value, params)
    return line


def _escaped(line: Line) -> Line:
    """Return the line without bare commas: vobject, and so Radicale, cuts any value at the first one."""
    if line.name in _STRUCTURED:
        return line
    if line.name in _LINKS:
        inline = line.param("VALUE") == "BINARY" or line.value.lower().startswith("data:")
        value = line.value if inline else re.sub(r"(?<!\\),", "%2C", line.value)
    else:
        value = escape(line.value, ",;" if line.name in TEXT else ",")
    return line if value == line.value else line.with_value(value)


def _checked(line: Line, kind: str) -> Line | None:
    value = line.value.strip()
    if line.name == "GEO":
        return _geo(line)
    if line.name in _NUMBERS:
        number = int(value) if re.fullmatch(r"\+?\d{1,10}", value, re.ASCII) else -1
        fits = 0 <= number <= _NUMBERS[line.name]
        return (line if str(number) == line.value else make_line(line.name, str(number))) if fits else None
    if line.name in {"STATUS", "TRANSP", "CLASS"}:
        return _word(line, kind)
    return line


def _word(line: Line, kind: str) -> Line | None:
    word = line.value.strip().upper().replace(" ", "-")
    word = _SPELT.get(word, word)
    known = {"STATUS": _STATES.get(kind, set()), "TRANSP": {"OPAQUE", "TRANSPARENT"}}.get(line.name)
    if (known is not None and word not in known) or not _TOKEN.fullmatch(word):
        return None
    return line if word == line.value else make_line(line.name, word)


def _geo(line: Line) -> Line | None:
    match = _GEO.fullmatch(line.value.replace("\\", ""))
    if match is None or abs(float(match.group(1))) > 90 or abs(float(match.group(2))) > 180:
        return None
    value = f"{match.group(1)};{match.group(2)}"
    return line if value == line.value else make_line("GEO", value)


def _attachment(line: Line, repairs: list[str]) -> Line | None:
    """Return an attachment whose inline content can be decoded; a link stays as it came."""
    encodings = {value.upper() for key, value in line.params if key in {"", "ENCODING"}}
    if not encodings & {"BASE64", "B"} and (line.param("VALUE") or "").upper() != "BINARY":
        return _escaped(line)
    value = _NOT_BASE64.sub("", line.value).rstrip("=")
    padded = value + "=" * (-len(value) % 4)
    try:
        content = base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:  # nothing that can be read: an empty one is no attachment either
        repairs.append("attachment-dropped")
        return None
    others = [(key, said) for key, said in line.params if key not in {"", "ENCODING", "VALUE"}]
    wanted = make_line("ATTACH", padded, [*others, ("ENCODING", "BASE64"), ("VALUE", "BINARY")])
    return (
        line
        if sorted(line.params) == sorted(wanted.params) and padded == line.value
        else replace(wanted, number=line.number)
    )

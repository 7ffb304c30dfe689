"""One card of any version as vCard 3.0 lines, the version every server takes (RFC 2426)."""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from parsers.lines import Line, decode_quoted_printable, escape, make_line, split_value, unescape

_STRUCTURED = {"N": 5, "ADR": 7, "ORG": 0}  # number of fields; 0 = as many as there are
_LISTS = frozenset({"CATEGORIES", "NICKNAME"})
_BINARY = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_TEXT = frozenset({"FN", "NOTE", "TITLE", "ROLE", "LABEL", "MAILER", "SORT-STRING", "CLASS"})
_RENAMED = {"KIND": "X-ADDRESSBOOKSERVER-KIND", "MEMBER": "X-ADDRESSBOOKSERVER-MEMBER"}
_MADE_BY_US = frozenset({"BEGIN", "END", "VERSION", "PROFILE", "UID"})
_BARE_ENCODINGS = frozenset({"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT", "B"})
_WITHOUT_MEANING = frozenset({"REV", "PRODID"})  # they change with every export
_DATA_URI = re.compile(r"data:([\w.+/-]*+)[^,]*?(;base64)?,", re.IGNORECASE)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Draft:
    """A card as vCard 3.0 lines, without BEGIN, VERSION, UID and END."""

    name: str  # FN as a person reads it
    uid: str  # as it came; "" = none
    lines: tuple[Line, ...]
    repairs: tuple[str, ...]

    @property
    def content(self) -> str:
        """What the card says, the same for every export of it; a missing UID is made of this."""
        return "\n".join(sorted(line.text for line in self.lines if line.name not in _WITHOUT_MEANING))


def plan_card(lines: Sequence[Line]) -> Draft:
    """Return the card with every property in its 3.0 form, FN and N built where missing. Pure, never raises."""
    version = next((line.value.strip() for line in lines if line.name == "VERSION"), "3.0")
    repairs: list[str] = []
    kept = [
        made for line in lines if line.name not in _MADE_BY_US for made in _converted(line, version, repairs)
    ]
    kept = _only_one(kept, repairs)
    kept = _with_names(kept, repairs)
    uid = next(
        (unescape(line.value).strip() for line in lines if line.name == "UID" and line.value.strip()), ""
    )
    name = next((unescape(line.value) for line in kept if line.name == "FN"), "")
    return Draft(" ".join(name.split())[:_MAX_NAME], uid, tuple(kept), tuple(dict.fromkeys(repairs)))


def _converted(line: Line, version: str, repairs: list[str]) -> list[Line]:
    encoding, params = _split_params(line, version)
    group = re.sub(r"[^A-Za-z0-9-]", "-", line.group)
    name = _RENAMED.get(line.name, line.name).replace("_", "-")
    if name in _BINARY or encoding in {"B", "BASE64"}:
        return _binary(replace(line, name=name, group=group), encoding, params, repairs)
    value = _value(line, name, encoding, version, repairs)
    if not value.strip(" ;"):
        return []  # an empty property says nothing
    if version.startswith("4") and name == "TEL" and value.lower().startswith("tel:"):
        value = value[4:]
    if version.startswith("4") and name == "GEO" and value.lower().startswith("geo:"):
        value = value[4:].replace("\\,", ";").replace(",", ";")
    return [make_line(name, value, params, group)]


def _split_params(line: Line, version: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the encoding and the parameters a 3.0 property may carry, TYPE first."""
    encoding = ""
    types: list[str] = []
    others: list[tuple[str, str]] = []
    for key, value in line.params:
        if key == "ENCODING" or (not key and value.upper() in _BARE_ENCODINGS):
            encoding = value.upper()
        elif key in {"", "TYPE"}:
            types.extend(part.strip() for part in value.split(",") if part.strip())
        elif key == "PREF" and version.startswith("4"):
            types.append("PREF")
        elif key == "CHARSET" or (key == "VALUE" and value.lower() in {"text", "uri", "date-and-or-time"}):
            continue
        elif re.fullmatch(r"[A-Z0-9-]+", key):
            others.append((key, value))
    unique = {value.upper(): value for value in reversed(types)}
    return encoding, [("TYPE", value) for value in reversed(unique.values())] + others


def _value(line: Line, name: str, encoding: str, version: str, repairs: list[str]) -> str:
    """Return the value with its encoding undone and what stands bare in it escaped (RFC 2426 section 4)."""
    bare = "," if version.startswith("2") else ""
    if name in _STRUCTURED:
        fields = [escape(_decoded(part, line, encoding), ";" + bare) for part in split_value(line.value, ";")]
        return ";".join(_at_most(fields, _STRUCTURED[name], repairs))
    if name in _LISTS:
        parts = split_value(line.value, ",")
        return ",".join(escape(_decoded(part, line, encoding), ",;") for part in parts)
    return escape(_decoded(line.value, line, encoding), ",;" if name in _TEXT else ",")


def _decoded(value: str, line: Line, encoding: str) -> str:
    if encoding != "QUOTED-PRINTABLE":
        return value
    return decode_quoted_printable(value, line.param("CHARSET"))


def _at_most(fields: list[str], limit: int, repairs: list[str]) -> list[str]:
    """Return the fields; what is beyond the last one a reader knows goes into it."""
    if not limit or len(fields) <= limit:
        return fields
    if any(fields[limit:]):
        repairs.append("extra-fields")
        fields = [*fields[: limit - 1], "\\;".join(field for field in fields[limit - 1 :] if field)]
    return fields[:limit]


def _binary(line: Line, encoding: str, params: list[tuple[str, str]], repairs: list[str]) -> list[Line]:
    """Return a picture, sound or key as base64, a web address as it is, and nothing for what cannot be decoded."""
    value = line.value.strip()
    others = [(key, one) for key, one in params if key not in {"VALUE", "MEDIATYPE", "ENCODING"}]
    inline = _DATA_URI.match(value)
    if inline and inline.group(2):
        kind = inline.group(1).rpartition("/")[2].upper()
        others = others or ([("TYPE", kind)] if kind else [])
        value = value[inline.end() :]
    elif encoding not in {"B", "BASE64"} and re.match(r"[a-z][a-z0-9+.-]*:", value, re.IGNORECASE):
        return [make_line(line.name, escape(value, ","), [*others, ("VALUE", "uri")], line.group)]
    elif encoding not in {"B", "BASE64"} and line.name == "KEY":
        return [make_line(line.name, escape(value, ",;"), params, line.group)]
    data = _base64(value)
    if data:
        return [make_line(line.name, data, [*others, ("ENCODING", "b")], line.group)]
    if value:
        repairs.append("photo-dropped" if line.name == "PHOTO" else "attachment-dropped")
    return []


def _base64(value: str) -> str:
    """Return canonical base64; "" when a length says that octets are missing."""
    letters = _NOT_BASE64.sub("", value)
    try:
        return base64.b64encode(base64.b64decode(letters + "=" * (-len(letters) % 4))).decode("ascii")
    except binascii.Error:
        return ""


def _only_one(lines: list[Line], repairs: list[str]) -> list[Line]:
    """Return the lines with one FN and one N; another one is kept under an X- name (RFC 2426 section 3.1)."""
    seen: set[str] = set()
    kept: list[Line] = []
    for line in lines:
        if line.name in {"FN", "N"} and line.name in seen:
            repairs.append("second-name")
            kept.append(make_line(f"X-{line.name}", line.value, line.params, line.group))
        else:
            kept.append(line)
        seen.add(line.name)
    return kept


def _with_names(lines: list[Line], repairs: list[str]) -> list[Line]:
    names = {line.name: line.value for line in reversed(lines)}
    if not names:
        return lines
    if "FN" not in names:
        repairs.append("name-built")
        names["FN"] = _full_name(names)
        lines = [make_line("FN", names["FN"]), *lines]
    if "N" not in names:
        lines = [make_line("N", _parts_of(names["FN"], names.get("ORG", ""))), *lines]
    return lines


def _full_name(names: dict[str, str]) -> str:
    """Return an escaped FN from the best there is."""
    fields = [*split_value(names.get("N", ""), ";"), "", "", "", "", ""]
    from_n = " ".join(filter(None, (fields[i].strip() for i in (3, 1, 2, 0, 4))))
    others = (names.get(key, "").strip() for key in ("ORG", "NICKNAME", "EMAIL", "TEL"))
    found = next(filter(None, (from_n, *others)), "?")
    return escape(found, ",").replace("\\;", ";").replace(";", " ").strip() or "?"


def _parts_of(full: str, organisation: str) -> str:
    """Return an N for an FN: the last word is taken as the family name, a firm has no parts."""
    given, _, family = full.strip().rpartition(" ")
    if not given or split_value(organisation, ";")[0] == full:
        return f"{escape(full)};;;;"
    return f"{escape(family)};{escape(given)};;;"


def finished(uid: str, lines: Iterable[Line]) -> list[Line]:
    """Return the complete card with that UID."""
    head = [make_line("BEGIN", "VCARD"), make_line("VERSION", "3.0"), make_line("UID", escape(uid, ","))]
    return [*head, *lines, make_line("END", "VCARD")]

"""One card of any version as vCard 3.0 lines, the version every server takes (RFC 2426).

A line that is right already stays as it was written. None goes without a word: what a property becomes is one line or
more, or the card's repairs say what happened to it.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from parsers.carddate import WITHOUT_YEAR, card_date
from parsers.cardnames import at_most, only_one, with_names
from parsers.cardparams import Head, heads
from parsers.cardphoto import BASE64, BINARY, binary_line
from parsers.charsets import read_quoted_printable
from parsers.lines import Line, escape, make_line, split_value, unescape
from parsers.names import looks_like_a_property

_STRUCTURED: Final = {"N": 5, "ADR": 7, "ORG": 0}  # number of fields; 0 = as many as there are
_TEXT: Final = frozenset({"FN", "NOTE", "TITLE", "ROLE", "LABEL", "MAILER", "SORT-STRING", "CLASS"})
_RENAMED: Final = {
    "KIND": "X-ADDRESSBOOKSERVER-KIND",
    "MEMBER": "X-ADDRESSBOOKSERVER-MEMBER",
    "ANNIVERSARY": "X-ANNIVERSARY",
}
_DATES: Final = frozenset({"BDAY", "X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY"})
_FRAME: Final = frozenset({"BEGIN", "END", "VERSION", "PROFILE"})
_WITHOUT_MEANING: Final = frozenset({"REV", "PRODID"})  # they change with every export
_TEL_ADDRESS: Final = re.compile(r"tel:", re.IGNORECASE)
_PLACE: Final = re.compile(
    r"(?:geo:)?\s*([+-]?\d{1,3}(?:\.\d{0,20})?)\s*(?:\\?[,;])\s*([+-]?\d{1,3}(?:\.\d{0,20})?)\s*(?:;.{0,100})?",
    re.IGNORECASE,
)
_RIGHT: Final = re.compile(  # the head of a line that every library reads; each step is decided by one character
    r'(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)(?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*:'
)
_MAX_NAME: Final = 120


@dataclass(slots=True)
class _Notes:
    """What happened to one card on its way."""

    repairs: list[str] = field(default_factory=list)
    charsets: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Draft:
    """A card as vCard 3.0 lines, without BEGIN, VERSION, UID and END."""

    name: str  # FN as a person reads it
    uid: str  # as it came; "" = none
    lines: tuple[Line, ...]
    repairs: tuple[str, ...]
    charsets: tuple[str, ...] = ()  # of quoted-printable values, UTF-8 too

    def marks(self) -> list[bytes]:
        """Return one mark for each thing the card says, sorted; the same for every export and spelling of it."""
        said = (line for line in self.lines if line.name not in _WITHOUT_MEANING)
        return sorted(_mark(line) for line in said)


def plan_card(lines: Sequence[Line]) -> Draft:
    """Return the card with every property in its 3.0 form, FN and N built where missing. Pure, never raises."""
    version = next((line.value.strip() for line in lines if line.name == "VERSION"), "")
    notes = _Notes()
    said = [line for line in lines if line.name not in _FRAME]
    kept: list[Line] = []
    uid = ""
    for head in heads(said, version):
        if head.name != "UID":
            kept.extend(_converted(head, notes))
            continue
        found = unescape(_decoded(head.line.value, head, notes)).strip()
        if found and uid and found != uid:
            notes.repairs.append("second-uid")
            kept.append(make_line("X-UID", escape(found, ",")))
        uid = uid or found
    kept = with_names(only_one(kept, notes.repairs), notes.repairs)
    name = next((unescape(line.value) for line in kept if line.name == "FN"), "")
    return Draft(
        " ".join(name.split())[:_MAX_NAME],
        uid,
        tuple(kept),
        tuple(dict.fromkeys(notes.repairs)),
        tuple(dict.fromkeys(notes.charsets)),
    )


def finished(uid: str, lines: Iterable[Line]) -> list[Line]:
    """Return the complete card with that UID."""
    exact = escape(uid.replace("\\", "\\\\"), ",")  # read again it is the same, backslashes too
    head = [make_line("BEGIN", "VCARD"), make_line("VERSION", "3.0"), make_line("UID", exact)]
    return [*head, *lines, make_line("END", "VCARD")]


def _converted(head: Head, notes: _Notes) -> list[Line]:
    name = _RENAMED.get(head.name, head.name)
    line = replace(head.line, group=head.group)
    if name in BINARY or head.encoding in BASE64:
        if name == "SOUND" and any(one.upper() == "X-IRMC-N" for _, one in head.params):
            return _spoken(head, notes)
        made = binary_line(line, name, head.encoding, list(head.params), notes.repairs)
        return [made] if made else []
    value = _value(head, name, notes)
    if name == "TEL" and _TEL_ADDRESS.match(value):
        value = value[4:].replace(";ext=", " ext. ")
    if not value.strip(" ;"):
        return []  # an empty property says nothing
    if name in _DATES:
        return [_dated(head, name, value, notes)]
    if name == "GEO":
        place = _PLACE.fullmatch(value.strip())
        if place is None:
            notes.repairs.append("odd-value")
        name, value = ("GEO", f"{place[1]};{place[2]}") if place else ("X-GEO", value)
    if name == "X-ADDRESSBOOKSERVER-KIND" and value.strip().lower() == "org":
        name, value = "X-ABSHOWAS", "COMPANY"
    return [*_label(head), _as_written(make_line(name, value, head.params, head.group), head)]


def _as_written(made: Line, head: Head) -> Line:
    """Return the line as it came where that says the same in a form everybody reads."""
    line = head.line
    same = made.name == line.name and made.value == line.value and made.group == line.group
    if same and made.params == line.params and (start := _RIGHT.match(line.text)) is not None:
        plain = looks_like_a_property(start.group(1), grouped=bool(line.group))
        return line if plain and len(line.text) - start.end() == len(line.value) else made
    return made


def _value(head: Head, name: str, notes: _Notes) -> str:
    """Return the value with its encoding undone and what stands bare in it escaped (RFC 2426 section 4)."""
    line = head.line
    bare = ",;" if head.version.startswith("2") or name == "ORG" else ";"
    if name in _STRUCTURED:
        parts = (_decoded(part, head, notes) for part in split_value(line.value, ";"))
        return ";".join(at_most([escape(part, bare) for part in parts], _STRUCTURED[name], notes.repairs))
    if name == "CATEGORIES":
        parts = (_decoded(part, head, notes) for part in split_value(line.value, ","))
        return ",".join(escape(part, ",;") for part in parts)
    return escape(_decoded(line.value, head, notes), ",;" if name in _TEXT else ",")


def _decoded(value: str, head: Head, notes: _Notes) -> str:
    if head.encoding != "QUOTED-PRINTABLE":
        return value
    text, charset = read_quoted_printable(value, head.line.param("CHARSET"))
    notes.charsets.append(charset)
    return text


def _dated(head: Head, name: str, value: str, notes: _Notes) -> Line:
    """Return a birthday in its 3.0 form; one that is no certain date is kept where no server looks for a date."""
    params = [(key, one) for key, one in head.params if key not in {"CALSCALE", WITHOUT_YEAR[0]}]
    omitted = any(key == WITHOUT_YEAR[0] for key, _ in head.params)
    found = card_date(unescape(value))
    if found is None:
        notes.repairs.append("odd-value")
        return make_line(f"X-{name.removeprefix('X-')}", value, head.params, head.group)
    if found[1] or omitted:
        params.append(WITHOUT_YEAR)
    params = [(key, one) for key, one in params if (key, one.lower()) != ("VALUE", "text")]
    return _as_written(make_line(name, found[0], params, head.group), head)


def _label(head: Head) -> list[Line]:
    """Return the printed form of an address, a parameter in 4.0, as the property it is in 3.0."""
    if head.name != "ADR" or not head.label:
        return []
    types = [(key, one) for key, one in head.params if key == "TYPE"]
    return [make_line("LABEL", escape(head.label, ",;"), types, head.group)]


def _spoken(head: Head, notes: _Notes) -> list[Line]:
    """Return how the name is said, which Japanese phones write as a sound, under the names that readers know."""
    fields = [escape(_decoded(part, head, notes), ",;") for part in split_value(head.line.value, ";")]
    names = ("X-PHONETIC-LAST-NAME", "X-PHONETIC-FIRST-NAME", "X-PHONETIC-MIDDLE-NAME")
    fields = at_most(fields, len(names), notes.repairs)
    return [make_line(name, one) for name, one in zip(names, fields, strict=False) if one.strip()]


def _mark(line: Line) -> bytes:
    params = sorted({f"{key}={value.upper()}" for key, value in line.params})
    said = "\n".join((line.name, *params, line.value))
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=8).digest()

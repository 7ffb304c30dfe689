"""What stands before the colon of a card's line: its parameters as vCard 3.0 has them, of 2.1 and 4.0 too.

2.1 leaves names out ("TEL;HOME;VOICE"), 4.0 has parameters that 3.0 has properties or types for (RFC 6350 section 5).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from parsers.lines import Line

_BARE_ENCODINGS: Final = frozenset({"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT", "B"})
_BARE_VALUES: Final = frozenset({"URL", "INLINE", "CONTENT-ID"})
_DEFAULT_VALUES: Final = frozenset({"text", "uri", "url", "date-and-or-time", "inline", "binary"})
_KEEP_VALUE: Final = frozenset({"RELATED", "MEMBER"})  # a text and an address are two things there
_CARET: Final = re.compile(r"\^([n'^])")
_CARETS: Final = {"n": "\n", "'": '"', "^": "^"}


@dataclass(frozen=True, slots=True)
class Head:
    """A line with its parameters put right; `line` is as it came."""

    line: Line
    version: str  # of its card, "" = not said
    name: str  # upper case, of letters every library reads
    group: str
    encoding: str  # upper case, "" = none
    params: tuple[tuple[str, str], ...]
    label: str = ""  # of an address


def heads(lines: Sequence[Line], version: str) -> Iterator[Head]:
    """Yield each line with the parameters that it may carry in a 3.0 card."""
    best = _preferred(lines) if version.startswith("4") else {}
    for line in lines:
        encoding, others, label = _sorted(line, version)
        found = [pair for pair in others if pair[0] != "PREF" or not best]
        for key, value in others:
            if key == "PREF" and best:
                found.append(("TYPE", "PREF") if value == best.get(line.name) else (key, value))
        yield Head(
            line,
            version,
            line.name.replace("_", "-"),
            re.sub(r"[^A-Za-z0-9-]", "-", line.group),
            encoding,
            tuple(_once(found)),
            label,
        )


def _sorted(line: Line, version: str) -> tuple[str, list[tuple[str, str]], str]:
    encoding = label = ""
    found: list[tuple[str, str]] = []
    for key, value in line.params:
        if "QUOTED-PRINTABLE" in value.upper():  # whatever its name: "ENCODIG=" and the like
            encoding = "QUOTED-PRINTABLE"
        elif key == "ENCODING":
            encoding = encoding or value.upper()
        elif key in {"", "TYPE"}:
            hidden, types = _types(value, bare=not key)
            encoding = encoding or hidden
            found.extend(types)
        elif key == "CHARSET" or (key == "VALUE" and _is_default(line, value, version)):
            continue
        elif key == "LABEL" and line.name == "ADR":
            label = _CARET.sub(lambda caret: _CARETS[caret.group(1)], value)
        elif re.fullmatch(r"[A-Z0-9-]+", key):
            found.append((key, value))
    return encoding, found, label


def _types(value: str, *, bare: bool) -> tuple[str, list[tuple[str, str]]]:
    """Return the encoding that stands among the types, if so, and the types."""
    parts = [part.strip() for part in value.split(",") if part.strip()]
    encoding = next((part.upper() for part in parts if part.upper() in _BARE_ENCODINGS), "")
    gone = _BARE_ENCODINGS | (_BARE_VALUES if bare else frozenset())
    return encoding, [("TYPE", part) for part in parts if part.upper() not in gone]


def _is_default(line: Line, value: str, version: str) -> bool:
    if line.name in _KEEP_VALUE or line.name.startswith("X-") or version.startswith("3"):
        return False
    return value.lower() in _DEFAULT_VALUES


def _once(params: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the parameters without a second one that says the same."""
    seen: set[tuple[str, str]] = set()
    for key, value in params:
        if (key, value.upper()) not in seen:
            seen.add((key, value.upper()))
            yield key, value


def _preferred(lines: Iterable[Line]) -> dict[str, str]:
    """Return the lowest PREF of each property; in 3.0 there is one preferred one or none."""
    best: dict[str, str] = {}
    for line in lines:
        value = line.param("PREF") or ""
        if value.isascii() and value.isdigit() and int(value[:3]) < int(best.get(line.name, "1000")[:4]):
            best[line.name] = value
    return best

"""Labels of one installation ([support] labels): put in words every reader here knows, before anything is read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from parsers.labels import fold, read_label
from parsers.text import split_lines
from parsers.words import Field

OwnWords = tuple[tuple[str, Field], ...]  # a label as `fold` leaves it, and what it names

_PLAIN: Final[dict[Field, str]] = {
    "address": "email",
    "password": "password",
    "host": "imap server",
    "login": "username",
    "port": "port",
    "security": "ssl",
    "destination": "destination",
    "start": "start time",
}
_HEAD: Final = re.compile(r"(\W{0,20})([^:=\uff1a\t@]{1,60}?)(\s{0,5}(?:[:=\uff1a\t]|$))")
_CELL: Final = re.compile(r"([\t|;,\u2502]|\s{2,9})")
_MOST: Final = 1000  # characters of a line


def own_words(said: Iterable[tuple[Field, Sequence[str]]]) -> OwnWords:
    """Return the labels folded, in a form that can be a value and a key."""
    return tuple((folded, name) for name, labels in said for one in labels if (folded := fold(one)))


def in_plain_words(text: str, own: OwnWords) -> str:
    """Return the text with those labels in plain words where labels stand: before a separator, alone, over a column.

    Values stay as they are, whatever they look like.
    """
    known = {label: _PLAIN[name] for label, name in own if name in _PLAIN}
    if not known:
        return text
    return "\n".join(_line(line, known) if len(line) <= _MOST else line for line in split_lines(text))


def plain_cells(cells: Sequence[str], own: OwnWords) -> list[str]:
    """Return the cells of a header in plain words; cells that are no such label stay."""
    known = {label: _PLAIN[name] for label, name in own if name in _PLAIN}
    return [known.get(fold(cell), cell) if len(cell) < _MOST else cell for cell in cells]


def _line(line: str, known: Mapping[str, str]) -> str:
    if (head := _HEAD.match(line)) and (plain := known.get(fold(head[2]))):
        return f"{head[1]}{plain}{head[3]}{line[head.end() :]}"
    if "@" in line:
        return line
    parts = _CELL.split(line)
    if len(parts) < 3 or sum(fold(part) in known or read_label(part) is not None for part in parts[::2]) < 2:
        return line
    return "".join(known.get(fold(part), part) for part in parts)

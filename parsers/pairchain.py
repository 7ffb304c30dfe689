"""The further labelled values on a line behind its first one: "Email: a, Password: b"."""

import re
from typing import Final

from parsers.labels import Label, read_label
from parsers.pairs import is_of_kind, trimmed
from parsers.values import is_address, is_host

_NEXT_PAIR: Final = re.compile(r"(?:[,;/|]|\s-)\s*([^\W\d_][^:=,;/|]{1,30}?)\s*[:=]\s*(?=\S)")


_ADDRESS_FIRST: Final = re.compile(
    r"\s{0,9}([^\s@,;]{1,80}@[^\s@,;]{1,200})\s{1,20}([^\W\d_][^:=,;/|@]{1,30}?)\s{0,9}[:=]\s{0,9}(?=\S)"
)


_HOST_LAST: Final = re.compile(r"\s*(\S+?)\s*[,;/|]\s+(\S+\.\S+?)\s*")


_MOST_PAIRS: Final = 8  # on one line


_MOST_VALUE: Final = 2000  # characters of a line looked through for further pairs


def chain(label: Label, value: str) -> list[tuple[Label, str]]:
    """Return the pair, and those that follow it on the same line ("Email: a, Password: b").

    After a password a further pair counts only where its value is of its kind, because the password may hold anything;
    unless the line has shown before that it strings pairs together.
    """
    pairs: list[tuple[Label, str]] = []
    while len(pairs) < _MOST_PAIRS:
        nearest = [_next_typed(value), _next_pair(value) if label.field != "password" or pairs else None]
        nearest += [_behind_address(value)] if label.field in {"address", "login"} else []
        known = [found for found in nearest if found is not None]
        if not known:
            break
        end, following, start = min(known, key=lambda found: found[0])
        pairs.append((label, trimmed(value[:end].rstrip())))
        label, value = following, value[start:]
    if pairs and label.field == "password" and (found := _HOST_LAST.fullmatch(value)) and is_host(found[2]):
        return [*pairs, (label, found[1]), (Label("host", label.role), found[2])]
    return [*pairs, (label, value)]


def _behind_address(value: str) -> tuple[int, Label, int] | None:
    """Return the next pair where a whole address and then a label stands: "anna@x.example Password: …"."""
    found = _ADDRESS_FIRST.match(value[:_MOST_VALUE])
    label = read_label(found[2]) if found and is_address(found[1]) else None
    return (found.end(1), label, found.end()) if found and label else None


def _next_pair(value: str) -> tuple[int, Label, int] | None:
    for found in _NEXT_PAIR.finditer(value[:_MOST_VALUE]):
        if label := read_label(found[1]):
            return found.start(), label, found.end()
    return None


def _next_typed(value: str) -> tuple[int, Label, int] | None:
    """Return where the value ends, the next label and where its value starts, if that is a server, address or port."""
    for found in list(re.finditer("[:=]", value[:_MOST_VALUE]))[:20]:
        words = list(re.finditer(r"[^\s,;|/]+", value[: found.start()]))[-4:]
        after = value[found.end() :].split(maxsplit=1)
        for first in words if after else ():
            label = (
                read_label(value[first.start() : found.start()])
                if value[: first.start()].strip(" ,;|/")
                else None
            )
            if label and is_of_kind(label.field, after[0]):
                return first.start(), label, found.end()
    return None

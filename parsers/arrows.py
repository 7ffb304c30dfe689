"""Lines that say where an account goes: `anna@old.example -> anna@new.example`, and what may follow on the same line."""

import re
from typing import Final

from parsers.drafts import Draft
from parsers.grammar import read_pairs
from parsers.labels import read_label
from parsers.secret import is_secret_like, read_secret
from parsers.values import is_address, is_host, without_link

_MOST: Final = 300  # characters of a line
_ARROW: Final = re.compile(
    r"(?P<old>[^\s@]{1,80}@[^\s@]{1,200})\s{0,20}(?P<link>(?:\s[(<]?[-=\u2013\u2014]*>+[)>]?|[-=\u2013\u2014]+>+|\u2192|\u21d2|\u27a1\ufe0f?|\u00bb)\s"
    r"|\s(?:to|nach|zu|auf|wird|wird zu|becomes|vers|devient|a|para|naar|wordt|do|na|la|in|diventa|pasa a)\s)\s{0,20}(?P<new>[^\s@]{1,80}@[^\s@]{1,200})(?P<rest>.*)"
)
_CELL: Final = re.compile(r"\s+[/|\u2013\u2014-]\s+|[;|\t]|,\s+|\s{2,}")
_EDGES: Final = "<>()[]*,;"


def read_arrow(line: str) -> Draft | None:
    """Return the account of a line that names two addresses and an arrow (or "to") between; None for anything else.

    What follows counts where it names itself ("password Secret1") or is one word no sentence would hold, or a server.
    """
    if line.count("@") < 2 or len(line) > _MOST or (found := _ARROW.match(line.strip())) is None:
        return None
    old, new = (_address(found[name]) for name in ("old", "new"))
    if not old or not new:
        return None
    draft = Draft(origin="bare", stated={"address": old, "destination": new})
    cells = [
        cell.strip() for cell in _CELL.split(found["rest"].lstrip(" ,;:|/-\u2013\u2014\t")) if cell.strip()
    ]
    rest = [cell for cell in cells if not _take_named(draft, cell.strip("()"))]
    if found["rest"].strip() and not cells:
        return draft
    secrets = [cell for cell in rest if is_secret_like(cell) and "@" not in cell]
    if draft.answered:
        return draft
    if len(secrets) == 1 and len(rest) == 1:
        draft.stated["password"] = secrets[0]
    elif secrets or any(len(cell.split()) > 6 for cell in rest):
        draft.unsure = bool(secrets)
    return draft


def _address(word: str) -> str:
    bare = without_link(word.strip(_EDGES)).strip(_EDGES).rstrip(".:")
    return bare if is_address(bare) else ""


def _take_named(draft: Draft, cell: str) -> bool:
    """Put a cell that says what it is into the draft; return whether it does."""
    if is_host(cell) and cell.count(".") > 1 and not draft.has("host"):
        draft.stated["host"] = cell
        return True
    pairs = read_pairs(cell)
    words = cell.split()
    if len(pairs) == 1 and pairs[0].value.strip():
        name, value = pairs[0].label.field, pairs[0].value.strip()
    elif len(words) == 2 and (label := read_label(words[0])) and label.field == "password":
        name, value = label.field, words[1]
    else:
        return False
    if name == "password":
        reading = read_secret(value)
        draft.told, draft.same, draft.unsure = reading == "missing", reading == "same", reading == "unsure"
        if reading != "value":
            return True
    if name in {"password", "host", "login", "port", "security"}:
        draft.stated.setdefault(name, value)
    return True

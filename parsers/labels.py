"""The words people put before a value or over a column, in the languages our customers write."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from parsers.words import ALIASES, FILLERS, ROLES, Field, Role

__all__ = ["Field", "Label", "Role", "before_separator", "fold", "heading_role", "read_label"]

_WORD: Final = re.compile(r"[^\W_]+")
_TRAILING_INDEX: Final = re.compile(r"^(.*?[^\d\s])\s*(\d{1,3})$")
_UNSTROKED: Final = str.maketrans("\u0142\u00f8\u0111", "lod")  # letters NFKD does not part from their stroke
_FIRST_ROLE: Final[dict[str, Role]] = {
    "from": "old",
    "to": "new",
}  # only where they lead: "has\u0142o to" is no role
_AT: Final = frozenset(re.findall(r"\w+", "at bei beim chez en presso bij w u from vom von"))
_PLACES: Final = _AT | frozenset(
    re.findall(
        r"\w+",
        """provider host hoster isp anbieter server mailbox account konto postfach compte boite fournisseur hebergeur cuenta buzon
        proveedor casella fornitore postvak aanbieder conta fornecedor skrzynka dostawca cont furnizor mail email""",
    )
)
_LONGEST_GLUED: Final = 16
_LONGEST: Final = 60  # characters; no label we know is longer


@dataclass(frozen=True, slots=True)
class Label:
    """What a label names; `role` says whose, `index` which one ("Password 2")."""

    field: Field
    role: Role | None = None
    index: int | None = None


def before_separator(line: str) -> str:
    """Return what stands before the first colon, equals sign or TAB."""
    return re.split("[:=\uff1a\t]", line, maxsplit=1)[0].strip(" *")


def fold(text: str) -> str:
    """Return the words of `text` without case, accents and punctuation, parted by one space.

    Splits camelCase ("EmailAddress") and leaves only letters and digits.
    """
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    if split.isascii():
        return " ".join(_WORD.findall(split.lower()))
    bare = "".join(c for c in unicodedata.normalize("NFKD", split.casefold()) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(bare.translate(_UNSTROKED)))


def _names(table: str) -> list[str]:
    return [fold(name) for name in table.split("|")]


_FIELD_OF: Final[dict[str, Field]] = {
    name.replace(" ", ""): field for field, table in ALIASES.items() for name in _names(table)
}
_FILLERS: Final = frozenset(fold(word) for word in FILLERS)
_ROLE_OF: Final[dict[str, Role]] = {name: role for role, table in ROLES.items() for name in _names(table)}


@lru_cache(maxsize=4096)
def read_label(text: str) -> Label | None:
    """Return what `text` names if the whole of it is a label we know, else None. Bullets and numbers may lead it."""
    if len(text) > _LONGEST:
        return None
    for candidate in (text, re.sub(r"\([^)]*\)|\[[^]]*\]", " ", text)):
        words = fold(candidate).split()
        while words and words[0].isdigit():
            words = words[1:]
        if words and (label := _match(words)):
            return label
    return None


def _match(words: list[str]) -> Label | None:
    if sum(len(word) == 1 for word in words) > 1:  # "p w 1" is a password, not "pw 1"
        return None
    if field := _FIELD_OF.get("".join(words)):
        return Label(field)
    index = None
    if numbered := _TRAILING_INDEX.match(" ".join(words)):
        index = int(numbered[2])
        words = numbered[1].split()
    content = [word for word in words if word not in _FILLERS or word == words[0] in _FIRST_ROLE]
    if content and (first := _FIRST_ROLE.get(words[0])) and (field := _FIELD_OF.get("".join(content[1:]))):
        return Label(field, first, index)
    roles = [_ROLE_OF[word] for word in content if word in _ROLE_OF]
    names = [word for word in content if word not in _ROLE_OF]
    role: Role | None = "new" if "new" in roles else "old" if roles else None
    whole = [word for word in words if word not in _ROLE_OF]  # "nowy adres e-mail": "e" is a filler elsewhere
    for spelling, said in ((words, None), (content, None), (names, role), (whole, role)):
        if field := _FIELD_OF.get("".join(spelling)):
            return Label(field, said, index)
    return _with_place(content, role, index) or _glued("".join(words), index)


def _with_place(content: list[str], role: Role | None, index: int | None) -> Label | None:
    """Return the label of "old provider password" and "login at the old host", which also say where it is from."""
    rest = [word for word in content if word not in _ROLE_OF and word not in _PLACES]
    where = role is not None or any(word in _AT for word in content)
    field = _FIELD_OF.get("".join(rest)) if where and len(rest) < len(content) else None
    return Label(field, role, index) if field in {"password", "login"} else None


def _glued(word: str, index: int | None) -> Label | None:
    """Return the label of "oldpw" and "newpassword"."""
    for side in ("old", "new", "alt", "neu"):
        field = _FIELD_OF.get(word.removeprefix(side)) if word.startswith(side) else None
        if field and len(word) < _LONGEST_GLUED:
            return Label(field, _ROLE_OF[side], index)
    return None


def heading_role(text: str) -> Role | None:
    """Return whose data follows a heading such as "New mailbox:" or "Bisheriger Anbieter:"."""
    words = fold(text).split()
    roles = {_ROLE_OF[word] for word in words if word in _ROLE_OF}
    if len(words) > 5 or len(roles) != 1:
        return None
    return roles.pop()

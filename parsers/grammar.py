"""One line of a letter: the labelled values on it."""

import re
from typing import Final

from parsers.compound import FOR_ALL, is_compound, label_for_all
from parsers.labels import Label, Role, fold, heading_role, read_label
from parsers.pairchain import chain
from parsers.pairs import Pair, is_of_kind
from parsers.pairstream import read_stream
from parsers.secret import is_secret_like
from parsers.values import is_address, is_host, read_address

SEPARATOR: Final = re.compile(
    ":=|=>|->|\u2192|\u00bb|[:=\uff1a\t]"
    "|(?P<dash>[ \u00a0][-\u2013\u2014][ \u00a0])"
    "|(?<![.\u2026])(?:\\.{3,40}|\u2026{1,20})[ \u00a0]"
    "|(?P<weak>[ \u00a0](?:is|ist|lautet|est|es|\u00e8|\u00e9|to|jest|este)[ \u00a0])",
    re.IGNORECASE,
)


BULLET: Final = re.compile(
    r"^[ \t\u00a0]*(?:(?:[-*\u2022\u00b7\u2013+\u25cf\u25e6\u25aa\u2023>\u2192]|\(?\d{1,3}[.)]|\(?[a-h]\))[ \t\u00a0]+)?"
)


RULE: Final = re.compile(r"^[ \t]*(?:([-=_*~#+\u2014\u2013\u2500\u2550][ \t]*){3,}|[{}\[\]],?)[ \t]*$")


_BARE_PORT: Final = re.compile(
    r"^\W{0,9}(?:imap[- ]?)?(?:port|puerto|porta|poort)\s+(\d{2,5})\b(.*)$", re.IGNORECASE
)


_JSON_PAIR: Final = re.compile(r'"([\w .-]{1,40})"\s{0,3}:\s{0,3}("(?:[^"\\]|\\.)*"|[\w.]+)')


_EXAMPLE: Final = re.compile(
    r"\((?:e\.? ?g|for example|z\.? ?b|zum beispiel|bsp|p\.? ?ex|par exemple|p\.? ?ej|por ejemplo|es|ad esempio|bijv|bijvoorbeeld|por exemplo|np"
    r"|na przyk\u0142ad|de ex|ex|example|beispiel)\b[^()]{1,120}\)",
    re.IGNORECASE,
)  # "E-mail address (e.g. anna@old.example): …"


_SERVER_BEHIND: Final = re.compile(
    r"\s{0,9}([^\s@()]{1,80}@[^\s@()]{1,200})\s{1,9}[(\[](?:[^\W\d_]{1,12}:?\s)?([\w.-]{4,200}(?::\d{1,5})?)[)\]]\s{0,9}"
)  # "anna@x.example (imap.x.example)"


_FROM: Final = frozenset({"from", "von", "de", "desde", "da", "van", "z", "od", "din"})


_TO: Final = frozenset({"to", "nach", "zu", "a", "para", "naar", "do", "la", "catre", "vers"})


_MOST_LABEL: Final = 60


def read_pairs(line: str) -> list[Pair]:
    """Return the labelled values on the line, in order; [] for none. Values keep their blanks; "" = none on this line."""
    if port := _BARE_PORT.match(line):
        return [Pair(Label("port"), port[1] + port[2])]
    body = line[BULLET.match(line).end() :]  # type: ignore[union-attr]
    if whole := ('"' in line and _json(line)) or read_stream(body):
        return whole
    first = _pair(body)
    if first is None:
        return []
    if first.weak or not first.value.strip() or first.address:
        return [first]
    if behind := _server_behind(first):
        return [first._replace(value=behind[0]), Pair(Label("host", first.label.role), behind[1])]
    return [
        Pair(label, value, address=first.address, shared=first.shared)
        for label, value in chain(first.label, first.value)
    ]


def _server_behind(pair: Pair) -> tuple[str, str] | None:
    """Return address and server of "Email: anna@x.example (imap.x.example)"."""
    found = _SERVER_BEHIND.fullmatch(pair.value) if pair.label.field == "address" else None
    return (found[1], found[2]) if found and is_host(found[2].partition(":")[0]) else None


def _json(line: str) -> list[Pair]:
    found = [(read_label(match[1]), match[2]) for match in _JSON_PAIR.finditer(line[:4000])]
    if not found or not re.match(r'^[\s{\[,]*"', line):
        return []
    return [Pair(label, _unescape(value)) for label, value in found if label and value != "null"]


def _unescape(value: str) -> str:
    if not value.startswith('"'):
        return value
    return re.sub(r"\\(.)", lambda found: found[1], value[1:-1])


def _pair(body: str) -> Pair | None:
    """Return the first pair of the line. The first separator counts, no later one."""
    separators = list(SEPARATOR.finditer(body[: 4 * _MOST_LABEL]))
    for separator in sorted(separators, key=lambda found: found["weak"] is not None):
        before = body[: separator.start()]
        before = _EXAMPLE.sub(" ", before) if "(" in before else before
        if len(before) > _MOST_LABEL + (40 if "@" in before else 0):
            continue
        value = body[separator.end() :]
        bare = before.strip(" \t\u00a0*_\"'`#")
        named = read_address(bare) if "@" in bare else ""
        if named and is_address(named):
            label = read_label(bare.replace(named, " ").strip(" ()[]<>,-"))
            if label is None or label.field in {"address", "destination"}:
                continue
            return Pair(label, value.removeprefix(" "), separator["weak"] is not None, named)
        label, shared = read_label(bare) or _side_alone(bare, value), False
        if label is None or (label.role and FOR_ALL.search(fold(bare))):
            label, shared = label_for_all(bare) or label, True
        if label is None or is_compound(bare):
            continue
        loose = separator["dash"] and label.field != "password"
        if loose and not is_of_kind(label.field, value):
            continue
        for mark in ("**", "*", "__"):
            if before.startswith(mark) and not before.rstrip().endswith(mark) and value.startswith(mark):
                value = value.removeprefix(mark)
                break
        return Pair(label, value.removeprefix(" "), separator["weak"] is not None, "", shared)
    return _beside(body)


def _beside(body: str) -> Pair | None:
    """Return the pair of a line that is a label and one word which can be nothing but its value: "Kennwort Farbe#19"."""
    if len(body) > 2 * _MOST_LABEL or not 2 <= len(words := body.split()) <= 5:
        return None
    value = words[-1]
    label = read_label(" ".join(words[:-1]))
    if label is None or label.field in {"start", "port", "security", "ignored"}:
        return None
    if label.field == "password":
        fits = is_secret_like(value) or re.fullmatch(r"[^\W_]+[:;][^\W_]+", value) is not None
    else:
        fits = is_of_kind(label.field, value.rstrip(".,;"))
    return Pair(label, value if label.field == "password" else value.rstrip(".,;")) if fits else None


def _side_alone(text: str, value: str) -> Label | None:
    """Return the label of "Old: anna@x.example" or "To: imap.x.example", where only the side is named."""
    folded = fold(text)
    role: Role | None = "old" if folded in _FROM else "new" if folded in _TO else heading_role(folded)
    if role is None or len(folded.split()) > 1:
        return None
    if "@" in value and (is_address(read_address(value)) or value.strip()[:1].isalnum()):
        return Label("address", role)
    return Label("host", role) if " " not in value.strip() and is_host(value.strip()) else None

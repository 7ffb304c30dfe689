"""One line of a letter: the labelled values on it."""

import re
from typing import Final, NamedTuple

from parsers.labels import Field, Label, Role, fold, heading_role, read_label
from parsers.secret import is_secret_like
from parsers.values import is_address, is_host, read_address, read_host

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
_NEXT_PAIR: Final = re.compile(r"(?:[,;/|]|\s-)\s*([^\W\d_][^:=,;/|]{1,30}?)\s*[:=]\s*(?=\S)")
_ADDRESS_FIRST: Final = re.compile(
    r"\s{0,9}([^\s@,;]{1,80}@[^\s@,;]{1,200})\s{1,20}([^\W\d_][^:=,;/|@]{1,30}?)\s{0,9}[:=]\s{0,9}(?=\S)"
)
_HOST_LAST: Final = re.compile(r"\s*(\S+?)\s*[,;/|]\s+(\S+\.\S+?)\s*")
_JSON_PAIR: Final = re.compile(r'"([\w .-]{1,40})"\s{0,3}:\s{0,3}("(?:[^"\\]|\\.)*"|[\w.]+)')
_CONJUNCTION: Final = re.compile(
    r"(?:(?<!\s)\s+)?[/+&,]\s*|\s(?:and|und|et|y|e|i|en|si|\u0219i|oder|or|ou|o|of)\s", re.IGNORECASE
)
_FOR_ALL: Final = re.compile(
    r"\b(?:all(?:e[rn]?)?|beide[rn]?|both|every|each|jeweils|uberall|tous|toutes|deux|todos|todas|ambos|ambas|tutt[ie]|entrambi"
    r"|beide|allemaal|wszystk\w+|oba|obu|toate|ambele|everyone|everything|same|gleich\w*|identisch\w*|identical|gemeinsam\w*|shared|common)\b"
)
_AROUND_ALL: Final = re.compile(
    r"\b(?:the|das|die|der|den|ist|is|are|fur|for|of|pour|per|para|voor|dla|pentru|mailbox(?:es)?|postfach\w*|postfaech\w*|account\w*|konten"
    r"|boites|comptes|cuentas|buzones|caselle|contas|skrzynek|kont|conturi\w*|addresses|adressen|the|them|de|del|les|las|los|le|mailboxen|postvakken"
    r"|email|emails|mail|mails|e|it|its|user|users|immer|always|my|our|unsere|three|two|four|five|drei|vier|zwei|\d+)\b"
)
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
_MOST_PAIRS: Final = 8  # on one line
_MOST_VALUE: Final = 2000  # characters of a line looked through for further pairs


class Pair(NamedTuple):
    """A label and what stands behind it; `weak` = only a sentence's verb parts them."""

    label: Label
    value: str
    weak: bool = False
    address: str = ""  # the account the label names itself: "Password for anna@x.example: …"
    shared: bool = False  # said to be for all rows


def read_pairs(line: str) -> list[Pair]:
    """Return the labelled values on the line, in order; [] for none. Values keep their blanks; "" = none on this line."""
    if port := _BARE_PORT.match(line):
        return [Pair(Label("port"), port[1] + port[2])]
    body = line[BULLET.match(line).end() :]  # type: ignore[union-attr]
    if whole := ('"' in line and _json(line)) or _stream(body):
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
        for label, value in _following(first.label, first.value)
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
        if label is None or (label.role and _FOR_ALL.search(fold(bare))):
            label, shared = _label_for_all(bare) or label, True
        if label is None or is_compound(bare):
            continue
        loose = separator["dash"] and label.field != "password"
        if loose and not _is_of_kind(label.field, value):
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
        fits = _is_of_kind(label.field, value.rstrip(".,;"))
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


def _label_for_all(text: str) -> Label | None:
    """Return the label in "Password for all mailboxes"."""
    folded = fold(text)
    if not _FOR_ALL.search(folded):
        return None
    rest = _AROUND_ALL.sub(" ", _FOR_ALL.sub(" ", folded))
    return read_label(rest) if rest.strip() else None


def is_compound(text: str) -> bool:
    """True for "Email / Password": two labels before one separator."""
    return compound_fields(text) is not None


def compound_fields(text: str) -> tuple[Field, ...] | None:
    """Return the fields "Email / Password / Server" names together; None when it does not."""
    parts = [part for part in _CONJUNCTION.split(text.strip(" *_:")) if part.strip()]
    labels = [read_label(part) for part in parts] if 2 <= len(parts) <= 4 else []
    fields = tuple(label.field for label in labels if label)
    if len(fields) < 2 or len(fields) != len(parts) or len(set(fields)) != len(fields):
        return None
    return (
        fields if {"password", "address", "login"} & set(fields) and fields != ("address", "login") else None
    )


def _following(label: Label, value: str) -> list[tuple[Label, str]]:
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
        pairs.append((label, _trimmed(value[:end].rstrip())))
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
            if label and _is_of_kind(label.field, after[0]):
                return first.start(), label, found.end()
    return None


def _is_of_kind(field: Field, value: str) -> bool:
    if field in {"address", "login", "destination"}:
        return is_address(read_address(value))
    if field in {"host", "ignored"}:
        return read_host(value.strip(",;")).name is not None
    return field == "port" and value.strip(",;.()").isdigit()


def _stream(body: str) -> list[Pair]:
    """Return the pairs of "Login anna@x.example PW Secret1 Server imap.x.example": label and one word, in turn.

    Only where the whole line is read so, with an address and one more value: nothing of prose may become a value.
    """
    tokens = _without_brackets(body.split()[:25])
    if not 3 <= len(tokens) <= 24 or "@" not in body:
        return []
    pairs: list[Pair] = []
    at = 0
    if is_address(tokens[0].strip(",;:<>")):
        pairs.append(Pair(Label("address"), tokens[0].strip(",;:<>")))
        at = 1
    while at < len(tokens):
        if tokens[at] in {
            ",",
            ";",
            "/",
            "|",
            "-",
            "\u2013",
            "and",
            "und",
            "et",
            "y",
            "&",
            "+",
            "mit",
            "with",
        }:
            at += 1
            continue
        found = _label_at(tokens, at)
        if found is None or found[1] >= len(tokens):
            return []
        label, at = found
        value = tokens[at]
        last = at == len(tokens) - 1
        pairs.append(Pair(label, value if last else _trimmed(value)))
        at += 1
    return pairs if _is_whole(pairs) else []


def _without_brackets(tokens: list[str]) -> list[str]:
    """Return the words without the brackets that hold several of them: "(pw Secret1)"."""
    opened = next((at for at, token in enumerate(tokens) if token[:1] == "(" and ")" not in token), None)
    closed = next((at for at, token in enumerate(tokens) if token[-1:] == ")" and "(" not in token), None)
    if opened is None or closed is None or closed < opened:
        return tokens
    tokens = [*tokens]
    tokens[opened], tokens[closed] = tokens[opened][1:], tokens[closed][:-1]
    return [token for token in tokens if token]


def _trimmed(value: str) -> str:
    return value.rstrip(",;") or value


def _label_at(tokens: list[str], at: int) -> tuple[Label, int] | None:
    for width in (4, 3, 2, 1):
        words = " ".join(tokens[at : at + width])
        if at + width > len(tokens) or "@" in words or any(is_secret_like(word) for word in words.split()):
            continue
        label = read_label(words.rstrip(":=,- "))
        if label is not None:
            after = at + width
            if after < len(tokens) and tokens[after] in {":", "=", "->", "=>", "-", "is", "ist"}:
                after += 1
            return label, after
    return None


def _is_whole(pairs: list[Pair]) -> bool:
    kinds = {pair.label.field for pair in pairs}
    fits = all(
        _is_of_kind(pair.label.field, pair.value)
        for pair in pairs
        if pair.label.field in {"address", "host", "port"}
    )
    named = any(
        pair.label.field in {"address", "login"} and is_address(read_address(pair.value)) for pair in pairs
    )
    known = not any(
        is_host(pair.value) or read_label(pair.value) for pair in pairs if pair.label.field == "password"
    )
    return fits and named and known and len(pairs) == len(kinds) > 1 and kinds <= {
        "address", "login", "password", "host", "port", "security",
    }  # fmt: skip

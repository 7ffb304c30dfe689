"""A line that is labels and values in turn without any mark: "Login anna@x.example PW Secret1"."""

from parsers.labels import Label, read_label
from parsers.pairs import Pair, is_of_kind, trimmed
from parsers.secret import is_secret_like
from parsers.values import is_address, is_host, read_address


def read_stream(body: str) -> list[Pair]:
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
        pairs.append(Pair(label, value if last else trimmed(value)))
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
        is_of_kind(pair.label.field, pair.value)
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

"""Answers written below a quoted question: "> ben@x.example: what is the password?", and under it the word itself."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from parsers.grammar import read_pairs
from parsers.labels import Field, fold
from parsers.marks import read_mark
from parsers.result import Problem, StatedRow
from parsers.rows import build_row
from parsers.secret import is_secret_like, read_secret
from parsers.text import Block, split_lines
from parsers.values import is_address, read_host

_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PASSWORD: Final = re.compile(
    r"\b(?:password|passwort|kennwort|pwd|mot de passe|mdp|contrasena|clave|wachtwoord|senha|palavra passe|haslo|parola)\b"
)
_SERVER: Final = re.compile(r"\b(?:server|serveur|servidor|serwer|serverul|host|imap|posteingangsserver)\b")
_ASKS: Final = re.compile(
    r"\?|\b(?:please|send|missing|bitte|fehlt|schicken|senden|merci de|veuillez|manque|por favor|envie|falta|per favore|manca|invi|graag|stuur"
    r"|ontbreekt|prosze|brakuje|va rugam|lipseste|give|tell|wrong|current|need)\b"
)
_MOST_QUESTION: Final = 1500  # characters of the question that are looked at


def read_answers(blocks: Sequence[Block]) -> list[StatedRow]:
    """Return what single-line answers right below quoted questions state, for the account the question names.

    An account named in one question goes on being meant in those below it that name none. An answer counts only where
    exactly one account is meant and the question asks for just that; a plain word where a password is asked for is
    a problem and no value: it may as well be a name or a thank-you.
    """
    rows: dict[str, dict[Field, str]] = {}
    unsure: set[str] = set()
    account = ""
    for quoted, own in pairwise(blocks):
        if quoted.kind != "quoted":
            continue
        paragraph, named = _question(quoted.text)
        account = named if named is not None else account
        if own.kind != "own" or not account or not paragraph:
            continue
        field, value = _answer(own.text, paragraph)
        if field == "password" and not value:
            unsure.add(account)
        elif field:
            rows.setdefault(account, {})[field] = value
    built = [build_row("body", 0, {"address": one, **stated}, in_cells=False) for one, stated in rows.items()]
    doubt = (Problem(code="password-unsure", field="password"),)
    return [*built, *(StatedRow(address=one, problems=doubt) for one in sorted(unsure - rows.keys()))]


def _question(quoted: str) -> tuple[str, str | None]:
    """Return the last paragraph of the quotation, and the one account named last; "" = several, None = none."""
    text = "\n".join(re.sub(r"^(?:[ \t]{0,3}>)+[ \t]?", "", line) for line in split_lines(quoted))
    paragraphs = [part for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
    if not paragraphs:
        return "", None
    named = [account for part in paragraphs if (account := _named(part)) is not None]
    return " ".join(paragraphs[-1].split())[-_MOST_QUESTION:], named[-1] if named else None


def _named(paragraph: str) -> str | None:
    found = {one.rstrip(".").casefold(): one for one in _ADDRESS.findall(paragraph[:_MOST_QUESTION])}
    if not found:
        return None
    return next(iter(found)) if len(found) == 1 else ""


def _answer(own: str, question: str) -> tuple[Field | None, str]:
    """Return which field the first line of the answer states, and its value; "" = seen, and not certain."""
    lines = split_lines(own.strip("\r\n \t"))
    line = lines[0].strip(" \t\u00a0")
    alone = len(lines) == 1 or not lines[1].strip()
    if not line or not alone or not _ASKS.search(fold(question) + ("?" if "?" in question else "")):
        return None, ""
    if pairs := read_pairs(line):
        pair = pairs[0]
        plain = len(pairs) == 1 and pair.label.field in {"password", "host"} and not pair.weak
        return (pair.label.field, pair.value) if plain and read_secret(pair.value) == "value" else (None, "")
    return (None, "") if " " in line or is_address(line) or read_mark(line) else _word(line, fold(question))


def _word(word: str, question: str) -> tuple[Field | None, str]:
    password = _PASSWORD.search(question) is not None
    host = read_host(word).name is not None
    if host and _SERVER.search(question) and (not password or word.lower().startswith(("imap", "mail"))):
        return "host", word
    if not password:
        return None, ""
    if is_secret_like(word):
        return "password", word
    return ("password", "") if word[:1].islower() and len(word) > 4 and not host else (None, "")

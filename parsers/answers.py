"""Answers written below a quoted question: "> ben@x.example: what is the password?", and under it the word itself."""

import re
from collections.abc import Sequence
from dataclasses import replace
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
_SERVER: Final = re.compile(
    r"\b(?:\w{0,12}server\w{0,4}|serveur|servidor|serwer|serverul|host|imap|posteingangsserver)\b"
)
_MAILBOX: Final = re.compile(
    r"\b(?:address\w*|adress\w*|mailbox\w*|e ?mail\w*|mail|account\w*|konto|kontos|postfach\w*|boite|compte|courriel|correo|buzon|direccion|cuenta|casella"
    r"|indirizzo|postvak|mailadres|endereco|conta|skrzynk\w*|adres\w*|cutie|casuta|cont)\b"
)
_POINT: Final = re.compile(r"\s{0,8}(?:[-*\u2022\u2013]|\(?\d{1,2}[.)]|[a-h]\))\s")
_INNER: Final = re.compile(r"[^\W_][^\w\s][^\W_]")  # "Plume;Encre"
_ASKS: Final = re.compile(
    r"\?|\b(?:please|send|missing|bitte|fehlt|schicken|senden|merci de|veuillez|manque|por favor|envie|falta|per favore|manca|invi|graag|stuur"
    r"|ontbreekt|prosze|brakuje|va rugam|lipseste|give|tell|wrong|current|need)\b"
)
_MOST_QUESTION: Final = 1500  # characters of the question that are looked at


def read_answers(blocks: Sequence[Block], ours: frozenset[str] = frozenset()) -> list[StatedRow]:
    """Return what single-line answers right below quoted questions state, for the account the question names.

    An account named in one question, or as the answer to one, goes on being meant in those below it that name none; `ours`
    (casefolded addresses of whoever asked) are nobody's account. An answer counts only where
    exactly one account is meant and the question asks for just that; a plain word where a password is asked for is
    a problem and no value: it may as well be a name or a thank-you.
    """
    rows: dict[str, dict[Field, str]] = {}
    unsure: set[str] = set()
    account = ""
    for quoted, own in pairwise(blocks):
        if quoted.kind != "quoted":
            continue
        paragraph, named = _question(quoted.text, ours)
        account = named if named is not None else account
        if own.kind == "own" and paragraph and (answered := _address_in(own.text, paragraph)):
            account = answered
            continue
        if own.kind != "own" or not account or not paragraph:
            continue
        if both := _both(own.text, fold(paragraph)):
            rows.setdefault(account, {}).update(both)
            continue
        field, value = _answer(own.text, paragraph)
        if field == "password" and not value:
            unsure.add(account)
        elif field:
            rows.setdefault(account, {})[field] = value
    built = [build_row("body", 0, {"address": one, **stated}, in_cells=False) for one, stated in rows.items()]
    doubt = (Problem(code="password-unsure", field="password"),)
    unsure -= {one for one, stated in rows.items() if "password" in stated}
    built = [replace(row, problems=doubt) if row.address in unsure else row for row in built]
    return [*built, *(StatedRow(address=one, problems=doubt) for one in sorted(unsure - rows.keys()))]


def _address_in(own: str, question: str) -> str:
    """Return the address that is the whole answer to a question for a mailbox; "" for any other answer."""
    lines = split_lines(own.strip("\r\n \t"))
    alone = len(lines) == 1 or not lines[1].strip()
    said = lines[0].strip(" \t\u00a0<>")
    return said if alone and is_address(said) and _MAILBOX.search(fold(question)) else ""


def _question(quoted: str, ours: frozenset[str]) -> tuple[str, str | None]:
    """Return the last paragraph of the quotation, and the one account named last; "" = several, None = none."""
    marked = [line for line in split_lines(quoted) if line.lstrip().startswith(">")] or split_lines(quoted)
    text = "\n".join(re.sub(r"^(?:[ \t]{0,3}>)+[ \t]?", "", line) for line in marked)
    paragraphs = [part for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
    if not paragraphs:
        return "", None
    named = [account for part in paragraphs if (account := _named(part, ours)) is not None]
    lines = paragraphs[-1].strip("\n").split("\n")
    points = [at for at, line in enumerate(lines) if _POINT.match(line)]
    last = " ".join(lines[points[-1] :] if points else lines)
    return " ".join(last.split())[-_MOST_QUESTION:], named[-1] if named else None


def _named(paragraph: str, ours: frozenset[str]) -> str | None:
    said = [one.rstrip(".") for one in _ADDRESS.findall(paragraph[:_MOST_QUESTION])]
    found = {one.casefold(): one for one in said if one.casefold() not in ours}
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


def _both(own: str, question: str) -> dict[Field, str]:
    """Return password and server, where the question asks for both and the answer is a line of each; else nothing."""
    first = re.split(r"\n[ \t]*\n", own.strip("\r\n \t").replace("\r", ""), maxsplit=1)[0]
    lines = [line.strip(" \t\u00a0") for line in split_lines(first)]
    if len(lines) != 2 or not (_PASSWORD.search(question) and _SERVER.search(question)):
        return {}
    hosts = [line for line in lines if " " not in line and "@" not in line and read_host(line).name]
    secrets = [line for line in lines if line not in hosts and " " not in line and is_secret_like(line)]
    return {"password": secrets[0], "host": hosts[0]} if len(hosts) == len(secrets) == 1 else {}


def _word(word: str, question: str) -> tuple[Field | None, str]:
    password = _PASSWORD.search(question) is not None
    host = read_host(word).name is not None
    if host and _SERVER.search(question) and (not password or word.lower().startswith(("imap", "mail"))):
        return "host", word
    if not password:
        return None, ""
    mixed = len(word) > 5 and _INNER.search(word) and word.lower() != word and not host
    if is_secret_like(word) or mixed:
        return "password", word
    return ("password", "") if word[:1].islower() and len(word) > 4 and not host else (None, "")

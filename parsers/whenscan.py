"""A phrase about time cut into what it says: dates, weekdays, clock times, and the words around them."""

import re
from itertools import takewhile
from typing import Any, Final

from parsers.whenreadings import READINGS
from parsers.whenshapes import shapes, word_lists
from parsers.whentokens import Kind, Token

_SKIPPED: Final = re.compile(r"(?:[\s,;.!?()\[\]\"*_|:+]|@(?= ?\d)|/(?= |$))+")


_OTHER: Final = re.compile(r"\w+|.", re.DOTALL)


def scan(text: str) -> list[Token]:
    """Return everything a phrase says, in order. `text` is what `plain` returns. What is not understood is "unknown"."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
            continue
        found, at = _next(text, at, tokens)
        tokens.extend(found)
    return tokens


def _next(text: str, at: int, before: list[Token]) -> tuple[list[Token], int]:
    if text[at].isdigit() or text[at] in "abcdefghijklmnopqrstuvwxyz":
        for name, pattern in shapes():
            if (match := pattern.match(text, at)) and (read := READINGS[name](match, before)) is not None:
                return read, match.end()
    if text[at] in "-\u2013" and before and before[-1].kind == "time" and _is_later(text, at + 1, before[-1]):
        return [Token("range", None, at, at + 1)], at + 1
    longest: tuple[int, Kind, Any] | None = None
    for kind, pattern, value in word_lists():
        match = pattern.match(text, at)
        if match and match.end() > at and (longest is None or match.end() > longest[0]):
            longest = match.end(), kind, value
    if longest is None:
        other = _OTHER.match(text, at)
        end = other.end() if other else at + 1
        return [Token("unknown", text[at:end], at, end)], end
    end, kind, value = longest
    if kind == "this-part":
        return [Token("relative", 0, at, end), Token("part", value, at, end)], end
    if kind == "relative" and value == 1 and text[at:end] == "morgen" and _names_a_day(before):
        return [Token("part", "morning", at, end)], end
    return [Token(kind, text[at:end] if value is None else value, at, end)], end


def _is_later(text: str, at: int, first: Token) -> bool:
    """Say whether a later hour stands there: "20:00-22:00" is a range, "20:00-05:00" may be a zone."""
    digits = "".join(takewhile(str.isdigit, text[at : at + 3]))
    said = text[at + len(digits) : at + len(digits) + 1]
    return bool(digits) and (said.isalpha() or int(digits) > first.value[0])


def _names_a_day(before: list[Token]) -> bool:
    """Say whether a "morgen" that follows is the morning ("Samstag morgen") and not tomorrow."""
    return bool(before) and before[-1].kind in ("weekday", "relative")

"""What an untagged answer says, as tokens, and a FETCH answer as a row (RFC 9051 section 9). Pure.

An answer comes as parts: text alternates with literals: text, literal, text, literal, text…
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bot.mail.endings import STATUS
from bot.mail.stream import Broken
from bot.mail.uids import UID_MAX

Token = Any  # bytes (atom or string), Spool (large literal), None (NIL), list or tuple of Token
Row = dict[bytes, Token]  # one FETCH answer by upper-cased item name

DEPTH: Final = 20  # nested parentheses
USUAL_BYTES: Final = 8_000  # of a line
TOKEN: Final = re.compile(
    rb'[ \r\n]*(?:([()])|"((?:[^"\\]|\\.)*)"|([A-Za-z0-9.]+\[[^\]]*\](?:<\d+>)?|[^ ()"\r\n]+))'
)
# Nearly every answer of a pass is one of these two, in the order we ask for the items.
LISTED: Final = re.compile(
    rb"\* [0-9]{1,10} FETCH \(UID ([1-9][0-9]{0,8}) FLAGS \(([^()\"{}\r\n]{0,200})\) RFC822\.SIZE ([0-9]{1,19})\)\r\n"
)
BODY: Final = re.compile(
    rb"\* [0-9]{1,10} FETCH \(UID ([1-9][0-9]{0,8}) INTERNALDATE \"([^\"\\\r\n]{0,40})\" BODY\[\] "
)


@dataclass(slots=True)
class Untagged:
    """One untagged answer: `* 12 FETCH (…)` is (FETCH, 12, […]); `* OK [UIDNEXT 5]` is (OK, None, [UIDNEXT, 5])."""

    kind: bytes
    number: int | None
    data: list[Token]


def read_untagged(parts: Sequence[Any]) -> Untagged | None:
    """Return what an untagged answer says, None when it is empty."""
    line = parts[0][2:]
    if status := STATUS.match(line):
        return Untagged(status[1].upper(), None, tokens([status[2] or b""]))
    data = tokens([line, *parts[1:]])
    if len(data) > 1 and isinstance(data[0], bytes) and data[0].isdigit() and len(data[0]) < 20:
        return Untagged(_upper(data[1]), int(data[0]), data[2:])
    return Untagged(_upper(data[0]), None, data[1:]) if data else None


def read_row(item: Untagged) -> Row | None:
    """Return a FETCH answer's items by name, None for everything else, and for one without UID: somebody else's news.

    The UID is a number that RFC 9051 section 9 allows; nothing else in it is checked. Raises Broken.
    """
    if item.kind != b"FETCH" or not item.data or not isinstance(item.data[0], list):
        return None
    pairs = item.data[0]
    row = {_upper(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=False)}
    if b"UID" not in row:
        return None
    _check_uid(row[b"UID"])
    return row


def read_usual_row(parts: Sequence[Any]) -> Row | None:
    """Return what `read_row` makes of an answer of a usual shape, five times as fast; None for every other one."""
    if len(parts) == 1:
        if (found := LISTED.fullmatch(parts[0])) is None:
            return None
        uid, flags, size = found.groups()
        return {b"UID": uid, b"FLAGS": _words(flags), b"RFC822.SIZE": size}
    if len(parts) != 3 or parts[2] != b")\r\n" or (found := BODY.fullmatch(parts[0])) is None:
        return None
    return {b"UID": found[1], b"INTERNALDATE": found[2], b"BODY[]": parts[1]}


@lru_cache(maxsize=1000)
def _words(flags: bytes) -> tuple[Token, ...]:
    return tuple(None if word == b"NIL" else word for word in flags.split(b" ") if word)


def tokens(parts: Sequence[Any]) -> list[Token]:
    """Return the tokens of one answer: text between literals alternates with the literals themselves."""
    stack: list[list[Token]] = [[]]
    for number, part in enumerate(parts):
        if number % 2:
            stack[-1].append(part)
        else:
            _tokenise(part, stack)
    return stack[0]


def _tokenise(text: bytes, stack: list[list[Token]]) -> None:
    # findall is three times as fast as finditer, and holds everything at once: for lines of a usual length.
    found = (
        TOKEN.findall(text) if len(text) < USUAL_BYTES else (one.groups(b"") for one in TOKEN.finditer(text))
    )
    for bracket, quoted, atom in found:
        if atom:
            stack[-1].append(None if atom == b"NIL" else atom)
        elif not bracket:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", quoted) if b"\\" in quoted else quoted)
        elif bracket == b"(":
            stack.append([])
            stack[-2].append(stack[-1])
        elif len(stack) > 1:
            stack.pop()
        if len(stack) > DEPTH:
            raise Broken("nested too deeply")


def _check_uid(word: Token) -> None:
    sound = isinstance(word, bytes) and word.isdigit() and len(word) <= 10
    if not sound or not 0 < int(word) <= UID_MAX:
        raise Broken("a UID that is none")


def _upper(token: Token) -> bytes:
    return token.upper() if isinstance(token, bytes) else b""

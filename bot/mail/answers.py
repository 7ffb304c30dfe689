"""What the untagged answers of a server say, as values. Pure, and distrustful: the server may be anybody's."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from bot.mail.folders import Listed, Namespaces
from bot.mail.nonmail import KOLAB_TYPE, reason_of_kolab
from bot.mail.state import State
from bot.mail.stream import Broken
from bot.mail.uids import parse_uid_set
from bot.mail.wire import Reply, Row, Token

SYSTEM_FLAGS: Final = {
    flag.lower(): flag for flag in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
}


def flag_set(tokens: Token) -> frozenset[str]:
    r"""Return flags as text; \Recent is the session's, not the message's (RFC 3501 section 2.3.2)."""
    return _short_flag_set(tokens) if isinstance(tokens, tuple) else _flag_set(tokens)


def _flag_set(tokens: Token) -> frozenset[str]:
    words = (token.decode("latin-1") for token in tokens or () if isinstance(token, bytes))
    return frozenset(SYSTEM_FLAGS.get(word.lower(), word) for word in words if word.lower() != "\\recent")


_short_flag_set = lru_cache(maxsize=1000)(_flag_set)  # a tuple comes from a usual row: it is short


def read_listed(item: Any) -> Listed | None:
    """Return the folder of one LIST or LSUB answer; an answer that is none is left out."""
    if len(item.data) < 3 or not isinstance(item.data[0], list) or not isinstance(item.data[2], bytes):
        return None
    attributes = {
        word.decode("latin-1").lower().lstrip("\\") for word in item.data[0] if isinstance(word, bytes)
    }
    delimiter = item.data[1].decode("latin-1") if isinstance(item.data[1], bytes) and item.data[1] else None
    return Listed(
        name=item.data[2],
        delimiter=delimiter,
        attributes=frozenset(attributes),
        subscribed="subscribed" in attributes,
    )


def add_status(found: dict[bytes, Listed], reply: Reply) -> dict[bytes, Listed]:
    """Return the folders with the counts that STATUS answers give."""
    result = dict(found)
    for item in reply.of(b"STATUS"):
        if len(item.data) == 2 and item.data[0] in result and isinstance(item.data[1], list):
            told = dict(zip(item.data[1][::2], item.data[1][1::2], strict=False))
            size = told.get(b"SIZE")
            names = (b"UIDVALIDITY", b"UIDNEXT", b"MESSAGES", b"HIGHESTMODSEQ")
            validity, uidnext, messages, modseq = (read_number([told.get(name)]) for name in names)
            result[item.data[0]] = result[item.data[0]].with_status(
                State(uidvalidity=validity, uidnext=uidnext, messages=messages, modseq=modseq),
                size_bytes=None if size is None else read_number([size]),
            )
    return result


def read_namespaces(reply: Reply) -> Namespaces:
    """Return where folders live by the NAMESPACE answer (RFC 2342); not told when there is none that can be read."""
    for item in reply.of(b"NAMESPACE"):
        own, others, shared = (_namespaces(group) for group in (*item.data, None, None, None)[:3])
        prefix, delimiter = own[0] if own else (b"", None)
        return Namespaces(
            prefix=prefix,
            delimiter=delimiter,
            own=tuple(name for name, _ in own),
            foreign=tuple(name for name, _ in (*others, *shared)),
            told=True,
        )
    return Namespaces()


def _namespaces(group: Token) -> list[tuple[bytes, str | None]]:
    """Return (prefix, delimiter) of one group: (("INBOX." ".") …), or NIL."""
    pairs = (pair for pair in group or () if isinstance(pair, list) and len(pair) > 1)
    return [
        (pair[0], pair[1].decode("latin-1") if isinstance(pair[1], bytes) and pair[1] else None)
        for pair in pairs
        if isinstance(pair[0], bytes)
    ]


def read_identity(reply: Reply) -> list[bytes]:
    """Return the words of an ID answer (RFC 2971): names and values of what the server says of itself."""
    told = [item.data[0] for item in reply.of(b"ID") if item.data and isinstance(item.data[0], list)]
    return [word for words in told for word in words if isinstance(word, bytes)]


def add_kolab(found: dict[bytes, Listed], reply: Reply) -> dict[bytes, Listed]:
    """Return the folders with what Kolab's annotations (RFC 5464) say that they hold."""
    result = dict(found)
    for item in reply.of(b"METADATA"):
        if len(item.data) == 2 and item.data[0] in result and isinstance(item.data[1], list):
            told = dict(zip(item.data[1][::2], item.data[1][1::2], strict=False)).get(KOLAB_TYPE)
            if isinstance(told, bytes):
                result[item.data[0]] = replace(result[item.data[0]], holds=reason_of_kolab(told))
    return result


def read_esearch(data: Sequence[Token]) -> Sequence[int]:
    """Return the UIDs of an ESEARCH answer: (TAG "M1") UID ALL 1:5,9 (RFC 4731)."""
    words = [word for word in data if isinstance(word, bytes)]
    places = [place for place, word in enumerate(words[:-1]) if word.upper() == b"ALL"]
    uids = parse_uid_set(words[places[0] + 1]) if places else []
    if uids is None:
        raise Broken("no set of UIDs")
    return uids


def read_uid(row: Row) -> int:
    """Return the UID of a FETCH answer. Raises Broken for one that RFC 9051 section 9 does not allow."""
    uid = read_number([row.get(b"UID")])
    if not 0 < uid < 2**32:
        raise Broken("a UID that is none")
    return uid


def read_number(data: Any) -> int:
    """Return the first word as a number, 0 when there is none or it is no number."""
    return number_of(data[0]) if data else 0


def number_of(word: Token) -> int:
    """Return a word as a number, 0 when it is none."""
    return int(word) if isinstance(word, bytes) and word.isdigit() and len(word) < 20 else 0


def is_code(data: Sequence[Token]) -> bool:
    """Return True when an untagged OK has a response code."""
    return bool(data) and isinstance(data[0], bytes)


def read_quota(reply: Reply) -> int | None:
    """Return the free bytes that QUOTA answers tell (RFC 9208 section 4.2.1: STORAGE in kilobytes), None without any."""
    free: list[int] = []
    for item in reply.of(b"QUOTA"):
        words = item.data[1] if len(item.data) > 1 and isinstance(item.data[1], list) else []
        for name, usage, limit in zip(words[::3], words[1::3], words[2::3], strict=False):
            if isinstance(name, bytes) and name.upper() == b"STORAGE":
                free.append((read_number([limit]) - read_number([usage])) * 1024)
    return max(0, min(free)) if free else None

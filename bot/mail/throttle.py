"""Which refusals ask us to wait or to open fewer connections. Pure; the only place that reads what servers say in words.

The words go no further: what is kept of them is a Hint.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["rate", "connections"]
Where = Literal["anywhere", "source"]

LONGEST_SECONDS: Final = 86_400.0  # nobody is believed who asks for more than a day
HOUR: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Hint:
    """That a server wants less of us for a while."""

    kind: Kind  # "connections": fewer at once; "rate": later
    wait_seconds: float | None = None  # None = it did not say for how long
    where: Where = "anywhere"  # "source": at a destination the same words are about one message

    def counts_at(self, side: str) -> bool:
        """Return True when it is a request to wait on this side of a migration."""
        return self.where == "anywhere" or side == "source"


# Response codes (RFC 5530 section 3), and who sends them.
CODES: Final = {
    "THROTTLED": Hint("rate"),  # Gmail, Yahoo
    "UNAVAILABLE": Hint("rate"),  # Dovecot, Exchange Online: a part of the server is down or over its limits
    "INUSE": Hint("rate"),  # Dovecot, Cyrus: another session has the mailbox locked
    "LIMIT": Hint("rate", where="source"),  # Yahoo, AOL: rate limits; APPEND: something in this message
    "OVERQUOTA": Hint("rate", HOUR, "source"),  # Gmail: bytes of the day; a destination is full
}

# Beside which the words are read too. Every other code says what is wrong, a refused password above all, and behind it
# may stand a folder's name: "Mailbox doesn't exist: Rate limits".
UNCLEAR: Final = frozenset({"", "ALERT", "SERVERBUG", *CODES})

# Words, lower case, first match wins; with the server they are from.
PHRASES: Final = (
    ("too many simultaneous connections", Hint("connections")),  # Gmail, [ALERT]
    ("maximum number of connections", Hint("connections")),  # Dovecot: … from user+IP exceeded
    ("connection limit", Hint("connections")),  # Courier (couriertcpd), Kerio, Zoho
    ("too many connections", Hint("connections")),  # Cyrus, UW, Exchange ("… for this user")
    ("too many concurrent", Hint("connections")),  # Yahoo, MDaemon
    ("too many sessions", Hint("connections")),  # Exchange, iCloud
    ("number of connections", Hint("connections")),  # GMX, web.de: "… exceeded"
    ("simultaneous logins", Hint("connections")),  # hMailServer, Mail.ru
    ("bandwidth limits", Hint("rate", HOUR)),  # Gmail: "Account exceeded command or bandwidth limits"
    ("temporarily locked", Hint("rate", HOUR)),  # Gmail: lock-out after too much traffic
    ("rate limit", Hint("rate")),  # Yahoo: "FETCH Rate limit hit"
    ("rate exceeded", Hint("rate")),  # AOL
    ("throttl", Hint("rate")),  # Exchange Online, Zoho
    ("server is busy", Hint("rate")),  # Exchange ("Server Busy"), Domino
    ("server busy", Hint("rate")),  # Exchange
    ("too many requests", Hint("rate")),  # proxies before Zoho and Yandex
    ("too many commands", Hint("rate")),  # Exchange, Yandex
    ("[sys/temp]", Hint("rate")),  # servers with codes of POP3 (RFC 3206) in their texts
    ("mailbox in use", Hint("rate")),  # UW-IMAP, MDaemon
    ("mailbox is locked", Hint("rate")),  # UW-IMAP, Zarafa
)

# That there is no room, from servers that have no code for it.
FULL: Final = (
    "over quota",  # Cyrus 3.6
    "exceeded your mail quota",  # Courier 5.0, [ALERT]
    "quota exceeded",
    "mailbox is full",
)

BACKOFF: Final = re.compile(r"suggested backoff time:\s*(\d{1,12})\s*milliseconds")  # Exchange, all versions
SECONDS: Final = re.compile(
    r"(?:try|retry)(?: again)? (?:in|after) (\d{1,6}) (second|minute|hour)"
)  # Zoho, Yandex
UNITS: Final = {"second": 1.0, "minute": 60.0, "hour": HOUR}


def read_code(code: str, text: bytes) -> str:
    """Return the response code of a NO: OVERQUOTA (RFC 9208) also where only the words tell that there is no room."""
    words = text[:1000].decode("latin-1").lower()
    full = code in {"", "ALERT"} and any(phrase in words for phrase in FULL)
    return "OVERQUOTA" if full else code


def read_hint(code: str, text: bytes) -> Hint | None:
    """Return what a NO, BAD or BYE asks of us, None when it is an ordinary refusal.

    Args:
        code: its response code in upper case, "" = none.
        text: its words, as they came.
    """
    if code not in UNCLEAR:
        return None
    words = text[:1000].decode("latin-1").lower()
    said = next((hint for phrase, hint in PHRASES if phrase in words), None) or CODES.get(code)
    wait = _told_seconds(words)
    if wait is None:
        return said
    return Hint(said.kind if said else "rate", wait)


def _told_seconds(words: str) -> float | None:
    if found := BACKOFF.search(words):
        return min(int(found[1]) / 1000, LONGEST_SECONDS)
    if found := SECONDS.search(words):
        return min(int(found[1]) * UNITS[found[2]], LONGEST_SECONDS)
    return None

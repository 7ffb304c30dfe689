"""How a command ended, or the whole connection: OK, NO, BAD, BYE (RFC 9051 section 7.1). Pure.

What the server says in words goes no further than this: kept are the response code and a Hint.
"""

import re
from collections.abc import Sequence
from typing import Final

from bot.mail.stream import Broken
from bot.mail.throttle import Hint, read_code, read_hint
from bot.mail.uids import parse_uid_set

STATUS: Final = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH)(?: \[([^\]\r\n]*)\])?", re.IGNORECASE)
# The response codes there are (RFC 9051 section 7.1, RFC 5530, and the extensions we know). Any other word is only text:
# a server may echo there what it was sent.
CODES: Final = frozenset(
    [
        "ALERT",
        "ALREADYEXISTS",
        "APPENDUID",
        "AUTHENTICATIONFAILED",
        "AUTHORIZATIONFAILED",
        "BADCHARSET",
        "BADURL",
        "CANNOT",
        "CAPABILITY",
        "CLIENTBUG",
        "CLOSED",
        "COMPRESSIONACTIVE",
        "CONTACTADMIN",
        "COPYUID",
        "CORRUPTION",
        "EXPIRED",
        "EXPUNGEISSUED",
        "HASCHILDREN",
        "HIGHESTMODSEQ",
        "INUSE",
        "LIMIT",
        "MAILBOXID",
        "MESSAGELIMIT",
        "MODIFIED",
        "NOMODSEQ",
        "NONEXISTENT",
        "NOPERM",
        "NOTSAVED",
        "OVERQUOTA",
        "PARSE",
        "PERMANENTFLAGS",
        "PRIVACYREQUIRED",
        "READ-ONLY",
        "READ-WRITE",
        "REFERRAL",
        "SERVERBUG",
        "THROTTLED",
        "TOOBIG",
        "TOOMANY",
        "TRYCREATE",
        "UIDNEXT",
        "UIDNOTSTICKY",
        "UIDVALIDITY",
        "UNAVAILABLE",
        "UNKNOWN-CTE",
        "UNSEEN",
        "USEATTR",
        "UNKNOWN-FLAG",
        "WEBALERT",
        "NOTIFICATIONOVERFLOW",
        "BADEVENT",
    ]
)


class Refused(Exception):
    """The server answered NO or BAD. Holds the response code (RFC 5530) if there is one; never the server's text."""

    def __init__(self, status: str, code: str = "", hint: Hint | None = None) -> None:
        super().__init__(f"{status} [{code}]")
        self.status, self.code = status, code
        self.hint = hint  # that it asks us to wait


class Goodbye(ConnectionResetError):
    """The server said BYE; never holds its text."""

    def __init__(self, hint: Hint | None = None) -> None:
        super().__init__("the server said goodbye")
        self.hint = hint  # that it asks us to wait


def read_completion(text: bytes) -> list[bytes]:
    """Return the words of the response code of a tagged OK; raise Refused for the rest."""
    status = STATUS.match(text)
    if status is None:
        raise Broken("an end that is neither OK, NO nor BAD")
    words = (status[2] or b"").split()
    if status[1].upper() == b"OK":
        return words
    said = text[status.end() :]
    code = read_code(_safe_code(words), said)
    raise Refused(status[1].decode().upper(), code, read_hint(code, said))


def check_goodbye(line: bytes) -> None:
    """Raise Goodbye when this line is an untagged BYE (RFC 9051 section 7.1.5)."""
    status = STATUS.match(line[2:]) if line.startswith(b"* ") else None
    if status and status[1].upper() == b"BYE":
        raise Goodbye(read_hint(_safe_code((status[2] or b"").split()), line[2 + status.end() :]))


def append_uids(code: Sequence[bytes], count: int) -> Sequence[int] | None:
    """Return the UIDs of an APPENDUID code (RFC 4315 section 3), None when there is none of that many messages."""
    if len(code) < 3 or code[0].upper() != b"APPENDUID":
        return None
    uids = parse_uid_set(code[2], limit=count)
    return uids if uids is not None and len(uids) == count else None


def _safe_code(words: Sequence[bytes]) -> str:
    code = words[0].upper().decode("latin-1") if words else ""
    return code if code in CODES else ""

"""What commands are made of: names and words that end no command, and a message to append. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.mail.stream import Body, Broken

QUOTABLE: Final = re.compile(rb"[\x20-\x7e]*")


class Literal(bytes):
    """Bytes that travel as a literal."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message as APPEND wants it: flags, INTERNALDATE as `01-Feb-2003 04:05:06 +0700` or none, the bytes."""

    flags: Sequence[str]
    date: bytes | None
    body: Body

    def head(self) -> bytes:
        """Return what stands before the literal."""
        date = b' "' + self.date + b'"' if self.date else b""
        return b" (" + " ".join(self.flags).encode("latin-1") + b")" + date + b" "


def astring(raw: bytes) -> bytes:
    """Return a name or word as quoted string, or as a Literal where it cannot be quoted; it never ends a command."""
    if QUOTABLE.fullmatch(raw):
        return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return Literal(raw)


def quoted(folder: bytes) -> bytes:
    """Return a folder name for the head of an APPEND, where a literal would need an answer of its own.

    Destination names are modified UTF-7 (RFC 3501 section 5.1.3), so they can always be quoted.
    """
    said = astring(folder)
    if isinstance(said, Literal):
        raise Broken("a destination name outside ASCII")
    return said

"""What a server tells of a folder and of its messages before any of them is fetched. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A folder at one moment, as STATUS, SELECT or EXAMINE tell it."""

    uidvalidity: int
    uidnext: int  # 0 = not told
    messages: int
    modseq: int  # HIGHESTMODSEQ (RFC 7162 section 3.1.2); 0 = not told


@dataclass(frozen=True, slots=True)
class Held:
    """A source message before its bytes are fetched."""

    flags: frozenset[str]
    size_bytes: int


def same_messages(then: State | None, now: State | None) -> bool:
    """Return True when the folder holds the very messages it held then; their flags may have changed.

    UIDNEXT grows with every message that comes, even one that is gone again (RFC 9051 section 2.3.1.1). When none came
    and there are as many as before, none went.
    """
    if then is None or now is None or not then.uidvalidity or not then.uidnext:
        return False
    return (then.uidvalidity, then.uidnext, then.messages) == (now.uidvalidity, now.uidnext, now.messages)


def same_flags(then: State | None, now: State | None) -> bool:
    """Return True when no flag of any message changed, and no message came or went (RFC 7162 section 3.1.2.1)."""
    return same_messages(then, now) and then is not None and now is not None and 0 < then.modseq == now.modseq

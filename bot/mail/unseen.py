"""A source that marks messages as read although they are only looked at (iCloud, in spite of PEEK): set back.

It tells so in the answer that brings the message: FLAGS nobody asked for.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from bot.mail.account import Account
from bot.mail.answers import flag_set
from bot.mail.state import Held
from bot.mail.wire import Refused, Row

SEEN: Final = "\\Seen"


def became_seen(row: Row, held: Mapping[int, Held]) -> bool:
    r"""Return True when an answer to a FETCH without FLAGS tells that a message is \Seen now, and was not before. Pure."""
    if b"FLAGS" not in row:
        return False
    before = held.get(int(row[b"UID"]))
    return before is not None and SEEN not in before.flags and SEEN in flag_set(row[b"FLAGS"])


def set_back(source: Account, folder: bytes, uids: Sequence[int]) -> None:
    """Take the mark of these messages away again: the account is to be left as it was found.

    The only thing ever written at a source. One that refuses keeps its marks; the copies are unread all the same, as
    their flags are those from before.
    """
    if uids:
        with suppress(Refused):
            source.select(folder)
            source.store(uids, "-", [SEEN])

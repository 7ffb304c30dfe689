"""New cards that look like one that is in the address book already, so that the report can say so. Pure."""

import uuid
from collections.abc import Iterable
from typing import Final

from bot.model import ItemNote
from parsers.cardlike import Likenesses
from parsers.lines import read_lines, unescape
from parsers.vcard import Card

_MADE: Final = (
    5  # version of the UIDs that are made of a card's content: any other stays the same when a card changes
)


def may_be_doubles(cards: Iterable[Card]) -> list[Card]:
    """Return the cards that came without a UID: changed by one number, they are new to every server."""
    return [card for card in cards if _is_made(card.uid)]


def look_alikes(cards: Iterable[Card], stored: Iterable[bytes]) -> list[ItemNote]:
    """Return a note for each card that is not there, but has almost the same content as one of its name that is."""
    there = Likenesses()
    uids: set[str] = set()
    for body in stored:
        lines = read_lines(body).lines
        said = {line.name: line.value for line in reversed(lines)}
        uids.add(unescape(said.get("UID", "")).strip())
        there.like_one_before(unescape(said.get("FN", "")), lines)
    new = (card for card in cards if card.uid not in uids and "possible-duplicate" not in card.repairs)
    found = (card for card in new if there.like_one_before(card.name, read_lines(card.data).lines))
    return [ItemNote(name=card.name, code="possible-duplicate") for card in found]


def _is_made(uid: str) -> bool:
    try:
        return uuid.UUID(uid).version == _MADE
    except ValueError:
        return False

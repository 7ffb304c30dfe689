"""What one server needs changed in what the parsers finished, each change named in its repairs. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from parsers.card40 import as_version_4
from parsers.lines import Line, fold, read_lines
from parsers.vcard import Card


def fit_card(card: Card, *, versions: frozenset[str] | None, max_bytes: int) -> Card:
    """Return the card as this address book takes it.

    Args:
        card: as the parser finished it, vCard 3.0.
        versions: those the server says it takes (supported-address-data); None = it says nothing, which means 3.0.
        max_bytes: of one card. A larger one loses pictures, sounds and keys, the largest first; where that does not
            help it stays as it is, for the upload to name its size.
    """
    if versions and "3.0" not in versions and "4.0" in versions:
        card = replace(card, data=as_version_4(card.data))
    if len(card.data) <= max_bytes:
        return card
    smaller = _without_media(read_lines(card.data).lines, len(card.data) - max_bytes)
    data = fold(line.text for line in smaller)
    return (
        replace(card, data=data, repairs=(*card.repairs, "photo-too-big")) if len(data) <= max_bytes else card
    )


def _without_media(lines: Sequence[Line], too_many: int) -> list[Line]:
    """Return the lines without so many of the largest inline pictures, sounds and keys that that much is saved."""
    media = [line for line in lines if line.param("ENCODING") == "b" or line.value.startswith("data:")]
    gone: set[int] = set()
    for line in sorted(media, key=lambda one: len(one.value), reverse=True):
        if too_many <= 0:
            break
        gone.add(line.number)
        too_many -= len(line.value)
    return [line for line in lines if line.number not in gone]

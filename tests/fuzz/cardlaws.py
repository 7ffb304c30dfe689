"""The laws of content lines and cards, which hold for any bytes whatever."""

from parsers.lines import Line, fold, read_lines
from parsers.vcard import parse_cards


class Broken(Exception):
    """A law does not hold for this input."""


def must(holds: bool, law: str) -> None:
    if not holds:
        raise Broken(law)


def lines(data: bytes) -> None:
    """What is read is written, and read again the same; nothing but margins, folds and controls is lost."""
    lexed = read_lines(data)
    must(all(line.name and line.value in line.text for line in lexed.lines), "a line without name or value")
    numbers = [line.number for line in lexed.lines]
    must(numbers == sorted(set(numbers)), "lines out of order")
    if any(
        "QUOTED-PRINTABLE" in one.text.upper()
        or (one.name in {"BEGIN", "END"} and len(one.text.encode()) > 75)
        for one in lexed.lines
    ):
        return  # a line that ends in "=" would go on
    again = read_lines(fold(line.text for line in lexed.lines))
    before, after = ([one.text.rstrip() for one in each.lines] for each in (lexed, again))
    must(before == after, "another line once written")


def cards(data: bytes) -> None:
    parsed = parse_cards(data)
    must(parsed == parse_cards(data), "the second reading differs")
    begun = sum(is_begin(line) for line in read_lines(data).lines)
    must(len(parsed.value) + len(parsed.problems) == max(begun, 1), "a card is lost without a word")
    must(len({card.uid for card in parsed.value}) == len(parsed.value), "two cards under one UID")
    for card in parsed.value:
        again = parse_cards(card.data)
        must(len(again.value) == 1, "what we made of a card is not one card")
        must(again.value[0].uid == card.uid, "another UID at the second reading")
        must(again.value[0].data == card.data, "another card at the second reading")


def is_begin(line: Line) -> bool:
    return line.name == "BEGIN" and line.value.strip().upper() == "VCARD"

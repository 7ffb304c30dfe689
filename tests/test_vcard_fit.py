"""A finished card fits the server it goes to, and likeness is seen against what is there."""

from bot.dav.fit import fit_card
from bot.dav.likeness import look_alikes, may_be_doubles
from parsers.card40 import as_version_4
from parsers.lines import read_lines
from parsers.vcard import Card, parse_cards
from tests.test_vcard_corpus import CARDS

LIMIT = 10_000_000


def cards(text: str) -> list[Card]:
    return list(parse_cards(text.encode()).value)


def test_a_card_goes_as_it_is_to_whoever_takes_3_or_says_nothing() -> None:
    """SOGo says nothing, which means 3.0 (RFC 6352 section 6.2.2); Cyrus and sabre/dav say both."""
    (card,) = cards("BEGIN:VCARD\nFN:A\nEND:VCARD\n")

    for versions in (None, frozenset({"3.0"}), frozenset({"3.0", "4.0"})):
        assert fit_card(card, versions=versions, max_bytes=LIMIT) is card


def test_only_4_taken_means_4_sent() -> None:
    """And back again it is the same card."""
    data = (CARDS / "nextcloud-4.0.vcf").read_bytes()
    (card,) = parse_cards(data).value
    sent = fit_card(card, versions=frozenset({"4.0"}), max_bytes=LIMIT)
    texts = [line.text for line in read_lines(sent.data).lines]
    (back,) = parse_cards(sent.data).value

    assert "VERSION:4.0" in texts
    assert any(text.startswith("PHOTO:data:image/png;base64,") for text in texts)
    assert "GEO:geo:52.37,4.89" in texts
    assert "KIND:individual" in texts
    assert back.uid == card.uid
    missing = {line.text for line in read_lines(card.data).lines} - {
        line.text for line in read_lines(back.data).lines
    }
    assert {text.partition(":")[0] for text in missing} <= {"LABEL;TYPE=HOME"}


def test_every_card_of_the_corpus_survives_4() -> None:
    """As many properties, one card, the same UID."""
    for path in CARDS.glob("*.vcf"):
        for card in parse_cards(path.read_bytes()).value:
            there = as_version_4(card.data)
            (back,) = parse_cards(there).value
            assert back.uid == card.uid, path.name
            assert len(read_lines(there).lines) == len(read_lines(card.data).lines), path.name


def test_a_card_that_is_too_big_loses_its_largest_picture_and_says_so() -> None:
    """12 MB where the server announces 10: nothing is sent that cannot be stored."""
    (card,) = cards(f"BEGIN:VCARD\nFN:A\nLOGO;ENCODING=b:AAAA\nPHOTO;ENCODING=b:{'QUJD' * 5000}\nEND:VCARD\n")
    (huge,) = cards(f"BEGIN:VCARD\nFN:A\nNOTE:{'x' * 9000}\nEND:VCARD\n")

    fitted = fit_card(card, versions=None, max_bytes=1000)

    assert fitted.repairs == ("photo-too-big",)
    assert b"LOGO" in fitted.data
    assert b"PHOTO" not in fitted.data
    assert fit_card(huge, versions=None, max_bytes=1000) is huge  # the upload names its size


def test_a_changed_card_without_a_uid_is_told_from_one_that_is_there() -> None:
    """One phone number changed: to every server it is a new card, to a person it is not."""
    text = "BEGIN:VCARD\nFN:Ann Doe\nEMAIL:ann@x.example\nTEL:1\nEND:VCARD\n"
    old, (new,) = cards(text), cards(text.replace("TEL:1", "TEL:2"))
    other = cards("BEGIN:VCARD\nFN:Ann Doe\nEMAIL:q@y.example\nTEL:9\nORG:Z\nEND:VCARD\n")
    stored = [card.data for card in old]

    assert may_be_doubles([new]) == [new]
    assert [(note.name, note.code) for note in look_alikes([new], stored)] == [
        ("Ann Doe", "possible-duplicate")
    ]
    assert look_alikes(old, stored) == []
    assert look_alikes(other, stored) == []

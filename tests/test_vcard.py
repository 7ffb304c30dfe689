"""Cards of every version and condition become vCard 3.0, one by one."""

from pathlib import Path

import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dav.compare import meaning
from parsers.lines import read_lines, unescape
from parsers.vcard import Card, parse_cards

CARDS = Path(__file__).parent.parent / "fixtures" / "cards"
FILES = sorted(CARDS.glob("*.vcf"))


def read(name: str) -> bytes:
    return (CARDS / name).read_bytes()


def values(card: Card, name: str) -> list[str]:
    return [unescape(line.value) for line in read_lines(card.data).lines if line.name == name]


def test_an_outlook_card_keeps_its_name_its_phones_and_its_picture() -> None:
    """vCard 2.1 in cp1252 with soft breaks: what most people still attach."""
    (card,) = parse_cards(read("outlook-2.1.vcf")).value

    assert card.name == "Jörg Müller"
    assert values(card, "N") == ["Müller;Jörg"]
    assert values(card, "NOTE") == ["Ruft gern an\nTermin: freitags, 10 Uhr"]
    assert values(card, "ADR") == [";;Lange Straße 12\nHinterhaus, 2. Stock;Berlin;;10115;Deutschland"]
    assert b"TEL;TYPE=WORK,VOICE:+49 30 123456\r\n" in card.data
    assert b"Hinterhaus\\, 2. Stock" in card.data.replace(
        b"\r\n ", b""
    )  # a comma is text in 2.1, a list in 3.0
    assert b"CHARSET" not in card.data
    assert b"QUOTED-PRINTABLE" not in card.data
    assert b"PHOTO;TYPE=JPEG;ENCODING=b:/9j/" in card.data.replace(b"\r\n ", b"")


def test_a_broken_picture_costs_only_itself_and_is_named() -> None:
    """Real Android exports carry base64 of an impossible length."""
    (card,) = parse_cards(read("android-broken-photo.vcf")).value

    assert card.name == "Ayşe Öztürk"
    assert card.repairs == ("photo-dropped",)
    assert values(card, "TEL") == ["+90 555"]


def test_a_version_4_card_becomes_3_with_the_same_bytes_in_its_picture() -> None:
    """Servers without 4.0 cut a data: picture at its comma."""
    person, group = parse_cards(read("group-4.0.vcf")).value
    source = next(line for line in read_lines(read("group-4.0.vcf")).lines if line.name == "PHOTO")

    assert values(person, "PHOTO") == [source.value.partition(",")[2]]
    assert values(person, "TEL") == ["+33-01-23-45-67"]
    assert values(person, "GEO") == ["46.772673;-71.282945"]
    assert values(group, "X-ADDRESSBOOKSERVER-KIND") == ["group"]
    assert values(group, "X-ADDRESSBOOKSERVER-MEMBER") == [person.uid]


def test_lines_folded_inside_their_parameters_are_not_glued_to_the_address() -> None:
    """A prototype lost two phones and two addresses this way, and every server answered 201."""
    (card,) = parse_cards(read("folded-in-parameters.vcf")).value

    assert values(card, "TEL") == ["+44 1", "+44 2"]
    assert values(card, "EMAIL") == ["one@example.org", "two@example.org"]
    assert values(card, "ADR") == [";;1 High Street;Oxford;;OX1;UK"]
    assert values(card, "FN") == ["one@example.org"]
    assert "name-built" in card.repairs


def test_a_cut_card_costs_only_itself() -> None:
    """The next BEGIN ends it; it is named so that somebody can look for it."""
    parsed = parse_cards(read("second-cut.vcf"))

    assert [card.name for card in parsed.value] == ["First", "Third"]
    assert [(one.code, one.item, one.line) for one in parsed.problems] == [("cut-card", "Second", 5)]


def test_of_twins_one_is_dropped_and_a_namesake_is_kept() -> None:
    """Order of lines is no difference; other content under the same UID is another person."""
    parsed = parse_cards(read("twins.vcf"))
    first, other = parsed.value

    assert (first.uid, first.name) == ("same", "Kept once")
    assert other.name == "Somebody else"
    assert other.uid != "same"
    assert other.repairs == ("name-built",) or other.repairs == ("duplicate-uid",)
    assert [one.code for one in parsed.problems] == ["duplicate-card"]
    assert parse_cards(read("twins.vcf")) == parsed


def test_a_missing_uid_is_the_same_in_every_export() -> None:
    """Importing twice changes nothing: a new REV, charset, order or line end is no new contact."""
    data = read("google-3.0.vcf")
    later = data.replace(b"VERSION:3.0", b"VERSION:3.0\nREV:20260101T000000Z").replace(b"\n", b"\r\n")

    uids = [card.uid for card in parse_cards(data).value]

    assert len(set(uids)) == 2
    assert [card.uid for card in parse_cards(later).value] == uids
    assert [card.uid for card in parse_cards(data.replace(b"0000\n", b"0001\n")).value] != uids


def test_text_with_bare_commas_reaches_a_library_whole() -> None:
    """vobject cuts a note at a bare comma, silently, and Radicale stores what vobject made of it."""
    card = parse_cards(read("google-3.0.vcf")).value[0]
    stored = vobject.readOne(card.data.decode()).serialize().encode()

    assert values(card, "NOTE") == ["likes engines, poems; and a walk"]
    assert meaning(stored) == meaning(card.data)


def test_a_file_without_cards_says_so() -> None:
    """A photo renamed to .vcf, or an empty file."""
    for data in (b"", b"hello\n", b"\x89PNG\r\n\x1a\n", b"BEGIN:VCALENDAR\nEND:VCALENDAR\n"):
        assert [one.code for one in parse_cards(data).problems] == ["not-a-vcard"]


def test_a_card_inside_a_card_does_not_end_it() -> None:
    """vCard 2.1 puts an assistant's card into AGENT."""
    data = b"BEGIN:VCARD\nFN:Boss\nAGENT:\nBEGIN:VCARD\nFN:Aide\nEND:VCARD\nTEL:1\nEND:VCARD\n"
    parsed = parse_cards(data)

    assert [card.name for card in parsed.value] == ["Boss"]
    assert values(parsed.value[0], "TEL") == ["1"]
    assert [(one.code, one.item) for one in parsed.problems] == [("nested-card", "Aide")]


pieces = st.sampled_from(
    [
        b"BEGIN:VCARD",
        b"END:VCARD",
        b"VERSION:2.1",
        b"VERSION:4.0",
        b"FN:A",
        b"N:B;C",
        b"UID:1",
        b"AGENT:",
        b"PHOTO;ENCODING=b:A",
        b"TEL;HOME",
        b"  folded",
        b"junk",
        b"NOTE;ENCODING=QUOTED-PRINTABLE:=F",
        b'X;="":,',
        b"=\xff\x00",
        b"item1.X-ABLabel;A=,;B:;",
        b"",
    ]
)
soups = st.lists(pieces | st.binary(max_size=30), max_size=40).map(b"\n".join)


@settings(deadline=None)
@given(data=soups)
def test_no_card_is_lost_without_a_word(data: bytes) -> None:
    """Whatever the file looks like: every BEGIN is a card or a problem, and nothing raises."""
    begun = sum(
        line.name == "BEGIN" and line.value.strip().upper() == "VCARD" for line in read_lines(data).lines
    )
    parsed = parse_cards(data)

    assert len(parsed.value) + len(parsed.problems) >= max(begun, 1)
    assert len({card.uid for card in parsed.value}) == len(parsed.value)


@settings(deadline=None)
@given(
    path=st.sampled_from(FILES), at=st.integers(0, 2000), junk=st.binary(max_size=5), cut=st.integers(0, 9)
)
def test_damage_anywhere_in_a_real_file_is_survived(path: Path, at: int, junk: bytes, cut: int) -> None:
    """Uploads and mail programs do this to files."""
    data = path.read_bytes()
    at %= len(data)

    parse_cards(data[:at] + junk + data[at + cut :])

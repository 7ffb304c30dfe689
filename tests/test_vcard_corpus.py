"""Exports as real programs write them: what each becomes is in fixtures/cards/expected.json."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import vobject

from bot.dav.compare import meaning
from parsers.lines import Line, read_lines, unescape
from parsers.vcard import Card, parse_cards

CARDS = Path(__file__).parent.parent / "fixtures" / "cards"
EXPECTED: dict[str, dict[str, Any]] = json.loads((CARDS / "expected.json").read_text("utf-8"))
files = pytest.mark.parametrize("name", sorted(EXPECTED))

NAMED_OTHERWISE = {  # where a property may be in the finished card
    "KIND": ("X-ADDRESSBOOKSERVER-KIND", "X-ABSHOWAS"),
    "MEMBER": ("X-ADDRESSBOOKSERVER-MEMBER",),
    "ANNIVERSARY": ("X-ANNIVERSARY",),
    "SOUND": ("X-PHONETIC-LAST-NAME",),
}
ON_RECORD = {  # repairs that say that a property is elsewhere or gone
    *("second-name", "second-value", "second-uid", "odd-value", "photo-dropped", "attachment-dropped"),
    *("property-dropped", "line-dropped"),
}


def values(card: Card, name: str) -> list[str]:
    return [unescape(line.value) for line in read_lines(card.data).lines if line.name == name]


def test_every_file_has_its_expectation() -> None:
    """A fixture nobody looks at proves nothing."""
    assert {path.name for path in CARDS.glob("*.vcf")} == set(EXPECTED)
    assert len(EXPECTED) >= 40


@files
def test_an_export_becomes_what_it_should(name: str) -> None:
    """Names, what had to be mended, what is no card, and the values that a careless importer loses."""
    parsed = parse_cards((CARDS / name).read_bytes())
    expected = EXPECTED[name]
    said = {card.name: card for card in parsed.value}

    assert [card.name for card in parsed.value] == expected["names"]
    assert [[one.code, one.item] for one in parsed.problems] == expected.get("problems", [])
    repaired = {card.name: [*card.repairs] for card in parsed.value if card.repairs}
    assert repaired == expected.get("repairs", {})
    assert list(parsed.charsets) == expected.get("charsets", [])
    for person, wanted in expected.get("says", {}).items():
        for prop, texts in wanted.items():
            assert values(said[person], prop) == texts, (person, prop)


@files
def test_properties_in_are_properties_out_or_named(name: str) -> None:
    """The law that found every silent loss: servers answer 201 to a card that has lost its phones."""
    data = (CARDS / name).read_bytes()
    cards = {card.line: card for card in parse_cards(data).value}

    for start, came in split(data).items():
        if start in cards:
            card = cards[start]
            out = Counter(line.name for line in read_lines(card.data).lines)
            for prop, times in came.items():
                names = (prop, *NAMED_OTHERWISE.get(prop, ()))
                assert sum(out[one] for one in names) >= times or ON_RECORD & set(card.repairs), (prop, start)


@files
def test_a_finished_card_is_read_whole_by_a_library_and_by_ourselves(name: str) -> None:
    """What Radicale makes of it is it; reading our own output changes nothing; encodings are undone."""
    for card in parse_cards((CARDS / name).read_bytes()).value:
        stored = vobject.readOne(card.data.decode()).serialize().encode()
        (again,) = parse_cards(card.data).value

        assert said(stored) == said(card.data)
        assert (again.uid, again.data) == (card.uid, card.data)
        assert b"CHARSET=" not in card.data
        assert b"QUOTED-PRINTABLE" not in card.data
        assert all(len(line) <= 75 for line in card.data.split(b"\r\n"))


@files
@pytest.mark.parametrize("form", ["utf-8-sig", "utf-16", "lf", "cr", "crlf", "crcrlf"])
def test_mark_charset_and_line_ends_are_no_difference(name: str, form: str) -> None:
    """The same export, saved by another program."""
    data = (CARDS / name).read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text[:9] or text == "\0":
        pytest.skip("is not in UTF-8")
    ends = {"lf": "\n", "cr": "\r", "crlf": "\r\n", "crcrlf": "\r\r\n"}
    unix = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    other = unix.replace("\n", ends[form]).encode() if form in ends else unix.encode(form)

    assert [(one.uid, one.data) for one in parse_cards(other).value] == [
        (one.uid, one.data) for one in parse_cards(unix.encode()).value
    ]


def said(data: bytes) -> Counter[object]:
    """Return what a card says; a library escapes a semicolon wherever it knows of no fields, and it is one all the same."""
    found: Counter[object] = Counter()
    for (path, name, params, value), times in meaning(data).items():
        fields = value if name in {"N", "ADR", "ORG"} else value.replace("\0", ";").rstrip(";")
        found[path, name, params, fields] += times
    return found


def split(data: bytes) -> dict[int, Counter[str]]:
    """Return what each card of a file has, by the line where it begins; empty properties and cards inside left out."""
    found: dict[int, Counter[str]] = {}
    stack: list[int] = []
    for line in read_lines(data).lines:
        if line.name == "BEGIN":
            stack.append(line.number)
            found[line.number] = Counter()
        elif line.name == "END":
            stack = stack[:-1]
        elif stack and counts(line, found[stack[-1]]):
            found[stack[-1]][line.name.replace("_", "-")] += 1
    return found


def counts(line: Line, before: Counter[str]) -> bool:
    if line.name in {"VERSION", "PROFILE"} or not line.value.strip(" ;"):
        return False
    return not (line.name == "UID" and before["UID"])  # a second one that says the same is no second UID


@pytest.mark.parametrize("size", [10**3, 10**4, 10**5, 10**6])
@pytest.mark.parametrize("text", ["X;" + "a;" * 10, "TEL;=,=,", 'N;"="', "\\,;", "=0D=0A=", "a:b,"])
def test_no_expression_of_ours_takes_more_than_its_length(text: str, size: int) -> None:
    """What stops another importer for ever costs its card here."""
    hostile = (text * (size // len(text)))[:size]
    started = time.process_time()

    parse_cards(f"BEGIN:VCARD\nFN:Slow\n{hostile}\nNOTE:{hostile}\nEND:VCARD\n".encode())

    assert time.process_time() - started < 8


def test_thousands_of_cards_that_stop_others_are_all_read() -> None:
    """60 bytes each, which one library reads for ever: the file ends in its limits, with the good ones in it."""
    bad = "BEGIN:VCARD\nFN:Slow{}\nX;" + "a;" * 28 + "\nEND:VCARD\n"
    text = "".join(bad.format(number) for number in range(5000)) + "BEGIN:VCARD\nFN:Good\nEND:VCARD\n"
    started = time.process_time()
    parsed = parse_cards(text.encode())

    assert len(parsed.value) == 5001
    assert time.process_time() - started < 20

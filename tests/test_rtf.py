"""Letters that Outlook packed as compressed RTF only: unpacked, and read as the page or text they were made of."""

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.rtf import MOST_BYTES, rtf_letter, unpack_rtf
from parsers.tnef import read_tnef
from tests.test_archive import tnef

# MS-OXRTFCP 4.1.1: "{\rtf1\ansi\ansicpg1252\pard hello world}\r\n"
EXAMPLE = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af8686520627ff8e06f20776f726c647d0a800fa0"
)
RTF = rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset238 X;}}{\*\generator Riched;}"


def packed(rtf: bytes) -> bytes:
    """Literals only."""
    body = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<II4sI", len(body) + 12, len(rtf), b"LZFu", 0) + body


def winmail(compressed: bytes) -> bytes:
    prop = struct.pack("<IHHII", 1, 0x0102, 0x1009, 1, len(compressed)) + compressed
    data = prop + b"\0" * (-len(prop) % 4)
    return (
        tnef({})
        + struct.pack("<BHHI", 1, 0x9003, 6, len(data))
        + data
        + struct.pack("<H", sum(data) & 0xFFFF)
    )


def test_what_refers_back_into_the_window_is_unpacked() -> None:
    """A reference into the seed, one into itself, and the one that ends it."""
    body = b"\x0a" + b"ab"[:1] + struct.pack(">H", 207 << 4 | 3) + b"c" + struct.pack(">H", (207 + 7) << 4)
    head = struct.pack("<II4sI", len(body) + 12, 7, b"LZFu", 0)

    assert unpack_rtf(head + body) == b"aaaaaac"


@pytest.mark.parametrize(
    ("rtf", "expected"),
    [
        (rb"a\par b\tab c\{7\}\\ d\~e\par}", "a\nb\tc{7}\\ d\u00a0e\n"),
        (rb"Gr\'fc\'dfe \f1 \'b9\f0  \'b9}", "Gr\u00fc\u00dfe \u0105 \u00b9"),
        (rb"\uc1\u8364 ?1{\uc0\u233 x}\u-4051\'3f.}", "\u20ac1\u00e9x\uf02d."),
        (rb"{\pict 0102}{\*\unknown hidden}x\bin3 \}{y}", "xy"),
        (b"one\r\ntwo}", "onetwo"),
    ],
)
def test_rtf_is_read_as_its_writer_saw_it(rtf: bytes, expected: str) -> None:
    """A character may be a password's: code pages, escapes and stand-ins."""
    assert rtf_letter(RTF + rtf) == (expected, False)


def test_the_page_inside_rtf_comes_out_as_html() -> None:
    """Outlook wraps each tag; what only a reader of RTF needs is not the page's."""
    rtf = rb"{\rtf1\ansi\fromhtml1 {\*\htmltag <p>}\htmlrtf \par x\htmlrtf0 a{\*\htmltag <b>}\htmlrtf {\b\htmlrtf0 b\htmlrtf }\htmlrtf0}"

    assert rtf_letter(rtf) == ("<p>a<b>b", True)


def test_a_letter_that_is_rtf_only_is_read_from_winmail_dat() -> None:
    """Outlook leaves out the plain text when it was told to send "rich text"."""
    assert read_tnef(winmail(packed(RTF + rb"Hello\par x}"))) == [("winmail.txt", b"Hello\nx")]


@pytest.mark.parametrize(
    "compressed",
    [
        b"",
        b"\0" * 20,
        packed(b"no rtf"),
        packed(RTF)[:40],
        struct.pack("<II4sI", 20, MOST_BYTES + 1, b"MELA", 0) + b"x" * 8,
    ],
    ids=["none", "zeros", "no-rtf", "cut", "too-large"],
)
def test_one_that_cannot_be_unpacked_is_asked_for_again(compressed: bytes) -> None:
    """None becomes the problem winmail-dat."""
    assert read_tnef(winmail(compressed)) in (None, [])


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    """What comes is damaged, cut or hostile."""
    unpack_rtf(data)
    unpack_rtf(struct.pack("<II4sI", len(data) + 12, 100, b"LZFu", 0) + data)
    rtf_letter(b"{\\rtf" + data)


@given(st.binary(max_size=300))
def test_what_is_packed_comes_out(data: bytes) -> None:
    """Literal by literal."""
    assert unpack_rtf(packed(data)) == data


@pytest.mark.parametrize(
    "properties",
    [
        struct.pack("<I", 0xF80001) + struct.pack("<HHII", 0x0102, 0x1009, 1, 0),
        struct.pack("<IHHI", 1, 0x1002, 0x6001, 0xFFFFFFFF),
        struct.pack("<IHHI", 1, 0x101F, 0x6001, 0xFFFFFFFF) + b"\0" * 40,
    ],
    ids=["properties", "numbers", "texts"],
)
def test_a_count_of_things_that_are_not_there_costs_nothing(properties: bytes) -> None:
    """The library counts to any number it is told: 119 bytes took it six seconds (found by fuzzing)."""
    head = struct.pack("<BHHI", 1, 0x9003, 6, len(properties))
    data = tnef({"a.csv": b"x"}) + head + properties + struct.pack("<H", sum(properties) & 0xFFFF)
    started = time.process_time()

    assert read_tnef(data) is None
    assert time.process_time() - started < 0.5

"""Attached spreadsheets: typed cells, several sheets, what is hidden, and files made to break us."""

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.words import words_of
from parsers.attachments import tell_kind
from parsers.result import StatedRow
from parsers.sheet import MAX_UNPACKED, _text
from parsers.table import parse_table
from tests.odd import ODD_PASSWORDS
from tests.workbooks import Formula, Sheet, ods, packed, xlsx

FIXTURES = Path(__file__).parent.parent / "fixtures" / "tables"
WRITERS = [xlsx, ods]
Writer = Callable[..., bytes]
HEADER = ("email", "password")


def read(data: bytes) -> tuple[StatedRow, ...]:
    return parse_table(data, "list.xlsx").value


def problems(data: bytes) -> list[tuple[str, str]]:
    return [(problem.code, problem.item) for problem in parse_table(data, "list.xlsx").problems]


def codes(row: StatedRow) -> list[str]:
    return [problem.code for problem in row.problems]


@pytest.mark.parametrize("write", WRITERS)
def test_odd_passwords_in_text_cells_come_out_as_they_went_in(write: Writer) -> None:
    """The same 48 as in every other way to send them; blanks at the ends too."""
    passwords = [*ODD_PASSWORDS, " pw ", "a  b", "_x0041_" if write is ods else "x"]
    rows = [(f"u{n}@old.example", password) for n, password in enumerate(passwords)]

    assert [row.password for row in read(write(Sheet([HEADER, *rows])))] == passwords


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("cell", [7, 7.0, 1.5, 1e15, True, Formula("=1+1", "2"), Formula("=A1", "secret")])
def test_a_password_that_is_no_text_is_asked_for(write: Writer, cell: object) -> None:
    """007 in a number cell is 7, with any format; nobody can tell, so nobody tries."""
    bad, good = read(write(Sheet([HEADER, ("anna@old.example", cell), ("ben@old.example", "7")])))

    assert (bad.password, codes(bad)) == (None, ["numeric-cell"])
    assert (good.password, codes(good)) == ("7", [])


@pytest.mark.parametrize("write", WRITERS)
def test_a_number_is_fine_where_one_is_meant(write: Writer) -> None:
    """A port; and an address that is a number is no address."""
    header = ("email", "password", "server", "port", "ssl")
    rows = [
        ("anna@old.example", "x", "imap.old.example", 993, True),
        (12345, "x", "imap.old.example", 143, ""),
    ]
    first, second = read(write(Sheet([header, *rows])))

    assert (first.port, first.security, codes(first)) == (993, "tls", [])
    assert (second.port, codes(second)) == (143, ["address-invalid"])


def test_a_cell_is_said_as_a_person_would() -> None:
    """A start in a date cell is unambiguous, so it is written so."""
    values = [
        993.0,
        1.5,
        dt.date(2026, 5, 16),
        dt.datetime.fromisoformat("2026-05-16"),
        dt.datetime.fromisoformat("2026-05-16T22:00"),
        dt.time(22),
    ]
    said = ["993", "1.5", "2026-05-16", "2026-05-16", "2026-05-16 22:00", "22:00"]
    assert [_text(value) for value in values] == said


@pytest.mark.parametrize("write", WRITERS)
def test_a_title_empty_rows_and_an_empty_column_do_not_matter(write: Writer) -> None:
    """Lines are counted as the customer sees them."""
    rows = [["Our mailboxes"], [], ["", *HEADER, "note"], [], ["", "anna@old.example", "x", "the boss"]]
    (row,) = read(write(Sheet(rows)))

    assert (row.line, row.address, row.password) == (5, "anna@old.example", "x")


@pytest.mark.parametrize("write", WRITERS)
def test_a_note_beside_a_row_shifts_nothing(write: Writer) -> None:
    """Cells of a sheet lie where they lie, unlike those of a CSV."""
    (row,) = read(write(Sheet([HEADER, ("anna@old.example", "x", "", "call me first")])))

    assert (row.password, codes(row)) == ("x", [])


@pytest.mark.parametrize("write", WRITERS)
def test_the_sheet_with_the_passwords_is_read_and_one_left_out_is_named(write: Writer) -> None:
    """Often the first sheet is a cover, and another one lists addresses for something else."""
    cover = Sheet([["Migration of the mailboxes"], ["Status: open"]], name="Cover")
    people = Sheet([["Name", "E-Mail"], ["Zoe", "zoe@else.example"]], name="Contacts")
    wanted = Sheet([HEADER, ("anna@old.example", "x")], name="Mailboxes")
    book = write(cover, people, wanted)

    assert [row.address for row in read(book)] == ["anna@old.example"]
    assert problems(book) == [("sheet-ignored", "list.xlsx: Contacts")]


@pytest.mark.parametrize("write", WRITERS)
def test_two_sheets_of_mailboxes_are_both_read_but_not_one_of_new_ones(write: Writer) -> None:
    """One per department is common; so is one with the accounts at the new provider."""
    sales = Sheet([HEADER, ("anna@old.example", "x")], name="Sales")
    works = Sheet([("Passwort", "E-Mail"), ("y", "ben@old.example")], name="Werk")
    fresh = Sheet([HEADER, ("anna@new.example", "n")], name="Neue Postfächer")
    book = write(sales, works, fresh)

    assert [(row.address, row.password) for row in read(book)] == [
        ("anna@old.example", "x"),
        ("ben@old.example", "y"),
    ]
    assert problems(book) == [("sheet-ignored", "list.xlsx: Neue Postfächer")]


def test_a_hidden_sheet_is_left_out_and_named() -> None:
    """What its owner does not see, its owner does not send."""
    hidden = Sheet([HEADER, ("zoe@old.example", "z")], name="Old list", hidden=True)
    book = xlsx(Sheet([HEADER, ("anna@old.example", "x")]), hidden)

    assert [row.address for row in read(book)] == ["anna@old.example"]
    assert problems(book) == [("sheet-ignored", "list.xlsx: Old list")]


@pytest.mark.parametrize("write", WRITERS)
def test_hidden_rows_are_read_and_said(write: Writer) -> None:
    """A filter left on must not lose a mailbox."""
    rows = [HEADER, ("anna@old.example", "x"), ("ben@old.example", "y")]
    book = write(Sheet(rows, hidden_rows=frozenset({2})))

    assert len(read(book)) == 2
    assert problems(book) == [("hidden-rows", "list.xlsx")]


def test_a_cell_merged_over_rows_is_the_value_of_each() -> None:
    """One server beside many mailboxes, as a person draws it."""
    rows = [(*HEADER, "server"), ("anna@old.example", "x", "imap.old.example"), ("ben@old.example", "y")]
    assert [row.host for row in read(xlsx(Sheet(rows, merged=("C2:C3", "A1:C1"))))] == [
        "imap.old.example"
    ] * 2


def test_an_empty_rest_of_a_million_rows_costs_nothing() -> None:
    """LibreOffice says so below every sheet."""
    rest = (
        '<table:table-row table:number-rows-repeated="1048574">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert len(read(ods(Sheet([HEADER, ("anna@old.example", "x")]), rest=rest))) == 1


def sheet_xml(inside: str) -> bytes:
    parts = {}
    with zipfile.ZipFile(io.BytesIO(xlsx(Sheet([HEADER])))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (
        f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{inside}</worksheet>'
    ).encode()
    return packed(parts)


def cell_at(reference: str, row: int) -> str:
    return f'<row r="{row}"><c r="{reference}" t="inlineStr"><is><t>x</t></is></c></row>'


HOSTILE = {
    "a cell at the far corner": sheet_xml(
        f"<sheetData>{cell_at('A1', 1)}{cell_at('XFD1048576', 1048576)}</sheetData>"
    ),
    "unpacks too large": sheet_xml("<sheetData/>" + " " * MAX_UNPACKED),
    "ratio of a thousand": sheet_xml("<sheetData/>" + " " * (4 << 20)),
    "too many members": packed({f"xl/{n}.xml": "" for n in range(600)} | {"xl/workbook.xml": ""}),
    "rows repeated": ods(
        Sheet([HEADER]),
        rest=(
            '<table:table-row table:number-rows-repeated="999"><table:table-cell'
            ' table:number-columns-repeated="999" office:value-type="string"><text:p>x</text:p></table:table-cell>'
            "</table:table-row>"
        )
        * 3,
    ),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_bomb_is_refused_before_the_library_sees_it(data: bytes) -> None:
    """Small files that would fill the memory."""
    assert len(data) < 100_000
    assert problems(data) == [("table-too-large", "list.xlsx")]


def test_a_workbook_with_a_password_is_said_to_have_one() -> None:
    """Excel wraps it into the container of .xls files, LibreOffice marks its parts."""
    excel = b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    manifest = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    office = packed({"content.xml": "\x8f\x02", "META-INF/manifest.xml": manifest})
    for data in (excel, office):
        assert problems(data) == [("table-encrypted", "list.xlsx")]


def test_other_archives_and_damaged_workbooks_are_asked_for_as_csv() -> None:
    """A Word document named .csv, a download that broke off."""
    book = xlsx(Sheet([HEADER]))
    for data in (
        packed({"word/document.xml": "x"}),
        book[: len(book) // 2],
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0",
    ):
        assert problems(data) == [("spreadsheet-not-csv", "list.xlsx")]


@pytest.mark.parametrize("write", WRITERS)
def test_a_workbook_is_known_by_its_content(write: Writer) -> None:
    """Renamed to .csv, or attached without a name and a type."""
    book = write(Sheet([HEADER, ("anna@old.example", "x")]))

    assert tell_kind("", "application/octet-stream", book) == "table"
    assert [row.password for row in parse_table(book, "list.csv").value] == ["x"]


def test_an_xls_whose_sectors_run_in_a_circle_is_refused() -> None:
    """The library would follow them for ever; found by changing bytes at random."""
    good = (FIXTURES / "old-excel" / "in.xls").read_bytes()
    table = 512 * (1 + struct.unpack_from("<I", good, 76)[0])
    first_directory = struct.unpack_from("<I", good, 48)[0]
    assert len(read(good)) == 3
    for sector in (0, first_directory):
        circle = bytearray(good)
        struct.pack_into("<I", circle, table + 4 * sector, sector)
        assert problems(bytes(circle))[-1:] == [("spreadsheet-not-csv", "list.xlsx")]


def test_every_problem_of_a_workbook_has_words() -> None:
    """They are given as codes beside a sheet's name, where the other test does not look."""
    given_codes = {
        "spreadsheet-not-csv",
        "table-encrypted",
        "table-too-large",
        "sheet-ignored",
        "hidden-rows",
    }
    assert [code for code in given_codes if not words_of("en").has("remarks", code)] == []


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_no_damage_makes_it_raise(data: st.DataObject) -> None:
    """Bytes changed anywhere, in any kind of workbook."""
    book = bytearray(
        data.draw(st.sampled_from([write(Sheet([HEADER, ("a@old.example", 7)])) for write in WRITERS]))
    )
    for _ in range(data.draw(st.integers(1, 8))):
        book[data.draw(st.integers(0, len(book) - 1))] = data.draw(st.integers(0, 255))

    parse_table(bytes(book), "x")

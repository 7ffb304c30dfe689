"""The CSV that goes out and comes back: no formula runs, Excel opens it, and our own parser reads it again."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sheet import COLUMNS, render_cells, render_corrected, render_template, safe
from bot.states import State
from bot.tables import sheet
from bot.words import words_of
from parsers.table import parse_table
from tests.facts import BOB, DORA, row

WORDS = words_of("en")


def test_the_template_opens_in_excel_and_comes_back_as_an_example() -> None:
    """BOM and CRLF; a template sent back as it is asks for nothing."""
    raw = render_template()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == 2
    (stated,) = parse_table(raw, "mailboxes.csv").value
    assert [problem.code for problem in stated.problems] == ["example-row"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_template_filled_in_is_understood(delimiter: str) -> None:
    """Also where Excel writes it with semicolons."""
    line = delimiter.join((BOB, "pass word", "imap.old.example", "", "")).encode()
    (stated,) = parse_table(render_template(delimiter).splitlines()[0] + b"\r\n" + line, "x.csv").value
    assert (stated.address, stated.password, stated.host, stated.problems) == (
        BOB,
        "pass word",
        "imap.old.example",
        (),
    )


@pytest.mark.parametrize(
    "cell", ["=cmd()", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", '"=1', "\uff0b1"]
)
def test_no_cell_runs_as_a_formula(cell: str) -> None:
    """OWASP CSV injection: also behind blanks, and in the wide forms some spreadsheets accept."""
    for raw in (render_corrected([(cell, cell, cell, cell)]), render_cells([[cell] * 4])):
        for shown in list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))[-1]:
            assert (
                not shown or shown.startswith("'") or shown.strip()[0] not in "=+-@\uff1d\uff0b\uff0d\uff20"
            )


def test_an_ordinary_cell_stays_as_it_is() -> None:
    assert safe("anna-marie+x@kunde.example") == "anna-marie+x@kunde.example"


def test_the_table_that_comes_back_names_the_rows_without_passwords() -> None:
    """What the customer has to fill in is what our parser says is missing; nothing else changes on the way."""
    bad = [
        row(DORA, State.ASKING, line=3, code="source-login-refused", destination="dora@neu.example"),
        row(
            "",
            State.ASKING,
            line=4,
            problems=(("address-missing", "address"), ("password-missing", "password")),
        ),
        row(BOB, State.ASKING, line=5, host="", problems=(("host-missing", "host"),)),
    ]
    ((name, content_type, raw),) = sheet(bad, WORDS)
    assert (name, content_type) == ("fix-these-3-rows.csv", "text/csv")
    parsed = parse_table(raw, name)
    assert parsed.problems == ()
    assert [(one.address, one.host, one.destination) for one in parsed.value if one.address] == [
        (DORA, bad[0].host, "dora@neu.example"),
        (BOB, None, None),
    ]
    assert all("password-missing" in {problem.code for problem in one.problems} for one in parsed.value)
    assert len(list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))) == 4


def test_one_row_of_a_text_needs_no_table() -> None:
    assert sheet([row(state=State.ASKING)], WORDS) == ()
    assert sheet([row(state=State.ASKING, line=2)], WORDS)[0][0] == "fix-this-row.csv"


@given(st.lists(st.tuples(*[st.text()] * 4), max_size=4))
def test_it_can_always_be_written(rows: list[tuple[str, str, str, str]]) -> None:
    """Halves of characters come out of damaged UTF-16 tables."""
    raw = render_corrected([*rows, ("\ud800", "", "", "")])
    assert raw.decode("utf-8-sig").startswith(",".join(COLUMNS[:4]))

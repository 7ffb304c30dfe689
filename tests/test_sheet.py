"""The CSV that goes out and comes back: no formula runs, Excel opens it, and our own parser reads it again."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sheet import TEMPLATES, BadRow, names_in, render_cells, render_corrected, render_template, safe
from bot.states import State
from bot.tables import sheet
from bot.words import words_of
from parsers.columns import read_header
from parsers.rows import PLACEHOLDERS
from parsers.table import parse_table
from tests.facts import BOB, DORA, row
from tests.odd import ODD_PASSWORDS

WORDS = words_of("en")


@pytest.mark.parametrize("language", TEMPLATES)
def test_the_template_opens_in_excel_and_comes_back_as_an_example(language: str) -> None:
    """BOM and CRLF; a template sent back as it is asks for nothing."""
    raw = render_template(language)
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == 2
    parsed = parse_table(raw, "mailboxes.csv")
    assert parsed.problems == ()
    assert [[problem.code for problem in row.problems] for row in parsed.value] == [["example-row"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("language", TEMPLATES)
def test_a_template_filled_in_is_understood(language: str, delimiter: str) -> None:
    """In every language we write it in; also where a spreadsheet writes it with another delimiter."""
    lines = [
        delimiter.join((BOB, "pass word", "imap.old.example", "bob@new.example", "he is the boss")),
        delimiter.join((DORA, PLACEHOLDERS[language], "imap.old.example", "", "")),
    ]
    raw = render_template(language, delimiter) + "\r\n".join(lines).encode()
    example, bob, dora = parse_table(raw, "x.csv").value
    assert [problem.code for problem in example.problems] == ["example-row"]
    assert (bob.address, bob.password, bob.host, bob.destination, bob.problems) == (
        BOB,
        "pass word",
        "imap.old.example",
        "bob@new.example",
        (),
    )
    assert [problem.code for problem in dora.problems] == ["password-missing"]


def test_a_language_we_do_not_have_is_english() -> None:
    assert render_template("fi") == render_template("en")
    assert render_template("de-AT").startswith(render_template("de")[:20])


@pytest.mark.parametrize(
    "cell",
    ["=cmd()", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", '"=1', "\uff0b1", "\tx", "\rx"],
)
def test_no_cell_runs_as_a_formula(cell: str) -> None:
    """OWASP CSV injection: also behind blanks, and in the wide forms some spreadsheets accept."""
    bad = BadRow(address=cell, host=cell, destination=cell, problem=cell)
    own = render_corrected([bad], layout=(",", "email", "password", "server", cell, "new email"))
    for raw in (render_corrected([bad]), own, render_cells([[cell] * 4])):
        for line in list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))):
            for shown in line:
                assert (
                    not shown
                    or shown.startswith("'")
                    or shown.strip()[0] not in "=+-@\uff1d\uff0b\uff0d\uff20"
                )
                assert not shown.startswith(("\t", "\r", "\n"))


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
    assert (name, content_type) == ("fix-these-rows.csv", "text/csv")
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


LAYOUTS = [
    (),
    (";", "E-Mail", "Kennwort", "Server", "Port", "Verschlüsselung", "Abteilung"),
    ("\t", "Server", "Contraseña", "Correo electrónico"),
    (",", "source_email", "source_password", "destination_email", "source_host", "dest_password"),
    (";", "IMAP server", "IMAP username", "IMAP password", "Mailbox", "Password"),
    ("|", "email", "password", "problem"),
    ("", "Benutzer", "E-Mail", "Passwort"),
    (";", "Passwort", "E-Mail", "Passwort"),  # which one is whose, nobody knows: our own columns
]
LOCAL = st.from_regex(r"[a-z=+-][a-z0-9+.=-]{0,8}", fullmatch=True)
BAD = st.builds(
    BadRow,
    address=st.builds("{}@old.example".format, LOCAL),
    host=st.sampled_from(["", "imap.old.example", "mail.kunde.example"]),
    port=st.sampled_from([993, 143, 1993]),
    security=st.sampled_from(["tls", "starttls"]),
    destination=st.one_of(st.just(""), st.builds("{}@new.example".format, LOCAL)),
    problem=st.text(max_size=30),
)


@given(
    bad=st.lists(BAD, min_size=1, max_size=5, unique_by=lambda row: row.address.casefold()),
    language=st.sampled_from(sorted(TEMPLATES)),
    layout=st.sampled_from(LAYOUTS),
    passwords=st.lists(st.sampled_from([*ODD_PASSWORDS, " pw "]), min_size=5, max_size=5),
)
@settings(deadline=None)
def test_what_goes_back_comes_back_with_the_passwords_and_is_the_same_rows(
    bad: list[BadRow], language: str, layout: tuple[str, ...], passwords: list[str]
) -> None:
    """The customer fills in one column and sends it again: nothing else may change on the way."""
    raw = render_corrected(bad, language, layout)
    text = raw.decode("utf-8-sig")
    delimiter = (layout[:1] and layout[0]) or names_in(language).delimiter
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    columns = read_header(lines[0])
    assert columns is not None
    at = columns.at("password")
    assert at is not None
    for line, password in zip(lines[1:], passwords, strict=False):
        assert line[at] == ""
        line[at] = password
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(lines)

    rows = parse_table(out.getvalue().encode(), "fixed.csv").value

    assert [row.password for row in rows] == passwords[: len(bad)]
    for one, was in zip(rows, bad, strict=True):
        assert (one.address, one.host or "", one.destination or "") == (
            was.address,
            was.host,
            was.destination,
        )
        assert was.host == "" or (one.port or 993) == was.port
        assert not {problem.code for problem in one.problems} - {"host-missing"}


def test_the_columns_are_those_of_their_own_file() -> None:
    """They know where to look; and nothing they wrote elsewhere is invented again."""
    layout = (";", "Abteilung", "E-Mail", "Kennwort", "Posteingangsserver", "Port")
    bad = BadRow(
        address=BOB, host="imap.old.example", port=143, security="starttls", problem="Das Passwort fehlt."
    )
    header, line = render_corrected([bad], "de", layout).decode("utf-8-sig").splitlines()
    assert header == "Abteilung;E-Mail;Kennwort;Posteingangsserver;Port;Neue E-Mail-Adresse;Problem"
    assert line == f";{BOB};;imap.old.example;143;;Das Passwort fehlt."


@given(st.lists(st.builds(BadRow, **dict.fromkeys(["address", "host", "destination", "problem"], st.text()))))
def test_it_can_always_be_written(rows: list[BadRow]) -> None:
    """Halves of characters come out of damaged UTF-16 tables."""
    raw = render_corrected([*rows, BadRow(address="\ud800")])
    assert raw.decode("utf-8-sig").startswith("email,password,imap_server,new_email,problem")

"""Attached tables: every folder of fixtures/tables, and the laws of a row."""

import csv
import io
import json
import re
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parsers.dialect import Record
from parsers.frame import read_frame
from parsers.result import StatedRow
from parsers.table import MAX_BYTES, MAX_ROWS, parse_table
from tests.odd import ODD_PASSWORDS

CASES = sorted(
    path.parent for path in (Path(__file__).parent.parent / "fixtures" / "tables").glob("*/rows.json")
)


def said(row: StatedRow) -> dict[str, Any]:
    """The row as its fixture says it: what was stated, and the codes of its problems."""
    stated = {name: value for name, value in asdict(row).items() if value not in (None, (), "")}
    stated.pop("origin")
    stated.pop("problems", None)
    if row.password_alternatives:
        stated["password_alternatives"] = list(row.password_alternatives)
    return stated | ({"problems": [problem.code for problem in row.problems]} if row.problems else {})


def codes(data: bytes) -> list[str]:
    return [problem.code for problem in parse_table(data, "list.csv").problems]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_table_is_read_as_it_was_meant(case: Path) -> None:
    """Delimiters, encodings, headers in six languages, and the exports of the tools people come from."""
    (file,) = case.glob("in.*")
    parsed = parse_table(file.read_bytes(), file.name)

    read = {
        "rows": [said(row) for row in parsed.value],
        "problems": [problem.code for problem in parsed.problems],
    }
    assert read == json.loads((case / "rows.json").read_text("utf-8"))


def written(rows: list[list[str]], delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_odd_passwords_come_out_as_they_went_in(delimiter: str, encoding: str) -> None:
    """Plain pandas lost 13 of these 48, and made numbers of a column of digits."""
    rows = [[f"u{n}@old.example", password] for n, password in enumerate(ODD_PASSWORDS)]
    data = written([["email", "password"], *rows], delimiter).encode(encoding)

    assert [row.password for row in parse_table(data, "x.csv").value] == list(ODD_PASSWORDS)


@pytest.mark.parametrize("password", ODD_PASSWORDS)
def test_an_odd_password_alone_in_its_file_is_no_number(password: str) -> None:
    """A column of one value is where types are guessed most boldly."""
    data = written([["email", "password"], ["a@old.example", password]], ";").encode()

    assert [row.password for row in parse_table(data, "x.csv").value] == [password]


def test_pandas_reads_what_was_counted() -> None:
    """The frame comes from read_csv; should a later version read otherwise, the counted cells stand and this fails."""
    rows = [[f"u{n}@old.example", password] for n, password in enumerate(ODD_PASSWORDS)]
    lines = written(rows, ";").split("\r\n")[:-1]
    records = [Record(n, row, line) for n, (row, line) in enumerate(zip(rows, lines, strict=True))]
    calls = []

    def spy(*args: Any, **options: Any) -> Any:
        calls.append(read_csv(*args, **options))
        return calls[-1]

    read_csv = pd.read_csv
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pd, "read_csv", spy)
        frame = read_frame(records, 2, ";")

    assert frame.equals(calls[0])
    assert frame.to_numpy().tolist() == rows


def test_blanks_around_a_password_stay_and_the_trimmed_one_is_tried_second() -> None:
    """Nobody can see from a cell whether they were meant."""
    (row,) = parse_table(b"email,password\na@old.example, pw \n", "x.csv").value

    assert (row.password, row.password_alternatives) == (" pw ", ("pw",))


def test_what_is_no_table_is_said_so() -> None:
    """The answer tells how to save it as CSV."""
    assert codes(b"PK\x03\x04 no xlsx") == ["spreadsheet-not-csv"]
    assert codes(b"\xd0\xcf\x11\xe0 no xls") == ["spreadsheet-not-csv"]
    assert codes(b"") == codes(b"\n\n;;\n") == ["no-rows"]
    assert codes(b"x" * (MAX_BYTES + 1)) == ["table-too-large"]
    assert "too-many-columns" in codes(b"email,password" + b",x" * 50 + b"\n")


def test_a_cell_that_is_far_too_long_is_asked_for() -> None:
    """A cell of a kilobyte is a file that lost its line ends."""
    (row, good) = parse_table(
        b"email,password\na@old.example," + b"x" * 2000 + b"\nb@old.example,y\n", "x"
    ).value

    assert [problem.code for problem in row.problems] == ["row-shifted"]
    assert good.password == "y"


def test_ten_thousand_rows_are_read_and_more_are_said() -> None:
    """The largest list anybody sent, and one above the limit."""
    row = "u%d@old.example;p%d;imap.old.example\n"
    data = "email;password;server\n" + "".join(row % (n, n) for n in range(MAX_ROWS + 1))
    parsed = parse_table(data.encode(), "x.csv")

    assert len(parsed.value) == MAX_ROWS
    assert [problem.code for problem in parsed.problems] == ["too-many-rows"]


CELLS = st.text(alphabet="ab1;,\t|\"' @.-#=\u00e4\u00a0", max_size=6)


@given(
    passwords=st.lists(
        # ="x" is how Excel keeps a text a text: it is unwrapped by design
        CELLS.filter(lambda cell: cell.strip() and not re.fullmatch('="[^"]+"', cell.strip())),
        min_size=1,
        max_size=6,
    ),
    delimiter=st.sampled_from([";", ",", "\t", "|"]),
    order=st.permutations(["email", "password", "server"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None)
@example(['"'], ";", ["email", "password", "server"], "\n")
def test_a_well_formed_file_gives_back_every_cell(
    passwords: list[str], delimiter: str, order: list[str], line_end: str
) -> None:
    """In any column order, with any delimiter inside quotes: no row lost, none shifted, no character changed."""
    columns = {
        "email": [f"u{n}@old.example" for n in range(len(passwords))],
        "password": passwords,
        "server": ["imap.old.example"] * len(passwords),
    }
    rows = [[columns[name][n] for name in order] for n in range(len(passwords))]
    text = written([order, *rows], delimiter).replace("\r\n", line_end)

    read = parse_table(text.encode(), "x.csv").value

    assert [row.address for row in read] == columns["email"]
    assert [row.password for row in read] == passwords
    assert {row.host for row in read} == {"imap.old.example"}


@given(st.lists(st.lists(CELLS, max_size=5), max_size=6), st.sampled_from([";", ",", "\t"]))
@settings(deadline=None)
def test_no_cell_ever_moves_into_another_column(rows: list[list[str]], delimiter: str) -> None:
    """A password tried as an address, or the reverse, is worse than a question."""
    lines = [delimiter.join(cell.replace('"', "") for cell in row) for row in rows]
    data = "\n".join([delimiter.join(["email", "password"]), *lines]).encode()

    for row in parse_table(data, "x.csv").value:
        cells = lines[row.line - 2].split(delimiter)
        if row.password is not None:
            assert cells[1] == row.password
            assert not any(cells[2:])
        if row.address is not None:
            assert row.address in cells[0]


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=300)
@example(b"\xff\xfe\x00")
@example(b"a\x00b\x00@")
@example(b'"')
@example(b"email;password\na@a.example;\x00\n")
@example(b"email\rpassword\r")
def test_no_bytes_make_it_raise(data: bytes) -> None:
    """Whatever is attached comes back as rows and problems."""
    parse_table(data, "x.csv")
    parse_table(b"email;password\n" + data, "x.csv")


CELL = st.text(alphabet="xy1;,\"' |#=", max_size=5)
LINES = st.lists(
    st.one_of(
        st.builds("{}".format, CELL),  # anything
        st.builds(
            lambda rest: ["@", *rest], st.lists(CELL, max_size=4)
        ),  # an account, perhaps with too many cells
    ),
    max_size=8,
)


@given(LINES, st.sampled_from([";", ",", "\t", "|"]), st.booleans())
@settings(deadline=None)
def test_no_line_with_an_account_is_lost(
    drawn: list[str | list[str]],
    delimiter: str,
    headed: bool,
) -> None:
    """Whatever stands on it and on the lines around it: stray quotes, too many cells, comments, half a table."""
    lines = ["email;password;server".replace(";", delimiter)] if headed else []
    wanted = {}
    for one in drawn:
        if isinstance(one, list):
            wanted[len(lines) + 1] = address = f"user{len(lines)}@old.example"
            lines.append(delimiter.join([address, *one[1:]]))
        else:
            lines.append(one)

    rows = parse_table("\n".join(lines).encode(), "x.csv").value

    assert {row.address for row in rows} >= set(wanted.values())
    for row in rows:
        if row.address in wanted.values():
            assert wanted[row.line] == row.address


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_reading_twice_is_the_same(data: bytes) -> None:
    """No state, no order of sets."""
    table = b"email;password\na@old.example;x\n" + data
    assert parse_table(table, "x.csv") == parse_table(table, "x.csv")


HOSTILE = (
    *(
        '"',
        ";",
        "@",
        "a@",
        "a@b.cc;",
        "a@b.cc\n",
        'a@b.cc,"x\n',
        "| --- |\n",
        "--",
        " ",
        "<td>",
        "<",
        "(",
        "[x](",
    ),
    *("email;password\n", "a@b.cc:x\n", "A b ", "1,", "0 ", '="', ", ", "#\n", "Total ", '=,"'),
)


@pytest.mark.parametrize("head", ["", "email;password\n", "a@b.cc;", "<html><td>", '"'])
def test_no_repetition_takes_longer_than_its_length(head: str) -> None:
    """A file of one kilobyte times ten thousand; a square would take minutes."""
    for unit in HOSTILE:
        data = (head + unit * (40_000 // len(unit))).encode()
        start = time.process_time()
        parse_table(data, "x.csv")
        assert time.process_time() - start < 2.5, (head, unit)


def test_a_password_full_of_label_words_does_not_choose_the_delimiter() -> None:
    """Found by fuzzing: "WW" is Dutch for password, and five of them outweighed the three words of the header."""
    odd = "@3.K;'WW';9;'WW';'WW';'WW';3."
    data = written(
        [["email", "password", "server"], ["a@old.example", odd, "imap.old.example"]], "|"
    ).encode()

    assert [(row.address, row.password) for row in parse_table(data, "x.csv").value] == [
        ("a@old.example", odd)
    ]


UPRIGHT = "E-Mail;anna@old.example;ben@old.example\nPasswort;Blue!42;x;y\nIMAP-Server;imap.old.example;imap.old.example\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Zugangsdaten;\nE-Mail;anna@old.example\nPasswort;Blue!42\nServer;imap.old.example\nNotiz;ruft an\n",
            [("anna@old.example", "Blue!42", "imap.old.example", 2)],
        ),
        (
            "Email,anna@old.example\nPassword,Blue!42\n\nEmail,ben@old.example\nPassword,007\n",
            [("anna@old.example", "Blue!42", None, 1), ("ben@old.example", "007", None, 4)],
        ),
        (
            UPRIGHT.replace("x;y", "Red?17"),
            [
                ("anna@old.example", "Blue!42", "imap.old.example", 1),
                ("ben@old.example", "Red?17", "imap.old.example", 1),
            ],
        ),
    ],
    ids=["one", "below-each-other", "beside-each-other"],
)
def test_a_table_that_stands_upright_is_read_down(
    text: str, expected: list[tuple[str | int | None, ...]]
) -> None:
    """A person fills in a form from top to bottom; each label beside its value, an account in each column."""
    rows = parse_table(text.encode(), "x.csv").value

    assert [(row.address, row.password, row.host, row.line) for row in rows] == expected


def test_a_header_of_two_columns_does_not_stand_upright() -> None:
    """Its own first row would be "email" beside "password"."""
    rows = parse_table(b"email;password\nanna@old.example;Blue!42\n", "x.csv").value

    assert [(row.address, row.password) for row in rows] == [("anna@old.example", "Blue!42")]


def test_a_file_saved_twice_as_utf_8_is_read_back() -> None:
    """A program took its UTF-8 for Latin-1: the header shows it, the accents of the passwords are said to be unsure."""
    text = "Adresse e-mail;Mot de passe;Sécurité\nluc@old.example;été;SSL\n"
    table = parse_table(text.encode().decode("latin-1").encode(), "x.csv")

    assert [(row.password, row.security) for row in table.value] == [("été", "tls")]
    assert [problem.code for problem in table.problems] == ["accents-unsure"]


@pytest.mark.parametrize(
    "sides", ["Alt;;;Neu;", "Alter Anbieter;Alter Anbieter;Alter Anbieter;Neu;Neu", "OLD;;;NEW;"]
)
def test_sides_over_the_labels_are_part_of_them(sides: str) -> None:
    """Two merged cells over five columns: whose password is whose stands in the line above."""
    text = f"{sides}\nE-Mail;Passwort;Server;E-Mail;Passwort\na@old.example;x1;imap.old.example;a@new.example;x2\n"
    (row,) = parse_table(text.encode(), "x.csv").value

    assert (row.address, row.password, row.host, row.destination) == (
        "a@old.example",
        "x1",
        "imap.old.example",
        "a@new.example",
    )

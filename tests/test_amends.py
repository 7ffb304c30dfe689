"""Words beside a table: what they take back is not moved, what they correct is used, what is unclear is asked."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.amends import amend_rows
from parsers.result import StatedRow
from parsers.table import parse_table

TABLE = b"""email,password,server
anna@old.example,Blue!42,imap.old.example
ben@old.example,Red?17,imap.old.example
cleo@old.example,Gr33n,imap.old.example
"""
ROWS = parse_table(TABLE, "list.csv").value


def amended(*lines: str) -> dict[str, tuple[object, ...]]:
    """Password and problem codes of each row that is left, by the part before the @."""
    rows = amend_rows(ROWS, lines).rows
    return {
        (row.address or "").partition("@")[0]: (row.password, *(p.code for p in row.problems)) for row in rows
    }


ALL = amended()


@pytest.mark.parametrize(
    "line",
    [
        "Please ignore the trash and spam folders.",
        "Don't delete anything at the old provider, please.",
        "Ben is on holiday until Monday, so call me, not Ben.",
        "Der alte Anbieter erlaubt nur IMAP über Port 993.",
        "Uniquement les mails, pas les contacts ni les agendas.",
        "We will give everybody a new password at your side.",
        "Please move anna@old.example first and then the other two.",
        "¿Se puede hacer sin interrumpir el servicio?",
        "Only three of us work here.",
        "Not all of the passwords are easy to type.",
    ],
)
def test_words_of_something_else_change_no_row(line: str) -> None:
    assert amended(line) == ALL


@pytest.mark.parametrize(
    "line",
    [
        "Please leave out ben@old.example.",
        "Ben (ben@old.example) ist nicht mehr bei uns, den bitte weglassen.",
        "Merci de transférer toutes les boîtes sauf celle de Ben, il a quitté la société.",
        "Please migrate everyone except ben@old.example.",
        "Bitte alle umziehen, bis auf ben@old.example.",
        "No migréis ben@old.example, por favor.",
        "Ben soll nicht umgezogen werden.",
        "Tutti tranne ben@old.example.",
        "Graag alles overzetten behalve ben@old.example.",
        "Bitte nur anna@old.example und cleo@old.example umziehen.",
    ],
)
def test_who_is_left_out_is_not_moved_and_named(line: str) -> None:
    assert amended(line) == {name: said for name, said in ALL.items() if name != "ben"}
    (problem,) = amend_rows(ROWS, [line]).problems
    assert (problem.code, problem.item) == ("row-left-out", "ben@old.example")


@pytest.mark.parametrize(
    "line",
    [
        "Please move only the first two for now.",
        "Bitte erst mal nur die ersten beiden umziehen.",
        "Seulement les deux premières, merci de les transférer.",
        "La última fila no hace falta, omitid la última fila.",
    ],
)
def test_only_some_are_meant(line: str) -> None:
    assert list(amended(line)) == ["anna", "ben"]


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("Bitte Zeile 3 ignorieren.", {"ben", "cleo"}),  # of the file, or the third mailbox
        ("Please only migrate the mailboxes marked in yellow.", {"anna", "ben", "cleo"}),
        ("Maybe leave out ben@old.example.", {"ben"}),
        ("ben@old.example stays with the old provider.", {"ben"}),
        ("Please leave out all of the mailboxes with an x.", {"anna", "ben", "cleo"}),
        ("Please start with the first two mailboxes.", {"cleo"}),
    ],
)
def test_what_is_not_certain_is_asked(line: str, asked: set[str]) -> None:
    found = amended(line)
    assert {name for name, said in found.items() if "told-otherwise" in said} == asked
    assert found.keys() == ALL.keys()


@pytest.mark.parametrize(
    "line",
    [
        "The password of ben@old.example has changed to Sommer#9 since I made it.",
        "Ben hat sein Passwort geändert, es lautet jetzt Sommer#9.",
        "Le mot de passe de Ben a changé : Sommer#9",
        "Correction: Ben's password is Sommer#9, not Red?17.",
    ],
)
def test_a_password_said_to_have_changed_is_used(line: str) -> None:
    assert amended(line) == ALL | {"ben": ("Sommer#9",)}


def test_a_password_said_to_be_wrong_is_asked_for() -> None:
    found = amended("The password of ben@old.example in the list is wrong, I will send it tomorrow.")
    assert found == ALL | {"ben": (None, "password-unsure")}


def test_one_password_for_all_fills_a_table_without_any() -> None:
    rows = parse_table(b"email\nanna@old.example\nben@old.example\n", "list.csv").value
    found = amend_rows(rows, ["All mailboxes have the same password: Team#2026"]).rows
    assert [(row.password, row.problems) for row in found] == [("Team#2026", ())] * 2


def test_a_server_of_one_mailbox_is_no_server_of_the_others() -> None:
    rows = parse_table(b"email,password\nanna@old.example,Blue!42\nben@old.example,Red?17\n", "l.csv").value
    found = amend_rows(
        rows, ["The server for all is mx.old.example, only ben@old.example is at imap.x.example."]
    )
    assert [row.host for row in found.rows] == [None, "imap.x.example"]
    assert found.hosts == {"imap.x.example"}


def test_a_table_of_which_nothing_would_be_left_is_asked_about() -> None:
    found = amended(
        "Leave out anna@old.example.", "Leave out ben@old.example.", "Leave out cleo@old.example."
    )
    assert all("told-otherwise" in said for said in found.values())


@given(st.lists(st.text(max_size=80), max_size=6))
def test_nothing_raises_and_no_row_is_made_up(lines: list[str]) -> None:
    found = amend_rows(ROWS, lines)
    assert {row.address for row in found.rows} <= {row.address for row in ROWS}
    assert amend_rows(ROWS, lines) == found


@pytest.mark.parametrize(
    "part", ["leave ", "not move ", "row 3 3 ", "lass x ", "first ", "(, ", "a.b.c ", "Ben "]
)
def test_hostile_words_take_no_longer_than_plain_ones(part: str) -> None:
    before = time.process_time()
    amend_rows(ROWS, [part * (1_000_000 // len(part))])
    amend_rows(ROWS, [part * 100] * 2000)
    assert time.process_time() - before < 3.0


def test_a_column_of_flags_holds_no_addresses_and_one_of_people_no_logins() -> None:
    plesk = b"Mail name,Domain,Password,Mailbox\nanna,old.example,Blue!42,true\nben,old.example,Red?17,true\n"
    rows = parse_table(plesk, "plesk.csv").value
    assert [row.address for row in rows] == ["anna@old.example", "ben@old.example"]
    people = b"User;E-Mail;Password\nAnna Berg;anna@old.example;Blue!42\nBen;ben@old.example;Red?17\n"
    assert [row.login for row in parse_table(people, "list.csv").value] == [None, None]


def test_user_and_domain_apart_are_one_address() -> None:
    (row,) = parse_table(b"user,domain,password\nanna,old.example,Blue!42\n", "accounts.csv").value
    assert (row.address, row.login, row.problems) == ("anna@old.example", None, ())


def test_accents_of_a_mac_are_read_as_letters() -> None:
    data = "E-Mail;Passwort\nanna@old.example;Grün77\n".encode("mac_roman")
    parsed = parse_table(data, "list.csv")
    assert parsed.value[0].password == "Grün77"
    assert [problem.code for problem in parsed.problems] == ["accents-unsure"]


def test_rows_without_words_stay_as_they_are() -> None:
    assert amend_rows(ROWS, []).rows == ROWS
    assert amend_rows((), ["leave out ben"]).rows == ()
    assert isinstance(ROWS[0], StatedRow)

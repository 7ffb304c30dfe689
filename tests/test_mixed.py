"""What unseen mails of every kind taught: small principles that several parsers share."""

import time

import pytest

from parsers.answers import read_answers
from parsers.asking import asks_us
from parsers.bare import read_bare
from parsers.startphrase import read_starts
from parsers.table import parse_table
from parsers.text import Block
from parsers.wishes import read_wishes


@pytest.mark.parametrize("name", ["rechnung", "facture", "spam", "payments", "shop", "problem"])
def test_a_mailbox_may_be_called_anything(name: str) -> None:
    """The words of an address say nothing about what is asked for."""
    assert asks_us(f"Could you please migrate the mailbox {name}@old.example to your server?")


@pytest.mark.parametrize(
    "text",
    [
        "Kindly transfer all outstanding invoices to the following account.",
        "Please transfer the payment to our new bank account.",
        "Por favor transfiera los pagos a nuestra cuenta.",
        "Bitte überweisen und übertragen Sie die Zahlung auf unser Konto.",
    ],
)
def test_money_that_moves_is_no_mail(text: str) -> None:
    """Fraud speaks of accounts and transfers, too."""
    assert not asks_us(text, "Updated bank details")


@pytest.mark.parametrize("title", ["total", "code", "Zugang"])
def test_a_column_with_another_name_is_not_taken_for_the_password(title: str) -> None:
    """What is left over when address and server are known is the password only where nothing says otherwise."""
    rows = parse_table(
        f"id;{title};email\n1;A7-x;rui@x.example\n2;B9-y;ana@y.example\n".encode(), "x.csv"
    ).value

    assert [(row.address, row.password) for row in rows] == [("rui@x.example", None), ("ana@y.example", None)]


@pytest.mark.parametrize("cells", ["20,00;35,50", "2019-03-01;2020-05-11", "$12.00;$9.50"])
def test_amounts_and_days_are_no_passwords(cells: str) -> None:
    """A list of orders or members has no header at times."""
    first, second = cells.split(";")
    rows = parse_table(f"rui@x.example;{first}\nana@y.example;{second}\n".encode(), "x.csv").value

    assert [row.password for row in rows] == [None, None]


@pytest.mark.parametrize(
    "line",
    [
        "helen@x.example / Wr3n, server imap.x.example",
        "helen@x.example / Wr3n; IMAP: imap.x.example",
        "helen@x.example \u2192 Wr3n, IMAP server is imap.x.example.",
    ],
)
def test_a_server_named_behind_a_row_is_no_part_of_its_password(line: str) -> None:
    """A password with ", server …" in it would be tried and refused, and the mail has a server after all."""
    bare = read_bare(line)

    assert bare is not None
    assert bare.draft.stated == {"address": "helen@x.example", "password": "Wr3n", "host": "imap.x.example"}


def test_a_password_with_a_comma_stays_whole() -> None:
    """Only a word for a server and a server behind it end the password."""
    bare = read_bare("helen@x.example / Wr3n,bird-x")

    assert bare is not None
    assert bare.draft.stated["password"] == "Wr3n,bird-x"


def test_an_answer_of_two_lines_answers_a_question_for_both() -> None:
    """One line is a server, the other a password; two servers or two words are no answer to be sure of."""
    question = Block("quoted", "> tess@x.example: which password and which IMAP server?\n")

    told = read_answers([question, Block("own", "\nPix3l;\nimap.x.example\n\nThanks\n")])
    hosts = read_answers([question, Block("own", "\nmail.x.example\nimap.x.example\n")])

    assert [(row.address, row.password, row.host) for row in told] == [
        ("tess@x.example", "Pix3l;", "imap.x.example")
    ]
    assert not any(row.password for row in hosts)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Please migrate on Tuesday at 8pm Central.", "Tuesday at 8pm Central"),
        (
            "Migrad el jueves a las 20h, hora de la Ciudad de M\u00e9xico.",
            "jueves a las 20h, hora de la Ciudad de M\u00e9xico",
        ),
        (
            "Podem migrar na quinta \u00e0s 19h, hor\u00e1rio de Bras\u00edlia?",
            "quinta \u00e0s 19h, hor\u00e1rio de Bras\u00edlia",
        ),
    ],
)
def test_the_clock_somebody_names_belongs_to_the_time(text: str, said: str) -> None:
    """Cut off, the time would be read in our own zone: hours too early."""
    assert said in read_starts(text)[0][0]


@pytest.mark.parametrize("size", [10**3, 10**5])
@pytest.mark.parametrize("piece", ["a", "a@", "a.a@a.", ", server ", "bank ", "@"])
def test_hostile_repetition_costs_linear_time(piece: str, size: int) -> None:
    """Own expressions only: ten times the text is not a hundred times the work."""
    text = piece * (size // len(piece))
    began = time.process_time()

    read_wishes(text)
    asks_us(text)
    read_bare(text)

    assert time.process_time() - began < 3

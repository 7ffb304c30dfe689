"""Rows without labels: arrows, merged cells, examples, numbered passwords; each beside what must not be taken for one."""

import pytest

from parsers.answers import read_answers
from parsers.arrows import read_arrow
from parsers.body import parse_body
from parsers.examples import is_example, opens_example, says_example
from parsers.html import html_text
from parsers.text import split_blocks

A, B, H = "anna@old.example", "anna@new.example", "imap.old.example"


@pytest.mark.parametrize(
    ("line", "stated"),
    [
        (f"{A} -> {B}", {}),
        (f"{A}  \u2192  <{B}>", {}),
        (f"{A} nach {B}", {}),
        (f"{A} => {B}, password Leaf.1", {"password": "Leaf.1"}),
        (f"{A} -> {B} / Leaf.1 / {H}", {"password": "Leaf.1", "host": H}),
        (f"{A} -> {B} (shop)", {}),
    ],
)
def test_an_arrow_says_where_an_account_goes(line: str, stated: dict[str, str]) -> None:
    """With what names itself behind it; a remark is nothing."""
    draft = read_arrow(line)
    assert draft is not None
    assert draft.stated == {"address": A, "destination": B, **stated}


@pytest.mark.parametrize("line", [f"{A}, {B}", f"From: {A} -> x", f"{A} -> x", f"see {A} -> {B}"])
def test_other_lines_with_addresses_are_no_arrows(line: str) -> None:
    """Two addresses and nothing between them that says which is the old one."""
    assert read_arrow(line) is None


def test_forwards_to_be_set_up_are_no_accounts() -> None:
    """Arrows count where a move is asked for, or a password stands beside them."""
    assert parse_body(f"Please set up these forwards:\n{A} -> {B}\n").value.rows == ()


def test_what_is_called_an_example_is_no_row() -> None:
    """Announced above, named on the line, or said so below; a host called old.example is no example."""
    block = f"Email: {A}\nPassword: Secret1\nServer: {H}\n"
    for text in (f"For example:\n{block}", f"{block}\nThat is only an example of course.\n"):
        assert parse_body(text, asked=True).value.rows == ()
    text = f"Beispiel: {A} / Secret1 / {H}\n\n{block.replace(A, B)}"
    assert [row.address for row in parse_body(text, asked=True).value.rows] == [B]
    assert not says_example(f"The server is {H} and this is it.")
    assert not opens_example(f"{A}:")
    assert not is_example("Email: z")


def test_merged_cells_stand_in_every_place_they_cover() -> None:
    """Down the rows, and across where they are a head over heads; a value is never doubled."""
    page = "<table><tr><td rowspan=2>imap.x.example<td>a@x<td>1</tr><tr><td>b@x<td>2</table>"
    assert html_text(page).split("\n") == ["imap.x.example\ta@x\t1", "imap.x.example\tb@x\t2"]
    assert html_text("<table><tr><td>Password<td colspan=2>x</table>") == "Password\tx"
    broken = "<table><tr><td rowspan=99999999999>a<td colspan=-1>b<tr><td>c</table>"
    assert html_text(broken).split("\n") == ["a\tb", "c"]


def test_two_numbered_passwords_of_one_account_are_two_candidates() -> None:
    """Three are a question."""
    text = f"Email: {A}\nServer: {H}\nPassword 1: one1!\nPassword 2: two2!\n"
    (row,) = parse_body(text).value.rows
    assert (row.password, row.password_alternatives) == ("one1!", ("two2!",))
    (row,) = parse_body(f"{text}Password 3: three3!\n").value.rows
    assert row.password is None


def test_the_address_of_who_asks_is_nobodys_account() -> None:
    """The question's signature and attribution name the support; the account is the one the customer names."""
    text = (
        "On 4 May 2026 Support <support@host.example> wrote:\n> Which address is it?\n\n"
        f"{A}\n\n> What is the password?\n\nPen;Ink7\n\n> Regards, support@host.example\n"
    )
    (row,) = read_answers(split_blocks(text), frozenset({"support@host.example"}))
    assert (row.address, row.password) == (A, "Pen;Ink7")


@pytest.mark.parametrize(
    "said",
    [
        "Regal-1 -> falsch, richtig ist Regal-7",
        "Hering#1 (neu: Makrele#2, bitte so einrichten)",
        "wie gehabt",
        "chiedetela a Mario, grazie",
        "<your password>",
    ],
)
def test_words_about_a_password_are_none(said: str) -> None:
    """Of two that could each be it, none is taken."""
    (row,) = parse_body(f"Email: {A}\nPassword: {said}\nServer: {H}\n").value.rows
    assert row.password is None

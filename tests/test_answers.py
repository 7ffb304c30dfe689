"""Answers below quoted questions."""

import pytest

from parsers.answers import read_answers
from parsers.text import Block, split_blocks

B = "ben@old.example"


def answers(text: str) -> list[tuple[str | None, str | None, str | None]]:
    return [(row.address, row.password, row.host) for row in read_answers(split_blocks(text))]


def test_the_answers_of_the_study() -> None:
    """Body 21: the second question names nobody, so it is about the same account."""
    text = f"> Row 2 ({B}): what is the password?\nhunter>2\n\n> and the IMAP server?\nimap.old.example\n"

    assert answers(text) == [(B, "hunter>2", "imap.old.example")]


def test_our_own_question_is_answered_below_it() -> None:
    """As our replies ask, wrapped and quoted by the customer's program."""
    text = (
        f"Hello,\n\n> {B} (postfaecher.csv, line 5): the old server says that the address or\n> the password is wrong."
        " Please send the current password.\n\nWinter#77\n\n> cora@old.example (line 6): the password is missing."
        " Please send it.\nPasswort: Sommer 88\n\n> A person reads this thread too: just answer.\n\nThanks\nAnna"
    )

    assert answers(text) == [(B, "Winter#77", None), ("cora@old.example", "Sommer 88", None)]


@pytest.mark.parametrize(
    "text",
    [
        f"> My mailbox is {B}, the password follows.\n\nThanks!\n",
        f"> {B}: please send the password.\n\nI will call you.\n",
        f"> {B} or cora@old.example: what is the password?\n\nhunter>2\n",
        "> what is the password?\n\nhunter>2\n",
        f"> {B}: is the copy complete?\n\nhunter>2\n",
        f"> {B}: what is the password?\n\nAnna\n",
        f"> {B}: what is the password?\n\nsent by SMS\n",
    ],
)
def test_what_is_no_answer_is_no_value(text: str) -> None:
    """A thank-you, a name, a promise; a question about two accounts, about none, or about something else."""
    assert [row for row in answers(text) if row[1] or row[2]] == []


def test_a_plain_word_is_asked_for_again() -> None:
    """It may be the password, and it may be anything else."""
    (row,) = read_answers((Block("quoted", f"> {B}: what is the password?"), Block("own", "sommer")))

    assert (row.address, row.password, [problem.code for problem in row.problems]) == (
        B,
        None,
        ["password-unsure"],
    )

"""The second look: what nobody read is asked about, and what was read right stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.result import StatedRow
from parsers.unread import look_again
from tests.test_request import mail, read

ROW = "Email: anna@old.example\nPassword: Foo!2319\nServer: imap.old.example\n"
NEW = "anna.berg@new.example"


def said(sentence: str, rows: str = ROW) -> list[tuple[object, ...]]:
    """Address, password, destination and questions of each row of a letter with this sentence, above and below."""
    read_in_both = [
        [
            (row.address, row.password, row.destination, tuple(p.code for p in row.problems))
            for row in read(mail(text, subject="Migration")).rows
        ]
        for text in (f"Hello,\n\n{sentence}\n\n{rows}\nAnna\n", f"Hello,\n\n{rows}\n{sentence}\n\nAnna\n")
    ]
    assert read_in_both[0] == read_in_both[1]
    return read_in_both[0]


@pytest.mark.parametrize(
    "sentence",
    [
        f"Please move my mails into my new mailbox {NEW}.",
        f"I would like everything to land in my new mailbox {NEW}.",
        f"My new address is {NEW}.",
        f"All mails should end up at {NEW}.",
        f"It should all go to {NEW}",
        f"Das Ganze soll bitte nach {NEW}.",
        f"Bitte in mein neues Postfach {NEW} kopieren.",
        f"Ziel ist {NEW}.",
        f"Merci de tout copier dans ma nouvelle boîte {NEW}.",
        f"Quiero todo en mi nuevo buzón {NEW}.",
        f"Vorrei tutto nella nuova casella {NEW}.",
        f"Alles graag naar {NEW} overzetten.",
    ],
)
def test_a_sentence_beside_labelled_lines_says_where_the_mail_goes(sentence: str) -> None:
    """The worst mistake of all is a copy into the wrong mailbox."""
    assert said(sentence) == [("anna@old.example", "Foo!2319", NEW, ())]


@pytest.mark.parametrize(
    "sentence",
    [
        "Please reply to my new address anna@elsewhere.example.",
        "You can reach me at anna@elsewhere.example.",
        "I am writing from my private mailbox anna@else.example.",
        "Please do not move anything into test@new.example.",
        "Our new colleague is ben@new.example.",
        "The mailbox sales@old.example was already moved to sales@new.example last week.",
        "The invoice should go to billing@firm.example.",
        "Rechnung bitte an buchhaltung@firm.example.",
        "Wir sind seit Montag bei Ihnen Kunde (Kundenkonto admin@firm.example).",
        "Please leave info@old.example alone.",
    ],
)
def test_an_address_to_write_to_is_no_destination(sentence: str) -> None:
    """And no question either: who gives us the address of the bookkeeper does not ask for a copy there."""
    assert said(sentence) == [("anna@old.example", "Foo!2319", None, ())]


@pytest.mark.parametrize(
    "sentence",
    [
        f"I already have {NEW} with you, so please put it there.",
        f"Please also create a new mailbox {NEW}.",
        f"Please copy my old mail to my account with you ({NEW}).",
    ],
)
def test_what_may_be_the_destination_is_asked_about(sentence: str) -> None:
    """Nothing is copied before the answer."""
    assert said(sentence) == [("anna@old.example", "Foo!2319", None, ("destination-unsure",))]


def test_one_destination_for_two_mailboxes_is_asked_about() -> None:
    """Both together in one, or one of them only?"""
    second = ROW.replace("anna@", "ben@").replace("Foo", "Bar")
    rows = said(f"Please move them to my new mailbox {NEW}.", f"{ROW}\n{second}")

    assert [(row[2], row[3]) for row in rows] == [(None, ("destination-unsure",))] * 2


@pytest.mark.parametrize(
    "sentence",
    [
        "One correction: the password of anna@old.example has changed to Sommer#9 since then.",
        "Sorry, the correct password is Sommer#9 now.",
        "Das Passwort wurde geändert, es ist jetzt Sommer#9.",
    ],
)
def test_two_passwords_of_one_mailbox_are_asked_about(sentence: str) -> None:
    """Which of them came last, only its owner knows; trying both may lock the account."""
    known = [StatedRow(address="anna@old.example", password="Foo!2319")]

    (row,) = look_again(known, [sentence])

    assert (row.password, [problem.code for problem in row.problems]) == (None, ["password-unsure"])


@pytest.mark.parametrize(
    "sentence",
    [
        "The password of anna@old.example is Foo!2319, not Sommer#9.",
        "The new password of the mailbox with you is Sommer#9.",
        "The password of ben@old.example is now Sommer#9.",
        "Our WLAN password is now Gast#2020, if you come by.",
        "pw Foo!2319\nPlease begin on 2026-12-04T20:00:00Z, it is urgent now.",
        "The password Foo!2319 has a capital F, our hall is B12.",
    ],
)
def test_other_words_near_a_password_change_nothing(sentence: str) -> None:
    """The row is right as it stands."""
    known = [StatedRow(address="anna@old.example", password="Foo!2319")]

    assert look_again(known, sentence.split("\n")) == tuple(known)


def test_another_server_in_a_sentence_is_asked_about() -> None:
    """A password must not be tried at the wrong one."""
    known = [
        StatedRow(address="anna@old.example", host="imap.old.example"),
        StatedRow(address="sales@old.example", host="imap.old.example"),
    ]

    first, second = look_again(known, ["Only sales@old.example lies on imap.other.example since May."])

    assert (first, [problem.code for problem in second.problems]) == (known[0], ["duplicate-conflict"])
    new = ["We move to your new server imap.host.example, the table is below.", "a | imap.x.example | b"]
    assert look_again(known, new) == tuple(known)


WORDS = st.sampled_from(
    [
        "my",
        "new",
        "mailbox",
        "is",
        "to",
        "anna@old.example",
        "ben@new.example",
        "password",
        "now",
        "Foo!1",
        "Bar?2",
        "imap.x.example",
        "\n",
        ".",
        "Regards,",
        "\n\n",
    ]
)


@given(st.lists(WORDS, max_size=40).map(" ".join))
def test_looking_again_never_raises_loses_no_row_and_settles(text: str) -> None:
    """A third look finds nothing more."""
    rows = [StatedRow(address="anna@old.example", password="Foo!1", host="imap.old.example")]

    once = look_again(rows, text.split("\n"))

    assert [row.address for row in once] == ["anna@old.example"]
    assert look_again(once, text.split("\n")) == once

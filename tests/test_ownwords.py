"""Labels of one installation: read like the words everybody knows, and never inside a value."""

from bot.config import Config
from bot.reception import desk_of
from parsers.desk import Desk
from parsers.letter import read_letter
from parsers.ownwords import in_plain_words, own_words
from parsers.result import StatedRow

OWN = own_words([("password", ["Zugangscode", "Geheim-Nr."]), ("host", ["Mailhost"])])


def rows(text: str, desk: Desk) -> tuple[StatedRow, ...]:
    head = "From: anna@old.example\nTo: support@host.example\nSubject: please migrate my mailbox\n\n"
    return read_letter((head + text).encode(), desk).stated.value.rows


def test_a_configured_label_is_read_where_labels_stand() -> None:
    """Before its value, alone above it, and over a column; without the key the same text is a question."""
    for text in (
        "E-Mail: anna@old.example\nZugangscode: Blau!42\nMailhost: imap.old.example\n",
        "E-Mail\nanna@old.example\n\nGeheim-Nr.\nBlau!42\n\nMailhost\nimap.old.example\n",
        "E-Mail | Zugangscode | Mailhost\nanna@old.example | Blau!42 | imap.old.example\n",
    ):
        (row,) = rows(text, Desk(labels=OWN))
        assert (row.address, row.password) == ("anna@old.example", "Blau!42"), text
        assert row.host == "imap.old.example" or "Mailhost\n" in text
        assert all(one.password != "Blau!42" for one in rows(text, Desk())) or "|" in text


def test_a_value_stays_as_it_is() -> None:
    """Only the label before the first separator is put in plain words."""
    text = "Password: Zugangscode: x\nE-Mail: zugangscode@old.example"
    assert in_plain_words(text, OWN) == text
    assert in_plain_words(" - Zugangscode : Mailhost: 1 ", OWN) == " - password : Mailhost: 1 "


def test_the_key_reaches_the_reader() -> None:
    """[support] labels of bot.toml are the desk's."""
    config = Config.model_validate({"support": {"labels": {"password": ["Zugangscode"]}}})
    assert desk_of(config).labels == (("zugangscode", "password"),)

"""What somebody orders on a thread in a few words, in nine languages; and everything that only sounds like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.orders import read_orders

SAID: list[tuple[str, set[str]]] = [
    ("Please pause the migration.", {"pause"}),
    ("Could you pause it, please?", {"pause"}),
    ("Hallo,\n\nbitte den Umzug anhalten.\n\nVielen Dank\nAnna Berg", {"pause"}),
    ("Pouvez-vous suspendre la migration ?", {"pause"}),
    ("Por favor, detengan la migración", {"pause"}),
    ("Prosze wstrzymać migrację", {"pause"}),
    ("resume", {"resume"}),
    ("Bitte weitermachen!", {"resume"}),
    ("Vous pouvez reprendre.", {"resume"}),
    ("Cancel", {"cancel"}),
    ("Bitte stornieren Sie alles.", {"cancel"}),
    ("Annulez tout, merci", {"cancel"}),
    ("Vogliamo annullare la migrazione. Grazie", {"cancel"}),
    ("include trash", {"include-trash"}),
    ("Please include trash and spam", {"include-trash", "include-junk"}),
    ("Bitte auch den Papierkorb mitnehmen", {"include-trash"}),
    ("Inclure la corbeille svp", {"include-trash"}),
    ("Graag ook de prullenbak meenemen", {"include-trash"}),
    ("What is the status?", {"status"}),
    ("Wie ist der Stand?", {"status"}),
    ("Quel est l'avancement ?", {"status"}),
]


@pytest.mark.parametrize(("text", "orders"), SAID)
def test_an_order_is_one_in_the_language_it_comes_in(text: str, orders: set[str]) -> None:
    read = read_orders(text)

    assert read.words == orders
    assert read.whole


@pytest.mark.parametrize(
    "text",
    [
        "Is it paused?",
        "Please don't stop",
        "Please cancel my contract with the old provider",
        "We want to cancel the appointment",
        "Please cancel the newsletter",
        "If it takes longer than a day, cancel it",
        "Pause when Bob is back",
        "Wait until Monday",
        "Stop the spam",
        "Nicht abbrechen!",
        "Bitte erst morgen fortsetzen",
        "I put it in the trash",
        "Ne pas annuler",
        "My account was suspended",
        "Move to Sunday 20:00",
        "Pause or cancel?",
        "Annulla il mio abbonamento",
    ],
)
def test_what_only_sounds_like_an_order_is_none(text: str) -> None:
    """Cancelling wipes the passwords and ends the move: a question costs less."""
    assert not read_orders(text).words


def test_orders_that_exclude_each_other_are_none() -> None:
    assert not read_orders("Please pause.\nPlease cancel.").words


def test_what_stands_beside_an_order_is_left_to_a_person() -> None:
    read = read_orders("Please pause.\nAnd what about the invoice of last week, nobody has answered me?")

    assert read.words == {"pause"}
    assert not read.whole


@given(st.text(max_size=400))
def test_it_never_raises_and_says_the_same_twice(text: str) -> None:
    assert read_orders(text) == read_orders(text)


def test_a_long_text_is_read_in_a_straight_line() -> None:
    """Only so many statements are looked at; the rest makes it no whole order."""
    read = read_orders("please " * 20_000 + "\n" + "pause. " * 20_000)

    assert not read.whole

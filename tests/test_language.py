"""In which language somebody writes: certain or not at all, and no mail we keep is told wrongly."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import problem_in
from parsers.language import LANGUAGES, declared_language, tell_language
from parsers.message import parse_message
from tests.test_request import CASES, read

ROW_PROBLEMS = [
    "address-missing",
    "address-invalid",
    "password-missing",
    "password-unsure",
    "host-missing",
    "host-invalid",
    "duplicate-conflict",
    "row-shifted",
    "numeric-cell",
    "example-row",
    "told-otherwise",
    "destination-unsure",
]  # those of the contract of `explain --json`
NAMES = {
    "en": "en english", "de": "de german", "fr": "fr french", "es": "es spanish", "it": "it italian", "nl": "nl dutch",
    "pt": "pt portuguese", "pl": "pl polish", "ro": "ro romanian",
}  # fmt: skip
OF_NAME = {word: code for code, words in NAMES.items() for word in words.split()}


def own_words(case: Path) -> str:
    inbound = parse_message((case / "in.eml").read_bytes()).value
    subject = "" if inbound.in_reply_to else inbound.subject
    return "\n".join([subject, *(block.text for block in inbound.blocks if block.kind == "own")])


def test_no_mail_is_told_wrongly() -> None:
    """The names of the cases say the language of many; a wrong one would answer a customer in a foreign tongue."""
    wrong, told, known = [], 0, 0
    for case in CASES:
        said = {OF_NAME[word] for word in case.name.split("-")[1:] if word in OF_NAME}
        found = tell_language(own_words(case))
        if len(said) == 1:
            known += 1
            told += found is not None
            wrong += [(case.name, found)] if found not in (None, *said) else []
    assert wrong == []
    assert told > known * 0.75


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Please find the list below, thanks", "en"),
        ("Bitte die Postfächer umziehen, Liste anbei", "de"),
        ("Bonjour, voici la liste ci-jointe, merci", "fr"),
        ("Buenos días, adjunto la lista, gracias", "es"),
        ("Buongiorno, in allegato l'elenco delle caselle", "it"),
        ("Hallo, in de bijlage staan onze postvakken, bedankt", "nl"),
        ("Bom dia, segue em anexo a nossa lista, obrigado", "pt"),
        ("Dzień dobry, proszę o przeniesienie skrzynek", "pl"),
        ("Bună ziua, vă rog să mutați căsuțele noastre", "ro"),
        ("Email: anna@old.example\nPassword: x1\n", None),
        ("FYI", None),
        ("", None),
        ("Hej, vänligen flytta våra brevlådor till er, tack", None),
    ],
)
def test_a_short_mail_is_told_by_its_small_words(text: str, language: str | None) -> None:
    """Three words are enough; labels and addresses are none, and a language we do not have is not taken for another."""
    assert tell_language(text) == language


@given(st.text())
def test_any_text_is_told_or_not(text: str) -> None:
    """Never raises; always one of ours."""
    assert tell_language(text) in (*LANGUAGES, None)


@pytest.mark.parametrize(
    ("field", "page", "language"),
    [
        ("de-DE", "", "de"),
        ("en-US, fr", "", None),
        ("", '<html xmlns="x" lang="pl">', "pl"),
        ("sv", "", None),
        ("", "", None),
    ],
)
def test_what_a_mail_declares_counts_where_its_words_do_not_tell(
    field: str, page: str, language: str | None
) -> None:
    """RFC 3282, or the page."""
    assert declared_language(field, page) == language


def test_a_mail_without_words_is_in_the_language_it_declares() -> None:
    """Its words win where they tell."""
    head = "From: a@old.example\nTo: support@host.example\nSubject: x\nContent-Language: fr\n"

    assert read(f"{head}\nEmail: a@old.example\nPassword: x1\n".encode()).language == "fr"
    assert read(f"{head}\nBitte ziehen Sie mein Postfach um, vielen Dank\n".encode()).language == "de"


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_problem_of_a_row_has_words_in_every_language(language: str) -> None:
    """They stand in the corrected table that goes back."""
    assert [code for code in ROW_PROBLEMS if not problem_in(language, code)] == []
    assert not any(re.search(r"[{}]", problem_in(language, code)) for code in ROW_PROBLEMS)

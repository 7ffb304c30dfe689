"""An answer to our offer of times takes exactly one of them, or is asked about."""

from datetime import UTC, date, datetime, timedelta

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from parsers.slots import choose_slot, offered_lines
from parsers.text import Block

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
OFFER = (
    "Please answer with one of these times, or with another one:\n"
    "- Sunday, 29 November 2026, 22:00 (CET, UTC+01:00)\n"
    "- Monday, 30 November 2026, 22:00 (CET, UTC+01:00)\n"
    "- Tuesday, 1 December 2026, 08:00 (CET, UTC+01:00)"
)
FIRST, SECOND, THIRD = (
    datetime(2026, 11, 29, 21, tzinfo=UTC),
    datetime(2026, 11, 30, 21, tzinfo=UTC),
    datetime(2026, 12, 1, 7, tzinfo=UTC),
)


def answer(own: str) -> datetime | str | None:
    """Return the instant taken, the problem, or None where it takes nothing."""
    start = choose_slot(offered_lines([Block("quoted", OFFER)]), own, NOW)
    return None if start is None else start.utc or start.problem


@pytest.mark.parametrize(
    ("own", "taken"),
    [
        ("The second one is fine", SECOND),
        ("the first", FIRST),
        ("2", SECOND),
        ("option 3 please", THIRD),
        ("can we do the second one?", SECOND),
        ("the last one", THIRD),
        ("Tuesday is ok", THIRD),
        ("8:00 suits us", THIRD),
        ("Tuesday morning is good", THIRD),
        ("30.11. ist ok", SECOND),
        ("der zweite Termin passt", SECOND),
        ("Le deuxième", SECOND),
        ("La prima opzione va bene", FIRST),
        ("El segundo nos va bien", SECOND),
        ("de tweede optie is prima", SECOND),
        ("o segundo por favor", SECOND),
        ("druga opcja pasuje", SECOND),
        ("a doua variantă", SECOND),
        ("22:00 please", "ambiguous"),
        ("Wednesday please", "ambiguous"),
        ("1st or 2nd", "ambiguous"),
        ("Not the first one please", "ambiguous"),
        ("the first\nthe second", "ambiguous"),
        ("Monday, 30 November 2027 is fine", "ambiguous"),
        ("Monday is fine, but not in the evening", None),
        ("I have 2 mailboxes", None),
        ("neither", None),
        ("ok", None),
    ],
)
def test_an_answer_takes_one_offered_time_or_is_asked_about(own: str, taken: datetime | str | None) -> None:
    """People answer with the least words there are; a condition is no choice."""
    assert answer(own) == taken


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "nl", "pt", "pl", "ro"])
def test_our_own_lines_are_read_in_every_language(language: str) -> None:
    """As bot.words writes them."""
    days = [date(2026, 11, 29) + timedelta(days=number) for number in range(3)]
    lines = [f"- {format_date(day, 'full', locale=language)}, 22:00 (CET, UTC+01:00)" for day in days]

    chosen = choose_slot(offered_lines([Block("quoted", "\n".join(lines))]), "2", NOW)

    assert chosen is not None
    assert chosen.utc == SECOND


def test_one_line_is_no_offer_and_what_is_not_quoted_is_none() -> None:
    """An echo of the agreed start is quoted, too."""
    lines = OFFER.split("\n")

    assert offered_lines([Block("quoted", lines[1])]) == ()
    assert offered_lines([Block("own", OFFER)]) == ()


def test_an_offered_time_that_is_over_is_past() -> None:
    """It is asked about anew."""
    late = choose_slot(offered_lines([Block("quoted", OFFER)]), "the first", NOW + timedelta(days=7))

    assert late is not None
    assert (late.utc, late.problem) == (FIRST, "past")


@given(st.text(max_size=300), st.text(max_size=120))
def test_no_text_makes_it_raise(quoted: str, own: str) -> None:
    """Both are strangers' words."""
    choose_slot(offered_lines([Block("quoted", OFFER + quoted)]), own, NOW)
    choose_slot((quoted, own), own, NOW)

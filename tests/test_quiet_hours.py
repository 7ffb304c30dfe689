"""What nobody asked for just now waits for the morning; an answer never does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.speech import Speech
from bot.states import QueueReply, State
from bot.timing import after_quiet, check_quiet
from tests.desk import NOW, a_store, make_config
from tests.facts import row
from tests.facts import ticket as a_ticket

BERLIN = "Europe/Berlin"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "leaves"),
    [
        ("22:00-06:00", "2026-11-23T21:59", "2026-11-23T21:59"),
        ("22:00-06:00", "2026-11-23T22:00", "2026-11-24T06:00"),
        ("22:00-06:00", "2026-11-24T05:59", "2026-11-24T06:00"),
        ("22:00-06:00", "2026-11-24T06:00", "2026-11-24T06:00"),
        ("12:00-13:30", "2026-11-24T12:30", "2026-11-24T13:30"),
        ("12:00-13:30", "2026-11-24T11:59", "2026-11-24T11:59"),
        ("22:00-06:00", "2027-03-27T23:00", "2027-03-28T06:00"),  # a night of seven hours
        ("22:00-02:30", "2027-03-27T23:00", "2027-03-28T03:30"),  # an end that the clock skips
        ("22:00-06:00", "2026-10-24T23:00", "2026-10-25T06:00"),
        ("", "2026-11-24T03:00", "2026-11-24T03:00"),
    ],
)
def test_when_news_may_leave(quiet: str, now: str, leaves: str) -> None:
    """By the clock of the service zone, the ends included as people mean them."""
    assert after_quiet(local(now), quiet, BERLIN) == local(leaves)


@given(
    st.datetimes(NOW.replace(tzinfo=None), NOW.replace(tzinfo=None) + timedelta(days=400)),
    st.times(),
    st.times(),
)
def test_nothing_waits_longer_than_a_day_nor_leaves_in_quiet(
    now: datetime, begin: object, end: object
) -> None:
    """And what may leave does not wait again."""
    quiet = f"{begin:%H:%M}-{end:%H:%M}"
    if quiet[:5] == quiet[6:]:
        return
    moment = now.replace(tzinfo=UTC)
    leaves = after_quiet(moment, quiet, BERLIN)
    assert timedelta(0) <= leaves - moment <= timedelta(hours=25)
    assert after_quiet(leaves, quiet, BERLIN) - leaves <= timedelta(
        hours=1
    )  # an end that the clock shows twice


@pytest.mark.parametrize(
    "text", ["22-6", "22:00", "24:00-06:00", "22:00-22:00", "22:00 - 06:00", "22:60-06:00"]
)
def test_what_is_no_quiet_hours_is_refused(text: str) -> None:
    """At start, with the others."""
    with pytest.raises(ValueError, match="two times"):
        check_quiet(text)


@pytest.mark.parametrize(("answers", "leaves"), [(True, "2026-11-23T23:00"), (False, "2026-11-24T06:00")])
def test_an_answer_leaves_at_once_and_a_reminder_in_the_morning(
    tmp_path: Path, answers: bool, leaves: str
) -> None:
    """The customer who writes at night is awake."""
    config = make_config(tmp_path, schedule={"quiet_hours": "22:00-06:00", "timezone": BERLIN})
    with a_store(tmp_path) as store:
        speech = Speech(config, store.vault, lambda: local("2026-11-23T23:00"))
        one = a_ticket(row(state=State.ASKING))
        drafted = speech.draft(one, {}, QueueReply(kind="update", revision=2, answers=answers))
    assert datetime.fromisoformat(drafted["run_at"]) == local(leaves)

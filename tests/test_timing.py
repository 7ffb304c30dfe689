"""The notice rule: every edge of its table, and the law of the offers."""

import os
import time as clock
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.timing import Schedule, as_json, check_notice, earliest_slots, from_json

BERLIN = ZoneInfo("Europe/Berlin")
HERE = Schedule(zone="Europe/Berlin")
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True, params=["UTC", "America/New_York"])
def host_zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """The host's own zone must not matter: containers run on UTC, a developer's laptop does not."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    clock.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.__setitem__("TZ", before)
    clock.tzset()


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


EDGES = [  # complete at, start, accepted; 2026-11-26 is a Thursday
    ("2026-11-26 22:00", "2026-11-28 22:00", True),  # 48 h exactly
    ("2026-11-26 22:01", "2026-11-28 22:00", False),
    ("2026-11-27 10:00", "2026-11-27 23:30", False),  # 13.5 h, though it runs into Saturday
    ("2026-11-26 23:30", "2026-11-27 23:30", True),  # a weekday's start that runs into Saturday: 24 h
    ("2026-11-27 23:59", "2026-11-29 23:59", True),  # Sunday 23:59 wants 48 h
    ("2026-11-28 00:00", "2026-11-29 23:59", False),
    ("2026-11-29 00:00", "2026-11-30 00:00", True),  # Monday 00:00 wants 24 h
    ("2026-11-29 00:01", "2026-11-30 00:00", False),
    ("2026-11-26 00:00", "2026-11-28 00:00", True),  # Saturday begins at 00:00
    ("2026-11-26 23:59", "2026-11-27 23:59", True),
    ("2027-03-27 12:00", "2027-03-29 12:00", True),  # 47 h elapsed in spring, a weekday
    ("2027-03-26 12:00", "2027-03-28 12:00", False),  # 47 h elapsed in spring, a Sunday
    ("2026-10-24 12:00", "2026-10-26 12:00", True),  # 49 h elapsed in autumn
]


@pytest.mark.parametrize(("complete", "start", "accepted"), EDGES)
def test_the_notice_rule_at_its_edges(complete: str, start: str, accepted: bool) -> None:
    """The study's table, on both sides of every edge; equality is enough, and hours are elapsed ones."""
    assert check_notice(berlin(start), berlin(complete), HERE) is accepted


def test_the_weekend_is_that_of_the_service_zone() -> None:
    """Friday evening in New York is Saturday for the team in Berlin: 48 hours."""
    start = datetime(2026, 11, 27, 19, 0, tzinfo=ZoneInfo("America/New_York"))

    assert not check_notice(start, start - timedelta(hours=30), HERE)
    assert check_notice(start, start - timedelta(hours=48), HERE)
    assert check_notice(start, start - timedelta(hours=24), Schedule(zone="America/New_York"))


def test_days_and_hours_are_the_operators() -> None:
    """A team that works on Saturday and rests on Friday says so in bot.toml."""
    friday = berlin("2026-11-27 12:00")
    rests = Schedule(
        zone="Europe/Berlin", weekend=(4,), notice=timedelta(hours=2), weekend_notice=timedelta(hours=3)
    )

    assert not check_notice(friday, friday - timedelta(hours=2), rests)
    assert check_notice(friday, friday - timedelta(hours=3), rests)
    assert check_notice(friday + timedelta(days=1), friday + timedelta(hours=22), rests)
    assert from_json(as_json(rests)) == rests


def test_a_refused_start_is_answered_with_the_soonest_and_with_the_same_hour() -> None:
    """Thursday 22:01 for Saturday 22:00: Saturday 22:15, Sunday 22:00, Monday 22:00; never moved silently."""
    complete = berlin("2026-11-26 22:01")
    slots = earliest_slots(berlin("2026-11-28 22:00"), complete, complete, HERE)

    assert [slot.astimezone(BERLIN).strftime("%a %H:%M") for slot in slots] == [
        "Sat 22:15",
        "Sun 22:00",
        "Mon 22:00",
    ]


def test_after_a_weekend_monday_is_offered_from_its_first_minute() -> None:
    """Completed on Saturday for Sunday: Monday 00:00 needs 24 hours only."""
    complete = berlin("2026-11-28 20:00")
    slots = earliest_slots(berlin("2026-11-29 09:00"), complete, complete, HERE)

    assert [slot.astimezone(BERLIN).strftime("%a %H:%M") for slot in slots] == [
        "Mon 00:00",
        "Mon 09:00",
        "Tue 09:00",
    ]


moments = st.integers(1_767_225_600, 1_830_297_600).map(lambda second: datetime.fromtimestamp(second, UTC))
schedules = st.builds(
    Schedule,
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    notice=st.timedeltas(timedelta(), timedelta(days=5)),
    weekend_notice=st.timedeltas(timedelta(), timedelta(days=9)),
    weekend=st.sets(st.integers(0, 6), max_size=6).map(tuple),
)


@given(
    complete=moments,
    after=st.timedeltas(timedelta(), timedelta(days=3)),
    wanted=st.none() | st.timedeltas(timedelta(), timedelta(days=9)),
    schedule=schedules,
)
def test_a_slot_we_offer_is_accepted(
    complete: datetime, after: timedelta, wanted: timedelta | None, schedule: Schedule
) -> None:
    """Who takes what we propose must not be asked again; and there is always something to propose."""
    now = complete + after
    start = None if wanted is None else now + wanted
    slots = earliest_slots(start, complete, now, schedule)

    assert 2 <= len(slots) <= 3
    assert all(check_notice(slot, complete, schedule) and slot >= (start or now) for slot in slots)
    assert list(slots) == sorted(set(slots))


@given(
    start=moments, complete=moments, later=st.timedeltas(timedelta(), timedelta(days=3)), schedule=schedules
)
def test_a_row_that_is_complete_earlier_is_never_worse_off(
    start: datetime, complete: datetime, later: timedelta, schedule: Schedule
) -> None:
    """Notice only grows with time."""
    if check_notice(start, complete + later, schedule):
        assert check_notice(start, complete, schedule)

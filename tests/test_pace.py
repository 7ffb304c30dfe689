"""How long a copy will take: from what was measured, behind whom, and how it is said."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pace import (
    FIRST,
    SETUP_SECONDS,
    Expected,
    Measured,
    Slots,
    Speed,
    Task,
    expect,
    parts,
    speed_of,
    work_of,
)

EVEN = Speed(slow=1_000_000, fast=1_000_000)
OLD = "imap.old.example"


def task(megabytes: int, host: str = OLD, after: float = 0.0) -> Task:
    return Task(host=host, work_bytes=megabytes * 1_000_000, not_before=after)


def seconds(ours: list[Task], ahead: list[Task] = [], slots: Slots = Slots()) -> float:  # noqa: B006, B008
    hosts = {one.host for one in (*ours, *ahead)}
    return expect(ours, ahead, dict.fromkeys(hosts, EVEN), slots).most.total_seconds()


def measured(rate: float, work: int = 100_000_000) -> Measured:
    return Measured(size_bytes=work, messages=0, seconds=work / rate)


def test_a_server_never_seen_is_as_fast_as_published_ones() -> None:
    assert speed_of([]) == FIRST
    assert speed_of([Measured(size_bytes=10_000, messages=2, seconds=4.0)]) == FIRST  # that was the login


def test_the_range_narrows_with_every_copy_and_holds_what_was_seen() -> None:
    """After one copy the next may take half or twice as long; after twenty we know the server."""
    widths = []
    for n in (1, 4, 20):
        speed = speed_of([measured(2_000_000)] * n)
        assert speed.slow < 2_000_000 < speed.fast
        widths.append(speed.fast / speed.slow)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == pytest.approx(4)


def test_one_bad_night_among_many_does_not_make_a_server_slow() -> None:
    usual = speed_of([measured(2_000_000)] * 19)
    assert speed_of([measured(50_000), *[measured(2_000_000)] * 19]).slow == pytest.approx(
        usual.slow, rel=0.01
    )


def test_one_server_gives_two_mailboxes_at_once_and_two_servers_do_not_wait_for_each_other() -> None:
    assert seconds([task(100)] * 2) == pytest.approx(100 + SETUP_SECONDS)
    assert seconds([task(100)] * 4) == pytest.approx(2 * (100 + SETUP_SECONDS))
    assert seconds([task(100), task(100), task(100, "imap.b.example")]) == pytest.approx(100 + SETUP_SECONDS)
    assert seconds([task(100, f"imap{n}.example") for n in range(5)]) == pytest.approx(
        2 * (100 + SETUP_SECONDS)
    )


def test_what_is_copied_before_puts_ours_off_and_what_begins_later_does_not() -> None:
    assert seconds([task(10)], [task(100)] * 2) == pytest.approx(110 + 2 * SETUP_SECONDS)
    assert seconds([task(10)], [task(100, after=3_600)] * 2) == pytest.approx(10 + SETUP_SECONDS)
    assert seconds([task(10)], [task(500, f"imap{n}.example") for n in range(3)]) == pytest.approx(
        10 + SETUP_SECONDS
    )


def test_the_length_counts_from_the_wanted_start() -> None:
    """Asked on Monday for Saturday: the copy takes as long as on Monday."""
    assert seconds([task(100, after=86_400)]) == pytest.approx(100 + SETUP_SECONDS)
    assert seconds([task(100, after=60)], [task(100)] * 2) == pytest.approx(145 + SETUP_SECONDS)


hosts = st.sampled_from(["a.example", "b.example", "c.example"])
tasks = st.lists(
    st.builds(task, st.integers(0, 900), hosts, st.sampled_from([0.0, 30.0, 4_000.0])), max_size=8
)


@given(tasks.filter(bool), tasks, st.integers(1, 5), st.integers(1, 3))
def test_more_to_do_never_ends_earlier_than_the_work_itself(
    ours: list[Task], ahead: list[Task], mailboxes: int, per_host: int
) -> None:
    """No end before each of ours was copied, none later than all of it one after the other."""
    slots = Slots(mailboxes=mailboxes, per_host=per_host)
    found = expect(ours, ahead, {}, slots)
    assert found.least <= found.most
    begins = min(one.not_before for one in ours)
    largest = max(one.not_before - begins + SETUP_SECONDS + one.work_bytes / FIRST.slow for one in ours)
    every = sum(SETUP_SECONDS + one.work_bytes / FIRST.slow for one in (*ours, *ahead))
    latest = max(one.not_before for one in (*ours, *ahead))
    assert largest - 1e-3 <= found.most.total_seconds() <= latest + every + 1e-3


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (timedelta(seconds=12), timedelta(seconds=70), ("minutes", 1, 2)),
        (timedelta(minutes=12), timedelta(minutes=31), ("minutes", 10, 35)),
        (timedelta(minutes=50), timedelta(minutes=90), ("minutes", 50, 90)),
        (timedelta(minutes=100), timedelta(minutes=160), ("hours", 1, 3)),
        (timedelta(hours=5.6), timedelta(hours=8.2), ("hours", 5, 9)),
        (timedelta(hours=30), timedelta(hours=49), ("days", 1, 3)),
    ],
)
def test_a_length_is_said_roundly_and_never_narrower_than_it_is(
    least: timedelta, most: timedelta, said: tuple[str, int, int]
) -> None:
    assert parts(Expected(least=least, most=most)) == said


def test_how_far_off_it_was_is_a_factor() -> None:
    said = Expected(least=timedelta(hours=2), most=timedelta(hours=4))
    assert [said.error(timedelta(hours=n)) for n in (1, 3, 6)] == [0.5, 1.0, 1.5]


def test_many_mailboxes_are_played_through_in_no_time() -> None:
    """It is asked inside a ticket's transaction: 500 of ours behind 2,000 of others."""
    import time

    ahead = [task(300, f"imap{n % 40}.example", float(n % 7) * 3_600) for n in range(2_000)]
    ours = [task(300, f"imap{n % 3}.example") for n in range(500)]
    began = time.process_time()
    assert expect(ours, ahead, {}, Slots()).most > timedelta(hours=1)
    assert time.process_time() - began < 2.0


def test_messages_cost_beside_their_bytes() -> None:
    assert work_of(1_000, 10) > work_of(1_000, 0)

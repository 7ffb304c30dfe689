"""What was said about the length of a copy is kept, counts the others' work, and is compared with what it took."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.outlook import foretell, measure, settle
from bot.pace import FIRST, SETUP_SECONDS, Measured, Slots
from bot.states import Row, State, Ticket
from bot.store import Store, open_store, sqlite_url
from bot.vault import Vault

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OLD = "imap.old.example"
FOUND = {"folders": 1, "messages": 0, "size_bytes": 340_000_000}
SLOTS = Slots(mailboxes=1, per_host=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(sqlite_url(tmp_path / "db"), Vault(b"k" * 32))
    yield made
    made.close()


def opened(store: Store, state: State = State.FIRST_PASS, **facts: Any) -> Ticket:
    with store.begin() as work:
        ticket = work.new_ticket("anna@k.example", {}, NOW)
        row = Row(id=0, state=state, address="anna@k.example", host=OLD, found=FOUND)
        work.add_row(ticket.id, row)
        work.save(replace(work.load(ticket.id), acked=True, **facts))
        return work.load(ticket.id)


def foretold(store: Store, ticket: Ticket, kind: str = "ack", now: datetime = NOW) -> float | None:
    with store.begin() as work:
        expected = foretell(work, ticket, kind, SLOTS, now)
    return None if expected is None else expected.most.total_seconds()


def test_it_is_said_once_and_again_when_there_is_more_or_it_begins_later(store: Store) -> None:
    ticket = opened(store)
    assert foretold(store, ticket) == pytest.approx(1_000 + SETUP_SECONDS)
    assert foretold(store, ticket, "update") is None
    assert foretold(store, ticket, "copied") is None
    moved = replace(ticket, start_said="Saturday", start_at=NOW + 100 * HOUR)
    assert foretold(store, moved, "update") == pytest.approx(1_000 + SETUP_SECONDS)
    more = replace(moved, rows=(*moved.rows, replace(moved.rows[0], id=99)))
    assert foretold(store, more, "update") == pytest.approx(2 * (1_000 + SETUP_SECONDS))


def test_what_other_tickets_copy_first_counts_and_of_a_running_one_only_the_rest(store: Store) -> None:
    ours, other = opened(store), opened(store)
    assert foretold(store, ours) == pytest.approx(2 * (1_000 + SETUP_SECONDS))
    with store.begin() as work:
        row = other.rows[0]
        job = {"id": "r2:first-pass:1", "ticket_id": other.id, "kind": "first-pass", "ref": row.id}
        work.add_job({**job, "queue": "passes", "partition": OLD, "run_at": NOW.isoformat()})
        work.set_progress("r2:first-pass:1", {"done": 9, "total": 10})
        work.drop_forecast(ours.id)
    assert foretold(store, ours) == pytest.approx(1_100 + 2 * SETUP_SECONDS)
    with store.begin() as work:
        work.save(replace(other, closed_at=NOW))
        work.drop_forecast(ours.id)
    assert foretold(store, ours) == pytest.approx(1_000 + SETUP_SECONDS)


def test_a_ticket_scheduled_for_later_is_not_waited_for(store: Store) -> None:
    ours = opened(store)
    opened(store, State.READY, start_said="Sunday", start_at=NOW + 100 * HOUR)
    assert foretold(store, ours) == pytest.approx(1_000 + SETUP_SECONDS)


def test_a_start_that_is_not_agreed_on_has_no_length(store: Store) -> None:
    ticket = opened(store, State.READY, start_said="soon", start_problem="vague")
    assert foretold(store, ticket) is None


def test_a_server_that_was_measured_is_as_fast_as_it_was(store: Store) -> None:
    """Twice the published speed, seen twenty times: about half the time. Only the newest are kept."""
    ticket = opened(store)
    for n in range(30):
        speed = FIRST.slow / 1_000 if n < 10 else FIRST.slow * 2
        with store.begin() as work:
            work.note_pace(OLD, Measured(size_bytes=10**8, messages=0, seconds=10**8 / speed), NOW)
    with store.look() as work:
        assert len(work.paces([OLD, "imap.other.example"])[OLD]) == 20
    assert 500 < (foretold(store, ticket) or 0) < 650


def test_in_the_end_it_is_compared_with_what_it_took(store: Store) -> None:
    for hours in (0.1, 3.0, 0.2):
        ticket = opened(store)
        foretold(store, ticket)
        with store.begin() as work:
            settle(work, ticket, NOW + hours * HOUR)
            settle(work, ticket, NOW + 99 * HOUR)  # the report comes later
            work.save(replace(ticket, closed_at=NOW))
    with store.look() as work:
        found = measure(work.settled_forecasts())
    assert {name: found[name] for name in ("settled", "kept", "slower")} == {
        "settled": 3,
        "kept": 2,
        "slower": 1,
    }


def test_a_copy_that_staff_began_earlier_proves_nothing(store: Store) -> None:
    ticket = opened(store, State.READY, start_said="Saturday", start_at=NOW + 100 * HOUR)
    foretold(store, ticket)
    with store.begin() as work:
        settle(work, ticket, NOW + HOUR)
        assert work.forecast(ticket.id) is None
        assert measure(work.settled_forecasts()) == {"settled": 0, "kept": 0, "slower": 0, "error": None}

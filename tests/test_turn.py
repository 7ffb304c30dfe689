"""One turn is one transaction: every effect or none, each event once, whoever else turns the same ticket."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import SecretGone
from bot.model import Json
from bot.pace import Expected
from bot.states import QueueReply, Row, State, Ticket
from bot.store import Store, open_store, sqlite_url
from bot.turn import Hands, turn
from bot.vault import Vault
from bot.work import Work
from tests.ticketlife import FOUND

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(sqlite_url(tmp_path / "db"), Vault(b"k" * 32))
    yield made
    made.close()


class Desk:
    """Says and puts, and may stumble at a chosen effect."""

    def __init__(self, stumble_at: int = 0) -> None:
        self.calls, self._stumble_at = 0, stumble_at
        self.put: list[str] = []

    def hands(self) -> Hands:
        return Hands(say=self._say, put=self._put)

    def _step(self) -> None:
        self.calls += 1
        if self.calls == self._stumble_at:
            raise ConnectionError("stumbled")

    def _say(self, ticket: Ticket, thread: Json, effect: QueueReply, expected: Expected | None) -> Json:
        self._step()
        message_id = f"<{ticket.number}.{effect.kind}.{effect.revision}@h>"
        return {"message_id": message_id, "recipients": [ticket.requester], "mime": b"x"}

    def _put(self, work: Work, job: Json, delay: float) -> None:
        self._step()
        self.put.append(job["id"])


def opened(store: Store, rows: int = 1) -> int:
    """Leave what reception leaves: rows, and the event that tells of them."""
    with store.begin() as work:
        ticket = work.new_ticket("anna@k.example", {}, NOW)
        ids = [
            work.add_row(
                ticket.id,
                Row(id=0, address=f"u{n}@k.example", destination=f"u{n}@k.example", host="imap.old.example"),
            )
            for n in range(rows)
        ]
        work.add_event(ticket.id, "message", {"rows": ids}, NOW)
    return ticket.id


def checked(store: Store, ticket_id: int, **more: Any) -> None:
    """Tell the result of every check under way."""
    with store.begin() as work:
        for row in work.load(ticket_id).rows:
            data = {"row": row.id, "found": FOUND, "job": f"r{row.id}:check:{row.serial}", **more}
            work.add_event(ticket_id, "checked", data, NOW, dedupe=f"job:{data['job']}")


def everything(store: Store, ticket_id: int) -> tuple[Any, ...]:
    with store.look() as work:
        ticket, pending = work.load(ticket_id), work.pending_events(ticket_id)
        return ticket, pending, work.replies_of(ticket_id), work.open_jobs()


def test_a_turn_takes_all_events_in_order_and_once(store: Store) -> None:
    ticket_id = opened(store)
    desk = Desk()
    assert turn(store, ticket_id, NOW, desk.hands()).rows[0].state is State.CHECKING
    assert desk.put == ["r1:check:1"]
    checked(store, ticket_id)
    with store.begin() as work:
        work.add_event(ticket_id, "paused", {}, NOW)
        work.add_event(ticket_id, "resumed", {}, NOW)
    after = turn(store, ticket_id, NOW, desk.hands())
    assert after.rows[0].state is State.FIRST_PASS
    calls = desk.calls
    assert turn(store, ticket_id, NOW, desk.hands()) == after
    assert desk.calls == calls, "nothing happened since"
    with store.look() as work:
        assert work.due_tickets(NOW) == []
        assert [event["kind"] for event in work.events(ticket_id)] == [
            "message",
            "checked",
            "paused",
            "resumed",
        ]


@pytest.mark.parametrize("at", range(1, 6))
def test_whatever_stumbles_nothing_of_the_turn_stays_and_the_next_one_does_it_all(
    store: Store, at: int
) -> None:
    """Five effects (an answer and four passes): a crash at any of them leaves the events to be decided again."""
    ticket_id = opened(store, rows=4)
    turn(store, ticket_id, NOW, Desk().hands())
    checked(store, ticket_id)
    before = everything(store, ticket_id)
    with pytest.raises(ConnectionError):
        turn(store, ticket_id, NOW, Desk(stumble_at=at).hands())
    assert everything(store, ticket_id) == before
    desk = Desk()
    turn(store, ticket_id, NOW, desk.hands())
    assert desk.calls == 5
    _, pending, replies, jobs = everything(store, ticket_id)
    assert (len(pending), len(replies)) == (0, 1)
    assert sum(job["kind"] == "first-pass" for job in jobs) == 4


def test_two_threads_turn_one_ticket_once(store: Store) -> None:
    """Two daemons, or a tick that overtakes another: every job and reply exists once."""
    ticket_id = opened(store, rows=3)
    desk = Desk()
    gate = threading.Barrier(4)
    failures: list[BaseException] = []

    def work_hard() -> None:
        try:
            gate.wait(5)
            turn(store, ticket_id, NOW, desk.hands())
        except BaseException as error:  # noqa: BLE001 - shown below
            failures.append(error)

    for _ in range(2):
        threads = [threading.Thread(target=work_hard) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        checked(store, ticket_id)
        gate.reset()
    turn(store, ticket_id, NOW, desk.hands())
    assert not failures
    assert len(desk.put) == len(set(desk.put)) == 6
    with store.look() as work:
        assert [reply["kind"] for reply in work.replies_of(ticket_id)] == ["ack"]


def test_an_event_that_comes_during_a_turn_is_left_for_the_next(store: Store) -> None:
    """It is not marked as decided on with the others."""
    ticket_id = opened(store)
    late: list[bool] = []

    class Slow(Desk):
        def _put(self, work: Work, job: Json, delay: float) -> None:
            if not late:
                late.append(work.add_event(ticket_id, "paused", {}, NOW))
            super()._put(work, job, delay)

    assert not turn(store, ticket_id, NOW, Slow().hands()).paused
    assert turn(store, ticket_id, NOW, Desk().hands()).paused


def test_the_alarm_rings_once(store: Store) -> None:
    """The acknowledgement at its deadline: due then, not before, and not again."""
    ticket_id = opened(store)
    turn(store, ticket_id, NOW, Desk().hands())
    with store.look() as work:
        assert work.due_tickets(NOW + timedelta(seconds=44)) == []
        assert work.due_tickets(NOW + timedelta(seconds=45)) == [ticket_id]
    turn(store, ticket_id, NOW + timedelta(seconds=45), Desk().hands())
    with store.look() as work:
        assert [reply["kind"] for reply in work.replies_of(ticket_id)] == ["ack"]
        assert work.due_tickets(NOW + timedelta(days=9)) == []


def test_what_reception_writes_between_two_turns_is_not_overwritten(store: Store) -> None:
    """A turn writes only the rows it changed: a correction that came meanwhile stays."""
    ticket_id = opened(store, rows=2)
    turn(store, ticket_id, NOW, Desk().hands())
    checked(store, ticket_id)
    with store.begin() as work:
        row = work.load(ticket_id).rows[0]
        work.save_row(replace(row, host="better.old.example"))
    assert turn(store, ticket_id, NOW, Desk().hands()).rows[0].host == "better.old.example"


def test_cancelling_wipes_what_is_sealed_at_once(store: Store) -> None:
    """A password nobody needs any more is only a risk."""
    number = opened(store)
    with store.begin() as work:
        blob = work.seal("password", b"hunter2", NOW, number)
        work.add_event(number, "cancelled", {}, NOW)
    turn(store, number, NOW, Desk().hands())
    with store.look() as work, pytest.raises(SecretGone):
        work.unseal(blob)


def test_cancelling_wipes_also_where_an_account_is_done_already(store: Store) -> None:
    """The requester is told that the passwords are deleted; a finished neighbour does not keep them a week longer."""
    number = opened(store, rows=2)
    turn(store, number, NOW, Desk().hands())
    with store.begin() as work:
        done, _ = work.load(number).rows
        work.save_row(replace(done, state=State.DONE))
        blob = work.seal("password", b"hunter2", NOW, number)
        work.add_event(number, "cancelled", {}, NOW)
    assert {row.state for row in turn(store, number, NOW, Desk().hands()).rows} == {
        State.DONE,
        State.CANCELLED,
    }
    with store.look() as work, pytest.raises(SecretGone):
        work.unseal(blob)

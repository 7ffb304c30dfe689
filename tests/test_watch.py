"""The MX watch on real name servers: who is told, how often, and what a restart forgets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.config import Config
from bot.model import Json
from bot.states import Event, Row, State
from bot.store import Store, open_store, sqlite_url
from bot.tickets import decide
from bot.vault import Vault
from bot.watch import Watch
from demo.nameserver import NameServer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OURS, OLD = ["10 mx1.host.example."], ["10 mail.old.example."]


class World:
    """One ticket whose rows are copied, a name server for its domain, and a watch."""

    def __init__(self, store: Store, own: NameServer, resolver: NameServer) -> None:
        self.store, self.own, self.resolver, self.now = store, own, resolver, NOW
        resolver.records |= {("k.example", "NS"): ["ns1.k.example."], ("ns1.k.example", "A"): ["127.0.0.2"]}
        self.config = Config.model_validate(
            {
                "dns": {"mx": ["mx1.host.example"], "resolvers": [resolver.address], "port": own.port},
                "source": {"allow_networks": ["127.0.0.0/8"]},
            }
        )
        self.watch = self.fresh()
        self.ticket_id = self.opened()

    def fresh(self) -> Watch:
        return Watch(self.store, self.config, lambda: self.now)

    def opened(self, state: State = State.COPIED) -> int:
        with self.store.begin() as work:
            ticket = work.new_ticket("anna@k.example", {}, NOW)
            row = Row(
                id=0,
                address="anna@k.example",
                destination="anna@k.example",
                host="imap.old.example",
                state=state,
            )
            work.add_row(ticket.id, row)
            work.save(replace(work.load(ticket.id), terms={"mx": ["mx1.host.example"]}))
        return ticket.id

    def decided(self) -> None:
        """Let the ticket take what it was told, as bot.turn does."""
        with self.store.begin() as work:
            for event in work.pending_events(self.ticket_id):
                ticket, _ = decide(
                    work.load(self.ticket_id), Event(kind=event["kind"], data=event["data"]), self.now
                )
                work.save(ticket)
                work.consume(self.ticket_id, [event["seq"]], self.now)

    def told(self, ticket_id: int = 0) -> list[Json]:
        with self.store.look() as work:
            return [
                one["data"]
                for one in work.pending_events(ticket_id or self.ticket_id)
                if one["kind"] == "looked"
            ]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = open_store(sqlite_url(tmp_path / "db"), Vault(b"k" * 32))
    with NameServer("127.0.0.2", owns=True) as own, NameServer() as resolver:
        own.records["k.example", "MX"] = OLD
        yield World(store, own, resolver)
    store.close()


def test_a_ticket_hears_what_its_domain_says_and_what_to_set(world: World) -> None:
    assert world.watch.look() == 1

    (found,) = world.told()

    assert (found["delivery"], found["left"]) == ("old", ["mail.old.example"])
    assert ["MX", "@", "10 mx1.host.example", "", "add", ""] in found["advice"]


def test_the_same_answer_is_told_once_and_a_domain_is_left_in_peace(world: World) -> None:
    world.watch.look()
    asked = len(world.own.asked)

    assert world.watch.look() == 0
    assert len(world.own.asked) == asked
    world.decided()
    world.now += timedelta(minutes=10)
    assert world.watch.look() == 0
    assert world.own.asked[asked:] == [("k.example", "MX")]


def test_a_change_is_told_at_the_next_look(world: World) -> None:
    world.watch.look()
    world.own.records["k.example", "MX"] = OURS
    world.now += timedelta(minutes=10)

    assert world.watch.look() == 1
    assert [one["delivery"] for one in world.told()] == ["old", "ours"]


def test_a_ticket_that_comes_later_hears_it_too(world: World) -> None:
    world.watch.look()
    other = world.opened(State.FIRST_PASS)
    world.now += timedelta(seconds=30)

    world.watch.look()

    assert [one["delivery"] for one in world.told(other)] == ["old"]


def test_silence_is_told_once_so_that_nothing_waits_and_is_asked_again_soon(world: World) -> None:
    world.own.records["k.example", "MX"] = world.resolver.records["k.example", "MX"] = ["SERVFAIL"]
    assert world.watch.look() == 1
    assert [one["delivery"] for one in world.told()] == ["unknown"]
    world.decided()
    world.now += timedelta(seconds=30)
    assert world.watch.look() == 0
    world.own.records["k.example", "MX"] = OURS
    world.now += timedelta(seconds=30)

    assert world.watch.look() == 1


@pytest.mark.parametrize("state", [State.ASKING, State.HELD, State.DONE, State.CANCELLED])
def test_who_has_nothing_to_switch_is_not_looked_up(world: World, state: State) -> None:
    with world.store.begin() as work:
        row = work.load(world.ticket_id).rows[0]
        work.save_row(replace(row, state=state))

    assert world.watch.look() == 0
    assert not world.own.asked


def test_a_clock_that_was_set_back_stops_nothing(world: World) -> None:
    world.watch.look()
    world.own.records["k.example", "MX"] = OURS
    world.now -= timedelta(days=400)

    assert world.watch.look() == 1

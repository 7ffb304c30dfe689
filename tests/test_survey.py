"""What a domain's own servers and the resolvers say, asked of small ones on loopback."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.net import AddressPolicy
from bot.survey import Asking, fetch_delivery, fetch_seen
from bot.switch import Delivery, judge_delivery
from bot.zone import Wanted
from demo.nameserver import NameServer

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
WANTED = Wanted(mx=((10, "mx1.host.example"),), spf_include=("_spf.host.example",))
OURS = ["10 mx1.host.example."]
OLD = ["10 mail.old.example."]


class World:
    """A domain with two servers of its own and a resolver."""

    def __init__(self, first: NameServer, second: NameServer, resolver: NameServer) -> None:
        self.first, self.second, self.resolver = first, second, resolver
        resolver.records |= {
            ("k.example", "NS"): ["ns1.k.example.", "ns2.k.example."],
            ("ns1.k.example", "A"): ["127.0.0.2"],
            ("ns2.k.example", "A"): ["127.0.0.3"],
        }
        self.asking = Asking(
            resolvers=(resolver.address,),
            policy=AddressPolicy(allow_networks=("127.0.0.0/8",)),
            port=first.port,
            seconds=0.5,
        )

    def mx(self, first: list[str], second: list[str], resolver: list[str]) -> None:
        for server, told in ((self.first, first), (self.second, second), (self.resolver, resolver)):
            server.records["k.example", "MX"] = told


@pytest.fixture
def world() -> Iterator[World]:
    with (
        NameServer("127.0.0.2", owns=True) as first,
        NameServer("127.0.0.3", first.port, owns=True) as second,
        NameServer() as resolver,
    ):
        yield World(first, second, resolver)


def delivery(world: World) -> Delivery:
    return judge_delivery("k.example", WANTED, fetch_delivery("k.example", world.asking, NOW)).delivery


def test_the_domains_own_servers_decide_and_the_resolvers_are_counted(world: World) -> None:
    """The resolver still has the old answer: that is what the TTL is waited for."""
    world.mx(OURS, OURS, OLD)
    world.first.ttl = world.second.ttl = 7200

    verdict = judge_delivery("k.example", WANTED, fetch_delivery("k.example", world.asking, NOW))

    assert verdict.delivery is Delivery.OURS
    assert (verdict.resolvers_ours, verdict.resolvers) == (0, 1)
    assert verdict.ttl.total_seconds() == 7200


def test_a_forgotten_second_server_is_seen(world: World) -> None:
    world.mx(OURS, OLD, OURS)

    assert delivery(world) is Delivery.MIXED


@pytest.mark.parametrize("trouble", ["SERVFAIL", "SILENCE"])
def test_one_server_in_trouble_does_not_hide_the_other(world: World, trouble: str) -> None:
    world.mx([trouble], OURS, OURS)

    assert delivery(world) is Delivery.OURS


def test_a_server_that_does_not_own_the_zone_has_no_say(world: World) -> None:
    """A lame delegation: it answers from a cache, or from a zone it had once."""
    with NameServer("127.0.0.4", world.first.port) as lame:
        world.resolver.records["ns2.k.example", "A"] = ["127.0.0.4"]
        world.mx(OURS, [], OURS)
        lame.records["k.example", "MX"] = OLD

        assert delivery(world) is Delivery.OURS


def test_name_servers_at_forbidden_addresses_are_not_asked(world: World) -> None:
    """A domain's owner chooses them: our own network is none of their business."""
    world.mx(OURS, OURS, OURS)
    guarded = replace(world.asking, policy=AddressPolicy())

    seen = fetch_delivery("k.example", guarded, NOW)

    assert not seen.authoritative
    assert not world.first.asked
    assert judge_delivery("k.example", WANTED, seen).delivery is Delivery.OURS


def test_a_name_below_the_zone_has_the_zones_servers(world: World) -> None:
    world.resolver.records["mail.k.example", "MX"] = OURS

    assert set(fetch_delivery("mail.k.example", world.asking, NOW).authoritative) == {
        "ns1.k.example",
        "ns2.k.example",
    }


def test_nobody_answers(world: World) -> None:
    seen = fetch_delivery("k.example", replace(world.asking, resolvers=("127.0.0.9:9",)), NOW)

    assert judge_delivery("k.example", WANTED, seen).delivery is Delivery.UNKNOWN


def test_long_texts_come_whole_and_includes_are_followed(world: World) -> None:
    """A TXT record is cut into strings of 255 octets (RFC 1035 section 3.3.14)."""
    long = "v=spf1 " + " ".join(f"ip4:192.0.2.{n}" for n in range(40)) + " include:crm.example -all"
    cut = " ".join(f'"{long[at : at + 250]}"' for at in range(0, len(long), 250))
    world.first.records["k.example", "TXT"] = world.second.records["k.example", "TXT"] = [cut]
    world.resolver.records |= {
        ("crm.example", "TXT"): ['"v=spf1 include:more.example -all"'],
        ("more.example", "TXT"): ['"v=spf1 mx -all"', '"other"'],
    }

    seen = fetch_seen("k.example", WANTED, world.asking, NOW)

    assert seen.told("k.example", "TXT").values == (long,)
    assert seen.senders == {
        "crm.example": "v=spf1 include:more.example -all",
        "more.example": "v=spf1 mx -all",
    }
    assert seen.sts_policy is None

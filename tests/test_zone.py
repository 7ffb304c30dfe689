"""The records of a domain, one by one, and where its mail goes."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from bot.switch import LONGEST_TTL, USUAL_TTL, Delivery, judge_delivery, settled_at
from bot.zone import Advice, Answer, Key, Seen, Wanted, is_proxy, names_to_ask, plan_records, senders_to_ask

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
DOMAIN = "k.example"
OURS = ("10 mx1.host.example", "20 mx2.host.example")
WANTED = Wanted(
    mx=((10, "mx1.host.example"), (20, "mx2.host.example")),
    spf_include=("_spf.host.example",),
    dkim=(("hx1", "CNAME", "hx1._domainkey.host.example"),),
    dmarc="v=DMARC1; p=none; rua=mailto:postmaster@{domain}",
    aliases=(("autoconfig", "autoconfig.host.example"),),
    services=(("_imaps._tcp", 993, "imap.host.example"),),
)


def zone(records: dict[Key, tuple[str, ...]], ttl: int = 3600) -> MappingProxyType[Key, Answer]:
    asked = {key: Answer() for key in names_to_ask(DOMAIN, WANTED)}
    return MappingProxyType(
        {**asked, **{key: Answer(values=found, ttl=ttl) for key, found in records.items()}}
    )


def seen(records: dict[Key, tuple[str, ...]], policy: str | None = None) -> Seen:
    return Seen(at=NOW, authoritative={"ns1": zone(records)}, sts_policy=policy)


def mx(*servers: tuple[str, ...], resolvers: tuple[tuple[str, ...], ...] = (), ttl: int = 3600) -> Seen:
    key = (DOMAIN, "MX")
    return Seen(
        at=NOW,
        authoritative={f"ns{n}": {key: Answer(values=one, ttl=ttl)} for n, one in enumerate(servers)},
        resolvers={f"r{n}": {key: Answer(values=one, ttl=ttl)} for n, one in enumerate(resolvers)},
    )


def lines(seen_: Seen, name: str, kind: str) -> list[Advice]:
    return [one for one in plan_records(DOMAIN, WANTED, seen_) if (one.name, one.kind) == (name, kind)]


@pytest.mark.parametrize(
    ("servers", "delivery"),
    [
        ((OURS, OURS), Delivery.OURS),
        ((OURS[:1],), Delivery.OURS),  # one of ours is enough to bring the mail here
        ((OURS, ("10 mail.old.example",)), Delivery.MIXED),  # one name server was forgotten
        (((*OURS, "50 mail.old.example"),), Delivery.MIXED),
        ((OURS, ()), Delivery.MIXED),
        ((("10 mail.old.example",),), Delivery.OLD),
        (((),), Delivery.NONE),
        ((("0 .",),), Delivery.NONE),  # RFC 7505: no mail at all
        ((), Delivery.UNKNOWN),
    ],
)
def test_every_own_server_has_to_say_so(servers: tuple[tuple[str, ...], ...], delivery: Delivery) -> None:
    assert judge_delivery(DOMAIN, WANTED, mx(*servers)).delivery is delivery


def test_a_server_that_does_not_answer_has_no_vote_but_a_resolver_without_answer_is_counted() -> None:
    silent = {(DOMAIN, "MX"): Answer(failed=True)}
    one = mx(OURS, resolvers=(OURS,))
    both = Seen(
        at=NOW, authoritative={**one.authoritative, "ns9": silent}, resolvers={**one.resolvers, "r9": silent}
    )

    verdict = judge_delivery(DOMAIN, WANTED, both)

    assert verdict.delivery is Delivery.OURS
    assert (verdict.resolvers_ours, verdict.resolvers) == (1, 2)


def test_without_own_servers_the_resolvers_tell() -> None:
    verdict = judge_delivery(DOMAIN, WANTED, mx(resolvers=(OURS, ("10 mail.old.example",))))

    assert verdict.delivery is Delivery.MIXED
    assert verdict.left == ("mail.old.example",)


def test_without_names_of_ours_nothing_is_said() -> None:
    assert judge_delivery(DOMAIN, Wanted(), mx(OURS)).delivery is Delivery.UNKNOWN


def test_the_old_ttl_is_waited_for_within_reason() -> None:
    assert judge_delivery(DOMAIN, WANTED, mx(OURS, ttl=300)).ttl == timedelta(minutes=5)
    assert judge_delivery(DOMAIN, WANTED, mx(OURS, ttl=10**7)).ttl == LONGEST_TTL
    assert judge_delivery(DOMAIN, WANTED, mx(())).ttl == USUAL_TTL
    assert settled_at(NOW, timedelta(hours=4)) == NOW + timedelta(hours=4)


def test_the_whole_table_of_a_domain_that_is_still_elsewhere() -> None:
    there = {
        (DOMAIN, "MX"): ("10 mail.old.example",),
        (DOMAIN, "TXT"): ("v=spf1 include:old.example include:crm.example -all", "verification=1"),
        ("autoconfig.k.example", "A"): ("104.21.3.4",),
        ("_dmarc.k.example", "TXT"): ("v=DMARC1; p=reject",),
    }

    assert [
        (one.do, one.kind, one.name, one.value, one.why) for one in plan_records(DOMAIN, WANTED, seen(there))
    ] == [
        ("add", "CNAME", "hx1._domainkey", "hx1._domainkey.host.example", ""),
        (
            "replace",
            "TXT",
            "@",
            "v=spf1 include:old.example include:crm.example include:_spf.host.example -all",
            "spf-one",
        ),
        ("add", "MX", "@", "10 mx1.host.example", ""),
        ("add", "MX", "@", "20 mx2.host.example", ""),
        ("remove", "MX", "@", "", ""),
        ("replace", "CNAME", "autoconfig", "autoconfig.host.example", "proxied"),
        ("add", "SRV", "_imaps._tcp", "0 1 993 imap.host.example", ""),
        ("keep", "TXT", "_dmarc", "v=DMARC1; p=reject", ""),
    ]


def test_a_domain_that_is_right_has_nothing_to_do() -> None:
    there = {
        (DOMAIN, "MX"): OURS,
        (DOMAIN, "TXT"): ("v=spf1 include:_spf.host.example ~all",),
        ("hx1._domainkey.k.example", "CNAME"): ("HX1._domainkey.host.example.",),
        ("autoconfig.k.example", "CNAME"): ("autoconfig.host.example",),
        ("_imaps._tcp.k.example", "SRV"): ("5 10 993 imap.host.example",),
        ("_dmarc.k.example", "TXT"): ("v=DMARC1; p=none",),
    }

    assert {one.do for one in plan_records(DOMAIN, WANTED, seen(there))} == {"keep"}


@pytest.mark.parametrize(
    ("policy", "in_the_way"),
    [
        ("version: STSv1\nmode: enforce\nmx: mail.old.example\nmax_age: 86400", True),
        ("version: STSv1\r\nmode: enforce\r\nmx: *.host.example\r\nmax_age: 86400", False),
        ("version: STSv1\nmode: none\nmax_age: 86400", False),
        (None, True),  # it could not be read: better looked at by a person
    ],
)
def test_a_strict_policy_of_the_old_provider_comes_first(policy: str | None, in_the_way: bool) -> None:
    """Senders that keep to it refuse a new MX (RFC 8461 section 5)."""
    there: dict[Key, tuple[str, ...]] = {("_mta-sts.k.example", "TXT"): ("v=STSv1; id=2024",)}

    first = plan_records(DOMAIN, WANTED, seen(there, policy))[0]

    assert ((first.do, first.why) == ("first", "sts-policy")) is in_the_way


def test_a_record_with_too_many_questions_is_named() -> None:
    there: dict[Key, tuple[str, ...]] = {(DOMAIN, "TXT"): ("v=spf1 " + "a " * 10 + "-all",)}

    assert [one.why for one in lines(seen(there), "@", "TXT")] == ["spf-one"]  # ten equal words are one
    there = {(DOMAIN, "TXT"): ("v=spf1 " + " ".join(f"a:{n}.example" for n in range(10)) + " -all",)}
    assert [one.why for one in lines(seen(there), "@", "TXT")] == ["spf-lookups"]


def test_the_old_host_name_without_a_proxy_is_just_replaced() -> None:
    there: dict[Key, tuple[str, ...]] = {("autoconfig.k.example", "CNAME"): ("autoconfig.old.example",)}

    assert [(one.do, one.why) for one in lines(seen(there), "autoconfig", "CNAME")] == [("replace", "")]


def test_the_fullest_answer_counts_and_failures_do_not() -> None:
    key = (DOMAIN, "MX")
    both = Seen(
        at=NOW,
        authoritative={
            "a": {key: Answer(failed=True)},
            "b": {key: Answer(values=("10 x",), ttl=9)},
            "c": {key: Answer()},
        },
    )

    assert both.told(*key).values == ("10 x",)
    assert both.told(DOMAIN, "TXT").failed


def test_what_the_includes_include_is_asked_in_turn() -> None:
    texts = {(DOMAIN, "TXT"): Answer(values=("v=spf1 include:a.example -all",))}
    first = Seen(at=NOW, authoritative={"ns": texts})
    then = Seen(at=NOW, authoritative={"ns": texts}, senders={"a.example": "v=spf1 include:b.example -all"})

    assert senders_to_ask(first, DOMAIN) == ["a.example"]
    assert senders_to_ask(then, DOMAIN) == ["b.example"]


def test_addresses_of_content_networks() -> None:
    assert is_proxy("104.16.1.1")
    assert is_proxy("2606:4700::1")
    assert not is_proxy("192.0.2.1")
    assert not is_proxy("no address")

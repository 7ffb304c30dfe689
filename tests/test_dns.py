"""What the name servers say of a domain's mail; asked of a small one on loopback."""

from collections.abc import Iterator

import pytest

from bot.dns import look
from bot.providers import MailDomain, Service
from bot.units import parse_resolver
from demo.nameserver import NameServer


@pytest.fixture
def server() -> Iterator[NameServer]:
    with NameServer() as made:
        yield made


def test_exchangers_and_services_come_in_their_order(server: NameServer) -> None:
    """RFC 5321 section 5.1, RFC 2782, RFC 6186 section 3.2."""
    server.records |= {
        ("k.example", "MX"): ["20 mx2.host.example.", "10 MX1.host.example."],
        ("_imaps._tcp.k.example", "SRV"): [
            "10 5 993 b.k.example.",
            "10 50 993 a.k.example.",
            "0 1 9933 c.k.example.",
        ],
        ("_imap._tcp.k.example", "SRV"): ["0 1 143 a.k.example."],
    }
    assert look("k.example", [server.address]) == MailDomain(
        mx=("mx1.host.example", "mx2.host.example"),
        imap=(
            Service(host="c.k.example", port=9933, security="tls"),
            Service(host="a.k.example", port=993, security="tls"),
            Service(host="b.k.example", port=993, security="tls"),
            Service(host="a.k.example", port=143, security="starttls"),
        ),
    )


def test_a_dot_says_that_there_is_none(server: NameServer) -> None:
    """RFC 2782 for services, RFC 7505 for mail."""
    server.records |= {
        ("k.example", "MX"): ["0 ."],
        ("_imaps._tcp.k.example", "SRV"): ["0 0 0 ."],
    }
    assert look("k.example", [server.address]) == MailDomain()


def test_a_domain_that_is_not_there_is_an_answer(server: NameServer) -> None:
    assert look("nothing.example", [server.address]) == MailDomain()


@pytest.mark.parametrize("trouble", ["SERVFAIL", "SILENCE"])
def test_no_answer_is_told_from_an_empty_one(server: NameServer, trouble: str) -> None:
    """Whose the mail is now is not known then: nothing may be concluded from it."""
    server.records[("k.example", "MX")] = [trouble]
    assert not look("k.example", [server.address], seconds=0.6).answered


def test_a_name_that_is_none_is_left_out(server: NameServer) -> None:
    """It would be handed to the connection; addresses in disguise never are."""
    server.records[("_imaps._tcp.k.example", "SRV")] = ["0 0 993 0x7f.1.", "0 0 993 a\\032b.k.example."]
    server.records[("k.example", "MX")] = ["10 mx.k.example."]
    assert look("k.example", [server.address]).imap == ()


def test_an_odd_domain_ends_in_no_answer(server: NameServer) -> None:
    for domain in ("", "a..b", "x" * 64 + ".example", "." * 300):
        look(domain, [server.address], seconds=0.5)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("9.9.9.9", ("9.9.9.9", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2620:fe::fe", ("2620:fe::fe", 53)),
        ("[2620:fe::fe]", ("2620:fe::fe", 53)),
        ("[::1]:5353", ("::1", 5353)),
    ],
)
def test_a_resolver_has_an_address_and_perhaps_a_port(said: str, meant: tuple[str, int]) -> None:
    assert parse_resolver(said) == meant


@pytest.mark.parametrize(
    "said",
    ["", "dns.example", "1.2.3", "1.2.3.4:0", "1.2.3.4:99999", "https://1.1.1.1/", "[1.2.3.4", "::1:x"],
)
def test_anything_else_is_refused_in_bot_toml(said: str) -> None:
    with pytest.raises(ValueError, match="wanted"):
        parse_resolver(said)

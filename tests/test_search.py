"""Where the mail of an address is when nobody said: in which order it is looked for, and what is only asked about."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BotError, SourceHasNoImap, SourceTakesNoPasswords
from bot.model import Endpoint
from bot.net import parse_host
from bot.providers import (
    MailDomain,
    Service,
    fill_login,
    hosted_by,
    is_within,
    proposal,
    proposed,
    provider_at,
    provider_of,
    providers,
)
from bot.search import MOST_PROBES, REMEMBERED_SECONDS, Doors, Finding, Memory, Ours, find_server
from parsers.autoconfig import MailServer

OURS = Ours(mx=("mx1.host.example",), server=Endpoint(host="mail.host.example", port=993))
ADDRESS = "anna@k.example"


@dataclass
class World:
    """What the DNS, the web and the servers would say; and what was asked."""

    seen: MailDomain = field(default_factory=MailDomain)
    files: tuple[MailServer, ...] = ()
    alive: Mapping[str, str] = field(default_factory=dict)  # host -> which machine it is
    asked: list[str] = field(default_factory=list)

    def find(self, address: str = ADDRESS, ours: Ours = OURS) -> Finding:
        doors = Doors(look=self.look, fetch=self.fetch, greets=self.greets, same=self.same)
        return find_server(address, doors, ours)

    def look(self, domain: str) -> MailDomain:
        self.asked.append(f"dns {domain}")
        return self.seen

    def fetch(self, domain: str, address: str) -> tuple[MailServer, ...]:
        self.asked.append(f"file {domain}")
        return self.files

    def greets(self, endpoint: Endpoint) -> bool:
        self.asked.append(str(endpoint))
        return endpoint.host in self.alive

    def same(self, one: Endpoint, other: Endpoint) -> bool:
        machine = self.alive.get(one.host)
        return machine is not None and machine == self.alive.get(other.host)


def srv(*hosts: str, mx: tuple[str, ...] = ("mx.old.example",)) -> MailDomain:
    return MailDomain(mx=mx, imap=tuple(Service(host=host, port=993, security="tls") for host in hosts))


def named(finding: Finding) -> tuple[str, str]:
    assert finding.server is not None
    assert not finding.proposals
    return finding.server.endpoint.host, finding.server.how


EVERYWHERE = {"srv.k.example": "1", "file.old.example": "2", "imap.gmail.com": "3", "imap.k.example": "4"}
FILE = (MailServer(host="file.old.example", port=993, security="tls", login="{local}"),)


@pytest.mark.parametrize(
    ("world", "found"),
    [
        (
            World(srv("srv.k.example", mx=("aspmx.l.google.com",)), FILE, EVERYWHERE),
            ("srv.k.example", "srv"),
        ),
        (World(srv(mx=("aspmx.l.google.com",)), FILE, EVERYWHERE), ("file.old.example", "autoconfig")),
        (World(srv(mx=("aspmx.l.google.com",)), (), EVERYWHERE), ("imap.gmail.com", "mx")),
        (World(srv(), (), EVERYWHERE), ("imap.k.example", "name")),
        (World(srv("dead.k.example", "srv.k.example"), (), EVERYWHERE), ("srv.k.example", "srv")),
        (World(srv("dead.k.example"), FILE, EVERYWHERE), ("file.old.example", "autoconfig")),
    ],
)
def test_the_first_step_with_a_server_that_answers_decides(world: World, found: tuple[str, str]) -> None:
    assert named(world.find()) == found


def test_a_known_address_asks_no_name_server() -> None:
    world = World(alive={"imap.gmx.net": "1"})
    assert named(world.find("anna@GMX.de")) == ("imap.gmx.net", "provider")
    assert world.asked == ["imap.gmx.net:993"]


def test_a_server_counts_only_when_it_answers() -> None:
    """Nothing is believed that nobody has spoken to; a provider's silent server is asked about by name."""
    assert World(srv("srv.k.example"), FILE).find() == Finding()
    assert World().find("anna@gmx.de") == Finding(proposals=("imap.gmx.net",))


def test_a_stranger_named_in_the_dns_is_asked_about() -> None:
    """RFC 6186 section 6: whoever can forge one answer would get the password."""
    world = World(srv("imap.stranger.example"), (), {"imap.stranger.example": "1", "imap.k.example": "2"})
    assert world.find() == Finding(proposals=("imap.stranger.example",))


def test_a_provider_named_in_the_dns_is_none() -> None:
    world = World(srv("imap.fastmail.com"), (), {"imap.fastmail.com": "1"})
    assert named(world.find()) == ("imap.fastmail.com", "srv")


def test_two_servers_that_fit_are_both_asked_about_and_two_names_of_one_are_one() -> None:
    two = World(srv(), (), {"imap.k.example": "1", "mail.k.example": "2"})
    assert two.find() == Finding(proposals=("imap.k.example", "mail.k.example"))
    one = World(srv(), (), {"imap.k.example": "1", "mail.k.example": "1"})
    assert named(one.find()) == ("imap.k.example", "name")
    ovh = World(srv(mx=("mx1.mail.ovh.net",)), (), {"ssl0.ovh.net": "1", "pro1.mail.ovh.net": "2"})
    assert ovh.find() == Finding(proposals=("ssl0.ovh.net", "pro1.mail.ovh.net"))


def test_a_domain_that_has_moved_to_us_already_is_asked_about() -> None:
    """Its imap. is us by now, or a leftover: the old server cannot be seen any more."""
    world = World(srv("srv.k.example", mx=("MX1.host.example", "mx.old.example")), FILE, EVERYWHERE)
    assert world.find() == Finding(moved=True)
    assert world.asked == ["dns k.example"]


def test_our_own_server_is_nobodys_previous_provider() -> None:
    """By name, and by address: mail.k.example may be an alias of ours."""
    by_name = World(srv("mail.host.example"), (), {"mail.host.example": "us"})
    assert by_name.find() == Finding()
    alias = World(srv(), (), {"imap.k.example": "us", "mail.host.example": "us"})
    assert alias.find() == Finding()


def test_name_servers_that_do_not_answer_end_the_search() -> None:
    """The mail may be ours already."""
    world = World(MailDomain(answered=False), FILE, EVERYWHERE)
    assert world.find() == Finding()
    assert world.asked == ["dns k.example"]


@pytest.mark.parametrize(
    ("address", "mx", "error"),
    [
        ("anna@outlook.de", (), SourceTakesNoPasswords),
        (ADDRESS, ("k-example.mail.protection.outlook.com",), SourceTakesNoPasswords),
        ("anna@proton.me", (), SourceHasNoImap),
        (ADDRESS, ("mail.protonmail.ch", "mailsec.protonmail.ch"), SourceHasNoImap),
    ],
)
def test_where_no_password_helps_none_is_tried(
    address: str, mx: tuple[str, ...], error: type[BotError]
) -> None:
    world = World(srv(mx=mx), (), EVERYWHERE)
    with pytest.raises(error):
        world.find(address)
    assert not [one for one in world.asked if ":" in one]


def test_a_domain_behind_two_providers_is_neithers() -> None:
    assert hosted_by(("aspmx.l.google.com", "mx01.ionos.de")) is None
    assert hosted_by(("aspmx.l.google.com", "backup.elsewhere.example")) is None
    assert hosted_by(()) is None


@pytest.mark.parametrize(
    "address", ["", "anna", "anna@", "anna@localhost", "anna@127.1", "a@[::1]", "a@x..y", "@"]
)
def test_what_is_no_domain_is_not_looked_for(address: str) -> None:
    world = World(alive=EVERYWHERE)
    assert world.find(address) == Finding()
    assert world.asked == []


hosts = st.sampled_from(
    [
        "imap.k.example",
        "mail.k.example",
        "imap.stranger.example",
        "127.0.0.1",
        "imap.gmail.com",
        "mail.host.example",
    ]
)


@given(
    services=st.lists(hosts, max_size=12),
    files=st.lists(hosts, max_size=6),
    mx=st.lists(
        st.sampled_from(["aspmx.l.google.com", "mx1.mail.ovh.net", "mx.x.example", "mx1.host.example"]),
        max_size=3,
    ),
    alive=st.dictionaries(hosts, st.sampled_from(["1", "2", "3"])),
)
def test_a_password_goes_to_nobody_the_domain_or_its_provider_did_not_name(
    services: list[str], files: list[str], mx: list[str], alive: dict[str, str]
) -> None:
    """Whatever the DNS says; and the search is bounded."""
    found = tuple(MailServer(host=host, port=993, security="tls", login="{address}") for host in files)
    world = World(srv(*services, mx=tuple(mx)), found, alive)
    finding = world.find()
    assert sum(":" in one for one in world.asked) <= MOST_PROBES
    if finding.server:
        host = finding.server.endpoint.host
        assert host in alive
        assert host != "mail.host.example"
        assert host in files or is_within(host, "k.example") or provider_at(host)
        assert "mx1.host.example" not in mx


# --- the table ------------------------------------------------------------------------------------------------------


def test_the_table_of_providers_holds_together() -> None:
    """A domain has one provider, a server a name that may be connected to, and TLS."""
    domains = [domain for one in providers() for domain in one.domains]
    assert len(providers()) >= 60
    assert len(domains) == len(set(domains))
    for domain in domains:
        assert parse_host(domain) == domain.lower()
    for one in providers():
        assert one.servers or one.closed == "no-imap", one.key
        assert one.domains or one.mx, one.key
        for server in one.servers:
            assert parse_host(server.host) == server.host.lower()
            assert (server.port, server.security) in {(993, "tls"), (143, "starttls")}
        assert set(one.notes) <= {"app-password", "oauth-only", "imap-must-be-enabled", "no-imap"}, one.key
        assert all(re.fullmatch(r"(\*\.)?[a-z0-9.-]+", pattern) for pattern in one.mx), one.key


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        ("gmail.com", "imap.gmail.com"),
        ("GoogleMail.com", "imap.gmail.com"),
        ("hotmail.co.uk", "outlook.office365.com"),
        ("t-online.de", "secureimap.t-online.de"),
        ("web.de", "imap.web.de"),
        ("wanadoo.fr", "imap.orange.fr"),
        ("xs4all.nl", "imap.kpnmail.nl"),
        ("seznam.cz", "imap.seznam.cz"),
        ("mac.com", "imap.mail.me.com"),
        ("verizon.net", "imap.aol.com"),
    ],
)
def test_well_known_addresses_are_known(domain: str, host: str) -> None:
    found = provider_of(domain)
    assert found is not None
    assert [server.host for server in found.servers] == [host]


@pytest.mark.parametrize(
    ("mx", "key"),
    [
        ("alt1.aspmx.l.google.com", "gmail"),
        ("smtp.google.com", "gmail"),
        ("kunde-de.mail.protection.outlook.com", "microsoft365"),
        ("mx00.ionos.de", "ionos-de"),
        ("mx01.kundenserver.de", "ionos-de"),
        ("smtpin.rzone.de", "strato"),
        ("mta-gw.infomaniak.ch", "infomaniak"),
        ("spool.mail.gandi.net", "gandi"),
        ("mx2.emailsrvr.com", "rackspace"),
        ("in1-smtp.messagingengine.com", "fastmail"),
        ("evilgoogle.com.stranger.example", None),
        ("xrzone.de", None),
    ],
)
def test_exchangers_tell_the_provider(mx: str, key: str | None) -> None:
    found = hosted_by((mx,))
    assert (found.key if found else None) == key


@pytest.mark.parametrize(
    ("form", "login"),
    [
        ("{address}", ""),
        ("{local}", "anna.{domain}"),
        ("{local}%{domain}", "anna.{domain}%k.example"),
        ("user-{address}", "user-anna.{domain}@k.example"),
    ],
)
def test_a_login_form_is_filled_in_once(form: str, login: str) -> None:
    assert fill_login(form, "anna.{domain}@k.example") == login


def test_within_a_domain_means_below_a_dot() -> None:
    assert is_within("imap.k.example", "k.example")
    assert is_within("K.example.", "k.example")
    assert not is_within("notk.example", "k.example")
    assert not is_within("k.example.stranger.example", "k.example")


class Asked:
    """A world that counts how often its name server is asked."""

    def __init__(self, seen: MailDomain) -> None:
        self.seen, self.looked = seen, 0
        self.doors = Doors(look=self.look, fetch=lambda *_: (), greets=lambda _: True, same=lambda *_: False)

    def look(self, domain: str) -> MailDomain:
        self.looked += 1
        return self.seen


def test_rows_of_one_domain_look_it_up_once() -> None:
    """Five hundred rows of one table are five hundred jobs, some of them at one time."""
    world, memory = Asked(srv("srv.k.example")), Memory()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: memory.find(f"u{n}@k.example", world.doors, Ours()), range(40)))

    assert world.looked == 1
    assert len(set(map(str, found))) == 1


def test_what_was_found_is_forgotten_and_nothing_is_not_remembered() -> None:
    """Somebody mends a record, or the name server comes back: the next job has to see it."""
    now = [0.0]
    world, memory = Asked(srv("srv.k.example")), Memory(clock=lambda: now[0])
    for seconds, times in ((0, 1), (REMEMBERED_SECONDS, 1), (REMEMBERED_SECONDS + 1, 2)):
        now[0] = seconds
        memory.find("anna@k.example", world.doors, Ours())
        assert world.looked == times

    silent = Asked(MailDomain(answered=False))
    for _ in range(2):
        assert memory.find("anna@silent.example", silent.doors, Ours()) == Finding()
    assert silent.looked == 2


def test_a_provider_without_passwords_is_remembered_as_such() -> None:
    """The same error for every row."""
    world, memory = Asked(srv(mx=("k-example.mail.protection.outlook.com",))), Memory()
    world.doors = replace(world.doors, greets=lambda _: False)  # the domain's SRV names nobody who answers
    for name in ("anna", "ben"):
        with pytest.raises(SourceTakesNoPasswords):
            memory.find(f"{name}@k.example", world.doors, Ours())
    assert world.looked == 1


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        (Endpoint(host="imap.k.example", port=993), "imap.k.example"),
        (Endpoint(host="imap.k.example", port=1993), "imap.k.example:1993"),
        (Endpoint(host="imap.k.example", port=143, security="starttls"), "imap.k.example:143 starttls"),
    ],
)
def test_a_proposal_keeps_port_and_security(endpoint: Endpoint, text: str) -> None:
    """Who answers "yes" means that server, as the domain named it."""
    assert proposal(endpoint) == text
    assert proposed(text) == endpoint

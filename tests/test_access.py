"""Who may order what: no forgery proves a sender, and nobody's mail goes into a mailbox that is not theirs."""

import itertools
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.access import Directory, Proof, Verdict, is_member, judge, parse_directory, prove
from bot.errors import ConfigBroken
from bot.freemail import FREE_MAIL

OURS = "mx.host.example"
ANNA = "anna@kunde.example"
PASS = f"{OURS}; dmarc=pass header.from=kunde.example"
FAIL = f"{OURS}; dmarc=fail header.from=kunde.example"
NONE = f"{OURS}; dmarc=none header.from=kunde.example"


# What the usual border servers write for a message that is what it says.
@pytest.mark.parametrize(
    "value",
    [
        PASS,
        f"{OURS} 1; dmarc=pass header.from=kunde.example",
        f" {OURS};\r\n\tdkim=pass header.d=kunde.example header.b=AbC+/1=;\r\n\tdmarc=pass (x)\r\n header.from=kunde.example",
        f"{OURS}; spf=pass (IP 1.2.3.4) smtp.mailfrom={ANNA}; dmarc=pass (p=REJECT dis=none) header.from=Kunde.Example",
        f'{OURS}; DMARC = pass reason="aligned; (really)" header.from=kunde.example policy.dmarc=quarantine',
        f'{OURS}; dkim=none; arc=none; dmarc/1=pass header.from="kunde.example"',
        f"(added by us) {OURS} (v1 (nested \\) comment)) ; dmarc=pass header.from=kunde.example;",
    ],
)  # fmt: skip
def test_our_own_mx_saying_pass_for_the_one_sender_proves_them(value: str) -> None:
    """Postfix with OpenDMARC, rspamd and Exim word it differently; RFC 8601 section 2.2 allows all of it."""
    proof = prove([ANNA], (value,), OURS)

    assert (proof.kind, proof.domain, proof.address) == ("proven", "kunde.example", ANNA)


class Forgery(NamedTuple):
    """Somebody who is not Anna writes as Anna. `fields` from the top, as the message lies in our mailbox."""

    trick: str
    fields: tuple[str, ...]
    senders: tuple[str, ...] = (ANNA,)
    kind: str = "unproven"


FORGERIES = [
    Forgery("no result at all", ()),
    Forgery("our MX said fail", (FAIL,), kind="forged"),
    Forgery("our MX found no policy", (NONE,)),
    Forgery("temporary error", (f"{OURS}; dmarc=temperror header.from=kunde.example",)),
    Forgery("permanent error", (f"{OURS}; dmarc=permerror header.from=kunde.example",)),
    Forgery("an own header below ours, ours says fail", (FAIL, PASS), kind="forged"),
    Forgery("an own header below ours, ours says none", (NONE, PASS)),
    Forgery("ours tested nothing", (f"{OURS}; none", PASS)),
    Forgery("ours has another version", (f"{OURS} 2; dmarc=pass header.from=kunde.example", PASS)),
    Forgery("the name of somebody else's MX", ("mx.evil.example; dmarc=pass header.from=kunde.example",)),
    Forgery("our name with a trailing dot", (f"{OURS}.; dmarc=pass header.from=kunde.example",)),
    Forgery("our name in capitals", ("MX.HOST.EXAMPLE; dmarc=pass header.from=kunde.example",)),
    Forgery("our name with another in front", (f"x.{OURS}; dmarc=pass header.from=kunde.example",)),
    Forgery("our name followed by another word", (f"{OURS} evil; dmarc=pass header.from=kunde.example",)),
    Forgery("our name only in a comment", (f"({OURS}); dmarc=pass header.from=kunde.example",)),
    Forgery("our name folded apart", ("mx.host.\r\n example; dmarc=pass header.from=kunde.example",)),
    Forgery("our name with a comment inside", ("mx.(x)host.example; dmarc=pass header.from=kunde.example",)),
    Forgery("no name, only results", ("dmarc=pass header.from=kunde.example",)),
    Forgery("two From addresses", (PASS,), (ANNA, "mallory@evil.example")),
    Forgery("the same From twice", (PASS,), (ANNA, ANNA)),
    Forgery("no From address", (PASS,), ()),
    Forgery("an address as display name", (PASS,), (f'"{ANNA}" <mallory@evil.example>',)),
    Forgery("a display name that reads like Anna", (PASS,), ("mallory@evil.example",)),
    Forgery("two addresses in one", (PASS,), (f"mallory@evil.example,{ANNA}",)),
    Forgery("two at signs", (PASS,), ("anna@evil.example@kunde.example",)),
    Forgery("a quoted local part", (PASS,), ('"mallory@evil.example "@kunde.example',)),
    Forgery("a line break in the address", (PASS,), (f"{ANNA}\r\nBcc: x@y.example",)),
    Forgery("a letter that only looks like k", (PASS,), ("anna@ĸunde.example",)),
    Forgery("a full-width letter that maps to k", (PASS,), ("anna@\uff4bunde.example",)),
    Forgery("pass for another domain", (f"{OURS}; dmarc=pass header.from=evil.example",)),
    Forgery("pass for a subdomain", (f"{OURS}; dmarc=pass header.from=sub.kunde.example",)),
    Forgery("pass for the domain above", (PASS,), ("anna@sub.kunde.example",)),
    Forgery("pass for nobody", (f"{OURS}; dmarc=pass",)),
    Forgery("pass for two", (f"{OURS}; dmarc=pass header.from=kunde.example header.from=evil.example",)),
    Forgery("pass of SPF only", (f"{OURS}; spf=pass smtp.mailfrom={ANNA} header.from=kunde.example",)),
    Forgery("pass of DKIM only", (f"{OURS}; dkim=pass header.d=kunde.example header.from=kunde.example",)),
    Forgery("pass inside a comment", (f"{OURS}; dmarc=none (; dmarc=pass header.from=kunde.example)",)),
    Forgery("pass after a comment that never ends", (f"{OURS}; dmarc=none (a; dmarc=pass header.from=kunde.example",)),
    Forgery("fail hidden from the eye", (f"{OURS}; dmarc=(pass)fail header.from=kunde.example",), kind="forged"),
    Forgery(
        "pass inside a quoted HELO",
        (f'{OURS}; spf=none smtp.helo="a; dmarc=pass header.from=kunde.example"; dmarc=none header.from=kunde.example',),
    ),
    Forgery(
        "pass inside a HELO our MX did not quote",
        (f"{OURS}; spf=none smtp.helo=a; dmarc=pass header.from=kunde.example; dmarc=none header.from=kunde.example",),
    ),
    Forgery(
        "pass before, fail behind",
        (f"{OURS}; dmarc=pass header.from=kunde.example; dmarc=fail header.from=kunde.example",),
        kind="forged",
    ),
    Forgery("a quote that never ends", (f'{OURS}; dmarc=pass header.from="kunde.example',)),
    Forgery("a NUL in the domain", (f"{OURS}; dmarc=pass header.from=kunde.example\0.evil.example",)),
    Forgery("a domain in two words", (f"{OURS}; dmarc=pass header.from=kunde.example evil.example",)),
    Forgery("two equals signs", (f"{OURS}; dmarc==pass header.from=kunde.example",)),
    Forgery("a method that only starts like it", (f"{OURS}; dmarc-x=pass header.from=kunde.example",)),
    Forgery("a local part before the domain", (f"{OURS}; dmarc=pass header.from=x@kunde.example",)),
    Forgery("ours spoilt by a HELO it repeats, an own one below", (f"{OURS}; spf=none smtp.helo=\xe4; dmarc=fail", PASS)),
    Forgery("ours made too long by 500 signatures", (f"{OURS}{'; dkim=fail header.d=evil.example' * 600}", PASS)),
    Forgery("a megabyte of brackets", ("(" * 1_000_000 + PASS,)),
]  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.trick)
def test_no_forgery_proves_a_sender(forgery: Forgery) -> None:
    """Each of these has opened a help desk somewhere, or would; a forged order copies somebody's mail."""
    proof = prove(forgery.senders, forgery.fields, OURS)

    assert (proof.kind, proof.domain, proof.address) == (forgery.kind, "", "")
    assert judge(ANNA, proof, [ANNA], Directory()).kind == "hold"


def test_without_a_name_for_our_mx_nothing_is_proven() -> None:
    """Else any header would do."""
    assert prove([ANNA], (PASS, "; dmarc=pass header.from=kunde.example"), "").kind == "unproven"


@given(st.text(), st.lists(st.text(alphabet=st.sampled_from('ab.;=()" \\\r\n@'), max_size=80), max_size=3))
@example("x", ["((((((((((" * 500])
def test_no_header_makes_the_proof_fail_or_succeed_by_accident(sender: str, fields: list[str]) -> None:
    """Whatever arrives gets an answer, and without our name the answer is no."""
    assert prove([sender], fields, OURS).kind == "unproven"


@given(
    st.lists(st.text(alphabet=st.sampled_from('dmarc=pass header.from=kunde.example;() "\\'), max_size=60))
)
def test_what_a_sender_adds_below_our_header_changes_nothing(added: list[str]) -> None:
    """Only the topmost field of ours counts (RFC 8601 section 5)."""
    assert prove([ANNA], [NONE, *added, PASS], OURS) == prove([ANNA], [NONE], OURS)


PROVEN = Proof(kind="proven", domain="kunde.example", address=ANNA)


def verdict(*destinations: str, directory: Directory | None = None, proof: Proof = PROVEN) -> Verdict:
    return judge(
        proof.address, proof, destinations, directory or Directory(), ["ann@host.example", "@desk.example"]
    )


def test_the_senders_own_domain_runs_by_itself() -> None:
    """Whoever proves the domain answers for its mailboxes."""
    assert verdict(ANNA, "Bob@Kunde.Example").kind == "auto"


def test_one_strange_destination_holds_the_order_and_is_named() -> None:
    """Staff decide with the domain before their eyes; the customer of that domain never notices."""
    held = verdict(ANNA, "bob@other.example", "eve@third.example")

    assert (held.kind, held.reason) == ("hold", "destination-not-own")
    assert held.evidence["domains"] == ["other.example", "third.example"]


def test_a_listed_domain_runs_by_itself_for_that_sender_only() -> None:
    """An agency moves its customers' domains."""
    directory = parse_directory('[senders]\n"anna@kunde.example" = ["other.example"]')

    assert verdict("bob@other.example", directory=directory).reason == "listed"
    eve = Proof(kind="proven", domain="kunde.example", address="eve@kunde.example")
    assert verdict("bob@other.example", directory=directory, proof=eve).kind == "hold"


def test_a_whole_domain_may_be_listed() -> None:
    """Everybody at the agency."""
    directory = parse_directory('[senders]\n"@kunde.example" = ["other.example"]')
    assert verdict("bob@other.example", directory=directory).kind == "auto"


@pytest.mark.parametrize("domain", ["gmail.com", "gmx.de", "web.de", "outlook.com"])
def test_a_free_mail_domain_is_nobodys_own(domain: str) -> None:
    """dmarc=pass for gmail.com proves one address, not the millions beside it."""
    someone = Proof(kind="proven", domain=domain, address=f"anna@{domain}")

    assert verdict(f"bob@{domain}", proof=someone).kind == "hold"
    assert verdict(f"anna@{domain}", proof=someone).kind == "hold"
    directory = parse_directory(f'[senders]\n"anna@{domain}" = ["kunde.example"]')
    assert verdict(ANNA, proof=someone, directory=directory).kind == "auto"


def test_a_subdomain_or_lookalike_is_not_the_senders_own() -> None:
    """kunde.example may belong to another customer than shop.kunde.example."""
    for other in ("a@sub.kunde.example", "a@xkunde.example", "a@kunde.example.evil.example", "a@kunde.exam"):
        assert verdict(other).kind == "hold"


def test_staff_orders_wait_for_the_command_line() -> None:
    """A staff address opens everybody's mailbox, so its mail alone does not."""
    staff = Proof(kind="proven", domain="desk.example", address="x@desk.example")
    assert verdict("x@desk.example", proof=staff).reason == "staff-order"


@pytest.mark.parametrize("mailbox", ["support@host.example", "SUPPORT@Host.Example", "ann@host.example"])
def test_the_desks_own_mailboxes_are_filled_by_nobodys_mail(mailbox: str) -> None:
    """A mail copied into the support mailbox has passed no MX: its Authentication-Results could say anything."""
    colleague = Proof(kind="proven", domain="host.example", address="eve@host.example")
    listed = parse_directory('[senders]\n"anna@kunde.example" = ["host.example"]')
    for proof, directory in ((colleague, Directory()), (PROVEN, listed)):
        found = judge(
            proof.address,
            proof,
            ["bob@host.example", mailbox],
            directory,
            ["ann@host.example"],
            ours=["support@host.example"],
        )
        assert (found.kind, found.reason) == ("hold", "destination-ours")


def test_the_requester_must_be_the_proven_sender() -> None:
    """Reply-To or a forwarded From never identifies."""
    assert judge("eve@kunde.example", PROVEN, [ANNA], Directory()).reason == "sender-not-requester"


@pytest.mark.parametrize(
    "destination", ["", "anna", "anna@", "a@kunde.example b@evil.example", "a@kunde.example\n"]
)
def test_a_destination_that_is_no_address_holds_the_order(destination: str) -> None:
    """It becomes a login name later."""
    assert verdict(destination).reason == "destination-invalid"


def test_of_five_customers_nobody_orders_for_another() -> None:
    """All 20 wrong pairs."""
    domains = [f"customer{number}.example" for number in range(5)]
    for mine, theirs in itertools.permutations(domains, 2):
        me = Proof(kind="proven", domain=mine, address=f"me@{mine}")
        assert verdict(f"you@{theirs}", proof=me).kind == "hold"
        assert verdict(f"me@{mine}", f"you@{theirs}", proof=me).kind == "hold"


@given(
    st.sampled_from(["proven", "unproven", "forged"]),
    st.lists(st.sampled_from(["a@kunde.example", "b@other.example", "c@third.example", "d@gmail.com", "x"])),
    st.dictionaries(
        st.sampled_from([ANNA, "@kunde.example", "eve@kunde.example"]),
        st.frozensets(st.sampled_from(["other.example", "third.example"])),
    ),
)
def test_automatic_means_proven_and_every_domain_granted(
    kind: str, destinations: list[str], listed: dict[str, frozenset[str]]
) -> None:
    """The law behind the table, for every mix of destinations and directory."""
    proof = PROVEN if kind == "proven" else Proof(kind=kind)  # type: ignore[arg-type]
    granted = {"kunde.example"} | listed.get(ANNA, set()) | listed.get("@kunde.example", set())
    found = judge(ANNA, proof, destinations, Directory(listed))

    all_granted = all("@" in d and d.partition("@")[2] in granted for d in destinations)
    assert (found.kind == "auto") == (kind == "proven" and all_granted)


def test_every_mistake_in_the_directory_is_named_at_once() -> None:
    """One wrong line must neither lock everybody out unheard nor let somebody in."""
    with pytest.raises(ConfigBroken) as caught:
        parse_directory(
            'x = 1\n[senders]\nanna = ["a.example"]\n"@gmail.com" = ["a.example"]\n'
            '"b@c.example" = "d.example"\n"e@f.example" = ["g@h.example"]\n"ok@ok.example" = ["ok.example"]'
        )
    said = str(caught.value)
    for name in ("[x]", "'anna'", "'@gmail.com': everybody", "'b@c.example'", "'e@f.example'"):
        assert name in said
    assert "ok@ok" not in said
    with pytest.raises(ConfigBroken, match="not TOML"):
        parse_directory("[senders")
    with pytest.raises(ConfigBroken, match="section"):
        parse_directory('senders = ["a"]')


def test_members_are_addresses_or_whole_domains() -> None:
    """staff = ["ann@host.example", "@desk.example"]"""
    members = ("Ann@host.example", "@desk.example")
    assert is_member("ann@HOST.example", members)
    assert is_member("x@desk.example", members)
    assert not is_member("bob@host.example", members)
    assert not is_member("x@sub.desk.example", members)
    assert not is_member("", members)


def test_the_free_mail_list_is_lower_case_domains() -> None:
    """A slip there would make a mass provider somebody's own."""
    assert len(FREE_MAIL) > 100
    assert all(domain == domain.lower().strip() and "." in domain for domain in FREE_MAIL)

"""Who may order what: sender proof, customer directory, destination ownership. Pure; refuses by default.

A sender is proven only by what our own MX wrote about the message (Authentication-Results, RFC 8601) under the
exact name in bot.toml, and only for one single From address whose domain DMARC found aligned (RFC 7489).
The MX has to remove headers under its own name that arrive from outside (RFC 8601 section 5); docs/operate.md says how.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot.errors import ConfigBroken
from bot.freemail import FREE_MAIL

HEADER_CHARACTERS: Final = 16_384  # longer ones are nobody's honest result
ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)"
)
DOMAIN: Final = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How far the sender of one message is proven."""

    kind: Literal["proven", "unproven", "forged"]
    domain: str = ""  # of the proven From address, lower case; "" unless proven
    evidence: str = ""  # the deciding fact, in words for staff; holds no text of the message but addresses
    address: str = ""  # the proven From address, lower case; "" unless proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """May this run by itself? Speaks for exactly these destinations: judge again whenever they change."""

    kind: Literal["auto", "hold"]
    reason: str  # stable code, see `judge`
    evidence: Mapping[str, Any] = field(default_factory=dict)  # JSON values, kept in the ticket's log


@dataclass(frozen=True, slots=True)
class Directory:
    """Which further domains a sender may order for; senders are addresses or "@domain", all lower case."""

    senders: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def domains_of(self, address: str) -> frozenset[str]:
        """Return the domains listed for the address or for its whole domain."""
        low = address.lower()
        return self.senders.get(low, frozenset()) | self.senders.get(
            "@" + low.rpartition("@")[2], frozenset()
        )


def prove(senders: Sequence[str], authentication_results: Sequence[str], authserv_id: str) -> Proof:
    """Return how far the sender is proven.

    Args:
        senders: every address of every From field, as parsed.
        authentication_results: the values of the Authentication-Results fields, topmost first.
        authserv_id: the exact name our MX writes; "" = nothing is ever proven.
    """
    results = _our_dmarc(authentication_results, authserv_id) if authserv_id else None
    if results is None:
        return _unproven(f"no Authentication-Results of {authserv_id or 'ours: no authserv_id in bot.toml'}")
    if any(result == "fail" for result, _ in results):
        return Proof(kind="forged", evidence=f"{authserv_id}: dmarc=fail")
    address = ADDRESS.fullmatch(senders[0]) if len(senders) == 1 else None
    if address is None:
        return _unproven(f"not one plain From address but {len(senders)}")
    domain = address[1].lower()
    if [(result, name.lower()) for result, name in results] != [("pass", domain)]:
        return _unproven(f"{authserv_id}: no dmarc=pass for {domain}, or not only that")
    return Proof(
        kind="proven",
        domain=domain,
        address=address[0].lower(),
        evidence=f"{authserv_id}: dmarc=pass for {domain}",
    )


def _unproven(evidence: str) -> Proof:
    return Proof(kind="unproven", evidence=evidence)


def _our_dmarc(fields: Sequence[str], authserv_id: str) -> list[tuple[str, str]] | None:
    """(result, header.from) of every dmarc statement in the topmost field of ours; None = no field is ours.

    Only the topmost: our MX adds its own above whatever a sender brought along. A name that differs in case or
    by a dot is not ours: an MX that strips forgeries by exact name would have let it pass.
    """
    for value in fields:
        statements = _statements(value)
        if statements is None:  # ours, perhaps, spoilt by what it had to quote: below lies only the sender's
            return None
        if statements[0][:1] == [authserv_id]:
            version = statements[0][1:]
            return [_dmarc(s) for s in statements[1:] if _is_dmarc(s)] if version in ([], ["1"]) else []
    return None


def _is_dmarc(statement: list[str]) -> bool:
    return bool(statement) and statement[0].partition("/")[0].lower() == "dmarc"


def _dmarc(statement: list[str]) -> tuple[str, str]:
    """Read `dmarc = result (name = value)*`; anything else is ("unreadable", "")."""
    triples = [statement[i : i + 3] for i in range(0, len(statement), 3)]
    if any(len(triple) != 3 or triple[1] != "=" or "=" in (triple[0], triple[2]) for triple in triples):
        return "unreadable", ""
    named = [value for name, _, value in triples[1:] if name.lower() == "header.from"]
    return triples[0][2].lower(), named[0] if len(named) == 1 else ""


def _statements(value: str) -> list[list[str]] | None:
    """Split a field value at ";" into words and "="; comments are white space; None = not well formed."""
    if len(value) > HEADER_CHARACTERS or re.search(r"[^\t\r\n -~]", value):
        return None
    statements: list[list[str]] = [[]]
    for part in _tokens(value):
        if part is None:
            return None
        if part == ";":
            statements.append([])
        else:
            statements[-1].append(part)
    return statements


def _tokens(value: str) -> Iterator[str | None]:
    """Words (quoted parts joined to their neighbours), ";" and "="; None at an open comment or quote."""
    at = 0
    while at < len(value):
        if value[at] in " \t\r\n":
            at += 1
        elif value[at] == "(":
            end = _comment_end(value, at)
            if end < 0:
                yield None
                return
            at = end
        elif value[at] in ";=":
            yield value[at]
            at += 1
        else:
            word = re.compile(r'(?:[^\s();="\\]|"(?:[^"\\]|\\.)*")+', re.DOTALL).match(value, at)
            if word is None:
                yield None
                return
            yield re.sub(r'"((?:[^"\\]|\\.)*)"', lambda quoted: re.sub(r"\\(.)", r"\1", quoted[1]), word[0])
            at = word.end()


def _comment_end(value: str, start: int) -> int:
    """Index after the comment that opens at `start` (comments nest, RFC 5322 section 3.2.2), or -1."""
    depth, at = 0, start
    while at < len(value):
        if value[at] == "\\":
            at += 1
        elif value[at] in "()":
            depth += 1 if value[at] == "(" else -1
            if depth == 0:
                return at + 1
        at += 1
    return -1


def judge(
    requester: str,
    proof: Proof,
    destinations: Iterable[str],
    directory: Directory,
    staff: Iterable[str] = (),
    *,
    ours: Iterable[str] = (),
) -> Verdict:
    """Return whether an order may run by itself. The rules are the matrix in docs/design.md; the default is hold.

    Args:
        requester: who asked.
        proof: how far our own MX proved that.
        destinations: the accounts to fill.
        directory: which further domains a sender may order for.
        staff: addresses and "@domain"s of the desk.
        ours: the mailboxes this bot reads and writes from. Whoever fills the support mailbox writes mails there that
            no MX has seen, with any Authentication-Results: that is the key to every mailbox, so it always waits.

    Reasons: own-domain and listed (auto); sender-forged, sender-unproven, staff-order,
    sender-not-requester, destination-invalid, destination-ours, destination-not-own (hold; `domains` in the evidence
    names them).
    """
    evidence: dict[str, Any] = {"requester": requester, "proof": proof.kind, "proof_evidence": proof.evidence}
    if proof.kind != "proven":
        return Verdict(kind="hold", reason=f"sender-{proof.kind}", evidence=evidence)
    staff, wanted = tuple(staff), tuple(destinations)
    if is_member(proof.address, staff):
        return Verdict(kind="hold", reason="staff-order", evidence=evidence)
    if requester.lower() != proof.address:
        return Verdict(kind="hold", reason="sender-not-requester", evidence=evidence)
    if any(is_member(destination, (*staff, *ours)) for destination in wanted):
        return Verdict(kind="hold", reason="destination-ours", evidence=evidence)
    return _judge_destinations(proof, wanted, directory, evidence)


def _judge_destinations(
    proof: Proof, destinations: tuple[str, ...], directory: Directory, evidence: dict[str, Any]
) -> Verdict:
    found = [ADDRESS.fullmatch(destination) for destination in destinations]
    wanted = {match[1].lower() for match in found if match}
    if not all(found):
        return Verdict(kind="hold", reason="destination-invalid", evidence=evidence)
    own = frozenset() if proof.domain in FREE_MAIL else frozenset({proof.domain})
    if strange := wanted - own - directory.domains_of(proof.address):
        return Verdict(
            kind="hold", reason="destination-not-own", evidence={**evidence, "domains": sorted(strange)}
        )
    reason = "own-domain" if wanted <= own else "listed"
    return Verdict(kind="auto", reason=reason, evidence={**evidence, "domains": sorted(wanted)})


def is_member(address: str, members: Iterable[str]) -> bool:
    """Return whether the address, or "@" and its domain, is in the list; case does not matter."""
    low = address.lower()
    return bool({low, "@" + low.rpartition("@")[2]} & {member.lower() for member in members})


def parse_directory(text: str) -> Directory:
    """Read directory.toml: `[senders]`, then `"anna@kunde.example" = ["other.example"]` or `"@kunde.example" = […]`.

    Raises:
        ConfigBroken: the message lists every mistake at once.
    """
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigBroken(what=f"the directory is not TOML: {error}") from None
    mistakes = [
        f"unknown [{name}]; only a section [senders] is read"
        for name, part in stated.items()
        if name != "senders" or not isinstance(part, dict)
    ]
    senders: dict[str, frozenset[str]] = {}
    table = stated.get("senders", {})
    for sender, domains in table.items() if isinstance(table, dict) else ():
        mistakes += (wrong := list(_directory_mistakes(sender, domains)))
        if not wrong:
            senders[sender.lower()] = senders.get(sender.lower(), frozenset()) | {d.lower() for d in domains}
    if mistakes:
        raise ConfigBroken(
            what="the directory has mistakes:" + "".join(f"\n  {mistake}" for mistake in mistakes)
        )
    return Directory(senders)


def _directory_mistakes(sender: str, domains: object) -> Iterator[str]:
    whole_domain = sender.removeprefix("@") if sender.startswith("@") else ""
    if not (DOMAIN.fullmatch(whole_domain) if whole_domain else ADDRESS.fullmatch(sender)):
        yield f"{sender!r}: an address or @domain is wanted, in quotes"
    if whole_domain.lower() in FREE_MAIL:
        yield f"{sender!r}: everybody can have an address there: list single addresses"
    listed = domains if isinstance(domains, list) else [None]
    if not all(isinstance(domain, str) and DOMAIN.fullmatch(domain) for domain in listed):
        yield f'{sender!r}: a list of domains is wanted, such as ["kunde.example"]'

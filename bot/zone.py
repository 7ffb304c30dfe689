"""What a customer's domain still has to be told, record by record. Pure.

What is seen comes from bot/dns.py, what is wanted from [dns] of bot.toml.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from bot.spf import MOST_LOOKUPS, asked_of, lookups, merge, spf_records

Do = Literal["first", "add", "replace", "remove", "keep"]
Key = tuple[str, str]  # lower-case name without the final dot, record type: ("k.example", "MX")

# Content networks that answer for a name with their own addresses: mail protocols do not pass them.
_PROXIES: Final = tuple(
    ipaddress.ip_network(one)
    for one in (
        *("103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "104.16.0.0/13", "104.24.0.0/14"),
        *("108.162.192.0/18", "131.0.72.0/22", "141.101.64.0/18", "162.158.0.0/15", "172.64.0.0/13"),
        *("173.245.48.0/20", "188.114.96.0/20", "190.93.240.0/20", "197.234.240.0/22", "198.41.128.0/17"),
        *("2400:cb00::/32", "2606:4700::/32", "2803:f800::/32", "2405:b500::/32", "2405:8100::/32"),
        *("2a06:98c0::/29", "2c0f:f248::/32"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one server says of one name and type."""

    values: tuple[str, ...] = ()  # as in a zone file, names lower-case without the final dot; () = none
    ttl: int = 0  # seconds
    failed: bool = False  # no answer, or one that says nothing (SERVFAIL, lame, bogus)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A domain as its own name servers and the public resolvers tell it at one moment."""

    at: datetime
    authoritative: Mapping[str, Mapping[Key, Answer]] = field(default_factory=dict)  # by server
    resolvers: Mapping[str, Mapping[Key, Answer]] = field(default_factory=dict)
    senders: Mapping[str, str] = field(default_factory=dict)  # SPF records of what the domain's includes
    sts_policy: str | None = (
        None  # the text of its MTA-STS policy (RFC 8461 section 3.2); None = none was read
    )

    def told(self, name: str, kind: str) -> Answer:
        """Return what the domain's own servers say, else what the resolvers do; of several the fullest answer."""
        key = (name, kind)
        for side in (self.authoritative, self.resolvers):
            answers = [one[key] for one in side.values() if key in one and not one[key].failed]
            if answers:
                return max(answers, key=lambda one: (len(one.values), one.ttl))
        return Answer(failed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What we want every domain to say; "" and () = we have no wish. {domain} stands for the domain."""

    mx: tuple[tuple[int, str], ...] = ()  # (preference, host)
    spf_include: tuple[str, ...] = ()
    dkim: tuple[tuple[str, str, str], ...] = ()  # (selector, "CNAME" or "TXT", value)
    dmarc: str = ""  # a first policy, only for a domain that has none
    aliases: tuple[
        tuple[str, str], ...
    ] = ()  # (label, host) of a CNAME: ("autoconfig", "autoconfig.host.example")
    services: tuple[tuple[str, int, str], ...] = ()  # ("_imaps._tcp", port, host): RFC 6186, 6764, 8314


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One line of the table: what to do with one record."""

    kind: str  # MX, TXT, CNAME, SRV
    name: str  # as a registrar's form wants it: "@" is the domain itself
    value: str  # what it has to be; "" = none
    now: str  # what it is; "" = none
    do: Do
    why: str = ""  # a stable code for a sentence beside the table


def plan_records(domain: str, wanted: Wanted, seen: Seen) -> list[Advice]:
    """Return every record worth a line, in the order in which they should be set; what is right already is "keep".

    Nothing the customer may need is ever removed but the MX names of the old provider; a TXT beside SPF stays.
    """
    return [
        *_sts(domain, wanted, seen),
        *_keys(domain, wanted, seen),
        *_spf(domain, wanted, seen),
        *_mx(domain, wanted, seen),
        *(one for label, host in wanted.aliases for one in _alias(domain, label, host, seen)),
        *(one for service in wanted.services for one in _service(domain, service, seen)),
        *_dmarc(domain, wanted, seen),
    ]


def _sts(domain: str, wanted: Wanted, seen: Seen) -> list[Advice]:
    """An MTA-STS policy that does not name our MX makes careful senders refuse it: before anything else."""
    name = f"_mta-sts.{domain}"
    record = next((one for one in seen.told(name, "TXT").values if one.lower().startswith("v=stsv1")), "")
    if not record or not wanted.mx or (seen.sts_policy is not None and _sts_lets(seen.sts_policy, wanted)):
        return []
    return [Advice(kind="TXT", name="_mta-sts", value="", now=record, do="first", why="sts-policy")]


def _sts_lets(policy: str, wanted: Wanted) -> bool:
    pairs = [(key.strip().lower(), value.strip().lower()) for key, _, value in _split(policy)]
    if ("mode", "none") in pairs:
        return True
    patterns = [value for key, value in pairs if key == "mx"]
    return all(any(_matches(host.casefold(), one) for one in patterns) for _, host in wanted.mx)


def _split(policy: str) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in policy.splitlines()]


def _matches(host: str, pattern: str) -> bool:
    return host == pattern or (pattern.startswith("*.") and host.partition(".")[2] == pattern[2:])


def _keys(domain: str, wanted: Wanted, seen: Seen) -> list[Advice]:
    found = []
    for selector, kind, value in wanted.dkim:
        label = f"{selector}._domainkey"
        now = seen.told(f"{label}.{domain}", kind)
        wish = value.replace("{domain}", domain)
        same = any(_plain(one) == _plain(wish) for one in now.values)
        do: Do = "keep" if same else "replace" if now.values else "add"
        found.append(Advice(kind=kind, name=label, value=wish, now=_said(now), do=do))
    return found


def _plain(value: str) -> str:
    return "".join(value.split()).rstrip(".").casefold()


def _spf(domain: str, wanted: Wanted, seen: Seen) -> list[Advice]:
    if not wanted.spf_include:
        return []
    texts = seen.told(domain, "TXT")
    there, merged = spf_records(texts.values), merge(texts.values, wanted.spf_include)
    if not merged.changed:
        return [Advice(kind="TXT", name="@", value=merged.record, now=merged.record, do="keep")]
    many = lookups(merged.record, seen.senders) > MOST_LOOKUPS
    why = "spf-several" if merged.several else "spf-lookups" if many else "spf-one"
    do: Do = "replace" if there else "add"
    return [Advice(kind="TXT", name="@", value=merged.record, now=" | ".join(there), do=do, why=why)]


def _mx(domain: str, wanted: Wanted, seen: Seen) -> list[Advice]:
    if not wanted.mx:
        return []
    now = {
        host: value for value in seen.told(domain, "MX").values for host in mx_hosts(Answer(values=(value,)))
    }
    ours = [(f"{preference} {host}", host.casefold()) for preference, host in wanted.mx]
    lines = [
        Advice(kind="MX", name="@", value=value, now=now.get(host, ""), do="keep" if host in now else "add")
        for value, host in ours
    ]
    others = [value for host, value in now.items() if host not in {host for _, host in ours}]
    return [*lines, *(Advice(kind="MX", name="@", value="", now=one, do="remove") for one in others)]


def _alias(domain: str, label: str, host: str, seen: Seen) -> list[Advice]:
    host = host.replace("{domain}", domain)
    alias = seen.told(f"{label}.{domain}", "CNAME")
    if any(_plain(one) == _plain(host) for one in alias.values):
        return [Advice(kind="CNAME", name=label, value=host, now=_said(alias), do="keep")]
    places = [one for kind in ("A", "AAAA") for one in seen.told(f"{label}.{domain}", kind).values]
    now = _said(alias) or ", ".join(places)
    why = "proxied" if not alias.values and any(is_proxy(one) for one in places) else ""
    return [Advice(kind="CNAME", name=label, value=host, now=now, do="replace" if now else "add", why=why)]


def mx_hosts(answer: Answer) -> frozenset[str]:
    """Return the hosts of an MX set; the single "." of RFC 7505 is no host."""
    names = (value.rpartition(" ")[2].rstrip(".").casefold() for value in answer.values)
    return frozenset(name for name in names if name)


def is_proxy(address: str) -> bool:
    """Say whether an address belongs to a content network that stands before web servers."""
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(place in network for network in _PROXIES if network.version == place.version)


def _service(domain: str, service: tuple[str, int, str], seen: Seen) -> list[Advice]:
    label, port, host = service
    now = seen.told(f"{label}.{domain}", "SRV")
    wanted = f"0 1 {port} {host.replace('{domain}', domain)}"
    same = any(
        _plain(one.partition(" ")[2].partition(" ")[2]) == _plain(f"{port} {host}") for one in now.values
    )
    do: Do = "keep" if same else "replace" if now.values else "add"
    return [Advice(kind="SRV", name=label, value=wanted, now=_said(now), do=do)]


def _dmarc(domain: str, wanted: Wanted, seen: Seen) -> list[Advice]:
    """A policy that is there is the customer's own choice."""
    there = [one for one in seen.told(f"_dmarc.{domain}", "TXT").values if one.lower().startswith("v=dmarc1")]
    if there or not wanted.dmarc:
        return [Advice(kind="TXT", name="_dmarc", value=one, now=one, do="keep") for one in there[:1]]
    value = wanted.dmarc.replace("{domain}", domain)
    return [Advice(kind="TXT", name="_dmarc", value=value, now="", do="add")]


def _said(answer: Answer) -> str:
    return ", ".join(answer.values)


def names_to_ask(domain: str, wanted: Wanted) -> list[Key]:
    """Return every name and type that `plan_records` and `judge_delivery` look at."""
    aliases = [(f"{label}.{domain}", kind) for label, _ in wanted.aliases for kind in ("CNAME", "A", "AAAA")]
    keys = [(f"{selector}._domainkey.{domain}", kind) for selector, kind, _ in wanted.dkim]
    services = [(f"{label}.{domain}", "SRV") for label, _, _ in wanted.services]
    texts = [(name, "TXT") for name in (domain, f"_mta-sts.{domain}", f"_dmarc.{domain}")]
    return [(domain, "MX"), *texts, *keys, *aliases, *services]


def senders_to_ask(seen: Seen, domain: str) -> list[str]:
    """Return the names whose SPF records are still missing to count a record's look-ups."""
    known = [*spf_records(seen.told(domain, "TXT").values), *seen.senders.values()]
    return [
        name
        for name in dict.fromkeys(name for record in known for name in asked_of(record))
        if name not in seen.senders
    ]

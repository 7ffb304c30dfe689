"""Where a domain's mail goes now, and which servers it names itself. The only module that asks name servers."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver

from bot.model import Security
from bot.net import parse_host
from bot.providers import MailDomain, Service
from bot.units import parse_resolver

SECONDS: Final = 6.0  # for each question, all its tries together
MOST: Final = 20  # records of one answer that are looked at
SERVICES: Final[tuple[tuple[str, Security], ...]] = (("_imaps._tcp", "tls"), ("_imap._tcp", "starttls"))


def look(domain: str, resolvers: Sequence[str] = (), seconds: float = SECONDS) -> MailDomain:
    """Return what the DNS says of a domain's mail. Never raises: no answer is `answered=False`.

    Args:
        domain: in ASCII, as bot.net.parse_host returns it.
        resolvers: addresses, with a port or without, to ask; () = those of this machine.
        seconds: for each of the three questions.
    """
    resolver = _resolver(resolvers, seconds)
    if resolver is None:
        return MailDomain(answered=False)
    try:
        exchangers = _ask(resolver, domain, dns.rdatatype.MX)
        services = [
            service
            for label, security in SERVICES
            for service in _services(_ask(resolver, f"{label}.{domain}", dns.rdatatype.SRV), security)
        ]
    except (dns.exception.DNSException, OSError, ValueError):
        return MailDomain(answered=False)
    return MailDomain(mx=_exchangers(exchangers), imap=tuple(services))


def _resolver(resolvers: Sequence[str], seconds: float) -> dns.resolver.Resolver | None:
    try:
        resolver = dns.resolver.Resolver(configure=not resolvers)
    except dns.exception.DNSException:
        return None  # this machine names no resolver
    if resolvers:
        places = [parse_resolver(one) for one in resolvers]
        resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in places]
    resolver.lifetime = seconds
    resolver.timeout = seconds / 3
    return resolver


def _ask(resolver: dns.resolver.Resolver, name: str, kind: dns.rdatatype.RdataType) -> list[Any]:
    """Return the records; none when there is no such name. Raises when nobody answers."""
    try:
        answer = resolver.resolve(dns.name.from_text(name), kind, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return list(answer)[:MOST]


def _exchangers(records: Iterable[Any]) -> tuple[str, ...]:
    ordered = sorted(records, key=lambda one: (one.preference, str(one.exchange)))
    names = [str(one.exchange).rstrip(".").lower() for one in ordered]
    return tuple(dict.fromkeys(name for name in names if name))


def _services(records: Iterable[Any], security: Security) -> Iterable[Service]:
    """A target of "." says that there is no such service (RFC 2782); weights only part the load."""
    for one in sorted(records, key=lambda one: (one.priority, -one.weight)):
        host = parse_host(str(one.target).rstrip(".").lower() or ".")
        if host is not None and host != ".":
            yield Service(host=host.rstrip("."), port=int(one.port), security=security)

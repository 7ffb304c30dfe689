"""Where a domain's mail goes now, and which servers it names itself. The only module that asks name servers."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from bot.model import Security
from bot.net import parse_host
from bot.providers import MailDomain, Service
from bot.units import parse_resolver
from bot.zone import Answer

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


def look_dav(
    domain: str, service: str, resolvers: Sequence[str] = (), seconds: float = SECONDS
) -> list[tuple[str, int, str]]:
    """Return (host, port, path or "") of the servers a domain names for that service, over TLS (RFC 6764). Never raises.

    Args:
        domain: in ASCII, as bot.net.parse_host returns it.
        service: "carddav" or "caldav".
        resolvers: as for `look`.
        seconds: for each of the two questions.
    """
    resolver = _resolver(resolvers, seconds)
    if resolver is None:
        return []
    name = f"_{service}s._tcp.{domain}"
    try:
        servers = [*_services(_ask(resolver, name, dns.rdatatype.SRV), "tls")]
        texts = (
            [part for one in _ask(resolver, name, dns.rdatatype.TXT) for part in one.strings]
            if servers
            else []
        )
    except (dns.exception.DNSException, OSError, ValueError):
        return []
    paths = (text.decode("utf-8", "replace")[5:] for text in texts if text.lower().startswith(b"path=/"))
    path = next(paths, "")
    return [(one.host, one.port, path) for one in servers]


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


def name_servers(
    domain: str, resolvers: Sequence[str] = (), seconds: float = SECONDS
) -> dict[str, tuple[str, ...]]:
    """Return the domain's own name servers and their addresses; {} when nobody tells them. Never raises.

    A name below the zone's top has those of the zone above it (RFC 1034 section 4.2).
    """
    resolver = _resolver(resolvers, seconds)
    if resolver is None:
        return {}
    try:
        hosts: list[str] = []
        name = domain
        while not hosts and "." in name:
            hosts = [str(one.target).rstrip(".").lower() for one in _ask(resolver, name, dns.rdatatype.NS)]
            name = name.partition(".")[2]
        return {host: _addresses(resolver, host) for host in sorted(hosts)}
    except (dns.exception.DNSException, OSError, ValueError):
        return {}


def _addresses(resolver: dns.resolver.Resolver, host: str) -> tuple[str, ...]:
    try:
        return tuple(
            one.address
            for kind in (dns.rdatatype.A, dns.rdatatype.AAAA)
            for one in _ask(resolver, host, kind)
        )
    except (dns.exception.DNSException, OSError):
        return ()


def own_resolvers() -> tuple[str, ...]:
    """Return the resolvers of this machine, as [dns] resolvers would name them."""
    try:
        found = dns.resolver.Resolver().nameservers
    except dns.exception.DNSException:
        return ()
    return tuple(str(one) for one in found if isinstance(one, str))


def ask_at(place: str, name: str, kind: str, *, port: int, recursive: bool, seconds: float) -> Answer:
    """Return what one server says of one name and type; UDP first, TCP where the answer is cut. Never raises.

    Args:
        place: its address.
        name: in ASCII, without the final dot.
        kind: "MX", "TXT", "CNAME", ...
        port: of the server.
        recursive: True for a resolver; False for a domain's own server, whose word counts only with AA set.
        seconds: for the answer.
    """
    try:
        query = dns.message.make_query(dns.name.from_text(name), kind)
        if not recursive:
            query.flags &= ~dns.flags.RD
        reply, _ = dns.query.udp_with_fallback(query, place, timeout=seconds, port=port)
    except (dns.exception.DNSException, OSError, ValueError):
        return Answer(failed=True)
    if reply.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Answer(failed=True)
    if not recursive and not reply.flags & dns.flags.AA:
        return Answer(failed=True)  # lame: it does not know the zone
    wanted = dns.rdatatype.from_text(kind)
    found = [one for one in reply.answer if one.rdtype == wanted]
    values = [_plain(record) for one in found for record in one]
    return Answer(values=tuple(sorted(values[:MOST])), ttl=min((one.ttl for one in found), default=0))


def _plain(record: Any) -> str:
    """Return a record as in a zone file, names in lower case; of a TXT its strings joined (RFC 7208 section 3.3)."""
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", "replace")
    return str(record).lower().rstrip(".")

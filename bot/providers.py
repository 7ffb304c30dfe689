"""Which provider an address or a host belongs to, its server, login form and peculiarities. Pure over providers.toml."""

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

from bot.model import Endpoint, Security

How = Literal["provider", "srv", "autoconfig", "mx", "name"]
Note = Literal["app-password", "oauth-only", "imap-must-be-enabled", "no-imap"]

CLOSED: Final[tuple[Note, ...]] = ("oauth-only", "no-imap")  # no password of a customer opens it
ADDRESS: Final = "{address}"
LOCAL: Final = "{local}"
_PROPOSAL: Final = re.compile(r"(?P<host>[^\s:]+)(?::(?P<port>\d{1,5}))?(?: (?P<security>starttls|plain))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider, as a paragraph of providers.toml says."""

    key: str
    name: str
    domains: frozenset[str]
    mx: tuple[str, ...] = ()  # names of its exchangers, with * for anything
    servers: tuple[Endpoint, ...] = ()  # several = one of them, and only the customer knows which
    login: str = ADDRESS  # see Candidate
    notes: tuple[Note, ...] = ()

    @property
    def closed(self) -> Note | None:
        """Why no password opens it, or None."""
        return next((note for note in self.notes if note in CLOSED), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One SRV answer (RFC 2782), in the order of priority and weight."""

    host: str
    port: int
    security: Security


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDomain:
    """What the DNS says of a domain's mail now."""

    answered: bool = True  # False = the name servers did not answer; the rest says nothing then
    mx: tuple[str, ...] = ()  # lower case, best first; a null MX (RFC 7505) is left out
    imap: tuple[Service, ...] = ()  # _imaps before _imap (RFC 6186)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One server that may be the one, and why."""

    endpoint: Endpoint
    how: How
    login: str = ADDRESS  # with {address}, {local} and {domain} to be filled in
    sure: bool = True  # False = the requester has to name it before a password goes there
    provider: str = ""  # whose it is, for people


def provider_of(domain: str) -> Provider | None:
    """Return whose addresses end in this domain."""
    return _by_domain().get(domain.casefold())


def provider_at(host: str) -> Provider | None:
    """Return whose IMAP server this is."""
    wanted = host.casefold().rstrip(".")
    return next((one for one in providers() if any(wanted == server.host for server in one.servers)), None)


def hosted_by(mx: tuple[str, ...]) -> Provider | None:
    """Return the provider all these exchangers belong to; None where they are of several, or of nobody we know."""
    owners = {one.key: one for name in mx for one in providers() if _is_theirs(name, one)}
    known = [name for name in mx if any(_is_theirs(name, one) for one in owners.values())]
    return next(iter(owners.values())) if len(owners) == 1 and len(known) == len(mx) else None


def guess(domain: str) -> tuple[Candidate, ...]:
    """Return the servers of a provider we know by its domain; more than one = only the requester knows which."""
    provider = provider_of(domain)
    return _candidates(provider, "provider") if provider else ()


def guess_hosted(seen: MailDomain) -> tuple[Candidate, ...]:
    """Return the servers of the provider a custom domain's mail goes to."""
    provider = hosted_by(seen.mx)
    return _candidates(provider, "mx") if provider else ()


def guess_services(domain: str, seen: MailDomain) -> tuple[Candidate, ...]:
    """Return what the domain's SRV records name (RFC 6186), best first.

    Section 6: such an answer can be forged. A server outside the domain is sure only when it is a provider's we know.
    """
    return tuple(
        Candidate(
            endpoint=Endpoint(host=one.host, port=one.port, security=one.security),
            how="srv",
            sure=is_within(one.host, domain) or provider_at(one.host) is not None,
        )
        for one in seen.imap
    )


def guess_names(domain: str) -> tuple[Candidate, ...]:
    """Return the names people give their IMAP servers, under the domain itself."""
    endpoints = [Endpoint(host=f"{word}.{domain}", port=993) for word in ("imap", "mail")]
    return tuple(Candidate(endpoint=endpoint, how="name") for endpoint in endpoints)


def is_within(host: str, domain: str) -> bool:
    """Say whether a host is the domain or below it."""
    return f".{host}".casefold().rstrip(".").endswith(f".{domain}".casefold().rstrip("."))


def fill_login(form: str, address: str) -> str:
    """Return the login name of an address; "" = the address itself."""
    local, _, domain = address.rpartition("@")
    values = {"address": address, "local": local, "domain": domain}
    login = re.sub(r"\{(address|local|domain)\}", lambda found: values[found[1]], form)
    return "" if login == address else login


def proposal(endpoint: Endpoint) -> str:
    """Return a server to ask about, as it is written and stored: its port and security only where they are not usual."""
    port = "" if (endpoint.port, endpoint.security) == (993, "tls") else f":{endpoint.port}"
    return f"{endpoint.host}{port}{'' if endpoint.security == 'tls' else ' ' + endpoint.security}"


def proposed(text: str) -> Endpoint:
    """Return the server of a stored proposal."""
    found = _PROPOSAL.fullmatch(text)
    if found is None:
        return Endpoint(host=text, port=993)
    security: Security = (
        "starttls" if found["security"] == "starttls" else "plain" if found["security"] else "tls"
    )
    return Endpoint(host=found["host"], port=int(found["port"] or 993), security=security)


@cache
def providers() -> tuple[Provider, ...]:
    """Return everyone in providers.toml."""
    text = resources.files("bot").joinpath("providers.toml").read_text(encoding="utf-8")
    return tuple(_provider(key, found) for key, found in tomllib.loads(text).items())


@cache
def _by_domain() -> dict[str, Provider]:
    return {domain: one for one in providers() for domain in one.domains}


def _provider(key: str, found: dict[str, Any]) -> Provider:
    hosts = found.get("hosts") or ([found["host"]] if "host" in found else [])
    port, security = found.get("port", 993), found.get("security", "tls")
    return Provider(
        key=key,
        name=found["name"],
        domains=frozenset(found["domains"]),
        mx=tuple(found.get("mx", ())),
        servers=tuple(Endpoint(host=host, port=port, security=security) for host in hosts),
        login=LOCAL if found.get("login") == "local" else ADDRESS,
        notes=tuple(found.get("notes", ())),
    )


def _candidates(provider: Provider, how: How) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(endpoint=server, how=how, login=provider.login, provider=provider.name)
        for server in provider.servers
    )


def _is_theirs(name: str, provider: Provider) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in provider.mx)

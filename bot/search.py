"""Where the mail of an address is, when nobody said: looked for in order, and believed only after it answered.

A password must never reach a stranger's server because of a guess. So a server counts as found only when it is the
provider's own, named by the domain itself, or certified for a name under the domain; anything else is a question.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from bot.errors import BotError, SourceHasNoImap, SourceTakesNoPasswords
from bot.model import Endpoint
from bot.net import parse_host
from bot.providers import (
    Candidate,
    MailDomain,
    Provider,
    guess,
    guess_hosted,
    guess_names,
    guess_services,
    hosted_by,
    proposal,
    provider_of,
)
from parsers.autoconfig import MailServer

MOST_PROBES: Final = 8  # connections for one domain
REMEMBERED_SECONDS: Final = 300.0  # rows of one domain come together; who corrects a record is seen soon
_MOST_REMEMBERED: Final = 1_000  # domains


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the search may ask of the world; each answers without raising."""

    look: Callable[[str], MailDomain]
    fetch: Callable[[str, str], tuple[MailServer, ...]]  # (domain, address)
    greets: Callable[[Endpoint], bool]
    same: Callable[[Endpoint, Endpoint], bool]  # one server under two names?


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Our own side, which is nobody's previous provider."""

    mx: tuple[str, ...] = ()
    server: Endpoint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of it: one server that may be used, or the ones to ask about (none = nothing was found)."""

    server: Candidate | None = None
    proposals: tuple[str, ...] = ()
    moved: bool = False  # the domain's mail comes to us already: its old server cannot be seen any more


class Memory:
    """What was found for a domain, for a while: the rows of one domain look it up once, also when they come at one time.

    A name server that did not answer, and a domain where nothing was found, are asked again.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: dict[str, tuple[float, Finding | BotError]] = {}
        self._busy: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def find(self, address: str, doors: Doors, ours: Ours) -> Finding:
        """Return what `find_server` would. Raises what it raises."""
        domain = address.rpartition("@")[2].rstrip(".").casefold()
        with self._lock:
            busy = self._busy.setdefault(domain, threading.Lock())
        with busy:
            known = self._known.get(domain)
            if known is None or self._clock() - known[0] > REMEMBERED_SECONDS:
                known = self._clock(), _outcome(address, doors, ours)
                self._keep(domain, known)
        if isinstance(known[1], BotError):
            raise known[1]
        return known[1]

    def _keep(self, domain: str, known: tuple[float, Finding | BotError]) -> None:
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
                self._busy = {domain: self._busy[domain]}
            if known[1] != Finding():
                self._known[domain] = known


def _outcome(address: str, doors: Doors, ours: Ours) -> Finding | BotError:
    try:
        return find_server(address, doors, ours)
    except (SourceTakesNoPasswords, SourceHasNoImap) as error:
        return error


@dataclass(slots=True)
class _Probe:
    """Each server is asked once, and not more than MOST_PROBES of them."""

    doors: Doors
    ours: Ours
    known: dict[Endpoint, bool] = field(default_factory=dict)

    def answering(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        return [one for one in candidates if self._answers(one.endpoint)]

    def _answers(self, endpoint: Endpoint) -> bool:
        if endpoint not in self.known:
            most = len(self.known) >= MOST_PROBES
            self.known[endpoint] = not most and not self._is_ours(endpoint) and self.doors.greets(endpoint)
        return self.known[endpoint]

    def _is_ours(self, endpoint: Endpoint) -> bool:
        here = self.ours.server
        if here is None or not here.host:
            return False
        return endpoint.host.casefold() == here.host.casefold() or self.doors.same(endpoint, here)


def find_server(address: str, doors: Doors, ours: Ours) -> Finding:
    """Return where the mail of this address is.

    Order: a provider we know by the domain; SRV (RFC 6186); autoconfig; a provider we know by its mail exchangers;
    imap. and mail. under the domain. The first step with a server that answers decides; two that fit are a question.

    Raises:
        SourceTakesNoPasswords, SourceHasNoImap: the provider is known, and no password opens it.
    """
    domain = parse_host(address.rpartition("@")[2].rstrip("."))
    if domain is None or "." not in domain:
        return Finding()
    domain = domain.casefold()
    probe = _Probe(doors, ours)
    if provider := provider_of(domain):
        return _at_provider(provider, guess(domain), probe)
    seen = doors.look(domain)
    if not seen.answered:
        return Finding()
    if any(_is_our_mx(name, ours) for name in seen.mx):
        return Finding(moved=True)
    return _at_custom_domain(domain, address, seen, probe)


def _at_custom_domain(domain: str, address: str, seen: MailDomain, probe: _Probe) -> Finding:
    services = probe.answering(guess_services(domain, seen))
    if services:  # priority and weight part the load of one service (RFC 2782): the first that answers is it
        return _settled(services[:1], probe)
    served = probe.answering(_from_file(probe.doors.fetch(domain, address)))
    if served:
        return _settled(served[:1], probe)
    if provider := hosted_by(seen.mx):
        return _at_provider(provider, guess_hosted(seen), probe)
    return _settled(probe.answering(guess_names(domain)), probe)


def _at_provider(provider: Provider, candidates: Sequence[Candidate], probe: _Probe) -> Finding:
    if provider.closed:
        host = provider.servers[0].host if provider.servers else provider.name
        raise _closed(provider, host)
    found = _settled(probe.answering(candidates), probe)
    if found.server or found.proposals:
        return found
    return Finding(
        proposals=tuple(proposal(one.endpoint) for one in candidates)
    )  # it does not answer just now


def _closed(provider: Provider, host: str) -> BotError:
    if provider.closed == "oauth-only":
        return SourceTakesNoPasswords(host=host)
    return SourceHasNoImap(host=host)


def _settled(answering: Sequence[Candidate], probe: _Probe) -> Finding:
    """Two names of one server are one candidate; two servers are a question, and so is one that is not sure."""
    apart: list[Candidate] = []
    for one in answering:
        if not any(probe.doors.same(one.endpoint, other.endpoint) for other in apart):
            apart.append(one)
    if len(apart) == 1 and apart[0].sure:
        return Finding(server=apart[0])
    return Finding(proposals=tuple(proposal(one.endpoint) for one in apart))


def _from_file(servers: Iterable[MailServer]) -> Iterable[Candidate]:
    for one in servers:
        if (host := parse_host(one.host)) is not None:
            endpoint = Endpoint(host=host, port=one.port, security=one.security)
            yield Candidate(endpoint=endpoint, how="autoconfig", login=one.login)


def _is_our_mx(name: str, ours: Ours) -> bool:
    own = {one.casefold().rstrip(".") for one in ours.mx}
    if ours.server and ours.server.host:
        own.add(ours.server.host.casefold())
    return name.casefold().rstrip(".") in own

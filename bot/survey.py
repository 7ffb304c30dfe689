"""A domain as its own name servers and some resolvers tell it now: what bot/zone.py and bot/switch.py judge."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot import dns
from bot.autoconfig import fetch_text
from bot.net import AddressPolicy
from bot.spf import MOST_LOOKUPS, spf_records
from bot.units import parse_resolver
from bot.zone import Answer, Key, Seen, Wanted, names_to_ask, senders_to_ask

SECONDS: Final = 3.0  # for one answer
MOST_SERVERS: Final = 6  # of a domain's own; more are not asked
MOST_SILENCE: Final = 2  # questions without an answer, then a server is left alone

_FAILED: Final = Answer(failed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Whom to ask, and how."""

    resolvers: tuple[str, ...] = ()  # as [dns] resolvers; () = those of this machine
    policy: AddressPolicy = field(
        default_factory=AddressPolicy
    )  # which addresses a domain's own servers may have
    port: int = 53  # of a domain's own servers
    https_port: int = 443
    seconds: float = SECONDS


def fetch_seen(domain: str, wanted: Wanted, asking: Asking, now: datetime) -> Seen:
    """Return what everybody says of the domain now. Never raises; who does not answer is `failed`."""
    seen = fetch_delivery(domain, asking, now, keys=names_to_ask(domain, wanted))
    senders: dict[str, str] = {}
    for _ in range(MOST_LOOKUPS):
        more = senders_to_ask(replace(seen, senders=senders), domain)[: MOST_LOOKUPS - len(senders)]
        if not more:
            break
        senders |= {name: _sender(name, asking) for name in more}
    return replace(seen, senders=senders, sts_policy=_policy(domain, seen, asking))


def fetch_delivery(domain: str, asking: Asking, now: datetime, *, keys: Sequence[Key] | None = None) -> Seen:
    """Return only where its mail goes: few questions, for the watch. Never raises."""
    asked = [(domain, "MX")] if keys is None else keys
    own = _own_servers(domain, asking)
    public = [parse_resolver(one) for one in asking.resolvers or dns.own_resolvers()]
    tasks: list[tuple[str, str, int, bool]] = [
        *((host, address, asking.port, False) for host, address in own.items()),
        *((f"{address}:{port}", address, port, True) for address, port in public),
    ]
    with ThreadPoolExecutor(max_workers=max(len(tasks), 1)) as pool:
        answers = [*pool.map(lambda task: _ask_one(task, asked, asking.seconds), tasks)]
    told = list(zip(tasks, answers, strict=True))
    return Seen(
        at=now,
        authoritative={task[0]: answer for task, answer in told if not task[3]},
        resolvers={task[0]: answer for task, answer in told if task[3]},
    )


def _own_servers(domain: str, asking: Asking) -> dict[str, str]:
    """Return one address of each of the domain's own servers, of those that may be reached."""
    named = dns.name_servers(domain, asking.resolvers, asking.seconds * 2)
    chosen = {
        host: next((one for one in addresses if asking.policy.permits(one)), "")
        for host, addresses in named.items()
    }
    return dict([(host, address) for host, address in chosen.items() if address][:MOST_SERVERS])


def _ask_one(task: tuple[str, str, int, bool], keys: Sequence[Key], seconds: float) -> Mapping[Key, Answer]:
    """Ask one server everything, one question after the other; a silent one is not asked for long."""
    _, address, port, recursive = task
    found: dict[Key, Answer] = {}
    silence = 0
    for name, kind in keys:
        answer = _FAILED
        if silence < MOST_SILENCE:
            answer = dns.ask_at(address, name, kind, port=port, recursive=recursive, seconds=seconds)
            silence = silence + 1 if answer.failed else 0
        found[name, kind] = answer
    return found


def _sender(name: str, asking: Asking) -> str:
    """Return the SPF record of a domain that is included, "" when it has none."""
    for address, port in (parse_resolver(one) for one in asking.resolvers or dns.own_resolvers()):
        answer = dns.ask_at(address, name, "TXT", port=port, recursive=True, seconds=asking.seconds)
        if not answer.failed:
            return next(iter(spf_records(answer.values)), "")
    return ""


def _policy(domain: str, seen: Seen, asking: Asking) -> str | None:
    """Return the domain's MTA-STS policy, only where its record says that there is one (RFC 8461 section 3)."""
    if not any(one.lower().startswith("v=stsv1") for one in seen.told(f"_mta-sts.{domain}", "TXT").values):
        return None
    place = f"https://mta-sts.{domain}/.well-known/mta-sts.txt"
    return fetch_text(place, asking.policy, port=asking.https_port, seconds=asking.seconds)

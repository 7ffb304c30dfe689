"""Whether a domain's mail comes to us already, and since when nobody believes anything else. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.zone import Answer, Seen, Wanted, mx_hosts

LONGEST_TTL: Final = timedelta(days=2)  # what a resolver may remember; longer ones are cut by most of them
USUAL_TTL: Final = timedelta(hours=1)  # where nobody told one


class Delivery(StrEnum):
    """Where a domain's mail is delivered to."""

    OURS = "ours"
    MIXED = "mixed"  # some of it: the sets differ, or old names are left beside ours
    OLD = "old"
    NONE = "none"  # no MX at all, or one that says "no mail" (RFC 7505)
    UNKNOWN = "unknown"  # nobody answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Where the mail goes at one moment, and how long others may still believe something older."""

    delivery: Delivery
    resolvers_ours: int = 0
    resolvers: int = 0
    ttl: timedelta = USUAL_TTL  # of the MX set seen
    left: tuple[str, ...] = ()  # MX names that are not ours


def judge_delivery(domain: str, wanted: Wanted, seen: Seen) -> Verdict:
    """Return where the domain's mail goes: its own servers decide, the resolvers are counted beside them.

    One own server that says otherwise makes it MIXED: senders ask any of them.
    """
    ours = {host.casefold() for _, host in wanted.mx}
    key = (domain, "MX")
    own = [one[key] for one in seen.authoritative.values() if key in one and not one[key].failed]
    public = [one[key] for one in seen.resolvers.values() if key in one]
    told = own or [one for one in public if not one.failed]
    sets = [mx_hosts(one) for one in told]
    return Verdict(
        delivery=_delivery(sets, ours),
        resolvers_ours=sum(
            not one.failed and _delivery([mx_hosts(one)], ours) is Delivery.OURS for one in public
        ),
        resolvers=len(public),
        ttl=_ttl(told),
        left=tuple(sorted({host for hosts in sets for host in hosts} - ours)),
    )


def _delivery(sets: Sequence[frozenset[str]], ours: set[str]) -> Delivery:
    if not sets or not ours:
        return Delivery.UNKNOWN
    everything = frozenset().union(*sets)
    if not everything:
        return Delivery.NONE
    if not everything & ours:
        return Delivery.OLD
    return Delivery.OURS if everything <= ours and all(sets) else Delivery.MIXED


def _ttl(answers: Iterable[Answer]) -> timedelta:
    told = max((one.ttl for one in answers if one.values), default=0)
    return min(timedelta(seconds=told), LONGEST_TTL) if told else USUAL_TTL


def settled_at(since: datetime, old_ttl: timedelta) -> datetime:
    """Return when nobody believes the old MX any more: its TTL after our first sight of the new one."""
    return since + min(old_ttl, LONGEST_TTL)

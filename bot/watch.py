"""The MX watch: every domain whose mail is to come to us is looked at, and its tickets hear what has changed.

Looking changes nothing anywhere and may be done at any time: what was seen last is in the tickets, so a restart goes on.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.config import Config
from bot.cutover import AHEAD, watched
from bot.logs import log
from bot.model import Json
from bot.net import parse_host
from bot.states import Domain, Ticket
from bot.store import Store
from bot.survey import fetch_delivery, fetch_seen
from bot.switch import Delivery, Verdict, judge_delivery
from bot.zone import plan_records

AT_ONCE: Final = 4  # domains looked at side by side
NEW_EVERY: Final = timedelta(seconds=20)  # how soon a domain that nobody could tell of yet is looked at again
SURVEY_EVERY: Final = timedelta(hours=1)  # how often its other records are looked at while the MX stays


@dataclass(slots=True)
class Watch:
    """Looks at domains when they are due; kept by the daemon."""

    store: Store
    config: Config
    clock: Callable[[], datetime]
    _looked: dict[str, datetime] = field(default_factory=dict)
    _surveyed: dict[str, tuple[datetime, Verdict]] = field(
        default_factory=dict
    )  # the last look at every record

    def look(self) -> int:
        """Look at every domain that is due, tell its tickets what has changed; return how many were told."""
        if not self.config.dns.mx:
            return 0
        now = self.clock()
        with self.store.look() as work:
            tickets = work.open_tickets(*AHEAD)
        waiting: dict[str, list[Ticket]] = {}
        for ticket in tickets:
            for name in watched(ticket):
                waiting.setdefault(name, []).append(ticket)
        due = [name for name, found in waiting.items() if self._is_due(name, found, now)]
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            seen = [*pool.map(self._see, due)]
        return sum(self._tell(waiting[name], found) for name, found in zip(due, seen, strict=True))

    def _is_due(self, name: str, tickets: Iterable[Ticket], now: datetime) -> bool:
        last = self._looked.get(name)
        if last is None:
            return True
        fresh = any(name not in _known(ticket) for ticket in tickets)
        due = now >= last + (NEW_EVERY if fresh else self.config.dns.watch) or now < last
        if due and fresh:
            self._surveyed.pop(name, None)  # a ticket that came later has to hear it too
        return due

    def _see(self, name: str) -> Json | None:
        """Return what the domain says now, with what is to be set; None when it cannot be looked at."""
        now = self.clock()
        self._looked[name] = now
        domain = parse_host(name)
        if domain is None:
            return None
        wanted, asking = self.config.dns.wanted(), self.config.asking()
        verdict = judge_delivery(domain, wanted, fetch_delivery(domain, asking, now))
        if verdict.delivery is Delivery.UNKNOWN:
            return {"name": name, "delivery": verdict.delivery.value}
        if self._is_known(name, verdict, now):
            return None
        seen = fetch_seen(domain, wanted, asking, now)
        self._surveyed[name] = (now, verdict)
        return {
            "name": name,
            "delivery": verdict.delivery.value,
            "ttl_s": int(verdict.ttl.total_seconds()),
            "left": list(verdict.left),
            "resolvers": [verdict.resolvers_ours, verdict.resolvers],
            "advice": [list(astuple(one)) for one in plan_records(domain, wanted, seen)],
        }

    def _is_known(self, name: str, verdict: Verdict, now: datetime) -> bool:
        """Say whether nothing about the mail has changed since every record was looked at, not long ago."""
        at, before = self._surveyed.get(name, (now - SURVEY_EVERY, None))
        fresh = before is not None and (before.delivery, before.left) == (verdict.delivery, verdict.left)
        return fresh and timedelta(0) <= now - at < SURVEY_EVERY

    def _tell(self, tickets: Iterable[Ticket], found: Json | None) -> int:
        told = 0
        for ticket in tickets:
            if found is None or not is_news(ticket, found):
                continue
            with self.store.begin() as work:
                work.add_event(ticket.id, "looked", found, self.clock())
            log.info("domain.looked", ticket=ticket.number, delivery=found["delivery"])
            told += 1
        return told


def _known(ticket: Ticket) -> set[str]:
    return {one.name for one in ticket.domains if one.delivery != Delivery.UNKNOWN}


def is_news(ticket: Ticket, found: Json) -> bool:
    """Say whether a look has seen something that the ticket does not know; a log of "still the same" helps nobody. Pure."""
    before = next((one for one in ticket.domains if one.name == found["name"]), None)
    if before is None or found["delivery"] == Delivery.UNKNOWN:
        return before is None  # that nobody answers is told once, so that nothing waits for it
    return _facts(before) != (
        found["delivery"],
        tuple(found["left"]),
        tuple(tuple(one) for one in found["advice"]),
    )


def _facts(domain: Domain) -> tuple[object, ...]:
    return domain.delivery, domain.left, domain.advice

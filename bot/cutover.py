"""The switch in a ticket's life: domains are watched, the second pass begins by itself, and nobody is left waiting in silence. Pure.

What is seen comes as "looked" events of bot/watch.py; an event is written only when something has changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.states import Domain, Row, State, Ticket
from bot.switch import LONGEST_TTL, USUAL_TTL, Delivery

REMINDERS: Final = (
    timedelta(hours=48),
    timedelta(days=5),
    timedelta(days=10),
)  # after the first copy was told
MIXED_PATIENCE: Final = timedelta(hours=1)  # old names beside ours: registrars' forms save one line at a time
WORTH_SAYING: Final = timedelta(hours=2)  # a second pass that begins sooner needs no mail of its own
LOOK_PATIENCE: Final = timedelta(minutes=2)  # how long the news of the first copy waits for the first look

AHEAD: Final = (State.CHECKING, State.READY, State.FIRST_PASS, State.COPIED)


def domain_of(row: Row) -> str:
    """Return the domain whose MX decides where new mail of that row goes, in lower case."""
    return row.destination.rpartition("@")[2].casefold()


def watched(ticket: Ticket) -> tuple[str, ...]:
    """Return the domains worth a look: those of rows that have not had their second pass yet."""
    if ticket.closed_at is not None or ticket.unproven or not watches(ticket):
        return ()
    return tuple(sorted({domain_of(row) for row in ticket.rows if row.state in AHEAD and row.destination}))


def watches(ticket: Ticket) -> bool:
    """Say whether we look at all: [dns] mx has to name ours."""
    return bool(ticket.terms.get("mx"))


def on_looked(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> tuple[Ticket, list[Any]]:
    """Take what a look has found; `data` has the fields of a Domain but `told`, `since` and `mixed_since`."""
    name = str(data["name"])
    before = next((one for one in ticket.domains if one.name == name), Domain(name=name))
    delivery = str(data["delivery"])
    if delivery == Delivery.UNKNOWN and before.delivery:  # nobody answered: what was seen last still counts
        return ticket, []
    ours, mixed = delivery == Delivery.OURS, delivery == Delivery.MIXED
    ttl = int(data.get("ttl_s") or 0)
    after = replace(
        before,
        delivery=delivery,
        ttl_s=(before.ttl_s or ttl) if ours else max(before.ttl_s, ttl),
        since=(before.since or now.isoformat()) if ours else "",
        mixed_since=(before.mixed_since or now.isoformat()) if mixed else "",
        left=tuple(map(str, data.get("left", ()))),
        resolvers=tuple(data.get("resolvers", (0, 0))),
        advice=tuple(tuple(map(str, one)) for one in data["advice"]) if "advice" in data else before.advice,
        told=before.told if ours else tuple(one for one in before.told if one != "seen"),
    )
    others = [one for one in ticket.domains if one.name != name]
    return replace(ticket, domains=tuple(sorted((*others, after), key=lambda one: one.name))), []


def settles_at(domain: Domain) -> datetime | None:
    """Return when nobody sends to the old server any more; None while its MX is not ours."""
    since = _moment(domain.since)
    if since is None:
        return None
    ttl = timedelta(seconds=domain.ttl_s) if domain.ttl_s else USUAL_TTL
    return since + min(ttl, LONGEST_TTL)


def is_settled(ticket: Ticket, row: Row, now: datetime) -> bool:
    """Say whether the second pass of that row may begin by itself."""
    domain = next((one for one in ticket.domains if one.name == domain_of(row)), None)
    at = settles_at(domain) if domain else None
    return at is not None and at <= now


def has_looked(ticket: Ticket, now: datetime) -> bool:
    """Say whether the news of the first copy can name what every domain says now; it does not wait for long."""
    seen = {one.name for one in ticket.domains if one.delivery}
    if set(watched(ticket)) <= seen:
        return True
    copied_at = _moment(ticket.copied_at)
    return copied_at is not None and now >= copied_at + LOOK_PATIENCE


def awaits_look(ticket: Ticket) -> bool:
    """Say whether a domain is about to be looked at for the first time: the acknowledgement can tell its TTL then."""
    return not set(watched(ticket)) <= {one.name for one in ticket.domains if one.delivery}


def due(ticket: Ticket, now: datetime) -> tuple[str, ...]:
    """Return what has to be said of the switch now, as (kind of news) words: "seen", "mixed", or a reminder's hours."""
    return tuple(dict.fromkeys(word for _, at, word in _plans(ticket) if at <= now))


def tell(ticket: Ticket, now: datetime) -> Ticket:
    """Return the ticket with everything that is due marked as said."""
    told = [(name, word) for name, at, word in _plans(ticket) if at <= now]
    domains = tuple(
        replace(one, told=(*one.told, *(word for name, word in told if name == one.name)))
        for one in ticket.domains
    )
    return replace(ticket, domains=domains)


def alarms(ticket: Ticket, now: datetime) -> list[datetime]:
    """Return when something about the switch is to be decided next."""
    copied = _copied(ticket)
    settling = [at for one in ticket.domains if one.name in copied and (at := settles_at(one))]
    waiting = [_moment(ticket.copied_at)] if ticket.copied_at and not has_looked(ticket, now) else []
    patience = [at + LOOK_PATIENCE for at in waiting if at]
    return [at for at in (*settling, *patience, *(at for _, at, _ in _plans(ticket))) if at > now]


def _plans(ticket: Ticket) -> Iterable[tuple[str, datetime, str]]:
    """Yield (domain, when, what) of everything that still may have to be said. Nobody is told before the first copy is."""
    if ticket.paused or not ticket.copied_told or not watches(ticket) or ticket.switched:
        return
    copied, copied_at = _copied(ticket), _moment(ticket.copied_at)
    for one in (one for one in ticket.domains if one.name in copied):
        since, settles, mixed = _moment(one.since), settles_at(one), _moment(one.mixed_since)
        if since and settles and settles - since > WORTH_SAYING and "seen" not in one.told:
            yield one.name, since, "seen"
        if mixed and "mixed" not in one.told:
            yield one.name, mixed + MIXED_PATIENCE, "mixed"
        if since is None and copied_at is not None:
            for pause in REMINDERS:
                word = f"{int(pause.total_seconds() // 3600)} h"
                if word not in one.told:
                    yield one.name, copied_at + pause, word


def _copied(ticket: Ticket) -> set[str]:
    return {domain_of(row) for row in ticket.rows if row.state is State.COPIED}


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

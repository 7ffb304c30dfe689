"""What the requester orders on the thread in a few words, in a ticket's life. Pure; parsers/orders.py reads them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.states import QueueReply, Ticket

ROLES: Final[Mapping[str, str]] = {"include-trash": "trash", "include-junk": "junk"}
REQUESTER, STAFF = "requester", "staff"


def fits(order: str, ticket: Ticket) -> bool:
    """Say whether an order means something for the ticket as it is now; what does not is for a person to read."""
    if ticket.closed_at is not None or ticket.unproven:
        return False
    if order == "resume":
        return ticket.paused and ticket.paused_by == REQUESTER
    if order == "pause":
        return not ticket.paused
    return order in {"cancel", "status", *ROLES}


def on_ordered(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> tuple[Ticket, list[Any]]:  # noqa: ARG001
    """Take "pause", "resume", "status" and roles to include; "cancel" is an event of its own.

    Whoever orders is answered: a pause at once, all else by the next news of the ticket.
    """
    orders = [str(one) for one in data.get("orders", ()) if fits(str(one), ticket)]
    roles = [ROLES[one] for one in orders if one in ROLES]
    effects: list[Any] = []
    after = replace(ticket, included=tuple(dict.fromkeys((*ticket.included, *roles))))
    if "pause" in orders:
        after = replace(after, paused=True, paused_by=REQUESTER, revision=after.revision + 1)
        effects.append(QueueReply(kind="paused", revision=after.revision))
    if "resume" in orders:
        after = replace(after, paused=False, paused_by="", owing=after.owing or after.acked)
    if roles or "status" in orders:
        after = replace(after, owing=after.owing or after.acked)
    return after, effects


def on_paused(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> tuple[Ticket, list[Any]]:  # noqa: ARG001
    """Staff takes the ticket over: nothing begins and nobody is told anything until they hand it back."""
    return replace(ticket, paused=True, paused_by=STAFF), []


def on_resumed(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> tuple[Ticket, list[Any]]:  # noqa: ARG001
    """Staff hands the ticket back, whoever paused it."""
    return replace(ticket, paused=False, paused_by=""), []

"""The acknowledgement and news of the rows before they are copied: what we understood, what is missing, what comes. Pure."""

from datetime import timedelta

from bot import tables
from bot.filenotes import file_blocks, item_sheet
from bot.page import Block
from bot.phrases import (
    GOOD,
    WORTH_LOWERING,
    Facts,
    Reply,
    expected,
    found,
    remarks,
    roles,
    summary,
    switch_at,
    todo,
    wanted_start,
    when_text,
)
from bot.sheet import render_template
from bot.states import State, Ticket
from bot.switch import Delivery
from bot.tables import asking, rows_blocks, sheet
from bot.words import Words


def render_held(ticket: Ticket, facts: Facts, words: Words) -> Reply:  # noqa: ARG001 - nothing of the ticket is told
    return Reply(page=(words("held", "first"), words("held", "todo")))


def render_ack(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    if not ticket.rows and not ticket.files:
        return _ask_for_everything(ticket, words)
    bad = asking(ticket)
    page: list[Block] = [words("ack", "first", summary=summary(ticket, words)), todo(ticket, words, "ack")]
    page += [*wanted_start(ticket, facts, words), *remarks(ticket, words)]
    page += [*rows_blocks(ticket.rows, words), *found(ticket, words), *file_blocks(ticket, words)]
    if good := [row for row in ticket.rows if row.state in GOOD]:
        left_out = [role for role in facts.skip_roles if role not in ticket.included]
        page += expected(ticket, facts, words)
        page.append(words("ack", "copies", skipped=roles(left_out, words), fits=tables.fits(good)))
        page += [*_large(ticket, words), words("ack", "switch"), *_ttl(ticket, facts, words)]
    if any(row.secret_ids for row in ticket.rows):
        page.append(words("ack", "passwords", wipe_days=facts.wipe_after.days))
    attached = (*sheet(bad, words, ticket.layouts, ticket.language), *item_sheet(ticket, words))
    return Reply(page=(*page, words("words", "human")), attachments=attached)


def _large(ticket: Ticket, words: Words) -> list[Block]:
    n = tables.too_large(ticket.rows)
    lines = tables.large_lines(ticket.rows, words)
    more = [words("words", "and_more", n=n - len(lines))] if lines and n > len(lines) else []
    return ["\n".join([words("ack", "large", n=n), *lines, *more])] if n else []


def _ttl(ticket: Ticket, facts: Facts, words: Words) -> list[Block]:
    """Advise to lower what others remember of the MX, in time for the earliest switch."""
    ready = switch_at(ticket, facts)
    blocks: list[Block] = []
    for one in ticket.domains:
        ttl = timedelta(seconds=one.ttl_s)
        if one.delivery not in (Delivery.OLD, Delivery.MIXED) or ttl < WORTH_LOWERING:
            continue
        by = ready - ttl if ready and ready - ttl > facts.now + WORTH_LOWERING else None
        when = when_text(by.replace(minute=0, second=0), facts.schedule.zone, words) if by else ""
        seen = {"domain": one.name, "ttl": words.number(one.ttl_s), "span": words.hours(ttl)}
        blocks.append(words("ack", "ttl", by=when, **seen))
    return blocks


def _ask_for_everything(ticket: Ticket, words: Words) -> Reply:
    page = [
        words("ack", "first_empty"),
        words("ack", "todo_empty"),
        *remarks(ticket, words),
        words("words", "human"),
    ]
    return Reply(
        page=tuple(page), attachments=((words("files", "all"), "text/csv", render_template(words.language)),)
    )


def render_update(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    page: list[Block] = [
        words("update", "first", summary=summary(ticket, words)),
        todo(ticket, words, "update"),
    ]
    if ticket.included:
        page.append(words("update", "included", roles=roles(ticket.included, words)))
    page += [*wanted_start(ticket, facts, words), *remarks(ticket, words)]
    page += [*rows_blocks(ticket.rows, words), *found(ticket, words), *expected(ticket, facts, words)]
    attached = sheet(asking(ticket), words, ticket.layouts, ticket.language)
    if any(item.state is not State.DONE for item in ticket.files):
        page += file_blocks(ticket, words)
        attached += item_sheet(ticket, words)
    return Reply(page=(*page, words("words", "human")), attachments=attached)


def render_cancelled(ticket: Ticket, facts: Facts, words: Words) -> Reply:  # noqa: ARG001 - one shape for all
    asked = ticket.stopped_by == "requester"
    page = (
        words("cancelled", "first_asked" if asked else "first"),
        words("cancelled", "todo_asked" if asked else "todo"),
        words("cancelled", "kept"),
        words("words", "human"),
    )
    return Reply(page=page)


def render_paused(ticket: Ticket, facts: Facts, words: Words) -> Reply:  # noqa: ARG001 - one shape for all
    """Say that nothing begins until the requester says so."""
    page = (words("paused", "first"), words("paused", "todo"), words("paused", "kept"))
    return Reply(page=(*page, words("words", "human")))

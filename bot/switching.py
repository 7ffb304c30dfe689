"""After the first copy: what is there, what the domain's DNS has to be told, and how the switch gets on. Pure."""

from collections.abc import Iterable
from datetime import timedelta

from bot import tables
from bot.cutover import REMINDERS, domain_of, settles_at
from bot.filenotes import file_blocks, item_sheet
from bot.page import Block, Table
from bot.phrases import WORTH_LOWERING, Facts, Reply, when_text
from bot.states import Domain, Row, State, Ticket
from bot.switch import Delivery
from bot.tables import (
    asking,
    columns,
    exceptions,
    pass_blocks,
    pass_sheet,
    row_notes,
    sheet,
    totals,
)
from bot.words import Words


def render_copied(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    """Say that the first copy is there, and what to set for the switch."""
    rows = [row for row in ticket.rows if row.state is State.COPIED]
    bad = [row for row in ticket.rows if row.state in tables.WAITING]
    seen = [one for one in _domains(ticket, rows) if one.advice]
    key = "todo_fix" if asking(ticket) else "todo_wait" if bad else "todo_watched" if seen else "todo"
    page: list[Block] = [
        words("copied", "first_fix" if bad else "first", rows=len(rows), bad=len(bad), **totals(rows)),
        words("copied", key),
        *row_notes(bad, words),
    ]
    if key != "todo_wait":
        page += _switch(rows, seen, facts, words)
    page += [*pass_blocks(rows, words), *exceptions(rows, words), *file_blocks(ticket, words)]
    if key != "todo_wait":
        page.append(words("copied", "then_watched" if seen else "then"))
    attached = (
        *sheet(asking(ticket), words, ticket.layouts, ticket.language),
        *pass_sheet(rows, words),
        *item_sheet(ticket, words),
    )
    return Reply(page=(*page, words("words", "human")), attachments=attached)


def _switch(rows: list[Row], seen: list[Domain], facts: Facts, words: Words) -> list[Block]:
    if not seen:
        if not facts.mx:
            return []
        domains = sorted({row.destination.rpartition("@")[2] for row in rows})
        return [words("copied", "mx", domains=words.listed(domains), mx=", ".join(facts.mx))]
    blocks = [block for one in seen for block in (*records(one, words), *_ttl(one, words))]
    return [*blocks, words("dns", "watch", n=max(1, round(facts.watch.total_seconds() / 60)))]


def _ttl(domain: Domain, words: Words) -> list[Block]:
    span = timedelta(seconds=domain.ttl_s)
    if domain.delivery == Delivery.OURS or span < WORTH_LOWERING:
        return []
    return [words("dns", "ttl", domain=domain.name, span=words.hours(span))]


def records(domain: Domain, words: Words) -> list[Block]:
    """Return the table of what is to be set, and a note for each trap; what is right already is only counted."""
    todo = [one for one in domain.advice if one[4] != "keep"]
    right = len(domain.advice) - len(todo)
    blocks: list[Block] = []
    if todo:
        head = columns(words, ("type", "name", "value", "now", "do"))
        lines = tuple((*one[:4], words("dns", "do_first" if one[4] == "first" else one[4])) for one in todo)
        blocks += [words("dns", "records", domain=domain.name), Table(head, lines)]
    notes = dict.fromkeys((one[5], one[1] if one[5] == "proxied" else "") for one in todo if one[5])
    blocks += [words("dns", why, domain=domain.name, name=name) for why, name in notes]
    if right:
        blocks.append(words("dns", "right_already", n=right))
    return blocks


def render_dns(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    """Say how the switch gets on: seen, split between the servers, or not begun."""
    rows = [row for row in ticket.rows if row.state is State.COPIED]
    domains = _domains(ticket, rows)
    groups = {
        "mixed": [one for one in domains if one.delivery == Delivery.MIXED],
        "waiting": [one for one in domains if one.delivery not in (Delivery.MIXED, Delivery.OURS)],
        "seen": [one for one in domains if one.delivery == Delivery.OURS],
    }
    key = next((name for name, found in groups.items() if found), "seen")
    page: list[Block] = [
        words("dns", f"first_{key}", domains=words.listed(one.name for one in groups[key])),
        words("dns", f"todo_{key}"),
        *_seen(groups["seen"], facts, words),
        *(block for one in groups["mixed"] for block in _mixed(one, words)),
        *(block for one in groups["waiting"] for block in _waiting(one, words)),
    ]
    if any(set(one.told) & _LATE for one in groups["waiting"]):
        page.append(words("dns", "cancel"))
    return Reply(page=(*page, words("words", "human")))


_LATE = {f"{int(pause.total_seconds() // 3600)} h" for pause in REMINDERS[1:]}


def _seen(domains: Iterable[Domain], facts: Facts, words: Words) -> list[Block]:
    return [
        words("dns", "seen", domain=one.name, when=when_text(at, facts.schedule.zone, words))
        for one in domains
        if (at := settles_at(one)) and at > facts.now
    ]


def _mixed(domain: Domain, words: Words) -> list[Block]:
    key = "mixed" if domain.left else "mixed_unequal"
    return [words("dns", key, domain=domain.name, left=words.listed(domain.left)), *records(domain, words)]


def _waiting(domain: Domain, words: Words) -> list[Block]:
    none: list[Block] = (
        [words("dns", "no_mx", domain=domain.name)] if domain.delivery == Delivery.NONE else []
    )
    return [*none, *records(domain, words)]


def _domains(ticket: Ticket, rows: Iterable[Row]) -> list[Domain]:
    names = {domain_of(row) for row in rows}
    return [one for one in ticket.domains if one.name in names]

"""After the first copy: what is there, and what the domain's DNS has to be told now. Pure."""

from bot import tables
from bot.page import Block
from bot.phrases import Facts, Reply
from bot.states import State, Ticket
from bot.tables import asking, exceptions, file_blocks, pass_blocks, pass_sheet, row_notes, sheet, totals
from bot.words import Words


def render_copied(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    rows = [row for row in ticket.rows if row.state is State.COPIED]
    bad = [row for row in ticket.rows if row.state in tables.WAITING]
    key = "todo_fix" if asking(ticket) else "todo_wait" if bad else "todo"
    page: list[Block] = [
        words("copied", "first_fix" if bad else "first", rows=len(rows), bad=len(bad), **totals(rows)),
        words("copied", key),
        *row_notes(bad, words),
    ]
    if facts.mx and key != "todo_wait":
        domains = sorted({row.destination.rpartition("@")[2] for row in rows})
        page.append(words("copied", "mx", domains=", ".join(domains), mx=", ".join(facts.mx)))
    page += [*pass_blocks(rows, words), *exceptions(rows, words), *file_blocks(ticket, words)]
    if key != "todo_wait":
        page.append(words("copied", "then"))
    attached = (*sheet(asking(ticket), words, ticket.layouts), *pass_sheet(rows, words))
    return Reply(page=(*page, words("words", "human")), attachments=attached)

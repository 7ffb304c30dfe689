"""The report: every mailbox and file, verified, with its exceptions by name. Pure."""

from datetime import datetime, timedelta

from bot import tables
from bot.aftercare import care_days
from bot.filenotes import file_blocks, file_content, item_sheet
from bot.model import refused_folders
from bot.page import Block, Table
from bot.phrases import Facts, Reply
from bot.states import Row, State, Ticket
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

_VERIFIED = (State.DONE, State.LATE_PASS)


def render_closing(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    """Say what came late, and that the passwords are gone."""
    done = [row for row in ticket.rows if row.state in _VERIFIED]
    late = sum(row.late for row in done)
    gone = bool(done) and all(row.gone for row in done)
    key = "first_late" if late else "first_unseen" if gone else "first"
    page: list[Block] = [words("closing", key, late=late), words("closing", "todo")]
    named = [(row.address, words.number(row.late)) for row in done if row.late]
    if named:
        page.append(Table(columns(words, ("mailbox", "late")), tuple(named), frozenset({1})))
    page += [words("closing", "wiped", wiped_on=words.day(facts.now)), words("closing", "change")]
    return Reply(page=(*page, words("words", "human")))


def render_report(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    done = [row for row in ticket.rows if row.state in _VERIFIED]
    still = [row for row in ticket.rows if row.state not in (*_VERIFIED, State.CANCELLED)]
    page: list[Block] = [*_report_head(ticket, done, still, facts.now, words), *row_notes(still, words)]
    if done:
        page += [*pass_blocks(done, words), *exceptions(done, words)]
    page += file_blocks(ticket, words)
    if done and all(tables.is_whole(tables.last(row)) for row in done):
        page.append(words("report", "verified"))
    if done and not still:
        wiped_on = words.day(facts.now + facts.wipe_after)
        page.append(words("report", "wiped", wiped_on=wiped_on))
    attached = (
        *sheet(asking(ticket), words, ticket.layouts, ticket.language),
        *pass_sheet(done, words),
        *item_sheet(ticket, words),
    )
    return Reply(page=(*page, words("words", "human")), attachments=attached)


def _report_head(
    ticket: Ticket, done: list[Row], still: list[Row], now: datetime, words: Words
) -> tuple[str, str]:
    if not ticket.rows:
        return _files_head(ticket, words)
    if still:
        key = "todo_partial" if asking(ticket) else "todo_wait"
        return words("report", "first_partial", rows=len(done), open=len(still)), words("report", key)
    left = sum(len(tables.last(row).get("skipped", ())) for row in done)
    refused = sum(len(refused_folders(tables.last(row).get("folders_skipped", ()))) for row in done)
    whole = all(tables.is_whole(tables.last(row)) for row in done)
    key = "first_exceptions" if left else "first"
    key = key if whole else "first_folders" if refused else "first_differs"
    todo = "todo_differs" if not whole else "todo_exceptions" if left else "todo"
    facts = {"rows": len(done), "exceptions": left, "folders": refused, **totals(done)}
    if todo == "todo" and care_days(ticket):
        until = words.day(now + timedelta(days=care_days(ticket)))
        return words("report", key, **facts), words("report", "todo_care", rows=len(done), until=until)
    return words("report", key, **facts), words("report", todo, rows=len(done))


def _files_head(ticket: Ticket, words: Words) -> tuple[str, str]:
    items = "; ".join(
        words("words", "named", name=item.name, what=file_content(item, words)) for item in ticket.files
    )
    whole = all(item.state in (State.DONE, State.CANCELLED) for item in ticket.files)
    todo = (
        "todo_files"
        if whole or not any(item.state is State.ASKING for item in ticket.files)
        else "todo_partial"
    )
    return words("report", "first_files" if whole else "first_files_partial", items=items), words(
        "report", todo
    )

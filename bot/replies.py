"""What we say: one paragraph per situation, per language. Pure: ticket in, page and attachments out.

The words are in texts/<language>.toml; here is only which of them, in which order. The first block is the state in one
sentence, the second what the reader has to do. Nothing a server said, nothing secret, and never the original.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from bot import tables
from bot.model import refused_folders
from bot.page import Block
from bot.sheet import render_template
from bot.states import Row, State, Ticket
from bot.tables import (
    Attachment,
    asking,
    exceptions,
    file_blocks,
    found_lines,
    pass_blocks,
    pass_sheet,
    row_notes,
    rows_blocks,
    sheet,
    totals,
)
from bot.timing import Schedule
from bot.words import Words, count, number, words_of
from parsers.whenzone import zone_called

USUAL: Final = Schedule()
GOOD: Final = (State.READY, State.FIRST_PASS, State.COPIED, State.SECOND_PASS, State.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a reply needs to know beside the ticket."""

    now: datetime
    language: str = "en"
    skip_roles: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    wipe_after: timedelta = timedelta(days=7)
    schedule: Schedule = USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply before it becomes a mail."""

    page: tuple[Block, ...]
    attachments: tuple[Attachment, ...] = ()


def render(kind: str, ticket: Ticket, facts: Facts) -> Reply:
    """Return the reply of that kind for the ticket as it is now."""
    return RENDER[kind](ticket, facts, words_of(facts.language))


def _held(ticket: Ticket, facts: Facts, words: Words) -> Reply:  # noqa: ARG001 - nothing of the ticket is told
    return Reply(page=(words("held", "first"), words("held", "todo")))


def _ack(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    if not ticket.rows and not ticket.files:
        return _ask_for_everything(ticket, words)
    bad = asking(ticket)
    page: list[Block] = [words("ack", "first", summary=_summary(ticket)), _todo(ticket, words, "ack")]
    page += [*_wanted_start(ticket, facts, words), *_remarks(ticket, words)]
    page += [*rows_blocks(ticket.rows, words), *_found(ticket, words), *file_blocks(ticket, words)]
    if any(row.state in GOOD for row in ticket.rows):
        skipped = ", ".join(role.capitalize() for role in facts.skip_roles)
        page.append(words("ack", "copies", skipped=skipped))
        if large := tables.too_large(ticket.rows):
            page.append(words("ack", "large", n=large))
        page.append(words("ack", "switch"))
    if any(row.secret_ids for row in ticket.rows):
        page.append(words("ack", "passwords", wipe_days=facts.wipe_after.days))
    return Reply(page=(*page, words("words", "human")), attachments=sheet(bad, words, ticket.layouts))


def _ask_for_everything(ticket: Ticket, words: Words) -> Reply:
    page = [
        words("ack", "first_empty"),
        words("ack", "todo_empty"),
        *_remarks(ticket, words),
        words("words", "human"),
    ]
    return Reply(
        page=tuple(page), attachments=(("mailboxes.csv", "text/csv", render_template(words.language)),)
    )


def _found(ticket: Ticket, words: Words) -> list[Block]:
    """Say which servers we found ourselves, so that a wrong one is noticed."""
    lines = found_lines(ticket.rows, words)
    return ["\n".join(lines)] if lines else []


def _update(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    page: list[Block] = [
        words("update", "first", summary=_summary(ticket)),
        _todo(ticket, words, "update"),
    ]
    page += [*_wanted_start(ticket, facts, words), *_remarks(ticket, words)]
    page += [*rows_blocks(ticket.rows, words), *_found(ticket, words)]
    if any(item.state is not State.DONE for item in ticket.files):
        page += file_blocks(ticket, words)
    return Reply(
        page=(*page, words("words", "human")), attachments=sheet(asking(ticket), words, ticket.layouts)
    )


def _summary(ticket: Ticket) -> str:
    total, bad = len(ticket.rows), len(asking(ticket))
    ready = sum(row.state in (State.READY, State.FIRST_PASS) for row in ticket.rows)
    copied = sum(row.state in (State.COPIED, State.SECOND_PASS) for row in ticket.rows)
    moved = sum(row.state is State.DONE for row in ticket.rows)
    waiting = sum(row.state is State.CHECKING for row in ticket.rows)
    ours = sum(row.state in (State.FAILED, State.HELD) for row in ticket.rows)
    contacts = sum(item.items for item in ticket.files if item.kind == "contacts")
    entries = sum(item.items for item in ticket.files if item.kind == "calendar")
    parts = [
        (total, count(total, "mailbox", "mailboxes")),
        (moved, f"{number(moved)} moved"),
        (copied, f"{number(copied)} copied"),
        (ready, f"{number(ready)} ready"),
        (waiting, f"{number(waiting)} being checked"),
        (bad, f"{number(bad)} {'needs' if bad == 1 else 'need'} you"),
        (ours, f"{number(ours)} {'waits' if ours == 1 else 'wait'} for us"),
        (contacts, count(contacts, "contact", "contacts")),
        (entries, count(entries, "calendar entry", "calendar entries")),
    ]
    said = [text for amount, text in parts if amount]
    return ", ".join(said) or count(len(ticket.files), "file", "files")


def _todo(ticket: Ticket, words: Words, kind: str) -> str:
    bad, checking = asking(ticket), sum(row.state is State.CHECKING for row in ticket.rows)
    if bad:
        good = any(row.state in (*GOOD, State.CHECKING) for row in ticket.rows) and not ticket.start_said
        return words("ack", "todo_fix", bad=len(bad), sheet=bool(sheet(bad, words)), others=good)
    if any(item.state is State.ASKING and item.items for item in ticket.files):
        return words("ack", "todo_files")
    if any(item.state is State.ASKING for item in ticket.files):
        return words("ack", "todo_resend")
    states = {*(row.state for row in ticket.rows), *(item.state for item in ticket.files)}
    if states & {State.FAILED, State.HELD}:
        return words("ack", "todo_staff")
    if checking:
        return words("ack", "todo_checking", checking=checking)
    return _todo_nothing(ticket, words, kind)


def _todo_nothing(ticket: Ticket, words: Words, kind: str) -> str:
    if ticket.start_problem or ticket.late:
        return words("start", "todo_when")
    if ticket.start_said:
        return words("start", "todo_wait")
    if kind == "ack" and not ticket.rows:
        return words("ack", "todo_nothing_files")
    return words(kind, "todo_nothing")


def _wanted_start(ticket: Ticket, facts: Facts, words: Words) -> list[Block]:
    """The start as an instant with its zone, or the question with what to choose from. Never moved silently."""
    zone = facts.schedule.zone
    offered = "\n".join(f"- {when_text(datetime.fromisoformat(one), zone)}" for one in ticket.start_choices)
    if ticket.late:
        names = ", ".join(row.address for row in ticket.rows if row.id in ticket.late)
        late: list[Block] = [words("start", "late", names=names, choices=offered)]
        return late if not ticket.start_said else [*_set_start(ticket, zone, words), *late]
    if ticket.start_problem:
        notice = {"hours": _hours(facts.schedule.notice), "weekend": _hours(facts.schedule.weekend_notice)}
        why = words("start", ticket.start_problem, **notice)
        return [words("start", "ask", said=ticket.start_said, why=why, choices=offered)]
    return _set_start(ticket, zone, words)


def _set_start(ticket: Ticket, zone: str, words: Words) -> list[Block]:
    if not ticket.start_said:
        return []
    if ticket.start_at is None:  # asked for before times were understood: a person agrees on it
        return [words("ack", "start", said=ticket.start_said)]
    theirs = when_text(ticket.start_at, ticket.start_zone) if ticket.start_zone else ""
    ours = when_text(ticket.start_at, zone)
    differs = theirs and theirs[-12:] != ours[-12:]
    return [words("start", "set", when=ours, theirs=theirs if differs else "")]


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g}"


def when_text(moment: datetime, zone: str) -> str:
    """Return an instant as we write it: "Saturday 2026-12-05 22:00 CET (UTC+01:00)".

    `zone` is a name of the tz database or "UTC+05:30"; one nobody knows is UTC.
    """
    local = moment.astimezone(_zone(zone))
    offset = local.strftime("%z")
    name = local.tzname() or ""
    named = f" {name}" if name.isalpha() and name != "UTC" else ""
    return f"{local:%A %Y-%m-%d %H:%M}{named} (UTC{offset[:3]}:{offset[3:]})"


def _zone(name: str) -> tzinfo:
    offset = re.fullmatch(r"UTC([+-])(\d\d):(\d\d)", name)
    if offset:
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(away if offset[1] == "+" else -away)
    return zone_called(name) or UTC


def _remarks(ticket: Ticket, words: Words) -> list[Block]:
    """What could not be read of the mail itself or of a table in it."""
    known = [(code, item) for code, item in ticket.remarks if words.has("remarks", code)]
    return ["\n".join(words("remarks", code, item=item) for code, item in known)] if known else []


def _copied(ticket: Ticket, facts: Facts, words: Words) -> Reply:
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


def _report(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    done = [row for row in ticket.rows if row.state is State.DONE]
    still = [row for row in ticket.rows if row.state not in (State.DONE, State.CANCELLED)]
    page: list[Block] = [*_report_head(ticket, done, still, words), *row_notes(still, words)]
    if done:
        page += [*pass_blocks(done, words), *exceptions(done, words)]
    page += file_blocks(ticket, words)
    if done and all(tables.is_whole(tables.last(row)) for row in done):
        page.append(words("report", "verified"))
    if done and not still:
        wiped_on = (facts.now + facts.wipe_after).strftime("%-d %B %Y")
        page.append(words("report", "wiped", wiped_on=wiped_on))
    attached = (*sheet(asking(ticket), words, ticket.layouts), *pass_sheet(done, words))
    return Reply(page=(*page, words("words", "human")), attachments=attached)


def _report_head(ticket: Ticket, done: list[Row], still: list[Row], words: Words) -> tuple[str, str]:
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
    return words("report", key, **facts), words("report", todo, rows=len(done))


def _files_head(ticket: Ticket, words: Words) -> tuple[str, str]:
    items = "; ".join(f"{item.name}: {tables.file_content(item, words)}" for item in ticket.files)
    whole = all(item.state in (State.DONE, State.CANCELLED) for item in ticket.files)
    todo = (
        "todo_files"
        if whole or not any(item.state is State.ASKING for item in ticket.files)
        else "todo_partial"
    )
    return words("report", "first_files" if whole else "first_files_partial", items=items), words(
        "report", todo
    )


def _cancelled(ticket: Ticket, facts: Facts, words: Words) -> Reply:  # noqa: ARG001 - one shape for all
    page = (
        words("cancelled", "first"),
        words("cancelled", "todo"),
        words("cancelled", "kept"),
        words("words", "human"),
    )
    return Reply(page=page)


RENDER: Final[Mapping[str, Callable[[Ticket, Facts, Words], Reply]]] = {
    "held": _held,
    "ack": _ack,
    "update": _update,
    "copied": _copied,
    "report": _report,
    "cancelled": _cancelled,
}

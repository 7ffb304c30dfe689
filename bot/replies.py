"""What we say: one paragraph per situation, per language. Pure: ticket in, page and attachments out.

The words are in texts/<language>.toml; here is only which of them, in which order. The first block is the state in one
sentence, the second what the reader has to do. Nothing a server said, nothing secret, and never the original.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, StrictUndefined

from bot.page import Block, Table
from bot.sheet import render_corrected, render_template
from bot.tickets import File, Row, State, Ticket

MOST_EXCEPTIONS: Final = 50  # named one by one in a mail; `mailferry report` has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a reply needs to know beside the ticket."""

    now: datetime
    language: str = "en"
    skip_roles: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    wipe_after: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply before it becomes a mail."""

    page: tuple[Block, ...]
    attachments: tuple[tuple[str, str, bytes], ...] = ()  # (file name, content type, bytes)


class Words:
    """The texts of one language, filled in by Jinja2."""

    def __init__(self, language: str) -> None:
        text = resources.files("bot").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
        self._texts = tomllib.loads(text)
        self._jinja = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - page.py escapes for HTML
        self._jinja.globals.update(count=count, number=number)

    def __call__(self, section: str, key: str, **values: Any) -> str:
        """Return one text, filled in. A missing key or value is a bug and raises."""
        return self._jinja.from_string(self._texts[section][key]).render(**values)

    def has(self, section: str, key: str) -> bool:
        """Say whether there is such a text."""
        return key in self._texts[section]


@cache
def words_of(language: str) -> Words:
    """Return the texts of a language; English where we do not have it."""
    try:
        return Words(language)
    except FileNotFoundError:
        return Words("en")


def count(n: int, one: str, many: str) -> str:
    """Return "1 mailbox" or "3 mailboxes"."""
    return f"{number(n)} {one if n == 1 else many}"


def number(n: int) -> str:
    """Return 1234 as "1,234"."""
    return f"{n:,}"


def size(n: int) -> str:
    """Return a size in the unit people expect: "980 kB", "6.1 GB"."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n >= scale:
            return f"{n / scale:.1f} {unit}" if n < 10 * scale else f"{n / scale:.0f} {unit}"
    return f"{n} B"


def render(kind: str, ticket: Ticket, facts: Facts) -> Reply:
    """Return the reply of that kind for the ticket as it is now."""
    return RENDER[kind](ticket, facts, words_of(facts.language))


def _held(ticket: Ticket, facts: Facts, words: Words) -> Reply:  # noqa: ARG001 - nothing of the ticket is told
    return Reply(page=(words("held", "first"), words("held", "todo")))


def _ack(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    if not ticket.rows and not ticket.files:
        page = (words("ack", "first_empty"), words("ack", "todo_empty"), words("words", "human"))
        return Reply(page=page, attachments=(("mailboxes.csv", "text/csv", render_template()),))
    return _state(ticket, facts, words, "ack")


def _update(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    return _state(ticket, facts, words, "update")


def _state(ticket: Ticket, facts: Facts, words: Words, kind: str) -> Reply:
    bad = _asking(ticket)
    sheet = _sheet(bad, words)
    page: list[Block] = [
        words(kind, "first", summary=_summary(ticket, words)),
        _todo(ticket, words, kind, bool(sheet)),
    ]
    page += _row_blocks(ticket, words)
    page += _file_blocks(ticket, words)
    if kind == "ack" and ticket.rows:
        page += [
            words("ack", "copies", skipped=", ".join(role.capitalize() for role in facts.skip_roles)),
            words("ack", "switch"),
            words("ack", "passwords", wipe_days=facts.wipe_after.days),
        ]
    return Reply(page=(*page, words("words", "human")), attachments=sheet)


def _summary(ticket: Ticket, words: Words) -> str:
    total, bad = len(ticket.rows), len(_asking(ticket))
    parts = [count(total, "mailbox", "mailboxes")] if total else []
    ready = sum(row.state in _GOOD for row in ticket.rows)
    if total and ready:
        parts.append(f"{number(ready)} ready")
    waiting = sum(row.state is State.CHECKING for row in ticket.rows)
    if waiting:
        parts.append(f"{number(waiting)} being checked")
    if bad:
        parts.append(f"{number(bad)} {'needs' if bad == 1 else 'need'} you")
    ours = sum(row.state in (State.FAILED, State.HELD) for row in ticket.rows)
    if ours:
        parts.append(f"{number(ours)} {'waits' if ours == 1 else 'wait'} for us")
    contacts = sum(item.items for item in ticket.files if item.kind == "contacts")
    entries = sum(item.items for item in ticket.files if item.kind == "calendar")
    parts += [count(contacts, "contact", "contacts")] if contacts else []
    parts += [count(entries, "calendar entry", "calendar entries")] if entries else []
    if not parts:
        parts = [count(len(ticket.files), words("columns", "file"), "files")]
    return ", ".join(parts)


_GOOD: Final = (State.READY, State.FIRST_PASS, State.COPIED, State.SECOND_PASS, State.DONE)


def _asking(ticket: Ticket) -> list[Row]:
    return [row for row in ticket.rows if row.state is State.ASKING]


def _todo(ticket: Ticket, words: Words, kind: str, sheet: bool) -> str:
    bad = len(_asking(ticket))
    if bad:
        return words("ack", "todo_fix", bad=bad, sheet=sheet)
    if any(item.state is State.ASKING for item in ticket.files):
        return words("ack", "todo_files")
    if any(row.state in (State.FAILED, State.HELD) for row in ticket.rows):
        return words("ack", "todo_staff")
    checking = sum(row.state is State.CHECKING for row in ticket.rows)
    if checking:
        return words("ack", "todo_checking", checking=checking)
    if kind == "ack" and not ticket.rows:
        return words("ack", "todo_nothing_files")
    return words(kind, "todo_nothing")


def _row_blocks(ticket: Ticket, words: Words) -> list[Block]:
    if not ticket.rows:
        return []
    head = ("mailbox", "old_server", "folders", "messages", "size", "new_mailbox", "state")
    table = Table(
        _columns(words, head), tuple(_row_line(row, words) for row in ticket.rows), frozenset({2, 3, 4})
    )
    notes = [_note(row, words) for row in ticket.rows if row.state in (State.ASKING, State.FAILED)]
    return [table, *notes]


def _columns(words: Words, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(words("columns", name) for name in names)


def _row_line(row: Row, words: Words) -> tuple[str, ...]:
    found = row.found or {}
    return (
        row.address or f"({words('columns', 'mailbox')} ?)",
        row.host,
        number(found["folders"]) if found else "",
        number(found["messages"]) if found else "",
        size(found["size_bytes"]) if found else "",
        row.destination
        if row.destination.casefold() != row.address.casefold()
        else words("words", "same_new"),
        words("words", _ROW_WORDS[row.state]),
    )


_ROW_WORDS: Final[Mapping[State, str]] = {
    State.NEW: "checking",
    State.HELD: "waiting",
    State.ASKING: "needs_you",
    State.CHECKING: "checking",
    State.READY: "ready",
    State.FIRST_PASS: "copying",
    State.COPIED: "copied",
    State.SECOND_PASS: "copying",
    State.DONE: "verified_word",
    State.FAILED: "needs_staff",
    State.CANCELLED: "differs",
}


def _note(row: Row, words: Words) -> str:
    where = f" ({row.origin}, line {row.line})" if row.line else ""
    codes = [code for code, _ in row.problems] or [row.code]
    return "\n".join(f"{row.address or '?'}{where}: {_why(code, row, words)}" for code in codes)


def _why(code: str, row: Row, words: Words) -> str:
    values = {"host": row.host or "?", "port": row.port, "destination": row.destination or row.address}
    return words("codes", code if words.has("codes", code) else "other", **values)


def _sheet(bad: list[Row], words: Words) -> tuple[tuple[str, str, bytes], ...]:
    """The corrected CSV: only for rows that came in a file or are several; one row in a text needs no table."""
    if not bad or (len(bad) == 1 and not bad[0].line):
        return ()
    rows = [
        (row.address, row.host, row.destination if row.destination != row.address else "", _note(row, words))
        for row in bad
    ]
    name = f"fix-{'this-row' if len(bad) == 1 else f'these-{len(bad)}-rows'}.csv"
    return ((name, "text/csv", render_corrected(rows)),)


def _file_blocks(ticket: Ticket, words: Words) -> list[Block]:
    if not ticket.files:
        return []
    lines = tuple(
        (
            item.name,
            item.kind,
            item.target or "?",
            words("words", _FILE_WORDS[item.state]),
            _file_content(item, words),
        )
        for item in ticket.files
    )
    table = Table((*_columns(words, ("file", "content", "goes_to", "state")), ""), lines)
    return [table] + [note for item in ticket.files if (note := _file_note(item, ticket, words))]


_FILE_WORDS: Final[Mapping[State, str]] = {**_ROW_WORDS, State.IMPORTING: "copying"}


def _file_content(item: File, words: Words) -> str:
    if item.report is not None:
        return words("words", "imported", imported=item.report["imported"], same=item.report["same"])
    return words("words", "understood", items=item.items)


def _file_note(item: File, ticket: Ticket, words: Words) -> str:
    example = ticket.rows[0].address if ticket.rows else ticket.requester
    values = {"destination": item.target, "file": item.name, "example": example, "host": "", "port": ""}
    codes = [code for code, _ in item.problems[:1]] if not item.items else []
    codes += [item.code] if item.code else []
    codes += ["target-unknown"] if item.items and not item.target else []
    known = [code if words.has("codes", code) else "unreadable" for code in codes]
    named = [f"{name} ({code})" for code, name in item.problems if name] if item.items else []
    lines = [f"{item.name}: {words('codes', code, **values)}" for code in known]
    if named:
        lines.append(f"{item.name}: {'; '.join(named[:MOST_EXCEPTIONS])}")
    return "\n".join(lines)


def _copied(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    rows = [row for row in ticket.rows if row.state is State.COPIED]
    bad = [row for row in ticket.rows if row.state in (State.ASKING, State.FAILED)]
    totals = _totals(rows)
    first = words("copied", "first_fix" if bad else "first", rows=len(rows), bad=len(bad), **totals)
    page: list[Block] = [first, words("copied", "todo")]
    if facts.mx:
        domains = sorted({row.destination.rpartition("@")[2] for row in rows})
        page.append(words("copied", "mx", domains=", ".join(domains), mx=", ".join(facts.mx)))
    page.append(_pass_table(rows, words))
    page += [_note(row, words) for row in bad]
    page += _exceptions(rows, words) + _file_blocks(ticket, words)
    return Reply(
        page=(*page, words("copied", "then"), words("words", "human")),
        attachments=_sheet(_asking(ticket), words),
    )


def _report(ticket: Ticket, facts: Facts, words: Words) -> Reply:
    done = [row for row in ticket.rows if row.state is State.DONE]
    still = [row for row in ticket.rows if row.state not in (State.DONE, State.CANCELLED)]
    page: list[Block] = [*_report_head(ticket, done, still, words)]
    if done:
        page += [_pass_table(done, words), *_exceptions(done, words)]
    page += [_note(row, words) for row in still if row.state in (State.ASKING, State.FAILED)]
    page += _file_blocks(ticket, words) + _item_notes(ticket)
    if done:
        wiped_on = (facts.now + facts.wipe_after).strftime("%-d %B %Y")
        page += [words("report", "verified"), words("report", "wiped", wiped_on=wiped_on)]
    return Reply(page=(*page, words("words", "human")))


def _report_head(ticket: Ticket, done: list[Row], still: list[Row], words: Words) -> tuple[str, str]:
    if not ticket.rows:
        items = "; ".join(f"{item.name}: {_file_content(item, words)}" for item in ticket.files)
        return words("report", "first_files", items=items), words("report", "todo_files")
    if still:
        return (
            words("report", "first_partial", rows=len(done), open=len(still)),
            words("report", "todo_partial"),
        )
    exceptions = sum(len(_last(row).get("skipped", ())) for row in done)
    key = "first_exceptions" if exceptions else "first"
    first = words("report", key, rows=len(done), exceptions=exceptions, **_totals(done))
    return first, words("report", "todo")


def _last(row: Row) -> Mapping[str, Any]:
    return row.passes[-1] if row.passes else {}


def _totals(rows: list[Row]) -> dict[str, int]:
    return {
        "present": sum(present(_last(row)) for row in rows),
        "messages": sum(messages(_last(row)) for row in rows),
    }


def messages(report: Mapping[str, Any]) -> int:
    """Return how many messages the source held in a stored PassReport."""
    return sum(int(folder["messages"]) for folder in report.get("folders", ()))


def present(report: Mapping[str, Any]) -> int:
    """Return how many of them are verified at the destination."""
    return sum(int(folder["present"]) for folder in report.get("folders", ()))


def _pass_table(rows: list[Row], words: Words) -> Table:
    head = ("mailbox", "folders", "at_old", "at_new", "this_pass", "size", "skipped", "verdict")
    return Table(
        _columns(words, head), tuple(_pass_line(row, words) for row in rows), frozenset({1, 2, 3, 4, 5, 6})
    )


def _pass_line(row: Row, words: Words) -> tuple[str, ...]:
    report = _last(row)
    folders = report.get("folders", ())
    skipped = len(report.get("skipped", ()))
    whole = present(report) + skipped >= messages(report)
    return (
        row.destination,
        number(len(folders)),
        number(messages(report)),
        number(present(report)),
        number(sum(int(folder["copied"]) for folder in folders)),
        size(sum(int(folder["size_bytes"]) for folder in folders)),
        number(skipped),
        words("words", "verified_word" if whole and not skipped else "differs"),
    )


def _exceptions(rows: list[Row], words: Words) -> list[Block]:
    blocks: list[Block] = []
    skipped = [(row, message) for row in rows for message in _last(row).get("skipped", ())]
    if skipped:
        head = _columns(words, ("mailbox", "folder", "date", "from", "subject", "size", "reason"))
        lines = tuple(_skipped_line(row, message) for row, message in skipped[:MOST_EXCEPTIONS])
        blocks += [words("words", "exceptions"), Table(head, lines)]
        if len(skipped) > MOST_EXCEPTIONS:
            blocks.append(words("words", "and_more", n=len(skipped) - MOST_EXCEPTIONS))
    for key in ("folders_skipped", "renamed"):
        pairs = [(row.destination, *pair) for row in rows for pair in _last(row).get(key, ())]
        if pairs:
            blocks.append(
                words("words", "folders_skipped" if key == "folders_skipped" else "folders_renamed")
            )
            blocks.append("\n".join(f"{address}: {first} ({second})" for address, first, second in pairs))
    return blocks


def _skipped_line(row: Row, message: Mapping[str, Any]) -> tuple[str, ...]:
    facts = (
        message["folder"],
        message["date"],
        message["sender"],
        message["subject"],
        size(int(message["size_bytes"])),
    )
    return (row.destination, *(str(fact) for fact in facts), str(message["code"]))


def _item_notes(ticket: Ticket) -> list[Block]:
    notes: list[Block] = []
    for item in ticket.files:
        report = item.report or {}
        for key in ("repaired", "skipped", "failed"):
            if listed := report.get(key, ()):
                names = "; ".join(f"{note['name']} ({note['code']})" for note in listed[:MOST_EXCEPTIONS])
                notes.append(f"{item.name}, {key}: {names}")
    return notes


RENDER: Final[Mapping[str, Callable[[Ticket, Facts, Words], Reply]]] = {
    "held": _held,
    "ack": _ack,
    "update": _update,
    "copied": _copied,
    "report": _report,
}

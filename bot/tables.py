"""A ticket's rows and exceptions as tables and notes for people; its files are in bot.filenotes. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.model import THERE, refused_folders
from bot.page import Block, Table
from bot.providers import provider_at
from bot.sheet import BadRow, names_in, render_cells, render_corrected
from bot.states import Row, State, Ticket
from bot.words import Words, problem_in

MOST_ROWS: Final = 50  # accounts listed in a mail; beyond that only those something is wrong with
MOST_LARGE: Final = 20  # messages that are too large, in an acknowledgement
MOST_EXCEPTIONS: Final = 50  # named one by one in a mail; `mailferry status TICKET --json` has them all
Attachment = tuple[str, str, bytes]  # file name, content type, bytes

ROW_WORDS: Final[Mapping[State, str]] = {
    State.NEW: "checking",
    State.HELD: "waiting",
    State.ASKING: "needs_you",
    State.CHECKING: "checking",
    State.READY: "ready",
    State.FIRST_PASS: "copying",
    State.COPIED: "copied",
    State.SECOND_PASS: "copying",
    State.LATE_PASS: "verified",
    State.DONE: "verified",
    State.FAILED: "needs_staff",
    State.CANCELLED: "cancelled",
}
WAITING: Final = (State.ASKING, State.FAILED, State.HELD)  # for somebody
AT_THE_DOOR: Final = frozenset({"source-login-refused", "source-unreachable"})
SETTLED: Final = (State.COPIED, State.SECOND_PASS, State.LATE_PASS, State.DONE, State.CANCELLED)
HIDDEN_FOLDERS: Final = frozenset({"no-messages"})  # a name that only holds other folders: nothing is missing


def asking(ticket: Ticket) -> list[Row]:
    """Return the rows that wait for the requester."""
    return [row for row in ticket.rows if row.state is State.ASKING]


def columns(words: Words, names: Iterable[str]) -> tuple[str, ...]:
    """Return the heads of a table."""
    return tuple(words("columns", name) for name in names)


# --- rows -----------------------------------------------------------------------------------------------------------


def row_table(rows: Sequence[Row], words: Words) -> Table:
    """Return what the check found, one line per account; of many only those that wait for somebody."""
    shown = rows if len(rows) <= MOST_ROWS else [row for row in rows if row.state in WAITING][:MOST_ROWS]
    head = ("mailbox", "old_server", "folders", "messages", "size", "new_mailbox", "state")
    return Table(columns(words, head), tuple(_row_line(row, words) for row in shown), frozenset({2, 3, 4}))


def _row_line(row: Row, words: Words) -> tuple[str, ...]:
    found = row.found or {}
    same = bool(row.address) and row.destination.casefold() == row.address.casefold()
    return (
        row.address or words("words", "somebody"),
        row.host,
        words.number(found["folders"]) if found else "",
        words.number(found["messages"]) if found else "",
        words.size(found["size_bytes"]) if found else "",
        words("words", "same_new") if same else row.destination,
        words("words", ROW_WORDS[row.state]),
    )


def rows_blocks(rows: Sequence[Row], words: Words) -> list[Block]:
    """Return the accounts as a table and notes; of many only those that wait for somebody, and how many are fine."""
    if not rows:
        return []
    bad = [row for row in rows if row.state in WAITING]
    many = len(rows) > MOST_ROWS
    blocks: list[Block] = [] if many and not bad else [row_table(rows, words)]
    blocks += row_notes(rows, words)
    if many and len(rows) > len(bad):
        blocks.append(words("ack", "listed", rest=len(rows) - len(bad)))
    return blocks


def too_large(rows: Iterable[Row]) -> int:
    """Return how many messages of all rows the new server will not take for their size, as far as they were counted."""
    return sum((row.found or {}).get("too_large") or 0 for row in rows)


def fits(rows: Iterable[Row]) -> bool:
    """Say whether it is known of every account that all of it fits into the new one."""
    found = [row.found or {} for row in rows]
    return bool(found) and all(
        one.get("room_bytes") is not None and one["room_bytes"] >= one["size_bytes"] for one in found
    )


def large_lines(rows: Iterable[Row], words: Words) -> list[str]:
    """Return the messages the new server will not take as a person finds them again, a line each."""
    named = [(row, one) for row in rows for one in (row.found or {}).get("too_large_named") or ()]
    return [_large_line(row, one, words) for row, one in named[:MOST_LARGE]]


def _large_line(row: Row, one: Mapping[str, Any], words: Words) -> str:
    said = {"subject": one["subject"] or "?", "sender": one["sender"], "folder": one["folder"]}
    when, size = _day(str(one["date"]), words), words.size(int(one["size_bytes"]))
    return "- " + words("ack", "large_one", mailbox=row.address, date=when, size=size, **said)


def row_notes(rows: Iterable[Row], words: Words) -> list[Block]:
    """Return one note per row that waits for somebody: where it stands, what is wrong, what mends it."""
    bad = [row for row in rows if row.state in WAITING]
    more = [words("ack", "more_below", more=len(bad) - MOST_ROWS)] if len(bad) > MOST_ROWS else []
    return [*(row_note(row, words) for row in bad[:MOST_ROWS]), *more]


def row_note(row: Row, words: Words) -> str:
    """Return everything that is wrong with one row, a line each."""
    where = f" ({words('words', 'at_line', file=row.origin, line=row.line)})" if row.line else ""
    name = (row.address or words("words", "somebody")) + where
    lines = [words("words", "named", name=name, what=why(code, row, words)) for code in codes_of(row)]
    return "\n".join(lines)


def codes_of(row: Row) -> list[str]:
    """Return what a waiting row waits for, each once."""
    codes = ["held"] if row.state is State.HELD else [code for code, _ in row.problems] or [row.code]
    return list(dict.fromkeys(codes))


def why(code: str, row: Row, words: Words) -> str:
    """Return what a code means for this row and what to do."""
    values = {"host": row.host or "?", "port": row.port, "destination": row.destination or row.address}
    values |= {"domain": _domain(row), "proposals": words.listed(row.proposals, style="or")}
    values |= _room(row, words)
    said = words("codes", code if words.has("codes", code) else "other", **values)
    return " ".join([said, *_peculiar(code, row, words)])


def _room(row: Row, words: Words) -> dict[str, str]:
    """Return how much comes and how much the new account holds; "" where that was not told."""
    found = row.found or {}
    room = found.get("room_bytes")
    return {
        "comes": words.size(found["size_bytes"]) if found else "",
        "room": "" if room is None else words.size(room),
    }


def _peculiar(code: str, row: Row, words: Words) -> list[str]:
    """What is special about a provider we know, where its server did not let us in."""
    provider = provider_at(row.host) if code in AT_THE_DOOR else None
    notes = provider.notes if provider else ()
    return [
        words("provider", note, provider=provider.name if provider else "")
        for note in notes
        if words.has("provider", note)
    ]


def _domain(row: Row) -> str:
    return row.address.rpartition("@")[2]


def found_lines(rows: Iterable[Row], words: Words) -> list[str]:
    """Return which servers we found ourselves and how, a line for each domain."""
    open_rows = [row for row in rows if row.server_by and row.host and row.state not in SETTLED]
    known = dict.fromkeys((_domain(row).casefold(), row.host, row.server_by) for row in open_rows)
    lines = []
    for domain, host, how in list(known)[:MOST_ROWS]:
        provider = provider_at(host)
        said = words("provider", how, provider=provider.name if provider else host)
        lines.append(words("ack", "found", domain=domain, host=host, how=said))
    return lines


def sheet(
    bad: Sequence[Row], words: Words, layouts: Iterable[tuple[str, Sequence[str]]] = (), language: str = ""
) -> tuple[Attachment, ...]:
    """Return the corrected CSV with only the bad rows; one row stated in a text needs no table.

    Its columns are those of the customer's own file where all rows come from one, else ours; `language` is the
    customer's, of the words that are ours ("" = that of the reply).
    """
    if not bad or (len(bad) == 1 and not bad[0].line):
        return ()
    spoken = language or words.language
    known = {name: layout for name, layout in layouts if layout}
    origins = {row.origin for row in bad}
    own = known.get(next(iter(origins)), ()) if len(origins) == 1 else ()
    delimiter = next((layout[0] for name, layout in known.items() if name in origins), "")
    raw = render_corrected([_bad_row(row, words, spoken) for row in bad], spoken, own, delimiter)
    return ((words("files", "fix", n=len(bad)), "text/csv", raw),)


def _bad_row(row: Row, words: Words, language: str) -> BadRow:
    return BadRow(
        address=row.address,
        login=row.login,
        host=row.host,
        port=row.port,
        security=row.security,
        destination=row.destination if row.destination != row.address else "",
        problem=" ".join(problem_in(language, code) or why(code, row, words) for code in codes_of(row)),
    )


# --- passes ---------------------------------------------------------------------------------------------------------


def last(row: Row) -> Mapping[str, Any]:
    """Return the newest PassReport of a row, or nothing."""
    return row.passes[-1] if row.passes else {}


def messages(report: Mapping[str, Any]) -> int:
    """Return how many messages the source held in a stored PassReport."""
    return sum(int(folder["messages"]) for folder in report.get("folders", ()))


def present(report: Mapping[str, Any]) -> int:
    """Return how many of them are verified at the destination."""
    return sum(int(folder["present"]) for folder in report.get("folders", ()))


def totals(rows: Iterable[Row]) -> dict[str, int]:
    """Return present and messages over all rows."""
    reports = [last(row) for row in rows]
    return {"present": sum(map(present, reports)), "messages": sum(map(messages, reports))}


def is_whole(report: Mapping[str, Any]) -> bool:
    """Say whether every message is at the destination or named, and no folder was refused."""
    absent = sum(one["code"] not in THERE for one in report.get("skipped", ()))
    named = present(report) + absent >= messages(report)
    return named and not refused_folders(report.get("folders_skipped", ()))


def pass_blocks(rows: Sequence[Row], words: Words) -> list[Block]:
    """Return the numbers of the last pass as a table; of many accounts only those with an exception."""
    if len(rows) <= MOST_ROWS:
        return [pass_table(rows, words)]
    odd = [row for row in rows if last(row).get("skipped") or not is_whole(last(row))]
    fine: list[Block] = [words("words", "all_fine", n=len(rows) - len(odd))]
    return [pass_table(odd[:MOST_ROWS], words), *fine] if odd else fine


def pass_sheet(rows: Sequence[Row], words: Words) -> tuple[Attachment, ...]:
    """Return the numbers of every account as a CSV, where the mail does not list them all."""
    if len(rows) <= MOST_ROWS:
        return ()
    table = pass_table(rows, words, str)  # a spreadsheet counts with plain digits
    raw = render_cells([table.head, *table.rows], names_in(words.language).delimiter)
    return ((words("files", "all"), "text/csv", raw),)


def pass_table(rows: Sequence[Row], words: Words, number: Callable[[int], str] | None = None) -> Table:
    """Return the numbers of the last pass, one line per account."""
    head = ("mailbox", "folders", "at_old", "at_new", "this_pass", "size", "skipped", "verdict")
    return Table(
        columns(words, head),
        tuple(_pass_line(row, words, number or words.number) for row in rows),
        frozenset({1, 2, 3, 4, 5, 6}),
    )


def _pass_line(row: Row, words: Words, number: Callable[[int], str]) -> tuple[str, ...]:
    report = last(row)
    folders, skipped = report.get("folders", ()), len(report.get("skipped", ()))
    return (
        row.destination,
        number(len(folders)),
        number(messages(report)),
        number(present(report)),
        number(sum(int(folder["copied"]) for folder in folders)),
        words.size(sum(int(folder["size_bytes"]) for folder in folders)),
        number(skipped),
        words("words", "verified" if is_whole(report) and not skipped else "differs"),
    )


def exceptions(rows: Sequence[Row], words: Words) -> list[Block]:
    """Return everything that is not at the destination as it was at the source, by name."""
    blocks: list[Block] = []
    skipped = [(row, message) for row in rows for message in last(row).get("skipped", ())]
    if skipped:
        head = columns(words, ("mailbox", "folder", "date", "from", "subject", "size", "reason"))
        lines = tuple(_skipped_line(row, message, words) for row, message in skipped[:MOST_EXCEPTIONS])
        blocks += [words("words", "exceptions"), Table(head, lines)]
    if len(skipped) > MOST_EXCEPTIONS:
        blocks.append(words("words", "and_more", n=len(skipped) - MOST_EXCEPTIONS))
    blocks += _folders(rows, "folders_skipped", words)
    blocks += _folders(rows, "renamed", words)
    folders = [folder for row in rows for folder in last(row).get("folders", ())]
    if removed := sum(int(folder.get("removed", 0)) for folder in folders):
        blocks.append(words("words", "removed", n=removed))
    if dropped := sum(int(last(row).get("keywords_dropped", 0)) for row in rows):
        blocks.append(words("words", "keywords", n=dropped))
    return blocks


def _folders(rows: Sequence[Row], key: str, words: Words) -> list[Block]:
    """One line per folder and reason, with the accounts it happened in."""
    where: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        for name, what in last(row).get(key, ()):
            if what not in HIDDEN_FOLDERS:
                where[name, what].append(row.destination)
    if not where:
        return []
    lines = []
    for (name, what), found in where.items():
        said = what if key == "renamed" else reason(what, words)
        lines.append(f"- {words('words', 'named', name=name, what=said)} ({_who(found, rows, words)})")
    return [words("words", key) + "\n" + "\n".join(lines)]


def _who(found: list[str], rows: Sequence[Row], words: Words) -> str:
    few = len(found) <= 2 or len(found) < len(rows)
    return ", ".join(found) if few else words("words", "mailboxes", n=len(found))


def reason(what: str, words: Words) -> str:
    """Return why something was left out or changed, in words; `what` may carry a server's code after a dash."""
    known = (
        what if words.has("reasons", what) else what.partition("-")[0]
    )  # "rejected-" and the server's code
    return words("reasons", known if words.has("reasons", known) else "other")


def _day(internaldate: str, words: Words) -> str:
    """Return the day of an INTERNALDATE (RFC 9051 section 9: date-time); what is none stays as it is."""
    try:
        return words.date(datetime.strptime(internaldate.strip(), "%d-%b-%Y %H:%M:%S %z"))
    except ValueError:
        return internaldate


def _skipped_line(row: Row, message: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    facts = (
        message["folder"],
        _day(str(message["date"]), words),
        message["sender"],
        message["subject"],
        words.size(int(message["size_bytes"])),
    )
    return (row.destination, *(str(fact) for fact in facts), reason(str(message["code"]), words))

"""What each event does to a ticket. Pure; what follows from it is decided in bot/tickets.py."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.aftercare import end_care, late_passed
from bot.conversation import REQUESTER, STAFF, on_ordered, on_paused, on_resumed
from bot.cutover import on_looked
from bot.errors import BotError, Retry, SourceHasNoImap, SourceTakesNoPasswords, SourceUnreachable, Stopped
from bot.starts import forget_start, take_start
from bot.states import (
    BUSY,
    Effect,
    File,
    Move,
    PutJob,
    QueueReply,
    Row,
    State,
    Thing,
    Ticket,
    is_serverless,
    move_file,
    move_row,
    things_of,
)

CHECK_TRIES: Final = 3  # a source that does not answer its check: two more tries, then the requester is asked


CHECK_PAUSE: Final = timedelta(seconds=5)


MOST_TRIES: Final = (
    12  # of anything else a timer may help: with the back-off below about nine hours, then staff
)


MOST_WAITS: Final = 48  # of a server that says itself when to come back: days, at one hour each


LONGEST_WAIT: Final = timedelta(days=1)


UNPROVEN: Final = "sender-unproven"


def next_delay(tries: int) -> timedelta:
    """Return how long to wait before the next try: 15 s, 30 s, 1 min … at most 1 h."""
    return min(timedelta(seconds=15 * 2 ** max(tries - 1, 0)), timedelta(hours=1))


def is_tried_again(tries: int, data: Mapping[str, Any]) -> bool:
    """Say whether what a timer helps is tried again after so many tries."""
    return tries < (MOST_WAITS if data.get("wait_seconds") else MOST_TRIES)


def asked_delay(tries: int, data: Mapping[str, Any]) -> timedelta:
    """Return how long to wait before the next try: as long as the server asked for, else longer each time."""
    told = timedelta(seconds=int(data.get("wait_seconds") or 0))
    return min(told, LONGEST_WAIT) if told else next_delay(tries)


Outcome = tuple[Ticket, list[Effect]]


def _on_message(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:
    """New or amended rows and files are in the tables with fresh facts: sort them.

    What came unproven is held as a whole, whatever else is wrong with it: no job, no detail told.
    """
    effects: list[Effect] = []
    unproven = data.get("proof", "proven") != "proven"
    row_ids, file_ids = set(data.get("rows", ())), set(data.get("files", ()))
    rows = tuple(
        _admit_row(_withheld(row, unproven), effects) if row.id in row_ids else row for row in ticket.rows
    )
    files = tuple(
        _admit_file(_withheld(item, unproven)) if item.id in file_ids else item for item in ticket.files
    )
    after = replace(
        ticket,
        rows=rows,
        files=files,
        told=forget(ticket.told, row_ids | {-number for number in file_ids}),
        owing=ticket.owing or (ticket.acked and bool(row_ids or file_ids or data.get("remarks"))),
        remarks=tuple((code, item) for code, item in data.get("remarks", ())),
        layouts=_layouts(ticket, data),
        language=ticket.language or str(data.get("language") or ""),  # the first mail that tells it decides
        stale=0 if data.get("fresh", True) else ticket.stale + 1,
        unproven=ticket.unproven or unproven,
        deadline=_deadline(ticket, data, now),
        closed_at=None,
        terms=dict(data.get("terms") or ticket.terms),
    )
    return take_start(after, data, now), effects


def _layouts(ticket: Ticket, data: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """How the tables of the thread look, by file name; the newest file of a name counts."""
    came = {str(name): tuple(map(str, layout)) for name, layout in data.get("layouts", ())}
    return tuple((dict(ticket.layouts) | came).items())


def _withheld(thing: Thing, unproven: bool) -> Thing:
    return replace(thing, held_because=thing.held_because or UNPROVEN) if unproven else thing


def forget(told: tuple[tuple[int, str], ...], touched: Iterable[int]) -> tuple[tuple[int, str], ...]:
    """What was corrected, or has worked since, is told again when it goes wrong again."""
    gone = set(touched)
    return tuple(pair for pair in told if pair[0] not in gone)


def _deadline(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> datetime:
    """Later mails do not put an acknowledgement off; one that has passed belongs to an earlier round."""
    if ticket.deadline is not None and ticket.deadline > now:
        return ticket.deadline
    return now + timedelta(seconds=data.get("deadline_s", 45))


def _admit_row(row: Row, effects: list[Effect]) -> Row:
    if row.held_because:
        return move_row(row, Move.HOLD)
    if row.problems:
        if is_serverless(row):
            return put_pass(move_row(row, Move.CHECK, code="", tries=0), "find", effects)
        return move_row(row, Move.ASK, code="")
    return _put_check(move_row(row, Move.CHECK, code="", tries=0), effects)


def _on_found(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    """What the search for a server came to; where the acknowledgement is out already, an update has to say it."""
    effects: list[Effect] = []

    def after(row: Row) -> Row:
        if row.state is not State.CHECKING or row.host or not _is_news(row, data):
            return row
        if "code" in data:
            return _search_failed(row, data)
        if not data.get("host"):
            proposals = tuple(map(str, data.get("proposals", ())))
            code = "host-moved" if data.get("moved") else "host-proposed" if proposals else "host-unfound"
            return move_row(row, Move.ASK, code="", problems=((code, "host"),), proposals=proposals)
        server = {name: data[name] for name in ("host", "port", "security")}
        login = row.login or str(data.get("login", ""))
        row = replace(row, **server, login=login, server_by=str(data["how"]), problems=(), proposals=())
        return _put_check(row, effects)

    after_ = _with_row(ticket, int(data["row"]), after)
    return replace(after_, owing=after_.owing or (after_.acked and bool(effects))), effects


def _search_failed(row: Row, data: Mapping[str, Any]) -> Row:
    """A provider without IMAP is the requester's to get round, one without passwords ours; a bug of ours asks them."""
    code = str(data["code"])
    if code == SourceTakesNoPasswords.code:
        return move_row(row, Move.FAIL, code=code, host=str(data["host"]), problems=())
    told = code if code == SourceHasNoImap.code else "host-unfound"
    return move_row(row, Move.ASK, code="", problems=((told, "host"),))


def _put_check(row: Row, effects: list[Effect], delay: timedelta = timedelta()) -> Row:
    return put_pass(row, "check", effects, delay) if row.state is State.CHECKING else row


def put_pass(row: Row, kind: str, effects: list[Effect], delay: timedelta = timedelta()) -> Row:
    serial = row.serial + 1
    where = row.host or row.address.rpartition("@")[2].casefold() or "-"
    name = f"r{row.id}:{kind}:{serial}"
    effects.append(PutJob(kind=kind, ref=row.id, name=name, partition=where, delay=delay))
    return replace(row, serial=serial)


def _admit_file(item: File) -> File:
    if item.held_because:
        return move_file(item, Move.HOLD)
    if not item.items or not item.target:
        return move_file(item, Move.ASK, code="")
    return move_file(item, Move.ACCEPT, code="", tries=0)


def _is_news(thing: Row | File, data: Mapping[str, Any]) -> bool:
    """Say whether a result is of the present job: an earlier one speaks about facts corrected since."""
    return "job" not in data or str(data["job"]).rpartition(":")[2] == str(thing.serial)


def _on_checked(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    effects: list[Effect] = []

    def after(row: Row) -> Row:
        if row.state is not State.CHECKING or not _is_news(row, data):
            return row
        if "code" not in data:
            opened_by = (data["secret"],) if "secret" in data else row.secret_ids
            return move_row(row, Move.ACCEPT, found=data["found"], secret_ids=opened_by, code="", tries=0)
        return _check_failed(row, data, effects)

    return _with_row(ticket, int(data["row"]), after), effects


def _check_failed(row: Row, data: Mapping[str, Any], effects: list[Effect]) -> Row:
    """Only a silent source is asked about soon, for its name may be wrong; our own servers are our own trouble."""
    code, tries = str(data["code"]), row.tries + 1
    row = replace(row, found=data.get("found", row.found))  # what does not fit was counted all the same
    retry, silent = _retry(code), code == SourceUnreachable.code
    if retry is Retry.LATER and (tries < CHECK_TRIES if silent else is_tried_again(tries, data)):
        delay = CHECK_PAUSE if silent else asked_delay(tries, data)
        return _put_check(replace(row, tries=tries, code=code), effects, delay)
    asks = silent or retry is Retry.AFTER_REPLY
    return move_row(row, Move.ASK if asks else Move.FAIL, code=code, tries=0)


def _on_passed(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    effects: list[Effect] = []
    expected = State(data["kind"])

    def after(row: Row) -> Row:
        if row.state is not expected or not _is_news(row, data):
            return row
        if expected is State.LATE_PASS:
            return late_passed(row, data)
        if "code" not in data:
            return move_row(row, Move.FINISH, passes=(*row.passes, data["report"]), code="", tries=0)
        return _pass_failed(row, data, effects)

    return _with_row(ticket, int(data["row"]), after), effects


def _pass_failed(row: Row, data: Mapping[str, Any], effects: list[Effect]) -> Row:
    """A pass that copied something before it broke gets on, however often: its tries begin anew."""
    code = str(data["code"])
    if code == Stopped.code:
        return move_row(row, Move.PARK)
    retry, tries = _retry(code), 1 if data.get("copied") else row.tries + 1
    if retry is Retry.LATER and is_tried_again(tries, data):
        row = replace(row, tries=tries, code=code)
        return put_pass(row, str(data["kind"]), effects, asked_delay(tries, data))
    return move_row(row, Move.ASK if retry is Retry.AFTER_REPLY else Move.FAIL, code=code, tries=0)


def _on_imported(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    effects: list[Effect] = []

    def after(item: File) -> File:
        if item.state is not State.IMPORTING or not _is_news(item, data):
            return item
        if "code" not in data:
            return move_file(item, Move.FINISH, report=data["report"], code="", tries=0)
        code = str(data["code"])
        retry = _retry(code)
        if retry is Retry.LATER and item.tries + 1 < MOST_TRIES:
            tries = item.tries + 1
            return put_import(replace(item, tries=tries, code=code), effects, next_delay(tries))
        asks = retry in (Retry.AFTER_REPLY, Retry.NEVER)  # the file itself: only another one helps
        return move_file(item, Move.ASK if asks else Move.FAIL, code=code, tries=0)

    files = tuple(after(item) if item.id == data["file"] else item for item in ticket.files)
    return replace(ticket, files=files), effects


def put_import(item: File, effects: list[Effect], delay: timedelta = timedelta()) -> File:
    serial = item.serial + 1
    name = f"f{item.id}:{item.kind}:{serial}"
    effects.append(PutJob(kind=item.kind, ref=item.id, name=name, partition="dav", delay=delay))
    return replace(item, serial=serial)


def _on_switched(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    """The MX is ours: from now on a row that is copied gets its second pass at once; staff may repeat it.

    Said while nothing is copied or under way it is no answer to anything we asked, and changes nothing.
    """
    rows = tuple(move_row(row, Move.REPEAT) for row in ticket.rows) if data.get("again") else ticket.rows
    if not any(row.state is State.COPIED or row.state in BUSY for row in rows):
        return ticket, []
    return replace(ticket, rows=rows, switched=True, closed_at=None), []


def _on_approved(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:
    """Staff says yes: what is held goes on as if it had been proven. Nothing held: nothing to say yes to."""
    things = things_of(ticket)
    if not ticket.unproven and not any(thing.state is State.HELD for thing in things):
        return ticket, []
    effects: list[Effect] = []
    rows = tuple(_admit_row(_freed(row), effects) if row.state is State.HELD else row for row in ticket.rows)
    files = tuple(_admit_file(_freed(item)) if item.state is State.HELD else item for item in ticket.files)
    after = replace(ticket, rows=rows, files=files, unproven=False, silent=False, owing=ticket.acked)
    return replace(after, deadline=_deadline(ticket, data, now)), effects


def _freed(thing: Thing) -> Thing:
    return replace(thing, held_because="")


def _on_retry(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    """Staff mended something: what failed or was refused is tried again from its check.

    What is missing or held stays so, and a trouble the requester has been told of is not told again.
    """
    effects: list[Effect] = []
    rows = tuple(
        _admit_row(row, effects) if row.state is State.FAILED or _was_refused(row) else row
        for row in ticket.rows
    )
    files = tuple(
        _admit_file(item) if item.state is State.FAILED or _was_refused(item) else item
        for item in ticket.files
    )
    if rows == ticket.rows and files == ticket.files:
        return ticket, []
    return replace(ticket, rows=rows, files=files, closed_at=None), effects


def _was_refused(thing: Row | File) -> bool:
    return thing.state is State.ASKING and bool(thing.code)


def _on_started(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    """Staff has agreed on the time with the requester, and it has come."""
    return forget_start(ticket), []


def _on_cancelled(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:
    """Staff or the requester ends it; whoever was promised something hears that it is over, once."""
    effects: list[Effect] = []
    rows = tuple(move_row(row, Move.CANCEL) for row in ticket.rows)
    files = tuple(move_file(item, Move.CANCEL) for item in ticket.files)
    after = replace(ticket, rows=rows, files=files, reported=True, closed_at=now)
    goes_on = any(thing.state is State.NEW for thing in things_of(after))
    told = ticket.acked and ticket.closed_at is None and not goes_on
    kind = "closing" if ticket.care_until else "cancelled"  # what is verified is not undone
    by = REQUESTER if data.get("by") == ticket.requester else STAFF
    after = replace(end_care(after), stopped_by=by)
    return (say(after, kind, effects) if told else after), effects


def _on_clock(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    return ticket, []


HANDLERS: Final = {
    "message": _on_message,
    "found": _on_found,
    "checked": _on_checked,
    "passed": _on_passed,
    "imported": _on_imported,
    "switched": _on_switched,
    "looked": on_looked,
    "approved": _on_approved,
    "retry": _on_retry,
    "cancelled": _on_cancelled,
    "started": _on_started,
    "paused": on_paused,
    "resumed": on_resumed,
    "ordered": on_ordered,
    "note": _on_clock,  # kept in the log for people; changes nothing
    "clock": _on_clock,
}


def say(ticket: Ticket, kind: str, effects: list[Effect], *, answers: bool = True) -> Ticket:
    revision = ticket.revision + 1
    effects.append(QueueReply(kind=kind, revision=revision, answers=answers))
    return replace(ticket, revision=revision)


def _with_row(ticket: Ticket, row_id: int, change: Callable[[Row], Row]) -> Ticket:
    return replace(ticket, rows=tuple(change(row) if row.id == row_id else row for row in ticket.rows))


def _retry(code: str) -> Retry:
    kind = BotError.by_code.get(code)
    return Retry.STAFF if kind is None else kind.retry

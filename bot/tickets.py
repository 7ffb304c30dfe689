"""The state table and `decide`: what a ticket does next, as a pure function of what happened.

A ticket is rows (accounts) and files (contacts, calendars). Every way a row can move is in ROW_MOVES, every way a file
can move is in FILE_MOVES; nothing else assigns a state. The ticket's own state follows from theirs.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from bot.errors import BotError, Retry, SourceUnreachable, Stopped


class State(StrEnum):
    """Where one row or file stands."""

    NEW = "new"
    HELD = "held"  # waits for `mailferry approve`
    ASKING = "asking"  # waits for the requester
    CHECKING = "checking"  # logins are being tried (rows only)
    READY = "ready"
    FIRST_PASS = "first-pass"  # noqa: S105 - a state's name
    COPIED = "copied"  # waits for the switch
    SECOND_PASS = "second-pass"  # noqa: S105 - a state's name
    IMPORTING = "importing"  # files only
    DONE = "done"
    FAILED = "failed"  # waits for staff
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What can happen to one row or file."""

    HOLD = "hold"
    ASK = "ask"
    CHECK = "check"
    ACCEPT = "accept"
    START = "start"
    FINISH = "finish"
    SWITCH = "switch"
    REPEAT = "repeat"  # staff wants one more pass of what is done
    FAIL = "fail"
    PARK = "park"  # a pass stopped between two batches, because staff paused the ticket
    CANCEL = "cancel"


# NEW is not among them: what nobody has looked at yet came after the order to cancel.
_OPEN = (State.HELD, State.ASKING, State.READY, State.FAILED)
_OPEN_ROW = (*_OPEN, State.CHECKING, State.FIRST_PASS, State.COPIED, State.SECOND_PASS)
ROW_MOVES: Final[Mapping[tuple[State, Move], State]] = {
    (State.NEW, Move.HOLD): State.HELD,
    (State.NEW, Move.ASK): State.ASKING,
    (State.NEW, Move.CHECK): State.CHECKING,
    (State.HELD, Move.ASK): State.ASKING,
    (State.HELD, Move.CHECK): State.CHECKING,
    (State.ASKING, Move.HOLD): State.HELD,
    (State.ASKING, Move.ASK): State.ASKING,
    (State.ASKING, Move.CHECK): State.CHECKING,
    (State.FAILED, Move.CHECK): State.CHECKING,
    (State.FAILED, Move.ASK): State.ASKING,
    (State.FAILED, Move.HOLD): State.HELD,
    (State.CHECKING, Move.CHECK): State.CHECKING,  # corrected while it was being checked: once more
    (State.CHECKING, Move.HOLD): State.HELD,
    (State.CHECKING, Move.ACCEPT): State.READY,
    (State.CHECKING, Move.ASK): State.ASKING,
    (State.CHECKING, Move.FAIL): State.FAILED,
    (State.READY, Move.START): State.FIRST_PASS,
    (State.FIRST_PASS, Move.FINISH): State.COPIED,
    (State.FIRST_PASS, Move.ASK): State.ASKING,
    (State.FIRST_PASS, Move.FAIL): State.FAILED,
    (State.FIRST_PASS, Move.PARK): State.READY,
    (State.SECOND_PASS, Move.PARK): State.COPIED,
    (State.COPIED, Move.SWITCH): State.SECOND_PASS,
    (State.SECOND_PASS, Move.FINISH): State.DONE,
    (State.SECOND_PASS, Move.ASK): State.ASKING,
    (State.SECOND_PASS, Move.FAIL): State.FAILED,
    (State.DONE, Move.REPEAT): State.COPIED,  # staff may always run one more delta pass
    **{(state, Move.CANCEL): State.CANCELLED for state in _OPEN_ROW},
}
FILE_MOVES: Final[Mapping[tuple[State, Move], State]] = {
    (State.NEW, Move.HOLD): State.HELD,
    (State.NEW, Move.ASK): State.ASKING,
    (State.NEW, Move.ACCEPT): State.READY,
    (State.HELD, Move.ACCEPT): State.READY,
    (State.HELD, Move.ASK): State.ASKING,
    (State.ASKING, Move.ASK): State.ASKING,
    (State.ASKING, Move.ACCEPT): State.READY,
    (State.ASKING, Move.HOLD): State.HELD,
    (State.READY, Move.START): State.IMPORTING,
    (State.IMPORTING, Move.FINISH): State.DONE,
    (State.IMPORTING, Move.ASK): State.ASKING,
    (State.IMPORTING, Move.FAIL): State.FAILED,
    (State.FAILED, Move.ACCEPT): State.READY,
    **{(state, Move.CANCEL): State.CANCELLED for state in (*_OPEN, State.IMPORTING)},
}
BUSY: Final = frozenset(
    {State.NEW, State.CHECKING, State.READY, State.FIRST_PASS, State.SECOND_PASS, State.IMPORTING}
)
CHECK_TRIES: Final = 3  # a source that does not answer its check: two more tries, then the requester is asked
CHECK_PAUSE: Final = timedelta(seconds=5)
MOST_TRIES: Final = (
    12  # of anything else a timer may help: with the back-off below about nine hours, then staff
)
UNPROVEN: Final = "sender-unproven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One account to copy. What it holds is safe to show to staff; its password is a blob of its own."""

    id: int
    state: State = State.NEW
    origin: str = "body"
    line: int = 0
    address: str = ""
    login: str = ""  # "" = the address
    host: str = ""
    port: int = 993
    security: str = "tls"
    destination: str = ""  # the account at our servers
    secret_ids: tuple[str, ...] = ()  # blobs of the password candidates, best first; at most two
    held_because: str = ""  # why staff has to approve; "" = may run by itself
    problems: tuple[tuple[str, str], ...] = ()  # (code, field) of what is missing or wrong
    code: str = ""  # the last failure's stable code
    tries: int = 0  # of the present job, since the last success
    serial: int = 0  # of the jobs put for this row: makes their names unique
    found: Mapping[str, Any] | None = None  # AccountCount of the source
    passes: tuple[Mapping[str, Any], ...] = ()  # PassReport of each finished pass


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One attached export to import."""

    id: int
    state: State = State.NEW
    kind: str = "contacts"  # or "calendar"
    name: str = ""
    blob_id: str = ""
    items: int = 0  # cards or calendar objects understood
    target: str = ""  # the account it goes into; "" = not known
    held_because: str = ""
    problems: tuple[tuple[str, str], ...] = ()  # (code, item name)
    code: str = ""
    tries: int = 0
    serial: int = 0
    report: Mapping[str, Any] | None = None  # ImportReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One request for a migration and all that became of it."""

    id: int
    number: str
    requester: str
    created_at: datetime
    rows: tuple[Row, ...] = ()
    files: tuple[File, ...] = ()
    deadline: datetime | None = None  # the acknowledgement goes out at the latest then
    acked: bool = False
    held_told: bool = False
    unproven: bool = False  # nobody proved who asked: waits for staff, and no detail is told
    start_said: str = ""  # a start they asked for: nothing is copied before staff says `start`
    silent: bool = False  # not even that is told: too many such mails, or to this address, today
    paused: bool = False
    switched: bool = False  # the requester or staff said that the MX is ours
    revision: int = 0  # of the replies
    owing: bool = False  # a later message brought rows or files nobody has answered yet
    remarks: tuple[tuple[str, str], ...] = ()  # (code, file) of what could not be read of the newest mail
    told: tuple[tuple[int, str], ...] = ()  # (row id, or minus the file id; code) already asked about
    copied_told: tuple[int, ...] = ()  # rows named in a "copied" reply
    reported: bool = True  # False = a report is due once nothing is busy
    wake_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened: `kind` is one of HANDLERS; `data` is plain JSON without secrets."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutJob:
    """Hand one bounded job to the engine. `ref` is the row's or file's id; `name` never repeats."""

    kind: str  # check, first-pass, second-pass, contacts, calendar
    ref: int
    name: str
    partition: str
    delay: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReply:
    """Say something on the thread, once per (ticket, kind, revision)."""

    kind: str  # held, ack, update, copied, report
    revision: int


Effect = PutJob | QueueReply
Thing = TypeVar("Thing", Row, File)


def decide(ticket: Ticket, event: Event, now: datetime) -> tuple[Ticket, list[Effect]]:
    """Return the ticket after the event, and what has to be done because of it.

    Pure: the same log gives the same ticket. An event that does not fit (a job of a cancelled row, a row that is
    gone) changes nothing; an unknown kind is a bug and raises KeyError.
    """
    after, effects = HANDLERS[event.kind](ticket, event.data, now)
    return _settle(after, now, effects)


def move_row(row: Row, move: Move, **changes: Any) -> Row:
    """Return the row moved by the table, or unchanged where the table has no such move."""
    state = ROW_MOVES.get((row.state, move))
    return row if state is None else replace(row, state=state, **changes)


def move_file(item: File, move: Move, **changes: Any) -> File:
    """Return the file moved by the table, or unchanged where the table has no such move."""
    state = FILE_MOVES.get((item.state, move))
    return item if state is None else replace(item, state=state, **changes)


def next_delay(tries: int) -> timedelta:
    """Return how long to wait before the next try: 15 s, 30 s, 1 min … at most 1 h."""
    return min(timedelta(seconds=15 * 2 ** max(tries - 1, 0)), timedelta(hours=1))


# --- what each event does -------------------------------------------------------------------------------------------


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
        told=_forget(ticket.told, row_ids | {-number for number in file_ids}),
        owing=ticket.owing or (ticket.acked and bool(row_ids or file_ids or data.get("remarks"))),
        remarks=tuple((code, item) for code, item in data.get("remarks", ())),
        unproven=ticket.unproven or unproven,
        start_said=str(data.get("start") or ticket.start_said),
        deadline=_deadline(ticket, data, now),
        closed_at=None,
    )
    return after, effects


def _withheld(thing: Thing, unproven: bool) -> Thing:
    return replace(thing, held_because=thing.held_because or UNPROVEN) if unproven else thing


def _forget(told: tuple[tuple[int, str], ...], touched: Iterable[int]) -> tuple[tuple[int, str], ...]:
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
        return move_row(row, Move.ASK, code="")
    return _put_check(move_row(row, Move.CHECK, code="", tries=0), effects)


def _put_check(row: Row, effects: list[Effect], delay: timedelta = timedelta()) -> Row:
    return _put(row, "check", effects, delay) if row.state is State.CHECKING else row


def _put(row: Row, kind: str, effects: list[Effect], delay: timedelta = timedelta()) -> Row:
    serial = row.serial + 1
    effects.append(
        PutJob(
            kind=kind, ref=row.id, name=f"r{row.id}:{kind}:{serial}", partition=row.host or "-", delay=delay
        )
    )
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
        return _check_failed(row, str(data["code"]), effects)

    return _with_row(ticket, int(data["row"]), after), effects


def _check_failed(row: Row, code: str, effects: list[Effect]) -> Row:
    """Only a silent source is asked about soon, for its name may be wrong; our own servers are our own trouble."""
    retry, tries = _retry(code), row.tries + 1
    silent = code == SourceUnreachable.code
    if retry is Retry.LATER and tries < (CHECK_TRIES if silent else MOST_TRIES):
        delay = CHECK_PAUSE if silent else next_delay(tries)
        return _put_check(replace(row, tries=tries, code=code), effects, delay)
    asks = silent or retry is Retry.AFTER_REPLY
    return move_row(row, Move.ASK if asks else Move.FAIL, code=code, tries=0)


def _on_passed(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    effects: list[Effect] = []
    expected = State.FIRST_PASS if data["kind"] == "first-pass" else State.SECOND_PASS

    def after(row: Row) -> Row:
        if row.state is not expected or not _is_news(row, data):
            return row
        if "code" not in data:
            return move_row(row, Move.FINISH, passes=(*row.passes, data["report"]), code="", tries=0)
        return _pass_failed(row, str(data["kind"]), str(data["code"]), effects)

    return _with_row(ticket, int(data["row"]), after), effects


def _pass_failed(row: Row, kind: str, code: str, effects: list[Effect]) -> Row:
    if code == Stopped.code:
        return move_row(row, Move.PARK)
    retry = _retry(code)
    if retry is Retry.LATER and row.tries + 1 < MOST_TRIES:
        tries = row.tries + 1
        return _put(replace(row, tries=tries, code=code), kind, effects, next_delay(tries))
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
            return _put_import(replace(item, tries=tries, code=code), effects, next_delay(tries))
        asks = retry in (Retry.AFTER_REPLY, Retry.NEVER)  # the file itself: only another one helps
        return move_file(item, Move.ASK if asks else Move.FAIL, code=code, tries=0)

    files = tuple(after(item) if item.id == data["file"] else item for item in ticket.files)
    return replace(ticket, files=files), effects


def _put_import(item: File, effects: list[Effect], delay: timedelta = timedelta()) -> File:
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
    things = _things(ticket)
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
    return replace(ticket, start_said=""), []


def _on_cancelled(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    """Staff ends it; whoever was promised something hears that it is over, once."""
    effects: list[Effect] = []
    rows = tuple(move_row(row, Move.CANCEL) for row in ticket.rows)
    files = tuple(move_file(item, Move.CANCEL) for item in ticket.files)
    after = replace(ticket, rows=rows, files=files, reported=True, closed_at=now)
    goes_on = any(thing.state is State.NEW for thing in _things(after))
    told = ticket.acked and ticket.closed_at is None and not goes_on
    return (_reply(after, "cancelled", effects) if told else after), effects


def _on_paused(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    return replace(ticket, paused=True), []


def _on_resumed(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    return replace(ticket, paused=False), []


def _on_clock(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    return ticket, []


HANDLERS: Final = {
    "message": _on_message,
    "checked": _on_checked,
    "passed": _on_passed,
    "imported": _on_imported,
    "switched": _on_switched,
    "approved": _on_approved,
    "retry": _on_retry,
    "cancelled": _on_cancelled,
    "started": _on_started,
    "paused": _on_paused,
    "resumed": _on_resumed,
    "note": _on_clock,  # kept in the log for people; changes nothing
    "clock": _on_clock,
}


# --- what follows from the rows -------------------------------------------------------------------------------------


def _settle(ticket: Ticket, now: datetime, effects: list[Effect]) -> Outcome:
    """Start what may start, say what is due, and set the next alarm."""
    ticket = _acknowledge(ticket, now, effects)
    if ticket.acked and not (ticket.paused or ticket.start_said) and ticket.closed_at is None:
        ticket = _start(ticket, effects)
    if ticket.acked and ticket.closed_at is None:
        ticket = _tell(_remember(ticket), effects)
    waits = not ticket.acked and ticket.closed_at is None and _waiting_for_ack(ticket)
    return replace(_close(ticket, now), wake_at=ticket.deadline if waits else None), effects


def _waiting_for_ack(ticket: Ticket) -> bool:
    return any(row.state in (State.NEW, State.CHECKING) for row in ticket.rows)


def _is_held(ticket: Ticket) -> bool:
    """Say whether staff alone decides what happens, so that nobody else is told anything."""
    states = {thing.state for thing in _things(ticket)}
    return ticket.unproven or (State.HELD in states and states <= {State.HELD, State.CANCELLED})


def _acknowledge(ticket: Ticket, now: datetime, effects: list[Effect]) -> Ticket:
    if ticket.acked or ticket.closed_at is not None:
        return ticket
    if _is_held(ticket):
        if ticket.held_told or ticket.silent:
            return ticket
        return replace(_reply(ticket, "held", effects), held_told=True)
    if _waiting_for_ack(ticket) and (ticket.deadline is None or now < ticket.deadline):
        return ticket
    return replace(_reply(ticket, "ack", effects), acked=True, told=_asked(ticket))


def _asked(ticket: Ticket) -> tuple[tuple[int, str], ...]:
    """What the requester has to be told about: rows and files that wait for them or for staff."""
    waiting = (State.ASKING, State.FAILED)
    rows = [(row.id, row.code) for row in ticket.rows if row.state in waiting]
    return (*rows, *((-item.id, item.code) for item in ticket.files if item.state in waiting))


def _remember(ticket: Ticket) -> Ticket:
    """Forget what was told of rows and files that have got through since: should it happen again, it is news."""
    through = (State.COPIED, State.DONE)
    rows = {row.id for row in ticket.rows if row.state in through}
    files = {-item.id for item in ticket.files if item.state in through}
    return replace(ticket, told=_forget(ticket.told, rows | files))


def _start(ticket: Ticket, effects: list[Effect]) -> Ticket:
    """Start passes and imports; a second pass, or a file beside finished rows, has to be reported."""
    rows = tuple(_next_pass(row, ticket.switched, effects) for row in ticket.rows)
    files = tuple(
        _put_import(move_file(item, Move.START), effects) if item.state is State.READY else item
        for item in ticket.files
    )
    second = any(
        now.state is State.SECOND_PASS is not before.state
        for now, before in zip(rows, ticket.rows, strict=True)
    )
    late_file = files != ticket.files and all(row.state in (State.DONE, State.CANCELLED) for row in rows)
    reported = ticket.reported and not (second or late_file)
    return replace(ticket, rows=rows, files=files, reported=reported)


def _next_pass(row: Row, switched: bool, effects: list[Effect]) -> Row:
    if row.state is State.READY:
        return _put(move_row(row, Move.START), "first-pass", effects)
    if row.state is State.COPIED and switched:
        return _put(move_row(row, Move.SWITCH), "second-pass", effects)
    return row


def _tell(ticket: Ticket, effects: list[Effect]) -> Ticket:
    """Say what is due; a report or news of the first copy names what is wrong too, so it needs no second mail."""
    asked, summary = _asked(ticket), _summary_due(ticket)
    checking = any(row.state in (State.NEW, State.CHECKING) for row in ticket.rows)
    news = not summary and bool(set(asked) - set(ticket.told))
    if not checking and (ticket.owing or news):
        ticket = replace(_reply(ticket, "update", effects), owing=False)
    if summary:
        ticket = _reply(ticket, summary, effects)
    if summary == "report":
        ticket = replace(ticket, reported=True)
    if summary == "copied":
        ticket = replace(ticket, copied_told=_copied(ticket))
    return ticket if checking else replace(ticket, told=tuple(sorted({*ticket.told, *asked})))


def _copied(ticket: Ticket) -> tuple[int, ...]:
    return tuple(row.id for row in ticket.rows if row.state is State.COPIED)


def _summary_due(ticket: Ticket) -> str:
    """Which of the two summaries is due: they wait until nothing is under way, and while staff has paused."""
    if ticket.paused or any(thing.state in BUSY for thing in _things(ticket)):
        return ""
    if not ticket.reported:
        return "report"
    return "copied" if set(_copied(ticket)) - set(ticket.copied_told) else ""


def _reply(ticket: Ticket, kind: str, effects: list[Effect]) -> Ticket:
    revision = ticket.revision + 1
    effects.append(QueueReply(kind=kind, revision=revision))
    return replace(ticket, revision=revision)


def _close(ticket: Ticket, now: datetime) -> Ticket:
    things = _things(ticket)
    over = bool(things) and all(thing.state in (State.DONE, State.CANCELLED) for thing in things)
    if over and ticket.reported and ticket.closed_at is None:
        return replace(ticket, closed_at=now)
    return ticket


def _with_row(ticket: Ticket, row_id: int, change: Callable[[Row], Row]) -> Ticket:
    return replace(ticket, rows=tuple(change(row) if row.id == row_id else row for row in ticket.rows))


def _things(ticket: Ticket) -> tuple[Row | File, ...]:
    return (*ticket.rows, *ticket.files)


def _retry(code: str) -> Retry:
    kind = BotError.by_code.get(code)
    return Retry.STAFF if kind is None else kind.retry


def state_of(ticket: Ticket) -> str:
    """Return the ticket's state in one word, for people: it follows from its rows and files."""
    states = {thing.state for thing in _things(ticket)}
    if ticket.closed_at is not None:
        return "cancelled" if states <= {State.CANCELLED} else "done"
    if ticket.paused:
        return "paused"
    order = (
        (State.SECOND_PASS, "second-pass"),
        (State.FIRST_PASS, "first-pass"),
        (State.IMPORTING, "importing"),
        (State.CHECKING, "checking"),
        (State.NEW, "checking"),
        (State.READY, "awaiting-start" if ticket.start_said else "ready"),
        (State.HELD, "held"),
        (State.FAILED, "failed"),
        (State.COPIED, "awaiting-switch"),
        (State.ASKING, "asking"),
    )
    return next((word for state, word in order if state in states), "held" if ticket.unproven else "asking")


def next_actor(ticket: Ticket) -> str:
    """Return who has to move next: requester, staff, us or nobody."""
    state = state_of(ticket)
    if state in ("held", "failed", "paused", "awaiting-start"):
        return "staff"
    if state in ("awaiting-switch", "asking"):
        return "requester"
    return "nobody" if state in ("done", "cancelled") else "us"

"""The state table and `decide`: what a ticket does next, as a pure function of what happened.

A ticket is rows (accounts) and files (contacts, calendars). Every way a row can move is in ROW_MOVES, every way a file
can move is in FILE_MOVES; nothing else assigns a state. The ticket's own state follows from theirs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from bot.errors import BotError, Retry, Stopped


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
    FAIL = "fail"
    PARK = "park"  # a pass stopped between two batches, because staff paused the ticket
    CANCEL = "cancel"


_OPEN = (State.NEW, State.HELD, State.ASKING, State.CHECKING, State.READY, State.COPIED, State.FAILED)
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
    (State.FAILED, Move.HOLD): State.HELD,
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
    (State.DONE, Move.SWITCH): State.SECOND_PASS,  # staff may always run one more delta pass
    **{(state, Move.CANCEL): State.CANCELLED for state in (*_OPEN, State.FIRST_PASS, State.SECOND_PASS)},
}
FILE_MOVES: Final[Mapping[tuple[State, Move], State]] = {
    (State.NEW, Move.HOLD): State.HELD,
    (State.NEW, Move.ASK): State.ASKING,
    (State.NEW, Move.ACCEPT): State.READY,
    (State.HELD, Move.ACCEPT): State.READY,
    (State.HELD, Move.ASK): State.ASKING,
    (State.ASKING, Move.ACCEPT): State.READY,
    (State.ASKING, Move.HOLD): State.HELD,
    (State.READY, Move.START): State.IMPORTING,
    (State.IMPORTING, Move.FINISH): State.DONE,
    (State.IMPORTING, Move.FAIL): State.FAILED,
    (State.FAILED, Move.ACCEPT): State.READY,
    **{(state, Move.CANCEL): State.CANCELLED for state in (*_OPEN, State.IMPORTING)},
}
BUSY: Final = frozenset(
    {State.NEW, State.CHECKING, State.READY, State.FIRST_PASS, State.SECOND_PASS, State.IMPORTING}
)
CHECK_TRIES: Final = 3  # a server that does not answer: two more tries, then the requester is asked
PASS_TRIES: Final = 12  # with the back-off below about nine hours, then staff


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
    silent: bool = False  # not even that is told: too many such mails, or to this address, today
    paused: bool = False
    switched: bool = False  # the requester or staff said that the MX is ours
    revision: int = 0  # of the replies
    owing: bool = False  # a later message brought rows or files nobody has answered yet
    remarks: tuple[tuple[str, str], ...] = ()  # (code, file) of what could not be read of the newest mail
    told: tuple[tuple[int, str], ...] = ()  # (row id, code) already asked about
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
    """New or amended rows and files are in the tables as NEW or HELD/ASKING with fresh facts: sort them."""
    effects: list[Effect] = []
    touched = set(data.get("rows", ()))
    rows = tuple(_admit_row(row, effects) if row.id in touched else row for row in ticket.rows)
    files = tuple(
        _admit_file(item) if item.id in set(data.get("files", ())) else item for item in ticket.files
    )
    told = tuple(pair for pair in ticket.told if pair[0] not in touched)
    after = replace(
        ticket,
        rows=rows,
        files=files,
        told=told,
        owing=ticket.acked and bool(touched or data.get("files") or data.get("remarks")),
        remarks=tuple((code, item) for code, item in data.get("remarks", ())),
        unproven=ticket.unproven or data.get("proof", "proven") != "proven",
        deadline=ticket.deadline or now + timedelta(seconds=data.get("deadline_s", 45)),
        closed_at=None,
    )
    return after, effects


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
        return move_file(item, Move.ASK)
    return move_file(item, Move.ACCEPT, code="")


def _on_checked(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    effects: list[Effect] = []

    def after(row: Row) -> Row:
        if row.state is not State.CHECKING:
            return row
        if "code" not in data:
            opened_by = (data["secret"],) if "secret" in data else row.secret_ids
            return move_row(row, Move.ACCEPT, found=data["found"], secret_ids=opened_by, code="", tries=0)
        return _check_failed(row, str(data["code"]), effects)

    return _with_row(ticket, int(data["row"]), after), effects


def _check_failed(row: Row, code: str, effects: list[Effect]) -> Row:
    retry = _retry(code)
    if retry is Retry.LATER and row.tries + 1 < CHECK_TRIES:
        return _put_check(replace(row, tries=row.tries + 1, code=code), effects, timedelta(seconds=5))
    return move_row(row, Move.FAIL if retry is Retry.STAFF else Move.ASK, code=code, tries=0)


def _on_passed(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    effects: list[Effect] = []
    expected = State.FIRST_PASS if data["kind"] == "first-pass" else State.SECOND_PASS

    def after(row: Row) -> Row:
        if row.state is not expected:
            return row
        if "code" not in data:
            return move_row(row, Move.FINISH, passes=(*row.passes, data["report"]), code="", tries=0)
        return _pass_failed(row, str(data["kind"]), str(data["code"]), effects)

    return _with_row(ticket, int(data["row"]), after), effects


def _pass_failed(row: Row, kind: str, code: str, effects: list[Effect]) -> Row:
    if code == Stopped.code:
        return move_row(row, Move.PARK)
    retry = _retry(code)
    if retry is Retry.LATER and row.tries + 1 < PASS_TRIES:
        tries = row.tries + 1
        return _put(replace(row, tries=tries, code=code), kind, effects, next_delay(tries))
    return move_row(row, Move.ASK if retry is Retry.AFTER_REPLY else Move.FAIL, code=code, tries=0)


def _on_imported(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    effects: list[Effect] = []

    def after(item: File) -> File:
        if item.state is not State.IMPORTING:
            return item
        if "code" not in data:
            return move_file(item, Move.FINISH, report=data["report"], code="", tries=0)
        code = str(data["code"])
        if _retry(code) is Retry.LATER and item.tries + 1 < PASS_TRIES:
            tries = item.tries + 1
            return _put_import(replace(item, tries=tries, code=code), effects, next_delay(tries))
        return move_file(item, Move.FAIL, code=code, tries=0)

    files = tuple(after(item) if item.id == data["file"] else item for item in ticket.files)
    return replace(ticket, files=files), effects


def _put_import(item: File, effects: list[Effect], delay: timedelta = timedelta()) -> File:
    serial = item.serial + 1
    name = f"f{item.id}:{item.kind}:{serial}"
    effects.append(PutJob(kind=item.kind, ref=item.id, name=name, partition="dav", delay=delay))
    return replace(item, serial=serial)


def _on_switched(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    """The MX is ours: from now on a row that is copied gets its second pass at once; staff may repeat it."""
    again = bool(data.get("again"))
    effects: list[Effect] = []
    rows = tuple(
        _put(move_row(row, Move.SWITCH), "second-pass", effects)
        if row.state is State.COPIED or (again and row.state is State.DONE)
        else row
        for row in ticket.rows
    )
    if not effects and not any(row.state in BUSY for row in ticket.rows):
        return ticket, []
    return replace(ticket, rows=rows, switched=True, reported=False, closed_at=None), effects


def _on_approved(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:
    """Staff says yes: what is held goes on as if it had been proven."""
    effects: list[Effect] = []
    rows = tuple(
        _admit_row(replace(row, held_because=""), effects) if row.state is State.HELD else row
        for row in ticket.rows
    )
    files = tuple(
        _admit_file(replace(item, held_because="")) if item.state is State.HELD else item
        for item in ticket.files
    )
    deadline = now + timedelta(seconds=data.get("deadline_s", 45))
    return replace(
        ticket, rows=rows, files=files, unproven=False, silent=False, acked=False, deadline=deadline
    ), effects


def _on_retry(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    """Staff mended something: what failed is tried again from its check."""
    effects: list[Effect] = []
    rows = tuple(
        _put_check(move_row(row, Move.CHECK, code="", tries=0), effects)
        if row.state is State.FAILED or (row.state is State.ASKING and not row.problems)
        else row
        for row in ticket.rows
    )
    files = tuple(
        move_file(item, Move.ACCEPT, code="", tries=0) if item.state is State.FAILED else item
        for item in ticket.files
    )
    touched = {row.id for row in rows if row.state is State.CHECKING}
    told = tuple(pair for pair in ticket.told if pair[0] not in touched)
    return replace(ticket, rows=rows, files=files, told=told, closed_at=None), effects


def _on_cancelled(ticket: Ticket, data: Mapping[str, Any], now: datetime) -> Outcome:  # noqa: ARG001
    rows = tuple(move_row(row, Move.CANCEL) for row in ticket.rows)
    files = tuple(move_file(item, Move.CANCEL) for item in ticket.files)
    return replace(ticket, rows=rows, files=files, reported=True, closed_at=now), []


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
    "paused": _on_paused,
    "resumed": _on_resumed,
    "note": _on_clock,  # kept in the log for people; changes nothing
    "clock": _on_clock,
}


# --- what follows from the rows -------------------------------------------------------------------------------------


def _settle(ticket: Ticket, now: datetime, effects: list[Effect]) -> Outcome:
    """Start what may start, say what is due, and set the next alarm."""
    ticket = _acknowledge(ticket, now, effects)
    if ticket.acked and not ticket.paused:
        ticket = _start(ticket, effects)
    if ticket.acked and not ticket.silent and ticket.closed_at is None:
        ticket = _tell(ticket, effects)
    wake = None if ticket.acked or not _waiting_for_ack(ticket) else ticket.deadline
    return replace(_close(ticket, now), wake_at=wake), effects


def _waiting_for_ack(ticket: Ticket) -> bool:
    return any(row.state is State.CHECKING for row in ticket.rows)


def _acknowledge(ticket: Ticket, now: datetime, effects: list[Effect]) -> Ticket:
    if ticket.acked or ticket.closed_at is not None:
        return ticket
    things = _things(ticket)
    waits = ticket.unproven or bool(things)
    if waits and all(thing.state in (State.HELD, State.CANCELLED) for thing in things):
        if ticket.held_told or ticket.silent:
            return ticket
        return replace(_reply(ticket, "held", effects), held_told=True)
    if _waiting_for_ack(ticket) and (ticket.deadline is None or now < ticket.deadline):
        return ticket
    return replace(_reply(ticket, "ack", effects), acked=True, told=_asked(ticket))


def _asked(ticket: Ticket) -> tuple[tuple[int, str], ...]:
    """What the requester has been told about by now: rows that wait for them or for staff."""
    return tuple((row.id, row.code) for row in ticket.rows if row.state in (State.ASKING, State.FAILED))


def _start(ticket: Ticket, effects: list[Effect]) -> Ticket:
    rows = tuple(_next_pass(row, ticket.switched, effects) for row in ticket.rows)
    held = {row.destination for row in rows if row.state in (State.HELD, State.CANCELLED)}
    files = tuple(
        _put_import(move_file(item, Move.START), effects)
        if item.state is State.READY and item.target not in held
        else item
        for item in ticket.files
    )
    began = any(item.state is State.IMPORTING for item in files)
    return replace(
        ticket, rows=rows, files=files, reported=ticket.reported and not (began and not ticket.rows)
    )


def _next_pass(row: Row, switched: bool, effects: list[Effect]) -> Row:
    if row.state is State.READY:
        return _put(move_row(row, Move.START), "first-pass", effects)
    if row.state is State.COPIED and switched:
        return _put(move_row(row, Move.SWITCH), "second-pass", effects)
    return row


def _tell(ticket: Ticket, effects: list[Effect]) -> Ticket:
    busy = any(thing.state in BUSY for thing in _things(ticket))
    checking = any(row.state in (State.NEW, State.CHECKING) for row in ticket.rows)
    if not checking and (ticket.owing or set(_asked(ticket)) - set(ticket.told)):
        told = tuple(sorted({*ticket.told, *_asked(ticket)}))
        ticket = replace(_reply(ticket, "update", effects), told=told, owing=False)
    if busy:
        return ticket
    if not ticket.reported:
        return replace(_reply(ticket, "report", effects), reported=True)
    copied = tuple(row.id for row in ticket.rows if row.state is State.COPIED)
    if set(copied) - set(ticket.copied_told):
        return replace(_reply(ticket, "copied", effects), copied_told=copied)
    return ticket


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
        (State.READY, "ready"),
        (State.HELD, "held"),
        (State.FAILED, "failed"),
        (State.COPIED, "awaiting-switch"),
        (State.ASKING, "asking"),
    )
    return next((word for state, word in order if state in states), "held" if ticket.unproven else "asking")


def next_actor(ticket: Ticket) -> str:
    """Return who has to move next: requester, staff, us or nobody."""
    state = state_of(ticket)
    if state in ("held", "failed", "paused"):
        return "staff"
    if state in ("awaiting-switch", "asking"):
        return "requester"
    return "nobody" if state in ("done", "cancelled") else "us"

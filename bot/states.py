"""A ticket as a value: its rows and files, where each can stand, and every way it may move.

Nothing but `move_row` and `move_file` assigns a state, and they only know ROW_MOVES and FILE_MOVES.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar


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
    LATE_PASS = "late-pass"  # noqa: S105 - verified; the old account is looked at for late mail
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
    LOOK = "look"  # after the report: has anything arrived late?
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
    (State.DONE, Move.LOOK): State.LATE_PASS,
    (State.LATE_PASS, Move.FINISH): State.DONE,
    (State.LATE_PASS, Move.FAIL): State.DONE,  # the old account may be closed by now: that is no failure
    (State.LATE_PASS, Move.PARK): State.DONE,
    (State.LATE_PASS, Move.CANCEL): State.DONE,  # what is verified stays so
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
    | {State.LATE_PASS}
)


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
    server_by: str = ""  # how we found the server (bot.providers.How); "" = the requester named it
    proposals: tuple[str, ...] = ()  # servers that may be the right one: asked about, never tried
    destination: str = ""  # the account at our servers
    secret_ids: tuple[str, ...] = ()  # blobs of the password candidates, best first; at most two
    held_because: str = ""  # why staff has to approve; "" = may run by itself
    problems: tuple[tuple[str, str], ...] = ()  # (code, field) of what is missing or wrong
    code: str = ""  # the last failure's stable code
    tries: int = 0  # of the present job, since the last success
    serial: int = 0  # of the jobs put for this row: makes their names unique
    found: Mapping[str, Any] | None = (
        None  # AccountCount of the source; room_bytes = what the new account holds, None = not told
    )
    passes: tuple[Mapping[str, Any], ...] = ()  # PassReport of each finished pass
    late: int = 0  # messages that arrived at the old server after the report and were copied
    gone: bool = False  # the old account no longer opens: nobody looks at it any more
    complete_at: str = (
        ""  # when the mail came that made it complete, an instant; the notice of a start counts from it
    )


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
    proposal: str = ""  # the account it may be for: asked about, never acted on
    held_because: str = ""
    problems: tuple[tuple[str, str], ...] = ()  # (code, item name)
    code: str = ""
    tries: int = 0
    serial: int = 0
    report: Mapping[str, Any] | None = None  # ImportReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Where the mail of one domain of the rows is delivered to, as last seen (bot.switch, bot.zone)."""

    name: str
    delivery: str = ""  # bot.switch.Delivery; "" = nobody has looked yet
    ttl_s: int = 0  # how long others may believe the MX that was there before ours; the longest seen
    since: str = ""  # when ours was seen first, without a break since; "" = it is not ours
    mixed_since: str = ""  # likewise: ours beside others
    left: tuple[str, ...] = ()  # MX names that are not ours
    resolvers: tuple[int, int] = (0, 0)  # how many public resolvers tell ours, of how many
    advice: tuple[tuple[str, ...], ...] = ()  # of bot.zone.Advice: kind, name, value, now, do, why
    told: tuple[str, ...] = ()  # what of this has been said: "seen", "mixed", and reminders by their hours


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
    start_said: str = (
        ""  # a start they asked for: nothing is copied before it has come, or staff says `start`
    )
    start_at: datetime | None = None  # what it means, UTC; None = that has to be asked
    start_problem: str = ""  # why it cannot be kept: ambiguous, vague, past, too-soon, gap; "" = it can
    start_choices: tuple[str, ...] = ()  # instants to offer instead
    start_zone: str = ""  # the zone they named beside it, or write from; "" = the service zone
    start_since: str = (
        ""  # the notice of a start moved forward counts from this instant; "" = from the rows' completion
    )
    late: tuple[int, ...] = ()  # rows that became complete too late for the start: they wait for another one
    silent: bool = False  # not even that is told: too many such mails, or to this address, today
    paused: bool = False
    paused_by: str = ""  # "requester" or "staff": only staff takes back what staff ordered
    stopped_by: str = ""  # who cancelled: "requester" or "staff"
    included: tuple[
        str, ...
    ] = ()  # roles the requester wants copied though [destination] skip_roles names them
    switched: bool = False  # the requester or staff said that the MX is ours
    domains: tuple[Domain, ...] = ()  # of the rows' destinations, as last looked at
    copied_at: str = ""  # when the first "copied" reply was decided, an instant; reminders count from it
    terms: Mapping[str, Any] = field(default_factory=dict)  # what bot.toml said when the newest mail came
    revision: int = 0  # of the replies
    stale: int = 0  # mails in a row that brought nothing new
    owing: bool = False  # a later message brought rows or files nobody has answered yet
    remarks: tuple[tuple[str, str], ...] = ()  # (code, file) of what could not be read of the newest mail
    language: str = ""  # the requester's, as far as their words told it (parsers.language); "" = not known
    layouts: tuple[
        tuple[str, tuple[str, ...]], ...
    ] = ()  # (file, delimiter and header) of the tables that came
    told: tuple[tuple[int, str], ...] = ()  # (row id, or minus the file id; code) already asked about
    copied_told: tuple[int, ...] = ()  # rows named in a "copied" reply
    reported: bool = True  # False = a report is due once nothing is busy
    care_until: str = (
        ""  # an instant: until then late mail is looked for once a day; "" = the report is not out yet
    )
    care_next: str = ""  # when the next look is due, an instant
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

    kind: str  # find, check, first-pass, second-pass, contacts, calendar
    ref: int
    name: str
    partition: str
    delay: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReply:
    """Say something on the thread, once per (ticket, kind, revision)."""

    kind: str  # held, ack, update, copied, report, cancelled
    revision: int
    answers: bool = True  # somebody has just written; False = news, which waits in quiet hours


Effect = PutJob | QueueReply


Thing = TypeVar("Thing", Row, File)


def move_row(row: Row, move: Move, **changes: Any) -> Row:
    """Return the row moved by the table, or unchanged where the table has no such move."""
    state = ROW_MOVES.get((row.state, move))
    return row if state is None else replace(row, state=state, **changes)


def move_file(item: File, move: Move, **changes: Any) -> File:
    """Return the file moved by the table, or unchanged where the table has no such move."""
    state = FILE_MOVES.get((item.state, move))
    return item if state is None else replace(item, state=state, **changes)


def is_serverless(row: Row) -> bool:
    """Say whether nothing but the server is missing: it is looked for before anybody is asked."""
    return not row.host and {code for code, _ in row.problems} == {"host-missing"}


def things_of(ticket: Ticket) -> tuple[Row | File, ...]:
    return (*ticket.rows, *ticket.files)


def state_of(ticket: Ticket) -> str:
    """Return the ticket's state in one word, for people: it follows from its rows and files."""
    states = {thing.state for thing in things_of(ticket)}
    if ticket.closed_at is not None:
        return "cancelled" if states <= {State.CANCELLED} else "done"
    if ticket.paused:
        return "paused"
    if ticket.care_until and states <= {State.DONE, State.CANCELLED, State.LATE_PASS}:
        return "after-care"
    order = (
        (State.SECOND_PASS, "second-pass"),
        (State.FIRST_PASS, "first-pass"),
        (State.IMPORTING, "importing"),
        (State.CHECKING, "checking"),
        (State.NEW, "checking"),
        (State.READY, "awaiting-start" if ticket.start_said or ticket.late else "ready"),
        (State.HELD, "held"),
        (State.FAILED, "failed"),
        (State.COPIED, "awaiting-switch"),
        (State.ASKING, "asking"),
    )
    return next((word for state, word in order if state in states), "held" if ticket.unproven else "asking")


def next_actor(ticket: Ticket) -> str:
    """Return who has to move next: requester, staff, us or nobody."""
    state = state_of(ticket)
    if state == "awaiting-start" and (ticket.start_at or ticket.start_problem or ticket.late):
        return "us" if ticket.start_at and not ticket.start_problem else "requester"
    if state in ("held", "failed", "paused", "awaiting-start"):
        return "staff"
    if state in ("awaiting-switch", "asking"):
        return "requester"
    return "nobody" if state in ("done", "cancelled") else "us"

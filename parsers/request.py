"""What one mail asks for: all parsers put together, each in its own killable child."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any, Final

from parsers.amends import amend_rows
from parsers.desk import Desk, quoted_tags
from parsers.kind import Kind, human_kind, machine_kind, meant_rows
from parsers.language import tell_language
from parsers.letter import Counted, Letter, count_cards, count_objects, own_lines, read_letter
from parsers.message import Attachment, Inbound
from parsers.origin import Via
from parsers.result import Parsed, ParsedTable, Problem, StatedRow
from parsers.sandbox import SandboxKilled, parse_safely
from parsers.sharing import share_host
from parsers.starting import (
    find_chosen,
    find_doubtful,
    find_open,
    find_row_starts,
    find_start,
    points_at_table,
    wanted_in_rows,
    with_choices,
    written_at,
)
from parsers.stated import Stated
from parsers.subject import tags_of
from parsers.table import parse_table
from parsers.unread import look_again
from parsers.whenstart import Start

PATIENCE_SECONDS: Final = (
    20.0  # for all attachments of one mail: others wait behind it for their acknowledgement
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """A .vcf or .ics that came along: how much is in it, and its bytes for the import."""

    file: str
    count: int  # cards, or calendar objects
    data: bytes = field(repr=False)
    problems: tuple[Problem, ...] = ()
    folders: tuple[str, ...] = ()  # the archive it came in and the folders there, outermost first
    owners: tuple[str, ...] = ()  # addresses its calendars are called by
    organizer: str = ""  # whom most of its meetings are organised by


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything a mail says, as far as it could be understood; nothing is decided yet."""

    kind: Kind
    requester: (
        str | None
    )  # None = not exactly one can be told; what staff passed on counts as far as staff is proven
    via: Via
    subject: str
    ticket_tags: tuple[str, ...] = ()  # every bracket tag of the subject, ours too, verbatim
    rows: tuple[StatedRow, ...] = ()
    start_said: str | None = None
    start: Start | None = None  # what that means; None = no start was named
    row_starts: Mapping[str, Start] = field(
        default_factory=dict
    )  # by what a row says of it, where rows of a table want different ones and all are clear
    wishes: frozenset[str] = frozenset()
    contacts: tuple[ImportFile, ...] = ()
    calendars: tuple[ImportFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    language: str | None = None  # of whoever asks, by their words, else as declared; None = not certain
    layouts: tuple[
        tuple[str, tuple[str, ...]], ...
    ] = ()  # file name, and how its table looks: ParsedTable.layout
    inbound: Inbound = field(default_factory=Inbound, repr=False)
    thread: Inbound | None = field(
        default=None, repr=False
    )  # the attached mail our answer belongs to; None = inbound


def read_request(
    raw: bytes,
    desk: Desk,
    *,
    safely: Callable[..., Any] = parse_safely,
    now: datetime | None = None,
    received: datetime | None = None,
) -> Request:
    """Return what the mail asks for. Machine mail is classified and its text is left alone.

    `now` (aware) is when the mail was written, for "tomorrow" and what is past; None = its Date, as far as that is within
    an hour of `received`, the clock of our own servers.

    An attachment that kills its parser becomes the problem "unreadable" of that file; so does every one left when those
    before it took longer than PATIENCE_SECONDS.

    Raises:
        SandboxKilled: the message itself did; set the mail aside and show it to staff.
    """
    letter: Letter = safely(read_letter, raw, desk)
    message, stated, inbound = letter.message, letter.stated, letter.message.value
    kind = machine_kind(letter, desk)
    if kind is not None:
        return _request(kind, letter, problems=message.problems)
    safely = _within(safely, PATIENCE_SECONDS)
    tables = [_safe(safely, parse_table, file) for file in _of_kind(inbound, "table")]
    contacts = tuple(_import_file(safely, count_cards, file) for file in _of_kind(inbound, "cards"))
    calendars = tuple(_import_file(safely, count_objects, file) for file in _of_kind(inbound, "calendar"))
    lines = own_lines(letter)
    amended = amend_rows([row for table in tables for row in table.value], lines)
    rows = share_host(_without(stated.value, amended.hosts), list(amended.rows), amended.hosts)
    rows = look_again(meant_rows(rows, letter, desk), lines)
    request = _request(
        "none",
        letter,
        rows=rows,
        start_said=stated.value.start_said,
        wishes=stated.value.wishes,
        contacts=contacts,
        calendars=calendars,
        problems=(
            *message.problems,
            *stated.problems,
            *(p for table in tables for p in table.problems),
            *amended.problems,
        ),
        layouts=tuple(_layouts(_of_kind(inbound, "table"), tables)),
    )
    cards = sum(file.count for file in contacts)  # a single one may be the writer's own, sent with everything
    has_data = bool(rows or calendars or cards > 1 or any(file.problems for file in contacts))
    kind = human_kind(letter, desk, has_data=has_data, problems=request.problems)
    request = replace(request, kind=kind)
    written = now or written_at(inbound.date, received)
    return _with_start(request, stated.value, written, desk.zone, safely)


def _with_start(
    request: Request, stated: Stated, now: datetime | None, zone: str, safely: Callable[..., Any]
) -> Request:
    if request.kind == "none":
        return replace(request, start_said=None)
    in_rows = wanted_in_rows((row.start_said for row in request.rows), now)
    said, *phrases = [
        None if in_rows and points_at_table(one or "") else one
        for one in (request.start_said, *stated.start_phrases)
    ]
    named = (said or "; ".join(in_rows) or None, *filter(None, phrases))
    own = find_row_starts(in_rows, now, zone, safely) if named == ("; ".join(in_rows),) else {}
    alone = stated.lone_start if request.kind == "follow-up" and not any(named) else None
    start = find_start((*named, alone), now, zone, safely)
    if start is None:
        start = find_doubtful(stated.doubtful_starts, now, zone, safely)
    if start is None:
        start = find_open(stated.open_starts, now, zone, safely)
    if request.kind == "follow-up" and not any(named[:1]):
        start = find_chosen(start, stated.offered, stated.answer, now, safely)
    start = with_choices(start, own.values())
    return replace(request, start_said=start.said if start else None, start=start, row_starts=own)


# --- put together -------------------------------------------------------------------------------------------------


def _without(stated: Stated, hosts: frozenset[str]) -> Stated:
    """Return the statement without the servers that are those of single rows."""
    return replace(stated, servers=tuple(server for server in stated.servers if server.name not in hosts))


def _of_kind(inbound: Inbound, kind: str) -> list[Attachment]:
    return [attachment for attachment in inbound.attachments if attachment.kind == kind]


def _within(safely: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    """Return `safely` as long as there is time, then a call that gives up at once."""
    until = monotonic() + seconds

    def call(function: Callable[..., Any], *args: Any) -> Any:
        if monotonic() > until:
            raise SandboxKilled("time", function.__qualname__)
        return safely(function, *args)

    return call


def _safe(safely: Callable[..., Any], function: Callable[..., Parsed[Any]], file: Attachment) -> Parsed[Any]:
    try:
        parsed: Parsed[Any] = safely(function, file.data, file.name)
    except SandboxKilled:
        empty: Any = () if function is parse_table else Counted()
        return Parsed(empty, (Problem(code="unreadable", item=file.name),))
    return parsed


def _layouts(
    files: Iterable[Attachment], tables: Iterable[Parsed[Any]]
) -> Iterable[tuple[str, tuple[str, ...]]]:
    for file, table in zip(files, tables, strict=True):
        if isinstance(table, ParsedTable) and table.layout:
            yield file.name, table.layout


def _import_file(
    safely: Callable[..., Any], function: Callable[..., Parsed[Counted]], file: Attachment
) -> ImportFile:
    parsed = _safe(safely, function, file)
    counted: Counted = parsed.value
    return ImportFile(
        file=file.name,
        count=counted.count,
        data=file.data,
        problems=parsed.problems,
        folders=file.folders,
        owners=counted.owners,
        organizer=counted.organizer,
    )


def _language(letter: Letter) -> str | None:
    """Return the language of the requester: of the letter that staff passed on, not of the note above it."""
    inbound, origin = letter.message.value, letter.origin
    passed_on = origin.via in {"staff-forward", "staff-eml"} and origin.letters
    blocks = origin.letters[0] if passed_on else inbound.blocks
    own = "\n".join(block.text for block in blocks if block.kind == "own")
    subject = "" if inbound.in_reply_to else origin.subject  # of an answer it is somebody else's words
    return tell_language(f"{subject}\n{own}") or inbound.declared_language


def _request(kind: Kind, letter: Letter, **found: Any) -> Request:
    inbound, origin = letter.message.value, letter.origin
    machine = kind in ("own", "automatic", "bounce") and not origin.relayed
    senders = inbound.senders
    return Request(
        kind=kind,
        requester=(senders[0].addr if len(senders) == 1 else None) if machine else origin.requester,
        via="direct" if machine else origin.via,
        subject=inbound.subject if machine else origin.subject,
        ticket_tags=tags_of(f"{inbound.subject} {origin.subject}") or quoted_tags(inbound),
        language=_language(letter),
        inbound=inbound,
        thread=origin.inner if origin.via == "staff-eml" else None,
        **found,
    )

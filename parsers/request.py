"""What one mail asks for: all parsers put together, each in its own killable child."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, Final, Literal

from parsers.body import Stated, parse_body
from parsers.message import Attachment, Inbound, parse_message
from parsers.result import Parsed, Problem, StatedRow
from parsers.rows import merge_rows
from parsers.sandbox import SandboxKilled, parse_safely
from parsers.table import parse_table
from parsers.text import split_lines
from parsers.values import Host
from parsers.wishes import read_wishes

Kind = Literal["request", "follow-up", "staff-command", "automatic", "bounce", "own", "none"]
Via = Literal["direct", "staff-cc", "staff-forward", "staff-eml", "other"]

PATIENCE_SECONDS: Final = (
    20.0  # for all attachments of one mail: others wait behind it for their acknowledgement
)

_TAG: Final = re.compile(r"\[[^\[\]\r\n]{0,60}[#\d][^\[\]\r\n]{0,60}\]|\[MF-[A-Z0-9]{4,16}\]")
_ANSWER: Final = re.compile(r"^\W*(re|aw|antw|sv|vs|r|rif|tr|wg|fwd?|rv|doorst)\s*:", re.IGNORECASE)
_OUR_TAG: Final = re.compile(r"\[MF-[A-Z0-9]{4,16}\]")
_OUR_ID: Final = re.compile(r"<mf-[a-z0-9]{4,16}\.[a-z]+\.[0-9]+\.[0-9a-f]{16}@([^@>]+)>", re.IGNORECASE)
_COMMAND: Final = re.compile(
    r"^\s*(approve|start|pause|resume|cancel|second-pass|retry|note|status)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who is who at our side. Addresses compare without case; "@host.example" stands for everybody there."""

    support: frozenset[str] = frozenset()
    bot: frozenset[str] = frozenset()
    staff: tuple[str, ...] = ()
    own_message_domain: str = ""  # right of the @ in every Message-ID of ours; people's mails may share it

    def is_staff(self, addr: str) -> bool:
        folded = addr.casefold()
        return any(
            folded == one.casefold() or (one.startswith("@") and folded.endswith(one.casefold()))
            for one in self.staff
        )

    def is_bot(self, addr: str) -> bool:
        return addr.casefold() in {one.casefold() for one in self.bot}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """A .vcf or .ics that came along: how much is in it, and its bytes for the import."""

    file: str
    count: int  # cards, or calendar objects
    data: bytes = field(repr=False)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything a mail says, as far as it could be understood; nothing is decided yet."""

    kind: Kind
    requester: str | None  # the one From address; None when there is not exactly one
    via: Via
    subject: str
    ticket_tags: tuple[str, ...] = ()  # every bracket tag of the subject, ours too, verbatim
    rows: tuple[StatedRow, ...] = ()
    start_said: str | None = None
    wishes: frozenset[str] = frozenset()
    contacts: tuple[ImportFile, ...] = ()
    calendars: tuple[ImportFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    inbound: Inbound = field(default_factory=Inbound, repr=False)


def read_request(raw: bytes, desk: Desk, *, safely: Callable[..., Any] = parse_safely) -> Request:
    """Return what the mail asks for. Machine mail is classified and its text is left alone.

    An attachment that kills its parser becomes the problem "unreadable" of that file; so does every one left when those
    before it took longer than PATIENCE_SECONDS.

    Raises:
        SandboxKilled: the message itself did; set the mail aside and show it to staff.
    """
    message, stated = safely(read_letter, raw)
    inbound: Inbound = message.value
    kind = _machine_kind(inbound, desk)
    if kind is not None:
        return _request(kind, inbound, desk, problems=message.problems)
    safely = _within(safely, PATIENCE_SECONDS)
    tables = [_safe(safely, parse_table, file) for file in _of_kind(inbound, "table")]
    contacts = tuple(_import_file(safely, count_cards, file) for file in _of_kind(inbound, "cards"))
    calendars = tuple(_import_file(safely, count_objects, file) for file in _of_kind(inbound, "calendar"))
    rows = _shared_host(stated.value, [row for table in tables for row in table.value])
    request = _request(
        "none",
        inbound,
        desk,
        rows=rows,
        start_said=stated.value.start_said,
        wishes=stated.value.wishes,
        contacts=contacts,
        calendars=calendars,
        problems=(*message.problems, *stated.problems, *(p for table in tables for p in table.problems)),
    )
    return replace(request, kind=_human_kind(request, desk))


# --- run in the child ---------------------------------------------------------------------------------------------


def read_letter(raw: bytes) -> tuple[Parsed[Inbound], Parsed[Stated]]:
    """Return the message and what its own lines state; where they state no row, what a forwarded part does."""
    message = parse_message(raw)
    stated = parse_body(_text(message.value, "own"))
    if not _ANSWER.match(message.value.subject):
        asked = read_wishes(message.value.subject) & {"asks-migration"}
        stated = Parsed(replace(stated.value, wishes=stated.value.wishes | asked), stated.problems)
    if not stated.value.rows and (forwarded := _text(message.value, "forwarded")):
        inner = parse_body(forwarded)
        servers = (*stated.value.servers, *inner.value.servers)
        stated = Parsed(replace(stated.value, rows=inner.value.rows, servers=servers), stated.problems)
    return message, stated


def count_cards(data: bytes, name: str) -> Parsed[int]:
    """Return how many cards the file holds, and its problems."""
    from parsers.vcard import parse_cards

    parsed = parse_cards(data)
    return Parsed(len(parsed.value), _of_file(parsed.problems, name))


def count_objects(data: bytes, name: str) -> Parsed[int]:
    """Return how many calendar objects the file holds, and its problems."""
    from parsers.ics import parse_calendar

    parsed = parse_calendar(data)
    return Parsed(len(parsed.value.objects), _of_file(parsed.problems, name))


def _of_file(problems: Iterable[Problem], name: str) -> tuple[Problem, ...]:
    return tuple(replace(problem, item=problem.item or name) for problem in problems)


def _text(inbound: Inbound, kind: str) -> str:
    return "\n".join(block.text for block in inbound.blocks if block.kind == kind)


# --- put together -------------------------------------------------------------------------------------------------


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
        empty: Any = () if function is parse_table else 0
        return Parsed(empty, (Problem(code="unreadable", item=file.name),))
    return parsed


def _import_file(
    safely: Callable[..., Any], function: Callable[..., Parsed[int]], file: Attachment
) -> ImportFile:
    parsed = _safe(safely, function, file)
    return ImportFile(file=file.name, count=parsed.value, data=file.data, problems=parsed.problems)


def _shared_host(stated: Stated, in_tables: list[StatedRow]) -> tuple[StatedRow, ...]:
    """Return all rows, those without a server on the only one the mail names, or with the problem host-missing.

    A server named beside the rows is for all; one named in a row is for rows of the same domain: the password of
    another domain must not be tried there.
    """
    rows = merge_rows([*in_tables, *stated.rows])
    in_rows = {row.host: Host(row.host, row.port, row.security) for row in reversed(rows) if row.host}
    beside = {server.name: server for server in stated.servers}
    only = next(iter((in_rows | beside).values())) if len(in_rows | beside) == 1 else None
    domains = {_domain(row) for row in rows if row.host}
    return tuple(_with_host(row, only if beside or _domain(row) in domains else None) for row in rows)


def _domain(row: StatedRow) -> str:
    return (row.address or "").rpartition("@")[2].casefold()


def _with_host(row: StatedRow, only: Host | None) -> StatedRow:
    if row.host is not None or any(problem.code == "host-invalid" for problem in row.problems):
        return row
    if only is None:
        return replace(
            row, problems=(*row.problems, Problem(code="host-missing", field="host", line=row.line))
        )
    if row.port is not None:
        return replace(row, host=only.name)
    return replace(row, host=only.name, port=only.port, security=row.security or only.security)


def _request(kind: Kind, inbound: Inbound, desk: Desk, **found: Any) -> Request:
    senders = inbound.senders
    return Request(
        kind=kind,
        requester=senders[0].addr if len(senders) == 1 else None,
        via="staff-cc" if any(desk.is_staff(address.addr) for address in inbound.cc) else "direct",
        subject=inbound.subject,
        ticket_tags=tuple(dict.fromkeys(_TAG.findall(inbound.subject))),
        inbound=inbound,
        **found,
    )


def _machine_kind(inbound: Inbound, desk: Desk) -> Kind | None:
    if inbound.loop_marks or any(desk.is_bot(sender.addr) for sender in inbound.senders):
        return "own"
    if inbound.bounce:
        return "bounce"
    return "automatic" if inbound.automatic else None


def _human_kind(request: Request, desk: Desk) -> Kind:
    on_thread = _on_our_thread(request.inbound, desk)
    if on_thread and request.requester and desk.is_staff(request.requester) and _commands(request.inbound):
        return "staff-command"
    if on_thread:
        return "follow-up"
    asks = request.rows or request.contacts or request.calendars or "asks-migration" in request.wishes
    return "request" if asks else "none"


def _on_our_thread(inbound: Inbound, desk: Desk) -> bool:
    """True for an answer to a mail of ours; the desk's people write from the same domain, and their mails are not ours."""
    found = [_OUR_ID.fullmatch(one) for one in (*inbound.in_reply_to, *inbound.references)]
    domains = {match[1].casefold() for match in found if match}
    return desk.own_message_domain.casefold() in domains or _OUR_TAG.search(inbound.subject) is not None


def _commands(inbound: Inbound) -> bool:
    first = next((line for line in split_lines(_text(inbound, "own")) if line.strip()), "")
    return _COMMAND.match(first) is not None


# --- explain ------------------------------------------------------------------------------------------------------


def explain(request: Request, *, reveal: bool = False) -> dict[str, Any]:
    """Return the JSON of `mailferry explain --json`; passwords print as *** unless `reveal`."""
    start = {"said": request.start_said, "utc": None, "problem": None} if request.start_said else None
    return {
        "kind": request.kind,
        "requester": request.requester,
        "via": request.via,
        "subject": request.subject,
        "ticket_tags": list(request.ticket_tags),
        "rows": [_explain_row(row, reveal=reveal) for row in request.rows],
        "start": start,
        "contacts": [
            {"file": file.file, "cards": file.count, "problems": _explain_problems(file.problems)}
            for file in request.contacts
        ],
        "calendars": [
            {"file": file.file, "objects": file.count, "problems": _explain_problems(file.problems)}
            for file in request.calendars
        ],
        "problems": _explain_problems(request.problems),
        "wishes": sorted(request.wishes),
    }


def _explain_row(row: StatedRow, *, reveal: bool) -> dict[str, Any]:
    def shown(password: str | None) -> str | None:
        return password if reveal or password is None else "***"

    return {
        "origin": row.origin,
        "line": row.line,
        "address": row.address,
        "login": row.login,
        "password": shown(row.password),
        "password_alternatives": [shown(other) for other in row.password_alternatives],
        "host": row.host,
        "port": row.port,
        "security": row.security,
        "destination": row.destination,
        "problems": [{"code": problem.code, "field": problem.field} for problem in row.problems],
    }


def _explain_problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "code": p.code,
            "field": p.field,
            **({"line": p.line} if p.line else {}),
            **({"item": p.item} if p.item else {}),
        }
        for p in problems
    ]

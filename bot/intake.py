"""What a message means for which ticket: open, amend, second pass, ignore, or set aside for staff. Pure."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from bot.conversation import fits
from bot.providers import proposed
from bot.states import BUSY, File, Row, State, Ticket, things_of
from bot.whose import Attached, Kind, by_words, choose_target, lone_address, propose_target
from parsers.labels import fold
from parsers.orders import read_orders
from parsers.request import ImportFile, Request
from parsers.result import Problem, StatedRow

Hold = Callable[[str], str]  # destination address -> why staff has to approve it, or ""

WAITING: Final = (State.ASKING, State.HELD, State.FAILED)
AMENDABLE: Final = (*WAITING, State.NEW, State.CHECKING)
PASSWORD_CODES: Final = frozenset(
    {"password-missing", "password-unsure", "source-login-refused", "secret-gone"}
)
_LONE_PASSWORD: Final = re.compile(r"(?=\S*[0-9])\S{6,64}|(?=\S*[^\w\s.,!?;:)]\S)\S{6,64}")
_NO_PASSWORD: Final = re.compile(r"[\w.+-]+@[\w-]+\.|://|^www\.|^\d+[.:]\d+$|^[\d.,/:-]+$", re.IGNORECASE)
YES: Final = frozenset(
    re.findall(
        r"[^|\n]+",
        """yes|yes please|yes it is|yes that is right|that is right|correct|right|ok|ja|ja bitte|ja genau|genau|richtig|stimmt
das stimmt|ja das stimmt|oui|c est ca|exact|si|si es correcto|correcto|esatto|klopt|sim|tak""",
    )
)  # folded
FILE_PROBLEMS_KEPT: Final = 200
MORE: Final = "but an address in its text is in no row: read it"
LATER: Final = "but it names a time and nothing is left to begin: read it"
BESIDE: Final = "but more is said beside the order: read it"
UNFIT: Final = "but what is ordered does not fit the ticket: read it"
EARLY: Final = "but it says done while nothing is copied: read it"
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """One row as it shall be; id 0 = a new one. The passwords travel beside it until they are sealed."""

    row: Row
    passwords: tuple[str, ...] = ()  # candidates, best first; () = keep what is sealed

    def __repr__(self) -> str:
        return f"RowChange({self.row!r}, {len(self.passwords)} passwords)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One attached export as it shall be; id 0 = a new one."""

    file: File
    data: bytes = b""  # b"" = keep what is sealed

    def __repr__(self) -> str:
        return f"FileChange({self.file!r}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What to do with one message."""

    action: Literal["open", "amend", "ignore", "aside"]
    why: str  # a word or two for `status` and the log
    rows: tuple[RowChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    switched: bool = False  # the requester says that the MX is ours
    orders: tuple[str, ...] = ()  # of parsers.orders: carried out where they fit the ticket
    start: bool = False  # the requester names a start, and something waits that has not begun
    rest: str = ""  # why a person has to read it too: it was acted on only as far as it was understood


def understand(request: Request, ticket: Ticket | None, proven: str, hold: Hold) -> Meaning:
    """Return what the message means.

    Args:
        request: the message as read.
        ticket: the one its thread or tag belongs to, if any.
        proven: the sender's address when our MX proved it, else "".
        hold: says for a destination whether staff has to approve it.
    """
    if request.kind in ("own", "automatic", "bounce"):
        return Meaning(action="ignore", why=request.kind)
    if not request.requester:
        passed_on = request.via in ("staff-cc", "staff-forward", "staff-eml")
        return Meaning(action="aside", why="not one customer in it" if passed_on else "not one sender")
    if ticket is not None:
        return _on_thread(request, ticket, proven, hold)
    if request.kind == "request":
        return _opening(request, hold)
    return Meaning(
        action="aside",
        why="asks for no migration" if request.kind == "none" else f"{request.kind}, no ticket",
    )


def _opening(request: Request, hold: Hold) -> Meaning:
    rows = tuple(_new_row(stated, hold) for stated in request.rows if not _example(stated))
    rest = MORE if _says_more(request, [change.row for change in rows], ()) else ""
    files = _files(request, rows, (), (), hold)
    return Meaning(action="open", why=_why("request", rest), rows=rows, files=files, rest=rest)


def _why(what: str, rest: str) -> str:
    return f"{what}, {rest}" if rest else what


def _on_thread(request: Request, ticket: Ticket, proven: str, hold: Hold) -> Meaning:
    if proven.casefold() != ticket.requester.casefold():
        who = "an unproven sender" if not proven else "a stranger"
        return Meaning(action="aside", why=f"{who} on the thread of {ticket.number}")
    if ticket.unproven:
        return _beside_a_doubtful_ticket(request, ticket, hold)
    stated = [row for row in request.rows if not _example(row)] or _short_answer(request, ticket)
    rows = tuple(merge_rows(ticket.rows, stated, hold))
    files = _files(request, rows, ticket.rows, ticket.files, hold)
    files += _named_targets(request, ticket, {change.file.name for change in files}, hold)
    switched = "done" in request.wishes
    start = request.start is not None and (bool(rows or files) or _has_not_begun(ticket))
    orders, beside = _orders(request, ticket, busy=bool(rows or files or switched or start))
    if not (rows or files or switched or start or orders):
        return Meaning(action="aside", why=f"nothing to do found, on the thread of {ticket.number}")
    more = _says_more(request, [*ticket.rows, *(change.row for change in rows)], ticket.files)
    rest = MORE if more else EARLY if switched and not (rows or files) and _is_early(ticket) else ""
    rest = rest or (LATER if request.start is not None and not start else "") or beside
    why = _why("follow-up", rest)
    return Meaning(
        action="amend",
        why=why,
        rows=rows,
        files=files,
        switched=switched,
        start=start,
        orders=orders,
        rest=rest,
    )


def _orders(request: Request, ticket: Ticket, *, busy: bool) -> tuple[tuple[str, ...], str]:
    """Return the orders to carry out, and why a person has to read the mail too.

    Cancelling wipes the passwords and ends everything: only a mail that says nothing else does it.
    """
    read = read_orders("\n".join(own_lines(request)))
    fitting = tuple(sorted(one for one in read.words if fits(one, ticket)))
    if "cancel" in fitting and (busy or not read.whole):
        fitting = tuple(one for one in fitting if one != "cancel")
    if set(fitting) != read.words:
        return fitting, UNFIT
    return fitting, BESIDE if fitting and not read.whole and not busy else ""


def _has_not_begun(ticket: Ticket) -> bool:
    """Say whether a start still means something: a row or file waits that was not copied yet."""
    return any(thing.state in (*AMENDABLE, State.READY) for thing in things_of(ticket))


def _short_answer(request: Request, ticket: Ticket) -> list[StatedRow]:
    """Return what an answer of a few words states, where we asked for just that."""
    return confirmed_servers(request, ticket) or lone_password(request, ticket)


def confirmed_servers(request: Request, ticket: Ticket) -> list[StatedRow]:
    """Return the servers we proposed and the requester names, or says yes to where there was only one to choose."""
    lines = [line.strip().casefold() for line in own_lines(request) if line.strip()]
    said = {word.strip(".,;:!?()<>\"'") for line in lines for word in line.split()}
    agrees = bool(lines) and fold(lines[0]) in YES
    found = []
    for row in (row for row in ticket.rows if row.state is State.ASKING and row.proposals and not row.host):
        servers = [proposed(text) for text in row.proposals]
        named = [one for one in servers if said & {one.host.casefold(), str(one).casefold()}]
        chosen = named or (servers if agrees else [])
        if len(chosen) == 1:
            one = chosen[0]
            found.append(
                StatedRow(address=row.address or None, host=one.host, port=one.port, security=one.security)
            )
    return found


def lone_password(request: Request, ticket: Ticket) -> list[StatedRow]:
    """Return the password somebody answers with alone on a line, as we ask them to, where only one row wants one.

    Strict, because a wrong reading costs a login: exactly one line of one word of six to sixty-four characters that no
    sentence would hold (a digit, or a mark inside), no address, no link, and nothing else but short lines around it.
    """
    wanting = [row for row in ticket.rows if row.state is State.ASKING and _wants_password(row)]
    lines = [line.strip() for line in own_lines(request) if line.strip()]
    alone = [line for line in lines if _LONE_PASSWORD.fullmatch(line) and not _NO_PASSWORD.search(line)]
    chatty = any(len(line.split()) > 6 for line in lines)
    if len(wanting) != 1 or len(alone) != 1 or chatty or request.contacts or request.calendars:
        return []
    return [StatedRow(address=wanting[0].address or None, password=alone[0])]


def _wants_password(row: Row) -> bool:
    codes = {code for code, _ in row.problems} or {row.code}
    return codes <= PASSWORD_CODES


def _is_early(ticket: Ticket) -> bool:
    """Say whether "done" answers something else than our question after the copy: "IMAP is switched on now"."""
    states = {row.state for row in ticket.rows}
    return bool(states & {*WAITING}) and not states & {State.COPIED, *BUSY}


def _says_more(request: Request, rows: Iterable[Row], files: Iterable[File]) -> bool:
    """Say whether the sender's own text holds an address that no row, file or header accounts for.

    "Done. And please copy sales@… too" would else be answered by "you can close the old account". The address is not
    repeated anywhere: it may be a password.
    """
    inbound = request.inbound
    known = {request.requester or "", *(one.addr for one in (*inbound.to, *inbound.cc))}
    known |= {text for row in rows for text in (row.address, row.login, row.destination)}
    known |= {text for row in request.rows for text in (row.password or "", *row.password_alternatives)}
    known |= {item.name for item in (*files,)} | {
        item.file for item in (*request.contacts, *request.calendars)
    }
    said = {found.casefold() for line in own_lines(request) for found in _ADDRESS.findall(line)}
    return bool(said - {one.casefold() for one in known})


def _beside_a_doubtful_ticket(request: Request, ticket: Ticket, hold: Hold) -> Meaning:
    """Whoever opened it may be somebody else: its server names must not meet the true sender's passwords.

    So a proven sender's mail is never added to it: a full statement opens a ticket of its own, the rest goes to staff.
    """
    if request.rows or request.contacts or request.calendars:
        return _opening(request, hold)
    return Meaning(action="aside", why=f"on the thread of {ticket.number}, which nobody has approved")


def _example(stated: StatedRow) -> bool:
    return any(problem.code == "example-row" for problem in stated.problems)


def merge_rows(existing: Iterable[Row], stated: Iterable[StatedRow], hold: Hold) -> list[RowChange]:
    """Return the rows a follow-up changes or adds.

    A stated row belongs to the row of the same address; else, one without an address to the only row that needs
    something, and one with a new address to the only row that lacks its address. Only what was stated changes. A row
    that is being copied, or done, is left alone.
    """
    rows = {row.id: row for row in existing}
    amended: dict[int, RowChange] = {}
    fresh: list[RowChange] = []
    every = tuple(stated)
    for one in every:
        meant = _meant(one, list(rows.values()))
        if meant is not None and meant.state in AMENDABLE:
            if len(every) > 1 and _has_its_own_server(meant, one):
                one = replace(one, host=None, port=None, security=None)  # noqa: PLW2901
            before, change = amended.get(meant.id), _amended(meant, one, hold)
            passwords = change.passwords or (before.passwords if before else ())
            amended[meant.id] = replace(change, passwords=passwords)
            rows[meant.id] = change.row
        elif meant is None and (one.address or not _open(list(rows.values()))):
            fresh.append(_new_row(one, hold))
    return [*amended.values(), *fresh]


def _has_its_own_server(row: Row, stated: StatedRow) -> bool:
    """Say whether a server named for several rows is not this one's: it has one that nobody found fault with."""
    at_fault = row.code.startswith("source-") or any(field == "host" for _, field in row.problems)
    return bool(stated.host_shared) and bool(row.host) and not row.server_by and not at_fault


def _meant(one: StatedRow, rows: list[Row]) -> Row | None:
    address = (one.address or "").casefold()
    if not address:
        return _only(_open(rows))
    same = [row for row in rows if row.address.casefold() == address]
    return same[-1] if same else _only([row for row in rows if row.state in WAITING and not row.address])


def _open(rows: list[Row]) -> list[Row]:
    waiting = [row for row in rows if row.state in WAITING]
    return waiting or [row for row in rows if row.state in AMENDABLE]


def _only(rows: list[Row]) -> Row | None:
    return rows[0] if len(rows) == 1 else None


def _new_row(stated: StatedRow, hold: Hold) -> RowChange:
    address = stated.address or ""
    row = Row(id=0, origin=stated.origin, line=stated.line, address=address, login=stated.login or "")
    row = _with_server(row, stated)
    row = replace(row, destination=stated.destination or address, problems=_pairs(stated.problems))
    return _judged(row, _candidates(stated), hold)


def _amended(row: Row, stated: StatedRow, hold: Hold) -> RowChange:
    login = stated.login or row.login
    address = row.address or stated.address or ""
    destination = stated.destination or row.destination or address
    after = _with_server(replace(row, address=address, login=login, destination=destination), stated)
    passwords = _candidates(stated)
    lacking = tuple(pair for pair in row.problems if not _mended(pair[1], after, passwords))
    grave = tuple(pair for pair in _pairs(stated.problems) if not pair[0].endswith("-missing"))
    return _judged(replace(after, problems=tuple(dict.fromkeys((*lacking, *grave)))), passwords, hold)


def _mended(field: str, row: Row, passwords: tuple[str, ...]) -> bool:
    have = {"address": row.address, "password": passwords, "host": row.host}
    return bool(have.get(field, True))


def _judged(row: Row, passwords: tuple[str, ...], hold: Hold) -> RowChange:
    because = hold(row.destination) if row.destination else ""
    return RowChange(row=replace(row, held_because=because), passwords=passwords)


def _with_server(row: Row, stated: StatedRow) -> Row:
    """Fill in port and security: 993 is TLS, 143 is STARTTLS; a password never travels in clear (RFC 8314)."""
    port = stated.port or (
        143 if stated.security == "starttls" else 993 if not row.host or stated.host else row.port
    )
    stated_security = "starttls" if stated.security in ("starttls", "plain") else "tls"
    if stated.host:
        row = replace(row, server_by="", proposals=())
    security = {993: "tls", 143: "starttls"}.get(port, stated_security)
    return replace(row, host=(stated.host or row.host).lower(), port=port, security=security)


def _candidates(stated: StatedRow) -> tuple[str, ...]:
    return () if stated.password is None else (stated.password, *stated.password_alternatives)[:2]


def _pairs(problems: Iterable[Problem]) -> tuple[tuple[str, str], ...]:
    return tuple((problem.code, problem.field or problem.item) for problem in problems)


# --- contacts and calendars -----------------------------------------------------------------------------------------


def _files(
    request: Request,
    changes: tuple[RowChange, ...],
    existing: tuple[Row, ...],
    earlier: tuple[File, ...],
    hold: Hold,
) -> tuple[FileChange, ...]:
    rows = {
        row.address.casefold(): row for row in (*existing, *(change.row for change in changes)) if row.address
    }
    found = []
    for kind, exports in _exports(request):
        for export in exports:
            around = replace(
                _attached(request, export.file, kind),
                folders=export.folders,
                owners=export.owners,
                organizer=export.organizer,
            )
            columns = _columns(request.rows, kind)
            here, requester = tuple(rows.values()), request.requester or ""
            target = choose_target(around, columns, here, requester)
            proposal = "" if target else propose_target(around, here, requester)
            problems = tuple((problem.code, problem.item) for problem in export.problems[:FILE_PROBLEMS_KEPT])
            item = File(id=0, kind=kind, name=export.file, items=export.count, problems=problems)
            item = replace(item, target=target, proposal=proposal)
            because = hold(target) if target else ""
            item = _instead_of(earlier, replace(item, held_because=because))
            found.append(FileChange(file=item, data=export.data))
    return tuple(found)


def _exports(request: Request) -> tuple[tuple[Kind, tuple[ImportFile, ...]], ...]:
    return ("contacts", request.contacts), ("calendar", request.calendars)


def _attached(request: Request, name: str, kind: Kind) -> Attached:
    """Return a file with the sender's own words around it, without the passwords in them."""
    others = tuple(
        (other, export.file)
        for other, exports in _exports(request)
        for export in exports
        if export.file != name
    )
    lines = own_lines(request)
    for password in {
        text for row in request.rows for text in (row.password, *row.password_alternatives) if text
    }:
        lines = [line.replace(password, " ") for line in lines]
    only = not any(other == kind for other, _ in others)
    return Attached(
        name=name, kind=kind, others=tuple(file for _, file in others), only=only, lines=tuple(lines)
    )


def _instead_of(earlier: tuple[File, ...], fresh: File) -> File:
    """Return the file in the place of the one we asked for again: of that name, or the only unreadable one."""
    asked = [item for item in earlier if item.state is State.ASKING and item.kind == fresh.kind]
    same = [item for item in asked if item.name == fresh.name]
    unreadable = [item for item in asked if not item.items or item.code]
    for found in (same, unreadable):
        if len(found) == 1:
            return replace(fresh, id=found[0].id, state=State.ASKING, serial=found[0].serial)
    return fresh


def _columns(rows: Iterable[StatedRow], kind: str) -> list[tuple[str, str]]:
    """Return what the columns for exports of this kind name, and whose row it is."""
    named = [
        (row.contacts_file if kind == "contacts" else row.calendar_file, row.destination or row.address)
        for row in rows
    ]
    return [(cell, account) for cell, account in named if cell and account]


def own_lines(request: Request) -> list[str]:
    """Return the lines the sender wrote: no quotes, no signature."""
    return [
        line for block in request.inbound.blocks if block.kind == "own" for line in block.text.splitlines()
    ]


def _named_targets(request: Request, ticket: Ticket, fresh: set[str], hold: Hold) -> tuple[FileChange, ...]:
    """Answers such as "team.ics belongs to sales@…", or its address alone, to our question whose file it is."""
    asked = [
        item
        for item in ticket.files
        if item.state is State.ASKING and item.items and not item.code and item.name not in fresh
    ]
    nothing_else = len(asked) == 1 and not any(row.state is State.ASKING for row in ticket.rows)
    alone = _agreed(request, asked[0], ticket) if nothing_else else ""
    changes = []
    for item in asked:
        kind: Kind = "calendar" if item.kind == "calendar" else "contacts"
        others = tuple(other.name for other in asked if other.name != item.name)
        only = not any(other.kind == kind and other.name != item.name for other in asked)
        around = replace(_attached(request, item.name, kind), others=others, only=only)
        said = by_words(around, ticket.rows, ticket.requester)
        target = (next(iter(said)) if len(said) == 1 else "") if said is not None else alone
        if target and target != item.target:
            known = replace(item, target=target, proposal="", held_because=hold(target))
            changes.append(FileChange(file=known))
    return tuple(changes)


def _agreed(request: Request, item: File, ticket: Ticket) -> str:
    """Return the account that an answer to our question about one file gives it: the address it names, or our proposal."""
    lines = [line for line in own_lines(request) if line.strip()]
    if named := lone_address(lines, ticket.rows):
        return named
    agrees = bool(lines) and fold(lines[0]) in YES and not any(map(_ADDRESS.search, lines))
    return item.proposal if agrees else ""

"""One stated row: what is wrong with it, when two rows are one, and which columns make a row."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Final

from parsers.labels import Field, fold, read_label
from parsers.result import Problem, StatedRow
from parsers.values import EDGES, is_address, password_candidates, read_address, read_server

# What a spreadsheet makes of a long number, of "=secret" and of a narrow column: the password itself is gone.
_DAMAGED: Final = re.compile(r"\d[.,]\d+E\+\d+|#(NAME|WERT|VALUE|REF|NOM|NOMBRE)[?!]|#{5,}")
_EXAMPLE: Final = re.compile(
    r"@(example\.(com|org|net)|(your-?)?domain\.(com|tld)|domain\.example)$", re.IGNORECASE
)


def build_row(origin: str, line: int, stated: Mapping[Field, str], *, in_cells: bool) -> StatedRow:
    """Return the row with every problem its own values show; a missing host is the request's to judge.

    Args:
        origin: "body" or the file's name.
        line: 1-based line of the file; 0 = the message.
        stated: the text stated for each field.
        in_cells: the values come from cells of a file: then the password is the cell, nothing trimmed.
    """
    address = read_address(stated.get("address", "")) or None
    login = stated.get("login", "").strip(EDGES) or None
    if login and not address and is_address(read_address(login)):
        address, login = read_address(login), None
    server = read_server(stated)
    password, others = _password(stated.get("password"), in_cells=in_cells)
    row = StatedRow(
        origin=origin,
        line=line,
        address=address,
        login=None if login == address else login,
        password=password,
        password_alternatives=others,
        host=server.name,
        port=server.port,
        security=server.security,
        destination=_destination(stated.get("destination", ""), address),
        contacts_file=stated.get("contacts_file", "").strip(EDGES) or None,
        calendar_file=stated.get("calendar_file", "").strip(EDGES) or None,
    )
    return replace(row, problems=tuple(_problems(row, stated)))


def _password(stated: str | None, *, in_cells: bool) -> tuple[str | None, tuple[str, ...]]:
    if not stated or not stated.strip(EDGES):
        return None, ()
    if not in_cells:
        return password_candidates(stated)
    trimmed = stated.strip(EDGES)
    return stated, ((trimmed,) if trimmed != stated else ())


def _destination(stated: str, address: str | None) -> str | None:
    destination = read_address(stated) if stated.strip(EDGES) else None
    same = destination and address and destination.casefold() == address.casefold()
    return None if same else destination


def _problems(row: StatedRow, stated: Mapping[Field, str]) -> Iterable[Problem]:
    def problem(code: str, field: str) -> Problem:
        return Problem(code=code, field=field, line=row.line)

    if row.address is None:
        yield problem("address-missing", "address")
    elif not is_address(row.address):
        yield problem("address-invalid", "address")
    elif _EXAMPLE.search(row.address):
        yield problem("example-row", "address")
    if row.destination is not None and not is_address(row.destination):
        yield problem("address-invalid", "destination")
    if row.password is None:
        yield problem("password-missing", "password")
    elif _DAMAGED.fullmatch(row.password):
        yield problem("numeric-cell", "password")
    if row.host is None and stated.get("host", "").strip(EDGES):
        yield problem("host-invalid", "host")


_SAID: Final = tuple(
    field.name
    for field in fields(StatedRow)
    if field.name not in {"origin", "line", "problems", "password_alternatives"}
)


def merge_rows(rows: Iterable[StatedRow]) -> tuple[StatedRow, ...]:
    """Return the rows with repetitions joined, in order.

    Two rows of one address are one when neither contradicts the other (what one leaves out the other may say).
    Where they do, both stay and both carry duplicate-conflict.
    """
    merged: list[StatedRow] = []
    first_at: dict[str, int] = {}
    for row in rows:
        twin = first_at.setdefault(row.address.casefold(), len(merged)) if row.address else len(merged)
        if twin == len(merged):
            merged.append(row)
        elif joined := _join(merged[twin], row):
            merged[twin] = joined
        else:
            merged[twin] = _conflicting(merged[twin])
            merged.append(_conflicting(row))
    return tuple(merged)


def _join(first: StatedRow, second: StatedRow) -> StatedRow | None:
    if any(problem.code == "row-shifted" for problem in (*first.problems, *second.problems)):
        return None
    values = {}
    for name in _SAID:
        one, two = getattr(first, name), getattr(second, name)
        if one is not None and two is not None and one != two and name != "address":
            return None
        values[name] = two if one is None else one
    keep = first if first.password is not None else second
    solved = {name for name, value in values.items() if value is not None}
    problems = [
        problem
        for problem in dict.fromkeys((*first.problems, *second.problems))
        if not (problem.code.endswith("-missing") and problem.field in solved)
    ]
    return replace(
        first,
        **values,
        password_alternatives=keep.password_alternatives,
        problems=tuple({(p.code, p.field): p for p in problems}.values()),
    )


def _conflicting(row: StatedRow) -> StatedRow:
    if any(problem.code == "duplicate-conflict" for problem in row.problems):
        return row
    return replace(
        row, problems=(*row.problems, Problem(code="duplicate-conflict", field="address", line=row.line))
    )


# --- columns ------------------------------------------------------------------------------------------------------

_PROFILES: Final[tuple[dict[str, Field], ...]] = (
    # Hetzner konsoleH: the IMAP columns are the source, the bare ones the new mailbox
    {"imap server": "host", "imap username": "login", "imap password": "password", "mailbox": "destination"},
    # LWS, TrekMail, MigrationWiz and imapsync's job file need no profile: "source_", "dest_" and 1, 2 are roles
)


def map_columns(header: list[str]) -> dict[int, Field]:
    """Return which column holds which field; {} when this is no header (fewer than one address and one more label).

    A column of the new side names the destination or is left out; "host2", "user2" are the new side (imapsync).
    """
    folded = [fold(cell) for cell in header]
    for profile in _PROFILES:
        if profile.keys() <= set(folded):
            return {folded.index(name): field for name, field in profile.items()}
    columns: dict[int, Field] = {}
    for at, cell in enumerate(header):
        label = read_label(cell)
        if label is None or label.field == "ignored":
            continue
        is_new = label.role == "new" or label.index == 2
        field: Field = "destination" if is_new and label.field in {"address", "login"} else label.field
        if is_new and field != "destination" and label.field != "destination":
            continue
        if field not in columns.values():
            columns[at] = field
    known = set(columns.values())
    return columns if len(known) > 1 and known & {"address", "login"} else {}

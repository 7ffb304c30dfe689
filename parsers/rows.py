"""One stated row: what is wrong with it, and when two rows are one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Final

from parsers.labels import Field, fold
from parsers.result import Problem, StatedRow
from parsers.values import EDGES, is_address, password_candidates, read_address, read_server

_BLANK: Final = EDGES + "\r\n"
# What a spreadsheet makes of a long number, of "=secret" and of a narrow column: the password itself is gone.
_DAMAGED: Final = re.compile(r"\d[.,]\d+E\+\d+|#(NAME|WERT|VALUE|REF|NOM|NOMBRE)[?!]|#{5,}")
_MASKED: Final = re.compile(r"[*\u2022\u25cf\u25aa]{3,}")
PLACEHOLDERS: Final = {
    "en": "type it here",
    "de": "hier eintragen",
    "fr": "à saisir ici",
    "es": "escríbala aquí",
    "it": "scrivila qui",
    "nl": "hier invullen",
    "pt": "escreva-a aqui",
    "pl": "wpisz tutaj",
    "ro": "scrieți-o aici",
}  # what stands in the password cell of our template, by language
# What people write into a password cell that stands for another cell: whose, is not ours to guess.
_DITTO: Final = frozenset(
    re.findall(
        r"[^|\n]+",
        """same as above|see above|as above|ditto|wie oben|siehe oben|dito|idem|comme ci dessus|voir ci dessus
igual que arriba|como arriba|come sopra|vedi sopra|zie boven|zie hierboven|igual ao anterior|jak wyzej|ca mai sus""",
    )
)  # folded
_WRAPPED: Final = re.compile(r'="(.+)"', re.DOTALL)  # how exports keep Excel from making a number of 007
_ZERO_WIDTH: Final = str.maketrans(dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_EXAMPLE: Final = re.compile(
    r"@(example\.(com|org|net)|(your-?)?domain\.(com|tld)|domain\.example|muster(?:mann|frau|firma)\.[a-z]{2,9})$|^(?:max|erika)\.?muster(?:mann|frau)@",
    re.IGNORECASE,
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
    lacking = _password_problem(stated.get("password"), in_cells=in_cells)
    if in_cells and lacking:
        password, others = None, ()
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
        start_said=stated.get("start", "").strip(EDGES) or None,
    )
    return replace(row, problems=tuple(_problems(row, stated, lacking)))


def _password(stated: str | None, *, in_cells: bool) -> tuple[str | None, tuple[str, ...]]:
    if not stated or not stated.strip(_BLANK):
        return None, ()
    if not in_cells:
        return password_candidates(stated)
    bare = stated.strip("\r\n")
    if wrapped := _WRAPPED.fullmatch(bare):
        return wrapped[1], (bare,)
    other = bare.translate(_ZERO_WIDTH).strip(EDGES)
    if re.match(r"'[=+@\d-]", other):  # the apostrophe tells a spreadsheet that the rest is text
        other = other[1:]
    elif other.count('"') == 1:  # part of it, or a slip
        other = other.strip('"')
    return bare, ((other,) if other and other != bare else ())


def _password_problem(stated: str | None, *, in_cells: bool) -> str:
    """Return why what stands there cannot be the password; "" = it may."""
    said = (stated or "").strip(_BLANK)
    if not said or (in_cells and (_MASKED.fullmatch(said) or said in PLACEHOLDERS.values())):
        return "password-missing"
    if _DAMAGED.fullmatch(said):
        return "numeric-cell"
    if in_cells and (fold(said) in _DITTO or "\n" in said):
        return "password-unsure"
    return ""


def _destination(stated: str, address: str | None) -> str | None:
    destination = read_address(stated) if stated.strip(EDGES) else None
    same = destination and address and destination.casefold() == address.casefold()
    return None if same else destination


def _problems(row: StatedRow, stated: Mapping[Field, str], password: str) -> Iterable[Problem]:
    def problem(code: str, field: str) -> Problem:
        return Problem(code=code, field=field, line=row.line)

    if row.address is None:
        yield problem("address-missing", "address")
    elif not is_address(row.address):
        yield problem("address-invalid", "address")
    elif _EXAMPLE.search(row.address):
        yield problem("example-row", "address")
        return  # nothing of it is asked for
    if row.destination is not None and not is_address(row.destination):
        yield problem("address-invalid", "destination")
    if password:
        yield problem(password, "password")
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
        known = row.address and is_address(row.address)
        twin = first_at.setdefault((row.address or "").casefold(), len(merged)) if known else len(merged)
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

"""Rows in running text that have no labels of their own: a table, or bare `address / password / host` lines."""

import re
from dataclasses import replace
from typing import Final

from parsers.columns import map_columns
from parsers.labels import Field
from parsers.result import Problem, StatedRow
from parsers.rows import build_row
from parsers.values import is_address, is_host, read_address, read_host

_PHONE: Final = re.compile(r"^[\s+()\d./-]{7,}$")
_TUPLE_DELIMITERS: Final = ("\t", ";", " / ", " | ", "|", ", ", ",", "  ", " - ", " : ", ":", " ")
_TABLE_DELIMITERS: Final = ("\t", "|", ";", ",")


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == "|":
        line = line.strip().removeprefix("|").removesuffix("|")
        return [cell.strip() for cell in line.split("|")]
    return line.split(delimiter)


def read_text_table(lines: list[str], at: int) -> tuple[list[StatedRow], int] | None:
    """Return the rows of the table whose header is this line, and the index after it; None for no header."""
    for delimiter in _TABLE_DELIMITERS:
        header = _cells(lines[at], delimiter)
        columns = map_columns(header) if len(header) > 1 else {}
        if not columns:
            continue
        rows, below = [], at + 1
        while below < len(lines) and delimiter in lines[below]:
            if not re.fullmatch(r"[\s|:+-]+", lines[below]):
                rows.append(_table_row(_cells(lines[below], delimiter), len(header), columns))
            below += 1
        return (rows, below) if rows else None
    return None


def _table_row(cells: list[str], width: int, columns: dict[int, Field]) -> StatedRow:
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) == width:
        return build_row("body", 0, {name: cells[n] for n, name in columns.items()}, in_cells=False)
    address = next((read_address(cell) for cell in cells if is_address(read_address(cell))), None)
    return StatedRow(address=address, problems=(Problem(code="row-shifted", field="password"),))


def bare_rows(lines: list[str], *, trusted: bool) -> list[StatedRow]:
    """Return the rows of lines such as `a@x / secret / imap.x`, in any order."""
    rows = [row for line in lines if line and (row := _tuple_row(line))]
    hosted = any(row.host for row in rows)
    return [row for row in rows if row.host or (trusted or hosted or len(rows) > 1)]


def _tuple_row(line: str) -> StatedRow | None:
    for delimiter in _TUPLE_DELIMITERS:
        cells = [cell.strip() for cell in line.split(delimiter)] if delimiter in line else []
        if delimiter == ":":
            cells = [cell.strip() for cell in line.split(":", maxsplit=1)] if ":" in line else []
        addresses = [n for n, cell in enumerate(cells) if is_address(read_address(cell)) and " " not in cell]
        if not 2 <= len(cells) <= 4 or not addresses:
            continue
        if delimiter in {" ", ":"} and not _is_tight(cells, delimiter):
            continue
        return _from_cells(cells, addresses) or _rest_is_password(line, delimiter, cells)
    return None


def _rest_is_password(line: str, delimiter: str, cells: list[str]) -> StatedRow | None:
    """Return the row of a line whose password holds the delimiter: all that follows a leading address."""
    rest = line.split(delimiter, maxsplit=1)[1].strip()
    if len(cells) < 3 or not is_address(cells[0]) or any(_PHONE.match(cell) for cell in (rest, *cells)):
        return None
    return _unsure(build_row("body", 0, {"address": cells[0], "password": rest}, in_cells=False))


def _is_tight(cells: list[str], delimiter: str) -> bool:
    if delimiter == ":":
        return is_address(cells[0]) and " " not in cells[1] and bool(cells[1])
    return len(cells) == 3 and any(is_host(cell) for cell in cells)


def _from_cells(cells: list[str], addresses: list[int]) -> StatedRow | None:
    stated: dict[Field, str] = {"address": cells[addresses[0]]}
    if len(addresses) > 1:
        stated["destination"] = cells[addresses[1]]
    rest = [n for n in range(len(cells)) if n not in addresses and cells[n]]
    hosts = [n for n in rest if read_host(cells[n]).name and " " not in cells[n]]
    unsure = len(hosts) > 1
    if len(rest) > 1 and hosts:
        stated["host"] = cells[hosts[-1]]
        rest.remove(hosts[-1])
    if len(rest) > 1 and (port := next((n for n in rest if re.fullmatch(r"\d{2,5}", cells[n])), None)):
        stated["port"] = cells[port]
        rest.remove(port)
    if len(rest) != 1 or (_PHONE.match(cells[rest[0]]) and "host" not in stated):
        return None
    stated["password"] = cells[rest[0]]
    row = build_row("body", 0, stated, in_cells=False)
    return _unsure(row) if unsure or ("host" not in stated and hosts) else row


def _unsure(row: StatedRow) -> StatedRow:
    return replace(row, problems=(*row.problems, Problem(code="password-unsure", field="password")))

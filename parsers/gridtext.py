"""Tables in running text: a header line with two labels or more, and the lines below it."""

import csv
import re
from typing import Final

from parsers.columns import are_names, map_columns
from parsers.compound import compound_fields
from parsers.drafts import Draft
from parsers.grammar import BULLET
from parsers.labels import Field, heading_role
from parsers.result import Problem, StatedRow
from parsers.secret import read_secret
from parsers.values import is_address, read_address

_DELIMITERS: Final = ("\t", "|", "\u2502", ";", ",", " / ", "  ", " - ")
RULE: Final = re.compile(r"[\s|:+=\u2500-\u257f-]{3,}")
_GAP: Final = re.compile(r"\s{2,}|\t")
_MOST_LINE: Final = 2000


def read_text_table(lines: list[str], at: int) -> tuple[list[Draft], int] | None:
    """Return the drafts of the table whose header is this line, and the index after it; None for no header."""
    if len(lines[at]) > _MOST_LINE or "@" in lines[at]:
        return None
    for delimiter in _DELIMITERS:
        if delimiter not in lines[at]:
            continue
        header = cells_of(BULLET.sub("", lines[at]), delimiter)
        columns = map_columns(header) if len(header) > 1 else {}
        if len(header) > 2 and (sided := _under_sides(lines, at, header, delimiter)):
            drafts, below = _rows(lines, at + 2, delimiter, len(header), sided)
            return (drafts, below) if drafts else None
        if not columns or (delimiter in {",", " - ", " / "} and len(columns) < len(header)):
            continue
        drafts, below = _rows(lines, at + 1, delimiter, len(header), columns)
        return (drafts, below) if drafts else None
    return _named_together(lines, at)


def _under_sides(lines: list[str], at: int, above: list[str], delimiter: str) -> dict[int, Field]:
    """Return the columns of a header in two lines: the sides ("old", "new") over the labels; {} for anything else."""
    if at + 1 >= len(lines) or not {"old", "new"} <= {heading_role(cell) for cell in above}:
        return {}
    header = cells_of(lines[at + 1], delimiter)
    if len(header) != len(above):
        return {}
    return map_columns(
        [one if one == two else f"{one} {two}" for one, two in zip(above, header, strict=True)]
    )


def _rows(
    lines: list[str], at: int, delimiter: str, width: int, columns: dict[int, Field]
) -> tuple[list[Draft], int]:
    drafts: list[Draft] = []
    empty = 0
    while at < len(lines):
        line = lines[at]
        if RULE.fullmatch(line):
            at += 1
            continue
        if not line.strip() and not drafts and not empty:
            empty = 1
            at += 1
            continue
        cells = cells_of(
            BULLET.sub("", line) if delimiter.strip() in {"/", "-", ""} and delimiter != "\t" else line,
            delimiter,
        )
        if delimiter not in line or (delimiter in {",", " - ", "  ", " / "} and "@" not in line):
            break
        drafts.append(_row(cells, width, columns))
        at += 1
    if "address" in columns.values() and are_names(draft.stated.get("login", "") for draft in drafts):
        for draft in drafts:
            draft.stated.pop("login", None)
    return drafts, at


def _named_together(lines: list[str], at: int) -> tuple[list[Draft], int] | None:
    """Return the rows below "Email / Password / Server:", or behind it on the same line."""
    head, _, tail = lines[at].partition(":")
    fields = compound_fields(BULLET.sub("", head))
    if fields is None:
        return None
    columns = dict(enumerate(fields))
    if tail.strip():
        return None
    for delimiter in (" / ", "/", "\t", ";", " | ", ", ", ",", "  ", " - ", " "):
        start = at + 1
        while start < len(lines) and not lines[start].strip() and start < at + 3:
            start += 1
        if start < len(lines) and delimiter in lines[start]:
            cells = cells_of(BULLET.sub("", lines[start]), delimiter, most=len(fields))
            if len(cells) == len(fields) and any(is_address(read_address(cell)) for cell in cells):
                drafts, below = _rows(lines, start, delimiter, len(fields), columns)
                return (drafts, below) if drafts else None
    return None


def split_compound(line: str) -> Draft | None:
    """Return what "User/Password: anna@x.example / Secret1" states."""
    for separator in list(re.finditer(r"[:=]", line[:200]))[:3]:
        fields = compound_fields(BULLET.sub("", line[: separator.start()]))
        value = line[separator.end() :].strip()
        if fields is None or not value:
            continue
        for delimiter in (" / ", "/", " | ", "|", ";", ", ", " - ", " \u2013 ", ",", " : ", ":", " "):
            cells = cells_of(value, delimiter, most=len(fields))
            if len(cells) == len(fields) and all(cells):
                draft = _row(cells, len(fields), dict(enumerate(fields)))
                if is_address(draft.account):
                    return draft
    return None


def cells_of(line: str, delimiter: str, *, most: int = 0) -> list[str]:
    line = line[:_MOST_LINE]
    if most and line.count(delimiter) >= most:
        return [cell.strip() for cell in line.split(delimiter, most - 1)]
    if delimiter in {"|", "\u2502"}:
        line = line.strip().removeprefix(delimiter).removesuffix(delimiter)
        return [cell.strip() for cell in line.split(delimiter)]
    if delimiter == "  ":
        return _GAP.split(line.strip())
    if delimiter in {",", ";"} and '"' in line:
        try:
            return next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True), [])
        except csv.Error:
            return line.split(delimiter)
    return line.split(delimiter)


def _row(cells: list[str], width: int, columns: dict[int, Field]) -> Draft:
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    last = max(columns)
    if len(cells) == width or (last < len(cells) < width):
        stated = {name: cells[n] for n, name in columns.items() if n < len(cells)}
        others = [cell for n, cell in enumerate(cells) if n not in columns and is_address(read_address(cell))]
        if len(others) == 1 and not any("@" in stated.get(name, "") for name in ("address", "login")):
            stated.pop("login", None)  # "User" was a name
            stated["address"] = others[0]
        return draft_of(stated)
    address = next((read_address(cell) for cell in cells if is_address(read_address(cell))), None)
    code = "row-shifted" if len(cells) > width else "password-missing"
    return Draft(
        origin="table", row=StatedRow(address=address, problems=(Problem(code=code, field="password"),))
    )


def draft_of(stated: dict[Field, str]) -> Draft:
    draft = Draft(origin="table", stated=stated)
    password = stated.get("password", "")
    if password.strip() and (reading := read_secret(password)) != "value":
        del stated["password"]
        draft.told, draft.same, draft.unsure = reading == "missing", reading == "same", reading == "unsure"
    stated.pop("ignored", None)
    return draft

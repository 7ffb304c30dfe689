"""Tables in running text that lie on their side: the labels in the first column, an account in each other one."""

from typing import Final

from parsers.drafts import Draft
from parsers.gridtext import RULE, cells_of, draft_of
from parsers.labels import Field, Label, Role, heading_role, read_label
from parsers.result import Problem
from parsers.values import is_address, read_address

_DELIMITERS: Final = ("\t", "|", "\u2502", ";", "  ")
_MOST_LINES: Final = 40


def read_sideways(lines: list[str], at: int) -> tuple[list[Draft], int] | None:
    """Return the drafts of a table such as `| Email | a@x | b@x |`, `| Password | p | q |`; None for anything else.

    A first line may name the sides ("old", "new"): then there is one account, and the new side says where it goes.
    """
    for delimiter in _DELIMITERS:
        if delimiter not in lines[at] or len(lines[at]) > 1000:
            continue
        least = 2 if delimiter in {"|", "\u2502"} else 3
        rows, below = _rows(lines, at, delimiter, least)
        if len(rows) < 2:
            continue
        sides = _sides(rows[0]) if read_label(rows[0][0]) is None else []
        labelled = [(label, row) for row in rows if (label := read_label(row[0]))]
        if not _is_sideways(labelled, bool(sides)):
            continue
        drafts = _of_sides(labelled, sides) if sides else _of_columns(labelled)
        return (drafts, below) if drafts else None
    return None


def _rows(lines: list[str], at: int, delimiter: str, least: int) -> tuple[list[list[str]], int]:
    rows: list[list[str]] = []
    while at < len(lines) and len(rows) < _MOST_LINES:
        if not (rows and RULE.fullmatch(lines[at])):
            if delimiter not in lines[at]:
                break
            cells = cells_of(lines[at], delimiter)
            if not rows and lines[at][:1].isspace() and len(cells) == least - 1 and _sides(cells):
                cells = ["", *cells]  # the corner is empty
            if len(cells) < least or (rows and len(cells) != len(rows[0])):
                break
            rows.append(cells)
        at += 1
    return rows, at


def _sides(header: list[str]) -> list[Role | None]:
    sides = [heading_role(cell) for cell in header]
    return sides if {"old", "new"} <= set(sides) else []


def _is_sideways(labelled: list[tuple[Label, list[str]]], sided: bool) -> bool:
    """Say whether an account is named in a line of addresses and nothing but values stand in the columns."""
    fields = [label.field for label, _ in labelled]
    accounts = [row for label, row in labelled if label.field in {"address", "login"}]
    return (
        len(labelled) > 1
        and len(set(fields)) == len(fields)
        and any(is_address(read_address(cell)) for row in accounts for cell in row[1:])
        and not any(all(map(read_label, row[1:])) for _, row in labelled if not sided)
    )


def _of_columns(labelled: list[tuple[Label, list[str]]]) -> list[Draft]:
    drafts = []
    for at in range(1, len(labelled[0][1])):
        stated: dict[Field, str] = {label.field: row[at] for label, row in labelled if row[at].strip()}
        if stated:
            drafts.append(draft_of(stated))
    return drafts


def _of_sides(labelled: list[tuple[Label, list[str]]], sides: list[Role | None]) -> list[Draft]:
    old, new = sides.index("old"), sides.index("new")
    stated: dict[Field, str] = {label.field: row[old] for label, row in labelled if row[old].strip()}
    draft = draft_of(stated)
    for label, row in labelled:
        if label.field == "address" and is_address(read_address(row[new])):
            stated["destination"] = row[new]
        elif label.field == "password" and row[new].strip():
            draft.problems.append(Problem(code="new-password-ignored", field="password"))
    return [draft]

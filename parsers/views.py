"""Two views of one letter, HTML and plain, made into one statement: at most two candidates, no row twice."""

from dataclasses import replace
from typing import Any

from parsers.result import Parsed, Problem, StatedRow
from parsers.stated import Stated


def merge_views(first: Parsed[Stated], second: Parsed[Stated], text: str) -> Parsed[Stated]:
    """Return what the first view states, with what the second adds. Pure; never raises.

    The plain part is usually derived and damaged: its password becomes the second candidate where it differs, and its
    rows and values count only where the first view's text has them too, or has none of its own.

    Args:
        first: what the HTML states.
        second: what the plain part states.
        text: the own lines of the first view.
    """
    one, two = first.value, second.value
    if not one.rows and not _says_more(one):
        merged = two
    else:
        rows = _rows(one.rows, two.rows, _squeezed(text)) if one.rows else _missed(two.rows, _squeezed(text))
        merged = replace(
            one, rows=rows, servers=one.servers or two.servers, start_said=one.start_said or two.start_said
        )
    done = {"done"} & one.wishes & two.wishes if text.strip() else {"done"} & two.wishes
    wishes = frozenset(((one.wishes | two.wishes) - {"done"}) | done)
    problems = first.problems if one.rows else (*first.problems, *second.problems)
    return Parsed(replace(merged, wishes=wishes), tuple(dict.fromkeys(problems)))


def _says_more(stated: Stated) -> bool:
    return bool(
        stated.wishes or stated.servers or stated.start_said or stated.start_phrases or stated.lone_start
    )


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _missed(rows: tuple[StatedRow, ...], text: str) -> tuple[StatedRow, ...]:
    """Return the plain part's rows where the HTML gave none; a password the page does not show is none."""
    return tuple(row if _squeezed(row.password or "") in text else _unsure(row) for row in rows)


def _rows(first: tuple[StatedRow, ...], second: tuple[StatedRow, ...], text: str) -> tuple[StatedRow, ...]:
    seen = [(row.address or "").casefold() for row in first]
    twins: dict[str, StatedRow] = {}
    for row in second:
        twins.setdefault((row.address or "").casefold(), row)
    merged = [
        _agreed(row, twins[key], text) if key in twins and seen.count(key) == 1 else row
        for row, key in zip(first, seen, strict=True)
    ]
    more = [row for row in second if row.address and row.address.casefold() not in {*seen, *_others(first)}]
    return (
        *merged,
        *(_unsure(row) for row in more if row.address and row.address.casefold() not in text.casefold()),
    )


def _others(rows: tuple[StatedRow, ...]) -> set[str]:
    return {text.casefold() for row in rows for text in (row.login, row.destination, row.password) if text}


def _agreed(row: StatedRow, twin: StatedRow, text: str) -> StatedRow:
    """Return the HTML's row with what the plain part has of it."""
    filled: dict[str, Any] = {
        name: getattr(twin, name)
        for name in ("host", "port", "security", "login", "destination")
        if getattr(row, name) is None and _squeezed(str(getattr(twin, name) or "")) in text
    }
    if filled.get("host") and row.security is None:  # said of that server, in whatever words
        filled["security"] = twin.security
    solved = {name for name, value in filled.items() if value is not None}
    problems = tuple(p for p in row.problems if not (p.code.endswith("-missing") and p.field in solved))
    row = replace(row, **filled, problems=problems)
    theirs = (twin.password, *twin.password_alternatives)
    if row.password is None or twin.password is None or row.password in theirs:
        return row
    if twin.password in row.password_alternatives:
        return row
    return replace(row, password_alternatives=(twin.password,))


def _unsure(row: StatedRow) -> StatedRow:
    """Return the row without the password that only the part nobody sees has."""
    if row.password is None:
        return row
    problem = Problem(code="password-unsure", field="password")
    return replace(row, password=None, password_alternatives=(), problems=(*row.problems, problem))

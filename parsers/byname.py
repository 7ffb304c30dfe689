"""Whose password it is, where an answer says so by the name before the @: "Dora's password is Secret1"."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from parsers.labels import fold
from parsers.result import StatedRow
from parsers.text import Block, split_lines

_ADDRESS: Final = re.compile(r"([\w.+-]{1,64})@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_SHORTEST: Final = 3  # letters of a name
_LOOK: Final = 20_000  # characters
_MOST: Final = 200  # accounts


def with_names(rows: Sequence[StatedRow], blocks: Sequence[Block]) -> tuple[StatedRow, ...]:
    """Return the rows; one without an address gets that of the quotation whose name its own line says, if it says one.

    Linear; never raises.
    """
    quoted = "\n".join(block.text for block in blocks if block.kind == "quoted")[:_LOOK]
    accounts = {found[0].casefold().rstrip("."): fold(found[1]) for found in _ADDRESS.finditer(quoted)}
    if not accounts or len(accounts) > _MOST:
        return tuple(rows)
    own = [line for block in blocks if block.kind == "own" for line in split_lines(block.text[:_LOOK])]
    return tuple(_named(row, own, accounts) for row in rows)


def _named(row: StatedRow, own: Sequence[str], accounts: dict[str, str]) -> StatedRow:
    if row.address or row.login or not row.password:
        return row
    lines = [line for line in own if row.password in line]
    said = f" {fold(lines[0].replace(row.password, ' '))} " if len(lines) == 1 else ""
    named = [one for one, name in accounts.items() if len(name) >= _SHORTEST and f" {name} " in said]
    if len(named) != 1:
        return row
    problems = tuple(problem for problem in row.problems if problem.code != "address-missing")
    return replace(row, address=named[0], problems=problems)

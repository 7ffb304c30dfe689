"""Records to rows: where the header is, which lines are no data, and what each line states. No cell ever moves."""

from dataclasses import replace
from typing import Final

from parsers.columns import Columns, are_names, columns_by_type, without_flags
from parsers.dialect import Record
from parsers.gridrows import rows_of
from parsers.gridsections import MAX_COLUMNS, TOP_LINES, Grid, Section, doubted, find_sections, without_titles
from parsers.result import Problem, StatedRow
from parsers.rows import merge_rows

MAX_ROWS: Final = 10_000


def read_grid(grid: Grid, problems: list[Problem]) -> tuple[StatedRow, ...]:
    """Return one row per line that names an account, faulty ones too; add what is wrong with the table to `problems`."""
    sections = find_sections(grid)
    widest = max((one.columns.width for one in sections if one.columns), default=0)
    if widest > MAX_COLUMNS:
        problems.append(Problem(code="too-many-columns", item=grid.name))
        return ()
    _cap(sections, grid, problems)
    rows: list[StatedRow] = []
    for section in sections:
        columns = section.columns
        if columns is None:
            if any(len(record.cells) > MAX_COLUMNS for record in section.records[:TOP_LINES]):
                problems.append(Problem(code="too-many-columns", item=grid.name))
                continue
            columns = columns_by_type([record.cells for record in section.records])
            if columns.at("address") is None:
                continue
            columns = doubted(columns, section.records)
            section.records = without_titles(section.records, columns)
            problems.append(Problem(code="columns-guessed", item=grid.name))
        columns = _without_names(columns, section.records)
        columns = without_flags(columns, [record.cells for record in section.records])
        if columns.at("password") is None and not columns.unsure:
            problems.append(Problem(code="no-password-column", field="password", item=grid.name))
        if columns.new_password is not None and _any_filled(section.records, columns.new_password):
            problems.append(Problem(code="new-password-ignored", field="password", item=grid.name))
        rows += rows_of(section.records, columns, grid)
    problems[:] = dict.fromkeys(problems)
    return merge_rows(rows)


def _cap(sections: list[Section], grid: Grid, problems: list[Problem]) -> None:
    room = MAX_ROWS
    for section in sections:
        if len(section.records) > room:
            problems.append(Problem(code="too-many-rows", item=grid.name))
            section.records = section.records[:room]
        room -= len(section.records)


def _without_names(columns: Columns, records: list[Record]) -> Columns:
    """Return the columns; a column of people's names beside one of addresses is no column of logins."""
    login = columns.at("login")
    if login is None or columns.at("address") is None:
        return columns
    if not are_names(record.cells[login] for record in records if login < len(record.cells)):
        return columns
    return replace(columns, fields={at: name for at, name in columns.fields.items() if at != login})


def _any_filled(records: list[Record], at: int) -> bool:
    return any(record.cells[at].strip() for record in records if at < len(record.cells))

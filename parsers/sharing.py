"""Which server a row without one may use: passwords must not be tried where they do not belong."""

from dataclasses import replace

from parsers.result import Problem, StatedRow
from parsers.rows import merge_rows
from parsers.stated import Stated
from parsers.values import Host


def share_host(
    stated: Stated, in_tables: list[StatedRow], of_some: frozenset[str] = frozenset()
) -> tuple[StatedRow, ...]:
    """Return all rows, those without a server on the only one the mail names, or with the problem host-missing.

    A server named beside the rows is for all; one named in a row is for rows of the same domain: the password of
    another domain must not be tried there. One that answers a question is of the account asked about.

    Args:
        stated: what the letter's own lines state.
        in_tables: the rows of its tables.
        of_some: servers that the letter names for single rows: for no others.
    """
    rows = merge_rows([*in_tables, *stated.rows])
    in_rows = {
        row.host: Host(row.host, row.port, row.security)
        for row in reversed(rows)
        if row.host and row.host not in of_some
    }
    beside = {server.name: server for server in stated.servers}
    only = next(iter((in_rows | beside).values())) if len(in_rows | beside) == 1 else None
    if only and only.name in stated.answered_hosts:
        only = None
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
        return replace(row, host=only.name, host_shared=True)
    return replace(
        row, host=only.name, host_shared=True, port=only.port, security=row.security or only.security
    )

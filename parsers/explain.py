"""What was understood from one mail, as the JSON of `mailferry explain` (the contract is in docs/design.md's terms)."""

from collections.abc import Iterable, Mapping
from typing import Any

from parsers.request import Request
from parsers.result import Problem, StatedRow
from parsers.starting import instant
from parsers.whenstart import Start


def explain(request: Request, *, reveal: bool = False) -> dict[str, Any]:
    """Return the JSON of `mailferry explain --json`; passwords print as *** unless `reveal`."""
    start = request.start
    return {
        "kind": request.kind,
        "requester": request.requester,
        "via": request.via,
        "subject": request.subject,
        "ticket_tags": list(request.ticket_tags),
        "rows": [_explain_row(row, request.row_starts, reveal=reveal) for row in request.rows],
        "start": start and {"said": start.said, "utc": instant(start.utc), "problem": start.problem},
        "contacts": [
            {"file": file.file, "cards": file.count, "problems": _explain_problems(file.problems)}
            for file in request.contacts
        ],
        "calendars": [
            {"file": file.file, "objects": file.count, "problems": _explain_problems(file.problems)}
            for file in request.calendars
        ],
        "problems": _explain_problems(request.problems),
        "wishes": sorted(request.wishes),
        **({"start_choices": [instant(one) for one in start.choices]} if start and start.choices else {}),
    }


def _explain_row(row: StatedRow, starts: Mapping[str, Start], *, reveal: bool) -> dict[str, Any]:
    own = starts.get(row.start_said or "")

    def shown(password: str | None) -> str | None:
        return password if reveal or password is None else "***"

    return {
        "origin": row.origin,
        "line": row.line,
        "address": row.address,
        "login": row.login,
        "password": shown(row.password),
        "password_alternatives": [shown(other) for other in row.password_alternatives],
        "host": row.host,
        "port": row.port,
        "security": row.security,
        "destination": row.destination,
        "problems": [{"code": problem.code, "field": problem.field} for problem in row.problems],
        **({"start": instant(own.utc)} if own else {}),
    }


def _explain_problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "code": p.code,
            "field": p.field,
            **({"line": p.line} if p.line else {}),
            **({"item": p.item} if p.item else {}),
        }
        for p in problems
    ]

"""Letters as customers write them: every one of tests/bodies.py, read as a careful agent would."""

import pytest

from parsers.body import parse_body
from parsers.result import StatedRow
from parsers.sharing import share_host
from tests.bodies import LETTERS, SECOND, STUDY, THIRD, TRAPS, Body, R


def as_row(row: StatedRow) -> R:
    return R(
        address=row.address,
        password=row.password,
        host=row.host,
        port=row.port,
        security=row.security,
        login=row.login,
        destination=row.destination,
        other=next(iter(row.password_alternatives), None),
        problems=tuple(problem.code for problem in row.problems),
    )


@pytest.mark.parametrize("body", [*STUDY, *LETTERS, *SECOND, *THIRD, *TRAPS], ids=lambda body: body.name)
def test_a_letter_is_understood_as_a_careful_agent_would(body: Body) -> None:
    """A wrong value is far worse than a question; a row that is seen is never passed over in silence."""
    parsed = parse_body(body.text)

    assert tuple(as_row(row) for row in share_host(parsed.value, [])) == body.rows
    assert parsed.value.start_said == body.start
    assert tuple(problem.code for problem in parsed.problems) == body.remarks

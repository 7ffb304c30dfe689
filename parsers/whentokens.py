"""What a phrase about time is made of: dates, weekdays, clock times, and the words around them."""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "date", "weekday", "relative", "elapsed", "time", "hour", "part", "range", "or", "maybe-or", "next", "this",
    "this-part", "earliest", "deadline", "vague", "soon", "particle", "unknown",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    """One reading of a written date; year None and month 0 = not said."""

    year: int | None
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Token:
    """One thing said, and where.

    `value`: of a date its readings, of a weekday 0 (Monday) to 6, of relative the days from today, of elapsed the hours
    from now, of a time hour and minute, of an hour the bare number, of a part its name; else the word itself or None.
    """

    kind: Kind
    value: Any
    start: int
    end: int


def tokens_of(tokens: list[Token], *kinds: Kind) -> list[Token]:
    """Return those tokens that are of one of the kinds."""
    return [token for token in tokens if token.kind in kinds]

"""A wanted start as far as it is understood, and what a phrase about it is read in."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

from parsers.whenzone import instants

StartProblem = Literal["ambiguous", "vague", "past", "too-soon", "gap"]


FARTHEST: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A wanted start as far as it was understood.

    utc None and problem None together: as soon as possible, no time is wanted. "too-soon" is never found here: who knows
    the notice rule adds it. With "past" the instant stands beside the problem; with every other one there is none.
    """

    said: str
    utc: datetime | None = None  # aware, UTC
    problem: StartProblem | None = None
    choices: tuple[datetime, ...] = ()  # at most three instants (aware, UTC) that may be meant
    zone: str | None = (
        None  # the one zone they named, as the tz database or "UTC+05:30" calls it; None = none
    )


class Unclear(Exception):
    """Reading stopped; the problem and the choices to offer."""

    def __init__(self, problem: StartProblem, *choices: datetime) -> None:
        super().__init__(problem)
        self.problem: StartProblem = problem
        self.choices = choices


@dataclass(frozen=True, slots=True)
class Frame:
    """What a phrase is read in."""

    now: datetime
    zones: tuple[tzinfo, ...]  # one, or several when it is open which is meant
    abbreviations: tuple[str, ...] = ()

    def at(self, wall: datetime) -> tuple[datetime, ...]:
        """Return the instants of a wall time in every zone that may be meant."""
        return tuple(dict.fromkeys(one for zone in self.zones for one in instants(wall, zone)))

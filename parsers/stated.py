"""What a letter says in its own words."""

from dataclasses import dataclass

from parsers.result import StatedRow
from parsers.values import Host


@dataclass(frozen=True, slots=True)
class Stated:
    """What a letter says in its own words."""

    rows: tuple[StatedRow, ...] = ()
    start_said: str | None = None  # the wanted start as written; parsers.when reads it
    wishes: frozenset[str] = frozenset()  # "done", "asks-migration"
    start_phrases: tuple[str, ...] = ()  # a start asked for in sentences; parsers.letter finds it
    lone_start: str | None = None  # a start alone on a line: counts in an answer only
    offered: tuple[str, ...] = ()  # the times of our own mail that an answer quotes
    answer: str = ""  # the own lines of such an answer
    open_starts: tuple[str, ...] = ()  # a start by an event ("when we are gone"): asked about likewise
    doubtful_starts: tuple[str, ...] = ()  # times that may be the start: asked about where no other is named
    servers: tuple[Host, ...] = ()  # servers named beside the rows; one alone is for all rows that name none
    answered_hosts: frozenset[str] = (
        frozenset()
    )  # servers given below a question: of the account asked about alone

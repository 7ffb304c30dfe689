"""What a parser returns: the value, and every problem found."""

from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

TransportSecurity = Literal["tls", "starttls", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to ask the requester, or to tell staff."""

    code: str  # stable: tests, `explain --json` and the reply paragraph use it
    field: str | None = None  # the column or label it is about, in our words ("password")
    line: int = 0  # 1-based line of the file; 0 = the message itself
    item: str = ""  # the item's own name (a card's FN, an event's SUMMARY and date); never a secret


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """A value read as far as it could be, and what was wrong with the rest. Never an exception."""

    value: T
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRow:
    """One account somebody asks us to copy, exactly as far as they stated it."""

    origin: str = "body"  # "body" or the attachment's file name
    line: int = 0  # 1-based line of the file; 0 = the message body
    address: str | None = None
    login: str | None = None  # None = the address
    password: str | None = field(default=None, repr=False)  # the characters that came, untrimmed inside
    password_alternatives: tuple[str, ...] = field(default=(), repr=False)  # at most one
    host: str | None = None
    host_shared: bool | None = field(
        default=None, compare=False
    )  # True = it was named beside the rows, not in this one
    port: int | None = None
    security: TransportSecurity | None = None
    destination: str | None = None  # None = the same address at our servers
    contacts_file: str | None = None  # attachment the row claims for its contacts
    calendar_file: str | None = None
    start_said: str | None = None  # the wanted start of this row alone, as written; parsers.when reads it
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedTable(Parsed[tuple[StatedRow, ...]]):
    """The rows of a table, and how its own header looks, so that it can be given back the same way."""

    layout: tuple[
        str, ...
    ] = ()  # the delimiter ("" = a spreadsheet), then the header as written; () = no header

"""A label and the value behind it, and whether a value is of the kind its label names."""

from typing import NamedTuple

from parsers.labels import Field, Label
from parsers.values import is_address, read_address, read_host


class Pair(NamedTuple):
    """A label and what stands behind it; `weak` = only a sentence's verb parts them."""

    label: Label
    value: str
    weak: bool = False
    address: str = ""  # the account the label names itself: "Password for anna@x.example: …"
    shared: bool = False  # said to be for all rows


def is_of_kind(field: Field, value: str) -> bool:
    """Say whether the value can be one of that field: an address, a server, a port."""
    if field in {"address", "login", "destination"}:
        return is_address(read_address(value))
    if field in {"host", "ignored"}:
        return read_host(value.strip(",;")).name is not None
    return field == "port" and value.strip(",;.()").isdigit()


def trimmed(value: str) -> str:
    """Return the value without the mark that parts it from the next one."""
    return value.rstrip(",;") or value

"""How contacts and calendar servers differ where the standards leave it open: a small table, as data. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

UNKNOWN: Final = "unknown"  # the careful one; also what a server is whose [dav] profile is not set


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What may be expected of one kind of server; profiles.toml says what each key means."""

    name: str
    honours_if_none_match: bool
    zero_length_end: bool
    floating_kept: bool
    scheduling: Literal["nobody", "client", "mailto"]
    max_connections: int
    max_card_bytes: int
    max_object_bytes: int


def profile_named(name: str) -> Profile:
    """Return the profile of that name.

    Raises:
        KeyError: there is none; `profile_names()` has them.
    """
    table = _table()
    values: dict[str, Any] = {**table[UNKNOWN], **table[name]}
    return Profile(name=name, **values)


def profile_names() -> tuple[str, ...]:
    """Return the names that [dav] profile may have."""
    return tuple(_table())


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("bot.dav").joinpath("profiles.toml").read_text(encoding="utf-8"))

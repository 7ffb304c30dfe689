"""How long to wait after a connection broke or a server asked for it, and when to give up. Pure."""

from dataclasses import dataclass, replace
from typing import Final, Literal, Self

from bot.errors import BotError

Kind = Literal["broken", "throttled", "login"]

# What may be better at the next try. Every other error ends the pass at once.
KINDS: Final[dict[str, Kind]] = {
    "unreachable": "broken",
    "broken": "broken",
    "throttled": "throttled",
    "login-refused": "login",
}


def kind_of(error: BotError) -> Kind | None:
    """Return what kind of trouble an error of one side is, None for one that no new connection mends."""
    side, _, rest = error.code.partition("-")
    return KINDS.get(rest) if side in ("source", "destination") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds before each next try, without anything done in between; behind the last one the pass ends."""

    broken: tuple[float, ...] = (0.5, 1, 2, 4, 8)
    throttled: tuple[float, ...] = (5, 15, 30, 60, 120)  # where the server does not say for how long
    login: tuple[float, ...] = (30,)  # refused though it was right a moment ago: a server with no place left
    unsure: float = 3  # at least, while a destination may still be storing what it was sent
    longest: float = 300  # waited inside a pass; for longer the pass ends, and comes back
    left_out: int = 20  # messages and folders given up one after the other, with nothing done in between


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong in a pass since something was done last."""

    breaks: int = 0
    logins_refused: int = 0  # in the whole pass
    left_out: int = 0  # messages and folders given up

    def after_progress(self) -> Self:
        """Return it when a message was copied or a folder finished."""
        return replace(self, breaks=0, left_out=0)

    def after_leaving_out(self) -> Self:
        """Return it when a message or folder was given up, so that the rest may be done."""
        return replace(self, breaks=0, left_out=self.left_out + 1)

    def after(self, kind: Kind) -> Self:
        """Return it when a connection broke."""
        return replace(self, breaks=self.breaks + 1, logins_refused=self.logins_refused + (kind == "login"))


def decide_pause(
    error: BotError, trouble: Trouble, patience: Patience, *, opened: bool, unsure: bool = False
) -> float | None:
    """Return the seconds to wait before the next try, None when the pass ends with this error.

    Args:
        error: what broke the connection; `wait_seconds` among its facts is what the server asked for.
        trouble: what went wrong before it.
        patience: how long at most.
        opened: that both accounts were open in this pass. A server that never answered is not waited for, and a
            password that never opened the account is not tried again.
        unsure: a destination may still be storing what it was sent; looking at once could miss it.
    """
    kind = kind_of(error)
    if kind is None or trouble.left_out > patience.left_out or (kind != "throttled" and not opened):
        return None
    least = patience.unsure if unsure else 0.0
    told = error.facts.get("wait_seconds")
    if kind == "throttled" and told is not None:
        seconds = _told(float(told), trouble, patience)
        return None if seconds is None else max(seconds, least)
    steps = {"broken": patience.broken, "throttled": patience.throttled, "login": patience.login}[kind]
    number = trouble.logins_refused if kind == "login" else trouble.breaks
    if number >= len(steps):
        return None
    return max(steps[number], least)


def _told(seconds: float, trouble: Trouble, patience: Patience) -> float | None:
    """Return what the server asked for, a little more each time that it did not help."""
    if seconds > patience.longest or trouble.breaks >= len(patience.throttled):
        return None
    return min(seconds + trouble.breaks * min(1.0, patience.throttled[0]), patience.longest)

"""How an event's people are written so that no server mails them (RFC 6638); docs/operate.md has the table. Pure."""

from typing import Literal

from bot.dav.profiles import UNKNOWN, Profile

Silence = Literal["as-is", "client", "neutral"]


def silence_for(profile: Profile, *, auto_schedule: bool, proven: bool) -> Silence:
    """Return how participants are to be written.

    "as-is": this server writes to nobody. "client": with SCHEDULE-AGENT=CLIENT, which it was shown to respect.
    "neutral": with addresses that nobody can send to; names and addresses stay readable.

    Args:
        profile: of the server; one that is known to write to people is not trusted when it announces nothing.
        auto_schedule: it announces that it writes to people by itself.
        proven: a canary showed that this very host respects SCHEDULE-AGENT (bot.dav.canary).
    """
    known_to_write = profile.name != UNKNOWN and profile.scheduling != "nobody"
    if not auto_schedule and not known_to_write:
        return "as-is"
    return "client" if profile.scheduling == "client" and proven else "neutral"


def own_calendar(name: str | None, user: str) -> str | None:
    """Return the name of the calendar a file is to go into by its X-WR-CALNAME; None = the account's default one.

    A default name and an address (Google names the owner's calendar by it) are no calendar of their own.
    """
    plain = " ".join((name or "").split())
    words = plain.casefold()
    if not plain or "@" in words or words == user.casefold() or words in _DEFAULTS:
        return None
    return plain


_DEFAULTS = frozenset(
    [
        "calendar",
        "kalender",
        "calendrier",
        "calendario",
        "agenda",
        "kalendarz",
        "personal",
        "persönlich",
        "privat",
        "personnel",
        "personale",
        "home",
        "default",
        "standard",
        "termine",
        "events",
    ]
) | {"my calendar", "mein kalender", "personal calendar", "mon calendrier", "mi calendario"}

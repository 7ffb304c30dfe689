"""Which kind of server this is by what it says of itself, and how careful that makes us. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from bot.dav.profiles import UNKNOWN, Profile, profile_named

# The most careful assumption about who gets mail first.
_CARE: Final = ("mailto", "client", "nobody")


def detect(products: Iterable[str], classes: Iterable[str], path: str) -> str:
    """Return the name of the profile that fits what a server says, "unknown" when none does.

    Args:
        products: lower-case headers that name software.
        classes: its DAV classes.
        path: of one of its collections.
    """
    said, known = " ".join(products), " ".join(classes)
    if "sogo" in said or "/sogo/dav/" in path.lower():
        return "sogo"
    if "cyrus" in said:
        return "cyrus"
    if "sabre" in said or "nextcloud" in said or "nextcloud" in known or "nc-" in known:
        return "sabre"
    if "xandikos" in said:
        return "xandikos"
    return "radicale" if "radicale" in said else UNKNOWN


def effective(configured: str, detected: str, max_connections: int = 0) -> Profile:
    """Return how to treat this server; what it says of itself never makes us less careful than the configuration.

    Where no profile is configured, it never makes us less careful about what protects people and their data (who gets
    mail, whether an object may be overwritten); what only shapes our own objects follows what was found.

    Args:
        configured: the name in [dav] profile.
        detected: the name that `detect` found.
        max_connections: at most so many; 0 = as the profile says.
    """
    base, found = profile_named(configured), profile_named(detected)
    if configured == UNKNOWN:
        careful = profile_named(UNKNOWN)
        base = replace(
            found,
            honours_if_none_match=careful.honours_if_none_match,
            scheduling=min(careful.scheduling, found.scheduling, key=_CARE.index),
        )
    elif detected != UNKNOWN:
        base = _more_careful(base, found)
    return replace(base, max_connections=min(max_connections or base.max_connections, base.max_connections))


def _more_careful(one: Profile, other: Profile) -> Profile:
    return replace(
        one,
        honours_if_none_match=one.honours_if_none_match and other.honours_if_none_match,
        zero_length_end=one.zero_length_end and other.zero_length_end,
        floating_kept=one.floating_kept and other.floating_kept,
        scheduling=min(one.scheduling, other.scheduling, key=_CARE.index),
        max_connections=min(one.max_connections, other.max_connections),
        max_card_bytes=min(one.max_card_bytes, other.max_card_bytes),
        max_object_bytes=min(one.max_object_bytes, other.max_object_bytes),
    )

"""A canary that shows whether a calendar server writes to people: an invitation to ourselves, in every way an import has.

What was shown is a file of the state folder with host and date. It counts for that host only, and for a year.
"""

import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.dav.client import Collection
from bot.dav.protocol import Put
from parsers.lines import fold

VALID: Final = timedelta(days=365)
WAIT: Final = 60.0  # seconds in which a mail would arrive

_FILE: Final = "dav-canary.json"

Arrived = Callable[[str], bool]


def prove_silence(
    calendar: Collection, organizer: str, canary: str, arrived: Arrived, *, wait: float = WAIT
) -> bool:
    """Put, update and delete a future event that invites the canary; say whether the server stayed silent.

    Args:
        calendar: of an account of ours.
        organizer: the address of that account.
        canary: an address whose mail we can look at.
        arrived: whether a mail came that holds this word. The caller has shown before that mail does arrive there.
        wait: seconds to wait after each of the three.

    Raises:
        DavLoginRefused, DavUnreachable, DavBroken: nothing was shown.
    """
    word = f"canary{secrets.token_hex(12)}"
    href = calendar.href(word)
    silent = True
    try:
        stored, _ = calendar.store(href, _event(word, organizer, canary, 10))
        if stored is not Put.STORED:
            return False
        time.sleep(wait)
        silent = not arrived(word)
        etag = calendar.list().get(href, "")
        updated, _ = calendar.store(href, _event(word, organizer, canary, 14), etag)
        time.sleep(wait)
        silent = silent and updated is Put.STORED and not arrived(word)
    finally:
        calendar.delete(href)
    time.sleep(wait)
    return silent and not arrived(word)


def save_proof(state: Path, url: str, *, silent: bool, now: datetime) -> None:
    """Keep what was shown about a host; a host that wrote to the canary loses its proof."""
    host = _host(url)
    proofs = _proofs(state)
    proofs.pop(host, None)
    if silent:
        proofs[host] = now.astimezone(UTC).isoformat()
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = state / f"{_FILE}.new"
    new.write_text(json.dumps(proofs), "utf-8")
    new.replace(state / _FILE)


def proven_on(state: Path, url: str, now: datetime | None = None) -> datetime | None:
    """Return when this very host was last shown to be silent; None = never, or too long ago."""
    with suppress(ValueError, TypeError):
        shown = datetime.fromisoformat(_proofs(state).get(_host(url), ""))
        if (now or datetime.now(UTC)) - shown < VALID:
            return shown
    return None


def silent_host(state: Path, url: str) -> str:
    """Return the url's host where a canary showed that it writes to nobody, else ""."""
    return _host(url) if proven_on(state, url) else ""


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").casefold()


def _proofs(state: Path) -> dict[str, str]:
    try:
        found = json.loads((state / _FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _event(word: str, organizer: str, canary: str, hour: int) -> bytes:
    day = datetime.now(UTC) + timedelta(days=30)
    return fold(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Mailferry//Canary//EN",
            "BEGIN:VEVENT",
            f"UID:{word}",
            f"DTSTAMP:{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART:{day:%Y%m%d}T{hour}0000Z",
            f"DTEND:{day:%Y%m%d}T{hour}3000Z",
            f"SUMMARY:{word}",
            f"ORGANIZER;SCHEDULE-AGENT=CLIENT:mailto:{organizer}",
            f"ATTENDEE;SCHEDULE-AGENT=CLIENT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{canary}",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    )

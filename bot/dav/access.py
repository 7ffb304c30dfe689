"""With whose password an account's contacts and calendars are written: a service's, the row's own, or one made for the moment."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from bot.errors import DavNoAccess
from bot.logs import log
from bot.model import Secret

COMMAND_SECONDS: Final = (
    60  # an administration interface may take its time; it must not hold an import for ever
)

Auth = Literal["service", "password", "app-password"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What [dav] says of how we get in."""

    auth: Auth = "service"
    make: tuple[str, ...] = ()  # gets the address as its last argument, prints an app password
    unmake: tuple[str, ...] = ()  # likewise; takes that password away again


@contextmanager
def open_access(
    ways: Ways, address: str, service: Callable[[], Secret | None], own: Callable[[], Secret]
) -> Iterator[Secret]:
    """Yield the password to log in with; one that was made for this import is taken away after it, whatever happened.

    Args:
        ways: what bot.toml says.
        address: the account; it came in a mail.
        service: reads the service account's password.
        own: opens the row's password; empty = there is none.

    Raises:
        DavNoAccess: there is no password, or the command gave none: nothing was tried.
    """
    if ways.auth != "app-password":
        password = (service() if ways.auth == "service" else own()) or Secret("")
        if not password.reveal():
            raise DavNoAccess(address=address)
        yield password
        return
    if not ways.make or address.startswith("-"):  # no address is an option of somebody's command
        raise DavNoAccess(address=address)
    try:
        yield Secret(_made(ways.make, address))
    finally:  # also where the command failed: it may have made one before it did
        _take_away(ways.unmake, address)


def _made(command: Sequence[str], address: str) -> str:
    try:
        said = _run(command, address).decode("utf-8", "surrogateescape")
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("dav.app_password_failed", address=address, error=type(error).__name__)
        raise DavNoAccess(address=address) from None
    password = said.removesuffix("\n").removesuffix("\r")
    if not password or "\n" in password:
        log.warning("dav.app_password_failed", address=address, error="not one line")
        raise DavNoAccess(address=address)
    return password


def _take_away(command: Sequence[str], address: str) -> None:
    """Run the other command; where it fails the import stands, and the log says what is left to do."""
    if not command:
        return
    try:
        _run(command, address)
    except (OSError, subprocess.SubprocessError) as error:
        log.error("dav.app_password_left", address=address, error=type(error).__name__)


def _run(command: Sequence[str], address: str) -> bytes:
    done = subprocess.run(  # noqa: S603 (the operator's own command; no shell reads the address)
        [*command, address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=COMMAND_SECONDS,
    )
    return done.stdout

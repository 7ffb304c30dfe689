"""`mailferry copy mail`: one account to another with the engine of the daemon, no ticket. Run again = delta pass."""

import getpass
import hashlib
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bot.errors import BotError, Retry
from bot.mail.report import clean, render_json, render_report
from bot.mail.roles import ROLES
from bot.model import Endpoint, Login, PassOptions, PassReport, Progress, Secret, Security
from bot.net import parse_host

ACCOUNT: Final = re.compile(
    r"(?P<user>.+)@(?P<host>\[[^\]]*\]|[^@:\[\]]+)(:(?P<port>[0-9]{1,5}))?", re.DOTALL
)
PORTS: Final[Mapping[Security, int]] = {"tls": 993, "starttls": 143, "plain": 143}
SIGN: Final = re.compile(r"(?<!\\)=")
MOST_CONNECTIONS: Final = 16
OK, ATTENTION, USAGE, BAD_DATA, UNAVAILABLE, LATER, PERMISSION = 0, 1, 2, 65, 69, 75, 77
EXIT_CODES: Final = {
    "source-login-refused": PERMISSION,
    "destination-login-refused": PERMISSION,
    "source-host-unknown": UNAVAILABLE,
    "source-unreachable": UNAVAILABLE,
    "destination-unreachable": UNAVAILABLE,
    "source-takes-no-passwords": PERMISSION,
    "source-tls-failed": UNAVAILABLE,
    "destination-tls-failed": UNAVAILABLE,
    "self-copy": USAGE,
    "no-such-folder": USAGE,
    "folder-settled": USAGE,
    "journal-broken": BAD_DATA,
}


def copy_mail(
    source: str,
    destination: str,
    *,
    plaintext: bool = False,
    starttls: bool = False,
    dry_run: bool = False,
    journal: Path | None = None,
    options: PassOptions = PassOptions(),  # noqa: B008  frozen
    as_json: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> int:
    """Copy one account to another and print the report; return the exit code.

    Args:
        source: USER@HOST[:PORT]; the password is in SOURCE_PASSWORD, or asked for on a terminal.
        destination: likewise, with DESTINATION_PASSWORD.
        plaintext: no TLS on either side.
        starttls: STARTTLS instead of implicit TLS on both sides.
        dry_run: only look, and report what would be copied.
        journal: the file that remembers what was copied; None = one named by both accounts in the user's state folder.
        options: how the pass is run; see read_options.
        as_json: the report as JSON.
        progress: called while it copies.

    Returns:
        0 done and verified; 1 something needs a look; 2 usage; 65, 69, 75, 77 by kind of failure (sysexits.h).
    """
    try:
        security = choose_security(plaintext=plaintext, starttls=starttls)
        logins = (
            read_login(source, "SOURCE_PASSWORD", security),
            read_login(destination, "DESTINATION_PASSWORD", security),
        )
    except ValueError as mistake:
        _say(str(mistake))
        return USAGE
    try:
        report = _copy(*logins, journal=journal, options=options, dry_run=dry_run, progress=progress)
    except BotError as error:
        _say(str(error).replace("tried again by itself", "run the same command again") + _again(error))
        return exit_code_of(error)
    except KeyboardInterrupt:
        _say("stopped: run the same command again to go on where it was")
        return LATER
    print(render_json(report) if as_json else render_report(report, dry_run=dry_run))  # noqa: T201
    return OK if dry_run or not needs_attention(report) else ATTENTION


def _copy(
    source: Login,
    destination: Login,
    *,
    journal: Path | None,
    options: PassOptions,
    dry_run: bool,
    progress: Callable[[Progress], None] | None,
) -> PassReport:
    from bot.mail.copy import account_name, run_pass, survey

    path = journal or default_journal(account_name(source), account_name(destination))
    if dry_run:
        return survey(source, destination, path, policy=None, options=options)
    return run_pass(source, destination, path, policy=None, options=options, on_progress=progress)


def choose_security(*, plaintext: bool, starttls: bool) -> Security:
    """Return how both connections are protected; implicit TLS unless asked otherwise (RFC 8314 section 3).

    Raises:
        ValueError: asked for both.
    """
    if plaintext and starttls:
        raise ValueError("--plaintext and --starttls exclude each other")
    return "plain" if plaintext else "starttls" if starttls else "tls"


def parse_account(text: str, security: Security) -> tuple[str, Endpoint]:
    """Return (user, endpoint) of USER@HOST[:PORT]. USER may hold an @: the last one splits. IPv6 hosts in brackets.

    Raises:
        ValueError: what is wrong with it.
    """
    found = ACCOUNT.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} is not USER@HOST or USER@HOST:PORT, as in anna@old.example@imap.old.example:993"
        )
    host = found["host"].strip("[]")
    port = int(found["port"] or PORTS[security])
    if parse_host(host) is None or not 0 < port < 65536:
        raise ValueError(f"{found['host']} port {port} is no server's name and port")
    return found["user"], Endpoint(host=host, port=port, security=security)


def read_login(text: str, variable: str, security: Security) -> Login:
    """Return the login for USER@HOST[:PORT] with the password of an environment variable, or asked for.

    Raises:
        ValueError: the text is no account, or there is no password and nobody to ask.
    """
    user, endpoint = parse_account(text, security)
    password = os.environ.get(variable)
    if password is None:
        if not sys.stdin.isatty():
            raise ValueError(f"no password for {user} at {endpoint.host}: set {variable}")
        password = getpass.getpass(f"Password for {user} at {endpoint.host}: ", sys.stderr)
    return Login(endpoint=endpoint, user=user, password=Secret(password), checked=True)


def default_journal(source: str, destination: str) -> Path:
    """Return where the journal of two accounts lives in the user's state folder (XDG base directories)."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    words = re.sub(r"[^a-z0-9.@-]+", "_", f"{source}--{destination}")[:120]
    mark = hashlib.sha256(f"{source}\0{destination}".encode()).hexdigest()[:12]
    return state / "mailferry" / "journals" / f"{words}-{mark}.sqlite"


def _again(error: BotError) -> str:
    """Return when to run the command again, where the server said it."""
    seconds = error.facts.get("wait_seconds")
    if not isinstance(seconds, int) or not seconds:
        return ""
    return f"; run the same command again in {-(-seconds // 60):,} min"


def exit_code_of(error: BotError) -> int:
    """Return the exit code of a failure."""
    return EXIT_CODES.get(error.code, LATER if error.retry is Retry.LATER else UNAVAILABLE)


def needs_attention(report: PassReport) -> bool:
    """Return True when a person should look at the report."""
    return bool(report.skipped) or not report.verified


def read_options(
    *,
    maps: Sequence[str] = (),
    into: str = "",
    exclude: Sequence[str] = (),
    skip_roles: Sequence[str] = (),
    connections: int = 4,
    **others: Any,
) -> PassOptions:
    r"""Return how the pass is to be run, from what stands on the command line.

    Args:
        maps: each OLD=NEW; an = that belongs to the old name is written \=.
        into: see PassOptions, also for what is not named here.
        exclude: source folders.
        skip_roles: special uses.
        connections: to either server.
        others: further fields of PassOptions.

    Raises:
        ValueError: what is wrong with it.
    """
    folder_map = tuple(_read_map(text) for text in maps)
    twice = [old for old, count in Counter(old for old, _ in folder_map).items() if count > 1]
    if twice:
        raise ValueError(f"--map names {twice[0]!r} twice")
    for role in skip_roles:
        if role not in ROLES:
            raise ValueError(f"--skip-role takes {', '.join(ROLES)}, not {role!r}")
    if not 1 <= connections <= MOST_CONNECTIONS:
        raise ValueError(f"--connections takes 1 to {MOST_CONNECTIONS}, not {connections}")
    if not all(name.strip("/") for name in (*exclude, into or "x")):
        raise ValueError("--exclude and --into take the name of a folder")
    usual = PassOptions()
    return PassOptions(
        folder_map=folder_map,
        into=into,
        exclude=tuple(exclude),
        skip_roles=tuple(skip_roles),
        connections=connections,
        per_source_host=max(connections, usual.per_source_host),  # the operator's own hand
        per_destination_host=max(connections, usual.per_destination_host),
        **others,
    )


def _read_map(text: str) -> tuple[str, str]:
    old, new = (part.replace("\\=", "=") for part in (*SIGN.split(text, 1), "")[:2])
    if not old.strip("/") or not new.strip("/"):
        raise ValueError(f'--map takes OLD=NEW, as in "Old folder=New folder", not {text!r}')
    return old, new


def _say(text: str) -> None:
    print(clean(text), file=sys.stderr)  # noqa: T201

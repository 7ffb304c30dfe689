"""`mailferry copy mail`: one account to another with the engine of the daemon, no ticket. Run again = delta pass."""

import getpass
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bot.errors import BotError, Retry
from bot.model import Endpoint, FolderReport, Login, PassReport, Progress, Secret, Security, SkippedMessage
from bot.net import parse_host

ACCOUNT: Final = re.compile(
    r"(?P<user>.+)@(?P<host>\[[^\]]*\]|[^@:\[\]]+)(:(?P<port>[0-9]{1,5}))?", re.DOTALL
)
PORTS: Final[Mapping[Security, int]] = {"tls": 993, "starttls": 143, "plain": 143}
OK, ATTENTION, USAGE, BAD_DATA, UNAVAILABLE, LATER, PERMISSION = 0, 1, 2, 65, 69, 75, 77
EXIT_CODES: Final = {
    "source-login-refused": PERMISSION,
    "destination-login-refused": PERMISSION,
    "source-host-unknown": UNAVAILABLE,
    "source-unreachable": UNAVAILABLE,
    "destination-unreachable": UNAVAILABLE,
    "source-tls-failed": UNAVAILABLE,
    "destination-tls-failed": UNAVAILABLE,
    "self-copy": USAGE,
    "journal-broken": BAD_DATA,
}
# Reasons for which a folder is left out by design; any other one asks for attention.


def copy_mail(
    source: str,
    destination: str,
    *,
    plaintext: bool = False,
    starttls: bool = False,
    dry_run: bool = False,
    journal: Path | None = None,
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
        report = _copy(*logins, journal=journal, dry_run=dry_run, progress=progress)
    except BotError as error:
        _say(str(error))
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
    dry_run: bool,
    progress: Callable[[Progress], None] | None,
) -> PassReport:
    from bot.mail.copy import account_name, run_pass, survey

    path = journal or default_journal(account_name(source), account_name(destination))
    if dry_run:
        return survey(source, destination, path, policy=None)
    return run_pass(source, destination, path, policy=None, on_progress=progress)


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


def exit_code_of(error: BotError) -> int:
    """Return the exit code of a failure."""
    return EXIT_CODES.get(error.code, LATER if error.retry is Retry.LATER else UNAVAILABLE)


def needs_attention(report: PassReport) -> bool:
    """Return True when a person should look at the report."""
    return bool(report.skipped) or not report.verified


def render_json(report: PassReport) -> str:
    """Return the report as JSON."""
    totals = {"messages": report.messages, "copied": report.copied, "present": report.present}
    return json.dumps(totals | {"verified": report.verified} | asdict(report), indent=2, ensure_ascii=False)


def render_report(report: PassReport, *, dry_run: bool = False) -> str:
    """Return the report as text: the outcome first, then a line a folder, then everything that needs a look."""
    parts = [_outcome(report, dry_run=dry_run), "", *_table(report.folders, dry_run=dry_run)]
    parts += _section("Not copied", [_skipped_line(one) for one in report.skipped])
    parts += _section("Folders left out", [f"{_clean(name)}: {why}" for name, why in report.folders_skipped])
    parts += _section("Renamed", [f"{_clean(old)} -> {_clean(new)}" for old, new in report.renamed])
    if report.keywords_dropped:
        parts += ["", f"{report.keywords_dropped} keywords could not be kept by the destination."]
    return "\n".join(parts)


def _outcome(report: PassReport, *, dry_run: bool) -> str:
    what = f"{report.messages:,} messages ({size_text(report.size_bytes)}) in {len(report.folders)} folders"
    if dry_run:
        return f"{what}: {report.copied:,} would be copied or recognised. Nothing was changed."
    there = sum(folder.matched for folder in report.folders)
    rate = f" in {report.seconds:.1f} s" if report.seconds else ""
    missing = report.messages - report.present
    proof = (
        "All of them are at the destination." if not missing else f"{missing:,} are not at the destination."
    )
    return f"{what}: {report.copied:,} copied, {there:,} there before{rate}. {proof}"


def _table(folders: Sequence[FolderReport], *, dry_run: bool) -> Iterator[str]:
    heads = (
        "folder",
        "to",
        "messages",
        "size",
        "to copy" if dry_run else "copied",
        "there",
        "verified",
        "flags",
    )
    rows = [
        (
            _clean(one.source),
            _clean(one.destination),
            f"{one.messages:,}",
            size_text(one.size_bytes),
            f"{one.copied:,}",
            f"{one.matched:,}",
            f"{one.present:,}",
            f"{one.flags_changed:,}",
        )
        for one in folders
    ]
    shown = heads[:6] if dry_run else heads
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(shown))]
    for row in [heads, *rows]:
        cells = zip(row, widths, strict=False)
        line = (
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(cells)
        )
        yield "  ".join(line).rstrip()


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"{title}:", *(f"  {line}" for line in lines)] if lines else []


def _skipped_line(one: SkippedMessage) -> str:
    about = f"{_clean(one.sender)}: {_clean(one.subject)}"
    return f"{_clean(one.folder)} UID {one.uid}, {one.date.strip()}, {about} ({size_text(one.size_bytes)}): {one.code}"


def size_text(size_bytes: int) -> str:
    """Return a size for people, in powers of 1000."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _clean(text: str) -> str:
    """Return text without what could steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _say(text: str) -> None:
    print(_clean(text), file=sys.stderr)  # noqa: T201

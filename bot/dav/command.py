"""`mailferry copy contacts` and `copy calendar`: files into one account, by the operator's own hand."""

import getpass
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from bot.dav.calendars import import_objects, preview_objects
from bot.dav.contacts import import_cards, preview_cards
from bot.dav.ledger import Ledger, account_name
from bot.dav.profiles import UNKNOWN, profile_names
from bot.dav.report import REASONS
from bot.dav.target import DavTarget
from bot.dav.upload import OnProgress
from bot.errors import BotError
from bot.model import ImportReport, ItemNote, Secret
from parsers.archive import unpack
from parsers.attachments import Attachment, export_kind
from parsers.ics import parse_calendar
from parsers.result import Problem
from parsers.sandbox import Limits, SandboxKilled, parse_safely
from parsers.vcard import ParsedCards, parse_cards

OK: Final = 0
ATTENTION: Final = 1  # items failed
BAD_DATA: Final = 65
UNAVAILABLE: Final = 69
PERMISSION: Final = 77

_EXIT_CODES: Final = {
    "dav-login-refused": PERMISSION,
    "dav-no-collection": PERMISSION,
    "journal-broken": BAD_DATA,
}
_NO_FILE_AT_ALL: Final = frozenset(
    {"not-a-vcard", "not-a-calendar", "unreadable", "unopened", "contacts-inside", "calendar-inside"}
    | {"archive-unreadable", "encrypted"}
)
_ZIP: Final = b"PK\x03\x04"
_OTHER: Final = {"cards": "contacts-inside", "calendar": "calendar-inside"}  # a file for the other command
_LIMITS: Final = Limits(cpu_seconds=60, wall_seconds=90.0)  # the operator waits for big files


@dataclass(frozen=True, slots=True)
class _Work:
    kind: Literal["contacts", "calendar"]
    sniffed: Literal["cards", "calendar"]  # what parsers.attachments calls such a file
    missing: str  # the code of a file that holds none
    parse: Callable[[bytes], Any]
    bring: Callable[..., ImportReport]
    preview: Callable[..., ImportReport]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOptions:
    """How `copy contacts` and `copy calendar` are to be run."""

    dry_run: bool = False
    as_json: bool = False
    journal: Path | None = (
        None  # what was written before; None = one named by the account in the user's state folder
    )
    profile: str = UNKNOWN  # bot.dav.profiles
    calendars: Literal["one", "by-name"] = "by-name"


def read_options(
    *,
    dry_run: bool,
    as_json: bool,
    journal: Path | None,
    profile: str,
    calendars: Literal["one", "by-name"] = "by-name",
) -> CopyOptions:
    """Return the options of the command line. Raises ValueError: there is no such profile."""
    if profile not in profile_names():
        raise ValueError(f"--profile is one of {', '.join(profile_names())}")
    return CopyOptions(
        dry_run=dry_run, as_json=as_json, journal=journal, profile=profile, calendars=calendars
    )


def copy_contacts(
    files: list[Path],
    to: str,
    user: str,
    *,
    dry_run: bool = False,
    as_json: bool = False,
    options: CopyOptions | None = None,
    progress: OnProgress | None = None,
) -> int:
    """Import .vcf files, or archives of them, into the address book of `user` at the DAV base `to`; return the exit code.

    The password comes from DESTINATION_PASSWORD, else from a prompt. The report goes to stdout.
    """
    options = options or CopyOptions(dry_run=dry_run, as_json=as_json)
    work = _Work("contacts", "cards", "not-a-vcard", parse_cards, import_cards, preview_cards)
    return _copy(work, files, _target(to, user, options), options, progress)


def copy_calendar(
    files: list[Path],
    to: str,
    user: str,
    *,
    dry_run: bool = False,
    as_json: bool = False,
    options: CopyOptions | None = None,
    progress: OnProgress | None = None,
) -> int:
    """Import .ics and .vcs files, or archives of them, into the calendars of `user` at the DAV base `to`; otherwise as copy_contacts."""
    options = options or CopyOptions(dry_run=dry_run, as_json=as_json)
    work = _Work("calendar", "calendar", "not-a-calendar", parse_calendar, import_objects, preview_objects)
    return _copy(work, files, _target(to, user, options), options, progress)


def render_import(reports: Sequence[ImportReport], *, dry_run: bool = False) -> str:
    """Return the reports as text: one line per file, then every item that needs a look. Pure."""
    done = "to import" if dry_run else "imported"
    lines: list[str] = []
    for report in reports:
        updated = f" {report.updated} updated," if report.updated else ""
        lines.append(
            f"{report.file} -> {report.kind} of {report.target}: {report.imported} {done},{updated}"
            f" {report.same} there already, {len(report.skipped)} skipped, {len(report.failed)} failed"
        )
        for word, notes in (
            ("failed", report.failed),
            ("skipped", report.skipped),
            ("changed", report.repaired),
        ):
            lines += [
                f"  {word}: {note.name or '(no name)'}: {REASONS.get(note.code, note.code)}" for note in notes
            ]
    return "\n".join(lines) + "\n"


def exit_code(reports: Sequence[ImportReport]) -> int:
    """Return 65 when a file was none of its kind, 1 when items failed, else 0. Pure."""
    codes = {note.code for report in reports for note in report.failed}
    if codes & _NO_FILE_AT_ALL:
        return BAD_DATA
    return ATTENTION if codes else OK


def default_ledger(target: DavTarget) -> Path:
    """Return where the ledger of an account lives in the user's state folder (XDG base directories)."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    words = re.sub(r"[^a-z0-9.@-]+", "_", f"{target.host}--{target.user}".lower())[:120]
    mark = hashlib.sha256(account_name(target).encode()).hexdigest()[:12]
    return state / "mailferry" / "journals" / f"dav-{words}-{mark}.sqlite"


def _target(to: str, user: str, options: CopyOptions) -> DavTarget:
    password = os.environ.pop("DESTINATION_PASSWORD", None)  # no child needs it
    if password is None:
        password = getpass.getpass(f"Password of {user}: ")
    return DavTarget(
        url=to if "//" in to else f"https://{to}/",
        user=user,
        auth_user=user,
        password=Secret(password),
        profile=options.profile,
        calendars=options.calendars,
    )


def _copy(
    work: _Work, files: list[Path], target: DavTarget, options: CopyOptions, progress: OnProgress | None
) -> int:
    reports: list[ImportReport] = []
    failed: BotError | None = None
    path = options.journal or default_ledger(target)
    try:
        with Ledger(path if path.exists() or not options.dry_run else None, account_name(target)) as ledger:
            bring = _bringing(work, target, ledger, options, progress)
            for file in files:
                reports.extend(_one_file(work, file, target, bring))  # those before a failure stay
    except BotError as error:
        failed = error
    text = render_import(reports, dry_run=options.dry_run)
    as_json = options.as_json
    sys.stdout.write(_json(reports, dry_run=options.dry_run) if as_json else text if reports else "")
    if failed is None:
        return exit_code(reports)
    sys.stderr.write(f"{failed}{_again(failed)}\n")
    return _EXIT_CODES.get(failed.code, UNAVAILABLE)


def _again(error: BotError) -> str:
    """Return when to run the command again, where the server said it."""
    seconds = error.facts.get("wait_seconds")
    return f"; run the same command again in {-(-int(seconds) // 60):,} min" if seconds else ""


def _bringing(
    work: _Work, target: DavTarget, ledger: Ledger, options: CopyOptions, progress: OnProgress | None
) -> Callable[..., ImportReport]:
    """Return what is to be done with each file."""
    if options.dry_run:
        return partial(work.preview, target, ledger=ledger)
    return partial(work.bring, target, ledger=ledger, on_progress=progress)


def _one_file(
    work: _Work, file: Path, target: DavTarget, bring: Callable[..., ImportReport]
) -> Iterator[ImportReport]:
    """Yield the report of a file; of an archive, one for each export in it and one for what is none."""
    try:
        whole = Attachment(name=file.name, content_type="", kind="other", data=file.read_bytes())
    except OSError:
        yield _unread(work, file.name, target, "unopened")
        return
    if not whole.data.startswith(_ZIP):
        yield _one_export(work, whole, target, bring)
        return
    try:
        members, problems = parse_safely(unpack, [whole], limits=_LIMITS)
    except SandboxKilled:
        members, problems = [whole], [Problem(code="unreadable")]
    if problems:
        yield _unread(work, file.name, target, problems[0].code)
        return
    wanted = [one for one in members if one.kind == work.sniffed]
    for one in wanted:
        yield _one_export(work, replace(one, name="/".join((*one.folders, one.name))), target, bring)
    left = [one for one in members if one.kind != work.sniffed]
    notes = tuple(ItemNote(name=one.name, code=_OTHER.get(one.kind, "no-export")) for one in left)
    if notes or not wanted:
        none = () if wanted else (ItemNote(name=file.name, code=work.missing),)
        yield ImportReport(kind=work.kind, file=file.name, target=target.user, skipped=notes, failed=none)


def _one_export(
    work: _Work, one: Attachment, target: DavTarget, bring: Callable[..., ImportReport]
) -> ImportReport:
    begins = export_kind(one.data)
    if begins not in {None, work.sniffed}:
        return _unread(work, one.name, target, _OTHER[str(begins)])
    try:
        parsed = parse_safely(work.parse, one.data, limits=_LIMITS)
    except SandboxKilled:
        return _unread(work, one.name, target, "unreadable")
    charsets = {"charsets": parsed.charsets} if isinstance(parsed, ParsedCards) else {}
    return bring(one.name, parsed.value, parsed.problems, **charsets)


def _unread(work: _Work, name: str, target: DavTarget, code: str) -> ImportReport:
    note = ItemNote(name=name, code=code)
    return ImportReport(kind=work.kind, file=name, target=target.user, failed=(note,))


def _json(reports: Sequence[ImportReport], *, dry_run: bool) -> str:
    return (
        json.dumps(
            {"dry_run": dry_run, "imports": [asdict(report) for report in reports]}, ensure_ascii=False
        )
        + "\n"
    )

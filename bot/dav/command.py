"""`mailferry copy contacts` and `copy calendar`: files into one account, by the operator's own hand."""

import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from bot.dav.calendars import import_objects, preview_objects
from bot.dav.contacts import import_cards, preview_cards
from bot.dav.report import REASONS
from bot.dav.target import DavTarget
from bot.dav.upload import OnProgress
from bot.errors import BotError, DavLoginRefused, DavNoCollection
from bot.model import ImportReport, ItemNote, Secret
from parsers.ics import parse_calendar
from parsers.sandbox import Limits, SandboxKilled, parse_safely
from parsers.vcard import parse_cards

OK: Final = 0
ATTENTION: Final = 1  # items failed
BAD_DATA: Final = 65
UNAVAILABLE: Final = 69
PERMISSION: Final = 77

_NO_FILE_AT_ALL: Final = frozenset({"not-a-vcard", "not-a-calendar", "unreadable", "unopened"})
_LIMITS: Final = Limits(cpu_seconds=60, wall_seconds=90.0)  # the operator waits for big files


@dataclass(frozen=True, slots=True)
class _Work:
    kind: Literal["contacts", "calendar"]
    parse: Callable[[bytes], Any]
    bring: Callable[..., ImportReport]
    preview: Callable[..., ImportReport]


def copy_contacts(
    files: list[Path], to: str, user: str, *, dry_run: bool, as_json: bool, progress: OnProgress | None = None
) -> int:
    """Import .vcf files into the address book of `user` at the DAV base `to`; return the exit code.

    The password comes from DESTINATION_PASSWORD, else from a prompt. The report goes to stdout.
    """
    work = _Work("contacts", parse_cards, import_cards, preview_cards)
    return _copy(work, files, _target(to, user), dry_run=dry_run, as_json=as_json, progress=progress)


def copy_calendar(
    files: list[Path], to: str, user: str, *, dry_run: bool, as_json: bool, progress: OnProgress | None = None
) -> int:
    """Import .ics files into the calendar of `user` at the DAV base `to`; otherwise as copy_contacts."""
    work = _Work("calendar", parse_calendar, import_objects, preview_objects)
    return _copy(work, files, _target(to, user), dry_run=dry_run, as_json=as_json, progress=progress)


def render_import(reports: Sequence[ImportReport], *, dry_run: bool = False) -> str:
    """Return the reports as text: one line per file, then every item that needs a look. Pure."""
    done = "to import" if dry_run else "imported"
    lines: list[str] = []
    for report in reports:
        lines.append(
            f"{report.file} -> {report.kind} of {report.target}: {report.imported} {done},"
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


def _target(to: str, user: str) -> DavTarget:
    password = os.environ.pop("DESTINATION_PASSWORD", None)  # no child needs it
    if password is None:
        password = getpass.getpass(f"Password of {user}: ")
    return DavTarget(url=to, user=user, auth_user=user, password=Secret(password))


def _copy(
    work: _Work,
    files: list[Path],
    target: DavTarget,
    *,
    dry_run: bool,
    as_json: bool,
    progress: OnProgress | None,
) -> int:
    reports: list[ImportReport] = []
    failed: BotError | None = None
    for file in files:
        try:
            reports.append(_one_file(work, file, target, dry_run=dry_run, progress=progress))
        except BotError as error:
            failed = error
            break
    text = render_import(reports, dry_run=dry_run)
    sys.stdout.write(_json(reports, dry_run=dry_run) if as_json else text if reports else "")
    if failed is None:
        return exit_code(reports)
    sys.stderr.write(f"{failed}\n")
    return PERMISSION if isinstance(failed, (DavLoginRefused, DavNoCollection)) else UNAVAILABLE


def _one_file(
    work: _Work, file: Path, target: DavTarget, *, dry_run: bool, progress: OnProgress | None
) -> ImportReport:
    try:
        parsed = parse_safely(work.parse, file.read_bytes(), limits=_LIMITS)
    except SandboxKilled:
        return _unread(work, file, target, "unreadable")
    except OSError:
        return _unread(work, file, target, "unopened")
    if dry_run:
        return work.preview(target, file.name, parsed.value, parsed.problems)
    return work.bring(target, file.name, parsed.value, parsed.problems, on_progress=progress)


def _unread(work: _Work, file: Path, target: DavTarget, code: str) -> ImportReport:
    note = ItemNote(name=file.name, code=code)
    return ImportReport(kind=work.kind, file=file.name, target=target.user, failed=(note,))


def _json(reports: Sequence[ImportReport], *, dry_run: bool) -> str:
    return (
        json.dumps(
            {"dry_run": dry_run, "imports": [asdict(report) for report in reports]}, ensure_ascii=False
        )
        + "\n"
    )

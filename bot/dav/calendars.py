"""Calendar objects into the calendar of one account, by CalDAV (RFC 4791), and never an invitation to anybody (RFC 6638)."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from bot.dav.client import Collection, DavTarget, open_collection
from bot.dav.report import build_report
from bot.dav.upload import OnProgress, Outcome, apply_upload, preview_upload
from bot.errors import DavNoCollection
from bot.model import ImportReport, ItemNote
from parsers.ics import Calendar, CalendarObject
from parsers.lines import Line, fold, make_line, read_lines
from parsers.result import Problem

_NAMESPACE: Final = uuid.UUID(
    "7a0d6c7e-0f9b-5a3e-8a46-2b1f6c7d9e55"
)  # of the addresses we neutralise; never change it
_PEOPLE: Final = frozenset({"ORGANIZER", "ATTENDEE"})


def import_objects(
    target: DavTarget,
    file: str,
    calendar: Calendar,
    problems: tuple[Problem, ...],
    *,
    on_progress: OnProgress | None = None,
) -> ImportReport:
    """Put every object that is not there yet, and return what was read back.

    Nothing is overwritten or deleted; running it again puts nothing. `problems` are the parser's, for the report.
    A server that sends invitations by itself gets the people's addresses in a form it cannot send to.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken, DavNoCollection, DavFull: run again later.
    """
    outcome = Outcome()
    if calendar.objects:
        with open_collection(target, "calendar") as collection:
            wanted, refused = _accepted(collection, calendar.objects)
            outcome = apply_upload(collection, wanted, target.user, on_progress)
        outcome.skipped += refused
    return build_report("calendar", file, target.user, problems, outcome)


def preview_objects(
    target: DavTarget, file: str, calendar: Calendar, problems: tuple[Problem, ...]
) -> ImportReport:
    """Return the report an import would give now; writes nothing.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken: as import_objects.
    """
    try:
        with open_collection(target, "calendar", make=False) as collection:
            wanted, refused = _accepted(collection, calendar.objects)
            outcome = preview_upload(collection, wanted)
        outcome.skipped += refused
    except DavNoCollection:
        outcome = Outcome(imported=len(calendar.objects))
    return build_report("calendar", file, target.user, problems, outcome)


def without_invitations(data: bytes) -> bytes:
    """Return the object with nobody in it whom a server could write to; names, answers and addresses stay readable.

    Measured on Cyrus, sabre/dav and SOGo: the one change that is silent on all of them. Pure.
    """
    return fold(line.text for line in _neutral(read_lines(data).lines))


def _neutral(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        if line.name in _PEOPLE and not line.value.lower().startswith("urn:uuid:"):
            yield _neutral_person(line)
        elif line.name == "ACTION" and line.value.strip().upper() == "EMAIL":
            yield make_line("ACTION", "DISPLAY")
        else:
            yield line


def _neutral_person(line: Line) -> Line:
    address = line.value.strip()
    plain = address[7:] if address.lower().startswith("mailto:") else address
    params = [(key, value) for key, value in line.params if key != "EMAIL"]
    urn = f"urn:uuid:{uuid.uuid5(_NAMESPACE, address.lower())}"
    return make_line(line.name, urn, [*params, ("EMAIL", plain)])


def _silenced(one: CalendarObject) -> CalendarObject:
    data = without_invitations(one.data)
    if data == one.data:
        return one
    return replace(one, data=data, repairs=(*one.repairs, "invitations-silenced"))


def _accepted(
    collection: Collection, objects: Iterable[CalendarObject]
) -> tuple[list[CalendarObject], list[ItemNote]]:
    """Return the objects this calendar may hold, as it may have them, and the others named (RFC 4791 section 5.2.3)."""
    wanted, refused = [], []
    for one in objects:
        if collection.components is None or one.component in collection.components:
            wanted.append(_silenced(one) if collection.auto_schedule else one)
        else:
            refused.append(ItemNote(name=one.name, code="component-not-accepted"))
    return wanted, refused

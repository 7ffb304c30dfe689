"""Calendar objects into the calendars of one account, by CalDAV (RFC 4791), and never an invitation to anybody (RFC 6638)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.dav.client import Collection, DavTarget, Home, open_home
from bot.dav.fitobject import fit_object
from bot.dav.ledger import Ledger
from bot.dav.report import build_report
from bot.dav.silence import own_calendar
from bot.dav.upload import OnProgress, Outcome, apply_upload, preview_upload
from bot.errors import DavBroken, DavLoginRefused, DavNoCollection
from bot.model import ImportReport
from parsers.ics import Calendar, CalendarObject
from parsers.result import Problem

_MADE: Final = frozenset(
    {"VEVENT", "VTODO"}
)  # a calendar is made for these; a journal goes where one is taken
_NOT_MADE: Final = "component-not-accepted"

Upload = Callable[[Collection, list[CalendarObject]], Outcome]


def import_objects(
    target: DavTarget,
    file: str,
    calendar: Calendar,
    problems: tuple[Problem, ...],
    *,
    on_progress: OnProgress | None = None,
    ledger: Ledger | None = None,
) -> ImportReport:
    """Put every object that is not there yet, update what we wrote and nobody touched; return what was read back.

    Nothing else is overwritten, nothing is deleted; running it again puts nothing. `problems` are the parser's, for
    the report. A server that sends invitations by itself gets the people's addresses in a form it does not send to.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken, DavNoCollection, DavFull, DiskFailed, JournalBroken:
            run again later.
    """

    def upload(into: Collection, objects: list[CalendarObject]) -> Outcome:
        return apply_upload(into, objects, target.user, on_progress, ledger)

    outcome = _each_collection(target, calendar, upload, make=True) if calendar.objects else Outcome()
    return build_report("calendar", file, target.user, problems, outcome)


def preview_objects(
    target: DavTarget,
    file: str,
    calendar: Calendar,
    problems: tuple[Problem, ...],
    *,
    ledger: Ledger | None = None,
) -> ImportReport:
    """Return the report an import would give now; writes nothing.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken: as import_objects.
    """

    def preview(into: Collection, objects: list[CalendarObject]) -> Outcome:
        return preview_upload(into, objects, ledger)

    outcome = _each_collection(target, calendar, preview, make=False) if calendar.objects else Outcome()
    return build_report("calendar", file, target.user, problems, outcome)


def _each_collection(target: DavTarget, calendar: Calendar, upload: Upload, *, make: bool) -> Outcome:
    """Bring each kind of component into the collection that takes it (RFC 4791 section 5.2.3)."""
    outcome = Outcome()
    name = own_calendar(calendar.name, target.user) if target.calendars == "by-name" else None
    with open_home(target, "calendar") as home:
        placed: dict[str, tuple[Collection, list[CalendarObject]]] = {}
        for one in calendar.objects:
            into = next((c for c, some in placed.values() if some[0].component == one.component), None)
            into = into or _place(home, name, one.component, make=make)
            if into is not None:
                placed.setdefault(into.path, (into, []))[1].append(one)
            elif make or one.component not in _MADE:
                outcome.skip(one, _NOT_MADE)
            else:
                outcome.imported += 1  # into a calendar that would be made
        for into, objects in placed.values():
            outcome.add(upload(into, [_fitted(into, one) for one in objects]))
    return outcome


def _place(home: Home, name: str | None, component: str, *, make: bool) -> Collection | None:
    """Return the calendar for a kind of component; None when there is none and none can be made.

    A calendar that was asked for by name and cannot be made is no reason to leave events out: the default takes them.
    """
    for wanted in dict.fromkeys((name, None)):
        try:
            return home.collection(wanted, component=component, make=make and component in _MADE)
        except DavNoCollection:
            if not make or (wanted is None and component == "VEVENT"):
                if make:
                    raise
                return None
        except (DavBroken, DavLoginRefused):
            if wanted is None and component == "VEVENT":
                raise
    return None


def _fitted(into: Collection, one: CalendarObject) -> CalendarObject:
    profile = replace(into.profile, max_object_bytes=into.max_bytes)
    return fit_object(one, profile, auto_schedule=into.auto_schedule, proven=into.proven_silent)

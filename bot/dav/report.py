"""One import as a report: what a parser could not use and what the server did, item by item. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from bot.dav.upload import Outcome
from bot.model import ImportReport, ItemNote
from parsers.result import Problem

# Nothing is lost by these: the item is there already, or was never a contact or event.
_SKIPPED: Final = frozenset({"duplicate-card", "duplicate-object", "nested-card", "unsupported-component"})

REASONS: Final[Mapping[str, str]] = {
    # the file
    "not-a-vcard": "holds no contact",
    "not-a-calendar": "is no calendar",
    "cut-file": "ends in the middle; export it again to be sure that nothing is missing",
    "unreadable": "could not be read in the time and memory allowed",
    "unopened": "could not be opened",
    "contacts-inside": "holds contacts: give it to `mailferry copy contacts`",
    "calendar-inside": "holds a calendar: give it to `mailferry copy calendar`",
    "no-export": "holds neither contacts nor a calendar",
    "archive-unreadable": "is an archive that is damaged, or holds too many or too large files: unpack it first",
    "encrypted": "is an archive with a password: unpack it first",
    # one contact or event is not there
    "cut-card": "cut off in the file",
    "nested-card": "a contact inside another one",
    "empty-card": "says nothing",
    "unusable-card": "cannot be read",
    "duplicate-card": "twice in the file",
    "cut-object": "cut off in the file",
    "no-start": "has no start",
    "bad-date": "has an impossible date",
    "unusable-object": "cannot be read",
    "duplicate-object": "twice in the file",
    "unsupported-component": "neither event, task nor journal",
    "component-not-accepted": "the calendar does not take this kind",
    "differs": "is there already with other content, which was kept",
    "removed-by-user": "was removed from the account since it was imported, and stays so",
    "uid-conflict": "is there already in another place of the account",
    "refused-by-server": "refused by the server",
    "too-big": "too big for the server",
    "not-stored": "the server took it but does not have it",
    # one contact or event is there, but not quite as it came
    "name-built": "had no name; one was made of what is there",
    "second-name": "had two names; the second is kept as a note of its own",
    "extra-fields": "had more address fields than there are; joined to the last one",
    "photo-dropped": "the picture is damaged and was left out",
    "attachment-dropped": "a sound, logo or key is damaged and was left out",
    "property-dropped": "an unreadable line was left out",
    "line-dropped": "a line that makes no sense was left out",
    "charset-used": "is what the file is written in, not UTF-8; have a look at the accents",
    "control-characters": "held control characters, which were left out",
    "second-value": "had two of what there is one of; the second is kept as a note of its own",
    "second-uid": "had two identifiers; the second is kept as a note of its own",
    "odd-value": "has a date or place that cannot be read for certain; kept as a note of its own",
    "photo-repaired": "the picture lacks its end; what there is was kept",
    "photo-too-big": "too big for the server with its picture, which was left out",
    "possible-duplicate": "looks like another contact of that name, one detail changed; both are kept",
    "duplicate-uid": "shared its identifier with another one; got its own",
    "alarm-dropped": "an unreadable reminder was left out",
    "rule-dropped": "an unreadable repetition was left out",
    "end-dropped": "ended before it started; the end was left out",
    "end-changed": "its end was a day where its start has a time, or the other way round; made alike",
    "start-dropped": "a task due before it starts; the due date was kept",
    "date-dropped": "an impossible date in a list of dates was left out",
    "period-shortened": "extra dates with a length of their own; they are as long as the event now",
    "rule-changed": "a part of its repetition that servers do not take was left out",
    "rule-too-often": "repeated many thousand times a year; only the first date was kept",
    "rule-over": "its repetition ended before it began; kept as a single date",
    "second-rule-dropped": "had two repetitions; the first was kept",
    "too-many-dates": "lists more dates than any server takes",
    "zone-rebuilt": "its time zone was damaged in the file; the known one of that name was taken",
    "duration-dropped": "had an end and a duration; the end was kept",
    "utc-kept": "named two time zones; the exact instant was kept",
    "series-missing": "one date of a series that is not in the file; kept as an event of its own",
    "zone-unknown": "its time zone is not known; the local time was kept",
    "invitations-silenced": "participants kept as text, so that nobody gets an invitation",
    "invitations-left-to-client": "marked so that the server invites nobody",
    "minute-added": "had no end; ends a minute after its start, as this server wants it",
    "floating-pinned": "named no time zone; got the one of the account",
    "attachment-too-big": "what was attached is too big for the server and was left out",
    "changed-by-server": "the server changed a detail",
    "lost-by-server": "the server left out a detail",
    "dates-changed": "the server shows it at other times",
}


def build_report(
    kind: Literal["contacts", "calendar"], file: str, user: str, problems: Iterable[Problem], outcome: Outcome
) -> ImportReport:
    """Return the report of one file; an item without a name is called by its line."""
    notes = [(ItemNote(name=_name(problem, file), code=problem.code), problem.code) for problem in problems]
    return ImportReport(
        kind=kind,
        file=file,
        target=user,
        imported=outcome.imported,
        updated=outcome.updated,
        same=outcome.same,
        repaired=tuple(outcome.repaired),
        skipped=(*(note for note, code in notes if code in _SKIPPED), *outcome.skipped),
        failed=(*(note for note, code in notes if code not in _SKIPPED), *outcome.failed),
    )


def _name(problem: Problem, file: str) -> str:
    return problem.item or (f"line {problem.line}" if problem.line else file)

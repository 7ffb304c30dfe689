"""Cards into the address book of one account, by CardDAV (RFC 6352)."""

from collections.abc import Sequence
from dataclasses import replace

from bot.dav.client import Collection, DavTarget, open_collection
from bot.dav.fit import fit_card
from bot.dav.ledger import Ledger
from bot.dav.likeness import look_alikes, may_be_doubles
from bot.dav.report import build_report
from bot.dav.upload import OnProgress, Outcome, apply_upload, preview_upload
from bot.errors import DavNoCollection
from bot.model import ImportReport, ItemNote
from parsers.result import Problem
from parsers.vcard import Card


def import_cards(
    target: DavTarget,
    file: str,
    cards: tuple[Card, ...],
    problems: tuple[Problem, ...],
    *,
    charsets: tuple[str, ...] = (),
    on_progress: OnProgress | None = None,
    ledger: Ledger | None = None,
) -> ImportReport:
    """Put every card that is not there yet, update what we wrote and nobody touched; return what was read back.

    Nothing else is overwritten, nothing is deleted; running it again puts nothing. `problems` and `charsets` are the parser's,
    for the report.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken, DavNoCollection, DavFull, DiskFailed, JournalBroken:
            run again later.
    """
    outcome = Outcome()
    if cards:
        with open_collection(target, "contacts") as book:
            doubles = _doubles(book, cards)
            outcome = apply_upload(book, _fitting(book, cards), target.user, on_progress, ledger)
        outcome.repaired += doubles
    return _report(file, target, problems, outcome, charsets)


def preview_cards(
    target: DavTarget,
    file: str,
    cards: tuple[Card, ...],
    problems: tuple[Problem, ...],
    *,
    charsets: tuple[str, ...] = (),
    ledger: Ledger | None = None,
) -> ImportReport:
    """Return the report an import would give now; writes nothing.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken: as import_cards.
    """
    try:
        with open_collection(target, "contacts", make=False) as book:
            outcome = preview_upload(book, _fitting(book, cards), ledger)
    except DavNoCollection:
        outcome = Outcome(imported=len(cards))
    return _report(file, target, problems, outcome, charsets)


def _fitting(book: Collection, cards: Sequence[Card]) -> list[Card]:
    return [fit_card(card, versions=book.versions, max_bytes=book.max_bytes) for card in cards]


def _doubles(book: Collection, cards: Sequence[Card]) -> list[ItemNote]:
    """Return a note for each new card without a UID of its own that looks like one which is in the book."""
    if not (new := may_be_doubles(cards)):
        return []
    there = book.list()
    return look_alikes(new, book.multiget(there).values()) if there else []


def _report(
    file: str, target: DavTarget, problems: tuple[Problem, ...], outcome: Outcome, charsets: tuple[str, ...]
) -> ImportReport:
    report = build_report("contacts", file, target.user, problems, outcome)
    notes = (ItemNote(name=charset, code="charset-used") for charset in charsets)
    return replace(report, repaired=(*report.repaired, *notes))

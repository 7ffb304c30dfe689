"""Cards into the address book of one account, by CardDAV (RFC 6352)."""

from bot.dav.client import DavTarget, open_collection
from bot.dav.ledger import Ledger
from bot.dav.report import build_report
from bot.dav.upload import OnProgress, Outcome, apply_upload, preview_upload
from bot.errors import DavNoCollection
from bot.model import ImportReport
from parsers.result import Problem
from parsers.vcard import Card


def import_cards(
    target: DavTarget,
    file: str,
    cards: tuple[Card, ...],
    problems: tuple[Problem, ...],
    *,
    on_progress: OnProgress | None = None,
    ledger: Ledger | None = None,
) -> ImportReport:
    """Put every card that is not there yet, update what we wrote and nobody touched; return what was read back.

    Nothing else is overwritten, nothing is deleted; running it again puts nothing. `problems` are the parser's, for
    the report.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken, DavNoCollection, DavFull, DiskFailed, JournalBroken:
            run again later.
    """
    outcome = Outcome()
    if cards:
        with open_collection(target, "contacts") as book:
            outcome = apply_upload(book, cards, target.user, on_progress, ledger)
    return build_report("contacts", file, target.user, problems, outcome)


def preview_cards(
    target: DavTarget,
    file: str,
    cards: tuple[Card, ...],
    problems: tuple[Problem, ...],
    *,
    ledger: Ledger | None = None,
) -> ImportReport:
    """Return the report an import would give now; writes nothing.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken: as import_cards.
    """
    try:
        with open_collection(target, "contacts", make=False) as book:
            outcome = preview_upload(book, cards, ledger)
    except DavNoCollection:
        outcome = Outcome(imported=len(cards))
    return build_report("contacts", file, target.user, problems, outcome)

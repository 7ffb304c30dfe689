"""One mail pass of one account: everything that is at the source and not yet at the destination. `run_pass`."""

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from bot.errors import SelfCopy
from bot.mail import recognise
from bot.mail.account import Selected, open_account
from bot.mail.deliver import Delivery
from bot.mail.flags import carry_flags
from bot.mail.folders import FolderMap, Pair, Server, plan_folders
from bot.mail.journal import FolderRow, Journal
from bot.mail.messages import copy_messages, list_messages
from bot.mail.run import Held, Run
from bot.mail.verify import Verdict, verify_folder
from bot.mail.wire import Refused
from bot.model import FolderReport, Login, PassReport, Progress, Skip
from bot.net import AddressPolicy, same_server


def run_pass(
    source: Login,
    destination: Login,
    journal: Path,
    *,
    policy: AddressPolicy | None,
    skip: Skip = Skip(),  # noqa: B008  frozen
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> PassReport:
    """Copy what is missing, carry over flags that changed, verify, report. Running it again only does what is left.

    The source is only read, at the destination is only added. Whenever it ends, by an exception or by kill -9,
    the next call with the same journal loses nothing and doubles nothing.

    Args:
        source: the account to copy; the policy does not apply when its server was named by the operator.
        destination: the account to copy to.
        journal: the file of this pair of accounts (see Journal); made when missing.
        policy: which source addresses are allowed; None = any.
        skip: special uses to leave out.
        on_progress: called often, also as a sign of life.
        should_stop: asked between batches; True ends the pass with Stopped.

    Raises:
        SelfCopy: both logins open the same account.
        BotError: what open_account raises, and what breaks on the way; nothing done so far is lost.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        run = _open(stack, source, destination, journal, policy)
        run.on_progress = on_progress or run.on_progress
        run.should_stop = should_stop or run.should_stop
        plan = _plan_folders(run, skip)
        _begin(run, plan)
        for pair in plan.pairs:
            run.check_stop()
            _copy_folder_or_name_it(run, pair)
    return PassReport(
        folders=tuple(run.folders),
        skipped=tuple(run.skipped),
        folders_skipped=(*plan.skipped, *run.folders_skipped),
        renamed=plan.renamed,
        keywords_dropped=run.keywords_dropped,
        copied_bytes=run.copied_bytes,
        seconds=round(time.monotonic() - began, 3),
    )


def survey(
    source: Login,
    destination: Login,
    journal: Path,
    *,
    policy: AddressPolicy | None,
    skip: Skip = Skip(),  # noqa: B008  frozen
) -> PassReport:
    """Return what run_pass would find: folders, where they go, messages, and what the journal knows. Changes nothing.

    A folder's `copied` is what would be copied, as far as that is known without reading every message; folders that
    cannot be looked into count as empty.
    """
    with ExitStack() as stack:
        empty = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "journal"
        run = _open(stack, source, destination, journal if journal.exists() else empty, policy)
        plan = _plan_folders(run, skip)
        for pair in plan.pairs:
            run.folders.append(_survey_folder(run, pair))
    return PassReport(folders=tuple(run.folders), folders_skipped=plan.skipped, renamed=plan.renamed)


def account_name(login: Login) -> str:
    """Return what tells one account from every other one, for people and for the journal."""
    return f"{_user(login)}@{login.endpoint.host.casefold()}"


def _user(login: Login) -> str:
    return (login.authorize_as or login.user).casefold()


def _open(
    stack: ExitStack, source: Login, destination: Login, journal: Path, policy: AddressPolicy | None
) -> Run:
    if _user(source) == _user(destination) and same_server(source.endpoint, destination.endpoint):
        raise SelfCopy(address=source.user, host=source.endpoint.host)
    book = stack.enter_context(Journal(journal, account_name(source), account_name(destination)))
    here = stack.enter_context(open_account(source, "source", policy))
    there = stack.enter_context(open_account(destination, "destination", None))
    return Run(here, there, book, on_progress=lambda _: None, should_stop=lambda: False)


def _plan_folders(run: Run, skip: Skip) -> FolderMap:
    source = Server(folders=run.source.folders(status=True), namespaces=run.source.namespaces())
    destination = Server(folders=run.destination.folders(), namespaces=run.destination.namespaces())
    return plan_folders(source, destination, skip=skip, known=run.journal.destinations())


def _begin(run: Run, plan: FolderMap) -> None:
    run.source.on_chunk(run.breathe)
    run.destination.on_chunk(run.breathe)
    run.progress = Progress(
        done=0,
        total=sum(pair.source.messages or 0 for pair in plan.pairs),
        total_bytes=sum(pair.source.size_bytes or 0 for pair in plan.pairs),
    )
    subscribed = any(pair.source.subscribed and not pair.source.inbox for pair in plan.pairs)
    for pair in plan.pairs:
        if pair.create:
            _create(run, pair, subscribe=pair.source.subscribed or not subscribed)
        elif pair.source.subscribed:
            _subscribe(run, pair)


def _create(run: Run, pair: Pair, *, subscribe: bool) -> None:
    """Make a folder; when that fails, opening it will fail too and name it."""
    try:
        run.destination.create(pair.destination)
    except Refused:
        return
    if subscribe:
        _subscribe(run, pair)


def _subscribe(run: Run, pair: Pair) -> None:
    try:
        run.destination.subscribe(pair.destination)
    except Refused:
        return  # the messages matter more


def _copy_folder_or_name_it(run: Run, pair: Pair) -> None:
    """Copy one folder; a folder that one of the servers refuses to open never stops the others."""
    try:
        here = run.source.select(pair.source.name, readonly=True)
    except Refused:
        run.folders_skipped.append((pair.source_name, "source-refused"))
        return
    try:
        there = run.destination.select(pair.destination)
    except Refused:
        run.folders_skipped.append((pair.source_name, "destination-refused"))
        return
    run.tell(folder=pair.source_name)
    run.folders.append(_copy_folder(run, pair, here, there))


def _copy_folder(run: Run, pair: Pair, here: Selected, there: Selected) -> FolderReport:
    held = list_messages(run.source) if here.messages else {}
    row = _settle_journal(run, pair, here, there, held)
    entries = run.journal.entries(row.id)
    delivery = Delivery(run.destination, run.journal, row, there, uidnext=there.uidnext)
    known = held.keys() & entries.keys()
    run.tell(messages=len(known), size_bytes=sum(held[uid].size_bytes for uid in known))
    gone = copy_messages(run, pair, delivery, {uid: one for uid, one in held.items() if uid not in entries})
    changed = carry_flags(run, row, there, held, entries)
    run.keywords_dropped += delivery.keywords_dropped
    run.copied_bytes += delivery.copied_bytes
    present = {uid: one for uid, one in held.items() if uid not in gone}
    verdict = _verify(run, row, present)
    return FolderReport(
        source=pair.source_name,
        destination=pair.destination_name,
        messages=len(present),
        size_bytes=sum(one.size_bytes for one in present.values()),
        copied=delivery.copied,
        matched=len(known),
        present=verdict.present,
        removed=verdict.removed,
        flags_changed=changed,
    )


def _settle_journal(
    run: Run, pair: Pair, here: Selected, there: Selected, held: Mapping[int, Held]
) -> FolderRow:
    """Return the folder's row with everything in it true again: generations, intents, what others brought."""

    def row() -> FolderRow:
        return run.journal.folder(
            pair.source.name,
            pair.destination,
            source_validity=here.uidvalidity,
            destination_validity=there.uidvalidity,
        )

    folder = row()
    if folder.destination_validity != there.uidvalidity:
        recognise.follow_destination(run.destination, run.journal, folder, there.uidvalidity)
    recognise.recover_intents(run.destination, run.journal, folder, there.uidvalidity)
    run.journal.forget_intents(folder.id)
    if folder.source_validity != here.uidvalidity:
        recognise.follow_source(run.source, run.journal, folder, here.uidvalidity, held)
    folder = row()
    _meet(run, folder, there, held)
    return folder


def _meet(run: Run, folder: FolderRow, there: Selected, held: Mapping[int, Held]) -> None:
    """Find what came to the destination by another hand: before us, or since, from another ticket's pass.

    Its flags stay the user's: only later changes are carried over.
    """
    known = run.journal.entries(folder.id)
    unknown = [uid for uid in held if uid not in known]
    if folder.met and not unknown:
        return
    pairs: dict[int, int] = {}
    digests: dict[int, bytes] = {}
    if there.messages and unknown:
        claimed = run.journal.claimed(folder.destination)
        pairs, digests = recognise.match_unclaimed(run.source, run.destination, unknown, claimed)
    run.journal.meet(folder.id, pairs, {uid: held[uid].flags for uid in pairs}, digests)


def _verify(run: Run, folder: FolderRow, held: Mapping[int, Held]) -> Verdict:
    run.destination.noop()  # so that the session has seen every message appended
    there = set(run.destination.uids_from(1)) if held else set()
    verdict = verify_folder(held.keys(), run.journal.entries(folder.id), there)
    run.journal.set_seen(folder.id, verdict.found)
    return verdict


def _survey_folder(run: Run, pair: Pair) -> FolderReport:
    messages = pair.source.messages or 0
    known = run.journal.count(pair.source.name)
    return FolderReport(
        source=pair.source_name,
        destination=pair.destination_name,
        messages=messages,
        size_bytes=pair.source.size_bytes or 0,
        copied=max(0, messages - known),
        matched=min(known, messages),
    )

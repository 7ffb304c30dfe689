"""One mail pass of one account: everything that is at the source and not yet at the destination. `run_pass`."""

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

from bot.errors import BotError, DiskFailed, SelfCopy
from bot.mail.account import Account
from bot.mail.connect import Connect, side_by_side
from bot.mail.folder import report_unchanged
from bot.mail.folders import FolderMap, Pair, Server
from bot.mail.gmail import has_labels, order_labels
from bot.mail.journal import Journal
from bot.mail.lanes import Group, Work, group_pairs, run_lanes, start_helpers
from bot.mail.make import learn_case, make_folders
from bot.mail.mapping import plan_folders
from bot.mail.mend import FirstLane
from bot.mail.moves import carry_moves
from bot.mail.patience import Patience
from bot.mail.recognise import made_anew
from bot.mail.room import check_room
from bot.mail.run import Lane, Run
from bot.mail.slots import Slots
from bot.mail.state import same_flags, same_messages
from bot.model import FolderReport, Login, PassOptions, PassReport, Progress
from bot.net import AddressPolicy, same_server

NAMES_TRIED: Final = 3  # of a folder that the destination refuses to make


def run_pass(
    source: Login,
    destination: Login,
    journal: Path,
    *,
    policy: AddressPolicy | None,
    options: PassOptions = PassOptions(),  # noqa: B008  frozen
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    patience: Patience = Patience(),  # noqa: B008  frozen
) -> PassReport:
    """Copy what is missing, carry over flags that changed, verify, report. Running it again only does what is left.

    The source is only read, at the destination is only added. Whenever it ends, by an exception or by kill -9,
    the next call with the same journal loses nothing and doubles nothing.

    A connection that breaks is opened anew, and the pass goes on where the journal says; when a server asks for it, the
    pass waits, and `waiting_until` tells so. A message or folder that breaks the connection again and again is named.

    A folder in which nothing was missing is not opened again while both servers tell that it is as it was then: the
    source by UIDVALIDITY, UIDNEXT, number of messages and HIGHESTMODSEQ, the destination by the first three, which
    leave no room for a copy to be gone (flags that the user changes there need nothing of us). Its report is that of
    its last full verification. Every other folder is looked into and verified in full.

    Args:
        source: the account to copy; the policy does not apply when its server was named by the operator.
        destination: the account to copy to.
        journal: the file of this pair of accounts (see Journal); made when missing.
        policy: which source addresses are allowed; None = any.
        options: what is left out, where folders go, how much at once, how it is verified.
        on_progress: called often, also as a sign of life; in any thread, one at a time.
        should_stop: asked between batches and while waiting, in any thread; True ends the pass with Stopped.
        patience: how long to wait after a break, and when to give up.

    Raises:
        SelfCopy: both logins open the same account.
        BotError: what open_account raises, and what stays broken; nothing done so far is lost. Its facts tell how
            many messages were `copied` before, and after how many `wait_seconds` a server wants to see us again.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        run = _begin(stack, (source, destination), journal, on_progress, should_stop)
        run.patience, run.options = patience, options
        run.verified = run.journal.verified(reread=options.verify == "full", whole=options.restore)
        caps = {"source": options.per_source_host, "destination": options.per_destination_host}
        slots = Slots(journal.parent / "connections", caps)
        connect = Connect(source, destination, policy, run.breathe, slots, options.compress)
        try:
            plan = _copy_all(run, connect, options)
        except BotError as error:
            error.facts["copied"] = run.copied.total()
            raise
        except OSError:  # a connection's own are errors of its side by now
            raise DiskFailed(what=f"the folder {journal.parent.name}", copied=run.copied.total()) from None
    reports = (run.folders.get(pair.source.name) for pair in plan.pairs)
    return PassReport(
        folders=tuple(report for report in reports if report is not None),
        skipped=tuple(one for pair in plan.pairs for one in run.skipped.get(pair.source.name, ())),
        folders_skipped=(*plan.skipped, *run.folders_skipped),
        renamed=plan.renamed,
        keywords_dropped=run.keywords_dropped,
        copied_bytes=run.copied_bytes,
        waited_seconds=round(run.waited_seconds, 3),
        reconnects=run.reconnects,
        seconds=round(time.monotonic() - began, 3),
    )


def _copy_all(run: Run, connect: Connect, options: PassOptions) -> FolderMap:
    """Do everything there is to do; return where the folders went."""
    with FirstLane(run, connect) as first:
        source, destination = first.persist(lambda: _arrive(first, run, connect))
        _let_store(run)
        known, refused = run.journal.destinations(), set[bytes]()

        def planned() -> FolderMap:
            return plan_folders(source, destination, options=options, known=known, refused=refused)

        plan = planned()
        run.made_anew = made_anew(run.journal.generations(), destination)
        _tell_total(run, plan)
        first.persist(lambda: check_room(first.lane(), plan))
        changed = [pair for pair in plan.pairs if not _unchanged(run, pair, destination)]
        labels = has_labels(first.lane().source)
        work = Work(_grouped(changed, labels=labels), ordered=labels)
        lanes = 1 if labels else min(options.connections, len(_grouped(changed, labels=labels)))
        start_helpers(run, work, connect, lanes - 1)
        for _ in range(NAMES_TRIED):
            new = first.persist(partial(_make, first, changed)) - refused
            if not new:
                break
            refused |= new
            known |= {
                pair.source.name: pair.destination for pair in plan.pairs if pair.destination not in new
            }
            plan, names = planned(), {pair.source.name for pair in changed}
            changed = [pair for pair in plan.pairs if pair.source.name in names]
            work.replace(_grouped(changed, labels=labels))
        first.persist(lambda: carry_moves(first.lane(), plan.pairs, source))
        run_lanes(first, work, connect)
        connect.leave()
    return plan


def _let_store(run: Run) -> None:
    """Wait where a process was killed a moment ago: the destination may still be storing what it was sent."""
    if run.journal.killed_at is not None and run.journal.has_intents():
        left = run.journal.killed_at + run.patience.unsure - time.time()
        run.wait(min(max(left, 0.0), run.patience.unsure))


def _grouped(pairs: Sequence[Pair], *, labels: bool) -> list[Group]:
    groups = group_pairs(pairs)
    return order_labels(groups) if labels else groups


def _make(first: FirstLane, pairs: Sequence[Pair]) -> set[bytes]:
    return make_folders(first.lane(), pairs)


def survey(
    source: Login,
    destination: Login,
    journal: Path,
    *,
    policy: AddressPolicy | None,
    options: PassOptions = PassOptions(),  # noqa: B008  frozen
) -> PassReport:
    """Return what run_pass would find: folders, where they go, messages, and what the journal knows. Changes nothing.

    A folder's `copied` is what would be copied, as far as that is known without reading every message; folders that
    cannot be looked into count as empty.
    """
    with ExitStack() as stack:
        empty = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "journal"
        book = journal if journal.exists() else empty
        run = _begin(stack, (source, destination), book, None, None)
        connect = Connect(source, destination, policy, run.breathe)
        servers = _arrive(stack.enter_context(FirstLane(run, connect)), run, connect)
        plan = plan_folders(*servers, options=options, known=run.journal.destinations())
        found = tuple(_survey_folder(run, pair) for pair in plan.pairs)
    return PassReport(folders=found, folders_skipped=plan.skipped, renamed=plan.renamed)


def account_name(login: Login) -> str:
    """Return what tells one account from every other one, for people and for the journal."""
    return f"{_user(login)}@{login.endpoint.host.casefold()}"


def _user(login: Login) -> str:
    return (login.authorize_as or login.user).casefold()


def _begin(
    stack: ExitStack,
    logins: tuple[Login, Login],
    journal: Path,
    on_progress: Callable[[Progress], None] | None,
    should_stop: Callable[[], bool] | None,
) -> Run:
    source, destination = logins
    if _user(source) == _user(destination) and same_server(source.endpoint, destination.endpoint):
        raise SelfCopy(address=source.user, host=source.endpoint.host)
    book = stack.enter_context(Journal(journal, account_name(source), account_name(destination)))
    tell, stop = on_progress or (lambda _: None), should_stop or (lambda: False)
    return Run(book, tell, stop, verified=book.verified())


def _arrive(first: FirstLane, run: Run, connect: Connect) -> tuple[Server, Server]:
    """Open the first lane and list the folders of both sides, all side by side."""
    listed: list[Server] = []

    def both(stack: ExitStack) -> Lane:
        def source() -> tuple[Account, Server]:
            account = connect.to_source(stack)
            return account, account.overview(status=True)

        def destination() -> tuple[Account, Server]:
            account = connect.to_destination(stack)
            return account, account.overview(status=bool(run.journal.destinations()), quota=True)

        (here, folders), (there, folders_there) = side_by_side(source, destination)
        lane = Lane(run, here, there)
        listed[:] = folders, learn_case(lane, folders, folders_there)
        return lane

    first.lane(both)
    return listed[0], listed[1]


def _tell_total(run: Run, plan: FolderMap) -> None:
    run.progress = Progress(
        done=0,
        total=sum(pair.source.messages or 0 for pair in plan.pairs),
        total_bytes=sum(pair.source.size_bytes or 0 for pair in plan.pairs),
    )


def _unchanged(run: Run, pair: Pair, destination: Server) -> bool:
    """Report a folder that is as it was when it was verified. False: it has to be looked into."""
    then = run.verified.get(pair.source.name)
    there = next((item.state for item in destination.folders if item.name == pair.destination), None)
    if (
        then is None
        or not same_flags(then.source, pair.source.state)
        or not same_messages(then.destination, there)
    ):
        return False
    report_unchanged(run, pair, then)
    return True


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

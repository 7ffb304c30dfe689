"""Several folders at once: one lane for each pair of connections, as many as both servers allow and the work is worth."""

import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Final

from bot.errors import BotError, Stopped
from bot.mail.connect import Connect
from bot.mail.folder import FolderPass
from bot.mail.folders import Pair
from bot.mail.mend import FirstLane
from bot.mail.patience import kind_of
from bot.mail.run import TICK_SECONDS, Lane, Run, Unfit

HELPER_TRIES: Final = 3  # of a further lane that breaks
MESSAGE_WEIGHT: Final = 10_000  # bytes that are as much work as a message
Group = tuple[Pair, ...]  # folders that go to one folder: their twins are told apart one after the other


def group_pairs(pairs: Iterable[Pair]) -> list[Group]:
    """Return the folders by destination, the groups with most work first. Pure."""
    groups: dict[bytes, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.destination].append(pair)
    return sorted(map(tuple, groups.values()), key=_weight, reverse=True)


def _weight(group: Group) -> int:
    return sum((pair.source.size_bytes or 0) + MESSAGE_WEIGHT * (pair.source.messages or 0) for pair in group)


class Work:
    """The groups nobody has taken yet, and who is at work.

    Args:
        groups: in the order they are taken up in.
        ordered: what is given back comes first again.
    """

    def __init__(self, groups: Iterable[Group], *, ordered: bool = False) -> None:
        self.failure: BaseException | None = None  # why the pass ends early
        self._groups = deque(groups)
        self._ordered = ordered
        self._begun = False  # the first lane has the group with most work
        self._helpers = 0
        self._changed = threading.Condition()

    def take(self) -> Group | None:
        """Return the next group, None when there is none or the pass ends early."""
        with self._changed:
            self._begun = True
            self._changed.notify_all()
            return self._groups.popleft() if self._groups and self.failure is None else None

    def give_back(self, groups: Iterable[Group]) -> None:
        """Let others take these up where they are."""
        with self._changed:
            if self._ordered:
                self._groups.extendleft(reversed(list(groups)))
            else:
                self._groups.extend(groups)

    def replace(self, groups: Iterable[Group]) -> None:
        """Put these in place of all groups; only before the first lane has begun."""
        with self._changed:
            self._groups = deque(groups)

    def fail(self, error: BaseException) -> None:
        """End the pass with this error, unless it ends with another one already."""
        with self._changed:
            self.failure = self.failure or error

    def has_groups(self) -> bool:
        """Return True when there is something to take up, and the pass goes on."""
        with self._changed:
            return bool(self._groups) and self.failure is None

    def is_done(self) -> bool:
        """Return True when nothing is left to take up, and nobody is at work."""
        with self._changed:
            return not self._groups and not self._helpers

    def begin(self, over: threading.Event) -> bool:
        """Count one helper in, after the first lane; False when there is nothing left to help with, or the pass is over."""
        with self._changed:
            while not (self._begun or self.failure or over.is_set()):
                self._changed.wait(TICK_SECONDS)
            wanted = bool(self._groups) and not over.is_set()
            self._helpers += wanted
            return wanted

    def leave(self) -> None:
        """Count one helper out."""
        with self._changed:
            self._helpers -= 1
            self._changed.notify_all()

    def await_helpers(self) -> bool:
        """Wait until no helper is at work; return True when they left something to do. Who only connects is not awaited."""
        with self._changed:
            self._changed.wait_for(lambda: not self._helpers)
            return bool(self._groups) and self.failure is None


def start_helpers(run: Run, work: Work, connect: Connect, number: int) -> None:
    """Open so many further lanes, each in a thread of its own.

    One that cannot be opened is given up: servers count connections, and say so in many ways. One that breaks gives its
    folders to the others, and is opened anew a few times.
    """
    for _ in range(number):
        threading.Thread(target=_help, args=(run, work, connect), daemon=True).start()


def _help(run: Run, work: Work, connect: Connect) -> None:
    for pause in run.patience.broken[:HELPER_TRIES]:
        if not _help_once(run, work, connect) or run.over.wait(pause):
            return
        run.reconnects += 1


def _help_once(run: Run, work: Work, connect: Connect) -> bool:
    """Open a further lane and work on it; True when it broke and is worth another try."""
    with ExitStack() as stack:
        places = connect.reserve(stack)
        if places is None:
            return False
        try:
            lane = Lane(run, *connect.both(stack), further=True)
        except BotError as error:
            places.complain(error)
            return False
        if not work.begin(run.over):
            return False
        try:
            run_lane(lane, work)
        except Stopped as stopped:
            work.fail(stopped)
            run.over.set()
        except BotError as error:
            lane.abort()
            places.complain(error)
            return kind_of(error) == "broken"
        except Unfit:
            lane.abort()
        except BaseException as error:  # noqa: BLE001  raised again by run_lanes
            work.fail(error)
            run.over.set()
        finally:
            work.leave()
    return False


def run_lanes(first: FirstLane, work: Work, connect: Connect) -> None:
    """Work on the first lane, opened anew whenever it breaks, until everything is done.

    Raises:
        BotError: what broke the first lane when patience has ended, or Stopped.
    """

    def attempt() -> None:
        while work.has_groups() or work.await_helpers():
            run_lane(first.lane(), work)

    try:
        first.persist(attempt, enough=work.is_done)
    except BaseException as error:
        work.fail(error)
        first.run.over.set()
        if not isinstance(error, Stopped):
            connect.abort()
        work.await_helpers()
        raise
    if work.failure is not None:
        raise work.failure


def run_lane(lane: Lane, work: Work) -> None:
    """Take up groups until there is none left. The next folder is started before the one before it is verified.

    But after a break they go one after the other: then it is plain which of them a connection breaks at.

    Raises:
        BotError, Unfit: the lane broke; what it had taken up is given back.
    """
    taken: list[Group] = []
    try:
        before: FolderPass | None = None
        for pair in _pairs(lane.run, work, taken):
            if before is not None and lane.run.trouble.breaks:
                _finish(before)
                before = None
            now = FolderPass(lane, pair)
            now.start()
            if before is not None:
                _finish(before)
            lane.run.check_stop()
            _copy(now)
            now.start_verify()
            before = now
        if before is not None:
            _finish(before)
    except BaseException:
        work.give_back(_unfinished(lane.run, taken))
        raise


def _copy(now: FolderPass) -> None:
    run, pair = now.lane.run, now.pair
    try:
        now.copy()
    except BotError as error:
        if now.row is None:  # nothing was asked for but to open and list it
            run.note_folder_break(error, pair.source.name, pair.source_name)
        raise


def _finish(done: FolderPass) -> None:
    done.finish()
    done.lane.run.finished(done.pair.source.name)


def _pairs(run: Run, work: Work, taken: list[Group]) -> Iterator[Pair]:
    while (group := work.take()) is not None:
        taken.append(group)
        yield from (pair for pair in group if not run.is_done(pair.source.name))


def _unfinished(run: Run, taken: Iterable[Group]) -> list[Group]:
    left = (tuple(pair for pair in group if not run.is_done(pair.source.name)) for group in taken)
    return [group for group in left if group]

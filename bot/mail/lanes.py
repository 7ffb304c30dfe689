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
from bot.mail.run import Lane, Run, Unfit

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
    """The groups nobody has taken yet, and who is at work."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.failure: BaseException | None = None  # why the pass ends early
        self._groups = deque(groups)
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
            self._groups.extend(groups)

    def fail(self, error: BaseException) -> None:
        """End the pass with this error, unless it ends with another one already."""
        with self._changed:
            self.failure = self.failure or error

    def begin(self) -> bool:
        """Count one helper in, after the first lane; False when there is nothing left to help with."""
        with self._changed:
            self._changed.wait_for(lambda: self._begun or self.failure)
            self._helpers += bool(self._groups)
            return bool(self._groups)

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

    One that cannot be opened, or breaks, is given up and its folders go to the others: servers count connections, and
    say so in many ways.
    """
    for _ in range(number):
        threading.Thread(target=_help, args=(run, work, connect), daemon=True).start()


def _help(run: Run, work: Work, connect: Connect) -> None:
    with ExitStack() as stack:
        try:
            lane = Lane(run, *connect.both(stack), further=True)
        except BotError:
            return
        if not work.begin():
            return
        try:
            run_lane(lane, work)
        except Stopped as stopped:
            work.fail(stopped)
        except (BotError, Unfit):
            lane.abort()
        except BaseException as error:  # noqa: BLE001  raised again by finish_lanes
            work.fail(error)
        finally:
            work.leave()


def run_lanes(first: Lane, work: Work, connect: Connect) -> None:
    """Work on the first lane until everything is done. Only when this lane breaks, the pass ends early.

    Raises:
        BotError: what broke the first lane, or Stopped.
    """
    try:
        run_lane(first, work)
        while work.await_helpers():
            run_lane(first, work)
    except BaseException as error:
        work.fail(error)
        if not isinstance(error, Stopped):
            connect.abort()
        work.await_helpers()
        raise
    if work.failure is not None:
        raise work.failure


def run_lane(lane: Lane, work: Work) -> None:
    """Take up groups until there is none left. The next folder is started before the one before it is verified.

    Raises:
        BotError, Unfit: the lane broke; what it had taken up is given back.
    """
    taken: list[Group] = []
    try:
        before: FolderPass | None = None
        for group, pair in _pairs(work, taken):
            now = FolderPass(lane, pair)
            now.start()
            if before is not None:
                before.finish()
                del taken[: taken.index(group)]
            lane.run.check_stop()
            now.copy()
            now.start_verify()
            before = now
        if before is not None:
            before.finish()
    except BaseException:
        work.give_back(taken)
        raise


def _pairs(work: Work, taken: list[Group]) -> Iterator[tuple[Group, Pair]]:
    while (group := work.take()) is not None:
        taken.append(group)
        for pair in group:
            yield group, pair

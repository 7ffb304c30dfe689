"""The first lane of a pass, opened anew when it breaks: a pass ends only when nothing helps any more."""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self, TypeVar

from bot.errors import BotError
from bot.mail.connect import Connect, Places
from bot.mail.run import Lane, Run

T = TypeVar("T")

SLOT_SECONDS: Final = 1.0  # between two looks for a free slot


class FirstLane:
    """The lane that does what no other one does. `with` closes it."""

    def __init__(self, run: Run, connect: Connect) -> None:
        self.run = run
        self._connect = connect
        self._stack = ExitStack()
        self._places = Places()
        self._lane: Lane | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run.over.set()
        self._stack.__exit__(kind, error, trace)

    def lane(self, connect: Callable[[ExitStack], Lane] | None = None) -> Lane:
        """Return it, opened if need be. Raises what open_account raises.

        Args:
            connect: opens it in place of Connect.both.
        """
        if self._lane is None:
            self._places = self._reserve()
            if connect is None:
                self._lane = Lane(self.run, *self._connect.both(self._stack))
            else:
                self._lane = connect(self._stack)
        return self._lane

    def persist(self, work: Callable[[], T], enough: Callable[[], bool] = lambda: False) -> T:
        """Return what the work returns; whenever a connection breaks in it, wait and do it again on a new lane.

        Args:
            work: gets the lane by `lane`; may be done again at any point.
            enough: True ends a wait: others have done the work meanwhile.

        Raises:
            BotError: what patience does not mend, or Stopped.
        """
        while True:
            try:
                return work()
            except BotError as error:
                self._drop(error)
                opened = self._connect.opened >= {"source", "destination"}
                unsure = error.code.startswith("destination")
                self.run.pause_after(error, opened=opened, unsure=unsure, enough=enough)
                self.run.reconnects += opened

    def _drop(self, error: BotError) -> None:
        self._places.complain(error)
        self._stack.__exit__(type(error), error, error.__traceback__)
        self._stack, self._places, self._lane = ExitStack(), Places(), None

    def _reserve(self) -> Places:
        while (places := self._connect.reserve(self._stack)) is None:
            self.run.wait(SLOT_SECONDS)
        return places

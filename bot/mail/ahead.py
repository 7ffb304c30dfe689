"""Read ahead: one thread makes what another one uses, and never has more than a few made."""

import threading
from collections.abc import Callable, Iterator
from queue import Empty, Full, Queue
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

T = TypeVar("T")

MADE: Final = 1  # that wait to be used, beside the one that is being made
TICK_SECONDS: Final = 0.2


class Ahead(Generic[T]):
    """Runs an iterator in a thread of its own; iterate over this in its place. What it raises is raised there.

    Args:
        made: makes the things; only the thread touches it.
        abort: makes `made` fail soon wherever it waits; called when the user leaves early.
    """

    def __init__(self, made: Iterator[T], abort: Callable[[], object]) -> None:
        self._made, self._abort = made, abort
        self._queue: Queue[list[T] | BaseException | None] = Queue(MADE)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._make, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        if kind is not None:
            self._abort()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=TICK_SECONDS)
            except Empty:
                continue
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while (told := self._queue.get()) is not None:
            if isinstance(told, BaseException):
                raise told
            yield told[0]

    def _make(self) -> None:
        end: BaseException | None = None
        try:
            for one in self._made:
                if not self._give([one]):
                    return
        except BaseException as error:  # noqa: BLE001  raised again where the things are used
            end = error
        self._give(end)

    def _give(self, told: list[T] | BaseException | None) -> bool:
        while not self._left.is_set():
            try:
                self._queue.put(told, timeout=TICK_SECONDS)
            except Full:
                continue
            return True
        return False

"""One pass under way: what its lanes share, and the lane, a pair of connections that copies one folder at a time."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.errors import BotError, Stopped
from bot.mail.account import Account
from bot.mail.journal import Journal, Verified
from bot.mail.patience import Patience, Trouble, decide_pause, kind_of
from bot.mail.suspects import Side, Suspects
from bot.model import FolderReport, PassOptions, Progress, SkippedMessage

SIGN_OF_LIFE_SECONDS: Final = 5
WAITING_SECONDS: Final = 2  # between two signs of life of a pass that waits
TICK_SECONDS: Final = 0.5


@dataclass(slots=True)
class Run:
    """One pass under way. Its methods may be called from every lane's thread."""

    journal: Journal
    on_progress: Callable[[Progress], None]
    should_stop: Callable[[], bool]
    options: PassOptions = field(default_factory=PassOptions)
    made_anew: bool = False  # the destination account is another one than before
    verified: dict[bytes, Verified] = field(default_factory=dict)  # before this pass, by raw source name
    patience: Patience = field(default_factory=Patience)
    progress: Progress = field(default_factory=lambda: Progress(done=0, total=0))
    told: float = 0.0  # when progress was last told
    folders: dict[bytes, FolderReport] = field(default_factory=dict)  # by raw source name
    skipped: dict[bytes, tuple[SkippedMessage, ...]] = field(default_factory=dict)  # by raw source name
    folders_skipped: list[tuple[str, str]] = field(default_factory=list)
    copied: Counter[bytes] = field(default_factory=Counter)  # messages, by raw source name
    moved: Counter[bytes] = field(default_factory=Counter)  # copies that followed, by raw source name
    unmoved: Counter[bytes] = field(default_factory=Counter)  # copies that could not, by raw source name
    copied_bytes: int = 0
    keywords_dropped: int = 0
    waited_seconds: float = 0.0  # because a server asked for it
    reconnects: int = 0
    trouble: Trouble = field(default_factory=Trouble)
    suspects: Suspects = field(default_factory=Suspects)
    named: dict[tuple[bytes, int], SkippedMessage] = field(default_factory=dict)  # by raw source name and UID
    over: threading.Event = field(default_factory=threading.Event)  # the pass ends: nobody waits any more
    _doubtful: dict[bytes, dict[int, int]] = field(default_factory=dict)  # bytes by UID, by raw source name
    _finished: set[bytes] = field(default_factory=set)  # raw source names
    _done: dict[bytes, tuple[int, int]] = field(
        default_factory=dict
    )  # messages and bytes, by raw source name
    _mutex: threading.RLock = field(default_factory=threading.RLock)

    # ── progress ──────────────────────────────────────────────────────────────────────────────────────────────

    def tell(self, source: bytes = b"", *, messages: int = 0, size_bytes: int = 0, folder: str = "") -> None:
        """Report progress made in a folder; one thread at a time."""
        with self._mutex:
            there = self._done.get(source, (0, 0))
            self._tell_done(source, there[0] + messages, there[1] + size_bytes, folder)

    def tell_known(self, source: bytes, *, messages: int = 0, size_bytes: int = 0, folder: str = "") -> None:
        """Report how much of a folder is done before it is worked on; one that is begun again counts once."""
        with self._mutex:
            self._tell_done(source, messages, size_bytes, folder)

    def _tell_done(self, source: bytes, messages: int, size_bytes: int, folder: str) -> None:
        before, there = self.progress, self._done.get(source, (0, 0))
        self._done[source] = messages, size_bytes
        self.progress = replace(
            before,
            done=before.done + messages - there[0],
            done_bytes=before.done_bytes + size_bytes - there[1],
            folder=folder or before.folder,
        )
        self.told = time.monotonic()
        self.on_progress(self.progress)

    def breathe(self, seconds: float = SIGN_OF_LIFE_SECONDS) -> None:
        """Tell the same progress again when nothing was told for a while: a large message is on its way."""
        if time.monotonic() - self.told > seconds:
            self.tell()

    # ── trouble ───────────────────────────────────────────────────────────────────────────────────────────────

    def finished(self, source: bytes) -> None:
        """Note that a folder needs nothing more in this pass: what broke before did not keep us from it."""
        with self._mutex:
            self._finished.add(source)
            self.trouble = self.trouble.after_progress()

    def note_break(self, side: Side, source: bytes, uid: int) -> None:
        """Note that a connection broke at this message of a folder."""
        with self._mutex:
            if self.suspects.note(side, source, uid):
                self.trouble = self.trouble.after_leaving_out()

    def doubt(self, source: bytes, sizes: Mapping[int, int]) -> None:
        """Remember what was sent when a connection broke: by UID its bytes. It may have been stored."""
        with self._mutex:
            self._doubtful.setdefault(source, {}).update(sizes)

    def doubtful(self, source: bytes) -> list[int]:
        """Return the UIDs of what was sent when a connection broke, and was not found stored since."""
        return sorted(self._doubtful.get(source, ()))

    def count_recovered(self, source: bytes, found: Iterable[int]) -> None:
        """Count what was sent in this pass, its answer lost, and is stored: it was copied like everything else."""
        with self._mutex:
            doubtful = self._doubtful.pop(source, {})
            sizes = [doubtful[uid] for uid in found if uid in doubtful]
        if sizes:
            self.count(source, copied=len(sizes), copied_bytes=sum(sizes))

    def note_folder_break(self, error: BotError, source: bytes, name: str) -> None:
        """Note that a connection broke when this folder was opened; after the third time it is left out."""
        if kind_of(error) != "broken":
            return
        with self._mutex:
            if self.suspects.note_folder(source):
                self.leave_out(name, error.code.partition("-")[0] + "-broken")
                self._finished.add(source)
                self.trouble = self.trouble.after_leaving_out()

    def is_done(self, source: bytes) -> bool:
        """Return True when a folder needs nothing more in this pass."""
        return source in self._finished

    def pause_after(
        self,
        error: BotError,
        *,
        opened: bool = True,
        unsure: bool = False,
        enough: Callable[[], bool] = lambda: False,
    ) -> None:
        """Wait before the next try after a connection broke, as long as patience has it.

        Raises:
            BotError: the error itself: the pass ends with it. Or Stopped.
        """
        with self._mutex:
            kind = kind_of(error)
            seconds = decide_pause(error, self.trouble, self.patience, opened=opened, unsure=unsure)
            if kind is None or seconds is None:
                raise error
            self.trouble = self.trouble.after(kind)
        self.wait(seconds, asked=kind != "broken", enough=enough)

    def wait(
        self, seconds: float, *, asked: bool = False, enough: Callable[[], bool] = lambda: False
    ) -> None:
        """Wait with signs of life, at most until `enough` or the pass is over. Raises Stopped.

        Args:
            seconds: how long.
            asked: because a server wants it; told as `waiting_until`.
            enough: asked often; True ends the wait.
        """
        began = time.monotonic()
        end = began + seconds
        if asked:
            self._tell_waiting((datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds"))
        try:
            while (left := end - time.monotonic()) > 0 and not enough() and not self.over.is_set():
                self.check_stop()
                self.breathe(WAITING_SECONDS)
                self.over.wait(min(left, TICK_SECONDS))
        finally:
            if asked:
                with self._mutex:
                    self.waited_seconds += time.monotonic() - began
                self._tell_waiting("")
        self.check_stop()

    def _tell_waiting(self, until: str) -> None:
        with self._mutex:
            self.progress = replace(self.progress, waiting_until=until)
            self.tell()

    def check_stop(self) -> None:
        """Raise Stopped when asked to; called where nothing is half done."""
        if self.should_stop():
            raise Stopped

    def leave_out(self, folder: str, reason: str) -> None:
        """Name a folder, as people know it, that is not copied."""
        with self._mutex:
            if (folder, reason) not in self.folders_skipped:
                self.folders_skipped.append((folder, reason))

    # ── the report ────────────────────────────────────────────────────────────────────────────────────────────

    def count(
        self, source: bytes = b"", *, copied: int = 0, copied_bytes: int = 0, keywords_dropped: int = 0
    ) -> None:
        """Add to the report what was done, as soon as it is done: a lane may break off later."""
        with self._mutex:
            if copied:
                self.trouble = self.trouble.after_progress()
                self.suspects.note_stored(source)
            self.copied[source] += copied
            self.copied_bytes += copied_bytes
            self.keywords_dropped += keywords_dropped

    def count_moved(self, source: bytes, *, moved: int = 0, unmoved: int = 0) -> None:
        """Add copies that followed their messages to this folder, and those that could not."""
        with self._mutex:
            self.moved[source] += moved
            self.unmoved[source] += unmoved


class Unfit(Exception):
    """A further lane is refused what the first one may get: servers count connections, and say so in many ways."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A connection to either side."""

    run: Run
    source: Account
    destination: Account
    further: bool = False  # not the first one: it may be given up

    def abort(self) -> None:
        """End both connections: one of them broke."""
        self.source.abort()
        self.destination.abort()

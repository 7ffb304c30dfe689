"""One pass under way: what its lanes share, and the lane, a pair of connections that copies one folder at a time."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from bot.errors import Stopped
from bot.mail.account import Account
from bot.mail.journal import Journal, Verified
from bot.model import FolderReport, Progress, SkippedMessage

SIGN_OF_LIFE_SECONDS: Final = 5


@dataclass(slots=True)
class Run:
    """One pass under way. Its methods may be called from every lane's thread."""

    journal: Journal
    on_progress: Callable[[Progress], None]
    should_stop: Callable[[], bool]
    verified: dict[bytes, Verified] = field(default_factory=dict)  # before this pass, by raw source name
    progress: Progress = field(default_factory=lambda: Progress(done=0, total=0))
    told: float = 0.0  # when progress was last told
    folders: dict[bytes, FolderReport] = field(default_factory=dict)  # by raw source name
    skipped: dict[bytes, tuple[SkippedMessage, ...]] = field(default_factory=dict)  # by raw source name
    folders_skipped: list[tuple[str, str]] = field(default_factory=list)
    copied: Counter[bytes] = field(default_factory=Counter)  # messages, by raw source name
    copied_bytes: int = 0
    keywords_dropped: int = 0
    _mutex: threading.RLock = field(default_factory=threading.RLock)

    def tell(self, *, messages: int = 0, size_bytes: int = 0, folder: str | None = None) -> None:
        """Report progress made; one thread at a time."""
        with self._mutex:
            before = self.progress
            self.progress = replace(
                before,
                done=before.done + messages,
                done_bytes=before.done_bytes + size_bytes,
                folder=before.folder if folder is None else folder,
            )
            self.told = time.monotonic()
            self.on_progress(self.progress)

    def breathe(self) -> None:
        """Tell the same progress again when nothing was told for a while: a large message is on its way."""
        if time.monotonic() - self.told > SIGN_OF_LIFE_SECONDS:
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

    def count(
        self, source: bytes = b"", *, copied: int = 0, copied_bytes: int = 0, keywords_dropped: int = 0
    ) -> None:
        """Add to the report what was done, as soon as it is done: a lane may break off later."""
        with self._mutex:
            self.copied[source] += copied
            self.copied_bytes += copied_bytes
            self.keywords_dropped += keywords_dropped


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

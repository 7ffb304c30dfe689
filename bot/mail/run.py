"""One pass under way: both accounts, the journal, and what the report will say."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from bot.errors import Stopped
from bot.mail.account import Account
from bot.mail.journal import Journal
from bot.model import FolderReport, Progress, SkippedMessage

SIGN_OF_LIFE_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Held:
    """A source message before its bytes are fetched."""

    flags: frozenset[str]
    size_bytes: int


@dataclass(slots=True)
class Run:
    """One pass under way."""

    source: Account
    destination: Account
    journal: Journal
    on_progress: Callable[[Progress], None]
    should_stop: Callable[[], bool]
    progress: Progress = field(default_factory=lambda: Progress(done=0, total=0))
    told: float = 0.0  # when progress was last told
    folders: list[FolderReport] = field(default_factory=list)
    skipped: list[SkippedMessage] = field(default_factory=list)
    folders_skipped: list[tuple[str, str]] = field(default_factory=list)
    keywords_dropped: int = 0
    copied_bytes: int = 0

    def tell(self, *, messages: int = 0, size_bytes: int = 0, folder: str | None = None) -> None:
        """Report progress made."""
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

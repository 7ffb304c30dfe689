"""`mailferry run --once` that dies as by a power failure at one commit: `… CONFIG before|after NUMBER`.

It counts the transactions of ours that changed something. Nothing in bot/ knows of it: the store's door is wrapped here.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.config import load
from bot.daemon import Daemon, lock
from bot.logs import configure
from bot.store import Store, open_store
from bot.vault import open_vault
from bot.work import Work


def die_at(number: int, side: str) -> None:
    """Wrap Store.begin: before that commit it is rolled back by the kernel, after it nothing else follows."""
    real, count, counting = Store.begin, [0], threading.Lock()

    def reached(when: str) -> None:
        if count[0] == number and side == when:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def begin(self: Store) -> Iterator[Work]:
        with counting:  # one at a time, so that a commit is a moment
            changed = False
            with real(self) as work:
                raw = work.connection.connection.driver_connection
                assert raw is not None
                before = raw.total_changes
                yield work
                changed = raw.total_changes != before
                if changed:
                    count[0] += 1
                    reached("before")
            if changed:
                reached("after")

    Store.begin = begin  # type: ignore[method-assign]


def main() -> None:
    """Work until that commit; exit 0 when there was none of that number."""
    settings = load(Path(sys.argv[1]), os.environ)
    configure(settings.log.level, settings.log.format)
    assert settings.store.key_file is not None
    with lock(settings.store.state):
        store = open_store(settings.store.database_url(), open_vault(settings.store.key_file))
        die_at(int(sys.argv[3]), sys.argv[2])
        Daemon(store, settings).run_once()
        os._exit(0)


if __name__ == "__main__":
    main()

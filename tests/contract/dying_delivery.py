"""One delivery that dies as by a power failure at a stage: `… STAGE`, with the place and the hour as JSON on stdin."""

import json
import os
import signal
import smtplib
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import outbox
from bot.mail.account import Account
from bot.model import Endpoint, Json, Login, Secret
from bot.store import Store, open_store, sqlite_url
from bot.vault import open_vault
from tests.desk import make_config


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(stage: str) -> None:
    """Wrap the one function behind which that stage is over."""
    mark, append, answer = outbox._mark, Account.append, smtplib.SMTP.getreply

    def marked(store: Store, reply: Json, state: str, **values: object) -> str:
        if stage == f"before {state}":
            die()
        done = mark(store, reply, state, **values)
        if stage == f"after {state}":
            die()
        return done

    def copied(self: Account, *args: Any) -> int | None:
        append(self, *args)
        die()
        return None

    def answered(self: smtplib.SMTP) -> tuple[int, bytes]:
        found = answer(self)
        if found[1].endswith(b"queued"):  # the server has taken it, and we have not noticed
            die()
        return found

    outbox._mark = marked
    if stage == "connected":
        outbox._begin = die
    elif stage == "dot":
        smtplib.SMTP.getreply = answered  # type: ignore[method-assign]
    elif stage == "copied":
        Account.append = copied  # type: ignore[method-assign]


def main() -> None:
    """Send one reply; exit 0 when nothing killed us."""
    said = json.load(sys.stdin)
    folder = Path(said["folder"])
    host, port, security, user, password = said["mailbox"]
    where = Endpoint(host=host, port=port, security=security)
    box = Login(endpoint=where, user=user, password=Secret(password), checked=True)
    store = open_store(sqlite_url(folder / "mailferry.db"), open_vault(folder / "key"))
    config = make_config(folder, box, outbound={"port": said["port"]})
    die_at(sys.argv[1])
    outbox.send(store, config, said["number"], datetime.fromisoformat(said["now"]))


if __name__ == "__main__":
    main()

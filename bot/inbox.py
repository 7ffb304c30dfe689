r"""Each new message of the support mailbox taken exactly once.

The order is the promise: fetch without marking read, keep the bytes and the cursor in one transaction, then mark with a
keyword. Whether staff has read a mail (\Seen) means nothing here, and nothing is moved or deleted.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from bot.config import Config
from bot.errors import InboxUnreachable
from bot.mail.account import Account, open_account
from bot.model import Json, Login, Secret
from bot.store import Store, stamp

WINDOW: Final = 50  # mails asked about at once
IDLE_SECONDS: Final = 25 * 60  # RFC 2177: leave IDLE at least every 29 minutes
SECOND_LOOK: Final = timedelta(days=30)  # after UIDVALIDITY changed: how far back mails are looked at again


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one look into the mailbox brought."""

    new: int = 0
    known: int = 0  # bytes we had already: another copy, or a mailbox that was built anew
    left_alone: int = 0  # older than the first look
    too_large: int = 0


def inbox_login(config: Config) -> Login:
    """Return the login of the support mailbox."""
    password = config.inbox.password() or Secret("")
    return Login(endpoint=config.inbox.endpoint(), user=config.inbox.user, password=password, checked=True)


def fetch_new(account: Account, store: Store, config: Config, now: datetime) -> Taken:
    """Take every message that came since the last look.

    The cursor is (UIDVALIDITY, UID). On the very first contact mails older than [inbox] first_look are left alone;
    when UIDVALIDITY changed, the last 30 days are looked at again and what we hold already is recognised by its bytes.
    """
    box = account.select(config.inbox.folder.encode())
    with store.begin() as work:
        before = work.cursor(config.inbox.folder)
    same = before is not None and before[0] == box.uidvalidity
    last = before[1] if before is not None and same else 0
    oldest = None if same else now - (SECOND_LOOK if before else config.inbox.first_look)
    uids = account.uids_from(last + 1)
    total = Taken()
    for start in range(0, len(uids), WINDOW):
        window = uids[start : start + WINDOW]
        total = _take_window(account, store, config, _Look(box.uidvalidity, window, oldest, now), total)
    return total


@dataclass(frozen=True, slots=True)
class _Look:
    uidvalidity: int
    uids: list[int]
    oldest: datetime | None
    now: datetime


def _take_window(account: Account, store: Store, config: Config, look: _Look, total: Taken) -> Taken:
    metas = account.fetch_meta(look.uids)
    for uid in look.uids:
        meta = metas.get(uid)
        arrived = (meta.internaldate if meta else None) or look.now
        if meta is None or (look.oldest is not None and arrived < look.oldest):
            _pass_over(store, config, look, uid)
            total = _plus(total, "left_alone")
            continue
        large = meta.size_bytes > config.limits.max_mail
        raw = b"" if large else account.fetch_message(uid)
        if raw is None:
            continue  # gone between two commands
        total = _plus(
            total, "too_large" if large else _keep(store, config, look, _facts(look, uid, raw, arrived), raw)
        )
        if large:
            _set_aside(store, config, look, uid, meta.size_bytes)
        account.add_keyword([uid], config.inbox.keyword)
    return total


def _facts(look: _Look, uid: int, raw: bytes, arrived: datetime) -> Json:
    return {"digest": hashlib.sha256(raw).hexdigest(), **_place(look, uid), "received_at": stamp(arrived)}


def _keep(store: Store, config: Config, look: _Look, facts: Json, raw: bytes) -> str:
    with store.begin() as work:
        number = work.take_message(raw, facts, look.now)
        work.set_cursor(config.inbox.folder, look.uidvalidity, facts["uid"])
    return "known" if number is None else "new"


def _set_aside(store: Store, config: Config, look: _Look, uid: int, size_bytes: int) -> None:
    """A mail above [limits] max_mail stays in the mailbox and is shown in `status`."""
    facts = {"digest": f"uid:{look.uidvalidity}:{uid}", **_place(look, uid), "received_at": stamp(look.now)}
    with store.begin() as work:
        work.take_message(b"", {**facts, "state": "aside", "why": f"too large: {size_bytes} bytes"}, look.now)
        work.set_cursor(config.inbox.folder, look.uidvalidity, uid)


def _pass_over(store: Store, config: Config, look: _Look, uid: int) -> None:
    with store.begin() as work:
        work.set_cursor(config.inbox.folder, look.uidvalidity, uid)


def _place(look: _Look, uid: int) -> dict[str, int]:
    return {"uidvalidity": look.uidvalidity, "uid": uid}


def _plus(total: Taken, name: str) -> Taken:
    counts = {
        "new": total.new,
        "known": total.known,
        "left_alone": total.left_alone,
        "too_large": total.too_large,
    }
    return Taken(**{**counts, name: counts[name] + 1})


def watch(
    store: Store, config: Config, stop: Event, clock: Callable[[], datetime], tell: Callable[[Taken], None]
) -> None:
    """Take new mail until `stop`: by IDLE where the server has it, else by looking every [inbox] poll.

    Raises:
        InboxUnreachable: the connection could not be made or broke; call again after a pause.
    """
    with open_account(inbox_login(config), "inbox") as account:
        while not stop.is_set():
            taken = fetch_new(account, store, config, clock())
            tell(taken)
            _wait_for_news(account, config, stop)


def _wait_for_news(account: Account, config: Config, stop: Event) -> None:
    if not (config.inbox.idle and account.has("IDLE")):
        stop.wait(config.inbox.poll.total_seconds())
        account.noop()
        return
    account.idle_start()
    waited = 0
    while not stop.is_set() and waited < IDLE_SECONDS:
        if account.idle_check(1):
            break
        waited += 1
    account.idle_done()


def take_once(store: Store, config: Config, now: datetime) -> Taken:
    """Look once and leave. Raises InboxUnreachable."""
    with open_account(inbox_login(config), "inbox") as account:
        return fetch_new(account, store, config, now)


__all__ = ["InboxUnreachable", "Taken", "fetch_new", "inbox_login", "take_once", "watch"]

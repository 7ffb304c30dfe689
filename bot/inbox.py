r"""Each new message of the support mailbox taken exactly once.

The order is the promise: fetch without marking read, keep the bytes and the cursor in one transaction, then mark with a
keyword. Whether staff has read a mail (\Seen) means nothing here, and nothing is moved or deleted. Our own copies of
replies (bot/outbox.py) are not kept: they settle what was in doubt, and are marked read, so that nobody has to.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Event
from typing import Final

from bot.config import Config
from bot.errors import InboxUnreachable
from bot.mail.account import Account, Meta, Selected, open_account
from bot.mail.content import glimpse
from bot.mail.names import encode_name
from bot.mail.wire import Refused
from bot.model import Json, Login, Secret
from bot.records import stamp
from bot.store import Store

WINDOW: Final = 50  # mails asked about at once
IDLE_SECONDS: Final = (
    4 * 60
)  # RFC 2177 allows 29 minutes; routers forget a silent connection sooner, and mail would wait
SECOND_LOOK: Final = timedelta(days=30)  # after UIDVALIDITY changed: how far back mails are looked at again
NAMING: Final = (
    b"UID BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE MESSAGE-ID)]"  # of a mail whose bytes are not kept
)
HEADER_BYTES: Final = 64 << 10  # of a mail's beginning, in which the Message-ID of our own ones stands
_MESSAGE_ID: Final = re.compile(rb"(?im)^Message-ID:[ \t]*(<[!-;=?-~]{3,250}>)[ \t]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one look into the mailbox brought."""

    new: int = 0
    known: int = 0  # bytes we had already: another copy, or a mailbox that was built anew
    left_alone: int = 0  # older than the first look
    too_large: int = 0
    withheld: int = 0  # the server would not hand it out
    gone: int = 0  # between two commands
    receipts: int = 0  # our own copies of replies


def inbox_login(config: Config) -> Login:
    """Return the login of the support mailbox."""
    password = config.inbox.password() or Secret("")
    return Login(endpoint=config.inbox.endpoint(), user=config.inbox.user, password=password, checked=True)


def fetch_new(account: Account, store: Store, config: Config, now: datetime) -> Taken:
    """Take every message that came since the last look; Taken() only when there was nothing at all.

    The cursor is (UIDVALIDITY, UID). On the very first contact mails older than [inbox] first_look are left alone.
    When UIDVALIDITY changed, the last 30 days are looked at again, but nothing older than the first mail ever taken,
    and what we hold already is recognised by its bytes.

    Raises:
        InboxUnreachable: the folder cannot be opened, or the connection broke; what was taken stays taken.
    """
    box = _open_folder(account, config)
    with store.begin() as work:
        before, first = work.cursor(config.inbox.folder), work.first_arrival()
    same = before is not None and before[0] == box.uidvalidity
    last = before[1] if before is not None and same else 0
    if same and 1 < box.uidnext <= last + 1:
        return Taken()  # SELECT was the last word: what comes from now on is told in IDLE
    look = _Look(account, store, config, box.uidvalidity, None if same else _oldest(config, now, first), now)
    uids = list(account.uids_from(last + 1))
    total: Counter[str] = Counter()
    for start in range(0, len(uids), WINDOW):
        total += look.take(uids[start : start + WINDOW])
    look.pass_over(max([last, box.uidnext - 1, *uids]))
    return Taken(**total)


def _oldest(config: Config, now: datetime, first: datetime | None) -> datetime:
    return now - config.inbox.first_look if first is None else max(now - SECOND_LOOK, first)


def _open_folder(account: Account, config: Config) -> Selected:
    try:
        return account.select(encode_name(config.inbox.folder))
    except Refused:
        raise InboxUnreachable(host=config.inbox.host) from None


@dataclass(frozen=True, slots=True)
class _Look:
    """One look into the folder."""

    account: Account
    store: Store
    config: Config
    uidvalidity: int
    oldest: datetime | None  # mails that came earlier are left alone; None = take all
    now: datetime

    def take(self, uids: list[int]) -> Counter[str]:
        """Take these mails, each one kept and committed before it is marked and before the next one is asked for."""
        total: Counter[str] = Counter()
        metas = self._metas(uids)
        for uid in uids:
            meta = metas.get(uid)
            if meta is None:
                total["gone"] += 1
                continue
            arrived = meta.internaldate or self.now
            if self.oldest is not None and arrived < self.oldest:
                total["left_alone"] += 1
                continue
            total[self._take_one(uid, meta.size_bytes, arrived)] += 1
        self.pass_over(uids[-1])
        return total

    def _metas(self, uids: list[int]) -> dict[int, Meta]:
        try:
            return self.account.fetch_meta(uids)
        except Refused:  # one of them: the rest is served
            return {uid: meta for one in uids for uid, meta in self._meta(one).items()}

    def _meta(self, uid: int) -> dict[int, Meta]:
        try:
            return self.account.fetch_meta([uid])
        except Refused:
            return {uid: Meta(size_bytes=0, internaldate=None)}

    def _take_one(self, uid: int, size_bytes: int, arrived: datetime) -> str:
        if size_bytes > self.config.limits.max_mail:
            return self._set_aside(uid, arrived, "too_large", f"too large: {size_bytes} bytes")
        try:
            raw = self.account.fetch_message(uid)
        except Refused:
            return self._set_aside(uid, arrived, "withheld", "the mail server would not hand it out")
        if raw is None:
            return "gone"
        reply = self._receipt(uid, raw)
        if reply is not None:
            if self.config.receipt_address() not in reply["recipients"]:
                self.account.add_keyword([uid], "\\Seen")
            self._mark(uid)
            return "receipts"
        outcome = self._keep(uid, raw, {"digest": sha256(raw).hexdigest(), "received_at": stamp(arrived)})
        self._mark(uid)
        return outcome

    def _receipt(self, uid: int, raw: bytes) -> Json | None:
        """Return the reply of which this is our own copy: what was in doubt is settled, and the cursor moved."""
        found = _MESSAGE_ID.search(raw[:HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0])
        ours = "@" + self.config.outbound.address().rpartition("@")[2].casefold() + ">"
        message_id = found[1].decode("ascii") if found else ""
        if not message_id.casefold().endswith(ours):
            return None
        with self.store.begin() as work:
            known = work.take_receipt(message_id, self.now)
            if known is not None:
                work.set_cursor(self.config.inbox.folder, self.uidvalidity, uid)
        return known

    def _keep(self, uid: int, raw: bytes, facts: Json) -> str:
        place = {"uidvalidity": self.uidvalidity, "uid": uid}
        with self.store.begin() as work:
            number = work.take_message(raw, {**place, **facts}, self.now)
            work.set_cursor(self.config.inbox.folder, self.uidvalidity, uid)
        return "known" if number is None else "new"

    def _set_aside(self, uid: int, arrived: datetime, outcome: str, why: str) -> str:
        """The mail stays in the mailbox for a person, and is shown in `status` by its sender and subject."""
        header = self._header(uid)
        sender, subject = glimpse(header)
        told = {"state": "aside", "why": why, "sender": sender[:200], "subject": subject[:200]}
        same = header or f"{self.uidvalidity}:{uid}".encode()
        digest = "header:" + sha256(same + why.encode()).hexdigest()
        self._keep(uid, b"", {"digest": digest, "received_at": stamp(arrived), **told})
        self._mark(uid)
        return outcome

    def _header(self, uid: int) -> bytes:
        try:
            found = [value for row in self.account.fetch_rows([uid], NAMING) for value in row.values()]
        except Refused:
            return b""
        return next((value for value in found if isinstance(value, bytes) and b":" in value), b"")

    def _mark(self, uid: int) -> None:
        self.account.add_keyword([uid], self.config.inbox.keyword)

    def pass_over(self, uid: int) -> None:
        """Remember that everything up to this UID was looked at."""
        with self.store.begin() as work:
            before = work.cursor(self.config.inbox.folder)
            if before is None or before[0] != self.uidvalidity or before[1] < uid:
                work.set_cursor(self.config.inbox.folder, self.uidvalidity, uid)


@contextmanager
def _inbox(store: Store, config: Config) -> Iterator[Account]:
    """Open the support mailbox; mark the one mail that a crash may have left kept but not marked."""
    with open_account(inbox_login(config), "inbox") as account:
        box = _open_folder(account, config)
        with store.begin() as work:
            cursor = work.cursor(config.inbox.folder)
            kept = cursor is not None and cursor[0] == box.uidvalidity and work.took(*cursor)
        if cursor is not None and kept:
            account.add_keyword([cursor[1]], config.inbox.keyword)
        yield account


def watch(
    store: Store, config: Config, stop: Event, clock: Callable[[], datetime], tell: Callable[[Taken], None]
) -> None:
    """Take new mail until `stop`: by IDLE where the server has it, else by looking every [inbox] poll.

    Raises:
        InboxUnreachable: the connection could not be made or broke; call again after a pause.
    """
    with _inbox(store, config) as account:
        if _idles(account, config):
            account.idle_start()  # IMAPClient asks for CAPABILITY before its first one: that would swallow news
            account.idle_done()
        while not stop.is_set():
            taken = fetch_new(account, store, config, clock())
            tell(taken)
            if taken == Taken():  # else look again: what arrived meanwhile was perhaps told in passing
                _wait_for_news(account, config, stop)


def _idles(account: Account, config: Config) -> bool:
    return config.inbox.idle and account.has("IDLE")


def _wait_for_news(account: Account, config: Config, stop: Event) -> None:
    if not _idles(account, config):
        stop.wait(config.inbox.poll.total_seconds())
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
    with _inbox(store, config) as account:
        return fetch_new(account, store, config, now)


__all__ = ["InboxUnreachable", "Taken", "fetch_new", "inbox_login", "take_once", "watch"]

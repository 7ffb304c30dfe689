"""One logged-in IMAP account: its folders and its messages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from bot.mail import content
from bot.mail.answers import (
    read_esearch,
    read_number,
    read_uid,
)
from bot.mail.directory import Directory, Selected
from bot.mail.session import TIMEOUT_SECONDS
from bot.mail.stream import Body, Spool, Stream
from bot.mail.uids import UID_MAX, Uids, uid_sets
from bot.mail.wire import Parcel, Refused, Reply, Row, Token, astring, read_row
from bot.model import Login
from bot.net import AddressPolicy, Side, connect, drop_unsent, failure

__all__ = ["Account", "Meta", "Selected", "open_account"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """Size and arrival of one message, before its bytes are fetched."""

    size_bytes: int
    internaldate: datetime | None  # aware, UTC; None = the server gave none that can be read


class Account(Directory):
    """A logged-in account. Its methods raise the errors of its side, or Refused for a NO that the caller may handle."""

    # ── messages of the selected folder ───────────────────────────────────────────────────────────────────────

    def uids_from(self, first: int = 1) -> Uids:
        """Return the UIDs >= first. (`n:*` names the last message even below n: RFC 9051 section 6.4.8.)"""
        return self.uids(self.start_uids(first)).since(first)

    def start_uids(self, first: int = 1) -> bytes:
        """Ask for UIDs ahead; `uids` reads the answer."""
        with self.telling():
            if self.searches:
                return self._wire.start(b"UID SEARCH RETURN (ALL) UID %d:*" % first)
            return self._wire.start(b"UID FETCH %d:* (UID)" % first)

    def uids(self, tag: bytes) -> Uids:
        """Return the UIDs asked for ahead. Raises Refused."""
        if not self.searches:
            return Uids(read_uid(row) for row in self.all_rows(tag, b"UID"))
        with self.telling():
            return _found_uids(self._wire.finish(tag))

    @property
    def searches(self) -> bool:
        """True when a search names all UIDs in a few bytes (RFC 4731)."""
        return self.has("ESEARCH") and not self.message_limit

    @property
    def message_limit(self) -> int:
        """How many messages one command may name (MESSAGELIMIT, RFC 9738: Yahoo 1,000); 0 = as many as there are."""
        told = (word.partition("=")[2] for word in self.capabilities if word.startswith("MESSAGELIMIT="))
        return next((int(word) for word in told if word.isdigit() and len(word) < 10), 0)

    def uids_and_rows(self, searched: bytes, fetched: bytes) -> tuple[Uids, list[Row]] | None:
        """Return the answers to a search for UIDs and to a FETCH that are under way together; None when one is refused."""
        with self.telling():
            reply = self._wire.finish_all([searched, fetched])
            if reply.refusals:
                return None
            return _found_uids(reply), [row for item in reply.untagged if (row := read_row(item)) is not None]

    def uids_with_rows(self, searched: bytes, fetched: bytes | None) -> tuple[Uids, list[Row]]:
        """Return the answer to a search for UIDs, and of a small FETCH that was sent behind it; they may come mixed.

        Raises:
            Refused: the search was. A refused FETCH has no rows.
        """
        if fetched is None:
            return self.uids(searched), []
        with self.telling():
            reply = self._wire.finish_all([searched, fetched])
            if searched in reply.refusals:
                raise reply.refusals[searched]
            return _found_uids(reply), [row for item in reply.untagged if (row := read_row(item)) is not None]

    def start_larger(self, size_bytes: int) -> bytes:
        """Ask ahead which messages of the open folder are larger; `hits` reads their UIDs."""
        with self.telling():
            return self._wire.start(b"UID SEARCH LARGER %d" % size_bytes)

    def hits(self, tag: bytes) -> list[int]:
        """Return the UIDs a search sent ahead found, none when it was refused."""
        with self.telling():
            try:
                found = self._wire.finish(tag).of(b"SEARCH")
            except Refused:
                return []
        return [int(word) for item in found for word in item.data if word.isdigit()]

    def find_message_id(self, message_id: str) -> list[int]:
        """Return the UIDs of messages whose Message-ID contains this text."""
        with self.telling():
            reply = self._wire.call(b"UID SEARCH HEADER Message-ID ", astring(message_id.encode()))
        return [int(word) for item in reply.of(b"SEARCH") for word in item.data if word.isdigit()]

    def fetch_rows(self, uids: Iterable[int], items: bytes) -> Iterator[Row]:
        """Yield FETCH answers for these UIDs, none for those that are gone. Read to the end before other commands.

        Many UIDs take several commands; the next one is on its way while one is answered.

        Raises:
            Refused: behind all rows, when one of the commands ended with NO.
        """
        refused = None
        tags: list[bytes] = []
        sets = uid_sets(uids, messages=self.message_limit or UID_MAX)
        for uid_set in chain(sets, (None,)):
            if uid_set is not None:
                tags.append(self.start_fetch(uid_set, items))
            if tags and (len(tags) > 1 or uid_set is None):
                try:
                    yield from self.rows(tags.pop(0))
                except Refused as refusal:
                    refused = refusal
        if refused is not None:
            raise refused

    def start_fetch(self, uid_set: bytes, items: bytes, *, since: int = 0) -> bytes:
        """Send a UID FETCH ahead; `rows` reads its answers. With `since` only what changed since that MODSEQ (RFC 7162)."""
        with self.telling():
            changed = b" (CHANGEDSINCE %d)" % since if since else b""
            return self._wire.start(b"UID FETCH " + uid_set + b" (" + items + b")" + changed)

    def rows(self, tag: bytes) -> Iterator[Row]:
        """Yield the answers of a FETCH sent ahead. Raises Refused behind the rows of a FETCH that ended with NO."""
        with self.telling():
            yield from self._wire.rows(tag)

    def all_rows(self, tag: bytes, items: bytes) -> Iterator[Row]:
        """Yield the answers of a FETCH of `1:*` sent ahead. Where a server stops at its limit, ask for the rest.

        RFC 9738 section 3.2 has it begin with the newest message; others begin with the oldest.

        Raises:
            Refused: behind the rows, when the first command ended with NO.
        """
        seen = _Span()
        yield from seen.watch(self.rows(tag))
        limit = self.message_limit
        if not limit or seen.count < limit:
            return
        for rest in (seen.below, seen.above):
            seen.count = limit
            while seen.count and (uid_set := rest()):
                yield from seen.watch(self.rows(self.start_fetch(uid_set, items)))

    def fetch_meta(self, uids: Iterable[int]) -> dict[int, Meta]:
        """Return size and arrival of messages, by UID."""
        return {
            read_uid(row): Meta(
                size_bytes=read_number([row.get(b"RFC822.SIZE")]),
                internaldate=content.parse_internaldate(row.get(b"INTERNALDATE") or b""),
            )
            for row in self.fetch_rows(uids, b"UID RFC822.SIZE INTERNALDATE")
        }

    def fetch_body(self, uid: int) -> Body | None:
        """Return one message's bytes without marking it read, None when it is gone."""
        found = None
        for row in self.fetch_rows([uid], b"UID BODY.PEEK[]"):
            if read_uid(row) == uid and b"BODY[]" in row:
                found = row[b"BODY[]"]
        return found

    def fetch_message(self, uid: int) -> bytes | None:
        """Return one message's bytes in memory; see fetch_body."""
        body = self.fetch_body(uid)
        return b"".join(body.chunks()) if isinstance(body, Spool) else body

    def store(self, uids: Iterable[int], change: str, flags: Sequence[str]) -> None:
        """Change flags: `change` is "+" or "-". Raises Refused. Flags must have passed `plan.keepable`."""
        with self.telling():
            for uid_set in uid_sets(uids, messages=self.message_limit or UID_MAX):
                line = f" {change}FLAGS.SILENT ({' '.join(flags)})".encode("latin-1")
                self._wire.call(b"UID STORE " + uid_set + line)

    def relay(self, verb: bytes, uid_set: bytes, folder: bytes) -> list[Sequence[Token]]:
        """Have messages of the selected folder copied or moved to another one; return the response codes told.

        Args:
            verb: UID COPY, or UID MOVE (RFC 6851), which tells the code (COPYUID) before its end.
            uid_set: of the messages.
            folder: raw name.

        Raises:
            Refused: the server did not do it, or not all of it.
        """
        with self.telling():
            reply = self._wire.call(verb, b" ", uid_set, b" ", astring(folder))
        return [reply.code, *(item.data for item in reply.of(b"OK"))]

    def add_keyword(self, uids: Iterable[int], keyword: str) -> bool:
        """Mark messages with a keyword; False when the server keeps no such keyword."""
        try:
            self.store(uids, "+", [keyword])
        except Refused:
            return False
        return True

    # ── appending ─────────────────────────────────────────────────────────────────────────────────────────────

    def append(
        self, folder: bytes, data: bytes, flags: Sequence[str] = (), date: datetime | None = None
    ) -> int | None:
        """Append one message; return its UID where the server tells. Raises Refused."""
        stamp = content.format_internaldate(date) if date else None
        told = self.append_each(folder, [Parcel(flags, stamp, data)])[0]
        if isinstance(told, Refused):
            raise told
        return told

    def append_multi(self, folder: bytes, parcels: Sequence[Parcel]) -> Sequence[int] | None:
        """Append all or none in one command (needs MULTIAPPEND); their UIDs where the server tells. Raises Refused."""
        with self.telling():
            return self._wire.append_multi(folder, parcels)

    def append_each(self, folder: bytes, parcels: Sequence[Parcel]) -> list[int | Refused | None]:
        """Append one by one; for each its UID, None when not told, or the refusal."""
        with self.telling():
            return self._wire.append_each(folder, parcels)

    @property
    def sends_ahead(self) -> bool:
        """True when messages may be sent while the answer to earlier ones is awaited, and the answer tells their UIDs."""
        return self.has("LITERAL+") and self.has("UIDPLUS")

    @property
    def append_limit(self) -> int | None:
        """The largest message the server takes (RFC 7889); None = not told."""
        told = (word.partition("=")[2] for word in self.capabilities if word.startswith("APPENDLIMIT="))
        return next((int(word) for word in told if word.isdigit() and len(word) < 20), None)

    def start_append(self, folder: bytes, parcels: Sequence[Parcel]) -> list[bytes]:
        """Send messages ahead, together where the server has MULTIAPPEND: then the tag is one. Needs `sends_ahead`."""
        with self.telling():
            if self.has("MULTIAPPEND"):
                return [self._wire.start_append_multi(folder, parcels)]
            return self._wire.start_append_each(folder, parcels)

    def finish_append(self, tags: Sequence[bytes], count: int) -> list[int | Refused | None]:
        """Return the outcome of each of that many messages. Raises Refused: they went together, and none was stored."""
        with self.telling():
            if len(tags) < count:
                told = self._wire.finish_append_multi(tags[0], count)
                return [None] * count if told is None else [*told]
            return self._wire.finish_append_each(tags)


class _Span:
    """Which UIDs an answer named: how many new ones, from where to where."""

    def __init__(self) -> None:
        self.count, self.low, self.high = 0, 0, 0

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows outside of what was seen before; a partial answer may end with NO (RFC 9738 section 3.2)."""
        low, high = self.low, self.high
        self.count = 0
        try:
            for row in rows:
                uid = read_uid(row)
                if low <= uid <= high:
                    continue
                self.count += 1
                self.low, self.high = min(self.low or uid, uid), max(self.high, uid)
                yield row
        except Refused as refusal:
            if refusal.code != "MESSAGELIMIT":
                raise

    def below(self) -> bytes:
        """Return the set of UIDs below; empty when there can be none."""
        return b"1:%d" % (self.low - 1) if self.low > 1 else b""

    def above(self) -> bytes:
        """Return the set of UIDs above; empty when there can be none."""
        return b"%d:*" % (self.high + 1) if self.high < UID_MAX else b""


def _found_uids(reply: Reply) -> Uids:
    return Uids(uid for item in reply.of(b"ESEARCH") for uid in read_esearch(item.data))


def open_account(login: Login, side: Side, policy: AddressPolicy | None = None) -> Account:
    """Return the account, logged in. One login attempt, whatever happens.

    Args:
        login: where and how.
        side: whose server it is; decides which errors are raised.
        policy: which addresses are allowed; not applied to a server the operator named (`login.checked`).

    Raises:
        BotError: of that side: unknown, unreachable, refused address, TLS, login refused, broken, throttled.
    """
    allowed = None if login.checked else policy
    sock = connect(login.endpoint, allowed, side=side, timeout=TIMEOUT_SECONDS)
    if side == "destination":
        drop_unsent(sock)
    account = Account(login, side, Stream(sock))
    try:
        account.open()
    except Refused as refusal:
        account.logout()
        raise failure(side, "broken", login.endpoint, what=refusal.status) from None
    except BaseException:
        account._stream.close()  # noqa: SLF001
        raise
    return account

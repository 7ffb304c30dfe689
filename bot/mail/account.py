"""One logged-in IMAP account: its folders and its messages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from bot.mail import content
from bot.mail.answers import (
    add_status,
    flag_set,
    is_code,
    read_esearch,
    read_listed,
    read_namespaces,
    read_number,
    read_uid,
)
from bot.mail.folders import Listed, Server
from bot.mail.session import TIMEOUT_SECONDS, Session
from bot.mail.state import State
from bot.mail.stream import Body, Broken, Spool, Stream
from bot.mail.uids import UID_MAX, Uids, uid_sets
from bot.mail.wire import Parcel, Refused, Reply, Row, astring, read_row
from bot.model import AccountCount, Login
from bot.net import AddressPolicy, Side, connect, failure

FOLDERS: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected(State):
    """A folder as SELECT or EXAMINE showed it. UIDNEXT is 1 when the server did not tell (Courier)."""

    permanent_flags: frozenset[str] | None  # None = not told: every flag is kept (RFC 9051 section 7.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """Size and arrival of one message, before its bytes are fetched."""

    size_bytes: int
    internaldate: datetime | None  # aware, UTC; None = the server gave none that can be read


class Account(Session):
    """A logged-in account. Its methods raise the errors of its side, or Refused for a NO that the caller may handle."""

    # ── folders ───────────────────────────────────────────────────────────────────────────────────────────────

    def overview(self, *, status: bool = False) -> Server:
        """Return every folder and where folders live; with `status` also each one's State, and its bytes if told.

        One round trip where the server has LIST-STATUS (RFC 5819) and LIST-EXTENDED; else LSUB and STATUS, sent ahead.
        """
        with self.telling():
            listing = self._wire.start(b'LIST "" "*"' + self._return_options(status=status))
            others = [] if self.has("LIST-EXTENDED") else [self._wire.start(b'LSUB "" "*"')]
            others += [self._wire.start(b"NAMESPACE")] if self.has("NAMESPACE") else []
            reply = self._wire.finish_all([listing, *others])
            if listing in reply.refusals:
                raise reply.refusals[listing]
            found = self._read_folders(reply)
            if status:
                found = self._with_missing_status(add_status(found, reply))
        return Server(folders=tuple(found.values()), namespaces=read_namespaces(reply))

    def folders(self, *, status: bool = False) -> list[Listed]:
        """Return every folder; see overview."""
        return list(self.overview(status=status).folders)

    def select(self, folder: bytes, *, readonly: bool = False) -> Selected:
        """Open a folder, with EXAMINE when only reading.

        Raises:
            Refused: there is no such folder, or it cannot be opened.
        """
        return self.selected(self.start_select(folder, readonly=readonly, modseq=False), folder)

    def start_select(self, folder: bytes, *, readonly: bool = False, modseq: bool = True) -> bytes:
        """Send a SELECT ahead, or EXAMINE; `selected` reads its answer before anything is read of what was sent after."""
        with self.telling():
            verb = b"EXAMINE " if readonly else b"SELECT "
            return self._wire.start(
                verb, astring(folder), b" (CONDSTORE)" if modseq and self.has("CONDSTORE") else b""
            )

    def selected(self, tag: bytes, folder: bytes) -> Selected:
        """Return the answer of a SELECT sent ahead. Raises Refused; then no folder is open (RFC 9051 section 6.3.2)."""
        with self.telling():
            self.folder = None
            reply = self._wire.finish(tag)
        self.folder = folder
        self._client._imap.state = "SELECTED"  # noqa: SLF001  imaplib checks it before IDLE
        told = {item.data[0].upper(): item.data[1:] for item in reply.of(b"OK") if is_code(item.data)}
        exists = next((item.number or 0 for item in reply.of(b"EXISTS")), 0)
        permanent = told.get(b"PERMANENTFLAGS")
        return Selected(
            uidvalidity=read_number(told.get(b"UIDVALIDITY")),
            uidnext=read_number(told.get(b"UIDNEXT")) or 1,
            messages=exists,
            modseq=read_number(told.get(b"HIGHESTMODSEQ")),
            permanent_flags=flag_set(permanent[0]) if permanent and isinstance(permanent[0], list) else None,
        )

    def create(self, folder: bytes) -> None:
        """Make a folder; one that is there already is fine.

        Raises:
            Refused: it cannot be made.
        """
        with self.telling():
            try:
                self._wire.call(b"CREATE ", astring(folder))
            except Refused as refusal:
                if refusal.code != "ALREADYEXISTS":
                    raise

    def start_create(self, folder: bytes) -> bytes:
        """Send a CREATE ahead; `settle` reads its end."""
        with self.telling():
            return self._wire.start(b"CREATE ", astring(folder))

    def subscribe(self, folder: bytes) -> None:
        """Subscribe to a folder. Raises Refused."""
        with self.telling():
            self._wire.call(b"SUBSCRIBE ", astring(folder))

    def start_subscribe(self, folder: bytes) -> bytes:
        """Send a SUBSCRIBE ahead; `settle` reads its end."""
        with self.telling():
            return self._wire.start(b"SUBSCRIBE ", astring(folder))

    def start_status(self, folder: bytes) -> bytes:
        """Have the server look into a folder that is not selected; `settle` reads its end."""
        with self.telling():
            return self._wire.start(b"STATUS ", astring(folder), b" (UIDNEXT)")

    def special_folder(self, role: str) -> bytes | None:
        """Return the folder of a special use ("sent", "trash", …), None when the server names none (RFC 6154)."""
        return next((item.name for item in self.folders() if role in item.attributes), None)

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

    # ── folders, in detail ────────────────────────────────────────────────────────────────────────────────────

    def _return_options(self, *, status: bool) -> bytes:
        if not self.has("LIST-EXTENDED"):
            return b""
        wanted = [b"SUBSCRIBED"] + ([b"SPECIAL-USE"] if self.has("SPECIAL-USE") else [])
        if status and self.has("LIST-STATUS"):
            wanted.append(b"STATUS " + self._status_items())
        return b" RETURN (" + b" ".join(wanted) + b")"

    def _read_folders(self, reply: Reply) -> dict[bytes, Listed]:
        found = {item.name: item for item in map(read_listed, reply.of(b"LIST")) if item is not None}
        if len(found) > FOLDERS:
            raise Broken("too many folders")
        if self.has("LIST-EXTENDED"):
            return found
        subscribed = {item.name for item in map(read_listed, reply.of(b"LSUB")) if item is not None}
        return {name: item.with_subscription(name in subscribed) for name, item in found.items()}

    def _status_items(self) -> bytes:
        wanted = [b"MESSAGES UIDNEXT UIDVALIDITY"]
        wanted += [b"HIGHESTMODSEQ"] if self.has("CONDSTORE") else []
        wanted += [b"SIZE"] if self.has("STATUS=SIZE") else []
        return b"(" + b" ".join(wanted) + b")"

    def _with_missing_status(self, found: dict[bytes, Listed]) -> dict[bytes, Listed]:
        missing = [item.name for item in found.values() if item.selectable and item.messages is None]
        for start in range(0, len(missing), 50):
            names = missing[start : start + 50]
            tags = [self._wire.start(b"STATUS ", astring(name), b" ", self._status_items()) for name in names]
            for tag in tags:
                try:
                    found = add_status(found, self._wire.finish(tag))
                except Refused:
                    continue  # one folder that cannot be looked into; the pass names it
        return found


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


def count(login: Login, policy: AddressPolicy | None, side: Side) -> AccountCount:
    """Log in and count folders, messages and bytes; change nothing. Raises what open_account raises."""
    with open_account(login, side, policy) as account:
        folders = [item for item in account.folders(status=True) if item.selectable]
        sizes = (item.size_bytes or 0 for item in folders)
        return AccountCount(
            folders=len(folders),
            messages=sum(item.messages or 0 for item in folders),
            size_bytes=sum(sizes if account.has("STATUS=SIZE") else _weighed(account, folders)),
            quota_free_bytes=account.quota_free_bytes(),
        )


def _weighed(account: Account, folders: Iterable[Listed]) -> Iterator[int]:
    """Yield every message's size, for servers without STATUS=SIZE (RFC 8438)."""
    for item in folders:
        if not item.messages:
            continue
        try:
            account.select(item.name, readonly=True)
            for row in account.rows(account.start_fetch(b"1:*", b"UID RFC822.SIZE")):
                yield read_number([row.get(b"RFC822.SIZE")])
        except Refused:
            continue

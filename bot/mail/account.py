"""One logged-in IMAP account: login, capabilities, folders. The only importer of imapclient.

The control channel is IMAPClient (greeting, NAMESPACE, QUOTA, IDLE, NOOP, LOGOUT). What it cannot say safely goes over
the bulk channel on the same connection: passwords of any characters, raw folder names, streams of messages.
"""

import base64
import imaplib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from types import TracebackType
from typing import Any, Final, Self

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from bot.errors import BotError
from bot.mail import content
from bot.mail.answers import (
    add_status,
    as_bytes,
    flag_set,
    is_code,
    read_esearch,
    read_listed,
    read_number,
    read_uid,
)
from bot.mail.folders import Listed, Namespaces
from bot.mail.stream import Body, Broken, Spool, Stream
from bot.mail.wire import Literal, Parcel, Refused, Reply, Row, Wire, astring, uid_sets
from bot.model import AccountCount, Login
from bot.net import FAILURES, AddressPolicy, Side, connect, failure, wrap_tls

TIMEOUT_SECONDS: Final = 60
FOLDERS: Final = 5_000
# A login refused for these reasons may be accepted later (RFC 5530); every other refusal is about the password.
BUSY: Final = frozenset({"UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "OVERQUOTA"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """A folder as SELECT or EXAMINE showed it."""

    uidvalidity: int
    uidnext: int  # 1 when the server did not tell (Courier)
    messages: int
    permanent_flags: frozenset[str] | None  # None = not told: every flag is kept (RFC 9051 section 7.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """Size and arrival of one message, before its bytes are fetched."""

    size_bytes: int
    internaldate: datetime | None  # aware, UTC; None = the server gave none that can be read


class _Imap4(imaplib.IMAP4):
    """imaplib on a connection that is there already."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:  # noqa: ARG002
        self.host, self.port = host, port
        self.sock = self._stream.sock

    def read(self, size: int) -> bytes:
        body = self._stream.read_literal(size)
        if isinstance(body, Spool):
            raise Broken("a literal above the limit")
        return body

    def readline(self) -> bytes:
        return self._stream.readline()

    def send(self, data: Any) -> None:
        self._stream.send(bytes(data))

    def shutdown(self) -> None:
        self._stream.close()


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient has no types
    """IMAPClient on a connection that is there already, with its traps closed."""

    def __init__(self, stream: Stream, host: str) -> None:
        self._stream = stream
        super().__init__(host, ssl=False, timeout=TIMEOUT_SECONDS)
        self._imap.debug = 0  # 5 formats every literal for a log nobody reads
        self.folder_encode = False

    def _create_IMAP4(self) -> _Imap4:  # noqa: N802  the name IMAPClient calls
        return _Imap4(self._stream)


class Account:
    """A logged-in account. Its methods raise the errors of its side, or Refused for a NO that the caller may handle."""

    def __init__(self, login: Login, side: Side, stream: Stream) -> None:
        self.login, self.side = login, side
        self.capabilities: frozenset[str] = frozenset()  # upper case
        self.folder: bytes | None = None  # the one selected
        self._stream = stream
        self._wire = Wire(stream)
        self._client: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.logout()
        else:  # answers may be under way that nobody wants to wait for
            self._stream.close()

    def has(self, capability: str) -> bool:
        """Return True when the server announces this capability."""
        return capability in self.capabilities

    def on_chunk(self, tell: Callable[[], object]) -> None:
        """Call `tell` whenever bytes have come or gone: a sign of life."""
        self._stream.on_chunk = tell

    # ── folders ───────────────────────────────────────────────────────────────────────────────────────────────

    def namespaces(self) -> Namespaces:
        """Return where folders of one's own live, and where those of others do (RFC 2342)."""
        if not self.has("NAMESPACE"):
            return Namespaces()
        with self.telling():
            own, others, shared = self._client.namespace()
        prefix, delimiter = own[0] if own else (b"", None)
        foreign = [name for group in (others, shared) for name, _ in group or ()]
        return Namespaces(
            prefix=as_bytes(prefix),
            delimiter=delimiter or None,
            foreign=tuple(map(as_bytes, foreign)),
            told=True,
        )

    def folders(self, *, status: bool = False) -> list[Listed]:
        """Return every folder; with `status` also its messages, and bytes where the server has STATUS=SIZE.

        One round trip where the server has LIST-STATUS (RFC 5819); else STATUS for each, sent ahead.
        """
        with self.telling():
            extended = self.has("LIST-EXTENDED")
            wanted = [b"SUBSCRIBED"] + ([b"SPECIAL-USE"] if self.has("SPECIAL-USE") else [])
            if status and self.has("LIST-STATUS"):
                wanted.append(b"STATUS " + self._status_items())
            options = b" RETURN (" + b" ".join(wanted) + b")" if extended else b""
            reply = self._wire.call(b'LIST "" "*"' + options)
            found = {item.name: item for item in map(read_listed, reply.of(b"LIST")) if item is not None}
            if len(found) > FOLDERS:
                raise Broken("too many folders")
            if not extended:
                found = self._with_subscriptions(found)
            if status:
                found = add_status(found, reply)
                found = self._with_missing_status(found)
        return list(found.values())

    def select(self, folder: bytes, *, readonly: bool = False) -> Selected:
        """Open a folder, with EXAMINE when only reading.

        Raises:
            Refused: there is no such folder, or it cannot be opened.
        """
        with self.telling():
            self.folder = None
            reply = self._wire.call(b"EXAMINE " if readonly else b"SELECT ", astring(folder))
        self.folder = folder
        self._client._imap.state = "SELECTED"  # noqa: SLF001  imaplib checks it before IDLE
        told = {item.data[0].upper(): item.data[1:] for item in reply.of(b"OK") if is_code(item.data)}
        exists = next((item.number or 0 for item in reply.of(b"EXISTS")), 0)
        permanent = told.get(b"PERMANENTFLAGS")
        return Selected(
            uidvalidity=read_number(told.get(b"UIDVALIDITY")),
            uidnext=read_number(told.get(b"UIDNEXT")) or 1,
            messages=exists,
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

    def subscribe(self, folder: bytes) -> None:
        """Subscribe to a folder. Raises Refused."""
        with self.telling():
            self._wire.call(b"SUBSCRIBE ", astring(folder))

    def special_folder(self, role: str) -> bytes | None:
        """Return the folder of a special use ("sent", "trash", …), None when the server names none (RFC 6154)."""
        return next((item.name for item in self.folders() if role in item.attributes), None)

    # ── messages of the selected folder ───────────────────────────────────────────────────────────────────────

    def uids_from(self, first: int = 1) -> list[int]:
        """Return the UIDs >= first, in order. (`n:*` names the last message even below n: RFC 9051 section 6.4.8.)"""
        with self.telling():
            if self.has("ESEARCH"):
                reply = self._wire.call(b"UID SEARCH RETURN (ALL) UID %d:*" % first)
                found = [uid for item in reply.of(b"ESEARCH") for uid in read_esearch(item.data)]
            else:
                found = [read_uid(row) for row in self._wire.fetch(b"%d:*" % first, b"UID")]
        return sorted({uid for uid in found if uid >= first})

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
        for uid_set in chain(uid_sets(uids), (None,)):
            if uid_set is not None:
                tags.append(self.start_fetch(uid_set, items))
            if tags and (len(tags) > 1 or uid_set is None):
                try:
                    yield from self.rows(tags.pop(0))
                except Refused as refusal:
                    refused = refusal
        if refused is not None:
            raise refused

    def start_fetch(self, uid_set: bytes, items: bytes) -> bytes:
        """Send a UID FETCH ahead; `rows` reads its answers."""
        with self.telling():
            return self._wire.start(b"UID FETCH " + uid_set + b" (" + items + b")")

    def rows(self, tag: bytes) -> Iterator[Row]:
        """Yield the answers of a FETCH sent ahead. Raises Refused behind the rows of a FETCH that ended with NO."""
        with self.telling():
            yield from self._wire.rows(tag)

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
            for uid_set in uid_sets(uids):
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

    def append_multi(self, folder: bytes, parcels: Sequence[Parcel]) -> list[int] | None:
        """Append all or none in one command (needs MULTIAPPEND); their UIDs where the server tells. Raises Refused."""
        with self.telling():
            return self._wire.append_multi(folder, parcels)

    def append_each(self, folder: bytes, parcels: Sequence[Parcel]) -> list[int | Refused | None]:
        """Append one by one; for each its UID, None when not told, or the refusal."""
        with self.telling():
            return self._wire.append_each(folder, parcels)

    # ── the connection ────────────────────────────────────────────────────────────────────────────────────────

    def idle_start(self) -> None:
        """Ask to be told of news (RFC 2177). Nothing else may be sent until idle_done."""
        with self.telling():
            self._client.idle()

    def idle_check(self, seconds: float) -> bool:
        """Wait that long at most; True when the server said anything."""
        with self.telling():
            news = self._stream.pending or bool(self._client.idle_check(seconds))
            if self._stream.ended:
                raise ConnectionResetError("the server closed the connection")
        return news

    def idle_done(self) -> None:
        """End idling."""
        with self.telling():
            self._client.idle_done()

    def noop(self) -> None:
        """Show that we are alive, and hear whether the server is."""
        with self.telling():
            self._wire.call(b"NOOP")

    def quota_free_bytes(self) -> int | None:
        """Return how many bytes the account may still take, None when the server tells no quota (RFC 9208)."""
        if not self.has("QUOTA"):
            return None
        with self.telling():
            try:
                _, quotas = self._client.get_quota_root("INBOX")
            except (IMAPClientError, Refused):
                return None
        free = [
            (quota.limit - quota.usage) * 1024 for quota in quotas if as_bytes(quota.resource) == b"STORAGE"
        ]
        return max(0, min(free)) if free else None

    def logout(self) -> None:
        """Leave; never fails."""
        try:
            self._stream.sock.settimeout(2)
            self._wire.call(b"LOGOUT")
        except (OSError, Broken, Refused):
            pass  # the server's BYE, or it is gone already: both are the end
        self._stream.close()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what goes wrong on this connection into the error of its side. Server text never passes."""
        try:
            yield
        except (BotError, Refused):
            raise
        except Broken as broken:
            raise self._failure("broken", what=broken.what) from None
        except (OSError, imaplib.IMAP4.abort):
            raise self._failure("unreachable") from None
        except (
            imaplib.IMAP4.error,
            ValueError,
            LookupError,
            TypeError,
            RecursionError,
            MemoryError,
        ) as error:
            raise self._failure("broken", what=type(error).__name__) from None

    def _failure(self, kind: str, **facts: str | int) -> BotError:
        return failure(self.side, kind, self.login.endpoint, **facts)

    # ── logging in ────────────────────────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        """Greet, secure, log in; called once by open_account. The password is sent at most once."""
        with self.telling():
            self._client = _Client(self._stream, self.login.endpoint.host)
            if self._client._imap.state != "NONAUTH":  # noqa: SLF001
                # PREAUTH: STARTTLS is no longer possible and somebody else's account is open (RFC 9051 section 7.1.4).
                raise Broken("open before the login")
            self._know(self._client._imap.capabilities)  # noqa: SLF001
            if self.login.endpoint.security == "starttls":
                self._start_tls()
            reply = self._log_in()
            self._after_login(reply)

    def _start_tls(self) -> None:
        if not self.has("STARTTLS"):
            raise self._failure("tls")
        try:
            self._wire.call(b"STARTTLS")
        except Refused:
            raise self._failure("tls") from None
        secured = wrap_tls(self._stream.sock, self.login.endpoint, side=self.side)
        self._stream.start_tls(secured)
        self._client._imap.sock = secured  # noqa: SLF001
        self._forget()
        self._know_from(self._wire.call(b"CAPABILITY"))

    def _log_in(self) -> Reply:
        user, password = self.login.user, self.login.password.reveal()
        if any(char in user for char in "\r\n\0") or "\0" in password:
            raise self._refused()
        plain = self.has("AUTH=PLAIN")
        if not plain and self.has("LOGINDISABLED"):
            raise self._failure("tls")  # the server takes no password over this connection
        try:
            if plain:
                said = f"{self.login.authorize_as or ''}\0{user}\0{password}".encode()
                return self._wire.authenticate_plain(base64.b64encode(said), at_once=self.has("SASL-IR"))
            if self.login.authorize_as:
                raise Broken("no AUTHENTICATE PLAIN")
            return self._wire.call(b"LOGIN ", Literal(user.encode()), b" ", Literal(password.encode()))
        except Refused as refusal:
            if refusal.code in BUSY:
                raise self._failure("throttled") from None
            raise self._refused() from None

    def _refused(self) -> BotError:
        kind = FAILURES[self.side].login
        return kind(address=self.login.authorize_as or self.login.user, host=self.login.endpoint.host)

    def _after_login(self, reply: Reply) -> None:
        self._forget()
        self._client._imap.state = "AUTH"  # noqa: SLF001
        told = reply.code[:1] == [b"CAPABILITY"] or any(reply.of(b"CAPABILITY"))
        self._know_from(reply if told else self._wire.call(b"CAPABILITY"))
        self._wire.literal_plus = self.has("LITERAL+")
        self._wire.literal_minus = self.has("LITERAL-")

    def _forget(self) -> None:
        self._client._imap.untagged_responses.clear()  # noqa: SLF001
        self._client._cached_capabilities = None  # noqa: SLF001

    def _know_from(self, reply: Reply) -> None:
        untagged = [word for item in reply.of(b"CAPABILITY") for word in item.data]
        self._know(word.decode("latin-1") for word in untagged or reply.code[1:])

    def _know(self, words: Iterable[str]) -> None:
        self.capabilities = frozenset(word.upper() for word in words)

    # ── folders, in detail ────────────────────────────────────────────────────────────────────────────────────

    def _status_items(self) -> bytes:
        return b"(MESSAGES SIZE)" if self.has("STATUS=SIZE") else b"(MESSAGES)"

    def _with_subscriptions(self, found: dict[bytes, Listed]) -> dict[bytes, Listed]:
        reply = self._wire.call(b'LSUB "" "*"')
        subscribed = {item.name for item in map(read_listed, reply.of(b"LSUB")) if item is not None}
        return {name: item.with_subscription(name in subscribed) for name, item in found.items()}

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

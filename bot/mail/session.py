"""One logged-in IMAP connection: greeting, TLS, login, capabilities, news. The only importer of imapclient.

The control channel is IMAPClient (greeting, QUOTA, IDLE). What it cannot say safely goes over the bulk channel on the
same connection: passwords of any characters, raw folder names, streams of messages.
"""

import base64
import imaplib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from math import ceil
from types import TracebackType
from typing import Any, Final, Self

from imapclient import IMAPClient

from bot.errors import BotError, SourceTakesNoPasswords
from bot.mail.stream import Broken, Spool, Stream
from bot.mail.throttle import Hint
from bot.mail.wire import Goodbye, Literal, Refused, Reply, Wire, check_goodbye
from bot.model import Login
from bot.net import FAILURES, Side, failure, wrap_tls

OAUTH: Final = frozenset({"AUTH=XOAUTH2", "AUTH=OAUTHBEARER"})
# They announce AUTH=PLAIN and refuse every password since 2022 and September 2024.
OAUTH_ONLY: Final = frozenset(
    {"outlook.office365.com", "outlook.office.com", "imap-mail.outlook.com", "imap.outlook.com"}
)
TIMEOUT_SECONDS: Final = 60
# A login refused for these reasons may be accepted later (RFC 5530); every other refusal is about the password.
BUSY: Final = frozenset({"UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "OVERQUOTA"})


class _Imap4(imaplib.IMAP4):
    """imaplib on a connection that is there already."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:  # noqa: ARG002
        self.host, self.port = host, port
        self.sock = self._stream.sock

    def _get_capabilities(self) -> None:
        """Believe the greeting's CAPABILITY, which saves a round trip; ask where there is none."""
        told = self.untagged_responses.get("CAPABILITY")
        if told and isinstance(told[-1], bytes):
            self.capabilities = tuple(told[-1].decode("ascii").upper().split())
        else:
            super()._get_capabilities()  # type: ignore[misc]  # typeshed keeps it to itself

    def read(self, size: int) -> bytes:
        body = self._stream.read_literal(size)
        if isinstance(body, Spool):
            raise Broken("a literal above the limit")
        return body

    def readline(self) -> bytes:
        line = self._stream.readline()
        check_goodbye(line)  # imaplib would raise with what the server said
        return line

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


class Session:
    """A logged-in connection. Its methods raise the errors of its side, or Refused for a NO that the caller may handle."""

    def __init__(self, login: Login, side: Side, stream: Stream) -> None:
        self.login, self.side = login, side
        self.capabilities: frozenset[str] = frozenset()  # upper case
        self.folder: bytes | None = None  # the one selected
        self.greeting = b""  # what the server said first
        self._stream = stream
        self._wire = Wire(stream)
        self._client: Any = None
        self._goodbye = b""  # tag of the LOGOUT

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

    def abort(self) -> None:
        """End the connection under whoever uses it in another thread; never fails."""
        self._stream.abort()

    def settle(self, tags: Iterable[bytes]) -> dict[bytes, Refused]:
        """Read the ends of commands sent ahead; return the refusals by tag."""
        with self.telling():
            return self._wire.finish_all(tags).refusals

    def on_chunk(self, tell: Callable[[], object]) -> None:
        """Call `tell` whenever bytes have come or gone: a sign of life."""
        self._stream.on_chunk = tell

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

    def start_logout(self) -> None:
        """Say goodbye; `logout` waits for the answer. Never fails."""
        try:
            self._stream.sock.settimeout(2)
            self._goodbye = self._goodbye or self._wire.start(b"LOGOUT")
        except OSError:
            return  # it is gone already

    def logout(self) -> None:
        """Leave; never fails. Waits for the server, which may allow no other connection before."""
        try:
            self.start_logout()
            if self._goodbye:
                self._wire.finish(self._goodbye)
        except (OSError, Broken, Refused):
            pass  # the server's BYE, or it is gone already: both are the end
        self._stream.close()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what goes wrong on this connection into the error of its side. Server text never passes."""
        try:
            yield
        except BotError:
            raise
        except Refused as refusal:
            if (asked := self.asked_to_wait(refusal)) is not None:
                raise asked from None
            raise
        except Goodbye as goodbye:
            raise self._throttled(goodbye.hint) or self._failure("unreachable") from None
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

    def asked_to_wait(self, refusal: Refused) -> BotError | None:
        """Return the error to raise when a refusal asks us to wait or to open fewer connections, else None."""
        return self._throttled(refusal.hint)

    def _throttled(self, hint: Hint | None) -> BotError | None:
        if hint is None or not hint.counts_at(self.side):
            return None
        told = {} if hint.wait_seconds is None else {"wait_seconds": ceil(hint.wait_seconds)}
        return self._failure("throttled", what=hint.kind, **told)

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
            self.greeting = bytes(self._client._imap.welcome or b"")  # noqa: SLF001
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
            if self.side == "source" and self.capabilities & OAUTH:
                raise self._takes_no_passwords()
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
                raise self.asked_to_wait(refusal) or self._failure("throttled") from None
            raise self.asked_to_wait(refusal) or self._refused() from None

    def _takes_no_passwords(self) -> BotError:
        return SourceTakesNoPasswords(host=self.login.endpoint.host)

    def _refused(self) -> BotError:
        if self.side == "source" and self.login.endpoint.host.casefold() in OAUTH_ONLY:
            return self._takes_no_passwords()
        kind = FAILURES[self.side].login
        return kind(address=self.login.authorize_as or self.login.user, host=self.login.endpoint.host)

    def _after_login(self, reply: Reply) -> None:
        self._forget()
        self._client._imap.state = "AUTH"  # noqa: SLF001
        told = reply.code[:1] == [b"CAPABILITY"] or any(reply.of(b"CAPABILITY"))
        self._know_from(reply if told else self._wire.call(b"CAPABILITY"))
        self._wire.literal_plus = self.has("LITERAL+")
        self._wire.literal_minus = self.has("LITERAL-")

    def compress(self) -> None:
        """Go on compressed where the server can and will (RFC 4978); else as before."""
        if not self.has("COMPRESS=DEFLATE"):
            return
        with self.telling():
            try:
                self._wire.call(b"COMPRESS DEFLATE")
            except Refused:
                return
            self._stream.start_compress()

    def _forget(self) -> None:
        self._client._imap.untagged_responses.clear()  # noqa: SLF001
        self._client._cached_capabilities = None  # noqa: SLF001

    def _know_from(self, reply: Reply) -> None:
        untagged = [word for item in reply.of(b"CAPABILITY") for word in item.data]
        self._know(word.decode("latin-1") for word in untagged or reply.code[1:])

    def _know(self, words: Iterable[str]) -> None:
        self.capabilities = frozenset(word.upper() for word in words)

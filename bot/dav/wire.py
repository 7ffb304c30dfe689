"""Requests to the contacts and calendar server over one kept-alive connection. The only module that imports caldav."""

import os
import ssl
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from caldav.davclient import DAVClient
from caldav.lib import error as dav_error

from bot.dav.protocol import Answer, local_names, xml
from bot.dav.target import DavTarget
from bot.errors import BotError, DavBroken, DavLoginRefused, DavTlsFailed, DavUnreachable
from bot.units import is_loopback

PAUSES: Final = (0.0, 1.0, 4.0)  # seconds before each try of one request
MAX_WAIT: Final = 60  # seconds a 429 or 503 may make us sleep; for longer the job is put off

_TIMEOUTS: Final = (10, 60)  # seconds to connect, to wait for an answer
_SPACES: Final = (
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:R="urn:ietf:params:xml:ns:carddav"'
)
_BUSY: Final = frozenset({429, 502, 503, 504})


class Wire:
    """Requests over one kept-alive connection; every failure of the libraries below becomes ours here.

    Of one thread at a time. A redirect is never followed: it is an answer like any other.

    Raises:
        DavTlsFailed: the url would send the password readable over a network.
    """

    def __init__(self, target: DavTarget, *, url: str = "") -> None:
        self.target = target
        self.url = url or target.url
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise DavTlsFailed(host=target.host)
        self.classes: frozenset[str] = frozenset()  # every DAV class that any answer named
        self.products: set[str] = set()  # what the answers say of the software, lower case
        self._answered = False
        self._client = DAVClient(
            url=self.url,
            username=target.auth_user,
            password=target.password.reveal(),
            auth_type="basic",  # Cyrus offers Digest too, which fails there
            timeout=_TIMEOUTS,
            ssl_verify_cert=os.environ.get("SSL_CERT_FILE") or True,
            enable_rfc6764=False,  # it would choose another host by itself
            rate_limit_handle=False,  # it would send a PUT again without a look
        )
        session: Any = self._client.session
        session.request = partial(session.request, allow_redirects=False)  # the login stays with its server
        session.hooks["response"].append(self._remember)
        self._last: Any = None  # the HTTP library's answer, also when its body cannot be read
        self._manners: dict[str, str] = {}  # headers that this server needs

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or self.url

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send once; return the answer of any status but 401.

        Raises:
            DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken: without a word of the server's.
        """
        url = urljoin(self.url, quote(path))
        self._last = None
        tree = None
        try:
            ours = {"Content-Type": "application/xml; charset=utf-8", **self._manners, **(headers or {})}
            tree = self._client.request(url, method, body, ours).tree
        except (dav_error.AuthorizationError, dav_error.RateLimitError):
            pass  # an answer like any other, and remembered
        except OSError as failed:  # every exception of the HTTP library is one
            raise self._failure(failed) from None
        except Exception as failed:  # noqa: BLE001 - broken XML, broken HTTP: the libraries raise what they like
            if self._last is None or self._last.status_code < 400:
                raise DavBroken(host=self.host, what=type(failed).__name__) from None
        finally:
            self._part()
        if self._last is None:
            raise DavBroken(host=self.host, what="no answer")
        return self._answer(self._last, tree)

    def look(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send what changes nothing; again after a break or when asked to wait, once this server has answered before."""
        lost: BotError | None = None
        for pause in PAUSES:
            time.sleep(pause)
            try:
                answer = self.send(method, path, body, headers)
            except DavUnreachable as failed:
                if not self._answered:
                    raise
                lost = failed
                continue
            if answer.status not in _BUSY:
                self._answered = True
                return answer
            lost = None
            self.wait(answer)
        if lost:
            raise lost
        raise DavUnreachable(host=self.host)

    def wait(self, answer: Answer) -> None:
        """Sleep as long as the server asks.

        Raises:
            DavUnreachable: it asks for longer than we wait inside a job; `wait_seconds` says how long.
        """
        if answer.wait_seconds > MAX_WAIT:
            raise DavUnreachable(host=self.host, wait_seconds=answer.wait_seconds)
        time.sleep(answer.wait_seconds)

    def propfind(self, path: str, props: str, depth: int = 0) -> Answer:
        """Return the 207 answer with those properties."""
        answer = self.ask(path, props, depth)
        self.expect(answer, 207)
        return answer

    def ask(self, path: str, props: str, depth: int = 0) -> Answer:
        """Return the answer whatever its status; `props` may use D:, C: (CalDAV) and R: (CardDAV)."""
        body = xml(f"<D:propfind {_SPACES}><D:prop>{props}</D:prop></D:propfind>")
        return self.look("PROPFIND", path, body, {"Depth": str(depth)})

    def expect(self, answer: Answer, *statuses: int) -> None:
        """Raise what an unexpected status means."""
        if answer.status in statuses:
            return
        if answer.status == 403 or 300 <= answer.status < 400:
            raise DavLoginRefused(address=self.target.user, host=self.host)
        if answer.status in _BUSY:
            raise DavUnreachable(host=self.host)
        raise DavBroken(host=self.host, what=f"status {answer.status}")

    def _remember(self, response: Any, **_options: object) -> None:
        self._last = response
        if str(response.headers.get("Server", "")).startswith("SOPE"):
            self._manners = {
                "Connection": "close"
            }  # SOGo closes without a word; the next PUT would be lost on the way

    def _part(self) -> None:
        """Let go of a connection that the server closes without saying so: the next request opens its own."""
        if self._manners:
            session: Any = self._client.session
            for adapter in session.adapters.values():
                adapter.close()

    def _answer(self, response: Any, tree: Any) -> Answer:
        headers = {key.lower(): str(value) for key, value in response.headers.items()}
        status = int(response.status_code)
        classes = frozenset(part.strip().lower() for part in headers.get("dav", "").split(","))
        self.classes |= classes - {""}
        self.products |= {
            f"{name}: {headers[name]}".lower()[:200] for name in ("server", "x-powered-by") if name in headers
        } | {name for name in ("x-sabre-version", "x-nextcloud-user-status") if name in headers}
        if status == 401:
            raise DavLoginRefused(address=self.target.auth_user, host=self.host)
        return Answer(
            status,
            preconditions=_preconditions(response) if status >= 400 else frozenset(),
            tree=tree,
            dav=classes,
            etag=headers.get("etag", "").strip(),
            location=headers.get("location", "").strip(),
            wait_seconds=_retry_after(headers.get("retry-after", ""), headers.get("date", "")),
        )

    def _failure(self, failed: BaseException) -> BotError:
        cause: BaseException | None = failed
        while cause is not None:
            if isinstance(cause, ssl.SSLError) or type(cause).__name__ == "SSLError":
                return DavTlsFailed(host=self.host)
            cause = cause.__cause__ or cause.__context__
        return DavUnreachable(host=self.host)


def _preconditions(response: Any) -> frozenset[str]:
    with suppress(Exception):  # a body that breaks off
        found: Iterable[str] = dav_error.parse_preconditions(response.content)
        return local_names(found)
    return frozenset()


def _retry_after(said: str, date: str) -> int:
    """Return the seconds of a Retry-After in either of its forms, 0 for anything else (RFC 9110 section 10.2.3)."""
    said = said.strip()
    if said.isascii() and said.isdigit():
        return min(int(said[:9]), 7 * 86400)
    with suppress(ValueError, TypeError):
        until = parsedate_to_datetime(said)
        now = parsedate_to_datetime(date)
        return max(0, min(int((until - now).total_seconds()), 7 * 86400))
    return 0

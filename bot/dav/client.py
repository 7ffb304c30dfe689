"""The only door to the contacts and calendar server: one kept-alive connection, collections, and five requests."""

import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import quote, urljoin, urlsplit
from xml.sax.saxutils import escape

from caldav.davclient import DAVClient
from caldav.lib import error as dav_error

from bot.dav.discovery import Found, choose, find_home, list_collections, make_collection
from bot.dav.protocol import DAV, SERVICES, Answer, Kind, Put, judge_put, local_names, responses, text_of, xml
from bot.errors import DavBroken, DavLoginRefused, DavNoCollection, DavTlsFailed, DavUnreachable
from bot.model import Secret

_TIMEOUTS: Final = (10, 60)  # seconds to connect, to wait for an answer
_CHUNK: Final = 50  # objects of one multiget
_MAX_WAIT: Final = 60  # seconds a 429 or 503 may make us sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class DavTarget:
    """Whose contacts or calendar, on which server, and with whose login."""

    url: str  # the server's DAV base, "https://dav.host.example/"
    principal_path: str = "/{user}/"  # below the url; where this user's collections live
    user: str  # whose tree
    auth_user: str  # who logs in: the user, or a service account
    password: Secret

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or self.url


class Collection:
    """One address book or calendar. Names of its objects are hrefs: unquoted paths on the server."""

    def __init__(self, wire: "Wire", kind: Kind, found: Found, *, auto_schedule: bool) -> None:
        self.path = found.path
        self.title = found.title
        self.components = found.components  # calendar components it takes; None = not told
        self.auto_schedule = auto_schedule  # the server may send invitations by itself (RFC 6638)
        self._wire, self._service = wire, SERVICES[kind]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._wire.close()

    def href(self, name: str) -> str:
        """Return the href of the object of that name."""
        return f"{self.path}{name}{self._service.extension}"

    def list(self) -> dict[str, str]:
        """Return every object's href and ETag ("" where the server tells none)."""
        answer = self._wire.propfind(self.path, "<D:getetag/><D:resourcetype/>", depth=1)
        return {
            href: (text_of(response, f"{DAV}getetag") or "").strip()
            for href, response in responses(answer)
            if href.rstrip("/") != self.path.rstrip("/") and response.find(f".//{DAV}collection") is None
        }

    def put(self, href: str, data: bytes) -> Put:
        """Store a new object; never overwrites where the server honours If-None-Match (list first: SOGo does not)."""
        headers = {"Content-Type": self._service.media_type, "If-None-Match": "*"}
        answer = self._wire.send("PUT", href, data, headers)
        return judge_put(answer.status, answer.preconditions)

    def multiget(self, hrefs: Iterable[str]) -> dict[str, bytes]:
        """Return the bodies of those objects that exist (RFC 4791 section 7.9, RFC 6352 section 8.7)."""
        wanted = [*hrefs]
        found: dict[str, bytes] = {}
        for start in range(0, len(wanted), _CHUNK):
            found.update(self._some(wanted[start : start + _CHUNK]))
        return found

    def _some(self, hrefs: Iterable[str]) -> dict[str, bytes]:
        service = self._service
        asked = "".join(f"<D:href>{escape(quote(href))}</D:href>" for href in hrefs)
        body = (
            f'<C:{service.multiget} xmlns:D="DAV:" xmlns:C="{service.namespace}">'
            f"<D:prop><D:getetag/><C:{service.data}/></D:prop>{asked}</C:{service.multiget}>"
        )
        answer = self._wire.send("REPORT", self.path, xml(body), {"Depth": "1"})
        self._wire.expect(answer, 207)
        bodies = (
            (href, text_of(one, f"{{{service.namespace}}}{service.data}")) for href, one in responses(answer)
        )
        return {href: text.encode() for href, text in bodies if text}


def open_collection(
    target: DavTarget, kind: Kind, name: str | None = None, *, make: bool = True
) -> Collection:
    """Return the address book or calendar to import into; made when there is none and `make` says so.

    Args:
        target: whose, where, and with which login.
        kind: an address book or a calendar.
        name: its displayed name or last path segment; None = the user's default one.
        make: False = only look.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken: see bot.errors.
        DavNoCollection: there is none, and none could or should be made.
    """
    if "/" in target.user or target.user in {"", ".", ".."}:
        raise DavNoCollection(what=kind, address=target.user)
    wire = Wire(target)
    try:
        found = _find(wire, target, kind, name, make=make)
        auto = "calendar-auto-schedule" in wire.send("OPTIONS", found.path).dav
    except BaseException:
        wire.close()
        raise
    return Collection(wire, kind, found, auto_schedule=auto)


def _find(wire: "Wire", target: DavTarget, kind: Kind, name: str | None, *, make: bool) -> Found:
    base = urlsplit(target.url).path.rstrip("/")
    own = find_home(wire, base + "/", SERVICES[kind]) if target.user == target.auth_user else None
    home = own or base + target.principal_path.replace("{user}", target.user)
    found = choose(list_collections(wire, home, kind), SERVICES[kind], name)
    if found is None and make:
        make_collection(wire, home, kind, name)
        found = choose(list_collections(wire, home, kind), SERVICES[kind], name)
    if found is None:
        raise DavNoCollection(what=kind, address=target.user)
    return found


class Wire:
    """Requests over one kept-alive connection; every failure of the libraries below becomes ours here."""

    def __init__(self, target: DavTarget) -> None:
        self._target = target
        self._client = DAVClient(
            url=target.url,
            username=target.auth_user,
            password=target.password.reveal(),
            auth_type="basic",  # Cyrus offers Digest too, which fails there
            timeout=_TIMEOUTS,
            ssl_verify_cert=os.environ.get("SSL_CERT_FILE") or True,
            enable_rfc6764=False,
            rate_limit_handle=True,
            rate_limit_default_sleep=5,
            rate_limit_max_sleep=_MAX_WAIT,
        )
        self._client.session.max_redirects = 0  # a redirected PUT would carry the login elsewhere
        self._client.session.hooks["response"].append(self._remember)
        self._status = 0  # of the last answer, also when its body cannot be read

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return the answer of any status but 401.

        Raises:
            DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken: without a word of the server's.
        """
        url = urljoin(self._target.url, quote(path))
        self._status = 0
        ours = {"Content-Type": "application/xml; charset=utf-8", **(headers or {})}
        try:
            response = self._client.request(url, method, body, ours)
        except dav_error.AuthorizationError as refused:
            return self._refused(refused.status or 403, refused.preconditions)
        except dav_error.RateLimitError:
            return Answer(503, frozenset(), None, frozenset())
        except OSError as failed:  # every exception of the HTTP library is one
            raise self._failure(failed) from None
        except Exception as failed:  # noqa: BLE001 - broken XML, broken HTTP: the libraries raise what they like
            if self._status >= 400:
                return Answer(self._status, frozenset(), None, frozenset())
            raise DavBroken(host=self._target.host, what=type(failed).__name__) from None
        raw = getattr(response, "_raw", b"")
        classes = (part.strip() for part in (response.headers.get("DAV") or "").split(","))
        preconditions = (
            local_names(dav_error.parse_preconditions(raw)) if response.status >= 400 else frozenset()
        )
        return Answer(response.status, preconditions, response.tree, frozenset(classes))

    def propfind(self, path: str, props: str, depth: int = 0) -> Answer:
        """Return the 207 answer with those properties."""
        answer = self.ask(path, props, depth)
        self.expect(answer, 207)
        return answer

    def ask(self, path: str, props: str, depth: int = 0) -> Answer:
        """Return the answer whatever its status; `props` may use D:, C: (CalDAV) and R: (CardDAV)."""
        spaces = (
            'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:R="urn:ietf:params:xml:ns:carddav"'
        )
        body = xml(f"<D:propfind {spaces}><D:prop>{props}</D:prop></D:propfind>")
        return self.send("PROPFIND", path, body, {"Depth": str(depth)})

    def expect(self, answer: Answer, *statuses: int) -> None:
        """Raise what an unexpected status means."""
        if answer.status in statuses:
            return
        if answer.status == 403 or 300 <= answer.status < 400:
            raise DavLoginRefused(address=self._target.user, host=self._target.host)
        if answer.status in {429, 502, 503, 504}:
            raise DavUnreachable(host=self._target.host)
        raise DavBroken(host=self._target.host, what=f"status {answer.status}")

    def _remember(self, response: Any, **_options: object) -> None:
        self._status = response.status_code

    def _refused(self, status: int, preconditions: Iterable[str]) -> Answer:
        if status == 401:
            raise DavLoginRefused(address=self._target.auth_user, host=self._target.host) from None
        return Answer(status, local_names(preconditions), None, frozenset())

    def _failure(self, failed: BaseException) -> DavTlsFailed | DavUnreachable | DavLoginRefused:
        cause: BaseException | None = failed
        while cause is not None:
            if isinstance(cause, ssl.SSLError) or type(cause).__name__ == "SSLError":
                return DavTlsFailed(host=self._target.host)
            if type(cause).__name__ == "TooManyRedirects":
                return DavLoginRefused(address=self._target.user, host=self._target.host)
            cause = cause.__cause__ or cause.__context__
        return DavUnreachable(host=self._target.host)

"""The door to the contacts and calendar server: one collection, and what can be done to it."""

import queue
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Self
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from bot.dav.detect import detect, effective
from bot.dav.discovery import (
    Found,
    choose,
    find_home,
    find_principal,
    list_collections,
    make_collection,
)
from bot.dav.profiles import Profile
from bot.dav.protocol import DAV, SERVICES, SILENT, Answer, Kind, Put, judge_put, responses, text_of, xml
from bot.dav.target import DavTarget
from bot.dav.wire import Wire
from bot.dns import look_dav
from bot.errors import DavBroken, DavNoCollection
from bot.net import parse_host
from bot.units import is_loopback

__all__ = ["Collection", "DavTarget", "Home", "open_collection", "open_home"]

_CHUNK: Final = 50  # objects of one multiget
_SCHEDULES: Final = frozenset({"calendar-auto-schedule", "calendar-schedule"})


class Collection:
    """One address book or calendar. Names of its objects are hrefs: unquoted paths on the server.

    Its methods may be called from as many threads as `connections` says; the connections beyond the first are opened
    when they are needed.
    """

    def __init__(self, home: "Home", found: Found) -> None:
        self.kind: Kind = home.kind
        self.path = found.path
        self.title = found.title
        self.components = found.components  # calendar components it takes; None = not told
        self.versions = found.versions  # vCard versions it takes; None = not told
        self.profile = home.profile
        self.auto_schedule = home.auto_schedule  # the server may send invitations by itself (RFC 6638)
        self.proven_silent = home.target.proven_silent
        own = home.profile.max_card_bytes if self.kind == "contacts" else home.profile.max_object_bytes
        self.max_bytes = found.max_bytes or own  # of one object
        self.connections = home.profile.max_connections
        self.wait = home.wait  # sleep as long as an answer asks
        self.host = home.target.host
        self._home, self._service = home, SERVICES[self.kind]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._home.close()

    def href(self, name: str) -> str:
        """Return the href of the object of that name."""
        return f"{self.path}{name}{self._service.extension}"

    def list(self) -> dict[str, str]:
        """Return every object's href and ETag ("" where the server tells none)."""
        with self._home.wire() as wire:
            answer = wire.propfind(self.path, "<D:getetag/><D:resourcetype/>", depth=1)
        return {
            href: (text_of(response, f"{DAV}getetag") or "").strip()
            for href, response in responses(answer)
            if href.rstrip("/") != self.path.rstrip("/") and response.find(f".//{DAV}collection") is None
        }

    def put(self, href: str, data: bytes) -> Put:
        """Store a new object; never overwrites where the server honours If-None-Match (list first: SOGo does not)."""
        return self.store(href, data)[0]

    def store(self, href: str, data: bytes, etag: str = "") -> tuple[Put, Answer]:
        """Store an object once and return what became of it, and the server's answer (its ETag, how long to wait).

        Args:
            href: its name.
            data: the object.
            etag: of the version to replace; "" = there must be none.

        Raises:
            DavUnreachable: the answer is lost; it may have been stored or not.
        """
        condition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        headers = {"Content-Type": self._service.media_type, **condition, **SILENT}
        with self._home.wire() as wire:
            answer = wire.send("PUT", href, data, headers)
        return judge_put(answer.status, answer.preconditions), answer

    def delete(self, href: str, etag: str = "") -> bool:
        """Delete an object, only in that version where one is given; say whether it is gone."""
        headers = {**({"If-Match": etag} if etag else {}), **SILENT}
        with self._home.wire() as wire:
            answer = wire.send("DELETE", href, b"", headers)
        return 200 <= answer.status < 300 or answer.status in {404, 410}

    def multiget(self, hrefs: Iterable[str]) -> dict[str, bytes]:
        """Return the bodies of those objects that exist (RFC 4791 section 7.9, RFC 6352 section 8.7)."""
        return {href: body for href, (_, body) in self.fetch(hrefs)}

    def fetch(self, hrefs: Iterable[str]) -> Iterator[tuple[str, tuple[str, bytes]]]:
        """Yield href, ETag and body of those objects that exist, a few at a time."""
        wanted = [*hrefs]
        for start in range(0, len(wanted), _CHUNK):
            yield from self._some(wanted[start : start + _CHUNK])

    def _some(self, hrefs: Iterable[str]) -> Iterator[tuple[str, tuple[str, bytes]]]:
        wanted = [*hrefs]
        answer = self._ask_for(wanted)
        if answer.status == 404:  # sabre/dav 1.8: one of them is not there
            there = self.list()
            wanted = [href for href in wanted if href in there]
            if not wanted:
                return
            answer = self._ask_for(wanted)
        with self._home.wire() as wire:
            wire.expect(answer, 207)
        service = self._service
        for href, one in responses(answer):
            text = text_of(one, f"{{{service.namespace}}}{service.data}")
            if text:
                yield href, ((text_of(one, f"{DAV}getetag") or "").strip(), text.encode())

    def _ask_for(self, hrefs: Iterable[str]) -> Answer:
        service = self._service
        asked = "".join(f"<D:href>{escape(quote(href))}</D:href>" for href in hrefs)
        body = (
            f'<C:{service.multiget} xmlns:D="DAV:" xmlns:C="{service.namespace}">'
            f"<D:prop><D:getetag/><C:{service.data}/></D:prop>{asked}</C:{service.multiget}>"
        )
        with self._home.wire() as wire:
            return wire.look("REPORT", self.path, xml(body), {"Depth": "1"})


class Home:
    """A user's address books, or calendars, on one server; its connections are shared by its collections."""

    def __init__(self, target: DavTarget, kind: Kind) -> None:
        self.target, self.kind = target, kind
        self._first = Wire(target)
        self._all = [self._first]
        self._idle: queue.LifoQueue[Wire] = queue.LifoQueue()
        self._idle.put(self._first)
        try:
            self.path = self._find()
            self.found = list_collections(self._first, self.path, kind)
            self._first.send("OPTIONS", self.path)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        for wire in self._all:
            wire.close()

    @property
    def auto_schedule(self) -> bool:
        """Say whether any answer so far announced that this server writes to people by itself."""
        return any(wire.classes & _SCHEDULES for wire in self._all)

    @property
    def profile(self) -> Profile:
        """Return how to treat this server: as configured, or with more care where it gives reason to."""
        products = set[str]().union(*(wire.products for wire in self._all))
        found = detect(products, self._first.classes, self.path)
        return effective(self.target.profile, found, self.target.max_connections)

    @contextmanager
    def wire(self) -> Iterator[Wire]:
        """Lend a connection that nobody else uses."""
        try:
            one = self._idle.get_nowait()
        except queue.Empty:
            one = Wire(self.target, url=self._first.url)
            self._all.append(one)
        try:
            yield one
        finally:
            self._idle.put(one)

    def wait(self, answer: Answer) -> None:
        """Sleep as long as that answer asks. Raises DavUnreachable: too long for us."""
        self._first.wait(answer)

    def collection(
        self, name: str | None = None, *, component: str = "VEVENT", make: bool = True
    ) -> Collection:
        """Return the collection of that name, or the default one; made when there is none and `make` says so.

        Args:
            name: its displayed name or last path segment; None = the user's default one.
            component: what a calendar has to take.
            make: False = only look.

        Raises:
            DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken: see bot.errors.
            DavNoCollection: there is none, and none could or should be made.
        """
        service = SERVICES[self.kind]
        found = choose(self.found, service, name, component)
        if found is None and make:
            title = name or ("Tasks" if component == "VTODO" else None)
            with self.wire() as wire:
                make_collection(
                    wire, self.path, self.kind, title, None if component == "VEVENT" else component
                )
                self.found = list_collections(wire, self.path, self.kind)
            found = choose(self.found, service, title, component)
        if found is None:
            raise DavNoCollection(what=self.kind, address=self.target.user)
        with self.wire() as wire:
            wire.look("OPTIONS", found.path)  # a collection may say more than its home
        return Collection(self, found)

    def _find(self) -> str:
        """Return the path of the home set: as the server tells it, else where the configuration says."""
        target, service = self.target, SERVICES[self.kind]
        base = urlsplit(target.url).path.rstrip("/") + "/"
        if target.user != target.auth_user:  # a service account: the server would tell its own home
            path = base.rstrip("/") + target.principal_path.replace("{user}", target.user)
            return find_home(self._first, path, service) or path
        for wire, path in self._places(base):
            with suppress(DavBroken):  # no DAV here; somewhere else perhaps
                principal = find_principal(wire, wire.url, path)
                home = find_home(wire, principal, service) if principal else None
                if home:
                    self._use(wire)
                    return home
        return base.rstrip("/") + target.principal_path.replace("{user}", target.user)

    def _places(self, base: str) -> Iterator[tuple[Wire, str]]:
        """Yield where to ask who we are: the configured base, what the DNS names (RFC 6764), the well-known path."""
        yield self._first, base
        well_known = f"/.well-known/{SERVICES[self.kind].well_known}"
        for url, path in self._named_in_dns():
            wire = Wire(self.target, url=url)
            self._all.append(wire)
            yield wire, path or well_known
        yield self._first, well_known

    def _named_in_dns(self) -> Iterator[tuple[str, str]]:
        """Yield url and path of servers below the configured host's own domain: no password goes anywhere else."""
        domain = parse_host(self.target.host)
        if domain is None or is_loopback(domain) or "." not in domain or domain.replace(".", "").isdigit():
            return
        for host, port, path in look_dav(domain, SERVICES[self.kind].well_known, self.target.resolvers):
            if host == domain or host.endswith("." + domain):
                yield f"https://{host}:{port}/", path

    def _use(self, wire: Wire) -> None:
        """Make this connection, and its server, the one for everything that follows."""
        if wire is not self._first:
            self._first = wire
            self._idle.get_nowait()
            self._idle.put(wire)


def open_home(target: DavTarget, kind: Kind) -> Home:
    """Return a user's address books or calendars.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken: see bot.errors.
        DavNoCollection: no tree can belong to that user.
    """
    if "/" in target.user or target.user in {"", ".", ".."}:
        raise DavNoCollection(what=kind, address=target.user)
    return Home(target, kind)


def open_collection(
    target: DavTarget, kind: Kind, name: str | None = None, *, component: str = "VEVENT", make: bool = True
) -> Collection:
    """Return the address book or calendar to import into, on a home of its own; see Home.collection.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken, DavNoCollection: see bot.errors.
    """
    home = open_home(target, kind)
    try:
        return home.collection(name, component=component, make=make)
    except BaseException:
        home.close()
        raise

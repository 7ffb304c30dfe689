"""Where a user's address books and calendars are, which one to take, and how to make one (RFC 6764, 5689, 4791)."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from bot.dav.protocol import (
    CALDAV,
    CARDDAV,
    DAV,
    SERVICES,
    Answer,
    Kind,
    Service,
    href_in,
    number_of,
    path_of,
    responses,
    segment_of,
    text_of,
    xml,
)

_PROPS: Final = (
    "<D:resourcetype/><D:displayname/><D:current-user-privilege-set/>"
    "<C:supported-calendar-component-set/><C:schedule-default-calendar-URL/><C:max-resource-size/>"
    "<R:max-resource-size/><R:supported-address-data/>"
)
_WRITING: Final = frozenset({"all", "write", "write-content", "bind"})
_FOREIGN: Final = frozenset({"shared", "subscribed", "trash-bin", "deleted-calendar", "schedule-inbox"})
_GENERATED: Final = re.compile(
    r"contact_birthdays|z-(app|server)-generated--.*|.*\.(ics|xml|vcf)", re.IGNORECASE
)
_HOPS: Final = 5


@dataclass(frozen=True, slots=True)
class Found:
    """One address book or calendar of the user."""

    path: str
    title: str
    components: frozenset[str] | None  # calendar components it takes; None = not told
    versions: frozenset[str] | None = None  # vCard versions it takes; None = not told
    max_bytes: int = 0  # of one object; 0 = not told
    preferred: bool = False  # the server itself calls it the default one


class Wire(Protocol):
    """The requests that discovery makes; see bot.dav.wire."""

    def send(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Return the answer whatever its status."""

    def ask(self, path: str, props: str, depth: int = 0) -> Answer:
        """Return the answer to a PROPFIND."""

    def expect(self, answer: Answer, *statuses: int) -> None:
        """Raise what another status means."""


def find_principal(wire: Wire, url: str, path: str) -> str | None:
    """Return the path of whoever is logged in (RFC 5397); redirects are followed on this very server only.

    Args:
        wire: a connection to the server.
        url: the server's, to tell whether a redirect leads elsewhere.
        path: where to ask: the configured base, or "/.well-known/carddav".
    """
    for _ in range(_HOPS):
        answer = wire.ask(path, "<D:current-user-principal/>")
        if not (300 <= answer.status < 400 and answer.location):
            return href_in(answer, f"{DAV}current-user-principal")
        if not same_server(url, answer.location):
            return None
        path = path_of(answer.location)
    return None


def same_server(url: str, location: str) -> bool:
    """Say whether a redirect stays where the password may go: scheme, host and port alike, or only a path."""
    there = urlsplit(location)
    if not there.netloc:
        return not there.scheme
    here = urlsplit(url)
    return _origin(here.scheme, here.hostname, _port(here)) == _origin(
        there.scheme, there.hostname, _port(there)
    )


def find_home(wire: Wire, principal: str, service: Service) -> str | None:
    """Return the path of a principal's home set as the server tells it."""
    letter = "C" if service.collection == "calendar" else "R"
    answer = wire.ask(principal, f"<{letter}:{service.home_set}/>")
    return href_in(answer, f"{{{service.namespace}}}{service.home_set}")


def list_collections(wire: Wire, home: str, kind: Kind) -> list[Found]:
    """Return the user's own address books or calendars that can be written; none for a user the server has never seen.

    Left out: what is shared by others, subscribed, made by the server itself, or for scheduling only. SOGo calls the
    only calendar a scheduling outbox too, and lists it once more as personal.ics and personal.xml.
    """
    answer = wire.ask(home, _PROPS, depth=1)
    if answer.status in {404, 409}:
        return []
    wire.expect(answer, 207)
    every = responses(answer)
    default = next(
        (path_of(href) for _, one in every if (href := _default_of(one))),
        None,
    )
    own = (_found(href, response, SERVICES[kind], default) for href, response in every)
    return [one for one in own if one is not None]


def choose(
    found: Iterable[Found], service: Service, name: str | None, component: str = "VEVENT"
) -> Found | None:
    """Return the collection of that name, or the one that the server or its own clients use by default."""
    fitting = [
        one
        for one in found
        if service.collection != "calendar" or one.components is None or component in one.components
    ]
    if name is not None:
        wanted = {name, segment_for(name)}
        return next((one for one in fitting if one.title == name or segment_of(one.path) in wanted), None)

    def rank(one: Found) -> tuple[bool, int, str]:
        segment = segment_of(one.path).lower()
        usual = service.usual.index(segment) if segment in service.usual else len(service.usual)
        return (not one.preferred, usual, one.path)

    return min(fitting, key=rank, default=None)


def make_collection(
    wire: Wire, home: str, kind: Kind, name: str | None, component: str | None = None
) -> None:
    """Make a collection; a user whom Radicale has never seen has no root yet, so that comes first.

    Args:
        wire: a connection to the server.
        home: the home set to make it in.
        kind: an address book or a calendar.
        name: as people see it; None = the usual one.
        component: the only kind of component a calendar is to hold; None = whatever the server likes.
    """
    service = SERVICES[kind]
    if wire.ask(home, "<D:resourcetype/>").status in {404, 409}:
        wire.expect(wire.send("MKCOL", home), 200, 201, 405)
    segment = service.segment if name is None else segment_for(name)
    props = f"<D:displayname>{escape(name or service.title)}</D:displayname>"
    if kind == "contacts":
        props = f"<D:resourcetype><D:collection/><C:{service.collection}/></D:resourcetype>" + props
    elif component:
        props += f'<C:supported-calendar-component-set><C:comp name="{component}"/></C:supported-calendar-component-set>'
    verb, space = ("mkcalendar", "C") if kind == "calendar" else ("mkcol", "D")
    body = (
        f'<{space}:{verb} xmlns:D="DAV:" xmlns:C="{service.namespace}"><D:set><D:prop>{props}'
        f"</D:prop></D:set></{space}:{verb}>"
    )
    wire.expect(wire.send(verb.upper(), f"{home.rstrip('/')}/{segment}/", xml(body)), 200, 201, 207, 405, 409)


def segment_for(name: str) -> str:
    """Return a path segment for a collection of that name: safe everywhere, the same in every run."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    if plain == name.lower():
        return plain
    mark = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{plain}-{mark}" if plain else mark


def _found(href: str, response: Any, service: Service, default: str | None) -> Found | None:
    one = _Response(response)
    path = href.rstrip("/") + "/"
    if f"{{{service.namespace}}}{service.collection}" not in one.types:
        return None
    if one.names & _FOREIGN or _GENERATED.fullmatch(segment_of(path)) or not one.may_write:
        return None
    return Found(
        path,
        text_of(response, f"{DAV}displayname") or "",
        one.components,
        one.versions,
        number_of(response, f"{{{service.namespace}}}max-resource-size", f"{CALDAV}max-resource-size"),
        preferred=default is not None and default.rstrip("/") == href.rstrip("/"),
    )


class _Response:
    """What one response of a listing tells about a collection."""

    def __init__(self, element: Any) -> None:
        self._element = element
        self.types = {str(one.tag) for one in self._all(f".//{DAV}resourcetype/*")}
        self.names = {tag.rpartition("}")[2] for tag in self.types}
        self.components = frozenset(one.get("name", "") for one in self._all(f".//{CALDAV}comp")) or None
        # Xandikos calls the child content-type.
        told = self._all(f".//{CARDDAV}supported-address-data/*")
        self.versions = frozenset(one.get("version") or "3.0" for one in told) or None

    @property
    def may_write(self) -> bool:
        """Say whether the login may store objects; a server that tells no privileges is asked by doing it."""
        told = {str(one.tag).rpartition("}")[2] for one in self._all(f".//{DAV}privilege/*")}
        return not told or bool(told & _WRITING)

    def _all(self, path: str) -> list[Any]:
        found: list[Any] = self._element.findall(path)
        return found


def _default_of(response: Any) -> str | None:
    found = response.find(f".//{CALDAV}schedule-default-calendar-URL")
    return None if found is None else found.findtext(f"{DAV}href")


def _port(parts: Any) -> int | None:
    try:
        return int(parts.port) if parts.port else None
    except ValueError:
        return -1


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str, int]:
    return scheme.lower(), (host or "").lower(), port or (443 if scheme.lower() == "https" else 80)

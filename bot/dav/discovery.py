"""Where a user's address books and calendars are, which one to take, and how to make one (RFC 6764, 5689, 4791 section 5.3.1)."""

from dataclasses import dataclass
from typing import Protocol
from xml.sax.saxutils import escape

from bot.dav.protocol import (
    DAV,
    SERVICES,
    Answer,
    Kind,
    Service,
    href_in,
    responses,
    segment_of,
    text_of,
    xml,
)


@dataclass(frozen=True, slots=True)
class Found:
    path: str
    title: str
    components: frozenset[str] | None


class Wire(Protocol):
    """The requests that discovery makes; see bot.dav.client."""

    def send(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Return the answer whatever its status."""

    def ask(self, path: str, props: str, depth: int = 0) -> Answer:
        """Return the answer to a PROPFIND."""

    def expect(self, answer: Answer, *statuses: int) -> None:
        """Raise what another status means."""


def find_home(wire: Wire, base: str, service: Service) -> str | None:
    """Return the path of the logged-in user's home set as the server tells it; `base` is the path of its url."""
    principal = href_in(wire.ask(base, "<D:current-user-principal/>"), f"{DAV}current-user-principal")
    if principal is None:
        return None
    letter = "C" if service.collection == "calendar" else "R"
    answer = wire.ask(principal, f"<{letter}:{service.home_set}/>")
    return href_in(answer, f"{{{service.namespace}}}{service.home_set}")


def list_collections(wire: Wire, home: str, kind: Kind) -> list[Found]:
    """Return the user's address books or calendars; none for a user whom the server has never seen."""
    service = SERVICES[kind]
    props = "<D:resourcetype/><D:displayname/><C:supported-calendar-component-set/>"
    answer = wire.ask(home, props, depth=1)
    if answer.status in {404, 409}:
        return []
    wire.expect(answer, 207)
    found = []
    for href, response in responses(answer):
        if response.find(f".//{DAV}resourcetype/{{{service.namespace}}}{service.collection}") is not None:
            names = response.findall(".//{urn:ietf:params:xml:ns:caldav}comp")
            components = frozenset(one.get("name", "") for one in names) or None
            path = href.rstrip("/") + "/"
            found.append(Found(path, text_of(response, f"{DAV}displayname") or "", components))
    return found


def choose(found: list[Found], service: Service, name: str | None) -> Found | None:
    """Return the collection of that name, or the one the server's own clients use."""
    if name is not None:
        return next((one for one in found if name in {one.title, segment_of(one.path)}), None)
    events = [one for one in found if one.components is None or "VEVENT" in one.components]
    candidates = events if service.collection == "calendar" else found

    def rank(one: Found) -> tuple[int, str]:
        segment = segment_of(one.path).lower()
        return (service.usual.index(segment) if segment in service.usual else len(service.usual), one.path)

    return min(candidates, key=rank, default=None)


def make_collection(wire: Wire, home: str, kind: Kind, name: str | None) -> None:
    """Make a collection; a user whom Radicale has never seen has no root yet, so that comes first."""
    service = SERVICES[kind]
    if wire.ask(home, "<D:resourcetype/>").status in {404, 409}:
        wire.expect(wire.send("MKCOL", home), 200, 201, 405)
    segment = service.segment if name is None else name.replace("/", "-")
    kinds = f"<D:resourcetype><D:collection/><C:{service.collection}/></D:resourcetype>"
    verb = "mkcalendar" if kind == "calendar" else "mkcol"
    space = "C" if kind == "calendar" else "D"
    body = (
        f'<{space}:{verb} xmlns:D="DAV:" xmlns:C="{service.namespace}"><D:set><D:prop>'
        f"{'' if kind == 'calendar' else kinds}<D:displayname>{escape(name or service.title)}</D:displayname>"
        f"</D:prop></D:set></{space}:{verb}>"
    )
    wire.expect(wire.send(verb.upper(), f"{home.rstrip('/')}/{segment}/", xml(body)), 200, 201, 207, 405, 409)

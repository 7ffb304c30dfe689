"""What CardDAV and CalDAV say on the wire, and what their answers mean. Pure (RFC 4918, 4791, 6352)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

Kind = Literal["contacts", "calendar"]

DAV: Final = "{DAV:}"
CALDAV: Final = "{urn:ietf:params:xml:ns:caldav}"
CARDDAV: Final = "{urn:ietf:params:xml:ns:carddav}"

# On every PUT and DELETE: nobody is written to (RFC 6638 section 8.1; the second is Nextcloud's).
SILENT: Final[Mapping[str, str]] = {"Schedule-Reply": "F", "x-nc-scheduling": "false"}


class Put(Enum):
    """What became of one PUT."""

    STORED = "stored"
    EXISTS = "exists"  # an object of that name is there already; or not of that version any more
    CONFLICT = "uid-conflict"  # its UID is there under another name
    REFUSED = "refused-by-server"  # this object alone
    TOO_BIG = "too-big"
    DENIED = "denied"  # the login may not write here
    FULL = "full"
    WAIT = "wait"  # asked to come back later; not stored, but look before it is sent again
    UNKNOWN = "unknown"  # it may have been stored or not: read back


@dataclass(frozen=True, slots=True)
class Service:
    """What differs between CardDAV and CalDAV."""

    namespace: str
    home_set: str
    collection: str  # its resource type
    data: str
    multiget: str
    media_type: str
    extension: str
    well_known: str  # its name below /.well-known/, and in the DNS (RFC 6764)
    segment: str  # of the collection we make
    title: str
    usual: tuple[str, ...]  # last segments of the default collection on known servers


SERVICES: Final[Mapping[Kind, Service]] = {
    "contacts": Service(
        namespace="urn:ietf:params:xml:ns:carddav",
        home_set="addressbook-home-set",
        collection="addressbook",
        data="address-data",
        multiget="addressbook-multiget",
        media_type="text/vcard; charset=utf-8",
        extension=".vcf",
        well_known="carddav",
        segment="contacts",
        title="Contacts",
        usual=("contacts", "default", "personal", "card", "addressbook"),
    ),
    "calendar": Service(
        namespace="urn:ietf:params:xml:ns:caldav",
        home_set="calendar-home-set",
        collection="calendar",
        data="calendar-data",
        multiget="calendar-multiget",
        media_type="text/calendar; charset=utf-8",
        extension=".ics",
        well_known="caldav",
        segment="calendar",
        title="Calendar",
        usual=("calendar", "default", "personal"),
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a server, whatever its status."""

    status: int
    preconditions: frozenset[str] = frozenset()  # local names of the DAV:error children (RFC 4918 section 16)
    tree: Any = None  # the parsed body, None without one
    dav: frozenset[str] = frozenset()  # compliance classes of the DAV header
    etag: str = ""
    location: str = ""
    wait_seconds: int = 0  # Retry-After; 0 = it names none


_CONFLICTS: Final = frozenset({"no-uid-conflict", "unique-scheduling-object-resource"})
_LATER: Final = frozenset({425, 429, 503})


def judge_put(status: int, preconditions: frozenset[str]) -> Put:  # noqa: PLR0911 - a table, one row each
    """Return what a status means; servers say "exists", "bad data" and "not allowed" with the same few. Pure.

    What is said in words of the standard counts more than the number: Cyrus answers 403 to bad data, Radicale 412 to
    an object too big for it, SOGo 409 to a UID in use. A bare 403 or 404 is about the place, not the object; a bare
    412 says that the object is there, or that it is bad (Xandikos): look.
    """
    if 200 <= status < 300:
        return Put.STORED
    if preconditions & _CONFLICTS:
        return Put.CONFLICT
    if status == 413 or "max-resource-size" in preconditions:
        return Put.TOO_BIG
    if status == 507 or preconditions & {"quota-not-exceeded", "sufficient-disk-space"}:
        return Put.FULL
    if status == 401 or (status == 403 and not preconditions - {"need-privileges"}) or 300 <= status < 400:
        return Put.DENIED  # Cyrus redirects a PUT into a collection one may not see
    if status == 412 and not preconditions:
        return Put.EXISTS
    if status == 409 and not preconditions:
        return Put.CONFLICT  # Radicale and SOGo: the UID is there under another name
    if status in _LATER:
        return Put.WAIT
    return Put.UNKNOWN if status in {408, 502, 504} else Put.REFUSED


def responses(answer: Answer) -> list[tuple[str, Any]]:
    """Return (href as an unquoted path, element) of a multistatus."""
    if answer.tree is None:
        return []
    pairs = ((one.findtext(f"{DAV}href") or "", one) for one in answer.tree.iter(f"{DAV}response"))
    return [(path_of(href), one) for href, one in pairs]


def href_in(answer: Answer, element: str) -> str | None:
    """Return the path of the href inside that property, always on the server we were given."""
    if answer.status != 207 or answer.tree is None:
        return None
    found = next(answer.tree.iter(element), None)
    href = found.findtext(f"{DAV}href") if found is not None else None
    return path_of(href) if href else None


def path_of(href: str) -> str:
    """Return an href as the unquoted path that it names on the server that told it."""
    return unquote(urlsplit(href.strip()).path)


def text_of(response: Any, element: str) -> str | None:
    found = response.find(f".//{element}")
    return None if found is None else found.text


def number_of(response: Any, *elements: str) -> int:
    """Return the first of these properties that is a number, 0 when none is."""
    texts = ((text_of(response, element) or "").strip() for element in elements)
    return next((int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19), 0)


def local_names(tags: Iterable[str]) -> frozenset[str]:
    return frozenset(tag.rpartition("}")[2] for tag in tags)


def segment_of(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def xml(body: str) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>' + body.encode()

"""What CardDAV and CalDAV say on the wire, and what their answers mean. Pure (RFC 4918, 4791, 6352)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

Kind = Literal["contacts", "calendar"]

DAV: Final = "{DAV:}"


class Put(Enum):
    """What became of one PUT."""

    STORED = "stored"
    EXISTS = "exists"  # an object of that name is there already
    CONFLICT = "uid-conflict"  # its UID is there under another name
    REFUSED = "refused-by-server"  # this object alone
    TOO_BIG = "too-big"
    DENIED = "denied"  # the login may not write here
    FULL = "full"
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
        segment="calendar",
        title="Calendar",
        usual=("calendar", "default", "personal"),
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    preconditions: frozenset[str]  # local names of the DAV:error children (RFC 4918 section 16)
    tree: Any  # the parsed body, None without one
    dav: frozenset[str]  # compliance classes of the DAV header


def judge_put(status: int, preconditions: frozenset[str]) -> Put:  # noqa: PLR0911 - a table, one row each
    """Return what a status means; servers say "exists", "bad data" and "not allowed" with the same few. Pure."""
    if 200 <= status < 300:
        return Put.STORED
    if preconditions & {"no-uid-conflict", "unique-scheduling-object-resource"}:
        return Put.CONFLICT
    if status == 413 or "max-resource-size" in preconditions:
        return Put.TOO_BIG
    if status == 507 or "quota-not-exceeded" in preconditions:
        return Put.FULL
    if status == 401 or (status == 403 and not preconditions - {"need-privileges"}) or 300 <= status < 400:
        return Put.DENIED  # Cyrus redirects a PUT into a collection one may not see
    if status == 412 and not preconditions:
        return Put.EXISTS
    return Put.UNKNOWN if status in {408, 425, 429, 502, 503, 504} else Put.REFUSED


def responses(answer: Answer) -> list[tuple[str, Any]]:
    """Return (href as an unquoted path, element) of a multistatus."""
    if answer.tree is None:
        return []
    pairs = ((one.findtext(f"{DAV}href") or "", one) for one in answer.tree.iter(f"{DAV}response"))
    return [(unquote(urlsplit(href.strip()).path), one) for href, one in pairs]


def href_in(answer: Answer, element: str) -> str | None:
    """Return the path of the href inside that property, always on the server we were given."""
    if answer.status != 207 or answer.tree is None:
        return None
    found = next(answer.tree.iter(element), None)
    href = found.findtext(f"{DAV}href") if found is not None else None
    return unquote(urlsplit(href.strip()).path) if href else None


def text_of(response: Any, element: str) -> str | None:
    found = response.find(f".//{element}")
    return None if found is None else found.text


def local_names(tags: Iterable[str]) -> frozenset[str]:
    return frozenset(tag.rpartition("}")[2] for tag in tags)


def segment_of(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def xml(body: str) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>' + body.encode()

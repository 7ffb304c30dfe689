"""Answers of other servers and bad networks, before a real Radicale: each means one thing, and no item comes twice."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bot.dav import upload, wire
from bot.dav.calendars import import_objects
from bot.dav.client import Collection, DavTarget, open_collection
from bot.dav.contacts import import_cards
from bot.dav.detect import detect, effective
from bot.dav.discovery import choose, list_collections, same_server, segment_for
from bot.dav.plan import object_name
from bot.dav.profiles import UNKNOWN, profile_named, profile_names
from bot.dav.protocol import SERVICES, Answer, Put, judge_put
from bot.dav.silence import own_calendar, silence_for
from bot.errors import BotError, DavFull, DavLoginRefused, DavTlsFailed, DavUnreachable
from bot.model import ImportReport, ItemNote, Secret
from demo.servers import Radicale
from parsers.ics import parse_calendar
from parsers.vcard import parse_cards
from tests.dav_proxy import Proxy, proxy

PASSWORD = "dav-Passw0rd"
EVENT = b"BEGIN:VEVENT\nUID:e1\nDTSTAMP:20260101T000000Z\nDTSTART:20270101T100000Z\nDTEND:20270101T110000Z\nSUMMARY:One\nEND:VEVENT\n"
TASK = b"BEGIN:VTODO\nUID:t1\nDTSTAMP:20260101T000000Z\nSUMMARY:Do\nEND:VTODO\n"
DIARY = (
    b"BEGIN:VJOURNAL\nUID:j1\nDTSTAMP:20260101T000000Z\nDTSTART:20270101T100000Z\nSUMMARY:Day\nEND:VJOURNAL\n"
)


@pytest.fixture
def anna(radicale: Radicale, unique_address: Callable[[str], str]) -> DavTarget:
    address = unique_address("anna")
    radicale.add_user(address, PASSWORD)
    return DavTarget(url=radicale.url, user=address, auth_user=address, password=Secret(PASSWORD))


@pytest.fixture
def door(radicale: Radicale, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Proxy, str]]:
    monkeypatch.setattr(wire, "PAUSES", (0.0, 0.01, 0.01))
    with proxy(radicale.url) as (switches, url):
        yield switches, url


def cards(number: int, prefix: str = "p") -> bytes:
    return b"".join(
        f"BEGIN:VCARD\nVERSION:3.0\nFN:Person {i}\nN:{i};Person;;;\nUID:{prefix}{i}\nEND:VCARD\n".encode()
        for i in range(number)
    )


def bring(target: DavTarget, data: bytes) -> ImportReport:
    parsed = parse_cards(data)
    return import_cards(target, "a.vcf", parsed.value, parsed.problems)


def error_body(name: str) -> bytes:
    return f'<D:error xmlns:D="DAV:"><C:{name} xmlns:C="urn:ietf:params:xml:ns:carddav"/></D:error>'.encode()


def once(answer: tuple[int, dict[str, str], bytes]) -> Callable[[str, str], object]:
    """Answer the second PUT like that, everything else as it is."""
    puts = iter(range(1000))
    return lambda method, _: answer if method == "PUT" and next(puts) == 1 else None


@pytest.mark.server
def test_six_refusals_are_six_outcomes(anna: DavTarget, door: tuple[Proxy, str]) -> None:
    """Bad data, login, conflict, there already or bad, no room, too fast: a 403 alone is no wrong password."""
    switches, url = door
    ours = replace(anna, url=url)
    xml = {"Content-Type": "application/xml"}

    switches.before = once((403, xml, error_body("valid-address-data")))  # type: ignore[assignment]
    bad = bring(ours, cards(3, "a"))
    switches.before = once((409, xml, error_body("no-uid-conflict")))  # type: ignore[assignment]
    conflict = bring(ours, cards(3, "b"))
    switches.before = once((412, xml, error_body("valid-address-data")))  # type: ignore[assignment]
    invalid = bring(ours, cards(3, "c"))
    switches.before = once((412, {}, b""))  # type: ignore[assignment]
    unclear = bring(ours, cards(3, "d"))
    switches.before = once((429, {"Retry-After": "1"}, b""))  # type: ignore[assignment]
    waited = bring(ours, cards(3, "e"))

    person = "Person 1"
    assert (bad.imported, bad.failed) == (2, (ItemNote(name=person, code="refused-by-server"),))
    assert (conflict.imported, conflict.skipped) == (2, (ItemNote(name=person, code="uid-conflict"),))
    assert (invalid.imported, invalid.failed) == (2, (ItemNote(name=person, code="refused-by-server"),))
    assert (unclear.imported, unclear.failed) == (2, (ItemNote(name=person, code="refused-by-server"),))
    assert (waited.imported, waited.failed) == (3, ())
    for answer, kind in (((401, {}, b""), DavLoginRefused), ((507, {}, b""), DavFull)):
        switches.before = once(answer)  # type: ignore[assignment]
        with pytest.raises(kind):
            bring(ours, cards(3, f"f{answer[0]}"))
    switches.before = once((503, {"Retry-After": "3600"}, b""))  # type: ignore[assignment]
    with pytest.raises(DavUnreachable) as later:
        bring(ours, cards(3, "g"))
    assert later.value.facts["wait_seconds"] == 3600


@pytest.mark.server
@pytest.mark.parametrize("number", [60, pytest.param(2000, marks=pytest.mark.long)])
def test_resets_anywhere_end_with_one_of_each(anna: DavTarget, door: tuple[Proxy, str], number: int) -> None:
    """Every twentieth request is cut off, by turns before and after the server has applied it."""
    switches, url = door
    requests = iter(range(1_000_000))
    at = {"now": 0}

    def before(_method: str, _path: str) -> str | None:
        at["now"] = next(requests)
        return "drop" if at["now"] % 40 == 19 else None

    switches.before = before
    switches.after = lambda _method, _path: "drop" if at["now"] % 40 == 39 else None
    report = bring(replace(anna, url=url), cards(number))
    with open_collection(anna, "contacts") as book:
        assert len(book.list()) == number
    assert (report.imported + report.same, report.failed) == (number, ())


@pytest.mark.server
def test_a_server_that_overwrites_is_never_asked_to(anna: DavTarget, door: tuple[Proxy, str]) -> None:
    """SOGo ignores If-None-Match: what is there is found by listing, also under the name that we would use."""
    switches, url = door
    bring(anna, cards(2).replace(b"Person 1", b"Mine"))
    report = bring(replace(anna, url=url, profile="sogo"), cards(2))

    assert (report.imported, report.same) == (0, 1)
    assert report.skipped == (ItemNote(name="Person 1", code="differs"),)
    assert switches.count("PUT") == 0


@pytest.mark.server
def test_what_came_since_we_looked_is_not_overwritten_either(
    anna: DavTarget, door: tuple[Proxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's phone stores the same contact while the import runs."""
    switches, url = door
    look = upload.fetch_stored
    mine = parse_cards(cards(1).replace(b"Person 0", b"Mine")).value[0]

    def looked(collection: Collection, uids: set[str]) -> object:
        found = look(collection, uids)
        with open_collection(anna, "contacts") as book:
            assert book.put(book.href(object_name("p0")), mine.data) is Put.STORED
        return found

    monkeypatch.setattr(upload, "fetch_stored", looked)
    report = bring(replace(anna, url=url, profile="sogo"), cards(2))

    assert (report.imported, report.skipped) == (1, (ItemNote(name="Person 0", code="differs"),))
    assert switches.count("PUT") == 1


@pytest.mark.server
def test_what_is_too_big_is_named_with_its_size_and_not_sent(
    anna: DavTarget, door: tuple[Proxy, str]
) -> None:
    """Radicale announces its limit for address books in the namespace of calendars."""
    switches, url = door
    big = cards(1, "big").replace(b"END:VCARD", b"NOTE:" + b"x" * 12_000_000 + b"\nEND:VCARD")
    report = bring(replace(anna, url=url), big + cards(1))

    assert report.imported == 1
    ((name, code),) = [(note.name, note.code) for note in report.failed]
    assert code == "too-big"
    assert name.startswith("Person 0 (12.5 MB, at most ")
    assert switches.count("PUT") == 1


@pytest.mark.server
def test_a_uid_of_any_characters_is_stored_under_a_safe_name(anna: DavTarget) -> None:
    """A slash in a name is 400, 403 or 404, by server; the UID itself stays."""
    odd = cards(1).replace(b"UID:p0", b"UID:a/b c?d#e%f")

    assert bring(anna, odd).imported == 1
    assert bring(anna, odd).same == 1


@pytest.mark.server
def test_every_write_asks_for_silence(anna: DavTarget, door: tuple[Proxy, str]) -> None:
    """Deleting what was imported would send cancellations."""
    switches, url = door
    with open_collection(replace(anna, url=url), "contacts") as book:
        href = book.href("one")
        book.put(href, parse_cards(cards(1)).value[0].data)
        assert book.delete(href, book.list()[href])
        assert book.list() == {}
    assert [
        head.get("schedule-reply") for method, head in switches.headers if method in {"PUT", "DELETE"}
    ] == [
        "F",
        "F",
    ]


@pytest.mark.server
def test_tasks_get_a_list_and_a_diary_is_named_where_the_calendar_takes_events_only(anna: DavTarget) -> None:
    """Nothing is lost silently."""
    make_events_only(anna)
    parsed = parse_calendar(b"BEGIN:VCALENDAR\n" + EVENT + TASK + DIARY + b"END:VCALENDAR\n")
    report = import_objects(anna, "a.ics", parsed.value, parsed.problems)

    assert (report.imported, report.failed) == (2, ())
    assert [(note.name, note.code) for note in report.skipped] == [
        ("Day 2027-01-01", "component-not-accepted")
    ]
    with open_collection(anna, "calendar", component="VTODO", make=False) as tasks:
        assert (tasks.title, len(tasks.list())) == ("Tasks", 1)
    again = import_objects(anna, "a.ics", parsed.value, parsed.problems)
    assert (again.imported, again.same) == (0, 2)


def make_events_only(target: DavTarget) -> None:
    from bot.dav.discovery import make_collection
    from bot.dav.wire import Wire

    line = Wire(target)
    make_collection(line, f"/{target.user}/", "calendar", None, "VEVENT")
    line.close()


@pytest.mark.server
def test_a_file_that_names_a_calendar_gets_one(anna: DavTarget) -> None:
    """An export of three calendars is three files; an address or "Calendar" names none."""
    for name, where in ((b"Team", "Team"), (b"anna@old.example", None), (b"Kalender", None)):
        data = (
            b"BEGIN:VCALENDAR\nX-WR-CALNAME:" + name + b"\n" + EVENT.replace(b"e1", name) + b"END:VCALENDAR\n"
        )
        parsed = parse_calendar(data)
        assert import_objects(anna, "a.ics", parsed.value, ()).imported == 1
        with open_collection(anna, "calendar", where, make=False) as calendar:
            assert any(name in body for body in calendar.multiget(calendar.list()).values())


@pytest.mark.server
def test_the_well_known_path_is_followed_on_the_same_server_only(
    anna: DavTarget, door: tuple[Proxy, str]
) -> None:
    """The login goes nowhere else, whatever a redirect says."""
    switches, url = door
    ours = replace(anna, url=url, principal_path="/nowhere/")
    with proxy(anna.url) as (elsewhere, other):
        location = {"to": "/"}
        switches.before = lambda _method, path: (
            (404, {}, b"")
            if path == "/" and location["to"] != "/"
            else (301, {"Location": location["to"]}, b"")
            if path.startswith("/.well-known/")
            else None
        )
        with open_collection(ours, "contacts") as book:
            assert book.path.startswith(f"/{anna.user}/")
        location["to"] = other
        with pytest.raises(BotError):
            open_collection(ours, "contacts")
        assert elsewhere.seen == []


def test_no_password_goes_over_a_network_in_clear() -> None:
    """Only to this very machine."""
    target = DavTarget(url="http://dav.host.example/", user="a", auth_user="a", password=Secret("x"))
    with pytest.raises(DavTlsFailed):
        open_collection(target, "contacts")


# --- pure

LISTING = """<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/">
{}</D:multistatus>"""


def one(href: str, types: str, more: str = "") -> str:
    return (
        f"<D:response><D:href>{href}</D:href><D:propstat><D:prop><D:resourcetype><D:collection/>{types}"
        f"</D:resourcetype>{more}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    )


class Listing:
    def __init__(self, *found: str) -> None:
        from xml.etree import ElementTree as ET

        self.tree = ET.fromstring(LISTING.format("".join(found)))

    def send(self, method: str, path: str, body: bytes = b"") -> Answer:
        raise AssertionError(method, path, body)

    def ask(self, path: str, props: str, depth: int = 0) -> Answer:
        assert (path, depth) == ("/h/", 1)
        assert "resourcetype" in props
        return Answer(207, tree=self.tree)

    def expect(self, answer: Answer, *statuses: int) -> None:
        assert answer.status in statuses


READ_ONLY = (
    "<D:current-user-privilege-set><D:privilege><D:read/></D:privilege></D:current-user-privilege-set>"
)


def test_only_the_users_own_calendars_are_taken() -> None:
    """Shared, subscribed and generated ones, and the mailboxes of scheduling, are not; SOGo's only one is."""
    listing = Listing(
        one("/h/inbox/", "<C:calendar/><C:schedule-inbox/>"),
        one("/h/outbox/", "<C:schedule-outbox/>"),
        one("/h/personal/", "<C:calendar/><C:schedule-outbox/>"),
        one("/h/personal.ics/", "<C:calendar/>"),
        one("/h/team/", "<C:calendar/><S:shared/>"),
        one("/h/holidays/", "<C:calendar/><S:subscribed/>"),
        one("/h/contact_birthdays/", "<C:calendar/>"),
        one("/h/boss/", "<C:calendar/>", READ_ONLY),
        one("/h/work/", "<C:calendar/>"),
    )
    found = list_collections(listing, "/h/", "calendar")
    chosen = choose(found, SERVICES["calendar"], None)

    assert [place.path for place in found] == ["/h/personal/", "/h/work/"]
    assert chosen is not None
    assert chosen.path == "/h/personal/"


def test_the_calendar_that_the_server_calls_the_default_comes_first() -> None:
    """Whatever it is called (RFC 6638 section 9.2)."""
    default = "<C:schedule-default-calendar-URL><D:href>/h/work/</D:href></C:schedule-default-calendar-URL>"
    listing = Listing(
        one("/h/inbox/", "<C:schedule-inbox/>", default),
        one("/h/personal/", "<C:calendar/>"),
        one("/h/work/", "<C:calendar/>"),
    )
    chosen = choose(list_collections(listing, "/h/", "calendar"), SERVICES["calendar"], None)

    assert chosen is not None
    assert chosen.path == "/h/work/"


@pytest.mark.parametrize(
    ("location", "same"),
    [
        ("/dav/", True),
        ("https://dav.example/x", True),
        ("https://dav.example:443/x", True),
        ("https://DAV.example/x", True),
        ("http://dav.example/x", False),
        ("https://dav.example:8443/x", False),
        ("https://dav.example.evil.example/", False),
        ("//evil.example/", False),
        ("https://dav.example@evil.example/", False),
        ("https://dav.example:x/", False),
    ],
)
def test_a_redirect_stays_on_the_same_server(location: str, *, same: bool) -> None:
    """Scheme, host and port, all three."""
    assert same_server("https://dav.example/", location) is same


@pytest.mark.parametrize(
    ("products", "name"),
    [
        (["server: cyrus-http/3.6.1"], "cyrus"),
        (["x-sabre-version"], "sabre"),
        (["server: apache"], UNKNOWN),
        (["server: sogod"], "sogo"),
    ],
)
def test_a_server_is_known_by_what_it_says(products: list[str], name: str) -> None:
    """The profile follows where none is configured."""
    assert detect(products, (), "/dav/") == name


@pytest.mark.parametrize("configured", profile_names())
@pytest.mark.parametrize("detected", profile_names())
def test_what_a_server_says_never_makes_us_less_careful(configured: str, detected: str) -> None:
    """About mail to people and about overwriting."""
    care = ("mailto", "client", "nobody")
    base, now = profile_named(configured), effective(configured, detected)

    assert care.index(now.scheduling) <= care.index(base.scheduling)
    assert now.honours_if_none_match <= base.honours_if_none_match
    assert effective(configured, detected, 1).max_connections == 1


def test_participants_stay_only_where_nobody_is_written_to() -> None:
    """A profile that is known to write is not believed when a proxy hides what it announces."""
    nobody, client, mailto, unknown = map(profile_named, ("radicale", "cyrus", "sogo", UNKNOWN))

    assert silence_for(nobody, auto_schedule=False, proven=False) == "as-is"
    assert silence_for(unknown, auto_schedule=False, proven=False) == "as-is"
    assert silence_for(nobody, auto_schedule=True, proven=True) == "neutral"
    assert silence_for(client, auto_schedule=True, proven=False) == "neutral"
    assert silence_for(client, auto_schedule=True, proven=True) == "client"
    assert silence_for(mailto, auto_schedule=True, proven=True) == "neutral"
    assert silence_for(mailto, auto_schedule=False, proven=False) == "neutral"
    assert silence_for(unknown, auto_schedule=True, proven=True) == "neutral"


def test_calendar_names() -> None:
    """Owner addresses and default names are the default calendar; segments are safe and stable."""
    assert own_calendar("Team  A", "a@b.example") == "Team A"
    assert [own_calendar(name, "a@b.example") for name in (None, "", "x@y.example", "Calendar")] == [None] * 4
    assert segment_for("team") == "team"
    assert segment_for("Team/..") != segment_for("Team")
    assert "/" not in segment_for("../a")


def test_statuses() -> None:
    """Words of the standard count more than numbers."""
    assert judge_put(403, frozenset({"valid-calendar-data"})) is Put.REFUSED
    assert judge_put(403, frozenset({"need-privileges"})) is Put.DENIED
    assert judge_put(409, frozenset()) is Put.CONFLICT
    assert judge_put(412, frozenset({"max-resource-size"})) is Put.TOO_BIG
    assert judge_put(403, frozenset({"quota-not-exceeded"})) is Put.FULL
    assert judge_put(503, frozenset()) is Put.WAIT
    assert judge_put(504, frozenset()) is Put.UNKNOWN

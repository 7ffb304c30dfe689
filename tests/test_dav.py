"""Contacts and calendars on a real Radicale: there once, intact, and never in the wrong place."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dav import plan, wire
from bot.dav.calendars import import_objects, preview_objects
from bot.dav.client import Collection, DavTarget, open_collection
from bot.dav.command import copy_calendar, copy_contacts, render_import
from bot.dav.compare import meaning, uid_of
from bot.dav.contacts import import_cards, preview_cards
from bot.dav.people import without_invitations
from bot.dav.protocol import Kind, Put, judge_put
from bot.dav.report import REASONS
from bot.errors import (
    DavBroken,
    DavFull,
    DavLoginRefused,
    DavNoCollection,
    DavTlsFailed,
    DavUnreachable,
)
from bot.model import ImportReport, ItemNote, Progress, Secret
from demo.servers import Dovecot, Radicale
from parsers.ics import parse_calendar
from parsers.vcard import Card, parse_cards
from tests.dav_proxy import Proxy, proxy

FIXTURES = Path(__file__).parent.parent / "fixtures"
CARDS = sorted((FIXTURES / "cards").glob("*.vcf"))
CALENDARS = sorted((FIXTURES / "calendars").glob("*.ics"))
PASSWORD = "dav-Passw0rd"
SERVICE = ("ferry", "dav-S3rvice")  # of the session's Radicale, tests/conftest.py

pytestmark = pytest.mark.server


@pytest.fixture
def anna(radicale: Radicale, unique_address: Callable[[str], str]) -> DavTarget:
    address = unique_address("anna")
    radicale.add_user(address, PASSWORD)
    return DavTarget(
        url=radicale.url, user=address, auth_user=address, password=Secret(PASSWORD), profile="radicale"
    )


@pytest.fixture
def door(radicale: Radicale) -> Iterator[tuple[Proxy, str]]:
    with proxy(radicale.url) as (switches, url):
        yield switches, url


def through(target: DavTarget, url: str) -> DavTarget:
    return DavTarget(url=url, user=target.user, auth_user=target.auth_user, password=target.password)


def bring_cards(target: DavTarget, path: Path, data: bytes | None = None) -> ImportReport:
    parsed = parse_cards(path.read_bytes() if data is None else data)
    return import_cards(target, path.name, parsed.value, parsed.problems)


def bring_calendar(target: DavTarget, path: Path, data: bytes | None = None) -> ImportReport:
    parsed = parse_calendar(path.read_bytes() if data is None else data)
    return import_objects(target, path.name, parsed.value, parsed.problems)


def stored(target: DavTarget, kind: Kind) -> list[bytes]:
    with open_collection(target, kind) as collection:
        return list(collection.multiget(collection.list()).values())


def plain_cards(number: int) -> bytes:
    return b"".join(
        b"BEGIN:VCARD\nVERSION:3.0\nFN:Person %d\nUID:p%d\nEND:VCARD\n" % (i, i) for i in range(number)
    )


def test_every_card_is_there_intact_and_a_second_import_changes_nothing(anna: DavTarget) -> None:
    """Importing twice is what people do when they are unsure."""
    files: list[Path] = []
    sent: list[Card] = []
    for path in CARDS:  # two files may hold one card
        cards = parse_cards(path.read_bytes()).value
        if not {card.uid for card in cards} & {card.uid for card in sent}:
            files.append(path)
            sent += cards
    first = [bring_cards(anna, path) for path in files]
    with open_collection(anna, "contacts") as book:
        before = book.list()
    second = [bring_cards(anna, path) for path in files]
    with open_collection(anna, "contacts") as book:
        after = book.list()

    assert sum(report.imported for report in first) == len(sent) == len(before)
    assert not any(note.code == "changed-by-server" for report in first for note in report.repaired)
    assert sum(report.imported for report in second) == 0
    assert [report.same for report in second] == [report.imported for report in first]
    assert after == before
    by_uid = {uid_of(data): data for data in stored(anna, "contacts")}
    assert all(meaning(by_uid[card.uid]) == meaning(card.data) for card in sent)


def test_every_object_is_there_intact_and_a_second_import_changes_nothing(anna: DavTarget) -> None:
    """Series with overrides, days, zones, alarms, tasks."""
    sent = [one for path in CALENDARS for one in parse_calendar(path.read_bytes()).value.objects]
    anna = replace(anna, profile="radicale", calendars="one")  # takes them as they are
    first = [bring_calendar(anna, path) for path in CALENDARS]
    with open_collection(anna, "calendar") as calendar:
        before = calendar.list()
    second = [bring_calendar(anna, path) for path in CALENDARS]
    with open_collection(anna, "calendar") as calendar:
        after = calendar.list()

    assert sum(report.imported for report in first) == len(sent) == len(before)
    assert not any(note.code == "changed-by-server" for report in first for note in report.repaired)
    assert sum(report.imported for report in second) == 0
    assert [report.same for report in second] == [report.imported for report in first]
    assert after == before
    by_uid = {uid_of(data): data for data in stored(anna, "calendar")}
    assert all(meaning(by_uid[one.uid]) == meaning(one.data) for one in sent)


def test_bad_items_are_named_and_the_good_ones_are_there(anna: DavTarget) -> None:
    """Good rows never wait for bad ones."""
    cards = bring_cards(anna, FIXTURES / "cards" / "second-cut.vcf")
    calendar = bring_calendar(anna, FIXTURES / "calendars" / "bad-items.ics")

    assert (cards.imported, cards.failed) == (2, (ItemNote(name="Second", code="cut-card"),))
    assert calendar.imported == 6
    assert {note.name for note in calendar.failed} == {"Month thirteen 2026-13-01", "No start"}
    assert [note.code for note in calendar.skipped] == ["unsupported-component"]
    assert ItemNote(name="Bad alarm 2026-01-06", code="alarm-dropped") in calendar.repaired


def test_a_truncated_calendar_brings_its_whole_events(anna: DavTarget) -> None:
    """An upload broke off; two of three events are complete."""
    path = FIXTURES / "calendars" / "google.ics"
    whole = path.read_bytes()
    report = bring_calendar(anna, path, whole[: whole.index(b"SUMMARY:Fair")])

    assert report.imported == 2
    assert [note.code for note in report.failed] == ["cut-file", "cut-object"]


def test_what_the_user_changed_meanwhile_is_kept(anna: DavTarget) -> None:
    """The old export comes again after a week of work in the new account."""
    bring_cards(anna, Path("a.vcf"), plain_cards(2))
    changed = plain_cards(2).replace(b"Person 1", b"Person One")
    report = bring_cards(anna, Path("a.vcf"), changed)

    assert (report.imported, report.same) == (0, 1)
    assert report.skipped == (ItemNote(name="Person One", code="differs"),)
    assert any(b"Person 1" in data for data in stored(anna, "contacts"))


def test_a_card_that_another_client_put_is_found_by_its_uid(anna: DavTarget) -> None:
    """Clients name objects their own way; the same contact must not come twice."""
    (card, other) = parse_cards(plain_cards(2)).value
    with open_collection(anna, "contacts") as book:
        assert book.put(book.href("named by a phone"), card.data) is Put.STORED
    report = import_cards(anna, "a.vcf", (card, other), ())

    assert (report.imported, report.same) == (1, 1)
    assert len(stored(anna, "contacts")) == 2


def test_a_put_never_overwrites(anna: DavTarget) -> None:
    """Somebody else may have stored the object since we looked."""
    (card, other) = parse_cards(plain_cards(2)).value
    with open_collection(anna, "contacts") as book:
        assert book.put(book.href("one"), card.data) is Put.STORED
        assert book.put(book.href("one"), other.data) is Put.EXISTS
        assert book.put(book.href("two"), card.data) is Put.CONFLICT


def test_a_service_account_writes_into_the_tree_of_a_user_nobody_has_seen(
    radicale: Radicale, unique_address: Callable[[str], str]
) -> None:
    """The bot has no password of the customer's; Radicale makes a user's root only at their first login."""
    address = unique_address("bert")
    radicale.add_user(address, PASSWORD)
    service = DavTarget(url=radicale.url, user=address, auth_user=SERVICE[0], password=Secret(SERVICE[1]))
    own = DavTarget(url=radicale.url, user=address, auth_user=address, password=Secret(PASSWORD))

    contacts = bring_cards(service, Path("a.vcf"), plain_cards(3))
    calendar = bring_calendar(service, FIXTURES / "calendars" / "google.ics")

    assert (contacts.imported, calendar.imported) == (3, 3)
    assert bring_cards(own, Path("a.vcf"), plain_cards(3)).same == 3
    assert len(stored(own, "calendar")) == 3


def test_a_wrong_password_and_somebody_elses_tree_are_refused(anna: DavTarget, radicale: Radicale) -> None:
    """And the error holds no password."""
    wrong = DavTarget(url=anna.url, user=anna.user, auth_user=anna.user, password=Secret("wrong-Pass"))
    foreign = DavTarget(url=anna.url, user="x" + anna.user, auth_user=anna.user, password=anna.password)

    for target in (wrong, foreign):
        with pytest.raises(DavLoginRefused) as refused:
            bring_cards(target, Path("a.vcf"), plain_cards(1))
        assert "wrong-Pass" not in str(refused.value)
        assert PASSWORD not in repr(target)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_user_name_cannot_climb_out_of_its_tree(anna: DavTarget) -> None:
    """A path is made of it when a service account logs in."""
    for name in ("../bert@kunde.example", "a/b", "..", ""):
        target = DavTarget(url=anna.url, user=name, auth_user=SERVICE[0], password=Secret(SERVICE[1]))
        with pytest.raises(DavNoCollection):
            open_collection(target, "contacts")


def test_a_collection_is_found_by_its_name_and_made_when_there_is_none(anna: DavTarget) -> None:
    """Several calendars in one account; the default one stays the default."""
    with pytest.raises(DavNoCollection):
        open_collection(anna, "calendar", make=False)
    with (
        open_collection(anna, "calendar") as default,
        open_collection(anna, "calendar", "Team & all") as team,
    ):
        assert default.path != team.path
        assert team.title == "Team & all"
    with open_collection(anna, "calendar") as again, open_collection(anna, "calendar", "Team & all") as found:
        assert (again.path, found.path) == (default.path, team.path)
        assert "VEVENT" in (again.components or ())


def test_progress_reaches_the_end(anna: DavTarget) -> None:
    """The bar on the terminal is fed from it."""
    told: list[Progress] = []
    parsed = parse_cards(plain_cards(3))
    import_cards(anna, "a.vcf", parsed.value, (), on_progress=told.append)

    assert [(one.done, one.total) for one in told] == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_preview_writes_nothing(anna: DavTarget) -> None:
    """--dry-run is asked before anybody trusts us."""
    cards = parse_cards(plain_cards(2))
    calendar = parse_calendar((FIXTURES / "calendars" / "google.ics").read_bytes())

    assert preview_cards(anna, "a.vcf", cards.value, ()).imported == 2
    assert preview_objects(anna, "a.ics", calendar.value, ()).imported == 3
    for kind in ("contacts", "calendar"):
        with pytest.raises(DavNoCollection):
            open_collection(anna, kind, make=False)


# --- the network and other servers


def test_a_put_whose_answer_is_lost_is_looked_up_before_it_is_sent_again(
    anna: DavTarget, door: tuple[Proxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Applied and not applied look the same to us; either way there is exactly one."""
    monkeypatch.setattr(wire, "PAUSES", (0.0, 0.01, 0.01))
    switches, url = door
    puts = iter(range(100))
    switches.after = lambda method, _: "drop" if method == "PUT" and next(puts) % 3 == 0 else None
    report = bring_cards(through(anna, url), Path("a.vcf"), plain_cards(9))

    assert (report.imported, report.same, report.failed) == (9, 0, ())
    assert switches.count("PUT") == 9  # none was sent twice
    assert len(stored(anna, "contacts")) == 9

    lost = iter(range(100))
    switches.before = lambda method, _: "drop" if method == "PUT" and next(lost) % 3 == 0 else None
    switches.after = lambda _method, _path: None
    report = bring_cards(through(anna, url), Path("b.vcf"), plain_cards(9).replace(b"UID:p", b"UID:q"))

    assert (report.imported, report.failed) == (9, ())
    assert len(stored(anna, "contacts")) == 18


def test_what_a_server_took_but_does_not_have_is_no_success(anna: DavTarget, door: tuple[Proxy, str]) -> None:
    """201 is a promise; the report counts what was read back."""
    switches, url = door
    puts = iter([False, True, False])
    switches.before = lambda method, _: (201, {}, b"") if method == "PUT" and next(puts) else None
    report = bring_cards(through(anna, url), Path("a.vcf"), plain_cards(3))

    assert report.imported == 2
    assert report.failed == (ItemNote(name="Person 1", code="not-stored"),)


def test_a_server_that_is_gone_is_said_to_be_gone(
    anna: DavTarget, door: tuple[Proxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later is enough: what was put stays, and the next run goes on."""
    monkeypatch.setattr(wire, "PAUSES", (0.0, 0.01))
    switches, url = door
    puts = iter(range(100))
    switches.before = lambda method, _: "drop" if method == "PUT" and next(puts) >= 2 else None
    with pytest.raises(DavUnreachable):
        bring_cards(through(anna, url), Path("a.vcf"), plain_cards(5))
    with pytest.raises(DavUnreachable):
        bring_cards(through(anna, "http://127.0.0.1:9/"), Path("a.vcf"), plain_cards(5))

    report = bring_cards(anna, Path("a.vcf"), plain_cards(5))
    assert (report.imported, report.same) == (3, 2)


def test_a_redirected_put_is_not_followed(anna: DavTarget, door: tuple[Proxy, str]) -> None:
    """It would carry the login to another server; Cyrus redirects where one may not write."""
    switches, url = door
    with proxy(anna.url) as (elsewhere, target):
        switches.before = lambda method, path: (
            (301, {"Location": target.rstrip("/") + path}, b"") if method == "PUT" else None
        )
        with pytest.raises(DavLoginRefused):
            bring_cards(through(anna, url), Path("a.vcf"), plain_cards(1))
        assert elsewhere.seen == []


def test_each_refusal_means_what_it_says(anna: DavTarget, door: tuple[Proxy, str]) -> None:
    """400, 403, 415 and 500 for one bad card must not stop the others; what a server says is not repeated."""
    switches, url = door
    ours = through(anna, url)
    secret = b"the password is dav-Passw0rd"
    body = b'<D:error xmlns:D="DAV:"><C:%s xmlns:C="urn:ietf:params:xml:ns:carddav"/></D:error>'
    cases: dict[bytes, tuple[int, bytes]] = {
        b"400": (400, secret),
        b"403": (403, body % b"valid-address-data"),
        b"415": (415, secret),
        b"500": (500, secret),
        b"412": (412, body % b"max-resource-size"),
    }
    for number, (status, said) in enumerate(cases.values()):
        puts = iter([False, True, False])
        answer = (status, {"Content-Type": "application/xml"}, said)
        switches.before = lambda method, _, answer=answer, puts=puts: (
            answer if method == "PUT" and next(puts) else None
        )  # type: ignore[misc]
        data = plain_cards(3).replace(b"UID:p", b"UID:%d-" % number)
        report = bring_cards(ours, Path("a.vcf"), data)

        assert report.imported == 2, status
        assert [note.name for note in report.failed] == ["Person 1"]
        assert report.failed[0].code in {"refused-by-server", "too-big"}
        assert b"dav-Passw0rd" not in repr(report).encode()

    for status, kind in ((507, DavFull), (401, DavLoginRefused), (403, DavLoginRefused)):
        switches.before = lambda method, _, status=status: (status, {}, secret) if method == "PUT" else None  # type: ignore[misc]
        with pytest.raises(kind) as raised:
            bring_cards(ours, Path("a.vcf"), plain_cards(1).replace(b"UID:p", b"UID:x"))
        assert "dav-Passw0rd" not in str(raised.value)


def test_nonsense_from_a_server_is_one_error(anna: DavTarget, door: tuple[Proxy, str]) -> None:
    """Whatever a library raises on it, the caller knows what to do."""
    switches, url = door
    for answer in ((207, {"Content-Type": "text/xml"}, b"<broken"), (418, {}, b"tea"), (207, {}, b"")):
        switches.before = lambda _method, _path, answer=answer: answer  # type: ignore[misc]
        with pytest.raises((DavBroken, DavNoCollection)):
            open_collection(through(anna, url), "contacts")


def test_a_certificate_nobody_vouches_for_is_refused(
    anna: DavTarget, new_dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No password goes to a server that cannot show who it is."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(DavTlsFailed):
        open_collection(through(anna, f"https://localhost:{new_dovecot.tls_port}/"), "contacts")


def test_nobody_is_invited_by_an_import(anna: DavTarget, door: tuple[Proxy, str]) -> None:
    """A server that schedules by itself would mail every participant; the one that does not gets them as they are."""
    switches, url = door
    path = FIXTURES / "calendars" / "invitation.ics"
    bring_calendar(anna, path)
    (plain,) = stored(anna, "calendar")
    assert b"mailto:jane@stranger.example" in plain.replace(b"\r\n ", b"").replace(b"\n ", b"")

    switches.extra = {"DAV": "1, 2, calendar-access, calendar-auto-schedule"}
    other = path.read_bytes().replace(b"UID:meeting", b"UID:other")
    report = bring_calendar(through(anna, url), path, other)
    silenced = next(data for data in stored(anna, "calendar") if uid_of(data) == "other")

    assert ItemNote(name="Contract 2027-01-05", code="invitations-silenced") in report.repaired
    assert b"mailto:" not in silenced.lower()
    assert b"ACTION:EMAIL" not in silenced
    assert b"jane@stranger.example" in silenced.replace(b"\r\n ", b"").replace(b"\n ", b"")
    assert bring_calendar(through(anna, url), path, other).same == 1


def test_silencing_happens_once() -> None:
    """So that a second import finds the same object."""
    (one,) = parse_calendar((FIXTURES / "calendars" / "invitation.ics").read_bytes()).value.objects
    silent = without_invitations(one.data)

    assert b"mailto:" in one.data
    assert b"mailto:" not in silent.lower()
    assert without_invitations(silent) == silent


# --- crash


def test_a_killed_import_leaves_each_card_once(anna: DavTarget, tmp_path: Path) -> None:
    """kill -9 in the middle, then the same command again."""
    number = 60
    file = tmp_path / "many.vcf"
    file.write_bytes(plain_cards(number))
    command = [sys.executable, "-c", RUN, str(file), anna.url, anna.user]
    environment = {**os.environ, "DESTINATION_PASSWORD": PASSWORD}
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    with open_collection(anna, "contacts") as book:
        there = _wait_for_some(book, number)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        assert 0 < there < number

        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        report = json.loads(done.stdout)["imports"][0]
        names = book.list()

    assert done.returncode == 0
    assert report["imported"] + report["same"] == number
    assert report["same"] >= there
    assert len(names) == number
    assert sorted(uid_of(data) for data in stored(anna, "contacts")) == sorted(f"p{i}" for i in range(number))


RUN = """
import sys
from pathlib import Path
from bot.dav.command import copy_contacts
sys.exit(copy_contacts([Path(sys.argv[1])], sys.argv[2], sys.argv[3], dry_run=False, as_json=True))
"""


def _wait_for_some(book: Collection, number: int) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if (there := len(book.list())) >= number // 6:
            return there
    raise AssertionError("the import did not start")


# --- the command


def test_the_command_reports_and_says_by_its_code_what_to_do(
    anna: DavTarget, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scripts read the code, people the lines."""
    good, none = tmp_path / "good.vcf", tmp_path / "none.vcf"
    good.write_bytes(plain_cards(2))
    none.write_bytes(b"no card here")
    cut = FIXTURES / "cards" / "second-cut.vcf"

    def run(
        *files: Path, password: str = PASSWORD, dry_run: bool = False, url: str = anna.url
    ) -> tuple[int, str, str]:
        monkeypatch.setenv("DESTINATION_PASSWORD", password)
        code = copy_contacts([*files], url, anna.user, dry_run=dry_run, as_json=False)
        return (code, *capsys.readouterr())

    assert run(good, dry_run=True)[:2] == (
        0,
        f"good.vcf -> contacts of {anna.user}: 2 to import, 0 there already, 0 skipped, 0 failed\n",
    )
    code, out, _ = run(good, cut)
    assert code == 1
    assert out.splitlines()[0].endswith("2 imported, 0 there already, 0 skipped, 0 failed")
    assert "  failed: Second: cut off in the file" in out
    assert run(none, good)[0] == 65
    assert run(tmp_path / "missing.vcf")[0] == 65
    code, out, err = run(good, password="wrong-Pass")
    assert (code, out) == (77, "")
    assert anna.user in err
    assert "wrong-Pass" not in err
    assert run(good, url="http://127.0.0.1:9/")[0] == 69
    assert "DESTINATION_PASSWORD" not in os.environ


def test_the_calendar_command_gives_json(
    anna: DavTarget, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One object per file, every item that needs a look with its code."""
    monkeypatch.setenv("DESTINATION_PASSWORD", PASSWORD)
    code = copy_calendar(
        [FIXTURES / "calendars" / "bad-items.ics"], anna.url, anna.user, dry_run=False, as_json=True
    )
    (report,) = json.loads(capsys.readouterr().out)["imports"]

    assert code == 1
    assert (report["kind"], report["imported"]) == ("calendar", 6)
    assert {"name": "No start", "code": "no-start"} in report["failed"]


def test_archives_and_files_for_the_other_command(
    anna: DavTarget, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is known by its content; one for the other command is named with what to do."""
    event = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:%b\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20261201T100000Z\r\nDTEND:20261201T110000Z\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    packed, old, cards = tmp_path / "export.zip", tmp_path / "old.dat", tmp_path / "cards.ics"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("anna/work.ics", event % b"1")
        archive.writestr("anna/home.txt", event % b"2")
        archive.writestr("anna/people.vcf", plain_cards(1))
        archive.writestr("anna/me.png", b"\x89PNG")
    old.write_bytes((event % b"3").replace(b"VERSION:2.0", b"VERSION:1.0"))
    cards.write_bytes(plain_cards(2))
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(packed.read_bytes()[:-20])

    def run(copy: Callable[..., int], *files: Path) -> tuple[int, str]:
        monkeypatch.setenv("DESTINATION_PASSWORD", PASSWORD)
        return copy([*files], anna.url, anna.user), capsys.readouterr().out

    code, said = run(copy_calendar, packed, old)
    assert code == 0
    assert [line.split(": ")[1][:10] for line in said.splitlines() if " -> " in line] == [
        "1 imported",
        "1 imported",
        "0 imported",
        "1 imported",
    ]
    assert "export.zip/anna/work.ics -> " in said
    assert "skipped: people.vcf: holds contacts: give it to `mailferry copy contacts`" in said
    code, said = run(copy_calendar, cards)
    assert code == 65
    assert "failed: cards.ics: holds contacts: give it to `mailferry copy contacts`" in said
    assert run(copy_contacts, cards)[0] == 0
    code, said = run(copy_contacts, packed)
    assert (code, said.count("1 there already")) == (0, 1), "of what cards.ics brought"
    code, said = run(copy_calendar, damaged)
    assert code == 65
    assert "unpack it first" in said


# --- pure


def test_every_code_has_words() -> None:
    """A code nobody explained would stand in a customer's report."""
    folders = (
        "parsers/card30.py",
        "parsers/vcard.py",
        "parsers/repairs.py",
        "parsers/objects.py",
        "parsers/ics.py",
    )
    files = [
        FIXTURES.parent / name
        for name in (
            *folders,
            "parsers/components.py",
            "bot/dav/upload.py",
            "bot/dav/calendars.py",
            "bot/dav/fitobject.py",
        )
    ]
    used = {code for path in files for code in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text())}
    not_codes = {"date-and-or-time", "utf-8", "as-is", "by-name"}

    assert used - not_codes <= set(REASONS)
    assert {one.value for one in (Put.CONFLICT, Put.REFUSED, Put.TOO_BIG)} <= set(REASONS)


@given(
    status=st.integers(100, 599),
    preconditions=st.frozensets(st.sampled_from(["no-uid-conflict", "valid-address-data"])),
)
def test_only_success_counts_as_stored(status: int, preconditions: frozenset[str]) -> None:
    """412 means "exists", "invalid", "UID used" or "too large"; none of them is stored."""
    assert (judge_put(status, preconditions) is Put.STORED) == (200 <= status < 300)


def test_a_report_without_trouble_is_one_line() -> None:
    """The common case is read at a glance."""
    report = ImportReport(kind="contacts", file="a.vcf", target="anna@new.example", imported=3)

    assert render_import([report]) == (
        "a.vcf -> contacts of anna@new.example: 3 imported, 0 there already, 0 skipped, 0 failed\n"
    )


def test_object_names_are_safe_and_stable() -> None:
    """A UID may hold what no path may: / ? # %."""
    assert plan.object_name("a/b c?d#e%f") == plan.object_name("a/b c?d#e%f")
    assert plan.object_name("a/b c?d#e%f").isalnum()

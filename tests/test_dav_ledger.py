"""Imports that are repeated, changed in between, or cut short at any moment: each object once, and the user's work stays."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from bot.dav.client import Collection, DavTarget, open_collection
from bot.dav.compare import digest, uid_of
from bot.dav.contacts import import_cards, preview_cards
from bot.dav.ledger import Entry, Intent, Ledger, account_name
from bot.dav.plan import Stored, Todo, plan_upload
from bot.dav.protocol import Put
from bot.errors import DiskFailed, JournalBroken
from bot.model import ImportReport, ItemNote, Secret
from demo.servers import Radicale
from parsers.vcard import Card, parse_cards

PASSWORD = "dav-Passw0rd"


@pytest.fixture
def anna(radicale: Radicale, unique_address: Callable[[str], str]) -> DavTarget:
    address = unique_address("anna")
    radicale.add_user(address, PASSWORD)
    return DavTarget(url=radicale.url, user=address, auth_user=address, password=Secret(PASSWORD))


@pytest.fixture
def ledger(tmp_path: Path, anna: DavTarget) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite", account_name(anna)) as one:
        yield one


@pytest.fixture
def book(anna: DavTarget) -> Iterator[Collection]:
    with open_collection(anna, "contacts") as one:
        yield one


def card(uid: str, name: str) -> Card:
    data = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nN:{name};;;;\r\nUID:{uid}\r\nEND:VCARD\r\n"
    (one,) = parse_cards(data.encode()).value
    return one


def bring(target: DavTarget, ledger: Ledger, *cards: Card) -> ImportReport:
    return import_cards(target, "a.vcf", cards, (), ledger=ledger)


def put_as_user(book: Collection, uid: str, name: str) -> None:
    """The user edits an entry in a client of their own."""
    (href,) = [href for href, data in book.multiget(book.list()).items() if uid_of(data) == uid]
    put, _ = book.store(href, card(uid, name).data, book.list()[href])
    assert put is Put.STORED


def names(book: Collection) -> set[str]:
    bodies = book.multiget(book.list()).values()
    return {line[3:] for data in bodies for line in data.decode().splitlines() if line.startswith("FN:")}


@pytest.mark.server
def test_what_we_wrote_and_nobody_touched_follows_the_file(
    anna: DavTarget, ledger: Ledger, book: Collection
) -> None:
    """The old account lives on until the switch; its second export is newer than the first."""
    bring(anna, ledger, card("a", "Ann"), card("b", "Bert"))
    newer = (card("a", "Anna"), card("b", "Bert"))
    preview = preview_cards(anna, "a.vcf", newer, (), ledger=ledger)
    report = bring(anna, ledger, *newer)
    again = bring(anna, ledger, *newer)

    assert (preview.imported, preview.updated, preview.same) == (0, 1, 1)
    assert (report.imported, report.updated, report.same) == (0, 1, 1)
    assert (again.imported, again.updated, again.same) == (0, 0, 2)
    assert names(book) == {"Anna", "Bert"}


@pytest.mark.server
def test_what_the_user_touched_is_kept_and_named(anna: DavTarget, ledger: Ledger, book: Collection) -> None:
    """Whether the file has changed or not."""
    bring(anna, ledger, card("a", "Ann"), card("b", "Bert"))
    put_as_user(book, "a", "Ann of mine")
    put_as_user(book, "b", "Bert of mine")
    report = bring(anna, ledger, card("a", "Ann"), card("b", "Bertram"))

    assert (report.imported, report.updated, report.same) == (0, 0, 0)
    assert report.skipped == (ItemNote(name="Ann", code="differs"), ItemNote(name="Bertram", code="differs"))
    assert names(book) == {"Ann of mine", "Bert of mine"}


@pytest.mark.server
def test_what_the_user_deleted_does_not_come_back(anna: DavTarget, ledger: Ledger, book: Collection) -> None:
    """As for mail."""
    bring(anna, ledger, card("a", "Ann"), card("b", "Bert"))
    (href,) = [href for href, data in book.multiget(book.list()).items() if uid_of(data) == "a"]
    assert book.delete(href)
    report = bring(anna, ledger, card("a", "Ann"), card("b", "Bert"))

    assert (report.imported, report.same) == (0, 1)
    assert report.skipped == (ItemNote(name="Ann", code="removed-by-user"),)
    assert names(book) == {"Bert"}


@pytest.mark.server
def test_what_another_client_wrote_is_never_updated(
    anna: DavTarget, ledger: Ledger, book: Collection
) -> None:
    """It is in no ledger of ours."""
    book.store(book.href("theirs"), card("a", "Theirs").data)
    assert bring(anna, ledger, card("a", "Ann")).skipped == (ItemNote(name="Ann", code="differs"),)
    assert bring(anna, ledger, card("a", "Anna")).skipped == (ItemNote(name="Anna", code="differs"),)
    assert names(book) == {"Theirs"}


CRASH = """
import os, sys
from bot.dav import client, ledger
from bot.dav.contacts import import_cards
from bot.dav.target import DavTarget
from bot.model import Secret
from parsers.vcard import parse_cards

stop, file, url, user, data = int(sys.argv[1]), *sys.argv[2:6]
steps = iter(range(10000))

def counted(function):
    def wrapped(*args, **kwargs):
        if next(steps) == stop:
            os._exit(9)
        result = function(*args, **kwargs)
        if next(steps) == stop:
            os._exit(9)
        return result
    return wrapped

client.Collection.store = counted(client.Collection.store)
for name in ("intend", "confirm", "withdraw"):
    setattr(ledger.Ledger, name, counted(getattr(ledger.Ledger, name)))
target = DavTarget(url=url, user=user, auth_user=user, password=Secret("dav-Passw0rd"))
cards = parse_cards(open(data, "rb").read()).value
with ledger.Ledger(ledger.Path(file), ledger.account_name(target)) as one:
    import_cards(target, "a.vcf", cards, (), ledger=one)
"""


# The places of one run: seven writes of the ledger around six PUTs, each before and after; a few of them here.
@pytest.mark.server
@pytest.mark.parametrize(
    ("stops", "updating"),
    [
        ((4, 12), False),
        ((11,), True),
        pytest.param(range(40), False, marks=pytest.mark.long),
        pytest.param(range(40), True, marks=pytest.mark.long),
    ],
)
def test_killed_before_and_after_every_write_there_is_exactly_one_of_each(
    radicale: Radicale,
    unique_address: Callable[[str], str],
    tmp_path: Path,
    stops: Iterable[int],
    *,
    updating: bool,
) -> None:
    """One kill per run at one place of the order of commits; the next run finishes, and one more does nothing."""
    before = tuple(card(uid, f"Old {uid}") for uid in "abcdef")
    after = tuple(card(uid, f"New {uid}") for uid in "abcdef")
    data = tmp_path / "a.vcf"
    data.write_bytes(b"".join(one.data for one in after))
    for stop in stops:
        address = unique_address("crash")
        radicale.add_user(address, PASSWORD)
        target = DavTarget(url=radicale.url, user=address, auth_user=address, password=Secret(PASSWORD))
        file = tmp_path / f"{stop}.sqlite"
        if updating:
            with Ledger(file, account_name(target)) as ledger:
                bring(target, ledger, *before)
        command = [sys.executable, "-c", CRASH, str(stop), str(file), target.url, address, str(data)]
        assert subprocess.run(command, check=False).returncode in {0, 9}
        with Ledger(file, account_name(target)) as ledger, open_collection(target, "contacts") as book:
            report = bring(target, ledger, *after)
            assert report.imported + report.updated + report.same == 6, stop
            assert (report.skipped, report.failed) == ((), ()), stop
            assert sorted(names(book)) == [f"New {uid}" for uid in "abcdef"], stop
            assert len(book.list()) == 6
            assert bring(target, ledger, *after).same == 6
            changed = tuple(card(uid, f"Newer {uid}") for uid in "abcdef")
            assert bring(target, ledger, *changed).updated == 6, stop  # every one is still known to be ours


# --- pure, and the file


def entry(said: bytes | None, etag: str = "1", pending: bytes | None = None) -> Entry:
    return Entry(href="h", digest=said, etag=etag, pending=pending)


ANN, ANNA = card("a", "Ann"), card("a", "Anna")
OLD, NEW, MINE = digest(ANN.data), digest(ANNA.data), b"mine"


@pytest.mark.parametrize(
    ("there", "known", "todo"),
    [
        (None, None, Todo.PUT),
        (None, entry(None, pending=NEW), Todo.PUT),
        (None, entry(NEW), Todo.REMOVED),
        (None, entry(OLD, pending=NEW), Todo.REMOVED),
        (("1", NEW), None, Todo.SAME),
        (("1", OLD), None, Todo.DIFFERS),
        (("1", OLD), entry(OLD), Todo.UPDATE),
        (("2", MINE), entry(OLD), Todo.DIFFERS),
        (("1", MINE), entry(OLD), Todo.UPDATE),  # the server's own words for what we wrote
        (("1", MINE), entry(NEW), Todo.SAME),
        (("2", MINE), entry(NEW), Todo.DIFFERS),
        (("", MINE), entry(OLD, etag=""), Todo.DIFFERS),  # nobody can tell whether it was touched
        (("1", OLD), entry(OLD, pending=NEW), Todo.UPDATE),
        (("2", NEW), entry(OLD, pending=NEW), Todo.SAME),
        (("2", MINE), entry(OLD, pending=NEW), Todo.DIFFERS),
        (("1", MINE), entry(None, pending=NEW), Todo.SAME),
        (("1", MINE), entry(None, pending=OLD), Todo.DIFFERS),
    ],
)
def test_every_case_of_a_second_import(
    there: tuple[str, bytes] | None, known: Entry | None, todo: Todo
) -> None:
    """The whole table: what is there, what the ledger knows, and what is done."""
    stored = {"a": Stored(href="h", etag=there[0], digest=there[1])} if there else {}
    (step,) = plan_upload([ANNA], stored, {"a": known} if known else {})

    assert step.todo is todo


def test_an_object_of_ours_under_another_name_is_not_ours() -> None:
    """Somebody deleted it and made it again."""
    stored = {"a": Stored(href="other", etag="1", digest=OLD)}
    (step,) = plan_upload([ANNA], stored, {"a": entry(OLD)})

    assert step.todo is Todo.DIFFERS


def test_a_ledger_is_of_one_account_and_whole(tmp_path: Path) -> None:
    """What it says decides what is overwritten."""
    file = tmp_path / "ledger.sqlite"
    with Ledger(file, "anna") as ledger:
        ledger.intend("/c/", [Intent(uid="a", href="h", digest=b"1"), Intent(uid="b", href="i", digest=b"2")])
        ledger.confirm("/c/", [("a", "etag")])
        ledger.withdraw("/c/", ["b"])
        ledger.intend("/c/", [Intent(uid="a", href="h", digest=b"3")])
        ledger.withdraw("/c/", ["a"])
    with Ledger(file, "anna") as ledger:
        assert ledger.entries("/c/") == {"a": Entry(href="h", digest=b"1", etag="etag", pending=None)}
        assert ledger.entries("/d/") == {}
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(JournalBroken):
        Ledger(file, "bert")
    file.write_bytes(b"no database" * 100)
    with pytest.raises(JournalBroken):
        Ledger(file, "anna")
    with pytest.raises(DiskFailed):
        Ledger(file / "below", "anna")

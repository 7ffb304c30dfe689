"""The same passes between servers of other makers: Dovecot, Cyrus and Courier, each way round.

Each has habits of its own. Cyrus refuses messages and folder names that Dovecot takes; Courier knows no MULTIAPPEND,
LITERAL+, ESEARCH, CONDSTORE or special use, and tells no UIDNEXT on SELECT.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count as count_up
from pathlib import Path
from typing import Any, Final

import pytest

from bot.errors import DestinationFull, DestinationUnreachable
from bot.mail import plan
from bot.mail.account import open_account
from bot.mail.copy import run_pass
from bot.mail.names import decode_name, encode_name
from bot.mail.patience import Patience
from bot.mail.wire import Parcel
from bot.model import Endpoint, Login, PassOptions, PassReport, Secret
from demo.servers import Authority, Dovecot
from tests.contract.test_mail_pass import Crash, bodies, crash_before_write, renumber
from tests.courier import Courier
from tests.imaptools import PASSWORD, fill, mail, new_user, plain_login, proxy, snapshot
from tests.servers import Cyrus, missing

pytestmark = pytest.mark.server

Running = Dovecot | Cyrus | Courier
ADMIN = ("cyrus", "4dmin-Secret")


@dataclass(frozen=True)
class Kind:
    """A server and how its folders are named."""

    server: Running
    prefix: bytes
    separator: bytes

    def raw(self, *path: str) -> bytes:
        """Return a folder's raw name."""
        return self.prefix + self.separator.join(map(encode_name, path))

    def path(self, name: str) -> str:
        """Return a folder's name as people know it, without prefix, with "/" between its parts."""
        return name.removeprefix(self.prefix.decode()).replace(self.separator.decode(), "/")


@pytest.fixture(scope="module")
def cyrus(base: Path, authority: Authority) -> Iterator[Cyrus]:
    """As a new installation has it: folders beside INBOX, "/"."""
    _need("cyrus")
    with Cyrus(base / "cy", authority, admin=ADMIN) as server:
        yield server


@pytest.fixture(scope="module")
def old_cyrus(base: Path, authority: Authority) -> Iterator[Cyrus]:
    """As an old one has it: folders below "INBOX.", no special use, 8-bit headers refused."""
    _need("cyrus")
    with Cyrus(
        base / "oc", authority, altnamespace=False, unixhierarchysep=False, special={}, strict=True
    ) as server:
        yield server


@pytest.fixture(scope="module")
def small_cyrus(base: Path, authority: Authority) -> Iterator[Cyrus]:
    """With a quota of 1 MB."""
    _need("cyrus")
    with Cyrus(base / "sc", authority, quota_kb=1000) as server:
        yield server


@pytest.fixture(scope="module")
def courier(base: Path, authority: Authority) -> Iterator[Courier]:
    """Courier as Debian ships it."""
    _need("courier")
    with Courier(base / "co", authority) as server:
        yield server


def _need(name: str) -> None:
    if why := missing(name):
        pytest.skip(why)


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> Callable[[str], Kind]:
    """Return a server by the name of its fixture; only those that are asked for are started."""
    named = {"new_dovecot": (b"", b"/"), "cyrus": (b"", b"/")}

    def find(name: str) -> Kind:
        return Kind(request.getfixturevalue(name), *named.get(name, (b"INBOX.", b".")))

    return find


@pytest.fixture
def make_pair(
    kind: Callable[[str], Kind], unique_address: Callable[[str], str]
) -> Callable[[str, str], "Pair"]:
    """Return a maker of a source and a destination account."""

    def make(source: str, destination: str) -> Pair:
        here, there = kind(source), kind(destination)
        address = unique_address("second")
        return Pair(here, there, new_user(here.server, address), new_user(there.server, address))

    return make


@dataclass(frozen=True)
class Pair:
    """A new account at either side."""

    here: Kind
    there: Kind
    source: Login
    destination: Login

    def copy(self, journal: Path, **options: Any) -> PassReport:
        """Run a pass on one connection to either side, unless more are asked for: a login costs more than these mails."""
        chosen = PassOptions(**{"connections": 1, **options})
        return run_pass(self.source, self.destination, journal, policy=None, options=chosen)

    def by_path(self, kind: Kind, account: Login) -> dict[str, Any]:
        """Return the snapshot with folders by their path, whatever the server's separator and prefix."""
        return {kind.path(decode_name(name.encode())): held for name, held in snapshot(account).items()}

    @property
    def sent(self) -> dict[str, Any]:
        return self.by_path(self.here, self.source)

    @property
    def arrived(self) -> dict[str, Any]:
        return self.by_path(self.there, self.destination)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


PAIRS: Final = [
    ("old_dovecot", "cyrus"),
    ("cyrus", "new_dovecot"),
    ("courier", "new_dovecot"),
    ("new_dovecot", "courier"),
    ("old_cyrus", "new_dovecot"),
    ("courier", "cyrus"),
    ("cyrus", "old_cyrus"),
]
pairs = pytest.mark.parametrize("names", PAIRS, ids="-to-".join)
some_pairs = pytest.mark.parametrize(
    "names",
    [pair if pair in PAIRS[:4] else pytest.param(pair, marks=pytest.mark.long) for pair in PAIRS],
    ids="-to-".join,
)
DESTINATIONS: Final = [("old_dovecot", "cyrus"), ("new_dovecot", "courier")]
destinations = pytest.mark.parametrize("names", DESTINATIONS, ids="-to-".join)

# What all three keep to the byte. Not the epoch (Cyrus and Courier: the day of arrival) and not the future (Dovecot 2.3).
SOUND: Final = (
    mail(1, flags=["\\Seen", "\\Flagged", "$Forwarded", "work"]),
    mail(2, flags=["\\Draft", "\\Answered", "\\Deleted"], date=b"01-Jan-1970 00:00:01 +0000"),
    mail(2, flags=["\\Seen"], date=b"29-Feb-2024 23:59:59 -0330"),
    mail(2, body=b"same headers, another body"),
    mail(2, flags=["\\Draft", "\\Answered", "\\Deleted"], date=b"01-Jan-1970 00:00:01 +0000"),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: no id\r\n\r\na draft\r\n"),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: no id\r\n\r\na draft\r\n"),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: 8-bit body\r\n\r\n\xe4\xf6\xfc \xff\r\n"),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: long\r\n\r\n" + b"x" * 20_000 + b"\r\n"),
    Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: lines\r\n\r\n" + b"* BYE {9}\r\n" * 99),
)


@pairs
def test_every_message_arrives_with_its_bytes_flags_keywords_and_date(
    make_pair: Callable[..., Pair], names: tuple[str, str], journal: Path
) -> None:
    """Whoever made the servers; and a second pass finds nothing to do."""
    pair = make_pair(*names)
    fill(pair.source, b"INBOX", SOUND)
    fill(pair.source, pair.here.raw("Work"), SOUND[:1])
    fill(pair.source, pair.here.raw("Work", "2020"), SOUND[:4])
    before = pair.sent

    report = pair.copy(journal, verify="full", connections=4)
    again = pair.copy(journal)

    assert (report.verified, report.copied, report.skipped, report.renamed) == (True, len(SOUND) + 5, (), ())
    assert pair.arrived == before == pair.sent
    assert (again.verified, again.copied, again.present) == (True, 0, len(SOUND) + 5)


@some_pairs
def test_a_delta_pass_brings_what_is_new_and_the_flags_that_changed(
    make_pair: Callable[..., Pair], names: tuple[str, str], journal: Path
) -> None:
    """With MODSEQ at Dovecot and Cyrus, without it at Courier."""
    pair = make_pair(*names)
    fill(pair.source, b"INBOX", [mail(number, flags=["\\Flagged"]) for number in range(20)])
    pair.copy(journal)
    fill(pair.source, b"INBOX", [mail(number) for number in range(100, 103)])
    with open_account(pair.source, "destination") as here:
        here.select(b"INBOX")
        here.store([3], "+", ["\\Seen", "work"])
        here.store([4], "-", ["\\Flagged"])

    report = pair.copy(journal)

    assert (report.verified, report.copied) == (True, 3)
    assert sum(folder.flags_changed for folder in report.folders) == 2
    assert pair.arrived == pair.sent


@some_pairs
def test_what_the_user_did_at_the_destination_stays(
    make_pair: Callable[..., Pair], names: tuple[str, str], journal: Path
) -> None:
    """Moved and deleted mail does not come back; flags of both sides meet."""
    pair = make_pair(*names)
    fill(pair.source, b"INBOX", [mail(number, flags=["\\Flagged"]) for number in range(5)])
    pair.copy(journal)
    kept = pair.there.raw("Kept")
    with open_account(pair.destination, "destination") as there:
        there.create(kept)
        there.select(b"INBOX")
        there._wire.call(b"UID COPY 1 ", kept)
        there.store([1, 2], "+", ["\\Deleted"])
        there._wire.call(b"UID EXPUNGE 1:2")
        there.store([3], "-", ["\\Flagged"])
        there.store([4], "+", ["\\Seen"])
    with open_account(pair.source, "destination") as here:
        here.select(b"INBOX")
        here.store([4], "+", ["\\Answered"])

    report = pair.copy(journal)

    flags = {body: flags for body, flags, _ in snapshot(pair.destination)["INBOX"]}
    assert (report.verified, report.copied) == (True, 0)
    assert sum(folder.removed for folder in report.folders) == 2
    assert [set(flags[bytes(mail(number).body)]) for number in (2, 3, 4)] == [  # type: ignore[arg-type]
        set(),
        {"\\Flagged", "\\Seen", "\\Answered"},
        {"\\Flagged"},
    ]
    assert bodies(pair.destination) == bodies(pair.source) - Counter([bytes(mail(1).body)])  # type: ignore[arg-type]


@some_pairs
def test_a_destination_that_already_holds_part_of_it_gets_the_rest(
    make_pair: Callable[..., Pair], names: tuple[str, str], journal: Path
) -> None:
    """Another tool ran before, or the journal is lost: twins are counted, the user's own mail is left alone."""
    pair = make_pair(*names)
    fill(pair.source, b"INBOX", SOUND)
    own = mail(999)
    fill(pair.destination, b"INBOX", [own, *SOUND[:2], SOUND[5], SOUND[8]])

    report = pair.copy(journal)

    assert (report.verified, report.copied) == (True, len(SOUND) - 4)
    assert bodies(pair.destination) == bodies(pair.source) + Counter([bytes(own.body)])  # type: ignore[arg-type]
    journal.unlink()
    assert pair.copy(journal).copied == 0


# ── folders ───────────────────────────────────────────────────────────────────────────────────────────────────────

ODD_NAMES: Final = (
    "Wichtig!",
    "R&D",
    "a;b",
    "a^b",
    "a`b",
    "<x>",
    "50%",
    "st*r",
    "Ümläute",
    "日本",
    "  blanks  ",
    "#hash",
    'quo"te',
    "back\\slash",
    "{brace}",
    "pipe|",
    "user",
    "Other Users",
    "Shared Folders",
    "x" * 100,
)


@pytest.mark.parametrize("names", [PAIRS[0], PAIRS[1], PAIRS[3]], ids="-to-".join)
def test_folders_with_odd_names_arrive_each_by_itself(
    make_pair: Callable[..., Pair], names: tuple[str, str], journal: Path
) -> None:
    """Cyrus takes few characters: what it refuses gets another name, which is told, and no two folders become one."""
    pair = make_pair(*names)
    made = []
    for number, name in enumerate(ODD_NAMES):
        try:
            fill(pair.source, pair.here.raw(name), [mail(number)])
        except AssertionError:
            continue  # no such folder can be at this server
        made.append(number)

    report = pair.copy(journal)

    renamed = {pair.here.path(old): pair.there.path(new) for old, new in report.renamed}
    expected = {renamed.get(ODD_NAMES[number], ODD_NAMES[number]): number for number in made}
    found = {path: [body for body, _, _ in held] for path, held in pair.arrived.items()}
    assert len(made) >= 9
    assert (report.verified, report.folders_skipped) == (True, ())
    assert found == {path: [mail(number).body] for path, number in expected.items()}
    assert pair.copy(journal).copied == 0


@some_pairs
def test_empty_folders_and_subscriptions_are_carried_over(
    make_pair: Callable[..., Pair], names: tuple[str, str], journal: Path
) -> None:
    """LIST-EXTENDED at Dovecot and Cyrus, LSUB at Courier."""
    pair = make_pair(*names)
    fill(pair.source, pair.here.raw("Empty"), [])
    with open_account(pair.source, "source") as here:
        here.create(pair.here.raw("Unsubscribed"))

    pair.copy(journal)

    with open_account(pair.destination, "destination") as there:
        found = {listed.name: listed.subscribed for listed in there.folders()}
    assert found[pair.there.raw("Empty")]
    assert not found[pair.there.raw("Unsubscribed")]


def test_special_uses_of_cyrus_are_those_of_dovecot(make_pair: Callable[..., Pair], tmp_path: Path) -> None:
    """Its attributes come in lower case; Spam is Junk, there and back."""
    there, back = make_pair("old_dovecot", "cyrus"), make_pair("cyrus", "new_dovecot")
    fill(there.source, b"INBOX.Sent Items", SOUND[:1])
    fill(there.source, b"INBOX.Deleted Items", SOUND[:2])
    fill(there.source, b"INBOX.Entw&APw-rfe", SOUND[:3])
    for name in (b"Sent", b"Trash", b"Drafts", b"Spam"):
        fill(back.source, name, SOUND[:1])

    there.copy(tmp_path / "there")
    back.copy(tmp_path / "back")

    assert {path: held.total() for path, held in there.arrived.items()} == {
        "Sent": 1,
        "Trash": 2,
        "Drafts": 3,
    }
    assert sorted(back.arrived) == ["Drafts", "Junk", "Sent", "Trash"]


def test_other_peoples_folders_at_cyrus_are_named_and_left_alone(
    make_pair: Callable[..., Pair], kind: Callable[[str], Kind], journal: Path
) -> None:
    """A colleague's folders appear in LIST as soon as she shares them."""
    pair = make_pair("cyrus", "new_dovecot")
    colleague = make_pair("cyrus", "new_dovecot").source
    fill(colleague, b"Team", SOUND[:2])
    with open_account(colleague, "destination") as hers:
        hers._wire.call(b"SETACL Team ", pair.source.user.encode(), b" lrs")
    fill(pair.source, b"INBOX", SOUND[:1])

    report = pair.copy(journal)

    assert (report.verified, report.copied) == (True, 1)
    assert [reason for name, reason in report.folders_skipped if "Team" in name] == ["shared"]


# ── crashes and lost answers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.long)])
@destinations
def test_a_crash_before_a_journal_write_loses_nothing_and_doubles_nothing(
    make_pair: Callable[..., Pair],
    names: tuple[str, str],
    step: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After APPEND and before it is noted, with MULTIAPPEND and message by message: every write, or every seventh."""
    monkeypatch.setattr(plan.cut_batches, "__kwdefaults__", {"batch_bytes": 1 << 20, "batch_messages": 3})
    source = make_pair(*names).source
    fill(source, b"INBOX", SOUND)
    expected = bodies(source)
    for number in count_up(1, step):
        fresh = make_pair(*names)
        pair = Pair(fresh.here, fresh.there, source, fresh.destination)
        journal = tmp_path / f"journal{number}"
        try:
            with crash_before_write(monkeypatch, number):
                pair.copy(journal)
        except Crash:
            report = pair.copy(journal)
            assert report.verified, number
            assert bodies(pair.destination) == expected, number
            assert pair.copy(journal).copied == 0, number
        else:
            assert number > 8
            return


@destinations
def test_an_answer_lost_after_the_server_stored_the_batch_doubles_nothing(
    make_pair: Callable[..., Pair], names: tuple[str, str], journal: Path
) -> None:
    """What is there is found again by size and digest, also where SELECT tells no UIDNEXT to look from."""
    pair = make_pair(*names)
    fill(pair.source, b"INBOX", SOUND)
    with proxy(pair.there.server.port) as played:
        played.pass_on = lambda data: None if b"APPENDUID" in data else data
        there = plain_login(played.port, pair.destination.user)
        with pytest.raises(DestinationUnreachable):
            run_pass(pair.source, there, journal, policy=None, patience=Patience(broken=()))

    report = pair.copy(journal)

    assert report.verified
    assert bodies(pair.destination) == bodies(pair.source)
    assert pair.copy(journal).copied == 0


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────────────────────

# What Cyrus refuses, as an old server may hold it. "~" stands for what Dovecot would not store as it is; see `spoil`.
REFUSED: Final = {
    "NUL": b"Subject: NUL\r\n\r\nhere ~ it is\r\n",
    "bare LF": b"Subject: bare LF\r\n\r\nhere ^ it is\r\n",
    "no header": b"only a body, no header\r\n",
    "odd header": b"Subject: odd header\r\nno colon here\r\n\r\ntext\r\n",
    "8-bit header": b"Subject: 8-bit header \xe4\r\n\r\ntext\r\n",
}


def spoil(data: bytes) -> bytes:
    """Make of Dovecot's answers what a server says that stores anything."""
    return data.replace(b"here ~ it", b"here \0 it").replace(b"here ^ it", b"here \n it")


def test_every_message_that_cyrus_refuses_is_named_and_the_others_arrive(
    make_pair: Callable[..., Pair], journal: Path
) -> None:
    """Five bad ones in a MULTIAPPEND of thirty, found by halving; Cyrus gives no response code."""
    pair = make_pair("old_dovecot", "old_cyrus")
    good = [mail(number % 7) for number in range(25)]
    bad = [Parcel((), b"05-May-2005 05:05:05 +0000", body) for body in REFUSED.values()]
    mixed = [one for index in range(5) for one in (*good[index * 5 : index * 5 + 5], bad[index])]
    fill(pair.source, b"INBOX", mixed)
    with proxy(pair.here.server.port) as played:
        played.pass_on = spoil
        source = plain_login(played.port, pair.source.user)
        spoiled = Pair(pair.here, pair.there, source, pair.destination)
        first, second = spoiled.copy(journal), spoiled.copy(journal)

    for report in (first, second):
        assert [(one.uid, one.code) for one in report.skipped] == [
            (uid, "rejected") for uid in (6, 12, 18, 24, 30)
        ]
        assert [one.subject for one in report.skipped] == [
            "NUL",
            "bare LF",
            "",
            "odd header",
            "8-bit header �",
        ]
        assert report.verified
    assert (first.copied, second.copied) == (25, 0)
    assert bodies(pair.destination) == Counter(bytes(one.body) for one in good)  # type: ignore[arg-type]


@destinations
def test_a_message_from_before_1970_arrives(
    make_pair: Callable[..., Pair], names: tuple[str, str], journal: Path
) -> None:
    """Both refuse such a date, and the message with it: its Date header is the next best."""
    pair = make_pair(*names)
    fill(pair.source, b"INBOX", [mail(1, date=b"11-Nov-2011 11:11:11 +0000"), mail(2)])
    with proxy(pair.here.server.port) as played:
        played.pass_on = lambda data: data.replace(b"11-Nov-2011", b"11-Nov-1911")
        old = Pair(pair.here, pair.there, plain_login(played.port, pair.source.user), pair.destination)
        report = old.copy(journal)

    assert (report.verified, report.copied, report.skipped) == (True, 2, ())
    assert {date for _, _, date in pair.arrived["INBOX"]} == {"2003-01-31 21:05:06+00:00"}


def test_a_message_that_the_destination_changed_is_named(
    make_pair: Callable[..., Pair], journal: Path
) -> None:
    """Cyrus says OK and writes X for each 8-bit character of a header, Courier drops a bare CR: OK is no proof."""
    for names, text in (
        (DESTINATIONS[0], b"Subject: \xe4\r\n\r\na\r\n"),
        (DESTINATIONS[1], b"Subject: cr\r\n\r\n\r a\r\n"),
    ):
        pair = make_pair(*names)
        fill(pair.source, b"INBOX", [mail(1), Parcel((), None, text), mail(2)])

        report = pair.copy(journal.with_name(names[1]), verify="full")

        assert [(one.uid, one.code) for one in report.skipped] == [(2, "altered")]
        assert bodies(pair.destination).total() == 3


@pytest.mark.parametrize("name", ["cyrus", "courier"])
def test_a_destination_that_fills_up_stops_the_pass_and_what_fitted_is_there_once(
    make_pair: Callable[..., Pair],
    courier: Courier,
    small_cyrus: Cyrus,
    name: str,
    journal: Path,
) -> None:
    """Both say so in words only: "NO Over quota", and "NO [ALERT] You exceeded your mail quota." for each message."""
    pair = make_pair("new_dovecot", "courier")
    fill(pair.source, b"INBOX", [mail(number, body=b"x" * 100_000) for number in range(15)])
    server: Running = {"cyrus": small_cyrus, "courier": courier}[name]
    small = new_user(server, pair.destination.user)
    courier.limit(small.user, size_bytes=1_000_000)
    with proxy(server.port) as played:
        played.pass_on = lambda data: data.replace(b" QUOTA", b" QUOTO")  # it does not tell beforehand
        for _ in range(2):
            with pytest.raises(DestinationFull):
                run_pass(pair.source, plain_login(played.port, small.user), journal, policy=None)
    stored = bodies(small)
    assert 5 <= stored.total() < 15
    assert set(stored.values()) == {1}


# ── new UIDs ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_new_uids_at_cyrus_double_nothing_and_hide_nothing(
    make_pair: Callable[..., Pair], tmp_path: Path
) -> None:
    """A folder deleted and made again there, as source and as destination."""
    here, there = make_pair("cyrus", "new_dovecot"), make_pair("new_dovecot", "cyrus")
    own = mail(777, flags=["\\Flagged"])
    for pair in (here, there):
        fill(pair.source, b"Work", SOUND)
        pair.copy(tmp_path / pair.source.user)
    renumber(here.source, b"Work", own)
    renumber(there.destination, b"Work", own)

    as_source, as_destination = (
        here.copy(tmp_path / here.source.user),
        there.copy(tmp_path / there.source.user),
    )

    assert (as_source.verified, as_source.copied) == (True, 1)
    assert here.arrived["Work"] == here.sent["Work"]
    assert (as_destination.verified, as_destination.copied) == (True, 0)
    fill(there.source, b"Work", [own])
    assert there.arrived["Work"] == there.sent["Work"]


def test_a_folder_nobody_ever_opened_at_courier_is_copied_once(
    courier: Courier, make_pair: Callable[..., Pair], journal: Path
) -> None:
    """People with POP3: each EXAMINE of it tells another UIDVALIDITY, until somebody may write it down by SELECT.

    What the user deleted at the destination meanwhile does not come back.
    """
    pair = make_pair("courier", "new_dovecot")
    for number in range(5):
        text = b"Subject: raw %d\n\nas it lies\non disk\n" % (number % 4)  # two are twins
        courier.deliver(pair.source.user, "Lists", f"104404710{number}.M{number}.host", text)
    first = pair.copy(journal)
    generation = _generation(pair.source, b"INBOX.Lists")
    with open_account(pair.destination, "destination") as there:
        there.select(b"Lists")
        there.store([2], "+", ["\\Deleted"])
        there._wire.call(b"UID EXPUNGE 2")
    time.sleep(1.1)  # it is the time in seconds

    second = pair.copy(journal)

    assert _generation(pair.source, b"INBOX.Lists") != generation
    assert (first.verified, first.copied) == (True, 5)
    assert (second.verified, second.copied, sum(one.removed for one in second.folders)) == (True, 0, 1)
    assert pair.arrived["Lists"].total() == 4
    assert pair.arrived["Lists"] <= pair.sent["Lists"]


def _generation(account: Login, folder: bytes) -> int:
    with open_account(account, "source") as here:
        return here.select(folder, readonly=True).uidvalidity


# ── logins ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "security"),
    [("cyrus", "tls"), ("cyrus", "starttls"), ("cyrus", "plain"), ("courier", "tls"), ("courier", "plain")],
)
def test_any_password_opens_the_account_over_any_connection(
    kind: Callable[[str], Kind], unique_address: Callable[[str], str], name: str, security: Any
) -> None:
    """Quotes, backslash, umlauts, braces; Courier has no SASL-IR."""
    server = kind(name).server
    user = new_user(server, unique_address("pw")).user
    endpoint = Endpoint(
        host="localhost", port=server.tls_port if security == "tls" else server.port, security=security
    )
    with open_account(Login(endpoint=endpoint, user=user, password=Secret(PASSWORD)), "source") as account:
        assert account.select(b"INBOX").messages == 0


def test_an_administrator_opens_accounts_at_cyrus(
    cyrus: Cyrus, make_pair: Callable[..., Pair], journal: Path
) -> None:
    """SASL PLAIN with authzid, as the host's own way into new accounts."""
    pair = make_pair("old_dovecot", "cyrus")
    fill(pair.source, b"INBOX", SOUND[:2])
    endpoint = Endpoint(host="localhost", port=cyrus.tls_port)
    admin = Login(
        endpoint=endpoint, user=ADMIN[0], password=Secret(ADMIN[1]), authorize_as=pair.destination.user
    )

    report = run_pass(pair.source, admin, journal, policy=None)

    assert report.verified
    assert pair.arrived == pair.sent

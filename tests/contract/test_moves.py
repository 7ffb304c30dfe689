"""What the user moved at the old provider between two passes, and what became of our copy meanwhile."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count as count_up
from pathlib import Path
from typing import Any

import pytest

from bot.mail.account import open_account
from bot.mail.copy import run_pass
from bot.mail.journal import Journal
from bot.mail.wire import Parcel
from bot.model import Login, PassOptions, PassReport
from demo.servers import Dovecot
from tests.imaptools import fill, mail, new_user, plain_login, proxy, snapshot

pytestmark = pytest.mark.server

Accounts = tuple[Login, Login]
NO_TRASH = PassOptions(skip_roles=("trash",))


@pytest.fixture
def accounts(old_dovecot: Dovecot, new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Accounts:
    address = unique_address("moves")
    return new_user(old_dovecot, address), new_user(new_dovecot, address)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def copy(accounts: Accounts, journal: Path, options: PassOptions = PassOptions()) -> PassReport:  # noqa: B008
    return run_pass(*accounts, journal, policy=None, options=options)


def said(account: Login, *commands: bytes, folder: bytes = b"INBOX") -> None:
    """What a user's mail program says in a folder."""
    with open_account(account, "destination") as there:
        there.select(folder)
        for command in commands:
            there._wire.call(command)


def bodies(account: Login) -> dict[str, Counter[bytes]]:
    return {
        name: Counter(body for body, _, _ in folder.elements()) for name, folder in snapshot(account).items()
    }


def in_all(account: Login) -> Counter[bytes]:
    return sum(bodies(account).values(), Counter())


def follows(accounts: Accounts, journal: Path, report: PassReport, *, moved: int, copied: int = 0) -> None:
    """Every message is where it is at the source, none twice; and one more pass has nothing to do."""
    here, there = bodies(accounts[0]), bodies(accounts[1])
    assert {name.removeprefix("INBOX.").replace(".", "/"): one for name, one in here.items()} == there
    assert (sum(one.moved for one in report.folders), report.copied, report.verified) == (moved, copied, True)
    again = copy(accounts, journal)
    assert (again.copied, sum(one.moved for one in again.folders), again.verified) == (0, 0, True)
    assert bodies(accounts[1]) == there


MAILS = [mail(number) for number in range(1, 9)]


def arrange(accounts: Accounts, journal: Path, *folders: bytes) -> None:
    """Eight messages in INBOX, and folders; the first pass is done."""
    fill(accounts[0], b"INBOX", MAILS)
    for folder in folders:
        fill(accounts[0], folder, [])
    copy(accounts, journal)


def test_a_message_that_was_moved_is_moved_and_not_doubled(accounts: Accounts, journal: Path) -> None:
    """Case 38. New mail came at the same time, so that the numbers of messages hint at nothing."""
    arrange(accounts, journal, b"INBOX.Work")
    said(accounts[0], b"UID MOVE 3 INBOX.Work")
    fill(accounts[0], b"INBOX", [mail(99)])

    report = copy(accounts, journal)

    follows(accounts, journal, report, moved=1, copied=1)
    assert {one.source: one.moved for one in report.folders if one.moved} == {"INBOX.Work": 1}
    assert next(one for one in report.folders if one.source == "INBOX.Work").matched == 0


def test_many_are_moved_at_once_and_no_body_is_sent(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path
) -> None:
    """Somebody tidied up: nothing of it goes over the line to the destination."""
    arrange(accounts, journal, b"INBOX.Work", b"INBOX.Home")
    said(accounts[0], b"UID MOVE 1:3,7 INBOX.Work", b"UID MOVE 4:5 INBOX.Home")
    with proxy(new_dovecot.port) as there:
        report = copy((accounts[0], plain_login(there.port, accounts[1].user)), journal)

    assert not [one for one in there.commands if b"APPEND" in one]
    assert len([one for one in there.commands if b"UID MOVE" in one]) == 2
    follows(accounts, journal, report, moved=6)


def test_of_twins_one_is_moved(accounts: Accounts, journal: Path) -> None:
    """Which one is all the same; two stay two."""
    twin = mail(50)
    fill(accounts[0], b"INBOX", [twin, twin, mail(51)])
    fill(accounts[0], b"INBOX.Work", [])
    copy(accounts, journal)
    said(accounts[0], b"UID MOVE 2 INBOX.Work")

    follows(accounts, journal, copy(accounts, journal), moved=1)


def test_twins_that_changed_places_and_one_moved_out_and_back(accounts: Accounts, journal: Path) -> None:
    """New UIDs, nothing to do: the copies are in the right folders already."""
    twin = mail(50)
    fill(accounts[0], b"INBOX", [twin, mail(1), mail(2)])
    fill(accounts[0], b"INBOX.Work", [twin])
    copy(accounts, journal)
    said(accounts[0], b"UID MOVE 1:2 INBOX.Work")
    said(accounts[0], b"UID MOVE 1,3 INBOX", folder=b"INBOX.Work")

    follows(accounts, journal, copy(accounts, journal), moved=0)


def test_flags_changed_on_the_way_arrive_and_those_of_the_user_stay(
    accounts: Accounts, journal: Path
) -> None:
    """A copy that the user has read meanwhile still follows; the base of the three-way merge goes with it."""
    arrange(accounts, journal, b"INBOX.Work")
    said(accounts[1], b"UID STORE 3 +FLAGS.SILENT (\\Seen mine)", b"UID STORE 4 -FLAGS.SILENT (\\Flagged)")
    said(accounts[0], b"UID STORE 3 +FLAGS.SILENT (\\Answered)", b"UID MOVE 3 INBOX.Work")

    report = copy(accounts, journal)

    follows(accounts, journal, report, moved=1)
    ((_, flags, _),) = snapshot(accounts[1])["Work"]
    assert flags == {"\\Seen", "\\Answered", "mine"}


def test_a_renamed_folder_moves_as_a_whole_and_the_empty_one_stays(accounts: Accounts, journal: Path) -> None:
    """RENAME gives no new messages a server would tell of, only a folder less and a folder more."""
    fill(accounts[0], b"INBOX.Old", MAILS)
    copy(accounts, journal)
    said(accounts[0], b"RENAME INBOX.Old INBOX.New")

    report = copy(accounts, journal)

    follows(accounts, journal, report, moved=len(MAILS))
    with open_account(accounts[1], "destination") as there:
        assert there.select(b"Old").messages == 0


def test_a_renamed_parent_takes_its_children_along(accounts: Accounts, journal: Path) -> None:
    """RENAME renames what is below, too (RFC 9051 section 6.3.6). The same mail in two of them stays in two."""
    for folder, mails in ((b"INBOX.A", MAILS[:2]), (b"INBOX.A.B", MAILS[1:3]), (b"INBOX.A.B.C", MAILS[3:])):
        fill(accounts[0], folder, mails)
    copy(accounts, journal)
    said(accounts[0], b"RENAME INBOX.A INBOX.Z")

    follows(accounts, journal, copy(accounts, journal), moved=9)


def test_a_folder_of_which_only_the_name_is_left_is_gone(accounts: Accounts, journal: Path) -> None:
    """Emptied into another one and deleted, it stays listed as \\Noselect for what is below it."""
    fill(accounts[0], b"INBOX.A", MAILS[:3])
    fill(accounts[0], b"INBOX.A.B", MAILS[3:5])
    fill(accounts[0], b"INBOX.Z", [])
    copy(accounts, journal)
    said(accounts[0], b"UID MOVE 1:3 INBOX.Z", folder=b"INBOX.A")
    said(accounts[0], b"DELETE INBOX.A")

    follows(accounts, journal, copy(accounts, journal), moved=3)


def test_a_folder_that_is_gone_is_looked_for_once(
    accounts: Accounts, old_dovecot: Dovecot, journal: Path
) -> None:
    """Deleted at the source, it is gone for good; later passes cost what they cost before. Its copies stay."""
    fill(accounts[0], b"INBOX.Old", MAILS)
    arrange(accounts, journal)
    said(accounts[0], b"DELETE INBOX.Old")
    fill(accounts[0], b"INBOX", [mail(90)])
    copy(accounts, journal)
    fill(accounts[0], b"INBOX", [mail(91)])
    with proxy(old_dovecot.port) as here:
        report = copy((plain_login(here.port, accounts[0].user), accounts[1]), journal)

    assert len([one for one in here.commands if b"EXAMINE" in one]) == 1
    assert (report.copied, report.verified) == (1, True)
    assert bodies(accounts[1])["Old"] == Counter(bytes(one.body) for one in MAILS)  # type: ignore[arg-type]


@pytest.mark.parametrize("did", [b"UID MOVE 3 Mine", b"UID STORE 3 +FLAGS.SILENT (\\Deleted)"])
def test_what_the_user_moved_or_deleted_there_stays_so(accounts: Accounts, journal: Path, did: bytes) -> None:
    """Its message was moved at the source meanwhile: it does not come back in another folder."""
    arrange(accounts, journal, b"INBOX.Work")
    with open_account(accounts[1], "destination") as there:
        there.create(b"Mine")
    said(accounts[1], did, *([b"EXPUNGE"] if b"Deleted" in did else []))
    said(accounts[0], b"UID MOVE 3 INBOX.Work")
    before = bodies(accounts[1])

    report = copy(accounts, journal)

    assert bodies(accounts[1]) == before
    assert (report.copied, report.verified) == (0, True)
    assert {one.source: (one.moved, one.removed) for one in report.folders if one.messages} == {
        "INBOX": (0, 0),
        "INBOX.Work": (0, 1),
    }
    assert copy(accounts, journal).copied == 0


def test_a_copy_the_user_deleted_while_its_message_stays_is_another_matter(
    accounts: Accounts, journal: Path
) -> None:
    """Only messages that are gone at the source are looked for: a twin that comes is new mail."""
    arrange(accounts, journal, b"INBOX.Work")
    said(accounts[1], b"UID STORE 3 +FLAGS.SILENT (\\Deleted)", b"EXPUNGE")
    said(accounts[0], b"UID COPY 3:4 INBOX.Work")

    report = copy(accounts, journal)

    assert report.copied == 2
    assert bodies(accounts[1])["Work"] == Counter(bytes(one.body) for one in MAILS[2:4])  # type: ignore[arg-type]


def test_without_move_at_the_destination_it_is_copied_and_the_report_says_so(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path
) -> None:
    """Never COPY and EXPUNGE: nothing is deleted, so the earlier copy stays where it is."""
    arrange(accounts, journal, b"INBOX.Work")
    said(accounts[0], b"UID MOVE 3:4 INBOX.Work")
    with proxy(new_dovecot.port) as there:
        there.pass_on = lambda data: data.replace(b" MOVE", b" XOVE")
        report = copy((accounts[0], plain_login(there.port, accounts[1].user)), journal)

    work = next(one for one in report.folders if one.source == "INBOX.Work")
    assert (work.moved, work.unmoved, work.copied, report.verified) == (0, 2, 2, True)
    assert in_all(accounts[1]) == in_all(accounts[0]) + Counter(bytes(one.body) for one in MAILS[2:4])  # type: ignore[arg-type]
    assert copy(accounts, journal).copied == 0


@pytest.mark.parametrize("refused", [True, False])
def test_a_move_that_is_refused_or_tells_no_uids(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path, refused: bool
) -> None:
    """Refused: copied like anything else. Without COPYUID the copies are found by their bytes."""
    arrange(accounts, journal, b"INBOX.Work")
    said(accounts[0], b"UID MOVE 3:4 INBOX.Work")
    with proxy(new_dovecot.port) as there:
        there.pass_on = lambda data: data.replace(b"[COPYUID", b"[X-COPYY")
        if refused:
            there.answer = lambda one: one.split()[0] + b" NO no\r\n" if b"UID MOVE" in one else None
        report = copy((accounts[0], plain_login(there.port, accounts[1].user)), journal)

    work = next(one for one in report.folders if one.source == "INBOX.Work")
    assert (work.moved, work.unmoved, work.copied) == ((0, 2, 2) if refused else (2, 0, 0))
    if not refused:
        follows(accounts, journal, report, moved=2)


def test_moved_out_of_a_folder_that_is_not_copied(accounts: Accounts, journal: Path) -> None:
    """Rescued from the trash: new to us."""
    fill(accounts[0], b"INBOX.Deleted Items", [mail(70)])
    fill(accounts[0], b"INBOX", MAILS)
    copy(accounts, journal, NO_TRASH)
    said(accounts[0], b"UID MOVE 1 INBOX", folder=b"INBOX.Deleted Items")

    report = copy(accounts, journal, NO_TRASH)

    assert (report.copied, report.verified) == (1, True)
    assert bodies(accounts[1]) == bodies(accounts[0])


def test_moved_into_a_folder_that_is_not_copied_it_stays_where_it_is(
    accounts: Accounts, old_dovecot: Dovecot, journal: Path
) -> None:
    """Deleted at the source is no wish to lose the copy; and it costs no look into the trash."""
    fill(accounts[0], b"INBOX.Deleted Items", [])
    fill(accounts[0], b"INBOX", MAILS)
    copy(accounts, journal, NO_TRASH)
    said(accounts[0], b'UID MOVE 3:4 "INBOX.Deleted Items"')
    with proxy(old_dovecot.port) as here:
        report = copy((plain_login(here.port, accounts[0].user), accounts[1]), journal, NO_TRASH)

    assert (report.copied, report.messages, report.verified) == (0, 6, True)
    assert in_all(accounts[1]) == Counter(bytes(one.body) for one in MAILS)  # type: ignore[arg-type]
    assert len([one for one in here.commands if b"EXAMINE" in one]) == 1


def test_two_folders_that_share_a_place_move_nothing(accounts: Accounts, journal: Path) -> None:
    """From Sent Items to Gesendet: both are Sent at the destination."""
    fill(accounts[0], b"INBOX.Sent Items", MAILS)
    fill(accounts[0], b"INBOX.Gesendet", [])
    copy(accounts, journal)
    said(accounts[0], b"UID MOVE 3 INBOX.Gesendet", folder=b"INBOX.Sent Items")

    report = copy(accounts, journal)

    assert (report.copied, sum(one.moved for one in report.folders), report.verified) == (0, 1, True)
    assert in_all(accounts[1]) == in_all(accounts[0])
    assert copy(accounts, journal).verified


def test_what_was_there_before_us_follows_too(accounts: Accounts, journal: Path) -> None:
    """Matched by its headers, its bytes were never hashed: they are, at the destination."""
    fill(accounts[1], b"INBOX", MAILS)
    arrange(accounts, journal, b"INBOX.Work")
    said(accounts[0], b"UID MOVE 3:5 INBOX.Work")

    follows(accounts, journal, copy(accounts, journal), moved=3)


def test_a_delta_without_moves_asks_nothing_more(
    accounts: Accounts, old_dovecot: Dovecot, new_dovecot: Dovecot, journal: Path
) -> None:
    """New mail here, flags there: each folder is opened once, as before there were moves."""
    fill(accounts[0], b"INBOX.Work", MAILS)
    arrange(accounts, journal)
    fill(accounts[0], b"INBOX", [mail(90)])
    said(accounts[0], b"UID STORE 1 +FLAGS.SILENT (\\Flagged)", folder=b"INBOX.Work")
    with proxy(old_dovecot.port) as here, proxy(new_dovecot.port) as there:
        pair = plain_login(here.port, accounts[0].user), plain_login(there.port, accounts[1].user)
        report = copy(pair, journal)

    assert len([one for one in here.commands if b"EXAMINE" in one]) == 2
    assert len([one for one in there.commands if b"SELECT" in one or b"EXAMINE" in one]) == 4
    assert report.verified


def test_a_new_folder_at_the_place_we_moved_to_is_filled_and_nothing_is_concluded(
    accounts: Accounts, journal: Path
) -> None:
    """UIDVALIDITY changed there: old UIDs name nothing any more. Nothing is lost."""
    arrange(accounts, journal, b"INBOX.Work")
    said(accounts[0], b"UID MOVE 3 INBOX.Work")
    said(accounts[1], b"CREATE Work2", b"DELETE Work", b"RENAME Work2 Work")

    report = copy(accounts, journal)

    assert report.verified
    assert in_all(accounts[1]) >= in_all(accounts[0])
    assert copy(accounts, journal).copied == 0


def test_another_message_under_the_uid_of_our_copy_is_never_moved(accounts: Accounts, journal: Path) -> None:
    """The user made the folder anew and put mail of their own there: UID 1 of another UIDVALIDITY."""
    fill(accounts[0], b"INBOX.Work", MAILS[:2])
    arrange(accounts, journal)
    said(accounts[0], b"UID MOVE 1 INBOX", folder=b"INBOX.Work")
    said(accounts[1], b"DELETE Work")
    own = [mail(201), mail(202)]
    fill(accounts[1], b"Work", own)

    report = copy(accounts, journal)

    mine = Counter(bytes(one.body) for one in own)  # type: ignore[arg-type]
    assert bodies(accounts[1])["Work"] == mine
    assert bodies(accounts[1])["INBOX"] == bodies(accounts[0])["INBOX"]
    assert report.verified


def test_a_copy_in_a_shared_place_made_anew_is_not_taken_over(accounts: Accounts, journal: Path) -> None:
    """Its UID names a mail of the user's own now; the moved message would be lost, and reported as there."""
    fill(accounts[0], b"INBOX.Sent Items", MAILS[:2])
    copy(accounts, journal)
    fill(accounts[0], b"INBOX.Gesendet", [])
    said(accounts[0], b"UID MOVE 1 INBOX.Gesendet", folder=b"INBOX.Sent Items")
    said(accounts[1], b"DELETE Sent")
    fill(accounts[1], b"Sent", [mail(201)])

    report = copy(accounts, journal)

    assert bytes(MAILS[0].body) in bodies(accounts[1])["Sent"]  # type: ignore[arg-type]
    assert report.verified


def test_after_new_uids_at_the_source_nothing_is_taken_for_moved(accounts: Accounts, journal: Path) -> None:
    """A folder made anew holds other messages under old UIDs; it is compared by bytes, as ever."""
    fill(accounts[0], b"INBOX.Work", MAILS[:3])
    arrange(accounts, journal, b"INBOX.Home")
    said(accounts[0], b"UID MOVE 2 INBOX.Home", folder=b"INBOX.Work")
    said(accounts[0], b"CREATE INBOX.New", b"UID COPY 1,3 INBOX.New", folder=b"INBOX.Work")
    said(accounts[0], b"DELETE INBOX.Work", b"RENAME INBOX.New INBOX.Work")

    report = copy(accounts, journal)

    assert report.verified
    assert bodies(accounts[1])["Home"] == bodies(accounts[0])["INBOX.Home"]
    assert bodies(accounts[1])["Work"] >= bodies(accounts[0])["INBOX.Work"]
    assert copy(accounts, journal).copied == 0


def test_what_followed_is_forgotten_where_it_was(accounts: Accounts, journal: Path) -> None:
    """Else a later copy of it in a third folder would be taken for the message that the user removed from the first."""
    arrange(accounts, journal, b"INBOX.Work", b"INBOX.Home")
    said(accounts[0], b"UID MOVE 3 INBOX.Work")
    copy(accounts, journal)
    said(accounts[0], b"UID COPY 1 INBOX.Home", folder=b"INBOX.Work")
    said(accounts[0], b"UID MOVE 4 INBOX.Work")

    follows(accounts, journal, copy(accounts, journal), moved=1, copied=1)


# ── crashes ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Crash(BaseException):
    """Stands for kill -9: nothing in the product catches it."""


@contextmanager
def crash_at_write(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[None]:
    """Let the process end right before its n-th journal write: what the server was told then stays."""
    writes = count_up(1)
    writing = Journal._writing

    def crashing(journal: Journal) -> Any:
        if next(writes) == number:
            raise Crash
        return writing(journal)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_writing", crashing)
        yield


@pytest.mark.parametrize("tells", [True, False])
def test_a_crash_before_any_journal_write_of_a_move_loses_and_doubles_nothing(
    tells: bool,
    old_dovecot: Dovecot,
    new_dovecot: Dovecot,
    unique_address: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also between MOVE and its confirmation, and where the server tells no UIDs; twins among them."""
    for number in count_up(1):
        address = unique_address("crash")
        accounts = new_user(old_dovecot, address), new_user(new_dovecot, address)
        journal = tmp_path / f"journal{number}"
        fill(accounts[0], b"INBOX", [*MAILS[:4], MAILS[0]])
        fill(accounts[0], b"INBOX.Old", MAILS[4:6])
        fill(accounts[0], b"INBOX.Work", MAILS[:1])
        copy(accounts, journal)
        said(accounts[1], b"UID STORE 2 +FLAGS.SILENT (\\Deleted)", b"EXPUNGE")
        said(accounts[0], b"UID MOVE 1:3 INBOX.Work", b"RENAME INBOX.Old INBOX.New")
        with proxy(new_dovecot.port) as there:
            there.pass_on = lambda data: data if tells else data.replace(b"[COPYUID", b"[X-COPYY")
            pair = accounts[0], plain_login(there.port, accounts[1].user)
            try:
                with crash_at_write(monkeypatch, number):
                    copy(pair, journal, PassOptions(connections=1))
            except Crash:
                crashed = True
            else:
                crashed = False
        report = copy(accounts, journal)
        assert (report.verified, report.copied) == (True, 0), number
        here = in_all(accounts[0]) - Counter([bytes(MAILS[1].body)])  # type: ignore[arg-type]
        assert in_all(accounts[1]) == here, number
        assert bodies(accounts[1])["New"] == bodies(accounts[0])["INBOX.New"], number
        if not crashed:
            assert number > 8
            return


@pytest.mark.parametrize("moved", [b"UID MOVE 2:3 INBOX.Work", b"RENAME INBOX.Old INBOX.New"])
def test_what_was_stored_before_a_crash_and_moved_since_is_not_copied_again(
    moved: bytes, accounts: Accounts, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored, not confirmed, and then moved at the source: no message of its folder is known, only intents are."""
    fill(accounts[0], b"INBOX", [] if moved.startswith(b"RENAME") else MAILS[:4])
    fill(accounts[0], b"INBOX.Old", MAILS[4:6] if moved.startswith(b"RENAME") else [])
    fill(accounts[0], b"INBOX.Work", [])
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "confirm", _crash)
        with pytest.raises(Crash):
            copy(accounts, journal, PassOptions(connections=1))
    stored = in_all(accounts[1])
    said(accounts[0], moved)

    report = copy(accounts, journal)

    assert stored == in_all(accounts[0])
    assert (report.copied, report.verified, in_all(accounts[1])) == (0, True, stored)
    follows(accounts, journal, report, moved=2)


def _crash(*_: Any) -> None:
    raise Crash


def test_an_answer_lost_after_the_move_is_found_again(
    accounts: Accounts, new_dovecot: Dovecot, journal: Path
) -> None:
    """The connection breaks with COPYUID on the line; the pass goes on by itself on a new one."""
    arrange(accounts, journal, b"INBOX.Work")
    said(accounts[0], b"UID MOVE 3:6 INBOX.Work")
    cut: list[bytes] = []

    def pass_on(data: bytes) -> bytes | None:
        if b"COPYUID" in data and not cut:
            cut.append(data)
            return None
        return data

    with proxy(new_dovecot.port) as there:
        there.pass_on = pass_on
        report = copy((accounts[0], plain_login(there.port, accounts[1].user)), journal)

    assert cut
    assert (report.copied, sum(one.moved for one in report.folders)) == (0, 4)
    assert bodies(accounts[1])["Work"] == bodies(accounts[0])["INBOX.Work"]
    assert in_all(accounts[1]) == in_all(accounts[0])
    assert copy(accounts, journal).verified


def test_a_parcel_without_headers_is_moved_by_its_bytes(accounts: Accounts, journal: Path) -> None:
    """Drafts have no Message-ID, and these two are of the same size."""
    drafts = [
        Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: a\r\n\r\none\r\n"),
        Parcel((), b"05-May-2005 05:05:05 +0500", b"Subject: a\r\n\r\ntwo\r\n"),
    ]
    fill(accounts[0], b"INBOX", drafts)
    fill(accounts[0], b"INBOX.Work", [])
    copy(accounts, journal)
    said(accounts[0], b"UID MOVE 2 INBOX.Work")

    follows(accounts, journal, copy(accounts, journal), moved=1)

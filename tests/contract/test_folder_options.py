"""Folder options of a pass between two real servers, and names that a real server refuses."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import FolderSettled, NoSuchFolder
from bot.mail.account import open_account
from bot.mail.command import copy_mail
from bot.mail.copy import run_pass, survey
from bot.mail.folders import Listed, Server
from bot.mail.journal import Journal
from bot.mail.make import make_folders
from bot.mail.mapping import plan_folders
from bot.mail.names import encode_name
from bot.mail.run import Lane, Run
from bot.mail.wire import Refused
from bot.model import Login, PassOptions, PassReport
from demo.servers import Authority, Dovecot
from tests.imaptools import PASSWORD, fill, mail, new_user, plain_login, proxy, snapshot

pytestmark = pytest.mark.server


@pytest.fixture
def source(old_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Login:
    return new_user(old_dovecot, unique_address("folders"))


@pytest.fixture
def destination(new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Login:
    return new_user(new_dovecot, unique_address("folders"))


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


class MaildirDovecot(Dovecot):
    """Keeps folders as Maildir++: no "." in a name, 254 bytes in all, though the separator is "/"."""

    def _config(self, *args: Any, **more: Any) -> str:
        return super()._config(*args, **more).replace("mdbox:~/mdbox", "maildir:~/Maildir")


@pytest.fixture(scope="module")
def maildir_dovecot(base: Path, authority: Authority) -> Iterator[Dovecot]:
    with MaildirDovecot(base / "maildir", authority) as server:
        yield server


def count(account: Login) -> dict[str, int]:
    return {folder: sum(messages.values()) for folder, messages in snapshot(account).items()}


def run(source: Login, destination: Login, journal: Path, **options: Any) -> PassReport:
    return run_pass(source, destination, journal, policy=None, options=PassOptions(**options))


def test_a_mapped_folder_lies_where_it_was_asked_to_in_both_passes(
    source: Login, destination: Login, journal: Path
) -> None:
    """And a change of mind between the passes is refused before anything is copied twice."""
    fill(source, b"INBOX.Work", [mail(1)])
    fill(source, b"INBOX.Work.2020", [mail(2)])
    wish = (("Work", "Old/Jobs"),)

    first = run(source, destination, journal, folder_map=wish)
    fill(source, b"INBOX.Work", [mail(3)])
    second = run(source, destination, journal, folder_map=wish)
    third = run(source, destination, journal)

    assert count(destination) == {"Old/Jobs": 2, "Old/Jobs/2020": 1}
    assert [first.copied, second.copied, third.copied] == [2, 1, 0]
    with pytest.raises(FolderSettled):
        run(source, destination, journal, folder_map=(("Work", "Elsewhere"),))
    with pytest.raises(NoSuchFolder, match="nearest name is Work"):
        run(source, destination, journal, exclude=("Wrok",))
    assert count(destination) == {"Old/Jobs": 2, "Old/Jobs/2020": 1}


def test_two_folders_asked_into_one_are_one_and_lose_no_twin(
    source: Login, destination: Login, journal: Path
) -> None:
    """The same message in both is there twice, in the second pass too."""
    fill(source, b"INBOX.A", [mail(1), mail(2)])
    fill(source, b"INBOX.B", [mail(1)])
    wish = (("A", "Both"), ("B", "Both"))

    reports = [run(source, destination, journal, folder_map=wish) for _ in range(2)]

    assert [report.copied for report in reports] == [3, 0]
    assert all(report.verified for report in reports)
    assert count(destination) == {"Both": 3}


def test_into_keeps_the_whole_account_below_one_folder(
    source: Login, destination: Login, journal: Path
) -> None:
    """INBOX and Sent too; the new account's own mail stays apart."""
    fill(source, b"INBOX", [mail(1)])
    fill(source, b"INBOX.Sent Items", [mail(2)])
    fill(destination, b"INBOX", [mail(9)])

    reports = [run(source, destination, journal, into="Before") for _ in range(2)]

    assert [report.copied for report in reports] == [2, 0]
    assert count(destination) == {"INBOX": 1, "Before/INBOX": 1, "Before/Sent Items": 1}


def test_excluded_folders_and_special_uses_stay_out_and_the_pass_is_whole(
    source: Login, destination: Login, journal: Path
) -> None:
    """They are named with their reason; asked for later, they come."""
    fill(source, b"INBOX.News.2020", [mail(1)])
    fill(source, b"INBOX.Spam", [mail(2)])
    fill(source, b"INBOX.Work", [mail(3)])

    first = run(source, destination, journal, exclude=("News",), skip_roles=("junk",))
    at_first = count(destination)
    run(source, destination, journal)

    assert first.verified
    assert set(first.folders_skipped) >= {("INBOX.News.2020", "excluded"), ("INBOX.Spam", "role-junk")}
    assert at_first == {"Work": 1}
    assert count(destination) == {"Work": 1, "News/2020": 1, "Junk": 1}


def test_a_name_the_destination_refuses_becomes_one_it_takes(
    source: Login,
    maildir_dovecot: Dovecot,
    unique_address: Callable[[str], str],
    journal: Path,
) -> None:
    """Maildir++ takes no dot and nothing long: such folders were left out with all their mail. They stay where they are."""
    account = new_user(maildir_dovecot, unique_address("maildir"))
    deep = b".".join([b"INBOX", *([b"d" * 60] * 5)])
    fill(source, deep, [mail(1)])
    fill(source, b"INBOX.ok", [mail(2)])

    reports = [run_pass(source, account, journal, policy=None) for _ in range(2)]

    assert all(report.verified for report in reports)
    assert [report.copied for report in reports] == [2, 0]
    assert sorted(count(account).values()) == [1, 1]
    assert deep.decode() in dict(reports[0].renamed)


def test_a_dot_in_a_name_is_no_reason_to_leave_the_folder_out(
    new_dovecot: Dovecot, maildir_dovecot: Dovecot, unique_address: Callable[[str], str], journal: Path
) -> None:
    """ "v1.2" and the "v1_2" beside it, with what is below; listed, and the same again in the next pass."""
    here = new_user(new_dovecot, unique_address("dots"))
    there = new_user(maildir_dovecot, unique_address("dots"))
    for number, name in enumerate((b"v1.2", b"v1.2/b.c", b"v1_2")):
        fill(here, name, [mail(number)])

    reports = [run_pass(here, there, journal, policy=None) for _ in range(2)]

    assert [(report.verified, report.copied) for report in reports] == [(True, 3), (True, 0)]
    assert count(there) == {"v1_2": 1, "v1_2_2": 1, "v1_2_2/b_c": 1}
    assert dict(reports[1].renamed) == {"v1.2": "v1_2_2", "v1.2/b.c": "v1_2_2/b_c"}


def test_twins_by_case_keep_their_names_where_the_server_tells_them_apart(
    new_dovecot: Dovecot, maildir_dovecot: Dovecot, unique_address: Callable[[str], str], journal: Path
) -> None:
    """And by normal form: two folders, of which one is numbered, for nobody could tell them apart."""
    here = new_user(new_dovecot, unique_address("twins"))
    there = new_user(maildir_dovecot, unique_address("twins"))
    names = ["Work", "work", "B\u00fcro", unicodedata.normalize("NFD", "B\u00fcro")]
    for number, name in enumerate(names):
        fill(here, encode_name(name), [mail(1), mail(number)])

    report = run_pass(here, there, journal, policy=None)

    found = count(there)
    assert report.verified
    assert {"Work", "work"} <= set(found)
    assert len(found) == len(names)
    assert sorted(found.values()) == [2, 2, 2, 2]


def test_an_exchange_is_known_by_its_greeting_and_its_calendar_left_out(
    new_dovecot: Dovecot, unique_address: Callable[[str], str], destination: Login, journal: Path
) -> None:
    """The same folders of any other server are copied: they may hold anybody's mail."""
    here = new_user(new_dovecot, unique_address("exchange"))
    for name in (b"Calendar", b"Contacts", b"Work"):
        fill(here, name, [mail(1)])
    with proxy(new_dovecot.port) as played:
        said = b"The Microsoft Exchange IMAP4 service is ready."
        played.pass_on = lambda data: re.sub(rb"Dovecot[^.\r\n]*ready\.", said, data)
        outlook = survey(plain_login(played.port, here.user), destination, journal, policy=None)
    anywhere = survey(here, destination, journal, policy=None)

    assert set(outlook.folders_skipped) >= {
        ("Calendar", "not-mail-calendar"),
        ("Contacts", "not-mail-contacts"),
    }
    assert "Work" in {folder.source for folder in outlook.folders}
    assert {"Calendar", "Contacts"} <= {folder.source for folder in anywhere.folders}


def test_the_command_shows_the_plan_and_says_what_is_wrong(
    source: Login,
    destination: Login,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit 2 for a folder that is not there; with --dry-run nothing is made."""
    monkeypatch.setenv("SOURCE_PASSWORD", PASSWORD)
    monkeypatch.setenv("DESTINATION_PASSWORD", PASSWORD)
    fill(source, b"INBOX.a%b", [mail(1)])
    fill(source, b"INBOX.News", [mail(2)])
    texts = [f"{one.user}@{one.endpoint}" for one in (source, destination)]

    def call(options: PassOptions, **more: Any) -> int:
        return copy_mail(*texts, journal=tmp_path / "journal", options=options, **more)

    assert call(PassOptions(exclude=("Newz",))) == 2
    said = capsys.readouterr().err
    assert call(PassOptions(exclude=("News",)), dry_run=True) == 0
    plan = capsys.readouterr().out
    assert call(PassOptions(exclude=("News",)), as_json=True) == 0
    report = json.loads(capsys.readouterr().out)

    assert "there is no folder Newz" in said
    assert "nearest name is News" in said
    assert "INBOX.a%b -> a_b" in plan
    assert "INBOX.News: it was to be left out" in plan
    assert ["INBOX.News", "excluded"] in report["folders_skipped"]
    assert count(destination) == {"a_b": 1}


def test_subscriptions_and_empty_folders_come_along_to_a_place_of_ones_choice(
    source: Login, destination: Login, journal: Path
) -> None:
    """Else people ask where their folders went."""
    fill(source, b"INBOX.Empty", [])
    with open_account(source, "source") as here:
        here.create(b"INBOX.Unsubscribed")

    run(source, destination, journal, into="Old")

    with open_account(destination, "destination") as there:
        found = {listed.name: listed.subscribed for listed in there.folders()}
    assert found[b"Old/Empty"]
    assert not found[b"Old/Unsubscribed"]


def test_making_what_is_there_already_is_no_refused_name(
    source: Login, destination: Login, journal: Path
) -> None:
    """A connection that broke behind CREATE: done again, the folder must not get another name. RFC 5530 is not everywhere."""
    plan = plan_folders(
        Server(folders=[Listed(name=b"Work", delimiter="/"), Listed(name=b"~odd", delimiter="/")]),
        Server(folders=[Listed(name=b"INBOX", delimiter="/")]),
    )
    odd = [replace(pair, destination=b"~odd") if pair.source.name == b"~odd" else pair for pair in plan.pairs]
    with (
        open_account(source, "source") as here,
        open_account(destination, "destination") as there,
        Journal(journal, "here", "there") as book,
    ):
        lane = Lane(Run(book, lambda _: None, lambda: False), here, there)
        refused = [make_folders(lane, odd) for _ in range(2)]

    assert refused == [{b"~odd"}, {b"~odd"}]


ODD_NAMES = (
    *("a%b", "a*b", 'say "hi"', "it's", "back\\slash", "\u6f22\u5b57", "\U0001f4ec", "R&D", "tab&AAk-", "(x)", "{3}"),
    *("x" * 200, "y" * 250, "\u00e9" * 80, " lead", "trail ", "#hash", "^a", "-", "A/INBOX", "inbox2", "v1.2.3", "a b/c.d"),
)  # fmt: skip


def test_every_name_a_real_server_holds_arrives_at_every_other_one(
    new_dovecot: Dovecot,
    old_dovecot: Dovecot,
    maildir_dovecot: Dovecot,
    unique_address: Callable[[str], str],
    tmp_path: Path,
) -> None:
    """One message in each; none is lost or merged, at a server with "." and "INBOX.", and at one with Maildir++."""
    here = new_user(new_dovecot, unique_address("odd"))
    names = [encode_name(name) if "&AAk-" not in name else name.encode() for name in ODD_NAMES]
    held = 0
    with open_account(here, "destination") as account:
        for number, name in enumerate(names):
            try:
                account.create(name)
            except Refused:
                continue  # what Dovecot does not hold, it cannot be asked for
            account.append(name, b"Message-ID: <%d@x>\r\n\r\ntext\r\n" % number)
            held += 1
    for place, server in enumerate((old_dovecot, maildir_dovecot)):
        there = new_user(server, unique_address("odd"))
        reports = [run_pass(here, there, tmp_path / str(place), policy=None) for _ in range(2)]

        assert [(report.verified, report.copied) for report in reports] == [(True, held), (True, 0)]
        assert sorted(count(there).values()) == [1] * held
        assert dict(reports[0].renamed) == dict(reports[1].renamed)
    assert held > len(names) // 2


def test_into_a_server_with_a_prefix(
    new_dovecot: Dovecot, old_dovecot: Dovecot, unique_address: Callable[[str], str], journal: Path
) -> None:
    """INBOX.Old.INBOX is a folder like any other."""
    here, there = new_user(new_dovecot, unique_address("into")), new_user(old_dovecot, unique_address("into"))
    fill(here, b"INBOX", [mail(1)])
    fill(here, b"A/B", [mail(2)])

    reports = [run(here, there, journal, into="Old/mail") for _ in range(2)]

    assert [report.copied for report in reports] == [2, 0]
    assert count(there) == {"INBOX.Old.mail.INBOX": 1, "INBOX.Old.mail.A.B": 1}


def test_a_kolab_says_of_each_folder_what_it_holds(
    new_dovecot: Dovecot, unique_address: Callable[[str], str], destination: Login, journal: Path
) -> None:
    """Whatever it is called; below it too, each folder for itself. Without an annotation it is mail."""
    here = new_user(new_dovecot, unique_address("kolab"))
    for name in (b"Termine", b"Termine/Post", b"Work"):
        fill(here, name, [mail(1)])
    told = b'* METADATA Termine (/shared/vendor/kolab/folder-type "event.default")\r\n'
    told += b"* METADATA Work (/shared/vendor/kolab/folder-type NIL)\r\n"

    def answer(command: bytes) -> bytes | None:
        return told + command.split()[0] + b" OK done\r\n" if b"GETMETADATA" in command else None

    with proxy(new_dovecot.port) as played:
        played.answer = answer
        played.pass_on = lambda data: re.sub(
            rb"Dovecot[^.\r\n]*ready\.", b"Cyrus IMAP ready", data.replace(b" ID ", b" METADATA ")
        )
        report = survey(plain_login(played.port, here.user), destination, journal, policy=None)

    assert ("Termine", "not-mail-calendar") in report.folders_skipped
    assert {"Termine/Post", "Work"} <= {folder.source for folder in report.folders}

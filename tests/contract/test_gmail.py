"""Labels of Gmail, on a server that behaves like it, to a real one; and other providers' habits on the same server."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.mail.copy import run_pass
from bot.mail.wire import Parcel
from bot.model import FolderReport, Login, PassOptions, PassReport
from demo.servers import Dovecot
from tests.contract.test_moves import said
from tests.gmail import ALL, SENT, SPAM, TRASH, Gmail, Message, gmail
from tests.imaptools import fill, new_user, plain_login, proxy, snapshot

pytestmark = pytest.mark.server

PRIMARY = PassOptions(labels="primary")


@pytest.fixture
def server() -> Iterator[Gmail]:
    with gmail() as served:
        yield served


@pytest.fixture
def there(new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Login:
    return new_user(new_dovecot, unique_address("gmail"))


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def copy(
    server: Gmail,
    there: Login,
    journal: Path,
    options: PassOptions = PassOptions(),  # noqa: B008
) -> PassReport:
    return run_pass(server.login, there, journal, policy=None, options=options)


def numbers(there: Login) -> dict[str, list[int]]:
    """The messages of every folder at the destination, by the number in their subject."""
    return {
        name: sorted(int(body.split(b"Subject: ")[1].split(b"\r")[0]) for body, _, _ in folder.elements())
        for name, folder in snapshot(there).items()
    }


def _parcel(message: Message) -> Parcel:
    return Parcel((), message.date, message.body)


def by_source(report: PassReport) -> dict[str, FolderReport]:
    return {one.source: one for one in report.folders}


def mailbox(server: Gmail) -> list[Message]:
    """Eight messages: with three labels, with two, with one; sent; archived; spam; in the trash; important and starred."""
    return [
        server.deliver(1, ["INBOX", "Work", "Work/Boss"], flags=["\\Seen"]),
        server.deliver(2, ["INBOX", "Work"]),
        server.deliver(3, ["INBOX"]),
        server.deliver(4, [SENT, "Work"], flags=["\\Seen"]),
        server.deliver(5, []),
        server.deliver(6, [SPAM]),
        server.deliver(7, [TRASH]),
        server.deliver(8, ["INBOX", "[Gmail]/Important", "[Gmail]/Starred"], flags=["\\Flagged"]),
    ]


def test_every_label_is_kept_and_every_body_is_downloaded_once(
    server: Gmail, there: Login, journal: Path
) -> None:
    """Case 36. The archived message alone goes to Archive, and the numbers of All Mail are explained."""
    mailbox(server)

    report = copy(server, there, journal)

    assert numbers(there) == {
        "INBOX": [1, 2, 3, 8],
        "Work": [1, 2, 4],
        "Work/Boss": [1],
        "Sent": [4],
        "Archive": [5],
        "Junk": [6],
        "Trash": [7],
    }
    assert set(server.bodies.values()) == {1}
    assert (report.verified, report.messages, report.present) == (True, 12, 12)
    everything = by_source(report)[ALL]
    assert (everything.messages, everything.elsewhere, everything.copied) == (1, 5, 1)
    assert {name: why for name, why in report.folders_skipped if name != "[Gmail]"} == {
        "[Gmail]/Chats": "not-mail-chats",
        "[Gmail]/Important": "virtual",
        "[Gmail]/Starred": "virtual",
    }
    flags = {body: set(flags) for body, flags, _ in snapshot(there)["Work/Boss"]}
    assert list(flags.values()) == [{"\\Seen"}]


def test_primary_puts_each_message_into_its_first_folder(server: Gmail, there: Login, journal: Path) -> None:
    """INBOX before labels, labels before Sent, and All Mail last."""
    mailbox(server)

    report = copy(server, there, journal, PRIMARY)

    assert numbers(there) == {
        "INBOX": [1, 2, 3, 8],
        "Work": [4],
        "Archive": [5],
        "Junk": [6],
        "Trash": [7],
    }
    assert set(server.bodies.values()) == {1}
    assert (report.verified, report.messages) == (True, 8)
    assert {name: one.elsewhere for name, one in by_source(report).items() if one.elsewhere} == {
        "Work": 2,
        "Work/Boss": 1,
        SENT: 1,
        ALL: 5,
    }


@pytest.mark.parametrize("options", [PassOptions(), PRIMARY])
def test_a_second_pass_has_nothing_to_do_and_says_the_same(
    server: Gmail, there: Login, journal: Path, options: PassOptions
) -> None:
    """Also when something new came to All Mail, which then is listed in full."""
    mailbox(server)
    first = copy(server, there, journal, options)
    before = numbers(there)
    second = copy(server, there, journal, options)
    server.deliver(9, [])
    third = copy(server, there, journal, options)

    assert (second.copied, second.verified) == (0, True)
    assert [(one.source, one.messages, one.elsewhere, one.size_bytes) for one in second.folders] == [
        (one.source, one.messages, one.elsewhere, one.size_bytes) for one in first.folders
    ]
    assert (third.copied, third.verified, by_source(third)[ALL].elsewhere) == (1, True, 5)
    assert numbers(there) == before | {"Archive": [5, 9]}
    assert set(server.bodies.values()) == {1}


def test_a_label_added_later_is_another_copy_and_one_removed_takes_nothing_away(
    server: Gmail, there: Login, journal: Path
) -> None:
    """Archived in Gmail, the copy stays in INBOX: nothing is deleted. No body is downloaded."""
    mails = mailbox(server)
    copy(server, there, journal)
    server.label(mails[2], "Work")
    server.label(mails[4], "Home")
    server.unlabel(mails[1], "INBOX")
    server.flag(mails[3], "\\Flagged")

    report = copy(server, there, journal)

    assert numbers(there) == {
        "INBOX": [1, 2, 3, 8],
        "Work": [1, 2, 3, 4],
        "Work/Boss": [1],
        "Home": [5],
        "Sent": [4],
        "Archive": [5],
        "Junk": [6],
        "Trash": [7],
    }
    assert set(server.bodies.values()) == {1}
    assert (report.copied, report.verified) == (2, True)
    starred = {
        name: [body for body, flags, _ in found if "\\Flagged" in flags]
        for name, found in snapshot(there).items()
        if name in ("Sent", "Work")
    }
    assert {name: len(found) for name, found in starred.items()} == {"Sent": 1, "Work": 1}
    assert all(b"Subject: 4" in body for found in starred.values() for body in found)
    assert copy(server, there, journal).copied == 0


def test_two_labels_with_one_place_are_one_copy(server: Gmail, there: Login, journal: Path) -> None:
    """Sent Messages of an old mail program, and Gmail's own Sent Mail."""
    server.deliver(1, ["Sent Messages", SENT])
    server.deliver(2, [SENT])

    report = copy(server, there, journal)

    assert numbers(there) == {"Sent": [1, 2]}
    assert {one.source: (one.messages, one.elsewhere) for one in report.folders if one.elsewhere} == {
        SENT: (1, 1),
        ALL: (0, 2),
    }
    assert report.verified


def test_a_copy_is_brought_from_where_there_is_one(server: Gmail, there: Login, journal: Path) -> None:
    """One label's copy was removed by the user, and followed its message as removed; the other's is still there."""
    mails = mailbox(server)
    copy(server, there, journal)
    said(there, b"UID STORE 1 +FLAGS.SILENT (\\Deleted)", b"EXPUNGE", folder=b"Work/Boss")
    server.unlabel(mails[0], "Work/Boss")
    server.label(mails[0], "Home")
    copy(server, there, journal)
    server.label(mails[0], "Zoo")

    report = copy(server, there, journal)

    found = numbers(there)
    assert (found.get("Home"), found["Zoo"], report.verified) == (None, [1], True)
    assert server.bodies[mails[0].gmail_id] == 1


def test_a_label_that_takes_the_place_of_another_is_a_move(
    server: Gmail, there: Login, journal: Path
) -> None:
    """By X-GM-MSGID: no body is read for it. From the inbox to the trash, too."""
    mails = mailbox(server)
    copy(server, there, journal)
    server.label(mails[0], "Home")
    server.unlabel(mails[0], "Work/Boss")
    server.label(mails[2], TRASH)
    for name in ("INBOX", ALL):
        server.unlabel(mails[2], name)

    report = copy(server, there, journal)

    assert numbers(there) == {
        "INBOX": [1, 2, 8],
        "Work": [1, 2, 4],
        "Home": [1],
        "Sent": [4],
        "Archive": [5],
        "Junk": [6],
        "Trash": [3, 7],
    }
    assert set(server.bodies.values()) == {1}
    assert {name: one.moved for name, one in by_source(report).items() if one.moved} == {"Home": 1, TRASH: 1}
    assert (report.copied, report.verified) == (0, True)


def test_what_comes_back_from_the_trash_leaves_it_there_too(
    server: Gmail, there: Login, journal: Path
) -> None:
    """To All Mail alone, or to a label whose name comes behind it: both are in All Mail again."""
    mailbox(server)
    other = server.deliver(10, [TRASH])
    back = next(iter(server.folders[TRASH].messages.values()))
    copy(server, there, journal)
    for message, labels in ((back, [ALL]), (other, [ALL, "zoo"])):
        server.unlabel(message, TRASH)
        for name in labels:
            server.label(message, name)

    report = copy(server, there, journal)

    found = numbers(there)
    assert "Trash" not in found
    assert (found["Archive"], found["zoo"]) == ([5, 7], [10])
    assert (report.copied, report.verified) == (0, True)


def test_a_copy_the_user_removed_is_no_reason_to_leave_out_a_label(
    server: Gmail, there: Login, journal: Path
) -> None:
    """There is nothing to copy from, so the body is downloaded once more. What is removed stays so."""
    mails = mailbox(server)
    copy(server, there, journal)
    said(there, b"UID STORE 1:4 +FLAGS.SILENT (\\Deleted)", b"EXPUNGE")
    server.label(mails[2], "Work")

    report = copy(server, there, journal)

    assert "INBOX" not in numbers(there)
    assert numbers(there)["Work"] == [1, 2, 3, 4]
    assert (report.copied, report.verified) == (1, True)
    assert server.bodies[mails[2].gmail_id] == 2


def test_a_label_that_is_shown_as_no_folder_is_named(server: Gmail, there: Login, journal: Path) -> None:
    """Else nobody would know why it is missing. Its messages are copied: to INBOX, to Archive."""
    mails = mailbox(server)
    for number in (0, 4):
        server.hidden[mails[number].gmail_id] = {'Tax "2020"', "Old"}

    report = copy(server, there, journal)

    assert [name for name, why in report.folders_skipped if why == "hidden-label"] == ["Old", 'Tax "2020"']
    assert report.verified
    assert numbers(there)["Archive"] == [5]


def test_a_destination_that_refuses_to_copy_gets_the_bytes(
    server: Gmail, there: Login, journal: Path, new_dovecot: Dovecot
) -> None:
    """And one that tells no COPYUID is looked at: nothing is doubled."""
    mailbox(server)
    with proxy(new_dovecot.port) as played:
        played.answer = lambda one: one.split()[0] + b" NO no\r\n" if b"UID COPY" in one else None
        login = plain_login(played.port, there.user)
        report = copy(server, login, journal)

    assert (report.verified, report.copied) == (True, 12)
    assert numbers(there)["Work"] == [1, 2, 4]
    assert server.bodies.total() == 12


def test_without_copyuid_the_copies_are_found(
    server: Gmail, there: Login, journal: Path, new_dovecot: Dovecot
) -> None:
    """By their bytes, above the UIDNEXT noted before; of the size they have at the destination."""
    mails = mailbox(server)
    mails[0].body += b"bare\nline ends\n"  # one byte more each at the destination
    with proxy(new_dovecot.port) as played:
        played.pass_on = lambda data: data.replace(b"[COPYUID", b"[X-COPYY")
        report = copy(server, plain_login(played.port, there.user), journal)

    assert (report.verified, report.copied) == (True, 12)
    assert copy(server, there, journal).copied == 0
    assert set(server.bodies.values()) == {1}
    assert numbers(there)["Work"] == [1, 2, 4]


def test_labels_go_on_in_order_after_a_break(
    server: Gmail, there: Login, journal: Path, new_dovecot: Dovecot
) -> None:
    """INBOX, broken off, is not taken up behind All Mail: Archive would get everything."""
    mailbox(server)
    cut: list[bytes] = []

    def pass_on(data: bytes) -> bytes | None:
        if b"APPENDUID" in data and not cut:
            cut.append(data)
            return None
        return data

    with proxy(new_dovecot.port) as played:
        played.pass_on = pass_on
        report = copy(server, plain_login(played.port, there.user), journal)

    assert cut
    assert report.verified
    assert (numbers(there)["Archive"], numbers(there)["INBOX"]) == ([5], [1, 2, 3, 8])


def test_what_was_there_before_us_is_not_doubled(server: Gmail, there: Login, journal: Path) -> None:
    """Another tool copied INBOX and All Mail: only what is missing comes."""
    mails = mailbox(server)
    fill(there, b"INBOX", [_parcel(mails[0]), _parcel(mails[1])])
    fill(there, b"Archive", [_parcel(mails[4]), _parcel(mails[3])])

    report = copy(server, there, journal)

    found = numbers(there)
    assert report.verified
    assert (found["INBOX"], found["Work"]) == ([1, 2, 3, 8], [1, 2, 4])
    assert found["Archive"] == [4, 5]
    assert copy(server, there, journal).copied == 0


# ── other providers ───────────────────────────────────────────────────────────────────────────────────────────────


def test_no_command_names_more_messages_than_the_limit(there: Login, journal: Path) -> None:
    """Case 23, Yahoo (RFC 9738), scaled down: 25 messages, of which a command may name 10."""
    with gmail(extension=False, message_limit=10) as yahoo:
        for number in range(1, 26):
            yahoo.deliver(number, ["INBOX"])
        for number in range(26, 30):
            yahoo.deliver(number, ["Work"])
        report = copy(yahoo, there, journal)
        named = max(yahoo.named)
        second = copy(yahoo, there, journal)
        yahoo.deliver(31, ["INBOX"])
        third = copy(yahoo, there, journal)

    assert (report.copied, report.verified, report.messages) == (29, True, 29)
    assert numbers(there) == {"INBOX": [*range(1, 26), 31], "Work": [*range(26, 30)]}
    assert named <= 10
    assert (second.copied, third.copied, third.verified) == (0, 1, True)
    assert set(yahoo.bodies.values()) == {1}


def test_a_source_that_marks_mail_as_read_in_spite_of_peek(there: Login, journal: Path) -> None:
    """Case 26, iCloud: unread stays unread, at both ends."""
    with gmail(extension=False, marks_seen=True) as icloud:
        mails = [icloud.deliver(number, ["INBOX"]) for number in range(1, 4)]
        read = icloud.deliver(4, ["INBOX"], flags=["\\Seen"])
        report = copy(icloud, there, journal)
        second = copy(icloud, there, journal)

    assert report.verified
    assert [one.flags for one in mails] == [set(), set(), set()]
    assert read.flags == {"\\Seen"}
    assert Counter(flags for _, flags, _ in snapshot(there)["INBOX"].elements()) == {
        frozenset(): 3,
        frozenset({"\\Seen"}): 1,
    }
    assert (second.copied, sum(one.flags_changed for one in second.folders)) == (0, 0)

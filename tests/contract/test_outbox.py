"""Replies against servers that break off or refuse at every stage: before the dot again and again, after it looked for."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from bot import outbox
from bot.config import Config
from bot.inbox import take_once
from bot.mail.account import open_account
from bot.model import Json, Login
from bot.outbox import MOST_TRIES, due, send, unfiled
from bot.records import stamp
from bot.store import Store
from bot.work import DOUBTFUL, Work
from demo.exchanger import MailExchanger
from demo.servers import Dovecot, die_with_parent
from tests.desk import NOW, SUPPORT, a_store, later, make_config
from tests.imaptools import new_user
from tests.smtptools import CUT, Submission, submission

pytestmark = pytest.mark.server

ROOT = Path(__file__).parent.parent.parent
TO, STAFF = "anna@kunde.example", "ann@host.example"
MIME = (
    b"From: support@host.example\r\nTo: anna@kunde.example\r\nMessage-ID: <1.ack.1.mac@host.example>\r\n\r\n"
    b".hidden by a dot\r\n..two\r\n\r\n.\r\nend\r\n"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path) as made:
        yield made


@pytest.fixture
def server() -> Iterator[Submission]:
    with submission() as made:
        yield made


@pytest.fixture
def box(new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Login:
    return new_user(new_dovecot, unique_address("support"))


@pytest.fixture
def config(tmp_path: Path, server: Submission, box: Login) -> Config:
    return make_config(tmp_path, box, outbound={"port": server.port})


def queue(store: Store, to: str = TO, cc: tuple[str, ...] = (), number: int = 1) -> int:
    """Put a reply into the outbox of a ticket of its own; return its number."""
    with store.begin() as work:
        ticket = work.new_ticket(to, {}, NOW)
        mime = MIME.replace(b"<1.ack", b"<%d.ack" % number)
        row = {
            "ticket_id": ticket.id,
            "kind": "ack",
            "revision": 1,
            "message_id": f"<{number}.ack.1.mac@host.example>",
        }
        queued = work.queue_reply({**row, "recipients": [to, *cc], "mime": mime, "run_at": stamp(NOW)})
    assert queued
    return queued


def reply(store: Store, number: int) -> Json:
    with store.begin() as work:
        found = work.reply(number)
    assert found
    return found


def retry(store: Store, number: int) -> int:
    """Do what `mailferry retry TICKET` does to the ticket's replies."""
    ticket_id = reply(store, number)["ticket_id"]
    with store.begin() as work:
        return work.revive_replies(ticket_id, NOW)


def in_folder(box: Login, folder: bytes = b"Sent") -> list[bytes]:
    with open_account(box, "inbox") as account:
        account.select(folder, readonly=True)
        return [bytes(row[b"BODY[]"]) for row in account.fetch_rows(account.uids_from(1), b"UID BODY.PEEK[]")]


def put_into(box: Login, raw: bytes, folder: bytes = b"INBOX") -> None:
    with open_account(box, "inbox") as account:
        account.append(folder, raw)


def test_a_reply_goes_out_byte_for_byte_and_lies_in_sent(
    store: Store, config: Config, server: Submission, box: Login
) -> None:
    """Lines that begin with a dot included; the copy is read, because we know what we said."""
    number = queue(store, cc=(STAFF,))
    assert send(store, config, number, NOW) == "sent"
    assert server.accepted == [MIME]
    assert server.recipients == [[TO, STAFF, SUPPORT]]
    assert in_folder(box) == [MIME]
    assert reply(store, number)["filed_at"] == stamp(NOW)
    assert send(store, config, number, NOW) == "sent"
    assert (server.connections, len(in_folder(box))) == (1, 1)
    assert (due(store, config, NOW), unfiled(store, NOW)) == ([], [])


def test_a_real_server_takes_it(store: Store, tmp_path: Path, box: Login) -> None:
    """aiosmtpd as a second opinion on the conversation."""
    with MailExchanger("mx.host.example") as mx:
        config = make_config(tmp_path, box, outbound={"port": mx.port})
        assert send(store, config, queue(store, cc=(STAFF,)), NOW) == "sent"
        assert [(one.sender, one.recipients) for one in mx.passed] == [(SUPPORT, (TO, STAFF, SUPPORT))]
        assert mx.passed[0].data.endswith(b".hidden by a dot\r\n..two\r\n\r\n.\r\nend\r\n")


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data"])
def test_a_line_cut_before_the_dot_is_no_doubt(
    store: Store, config: Config, server: Submission, stage: str
) -> None:
    """Nothing is accepted before the final dot (RFC 5321 4.1.1.4): queued still, later again, once in the end."""
    number = queue(store)
    server.plays = [{stage: CUT}]
    assert send(store, config, number, NOW) == "queued"
    assert due(store, config, NOW) == []
    assert due(store, config, later(60)) == [number]
    assert send(store, config, number, later(60)) == "sent"
    assert server.accepted == [MIME]


def test_a_line_cut_in_the_middle_of_a_large_mail_is_no_doubt(
    store: Store, config: Config, server: Submission
) -> None:
    """The dot has not left us. (Of a small mail it has, into the kernel's buffer: then it is a doubt.)"""
    number = queue(store)
    with store.begin() as work:
        work.set_reply(number, mime=MIME + b"x" * 70 * 200_000)
    server.plays = [{"body": CUT}]
    assert send(store, config, number, NOW) == "queued"
    assert send(store, config, number, later(60)) == "sent"
    assert len(server.accepted) == 1


def test_a_server_that_is_not_there_is_tried_later(store: Store, tmp_path: Path, box: Login) -> None:
    """A closed port, a name that does not exist."""
    number = queue(store)
    for host in ("localhost", "smtp.does-not-exist.invalid"):
        config = make_config(tmp_path, box, outbound={"port": 9, "host": host})
        assert send(store, config, number, NOW) == "queued"
        assert "no connection" in reply(store, number)["why"]


def test_a_line_cut_after_the_dot_is_looked_for_and_sent_once_more(
    store: Store, config: Config, server: Submission, box: Login
) -> None:
    """The only window a reader may see twice, and then with the same Message-ID, which clients show once."""
    number = queue(store)
    server.plays = [{"dot": CUT}]
    assert send(store, config, number, NOW) == "sending"
    assert due(store, config, later(899)) == []
    assert send(store, config, number, later(899)) == "sending", "its copy may still come"
    assert due(store, config, later(900)) == [number]
    assert send(store, config, number, later(900)) == "sent"
    assert server.accepted == [MIME, MIME]
    assert in_folder(box) == [MIME]


@pytest.mark.parametrize("folder", [b"Sent", b"INBOX"])
def test_a_doubtful_reply_that_arrived_is_not_sent_again(
    store: Store, config: Config, server: Submission, box: Login, folder: bytes
) -> None:
    """Some servers file Sent themselves, and the support address may be among the readers."""
    number = queue(store)
    server.plays = [{"dot": CUT}]
    send(store, config, number, NOW)
    put_into(box, MIME, folder)
    assert send(store, config, number, later(60)) == "sent"
    assert len(server.accepted) == 1
    assert len(in_folder(box)) == 1


def test_a_second_doubt_goes_to_staff_and_never_out_a_third_time(
    store: Store, config: Config, server: Submission
) -> None:
    """A server that accepts and always breaks off would otherwise send the customer forty copies."""
    number = queue(store)
    server.plays = [{"dot": CUT}] * 9
    states = [send(store, config, number, later(n * 10_000)) for n in range(6)]
    assert states == ["sending", "again", "failed", "failed", "failed", "failed"]
    assert len(server.accepted) == 2
    assert "answer was lost twice" in reply(store, number)["why"]


def test_a_doubt_waits_while_the_mailbox_cannot_be_looked_into(
    store: Store, config: Config, tmp_path: Path, server: Submission, box: Login
) -> None:
    """Not to know is no leave to send again."""
    number = queue(store)
    server.plays = [{"dot": CUT}]
    send(store, config, number, NOW)
    blind = make_config(tmp_path, box, inbox={"port": 9}, outbound={"port": server.port})
    assert send(store, blind, number, later(1000)) == "sending"
    assert len(server.accepted) == 1
    assert send(store, config, number, later(2000)) == "sent"


class PowerFailureError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(("before", "state"), [("sending", "queued"), ("sent", "sending"), ("filed", "sent")])
def test_a_crash_between_two_commits(
    store: Store,
    config: Config,
    server: Submission,
    box: Login,
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    state: str,
) -> None:
    """Each state is on disk before its step; afterwards the reader has it, at most twice, and Sent has it once."""
    number = queue(store)
    mark = outbox._mark

    def fail(store: Store, reply: Json, now_state: str, **values: Any) -> str:
        if now_state == before or (before == "filed" and values.get("filed_at")):
            raise PowerFailureError
        return mark(store, reply, now_state, **values)

    monkeypatch.setattr(outbox, "_mark", fail)
    with pytest.raises(PowerFailureError):
        send(store, config, number, NOW)
    assert reply(store, number)["state"] == state
    monkeypatch.setattr(outbox, "_mark", mark)
    assert send(store, config, number, later(1000)) == "sent"
    assert len(server.accepted) == (2 if before == "sent" else 1), "this server delivers no receipt"
    assert set(server.accepted) == {MIME}
    assert in_folder(box) == [MIME]
    assert send(store, config, number, later(2000)) == "sent"
    assert in_folder(box) == [MIME]


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data", "dot"])
def test_4xx_is_tried_later_from_any_stage(
    store: Store, config: Config, server: Submission, stage: str
) -> None:
    """Greylisting, a full queue, a server that restarts; an answer after the dot is an answer and no doubt."""
    number = queue(store)
    server.plays = [{stage: "451 4.3.0 later"}, {stage: "421 4.3.0 later"}]
    assert send(store, config, number, NOW) == "queued"
    first = reply(store, number)["run_at"]
    assert send(store, config, number, NOW) == "queued"
    assert stamp(NOW) < first < reply(store, number)["run_at"], "the pauses grow"
    assert "reply code 421" in reply(store, number)["why"]
    assert send(store, config, number, later(600)) == "sent"
    assert server.accepted == [MIME]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_5xx_about_a_mail_fails_it_and_retry_sends_it_again(
    store: Store, config: Config, server: Submission, stage: str
) -> None:
    """Staff sees it in `status`, mends the cause, says `mailferry retry`."""
    number = queue(store)
    server.plays = [{stage: "550 5.7.1 no"}]
    assert send(store, config, number, NOW) == "failed"
    assert "reply code 550" in reply(store, number)["why"]
    assert due(store, config, later(10_000)) == []
    assert retry(store, number) == 1
    assert due(store, config, NOW) == [number]
    assert send(store, config, number, NOW) == "sent"
    assert server.accepted == [MIME]


@pytest.mark.parametrize("stage", ["greeting", "ehlo"])
def test_5xx_about_us_fails_no_reply(store: Store, config: Config, server: Submission, stage: str) -> None:
    """A wrong submission password or a blocked address is ours to mend: every waiting reply goes out afterwards."""
    number = queue(store)
    server.plays = [{stage: "554 5.7.1 not you"}]
    assert send(store, config, number, NOW) == "queued"
    assert reply(store, number)["why"] == "put off, reply code 554"


def test_a_wrong_submission_password_fails_no_reply(
    store: Store, tmp_path: Path, server: Submission, box: Login
) -> None:
    """The replies wait, and `status` says for what."""
    number = queue(store)
    (tmp_path / "smtp").write_text("wrong")
    (tmp_path / "smtp").chmod(0o600)
    outbound = {"port": server.port, "user": "bot", "password_file": str(tmp_path / "smtp")}
    config = make_config(tmp_path, box, outbound=outbound)
    server.plays = [{"ehlo": "250-localhost\r\n250 AUTH PLAIN", "auth": "535 5.7.8 wrong: \0bot\0wrong"}]
    assert send(store, config, number, NOW) == "queued"
    assert reply(store, number)["why"] == "put off, reply code 535"


def test_without_starttls_nothing_is_said(
    store: Store, tmp_path: Path, server: Submission, box: Login
) -> None:
    """[outbound] security is a promise: a server that stopped offering it gets neither password nor mail."""
    number = queue(store)
    config = make_config(tmp_path, box, outbound={"port": server.port, "security": "starttls"})
    assert send(store, config, number, NOW) == "queued"
    assert server.accepted == []


def test_the_end_of_the_conversation_decides_nothing(
    store: Store, config: Config, server: Submission
) -> None:
    """250 behind the dot is the answer; a bad QUIT afterwards is no reason to write twice."""
    for number, bye in enumerate((CUT, "421 too late", "500 what"), 1):
        server.plays = [{"quit": bye}]
        assert send(store, config, queue(store, number=number), NOW) == "sent"
    assert len(server.accepted) == 3


def test_a_refused_cc_does_not_stop_the_requester(store: Store, config: Config, server: Submission) -> None:
    """A colleague who left is no reason to leave a customer without an answer; nor is an address nobody can write."""
    server.plays = [{f"rcpt:{STAFF}": "550 gone"}]
    assert (
        send(store, config, queue(store, cc=(STAFF, "jörg@host.example", "a b@host.example")), NOW) == "sent"
    )
    assert server.recipients == [[TO, SUPPORT]]


@pytest.mark.parametrize(
    "to", ["jörg@kunde.example", "a b@kunde.example", "x@y>\r\nRCPT TO:<z@z.example", "@", "a@b@c"]
)
def test_an_address_smtp_cannot_say_fails_visibly_and_blocks_nobody(
    store: Store, config: Config, server: Submission, to: str
) -> None:
    """Whatever stands in a From; the reply is shown to staff, the next one goes out."""
    number = queue(store, to)
    assert send(store, config, number, NOW) == "failed"
    assert "answer by hand" in reply(store, number)["why"]
    assert send(store, config, queue(store, number=2), NOW) == "sent"
    assert server.recipients == [[TO, SUPPORT]]


@pytest.mark.parametrize(
    ("receipt", "last"), [("receipts@host.example", ["receipts@host.example"]), ("off", [])]
)
def test_who_gets_the_receipt(
    store: Store, tmp_path: Path, server: Submission, box: Login, receipt: str, last: list[str]
) -> None:
    """Where the support address is a helpdesk's, our own copy would open a ticket there."""
    config = make_config(tmp_path, box, outbound={"port": server.port, "receipt": receipt})
    assert send(store, config, queue(store), NOW) == "sent"
    assert server.recipients == [[TO, *last]]


def test_a_reader_who_is_our_own_address_gets_it_once(
    store: Store, config: Config, server: Submission
) -> None:
    """Staff may write from the support address; then that copy is the receipt."""
    assert send(store, config, queue(store, cc=("Support@Host.example",)), NOW) == "sent"
    assert server.recipients == [[TO, "Support@Host.example"]]


@pytest.mark.parametrize("doubts", [1, 2, 3])
def test_our_own_copy_ends_the_doubt_as_soon_as_it_comes(
    store: Store, config: Config, server: Submission, box: Login, doubts: int
) -> None:
    """It proves that the server took the mail, also after we gave up; nobody has to read it, and it is no request."""
    number = queue(store)
    server.plays = [{"dot": CUT}] * 2
    for after in range(doubts):
        send(store, config, number, later(1000 * after))
    assert reply(store, number)["state"] == ["sending", "again", "failed"][doubts - 1]
    put_into(box, b"Received: by mx.host.example\r\n" + MIME)
    assert take_once(store, config, later(3000)).receipts == 1
    assert reply(store, number)["state"] == "sent"
    assert due(store, config, later(9000)) == []
    assert unfiled(store, later(9000)) == [number]
    with store.begin() as work:
        assert work.messages("new", "ignored", "handled", "aside") == []
    with open_account(box, "inbox") as account:
        account.select(b"INBOX")
        (flags,) = [row[b"FLAGS"] for row in account.fetch_rows(account.uids_from(1), b"UID FLAGS")]
    assert {b"\\Seen", b"$MailferryTaken"} <= set(flags)


def test_a_copy_of_another_mail_settles_nothing(store: Store, config: Config, box: Login) -> None:
    """Whoever writes under our domain's name is read like everybody else."""
    number = queue(store)
    put_into(box, MIME.replace(b"mac@", b"guess@"))
    taken = take_once(store, config, NOW)
    assert (taken.receipts, taken.new) == (0, 1)
    assert reply(store, number)["state"] == "queued"


def test_a_line_cut_after_the_copy_came_is_no_doubt(
    store: Store, config: Config, server: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mailbox may be quicker than the 250."""
    number = queue(store)

    def end(_: Any) -> int:
        with store.begin() as work:
            assert work.take_receipt("<1.ack.1.mac@host.example>", NOW)
        raise TimeoutError

    monkeypatch.setattr(outbox, "_end", end)
    assert send(store, config, number, NOW) == "sent"
    assert reply(store, number)["state"] == "sent"


def test_an_older_copy_proves_nothing_of_a_reply_that_came_back(
    store: Store, config: Config, server: Submission, box: Login
) -> None:
    """It was accepted once, bounced, and staff sends it again: this time's doubt is theirs."""
    number = queue(store)
    assert send(store, config, number, NOW) == "sent"
    put_into(box, MIME)
    with store.begin() as work:
        work.set_reply(number, state="failed", why="came back")
    assert retry(store, number) == 1
    server.plays = [{"dot": CUT}]
    assert send(store, config, number, later(60)) == "sending"
    assert take_once(store, config, later(70)).receipts == 1
    assert send(store, config, number, later(2000)) == "failed"
    assert reply(store, number)["why"] == DOUBTFUL
    assert len(server.accepted) == 2


STAGES = {  # where kill -9 strikes -> the state on disk, and whether the server had taken the mail by then
    "connected": ("queued", 0),
    "before sending": ("queued", 0),
    "after sending": ("sending", 0),
    "dot": ("sending", 1),
    "before sent": ("sending", 1),
    "after sent": ("sent", 1),
    "copied": ("sent", 1),
}


@pytest.mark.parametrize("second", ["", "before sending", "dot"])
@pytest.mark.parametrize("stage", STAGES)
def test_kill_9_at_every_state_and_exactly_one_reply(
    tmp_path: Path, box: Login, stage: str, second: str
) -> None:
    """Real processes, a real server that delivers the receipt; afterwards one mail, one copy in Sent, state sent."""
    readers: list[bytes] = []
    with MailExchanger("mx.host.example") as mx, a_store(tmp_path) as store:
        mx.deliver[TO] = readers.append
        mx.deliver[SUPPORT] = lambda raw: put_into(box, raw)
        config = make_config(tmp_path, box, outbound={"port": mx.port})
        number, state_then, taken = queue(store), *STAGES[stage]
        killed_at(stage, tmp_path, box, mx.port, number, NOW)
        assert (reply(store, number)["state"], len(readers)) == (state_then, taken)
        if second and not taken:  # the power fails again at the next try
            if state_then == "sending":
                second = {"before sending": "before again", "dot": "dot"}[second]
            killed_at(second, tmp_path, box, mx.port, number, later(1000))
        for seconds in (1001, 2000, 3000):  # daemons that live
            take_once(store, config, later(seconds))
            if number in (*due(store, config, later(seconds)), *unfiled(store, later(seconds))):
                send(store, config, number, later(seconds))
        assert len(readers) == 1
        assert reply(store, number)["state"] == "sent"
        assert in_folder(box) == [MIME]
        assert (due(store, config, later(90_000)), unfiled(store, later(90_000))) == ([], [])


def test_kill_9_twice_behind_the_first_doubt_is_for_staff(tmp_path: Path, box: Login) -> None:
    """Nothing was taken, and nobody can know it: no third mail by itself, and one when staff says so."""
    readers: list[bytes] = []
    with MailExchanger("mx.host.example") as mx, a_store(tmp_path) as store:
        mx.deliver[TO] = readers.append
        config = make_config(tmp_path, box, outbound={"port": mx.port})
        number = queue(store)
        killed_at("after sending", tmp_path, box, mx.port, number, NOW)
        killed_at("after again", tmp_path, box, mx.port, number, later(1000))
        assert send(store, config, number, later(1001)) == "again"
        assert send(store, config, number, later(2000)) == "failed"
        assert (readers, reply(store, number)["why"]) == ([], DOUBTFUL)
        assert retry(store, number) == 1
        assert send(store, config, number, later(3000)) == "sent"
        assert len(readers) == 1


def killed_at(stage: str, folder: Path, box: Login, port: int, number: int, now: datetime) -> None:
    """Let another process send, and die there."""
    where = box.endpoint
    mailbox = [where.host, where.port, where.security, box.user, box.password.reveal()]
    said = json.dumps(
        {"folder": str(folder), "mailbox": mailbox, "port": port, "number": number, "now": stamp(now)}
    )
    done = subprocess.run(
        [sys.executable, "-m", "tests.contract.dying_delivery", stage],
        cwd=ROOT,
        check=False,
        timeout=60,
        input=said.encode(),
        capture_output=True,
        preexec_fn=die_with_parent,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-3000:].decode()


def test_no_end_in_sight_goes_to_staff(store: Store, config: Config, server: Submission) -> None:
    """After some three days; `retry` gives it as many tries again."""
    number = queue(store)
    with store.begin() as work:
        work.set_reply(number, attempts=MOST_TRIES - 1)
    server.plays = [{"greeting": CUT}] * 2
    assert send(store, config, number, NOW) == "failed"
    retry(store, number)
    assert send(store, config, number, NOW) == "queued"
    assert reply(store, number)["attempts"] == MOST_TRIES + 1, "job names never repeat"


def test_hold_sends_nothing(store: Store, tmp_path: Path, server: Submission, box: Login) -> None:
    """Not by the tick, and not by a job of before the restart either."""
    held = make_config(tmp_path, box, outbound={"port": server.port, "hold": True})
    number = queue(store)
    assert due(store, held, later(10_000)) == []
    assert send(store, held, number, NOW) == "queued"
    assert server.connections == 0


def test_a_released_reply_leaves_whatever_is_held(
    store: Store, tmp_path: Path, server: Submission, box: Login
) -> None:
    """One by one, in the first weeks; the others stay."""
    held = make_config(tmp_path, box, outbound={"port": server.port, "hold": True})
    first, second = queue(store), queue(store, number=2)
    with store.begin() as work:
        assert [one["id"] for one in work.release_replies([second, 99], NOW)] == [second]
        assert work.release_replies([second], NOW) == []
    assert due(store, held, NOW) == [second]
    assert [send(store, held, one, NOW) for one in (first, second)] == ["queued", "sent"]
    assert server.accepted == [MIME.replace(b"<1.ack", b"<2.ack")]


def test_a_dropped_reply_never_leaves(store: Store, config: Config, server: Submission) -> None:
    """A person has answered by hand."""
    number = queue(store)
    with store.begin() as work:
        assert [one["id"] for one in work.drop_replies([number], NOW)] == [number]
        assert work.release_replies(None, NOW) == []
        log = [event["data"]["said"] for event in work.events(reply_in(work, number)["ticket_id"])]
    assert send(store, config, number, NOW) == "dropped"
    assert (due(store, config, later(9000)), server.connections, log) == ([], 0, ["reply ack dropped"])


def reply_in(work: Work, number: int) -> Json:
    found = work.reply(number)
    assert found
    return found


@pytest.fixture
def shadow(tmp_path: Path, server: Submission, box: Login) -> Config:
    return make_config(
        tmp_path,
        box,
        outbound={"port": server.port, "shadow": True},
        support={"staff": [STAFF, "bob@host.example", "@desk.host.example"]},
    )


def play(store: Store, config: Config, now: datetime) -> None:
    """Do what the daemon's tick does until nothing is due."""
    while found := due(store, config, now):
        for number in found:
            send(store, config, number, now)


def test_shadow_shows_every_reply_to_staff_and_to_nobody_else(
    store: Store, shadow: Config, server: Submission, box: Login
) -> None:
    """Marked in subject and first line, under a Message-ID of its own, the reply itself attached as it would go."""
    number = queue(store)
    subject = b"Subject: =?utf-8?q?Re=3A_Umzug_f=C3=BCr_alle?= [MF-7F3K9Q]\r\n"
    with store.begin() as work:
        work.set_reply(number, mime=subject + MIME)
    play(store, shadow, NOW)
    assert server.recipients == [[STAFF, "bob@host.example", SUPPORT]]
    draft = BytesParser(policy=SMTP).parsebytes(server.accepted[0])
    assert draft["Subject"] == "[DRAFT, not sent] Re: Umzug für alle [MF-7F3K9Q]"
    text = draft.get_body(("plain",))
    assert text is not None
    lines = str(text.get_content()).splitlines()
    assert lines[0].startswith(f"DRAFT, not sent. This would go to {TO}. `mailferry outbox release {number}`")
    assert lines[2:4] == [".hidden by a dot", "..two"]
    assert (draft["To"], draft["Message-ID"] in MIME.decode()) == (f"{STAFF}, bob@host.example", False)
    assert subject + MIME in server.accepted[0]
    assert reply(store, number)["state"] == "draft"
    play(store, shadow, later(9000))
    assert len(server.accepted) == 1
    assert in_folder(box) == [], "what nobody was told is not in Sent"


@pytest.mark.parametrize("mode", ["shadow", "open"])
def test_a_draft_goes_to_its_reader_when_it_is_released_and_only_then(
    store: Store, shadow: Config, config: Config, server: Submission, box: Login, mode: str
) -> None:
    """The same bytes; also where shadow was switched off meanwhile, because staff may have answered by hand."""
    number, settings = queue(store), shadow if mode == "shadow" else config
    play(store, shadow, NOW)
    play(store, settings, later(60))
    assert [one[0] for one in server.recipients] == [STAFF]
    with store.begin() as work:
        assert [one["id"] for one in work.release_replies(None, later(60))] == [number]
    play(store, settings, later(60))
    assert server.recipients[1:] == [[TO, SUPPORT]]
    assert server.accepted[1] == MIME
    assert in_folder(box) == [MIME]


def test_shadow_switched_on_with_a_doubt_sends_nothing_more(
    store: Store, shadow: Config, config: Config, server: Submission
) -> None:
    """What began before is looked for, and not repeated."""
    number = queue(store)
    server.plays = [{"dot": CUT}]
    assert send(store, config, number, NOW) == "sending"
    play(store, shadow, later(9000))
    assert send(store, shadow, number, later(9000)) == "sending"
    assert len(server.accepted) == 1


def test_hold_keeps_drafts_too_and_limits_do_not(
    store: Store, tmp_path: Path, server: Submission, box: Login
) -> None:
    """Nothing leaves is nothing; and staff reads more than ten replies an hour."""
    limits = {"replies_per_address_per_hour": 1, "replies_per_hour": 2}
    for number in range(1, 5):
        queue(store, f"user{number}@kunde.example", number=number)
    both = make_config(tmp_path, box, outbound={"port": server.port, "shadow": True, "hold": True})
    play(store, both, NOW)
    assert server.connections == 0
    shadow = make_config(tmp_path, box, outbound={"port": server.port, "shadow": True}, limits=limits)
    play(store, shadow, NOW)
    assert [one[0] for one in server.recipients] == [STAFF] * 4


def test_a_crash_while_showing_shows_once(
    store: Store, shadow: Config, server: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply's state and the draft are one transaction."""
    number = queue(store)
    with monkeypatch.context() as broken:
        broken.setattr(Work, "queue_reply", lambda *_: (_ for _ in ()).throw(PowerFailureError()))
        with pytest.raises(PowerFailureError):
            send(store, shadow, number, NOW)
    assert reply(store, number)["state"] == "queued"
    play(store, shadow, NOW)
    assert len(server.accepted) == 1


def test_hourly_limits_per_address_and_in_all(
    store: Store, tmp_path: Path, server: Submission, box: Login
) -> None:
    """The last wall before a mail loop; what is above it waits and goes out later."""
    limits = {"replies_per_address_per_hour": 2, "replies_per_hour": 4}
    config = make_config(tmp_path, box, outbound={"port": server.port}, limits=limits)
    numbers = [queue(store, number=n) for n in range(1, 4)]
    numbers += [queue(store, "Anna@Kunde.example", number=4)]
    numbers += [queue(store, f"user{n}@kunde.example", number=n) for n in range(5, 8)]
    chosen = due(store, config, NOW)
    assert chosen == [numbers[0], numbers[1], numbers[4], numbers[5]]
    for number in chosen:
        send(store, config, number, NOW)
    assert due(store, config, later(3000)) == []
    assert due(store, config, NOW + timedelta(hours=1, seconds=1)) == [numbers[2], numbers[3], numbers[6]]


def test_a_copy_in_sent_that_failed_is_made_later(
    store: Store, config: Config, tmp_path: Path, server: Submission, box: Login
) -> None:
    """The mailbox is away for a moment: the reply is out, its copy follows, nothing is sent twice."""
    number = queue(store)
    blind = make_config(tmp_path, box, inbox={"port": 9}, outbound={"port": server.port})
    assert send(store, blind, number, NOW) == "sent"
    assert in_folder(box) == []
    assert unfiled(store, NOW) == []
    assert unfiled(store, later(60)) == [number]
    assert send(store, config, number, later(60)) == "sent"
    assert in_folder(box) == [MIME]
    assert unfiled(store, later(10_000)) == []
    assert len(server.accepted) == 1


def test_the_sent_folder_may_be_named_in_any_language(
    store: Store, tmp_path: Path, server: Submission, box: Login
) -> None:
    """As text; where there is no such folder at all the copy is given up and the reply is sent all the same."""
    with open_account(box, "inbox") as account:
        account.create(b"Envoy&AOk-s")
    config = make_config(tmp_path, box, outbound={"port": server.port, "sent_folder": "Envoyés"})
    assert send(store, config, queue(store), NOW) == "sent"
    assert in_folder(box, b"Envoy&AOk-s") == [MIME]


def test_a_mailbox_without_a_sent_folder(
    store: Store,
    base: Path,
    authority: Any,
    tmp_path: Path,
    server: Submission,
    unique_address: Callable[[str], str],
) -> None:
    """Nothing to file into: said once in `status TICKET`, and not tried for ever."""
    with Dovecot(base / "nosent", authority, special={}) as plain:
        box = new_user(plain, unique_address("support"))
        config = make_config(tmp_path, box, outbound={"port": server.port})
        number = queue(store)
        assert send(store, config, number, NOW) == "sent"
    assert unfiled(store, later(100_000)) == []
    assert "sent_folder" in reply(store, number)["why"]

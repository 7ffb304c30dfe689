"""From the bytes of a mail to a ticket and its first reply: who is answered how, and what never gets in or out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.parser import BytesParser
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from bot import reception
from bot.model import Json
from bot.reception import MOST_ATTEMPTS, NEUTRAL_PER_HOUR, Reception
from bot.records import stamp
from bot.speech import Speech
from bot.store import Store
from bot.turn import Hands, turn
from parsers.sandbox import SandboxKilled, close
from tests.desk import AUTHSERV, NOW, SUPPORT, a_store, make_config

ANNA, ANN, EVE = "anna@kunde.example", "ann@host.example", "eve@elsewhere.example"
REQUEST = f"Please move:\n\nEmail: {ANNA}\nPassword: geheim-1\nServer: imap.old.example\n"


@dataclass
class Desk:
    """A reception with a clock of its own, and everything it says."""

    store: Store
    config: Any
    now: datetime = NOW
    taken: int = 0
    turns: list[int] = field(default_factory=list)

    def take(self, raw: bytes) -> int:
        """Keep one mail, as the inbox does."""
        self.taken += 1
        facts = {"digest": sha256(raw + b"%d" % self.taken).hexdigest(), "uidvalidity": 1, "uid": self.taken}
        with self.store.begin() as work:
            number = work.take_message(raw, {**facts, "received_at": stamp(self.now)}, self.now)
        assert number is not None
        return number

    def handle(self, *raws: bytes) -> None:
        """Take mails, read them all, then decide."""
        for raw in raws:
            self.take(raw)
        Reception(self.store, self.config, lambda: self.now).handle_all()
        speech = Speech(self.config, self.store.vault, lambda: self.now)
        hands = Hands(say=speech.draft, put=lambda *_: None)
        with self.store.begin() as work:
            due = work.due_tickets(self.now)
        for ticket_id in due:
            turn(self.store, ticket_id, self.now, hands)

    def replies(self) -> list[Json]:
        with self.store.begin() as work:
            return work.replies("queued", "sent", "failed")

    def mails(self) -> list[tuple[str, str]]:
        with self.store.begin() as work:
            return [
                (one["state"], one["why"])
                for one in work.messages("new", "handled", "ignored", "aside", limit=1000)
            ]

    def tickets(self) -> list[Any]:
        with self.store.begin() as work:
            return [work.load(one) for one in reversed(work.ticket_ids())]

    def send(self) -> None:
        """Say of every waiting reply that it went out."""
        with self.store.begin() as work:
            for one in work.replies("queued"):
                work.set_reply(one["id"], state="sent", sent_at=stamp(self.now))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_store(tmp_path) as store:
        yield Desk(store, make_config(tmp_path, engine={"check_deadline": "0s"}))


@pytest.fixture(scope="module", autouse=True)
def _end() -> Iterator[None]:
    yield
    close()


def mail(
    text: str = REQUEST,
    *more: str,
    sender: str = ANNA,
    verdict: str = "pass",
    subject: str = "Umzug",
    number: int = 1,
) -> bytes:
    domain = sender.rpartition("@")[2].strip("<> ")
    head = [
        f"Authentication-Results: {AUTHSERV}; dmarc={verdict} header.from={domain}"
        if verdict
        else "X-None: 1",
        f"From: {sender}",
        f"To: {SUPPORT}",
        f"Subject: {subject}",
        f"Message-ID: <{number}@{domain}>",
        "Date: Mon, 23 Nov 2026 12:00:00 +0000",
        *more,
    ]
    return "\r\n".join([*head, "", *text.split("\n")]).encode()


def parsed(reply: Json) -> Any:
    return BytesParser(policy=SMTP).parsebytes(reply["mime"])


def test_staff_on_cc_stays_and_strangers_never(desk: Desk) -> None:
    """A third party on Cc would read mailbox names and errors."""
    desk.handle(mail(REQUEST, f"Cc: Ann <{ANN}>, {EVE}, Bob <bob@kunde.example>"))
    (reply,) = desk.replies()
    assert reply["recipients"] == [ANNA, ANN]
    assert (parsed(reply)["To"], parsed(reply)["Cc"]) == (ANNA, ANN)


def test_a_mailbox_beside_done_is_taken_up_too(desk: Desk) -> None:
    """It used to end with "you can close the old account", and nobody ever saw the second mailbox's name."""
    desk.handle(mail())
    (ticket,) = desk.tickets()
    more = "Done. But one more thing: could you also copy sales@kunde.example? Password is Sales-1"
    desk.handle(mail(more, f"References: {desk.replies()[-1]['message_id']}", number=2))
    assert desk.mails()[-1][0] == "handled"
    with desk.store.look() as work:
        assert [event["kind"] for event in work.events(ticket.id)][-2:] == ["message", "switched"]
        assert [row.address for row in work.load(ticket.id).rows] == [ANNA, "sales@kunde.example"]


def test_a_wish_beside_done_is_acted_on_and_shown_to_a_person(desk: Desk) -> None:
    """Nothing says what is to become of the second mailbox: somebody has to ask."""
    desk.handle(mail())
    (ticket,) = desk.tickets()
    more = "Done. By the way, what about sales@kunde.example?"
    desk.handle(mail(more, f"References: {desk.replies()[-1]['message_id']}", number=2))
    (state, why) = desk.mails()[-1]
    assert (state, "an address in its text" in why, "sales" in why) == ("aside", True, False)
    with desk.store.look() as work:
        assert [event["kind"] for event in work.events(ticket.id)][-2:] == ["switched", "note"]


def test_done_while_we_wait_for_something_else_is_shown_to_a_person(desk: Desk) -> None:
    """ "Done" may mean that IMAP is switched on at the old provider: nothing starts by it, but somebody has to look."""
    desk.handle(mail(f"Please move:\n\nEmail: {ANNA}\nServer: imap.old.example\n"))
    desk.handle(mail("Done.", f"References: {desk.replies()[-1]['message_id']}", number=2))
    (state, why) = desk.mails()[-1]
    assert (state, "says done" in why) == ("aside", True)


def test_what_is_understood_whole_is_not_set_aside(desk: Desk) -> None:
    """Else every request would wait for a reader: the sender, the desk, rows, a password with an @, and the quote."""
    text = REQUEST + f"\nI write from {ANNA}.\n\nOn Monday {SUPPORT} wrote:\n> ask bob@kunde.example\n"
    desk.handle(mail(text))
    assert [state for state, _ in desk.mails()] == ["handled"]


def test_reply_to_is_never_used(desk: Desk) -> None:
    """Whoever forges it would get the answers, and the ticket."""
    desk.handle(mail(REQUEST, f"Reply-To: {EVE}"))
    (reply,) = desk.replies()
    assert reply["recipients"] == [ANNA]
    assert EVE.encode() not in reply["mime"]


def test_an_unproven_sender_hears_a_neutral_word_under_our_subject(desk: Desk) -> None:
    """Nothing of the mail comes back: else anybody could write to anybody through us."""
    subject = "Cheap pills [#1 http://evil.example] [Ticket#4711]"
    desk.handle(mail(REQUEST, f"Cc: {ANN}", verdict="none", subject=subject))
    (reply,) = desk.replies()
    assert (reply["kind"], reply["recipients"]) == ("held", [ANNA])
    assert parsed(reply)["Subject"].startswith("Re: Your message [MF-")
    for word in (b"pills", b"evil", b"4711", b"imap.old", b"geheim"):
        assert word not in reply["mime"]
    (held,) = desk.tickets()
    with desk.store.begin() as work:
        work.add_event(held.id, "approved", {}, desk.now)
    desk.handle()
    desk.now += timedelta(minutes=1)
    desk.handle()
    ack = desk.replies()[-1]
    assert parsed(ack)["Subject"].startswith("Re: Cheap pills"), "staff vouched: back on the thread"
    assert ack["recipients"] == [ANNA, ANN]


def test_a_sender_whose_domain_disowns_the_mail_hears_one_neutral_word(desk: Desk) -> None:
    """dmarc=fail is a forgery or a broken forwarder: one word a day without detail serves both, the order waits for staff."""
    desk.handle(mail(verdict="fail"), mail(verdict="fail", number=2))
    assert [reply["kind"] for reply in desk.replies()] == ["held"]
    first, second = sorted(desk.tickets(), key=lambda ticket: ticket.id)
    assert (first.silent, second.silent) == (False, True)
    assert all(ticket.rows[0].held_because == "sender-forged" for ticket in (first, second))


def test_one_address_is_answered_neutrally_once_a_day(desk: Desk) -> None:
    """A burst arrives before the first answer is even decided; the limit holds within it."""
    desk.handle(
        *(mail(verdict="none", number=n, sender=who) for n, who in enumerate([ANNA, ANNA.upper(), ANNA]))
    )
    assert len(desk.replies()) == 1
    desk.now += timedelta(hours=23)
    desk.handle(mail(verdict="none", number=8))
    assert len(desk.replies()) == 1
    desk.now += timedelta(hours=2)
    desk.handle(mail(verdict="none", number=9))
    assert len(desk.replies()) == 2
    assert len(desk.tickets()) == 5


def test_twenty_neutral_answers_an_hour_in_all(desk: Desk) -> None:
    """A mail bomb with many forged senders ends here."""
    burst = [mail(verdict="none", number=n, sender=f"u{n}@d{n}.example") for n in range(NEUTRAL_PER_HOUR + 5)]
    desk.handle(*burst)
    assert len(desk.replies()) == NEUTRAL_PER_HOUR
    desk.now += timedelta(hours=1, seconds=1)
    desk.handle(mail(verdict="none", number=99, sender="late@late.example"))
    assert len(desk.replies()) == NEUTRAL_PER_HOUR + 1


@pytest.mark.parametrize(
    "sender",
    [
        "jörg@kunde.example",
        '"a b"@x.example',
        "a@b@c",
        "x@[192.0.2.1]",
        "=?utf-8?q?x=0D=0ABcc:_y?= <z@z.example>",
        "a" * 400 + "@x.example",
    ],
)
def test_any_sender_can_be_answered_or_shown(desk: Desk, sender: str) -> None:
    """An address with odd characters must not stop the ticket, and not the ones behind it."""
    desk.handle(mail(verdict="", sender=sender), mail(number=2))
    (first, _), second = desk.mails()
    assert first in ("handled", "aside")
    assert second == ("handled", "request")
    assert [reply["kind"] for reply in desk.replies()] == ["held"] * (first == "handled") + ["ack"]
    assert "Bcc" not in parsed(desk.replies()[0])


def test_two_from_headers_are_set_aside(desk: Desk) -> None:
    """Nobody can tell whom the sender's client showed; nobody is answered."""
    desk.handle(mail(REQUEST, f"From: {EVE}"), mail(number=2))
    assert desk.mails() == [("aside", "not one sender"), ("handled", "request")]
    assert [reply["recipients"] for reply in desk.replies()] == [[ANNA]]


def test_a_mail_that_cannot_be_read_is_set_aside_and_the_next_one_served(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed by its child's limits, or by an error of ours: one mail, and it is shown in `status`."""
    read = reception.read_request

    def fragile(raw: bytes, known: Any, **clock: Any) -> Any:
        if b"bomb" in raw:
            raise SandboxKilled("memory", "read_letter")
        if b"bug" in raw:
            raise KeyError("geheim-1")
        return read(raw, known, **clock)

    monkeypatch.setattr(reception, "read_request", fragile)
    desk.handle(mail("bomb"), mail("bug", number=2), mail(number=3))
    assert desk.mails() == [
        ("aside", "could not be read (memory)"),
        ("aside", "could not be read (KeyError)"),
        ("handled", "request"),
    ]


def test_a_mail_that_ends_the_daemon_again_and_again_is_set_aside(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count is on disk before the reading: else one mail would stop us for ever."""

    class PowerFailureError(BaseException):
        pass

    def deadly(raw: bytes, known: Any, **clock: Any) -> Any:
        raise PowerFailureError

    number = desk.take(mail())
    monkeypatch.setattr(reception, "read_request", deadly)
    for _ in range(reception.MOST_ATTEMPTS):
        with pytest.raises(PowerFailureError):
            desk.handle()
    desk.handle()
    assert desk.mails() == [("aside", "reading it failed again and again")]
    assert number == 1


def test_a_mistake_in_writing_down_costs_one_mail(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its transaction is undone, the next one is served; after some more looks it is shown to staff."""
    judge = reception.judge

    def fragile(requester: str, *rest: Any, **more: Any) -> Any:
        if requester == EVE:
            raise ValueError("never seen before")
        return judge(requester, *rest, **more)

    monkeypatch.setattr(reception, "judge", fragile)
    desk.handle(mail(sender=EVE), mail(number=2))
    assert desk.mails() == [("new", ""), ("handled", "request")]
    for _ in range(MOST_ATTEMPTS):
        desk.handle()
    assert desk.mails()[0] == ("aside", "reading it failed again and again")
    assert [ticket.requester for ticket in desk.tickets()] == [ANNA]


def test_the_desks_own_mailboxes_are_no_destination(desk: Desk) -> None:
    """Mail copied into the support mailbox could carry our MX's word for anybody: it always waits for staff."""
    desk.handle(
        mail(REQUEST.replace("anna@kunde.example", "support@host.example"), sender="eve@host.example")
    )
    assert [row.held_because for row in desk.tickets()[0].rows] == ["destination-ours"]


def test_a_wanted_start_holds_the_copy_until_staff_says_so(desk: Desk) -> None:
    """A time somebody asked for is a promise: nothing is copied before a person has agreed on it."""
    desk.handle(mail(REQUEST + "Wanted start: Saturday 22:00\n"))
    ticket = desk.tickets()[0]
    assert ticket.start_said == "Saturday 22:00"


# --- on the thread -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["in-reply-to", "references", "tag", "a-colleagues-mail", "their-own-mail"])
def test_an_answer_finds_its_ticket(desk: Desk, by: str) -> None:
    """Clients drop References, desks rewrite ids, people answer the wrong mail of the thread."""
    desk.handle(mail(REQUEST.replace("Password: geheim-1\n", "")))
    first = desk.replies()[0]
    ours, tag = first["message_id"], desk.tickets()[0].number
    desk.handle(mail("I look after it.", f"In-Reply-To: {ours}", sender=ANN, number=50, subject="Re: Umzug"))
    found = {
        "in-reply-to": (f"In-Reply-To: {ours}", "Re: other"),
        "references": (f"References: <x@y.example> {ours} <z@y.example>", "Re: other"),
        "tag": ("X-Nothing: here", f"AW: Umzug [{tag}]"),
        "a-colleagues-mail": ("In-Reply-To: <50@host.example>", "Re: other"),
        "their-own-mail": ("References: <1@kunde.example>", "Re: other"),
    }[by]
    answer = f"Email: {ANNA}\nPassword: geheim-2\n"
    desk.handle(mail(answer, found[0], subject=found[1], number=2))
    (only,) = desk.tickets()
    assert len(only.rows) == 1
    assert only.rows[0].secret_ids
    assert desk.mails()[-1] == ("handled", "follow-up")


@pytest.mark.parametrize("tag", ["[MF-7F3K9Q]", "[MIG-7F3K9Q]"])
def test_a_tag_of_ours_without_its_ticket_is_shown_to_a_person(desk: Desk, tag: str) -> None:
    """What the parsers take for an answer to us, the reception takes for one: it opens no second ticket."""
    desk.handle(mail(REQUEST, subject=f"Re: Umzug {tag}"))

    assert (desk.mails(), desk.tickets()) == ([("aside", "follow-up, no ticket")], [])


@pytest.mark.parametrize("tag", ["MF-7F3K9Q", "MIG-7F3K9Q"])
def test_a_new_ticket_bears_no_tag_of_another(desk: Desk, tag: str) -> None:
    """Staff passes an old thread on: the answer to it must find the new ticket."""
    desk.handle(mail(FORWARD.replace("[#4711]", f"[{tag}]"), sender=ANN, subject="WG: Umzug [#4711]"))

    (reply,) = desk.replies()
    assert tag not in parsed(reply)["Subject"]
    assert f"[{desk.tickets()[0].number}]" in parsed(reply)["Subject"]


@pytest.mark.parametrize("verdict", ["pass", "none", "fail"])
def test_a_stranger_with_the_right_ids_changes_nothing(desk: Desk, verdict: str) -> None:
    """Knowing our Message-ID is no right to steer the ticket, nor to hear of it."""
    desk.handle(mail(REQUEST.replace("Password: geheim-1\n", "")))
    before, said = desk.tickets(), len(desk.replies())
    ours, tag = desk.replies()[0]["message_id"], before[0].number
    answer = f"Email: {ANNA}\nPassword: x\nServer: imap.evil.example\n"
    sender = EVE if verdict == "pass" else ANNA
    desk.handle(
        mail(answer, f"In-Reply-To: {ours}", sender=sender, verdict=verdict, subject=f"Re: [{tag}]", number=2)
    )
    assert [ticket.rows for ticket in desk.tickets()][:1] == [ticket.rows for ticket in before]
    assert len(desk.replies()) == said
    assert desk.mails()[-1][0] == "aside"


def test_what_a_reply_quotes_of_ours_adds_no_rows(desk: Desk) -> None:
    """Most clients quote our whole mail, examples and tables included."""
    desk.handle(mail("Please move my mailboxes to you.\n"))
    first = desk.replies()[0]
    text = parsed(first).get_body(("plain",)).get_content()
    example = "Email: max@beispiel.example\nPassword: secret\nServer: imap.beispiel.example\n"
    quoted = "\n".join(f"> {line}" for line in (text + example).splitlines())
    answer = f"Thanks, later.\n\nOn Mon, 23 Nov 2026 Host Example wrote:\n{quoted}\n"
    desk.handle(mail(answer, f"In-Reply-To: {first['message_id']}", subject="Re: Umzug", number=2))
    (only,) = desk.tickets()
    assert only.rows == ()
    assert len(desk.replies()) == 1


def bounce(message_id: str, action: str) -> bytes:
    returned = f"From: {SUPPORT}\r\nMessage-ID: {message_id}\r\nX-Loop: {SUPPORT}\r\n"
    parts = [
        "Content-Type: text/plain\r\n\r\nSorry.\r\n",
        f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {ANNA}\r\nAction: {action}\r\nStatus: 5.1.1\r\n",
        f"Content-Type: text/rfc822-headers\r\n\r\n{returned}",
    ]
    body = "".join(f"--b\r\n{part}\r\n" for part in parts)
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
    return mail(
        body + "--b--\r\n",
        kind,
        "Return-Path: <>",
        "Auto-Submitted: auto-replied",
        sender="MAILER-DAEMON@mx.example",
        subject="Undelivered",
        number=7,
    ).replace(b"\r\r", b"\r")


@pytest.mark.parametrize(("action", "state"), [("failed", "failed"), ("delayed", "sent")])
def test_a_reply_that_comes_back_is_recorded_and_not_answered(desk: Desk, action: str, state: str) -> None:
    """Staff sees in `status` that the customer heard nothing; a mere delay changes nothing."""
    desk.handle(mail())
    desk.send()
    desk.handle(bounce(desk.replies()[0]["message_id"], action))
    (reply,) = desk.replies()
    assert (reply["state"], "came back" in reply["why"]) == (state, state == "failed")
    assert desk.mails()[-1] == ("ignored", "bounce")
    (ticket,) = desk.tickets()
    with desk.store.begin() as work:
        log = [event["data"].get("said") for event in work.events(ticket.id)]
    assert ("reply ack came back" in log) == (state == "failed")


def test_our_own_mail_coming_in_is_ignored(desk: Desk) -> None:
    """An alias leads our replies back to us: the loop ends at the first step."""
    desk.handle(mail())
    desk.handle(desk.replies()[0]["mime"])
    assert desk.mails()[-1] == ("ignored", "own")
    assert len(desk.replies()) == 1


FORWARD = f"""Please take care of this one.

---------- Forwarded message ---------
From: Anna Berg <{ANNA}>
Date: Mon, 23 Nov 2026 at 10:00
Subject: Umzug [#4711]
To: <{SUPPORT}>

{REQUEST}"""


def test_what_staff_forwards_is_the_customers_request_and_waits(desk: Desk) -> None:
    """The customer is answered, the one who forwarded it reads along, and an order by other hands waits for approval."""
    desk.handle(mail(FORWARD, sender=ANN, subject="WG: Umzug [#4711]"))

    (ticket,) = desk.tickets()
    assert (ticket.requester, [row.held_because for row in ticket.rows]) == (ANNA, ["staff-order"])
    (reply,) = desk.replies()
    assert reply["recipients"] == [ANNA, ANN]
    assert parsed(reply)["Subject"].startswith("Re: Umzug [#4711]")
    assert parsed(reply)["In-Reply-To"] == "<1@host.example>"


@pytest.mark.parametrize("verdict", ["none", "fail", ""])
def test_whoever_only_says_to_be_staff_makes_nobody_a_requester(desk: Desk, verdict: str) -> None:
    """Else anybody could write to anybody through us, and order in their name."""
    desk.handle(mail(FORWARD, sender=ANN, subject="WG: Umzug", verdict=verdict))

    assert {ticket.requester for ticket in desk.tickets()} <= {ANN}
    assert all(reply["recipients"] == [ANN] for reply in desk.replies())


@pytest.mark.parametrize("verdict", ["none", "fail", ""])
@pytest.mark.parametrize("text", [FORWARD, f"{REQUEST}\nList-Post: x\n"])
def test_whoever_only_says_to_be_our_own_desk_is_shown_to_a_person(
    desk: Desk, verdict: str, text: str
) -> None:
    """The address everybody knows is the easiest to forge: nobody is written to, and no ticket is opened."""
    named = ("Precedence: list", f"X-Original-From: {ANNA}", f"Reply-To: {ANNA}")
    desk.handle(mail(text, sender=SUPPORT, subject="WG: Umzug", verdict=verdict))
    desk.handle(mail(text, *named, sender=SUPPORT, subject="Umzug", verdict=verdict, number=2))

    assert (desk.tickets(), desk.replies()) == ([], [])
    assert {state for state, _ in desk.mails()} <= {"aside", "ignored"}


def test_what_our_proven_desk_passes_on_waits_for_staff(desk: Desk) -> None:
    """A shared mailbox forwards as one of staff would; that it is ours gives no right to any mailbox."""
    desk.handle(mail(FORWARD, sender=SUPPORT, subject="WG: Umzug"))

    (ticket,) = desk.tickets()
    assert ticket.requester == ANNA
    assert [(row.state.value, row.held_because) for row in ticket.rows] == [("held", "sender-not-requester")]


def test_a_mail_that_staff_attached_is_answered_in_its_own_thread(desk: Desk) -> None:
    """The customer finds the answer below what they wrote."""
    inner = mail(REQUEST, subject="Umzug", number=77).decode().replace("\r", "")
    parts = f"--b\n\nfyi\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    desk.handle(
        mail(parts, "Content-Type: multipart/mixed; boundary=b", sender=ANN, subject="WG: Umzug", number=5)
    )

    (reply,) = desk.replies()
    assert reply["recipients"] == [ANNA, ANN]
    assert parsed(reply)["In-Reply-To"] == "<77@kunde.example>"
    assert "<5@host.example>" in parsed(reply)["References"]


def test_staff_answering_a_customer_with_us_on_cc_hands_the_request_over(desk: Desk) -> None:
    """What the customer wrote stands in the quotation."""
    quoted = "\n".join(f"> {line}" for line in REQUEST.split("\n"))
    text = f"Our migration desk (on Cc) will take care of it.\n\nOn Monday Anna <{ANNA}> wrote:\n{quoted}\n"
    raw = mail(text, sender=ANN, subject="Re: Umzug").replace(
        f"To: {SUPPORT}".encode(), f"To: {ANNA}\r\nCc: {SUPPORT}".encode()
    )
    desk.handle(raw)

    (ticket,) = desk.tickets()
    assert (ticket.requester, [row.address for row in ticket.rows]) == (ANNA, [ANNA])
    assert desk.replies()[0]["recipients"] == [ANNA, ANN]


def test_a_forward_of_two_customers_is_shown_to_a_person(desk: Desk) -> None:
    """Whose request it is must not be guessed."""
    text = FORWARD.replace(f"<{ANNA}>", f"<{ANNA}>, bob@kunde.example")
    desk.handle(mail(text, sender=ANN, subject="WG: Umzug"))

    assert (desk.mails(), desk.tickets()) == ([("aside", "not one customer in it")], [])


def test_a_helpdesk_that_relays_is_answered_and_the_customer_asks(tmp_path: Path) -> None:
    """Its notifications are written by a program; listed and proven it is heard, else not."""
    relay = {
        "from": "desk@tickets.example",
        "dkim_domain": "tickets.example",
        "customer_header": "X-Customer",
    }
    with a_store(tmp_path) as store:
        config = make_config(
            tmp_path,
            engine={"check_deadline": "0s"},
            support={"addresses": [SUPPORT], "authserv_id": AUTHSERV, "helpdesk_relays": [relay]},
        )
        desk = Desk(store, config)
        marks = ("Auto-Submitted: auto-generated", f"X-Customer: Anna <{ANNA}>")
        text = f"##- Please type your reply above this line -##\n\n{REQUEST}"
        for verdict in ("pass", "none"):
            number = 1 if verdict == "pass" else 2
            desk.handle(
                mail(
                    text,
                    *marks,
                    sender="desk@tickets.example",
                    verdict=verdict,
                    number=number,
                    subject="Umzug [#9]",
                )
            )

        assert [ticket.requester for ticket in desk.tickets()] == [ANNA]
        assert [reply["recipients"] for reply in desk.replies()] == [["desk@tickets.example"]]
        assert desk.mails()[1] == ("ignored", "automatic")

"""Programs answer us, and so do we: it ends after one mail, or three, whatever their headers say."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.model import Json
from parsers.sandbox import close
from tests.desk import AUTHSERV, SUPPORT, a_store, make_config
from tests.test_reception import ANN, ANNA, REQUEST, Desk, bounce, mail, parsed


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_store(tmp_path) as store:
        yield Desk(store, make_config(tmp_path, engine={"check_deadline": "0s"}))


@pytest.fixture(scope="module", autouse=True)
def _end() -> Iterator[None]:
    yield
    close()


def answer(desk: Desk, text: str, *more: str, number: int = 2, **facts: Any) -> bytes:
    """Return a mail of the requester on the thread of our newest reply."""
    newest = desk.replies()[-1]
    subject = facts.pop("subject", f"Re: {parsed(newest)['Subject']}")
    return mail(text, f"In-Reply-To: {newest['message_id']}", *more, subject=subject, number=number, **facts)


AWAY = [
    ("Out of office: Re: Umzug", ["Auto-Submitted: auto-replied"], "I am away until Monday."),
    ("Automatische Antwort: Umzug", ["X-Auto-Response-Suppress: All"], "Ich bin nicht im Büro."),
    ("Abwesenheitsnotiz", [], "Ich bin bis zum 7.12. im Urlaub."),
    ("Re: Umzug", ["Precedence: auto_reply", "X-Autoreply: yes"], "Je suis absente."),
]
ACKS = [
    "Thank you for contacting us. Your request has been received and a ticket #4711 has been created.",
    "Ihre Anfrage ist bei uns eingegangen und wird unter der Nummer 2026-11-0815 bearbeitet.",
    "Nous avons bien reçu votre demande. Un conseiller vous répondra sous 24 heures.",
    "Hello!\n\nWe got your message and will be back soon.\n\nThe team",
    "Your e-mail to anna@kunde.example arrived. Start of our office hours: 9:00.",
]


@pytest.mark.parametrize(("subject", "headers", "text"), AWAY)
def test_an_out_of_office_answer_produces_nothing(
    desk: Desk, subject: str, headers: list[str], text: str
) -> None:
    """To the acknowledgement, from the requester's own address, proven."""
    desk.handle(mail())
    before = [ticket.rows for ticket in desk.tickets()]
    desk.handle(answer(desk, text, *headers, subject=subject))
    assert desk.mails()[-1][0] == "ignored"
    assert ([ticket.rows for ticket in desk.tickets()], len(desk.replies())) == (before, 1)


def test_a_bounce_of_each_reply_produces_nothing(desk: Desk) -> None:
    """Nobody is there to read an answer to it."""
    desk.handle(mail())
    desk.send()
    desk.handle(bounce(desk.replies()[0]["message_id"], "failed"))
    assert (len(desk.replies()), desk.mails()[-1]) == (1, ("ignored", "bounce"))


@pytest.mark.parametrize("text", ACKS)
@pytest.mark.parametrize("quoting", [False, True])
def test_a_helpdesks_acknowledgement_without_any_header_produces_nothing_more(
    desk: Desk, text: str, quoting: bool
) -> None:
    """It looks like a person's mail and says nothing we asked for; also with our own mail quoted below it."""
    desk.handle(mail())
    said = str(parsed(desk.replies()[0]).get_body(("plain",)).get_content())
    quoted = "\n\nOn Monday Host Example wrote:\n" + "\n".join(f"> {line}" for line in said.splitlines())
    desk.handle(answer(desk, text + (quoted if quoting else "")))
    assert len(desk.replies()) == 1
    assert len(desk.tickets()) == 1


def test_a_hundred_rounds_with_a_program_that_repeats_itself(desk: Desk) -> None:
    """One acknowledgement, three answers to what brings nothing new, then a person: the ladder's last rung."""
    lacking = f"Please move:\n\nEmail: {ANNA}\nServer: imap.old.example\n"
    desk.handle(mail(lacking))
    for number in range(2, 102):
        desk.now += timedelta(hours=2)
        desk.handle(answer(desk, f"{lacking}\nRound {number}\n", number=number))
    kinds = [one["kind"] for one in desk.replies()]
    assert (kinds.count("ack"), len(kinds)) == (1, 4)
    assert desk.mails()[-1] == ("aside", "nothing new, 4 times running: answer it")


def test_something_new_begins_the_count_anew(desk: Desk) -> None:
    """A customer who needs many mails is served as long as each one brings something."""
    desk.handle(mail(f"Please move:\n\nEmail: {ANNA}\nServer: imap.old.example\n"))
    for number in range(2, 12):
        desk.now += timedelta(hours=2)
        desk.handle(answer(desk, f"Email: {ANNA}\nPassword: geheim-{number}\n", number=number))
    assert desk.mails()[-1][0] == "handled"
    (ticket,) = desk.tickets()
    assert ticket.stale == 0


@pytest.mark.parametrize(("minutes", "tickets"), [(1, 1), (59, 1), (61, 2)])
def test_the_same_words_twice_within_an_hour_are_one_request(desk: Desk, minutes: int, tickets: int) -> None:
    """Sent twice by an impatient hand or a program, under another Message-ID."""
    desk.handle(mail(number=1))
    desk.now += timedelta(minutes=minutes)
    desk.handle(mail(number=2))
    assert len(desk.tickets()) == tickets
    assert (desk.mails()[-1] == ("ignored", "said twice")) == (tickets == 1)


def test_nobody_stops_a_true_sender_by_saying_it_first(desk: Desk) -> None:
    """An unproven mail of the same words counts for nothing."""
    desk.handle(mail(number=1, verdict="none"))
    desk.handle(mail(number=2))
    assert desk.mails() == [("handled", "request"), ("handled", "request")]


def test_orders_may_be_repeated(desk: Desk) -> None:
    """Pause, go on, pause: the same word twice is meant twice."""
    desk.handle(mail())
    for number, word in enumerate(("Please pause.", "Please resume.", "Please pause."), 2):
        desk.handle(answer(desk, word, number=number))
    assert desk.tickets()[0].paused


@pytest.mark.parametrize("stripped", [False, True])
def test_two_bots_face_to_face_exchange_at_most_two_mails(tmp_path: Path, stripped: bool) -> None:
    """Also where a gateway between them takes every header away that says what they are."""
    folders = [tmp_path / "here", tmp_path / "there"]
    other = "support@other.example"
    for folder in folders:
        folder.mkdir()
    with a_store(folders[0]) as store, a_store(folders[1]) as store2:
        engine = {"check_deadline": "0s"}
        here = Desk(store, make_config(folders[0], engine=engine))
        theirs = {"addresses": [other], "authserv_id": AUTHSERV, "staff": []}
        there = Desk(store2, make_config(folders[1], engine=engine, support=theirs, outbound={"from": other}))
        here.handle(mail(REQUEST, sender=other))  # somebody's joke, or a forgotten forward
        seen = {"here": 0, "there": 0}
        for _ in range(20):
            for name, sender, reader in (("here", here, there), ("there", there, here)):
                fresh = sender.replies()[seen[name] :]
                seen[name] += len(fresh)
                reader.handle(*(_travelled(one, stripped) for one in fresh))
        assert seen["here"] + seen["there"] <= 2


def _travelled(reply: Json, stripped: bool) -> bytes:
    raw = bytes(reply["mime"])
    domain = str(parsed(reply)["From"]).rpartition("@")[2].strip("<> ")
    if stripped:
        raw = re.sub(rb"(?m)^(Auto-Submitted|X-Auto-Response-Suppress|X-Loop):.*\r\n", b"", raw)
    return f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={domain}\r\n".encode() + raw


@pytest.mark.parametrize(("address", "to"), [("", SUPPORT), ("tickets@host.example", "tickets@host.example")])
def test_via_desk_replies_go_to_the_ticket_address_only(tmp_path: Path, address: str, to: str) -> None:
    """The helpdesk passes them on: neither the requester nor staff on Cc hears of us directly."""
    support = {"reply_mode": "via_desk", "ticket_address": address}
    with a_store(tmp_path) as store:
        desk = Desk(store, make_config(tmp_path, engine={"check_deadline": "0s"}, support=support))
        desk.handle(
            mail(REQUEST, f"Cc: {ANN}"), mail(sender="eve@elsewhere.example", verdict="none", number=9)
        )
        assert [one["recipients"] for one in desk.replies()] == [[to], [to]]
        assert {parsed(one)["To"] for one in desk.replies()} == {to}
        assert [ticket.requester for ticket in desk.tickets()] == [ANNA, "eve@elsewhere.example"]

"""Machine mail is never a request, and a person's mail is never taken for a machine's by one weak sign."""

import pytest

from parsers.request import read_request
from tests.test_request import DESK, in_process

DATA = "Email: anna@old.example\nPassword: geheim-1\nIMAP: imap.old.example\n"
ASK = "Please migrate my mailbox to your servers.\n"


def kind(head: str, body: str = ASK + DATA, sender: str = "Anna <anna@old.example>") -> str:
    fields = f"From: {sender}\nTo: support@host.example\nMessage-ID: <1@x>\n{head}"
    if "Content-Type" not in head:
        fields += "\nContent-Type: text/plain; charset=utf-8"
    return read_request(f"{fields}\n\n{body}".encode(), DESK, safely=in_process).kind


AWAY = [
    "Out of Office",
    "Out of office: Your mailbox move",
    "Automatic reply: Your migration",
    "Auto: I'm on holiday",
    "Autoreply: Re: migration",
    "OOO: back on Monday",
    "On vacation until 12 May",
    "Automatische Antwort: Ihr Umzug",
    "Abwesenheitsnotiz: Re: Umzug",
    "Abwesend: Re: Ihr Umzug",
    "Abwesenheit: bin im Urlaub",
    "Automatische Rückmeldung",
    "Réponse automatique : Votre migration",
    "Absence du bureau : Re: Migration",
    "Message d'absence",
    "Respuesta automática: Su migración",
    "Fuera de la oficina: Re: migración",
    "Risposta automatica: La migrazione",
    "Fuori ufficio: R: migrazione",
    "Automatisch antwoord: Uw verhuizing",
    "Afwezig: Re: verhuizing",
    "Resposta automática: A sua migração",
    "Automatyczna odpowiedź: Migracja",
    "Nieobecność w biurze",
    "Răspuns automat: Migrare",
    "自動返信: 移行について",
    "不在通知: メール移行",
    "自动回复: 迁移",
]


@pytest.mark.parametrize("subject", AWAY)
def test_an_absence_is_known_by_its_subject_alone(subject: str) -> None:
    """Old autoresponders set no header; answering one starts a loop."""
    assert kind(f"Subject: {subject}") == "automatic"


@pytest.mark.parametrize(
    "body",
    [
        "I am currently out of the office until 12 May with limited access to my email.",
        "Vielen Dank für Ihre Nachricht. Ich bin bis zum 15. Mai nicht im Büro.",
        "Je suis absente jusqu'au 15 mai.",
        "Estoy fuera de la oficina hasta el lunes.",
        "Sono fuori ufficio fino al 15 maggio.",
        "Ik ben afwezig tot 15 mei.",
        "Jestem na urlopie do 15 maja.",
        "This is an automated response. We have received your message.",
    ],
)
def test_an_absence_without_any_header_is_known_by_its_words(body: str) -> None:
    """On our own thread too: the subject is only "Re: …"."""
    assert kind("Subject: Re: Your migration", body) == "automatic"
    assert kind("Subject: Re: Umzug [MF-7F3K9]", body) == "automatic"


@pytest.mark.parametrize(
    ("sender", "head", "expected"),
    [
        ("anna@old.example", "Auto-Submitted: auto-replied", "automatic"),
        ("anna@old.example", "Auto-Submitted: auto-generated (vacation)", "automatic"),
        ("anna@old.example", "X-Autoreply: yes", "automatic"),
        ("anna@old.example", "X-Autorespond: 1", "automatic"),
        ("anna@old.example", "Precedence: list", "automatic"),
        ("anna@old.example", "Precedence: auto_reply", "automatic"),
        ("anna@old.example", "List-Id: Hosting talk <talk.lists.example>", "automatic"),
        ("anna@old.example", "Return-Path: <>", "automatic"),
        ("No Reply <no-reply@shop.example>", "Subject: Your order", "automatic"),
        ("shop-noreply@shop.example", "Subject: Your order", "automatic"),
        ("nicht-antworten@shop.example", "Subject: Ihre Bestellung", "automatic"),
        ("ne-pas-repondre@shop.example", "Subject: Votre commande", "automatic"),
        ("noreply+abc123@shop.example", "Subject: Your order", "automatic"),
        ("root@web1.host.example", "Subject: Cron <root@web1> backup-mailboxes", "automatic"),
        ("nagios@mon.host.example", "Subject: ** PROBLEM Service Alert: mail1/IMAP is CRITICAL **", "automatic"),
        ("MAILER-DAEMON@mx.old.example", "Subject: failure notice", "bounce"),
        ("Mail Delivery System <Mailer-Daemon@mx.old.example>", "Subject: Mail delivery failed: returning message to sender", "bounce"),
        ("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Subject: Delivery Status Notification (Failure)", "bounce"),
        ("postmaster@old.example", "Subject: Undeliverable: Your migration", "bounce"),
        ("postmaster@old.example", "Subject: Unzustellbar: Ihr Umzug", "bounce"),
        ("postmaster@old.example", "Subject: Non remis : Votre migration", "bounce"),
        ("postmaster@old.example", "Subject: No se puede entregar: migración", "bounce"),
        ("MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@old.example", "Subject: Undeliverable: x", "bounce"),
        ("postmaster@old.example", "Return-Path: <>\nSubject: x", "bounce"),
        ("a@old.example", "Return-Path: <>\nSubject: Undelivered Mail Returned to Sender", "bounce"),
        ("x@old.example", "Content-Type: multipart/report; report-type=delivery-status; boundary=b", "bounce"),
        ("x@old.example", "Content-Type: multipart/report; report-type=disposition-notification; boundary=b", "automatic"),
        ("x@old.example", "Content-Type: multipart/report; report-type=feedback-report; boundary=b", "automatic"),
        ("ferry@host.example", "Subject: Re: Umzug", "own"),
        ("x@old.example", "X-Loop: ferry@host.example", "own"),
        ("x@old.example", "X-Mailferry-Ticket: MF-7F3K9", "own"),
    ],
)  # fmt: skip
def test_a_machine_is_known_even_when_it_holds_a_whole_request(sender: str, head: str, expected: str) -> None:
    """What it quotes or copies is nobody's order."""
    assert kind(head, sender=sender) == expected


@pytest.mark.parametrize(
    "head",
    [
        "Subject: Automatic migration of my mail",
        "Subject: Out of space, please move us",
        "Subject: Vacation rental Müller: move our mailboxes",
        "Subject: Absent-minded: forgot the server, here it is",
        "Subject: Re: Automatic reply: Umzug",
        "Subject: Undeliverable mails since Monday, please migrate now",
        "Subject: Read this first: our migration",
        "Auto-Submitted: no",
        "Precedence: bulk",
        "Precedence: first-class",
        "List-Unsubscribe: <https://crm.example/u>",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "X-Loop: gateway@old.example",
        "X-Spam-Flag: YES",
        "X-MS-Exchange-Organization-AuthSource: mail",
        "Sender: postmaster@old.example",
        "Precedence: bulk\nX-Auto-Response-Suppress: All",
    ],
)
def test_a_person_is_not_silenced_by_a_weak_sign(head: str) -> None:
    """Gateways, CRMs and Exchange put such fields on what people write."""
    assert kind(head) == "request"


@pytest.mark.parametrize("sender", ["postmaster@old.example", "info@old.example", "noreen@old.example", "Bounce House <hello@bounce.example>", "rootbeer@old.example"])  # fmt: skip
def test_a_person_may_have_an_odd_address(sender: str) -> None:
    """Small companies write from postmaster@."""
    assert kind("Subject: Move", sender=sender) == "request"


@pytest.mark.parametrize(
    "head", ["Precedence: bulk", "List-Unsubscribe: <https://crm.example/u>", "X-Loop: gw@old.example"]
)
def test_a_question_through_a_gateway_is_still_a_persons(head: str) -> None:
    """It holds no data, and somebody waits for an answer."""
    assert kind(head, "When will it begin? Could you call me?") == "none"
    assert kind(f"Subject: Re: x [MF-7F3K9]\n{head}", "When will it begin?") == "follow-up"
    assert kind(head, ASK) == "request"


@pytest.mark.parametrize(
    "body",
    [
        "Dear customer,\nyour mailbox is full. Migrate your email account now: click here https://evil.example",
        "We offer mailbox migration for companies. Our experts move your mailboxes. Book a demo!\nUnsubscribe",
        "Cloud news: why now is the time to migrate your mailboxes. View this email in your browser. Unsubscribe",
    ],
)
def test_advertising_that_speaks_of_migration_asks_for_none(body: str) -> None:
    """Neither with nor without the marks of a campaign."""
    assert kind("Subject: Migrate your mailbox", body) == "none"
    assert kind("Subject: Migrate your mailbox\nList-Unsubscribe: <https://x.example>", body) == "automatic"


@pytest.mark.parametrize("method", ["REPLY", "CANCEL", "COUNTER"])
def test_a_calendars_answer_is_a_machines(method: str) -> None:
    """ "Accepted: Migration call" is no answer to us."""
    part = f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n"
    head = f"Subject: Accepted: Call\nContent-Type: text/calendar; method={method}"

    assert kind(head, part) == "automatic"
    assert kind(head.replace("Accepted", "Accepted: Re: x [MF-7F3K9]"), part) == "automatic"


def test_an_invitation_with_its_file_is_no_export() -> None:
    """Outlook sends it twice: as text/calendar, and as invite.ics."""
    part = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n"
    body = (
        f"--b\n\nShall we talk?\n--b\nContent-Type: text/calendar; method=REQUEST\n\n{part}"
        f"--b\nContent-Type: application/ics; name=invite.ics\n\n{part}--b--\n"
    )

    assert kind("Subject: Call\nContent-Type: multipart/mixed; boundary=b", body) == "none"

"""What whole mails mean: every folder of fixtures/requests, and the ways a parse can die."""

import json
from collections.abc import Callable
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import request as request_module
from parsers.desk import Desk
from parsers.explain import explain
from parsers.request import Request, read_request
from parsers.sandbox import SandboxKilled
from parsers.table import parse_table

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted(path.parent for path in (FIXTURES / "requests").glob("*/in.eml"))
OPEN = sorted(path.parent for path in (FIXTURES / "open").glob("*/in.eml"))
DESK = Desk(
    support=frozenset({"support@host.example"}),
    bot=frozenset({"ferry@host.example"}),
    staff=("ann@host.example", "@desk.host.example"),
    own_message_domain="ferry.host.example",
    zone="Europe/Berlin",
)
OURS = "<mf-7f3k9.ack.1.0123456789abcdef@ferry.host.example>"


def in_process(function: Callable[..., Any], *args: Any) -> Any:
    """The same functions without the child, for speed."""
    return function(*args)


def read(raw: bytes) -> Request:
    return read_request(raw, DESK, safely=in_process)


def mail(body: str, *, subject: str = "Hello", sender: str = "anna@old.example", extra: str = "") -> bytes:
    head = (
        f"From: {sender}\nTo: support@host.example\nSubject: {subject}\nMessage-ID: <1@old.example>\n{extra}"
    )
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{body}".encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mail_is_understood_as_a_person_would(case: Path) -> None:
    """The folder is the specification; a new shape of mail is a new folder."""
    understood = explain(read((case / "in.eml").read_bytes()), reveal=True)

    assert understood == json.loads((case / "understood.json").read_text("utf-8"))


@pytest.mark.xfail(reason="not understood yet", strict=True)
@pytest.mark.parametrize("case", OPEN, ids=lambda case: case.name)
def test_what_is_not_understood_yet_is_known(case: Path) -> None:
    """A careful agent would understand these. Once we do, the folder moves to fixtures/requests."""
    test_a_mail_is_understood_as_a_person_would(case)


def test_there_are_mails_of_every_kind() -> None:
    """A kind nobody has a fixture for is a kind nobody has read."""
    kinds = {json.loads((case / "understood.json").read_text("utf-8"))["kind"] for case in CASES}

    assert kinds == {"request", "follow-up", "staff-command", "automatic", "bounce", "own", "none"}


def test_a_mail_is_read_the_same_in_the_killable_child() -> None:
    """What the daemon does: one child for the letter, one for each attachment."""
    raw = next(case for case in CASES if case.name == "contacts-and-calendar").joinpath("in.eml").read_bytes()

    assert read_request(raw, DESK) == read(raw)


def test_an_attachment_that_kills_its_parser_is_a_problem_of_that_file() -> None:
    """One poisoned file must not cost the rows beside it."""
    raw = next(case for case in CASES if case.name == "contacts-and-calendar").joinpath("in.eml").read_bytes()

    def safely(function: Callable[..., Any], *args: Any) -> Any:
        if function is request_module.count_cards:
            raise SandboxKilled("time", "parse_cards")
        return function(*args)

    request = read_request(raw, DESK, safely=safely)

    assert [(file.count, file.problems[0].code) for file in request.contacts] == [(0, "unreadable")]
    assert [row.address for row in request.rows] == ["anna@old.example"]
    assert [file.count for file in request.calendars] == [2]


def test_a_message_that_kills_its_parser_is_told_to_the_caller() -> None:
    """The daemon sets it aside and shows it; nothing here may guess what it said."""

    def safely(function: Callable[..., Any], *args: Any) -> Any:
        raise SandboxKilled("memory", "read_letter")

    with pytest.raises(SandboxKilled):
        read_request(b"", DESK, safely=safely)


def test_a_real_poisoned_card_costs_only_its_own_file() -> None:
    """60 bytes that stop vobject for ever: the pre-check or the child's limits end it."""
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\n" + "a;" * 40 + "\r\nEND:VCARD\r\n"
    raw = (
        "From: anna@old.example\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
        "--b\n\nEmail: anna@old.example\nPassword: x\nServer: imap.old.example\n"
        f"--b\nContent-Type: text/vcard; name=a.vcf\n\n{card}--b--\n"
    ).encode()

    request = read_request(raw, DESK)

    assert [row.password for row in request.rows] == ["x"]
    assert request.contacts[0].problems


def test_passwords_are_hidden_unless_asked_for() -> None:
    """`explain` is read over shoulders and pasted into tickets."""
    request = read(mail('Email: anna@old.example\nPassword: "secret-1"\nServer: imap.old.example\n'))

    assert "secret-1" not in json.dumps(explain(request)) + repr(request)
    assert explain(request)["rows"][0]["password"] == "***"
    assert explain(request, reveal=True)["rows"][0]["password"] == "secret-1"


def test_an_answer_is_known_by_our_message_id_wherever_the_client_put_it() -> None:
    """Clients drop In-Reply-To, part ids with commas, or fold inside them."""
    for extra in (
        f"In-Reply-To: {OURS}\n",
        f"References: <a@b>,{OURS}\n",
        f"References: <a@b>\n {OURS[:20]}\n {OURS[20:]}\n",
    ):
        assert read(mail("thanks", extra=extra)).kind == "follow-up"
    assert read(mail("thanks", extra="In-Reply-To: <x@other.example>\n")).kind == "none"
    assert read(mail("thanks", extra="In-Reply-To: <x@evil-ferry.host.example>\n")).kind == "none"


def test_only_staff_gives_commands() -> None:
    """A customer who writes "cancel" asks for something; it is no order."""
    extra = f"In-Reply-To: {OURS}\n"

    assert read(mail("pause\n", sender="Ann <ANN@host.example>", extra=extra)).kind == "staff-command"
    assert read(mail("pause\n", sender="bo@desk.host.example", extra=extra)).kind == "staff-command"
    assert read(mail("pause\n", sender="x@evildesk.host.example", extra=extra)).kind == "follow-up"
    assert read(mail("cancel\n", extra=extra)).kind == "follow-up"


def test_our_own_mail_is_never_answered() -> None:
    """By our mark, or by our address: two bots face to face must fall silent."""
    body = "Email: a@old.example\nPassword: x\nServer: imap.old.example\n"

    assert read(mail(body, extra="X-Loop: support@host.example\n")).kind == "own"
    assert read(mail(body, extra="X-Mailferry-Ticket: MF-7F3K9\n")).kind == "own"
    assert read(mail(body, sender="Ferry@Host.example")).kind == "own"


def test_the_password_of_another_domain_is_not_tried_at_a_server_named_in_one_row() -> None:
    """Who runs imap.one.example must not learn two.example's passwords from our guess."""
    rows = read(
        mail(
            "Email: a@one.example\nPassword: x\nServer: imap.one.example\n---\nEmail: b@two.example\nPassword: y\n"
        )
    ).rows

    assert [row.host for row in rows] == ["imap.one.example", None]
    assert [problem.code for problem in rows[1].problems] == ["host-missing"]


def test_a_server_named_beside_the_rows_is_for_all_of_them() -> None:
    """With its port and encryption; a second server named makes it nobody's."""
    body = "Server: imap.old.example\nPort: 143\n---\nEmail: a@one.example\nPassword: x\n---\nEmail: b@two.example\nPassword: y\n"

    assert [(row.host, row.port) for row in read(mail(body)).rows] == [("imap.old.example", 143)] * 2
    assert {row.host for row in read(mail("Server: mail.other.example\n---\n" + body)).rows} == {None}


@given(raw=st.binary(max_size=400), body=st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_the_reader_fail(raw: bytes, body: str) -> None:
    """Anybody may write to the support address."""
    read(raw)
    read(mail("").replace(b"\n\n", b"\n" + raw, 1))
    read(mail(body.encode("utf-8", "replace").decode()))


def test_an_answer_to_a_persons_mail_from_our_domain_is_a_request_of_its_own() -> None:
    """The desk asks by hand for the data, from the domain our replies come from: the answer must not wait for staff."""
    data = "Email: anna@old.example\nPassword: secret-1\nIMAP: imap.old.example\n"
    by_hand = "In-Reply-To: <CAF123@ferry.host.example>\nReferences: <CAF123@ferry.host.example>\n"

    assert read(mail(data, subject="Re: Welcome", extra=by_hand)).kind == "request"
    assert read(mail(data, subject="Re: Welcome", extra=f"In-Reply-To: {OURS.upper()}\n")).kind == "follow-up"
    assert read(mail("done", subject="Re: Welcome", extra=f"References: {OURS}\n")).kind == "follow-up"


def test_one_mail_of_many_slow_attachments_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twenty tables of eight seconds each: what is left after the patience is named, and the rows in the text count."""
    clock = [0.0]
    monkeypatch.setattr(request_module, "PATIENCE_SECONDS", 20.0)
    monkeypatch.setattr(request_module, "monotonic", lambda: clock[0])
    letter = MIMEMultipart()
    letter["From"], letter["Subject"] = "anna@old.example", "Move"
    letter.attach(MIMEText("Email: anna@old.example\nPassword: secret-1\nIMAP: imap.old.example\n"))
    for number in range(20):
        table = MIMEText("email,password\nbob@old.example,secret-2\n", "csv")
        table.add_header("Content-Disposition", "attachment", filename=f"{number}.csv")
        letter.attach(table)
    called: list[str] = []

    def slowly(function: Callable[..., Any], *args: Any) -> Any:
        called.append(function.__name__)
        clock[0] += 15 if function is parse_table else 0
        return function(*args)

    found = read_request(letter.as_bytes(), DESK, safely=slowly)

    assert called.count("parse_table") == 2
    assert [p.item for p in found.problems if p.code == "unreadable"] == [f"{n}.csv" for n in range(2, 20)]
    assert {row.address for row in found.rows} == {"anna@old.example", "bob@old.example"}

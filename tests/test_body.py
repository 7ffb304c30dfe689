"""Rows and wishes in running text: the study's bodies, and laws for the rest."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parsers.body import parse_body
from parsers.html import html_text
from parsers.labels import read_label
from parsers.result import StatedRow
from parsers.values import password_candidates, read_address, read_host
from parsers.wishes import read_wishes
from tests.odd import ODD_PASSWORDS

A, B, H = "a@a.example", "b@b.example", "imap.a.example"


def rows(text: str) -> tuple[StatedRow, ...]:
    return parse_body(text).value.rows


def brief(text: str) -> list[tuple[str | None, str | None, str | None]]:
    return [(row.address, row.password, row.host) for row in rows(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Email: {A}\nPassword: Blue!42\nIMAP: {H}", [(A, "Blue!42", H)]),
        (f"E-Mail-Adresse: {A}\nKennwort: Grüße&42\nPosteingangsserver: {H}", [(A, "Grüße&42", H)]),
        (f"Adresse e-mail : {A}\nMot de passe : été;2026\nServeur IMAP : {H}", [(A, "été;2026", H)]),
        (f"Correo electrónico: {A}\nContraseña: ñandú=1\nServidor: {H}", [(A, "ñandú=1", H)]),
        (f"Indirizzo e-mail: {A}\nPassword: x\nServer in entrata: {H}", [(A, "x", H)]),
        (f"E-mailadres: {A}\nWachtwoord: x\nInkomende server: {H}", [(A, "x", H)]),
        (f"Endereço de e-mail: {A}\nPalavra-passe: x\nServidor IMAP: {H}", [(A, "x", H)]),
        (f"User = {A}\nPass = =p:w=1\nHost = {H}", [(A, "=p:w=1", H)]),
        (f"Email -> {A}\nPassword => x\nServer := {H}", [(A, "x", H)]),
        (f"Email: {A}\nPassword: x\nServer: {H}\n\nEmail: {B}\nPassword: y\nServer: imap.b.example", [(A, "x", H), (B, "y", "imap.b.example")]),
        (f"Server: {H}\n\n{A} / one\n{B} / t/wo", [(A, "one", None), (B, "t/wo", None)]),
        (f"Email\n{A}\nPassword\np w 1\nServer\n{H}", [(A, "p w 1", H)]),
        (f"Email: {A}<mailto:{A}>\nPassword: foo@bar.com<mailto:foo@bar.com>\nIMAP: {H}<http://{H}/>", [(A, "foo@bar.com", H)]),
        (f"*Email:* {A}\n*Password:* *pw*\n**Server:** {H}", [(A, "*pw*", H)]),
        (f"1. Email: {A}\n2. Password: 2. second\n3) Server: {H}", [(A, "2. second", H)]),
        (f"| Email | Password |\n|---|---|\n| {A} | x |\n| {B} | y z |", [(A, "x", None), (B, "y z", None)]),
        (f"Email\tPassword\n{A}\tp;1", [(A, "p;1", None)]),
        (f"{A};p1;{H}\n{B};p2;{H}", [(A, "p1", H), (B, "p2", H)]),
        (f"{H}\tp1\t{A}", [(A, "p1", H)]),
        (f"Email: {A}\nOld password: x\nNew password: y", [(A, "x", None)]),
        (f"Email: {A}\nPassword: x\nServer: {H}\n-----\nEmail: {B}\nPassword: y", [(A, "x", H), (B, "y", None)]),
        (f"Email: {A}\nPassword: -- ", [(A, "--", None)]),
        (f"Password: Email: x\nEmail: {A}", [(A, "Email: x", None)]),
        (f"Email: {A}\nServer: {H}", [(A, None, H)]),
        (f"The password is Ab1.\nMy email is {A}", [(A, "Ab1.", None)]),
        (f"Email: {A}\nPassword: x\nServer: {H}\n\nann@corp.example | +1 555 0100", [(A, "x", H)]),
        (f"{A}, my.pass.word, {H}", [(A, "my.pass.word", H)]),
        (f"Email 1: {A}\nPassword 1: x\nEmail 2: {B}\nPassword 2: y", [(A, "x", None), (B, "y", None)]),
        (f"Email 1: {A}\nEmail 2: {B}\nPassword 1: x\nPassword 2: y", [(A, "x", None), (B, "y", None)]),
        (f"Email\uff1a {A}\nPassword\uff1a p\uff1a1", [(A, "p\uff1a1", None)]),
        (f"Email: {A}\nProvider: GMX\nPassword: x\nIMAP server: {H}", [(A, "x", H)]),
        (f"Email: {A}\nPassword: x\nServer: {H}\nUsername: {A}", [(A, "x", H)]),
        (f"Email: {A}\nPassword: x\nServer: {H}\n\nEmail: {A}\nPassword: x", [(A, "x", H)]),
        (f"Email: {A}\nServer: {H}\n\nOutgoing server: smtp.a.example\nPort: 587\nPassword: x", [(A, "x", H)]),
        ("Password: lost", [(None, "lost", None)]),
        ("My mail is not working, the password is wrong and the server is down.", []),
        ("Account: 4711\nServer: none", []),
    ],
)  # fmt: skip
def test_a_body_is_read_as_it_was_meant(text: str, expected: list[Any]) -> None:
    """The thirty bodies of the study, and what real letters added."""
    assert brief(text) == expected


@pytest.mark.parametrize(
    ("stated", "candidates"),
    [
        ('"ab c"', ["ab c", '"ab c"']),
        ("\u201eab\u201c", ["ab", "\u201eab\u201c"]),
        ("it\u2019s\u2013me\u2026", ["it\u2019s\u2013me\u2026", "it's-me..."]),
        ("\u00a0x\u00a0y\u00a0", ["x\u00a0y", "x y"]),
        ("*pw*", ["*pw*", "pw"]),
        ("Ab1.", ["Ab1.", "Ab1"]),
        ("Ab1...", ["Ab1..."]),
        ("a\u200bb", ["a\u200bb", "ab"]),
        ('"', ['"']),
        ('"a"b"', ['"a"b"']),
        ("x <http://x/>", ["x", "x <http://x/>"]),
        ("p<w>", ["p<w>"]),
    ],
)
def test_at_most_two_passwords_are_tried(stated: str, candidates: list[str]) -> None:
    """Old providers lock an account after a few failures: the likeliest first, then one more, then we ask."""
    first, others = password_candidates(stated)

    assert [first, *others] == candidates


# In a letter these say that there is none, or not yet; in a table's cell they are taken as they are.
SAID_FOR_NONE = {"-", "N/A", "n/a"}


@pytest.mark.parametrize("password", [odd for odd in ODD_PASSWORDS if odd not in SAID_FOR_NONE])
def test_an_odd_password_comes_out_as_it_went_in(password: str) -> None:
    """Labelled, in a tuple, below its label and in HTML; as the first or the only other candidate."""
    cell = password.replace("&", "&amp;").replace("<", "&lt;")
    for text in (
        f"Email: {A}\nPassword: {password}\nServer: {H}",
        f"Email: {A}\nPassword:\n{password}\nServer: {H}",
        html_text(f"<p>Email: {A}</p><p>Password: {cell}</p><p>Server: {H}</p>"),
        html_text(f"<table><tr><td>Email<td>Password<tr><td>{A}<td>{cell}</table>"),
    ):
        (row,) = rows(text)
        assert row.password == password, text


def test_old_and_new_are_not_mixed_up() -> None:
    """The new password would fail at the old server three times and lock the account."""
    parsed = parse_body(
        f"Old mailbox:\nEmail: {A}\nPassword: x\nServer: {H}\n\nNew mailbox:\nEmail: {B}\nPassword: y\nServer: imap.b.example"
    )

    (row,) = parsed.value.rows
    assert (row.address, row.password, row.host, row.destination) == (A, "x", H, B)
    assert [problem.code for problem in parsed.problems] == ["new-password-ignored"]


def test_two_lines_that_contradict_each_other_are_both_kept() -> None:
    """Somebody has to say which one is right."""
    both = rows(f"Email: {A}\nPassword: x\n\nEmail: {A}\nPassword: y")

    assert [row.password for row in both] == ["x", "y"]
    assert all([problem.code for problem in row.problems] == ["duplicate-conflict"] for row in both)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("imap.a.example:993", ("imap.a.example", 993, None)),
        ("imap.a.example (SSL, Port 993)", ("imap.a.example", 993, "tls")),
        ("imaps://imap.a.example/", ("imap.a.example", None, "tls")),
        ("IMAP.A.Example:143 STARTTLS", ("imap.a.example", 143, "starttls")),
        ("imap.a.example, 143, TLS", ("imap.a.example", 143, "starttls")),
        ("[imap.a.example](http://imap.a.example)", ("imap.a.example", None, None)),
        ("GMX (imap.gmx.example)", ("imap.gmx.example", None, None)),
        ("192.0.2.7:993", ("192.0.2.7", 993, None)),
        ("localhost:10143", ("localhost", 10143, None)),
        ("999.1.2.3", (None, None, None)),
        ("Gmail", (None, None, None)),
        ("anna@a.example", (None, None, None)),
        ("-", (None, None, None)),
    ],
)
def test_a_server_is_read_with_its_port_and_encryption(text: str, expected: tuple[Any, ...]) -> None:
    """However people write it down; "TLS" beside port 143 is STARTTLS."""
    host = read_host(text)

    assert (host.name, host.port, host.security) == expected


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Anna <a@a.example>", A),
        ("mailto:a@a.example", A),
        ("(a@a.example).", A),
        ("a@a.example, old one", A),
        ("jörn@a.example", "jörn@a.example"),
        ("a@müller.example", "a@müller.example"),
        ("a@a.example or b@b.example", "a@a.example or b@b.example"),
        ("4711", "4711"),
    ],
)
def test_an_address_is_never_cut_short(text: str, address: str) -> None:
    """`rn@a.example` cut out of `jörn@a.example` is somebody else's mailbox."""
    assert read_address(text) == address


def test_port_and_security_have_labels_of_their_own() -> None:
    """As people copy them from their mail program's settings."""
    (row,) = rows(f"Email: {A}\nPassword: x\nServer: {H}\nPort: 143\nEncryption: STARTTLS\nUsername: anna1")
    (bare,) = rows(f"Email: {A}\nPassword: x\nServer: {H}\nPort 993 (SSL)")

    assert (row.port, row.security, row.login) == (143, "starttls", "anna1")
    assert (bare.port, bare.security) == (993, "tls")


def test_the_port_of_the_outgoing_server_is_not_the_imap_port() -> None:
    """Settings are copied as a block, SMTP included."""
    (row,) = rows(
        f"Email: {A}\nServer: {H}\nOutgoing server: smtp.a.example\nPort: 587\nSSL: yes\nPassword: x"
    )

    assert (row.host, row.port, row.security) == (H, None, None)


def test_a_login_above_the_next_address_belongs_to_it() -> None:
    """A blank line ends a row that has its address and password."""
    first, second = rows(f"Email: {A}\nPassword: x\n\nUsername: b1\nEmail: {B}\nPassword: y")

    assert (first.login, second.address, second.login) == (None, B, "b1")


def test_a_wanted_start_is_kept_in_their_words() -> None:
    """What it means is another parser's work."""
    stated = parse_body(f"Email: {A}\nStart time: Saturday 22:00\nPassword: x").value

    assert stated.start_said == "Saturday 22:00"
    assert [row.password for row in stated.rows] == ["x"]


@pytest.mark.parametrize(
    "text",
    ["done", "Done!", "Hi team,\n\ndone, thanks.\nAnna", "It's done.", "We have switched the MX records.", "MX changed now",
     "Fertig.", "Erledigt, danke", "Die MX-Einträge sind umgestellt.", "C'est fait, merci", "C'est terminé", "Ya está hecho",
     "Listo!", "Fatto, grazie", "Klaar", "Het is gedaan", "DNS updated", "ok done", "Alles erledigt"],
)  # fmt: skip
def test_done_is_heard(text: str) -> None:
    """It starts the second pass."""
    assert "done" in read_wishes(text)


@pytest.mark.parametrize(
    "text",
    ["not done yet", "Is it done?", "I will be done tomorrow", "Noch nicht fertig", "Wann ist es fertig?", "When done, I write again.",
     "Pas encore fait", "Aún no está listo", "I changed the password.", "Nog niet klaar", "Non ancora fatto", "almost done",
     "We will change the MX records on Monday", "Sind die Einträge umgestellt?", "Please tell me what is to be done",
     "the invoice is done wrong", "Sobald die MX umgestellt sind, melde ich mich", "I have done the laundry", ""],
)  # fmt: skip
def test_what_only_sounds_like_done_is_not(text: str) -> None:
    """Too early a second pass copies before the last mail has arrived."""
    assert "done" not in read_wishes(text)


@pytest.mark.parametrize(
    "text",
    ["Please migrate our mailboxes to you.", "can you move my e-mail over?", "Bitte ziehen Sie mein Postfach um, wir möchten mit dem Konto umziehen",
     "Umzug unserer Postfächer", "merci de transférer ma boîte mail", "quiero migrar mi correo", "vorrei spostare la mia casella",
     "graag mijn e-mail verhuizen", "please import the attached contacts", "Please transfer our calendars"],
)  # fmt: skip
def test_a_wish_to_move_is_heard(text: str) -> None:
    """Somebody who only asks gets told what we need."""
    assert "asks-migration" in read_wishes(text)


@pytest.mark.parametrize(
    "text",
    [
        "My mail does not work",
        "Please move the spam folder mails",
        "We moved house",
        "Thank you for migrating our mailboxes",
        "invoice for May",
        "",
    ],
)
def test_other_letters_ask_for_no_migration(text: str) -> None:
    """The people at the desk answer those."""
    assert "asks-migration" not in read_wishes(text)


def test_a_label_is_the_whole_text_before_the_separator() -> None:
    """ "Please note the server" is prose, "p w 1" a password."""
    for text in (
        "Please note the server",
        "p w 1",
        "password for the mailbox of Anna",
        "x" * 200,
        "",
        "1",
        ":",
    ):
        assert read_label(text) is None


WORDS = st.sampled_from(
    ["Email", "Password", "Server", ":", "=", "\n", "\n\n", " ", A, B, H, "x", "|", "\t", ";", "---\n", "1.", "is", "*", "\u00a0", "New mailbox:\n", "Port 993", '"']
)  # fmt: skip


@given(st.lists(WORDS, max_size=40).map("".join))
@example("Email\t\t\n|Email|Password|\n|")
@settings(max_examples=400, deadline=None)
def test_no_text_makes_it_raise(text: str) -> None:
    """Nor does it ever offer more than two passwords for one account."""
    for row in parse_body(text).value.rows:
        assert len(row.password_alternatives) <= 1


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_characters_make_it_raise(text: str) -> None:
    """Anything may stand in a mail."""
    parse_body(text)
    html_text(text)


@given(
    st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True),
    st.sampled_from(["\n", "\n\n", "\n---\n"]),
)
def test_no_row_is_lost(names: list[str], between: str) -> None:
    """As many rows come out as were stated, each with its own password."""
    text = between.join(f"Email: {name}@a.example\nPassword: p-{name}" for name in names)

    assert [(row.address, row.password) for row in rows(text)] == [
        (f"{n}@a.example", f"p-{n}") for n in names
    ]


def test_a_long_letter_is_read_in_no_time() -> None:
    """A megabyte of anything: no pattern here may be worse than linear."""
    for piece in (
        "Email: a@a.example\nPassword: x\n",
        "is ",
        "a@",
        ":",
        "- ",
        "> ",
        "\t",
        "migrate ",
        "done ",
        "<a ",
        "(",
    ):
        parse_body(piece * (200_000 // len(piece)))

"""One message: who, which thread, whose lines, what is attached, and nothing ever raised."""

import email.message
from datetime import UTC, datetime
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parsers.headers import MAX_FIELD_BYTES
from parsers.message import Inbound, parse_message


def read(head: str, body: str = "hello\n") -> Inbound:
    return parse_message(f"{head}\n\n{body}".encode("utf-8", "surrogateescape")).value


def own(inbound: Inbound) -> str:
    return "\n".join(block.text for block in inbound.blocks if block.kind == "own")


def addrs(head: str) -> list[str]:
    return [sender.addr for sender in read(head).senders]


# --- who ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("From: Anna <anna@a.example>", ["anna@a.example"]),
        ('From: "anna@a.example" <mallory@b.example>', ["mallory@b.example"]),
        ("From: anna@a.example <mallory@b.example>", ["anna@a.example", "mallory@b.example"]),
        ("From: <anna@a.example> <mallory@b.example>", ["anna@a.example", "mallory@b.example"]),
        ("From: anna@a.example, mallory@b.example", ["anna@a.example", "mallory@b.example"]),
        ("From: friends: anna@a.example, ben@b.example;", ["anna@a.example", "ben@b.example"]),
        ("From: anna@a.example\nFrom: mallory@b.example", ["anna@a.example", "mallory@b.example"]),
        ("From : anna@a.example\nfrom: mallory@b.example", ["anna@a.example", "mallory@b.example"]),
        ("From: anna@a.example (anna@b.example)", ["anna@a.example"]),
        ("From: =?utf-8?q?J=C3=B6rg=2C_Umzug?= <joerg@a.example>", ["joerg@a.example"]),
        ("From: =?utf-8?q?x=0D=0AFrom=3A?= <anna@a.example>", ["anna@a.example"]),
        ('From: "Berg, Anna" <anna@a.example>', ["anna@a.example"]),
        ("From: undisclosed-recipients:;", []),
        ("Subject: none", []),
    ],
)
def test_every_address_of_every_from_counts(head: str, expected: list[str]) -> None:
    """One of several parsers taking the first, our MX the last: that is how a forged order passes."""
    assert addrs(head) == expected


def test_a_display_name_is_text_and_one_line() -> None:
    """The standard library's policies raise on reading this one."""
    sender = read("From: =?utf-8?q?Anna=0D=0ABcc=3A?= <a@a.example>").senders[0]

    assert sender.name == "Anna Bcc:"


# --- the thread ---------------------------------------------------------------------------------------------------


def test_ids_are_found_however_they_are_written() -> None:
    """Folded inside, parted by commas, without brackets, with prose around: all seen in the wild."""
    inbound = read(
        "Message-ID:\n <long-id\n @a.example>\nReferences: <1@a>,<2@b>\n <3\n @c>\nIn-Reply-To: Your mail of Monday, <4@d>"
    )

    assert inbound.message_id == "<long-id@a.example>"
    assert inbound.references == ("<1@a>", "<2@b>", "<3@c>")
    assert inbound.in_reply_to == ("<4@d>",)
    assert read("In-Reply-To: 5@e").in_reply_to == ("<5@e>",)


def test_a_long_id_comes_through_whole() -> None:
    """Exchange Online writes 80 characters and more."""
    long = f"<{'A' * 90}@{'b' * 60}.prod.outlook.example>"

    assert read(f"Message-ID: {long}").message_id == long


def test_the_same_mail_delivered_twice_has_one_digest() -> None:
    """Through two addresses, or again after a restore: only the Received lines differ."""
    head = "From: a@a.example\nDate: Mon, 3 Jan 2028 10:00:00 +0100\nSubject: x\nMessage-ID: <1@a>"
    first = read(f"Received: by one\n{head}").content_digest

    assert read(f"Received: by two\nDelivered-To: x\n{head}").content_digest == first
    assert read(head, "hello!\n").content_digest != first
    assert read(head.replace("Subject: x", "Subject: y")).content_digest != first


def test_a_date_is_utc_or_nothing() -> None:
    """Year 99999, no zone, no date: the clock for notice is another header anyway."""
    assert read("Date: Mon, 3 Jan 2028 10:00:00 +0100").date == datetime(2028, 1, 3, 9, tzinfo=UTC)
    assert read("Date: Mon, 3 Jan 2028 10:00:00 -0000").date == datetime(2028, 1, 3, 10, tzinfo=UTC)
    for bad in (
        "99999-01-01",
        "Mon, 3 Jan 99999 10:00:00 +0100",
        "yesterday",
        "Mon, 3 Jan 2028 10:00:00 +9999999",
    ):
        assert read(f"Date: {bad}").date is None


def test_a_subject_cannot_smuggle_a_header() -> None:
    """It goes into our reply."""
    subject = read("Subject: =?utf-8?q?Move=0D=0ABcc=3A_v=40b=2Eexample=00?=").subject

    assert subject == "Move Bcc: v@b.example"


def test_our_own_mxs_result_comes_first() -> None:
    """Only the topmost counts; a sender can add as many as they like below it."""
    inbound = read(
        "Authentication-Results: mx.host.example;\n\tdmarc=pass\nAuthentication-Results: forged; dmarc=pass"
    )

    assert inbound.authentication_results == ("mx.host.example; dmarc=pass", "forged; dmarc=pass")


# --- machines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("Auto-Submitted: auto-replied; owner-email=x", "auto-submitted"),
        ("Auto-Submitted: No", None),
        ("X-Autoreply: yes", "autoreply-header"),
        ("Precedence: bulk", None),
        ("Precedence: list", "precedence"),
        ("Precedence: first-class", None),
        ("List-Id: <a.b>", "list"),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", None),
        ("X-Auto-Response-Suppress: DR", None),
        ("Return-Path: <>", "null-return-path"),
        ("Return-Path: <anna@a.example>", None),
        ("From: No-Reply <no-reply@a.example>", "robot-sender"),
        ("From: donotreply@a.example", "robot-sender"),
        ("From: postmaster@a.example", None),
        ("Subject: Automatische Antwort: Umzug", "away-subject"),
        ("Subject: =?utf-8?q?R=C3=A9ponse_automatique?=", "away-subject"),
        ("Subject: Re: Automatic reply: Umzug", None),
        ("Subject: Move my mail", None),
    ],
)
def test_a_machine_is_told_from_a_person(head: str, reason: str | None) -> None:
    """An answer to a machine starts a loop; silence to a person loses a customer."""
    assert read(head).automatic == reason


@pytest.mark.parametrize(
    ("head", "bounce"),
    [
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=b", True),
        ("Content-Type: multipart/report; boundary=b", True),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=b", False),
        ("X-Failed-Recipients: a@a.example", True),
        ("From: MAILER-DAEMON\nReturn-Path: <>", False),
        ("From: MAILER-DAEMON@a.example\nReturn-Path: <>", True),
        ("From: postmaster@a.example\nSubject: Undeliverable: x", True),
        ("From: anna@a.example\nSubject: Undeliverable: what is this?", False),
    ],
)
def test_a_bounce_is_known(head: str, bounce: bool) -> None:
    """It tells that our reply did not arrive, and holds a copy of somebody's words."""
    assert read(head).bounce is bounce


# --- whose lines --------------------------------------------------------------------------------------------------


def kinds(body: str) -> list[str]:
    return [block.kind for block in read("Subject: x", body).blocks]


def test_a_quotation_is_tagged_with_its_attribution() -> None:
    """The words above it are the answer; the words in it are ours."""
    body = "done\n\nAm 12.05.2026 um 08:00 schrieb Support\n<support@host.example>:\n\n> Password: x"
    inbound = read("Subject: x", body)

    assert [block.kind for block in inbound.blocks] == ["own", "quoted"]
    assert own(inbound).strip() == "done"


@pytest.mark.parametrize(
    "marker",
    [
        "-----Original Message-----\nFrom: a",
        "-----Ursprüngliche Nachricht-----",
        "Von: Support <s@h.example>\nGesendet: Montag\nAn: Anna\nBetreff: x",
        "From: Support\nSent: Monday\nTo: Anna\nCc: Ben\nSubject: x",
        "De : Support\nEnvoyé : lundi\nÀ : Luc\nObjet : x",
        "##- Please type your reply above this line -##",
        "-- reply above this line --",
    ],
)
def test_everything_below_a_reply_header_is_quoted(marker: str) -> None:
    """Outlook and the desks do not mark lines with >."""
    inbound = read("Subject: x", f"done\n\n{marker}\n\nPassword: x\n")

    assert own(inbound).strip() == "done"


def test_a_form_with_from_and_to_lines_is_no_quotation() -> None:
    """Reply strippers lose these requests."""
    body = "From: anna@old.example\nTo: anna@new.example\nPassword: x\n"

    assert kinds(body) == ["own"]


def test_a_signature_begins_at_its_mark_but_not_at_a_password_of_dashes() -> None:
    """ "Password: -- " is a password; "--" above a login block is a ruler."""
    assert kinds("Password: -- \nServer: x\n-- \nAnna\n") == ["own", "signature"]
    assert kinds("Email: a@a.example\n--\nPassword: x\n") == ["own"]


def test_a_forward_is_kept_apart() -> None:
    """Its data is somebody else's words; who may use it is decided later."""
    assert kinds("see below\n\n---------- Forwarded message ---------\nFrom: x\n\nPassword: y\n") == [
        "own",
        "forwarded",
    ]


@given(st.text(alphabet=">-- \nabc:Frm\u2028\x85", max_size=200))
def test_no_line_is_ever_removed(body: str) -> None:
    """A wrong tag can be repaired, a lost line cannot."""
    inbound = read("Subject: x", body)

    if inbound.blocks:
        assert "\n".join(block.text for block in inbound.blocks) == body


# --- the text -----------------------------------------------------------------------------------------------------


def test_flowed_text_joins_prose_and_never_what_states_something() -> None:
    """RFC 3676 would make "Password: x IMAP server: y" of two lines that end in a space."""
    head = "Content-Type: text/plain; format=flowed"
    body = "We would like \nto move.\nEmail: a@a.example \nPassword: x \nfree text\n \u0020> not a quote\n"

    assert own(read(head, body)).split("\n")[:4] == [
        "We would like to move.",
        "Email: a@a.example ",
        "Password: x ",
        "free text",
    ]


def test_html_cells_keep_their_characters() -> None:
    """Double spaces, NBSP and pipes may be a password; text renderers collapse or confuse them."""
    html = "<table><tr><td>Password</td><td>a  b&nbsp;|&lt;c&gt;</td></tr></table><style>x</style>"

    assert own(read("Content-Type: text/html; charset=utf-8", html)) == "Password\ta  b\u00a0|<c>"


def test_a_wrong_charset_is_repaired_and_said() -> None:
    """A replaced character in a password is a failed login nobody understands."""
    parsed = parse_message(b"Content-Type: text/plain; charset=utf-8\n\nPasswort: Gr\xfc\xdfe\n")

    assert "Grüße" in own(parsed.value)
    assert [problem.code for problem in parsed.problems] == ["charset-unsure"]
    for charset in ("x-unknown", "rot13", "hex", "utf-8\0"):
        assert "Grüße" in own(
            parse_message(f"Content-Type: text/plain; charset={charset}\n\nGrüße".encode()).value
        )


def test_characters_are_not_normalised() -> None:
    """mail-parser makes one character of e and U+0301, and a semicolon of U+037E."""
    odd = "e\u0301 \u212b \u2126 \u037e"

    assert odd in own(read("Content-Type: text/plain; charset=utf-8", odd))


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: text/plain; name=body.txt\nContent-Disposition: inline",
        "Content-Type: text",
        "Content-Type: text/enriched",
        "Content-Type: multipart/mixed",
        "Content-Type: multipart/mixed; boundary=never-there",
    ],
)
def test_a_letter_in_a_broken_envelope_is_still_read(head: str) -> None:
    """Named, untyped, or a multipart that lost its boundary: the customer cannot know."""
    assert "Password: x" in own(read(head, "Password: x\n"))


def test_a_table_without_a_letter_is_not_read_twice() -> None:
    """Once as the table it is, and once as text with other characters: two rows that contradict each other."""
    inbound = read("Content-Type: text/csv", "email,password\na@a.example,e\u0301\n")

    assert [one.kind for one in inbound.attachments] == ["table"]
    assert inbound.blocks == ()


# --- attachments --------------------------------------------------------------------------------------------------


def attached(part: str) -> list[tuple[str, str]]:
    head = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n"
    inbound = parse_message(f"{head}{part}\n--b--\n".encode()).value
    return [(one.name, one.kind) for one in inbound.attachments]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("Content-Type: application/octet-stream; name=A.CSV\n\nx", [("A.CSV", "table")]),
        ("Content-Type: text/csv\n\nemail,password", [("attachment-1.csv", "table")]),
        ("Content-Type: application/octet-stream; name=data.bin\n\n\n\nBEGIN:VCARD\n", [("data.bin", "cards")]),
        ("Content-Type: text/plain; name=x.txt\n\nemail;password\na@a.example;b", [("x.txt", "table")]),
        ("Content-Type: text/plain; name=notes.txt\n\njust words, really\n", [("notes.txt", "other")]),
        ("Content-Type: text/plain\nContent-Disposition: inline\n\nBEGIN:VCALENDAR\n", [("attachment-1.ics", "calendar")]),
        ("Content-Type: image/png; name=logo.png\n\nabc", [("logo.png", "other")]),
        ("Content-Type: text/csv; name=../../etc/passwd.csv\n\nx", [("passwd.csv", "table")]),
        ('Content-Type: text/csv; name="C:\\\\temp\\\\list.csv"\n\nx', [("list.csv", "table")]),
        ("Content-Type: text/csv; name*=utf-8''%C3%A4.csv\n\nx", [("ä.csv", "table")]),
        ("Content-Type: text/csv; name=a.csv\n\nx\n--b\nContent-Type: text/csv; name=a.csv\n\ny", [("a.csv", "table"), ("a (2).csv", "table")]),
        ("Content-Type: message/rfc822\n\nFrom: x\n\nPassword: y", [("attachment-1.eml", "message")]),
    ],
)  # fmt: skip
def test_an_attachment_is_known_by_content_then_by_name(part: str, expected: list[tuple[str, str]]) -> None:
    """Mail programs send octet-stream, no name, a wrong name; and names are never paths."""
    assert attached(part) == expected


def test_the_bytes_of_an_attachment_are_the_bytes() -> None:
    """Decoding, if any, is the table reader's; a password may sit in any of them."""
    data = bytes(range(256))
    part = MIMEBase("text", "csv", name="a.csv")
    part.set_payload(data)
    email.encoders.encode_base64(part)
    whole = MIMEMultipart()
    whole.attach(part)

    assert parse_message(whole.as_bytes()).value.attachments[0].data == data


def test_a_message_inside_is_not_read_as_this_one() -> None:
    """A bounce carries the request it bounces."""
    inner = "Content-Type: message/rfc822\n\nSubject: y\n\nPassword: inner"
    raw = f"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nouter\n--b\n{inner}\n--b--\n".encode()
    inbound = parse_message(raw).value

    assert "inner" not in "".join(block.text for block in inbound.blocks)
    assert b"Password: inner" in inbound.attachments[0].data


# --- hostile ------------------------------------------------------------------------------------------------------


def codes(raw: bytes) -> list[str]:
    return [problem.code for problem in parse_message(raw).problems]


def test_too_much_is_cut_and_said() -> None:
    """Each of these stops some parser for minutes or takes gigabytes."""
    word = b"=?utf-8?q?=C3=A4=C3=B6?= "
    assert codes(b"Subject: " + word * 30_000 + b"\n\nx") == ["headers-cut"]
    assert codes(b"X-A: b\n" * 200_000 + b"\nx") == ["headers-cut"]
    assert "too-many-parts" in codes(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 300)
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(30))
    assert "too-deep" in codes(deep)
    deeper = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    assert "too-deep" in codes(deeper)
    assert codes(b"From: a@a.example\n\n" + b"x" * (51 << 20)) == ["message-too-large"]


def test_a_cut_header_block_keeps_its_first_fields() -> None:
    """Whom to tell about it."""
    raw = b"From: a@a.example\nX-Big: " + b"x" * (2 * MAX_FIELD_BYTES) + b"\nSubject: after\n\nbody"
    inbound = parse_message(raw).value

    assert (inbound.senders[0].addr, inbound.subject, own(inbound)) == ("a@a.example", "after", "body")


_LINES = st.sampled_from(
    [
        "From: a@a.example", "From: =?utf-8?b?w?= <x", "Subject: =?x?q?=ff?=", "Content-Type: multipart/mixed; boundary=b",
        "Content-Type: multipart/alternative", "Content-Type: text/html; charset=\x00", "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: uuencode", "Content-Type: message/rfc822", "Content-Type: message/delivery-status",
        "Content-Disposition: attachment; filename*=x'y'%ff", "Content-Disposition: attachment; filename*9999999999=a",
        "Content-Type: text/plain; format=flowed; delsp=yes", "Date: \x00", "References: <<>>", "", "", "--b", "--b--",
        "BEGIN:VCARD", "a@a.example;b", "begin 644 x", "\xff\xfe", "<table><tr><td><blockquote>", "</td></tr></blockquote>", "> x",
        "Content-Type: application/ms-tnef", "Auto-Submitted:", "Return-Path: <", "To: \ud800",
    ]
)  # fmt: skip


@given(st.lists(_LINES, max_size=25))
@example(["Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "", "!!"])
@settings(max_examples=400, deadline=None)
def test_no_message_makes_it_raise(lines: list[str]) -> None:
    """Whatever a stranger sends comes back as a value."""
    raw = "\n".join(lines).encode("utf-8", "surrogatepass")

    assert isinstance(parse_message(raw).value, Inbound)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    """Nor bytes that are no mail at all."""
    assert parse_message(raw).value.content_digest


def test_a_page_laid_out_as_a_table_keeps_its_lines() -> None:
    """Web mailers put the whole letter into one cell; a table of data inside it stays rows."""
    html = (
        "<table><tr><td>Hello<br>Email: a@a.example<div>Password: x</div>"
        "<table><tr><td><p>b@b.example</p></td><td>y</td></tr></table></td><td>&nbsp;</td></tr></table>"
    )

    text = own(read("Content-Type: text/html; charset=utf-8", html))

    assert [line.strip() for line in text.split("\n") if line.strip()] == [
        "Hello",
        "Email: a@a.example",
        "Password: x",
        "b@b.example\ty",
    ]


def test_a_quoted_table_is_quoted() -> None:
    """Our own example table comes back in every HTML answer."""
    html = (
        "done<blockquote type=cite><table><tr><td>Email</td><td>a@a.example</td></tr></table>x</blockquote>"
    )
    inbound = read("Content-Type: text/html; charset=utf-8", html)

    assert [(block.kind, block.text) for block in inbound.blocks] == [
        ("own", "done"),
        ("quoted", "> Email\ta@a.example\n> x"),
    ]


def test_what_a_stranger_calls_a_part_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """mail-parser warns of types it does not know, in the sender's words."""
    parse_message(b"From: a@b.cc\nMIME-Version: 1.0\nContent-Type: text/calendar; method=REPLY\n\nhello\n")

    assert caplog.records == []

"""The bytes that travel: whatever a customer writes into subject, names and ids, exactly our headers leave."""

import re
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, compat32

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.compose import MOST_REFERENCES, Envelope, compose, thread_references, thread_subject
from bot.page import Table, one_line
from bot.phrases import Reply

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OURS = "<mf-7f3k9q.ack.1.abc@host.example>"
HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "X-Loop"),
    *("MIME-Version", "Content-Type"),
]
PAGE = ("We have your request: 1 mailbox.", "Nothing to do.", Table(("mailbox",), (("anna@kunde.example",),)))

nasty = st.sampled_from(
    [
        "\r\nBcc: v@y.example",
        "\n\n<b>",
        "\0",
        "=?utf-8?q?=0D=0ABcc:_x@y?=",
        "😀",
        "é" * 90,
        "x" * 2000,
        "\u2028",
        "\x85",
    ]
)
texts = st.lists(st.one_of(st.text(), nasty), max_size=6).map("".join)
ids = st.one_of(
    st.text(),
    st.from_regex(r"\A<[!-;=?-~]{1,900}>\Z"),
    st.sampled_from(["<" + "A" * 120 + "@kunde.example>", "<a b@x>", "<é@x>", "<x@y>\r\nBcc: z@z"]),
)
addresses = st.one_of(
    st.emails(),
    st.text(min_size=1),
    st.sampled_from(
        [
            "jörg@kunde.example",
            '"a b"@x.example',
            "a@b@c",
            "@",
            "x@[192.0.2.1]",
            "a,b@x.example",
            "a@x,b@y",
            "o'neil+x@x.example",
            "a(c)@x",
            "x@y>\r\nBcc: z@z",
            "Anna <a@x>",
            "a" * 300 + "@x.example",
        ]
    ),
)


def envelope(**facts: object) -> Envelope:
    known = {"message_id": OURS, "sender": "support@host.example", "to": "anna@kunde.example", "date": NOW}
    return Envelope(**(known | facts))  # type: ignore[arg-type]


def raw_header(raw: bytes, name: str) -> str:
    return str(BytesParser(policy=compat32).parsebytes(raw)[name])


def names(raw: bytes) -> list[str]:
    return BytesParser(policy=compat32).parsebytes(raw).keys()


@given(
    subject=texts,
    name=texts,
    to=addresses,
    irt=ids,
    references=st.lists(ids, max_size=14),
    cc=st.lists(addresses, max_size=2),
)
@example(subject="", name="", to="", irt="", references=[], cc=[""])
def test_whatever_a_customer_writes_exactly_our_headers_leave(
    subject: str, name: str, to: str, irt: str, references: list[str], cc: list[str]
) -> None:
    """No header is smuggled in, no line is too long for SMTP, and the mail parses back."""
    raw = compose(
        Reply(page=PAGE),
        envelope(
            subject=subject,
            sender_name=name,
            to=to,
            in_reply_to=irt,
            references=tuple(references),
            cc=tuple(cc),
            tag="[MF-7F3K9Q]",
        ),
    )
    found = names(raw)
    expected = set(HEADERS) | ({"Cc"} if "Cc" in found else set())
    expected |= {name for name in ("In-Reply-To", "References") if name in found}
    assert sorted(found) == sorted(expected), "each once, none beside them"
    assert raw.isascii()
    assert all(len(line) <= 998 and b"\n" not in line and b"\r" not in line for line in raw.split(b"\r\n"))
    mail = BytesParser(policy=SMTP).parsebytes(raw)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().startswith("We have your request")
    assert "[MF-7F3K9Q]" in str(make_header(decode_header(raw_header(raw, "Subject"))))
    assert raw_header(raw, "Message-ID") == OURS


@pytest.mark.parametrize("length", [30, 80, 120, 500, 900])
def test_long_ids_are_neither_folded_nor_encoded(length: int) -> None:
    """Exchange writes 80 characters; the library's default encodes them, and each answer starts a new thread."""
    one, two = f"<{'A' * length}@kunde.example>", f"<{'b' * length}@kunde.example>"
    raw = compose(Reply(page=PAGE), envelope(in_reply_to=two, references=(one,)))
    assert f"\r\nIn-Reply-To: {two}\r\n".encode() in raw
    assert raw_header(raw, "References").split() == [one, two]
    assert one.encode() in raw


def test_ten_long_references_stay_within_the_line_limit() -> None:
    """998 octets is what a server must take (RFC 5321 4.5.3.1.6); the chain is folded between ids."""
    chain = tuple(f"<{number}{'x' * 400}@kunde.example>" for number in range(30))
    raw = compose(Reply(page=PAGE), envelope(in_reply_to=chain[-1], references=chain))
    assert raw_header(raw, "References").split() == [chain[0], *chain[-9:]]
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@given(st.lists(ids, max_size=40), ids)
def test_references_are_the_first_and_the_last_nine(references: list[str], irt: str) -> None:
    """RFC 5322 section 3.6.4; the newest is last, and nothing in it is not an id."""
    chain = thread_references(references, irt)
    assert len(chain) <= MOST_REFERENCES
    assert len(set(chain)) == len(chain)
    assert all(re.fullmatch(r"<[^<>\s]+>", one) and one.isascii() for one in chain)


@pytest.mark.parametrize(
    ("subject", "reply"),
    [
        ("Umzug", "Re: Umzug [MF-7F3K9Q]"),
        ("AW: Re: [Support #4711] WG: Umzug", "Re: [Support #4711] WG: Umzug [MF-7F3K9Q]"),
        ("Re[2]: AW: Umzug [Ticket#123] [#9]", "Re: Umzug [Ticket#123] [#9] [MF-7F3K9Q]"),
        ("RE: Re: Umzug [#4711] [MF-7F3K9Q]", "Re: Umzug [#4711] [MF-7F3K9Q]"),
        ("[EXTERN] Fwd: [EXTERNAL] Umzug [MF-7F3K9Q] [MF-7F3K9Q]", "Re: Umzug [MF-7F3K9Q]"),
        ("", "Re: [MF-7F3K9Q]"),
        ("Reply to the refusal", "Re: Reply to the refusal [MF-7F3K9Q]"),
        ("x" * 500 + " [#4711]", "Re: " + "x" * 200 + " [#4711] [MF-7F3K9Q]"),
    ],
)
def test_every_bracket_tag_is_kept_and_ours_stands_once(subject: str, reply: str) -> None:
    """The desk beside us finds its ticket by its own tag, also in a subject too long to repeat."""
    assert thread_subject(subject, "[MF-7F3K9Q]") == reply


def test_it_says_that_a_machine_wrote_it_and_where_to_answer() -> None:
    """RFC 3834: other machines stay silent. Answers come to From; a Reply-To would lead around the ticket."""
    raw = compose(Reply(page=PAGE), envelope(sender_name="Host, Example", cc=("ann@host.example",)))
    assert raw_header(raw, "From") == '"Host, Example" <support@host.example>'
    assert raw_header(raw, "To") == "anna@kunde.example"
    assert raw_header(raw, "Cc") == "ann@host.example"
    assert raw_header(raw, "Auto-Submitted") == "auto-replied"
    assert raw_header(raw, "X-Auto-Response-Suppress") == "All"
    assert raw_header(raw, "X-Loop") == "support@host.example"
    assert "Reply-To" not in names(raw)
    assert "Precedence" not in names(raw), "desks take it for bulk"


@given(name=st.text(min_size=1), data=st.binary(max_size=300))
def test_attachments_come_back_as_they_went(name: str, data: bytes) -> None:
    """The table that comes back is the one we made, whatever it is called."""
    raw = compose(Reply(page=PAGE, attachments=((name, "text/csv", data),)), envelope())
    (part,) = BytesParser(policy=SMTP).parsebytes(raw).iter_attachments()
    assert part.get_payload(decode=True) == data
    assert part.get_filename("").split() == one_line(name).split() or not one_line(name).isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_text_that_looks_like_an_encoded_word_stays_text() -> None:
    """Decoded once already, it would be decoded again by the reader, line ends and all (RFC 2047 section 5)."""
    evil = "=?utf-8?q?Umzug=0D=0ABcc:_v@y.example?="
    raw = compose(Reply(page=PAGE), envelope(subject=evil, sender_name=evil, tag="[MF-7F3K9Q]"))
    shown = str(make_header(decode_header(raw_header(raw, "Subject"))))
    assert " ".join(shown.split()) == f"Re: {evil} [MF-7F3K9Q]"
    assert "\n" not in str(make_header(decode_header(raw_header(raw, "From").replace("\r\n", ""))))

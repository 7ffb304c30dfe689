"""Every mail ends read or set aside within ten seconds, and the next one is served: bombs, depths, broken bytes."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.desk import Desk
from parsers.explain import explain
from parsers.letter import read_letter
from parsers.message import parse_message
from parsers.request import read_request
from parsers.sandbox import SandboxKilled
from parsers.text import agree, split_blocks
from tests.test_request import CASES, DESK, in_process

HEAD = b"From: anna@old.example\nSubject: Umzug\n"
GOOD = HEAD + b"\nEmail: anna@old.example\nPassword: geheim-1\nIMAP: imap.old.example\n"


def nested(depth: int) -> bytes:
    raw = HEAD
    for n in range(depth):
        raw += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
    return raw + b"Content-Type: text/plain\n\nhello\n"


def html(body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + body


BOMBS: dict[str, Callable[[], bytes]] = {
    "too large": lambda: HEAD + b"\n" + b"x" * 76 + b"\n" + b"y" * (26 << 20),
    "depth 21": lambda: nested(21),
    "depth 5000": lambda: nested(5000),
    "201 parts": lambda: (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 201 + b"--b--\n"
    ),
    "50000 parts": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 50_000,
    "100000 fields": lambda: HEAD + b"X-A: b\n" * 100_000 + b"\nhello\n",
    "a million addresses": lambda: HEAD + b"To: " + b"a@b.cc, " * 1_000_000 + b"\n\nhello\n",
    "a subject of words": lambda: HEAD + b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nhello\n",
    "one line": lambda: HEAD + b"\n" + b"a" * (5 << 20),
    "one line of labels": lambda: HEAD + b"\n" + b"Email: a@b.cc, Password: " * 200_000,
    "many lines": lambda: HEAD + b"\n" + b"Email: a@b.cc\nPassword: x\n" * 100_000,
    "quotes": lambda: HEAD + b"\n" + b"> " * 500_000,
    "deep page": lambda: html(b"<div>" * 100_000 + b"x"),
    "deep tables": lambda: html(b"<table><tr><td>" * 30_000 + b"x"),
    "open comments": lambda: html(b"<!--" * 200_000),
    "open tags": lambda: html(b'<a href="' * 200_000),
    "deep mails": lambda: HEAD + b"Content-Type: message/rfc822\n\n" * 3000,
    "long boundary": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=" + b"b" * 100_000 + b"\n\nx",
    "parameters": lambda: HEAD + b"Content-Type: text/plain; " + b"a*0=b; " * 20_000 + b"\n\nx",
}
SAFE = {"deep page", "deep tables", "open comments", "open tags", "quotes", "one line", "one line of labels", "many lines", "long boundary", "parameters", "deep mails", "a subject of words"}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_and_the_next_mail_is_served(name: str) -> None:
    """In the child, as the daemon does it: a problem in words, or the child's end; never a wait."""
    started = time.monotonic()
    ended = ""
    try:
        request = read_request(BOMBS[name](), DESK)
        ended = "told" if request.problems else "read"
    except SandboxKilled:
        ended = "killed"
    assert ended == "told" or name in SAFE
    assert time.monotonic() - started < 10
    assert [row.password for row in read_request(GOOD, DESK).rows] == ["geheim-1"]


CRASHERS = [
    b"Content-Type: multipart/mixed; boundary=b\n\nno part at all\n",  # mail-parser: the epilogue is None
    b"Content-Type: multipart/mixed\n\n--x\n\nhello\n",
    b"Content-Type: multipart/alternative; boundary=b\n\n--b\n",
    b'Content-Type: text/plain; charset="utf-8\x00"\n\nhello\n',  # both: NUL in a charset
    b"Content-Type: text/plain; charset=no-such-charset\n\nhello\n",
    b"Content-Type: text/plain; charset*=x''%ff\n\nhello\n",
    b"To: friends: a@b.cc, c@d.ee;\n\nhello\n",  # policy.default: a group
    b"From: undisclosed-recipients:;\n\nhello\n",
    b"Date: Mon, 99 Jan 99999999 10:00:00 +9999\n\nhello\n",
    b"From: =?utf-8?q?x=0D=0ABcc=3A_v?= <a@b.cc>\n\nhello\n",  # policy.default: CR LF in a display name
    b"Subject: \x00\xff\xfe=?utf-8?b?!!!?= =?x?q?y?=\n\nhello\n",
    b"Message-ID: <\x00@[>\nReferences: <<<>>\n\nhello\n",
    b"Content-Type: /\nContent-Disposition: ;;;\n\nhello\n",
    b"Content-Type: text/plain; name*0*=x''a; name*2*=b\n\nhello\n",
    b"Content-Transfer-Encoding: base64\n\n=\xff!\n",
    b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644\nM\n",
    b"Content-Transfer-Encoding: quoted-printable\n\n=\n=4\n=GG =E4\n",
    b"MIME-Version: 1.0\nContent-Type: message/rfc822\n\n",
    b"Content-Type: message/delivery-status\n\nx\n\n\n",
    b"\n\n\n",
    b"",
    b"From",
    b":\n:\n",
]


@pytest.mark.parametrize("raw", CRASHERS)
def test_what_crashes_the_libraries_is_read(raw: bytes) -> None:
    """The kinds of mails that mail-parser, or the library's newer policy, cannot take."""
    for text in (raw, raw.replace(b"\n", b"\r\n"), HEAD + raw):
        explain(read_request(text, DESK, safely=in_process))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_damaged_mail_is_read_and_reads_the_same_twice(case: Path) -> None:
    """Bytes lost, doubled, changed and swapped at places of chance, twelve times each."""
    raw = (case / "in.eml").read_bytes()
    chance = random.Random(case.name)
    for _ in range(12):
        at, length = chance.randrange(len(raw)), chance.randrange(1, 60)
        piece = chance.choice(
            [b"", raw[at : at + length] * 2, bytes([chance.randrange(256)]), b"\n--", b"=?", b"\xff\x00"]
        )
        bad = raw[:at] + piece + raw[at + length :]
        assert read_letter(bad, DESK) == read_letter(bad, DESK)


@given(raw=st.binary(max_size=300), head=st.sampled_from([b"", b"Content-Type: text/html\n\n", b"Content-Type: multipart/alternative; boundary=b\n\n--b\n", b"Subject: Fwd: x\n\nVon: a@b.cc\nGesendet: x\nAn: y\nBetreff: z\n"]))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_a_letter_fail(raw: bytes, head: bytes) -> None:
    desk = Desk(staff=("ann@host.example",), support=frozenset({"support@host.example"}))
    for sender in (b"ann@host.example", b"x@y.zz"):
        letter = b"From: " + sender + b"\nTo: support@host.example\n" + head + raw
        assert read_letter(letter, desk) == read_letter(letter, desk)


LINE = st.sampled_from(["", "> a", ">> b", "-- ", "Von: a@b.cc", "Gesendet: heute", "An: c", "Betreff: d", "hello", "Password: x", "---------- Forwarded message ---------", "On 1.1. A wrote:", "Sent from my iPhone", "-----Original Message-----"])  # fmt: skip


@given(first=st.lists(LINE, max_size=25), second=st.lists(LINE, max_size=25), forwards=st.booleans())
@settings(max_examples=200, deadline=None)
def test_all_blocks_together_are_the_text(first: list[str], second: list[str], forwards: bool) -> None:
    """A wrong tag can be repaired, a lost line cannot; in both views and in what they agree on."""
    text = "\n".join(first)
    blocks = split_blocks(text, forwards=forwards)
    agreed = agree(blocks, split_blocks("\n".join(second)))

    assert "\n".join(block.text for block in blocks) == text
    assert "\n".join(block.text for block in agreed) == text


@pytest.mark.parametrize("size", [1000, 30_000])
@pytest.mark.parametrize("piece", ["Von: ", "De la: ", "wrote ", "On 1 ", "> ", "-", "_", "*", "#", "[#", "[a-", "re: ", "i am ", "Ich bin bis ", "a@", "a.", "<mailto:", "out of ", "@b:", "no-reply", "Re[1]: ", "mailer", " \u00a0", "begin 644 "])  # fmt: skip
def test_no_text_takes_long(piece: str, size: int) -> None:
    """Each own regular expression over hostile repetition, as subject, name, address and text."""
    text = (piece * size)[: 5 * size]
    started = time.monotonic()
    raw = f"From: {text[:9000]} <{text[:9000]}@x.yy>\nSubject: Fwd: {text[:60000]}\nX-Spam-Flag: {text[:9000]}\n\n{text}\n{piece}\n"
    parse_message(raw.encode())
    read_letter(
        f"From: ann@host.example\nTo: ferry@host.example\n\n---------- Forwarded message ---------\nFrom: {text}\nSubject: {text}\nDate: x\n\n{text}".encode(),
        DESK,
    )
    assert time.monotonic() - started < 2.5

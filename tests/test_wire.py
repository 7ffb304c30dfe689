"""The bulk channel against scripted answers: what servers really send, and what hostile ones could."""

import re
import socket
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mail import stream
from bot.mail.content import append_date, digest, format_internaldate, glimpse, parse_internaldate
from bot.mail.stream import Broken, Spool, Stream
from bot.mail.uids import parse_uid_set, uid_sets
from bot.mail.wire import Literal, Parcel, Refused, Wire, astring

Ends = tuple[Wire, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Our end as a Wire, and the server's end as a socket."""
    ours, theirs = socket.socketpair()
    ours.settimeout(2)
    theirs.settimeout(2)
    with closing(ours), closing(theirs):
        yield Wire(Stream(ours)), theirs


def test_a_fetch_with_literals_quoted_strings_and_strange_order(ends: Ends) -> None:
    """Items come in any order, bodies as literal or quoted; rows without UID are somebody else's news."""
    wire, server = ends
    server.sendall(
        b'* 1 FETCH (BODY[] {6}\r\na)\r\n({ UID 7 FLAGS (\\Seen "odd") INTERNALDATE " 1-Feb-2003 04:05:06 +0000")\r\n'
        b"* 3 EXISTS\r\n* 9 FETCH (FLAGS (\\Deleted))\r\n* OK [HIGHESTMODSEQ 5] x\r\n"
        b'* 2 FETCH (UID 8 BODY[] "say \\"hi\\"" BODY[HEADER.FIELDS (FROM SUBJECT)] {0}\r\n)\r\nM1 OK done\r\n'
    )

    first, second = wire.fetch(b"7,8", b"UID BODY.PEEK[]")

    assert first[b"BODY[]"] == b"a)\r\n({"
    assert first[b"UID"] == b"7"
    assert first[b"FLAGS"] == [b"\\Seen", b"odd"]
    assert second[b"BODY[]"] == b'say "hi"'
    assert second[b"BODY[HEADER.FIELDS (FROM SUBJECT)]"] == b""


def test_rows_before_a_no_are_kept(ends: Ends) -> None:
    """Gmail: "Some messages could not be FETCHed (Failure)", behind hundreds that could."""
    wire, server = ends
    server.sendall(b"* 1 FETCH (UID 7 BODY[] {1}\r\nx)\r\nM1 NO [SERVERBUG] Some messages\r\n")
    rows = wire.fetch(b"7,8", b"UID BODY.PEEK[]")

    assert next(rows)[b"BODY[]"] == b"x"
    with pytest.raises(Refused) as raised:
        next(rows)
    assert raised.value.code == "SERVERBUG"


def test_a_refusal_never_holds_what_the_server_said(ends: Ends) -> None:
    """Servers echo passwords."""
    wire, server = ends
    server.sendall(b"M1 NO [s3cret oops] no login with s3cret\r\n")

    with pytest.raises(Refused) as raised:
        wire.call(b"NOOP")
    assert "s3cret" not in str(raised.value)


def test_commands_may_end_in_another_order_than_they_were_sent(ends: Ends) -> None:
    """RFC 9051 section 5.5."""
    wire, server = ends
    tags = [wire.start(b"STATUS a (MESSAGES)"), wire.start(b"STATUS b (MESSAGES)")]
    server.sendall(b"* STATUS b (MESSAGES 2)\r\nM2 NO x\r\n* STATUS a (MESSAGES 1)\r\nM1 OK x\r\n")

    assert [item.data[0] for item in wire.finish(tags[0]).of(b"STATUS")] == [b"b", b"a"]
    with pytest.raises(Refused):
        wire.finish(tags[1])


def test_what_is_under_way_together_is_read_together(ends: Ends) -> None:
    """Dovecot sends rows of a later FETCH before the end of an earlier SEARCH; a refused one stops no other."""
    wire, server = ends
    tags = [
        wire.start(b"UID SEARCH RETURN (ALL) ALL"),
        wire.start(b"UID FETCH 1:* (FLAGS)"),
        wire.start(b"X"),
    ]
    server.sendall(
        b'* 1 FETCH (UID 7 FLAGS ())\r\n* ESEARCH (TAG "M1") UID ALL 7:8\r\nM1 OK x\r\n'
        b"* 2 FETCH (UID 8 FLAGS ())\r\nM3 BAD x\r\nM2 OK x\r\n"
    )

    reply = wire.finish_all(tags)

    assert [item.data[0][1] for item in reply.of(b"FETCH")] == [b"7", b"8"]
    assert len(list(reply.of(b"ESEARCH"))) == 1
    assert list(reply.refusals) == [tags[2]]


def test_literals_wait_for_the_server_unless_it_takes_them_at_once(ends: Ends) -> None:
    """LITERAL+, LITERAL- up to 4,096 bytes, and the plain literal of RFC 3501."""
    wire, server = ends
    wire.literal_minus = True
    server.sendall(b"+ go\r\nM1 OK [APPENDUID 1 5] x\r\n")

    assert wire.append_each(b"INBOX", [Parcel(("\\Seen",), None, b"x" * 5000)]) == [5]
    assert server.recv(1 << 16).startswith(b'M1 APPEND "INBOX" (\\Seen) {5000}\r\nxxx')
    server.sendall(b"M2 OK [APPENDUID 1 6] x\r\n")
    assert wire.append_each(b"INBOX", [Parcel((), b"01-Feb-2003 04:05:06 +0700", b"xy")]) == [6]
    assert server.recv(1 << 16) == b'M2 APPEND "INBOX" () "01-Feb-2003 04:05:06 +0700" {2+}\r\nxy\r\n'


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n",
        b"M9 OK never asked\r\n",
        b"M1 MAYBE\r\n",
        b"* 1 FETCH (" + b"(" * 50 + b"\r\n",
        b"* 1 FETCH (BODY[] {99999999999}\r\n",
        b"x" * 70_000,
    ],
)
def test_answers_outside_the_protocol_end_the_connection(
    ends: Ends, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a row's failure, none a crash or a full memory."""
    monkeypatch.setattr(stream, "LINE_BYTES", 60_000)
    wire, server = ends
    server.sendall(answer)

    with pytest.raises(Broken):
        wire.call(b"NOOP")


def test_a_dripping_server_is_given_up(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte before each timeout would go on for ever."""
    monkeypatch.setattr(stream, "PATIENCE_SECONDS", -1)
    wire, server = ends
    server.sendall(b"* ")

    with pytest.raises(Broken):
        wire.call(b"NOOP")


def test_a_large_literal_lies_on_disk(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 MB mails exist; memory for them does not."""
    monkeypatch.setattr(stream, "SPOOL_BYTES", 10)
    wire, server = ends
    server.sendall(b"* 1 FETCH (UID 7 BODY[] {20}\r\n" + b"0123456789" * 2 + b")\r\nM1 OK x\r\n")

    (row,) = wire.fetch(b"7", b"UID BODY.PEEK[]")

    assert isinstance(row[b"BODY[]"], Spool)
    assert b"".join(row[b"BODY[]"].chunks()) == b"0123456789" * 2
    assert digest(row[b"BODY[]"]) == digest(b"0123456789" * 2)


@given(st.binary(max_size=30))
def test_no_name_ends_a_command(raw: bytes) -> None:
    """A folder called "a CR LF X1 DELETE INBOX" is quoted or counted, never said."""
    said = astring(raw)

    assert isinstance(said, Literal) or not set(said) & set(b"\r\n\0")
    assert isinstance(said, Literal) or said.startswith(b'"')


@given(st.sets(st.integers(1, 60)), st.integers(3, 20))
def test_uid_sets_name_exactly_the_uids_in_short_lines(uids: set[int], length: int) -> None:
    """100,000 UIDs one by one would be a line of 700 KB."""
    lines = list(uid_sets(uids, text=length))

    named = [uid for line in lines for uid in parse_uid_set(line) or []]
    assert named == sorted(uids)
    assert all(len(line) <= max(length, 5) for line in lines)


@pytest.mark.parametrize("text", [b"", b"0", b"1:99999999999", b"a", b"1,,2", b"5:*", b"1:4294967295"])
def test_what_is_no_set_of_uids_is_refused(text: bytes) -> None:
    """A hostile APPENDUID or ESEARCH could name four billion messages."""
    assert parse_uid_set(text, limit=1000) is None


@given(st.binary(max_size=60), st.integers(1, 60))
def test_line_ends_and_pieces_do_not_change_a_digest(body: bytes, cut: int) -> None:
    """Dovecot rewrites a bare LF; a large message comes in pieces, cut anywhere."""
    unix = body.replace(b"\r\n", b"\n")
    spool = Spool(len(body))
    spool.chunks = lambda: iter((body[:cut], body[cut:]))  # type: ignore[method-assign]

    assert digest(spool) == digest(body)
    assert digest(unix.replace(b"\n", b"\r\n")) == digest(unix)


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        (b"01-Jan-1970 00:00:00 +0000", "1970-01-01 00:00:00+00:00"),
        (b" 1-Jan-1970 00:00:00 +0000", "1970-01-01 00:00:00+00:00"),
        (b"19-Jan-2038 03:14:08 -0330", "2038-01-19 06:44:08+00:00"),
        (b"31-Dec-0019 23:59:59 +0000", "0019-12-31 23:59:59+00:00"),
        (b"31-Feb-2019 23:59:59 +0000", "None"),
        (b"", "None"),
    ],
)
def test_internaldate_is_an_instant_or_nothing(raw: bytes, utc: str) -> None:
    """Clients sort by it."""
    assert str(parse_internaldate(raw)) == utc


def test_a_missing_internaldate_falls_back_to_the_date_header() -> None:
    """Never silently "now"."""
    body = b"Date: Sat, 1 Feb 2003 04:05:06 +0700\r\n\r\n"
    told = append_date(b"nonsense", body)

    assert told == b"01-Feb-2003 04:05:06 +0700"
    assert append_date(b" 1-Feb-2003 04:05:06 +0700", body) == b" 1-Feb-2003 04:05:06 +0700"
    assert append_date(b"", b"no date\r\n") is None
    moment = parse_internaldate(told)
    assert moment is not None
    assert parse_internaldate(format_internaldate(moment)) == moment


@pytest.mark.parametrize(
    ("internaldate", "date_header", "expected"),
    [
        (b"01-Jan-1601 00:00:00 +0000", b"Sat, 1 Feb 2003 04:05:06 +0700", b"01-Feb-2003 04:05:06 +0700"),
        (b"31-Dec-1969 23:59:59 +0000", b"Fri, 1 Jan 1960 00:00:00 +0000", None),
        (b"01-Jan-1970 00:00:00 +0200", b"", None),
        (b"01-Jan-1970 00:00:00 +0000", b"", b"01-Jan-1970 00:00:00 +0000"),
    ],
)
def test_a_date_before_1970_is_none(internaldate: bytes, date_header: bytes, expected: bytes | None) -> None:
    """Cyrus and Courier refuse the message for it; the message is worth more."""
    assert append_date(internaldate, b"Date: " + date_header + b"\r\n\r\n") == expected


@given(st.binary(max_size=200))
def test_a_glimpse_never_fails(body: bytes) -> None:
    """It is taken of exactly the messages that nobody could handle."""
    assert all(text.isprintable() for text in glimpse(body))
    assert all(text.isprintable() for text in glimpse(b"Subject: =?utf-8?b?" + body))


def test_an_answer_with_literals_without_end_is_given_up(ends: Ends) -> None:
    """Each literal alone is within its limit; a hundred of them in one answer would lie in memory together."""
    wire, server = ends
    server.sendall(b"* 1 FETCH (UID 7" + b" X {1}\r\na" * 100 + b")\r\nM1 OK x\r\n")

    with pytest.raises(Broken):
        list(wire.fetch(b"7", b"UID BODY.PEEK[]"))


@given(st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b"a", b"bc"]), max_size=12).map(b"".join))
def test_only_a_bare_lf_becomes_canonical(body: bytes) -> None:
    """Against the rule spelled out: every LF has one CR in front of it, nothing else changes."""
    clean = re.sub(rb"(?<!\r)\n", b"\r\n", body)

    assert digest(body) == digest(clean)
    assert digest(body)[1] == len(clean)


@given(st.integers(0, 99), st.integers(0, 99), st.sampled_from([b" 1", b"01", b"29", b"30", b"31", b"00"]))
def test_a_usual_date_is_an_instant(hour: int, zone: int, day: bytes) -> None:
    """The quick look at an INTERNALDATE lets nothing pass that the slow one does not take for an instant."""
    stamp = b"%s-Feb-2003 %02d:05:06 +%02d00" % (day, hour, zone)

    assert (append_date(stamp, b"") == stamp) == (parse_internaldate(stamp) is not None)


# ── COMPRESS=DEFLATE (RFC 4978) ───────────────────────────────────────────────────────────────────────────────────


class Packed:
    """The server's end of a compressed line."""

    def __init__(self, server: socket.socket) -> None:
        self.server = server
        self.packer = zlib.compressobj(wbits=-15)
        self.unpacker = zlib.decompressobj(-15)

    def say(self, data: bytes) -> None:
        self.server.sendall(self.packer.compress(data) + self.packer.flush(zlib.Z_SYNC_FLUSH))

    def hear(self) -> bytes:
        return self.unpacker.decompress(self.server.recv(1 << 20))


def test_a_compressed_line_carries_the_same(ends: Ends) -> None:
    """Both ways; and what came in one piece with the server's OK is compressed already."""
    wire, server = ends
    packed = Packed(server)
    behind = packed.packer.compress(b"* 3 EXISTS\r\n") + packed.packer.flush(zlib.Z_SYNC_FLUSH)
    server.sendall(b"M1 OK active\r\n" + behind)
    wire.call(b"COMPRESS DEFLATE")
    server.recv(1 << 16)

    wire.stream.start_compress()

    assert wire.stream.pending
    packed.say(b"* 1 FETCH (UID 7 BODY[] {600000}\r\n" + b"x" * 600_000 + b")\r\nM2 OK x\r\n")
    (row,) = wire.fetch(b"7", b"UID BODY.PEEK[]")
    assert row[b"BODY[]"] == b"x" * 600_000
    assert packed.hear() == b"M2 UID FETCH 7 (UID BODY.PEEK[])\r\n"
    packed.say(b"M3 OK [APPENDUID 1 5] x\r\n")
    wire.literal_plus = True
    assert wire.append_each(b"INBOX", [Parcel((), None, b"y" * 1000)]) == [5]
    assert packed.hear() == b'M3 APPEND "INBOX" () {1000+}\r\n' + b"y" * 1000 + b"\r\n"


def test_a_bomb_is_unpacked_no_further_than_the_limits(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand bytes in memory for each one sent: a line without end meets its limit all the same."""
    monkeypatch.setattr(stream, "LINE_BYTES", 1 << 20)
    wire, server = ends
    wire.stream.start_compress()
    bomb = zlib.compressobj(9, wbits=-15)
    server.sendall(bomb.compress(b"* " + b"x" * 50_000_000) + bomb.flush(zlib.Z_SYNC_FLUSH))

    tracemalloc.start()
    with pytest.raises(Broken):
        wire.call(b"NOOP")
    assert tracemalloc.get_traced_memory()[1] < 6 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("sent", [b"M1 OK in clear\r\n", zlib.compress(b"M1 OK x\r\n"), b"\x03\x00" * 3])
def test_what_cannot_be_unpacked_ends_the_connection(ends: Ends, sent: bytes) -> None:
    """Plain text, a zlib header, an end of the stream: none of it is what RFC 4978 allows."""
    wire, server = ends
    wire.stream.start_compress()
    server.sendall(sent)

    with pytest.raises(Broken):
        wire.call(b"NOOP")

"""The bulk channel: IMAP commands in a stream, answers as they come, literals untouched (RFC 9051 section 4).

It runs on the same connection as the control channel of `account`, never at the same time. What imaplib cannot do is
here: streaming FETCH, commands sent ahead, MULTIAPPEND (RFC 3502), LITERAL+ and LITERAL- (RFC 7888), raw names.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.mail.stream import Body, Broken, Spool, Stream, body_chunks
from bot.mail.throttle import Hint, read_hint
from bot.mail.uids import LINE_TEXT, UID_MAX, parse_uid_set

Token = Any  # bytes (atom or string), Spool (large literal), None (NIL), list of Token
Row = dict[bytes, Token]  # one FETCH answer by upper-cased item name

DEPTH: Final = 20  # nested parentheses
UNTAGGED: Final = 500_000  # answers to one command
SMALL_LITERAL: Final = 4096  # LITERAL- (RFC 7888 section 5)
TOKEN: Final = re.compile(
    rb'[ \r\n]*(?:([()])|"((?:[^"\\]|\\.)*)"|([A-Za-z0-9.]+\[[^\]]*\](?:<\d+>)?|[^ ()"\r\n]+))'
)
LITERAL_END: Final = re.compile(rb"~?\{(\d{1,12})\+?\}\r?\n\Z")
STATUS: Final = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH)(?: \[([^\]\r\n]*)\])?", re.IGNORECASE)
SAFE_CODE: Final = re.compile(rb"[A-Z][A-Z0-9.-]{0,40}")
QUOTABLE: Final = re.compile(rb"[\x20-\x7e]*")


class Refused(Exception):
    """The server answered NO or BAD. Holds the response code (RFC 5530) if there is one; never the server's text."""

    def __init__(self, status: str, code: str = "", hint: Hint | None = None) -> None:
        super().__init__(f"{status} [{code}]")
        self.status, self.code = status, code
        self.hint = hint  # that it asks us to wait


class Goodbye(ConnectionResetError):
    """The server said BYE; never holds its text."""

    def __init__(self, hint: Hint | None = None) -> None:
        super().__init__("the server said goodbye")
        self.hint = hint  # that it asks us to wait


class Literal(bytes):
    """Bytes that travel as a literal."""

    __slots__ = ()


@dataclass(slots=True)
class Untagged:
    """One untagged answer: `* 12 FETCH (…)` is (FETCH, 12, […]); `* OK [UIDNEXT 5]` is (OK, None, [UIDNEXT, 5])."""

    kind: bytes
    number: int | None
    data: list[Token]


@dataclass(slots=True)
class Reply:
    """Completed commands: their untagged answers, the code of the last OK, split at blanks, and who was refused."""

    untagged: list[Untagged] = field(default_factory=list)
    code: list[bytes] = field(default_factory=list)
    refusals: dict[bytes, Refused] = field(default_factory=dict)  # by tag

    def of(self, kind: bytes) -> Iterator[Untagged]:
        """Yield the untagged answers of one kind."""
        return (item for item in self.untagged if item.kind == kind)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message as APPEND wants it: flags, INTERNALDATE as `01-Feb-2003 04:05:06 +0700` or none, the bytes."""

    flags: Sequence[str]
    date: bytes | None
    body: Body

    def head(self) -> bytes:
        """Return what stands before the literal."""
        date = b' "' + self.date + b'"' if self.date else b""
        return b" (" + " ".join(self.flags).encode("latin-1") + b")" + date + b" "


def astring(raw: bytes) -> bytes:
    """Return a name or word as quoted string, or as a Literal where it cannot be quoted; it never ends a command."""
    if QUOTABLE.fullmatch(raw):
        return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return Literal(raw)


class Wire:
    """Sends commands and reads answers. Raises OSError, Broken, Refused."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.literal_plus = False
        self.literal_minus = False
        self._count = 0
        self._early: dict[
            bytes, bytes
        ] = {}  # ends of commands that overtook one sent before (RFC 9051 section 5.5)

    def call(self, *parts: bytes) -> Reply:
        """Send one command and return its whole answer."""
        return self.finish(self.start(*parts))

    def start(self, *parts: bytes) -> bytes:
        """Send one command without waiting for its end; return its tag."""
        tag = self._tag()
        out = [tag, b" "]
        for part in parts:
            if isinstance(part, Literal):
                self._literal(tag, part, out)
            else:
                out.append(part)
        out.append(b"\r\n")
        self.stream.send(b"".join(out))
        return tag

    def finish(self, tag: bytes) -> Reply:
        """Read until the command ends; return everything it answered."""
        reply = self.finish_all([tag])
        if tag in reply.refusals:
            raise reply.refusals[tag]
        return reply

    def finish_all(self, tags: Iterable[bytes]) -> Reply:
        """Read until all of these commands ended; return what they answered, whichever of them it belongs to.

        Servers work on commands side by side (RFC 9051 section 5.5): Dovecot sends the rows of a FETCH before the end
        of the SEARCH that was sent before it. Only SELECT, EXAMINE and their like wait for everybody else. A refused one is in `refusals`, and no reason to stop reading.
        """
        together = Reply()
        for tag in tags:
            try:
                for item in self.answers(tag, together):
                    together.untagged.append(item)
                    if len(together.untagged) > UNTAGGED:
                        raise Broken("a flood of answers")
            except Refused as refusal:
                together.refusals[tag] = refusal
        return together

    def answers(self, tag: bytes, reply: Reply | None = None) -> Iterator[Untagged]:
        """Yield untagged answers until the command ends, then raise Refused unless it was OK."""
        while tag not in self._early:
            parts = self._response()
            line = parts[0]
            if line.startswith(b"* "):
                if (item := _untagged(parts)) is not None:
                    yield item
            elif not line.startswith(b"+"):
                self._note_end(line)
        code = _completion(self._early.pop(tag))
        if reply is not None:
            reply.code = code

    def rows(self, tag: bytes) -> Iterator[Row]:
        """Yield the FETCH answers of a command, items by name. A row without UID is somebody else's news.

        Every row's UID is a number that RFC 9051 section 9 allows; nothing else in it is checked.
        """
        return filter(None, map(read_row, self.answers(tag)))

    def authenticate_plain(self, response: bytes, *, at_once: bool) -> Reply:
        """Run AUTHENTICATE PLAIN (RFC 4616) with a response in Base64; at once where the server has SASL-IR."""
        if at_once:
            return self.call(b"AUTHENTICATE PLAIN " + response)
        tag = self.start(b"AUTHENTICATE PLAIN")
        self._wait_for_continuation(tag)
        self.stream.send(response + b"\r\n")
        return self.finish(tag)

    def fetch(self, uids: bytes, items: bytes) -> Iterator[Row]:
        """Send one UID FETCH and yield its rows."""
        return self.rows(self.start(b"UID FETCH " + uids + b" (" + items + b")"))

    def start_append_multi(self, folder: bytes, parcels: Sequence[Parcel]) -> bytes:
        """Send one command that appends all messages or none (RFC 3502); `finish_append_multi` reads its answer."""
        tag = self._tag()
        out = [tag, b" APPEND ", astring_now(folder)]
        for parcel in parcels:
            out.append(parcel.head())
            self._literal(tag, parcel.body, out)
        out.append(b"\r\n")
        self.stream.send_parts(out)
        return tag

    def finish_append_multi(self, tag: bytes, count: int) -> Sequence[int] | None:
        """Return the UIDs of that many messages, None when not told. Raises Refused: none was stored."""
        return append_uids(self.finish(tag).code, count)

    def append_multi(self, folder: bytes, parcels: Sequence[Parcel]) -> Sequence[int] | None:
        """Append all messages or none with one command; return their UIDs, None when not told. Raises Refused."""
        return self.finish_append_multi(self.start_append_multi(folder, parcels), len(parcels))

    def append_each(self, folder: bytes, parcels: Sequence[Parcel]) -> list[int | Refused | None]:
        """Append messages one by one, sent ahead where the server takes literals at once (RFC 7888).

        Returns for each its UID, None when stored without telling, or the refusal.
        """
        if not self.literal_plus:
            return [self._append_one(folder, parcel) for parcel in parcels]
        return self.finish_append_each(self.start_append_each(folder, parcels))

    def start_append_each(self, folder: bytes, parcels: Sequence[Parcel]) -> list[bytes]:
        """Send one command for each message, not waiting for any; needs LITERAL+."""
        return [self._start_append(folder, parcel) for parcel in parcels]

    def finish_append_each(self, tags: Iterable[bytes]) -> list[int | Refused | None]:
        """Return the outcome of each; see append_each."""
        return [self._finish_append(tag) for tag in tags]

    def _append_one(self, folder: bytes, parcel: Parcel) -> int | Refused | None:
        try:
            tag = self._start_append(folder, parcel)
        except Refused as refusal:  # in place of the continuation: nothing was stored
            return refusal
        return self._finish_append(tag)

    def _start_append(self, folder: bytes, parcel: Parcel) -> bytes:
        tag = self._tag()
        out = [tag, b" APPEND ", astring_now(folder), parcel.head()]
        self._literal(tag, parcel.body, out)
        out.append(b"\r\n")
        self.stream.send_parts(out)
        return tag

    def _finish_append(self, tag: bytes) -> int | Refused | None:
        try:
            told = append_uids(self.finish(tag).code, 1)
        except Refused as refusal:
            return refusal
        return told[0] if told else None

    def _literal(self, tag: bytes, body: Body, out: list[bytes]) -> None:
        """Put a literal behind what is in `out`; sends when the server must agree first, or the body is on disk."""
        at_once = self.literal_plus or (self.literal_minus and len(body) <= SMALL_LITERAL)
        out.append(b"{%d+}\r\n" % len(body) if at_once else b"{%d}\r\n" % len(body))
        if not at_once:
            self.stream.send(b"".join(out))
            out.clear()
            self._wait_for_continuation(tag)
        if not isinstance(body, Spool):
            out.append(body)
            return
        self.stream.send_parts(out)
        out.clear()
        for chunk in body_chunks(body):
            self.stream.send(chunk)
            self.stream.on_chunk()

    def _wait_for_continuation(self, tag: bytes) -> None:
        while True:
            line = self._response()[0]
            if line.startswith(b"+"):
                return
            if line.startswith(tag + b" "):
                _completion(line[len(tag) + 1 :])  # raises for NO and BAD
                raise Broken("an end before the literal")
            check_goodbye(line)

    def _note_end(self, line: bytes) -> None:
        tag, _, rest = line.partition(b" ")
        number = int(tag[1:]) if re.fullmatch(rb"M[0-9]{1,18}", tag) else 0
        if not 0 < number <= self._count or len(self._early) > self._count:
            raise Broken("an answer to nothing")
        self._early[tag] = rest

    def _tag(self) -> bytes:
        self._count += 1
        return b"M%d" % self._count

    def _response(self) -> list[Any]:
        """Read one answer: its line, and where it goes on after literals: literal, line, literal, line…"""
        parts: list[Any] = [self.stream.readline()]
        while found := LITERAL_END.search(parts[-1]):
            parts[-1] = parts[-1][: found.start()]
            parts.append(self.stream.read_literal(int(found[1])))
            parts.append(self.stream.readline())
        return parts


def astring_now(folder: bytes) -> bytes:
    """Return a folder name for the head of an APPEND, where a literal would need an answer of its own.

    Destination names are modified UTF-7 (RFC 3501 section 5.1.3), so they can always be quoted.
    """
    quoted = astring(folder)
    if isinstance(quoted, Literal):
        raise Broken("a destination name outside ASCII")
    return quoted


def tokens(parts: Sequence[Any]) -> list[Token]:
    """Return the tokens of one answer: text between literals alternates with the literals themselves."""
    stack: list[list[Token]] = [[]]
    for number, part in enumerate(parts):
        if number % 2:
            stack[-1].append(part)
        else:
            _tokenise(part, stack)
    return stack[0]


def _tokenise(text: bytes, stack: list[list[Token]]) -> None:
    # findall is three times as fast as finditer, and holds everything at once: for lines of a usual length.
    found = (
        TOKEN.findall(text) if len(text) < LINE_TEXT else (one.groups(b"") for one in TOKEN.finditer(text))
    )
    for bracket, quoted, atom in found:
        if atom:
            stack[-1].append(None if atom == b"NIL" else atom)
        elif not bracket:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", quoted) if b"\\" in quoted else quoted)
        elif bracket == b"(":
            stack.append([])
            stack[-2].append(stack[-1])
        elif len(stack) > 1:
            stack.pop()
        if len(stack) > DEPTH:
            raise Broken("nested too deeply")


def _untagged(parts: list[Any]) -> Untagged | None:
    line = parts[0][2:]
    if status := STATUS.match(line):
        check_goodbye(parts[0])
        return Untagged(status[1].upper(), None, tokens([status[2] or b""]))
    data = tokens([line, *parts[1:]])
    if len(data) > 1 and isinstance(data[0], bytes) and data[0].isdigit() and len(data[0]) < 20:
        return Untagged(_upper(data[1]), int(data[0]), data[2:])
    return Untagged(_upper(data[0]), None, data[1:]) if data else None


def _completion(text: bytes) -> list[bytes]:
    """Return the words of the response code of a tagged OK; raise Refused for the rest."""
    status = STATUS.match(text)
    if status is None:
        raise Broken("an end that is neither OK, NO nor BAD")
    words = (status[2] or b"").split()
    if status[1].upper() == b"OK":
        return words
    code = _safe_code(words)
    raise Refused(status[1].decode().upper(), code, read_hint(code, text[status.end() :]))


def _safe_code(words: Sequence[bytes]) -> str:
    safe = SAFE_CODE.fullmatch(words[0].upper()) if words else None
    return safe[0].decode() if safe else ""


def check_goodbye(line: bytes) -> None:
    """Raise Goodbye when this line is an untagged BYE (RFC 9051 section 7.1.5)."""
    status = STATUS.match(line[2:]) if line.startswith(b"* ") else None
    if status and status[1].upper() == b"BYE":
        raise Goodbye(read_hint(_safe_code((status[2] or b"").split()), line[2 + status.end() :]))


def read_row(item: Untagged) -> Row | None:
    """Return a FETCH answer's items by name, None for everything else; see Wire.rows."""
    if item.kind != b"FETCH" or not item.data or not isinstance(item.data[0], list):
        return None
    pairs = item.data[0]
    row = {_upper(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=False)}
    if b"UID" not in row:
        return None
    _check_uid(row[b"UID"])
    return row


def _check_uid(word: Token) -> None:
    sound = isinstance(word, bytes) and word.isdigit() and len(word) <= 10
    if not sound or not 0 < int(word) <= UID_MAX:
        raise Broken("a UID that is none")


def _upper(token: Token) -> bytes:
    return token.upper() if isinstance(token, bytes) else b""


def append_uids(code: Sequence[bytes], count: int) -> Sequence[int] | None:
    """Return the UIDs of an APPENDUID code (RFC 4315 section 3), None when there is none of that many messages."""
    if len(code) < 3 or code[0].upper() != b"APPENDUID":
        return None
    uids = parse_uid_set(code[2], limit=count)
    return uids if uids is not None and len(uids) == count else None

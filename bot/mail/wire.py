"""The bulk channel: IMAP commands in a stream, answers as they come, literals untouched (RFC 9051 section 4).

It runs on the same connection as the control channel of `account`, never at the same time. What imaplib cannot do is
here: streaming FETCH, commands sent ahead, MULTIAPPEND (RFC 3502), LITERAL+ and LITERAL- (RFC 7888), raw names.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.mail.commands import Literal, Parcel, astring, quoted
from bot.mail.endings import Goodbye, Refused, append_uids, check_goodbye, read_completion
from bot.mail.stream import Body, Broken, Spool, Stream, body_chunks
from bot.mail.tokens import Row, Token, Untagged, read_row, read_untagged, read_usual_row

__all__ = [
    "Goodbye",
    "Literal",
    "Parcel",
    "Refused",
    "Reply",
    "Row",
    "Token",
    "Wire",
    "astring",
    "check_goodbye",
    "read_row",
]

UNTAGGED: Final = 500_000  # answers to one command
LITERALS: Final = 20  # in one answer: what is held of it in memory
SMALL_LITERAL: Final = 4096  # LITERAL- (RFC 7888 section 5)
LITERAL_END: Final = re.compile(rb"~?\{(-?\d+)\+?\}\r?\n\Z")


@dataclass(slots=True)
class Reply:
    """Completed commands: their untagged answers, the code of the last OK, split at blanks, and who was refused."""

    untagged: list[Untagged] = field(default_factory=list)
    code: list[bytes] = field(default_factory=list)
    refusals: dict[bytes, Refused] = field(default_factory=dict)  # by tag

    def of(self, kind: bytes) -> Iterator[Untagged]:
        """Yield the untagged answers of one kind."""
        return (item for item in self.untagged if item.kind == kind)


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
        for parts in self._until_end(tag, reply):
            check_goodbye(parts[0])
            if (item := read_untagged(parts)) is not None:
                yield item

    def rows(self, tag: bytes) -> Iterator[Row]:
        """Yield the FETCH answers of a command, items by name. A row without UID is somebody else's news.

        Every row's UID is a number that RFC 9051 section 9 allows; nothing else in it is checked.
        """
        for parts in self._until_end(tag):
            if (row := read_usual_row(parts)) is not None:
                yield row
                continue
            check_goodbye(parts[0])
            item = read_untagged(parts)
            if item is not None and (row := read_row(item)) is not None:
                yield row

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
        out = [tag, b" APPEND ", quoted(folder)]
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
        out = [tag, b" APPEND ", quoted(folder), parcel.head()]
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
                read_completion(line[len(tag) + 1 :])  # raises for NO and BAD
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

    def _until_end(self, tag: bytes, reply: Reply | None = None) -> Iterator[list[Any]]:
        """Yield the parts of each untagged answer until the command ends, then raise Refused unless it was OK."""
        while tag not in self._early:
            parts = self._response()
            line = parts[0]
            if line.startswith(b"* "):
                yield parts
            elif not line.startswith(b"+"):
                self._note_end(line)
        code = read_completion(self._early.pop(tag))
        if reply is not None:
            reply.code = code

    def _response(self) -> list[Any]:
        """Read one answer: its line, and where it goes on after literals: literal, line, literal, line…"""
        line = self.stream.readline()
        parts: list[Any] = [line]
        while b"}" in line[-3:] and (found := LITERAL_END.search(line)):
            if len(parts) > 2 * LITERALS:
                raise Broken("an answer without end")
            parts[-1] = line[: found.start()]
            parts.append(self.stream.read_literal(int(found[1])))
            line = self.stream.readline()
            parts.append(line)
        return parts

"""Read accounts in full and compare them, with nothing but the standard library: the demo's and the tests' own eyes."""

import hashlib
import imaplib
import re
import ssl
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

Message = tuple[str, tuple[str, ...], str]  # (digest of the bytes, flags, INTERNALDATE in UTC)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the destination differs from the source."""

    messages: int
    missing: int
    doubled: int
    flags_differ: int
    dates_differ: int

    @property
    def wrong(self) -> int:
        """How many messages are not as they were."""
        return self.missing + self.doubled + self.flags_differ + self.dates_differ

    def __str__(self) -> str:
        return (
            f"{self.messages:,} messages: {self.missing} missing, {self.doubled} doubled,"
            f" {self.flags_differ} flags differ, {self.dates_differ} dates differ"
        )


def snapshot(
    port: int, ca_file: str, user: str, password: str, leave_out: tuple[str, ...] = ("Trash", "Junk")
) -> Counter[Message]:
    """Return every message of an account, folders of some special uses left out."""
    found: Counter[Message] = Counter()
    with imaplib.IMAP4_SSL("localhost", port, ssl_context=ssl.create_default_context(cafile=ca_file)) as box:
        box.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        found.update(_messages(box, leave_out))
    return found


def _messages(box: imaplib.IMAP4, leave_out: tuple[str, ...]) -> list[Message]:
    made: list[Message] = []
    for line in box.list()[1]:
        assert isinstance(line, bytes)
        if b"\\Noselect" in line or any(f"\\{role}".encode() in line for role in leave_out):
            continue
        match = re.match(rb'\(.*?\) "?.*?"? (.*)$', line)
        assert match is not None
        name = match[1].decode()
        count = box.select(name if name.startswith('"') else f'"{name}"', readonly=True)[1][0]
        if int(count or 0):
            answers = box.fetch("1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")[1]
            made += [_message(item[0], item[1]) for item in answers if isinstance(item, tuple)]
    return made


def _message(head: bytes, body: bytes) -> Message:
    flags = re.search(rb"FLAGS \((.*?)\)", head)
    date = re.search(rb'INTERNALDATE "(.*?)"', head)
    assert flags is not None
    assert date is not None
    kept = tuple(sorted(flag for flag in flags[1].decode().split() if flag.lower() != "\\recent"))
    arrived = datetime.strptime(date[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    return hashlib.sha256(body).hexdigest(), kept, arrived.isoformat()


def compare(source: Counter[Message], destination: Counter[Message]) -> Comparison:
    """Return what the destination lacks, has too often, or has with other flags or dates."""

    def view(messages: Counter[Message], *places: int) -> Counter[tuple[object, ...]]:
        seen: Counter[tuple[object, ...]] = Counter()
        for message, times in messages.items():
            seen[tuple(message[place] for place in places)] += times
        return seen

    bodies = view(source, 0), view(destination, 0)
    missing = sum((bodies[0] - bodies[1]).values())
    return Comparison(
        messages=sum(source.values()),
        missing=missing,
        doubled=sum((bodies[1] - bodies[0]).values()),
        flags_differ=sum((view(source, 0, 1) - view(destination, 0, 1)).values()) - missing,
        dates_differ=sum((view(source, 0, 2) - view(destination, 0, 2)).values()) - missing,
    )

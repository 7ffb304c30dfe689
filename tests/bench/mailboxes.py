"""Mailboxes to copy: the same for every run, made as they are needed."""

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from itertools import chain
from typing import Final, Literal

from demo.seed import FLAGS, START, Mail

Kind = Literal["office", "small", "large", "many"]

FOLDERS: Final = (
    "INBOX",
    "Sent",
    "Archive/2023",
    "Archive/2024",
    "Projects/S&APw-d",
    "Customers",
    "Receipts",
    "Lists/dev",
)
WEIGHTS: Final = (34, 16, 10, 10, 6, 10, 6, 8)
NOISE: Final = base64.encodebytes(random.Random(0).randbytes(6_200_000)).replace(b"\n", b"\r\n")
LINE: Final = 78  # bytes of a line of it
LARGE_BYTES: Final = 100_000_000


@dataclass(frozen=True)
class Mailbox:
    """How many messages of which kind.

    office: mostly short, some with attachments of up to 8 MB, in eight folders. small: 1.6 kB each, in eight folders.
    large: an office with one of 100 MB. many: 0.7 kB each, all in one folder.
    """

    kind: Kind
    count: int
    seed: int = 1

    def mails(self) -> Iterator[Mail]:
        """Yield the messages."""
        rnd = random.Random(self.seed)
        made = (self._mail(number, rnd) for number in range(self.count))
        return chain(made, [self._large(rnd)]) if self.kind == "large" else made

    def later(self, count: int) -> "Mailbox":
        """Return so many messages that came later, of the same kind."""
        return Mailbox("office" if self.kind == "large" else self.kind, count, seed=77)

    def _mail(self, number: int, rnd: random.Random) -> Mail:
        size = {"many": 400, "small": 1200}.get(self.kind) or int(min(rnd.lognormvariate(8.5, 1.0), 60_000))
        parts = [_noise(rnd, size)]
        if self.kind in {"office", "large"} and rnd.random() < 0.15:
            attached = int(min(rnd.lognormvariate(12, 1.3), 8_000_000))
            parts += [_BASE64, _noise(rnd, attached), b"--b--\r\n"]
        folder = "INBOX" if self.kind == "many" else rnd.choices(FOLDERS, WEIGHTS)[0]
        return self._make(folder, f"{self.seed}.{number}", rnd, b"".join(parts))

    def _large(self, rnd: random.Random) -> Mail:
        return self._make("INBOX", "large", rnd, NOISE * (LARGE_BYTES // len(NOISE)))

    def _make(self, folder: str, name: str, rnd: random.Random, body: bytes) -> Mail:
        date = START + timedelta(minutes=rnd.randrange(900_000))
        head = (
            f"From: Søren <sender@elsewhere.example>\r\nTo: from@bench.example\r\nSubject: mail {name}\r\n"
            f"Date: {format_datetime(date)}\r\nMessage-ID: <{name}.{rnd.getrandbits(64):x}@elsewhere.example>\r\n\r\n"
        )
        return Mail(folder, head.encode() + body, rnd.choice(FLAGS), date)


_BASE64: Final = b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n"


def _noise(rnd: random.Random, size: int) -> bytes:
    start = rnd.randrange(1000) * LINE
    return NOISE[start : start + size // LINE * LINE]

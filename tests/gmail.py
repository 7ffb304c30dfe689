"""A small IMAP server that behaves like Gmail: one message, many labels. Or like Yahoo, or iCloud, by its parameters.

Threads on loopback, read-only but for flags. What a message is, and where, is changed by the test.
"""

import base64
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Final

from bot.mail.uids import parse_uid_set
from bot.model import Login
from tests.imaptools import PASSWORD, plain_login

ALL: Final = "[Gmail]/All Mail"
SENT: Final = "[Gmail]/Sent Mail"
TRASH: Final = "[Gmail]/Trash"
SPAM: Final = "[Gmail]/Spam"
SPECIAL: Final = {
    "[Gmail]": "\\HasChildren \\Noselect",
    ALL: "\\All",
    "[Gmail]/Chats": "",
    "[Gmail]/Drafts": "\\Drafts",
    "[Gmail]/Important": "\\Important",
    SENT: "\\Sent",
    SPAM: "\\Junk",
    "[Gmail]/Starred": "\\Flagged",
    TRASH: "\\Trash",
}
CAPABILITIES: Final = (
    "IMAP4rev1 SASL-IR AUTH=PLAIN NAMESPACE SPECIAL-USE LIST-EXTENDED LIST-STATUS UIDPLUS MOVE CONDSTORE"
)
UID_LAST: Final = 2**32 - 1


@dataclass
class Message:
    gmail_id: int
    body: bytes
    flags: set[str]
    date: bytes = b"05-May-2005 05:05:05 +0500"


@dataclass
class Folder:
    messages: dict[int, Message] = field(default_factory=dict)  # by UID
    uidnext: int = 1
    modseq: int = 1  # of the newest change; the server tells no more of CONDSTORE than that

    def add(self, message: Message) -> None:
        self.messages[self.uidnext] = message
        self.uidnext += 1
        self.modseq += 1


@dataclass
class Gmail:
    """The one account of the server. Labels are the names of folders; `hidden` ones are shown only as X-GM-LABELS."""

    port: int = 0
    extension: bool = True  # X-GM-EXT-1
    message_limit: int = 0  # MESSAGELIMIT (RFC 9738); 0 = none
    marks_seen: bool = False  # \\Seen in spite of PEEK
    folders: dict[str, Folder] = field(default_factory=dict)
    hidden: dict[int, set[str]] = field(default_factory=dict)  # labels without a folder, by message
    commands: list[bytes] = field(default_factory=list)
    bodies: Counter[int] = field(default_factory=Counter)  # how often a message's bytes were sent
    named: list[int] = field(default_factory=list)  # how many messages each command for bodies or flags named

    def __post_init__(self) -> None:
        self.folders["INBOX"] = Folder()
        if self.extension:
            self.folders |= {name: Folder() for name in SPECIAL}

    @property
    def login(self) -> Login:
        return plain_login(self.port, "anna@gmail.example")

    @property
    def capabilities(self) -> str:
        more = " X-GM-EXT-1" if self.extension else ""
        return CAPABILITIES + more + (f" MESSAGELIMIT={self.message_limit}" if self.message_limit else "")

    def deliver(
        self, number: int, labels: Iterable[str], *, flags: Iterable[str] = (), size: int = 20
    ) -> Message:
        """Put a new message into the folders of its labels and into All Mail, unless it is in Trash or Spam."""
        head = b"Message-ID: <%d@gmail.example>\r\nSubject: %d\r\n\r\n" % (number, number)
        message = Message(10**18 + number, head + b"x" * size + b"\r\n", set(flags))
        places = list(labels)
        if self.extension and not {TRASH, SPAM} & set(places):
            places.append(ALL)
        for name in places:
            self.folders.setdefault(name, Folder()).add(message)
        return message

    def label(self, message: Message, name: str) -> None:
        self.folders.setdefault(name, Folder()).add(message)

    def flag(self, message: Message, flag: str) -> None:
        message.flags.add(flag)
        for folder in self.folders.values():
            folder.modseq += any(one is message for one in folder.messages.values())

    def unlabel(self, message: Message, name: str) -> None:
        folder = self.folders[name]
        folder.messages = {uid: one for uid, one in folder.messages.items() if one is not message}
        folder.modseq += 1

    def labels(self, message: Message, here: str) -> list[str]:
        shown = [
            name
            for name, folder in self.folders.items()
            if name not in (here, ALL) and any(one is message for one in folder.messages.values())
        ]
        system = {
            "INBOX": "\\Inbox",
            SENT: "\\Sent",
            "[Gmail]/Drafts": "\\Draft",
            "[Gmail]/Starred": "\\Starred",
        }
        return [system.get(name, name) for name in shown] + sorted(self.hidden.get(message.gmail_id, ()))


@contextmanager
def gmail(**parameters: object) -> Iterator[Gmail]:
    server = Gmail(**parameters)  # type: ignore[arg-type]
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    clients: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            clients.append(client)
            threading.Thread(target=_Talk(server, client).run, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        for one in (listener, *clients):
            one.close()


class _Talk:
    """One connection."""

    def __init__(self, server: Gmail, client: socket.socket) -> None:
        self.server, self.client = server, client
        self.open: Folder | None = None
        self.name = ""

    def run(self) -> None:
        with suppress(OSError, ValueError), self.client.makefile("rb") as lines:
            self._say(f"* OK [CAPABILITY {self.server.capabilities}] Gimap ready")
            while line := _read(lines):
                self.server.commands.append(line)
                tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
                said = rest.decode()
                verb = re.match(r"(?:UID )?[A-Z]+", said)
                self._answer(tag.decode(), verb[0] if verb else "", said)
                if said == "LOGOUT":
                    break
        with suppress(OSError):
            self.client.shutdown(socket.SHUT_RDWR)

    def _say(self, *lines: str) -> None:
        self.client.sendall("".join(line + "\r\n" for line in lines).encode())

    def _answer(self, tag: str, verb: str, said: str) -> None:
        answers = {
            "AUTHENTICATE": self._authenticate,
            "CAPABILITY": lambda _: self._say(f"* CAPABILITY {self.server.capabilities}"),
            "NAMESPACE": lambda _: self._say('* NAMESPACE (("" "/")) NIL NIL'),
            "NOOP": lambda _: None,
            "LIST": self._list,
            "EXAMINE": self._select,
            "SELECT": self._select,
            "UID FETCH": self._fetch,
            "UID STORE": self._store,
            "LOGOUT": lambda _: self._say("* BYE"),
        }
        if verb not in answers:
            self._say(f"{tag} BAD what?")
            return
        end = answers[verb](said) or "OK done"  # type: ignore[func-returns-value]
        self._say(f"{tag} {end}")

    def _authenticate(self, said: str) -> str:
        password = base64.b64decode(said.split()[2]).split(b"\0")[2]
        known = password == PASSWORD.encode()
        return f"OK [CAPABILITY {self.server.capabilities}] in" if known else "NO [AUTHENTICATIONFAILED] no"

    def _list(self, said: str) -> None:
        for name, folder in self.server.folders.items():
            attributes = SPECIAL.get(name, "") + " \\Subscribed"
            self._say(f'* LIST ({attributes.strip()}) "/" "{name}"')
            if "STATUS" in said and "Noselect" not in attributes:
                status = f"MESSAGES {len(folder.messages)} UIDNEXT {folder.uidnext} UIDVALIDITY 7"
                status += f" HIGHESTMODSEQ {folder.modseq}"
                self._say(f'* STATUS "{name}" ({status})')

    def _select(self, said: str) -> str:
        self.name = said.split('"')[1]
        found = self.server.folders.get(self.name)
        if found is None or "Noselect" in SPECIAL.get(self.name, ""):
            self.open = None
            return "NO [NONEXISTENT] no"
        self.open = found
        self._say(
            "* FLAGS (\\Seen \\Flagged \\Draft)",
            f"* {len(found.messages)} EXISTS",
            "* OK [UIDVALIDITY 7] same",
            f"* OK [UIDNEXT {found.uidnext}] next",
            f"* OK [HIGHESTMODSEQ {found.modseq}] highest",
        )
        return "OK [READ-ONLY] open"

    def _named(self, said: str) -> tuple[list[int], str]:
        """Return the UIDs a command names, and how it ends; the newest ones where it names too many (RFC 9738)."""
        assert self.open is not None
        last = max(self.open.messages, default=1)
        wanted = set()
        for part in said.split()[2].split(","):
            ends = part.replace("*", str(last)).split(":")
            low, high = sorted((int(ends[0]), int(ends[-1])))
            wanted |= {uid for uid in self.open.messages if low <= uid <= high}
            known = parse_uid_set(part.encode()) if "*" not in part else None
            assert known is None or max(known) <= UID_LAST
        uids = sorted(wanted)
        if "FETCH" not in said or "BODY" in said:  # a listing may name more: it is answered in part
            self.server.named.append(len(uids))
        limit = self.server.message_limit
        if not limit or len(uids) <= limit:
            return uids, "OK done"
        return uids[-limit:], f"OK [MESSAGELIMIT {limit} {uids[-limit]}] partial"

    def _fetch(self, said: str) -> str:
        assert self.open is not None
        uids, end = self._named(said)
        items = said.split("(", 1)[1]
        places = {uid: place for place, uid in enumerate(sorted(self.open.messages), 1)}
        for uid in uids:
            self.client.sendall(self._row(places[uid], uid, self.open.messages[uid], items))
        return end

    def _row(self, place: int, uid: int, message: Message, items: str) -> bytes:
        told = [b"UID %d" % uid]
        if "FLAGS" in items.replace("HEADER.FIELDS", ""):
            told.append(b"FLAGS (" + " ".join(sorted(message.flags)).encode() + b")")
        if "RFC822.SIZE" in items:
            told.append(b"RFC822.SIZE %d" % len(message.body))
        if "X-GM-MSGID" in items:
            told.append(b"X-GM-MSGID %d" % message.gmail_id)
        if "X-GM-LABELS" in items:
            labels = (re.sub(r'(["\\])', r"\\\1", one) for one in self.server.labels(message, self.name))
            told.append(b"X-GM-LABELS (" + " ".join(f'"{one}"' for one in labels).encode() + b")")
        if "INTERNALDATE" in items:
            told.append(b'INTERNALDATE "' + message.date + b'"')
        if "BODY.PEEK[]" in items:
            self.server.bodies[message.gmail_id] += 1
            told.append(b"BODY[] {%d}\r\n" % len(message.body) + message.body)
            if self.server.marks_seen:
                message.flags.add("\\Seen")
                told.append(b"FLAGS (" + " ".join(sorted(message.flags)).encode() + b")")
        elif "HEADER.FIELDS" in items:
            head = message.body.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            told.append(b"BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {%d}\r\n" % len(head) + head)
        return b"* %d FETCH (" % place + b" ".join(told) + b")\r\n"

    def _store(self, said: str) -> str:
        assert self.open is not None
        uids, end = self._named(said)
        sign, flags = said.split()[3][0], said.split("(")[1].rstrip(")").split()
        for uid in uids:
            there = self.open.messages[uid].flags
            there.update(flags) if sign == "+" else there.difference_update(flags)
        return end


def _read(lines: BufferedReader) -> bytes:
    return lines.readline()

"""A scripted IMAP server: plays the dialogues of fixtures/imap/, whatever they say. fixtures/imap/README.md has the language."""

import base64
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from io import BufferedReader
from pathlib import Path
from typing import Final

CASES: Final = Path(__file__).parent.parent / "fixtures" / "imap"
CHUNK: Final = 1 << 20
STEP: Final = re.compile(r"(S-?|each|drip|fill|hold|cut)(?:[* ]([\d.]+))?(?:: ?(.*))?", re.DOTALL)
MESSAGE: Final = re.compile(r"(?:@(\S+) )?(\d+) \(([^)]*)\) \"([^\"]*)\" (.*)", re.DOTALL)
ESCAPE: Final = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|([rn0t]))")
ESCAPED: Final = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"t": b"\t"}
HINTS: Final = ("ends", "timeout", "arrives", "after", "folders", "megabytes", "long", "open")


@dataclass(frozen=True)
class Step:
    """One thing the server does: a verb and its text, escapes read."""

    verb: str
    number: float
    text: bytes


@dataclass(frozen=True)
class Rule:
    """What the server does when a command matches; `nth` = only the n-th time on a connection."""

    pattern: re.Pattern[bytes]
    nth: int | None
    steps: Sequence[Step]


@dataclass(frozen=True)
class Message:
    folder: bytes
    uid: int
    flags: bytes
    date: bytes
    body: bytes


@dataclass(frozen=True)
class Script:
    """A dialogue: the first rule that matches a command speaks."""

    name: str
    rules: Sequence[Rule]
    messages: Sequence[Message]
    variables: Mapping[bytes, bytes]
    hints: Mapping[str, str] = field(default_factory=dict)  # what the test expects

    def over(self, base: "Script") -> "Script":
        """Return this script with `base` for everything it does not say."""
        return replace(
            self,
            rules=(*self.rules, *base.rules),
            messages=self.messages or base.messages,
            variables={**base.variables, **self.variables},
        )

    def healthy(self, base: "Script") -> "Script":
        """Return an honest server with this script's messages."""
        return replace(base, messages=self.messages or base.messages)


def read_script(name: str) -> Script:
    """Return a case with the base dialogue below it."""
    script = parse_script(name, (CASES / f"{name}.txt").read_text("utf-8"))
    return script if name == "base" else script.over(read_script("base"))


def parse_script(name: str, text: str) -> Script:
    """Return the script a file holds. Raises ValueError for a line that is none."""
    rules: list[tuple[re.Pattern[bytes], int | None, list[Step]]] = []
    messages: list[Message] = []
    variables: dict[bytes, bytes] = {}
    hints: dict[str, str] = {}
    for line in text.splitlines():
        word, _, rest = line.partition(": ")
        if not line or line.startswith("#"):
            continue
        if found := re.fullmatch(r"C(?:#(\d+))?", word):
            rules.append((re.compile(rest.encode(), re.DOTALL), int(found[1]) if found[1] else None, []))
        elif word == "M":
            messages.append(_message(rest))
        elif word.startswith("let "):
            variables[word[4:].encode()] = _unescape(rest)
        elif word in HINTS:
            hints[word] = rest
        elif (found := STEP.fullmatch(line)) and rules:
            verb, number, said = found.groups()
            end = b"\r\n" if verb == "S" else b""
            rules[-1][2].append(Step(verb.rstrip("-"), float(number or 1), _unescape(said or "") + end))
        else:
            raise ValueError(f"{name}: {line!r} is no line of a script")
    return Script(name, [Rule(*rule) for rule in rules], messages, variables, hints)


def _message(text: str) -> Message:
    found = MESSAGE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no message")
    folder, uid, flags, date, body = found.groups()
    return Message((folder or "INBOX").encode(), int(uid), flags.encode(), date.encode(), _unescape(body))


def _unescape(text: str) -> bytes:
    raw = ESCAPE.sub(
        lambda found: bytes([int(found[1], 16)]) if found[1] else ESCAPED[found[2]], text.encode()
    )
    return re.sub(
        "«(.*?)»".encode(), lambda found: b"{%d}\r\n" % len(found[1]) + found[1], raw, flags=re.DOTALL
    )


# ── the server ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Played:
    """A scripted server at work."""

    script: Script
    port: int
    commands: list[bytes] = field(default_factory=list)  # without their tags
    unscripted: list[bytes] = field(default_factory=list)  # that no rule matched; answered BAD
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted(script: Script) -> Iterator[Played]:
    """Play a script on a loopback port to everybody who connects."""
    listener = socket.create_server(("127.0.0.1", 0))
    played = Played(script, listener.getsockname()[1])
    threads: list[threading.Thread] = []
    clients: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            clients.append(client)
            threads.append(threading.Thread(target=_Talk(played, client).run, daemon=True))
            threads[-1].start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield played
    finally:
        played.closing.set()
        for one in (listener, *clients):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
        for one in (listener, *clients):
            one.close()


class _Hangup(Exception):
    """The script ends the connection."""


class _Talk:
    """One connection."""

    def __init__(self, played: Played, client: socket.socket) -> None:
        self.played, self.client = played, client
        self.selected = b""
        self.password = b""
        self.matched: dict[int, int] = {}

    def run(self) -> None:
        with suppress(OSError, ValueError, _Hangup), self.client.makefile("rb") as lines:
            self._answer(b"", b"GREETING")
            while line := self._command(lines):
                tag, _, command = line.rstrip(b"\r\n").partition(b" ")
                self.played.commands.append(command)
                self._learn(command)
                self._answer(tag, command)
        with suppress(OSError):
            self.client.shutdown(socket.SHUT_RDWR)

    def _command(self, lines: BufferedReader) -> bytes:
        """Return a command with its literals in place."""
        command = line = lines.readline()
        while found := re.search(rb"\{(\d+)(\+?)\}\r\n\Z", line):
            if not found[2]:
                self.client.sendall(b"+ go on\r\n")
            command += lines.read(int(found[1]))
            line = lines.readline()
            command += line
        return command

    def _learn(self, command: bytes) -> None:
        if found := re.match(rb'(?:SELECT|EXAMINE) "?([^"(]*[^"( ])"?', command):
            self.selected = found[1]
        if found := re.match(rb"AUTHENTICATE PLAIN (\S+)", command):
            self.password = base64.b64decode(found[1]).split(b"\0")[-1]

    def _answer(self, tag: bytes, command: bytes) -> None:
        for number, rule in enumerate(self.played.script.rules):
            if not rule.pattern.match(command):
                continue
            self.matched[number] = self.matched.get(number, 0) + 1
            if rule.nth in {None, self.matched[number]}:
                for step in rule.steps:
                    self._do(step, tag, command)
                return
        self.played.unscripted.append(command)
        self.client.sendall(tag + b" BAD not in the script\r\n")

    def _do(self, step: Step, tag: bytes, command: bytes) -> None:
        text = self._filled(step.text, tag)
        if step.verb == "S":
            self._repeat(text, int(step.number))
        elif step.verb == "each":
            self.client.sendall(b"".join(self._row(text, one) for one in self._asked(command)))
        elif step.verb == "fill":
            self._fill(text, int(step.number))
        elif step.verb == "drip":
            self._drip(text, step.number)
        elif step.verb == "hold":
            self.played.closing.wait()
        else:
            raise _Hangup

    def _filled(self, text: bytes, tag: bytes) -> bytes:
        here = [one for one in self.played.script.messages if one.folder == self.selected]
        values = {
            **self.played.script.variables,
            b"tag": tag,
            b"password": self.password,
            b"exists": b"%d" % len(here),
            b"uidnext": b"%d" % (max((one.uid for one in here), default=0) + 1),
        }
        for name, value in values.items():
            text = text.replace(b"{" + name + b"}", value)
        return text

    def _row(self, text: bytes, one: Message) -> bytes:
        header = one.body[: one.body.find(b"\r\n\r\n") + 4]
        values = {
            b"uid": b"%d" % one.uid,
            b"flags": one.flags,
            b"date": one.date,
            b"size": b"%d" % len(one.body),
            b"header": b"{%d}\r\n" % len(header) + header,
            b"body": b"{%d}\r\n" % len(one.body) + one.body,
        }
        return re.sub(rb"\{(\w+)\}", lambda found: values.get(found[1], found[0]), text) + b"\r\n"

    def _asked(self, command: bytes) -> list[Message]:
        """Return the selected folder's messages that a `UID FETCH set` or `UID SEARCH UID set` names."""
        found = re.match(rb"UID \w+ (?:[^(]*?)([\d:*,]+)(?: |\Z)", command)
        here = [one for one in self.played.script.messages if one.folder == self.selected]
        return [one for one in here if found is None or _names(found[1], one.uid)]

    def _repeat(self, line: bytes, times: int) -> None:
        if not line:
            return
        at_once = max(1, CHUNK // len(line))
        for start in range(1, times + 1, at_once):
            numbers = range(start, min(start + at_once, times + 1))
            self.client.sendall(b"".join(line.replace(b"{n}", b"%d" % number) for number in numbers))

    def _fill(self, text: bytes, size: int) -> None:
        block = text * (CHUNK // len(text) + 1)
        while size > 0:
            self.client.sendall(block[:size])
            size -= len(block)

    def _drip(self, text: bytes, seconds: float) -> None:
        for byte in text:
            time.sleep(seconds)
            self.client.sendall(bytes([byte]))


def _names(uid_set: bytes, uid: int) -> bool:
    for part in uid_set.split(b","):
        first, _, last = part.partition(b":")
        if int(first) <= uid and (last == b"*" or uid <= int(last or first)):
            return True
    return False

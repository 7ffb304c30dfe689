"""An SMTP server that breaks off, or answers badly, at any stage a test names."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedReader

CUT = "cut"
GOOD = {
    "greeting": "220 here",
    "ehlo": "250 localhost",
    "mail": "250 ok",
    "rcpt": "250 ok",
    "data": "354 go on",
    "dot": "250 queued",
    "auth": "235 ok",
    "quit": "221 bye",
}


@dataclass
class Submission:
    """What the server does and saw.

    `plays` holds, for each coming connection, what is said at a stage in place of the usual answer, or CUT; "rcpt:x@y" is
    the answer for one recipient. Stage "dot" accepts the mail first: cut there, the sender cannot know.
    """

    port: int = 0
    plays: list[dict[str, str]] = field(default_factory=list)
    accepted: list[bytes] = field(default_factory=list)  # with the dots unstuffed
    recipients: list[list[str]] = field(default_factory=list)
    connections: int = 0


@contextmanager
def submission() -> Iterator[Submission]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Submission(port=listener.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            play = server.plays.pop(0) if server.plays else {}
            with client, client.makefile("rb") as lines, suppress(OSError, _Cut):
                _talk(server, client, lines, play)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


class _Cut(Exception):
    """The line is cut."""


def _talk(server: Submission, client: socket.socket, lines: BufferedReader, play: dict[str, str]) -> None:
    def say(stage: str, more: str = "") -> str:
        answer = play.get(f"{stage}:{more}", play.get(stage, GOOD[stage]))
        if answer == CUT:
            raise _Cut
        client.sendall(f"{answer}\r\n".encode())
        return answer

    to: list[str] = []
    say("greeting")
    while line := lines.readline():
        verb = line.split()[0].decode().lower()
        stage = "ehlo" if verb in ("ehlo", "helo") else verb
        address = line.partition(b"<")[2].partition(b">")[0].decode()
        if stage == "data":
            if say("data").startswith("354"):
                _take(server, lines, to, play)
                say("dot")
        elif say(stage, address).startswith("2") and stage == "rcpt":
            to.append(address)
        if stage == "quit":
            return


def _take(server: Submission, lines: BufferedReader, to: list[str], play: dict[str, str]) -> None:
    got = []
    while (line := lines.readline()) not in (b".\r\n", b""):
        if play.get("body") == CUT:
            raise _Cut
        got.append(line[1:] if line.startswith(b".") else line)
    if line and play.get("dot", "250")[0] in "2c":
        server.accepted.append(b"".join(got))
        server.recipients.append(list(to))

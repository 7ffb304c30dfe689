"""Debian's Courier behind a login of our own: its authdaemon's socket has a fixed place that only root can make."""

import base64
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from demo.servers import Authority, Child
from tests.servers import ENDING, Programs

CAPABILITY: Final = (
    "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
)
HABITS: Final = {  # /etc/courier/imapd as Debian ships it
    "IMAP_CAPABILITY": CAPABILITY,
    "IMAP_KEYWORDS": "1",
    "IMAP_ACL": "1",
    "IMAP_USELOCKS": "1",
    "IMAP_MAILBOX_SANITY_CHECK": "1",
    "IMAP_TRASHFOLDERNAME": "Trash",
    "PROTOCOL": "IMAP",
    "TCPREMOTEIP": "127.0.0.1",
    "TCPREMOTEPORT": "1",
}
GREETING: Final = b"* OK [CAPABILITY " + CAPABILITY.encode() + b" AUTH=PLAIN] Courier-IMAP ready.\r\n"


class Courier(Child):
    """Debian's Courier 5.0: everything below "INBOX.", no MULTIAPPEND, LITERAL+, ESEARCH, CONDSTORE, special use.

    Args:
        base: its own folder.
        authority: gives the certificate for "localhost".
    """

    host = "localhost"

    def __init__(self, base: Path, authority: Authority) -> None:
        self.base = base
        self.programs = Programs("courier", base)
        self._passwords: dict[bytes, bytes] = {}
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(authority.cert_file, authority.key_file)
        self._listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.port, self.tls_port = (one.getsockname()[1] for one in self._listeners)
        self._watch_files()
        for listener, secure in zip(self._listeners, (False, True), strict=True):
            threading.Thread(target=self._accept, args=(listener, secure), daemon=True).start()

    def add_user(self, address: str, password: str) -> None:
        """Make an account; works while the server runs. Called again it replaces the password."""
        home = self.base / "mail" / address
        for part in ("cur", "new", "tmp"):
            (home / part).mkdir(parents=True, exist_ok=True)
        self.programs.give([home, *home.iterdir()])
        self._passwords[address.encode()] = password.encode()

    def deliver(self, address: str, folder: str, name: str, message: bytes) -> None:
        """Put a file into a folder below INBOX, as a mail server or another tool does: nobody looks at its bytes."""
        there = self.base / "mail" / address / f".{folder}"
        parts = [there / part for part in ("cur", "new", "tmp")]
        for part in parts:
            part.mkdir(parents=True, exist_ok=True)
        (there / "maildirfolder").touch()
        (there / "new" / name).write_bytes(message)
        self.programs.give([there, *parts, there / "maildirfolder", there / "new" / name])

    def limit(self, address: str, size_bytes: int) -> None:
        """Give an account a quota: the first line of its maildirsize."""
        file = self.base / "mail" / address / "maildirsize"
        file.write_text(f"{size_bytes}S\n")
        self.programs.give([file])

    def stop(self) -> None:
        for listener in self._listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        super().stop()
        self._log.close()

    def _watch_files(self) -> None:
        """Start gamin, without which every SELECT waits a second."""
        self._environment = self.programs.environment(GAM_CLIENT_ID=f"mailferry{self.port}", **HABITS)
        self._log = (self.base / "log").open("ab")
        self.process = subprocess.Popen(
            [*ENDING, self.programs.root / "usr/libexec/gam_server", "--notimeout", f"mailferry{self.port}"],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=self._environment,
            **self.programs.as_user(),
        )

    def _accept(self, listener: socket.socket, secure: bool) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._serve, args=(client, secure), daemon=True).start()

    def _serve(self, client: socket.socket, secure: bool) -> None:
        with suppress(OSError, ValueError):
            if secure:
                client = self._context.wrap_socket(client, server_side=True)
            client.sendall(GREETING)
            for tag, user in self._logins(client):
                if user:
                    self._run_imapd(client, tag, user)
                    break
        with suppress(OSError):
            client.close()

    def _logins(self, client: socket.socket) -> Iterator[tuple[str, str]]:
        """Yield (tag, user) of each login, no user where the password was wrong; answer what else may come before it."""
        while line := _read_line(client):
            tag, verb, *words = _words(client, line)
            if verb.upper() == b"LOGIN" and len(words) == 2:
                user, password = words
            elif verb.upper() == b"AUTHENTICATE":
                client.sendall(b"+ \r\n")
                _, user, password = base64.b64decode(_read_line(client)).split(b"\0")
            elif verb.upper() == b"CAPABILITY":
                client.sendall(
                    b"* CAPABILITY " + CAPABILITY.encode() + b" AUTH=PLAIN\r\n" + tag + b" OK done\r\n"
                )
                continue
            else:
                client.sendall(tag + b" NO please log in\r\n")
                continue
            right = self._passwords.get(user) == password
            if not right:
                client.sendall(tag + b" NO Login failed.\r\n")
            yield tag.decode(), user.decode() if right else ""

    def _run_imapd(self, client: socket.socket, tag: str, user: str) -> None:
        ours, theirs = socket.socketpair()
        account = {"AUTHENTICATED": user, "AUTHADDR": user, "IMAPLOGINTAG": tag}
        imapd = subprocess.Popen(
            [self.programs.root / "usr/bin/imapd"],
            stdin=theirs,
            stdout=theirs,
            stderr=self._log,
            env={**self._environment, **account, "MAILDIR": str(self.base / "mail" / user)},
            **self.programs.as_user(),
        )
        theirs.close()
        up = threading.Thread(target=_pump, args=(client, ours), daemon=True)
        up.start()
        _pump(ours, client)
        up.join()
        ours.close()
        imapd.wait()


def _pump(here: socket.socket, there: socket.socket) -> None:
    """Pass bytes on until either end is gone, then end both."""
    with suppress(OSError):
        while data := here.recv(1 << 16):
            there.sendall(data)
    for one in (here, there):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


def _read_line(client: socket.socket) -> bytes:
    """Read one line and not a byte more: what follows is imapd's."""
    line = b""
    while not line.endswith(b"\n"):
        byte = client.recv(1)
        if not byte:
            return b""
        line += byte
    return line.rstrip(b"\r\n")


def _words(client: socket.socket, line: bytes) -> list[bytes]:
    """Return a command's words; literals are asked for."""
    words: list[bytes] = []
    while found := re.search(rb"\{(\d+)\}\Z", line):
        words += line[: found.start()].split()
        client.sendall(b"+ \r\n")
        literal = b""
        while len(literal) < int(found[1]):
            literal += client.recv(int(found[1]) - len(literal))
        words.append(literal)
        line = _read_line(client)
    return [*words, *(word.strip(b'"') for word in line.split())]

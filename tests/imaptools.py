"""Accounts to fill and compare, and a proxy that plays a server with faults."""

import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedReader

from bot.mail.account import open_account
from bot.mail.answers import flag_set
from bot.mail.content import parse_internaldate
from bot.mail.wire import Parcel, Refused
from bot.model import Endpoint, Login, Secret
from demo.servers import Dovecot

PASSWORD = 'p"w\\ ü {3}'


def login(server: Dovecot, user: str, password: str = PASSWORD) -> Login:
    return Login(
        endpoint=Endpoint(host=server.host, port=server.tls_port),
        user=user,
        password=Secret(password),
        checked=True,
    )


def plain_login(port: int, user: str, password: str = PASSWORD) -> Login:
    endpoint = Endpoint(host="localhost", port=port, security="plain")
    return Login(endpoint=endpoint, user=user, password=Secret(password), checked=True)


def new_user(server: Dovecot, user: str) -> Login:
    server.add_user(user, PASSWORD)
    return login(server, user)


def fill(account: Login, folder: bytes, parcels: Iterable[Parcel]) -> None:
    """Append messages, making the folder first."""
    with open_account(account, "destination") as there:
        if folder != b"INBOX":
            try:
                there.create(folder)
                there.subscribe(folder)
            except Refused:
                pass  # it is there
        outcomes = there.append_each(folder, list(parcels))
    assert not [one for one in outcomes if isinstance(one, Refused)]


def mail(
    number: int,
    *,
    flags: Iterable[str] = (),
    date: bytes = b"01-Feb-2003 04:05:06 +0700",
    body: bytes = b"text",
) -> Parcel:
    head = b"From: Anna <anna@old.example>\r\nMessage-ID: <%d@old.example>\r\nSubject: number %d\r\n" % (
        number,
        number,
    )
    return Parcel(tuple(flags), date, head + b"Date: Sat, 1 Feb 2003 04:05:06 +0700\r\n\r\n" + body + b"\r\n")


def snapshot(account: Login) -> dict[str, Counter[tuple[bytes, frozenset[str], str]]]:
    """Return every folder that holds messages: bytes, flags and instant of each, as a multiset."""
    found = {}
    with open_account(account, "source") as here:
        for listed in here.folders():
            if listed.selectable and here.select(listed.name, readonly=True).messages:
                found[listed.name.decode()] = Counter(
                    (
                        row[b"BODY[]"],
                        flag_set(row[b"FLAGS"]),
                        str(parse_internaldate(row[b"INTERNALDATE"])),
                    )
                    for row in here.fetch_rows(here.uids_from(1), b"UID FLAGS INTERNALDATE BODY.PEEK[]")
                )
    return found


class Last(bytes):
    """What a proxy passes on before it cuts the connection."""


class Beginning(bytes):
    """What a proxy lets the server have of a command before it cuts the connection."""


def hang_up(_: bytes) -> bytes | None:
    """Answer a command by ending the connection."""
    raise ConnectionResetError


@dataclass
class Proxy:
    """Stands before a server's plain port.

    `answer` may reply to a whole client command (literals included) in the server's place, or `hang_up`, or let the
    server have only its `Beginning`; `rewrite` may change a command; `pass_on` may change what the server sends, and cut the connection by returning None, or `Last` bytes.
    """

    port: int
    answer: Callable[[bytes], bytes | None] = lambda command: None
    rewrite: Callable[[bytes], bytes] = lambda command: command
    pass_on: Callable[[bytes], bytes | None] = lambda data: data
    commands: list[bytes] = field(default_factory=list)
    connected: int = 0
    most_connected: int = 0


@contextmanager
def proxy(server_port: int) -> Iterator[Proxy]:
    listener = socket.create_server(("127.0.0.1", 0))
    played = Proxy(port=listener.getsockname()[1])
    open_sockets = [listener]

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", server_port))
            open_sockets.extend((client, server))
            played.connected += 1
            played.most_connected = max(played.most_connected, played.connected)
            for target in (_to_server, _to_client):
                threading.Thread(target=target, args=(played, client, server), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield played
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        for one in open_sockets:
            one.close()


def _to_server(played: Proxy, client: socket.socket, server: socket.socket) -> None:
    with client.makefile("rb") as lines:
        try:
            while command := _read_command(lines):
                played.commands.append(command)
                reply = played.answer(command)
                if isinstance(reply, Beginning):
                    server.sendall(reply)
                    break
                client.sendall(reply) if reply is not None else server.sendall(played.rewrite(command))
                while command.endswith(b"STARTTLS\r\n") and (data := lines.read1(1 << 16)):
                    server.sendall(data)
        except (OSError, ValueError):
            pass
    _hang_up(client, server)


def _read_command(lines: BufferedReader) -> bytes:
    command = line = lines.readline()
    while found := re.search(rb"\{(\d+)\+\}\r\n\Z", line):
        command += lines.read(int(found[1]))
        line = lines.readline()
        command += line
    return command


def _to_client(played: Proxy, client: socket.socket, server: socket.socket) -> None:
    try:
        while data := server.recv(1 << 16):
            passed = played.pass_on(data)
            if passed is None:
                break
            client.sendall(passed)
            if isinstance(passed, Last):
                break
    except OSError:
        pass
    played.connected -= 1
    _hang_up(client, server)


def _hang_up(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)

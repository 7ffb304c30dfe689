"""COMPRESS=DEFLATE (RFC 4978) on a real server: the same copy, with fewer bytes on the line."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.mail.copy import run_pass
from bot.model import Endpoint, Login, PassOptions, Secret, Security
from demo.servers import Authority, Dovecot
from tests.imaptools import PASSWORD, fill, mail, new_user, proxy, snapshot

TEXT = b"The quick brown fox jumps over the lazy dog.\r\n" * 400


@pytest.fixture(scope="module")
def packing(base: Path, authority: Authority) -> Iterator[Dovecot]:
    with Dovecot(base / "packing", authority, compress=True) as server:
        yield server


@dataclass
class Line:
    """A line to a server that counts what goes over it."""

    port: int
    carried_bytes: int = 0  # both ways


@contextmanager
def counted_line(server_port: int) -> Iterator[Line]:
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        line = Line(listener.getsockname()[1])

        def carry(near: socket.socket, far: socket.socket) -> None:
            with suppress(OSError):
                while data := near.recv(1 << 16):
                    line.carried_bytes += len(data)
                    far.sendall(data)
                far.shutdown(socket.SHUT_WR)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    server = socket.create_connection(("127.0.0.1", server_port))
                    for ends in ((client, server), (server, client)):
                        stack.enter_context(ends[0])
                        threading.Thread(target=carry, args=ends, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield line
        listener.shutdown(socket.SHUT_RDWR)


def _through(port: int, user: str, security: Security) -> Login:
    endpoint = Endpoint(host="localhost", port=port, security=security)
    return Login(endpoint=endpoint, user=user, password=Secret(PASSWORD), checked=True)


@pytest.mark.parametrize("security", ["plain", "tls"])
def test_a_compressed_pass_brings_the_same_with_fewer_bytes(
    packing: Dovecot, unique_address: Callable[[], str], tmp_path: Path, security: Security
) -> None:
    """With TLS too, inside it. Two passes: the second one has little to ask."""
    source = new_user(packing, unique_address())
    for folder in (b"INBOX", b"Sent"):
        fill(source, folder, [mail(number, flags=["\\Seen"], body=TEXT) for number in range(30)])
    carried = {}
    for compress in (False, True):
        destination = new_user(packing, unique_address())
        with counted_line(packing.tls_port if security == "tls" else packing.port) as line:
            for _ in range(2):
                report = run_pass(
                    _through(line.port, source.user, security),
                    destination,
                    tmp_path / f"journal-{compress}",
                    policy=None,
                    options=PassOptions(compress=compress),
                )
                assert report.verified
        assert snapshot(destination) == snapshot(source)
        carried[compress] = line.carried_bytes

    assert carried[False] > 60 * len(TEXT)
    assert carried[True] < carried[False] / 10


def test_a_server_that_will_not_compress_is_used_as_it_is(
    packing: Dovecot, unique_address: Callable[[], str], tmp_path: Path
) -> None:
    """RFC 4978 section 3: NO [COMPRESSIONACTIVE], where TLS compresses already."""
    source, destination = (new_user(packing, unique_address()) for _ in range(2))
    fill(source, b"INBOX", [mail(1)])

    def answer(command: bytes) -> bytes | None:
        tag, _, said = command.partition(b" ")
        return tag + b" NO [COMPRESSIONACTIVE] x\r\n" if said == b"COMPRESS DEFLATE\r\n" else None

    with proxy(packing.port) as played:
        played.answer = answer
        here = _through(played.port, source.user, "plain")
        report = run_pass(
            here, destination, tmp_path / "journal", policy=None, options=PassOptions(compress=True)
        )

    assert report.verified
    assert snapshot(destination) == snapshot(source)
    assert any(command.endswith(b"COMPRESS DEFLATE\r\n") for command in played.commands)

"""The door to addresses that customers name."""

import hashlib
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    DestinationTlsFailed,
    DestinationUnreachable,
    InboxUnreachable,
    SourceAddressRefused,
    SourceHostUnknown,
    SourceTlsFailed,
    SourceUnreachable,
)
from bot.model import Endpoint
from bot.net import AddressPolicy, connect, parse_host, same_server
from demo.servers import Authority, Dovecot, free_port

DENIED = (
    *(
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
    ),
    *(
        "100.127.255.254",
        "169.254.169.254",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.19.255.1",
    ),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *(
        "::1",
        "::",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
    ),
    *(
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%lo",
    ),
    *("fec0::1", "ff02::1", "ff0e::1"),
)
ALLOWED = ("8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "193.0.0.1", "2a00:1450::1", "2606:4700::1111")


@pytest.mark.parametrize("address", DENIED)
def test_addresses_that_are_nobodys_public_mail_server_are_denied(address: str) -> None:
    """Each leads to our own hosts, to a neighbour's, or back by a tunnel."""
    assert not AddressPolicy().permits(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses_are_permitted(address: str) -> None:
    """Right beside the denied ones, too."""
    assert AddressPolicy().permits(address)


def test_the_operator_may_allow_a_network_and_deny_another() -> None:
    """A provider inside our own network is real; so is a public network we keep away from."""
    policy = AddressPolicy(allow_networks=("10.1.0.0/16", "::1/128"), deny_networks=("8.8.0.0/16",))

    assert policy.permits("10.1.2.3")
    assert policy.permits("::1")
    assert not policy.permits("10.2.0.1")
    assert not policy.permits("8.8.8.8")


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "1.2.3",
        "mail.0x7f",
        "a b",
        "a\r\nb",
        "a\0b",
        "",
        "-a.example",
        "[::1",
        "x" * 64,
        "a..b",
    ],
)
def test_numbers_in_disguise_and_broken_names_are_no_hosts(host: str) -> None:
    """Resolvers read 0177.0.0.1 as 127.0.0.1."""
    assert parse_host(host) is None
    with pytest.raises(SourceAddressRefused):
        connect(Endpoint(host=host, port=993), AddressPolicy(), side="source")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("imap.old.example", "imap.old.example"),
        ("[2a00::1]", "2a00::1"),
        ("8.8.8.8", "8.8.8.8"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("mail_1.x.example.", "mail_1.x.example."),
    ],
)
def test_names_and_addresses_as_people_write_them_are_hosts(host: str, name: str) -> None:
    """Brackets, umlauts, a final dot, an underscore."""
    assert parse_host(host) == name


@given(st.text(max_size=40))
def test_no_text_makes_the_host_check_fail(host: str) -> None:
    """The text comes from strangers."""
    assert parse_host(host) is None or parse_host(host)


def test_an_odd_port_is_refused_before_anything_is_looked_up() -> None:
    """The bot is no port scanner."""
    with pytest.raises(SourceAddressRefused):
        connect(Endpoint(host="nothing.invalid", port=22), AddressPolicy(), side="source")


def test_a_name_that_does_not_exist_is_the_requesters_turn() -> None:
    """Trying again later would not help."""
    with pytest.raises(SourceHostUnknown):
        connect(Endpoint(host="imap.nothing.invalid", port=993), AddressPolicy(), side="source")
    with pytest.raises(InboxUnreachable):
        connect(Endpoint(host="imap.nothing.invalid", port=993), None, side="inbox")


def test_nothing_listening_is_unreachable_on_either_side() -> None:
    """Each side has its own error: one goes to the requester, the other to staff."""
    endpoint = Endpoint(host="localhost", port=free_port(), security="plain")

    with pytest.raises(SourceUnreachable):
        connect(endpoint, None, side="source", timeout=5)
    with pytest.raises(DestinationUnreachable):
        connect(endpoint, None, side="destination", timeout=5)


def _resolver(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[int]:
    """Let the name server answer these, one list for each question; return the questions counted."""
    asked: list[int] = []

    def answer(host: str, port: int, *args: object, **options: object) -> list[tuple[object, ...]]:
        found = answers[min(len(asked), len(answers) - 1)]
        asked.append(port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_one_private_address_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the order of the answers would decide."""
    _resolver(monkeypatch, ["8.8.8.8", "10.0.0.1"])

    with pytest.raises(SourceAddressRefused):
        connect(Endpoint(host="two.example", port=993), AddressPolicy(), side="source")


def test_a_name_server_that_changes_its_answer_reaches_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """First a public address for the check, then loopback for the connection: DNS rebinding."""
    dialled: list[object] = []

    def refuse(address: tuple[str, int], *args: object) -> socket.socket:
        dialled.append(address[0])
        raise OSError

    asked = _resolver(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    monkeypatch.setattr(socket, "create_connection", refuse)

    with pytest.raises(SourceUnreachable):
        connect(Endpoint(host="rebind.example", port=993), AddressPolicy(), side="source")
    assert len(asked) == 1
    assert dialled == ["8.8.8.8"]


def test_loopback_is_refused_without_a_single_packet() -> None:
    """Our own admin ports listen there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        with pytest.raises(SourceAddressRefused):
            connect(
                Endpoint(host="localhost", port=port), AddressPolicy(ports=frozenset({port})), side="source"
            )
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.server
def test_a_verified_server_is_reached_by_name_at_tls_1_2_or_better(old_dovecot: Dovecot) -> None:
    """The certificate is of the run's own authority, trusted as an operator would."""
    policy = AddressPolicy(ports=frozenset({old_dovecot.tls_port}), allow_networks=("127.0.0.0/8", "::1/128"))
    with connect(Endpoint(host="localhost", port=old_dovecot.tls_port), policy, side="source") as sock:
        assert isinstance(sock, ssl.SSLSocket)
        assert sock.version() in ("TLSv1.2", "TLSv1.3")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def _tls_server(base: Path, name: str) -> tuple[socket.socket, int]:
    """A TLS server with a certificate of an authority nobody trusts."""
    ca = Authority(base / name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca.cert_file, ca.key_file)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            client, _ = listener.accept()
            with client, context.wrap_socket(client, server_side=True) as secured:
                secured.recv(1)
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
    return listener, listener.getsockname()[1]


def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path, authority: Authority) -> None:
    """Self-signed certificates at the previous provider are common, and so are attackers."""
    listener, port = _tls_server(tmp_path, "other")
    with listener, pytest.raises(SourceTlsFailed):
        connect(Endpoint(host="localhost", port=port), None, side="source")


END = "-----END CERTIFICATE-----"


def test_one_certificate_may_be_accepted_and_no_other(tmp_path: Path, authority: Authority) -> None:
    """The operator has seen it; whoever shows another one in its place gets no password."""
    listener, port = _tls_server(tmp_path, "own")
    seen = hashlib.sha256(
        ssl.PEM_cert_to_DER_cert((tmp_path / "own" / "cert.pem").read_text("ascii").split(END)[0] + END)
    ).hexdigest()
    pinned = Endpoint(host="localhost", port=port, certificate=seen)
    with listener, connect(pinned, None, side="source") as secured:
        assert isinstance(secured, ssl.SSLSocket)

    listener, port = _tls_server(tmp_path, "another")
    with listener, pytest.raises(SourceTlsFailed):
        connect(replace(pinned, port=port), None, side="source")


@pytest.mark.server
def test_a_certificate_for_another_name_is_refused(
    old_dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authority is trusted, the name is not in the certificate."""
    _resolver(monkeypatch, ["127.0.0.1"])

    with pytest.raises(DestinationTlsFailed):
        connect(Endpoint(host="imap.other.example", port=old_dovecot.tls_port), None, side="destination")


@pytest.mark.server
def test_a_server_without_tls_is_a_tls_failure(old_dovecot: Dovecot) -> None:
    """Port 143 with security "tls": the answer is "no TLS here", not "try later"."""
    with pytest.raises(SourceTlsFailed):
        connect(Endpoint(host="localhost", port=old_dovecot.port), None, side="source")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("localhost", 993), ("127.0.0.1", 993), True),
        (("localhost", 993), ("LOCALHOST.", 143), True),
        (("127.0.0.1", 10143), ("127.0.0.1", 10993), False),
        (("localhost", 993), ("127.0.0.2", 993), False),
        (("name.invalid", 993), ("name.invalid", 993), False),
        (("127.1", 993), ("127.0.0.1", 993), False),
    ],
)
def test_one_server_is_known_by_its_address_whatever_it_is_called(
    one: tuple[str, int], other: tuple[str, int], same: bool
) -> None:
    """Customers name our own server as the old one; what cannot be looked up is refused elsewhere."""
    endpoints = [Endpoint(host=host, port=port) for host, port in (one, other)]

    assert same_server(*endpoints) is same
    assert same_server(*reversed(endpoints)) is same


def test_what_a_killed_process_did_not_send_is_not_sent_by_the_kernel() -> None:
    """Megabytes on their way for seconds: the next pass would look for messages that are stored only later."""
    script = """
import os, socket, sys
from bot.net import drop_unsent
here = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
drop_unsent(here)
here.setblocking(False)
sent = 0
try:
    while True:
        sent += here.send(bytes(65536))
except BlockingIOError:
    print(sent, flush=True)
os.kill(os.getpid(), 9)
"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        port = listener.getsockname()[1]
        done = subprocess.run([sys.executable, "-c", script, str(port)], capture_output=True, check=False)
        there, _ = listener.accept()
        received = 0
        with there, suppress(ConnectionResetError):
            while data := there.recv(65536):
                received += len(data)
    assert received < int(done.stdout) / 2

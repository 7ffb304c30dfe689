"""A domain's own autoconfig file: what is read of it, and what fetching it never does."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from bot.autoconfig import fetch_servers
from bot.greeting import greets
from bot.model import Endpoint
from bot.net import AddressPolicy
from demo.servers import Dovecot
from parsers.autoconfig import MAX_BYTES, MailServer, parse_autoconfig

LOOPBACK = AddressPolicy(ports=frozenset(range(1, 65536)), allow_networks=("127.0.0.0/8",))
SERVER = MailServer(host="imap.old.example", port=993, security="tls", login="{address}")


def xml(*servers: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    inside = "".join(servers)
    return f'{head}<clientConfig version="1.1"><emailProvider id="x"><domain>k.example</domain>{inside}</emailProvider></clientConfig>'.encode()


def incoming(
    kind: str = "imap",
    host: str = "imap.old.example",
    port: str = "993",
    socket_type: str = "SSL",
    user: str = "%EMAILADDRESS%",
    more: str = "<authentication>password-cleartext</authentication>",
) -> str:
    return (
        f'<incomingServer type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{socket_type}</socketType><username>{user}</username>{more}</incomingServer>"
    )


@pytest.mark.parametrize(
    ("data", "servers"),
    [
        (xml(incoming()), [SERVER]),
        (xml(incoming("pop3"), incoming(host=" IMAP.old.example\n")), [SERVER]),
        (xml(incoming(), incoming()), [SERVER]),
        (
            xml(
                incoming(
                    host="imap.%EMAILDOMAIN%", port="143", socket_type="STARTTLS", user="%EMAILLOCALPART%"
                )
            ),
            [MailServer(host="imap.k.example", port=143, security="starttls", login="{local}")],
        ),
        (
            xml(incoming(user="%EMAILLOCALPART%_%EMAILDOMAIN%")),
            [MailServer(host="imap.old.example", port=993, security="tls", login="{local}_{domain}")],
        ),
        (xml(incoming(socket_type="plain")), []),
        (xml(incoming(user="root")), []),
        (xml(incoming(user="%REALNAME%")), []),
        (xml(incoming(user="{address}")), []),
        (xml(incoming(more="<authentication>OAuth2</authentication>")), []),
        (xml(incoming(port="99a")), []),
        (xml("<outgoingServer type='smtp'><hostname>smtp.old.example</hostname></outgoingServer>"), []),
        (b"", []),
        (b"<html><body>Not found</body></html>", []),
        (xml(incoming())[:-20], []),
    ],
)
def test_only_servers_that_take_a_password_under_tls_are_read(data: bytes, servers: list[MailServer]) -> None:
    assert list(parse_autoconfig(data, "k.example").value) == servers


BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "data",
    [
        xml(incoming(host="&c;"), head=BOMB),
        xml(incoming(host="&x;"), head='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'),
        xml(incoming(host="&x;"), head='<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">'),
        xml(incoming(host="&c;"), head=BOMB).decode().encode("utf-16"),
        xml(incoming() * 2000),
        xml(incoming() * 50),
        xml("<a>" * 100 + "</a>" * 100 + incoming()),
        xml(incoming("imap", "x" * MAX_BYTES)),
    ],
)
def test_a_file_that_is_no_short_plain_list_names_nobody(data: bytes) -> None:
    """Entities, a document type, depth, size: none of it is needed to name a server."""
    assert parse_autoconfig(data, "k.example").value == ()


@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(xml),
        st.text(max_size=40).map(lambda text: xml(incoming(host=text, user=text))),
    )
)
def test_whatever_comes_it_is_read_or_not(data: bytes) -> None:
    for server in parse_autoconfig(data, "k.example").value:
        assert server.security in ("tls", "starttls")
        assert "{" in server.login


# --- fetched --------------------------------------------------------------------------------------------------------

Answer = Callable[[ssl.SSLSocket, bytes], None]


class Web:
    """An HTTPS server with one answer for everybody; what it was asked is kept."""

    def __init__(self, ca: trustme.CA, names: tuple[str, ...], answer: Answer) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(*names).configure_cert(context)
        self.asked: list[bytes] = []
        self._answer, self._context = answer, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._one, args=(plain,), daemon=True).start()

    def _one(self, plain: socket.socket) -> None:
        with suppress(OSError), plain, self._context.wrap_socket(plain, server_side=True) as secured:
            data = secured.recv(4096)
            self.asked.append(data.partition(b"\r\n")[0])
            self._answer(secured, data)


def ok(body: bytes) -> Answer:
    def answer(sock: ssl.SSLSocket, _: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    return answer


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def web(ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Web]]:
    """Names below k.example lead to loopback, and the run's own authority is trusted."""
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    real = socket.getaddrinfo

    def lookup(host: str, port: int, *args: object, **kwargs: object) -> object:
        if host.endswith("k.example") or host == "old.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return real(host, port, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    made: list[Web] = []

    def make(answer: Answer, *names: str) -> Web:
        made.append(Web(ca, names or ("autoconfig.k.example", "k.example", "old.example"), answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_the_domain_says_where_its_mail_is(web: Callable[..., Web]) -> None:
    server = web(ok(xml(incoming())))
    assert fetch_servers("k.example", "a+b@k.example", LOOPBACK, port=server.port) == (SERVER,)
    assert server.asked == [b"GET /mail/config-v1.1.xml?emailaddress=a%2Bb%40k.example HTTP/1.1"]


def test_the_well_known_place_is_the_second_one(web: Callable[..., Web]) -> None:
    def answer(sock: ssl.SSLSocket, data: bytes) -> None:
        (ok(xml(incoming())) if b"well-known" in data else ok(b"<html/>"))(sock, data)

    server = web(answer)
    assert fetch_servers("k.example", "a@k.example", LOOPBACK, port=server.port) == (SERVER,)
    assert server.asked[1].startswith(b"GET /.well-known/autoconfig/mail/config-v1.1.xml ")


def test_a_certificate_for_another_name_says_nothing(web: Callable[..., Web]) -> None:
    """A hoster's default page answers for every name: what it says, the domain has not said."""
    server = web(ok(xml(incoming())), "hoster.example")
    assert fetch_servers("k.example", "a@k.example", LOOPBACK, port=server.port) == ()
    assert server.asked == []


def test_our_own_network_is_never_reached(web: Callable[..., Web]) -> None:
    """Whatever the customer's DNS says."""
    server = web(ok(xml(incoming())))
    assert fetch_servers("k.example", "a@k.example", AddressPolicy(), port=server.port) == ()
    assert server.asked == []


def redirect(place: str) -> Answer:
    def answer(sock: ssl.SSLSocket, _: bytes) -> None:
        sock.sendall(f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())

    return answer


def test_a_redirect_is_followed_twice_at_most(web: Callable[..., Web]) -> None:
    server = web(redirect("/again"))
    assert fetch_servers("k.example", "a@k.example", LOOPBACK, port=server.port) == ()
    assert len(server.asked) == 2 * 3


def test_a_redirect_leads_nowhere_else(web: Callable[..., Web]) -> None:
    """No clear text, no other port, no private address, no file."""
    with socket.create_server(("127.0.0.1", 0)) as inner:
        inner.settimeout(0.2)
        port = inner.getsockname()[1]
        for place in (
            f"http://127.0.0.1:{port}/",
            f"https://127.0.0.1:{port}/",
            "http://old.example/",
            "file:///etc/passwd",
            "https://[::1/",
            "gopher://x",
        ):
            server = web(redirect(place))
            assert fetch_servers("k.example", "a@k.example", LOOPBACK, port=server.port) == ()
            assert len(server.asked) == 2
        with pytest.raises(TimeoutError):
            inner.accept()


def test_a_redirect_to_another_verified_server_is_followed(web: Callable[..., Web]) -> None:
    def answer(sock: ssl.SSLSocket, data: bytes) -> None:
        here = b"Host: old.example" in data
        (ok(xml(incoming())) if here else redirect("https://old.example/mail.xml"))(sock, data)

    server = web(answer)
    assert fetch_servers("k.example", "a@k.example", LOOPBACK, port=server.port) == (SERVER,)


def test_a_server_that_drips_or_never_ends_costs_its_time_only(web: Callable[..., Web]) -> None:
    def drip(sock: ssl.SSLSocket, _: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        for _number in range(100):
            sock.sendall(b"X-A: b\r\n")
            time.sleep(0.05)

    def flood(sock: ssl.SSLSocket, _: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sock.sendall(b"<a>" * 10000)

    for answer in (drip, flood, ok(b" " * (MAX_BYTES + 1)), lambda sock, _: sock.sendall(b"\0\r\n\r\n")):
        server = web(answer)
        started = time.monotonic()
        assert fetch_servers("k.example", "a@k.example", LOOPBACK, port=server.port, seconds=0.4) == ()
        assert time.monotonic() - started < 3


# --- the greeting ---------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_a_real_server_greets_with_tls_at_once_or_later(new_dovecot: Dovecot) -> None:
    assert greets(Endpoint(host="localhost", port=new_dovecot.tls_port), LOOPBACK)
    assert greets(Endpoint(host="localhost", port=new_dovecot.port, security="starttls"), LOOPBACK)


@pytest.mark.server
def test_what_is_not_verified_does_not_count(new_dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another name than the certificate's; our own network; clear text where TLS was said."""
    assert not greets(Endpoint(host="localhost", port=new_dovecot.port), LOOPBACK, 3)
    assert not greets(
        Endpoint(host="localhost", port=new_dovecot.tls_port), AddressPolicy(ports=LOOPBACK.ports)
    )
    assert not greets(
        Endpoint(host="localhost", port=new_dovecot.tls_port), AddressPolicy(allow_networks=("127.0.0.0/8",))
    )
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **kw: real("127.0.0.1", *args, **kw))
    assert not greets(Endpoint(host="imap.k.example", port=new_dovecot.tls_port), LOOPBACK)
    assert not greets(Endpoint(host="imap.k.example", port=new_dovecot.port, security="starttls"), LOOPBACK)


@pytest.mark.parametrize(
    "said",
    [
        b"220 smtp ESMTP\r\n",
        b"",
        b"* BYE no\r\n",
        b"* OK " + b"x" * 5000,
        b"+OK pop\r\n",
        b"* OK hi\r\na NO\r\n",
    ],
)
def test_what_is_no_imap_greeting_does_not_count(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                sock, _ = listener.accept()
                with sock:
                    sock.sendall(said)
                    sock.recv(100)

        threading.Thread(target=serve, daemon=True).start()
        endpoint = Endpoint(host="localhost", port=listener.getsockname()[1], security="starttls")
        assert not greets(endpoint, LOOPBACK, 0.5)


@pytest.mark.parametrize("said", [b"", b"* ", b"* OK hi\r\n"])
def test_a_silent_server_costs_its_time_only(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                sock, _ = listener.accept()
                with sock:
                    sock.sendall(said)
                    for _number in range(40):
                        time.sleep(0.05)
                        sock.sendall(b"x")

        threading.Thread(target=serve, daemon=True).start()
        started = time.monotonic()
        endpoint = Endpoint(host="localhost", port=listener.getsockname()[1], security="starttls")
        assert not greets(endpoint, LOOPBACK, 0.4)
        assert time.monotonic() - started < 1.5

"""Other real contacts and calendar servers than Radicale, on loopback, and the mail that each of them sends.

Every server has an SMTP sink of its own: what arrives there is an invitation that really left.
"""

import imaplib
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol, Self
from urllib.parse import quote, urljoin

import requests

from bot.dav.client import DavTarget
from bot.model import Secret
from demo.servers import Authority, Child, Radicale, free_port
from tests.sabre import Sabre
from tests.servers import Cyrus, missing
from tests.sink import Sink
from tests.sogo import Sogo

DOMAIN: Final = "kunde.example"  # the servers' own; an attendee in it is a colleague
PASSWORD: Final = "dav-Passw0rd"
_SPACES: Final = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'


class DavServer(Protocol):
    """A running server."""

    name: str  # of its profile
    url: str
    sink: Sink

    def add_user(self, address: str, password: str) -> None:
        """Make an account with an address book and a calendar."""


class Account:
    """One account, and bare requests as it: for what our own client does not do."""

    def __init__(self, server: DavServer, address: str, password: str = PASSWORD) -> None:
        self.server, self.address = server, address
        self.target = DavTarget(
            url=server.url, user=address, auth_user=address, password=Secret(password), profile=server.name
        )
        self.session = requests.Session()
        self.session.auth = (address, password)
        self.session.trust_env = False
        self.session.headers["Connection"] = "close"  # SOGo closes after some answers without a word

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.session.close()

    def send(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> requests.Response:
        """Return the answer; `headers` with _ for -."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        url = urljoin(self.server.url, quote(path))
        data = body.encode() if isinstance(body, str) else body
        return self.session.request(method, url, data=data, headers=named, timeout=60, allow_redirects=False)

    def put(self, path: str, data: bytes, **headers: str) -> requests.Response:
        """Store an object, whatever is there."""
        kind = "text/vcard" if path.endswith(".vcf") else "text/calendar"
        return self.send("PUT", path, data, Content_Type=f"{kind}; charset=utf-8", **headers)


def _provision_cyrus(server: "CyrusDav", address: str, password: str) -> None:
    """Log in once by each protocol: the first login makes the mailbox, the second the calendars."""
    with Account(server, address, password) as account:
        for kind in ("calendars", "addressbooks"):
            answer = account.send(
                "PROPFIND",
                f"/dav/{kind}/user/{address}/",
                f"<D:propfind {_SPACES}><D:prop><D:resourcetype/></D:prop></D:propfind>",
                Depth="0",
                Content_Type="application/xml",
            )
            if answer.status_code != 207:
                raise RuntimeError(f"Cyrus made no {kind} for {address}: {answer.status_code}")


class CyrusDav(Cyrus):
    """Debian's Cyrus 3.6 with its httpd; people of DOMAIN are its own, others get mail."""

    name = "cyrus"

    def __init__(self, base: Path, authority: Authority) -> None:
        self.sink = Sink()
        self.http_port = free_port()
        self.url = f"http://127.0.0.1:{self.http_port}/"
        settings = (
            "httpmodules: caldav carddav",
            "caldav_create_default: yes",
            "autocreate_post: yes",
            f"calendar_user_address_set: {DOMAIN}",
            "smtp_backend: host",
            f"smtp_host: 127.0.0.1:{self.sink.port}",
        )
        super().__init__(base, authority, settings=settings, services={"http": ("httpd", self.http_port)})

    def add_user(self, address: str, password: str) -> None:
        """Make an account with its calendars: without them a colleague counts as somebody outside."""
        super().add_user(address, password)
        if "@" in address:
            _log_in(self.port, address, password)
            _provision_cyrus(self, address, password)

    def stop(self) -> None:
        super().stop()
        self.sink.stop()


def _log_in(port: int, address: str, password: str) -> None:
    with imaplib.IMAP4("127.0.0.1", port) as imap:
        imap.login(address, password)


class Xandikos(Child):
    """Xandikos 0.4 from the package index; people with an account are its own, others get mail."""

    name = "xandikos"

    def __init__(self, base: Path) -> None:
        (base / "users").mkdir(parents=True)
        (base / "data").mkdir()
        self.base, self.port, self.sink = base, free_port(), Sink()
        self.url = f"http://localhost:{self.port}/"
        command = (
            sys.executable,
            "-m",
            "tests.xandikos_process",
            str(base),
            str(self.port),
            str(self.sink.port),
        )
        self.start(command, self.port, base / "log")

    def add_user(self, address: str, password: str) -> None:
        """Make an account that says which address it has."""
        (self.base / "users" / address).write_text(password, "utf-8")
        own = f"<D:href>mailto:{address}</D:href>"
        with Account(self, address, password) as account:
            answer = account.send(
                "PROPPATCH",
                f"/{address}/",
                f"<D:propertyupdate {_SPACES}><D:set><D:prop><C:calendar-user-address-set>{own}"
                "</C:calendar-user-address-set></D:prop></D:set></D:propertyupdate>",
                Content_Type="application/xml",
            )
            if answer.status_code != 207:
                raise RuntimeError(f"Xandikos did not take the address: {answer.status_code}")

    def stop(self) -> None:
        super().stop()
        self.sink.stop()


class RadicaleDav(Radicale):
    """Radicale, which sends no mail; its sink stays empty."""

    name = "radicale"

    def __init__(self, base: Path) -> None:
        self.sink = Sink()
        super().__init__(base, {})

    def stop(self) -> None:
        super().stop()
        self.sink.stop()


def why_not(name: str) -> str | None:
    """Return why a server cannot be run here, None when it can."""
    if name in {"cyrus", "sogo", "sabre"}:
        return missing(name)
    if name == "xandikos":
        return None if find_spec("xandikos") else "Xandikos is not installed: make setup"
    return None


MAKERS: Final[dict[str, Callable[[Path, Authority], Any]]] = {
    "radicale": lambda base, _authority: RadicaleDav(base),
    "cyrus": CyrusDav,
    "xandikos": lambda base, _authority: Xandikos(base),
    "sogo": lambda base, _authority: Sogo(base, DOMAIN),
    "sabre": lambda base, _authority: Sabre(base),
}

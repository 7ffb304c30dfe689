"""The file in which a domain says where its mail is: fetched over HTTPS from the domain itself, within limits."""

import http.client
import socket
import threading
from contextlib import suppress
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from bot.errors import BotError
from bot.model import Endpoint
from bot.net import AddressPolicy, connect
from parsers.autoconfig import MAX_BYTES, MailServer, parse_autoconfig
from parsers.sandbox import SandboxKilled, parse_safely

HTTPS_PORT: Final = 443
SECONDS: Final = 8.0  # for one address, its redirects included
MOST_REDIRECTS: Final = 2


def fetch_servers(
    domain: str, address: str, policy: AddressPolicy, *, port: int = HTTPS_PORT, seconds: float = SECONDS
) -> tuple[MailServer, ...]:
    """Return the IMAP servers the domain's own autoconfig file names; () when there is none. Never raises.

    HTTPS only, certificate and name verified: what it says, the domain says. Every connection, those of redirects
    too, goes through bot.net under the policy for customers' servers.

    Args:
        domain: in ASCII, as bot.net.parse_host returns it.
        address: the account, for files that are made per account.
        policy: which addresses may be reached; its ports do not matter, only `port` is reached.
        port: of HTTPS.
        seconds: for each of the two places.
    """
    asked = quote(address, safe="")
    places = (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={asked}",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    )
    only = _only(policy, port)
    for place in places:
        data = _fetch(place, only, port, seconds)
        if data and (servers := _read(data, domain)):
            return servers
    return ()


def fetch_text(place: str, policy: AddressPolicy, *, port: int = HTTPS_PORT, seconds: float) -> str | None:
    """Return the text at an https address without following it elsewhere; None when there is none. Never raises.

    Args:
        place: the address; its port is `port`.
        policy: which addresses may be reached.
        port: of HTTPS.
        seconds: for the whole answer.
    """
    data = _fetch(place, _only(policy, port), port, seconds, redirects=0)
    return None if data is None else data.decode("utf-8", "replace")


def _only(policy: AddressPolicy, port: int) -> AddressPolicy:
    return AddressPolicy(
        ports=frozenset({port}), allow_networks=policy.allow_networks, deny_networks=policy.deny_networks
    )


def _read(data: bytes, domain: str) -> tuple[MailServer, ...]:
    try:
        found: tuple[MailServer, ...] = parse_safely(parse_autoconfig, data, domain).value
    except SandboxKilled:
        return ()
    return found


def _fetch(
    place: str, policy: AddressPolicy, port: int, seconds: float, *, redirects: int = MOST_REDIRECTS
) -> bytes | None:
    """Return what the address holds; None when there is nothing, or too much, or it leads away from HTTPS."""
    for _ in range(redirects + 1):
        parts = urlsplit(place)
        if parts.scheme != "https" or not parts.hostname or parts.port not in (None, port):
            return None
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        try:
            status, data, leads_to = _get(parts.hostname, port, target, policy, seconds)
        except (BotError, OSError, http.client.HTTPException, ValueError):
            return None
        if status == http.client.OK:
            return data
        if status not in (301, 302, 303, 307, 308) or not leads_to:
            return None
        try:
            place = urljoin(place, leads_to)
        except ValueError:
            return None
    return None


def _get(
    host: str, port: int, target: str, policy: AddressPolicy, seconds: float
) -> tuple[int, bytes, str | None]:
    """Ask once; the whole answer has to come within the time, however slowly the server drips."""
    sock = connect(Endpoint(host=host, port=port), policy, side="source", timeout=seconds)
    timer = threading.Timer(seconds, _cut, (sock,))
    timer.daemon = True
    timer.start()
    http_ = http.client.HTTPSConnection(host, port)
    http_.sock = sock
    try:
        http_.request("GET", target, headers={"Accept": "text/xml, application/xml"})
        answer = http_.getresponse()
        return answer.status, answer.read(MAX_BYTES + 1), answer.getheader("Location")
    finally:
        timer.cancel()
        http_.close()
        sock.close()


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)

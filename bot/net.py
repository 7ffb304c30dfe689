"""The only door to network addresses that customers name: resolve once, check every address, connect to what was checked."""

import hashlib
import ipaddress
import re
import socket
import ssl
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from bot.errors import (
    BotError,
    DestinationBroken,
    DestinationLoginRefused,
    DestinationThrottled,
    DestinationTlsFailed,
    DestinationUnreachable,
    InboxUnreachable,
    SourceAddressRefused,
    SourceBroken,
    SourceHostUnknown,
    SourceLoginRefused,
    SourceThrottled,
    SourceTlsFailed,
    SourceUnreachable,
)
from bot.model import Endpoint

Side = Literal["source", "destination", "inbox"]
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Which error says what went wrong, on one side of a migration."""

    unknown: type[BotError]
    unreachable: type[BotError]
    refused: type[BotError]
    tls: type[BotError]
    login: type[BotError]
    broken: type[BotError]
    throttled: type[BotError]


FAILURES: Final[dict[Side, Failures]] = {
    "source": Failures(
        unknown=SourceHostUnknown,
        unreachable=SourceUnreachable,
        refused=SourceAddressRefused,
        tls=SourceTlsFailed,
        login=SourceLoginRefused,
        broken=SourceBroken,
        throttled=SourceThrottled,
    ),
    "destination": Failures(
        unknown=DestinationUnreachable,
        unreachable=DestinationUnreachable,
        refused=DestinationUnreachable,
        tls=DestinationTlsFailed,
        login=DestinationLoginRefused,
        broken=DestinationBroken,
        throttled=DestinationThrottled,
    ),
    "inbox": Failures(
        unknown=InboxUnreachable,
        unreachable=InboxUnreachable,
        refused=InboxUnreachable,
        tls=InboxUnreachable,
        login=InboxUnreachable,
        broken=InboxUnreachable,
        throttled=InboxUnreachable,
    ),
}

# Our own list: what Python's `is_global` means has changed between releases, and 3.11 calls multicast, 6to4 and
# NAT64 global. Of IPv6 only 2000::/3 is handed out as unicast at all (RFC 4291 section 2.4), so the rest is denied whole.
GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
DENIED: Final[tuple[IpNetwork, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.IGNORECASE)
NUMBER: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """Which addresses and ports a customer's server may have. `allow_networks` wins over every denial."""

    ports: frozenset[int] = frozenset({993, 143})
    allow_networks: tuple[str, ...] = ()
    deny_networks: tuple[str, ...] = ()

    def permits(self, address: str) -> bool:
        """Return True when a connection to this IP address is allowed."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        if _within(ip, map(ipaddress.ip_network, self.allow_networks)):
            return True
        if isinstance(ip, ipaddress.IPv6Address) and ip not in GLOBAL_V6:
            return False
        return not _within(ip, (*DENIED, *map(ipaddress.ip_network, self.deny_networks)))


def _within(ip: IpAddress, networks: Iterable[IpNetwork]) -> bool:
    return any(ip.version == network.version and ip in network for network in networks)


def parse_host(host: str) -> str | None:
    """Return the host as it may be looked up, or None when it is no plain name or address.

    Numbers in disguise ("127.1", "0x7f.1", "2130706433", "0177.0.0.1") are none: resolvers read them as addresses.
    """
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    try:
        name = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return None
    last = name.rstrip(".").rpartition(".")[2]
    if len(name) > 253 or not NAME.fullmatch(name) or NUMBER.fullmatch(last):
        return None
    return name


def same_server(one: Endpoint, other: Endpoint) -> bool:
    """Return whether two endpoints lead to one server, whatever they call it: an address in common, and the same port.

    143 and 993 are two doors of one server. False where a name cannot be looked up: the connection will say why.
    """
    doors = {one.port, other.port}
    return (len(doors) == 1 or doors <= {143, 993}) and bool(_addresses(one) & _addresses(other))


def _addresses(endpoint: Endpoint) -> frozenset[str]:
    host = parse_host(endpoint.host)
    try:
        return frozenset(_resolve(host.rstrip("."), endpoint, "source")) if host else frozenset()
    except BotError:
        return frozenset()


def connect(
    endpoint: Endpoint, policy: AddressPolicy | None, *, side: Side, timeout: float = 30
) -> socket.socket:
    """Return a connection to the endpoint; for security "tls" verified against the endpoint's name (RFC 8314).

    The name is looked up once and the connection goes to the very address that was checked, so that a second
    answer of a rebinding name server reaches nobody. One denied address refuses the whole name.

    Args:
        endpoint: where to; "starttls" and "plain" come back as plain TCP.
        policy: None = a server the operator named: any address and port.
        side: whose server it is; decides which error is raised.
        timeout: seconds for each connection attempt, and then for each read.

    Raises:
        SourceHostUnknown, SourceAddressRefused, SourceUnreachable, SourceTlsFailed: or their destination twins.
    """
    host = parse_host(endpoint.host)
    if host is None or (policy and endpoint.port not in policy.ports):
        raise failure(side, "refused", endpoint)
    addresses = _resolve(host, endpoint, side)
    if policy and not all(policy.permits(address) for address in addresses):
        raise failure(side, "refused", endpoint)
    plain = _dial(addresses, endpoint, side, timeout)
    return wrap_tls(plain, endpoint, side=side) if endpoint.security == "tls" else plain


def wrap_tls(plain: socket.socket, endpoint: Endpoint, *, side: Side) -> ssl.SSLSocket:
    """Return the connection under TLS >= 1.2, certificate and name verified. Closes it on failure.

    Where the operator accepts one certificate for this server, that very one is wanted and nothing else is asked.
    """
    context = _pinned_context() if endpoint.certificate else _tls_context()
    try:
        secured = context.wrap_socket(plain, server_hostname=parse_host(endpoint.host))
    except ssl.SSLError:  # a bad certificate, an old protocol, or no TLS at all
        plain.close()
        raise failure(side, "tls", endpoint) from None
    except OSError:
        plain.close()
        raise failure(side, "unreachable", endpoint) from None
    if endpoint.certificate and _fingerprint(secured) != endpoint.certificate:
        secured.close()
        raise failure(side, "tls", endpoint)
    return secured


def failure(side: Side, kind: str, endpoint: Endpoint, **facts: str | int) -> BotError:
    """Return the error of that side for one kind of failure (a field of Failures), with the endpoint as its facts."""
    error: type[BotError] = getattr(FAILURES[side], kind)
    return error(host=endpoint.host, port=endpoint.port, **facts)


def _fingerprint(secured: ssl.SSLSocket) -> str:
    return hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()


@lru_cache(maxsize=1)
def _pinned_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the fingerprint is compared instead
    return context


def _tls_context() -> ssl.SSLContext:
    return _context_for(ssl.get_default_verify_paths())


@lru_cache(maxsize=2)
def _context_for(_paths: ssl.DefaultVerifyPaths) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _resolve(host: str, endpoint: Endpoint, side: Side) -> list[str]:
    if host.rstrip(".").lower().endswith(".invalid"):  # never exists (RFC 6761 section 6.4)
        raise failure(side, "unknown", endpoint)
    try:
        found = socket.getaddrinfo(host, endpoint.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        passing = error.errno in (socket.EAI_AGAIN, socket.EAI_SYSTEM)
        raise failure(side, "unreachable" if passing else "unknown", endpoint) from None
    except (UnicodeError, OSError):
        raise failure(side, "unknown", endpoint) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _dial(addresses: list[str], endpoint: Endpoint, side: Side, timeout: float) -> socket.socket:
    for address in addresses:
        try:
            plain = socket.create_connection((address, endpoint.port), timeout)
        except OSError:
            continue
        # Nagle and delayed acknowledgements cost about 40 ms for each APPEND otherwise.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return plain
    raise failure(side, "unreachable", endpoint) from None


def drop_unsent(sock: socket.socket) -> None:
    """Have the kernel drop what is not sent yet when the connection is closed, also by kill -9 (socket(7), SO_LINGER).

    Else it sends megabytes on for seconds, and a destination stores messages after the next pass has looked for them.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

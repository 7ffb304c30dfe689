"""Values as people write them in bot.toml: durations, sizes, addresses, networks, zones. Pure; ValueError says what is wanted."""

import re
from datetime import timedelta
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from typing import Final
from zoneinfo import ZoneInfo

SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
ADDRESS: Final = r"[^@\s<>,;]+@[^@\s<>,;]+"
BYTES: Final = {
    "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip


def parse_duration(text: str) -> timedelta:
    """Return "30s", "10m", "24h", "7d" or "2w" as a timedelta."""
    found = re.fullmatch(r"([0-9]{1,6}) ?([smhdw])", text)
    if not found:
        raise ValueError('a duration is wanted, such as "30s", "10m", "24h" or "7d"')
    return timedelta(seconds=int(found[1]) * SECONDS[found[2]])


def parse_size(text: str) -> int:
    """Return "25MiB" as bytes (KiB, MiB, GiB are powers of 1024; kB, MB, GB of 1000)."""
    found = re.fullmatch(r"([0-9]{1,9}) ?([A-Za-z]+)", text)
    if not found or found[2] not in BYTES:
        raise ValueError('a size is wanted, such as "25MiB"')
    return int(found[1]) * BYTES[found[2]]


def check_address(value: str) -> str:
    """Return "support@host.example" as it is; ValueError for anything with a name or blanks in it."""
    if not re.fullmatch(ADDRESS, value):
        raise ValueError("an address is wanted, such as support@host.example, without a name")
    return value


def check_member(value: str) -> str:
    """Return an address or "@domain" as it is."""
    if not re.fullmatch(r"[^@\s<>,;]*@[^@\s<>,;]+", value):
        raise ValueError("an address or @domain is wanted")
    return value


def check_network(value: str) -> str:
    """Return "10.0.0.0/8" in its normal form."""
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError('a network is wanted, such as "10.0.0.0/8" (no bits set behind the slash)') from None


def parse_resolver(value: str) -> tuple[str, int]:
    """Return "9.9.9.9", "127.0.0.1:5353" or "[2620:fe::fe]:53" as address and port; 53 where none is named."""
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+))(?::([0-9]{1,5}))?|([0-9a-fA-F:.]+)", value)
    try:
        port = int((found and found[3]) or 53)
        address = str(ip_address((found and (found[1] or found[2] or found[4])) or ""))
    except ValueError:
        raise ValueError(
            'the address of a resolver is wanted, such as "9.9.9.9" or "127.0.0.1:5353"'
        ) from None
    if not 1 <= port <= 65535:
        raise ValueError("a port between 1 and 65535 is wanted")
    return address, port


def check_resolver(value: str) -> str:
    """Return the address of a resolver as it is."""
    parse_resolver(value)
    return value


def check_fingerprint(value: str) -> str:
    """Return a SHA-256 fingerprint as openssl prints it, or as plain hexadecimal digits, as 64 of them in lower case."""
    digits = value.rpartition("=")[2].replace(":", "").strip().lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueError("a SHA-256 fingerprint is wanted: 64 hexadecimal digits")
    return digits


def check_zone(value: str) -> str:
    """Return the name of a time zone the tz database knows."""
    try:
        return ZoneInfo(value).key
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError('a time zone is wanted, such as "Europe/Berlin"') from None


def check_sender(value: str) -> str:
    """Return `Support <support@host.example>`, or the address alone, as it is."""
    if re.search(r"[\r\n]", value) or not re.fullmatch(ADDRESS, parseaddr(value)[1]):
        raise ValueError('a sender is wanted, such as "Support <support@host.example>"')
    return value


def is_loopback(host: str) -> bool:
    """Return whether the name can only mean this very host."""
    return host in {"localhost", "::1"} or bool(re.fullmatch(r"127(\.\d{1,3}){3}", host))


def check_exchanger(value: str) -> str:
    """Return an MX as a zone file has it, "10 mx1.host.example", or its name alone."""
    if not re.fullmatch(
        r"(?:[0-9]{1,5} )?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", value
    ):
        raise ValueError(
            'the name of a mail server is wanted, such as "mx1.host.example" or "10 mx1.host.example"'
        )
    return value


def check_service(value: str) -> str:
    """Return the host and port of a service as they are, "imap.host.example:993"."""
    split_service(value)
    return value


def split_service(value: str) -> tuple[int, str]:
    """Return port and host of "imap.host.example:993"."""
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= 65535:
        raise ValueError('a host and port are wanted, such as "imap.host.example:993"')
    return int(port), host

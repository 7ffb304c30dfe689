"""Whether an IMAP server answers at an address, under verified TLS. No login, nothing is told to it."""

import socket
import time
from typing import Final

from bot.errors import BotError
from bot.model import Endpoint
from bot.net import AddressPolicy, connect, wrap_tls

SECONDS: Final = 10.0
LONGEST_LINE: Final = 2048  # bytes


def greets(endpoint: Endpoint, policy: AddressPolicy, seconds: float = SECONDS) -> bool:
    """Say whether a server with a valid certificate for this very name greets as IMAP does (RFC 9051 section 7.1).

    With "starttls" the greeting comes before TLS and counts only when TLS can be had. Never raises.
    """
    until = time.monotonic() + seconds
    try:
        sock = connect(endpoint, policy, side="source", timeout=seconds)
    except (BotError, OSError):
        return False
    try:
        if not _line(sock, until).upper().startswith((b"* OK", b"* PREAUTH")):
            return False
        return endpoint.security == "tls" or _starts_tls(sock, endpoint, until)
    except (BotError, OSError):
        return False
    finally:
        sock.close()


def _starts_tls(sock: socket.socket, endpoint: Endpoint, until: float) -> bool:
    sock.sendall(b"a STARTTLS\r\n")
    while line := _line(sock, until):
        if line.startswith(b"a "):
            if not line.upper().startswith(b"A OK"):
                return False
            wrap_tls(sock, endpoint, side="source").close()
            return True
    return False


def _line(sock: socket.socket, until: float) -> bytes:
    """Return the next line; b"" when none comes in time. Byte by byte: what follows may be TLS already."""
    line = b""
    while not line.endswith(b"\n") and len(line) < LONGEST_LINE:
        left = until - time.monotonic()
        if left <= 0:
            return b""
        sock.settimeout(left)
        byte = sock.recv(1)
        if not byte:
            return b""
        line += byte
    return line

"""The bytes of one IMAP connection: buffered, capped, with a floor under how slow a server may be."""

import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import IO, Final

LINE_BYTES: Final = 8 << 20  # longest line read; a SEARCH answer of a million messages
LITERAL_BYTES: Final = 256 << 20  # longest literal read
SPOOL_BYTES: Final = 2 << 20  # a longer literal goes to disk
CHUNK_BYTES: Final = 256 << 10
LARGE_BYTES: Final = 64 << 10  # sent as it is instead of being joined with its neighbours
PATIENCE_SECONDS: Final = 120  # for a line; and for a literal beside FLOOR_BYTES
FLOOR_BYTES: Final = 8 << 10  # per second; a literal that drips more slowly is given up


class Broken(Exception):
    """The server left the protocol or a limit; `what` is our own word for it, never server text."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Spool:
    """A message too large for memory, in an unnamed temporary file."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed when the last user lets go

    def __len__(self) -> int:
        return self.size

    def __del__(self) -> None:
        self.file.close()

    def chunks(self) -> Iterable[bytes]:
        """Yield the content from its beginning."""
        self.file.seek(0)
        return iter(lambda: self.file.read(CHUNK_BYTES), b"")


Body = bytes | Spool


def body_chunks(body: Body) -> Iterable[bytes]:
    """Yield the content of a body, whichever kind it is."""
    return body.chunks() if isinstance(body, Spool) else (body,)


class Stream:
    """Reads lines and literals of one connection and writes to it. Raises OSError when it breaks, Broken on a limit.

    It is the only reader of the socket, so that the control channel and the bulk channel share one buffer.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.ended = False  # the server closed the connection
        self.on_chunk: Callable[[], object] = lambda: None  # a sign of life: bytes came or went
        self._buffer = b""
        self._at = 0

    @property
    def pending(self) -> bool:
        """True when bytes are here that nobody has read yet."""
        return self._at < len(self._buffer)

    def start_tls(self, wrapped: ssl.SSLSocket) -> None:
        """Go on over TLS. What came before it in clear is dropped: nobody vouches for it."""
        self.sock, self._buffer, self._at = wrapped, b"", 0

    def readline(self) -> bytes:
        """Return one line with its CRLF."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        searched = self._at
        while (end := self._buffer.find(b"\n", searched)) < 0:
            if len(self._buffer) - self._at > LINE_BYTES:
                raise Broken("a line without end")
            kept = len(self._buffer) - self._at
            self._buffer, self._at = self._buffer[self._at :] + self._receive(deadline), 0
            searched = kept
        line = self._buffer[self._at : end + 1]
        self._at = end + 1
        return line

    def read(self, size: int) -> bytes:
        """Return exactly that many bytes."""
        parts: list[bytes] = []
        self._read_into(size, parts.append)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_literal(self, size: int) -> Body:
        """Return a literal of that size; a large one on disk."""
        if size > LITERAL_BYTES:
            raise Broken("a literal above the limit")
        if size <= SPOOL_BYTES:
            return self.read(size)
        spool = Spool(size)
        self._read_into(size, spool.file.write)
        return spool

    def send(self, data: bytes) -> None:
        """Send all of it; the timeout of the socket is for each chunk (sendall's is for the whole)."""
        view = memoryview(data)
        for start in range(0, len(view), CHUNK_BYTES):
            self.sock.sendall(view[start : start + CHUNK_BYTES])
            if start:
                self.on_chunk()

    def send_parts(self, parts: Iterable[bytes]) -> None:
        """Send all of it in order; small parts together, large ones without being copied."""
        small: list[bytes] = []
        waiting = 0
        for part in parts:
            small.append(part)
            waiting += len(part)
            if waiting >= CHUNK_BYTES:
                last = small.pop() if len(part) >= LARGE_BYTES else b""
                self.send(b"".join(small))
                if last:
                    self.send(last)
                small, waiting = [], 0
        self.send(b"".join(small))

    def abort(self) -> None:
        """End the connection under whoever reads or writes it in another thread; never fails."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        """Drop the connection; never fails."""
        try:
            self.sock.close()
        except OSError:
            return

    def _read_into(self, size: int, take: Callable[[bytes], object]) -> None:
        have = self._buffer[self._at : self._at + size]
        self._at += len(have)
        take(have)
        missing = size - len(have)
        deadline = time.monotonic() + PATIENCE_SECONDS + missing / FLOOR_BYTES
        while missing:
            chunk = self._receive(deadline)
            if len(chunk) > missing:
                self._buffer, self._at = chunk, missing
                chunk = chunk[:missing]
            take(chunk)
            missing -= len(chunk)

    def _receive(self, deadline: float) -> bytes:
        if time.monotonic() > deadline:
            raise Broken("slower than any line")
        chunk = self.sock.recv(CHUNK_BYTES)
        if not chunk:
            self.ended = True
            raise ConnectionResetError("the server closed the connection")
        self.on_chunk()
        return chunk

"""The bytes of one IMAP connection: buffered, capped, with a floor under how slow a server may be."""

import socket
import ssl
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable
from typing import IO, Final

from bot.errors import DiskFailed

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
        try:
            self.file: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  closed by its last user
        except OSError:
            raise DiskFailed(what="a large message") from None

    def write(self, chunk: bytes) -> None:
        """Add to the content. Raises DiskFailed."""
        try:
            left = memoryview(chunk)
            while left:
                left = left[self.file.write(left) :]
        except OSError:
            raise DiskFailed(what="a large message") from None

    def __len__(self) -> int:
        return self.size

    def __del__(self) -> None:
        if hasattr(self, "file"):
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

    It is the only reader of the socket, so that the control channel and the bulk channel share one buffer. Every limit
    holds for what comes out of a compressed stream, and no more than CHUNK_BYTES of it are unpacked at a time.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.ended = False  # the server closed the connection
        self.on_chunk: Callable[[], object] = lambda: None  # a sign of life: bytes came or went
        self._buffer = b""
        self._at = 0
        self._packer: zlib._Compress | None = None
        self._unpacker: zlib._Decompress | None = None
        self._packed = b""  # came, and was not unpacked yet
        self._full = False  # there may be more to unpack of what came

    @property
    def pending(self) -> bool:
        """True when bytes are here that nobody has read yet."""
        return self._at < len(self._buffer) or self._full or bool(self._packed)

    def start_tls(self, wrapped: ssl.SSLSocket) -> None:
        """Go on over TLS. What came before it in clear is dropped: nobody vouches for it."""
        self.sock, self._buffer, self._at = wrapped, b"", 0

    def start_compress(self) -> None:
        """Go on compressed, both ways (RFC 4978). What is here already came behind the server's OK, and is compressed."""
        self._packer, self._unpacker = (
            zlib.compressobj(wbits=-zlib.MAX_WBITS),
            zlib.decompressobj(-zlib.MAX_WBITS),
        )
        self._packed, self._buffer, self._at = self._buffer[self._at :], b"", 0

    def readline(self) -> bytes:
        """Return one line with its CRLF."""
        start = self._at
        end = self._buffer.find(b"\n", start) + 1
        if not end:
            return self._long_line()
        self._at = end
        return self._buffer[start:end]

    def read(self, size: int) -> bytes:
        """Return exactly that many bytes."""
        start, end = self._at, self._at + size
        if end <= len(self._buffer):
            self._at = end
            return self._buffer[start:end]
        parts: list[bytes] = []
        self._read_into(size, parts.append)
        return b"".join(parts)

    def read_literal(self, size: int) -> Body:
        """Return a literal of that size; a large one on disk."""
        if not 0 <= size <= LITERAL_BYTES:
            raise Broken("a literal above the limit")
        if size <= SPOOL_BYTES:
            return self.read(size)
        spool = Spool(size)
        self._read_into(size, spool.write)
        return spool

    def send(self, data: bytes) -> None:
        """Send all of it; the timeout of the socket is for each chunk (sendall's is for the whole)."""
        view = memoryview(data)
        for start in range(0, len(view), CHUNK_BYTES):
            chunk = view[start : start + CHUNK_BYTES]
            self.sock.sendall(chunk if self._packer is None else _pack(self._packer, chunk))
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

    def _long_line(self) -> bytes:
        deadline = time.monotonic() + PATIENCE_SECONDS
        line = bytearray(self._buffer[self._at :])
        end = 0
        while not end:
            if len(line) > LINE_BYTES:
                raise Broken("a line without end")
            self._buffer = self._receive(deadline)
            end = self._buffer.find(b"\n") + 1
            line += self._buffer[:end] if end else self._buffer
        self._at = end
        return bytes(line)

    def _receive(self, deadline: float) -> bytes:
        """Return the next bytes, not more than CHUNK_BYTES; what is in the buffer has been used."""
        if self._unpacker is None:
            return self._take(deadline)
        while True:
            if not self._packed and not self._full:
                self._packed = self._take(deadline)
            chunk = self._unpack(self._unpacker)
            if chunk:
                return chunk

    def _unpack(self, unpacker: "zlib._Decompress") -> bytes:
        try:
            chunk = unpacker.decompress(self._packed, CHUNK_BYTES)
        except zlib.error:
            raise Broken("nothing that can be unpacked") from None
        if unpacker.eof and not chunk:
            raise Broken("an end of what is compressed")
        self._packed, self._full = unpacker.unconsumed_tail, unpacker.eof or len(chunk) == CHUNK_BYTES
        return chunk

    def _take(self, deadline: float) -> bytes:
        if time.monotonic() > deadline:
            raise Broken("slower than any line")
        chunk = self.sock.recv(CHUNK_BYTES)
        if not chunk:
            self.ended = True
            raise ConnectionResetError("the server closed the connection")
        self.on_chunk()
        return chunk


def _pack(packer: "zlib._Compress", data: memoryview) -> bytes:
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)

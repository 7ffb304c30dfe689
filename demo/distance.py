"""A line between two computers: every byte arrives later, and only so many a second. A process of its own."""

import asyncio
import contextlib
import socket
import sys
from pathlib import Path

from demo.servers import Child, free_port

CHUNK = 64 * 1024


class Distance(Child):
    """Listens on a loopback port and passes everything on to another one, as if that were far away.

    Args:
        port: the loopback port of the server to move away.
        base: an existing folder for its log.
        round_trip_ms: delay there and back.
        bytes_per_second: of each connection and direction; 0 = no limit.
    """

    def __init__(self, port: int, base: Path, *, round_trip_ms: float, bytes_per_second: float = 0) -> None:
        self.port = free_port()
        numbers = (self.port, port, round_trip_ms, bytes_per_second)
        command = [sys.executable, "-m", "demo.distance", *map(str, numbers)]
        self.start(command, self.port, base / f"distance-{self.port}.log")


async def serve(port: int, target: int, delay: float, rate: float) -> None:
    """Pass bytes on in both directions until killed; `delay` in seconds one way, `rate` in bytes a second."""

    async def connected(near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        try:
            far_in, far_out = await asyncio.open_connection("127.0.0.1", target, limit=CHUNK)
        except OSError:
            near_out.close()
            return
        for out in (near_out, far_out):
            out.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(_carry(near_in, far_out, delay, rate), _carry(far_in, near_out, delay, rate))

    server = await asyncio.start_server(connected, "127.0.0.1", port, limit=CHUNK)
    await server.serve_forever()


async def _carry(into: asyncio.StreamReader, out: asyncio.StreamWriter, delay: float, rate: float) -> None:
    """Write what is read, each piece when it would have arrived."""
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=256)
    loop = asyncio.get_running_loop()

    async def depart() -> None:
        free = 0.0  # when the line is free again
        data = b"."
        while data:
            try:
                data = await into.read(CHUNK)
            except OSError:
                data = b""
            free = max(free, loop.time()) + (len(data) / rate if rate else 0)
            await under_way.put((free + delay, data))

    sender = asyncio.create_task(depart())
    with contextlib.suppress(OSError):
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                break
            out.write(data)
            await out.drain()
    sender.cancel()
    out.close()


if __name__ == "__main__":
    here, there, milliseconds, speed = sys.argv[1:]
    asyncio.run(serve(int(here), int(there), float(milliseconds) / 2000, float(speed)))

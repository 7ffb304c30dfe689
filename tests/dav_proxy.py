"""A door before the real Radicale that misbehaves like other servers and bad networks do."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

# What to do with a request after the real server has answered: None passes the answer on, "drop" closes the
# connection without a word, (status, headers, body) answers instead. With before=True the real server never sees it.
Trick = Callable[[str, str], "str | tuple[int, dict[str, str], bytes] | None"]


class Proxy:
    def __init__(self, url: str) -> None:
        self.real = urlsplit(url)
        self.before: Trick = lambda _method, _path: None
        self.after: Trick = lambda _method, _path: None
        self.extra: dict[str, str] = {}  # headers of every answer
        self.seen: list[tuple[str, str]] = []
        self.headers: list[tuple[str, dict[str, str]]] = []  # method, and headers in lower case

    def count(self, method: str) -> int:
        return sum(one == method for one, _ in self.seen)


@contextmanager
def proxy(url: str) -> Iterator[tuple[Proxy, str]]:
    """Serve on loopback; yields the switches and the url."""
    switches = Proxy(url)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(switches))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield switches, f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(switches: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args: Any) -> None:
            pass

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            switches.seen.append((self.command, self.path))
            switches.headers.append(
                (self.command, {key.lower(): value for key, value in self.headers.items()})
            )
            answer = switches.before(self.command, self.path)
            if answer is None:
                real = self._real(body)
                answer = switches.after(self.command, self.path) or real
            if answer == "drop":
                self.close_connection = True
                return
            assert not isinstance(answer, str)
            self._answer(*answer)

        def _real(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            real = http.client.HTTPConnection(
                switches.real.hostname or "", switches.real.port or 80, timeout=20
            )
            try:
                real.request(self.command, self.path, body, dict(self.headers))
                response = real.getresponse()
                headers = {key: value for key, value in response.getheaders() if key != "Content-Length"}
                return response.status, {**headers, **switches.extra}, response.read()
            finally:
                real.close()

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            for key, value in headers.items():
                if key not in {"Transfer-Encoding", "Connection"}:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    for method in ("GET", "PUT", "DELETE", "OPTIONS", "PROPFIND", "REPORT", "MKCOL", "MKCALENDAR"):
        setattr(Handler, f"do_{method}", Handler._pass_on)
    return Handler

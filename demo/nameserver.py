"""A small name server on loopback: answers what was written down, and counts what it was asked."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer:
    """Records by (name, type), e.g. {("k.example", "MX"): ["10 mx.k.example."]}; "SERVFAIL" and "SILENCE" are answers too."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, owns: bool = False) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.ttl = 60
        self.asked: list[tuple[str, str]] = []
        self._owns = owns  # it is a domain's own server: its answers carry AA
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self.port: int = self._socket.getsockname()[1]
        self.address = f"{host}:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def host(self, domain: str, mx: str, ttl: int = 60) -> None:
        """Let this server be the one of a domain whose mail goes to `mx`; said again, the domain has switched."""
        self.ttl = ttl
        self.records[domain, "NS"] = [f"ns1.{domain}."]
        self.records[f"ns1.{domain}", "A"] = ["127.0.0.1"]
        self.records[domain, "MX"] = [f"10 {mx}."]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._socket.sendto(b"", self._socket.getsockname())
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                data, sender = self._socket.recvfrom(4096)
                if not data:
                    return
                if reply := self._answer(data):
                    self._socket.sendto(reply, sender)

    def _answer(self, data: bytes) -> bytes | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text().rstrip(".").lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        found = self.records.get((name, kind), [])
        if found == ["SILENCE"]:
            return None
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA if self._owns else dns.flags.RA
        if found == ["SERVFAIL"]:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            reply.answer.append(dns.rrset.from_text(question.name, self.ttl, "IN", kind, *found))
        elif not any(known == name for known, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()

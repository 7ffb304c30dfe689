"""The hosting company's MX and submission server: takes mail by SMTP, proves senders, delivers into Dovecot by IMAP."""

import email.policy
import imaplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.utils import formatdate, parseaddr
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller

from demo.servers import free_port


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message as it passed through."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


@dataclass
class MailExchanger:
    """An SMTP server on loopback with real sender proof for a small world.

    (No slots: aiosmtpd looks at every attribute, and `__weakref__` of such a class breaks on Python 3.11.2.)

    The domain a client names in EHLO stands for its network address: `mail.kunde.example` may send for
    kunde.example, as SPF would find. The verdict goes into Authentication-Results under `authserv_id`, and
    a header claiming that id in the mail itself is removed, as a border MX must (RFC 8601 section 5).
    """

    authserv_id: str
    deliver: dict[str, Callable[[bytes], None]] = field(default_factory=dict)  # address -> into its mailbox
    passed: list[Delivered] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    refuse: str | None = None  # an SMTP reply given to every recipient while set, e.g. "451 4.3.0 try later"
    _controller: Any = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802, ARG002
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        data = self.stamp(envelope.content, str(session.host_name or ""))
        self.passed.append(Delivered(str(envelope.mail_from), tuple(envelope.rcpt_tos), data))
        for address in envelope.rcpt_tos:
            if into := self.deliver.get(address.lower()):
                await server.loop.run_in_executor(None, into, data)
        return "250 2.0.0 queued"

    def stamp(self, raw: bytes, helo: str) -> bytes:
        """Return the mail with our Received and Authentication-Results on top."""
        head = BytesParser(policy=email.policy.compat32).parsebytes(raw, headersonly=True)
        domain = parseaddr(str(head.get("From", "")))[1].rpartition("@")[2].lower()
        verdict = "pass" if domain and helo.lower() in (domain, f"mail.{domain}") else "fail"
        kept = _without_own_results(raw, self.authserv_id)
        return (
            f"Authentication-Results: {self.authserv_id};\r\n dmarc={verdict} header.from={domain}\r\n"
            f"Received: from {helo} by {self.authserv_id} with ESMTP; {formatdate()}\r\n"
        ).encode() + kept

    def __enter__(self) -> Self:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, data_size_limit=80 * 2**20)
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()


def _without_own_results(raw: bytes, authserv_id: str) -> bytes:
    head, mark, body = raw.partition(b"\r\n\r\n")
    kept: list[bytes] = []
    skipping = False
    for line in head.split(b"\r\n"):
        if line[:1] not in (b" ", b"\t"):
            name, _, value = line.partition(b":")
            skipping = name.strip().lower() == b"authentication-results" and value.strip().lower().startswith(
                authserv_id.encode()
            )
        if not skipping:
            kept.append(line)
    return b"\r\n".join(kept) + mark + body


def into_mailbox(
    port: int, user: str, password: str, ca_file: str, folder: str = "INBOX"
) -> Callable[[bytes], None]:
    """Return a delivery into one folder over IMAPS on localhost."""

    def deliver(raw: bytes) -> None:
        with imaplib.IMAP4_SSL(
            "localhost", port, ssl_context=ssl.create_default_context(cafile=ca_file)
        ) as box:
            box.login(user, password)
            status, _ = box.append(folder, "", "", raw)
            if status != "OK":
                raise RuntimeError(f"could not deliver to {user}")

    return deliver

"""An SMTP server that counts what it gets: what arrives at a server's sink is an invitation that really left."""

import time
from typing import Any

from aiosmtpd.controller import Controller

from demo.servers import free_port


class Sink:
    """An SMTP server that counts what it gets; (sender, recipients, message) in the order of arrival."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, tuple[str, ...], bytes]] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take one message."""
        self.mails.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        return "250 taken"

    def about(self, text: str) -> list[tuple[str, ...]]:
        """Return the recipients of every message that holds the text, folded or not."""
        return [to for _, to, mail in self.mails if text.encode() in mail.replace(b"\r\n ", b"")]

    def wait_for(self, text: str, seconds: float = 10) -> list[tuple[str, ...]]:
        """Return as `about` does, as soon as there is one."""
        end = time.monotonic() + seconds
        while not self.about(text) and time.monotonic() < end:
            time.sleep(0.05)
        return self.about(text)

    def stop(self) -> None:
        """Close it."""
        self._controller.stop()

"""Send what was decided, once. The Message-ID and the bytes are fixed before the first try.

The order of commits (RFC 5321 section 4.5.3.2.6, RFC 1047): `queued` → `sending` committed before the first byte of
DATA → 250 after the final dot → `sent` → a copy in Sent. A crash before DATA sends again freely. A crash after it leaves
`sending`: the mail may be with the server already, so the bot first looks for its Message-ID in Sent and in the support
mailbox; not found, it is sent once more with the same Message-ID. That window is the only one a reader may see twice.
"""

import smtplib
import ssl
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.config import Config
from bot.errors import BotError, Retry
from bot.inbox import inbox_login
from bot.mail.account import Account, open_account
from bot.mail.wire import Refused
from bot.model import Json, Secret
from bot.store import Store, stamp

DOT_SECONDS: Final = 600
TIMEOUT_SECONDS: Final = 60
MOST_TRIES: Final = 40  # with the back-off below about three days


class SendingFailed(BotError):
    """The submission server did not take a reply for good."""

    code = "sending-failed"
    retry = Retry.STAFF
    text = "the reply {number} was refused by the mail server (reply code {reply}): look at [outbound], then `mailferry retry`"


def due(store: Store, config: Config, now: datetime) -> list[int]:
    """Return the replies to send now; none while [outbound] hold is set or the hourly limits are reached."""
    if config.outbound.hold:
        return []
    with store.begin() as work:
        waiting = work.replies("queued", "sending", due=now)
        sent = work.sent_since(now - timedelta(hours=1))
    chosen = []
    for reply in waiting:
        to = reply["recipients"][0]
        mine = sum(recipients[0] == to for recipients in sent)
        if len(sent) < config.limits.replies_per_hour and mine < config.limits.replies_per_address_per_hour:
            chosen.append(int(reply["id"]))
            sent.append(reply["recipients"])
    return chosen


def send(store: Store, config: Config, number: int, now: datetime) -> str:
    """Deliver one reply and file its copy in Sent; return its state afterwards."""
    with store.begin() as work:
        reply = work.reply(number)
    if reply is None or reply["state"] not in ("queued", "sending"):
        return "gone" if reply is None else str(reply["state"])
    if reply["state"] == "sending" and _arrived(config, str(reply["message_id"])):
        _mark(store, number, state="sent", sent_at=stamp(now), why="found after a crash")
        return "sent"
    state = _deliver(store, config, reply, now)
    if state == "sent":
        file_copy(store, config, number, now)
    return state


def _deliver(store: Store, config: Config, reply: Json, now: datetime) -> str:
    number, attempts = int(reply["id"]), int(reply["attempts"]) + 1
    try:
        with _connect(config) as server:
            _begin(server, config, reply["recipients"])
            _mark(store, number, state="sending", attempts=attempts)
            if server.sock is not None:
                server.sock.settimeout(DOT_SECONDS)
            code, _ = server.data(bytes(reply["mime"]))
    except smtplib.SMTPResponseException as refused:
        return _put_off(store, reply, refused.smtp_code, now)
    except (OSError, smtplib.SMTPException):
        return _put_off(store, reply, 0, now)
    if code != 250:
        return _put_off(store, reply, code, now)
    _mark(store, number, state="sent", sent_at=stamp(now), why="")
    return "sent"


def _connect(config: Config) -> smtplib.SMTP:
    where = config.outbound.endpoint()
    domain = config.outbound.address().rpartition("@")[2]
    secure = ssl.create_default_context()
    if where.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            where.host, where.port, local_hostname=domain, timeout=TIMEOUT_SECONDS, context=secure
        )
    else:
        server = smtplib.SMTP(where.host, where.port, domain, TIMEOUT_SECONDS)
        if where.security == "starttls":
            server.starttls(context=secure)
    if config.outbound.user:
        server.login(config.outbound.user, (config.outbound.password() or Secret("")).reveal())
    return server


def _begin(server: smtplib.SMTP, config: Config, recipients: Iterable[str]) -> None:
    """MAIL and RCPT; the envelope sender is ours, so that a bounce comes back here and is only recorded."""
    server.ehlo_or_helo_if_needed()
    code, said = server.mail(config.outbound.address())
    if code != 250:
        raise smtplib.SMTPResponseException(code, said)
    answers = [server.rcpt(recipient) for recipient in recipients]
    if not any(code in (250, 251) for code, _ in answers[:1]):  # the requester; a refused Cc stops nothing
        raise smtplib.SMTPResponseException(*answers[0])


def _put_off(store: Store, reply: Json, code: int, now: datetime) -> str:
    """4xx and a broken line: again with back-off; 5xx, or no end in sight: staff."""
    number, attempts = int(reply["id"]), int(reply["attempts"]) + 1
    if 500 <= code < 600 or attempts >= MOST_TRIES:
        _mark(
            store,
            number,
            state="failed",
            attempts=attempts,
            why=str(SendingFailed(number=number, reply=code)),
        )
        return "failed"
    with store.begin() as work:
        doubtful = (work.reply(number) or {}).get("state") == "sending" and code == 0
    delay = min(timedelta(seconds=15) * 2 ** min(attempts, 10), timedelta(hours=2))
    state = "sending" if doubtful else "queued"
    _mark(
        store,
        number,
        state=state,
        attempts=attempts,
        run_at=stamp(now + delay),
        why=f"put off, reply code {code}",
    )
    return state


def _mark(store: Store, number: int, **values: object) -> None:
    with store.begin() as work:
        work.set_reply(number, **values)


# --- the copy in Sent -----------------------------------------------------------------------------------------------


def file_copy(store: Store, config: Config, number: int, now: datetime) -> bool:
    """Put a copy of a sent reply into Sent, once; a failure is tried again by the next tick."""
    with store.begin() as work:
        reply = work.reply(number)
    if reply is None or reply["filed_at"] is not None or reply["state"] != "sent":
        return False
    try:
        with open_account(inbox_login(config), "inbox") as account:
            folder = _sent_folder(account, config)
            if folder is None:
                return False
            account.select(folder, readonly=True)
            if not account.find_message_id(str(reply["message_id"])):
                account.append(folder, bytes(reply["mime"]), ["\\Seen"], now)
    except (BotError, Refused):
        return False
    _mark(store, number, filed_at=stamp(now))
    return True


def _sent_folder(account: Account, config: Config) -> bytes | None:
    return (
        config.outbound.sent_folder.encode()
        if config.outbound.sent_folder
        else account.special_folder("sent")
    )


def _arrived(config: Config, message_id: str) -> bool:
    """Look whether a doubtful reply went out: in Sent, and in the support mailbox (we may be on Cc)."""
    try:
        with open_account(inbox_login(config), "inbox") as account:
            for folder in (_sent_folder(account, config), config.inbox.folder.encode()):
                if folder is None:
                    continue
                account.select(folder, readonly=True)
                if account.find_message_id(message_id):
                    return True
    except (BotError, Refused):
        return False
    return False

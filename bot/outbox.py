"""Send what was decided, once. The Message-ID and the bytes are fixed before the first try.

The order of commits (RFC 5321 section 4.5.3.2.6, RFC 1047): `queued` → the whole mail is with the server but for the
final dot → `sending` committed → the dot → 250 → `sent` committed → QUIT → a copy in Sent. Whatever breaks before the
dot sends again freely. A crash or a cut line after it leaves `sending`: the mail may be on its way already.

The answer to the dot is one for all recipients (RFC 5321 section 4.2), and one of them is ourselves: our own copy in
the support mailbox, known by its Message-ID, proves that the reader's was accepted. bot/inbox.py settles the doubt as
soon as it comes. No copy within [outbound] receipt_wait: the reply is sent once more with the same bytes (`again`);
a second doubt goes to staff, never out a third time. What may be read twice is a reply whose copy came later than that.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Final

from bot.config import Config
from bot.drafts import render_draft
from bot.errors import BotError, Retry
from bot.inbox import inbox_login
from bot.mail.account import Account, open_account
from bot.mail.names import encode_name
from bot.mail.wire import Refused
from bot.model import Json, Secret
from bot.records import stamp
from bot.store import Store
from bot.work import DOUBTFUL, DRAFT

DOT_SECONDS: Final = 600
TIMEOUT_SECONDS: Final = 60
MOST_TRIES: Final = 40  # with the back-off below about three days
FILING_TIME: Final = timedelta(days=7)  # how long a copy in Sent is tried
WAITING: Final = ("queued", "sending", "again")
TO_RELEASE: Final = (DRAFT,)


class SendingFailed(BotError):
    """The submission server did not take a reply for good."""

    code = "sending-failed"
    retry = Retry.STAFF
    text = "the reply {number} was refused by the mail server (reply code {reply}): look at [outbound], then `mailferry retry` its ticket"


def due(store: Store, config: Config, now: datetime) -> list[int]:
    """Return the replies to send now, or to show to staff; none that is kept, or beyond the hourly limits."""
    with store.look() as work:
        waiting = work.replies(*WAITING, due=now)
        sent = [_key(recipients) for recipients in work.sent_since(now - timedelta(hours=1))]
    relays = [one.sender for one in config.support.helpdesk_relays]
    desks = {one.casefold() for one in (*relays, config.ticket_address())}  # they stand for many customers
    chosen = []
    for reply in waiting:
        if _is_kept(config, reply):
            continue
        if reply["kind"] == DRAFT:
            chosen.append(int(reply["id"]))
            continue
        mine = sent.count(_key(reply["recipients"]))
        room = mine < config.limits.replies_per_address_per_hour or _key(reply["recipients"]) in desks
        if len(sent) < config.limits.replies_per_hour and room:
            chosen.append(int(reply["id"]))
            sent.append(_key(reply["recipients"]))
    return chosen


def _is_kept(config: Config, reply: Json) -> bool:
    """Say whether nothing is to be done for a reply until staff releases it, or [outbound] says otherwise again."""
    outbound = config.outbound
    if reply["released_at"] is not None:
        return False
    return outbound.hold or (outbound.shadow and reply["kind"] != DRAFT and reply["state"] != "queued")


def _key(recipients: list[str]) -> str:
    return recipients[0].casefold()


def send(store: Store, config: Config, number: int, now: datetime) -> str:
    """Deliver one reply and file its copy in Sent, as far as either is still to do; return its state afterwards."""
    with store.begin() as work:
        reply = work.reply(number)
        if reply is None:
            return "gone"
        if reply["state"] in WAITING or reply["filed_at"] is None:
            reply["attempts"] += 1  # first, so that no two jobs have one name, whatever happens below
            work.set_reply(number, attempts=reply["attempts"])
    state = str(reply["state"])
    if state in WAITING and not _is_kept(config, reply):
        step = _resolve if state != "queued" else _show if _is_shadowed(config, reply) else _deliver
        state = step(store, config, reply, now)
    if state == "sent":
        file_copy(store, config, number, now)
    return state


def _is_shadowed(config: Config, reply: Json) -> bool:
    return config.outbound.shadow and reply["kind"] != DRAFT and reply["released_at"] is None


def _show(store: Store, config: Config, reply: Json, now: datetime) -> str:
    """Let staff see the reply in place of its reader: one transaction, so that it is shown once."""
    sender, number = config.outbound.address(), int(reply["id"])
    identity = f"{str(reply['message_id']).strip('<').partition('.')[0]}.draft.{number}"
    message_id = f"<{identity}.{store.vault.sign(identity)}@{sender.rpartition('@')[2]}>"
    readers = config.draft_readers()
    mime = render_draft(
        bytes(reply["mime"]), number, reply["recipients"], readers=readers, sender=sender, message_id=message_id, date=now
    )  # fmt: skip
    with store.begin() as work:
        work.set_draft(reply, {"message_id": message_id, "recipients": [*readers], "mime": mime}, now)
    return DRAFT


def _resolve(store: Store, config: Config, reply: Json, now: datetime) -> str:
    """A dot without an answer: look whether our copy came; when it had time enough, send once more at most."""
    known = bool(reply["sent_at"])  # staff sends it again after it came back: an older copy proves nothing
    arrived = False if known else _arrived(config, str(reply["message_id"]))
    if arrived:
        return _mark(store, reply, "sent", sent_at=stamp(now), run_at=stamp(now), why="found after a crash")
    if stamp(now) < reply["run_at"]:
        return str(reply["state"])  # a job that an earlier process left: its copy may still come
    if arrived is None:
        return _put_off(store, reply, "in doubt, and the support mailbox cannot be looked into", now)
    if known or reply["state"] == "again":
        return _mark(store, reply, "failed", why=DOUBTFUL)
    return _deliver(store, config, reply, now)


def _deliver(store: Store, config: Config, reply: Json, now: datetime) -> str:
    was, in_doubt = str(reply["state"]), "again" if reply["state"] == "sending" else "sending"
    wait = stamp(now + config.outbound.receipt_wait)
    dotted = False
    try:
        with _connected(config) as server:
            _begin(server, config, reply["recipients"])
            _hand_over(server, bytes(reply["mime"]))
            _mark(store, reply, in_doubt, run_at=wait)
            dotted = True
            code = _end(server)
            if code == 250:
                return _mark(store, reply, "sent", sent_at=stamp(now), run_at=stamp(now), why="")
            return _refused(store, reply, code, now)
    except _Unusable as unusable:
        return _mark(store, reply, "failed", why=str(unusable))
    except (smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refused:
        return _refused(store, reply, _code(refused), now)
    except smtplib.SMTPResponseException as refused:  # greeting, EHLO, login: about us, never about this mail
        return _put_off(store, reply, f"reply code {refused.smtp_code}", now)
    except (OSError, smtplib.SMTPException) as error:
        why = f"no connection ({type(error).__name__})"
        return _doubt(store, reply, in_doubt, why) if dotted else _put_off(store, reply, why, now, was)


def _doubt(store: Store, reply: Json, state: str, why: str) -> str:
    """The answer to the dot is lost. Our copy may have come before we noticed: then there is no doubt."""
    with store.begin() as work:
        after = work.reply(int(reply["id"])) or reply
        if after["state"] == state:
            work.set_reply(int(reply["id"]), why=f"in doubt, {why}: waits for our own copy")
    return str(after["state"])


class _Unusable(Exception):
    """The address cannot be said in SMTP."""


@contextmanager
def _connected(config: Config) -> Iterator[smtplib.SMTP]:
    """A greeted, secured, logged-in connection. How it is left decides nothing: 250 behind the dot was the answer."""
    server = _connect(config)
    try:
        yield server
        if server.sock is not None:
            server.sock.settimeout(5)
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
    finally:
        server.close()


def _connect(config: Config) -> smtplib.SMTP:
    where = config.outbound.endpoint()
    domain = config.outbound.address().rpartition("@")[2]
    secure = ssl.create_default_context()
    server: smtplib.SMTP
    if where.security == "tls":
        server = smtplib.SMTP_SSL(
            where.host, where.port, local_hostname=domain, timeout=TIMEOUT_SECONDS, context=secure
        )
    else:
        server = smtplib.SMTP(where.host, where.port, domain, TIMEOUT_SECONDS)
    try:
        if where.security == "starttls":
            server.starttls(context=secure)
        if config.outbound.user:
            server.login(config.outbound.user, (config.outbound.password() or Secret("")).reveal())
        server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return server


def _begin(server: smtplib.SMTP, config: Config, recipients: list[str]) -> None:
    """MAIL and RCPT; the envelope sender is ours, so that a bounce comes back here and is only recorded.

    The last recipient is ourselves: that copy is the receipt. A refused one stops nothing, as a refused Cc does.
    """
    code, said = server.mail(config.outbound.address())
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, said, "")
    requester, *others = recipients
    code = _recipient(server, requester)
    if code not in (250, 251):
        raise smtplib.SMTPRecipientsRefused({requester: (code, b"")})
    named = {one.casefold() for one in recipients}
    receipt = config.receipt_address()
    for other in (*others, *([receipt] if receipt.casefold() not in named else [])):
        if _sayable(other):
            _recipient(server, other)


def _recipient(server: smtplib.SMTP, address: str) -> int:
    if not _sayable(address):
        raise _Unusable("the address cannot be written to: answer by hand")
    return server.rcpt(address)[0]


def _sayable(address: str) -> bool:
    """Say whether an address can stand in RCPT (RFC 5321 section 4.1.2); other alphabets need SMTPUTF8, which we lack."""
    return re.fullmatch(r"[!-;=?A-~]{1,250}@[!-;=?A-~]{1,250}", address) is not None


def _hand_over(server: smtplib.SMTP, mime: bytes) -> None:
    """DATA and the whole mail but for its final dot: nothing is accepted before that (RFC 5321 section 4.1.1.4)."""
    code, said = server.docmd("DATA")
    if code != 354:
        raise smtplib.SMTPDataError(code, said)
    stuffed = re.sub(rb"(?m)^\.", b"..", mime)
    server.send(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n")


def _end(server: smtplib.SMTP) -> int:
    assert server.sock is not None
    server.sock.settimeout(DOT_SECONDS)
    server.send(b".\r\n")
    return server.getreply()[0]


def _code(refused: smtplib.SMTPException) -> int:
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        return next(int(code) for code, _ in refused.recipients.values())
    return int(getattr(refused, "smtp_code", 0))


def _refused(store: Store, reply: Json, code: int, now: datetime) -> str:
    if 500 <= code < 600:
        return _mark(store, reply, "failed", why=str(SendingFailed(number=int(reply["id"]), reply=code)))
    return _put_off(store, reply, f"reply code {code}", now)


def _put_off(store: Store, reply: Json, why: str, now: datetime, state: str = "") -> str:
    """Again with back-off; when there is no end in sight: staff."""
    state, tries = state or str(reply["state"]), int(reply["attempts"]) % MOST_TRIES
    if tries == 0:
        return _mark(store, reply, "failed", why=f"given up after {reply['attempts']} tries: {why}")
    return _mark(store, reply, state, run_at=stamp(now + _delay(tries)), why=f"put off, {why}")


def _delay(tries: int) -> timedelta:
    return min(timedelta(seconds=15 * 2 ** min(tries, 10)), timedelta(hours=2))


def _mark(store: Store, reply: Json, state: str, **values: object) -> str:
    with store.begin() as work:
        work.set_reply(int(reply["id"]), state=state, **values)
    return state


# --- the copy in Sent -----------------------------------------------------------------------------------------------


def unfiled(store: Store, now: datetime) -> list[int]:
    """Return the sent replies whose copy in Sent is still to be made, and due."""
    with store.look() as work:
        return work.unfiled(now, since=now - FILING_TIME)


def file_copy(store: Store, config: Config, number: int, now: datetime) -> bool:
    """Put a copy of a sent reply into Sent, once; what fails is tried again when `unfiled` names it."""
    with store.begin() as work:
        reply = work.reply(number)
    if reply is None or reply["filed_at"] is not None or reply["state"] != "sent":
        return False
    try:
        with open_account(inbox_login(config), "inbox") as account:
            folder = _sent_folder(account, config)
            if folder is not None:
                account.select(folder, readonly=True)
                if not account.find_message_id(str(reply["message_id"])):
                    account.append(folder, bytes(reply["mime"]), ["\\Seen"], now)
    except (BotError, Refused):
        _mark(store, reply, "sent", run_at=stamp(now + _delay(int(reply["attempts"]) % MOST_TRIES)))
        return False
    if folder is None:
        _mark(store, reply, "sent", filed_at="", why="no copy: name a folder in [outbound] sent_folder")
        return False
    _mark(store, reply, "sent", filed_at=stamp(now))
    return True


def _sent_folder(account: Account, config: Config) -> bytes | None:
    named = config.outbound.sent_folder
    return encode_name(named) if named else account.special_folder("sent")


def _arrived(config: Config, message_id: str) -> bool | None:
    """Look whether a doubtful reply went out: in Sent, and in the support mailbox (we may be on Cc).

    None = could not be told now.
    """
    try:
        with open_account(inbox_login(config), "inbox") as account:
            for folder in (_sent_folder(account, config), encode_name(config.inbox.folder)):
                if folder is not None and _holds(account, folder, message_id):
                    return True
    except (BotError, Refused):
        return None
    return False


def _holds(account: Account, folder: bytes, message_id: str) -> bool:
    try:
        account.select(folder, readonly=True)
    except Refused:
        return False  # no such folder
    return bool(account.find_message_id(message_id))

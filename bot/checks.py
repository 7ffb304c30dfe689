"""Whether everything Mailferry needs is there, tried for real: one finding per part, each with what to do about it.

Logs in and looks; sends no mail, writes into no mailbox, makes nothing but a passing file in the state folder.
Only the canary, where it is asked for, sends mail and writes an event.
"""

import os
import secrets
import shutil
import smtplib
import sqlite3
import ssl
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from bot.config import Config
from bot.errors import BotError, ConfigBroken
from bot.model import Endpoint, Login, Secret

TIMEOUT_SECONDS: Final = 20
FREE_BYTES: Final = 2**30
CLOCK_SECONDS: Final = 5
_NEWEST: Final = 20  # mails of the inbox among which the canary is looked for
# The mail engine's errors name the previous provider; here the server is one of ours.
IMAP_TROUBLE: Final = {
    "source-host-unknown": ("there is no server of that name", "correct the host"),
    "source-unreachable": ("no answer", "check host, port and firewall"),
    "source-tls-failed": (
        "no TLS with a valid certificate for that name",
        "correct host and security, or the certificate",
    ),
    "source-login-refused": ("the login was refused", "check user and password"),
    "source-throttled": ("the server asks to wait", "try again in some minutes"),
    "source-broken": ("this does not answer like an IMAP server", "check host and port"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about one part."""

    part: str
    state: Literal["ok", "warn", "FAIL"]
    said: str
    do: str = ""

    def __str__(self) -> str:
        line = f"{self.state:4}  {self.part:12}  {self.said}"
        return f"{line}: {self.do}" if self.do else line


def check_all(config: Config, account: str = "") -> Iterator[Finding]:
    """Yield one finding per part, as soon as it is there.

    Args:
        config: as loaded.
        account: an address of ours to enter as the daemon would; "" = only see whether the server answers.
    """
    yield _ok("config", "every key is known and every secret file is private")
    checks: tuple[Callable[[], Finding], ...] = (
        lambda: check_key(config),
        lambda: check_state(config.store.state),
        lambda: check_store(config),
        lambda: check_clock(config.store.state),
        lambda: probe_inbox(
            _inbox_login(config), config.inbox.folder, config.inbox.keyword, config.outbound.sent_folder
        ),
        lambda: probe_smtp(
            config.outbound.endpoint(),
            config.outbound.user,
            config.outbound.password(),
            config.outbound.address(),
        ),
        lambda: check_destination(config, account),
        lambda: check_dav(config),
        lambda: check_directory(config),
        lambda: check_authserv(config),
    )
    for check in checks:
        try:
            yield check()
        except ConfigBroken as broken:  # a secret that vanished since the start
            yield _fail("config", str(broken), "mend it")


def _ok(part: str, said: str) -> Finding:
    return Finding(part=part, state="ok", said=said)


def _fail(part: str, said: str, do: str) -> Finding:
    return Finding(part=part, state="FAIL", said=said, do=do)


def check_key(config: Config) -> Finding:
    """Open the key file."""
    from bot.vault import open_vault

    assert config.store.key_file is not None
    try:
        open_vault(config.store.key_file)
    except ConfigBroken as broken:
        return _fail("key", str(broken), "without it no password can be kept")
    beside = config.store.state in config.store.key_file.parents
    if beside:
        return Finding(
            part="key",
            state="warn",
            said="it lies in the state folder",
            do="keep it apart from what it seals",
        )
    return _ok("key", "a 256-bit key, closed to others")


def check_state(folder: Path) -> Finding:
    """Write a passing file into the state folder (or where it will be made), and look at the free space."""
    place = folder if folder.exists() else folder.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free
    except OSError:
        return _fail(
            "state", f"{place} may not be written to by this user", "run as the daemon's user, or chown it"
        )
    if folder.exists() and stat.S_IMODE(folder.stat().st_mode) & stat.S_IRWXO:
        return _fail("state", f"{folder} is open to others on this host", f"chmod 700 {folder}")
    if free < FREE_BYTES:
        return Finding(
            part="state", state="warn", said=f"{free // 2**20} MiB free in {place}", do="make room"
        )
    return _ok("state", f"{folder}, {free // 2**30} GiB free")


def check_store(config: Config) -> Finding:
    """Open the database; SQLite only for reading, so that a check by root leaves no file of root's behind."""
    if config.store.url:
        return _check_server_store(config)
    file = config.store.state / "mailferry.db"
    if not file.exists():
        return _ok("store", f"{file} will be made by the first run")
    try:
        with sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True) as connection:
            said = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error:
        said = "unreadable"
    if said != "ok":
        return _fail(
            "store", f"{file} is damaged or not readable", "restore it from the backup (docs/operate.md)"
        )
    return _ok("store", str(file))


def _check_server_store(config: Config) -> Finding:
    from bot.store import open_store
    from bot.vault import open_vault

    assert config.store.key_file is not None
    try:
        open_store(config.store.url, open_vault(config.store.key_file)).close()
    except ConfigBroken:
        raise
    except Exception as failed:  # noqa: BLE001 (the driver's own error types; their text may hold the password)
        return _fail(
            "store",
            f"the database does not open ({type(failed).__name__})",
            "check [store] url and its server",
        )
    return _ok("store", "the database opens and its tables are up to date")


def check_clock(folder: Path, now: datetime | None = None) -> Finding:
    """Compare our clock with the one that stamps files, and with common sense."""
    here = now or datetime.now(UTC)
    place = folder if folder.exists() else folder.parent
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            apart = abs(os.fstat(file.fileno()).st_mtime - here.timestamp())
    except OSError:
        apart = 0
    if apart > CLOCK_SECONDS or not 2025 <= here.year < 2100:
        return _fail(
            "clock", f"it is {here:%Y-%m-%d %H:%M} UTC here, files say otherwise", "set the clock, run NTP"
        )
    return _ok("clock", f"{here:%Y-%m-%d %H:%M} UTC")


def _inbox_login(config: Config) -> Login:
    password = config.inbox.password() or Secret("")
    return Login(endpoint=config.inbox.endpoint(), user=config.inbox.user, password=password, checked=True)


def probe_inbox(login: Login, folder: str, keyword: str, sent_folder: str = "") -> Finding:
    """Log in to the support mailbox; see IDLE, the keyword and the Sent folder."""
    from bot.mail.account import open_account
    from bot.mail.wire import Refused

    where = f"{login.user} at {login.endpoint}"
    try:
        with open_account(login, "source") as account:
            idle = (
                "told of new mail at once (IDLE)" if account.has("IDLE") else "looked at every [inbox] poll"
            )
            try:
                flags = account.select(folder.encode(), readonly=False).permanent_flags
            except Refused:
                return _fail("inbox", f"{where}: there is no folder {folder}", "correct [inbox] folder")
            sent = sent_folder or (account.special_folder("sent") or b"").decode("ascii", "replace")
    except BotError as error:
        return _imap_trouble("inbox", where, error)
    if flags is not None and not {"\\*", keyword} & flags:
        return Finding(
            part="inbox",
            state="warn",
            said=f"{where}: keeps no keywords",
            do="taken mails will not be marked",
        )
    if not sent:
        return Finding(
            part="inbox", state="warn", said=f"{where}: names no Sent folder", do="set [outbound] sent_folder"
        )
    return _ok("inbox", f"{where}: {idle}, keywords kept, copies go to {sent}")


def _imap_trouble(part: str, where: str, error: BotError) -> Finding:
    said, do = IMAP_TROUBLE.get(error.code, (error.code, "see docs/operate.md"))
    return _fail(part, f"{where}: {said}", do)


def probe_smtp(endpoint: Endpoint, user: str, password: Secret | None, sender: str) -> Finding:
    """Log in and offer our sender address; no mail is sent (MAIL FROM, then RSET: RFC 5321 section 4.1.1.5)."""
    where = f"{user or 'no login'} at {endpoint}"
    try:
        with _smtp(endpoint) as server:
            if user:
                server.login(user, (password or Secret("")).reveal())
            server.ehlo_or_helo_if_needed()
            code, _ = server.mail(sender)
            server.rset()
    except smtplib.SMTPAuthenticationError:
        return _fail("outbound", f"{where}: the login was refused", "check user and password")
    except smtplib.SMTPNotSupportedError:
        return _fail(
            "outbound", f"{where}: the server takes no login, or has no STARTTLS", "check port and security"
        )
    except ssl.SSLError:
        return _fail(
            "outbound", f"{where}: no TLS with a valid certificate", "correct host, port and security"
        )
    except (OSError, smtplib.SMTPException):
        return _fail(
            "outbound", f"{where}: no answer as an SMTP server gives it", "check host, port and firewall"
        )
    if code != 250:
        return _fail(
            "outbound", f"{where}: may not send as {sender}", "correct [outbound] from, or allow it there"
        )
    return _ok("outbound", f"{where}: may send as {sender}")


def _smtp(endpoint: Endpoint) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    if endpoint.security == "tls":
        return smtplib.SMTP_SSL(endpoint.host, endpoint.port, timeout=TIMEOUT_SECONDS, context=secure)
    server = smtplib.SMTP(endpoint.host, endpoint.port, timeout=TIMEOUT_SECONDS)
    try:
        if endpoint.security == "starttls":
            server.starttls(context=secure)
    except BaseException:
        server.close()
        raise
    return server


def check_destination(config: Config, account: str = "") -> Finding:
    """Enter an account as the daemon would: the given one, or the support mailbox where it is on the same server."""
    from bot.steps import destination_login

    inbox_is_ours = config.inbox.host == config.destination.imap_host and "@" in config.inbox.user
    account = account or (config.inbox.user if inbox_is_ours else "")
    if not account or config.destination.auth == "password":
        return probe_greeting(config.destination.endpoint())
    try:
        return probe_account(destination_login(config, account, Secret("")), account)
    except BotError as error:
        return _fail("destination", str(error), "name an address of ours")


def probe_account(login: Login, account: str) -> Finding:
    """Log in to one of our own accounts."""
    from bot.mail.account import open_account

    where = f"{account} at {login.endpoint}"
    try:
        with open_account(login, "source") as entered:
            folders = len(entered.folders())
    except BotError as error:
        said, do = IMAP_TROUBLE.get(error.code, (error.code, "see docs/operate.md"))
        if error.code == "source-login-refused":
            do = "check master_user, master_password and that the server lets it in; or the account does not exist"
        return _fail("destination", f"{where}: {said}", do)
    return _ok("destination", f"{where}: entered, {folders} folders")


def probe_greeting(endpoint: Endpoint) -> Finding:
    """See whether our IMAP server answers over verified TLS; log in to nothing."""
    from bot.net import connect

    try:
        connection = connect(endpoint, None, side="source", timeout=TIMEOUT_SECONDS)
        with connection:
            greeting = connection.recv(4)
    except BotError as error:
        return _imap_trouble("destination", str(endpoint), error)
    except OSError:
        greeting = b""
    if greeting != b"* OK":
        return _fail(
            "destination", f"{endpoint}: this does not answer like an IMAP server", "check host and port"
        )
    return Finding(
        part="destination",
        state="warn",
        said=f"{endpoint} answers; the login was not tried",
        do="the check of the first request will show it",
    )


def check_dav(config: Config) -> Finding:
    """Log in to the contacts and calendar server."""
    if not config.dav.url:
        return _ok("dav", "none: contacts and calendars are left to staff")
    if config.dav.auth == "password":
        return Finding(
            part="dav",
            state="warn",
            said=f"{config.dav.url}: not tried",
            do="each row brings its own password",
        )
    if config.dav.auth == "app-password":
        return Finding(
            part="dav",
            state="warn",
            said=f"{config.dav.url}: not tried",
            do="a password is made for each import",
        )
    found = probe_dav(config.dav.url, config.dav.user, config.dav.password() or Secret(""))
    return replace(found, said=found.said + _silence(config)) if found.state == "ok" else found


def _silence(config: Config) -> str:
    from bot.dav.canary import proven_on

    shown = proven_on(config.store.state, config.dav.url)
    if shown:
        return f"; wrote to nobody on {shown:%Y-%m-%d}"
    return "; participants are kept as text (check --canary may show that they need not be)"


def prove_dav(config: Config) -> Finding:
    """Invite the canary in a calendar of our own, and see that nothing arrives; a mail that has to arrive comes first.

    What was shown is kept in the state folder, for this host.
    """
    from bot.dav.canary import WAIT, prove_silence, save_proof
    from bot.dav.client import DavTarget, open_collection

    dav, sender = config.dav, config.outbound.address()
    if not (dav.url and dav.user and dav.canary):
        return _fail("canary", "not tried", "set [dav] url, user, password_file and canary")
    control = f"canary{secrets.token_hex(12)}"
    target = DavTarget(
        url=dav.url,
        user=dav.user,
        auth_user=dav.user,
        password=dav.password() or Secret(""),
        profile=dav.profile,
    )
    try:
        _send_word(config, sender, control)
        deadline = time.monotonic() + 2 * WAIT
        while not _arrived(config, control):
            if time.monotonic() > deadline:
                return _fail(
                    "canary", f"a mail to {dav.canary} does not arrive in [inbox]", "correct [dav] canary"
                )
            time.sleep(2)
        with open_collection(target, "calendar") as calendar:
            organizer = dav.user if "@" in dav.user else sender
            silent = prove_silence(calendar, organizer, dav.canary, lambda word: _arrived(config, word))
    except (BotError, OSError, smtplib.SMTPException) as error:
        return _fail("canary", getattr(error, "code", type(error).__name__), "nothing was shown; try again")
    save_proof(config.store.state, dav.url, silent=silent, now=datetime.now(UTC))
    if silent:
        return _ok("canary", f"{target.host} wrote to nobody")
    return Finding(
        part="canary",
        state="warn",
        said=f"{target.host} writes to participants in spite of being told not to",
        do="participants are kept as text",
    )


def _send_word(config: Config, sender: str, word: str) -> None:
    with _smtp(config.outbound.endpoint()) as server:
        if config.outbound.user:
            server.login(config.outbound.user, (config.outbound.password() or Secret("")).reveal())
        head = f"From: {sender}\r\nTo: {config.dav.canary}\r\nSubject: {word}\r\nAuto-Submitted: auto-generated\r\n"
        server.sendmail(sender, [config.dav.canary], f"{head}\r\n{word}\r\n".encode())


def _arrived(config: Config, word: str) -> bool:
    """Say whether one of the newest mails of the inbox holds the word; nothing is marked."""
    from bot.mail.account import open_account

    with open_account(_inbox_login(config), "source") as account:
        first = account.select(config.inbox.folder.encode(), readonly=True).uidnext - _NEWEST
        bodies = (account.fetch_message(uid) for uid in account.uids_from(max(1, first)))
        return any(word.encode() in body for body in bodies if body)


def probe_dav(url: str, user: str, password: Secret) -> Finding:
    """Ask the server who we are (RFC 5397). Makes nothing."""
    from urllib.parse import urlsplit

    from bot.dav.target import DavTarget
    from bot.dav.wire import Wire

    wire = Wire(DavTarget(url=url, user=user, auth_user=user, password=password))
    try:
        wire.propfind(urlsplit(url).path or "/", "<D:current-user-principal/>")
    except BotError as error:
        trouble = {
            "dav-login-refused": ("the login was refused", "check user and password"),
            "dav-tls-failed": ("no valid certificate", "correct the url or the certificate"),
            "dav-unreachable": ("no answer", "check the url and firewall"),
        }
        said, do = trouble.get(error.code, ("this does not answer like a DAV server", "check the url"))
        return _fail("dav", f"{url}: {said}", do)
    finally:
        wire.close()
    return _ok("dav", f"{user} at {url}: logged in")


def check_directory(config: Config) -> Finding:
    """Read directory.toml."""
    try:
        listed = len(config.directory.read().senders)
    except ConfigBroken as broken:
        return _fail("directory", str(broken), "until then every order waits for staff")
    return _ok("directory", f"{listed} senders may order for further domains")


def check_authserv(config: Config) -> Finding:
    """See whether any sender can ever be proven."""
    if config.support.authserv_id:
        return _ok("authserv_id", f"{config.support.authserv_id}: its results prove senders")
    do = "write the first word of the topmost Authentication-Results line of a received mail there"
    return Finding(
        part="authserv_id", state="warn", said="none: every request waits for `mailferry approve`", do=do
    )

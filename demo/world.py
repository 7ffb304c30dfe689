"""A small world on loopback: old provider, new host with its support desk, and everything Mailferry needs to serve it."""

import os
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.vault import new_key
from demo.distance import Distance
from demo.exchanger import MailExchanger, into_mailbox
from demo.nameserver import NameServer
from demo.servers import Authority, Dovecot, ImapServer, Pymap, Radicale, die_with_parent, dovecot_program

SUPPORT = "support@host.example"
SUPPORT_PASSWORD = "support-Pw1"
MASTER = ("ferry", "m4ster-Secret")
SERVICE = ("ferry", "dav-S3rvice")
AUTHSERV = "mx.host.example"
ROUND_TRIP_MS, BYTES_PER_SECOND = 40, 1_000_000
OLD_FOLDERS = {"Sent Items": "\\Sent", "Entwürfe": "\\Drafts", "Spam": "\\Junk", "Deleted Items": "\\Trash"}


def choose_imap(wanted: str | None) -> str:
    """Return "dovecot" or "pymap": the one wanted, else Dovecot where it is installed."""
    return wanted or ("dovecot" if dovecot_program() else "pymap")


class World:
    """Servers, a bot.toml and a customer's pen. A context manager; everything is gone at the end.

    Args:
        imap: "dovecot" or "pymap" for all mailboxes; None = Dovecot where it is installed.
        far: put a slow line before the old provider's server, as there is one in real life.
    """

    def __init__(self, imap: str | None = None, *, far: bool = False) -> None:
        self.imap, self._far = choose_imap(imap), far
        self.base = Path(tempfile.mkdtemp(prefix="mf"))
        self.base.chmod(0o755)
        self._stack = ExitStack()
        self._daemon: subprocess.Popen[bytes] | None = None
        self.answers: list[bytes] = []  # every mail that reached a customer

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _start(self) -> None:
        self._environment = {name: os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
        self.authority = Authority(self.base / "ca")
        os.environ["SSL_CERT_FILE"] = str(self.authority.ca_file)
        os.environ.pop("SSL_CERT_DIR", None)
        enter = self._stack.enter_context
        self.old = self._old_server()
        enter(self.old)
        self.new = self._new_server()
        enter(self.new)
        self.source_port = self.old.tls_port
        if self._far:
            way = Distance(
                self.old.tls_port, self.base, round_trip_ms=ROUND_TRIP_MS, bytes_per_second=BYTES_PER_SECOND
            )
            self.source_port = enter(way).port
        self.names = enter(NameServer(owns=True))
        self.dav = enter(Radicale(self.base / "dav", {}, SERVICE))
        self.mx = enter(MailExchanger(AUTHSERV))
        self.new.add_user(SUPPORT, SUPPORT_PASSWORD)
        ca_file = str(self.authority.ca_file)
        self.mx.deliver[SUPPORT] = into_mailbox(self.new.tls_port, SUPPORT, SUPPORT_PASSWORD, ca_file)
        self.config = self._configure()

    def _old_server(self) -> ImapServer:
        base = self.base / "old"
        if self.imap == "pymap":
            below = [f"INBOX.{name}" for name in OLD_FOLDERS]
            return Pymap(base, self.authority, separator=".", folders=below)
        return Dovecot(base, self.authority, separator=".", prefix="INBOX.", special=OLD_FOLDERS)

    def _new_server(self) -> ImapServer:
        base = self.base / "new"
        return (
            Pymap(base, self.authority)
            if self.imap == "pymap"
            else Dovecot(base, self.authority, master=MASTER)
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill_daemon()
        self._stack.close()
        for name, value in getattr(self, "_environment", {}).items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
        shutil.rmtree(self.base, ignore_errors=True)

    def _configure(self) -> Path:
        folder = self.base / "bot"
        (folder / "secrets").mkdir(parents=True)
        secrets = {"inbox": SUPPORT_PASSWORD, "master": MASTER[1], "dav": SERVICE[1], "key": new_key()}
        for name, value in secrets.items():
            (folder / "secrets" / name).write_text(value)
            (folder / "secrets" / name).chmod(0o600)
        (folder / "bot.toml").write_text(
            f"""[inbox]
host = "localhost"
port = {self.new.tls_port}
user = "{SUPPORT}"
password_file = "secrets/inbox"
[support]
addresses = ["{SUPPORT}"]
staff = ["ann@host.example"]
authserv_id = "{AUTHSERV}"
name = "Host Example Support"
[outbound]
host = "localhost"
port = {self.mx.port}
security = "plain"
from = "{SUPPORT}"
[destination]
imap_host = "localhost"
port = {self.new.tls_port}
{self._destination_auth()}
[dav]
url = "{self.dav.url}"
user = "{SERVICE[0]}"
password_file = "secrets/dav"
[source]
ports = [993, 143, {self.old.tls_port}, {self.old.port}, {self.source_port}]
allow_networks = ["127.0.0.0/8", "::1/128"]
[directory]
file = "directory.toml"
[dns]
mx = ["mx1.host.example", "mx2.host.example"]
spf_include = ["_spf.host.example"]
aliases = {{ autoconfig = "autoconfig.host.example" }}
resolvers = ["{self.names.address}"]
port = {self.names.port}
watch = "1s"
[store]
key_file = "secrets/key"
"""
        )
        return folder / "bot.toml"

    def _destination_auth(self) -> str:
        if self.imap == "pymap":
            return 'auth = "password"'
        return f'master_user = "{MASTER[0]}"\nmaster_password_file = "secrets/master"'

    # --- accounts -----------------------------------------------------------------------------------------------

    def account(self, address: str, password: str) -> None:
        """Make an account at the old provider and its new mailbox; without master users both have one password."""
        self.old.add_user(address, password)
        self.new.add_user(address, password if self.imap == "pymap" else "new-" + password)

    def new_login(self, address: str, password: str) -> tuple[str, str]:
        """Return user and password that open a new mailbox, given the old password."""
        return (address, password) if self.imap == "pymap" else (f"{address}*{MASTER[0]}", MASTER[1])

    def customer(self, address: str, keep: Callable[[bytes], None] | None = None) -> None:
        """Let mail to this address reach `answers`."""
        self.mx.deliver[address] = keep or self.answers.append

    # --- writing --------------------------------------------------------------------------------------------------

    def write(
        self,
        sender: str,
        subject: str,
        text: str,
        attachments: tuple[tuple[str, str, bytes], ...] = (),
        answering: bytes | None = None,
        cc: str = "",
    ) -> bytes:
        """Return a mail as the customer's program writes it."""
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = sender, SUPPORT, subject
        mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
        if cc:
            mail["Cc"] = cc
        if answering is not None:
            before = BytesParser().parsebytes(answering)
            thread = f"{before.get('References', '')} {before['Message-ID']}".split()  # unfolds it, too
            mail["In-Reply-To"], mail["References"] = thread[-1], " ".join(thread)
        mail.set_content(text)
        for name, content_type, data in attachments:
            main, _, sub = content_type.partition("/")
            mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
        return mail.as_bytes()

    def send(self, raw: bytes, helo: str = "") -> None:
        """Hand a mail to the MX; `helo` other than the sender's own mail server makes it a forgery."""
        head = BytesParser().parsebytes(raw, headersonly=True)
        domain = str(head["From"]).rpartition("@")[2].rstrip(">")
        with smtplib.SMTP("localhost", self.mx.port, local_hostname=helo or f"mail.{domain}") as server:
            server.sendmail(str(head["From"]), [SUPPORT], raw)

    # --- the daemon -----------------------------------------------------------------------------------------------

    def start_daemon(self, *more: str) -> subprocess.Popen[bytes]:
        """Start `mailferry run` as its own process."""
        log = (self.base / "bot" / "log").open("ab")
        with log:
            self._daemon = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", "--config", str(self.config), *more],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )
        return self._daemon

    def kill_daemon(self) -> None:
        """Kill the daemon as a power failure would (SIGKILL)."""
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGKILL)
            self._daemon.wait(10)
            self._daemon = None

    def stop_daemon(self) -> int | None:
        """Stop the daemon politely; return its exit code."""
        if self._daemon is None or self._daemon.poll() is not None:
            return None
        self._daemon.terminate()
        try:
            return self._daemon.wait(30)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
            return self._daemon.wait(10)

    def mailferry(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one verb and return what it printed."""
        command = [sys.executable, "-m", "bot", *words, "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    @property
    def log(self) -> str:
        """Everything the daemon said so far."""
        path = self.base / "bot" / "log"
        return path.read_text() if path.exists() else ""

    def wait_for(self, what: Callable[[], bool], seconds: float = 60, why: str = "") -> None:
        """Return as soon as `what()`; raise with the daemon's log when it does not come."""
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                raise TimeoutError(
                    f"waited {seconds} s for {why or what}; the daemon's log ends:\n{self.log[-3000:]}"
                )
            time.sleep(0.05)

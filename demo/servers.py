"""Real servers on loopback for the demo and the tests: Dovecot, pymap, Radicale. Each is a context manager.

Everything lives below one folder and on free ports; each child dies with this process (PR_SET_PDEATHSIG).
"""

import base64
import ctypes
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

SPECIAL: Mapping[str, str] = {"Drafts": "\\Drafts", "Sent": "\\Sent", "Junk": "\\Junk", "Trash": "\\Trash"}


def free_port() -> int:
    """Return a loopback port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def die_with_parent() -> None:
    """Ask the kernel to end this child when its parent ends, however that happens (prctl(2))."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def wait_for_port(port: int, process: subprocess.Popen[bytes] | None = None, seconds: float = 20) -> None:
    """Return as soon as something listens on the loopback port; raise when it does not, or its process ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"nothing listens on port {port} after {seconds} s")


class Child:
    """A server process that is stopped on the way out."""

    process: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str | Path], port: int, log: Path) -> None:
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=die_with_parent,
                umask=0o022,  # its parts run as several users
            )
        wait_for_port(port, self.process)

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Authority:
    """A certificate authority for one run. Set SSL_CERT_FILE to `ca_file` and TLS verification is real."""

    def __init__(self, base: Path) -> None:
        base.mkdir(parents=True, exist_ok=True)
        self.base = base
        ca = trustme.CA()
        self.ca_file = base / "ca.pem"
        ca.cert_pem.write_to_path(str(self.ca_file))
        issued = ca.issue_cert("localhost", "127.0.0.1", "::1")
        self.key_file, self.cert_file = base / "key.pem", base / "cert.pem"
        issued.private_key_pem.write_to_path(str(self.key_file))
        for number, pem in enumerate(issued.cert_chain_pems):
            pem.write_to_path(str(self.cert_file), append=number > 0)
        self.key_file.chmod(0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to stop."""


def dovecot_program() -> str | None:
    """Return the path of a Dovecot 2.3, or None when there is none: 2.4 wants another configuration."""
    program = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        return None
    try:
        said = subprocess.run([program, "--version"], capture_output=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    return program if said.startswith(b"2.3.") else None


class Dovecot(Child):
    """Debian's Dovecot 2.3 with one generated configuration, as root or as an ordinary user.

    Args:
        base: its own folder; keep the path short (unix sockets).
        authority: gives the certificate for "localhost".
        separator, prefix: of the only namespace ("." and "INBOX." for the Courier habit).
        special: folder name -> special use, created and subscribed.
        capability: replaces the announced capabilities ("IMAP4rev1" for a poor server).
        quota_mb: storage quota of every account; None = none.
        master: (user, password) who may log in as "account*user" (Dovecot master users).
        compress: COMPRESS=DEFLATE (RFC 4978) is announced.
    """

    host = "localhost"

    def __init__(
        self,
        base: Path,
        authority: Authority,
        *,
        separator: str = "/",
        prefix: str = "",
        special: Mapping[str, str] = SPECIAL,
        capability: str | None = None,
        quota_mb: int | None = None,
        master: tuple[str, str] | None = None,
        max_connections: int = 200,
        compress: bool = False,
    ) -> None:
        self.base, self.port, self.tls_port = base, free_port(), free_port()
        for folder in ("run", "lib", "mail", "users"):
            (base / folder).mkdir(parents=True, exist_ok=True)
            (base / folder).chmod(0o755)  # whatever the umask is
        self.root = os.getuid() == 0
        self.mail_uid, self.mail_gid = _mail_ids(base)
        _write_for_all(base / "masters", _user_line(*master) if master else "")
        (base / "dovecot.conf").write_text(
            self._config(
                authority,
                separator,
                prefix,
                special,
                capability,
                quota_mb,
                max_connections,
                compress=compress,
            )
        )
        program = dovecot_program()
        if program is None:
            raise RuntimeError("Dovecot 2.3 is not installed: apt-get install dovecot-imapd")
        self.start([program, "-F", "-c", base / "dovecot.conf"], self.port, base / "out")
        wait_for_port(self.tls_port, self.process)

    def add_user(self, address: str, password: str) -> None:
        """Make an account; works while the server runs.

        Each account is a file of its own: Dovecot looks at a file it knows once a second at most.
        """
        line = _user_line(address, password, self.mail_uid, self.mail_gid, self.base / "mail" / address)
        _write_for_all(self.base / "users" / address, line)

    def _config(
        self,
        authority: Authority,
        separator: str,
        prefix: str,
        special: Mapping[str, str],
        capability: str | None,
        quota_mb: int | None,
        max_connections: int,
        *,
        compress: bool,
    ) -> str:
        me, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        internal, internal_group, login = ("dovecot", "dovecot", "dovenull") if self.root else (me, group, me)
        folders = "\n".join(
            f'  mailbox "{name}" {{\n    special_use = {use}\n    auto = subscribe\n  }}'
            for name, use in special.items()
        )
        plugins = ["quota", "imap_quota"] * bool(quota_mb) + ["imap_zlib"] * compress
        quota = (
            f"mail_plugins = quota\n"
            f"plugin {{\n  quota = count:User quota\n  quota_vsizes = yes\n  quota_rule = *:storage={quota_mb}M\n}}"
            if quota_mb
            else ""
        )
        poor = f"imap_capability = {capability}" if capability else ""
        return f"""
base_dir = {self.base}/run
state_dir = {self.base}/lib
log_path = {self.base}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
default_vsz_limit = 2048M
ssl = yes
ssl_cert = <{authority.cert_file}
ssl_key = <{authority.key_file}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_master_user_separator = *
mail_location = mdbox:~/mdbox
mail_fsync = never
first_valid_uid = 1
mail_max_userip_connections = {max_connections}
{poor}
passdb {{
  driver = passwd-file
  master = yes
  pass = yes
  args = username_format=%u {self.base}/masters
}}
passdb {{
  driver = passwd-file
  args = username_format=%u {self.base}/users/%u
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {self.base}/users/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {self.port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {self.tls_port}
    ssl = yes
  }}
  service_count = 0
  process_min_avail = 1
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap {{
  process_limit = 512
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
{folders}
}}
{quota}
protocol imap {{
  mail_plugins = {" ".join(plugins)}
}}
"""


def _write_for_all(file: Path, text: str) -> None:
    """Write a file that Dovecot's own users read, whatever the umask is; these passwords open nothing."""
    file.write_text(text)
    file.chmod(0o644)


def _mail_ids(base: Path) -> tuple[int, int]:
    """The owner of the mail: never root (Dovecot refuses), so `nobody` when we are root."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    nobody = pwd.getpwnam("nobody")
    os.chown(base / "mail", nobody.pw_uid, nobody.pw_gid)
    for folder in [base, *base.parents]:
        if folder.owner() == "root" and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
        if folder.parent == Path("/") or folder.parent == Path("/tmp"):
            break
    return nobody.pw_uid, nobody.pw_gid


def _user_line(
    user: str, password: str, uid: int | str = "", gid: int | str = "", home: Path | str = ""
) -> str:
    """One passwd-file line; base64, so that the password may hold a colon."""
    sealed = base64.b64encode(password.encode()).decode()
    return f"{user}:{{PLAIN.b64}}{sealed}:{uid}:{gid}::{home}::\n"


class Pymap(Child):
    """pymap with everything in memory, where Dovecot cannot be had: same interface, but no master users.

    Args:
        base: its own folder.
        authority: gives the certificate for "localhost".
        separator: "." makes folders live below "INBOX.", as at Courier; there is no NAMESPACE to tell so.
        folders: what every account has from its first login on, as raw names; no special use is announced.
    """

    host = "localhost"

    def __init__(
        self,
        base: Path,
        authority: Authority,
        *,
        separator: str = "/",
        folders: Sequence[str] = tuple(SPECIAL),
    ) -> None:
        self.base, self.port, self.tls_port = base, free_port(), free_port()
        (base / "users").mkdir(mode=0o700, parents=True)
        for name, file in (("cert.pem", authority.cert_file), ("key.pem", authority.key_file)):
            shutil.copy(file, base / name)
        command = (sys.executable, "-m", "demo.pymap_server", str(base), str(self.port), str(self.tls_port))
        self.start([*command, separator, *folders], self.port, base / "log")
        wait_for_port(self.tls_port, self.process)

    def add_user(self, address: str, password: str) -> None:
        """Make an account; works while the server runs. Called again it replaces the password."""
        (self.base / "users" / address).write_text(password, "utf-8")


ImapServer = Dovecot | Pymap


class Radicale(Child):
    """Radicale over HTTP on loopback, as its own process.

    Args:
        users: login -> password.
        service: (login, password) of an account that may write below everybody's tree.
    """

    def __init__(self, base: Path, users: Mapping[str, str], service: tuple[str, str] | None = None) -> None:
        base.mkdir(parents=True, exist_ok=True)
        self.base, self.port = base, free_port()
        self.url = f"http://localhost:{self.port}/"
        self._users = base / "users"
        self._users.write_text("")
        for user, password in {**users, **(dict([service]) if service else {})}.items():
            self.add_user(user, password)
        rights = "[own]\nuser: .+\ncollection: {user}(/.*)?\npermissions: RrWw\n\n[root]\nuser: .+\ncollection:\npermissions: R\n"
        if service:
            rights = f"[service]\nuser: {service[0]}\ncollection: .*\npermissions: RrWw\n\n" + rights
        (base / "rights").write_text(rights)
        (base / "config").write_text(
            f"[server]\nhosts = localhost:{self.port}\n[storage]\nfilesystem_folder = {base}/data\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {self._users}\nhtpasswd_encryption = plain\ndelay = 0\n"
            f"[rights]\ntype = from_file\nfile = {base}/rights\n[logging]\nlevel = warning\n"
        )
        self.start([sys.executable, "-m", "radicale", "--config", base / "config"], self.port, base / "log")

    def add_user(self, user: str, password: str) -> None:
        """Make an account; works while the server runs (Radicale reads the file at each login)."""
        with self._users.open("a") as users:
            users.write(f"{user}:{password}\n")

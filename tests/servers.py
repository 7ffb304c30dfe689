"""Other real servers than Dovecot: Debian's Cyrus and Courier, unpacked below .servers by deploy/servers.sh.

They run on loopback below one folder, as an ordinary user: ours, or `nobody` when we are root.
"""

import os
import pwd
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from demo.servers import Authority, Child, free_port, wait_for_port

# Starts a program that is asked to end when we do, however that happens; preexec_fn is not for a process with threads.
ENDING: Final = ("setpriv", "--pdeathsig", "TERM")
UNPACKED: Final = Path(__file__).parent.parent / ".servers"
SPECIAL: Final[Mapping[str, str]] = {"Drafts": "drafts", "Sent": "sent", "Spam": "junk", "Trash": "trash"}


def missing(name: str) -> str | None:
    """Return why a server cannot be run here, None when it can."""
    if (UNPACKED / name / "complete").exists():
        return None
    return f"Debian's {name} is not unpacked: make all-servers (needs apt-get)"


class Programs:
    """One unpacked server where the user that runs it may read it."""

    def __init__(self, name: str, base: Path) -> None:
        if why := missing(name):
            raise RuntimeError(why)
        self.user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.base = base
        self.root = UNPACKED / name
        base.mkdir(mode=0o755, parents=True, exist_ok=True)
        if os.getuid() == 0:  # the project may lie where `nobody` may not look
            self.root = base / "programs"
            shutil.copytree(UNPACKED / name, self.root, symlinks=True)
            self.root.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        """Return an environment in which its programs find their libraries, and SASL its mechanisms."""
        found = [*self.root.glob("usr/lib/*-linux-gnu*"), *self.root.glob("lib/*-linux-gnu*")]
        libraries = ":".join(map(str, [*found, self.root / "usr/lib"]))
        plugins = ":".join(
            str(folder / "sasl2") for folder in [*found, *Path("/usr/lib").glob("*-linux-gnu*")]
        )
        path = os.environ.get("PATH", "/usr/bin:/bin")
        return {"PATH": path, "LD_LIBRARY_PATH": libraries, "SASL_PATH": plugins, **more}

    def give(self, places: Iterable[Path]) -> None:
        """Let the user that runs the server own these."""
        if os.getuid() == 0:
            owner = pwd.getpwnam(self.user)
            for place in places:
                os.chown(place, owner.pw_uid, owner.pw_gid)

    def as_user(self) -> dict[str, Any]:
        """Return what makes Popen start a program as that user."""
        group = pwd.getpwnam(self.user).pw_gid
        return {"user": self.user, "group": group, "extra_groups": []} if os.getuid() == 0 else {}


class Passwords:
    """saslauthd's protocol on a unix socket: whether a password is right. Any bytes but NUL make a password."""

    def __init__(self, socket_file: Path) -> None:
        self.known: dict[bytes, bytes] = {}  # by login
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(socket_file))
        self._listener.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                asked, _ = self._listener.accept()
                with asked, asked.makefile("rb") as lines, suppress(OSError):
                    user, password, _, realm = (
                        lines.read(int.from_bytes(lines.read(2), "big")) for _ in range(4)
                    )
                    login = user + b"@" + realm if realm else user
                    answer = b"OK" if password and self.known.get(login) == password else b"NO"
                    asked.sendall(len(answer).to_bytes(2, "big") + answer)


class Cyrus(Child):
    """Debian's Cyrus 3.6 with a generated configuration.

    Args:
        base: its own folder; keep the path short (unix sockets).
        authority: gives the certificate for "localhost".
        altnamespace: folders beside INBOX, not below it.
        unixhierarchysep: the separator is "/", not ".".
        special: folder name -> special use, made and subscribed at an account's first login.
        strict: refuse 8-bit characters in headers; otherwise it stores X for them and says OK.
        quota_kb: storage quota of every account; 0 = none.
        admin: (user, password) who may log in for others by SASL PLAIN with authzid.
        settings: further lines of its imapd.conf.
        services: further services of its cyrus.conf: name -> (program, port).
    """

    host = "localhost"

    def __init__(
        self,
        base: Path,
        authority: Authority,
        *,
        altnamespace: bool = True,
        unixhierarchysep: bool = True,
        special: Mapping[str, str] = SPECIAL,
        strict: bool = False,
        quota_kb: int = 0,
        admin: tuple[str, str] = ("cyrus", ""),
        settings: Sequence[str] = (),
        services: Mapping[str, tuple[str, int]] = MappingProxyType({}),
    ) -> None:
        self.base, self.port, self.tls_port = base, free_port(), free_port()
        self.programs = Programs("cyrus", base)
        for folder in ("conf/socket", "conf/proc", "conf/db", "spool"):
            (base / folder).mkdir(parents=True)
        for name, file in (("cert.pem", authority.cert_file), ("key.pem", authority.key_file)):
            shutil.copy(file, base / name)
        names = "|".join(special)
        uses = (
            [f"autocreate_inbox_folders: {names}", f"autocreate_subscribe_folders: {names}"] if names else []
        )
        uses += [f"xlist-{use}: {name}" for name, use in special.items()]
        (base / "imapd.conf").write_text(
            f"configdirectory: {base}/conf\ndefaultpartition: default\npartition-default: {base}/spool\n"
            f"altnamespace: {altnamespace:d}\nunixhierarchysep: {unixhierarchysep:d}\nvirtdomains: userid\n"
            f"sasl_pwcheck_method: saslauthd\nsasl_saslauthd_path: {base}/mux\nsasl_mech_list: PLAIN LOGIN\n"
            f"allowplaintext: yes\nadmins: {admin[0]}\nfailedloginpause: 0\nskiplist_unsafe: yes\nreject8bit: {strict:d}\n"
            f"tls_server_cert: {base}/cert.pem\ntls_server_key: {base}/key.pem\n"
            f"autocreate_quota: {quota_kb}\n" + "\n".join([*uses, *settings, ""])
        )
        self._services = services
        self._passwords = Passwords(base / "mux")
        self.add_user(*admin)
        self.programs.give([base, *(one for one in base.rglob("*") if self.programs.root not in one.parents)])
        self._start()

    def add_user(self, address: str, password: str) -> None:
        """Make an account; works while the server runs."""
        self._passwords.known[address.encode()] = password.encode()

    def stop(self) -> None:
        super().stop()  # the master takes its services along
        self._passwords.close()

    def _start(self) -> None:
        base, there = self.base, self.programs.root / "usr/lib/cyrus/bin"
        imapd, listen = f"{there}/imapd -C {base}/imapd.conf", 'listen="127.0.0.1:{}" prefork=1'
        others = "".join(
            f' {name} cmd="{there}/{program} -C {base}/imapd.conf" {listen.format(port)}\n'
            for name, (program, port) in self._services.items()
        )
        (base / "cyrus.conf").write_text(
            f'START {{\n recover cmd="{there}/ctl_cyrusdb -C {base}/imapd.conf -r"\n}}\nSERVICES {{\n'
            f' imap cmd="{imapd}" {listen.format(self.port)}\n'
            f' imaps cmd="{imapd} -s" {listen.format(self.tls_port)}\n{others}}}\nEVENTS {{\n}}\n'
        )
        with (base / "out").open("ab") as out:
            self.process = subprocess.Popen(
                [
                    *ENDING,
                    there / "master",
                    "-C",
                    base / "imapd.conf",
                    "-M",
                    base / "cyrus.conf",
                    "-p",
                    base / "pid",
                ],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self.programs.environment(CYRUS_USER=self.programs.user),
                start_new_session=True,  # it ends by a signal to its whole group
                **self.programs.as_user(),
            )
        wait_for_port(self.port, self.process)
        wait_for_port(self.tls_port, self.process)

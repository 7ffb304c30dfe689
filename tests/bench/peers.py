"""How each program is told to copy one account: its command line, and the file it wants."""

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SOURCE: Final = "from@bench.example"
PASSWORD: Final = "secret"


@dataclass(frozen=True)
class Job:
    """One account to copy."""

    base: Path  # for files the program wants
    old_port: int
    new_port: int
    tls: bool
    ca_file: str
    server: Path  # dovecot.conf of the destination: doveadm writes into its storage
    user: str  # the account at the destination


def mailferry(job: Job) -> list[str]:
    """Return the command of `copy mail`."""
    ends = ("--from", f"{SOURCE}@localhost:{job.old_port}", "--to", f"{job.user}@localhost:{job.new_port}")
    line = () if job.tls else ("--plaintext",)
    journal = str(job.base / f"{job.user}.journal")
    return [sys.executable, "-m", "bot", "copy", "mail", *line, "--journal", journal, *ends]


def doveadm(job: Job) -> list[str]:
    """Return the command of `doveadm backup` with the source as an imapc storage."""
    settings = {
        "imapc_host": "localhost",
        "imapc_port": job.old_port,
        "imapc_user": SOURCE,
        "imapc_password": PASSWORD,
        "imapc_features": "rfc822.size fetch-headers",
        "mail_prefetch_count": 20,
    }
    if job.tls:
        settings |= {"imapc_ssl": "imaps", "ssl_client_ca_file": job.ca_file}
    told = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    return ["doveadm", "-c", str(job.server), *told, "backup", "-u", job.user, "-R", "imapc:"]


def mbsync(job: Job) -> list[str]:
    """Return the command of mbsync, and write its configuration."""
    state = job.base / f"{job.user}.state"
    state.mkdir(exist_ok=True)
    line = f"SSLType IMAPS\nCertificateFile {job.ca_file}\n" if job.tls else "SSLType None\n"
    stores = "".join(
        f"IMAPStore {name}\nHost localhost\nPort {port}\nUser {who}\nPass {PASSWORD}\n{line}AuthMechs LOGIN\n\n"
        for name, port, who in (("there", job.old_port, SOURCE), ("here", job.new_port, job.user))
    )
    file = job.base / f"{job.user}.mbsyncrc"
    file.write_text(
        f"{stores}Channel all\nFar :there:\nNear :here:\nPatterns *\nCreate Near\nSync Pull\n"
        f"CopyArrivalDate yes\nSyncState {state}/\n"
    )
    return ["mbsync", "-q", "-c", str(file), "all"]


def imapsync(job: Job) -> list[str]:
    """Return the command of imapsync."""
    ends = [
        *("--host1", "localhost", "--port1", str(job.old_port), "--user1", SOURCE, "--password1", PASSWORD),
        *("--host2", "localhost", "--port2", str(job.new_port), "--user2", job.user, "--password2", PASSWORD),
    ]
    line = ("--ssl1", "--ssl2") if job.tls else ("--nossl1", "--nossl2", "--notls1", "--notls2")
    files = (
        "--nolog",
        "--noreleasecheck",
        "--tmpdir",
        str(job.base),
        "--pidfile",
        f"{job.base}/imapsync.pid",
    )
    return ["imapsync", *ends, *line, *files]


PEERS: Final[Mapping[str, Callable[[Job], list[str]]]] = {
    "mailferry": mailferry,
    "doveadm": doveadm,
    "mbsync": mbsync,
    "imapsync": imapsync,
}


def installed(wanted: list[str]) -> list[str]:
    """Return those of the programs that are there, Mailferry first: the others are compared with it."""
    return [name for name in PEERS if name == "mailferry" or (name in wanted and shutil.which(name))]

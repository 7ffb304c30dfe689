"""Two servers, the line between them, one mailbox; and a stop-watch for programs that copy it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.distance import Distance
from demo.seed import Mail, fill
from demo.servers import Authority, Dovecot
from demo.tally import Comparison, compare, snapshot
from tests.bench.peers import PASSWORD, PEERS, SOURCE, Job

AT_ONCE_BYTES: Final = 50_000_000  # put into the source at once
# Starts one command from a process that is small itself, so that the peak is the command's own.
LAUNCHER: Final = """
import json, os, sys, time
null = os.open(os.devnull, os.O_RDWR)
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
files = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
began = time.monotonic()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=files)
_, status, usage = os.wait4(child, 0)
cpu = usage.ru_utime + usage.ru_stime
print(json.dumps([time.monotonic() - began, cpu, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]))
"""


@dataclass(frozen=True)
class Needed:
    """What one program needed for one pass."""

    seconds: float
    cpu_seconds: float  # its own: what the servers computed for it is not in it
    peak_mb: float


class Rig:
    """Two Dovecots on loopback, with a delay before each where asked, and a source account to fill."""

    def __init__(self, base: Path, stack: ExitStack, *, round_trip_ms: float = 0, tls: bool = False) -> None:
        self.base, self.tls = base, tls
        self.authority = Authority(base / "ca")
        self.old = stack.enter_context(Dovecot(base / "old", self.authority))
        self.new = stack.enter_context(Dovecot(base / "new", self.authority))
        ports = (self.old.tls_port, self.new.tls_port) if tls else (self.old.port, self.new.port)
        if round_trip_ms:
            lines = [Distance(port, base, round_trip_ms=round_trip_ms) for port in ports]
            ports = stack.enter_context(lines[0]).port, stack.enter_context(lines[1]).port
        self.old_port, self.new_port = ports
        self.old.add_user(SOURCE, PASSWORD)

    def fill(self, mails: Iterable[Mail]) -> int:
        """Put messages into the source, a few at a time; return their bytes."""
        total = waiting = 0
        chunk: list[Mail] = []
        for mail in mails:
            chunk.append(mail)
            waiting += len(mail.raw)
            if waiting > AT_ONCE_BYTES:
                self._fill(chunk)
                total, waiting, chunk = total + waiting, 0, []
        self._fill(chunk)
        return total + waiting

    def _fill(self, mails: list[Mail]) -> None:
        fill(self.old.tls_port, str(self.authority.ca_file), SOURCE, PASSWORD, mails)

    def add_user(self, user: str) -> None:
        """Make an empty account at the destination."""
        self.new.add_user(user, PASSWORD)

    def copy_account(self, user: str, other: str) -> None:
        """Make an account at the destination that holds what another one there holds, by copying its storage."""
        self.add_user(other)
        mail = self.new.base / "mail"
        subprocess.run(["cp", "-a", mail / user, mail / other], check=True)

    def run(self, program: str, user: str) -> Needed:
        """Copy the source into that account once."""
        job = Job(
            base=self.base,
            old_port=self.old_port,
            new_port=self.new_port,
            tls=self.tls,
            ca_file=str(self.authority.ca_file),
            server=self.new.base / "dovecot.conf",
            user=user,
        )
        log = self.base / f"{user}.log"
        passwords = {"SOURCE_PASSWORD": PASSWORD, "DESTINATION_PASSWORD": PASSWORD}
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, str(log), *PEERS[program](job)],
            env={**os.environ, **passwords, "SSL_CERT_FILE": job.ca_file},
            cwd=Path(__file__).parent.parent.parent,
            stdout=subprocess.PIPE,
            check=True,
        )
        seconds, cpu, peak_mb, code = json.loads(done.stdout)
        if code:
            sys.stderr.write(f"{program} ended with {code}: {log.read_text()[-600:]}\n")
        return Needed(seconds, cpu, peak_mb)

    def compare(self, user: str) -> Comparison:
        """Return how an account at the destination differs from the source."""
        ca_file = str(self.authority.ca_file)
        old = snapshot(self.old.tls_port, ca_file, SOURCE, PASSWORD)
        return compare(old, snapshot(self.new.tls_port, ca_file, user, PASSWORD))

"""`make bench`: one mailbox copied by Mailferry and by each peer that is installed, and compared message by message.

Two Dovecots on loopback; then once more with a line of 40 ms before them. Only ratios within one run mean anything.
doveadm writes straight into the destination's storage, the others through IMAP: it is the hardest peer there is.
"""

import argparse
import base64
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

from demo.distance import Distance
from demo.seed import FLAGS, START, Mail, fill
from demo.servers import Authority, Dovecot, dovecot_program
from demo.tally import Comparison, compare, snapshot

SOURCE = "from@bench.example"
PASSWORD = "secret"
FOLDERS = (
    "INBOX",
    "Sent",
    "Archive/2023",
    "Archive/2024",
    "Projects/S&APw-d",
    "Customers",
    "Receipts",
    "Lists/dev",
)
WEIGHTS = (34, 16, 10, 10, 6, 10, 6, 8)
PASSES = ("first pass", "nothing new", "20 new mails")
PACKAGES = {"mailferry": "", "doveadm": "dovecot-core", "mbsync": "isync"}
# Starts one command from a process that is small itself, so that the peak is the command's own.
LAUNCHER = """
import json, os, sys, time
null = os.open(os.devnull, os.O_RDWR)
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
files = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
began = time.monotonic()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=files)
_, status, usage = os.wait4(child, 0)
print(json.dumps([time.monotonic() - began, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]))
"""


@dataclass
class Result:
    """What one program needed."""

    seconds: list[float] = field(default_factory=list)  # of each pass
    peak_mb: float = 0
    verdict: str = ""


def office(count: int, seed: int, *, small: bool) -> list[Mail]:
    """Return so many mails as an office has them: mostly short, some with attachments of up to 8 MB."""
    rnd = random.Random(seed)
    noise = base64.encodebytes(rnd.randbytes(6_200_000)).replace(b"\n", b"\r\n")
    return [_mail(f"{seed}.{number}", noise, rnd, small=small) for number in range(count)]


def _mail(name: str, noise: bytes, rnd: random.Random, *, small: bool) -> Mail:
    date = START + timedelta(minutes=rnd.randrange(900_000))
    size = 1200 if small else int(min(rnd.lognormvariate(8.5, 1.0), 60_000))
    start = rnd.randrange(1000) * 78
    parts = [noise[start : start + size // 78 * 78]]
    if not small and rnd.random() < 0.15:
        large = int(min(rnd.lognormvariate(12, 1.3), 8_000_000))
        parts += [
            b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            noise[start : start + large // 78 * 78],
            b"--b--\r\n",
        ]
    head = (
        f"From: Søren <sender@elsewhere.example>\r\nTo: {SOURCE}\r\nSubject: mail {name}\r\n"
        f"Date: {format_datetime(date)}\r\nMessage-ID: <{name}.{rnd.getrandbits(64):x}@elsewhere.example>\r\n\r\n"
    )
    return Mail(rnd.choices(FOLDERS, WEIGHTS)[0], head.encode() + b"".join(parts), rnd.choice(FLAGS), date)


class Rig:
    """Two servers, the line between, and one mailbox."""

    def __init__(self, base: Path, stack: ExitStack, round_trip_ms: float) -> None:
        self.base, self._ca = base, Authority(base / "ca")
        self.old, self.new = Dovecot(base / "old", self._ca), Dovecot(base / "new", self._ca)
        stack.enter_context(self.old)
        stack.enter_context(self.new)
        self.old_port, self.new_port = self.old.port, self.new.port
        if round_trip_ms:
            far = [
                Distance(port, base, round_trip_ms=round_trip_ms) for port in (self.old_port, self.new_port)
            ]
            self.old_port, self.new_port = (stack.enter_context(line).port for line in far)
        self.old.add_user(SOURCE, PASSWORD)

    def fill(self, mails: Sequence[Mail]) -> None:
        fill(self.old.tls_port, str(self._ca.ca_file), SOURCE, PASSWORD, mails)

    def compare(self, user: str) -> Comparison:
        ca_file = str(self._ca.ca_file)
        old = snapshot(self.old.tls_port, ca_file, SOURCE, PASSWORD)
        return compare(old, snapshot(self.new.tls_port, ca_file, user, PASSWORD))

    def command(self, program: str, user: str) -> list[str]:
        """Return how a program copies the mailbox into that account."""
        if program == "mailferry":
            ends = (
                "--from",
                f"{SOURCE}@localhost:{self.old_port}",
                "--to",
                f"{user}@localhost:{self.new_port}",
            )
            journal = str(self.base / f"{user}.journal")
            return [sys.executable, "-m", "bot", "copy", "mail", "--plaintext", "--journal", journal, *ends]
        if program == "doveadm":
            away = {"host": "127.0.0.1", "port": self.old_port, "user": SOURCE, "password": PASSWORD}
            options = [f"imapc_{name}={value}" for name, value in away.items()]
            options += ["imapc_features=rfc822.size fetch-headers", "mail_prefetch_count=20"]
            told = [word for option in options for word in ("-o", option)]
            return [
                "doveadm",
                "-c",
                str(self.base / "new" / "dovecot.conf"),
                *told,
                "backup",
                "-u",
                user,
                "-R",
                "imapc:",
            ]
        file = self.base / f"{user}.mbsyncrc"
        file.write_text(self._mbsyncrc(user))
        return ["mbsync", "-q", "-c", str(file), "all"]

    def _mbsyncrc(self, user: str) -> str:
        state = self.base / f"{user}.state"
        state.mkdir(exist_ok=True)
        stores = "".join(
            f"IMAPStore {name}\nHost 127.0.0.1\nPort {port}\nUser {who}\nPass {PASSWORD}\n"
            "SSLType None\nAuthMechs LOGIN\n\n"
            for name, port, who in (("there", self.old_port, SOURCE), ("here", self.new_port, user))
        )
        return (
            f"{stores}Channel all\nFar :there:\nNear :here:\nPatterns *\nCreate Near\nSync Pull\n"
            f"CopyArrivalDate yes\nSyncState {state}/\n"
        )

    def run(self, program: str, user: str) -> tuple[float, float]:
        """Copy once; return seconds and peak memory in MB."""
        log = self.base / f"{user}.log"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, str(log), *self.command(program, user)],
            env={**os.environ, "SOURCE_PASSWORD": PASSWORD, "DESTINATION_PASSWORD": PASSWORD},
            cwd=Path(__file__).parent.parent.parent,
            stdout=subprocess.PIPE,
            check=True,
        )
        seconds, peak_mb, code = json.loads(done.stdout)
        if code:
            sys.stderr.write(f"{program} ended with {code}: {log.read_text()[-600:]}\n")
        return seconds, peak_mb


def measure(
    round_trip_ms: float, mails: Sequence[Mail], programs: Sequence[str], *, small: bool
) -> dict[str, Result]:
    """Return what every program needed for every pass, on fresh servers."""
    results = {program: Result() for program in programs}
    with (
        tempfile.TemporaryDirectory(prefix="mfb", ignore_cleanup_errors=True) as folder,
        ExitStack() as stack,
    ):
        Path(folder).chmod(0o755)
        rig = Rig(Path(folder), stack, round_trip_ms)
        rig.fill(mails)
        for name in PASSES:
            if name == PASSES[-1]:
                rig.fill(office(20, 77, small=small))
            for program, result in results.items():
                user = f"{program}@bench.example"
                rig.new.add_user(user, PASSWORD)
                seconds, peak_mb = rig.run(program, user)
                result.seconds.append(seconds)
                result.peak_mb = max(result.peak_mb, peak_mb)
        for program, result in results.items():
            found = rig.compare(f"{program}@bench.example")
            result.verdict = verdict_of(found)
    return results


def verdict_of(found: Comparison) -> str:
    """Return what arrived, in words."""
    if not found.wrong:
        return f"exact: {found.messages:,} messages"
    if (
        found.missing == found.doubled
    ):  # each came with other bytes: the one is missing, the other is too many
        return f"other bytes in {found.missing:,} of {found.messages:,} messages"
    return str(found)


def render(results: dict[str, Result]) -> Iterator[str]:
    """Yield a table: seconds, in brackets how many times as long as Mailferry, peak memory, what arrived."""
    yield f"  {'':<10}" + "".join(f"{name:>20}" for name in PASSES) + "   peak MB  what arrived"
    ours = results["mailferry"].seconds
    for program, result in results.items():
        times = zip(result.seconds, ours, strict=True)
        cells = "".join(f"{f'{seconds:.2f} s ({seconds / base:.1f}x)':>20}" for seconds, base in times)
        yield f"  {program:<10}{cells}{result.peak_mb:>10.0f}  {result.verdict}"


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201  the table is what this is for


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(
        prog="python -m tests.bench.mail", description="Copy one mailbox with every program."
    )
    options.add_argument("--messages", type=int, default=1000)
    options.add_argument("--small", action="store_true", help="only mails of 1.6 kB")
    options.add_argument("--round-trip", type=float, nargs="*", default=[0, 40], metavar="MS")
    wanted = options.parse_args()
    if dovecot_program() is None:
        sys.exit("The bench needs Dovecot 2.3: apt-get install dovecot-imapd")
    programs = [name for name in PACKAGES if name == "mailferry" or shutil.which(name)]
    mails = office(wanted.messages, 1, small=wanted.small)
    size = sum(len(mail.raw) for mail in mails) / 1e6
    say(
        f"{len(mails):,} messages, {size:.0f} MB, {len(FOLDERS)} folders; (n x) = n times as long as Mailferry"
    )
    for name, package in PACKAGES.items():
        if name not in programs:
            say(f"{name} is not installed: apt-get install {package}")
    for round_trip in wanted.round_trip:
        say(f"\nround trip {round_trip:.0f} ms" + (" (doveadm: at the source only)" if round_trip else ""))
        for line in render(measure(round_trip, mails, programs, small=wanted.small)):
            say(line)


if __name__ == "__main__":
    main()

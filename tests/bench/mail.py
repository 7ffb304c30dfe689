"""`make bench`: the same mailboxes copied by Mailferry and by each peer that is installed, compared message by message.

Two Dovecots on loopback, some with a line of 40 ms before them. Only ratios within one run mean anything. doveadm
writes straight into the destination's storage, the others through IMAP: it is the hardest peer there is.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from demo.servers import dovecot_program
from demo.tally import Comparison
from tests.bench.mailboxes import FOLDERS, Mailbox
from tests.bench.peers import PEERS, installed
from tests.bench.rig import Needed, Rig

FIRST, AGAIN, LATER, MET = "first pass", "nothing new", "20 new mails", "all there already"
DELTA: Final = (FIRST, AGAIN, LATER)
PACKAGES: Final = {
    "doveadm": "dovecot-core",
    "mbsync": "isync",
    "imapsync": "no Debian package; see its site",
}


@dataclass(frozen=True)
class Work:
    """What is measured on fresh servers: one mailbox, one line, some passes one after the other."""

    mailbox: Mailbox
    passes: Sequence[str] = (FIRST,)
    round_trip_ms: float = 0
    tls: bool = False
    only: tuple[str, ...] = tuple(PEERS)  # who takes part; the others would take minutes

    def title(self, size: int) -> str:
        """Return what stands above its table."""
        kind = {"large": "one of them 100 MB", "many": "in one folder"}.get(
            self.mailbox.kind, f"in {len(FOLDERS)} folders"
        )
        delay = f"{self.round_trip_ms:.0f} ms" if self.round_trip_ms else "no delay"
        line = f"{delay}, {'TLS' if self.tls else 'plain'}"
        return f"{self.mailbox.count:,} messages, {size / 1e6:.0f} MB, {kind}; {line}"


FAST: Final = ("mailferry", "doveadm")
QUICK: Final = (
    Work(Mailbox("office", 1000), DELTA, round_trip_ms=40),
    Work(Mailbox("office", 1000), tls=True),
    Work(Mailbox("office", 3000), only=FAST),
    Work(Mailbox("small", 10_000), only=FAST),
    Work(Mailbox("large", 100)),
)
FULL: Final = (
    Work(Mailbox("office", 1000), DELTA, round_trip_ms=40),
    Work(Mailbox("office", 1000), DELTA, round_trip_ms=40, tls=True),
    Work(Mailbox("office", 5000)),
    Work(Mailbox("office", 5000), tls=True),
    Work(Mailbox("small", 20_000)),
    Work(Mailbox("large", 300)),
    Work(Mailbox("many", 300_000), (*DELTA, MET), only=FAST),
)


@dataclass
class Result:
    """What one program needed, pass by pass, and what arrived."""

    passes: dict[str, Needed] = field(default_factory=dict)
    verdict: str = ""


def measure(work: Work, programs: Sequence[str], *, compare: bool) -> tuple[int, dict[str, Result]]:
    """Return the mailbox's bytes, and what every program needed, on fresh servers."""
    results = {program: Result() for program in programs}
    with (
        tempfile.TemporaryDirectory(prefix="mfb", ignore_cleanup_errors=True) as folder,
        ExitStack() as stack,
    ):
        Path(folder).chmod(0o755)
        rig = Rig(Path(folder), stack, round_trip_ms=work.round_trip_ms, tls=work.tls)
        size = rig.fill(work.mailbox.mails())
        for name in work.passes:
            if name == LATER:
                rig.fill(work.mailbox.later(20).mails())
            for program, result in results.items():
                if name != MET or program == "mailferry":
                    result.passes[name] = rig.run(program, _account(rig, program, name))
        if compare:
            for program, result in results.items():
                result.verdict = verdict_of(rig.compare(f"{program}@bench.example"))
    return size, results


def _account(rig: Rig, program: str, name: str) -> str:
    """Return the account a pass goes to, ready."""
    user = f"{program}@bench.example"
    if name == FIRST:
        rig.add_user(user)
    if name == MET:
        rig.copy_account(user, f"met.{user}")
        return f"met.{user}"
    return user


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
    """Yield a table: a line for each program and pass, with how many times as long as Mailferry it took."""
    yield f"  {'':<19}{'':<11}{'seconds':>9}{'ratio':>8}{'its CPU':>9}{'peak MB':>9}  what arrived"
    ours = results["mailferry"].passes
    for name in ours:
        for program, result in results.items():
            if (needed := result.passes.get(name)) is not None:
                ratio = f"{needed.seconds / ours[name].seconds:.2f}x"
                cells = f"{needed.seconds:>9.2f}{ratio:>8}{needed.cpu_seconds:>9.2f}{needed.peak_mb:>9.0f}"
                verdict = result.verdict if name == next(reversed(result.passes)) else ""
                yield f"  {name:<19}{program:<11}{cells}  {verdict}".rstrip()


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201  the table is what this is for


def read_options() -> argparse.Namespace:
    """Return what was asked for."""
    options = argparse.ArgumentParser(
        prog="python -m tests.bench.mail", description="Copy the same mailboxes with every program."
    )
    options.add_argument(
        "--full", action="store_true", help="larger mailboxes, and a folder of 300,000 messages"
    )
    options.add_argument("--many", type=int, metavar="N", help="only one folder of N messages")
    options.add_argument("--office", type=int, metavar="N", help="only N mails as an office has them")
    options.add_argument("--small", type=int, metavar="N", help="only N mails of 1.6 kB")
    options.add_argument("--large", type=int, metavar="N", help="only N mails and one of 100 MB")
    options.add_argument("--round-trip", type=float, default=0, metavar="MS", help="for --office, --small, …")
    options.add_argument("--tls", action="store_true", help="for --office, --small, …")
    options.add_argument("--peers", default=",".join(PEERS), help="who takes part, with commas between")
    options.add_argument("--no-compare", action="store_true", help="do not look at what arrived")
    return options.parse_args()


def choose_works(wanted: argparse.Namespace) -> Sequence[Work]:
    """Return what is to be measured."""
    chosen: list[Work] = []
    for kind in ("office", "small", "large", "many"):
        if count := getattr(wanted, kind):
            passes = (*DELTA, MET) if kind == "many" else DELTA
            chosen.append(Work(Mailbox(kind, count), passes, wanted.round_trip, wanted.tls))
    return chosen or (FULL if wanted.full else QUICK)


def main() -> None:
    """Measure and print."""
    wanted = read_options()
    if dovecot_program() is None:
        sys.exit("The bench needs Dovecot 2.3: apt-get install dovecot-imapd")
    programs = installed(wanted.peers.split(","))
    for name in PACKAGES.keys() - set(programs):
        say(f"{name} does not take part: left out, or not installed ({PACKAGES[name]})")
    say("ratio: how many times as long as Mailferry; doveadm has the delay at the source only")
    for work in choose_works(wanted):
        taking_part = [program for program in programs if program in work.only]
        size, results = measure(work, taking_part, compare=not wanted.no_compare)
        say(f"\n{work.title(size)}")
        for line in render(results):
            say(line)


if __name__ == "__main__":
    main()

"""`make bench-reading`: how long it takes to understand each mail of the fixtures, and a table of 10,000 rows.

In this process, and as the daemon does it: in killable children, one for the letter and one for each attachment. The
first call of a program also pays for the start of the warm process and its imports; it is shown by itself.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from functools import partial

from parsers.request import read_request
from parsers.sandbox import parse_safely
from parsers.table import parse_table
from tests.fuzz.harness import DESK, FIXTURES, in_process

ROWS = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-reading", description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="each mail is read; the middle one counts")
    times = parser.parse_args().times
    mails = {file.parent.name: file.read_bytes() for file in sorted(FIXTURES.glob("requests/*/in.eml"))}
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    tell(f"{len(mails)} mails, the middle of {times} readings of each; load {load}; {os.cpu_count()} cores")
    first = seconds(partial(read_request, next(iter(mails.values())), DESK))
    tell(f"first call, with the start of the warm process: {first * 1e3:.0f} ms")
    for title, safely in (("in this process", in_process), ("in children, as the daemon does", parse_safely)):
        took = {
            name: middle(times, partial(read_request, raw, DESK, safely=safely))
            for name, raw in mails.items()
        }
        worst = max(took, key=lambda name: took[name])
        median = statistics.median(took.values())
        tell(f"{title:32} median {median * 1e3:6.1f} ms   worst {took[worst] * 1e3:6.1f} ms ({worst})")
    data = table()
    here = middle(3, partial(parse_table, data, "a.csv"))
    there = middle(3, partial(parse_safely, parse_table, data, "a.csv"))
    tell(f"CSV of {ROWS:,} rows, {len(data) / 1e3:.0f} kB: {here:.2f} s; in a child {there:.2f} s")


def tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201  the table is what this is for


def middle(times: int, work: Callable[[], object]) -> float:
    return statistics.median(seconds(work) for _ in range(times))


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def table() -> bytes:
    """Return a plain list of 10,000 mailboxes."""
    line = "user%d@old.example;pass-%d;imap.old.example\n"
    return ("email;password;server\n" + "".join(line % (n, n) for n in range(ROWS))).encode()


if __name__ == "__main__":
    main()

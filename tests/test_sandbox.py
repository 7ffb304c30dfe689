"""The killable child: what runs in it, what it survives, what it leaves behind."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from parsers import sandbox
from parsers.sandbox import Limits, SandboxKilled, parse_safely

SHORT = Limits(cpu_seconds=1, wall_seconds=1.0)


def double(number: int) -> int:
    return 2 * number


def spin() -> None:
    while True:
        pass


def spin_without_the_interpreter() -> None:
    import re

    re.match(r"(a+)+$", "a" * 40 + "b")  # holds the GIL as vobject's regex does


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def ignore_alarms_and_sleep() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    time.sleep(60)


def eat(size: int) -> int:
    return len(bytearray(size))


def die(number: int) -> None:
    os.kill(os.getpid(), number)


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(0)


def fail(secret: str) -> None:
    raise ValueError(secret)


def recurse(depth: int) -> int:
    return recurse(depth + 1)


def echo(data: bytes) -> bytes:
    return data


def environment() -> dict[str, str]:
    return dict(os.environ)


def open_files() -> list[str]:
    return [entry.name for entry in Path("/proc/self/fd").iterdir()]


def write_file(path: str) -> None:
    Path(path).write_bytes(b"x")


def pids() -> tuple[int, int]:
    return os.getpid(), os.getppid()


def hang(fifo: str) -> None:
    fd = os.open(fifo, os.O_WRONLY)
    os.write(fd, str(os.getpid()).encode())
    os.close(fd)
    time.sleep(60)


def limits() -> tuple[int, int, int]:
    kinds = (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_CORE)
    cpu, memory, core = (resource.getrlimit(kind)[0] for kind in kinds)
    return cpu, memory, core


def read_many_rows() -> int:
    from parsers.table import parse_table

    data = b"email;password;server\n" + b"".join(
        b"u%d@x.example;p;imap.x.example\n" % n for n in range(10_000)
    )
    return len(parse_table(data, "big.csv").value)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def wait_until_gone(*pids_: int) -> bool:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if all(map(gone, pids_)):
            return True
        time.sleep(0.02)
    return False


def test_the_value_comes_back() -> None:
    """Also a large one, both ways: attachments of many megabytes travel."""
    assert parse_safely(double, 21) == 42
    assert parse_safely(echo, b"x" * 20_000_000) == b"x" * 20_000_000


def test_a_warm_call_is_cheap() -> None:
    """A mail with six attachments makes seven calls."""
    parse_safely(double, 1)
    start = time.monotonic()
    for _ in range(5):
        parse_safely(double, 1)

    assert (time.monotonic() - start) / 5 < 0.15


@pytest.mark.parametrize("function", [spin, spin_without_the_interpreter, ignore_alarms_and_sleep])
def test_a_function_that_does_not_end_is_ended(function: object) -> None:
    """Whether it burns CPU, holds the interpreter, or switched our alarm off."""
    start = time.monotonic()
    with pytest.raises(SandboxKilled) as caught:
        parse_safely(function, limits=SHORT)  # type: ignore[arg-type]

    assert caught.value.reason == "time"
    assert time.monotonic() - start < 4


def test_sleeping_is_ended_too() -> None:
    """A parser that waits for something uses no CPU."""
    with pytest.raises(SandboxKilled, match="time"):
        parse_safely(sleep, 30, limits=SHORT)


def test_memory_has_an_end() -> None:
    """A 10 MB photo once took 1.4 GB to parse."""
    with pytest.raises(SandboxKilled) as caught:
        parse_safely(eat, 2 << 30)

    assert caught.value.reason == "memory"


@pytest.mark.parametrize("function", [crash, leave])
def test_a_child_that_dies_is_a_crash(function: object) -> None:
    """Also when it leaves politely without an answer."""
    with pytest.raises(SandboxKilled) as caught:
        parse_safely(function)  # type: ignore[arg-type]

    assert caught.value.reason == "crash"


def test_a_child_that_kills_itself_costs_only_its_own_call() -> None:
    """The warm process and its other children go on."""
    warm = parse_safely(pids)[1]
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM):
        with pytest.raises(SandboxKilled):
            parse_safely(die, int(number))

    assert parse_safely(pids)[1] == warm


def test_an_exception_is_told_by_its_class_alone() -> None:
    """Its message may hold a password, and ends up in a log."""
    with pytest.raises(SandboxKilled) as caught:
        parse_safely(fail, "hunter2")

    assert (caught.value.reason, caught.value.what) == ("crash", "fail: ValueError")
    assert "hunter2" not in repr(caught.value) + str(caught.value)
    with pytest.raises(SandboxKilled, match="RecursionError"):
        parse_safely(recurse, 0)


def test_the_child_has_no_environment_of_ours_and_no_files(tmp_path: Path) -> None:
    """Secrets may come by the environment; a parser needs neither them nor our sockets."""
    sandbox.close()  # the warm process of earlier tests started without it
    os.environ["MAILFERRY_CANARY"] = "hunter2"
    try:
        assert "hunter2" not in str(parse_safely(environment))
    finally:
        del os.environ["MAILFERRY_CANARY"]
    assert len(parse_safely(open_files)) <= 5  # 0, 1, 2, its socket, and the listing's own
    with pytest.raises(SandboxKilled):
        parse_safely(write_file, str(tmp_path / "x"))


def test_the_limits_are_the_kernels() -> None:
    """What a parser could talk itself out of is no limit."""
    cpu, memory, core = parse_safely(limits)

    assert cpu <= sandbox.DEFAULT.cpu_seconds + 1
    assert (memory, core) == (1 << 30, 0)


def test_pandas_fits_into_the_memory_limit() -> None:
    """Its libraries reserve address space before they do anything."""
    assert parse_safely(read_many_rows) == 10_000


def test_threads_may_call_at_the_same_time() -> None:
    """The daemon's workers do; one slow parse does not hold the others up."""
    parse_safely(double, 1)
    slow = threading.Thread(target=lambda: parse_safely(sleep, 1.5))
    slow.start()
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: parse_safely(double, n), range(24))) == [2 * n for n in range(24)]

    assert time.monotonic() - start < 1.5
    slow.join()


def test_the_warm_process_comes_back_after_it_was_killed() -> None:
    """An operator, or the kernel short of memory, may take it."""
    warm = parse_safely(pids)[1]
    os.kill(warm, signal.SIGKILL)

    assert wait_until_gone(warm)
    assert parse_safely(double, 4) == 8
    assert parse_safely(pids)[1] != warm


def test_children_die_with_the_warm_process(tmp_path: Path) -> None:
    """Nobody would count their time any more."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    warm = parse_safely(pids)[1]
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(parse_safely, hang, str(fifo))
        child = int(fifo.read_text())
        os.kill(warm, signal.SIGKILL)

        assert wait_until_gone(child)
        assert isinstance(call.exception(timeout=5), SandboxKilled)


def test_close_leaves_nothing_and_the_next_call_starts_again() -> None:
    """For an orderly shutdown."""
    warm = parse_safely(pids)[1]
    sandbox.close()
    sandbox.close()

    assert wait_until_gone(warm)
    assert parse_safely(double, 2) == 4


_PROGRAM = """
import os, sys, threading, time
print("main runs", os.getpid(), flush=True)
from parsers.sandbox import parse_safely
from tests_sandbox_functions import pids, hang
print("pids", *parse_safely(pids), flush=True)
threading.Thread(target=lambda: parse_safely(hang, sys.argv[1]), daemon=True).start()
time.sleep(60)
"""
_FUNCTIONS = """
import os, time
from pathlib import Path
def pids(): return os.getpid(), os.getppid()
def hang(fd_path):
    fd = os.open(fd_path, os.O_WRONLY)  # a fifo: the limits allow no file
    os.write(fd, b"%d\\n" % os.getpid())
    os.close(fd)
    while True: time.sleep(1)
"""


def test_nothing_is_left_behind_when_the_program_is_killed(tmp_path: Path) -> None:
    """kill -9 runs no handler: the warm process sees its owner die, the kernel takes its children.

    Also: the program's main module, which has no guard, runs once and never in a child.
    """
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM)
    (tmp_path / "tests_sandbox_functions.py").write_text(_FUNCTIONS)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    root = str(Path(__file__).parent.parent)
    with subprocess.Popen(
        [sys.executable, str(program), str(fifo)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("main runs")
        warm = int(process.stdout.readline().split()[2])
        child = int(fifo.read_text())
        process.kill()
        process.wait()

        assert process.stdout.read() == ""
        assert wait_until_gone(warm, child)

"""A mail pass or a login check in a process of its own: a hostile server costs one row, never the daemon.

The order, passwords included, is one JSON line on the child's stdin: never in its arguments or environment. The child
answers on stdout, one JSON object a line: {"progress": …}, then {"result": …} or {"error": …}. A further line on its
stdin asks it to stop after the batch; the end of its stdin, or of its parent, ends it at once.
"""

import ctypes
import json
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final, Literal

from bot.errors import BotError, ChildFailed, rebuild
from bot.mail.patience import Patience
from bot.model import (
    AccountCount,
    Endpoint,
    FolderReport,
    Json,
    Login,
    PassOptions,
    PassReport,
    Progress,
    Secret,
    SkippedMessage,
)
from bot.net import AddressPolicy

MEMORY_BYTES: Final = 1 << 30  # address space of a child
SILENCE_SECONDS: Final = 600.0  # without a sign of life, a child is ended
STOP_SECONDS: Final = 120.0  # to finish a batch after a stop
TICK_SECONDS: Final = 0.2
TELL_SECONDS: Final = 0.1  # between two lines of progress
KEPT: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "LANG", "TZ")  # of the environment


def run_pass_in_child(
    source: Login,
    destination: Login,
    journal: Path,
    *,
    policy: AddressPolicy | None,
    options: PassOptions = PassOptions(),  # noqa: B008  frozen
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    timeout: float | None = None,
    patience: Patience = Patience(),  # noqa: B008  frozen
) -> PassReport:
    """Run bot.mail.copy.run_pass in a child process; see there.

    Args:
        source: as run_pass.
        destination: as run_pass.
        journal: as run_pass.
        policy: as run_pass.
        options: as run_pass.
        on_progress: as run_pass; called in this thread.
        should_stop: as run_pass; asked a few times a second in this thread.
        timeout: seconds for the whole pass; None = as long as it shows signs of life.
        patience: as run_pass.

    Raises:
        BotError: what run_pass raises.
        ChildFailed: the child ended without a result, was silent too long, or ran out of time.
    """
    order = _pass_order(source, destination, journal, policy=policy, options=options, patience=patience)
    return _unpack_report(_ask(order, on_progress, should_stop, timeout))


def count_in_child(
    login: Login,
    policy: AddressPolicy | None,
    side: Literal["source", "destination"],
    *,
    timeout: float | None = 300,
    larger_than: int | None = None,
) -> AccountCount:
    """Run bot.mail.account.count in a child process; raises what that raises, or ChildFailed."""
    order: Json = {
        "verb": "count",
        "login": _pack_login(login),
        "policy": _pack_policy(policy),
        "side": side,
        "larger_than": larger_than,
    }
    found = _ask(order, None, None, timeout)
    return AccountCount(
        **found | {"too_large_named": tuple(SkippedMessage(**one) for one in found["too_large_named"])}
    )


# ── the parent's side ─────────────────────────────────────────────────────────────────────────────────────────────


def _pass_order(
    source: Login,
    destination: Login,
    journal: Path,
    *,
    policy: AddressPolicy | None,
    options: PassOptions = PassOptions(),  # noqa: B008  frozen
    patience: Patience = Patience(),  # noqa: B008  frozen
) -> Json:
    return {
        "verb": "pass",
        "source": _pack_login(source),
        "destination": _pack_login(destination),
        "journal": str(journal.absolute()),
        "policy": _pack_policy(policy),
        "options": asdict(options),
        "patience": asdict(patience),
    }


def _ask(
    order: Json,
    on_progress: Callable[[Progress], None] | None,
    should_stop: Callable[[], bool] | None,
    timeout: float | None,
) -> Json:
    with _child() as child:
        assert child.stdin is not None
        _say(child.stdin, order | {"parent": os.getpid()})
        for line in _lines(child, should_stop, timeout):
            if "progress" in line and on_progress:
                on_progress(Progress(**line["progress"]))
            if "error" in line:
                raise rebuild(line["error"]["code"], line["error"]["facts"])
            if "result" in line:
                result: Json = line["result"]
                return result
        raise ChildFailed(what=f"exit {child.wait(5)}")


@contextmanager
def _child() -> Iterator[subprocess.Popen[bytes]]:
    """Start the child, and make sure that it is gone afterwards."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    child = subprocess.Popen(
        [sys.executable, "-I", "-P", "-m", "bot.mail.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a traceback could hold what a server said
        env=environment,
        cwd="/",
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # an order the child no longer wanted to hear


def _say(pipe: IO[bytes], words: Json) -> None:
    try:
        pipe.write(json.dumps(words).encode() + b"\n")
        pipe.flush()
    except BrokenPipeError:
        return  # it is gone; what it said last, or that it said nothing, is read next


def _lines(
    child: subprocess.Popen[bytes], should_stop: Callable[[], bool] | None, timeout: float | None
) -> Iterator[Json]:
    """Yield the child's lines until it closes its stdout."""
    assert child.stdout is not None
    assert child.stdin is not None
    now = time.monotonic()
    deadline = now + timeout if timeout else float("inf")
    silent_since, buffer, stopping = now, b"", False
    while True:
        ready, _, _ = select.select([child.stdout], [], [], TICK_SECONDS)
        now = time.monotonic()
        if ready:
            chunk = os.read(child.stdout.fileno(), 1 << 16)
            if not chunk:
                return
            *lines, buffer = (buffer + chunk).split(b"\n")
            silent_since = now
            yield from (json.loads(line) for line in lines)
        if not stopping and should_stop and should_stop():
            stopping, deadline = True, min(deadline, now + STOP_SECONDS)
            _say(child.stdin, {"stop": True})
        if now - silent_since > SILENCE_SECONDS:
            raise ChildFailed(what="no sign of life")
        if now > deadline:
            raise ChildFailed(what="out of time")


# ── the child's side ──────────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """Obey one order from stdin."""
    order = json.loads(sys.stdin.buffer.readline())
    _tie_to_parent(order["parent"])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stop = threading.Event()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    try:
        _answer({"result": _obey(order, stop.is_set)})
    except BotError as error:
        _answer({"error": {"code": error.code, "facts": error.facts}})
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  whatever it is, the parent hears its kind and place, no more
        _answer({"error": {"code": ChildFailed.code, "facts": {"what": _place(error)}}})
    os._exit(0)  # no waiting for threads: the answer is out


def _obey(order: Json, should_stop: Callable[[], bool]) -> Json:
    if order["verb"] == "count":
        from bot.mail.count import count

        return asdict(
            count(
                _unpack_login(order["login"]),
                _unpack_policy(order["policy"]),
                order["side"],
                order["larger_than"],
            )
        )
    from bot.mail.copy import run_pass

    report = run_pass(
        _unpack_login(order["source"]),
        _unpack_login(order["destination"]),
        Path(order["journal"]),
        policy=_unpack_policy(order["policy"]),
        options=_unpack_options(order["options"]),
        on_progress=_teller(),
        should_stop=should_stop,
        patience=_unpack_patience(order["patience"]),
    )
    return asdict(report)


def _teller() -> Callable[[Progress], None]:
    """Return a function that passes progress on, not more often than a person can read."""
    told, waiting = 0.0, ""

    def tell(progress: Progress) -> None:
        nonlocal told, waiting
        now = time.monotonic()
        news = progress.done >= progress.total or progress.waiting_until != waiting
        if news or now - told >= TELL_SECONDS:
            told, waiting = now, progress.waiting_until
            _answer({"progress": asdict(progress)})

    return tell


def _tie_to_parent(parent: int) -> None:
    """Die when the parent does, however it ends (prctl(2)); end now when it is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _listen(stop: threading.Event) -> None:
    if sys.stdin.buffer.readline():
        stop.set()
        sys.stdin.buffer.readline()
    os._exit(1)  # nobody is left to report to


def _answer(words: Json) -> None:
    sys.stdout.buffer.write(json.dumps(words).encode() + b"\n")
    sys.stdout.buffer.flush()


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {where}"


# ── values as JSON ────────────────────────────────────────────────────────────────────────────────────────────────


def _pack_login(login: Login) -> Json:
    return {
        "endpoint": asdict(login.endpoint),
        "user": login.user,
        "password": login.password.reveal(),
        "authorize_as": login.authorize_as,
        "checked": login.checked,
    }


def _unpack_login(packed: Json) -> Login:
    return Login(
        **packed | {"endpoint": Endpoint(**packed["endpoint"]), "password": Secret(packed["password"])}
    )


def _pack_policy(policy: AddressPolicy | None) -> Json | None:
    return None if policy is None else asdict(policy) | {"ports": sorted(policy.ports)}


def _unpack_policy(packed: Json | None) -> AddressPolicy | None:
    if packed is None:
        return None
    return AddressPolicy(
        ports=frozenset(packed["ports"]),
        allow_networks=tuple(packed["allow_networks"]),
        deny_networks=tuple(packed["deny_networks"]),
    )


def _unpack_options(packed: Json) -> PassOptions:
    tuples = {name: tuple(packed[name]) for name in ("skip_roles", "exclude")}
    return PassOptions(**packed | tuples | {"folder_map": tuple(map(tuple, packed["folder_map"]))})


def _unpack_patience(packed: Json) -> Patience:
    tuples = {name: tuple(packed[name]) for name in ("broken", "throttled", "login")}
    return Patience(**packed | tuples)


def _unpack_report(packed: Json) -> PassReport:
    pairs: Callable[[Any], tuple[Any, ...]] = lambda rows: tuple(map(tuple, rows))  # noqa: E731
    return PassReport(
        **packed
        | {
            "folders": tuple(FolderReport(**one) for one in packed["folders"]),
            "skipped": tuple(SkippedMessage(**one) for one in packed["skipped"]),
            "folders_skipped": pairs(packed["folders_skipped"]),
            "renamed": pairs(packed["renamed"]),
        }
    )


if __name__ == "__main__":
    main()

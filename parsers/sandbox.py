"""Run any parser on untrusted bytes in a killable child with limits."""

import atexit
import json
import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

T = TypeVar("T")

Reason = Literal["time", "memory", "crash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one parse may use up before its child is killed."""

    cpu_seconds: int = 5
    wall_seconds: float = 8.0
    memory_bytes: int = 1 << 30  # address space, which pandas and its libraries share with the parse
    open_files: int = 32
    file_bytes: int = 0  # a parser writes no file


DEFAULT: Final = Limits()

# What a call gets beyond its own wall time: start of the warm process, imports, the way back.
_GRACE_SECONDS: Final = 20.0
_STATUS: Final = struct.Struct("<i")
_LENGTH: Final = struct.Struct("<Q")
_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from parsers.sandbox_child import serve; serve(int(sys.argv[2]), int(sys.argv[3]))"
)


class SandboxKilled(Exception):
    """The child did not return a value: it ran too long, took too much memory, or died.

    `what` names the function and the signal or exception class, never a message: that could hold a secret.
    The bytes that did it are to be set aside; trying them again gives the same end.
    """

    def __init__(self, reason: Reason, what: str) -> None:
        super().__init__(reason, what)
        self.reason = reason
        self.what = what

    def __str__(self) -> str:
        return f"{self.what} stopped ({self.reason})"


class _Warm:
    """One process that has the parsers imported and forks a fresh child for every call.

    It is started by exec, so it shares no thread, lock, environment or main module with us. A plain
    multiprocessing fork server would run our main module again in each child and keep our environment.
    """

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = str(Path(__file__).resolve().parent.parent)
        path = [*(entry for entry in sys.path if entry), root]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and a constant program
                [
                    sys.executable,
                    "-I",
                    "-c",
                    _START,
                    json.dumps(path),
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a traceback would show the line it stopped at
                cwd="/",
                env={"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        self._control = ours
        self.owner = os.getpid()

    def alive(self) -> bool:
        return self.owner == os.getpid() and self._process.poll() is None

    def open_call(self, module: str, function: str, wall_seconds: float) -> tuple[socket.socket, int]:
        """Return our end of the data socket and of the status pipe of a new child."""
        data, child_data = socket.socketpair()
        status, child_status = os.pipe()
        head = json.dumps({"module": module, "function": function, "wall": wall_seconds}).encode()
        try:
            socket.send_fds(self._control, [head], [child_data.fileno(), child_status])
        except OSError:
            data.close()
            os.close(status)
            raise
        finally:
            child_data.close()
            os.close(child_status)
        return data, status

    def close(self) -> None:
        self._control.close()
        if self.owner != os.getpid():  # forked from its owner: not our child to wait for
            self._process.returncode = 0
            return
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_warm: _Warm | None = None
_lock = threading.Lock()


def parse_safely(function: Callable[..., T], *args: Any, limits: Limits = DEFAULT) -> T:
    """Return `function(*args)`, computed in a fresh child that the kernel kills at its limits.

    `function` is a top-level function of an importable module; arguments and result are pickled. Safe from any
    thread. A call costs a few milliseconds once the module is warm; the first one pays its imports.

    Raises:
        SandboxKilled: no value came back. An exception inside counts as a crash: parsers never raise.
    """
    what = function.__qualname__
    request = pickle.dumps((function, args, limits), protocol=pickle.HIGHEST_PROTOCOL)
    data, status = _open_call(function.__module__, what, limits.wall_seconds)
    with data:
        try:
            answer = _exchange(data, request, limits.wall_seconds + _GRACE_SECONDS)
            code = _read_status(status) if answer is None else 0
        except TimeoutError:
            raise SandboxKilled("time", what) from None
        finally:
            os.close(status)
    if answer is None:
        raise _killed(code, what)
    outcome, value = pickle.loads(answer)  # noqa: S301 - written by our own code in the child
    if outcome != "value":
        raise SandboxKilled(outcome, f"{what}: {value}")
    result: T = value
    return result


def close() -> None:
    """End the warm process; children still at work die with it. The next call starts a new one."""
    global _warm  # noqa: PLW0603 - one warm process per program
    with _lock:
        if _warm is not None:
            _warm.close()
        _warm = None


atexit.register(close)


def _open_call(module: str, function: str, wall_seconds: float) -> tuple[socket.socket, int]:
    global _warm  # noqa: PLW0603 - one warm process per program
    with _lock:
        for _ in range(2):
            if _warm is None or not _warm.alive():
                if _warm is not None:
                    _warm.close()
                _warm = _Warm()
            try:
                return _warm.open_call(module, function, wall_seconds)
            except OSError:  # it died between the look and the call
                _warm.close()
                _warm = None
    raise SandboxKilled("crash", "the warm process")


def _exchange(data: socket.socket, request: bytes, seconds: float) -> bytearray | None:
    """Send the call and return the whole answer; None when the child died before it was complete."""
    deadline = time.monotonic() + seconds
    data.settimeout(seconds)
    try:
        data.sendall(_LENGTH.pack(len(request)) + request)
    except TimeoutError:
        raise
    except OSError:
        return None
    answer = bytearray()
    while True:
        data.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            piece = data.recv(1 << 20)
        except TimeoutError:
            raise
        except OSError:
            piece = b""
        if not piece:
            break
        answer += piece
    size = len(answer) - _LENGTH.size  # its length comes last: the child does not know it before
    if size < 0 or _LENGTH.unpack_from(answer, size)[0] != size:
        return None
    del answer[size:]
    return answer


def _read_status(status: int) -> int:
    """Return the child's exit code as the warm process saw it: negative = killed by that signal."""
    told = os.read(status, _STATUS.size)
    return int(_STATUS.unpack(told)[0]) if len(told) == _STATUS.size else 1


def _killed(code: int, what: str) -> SandboxKilled:
    if -code in {9, 14, 24}:  # SIGKILL by the warm process when overdue, SIGALRM, SIGXCPU: its time was up
        return SandboxKilled("time", what)
    return SandboxKilled("crash", f"{what}: exit {code}")

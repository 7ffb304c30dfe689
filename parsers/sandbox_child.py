"""The warm process of the sandbox, and what each child does: limits first, then one parse."""

import contextlib
import ctypes
import importlib
import json
import math
import os
import pickle
import resource
import selectors
import signal
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any, Final

# What these functions import when called: imported here once, each child has it already.
_HEAVY: Final = {
    "parse_message": ("mailparser",),
    "read_letter": ("mailparser",),
    "parse_table": ("pandas", "parsers.sheet"),
    "count_cards": ("parsers.vcard", "vobject"),
    "count_objects": ("parsers.ics", "icalendar"),
}
_PDEATHSIG: Final = 1
_DUMPABLE: Final = 4
_NO_NEW_PRIVS: Final = 38
_MOST_FILES: Final = 4096
_SLACK_SECONDS: Final = 1.0  # after the child's own alarm should have rung

_prctl = ctypes.CDLL(None, use_errno=True).prctl


@dataclass(slots=True)
class _Child:
    pid: int
    status: int  # the pipe its exit code is told on
    overdue: float  # monotonic; killed from here on


def serve(control_fd: int, owner: int) -> None:
    """Fork one child per call until our owner closes the control socket or dies."""
    _prctl(_DUMPABLE, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner; it closes us
    children: dict[int, _Child] = {}
    with (
        socket.socket(fileno=control_fd) as control,
        selectors.DefaultSelector() as waiting,
        contextlib.suppress(ProcessLookupError),
    ):
        owner_fd = os.pidfd_open(owner)
        if os.getppid() != owner:
            return
        waiting.register(control, selectors.EVENT_READ)
        waiting.register(owner_fd, selectors.EVENT_READ)
        while _turn(waiting, control, owner_fd, children):
            pass
    for child in children.values():
        os.kill(child.pid, signal.SIGKILL)


def _turn(
    waiting: selectors.BaseSelector, control: socket.socket, owner_fd: int, children: dict[int, _Child]
) -> bool:
    soonest = min((child.overdue for child in children.values()), default=None)
    pause = None if soonest is None else max(0.0, soonest - time.monotonic())
    for key, _ in waiting.select(pause):
        if key.fd == owner_fd:
            return False
        if key.fileobj is not control:
            _reap(waiting, key.fd, children)
        elif not _accept(waiting, control, children):
            return False
    for child in children.values():
        if child.overdue <= time.monotonic():
            os.kill(child.pid, signal.SIGKILL)
            child.overdue += _SLACK_SECONDS
    return True


def _accept(waiting: selectors.BaseSelector, control: socket.socket, children: dict[int, _Child]) -> bool:
    head, fds, _, _ = socket.recv_fds(control, 4096, 2)
    if not head:
        return False
    call = json.loads(head)
    data, status = fds
    _warm_up(call["module"], call["function"])
    pid = os.fork()
    if pid == 0:
        os.closerange(3, data)  # the control socket, the selector, other calls' pipes
        os.closerange(data + 1, _MOST_FILES)
        _run(data)
    os.close(data)
    pid_fd = os.pidfd_open(pid)
    children[pid_fd] = _Child(pid, status, time.monotonic() + call["wall"] + _SLACK_SECONDS)
    waiting.register(pid_fd, selectors.EVENT_READ)
    return True


def _reap(waiting: selectors.BaseSelector, pid_fd: int, children: dict[int, _Child]) -> None:
    child = children.pop(pid_fd)
    waiting.unregister(pid_fd)
    os.close(pid_fd)
    _, status = os.waitpid(child.pid, 0)
    with contextlib.suppress(OSError):  # the caller gave up waiting
        os.write(child.status, struct.pack("<i", os.waitstatus_to_exitcode(status)))
    os.close(child.status)


def _warm_up(module: str, function: str) -> None:
    """Import what the next children need; a module that does not import fails in the child, not here."""
    for name in (module, *_HEAVY.get(function, ())):
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _run(data: int) -> None:
    """Do one call in the forked child and leave without returning."""
    code = 1
    try:
        _prctl(_PDEATHSIG, signal.SIGKILL)
        _prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        with socket.socket(fileno=data) as channel, channel.makefile("rb") as reader:
            (size,) = struct.unpack("<Q", reader.read(8))
            sender = _Sender(channel)
            _answer(reader.read(size), sender)
            channel.sendall(struct.pack("<Q", sender.sent))
        code = 0
    finally:
        os._exit(code)


class _Sender:
    """Sends what is pickled as it comes: an answer of a hundred megabytes is never there a second time."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self.sent = 0

    def write(self, piece: Any) -> int:
        """Send a piece; the pickler's only door."""
        self._channel.sendall(piece)
        self.sent += len(piece)
        return len(piece)


def _answer(request: bytes, sender: _Sender) -> None:
    function, args, limits = pickle.loads(request)  # noqa: S301 - written by our own parse_safely
    del request  # a file as large as this is in args once more
    _limit(limits)
    try:
        outcome = ("value", function(*args))
        del args
        pickle.dump(outcome, sender, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        _send_instead(("memory", "MemoryError"), sender)
    except BaseException as error:  # noqa: BLE001 - whatever it was, the caller learns its class and no more
        _send_instead(("crash", type(error).__name__), sender)


def _send_instead(outcome: tuple[str, str], sender: _Sender) -> None:
    """Tell what went wrong; where a part of the answer is gone already, the length that never comes tells it."""
    if sender.sent:
        os._exit(1)
    pickle.dump(outcome, sender)


def _limit(limits: Any) -> None:
    cpu = math.ceil(time.process_time()) + limits.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the child even inside C code that holds the GIL
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds)

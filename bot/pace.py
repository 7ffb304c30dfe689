"""How long a copy will take: as fast as earlier ones from the same server, behind what is to be copied before it. Pure.

A mailbox is so much work: its bytes, and some for each message. A server's speed is a range, as wide as what was measured.
Copies share slots: so many at once, and so many of them from one server. Playing that through gives the end.
"""

import heapq
import math
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

MESSAGE_BYTES: Final = 5_000  # what handling one message costs, in bytes that would take as long
SETUP_SECONDS: Final = 5.0  # logins, folders and verification of one mailbox
WORTH_MEASURING: Final = 5_000_000  # less work than that says more of the logins than of the server
MOST_MEASURED: Final = 20  # the newest copies from one server that count


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one pass copied, and how long it took."""

    size_bytes: int
    messages: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How fast one mailbox is copied from a server, in bytes of work per second: rarely slower, rarely faster."""

    slow: float
    fast: float


# Before anything was measured: 340 kB/s is the mean that imapsync's author publishes for his service (its FAQ on large
# migrations); hosting companies tell 1 GB an hour (280 kB/s). We read over four connections where that program uses one.
FIRST: Final = Speed(slow=340_000, fast=1_360_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One mailbox to copy."""

    host: str
    work_bytes: int
    not_before: float = 0.0  # seconds from now


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """How many mailboxes are copied at once."""

    mailboxes: int = 4
    per_host: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Between which two lengths a copy is expected to stay, from its start."""

    least: timedelta
    most: timedelta

    def error(self, real: timedelta) -> float:
        """Return by which factor it took longer (above 1) or less (below 1) than expected; 1.0 = as expected."""
        if real > self.most:
            return real / max(self.most, timedelta(seconds=1))
        return real / self.least if real < self.least else 1.0


def work_of(size_bytes: int, messages: int) -> int:
    """Return how much work a mailbox is, in bytes."""
    return size_bytes + messages * MESSAGE_BYTES


def speed_of(measured: Sequence[Measured]) -> Speed:
    """Return what the newest copies from a server let expect: their middle range, wider where they are few."""
    rates = sorted(
        work_of(one.size_bytes, one.messages) / one.seconds
        for one in measured[:MOST_MEASURED]
        if one.seconds > 0 and work_of(one.size_bytes, one.messages) >= WORTH_MEASURING
    )
    if not rates:
        return FIRST
    wider = 1 + 1 / math.sqrt(len(rates))
    edge = len(rates) // 5  # one in five may be slower, one in five faster
    return Speed(slow=rates[edge] / wider, fast=rates[-1 - edge] * wider)


def expect(
    ours: Sequence[Task], ahead: Sequence[Task], speeds: Mapping[str, Speed], slots: Slots
) -> Expected:
    """Return how long copying `ours` will take from when the first of them may begin.

    Args:
        ours: the mailboxes of one ticket.
        ahead: those of others that are being copied, wait, or are scheduled.
        speeds: of the servers, by host; one that is not in it has never been measured.
        slots: how many at once.
    """
    begins = min((task.not_before for task in ours), default=0.0)
    ends = []
    for fast in (True, False):
        rates = {
            host: (one.fast if fast else one.slow)
            for host in {task.host for task in (*ours, *ahead)}
            if (one := speeds.get(host, FIRST))
        }
        ends.append(_end_of(ours, ahead, rates, slots) - begins)
    return Expected(least=timedelta(seconds=ends[0]), most=timedelta(seconds=max(ends)))


def _end_of(ours: Sequence[Task], ahead: Sequence[Task], rates: Mapping[str, float], slots: Slots) -> float:
    """Play the queue through: who may begin first goes first, in the order of the queue; return when ours are over."""
    queues: dict[str, deque[tuple[float, int, Task]]] = defaultdict(deque)
    every = [*ahead, *ours]
    for at, task in sorted(enumerate(every), key=lambda one: (one[1].not_before, one[0])):
        queues[task.host].append((task.not_before, at, task))
    running: list[tuple[float, str, bool]] = []  # (end, host, ours)
    busy: dict[str, int] = defaultdict(int)
    now, end, left = 0.0, 0.0, len(ours)
    while left:
        chosen = _next(queues, busy, slots, now) if len(running) < slots.mailboxes else None
        if chosen is not None:
            _, at, task = queues[chosen].popleft()
            busy[chosen] += 1
            ends = now + SETUP_SECONDS + task.work_bytes / rates[task.host]
            heapq.heappush(running, (ends, chosen, at >= len(ahead)))
            continue
        now, freed = _advance(running, queues, now)
        if freed is not None:
            busy[freed[1]] -= 1
            if freed[2]:
                left, end = left - 1, max(end, freed[0])
    return end


def _next(
    queues: Mapping[str, deque[tuple[float, int, Task]]], busy: Mapping[str, int], slots: Slots, now: float
) -> str | None:
    """Return the host whose first mailbox begins now."""
    free = [
        (queue[0][0], queue[0][1], host)
        for host, queue in queues.items()
        if queue and queue[0][0] <= now and busy.get(host, 0) < slots.per_host
    ]
    return min(free)[2] if free else None


def _advance(
    running: list[tuple[float, str, bool]], queues: Mapping[str, deque[tuple[float, int, Task]]], now: float
) -> tuple[float, tuple[float, str, bool] | None]:
    """Go on to when the next copy ends or the next one may begin; return that moment, and what ended."""
    begins = min((queue[0][0] for queue in queues.values() if queue and queue[0][0] > now), default=math.inf)
    if running and running[0][0] <= begins:
        freed = heapq.heappop(running)
        return max(now, freed[0]), freed
    return begins, None


def parts(expected: Expected) -> tuple[str, int, int]:
    """Return the range as people say it: (unit, from, to) in minutes, hours or days, never narrower than it is."""
    seconds = expected.most.total_seconds()
    for unit, length, fits in (("minutes", 60, 5_400), ("hours", 3_600, 172_800), ("days", 86_400, math.inf)):
        if seconds <= fits:
            least = int(expected.least.total_seconds() // length)
            most = math.ceil(seconds / length)
            if unit == "minutes" and most > 10:
                least, most = least // 5 * 5, -(-most // 5) * 5
            return unit, max(least, 1), max(most, 1)
    raise AssertionError("every length has its unit")

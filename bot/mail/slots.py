"""How many connections this machine has open to one host, over all processes: one locked file for each.

A slot is the lock of an open file, so it is free again whatever way its process ends. A host that complained of too
many connections is given fewer for an hour.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

LEARNT_SECONDS: Final = 3600

# What servers allow at most, where it is known and less than usual. By the end of the host's name.
KNOWN_CAPS: Final = {
    "yahoo.com": 3,  # 2 to 4 are seen
    "aol.com": 3,
    "gmail.com": 10,  # 15 for an account; its owner has programs too
    "googlemail.com": 10,
    "office365.com": 8,  # about 10 for a user
    "outlook.com": 8,
    "zoho.com": 4,
    "zoho.eu": 4,
    "mail.ru": 4,
    "yandex.ru": 4,
    "yandex.com": 4,
    "qq.com": 3,
}


def known_cap(host: str) -> int | None:
    """Return how many connections a host is known to allow, None when it is not known. Pure."""
    name = host.casefold().rstrip(".")
    return next((cap for end, cap in KNOWN_CAPS.items() if name == end or name.endswith("." + end)), None)


class Slot:
    """The right to one connection to a host."""

    def __init__(self, slots: "Slots", key: str, number: int, handle: int) -> None:
        self._slots, self._key, self._handle = slots, key, handle
        self._number = number  # how many slots of this host lie below it

    def free(self) -> None:
        """Let somebody else connect."""
        os.close(self._handle)

    def complain(self) -> None:
        """Note that the host wants no more connections than there were before this one."""
        self._slots.learn(self._key, max(1, self._number))


class Slots:
    """The slots of this machine.

    Args:
        folder: where the files lie, the same for every process that is to be counted; made when missing.
        caps: the most connections to one host, by side.
    """

    def __init__(self, folder: Path, caps: Mapping[str, int]) -> None:
        self._folder, self._caps = folder, caps
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def take_each(self, stack: ExitStack, hosts: Mapping[str, str]) -> dict[str, Slot] | None:
        """Return a slot of each side's host, freed with the stack; None when one of them has none left.

        None is kept then, so two passes never wait for each other.
        """
        taken: dict[str, Slot] = {}
        for side, host in hosts.items():
            slot = self.take(side, host)
            if slot is None:
                for other in taken.values():
                    other.free()
                return None
            taken[side] = slot
        for slot in taken.values():
            stack.callback(slot.free)
        return taken

    def take(self, side: str, host: str) -> Slot | None:
        """Return a free slot of a host, None when there is none."""
        key = _key(side, host)
        for number in range(self._cap(side, host, key)):
            handle = os.open(self._folder / f"{key}-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(handle)
                continue
            return Slot(self, key, number, handle)
        return None

    def learn(self, key: str, cap: int) -> None:
        """Note a lower cap for an hour; of several complaints at once the lowest one counts."""
        with (self._folder / f"{key}.lock").open("ab") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            told = {"cap": min(cap, self._learnt(key) or cap), "until": time.time() + LEARNT_SECONDS}
            draft = self._folder / f"{key}.draft"
            draft.write_text(json.dumps(told))
            draft.replace(self._folder / f"{key}.cap")

    def _cap(self, side: str, host: str, key: str) -> int:
        caps = [self._caps[side], known_cap(host), self._learnt(key)]
        return min(cap for cap in caps if cap is not None)

    def _learnt(self, key: str) -> int | None:
        try:
            told = json.loads((self._folder / f"{key}.cap").read_text())
            return max(1, int(told["cap"])) if time.time() < float(told["until"]) else None
        except (OSError, ValueError, LookupError, TypeError):
            return None


def _key(side: str, host: str) -> str:
    return f"{side}-{hashlib.sha256(host.casefold().rstrip('.').encode()).hexdigest()[:16]}"

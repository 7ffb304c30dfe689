"""Durations and sizes as people write them. Pure."""

import re
from datetime import timedelta
from typing import Final

SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
BYTES: Final = {
    "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip


def parse_duration(text: str) -> timedelta:
    """Return "30s", "10m", "24h", "7d" or "2w" as a timedelta; ValueError says what is wanted."""
    found = re.fullmatch(r"(\d{1,6}) ?([smhdw])", text)
    if not found:
        raise ValueError('a duration is wanted, such as "30s", "10m", "24h" or "7d"')
    return timedelta(seconds=int(found[1]) * SECONDS[found[2]])


def parse_size(text: str) -> int:
    """Return "25MiB" as bytes (KiB, MiB, GiB are powers of 1024; kB, MB, GB of 1000)."""
    found = re.fullmatch(r"(\d{1,9}) ?([A-Za-z]+)", text)
    if not found or found[2] not in BYTES:
        raise ValueError('a size is wanted, such as "25MiB"')
    return int(found[1]) * BYTES[found[2]]

"""The container of .xls files, looked over: a chain of sectors that bites its own tail keeps a library busy for ever."""

import struct
from typing import Final

_HEADER_BYTES: Final = 512
_ENTRY_BYTES: Final = 128
_LAST: Final = 0xFFFFFFFA  # from here on a number is a mark and no sector (MS-CFB 2.1)


def has_sound_chains(data: bytes) -> bool:
    """Say whether every chain of the file ends (MS-CFB 2.3 and 2.6). Never raises; linear in the size."""
    try:
        return _check(data)
    except (struct.error, IndexError):
        return False


def _check(data: bytes) -> bool:
    shift, mini_shift = struct.unpack_from("<HH", data, 30)
    if shift not in {9, 12} or mini_shift != 6:  # MS-CFB 2.2: no other ones
        return False
    sector_bytes = 1 << shift
    first_directory = struct.unpack_from("<I", data, 48)[0]
    first_mini = struct.unpack_from("<I", data, 60)[0]
    first_difat, difats = struct.unpack_from("<II", data, 68)
    if difats or first_difat < _LAST:
        return False  # only files above 7 MB need one
    numbers = [number for number in struct.unpack_from("<109I", data, 76) if number < _LAST]
    if any((number + 1) * sector_bytes + sector_bytes > len(data) for number in numbers):
        return False
    table = [entry for number in numbers for entry in _sector(data, number, sector_bytes)]
    directory = _chain(table, first_directory)
    mini = _chain(table, first_mini)
    if directory is None or mini is None:
        return False
    mini_table = [entry for number in mini for entry in _sector(data, number, sector_bytes)]
    entries = b"".join(data[(number + 1) * sector_bytes :][:sector_bytes] for number in directory)
    return all(
        _stream_ends(entries[at : at + _ENTRY_BYTES], table, mini_table)
        for at in range(0, len(entries) - _ENTRY_BYTES + 1, _ENTRY_BYTES)
    )


def _sector(data: bytes, number: int, sector_bytes: int) -> tuple[int, ...]:
    return struct.unpack_from(f"<{sector_bytes // 4}I", data, (number + 1) * sector_bytes)


def _stream_ends(entry: bytes, table: list[int], mini_table: list[int]) -> bool:
    kind = entry[66]
    start, size = struct.unpack_from("<II", entry, 116)
    if kind not in {2, 5} or not size:
        return True
    small = kind == 2 and size < 4096  # MS-CFB 2.2: mini stream cutoff
    return _chain(mini_table if small else table, start) is not None


def _chain(table: list[int], start: int) -> list[int] | None:
    """Return the sectors of a chain; None where it does not end, or leaves the file."""
    found: list[int] = []
    while start < _LAST:
        if start >= len(table) or len(found) > len(table):
            return None
        found.append(start)
        start = table[start]
    return found

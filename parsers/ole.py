"""The container of .xls files, looked over: a chain of sectors that bites its own tail keeps a library busy for ever."""

import struct
from typing import Final

_HEADER_BYTES: Final = 512
_ENTRY_BYTES: Final = 128
_LAST: Final = 0xFFFFFFFA  # from here on a number is a mark and no sector (MS-CFB 2.1)
_SMALL: Final = 4096  # MS-CFB 2.2: mini stream cutoff
_BOOKS: Final = tuple(name.encode("utf-16-le") for name in ("Workbook\0", "Book\0"))
_BEGIN: Final = 0x0809  # a substream begins: one for each sheet (MS-XLS 2.4.21)
_CELL_RECORDS: Final = frozenset(
    {0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x0207, 0x027E, 0x00BD, 0x00BE, 0x00FD, 0x00D6}
)


def has_sound_chains(data: bytes, most_cells: int | None = None) -> bool:
    """Say whether every chain of the file ends (MS-CFB 2.3 and 2.6), and no sheet is wider than `most_cells`.

    Never raises; linear in the size. One cell in the farthest corner costs the library gigabytes.
    """
    try:
        return _check(data, most_cells)
    except (struct.error, IndexError):
        return False


def _check(data: bytes, most_cells: int | None) -> bool:
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
    listed = b"".join(data[(number + 1) * sector_bytes :][:sector_bytes] for number in directory)
    entries = [listed[at : at + _ENTRY_BYTES] for at in range(0, len(listed) - 127, _ENTRY_BYTES)]
    if not all(_stream_ends(entry, table, mini_table) for entry in entries):
        return False
    return all(
        most_cells is None or _cells(_large_stream(data, entry, table, sector_bytes)) <= most_cells
        for entry in entries
        if entry.startswith(_BOOKS)
    )


def _large_stream(data: bytes, entry: bytes, table: list[int], sector_bytes: int) -> bytes:
    """Return a stream of ordinary sectors; b"" for a smaller one, which programs write no book as: the child's limits hold."""
    start, size = struct.unpack_from("<II", entry, 116)
    if size < _SMALL:
        return b""
    chain = _chain(table, start) or []
    return b"".join(data[(number + 1) * sector_bytes :][:sector_bytes] for number in chain)[:size]


def _cells(stream: bytes) -> int:
    """Return how many cells the rectangle of the widest sheet has: the library fills all of it (MS-XLS 2.5.13)."""
    at, rows, columns, most = 0, 0, 0, 0
    while at + 8 <= len(stream):
        kind, length, row, column = struct.unpack_from("<HHHH", stream, at)
        if kind == _BEGIN:
            rows = columns = 0
        elif kind in _CELL_RECORDS and length >= 6:  # row, column and format
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            most = max(most, rows * columns)
        at += 4 + length
    return most


def _sector(data: bytes, number: int, sector_bytes: int) -> tuple[int, ...]:
    return struct.unpack_from(f"<{sector_bytes // 4}I", data, (number + 1) * sector_bytes)


def _stream_ends(entry: bytes, table: list[int], mini_table: list[int]) -> bool:
    kind = entry[66]
    start, size = struct.unpack_from("<II", entry, 116)
    if kind not in {2, 5} or not size:
        return True
    small = kind == 2 and size < _SMALL
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

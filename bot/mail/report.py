"""The report of `mailferry copy mail`, for people and as JSON. Pure, but for the words of our texts.

It is made for 80 columns: long folder names are shortened in the table; where they matter they stand in full below.
"""

import json
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from bot.model import THERE, FolderReport, PassReport, SkippedMessage

LINE_COLUMNS: Final = 80
HIDDEN: Final = ("no-messages",)  # a name that only holds other folders: nothing is missing
NAME_COLUMNS: Final = 12  # no folder name is made shorter than that


class Column(NamedTuple):
    """One column of numbers."""

    head: str
    cell: Callable[[FolderReport], str]
    always: bool = True  # False = only when it is not zero everywhere


def render_json(report: PassReport) -> str:
    """Return the report as JSON."""
    totals = {"messages": report.messages, "copied": report.copied, "present": report.present}
    return json.dumps(totals | {"verified": report.verified} | asdict(report), indent=2, ensure_ascii=False)


def render_report(report: PassReport, *, dry_run: bool = False) -> str:
    """Return the report as text: the outcome first, then a line a folder, then everything that needs a look."""
    parts = [_outcome(report, dry_run=dry_run), "", *_table(report.folders, dry_run=dry_run)]
    for title, there in (("Not copied", False), ("Copied, but not as they were", True)):
        parts += _section(
            title, [_skipped_line(one) for one in report.skipped if (one.code in THERE) is there]
        )
    parts += _section(
        "Folders left out",
        [f"{clean(name)}: {reason_text(why)}" for name, why in report.folders_skipped if why not in HIDDEN],
    )
    parts += _section("Renamed", [f"{clean(old)} -> {clean(new)}" for old, new in report.renamed])
    parts += _remarks(report)
    return "\n".join(parts)


def reason_text(code: str) -> str:
    """Return a reason code in words; a code without words as it is."""
    words = _reasons()
    return words.get(code) or words.get(code.partition("-")[0]) or clean(code)


def size_text(size_bytes: int) -> str:
    """Return a size for people, in powers of 1000."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def clean(text: str) -> str:
    """Return text without what could steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


@cache
def _reasons() -> Mapping[str, str]:
    texts = tomllib.loads(resources.files("bot").joinpath("texts", "en.toml").read_text(encoding="utf-8"))
    return dict(texts["reasons"])


def _outcome(report: PassReport, *, dry_run: bool) -> str:
    what = f"{report.messages:,} messages ({size_text(report.size_bytes)}) in {len(report.folders)} folders"
    if dry_run:
        return f"{what}: {report.copied:,} would be copied or recognised.\nNothing was changed."
    there = sum(folder.matched for folder in report.folders)
    rate = f" in {report.seconds:.1f} s" if report.seconds else ""
    missing = report.messages - report.present
    proof = (
        "All of them are at the destination." if not missing else f"{missing:,} are not at the destination."
    )
    return f"{what}: {report.copied:,} copied, {there:,} there before{rate}.\n{proof}"


def _remarks(report: PassReport) -> list[str]:
    """Return what else there is to say, a line each."""
    doubtful = sum(folder.doubtful for folder in report.folders)
    unmoved = sum(folder.unmoved for folder in report.folders)
    elsewhere = sum(folder.elsewhere for folder in report.folders)
    said = {
        f"{report.keywords_dropped} keywords could not be kept by the destination.": report.keywords_dropped,
        f"{doubtful:,} may be there twice: nothing proved that they were there already.": doubtful,
        f"{unmoved:,} moved at the source are there twice: the destination could not move them.": unmoved,
        f"{elsewhere:,} beside these have other labels, and are copied in those folders.": elsewhere,
        f"Waited {report.waited_seconds:.0f} s because a server asked for it.": report.waited_seconds >= 1,
        f"{report.reconnects} times a connection broke and was opened anew.": report.reconnects,
    }
    lines = [line for line, holds in said.items() if holds]
    return ["", *lines] if lines else []


def _columns(folders: Sequence[FolderReport], *, dry_run: bool) -> list[Column]:
    columns = [
        Column("messages", lambda one: f"{one.messages:,}"),
        Column("size", lambda one: size_text(one.size_bytes)),
        Column("to copy" if dry_run else "copied", lambda one: f"{one.copied:,}"),
        Column("there", lambda one: f"{one.matched:,}", always=False),
    ]
    if not dry_run:
        columns += [
            Column("verified", lambda one: f"{one.present:,}"),
            Column("re-read", lambda one: f"{one.reread:,}", always=False),
            Column("moved", lambda one: f"{one.moved:,}", always=False),
            Column("removed", lambda one: f"{one.removed:,}", always=False),
            Column("flags", lambda one: f"{one.flags_changed:,}", always=False),
        ]
    return [column for column in columns if column.always or any(column.cell(one) != "0" for one in folders)]


def _table(folders: Sequence[FolderReport], *, dry_run: bool) -> Iterator[str]:
    columns = _columns(folders, dry_run=dry_run)
    numbers = [[column.head for column in columns]]
    numbers += [[column.cell(one) for column in columns] for one in folders]
    widths = [max(len(row[place]) for row in numbers) for place in range(len(columns))]
    names = [("folder", "to"), *((clean(one.source), clean(one.destination)) for one in folders)]
    room = LINE_COLUMNS - sum(widths) - 2 * len(widths) - 2
    first, second = _share(room, *(max(_width(name[side]) for name in names) for side in (0, 1)))
    for (old, new), row in zip(names, numbers, strict=True):
        cells = [_padded(old, first), _padded(new, second)]
        cells += [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()


def _share(room: int, first: int, second: int) -> tuple[int, int]:
    """Return how wide two columns of names may be; the shorter one gets what it needs."""
    if first + second <= room:
        return first, second
    half = max(NAME_COLUMNS, room // 2)
    if first <= half:
        return first, max(half, room - first)
    return (max(half, room - second), second) if second <= half else (half, half)


def _padded(name: str, width: int) -> str:
    """Return a name in that many columns; the beginning and the end of a long one."""
    if _width(name) > width:
        head, tail = name[: width // 3], name
        while _width(f"{head}…{tail}") > width:
            head, tail = (head[:-1], tail) if _width(head) > width // 3 else (head, tail[1:])
        name = f"{head}…{tail}"
    return name + " " * (width - _width(name))


def _width(text: str) -> int:
    """Return how many columns a terminal needs (Unicode Standard Annex 11)."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"{title}:", *(f"  {line}" for line in lines)] if lines else []


def _skipped_line(one: SkippedMessage) -> str:
    about = f"{clean(one.sender)}: {clean(one.subject)}"
    where = f"{clean(one.folder)} UID {one.uid}, {one.date.strip()}"
    return f"{where}, {about} ({size_text(one.size_bytes)}): {reason_text(one.code)}"

"""The terminal: progress bars, questions, tables."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from bot.model import Progress


@contextmanager
def progress_bar(title: str, *, quiet: bool = False) -> Iterator[Callable[[Progress], None]]:
    """Give a receiver of progress: a bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[size]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=None, size="")

        def receive(progress: Progress) -> None:
            size = f"{progress.done_bytes / 1e6:.1f} MB" if progress.done_bytes else ""
            where = _where(title, progress)[:60]
            bars.update(
                task, description=where, total=progress.total or None, completed=progress.done, size=size
            )

        yield receive


def _where(title: str, progress: Progress) -> str:
    """Return what stands before the bar: the folder, or until when the server has us wait, in local time."""
    if not progress.waiting_until:
        return f"{title} {progress.folder}".strip()[:40]
    until = datetime.fromisoformat(progress.waiting_until).astimezone()
    return f"waiting until {until:%H:%M} (asked by the server)"


def put_out(line: str) -> None:
    """Write one line of data to stdout."""
    sys.stdout.write(line + "\n")


def say(line: str) -> None:
    """Write one line of talk to stderr."""
    sys.stderr.write(line + "\n")


def ask_on_terminal(question: str, default: str = "", *, secret: bool = False) -> str:
    """Ask one question on the terminal; an empty answer is the default."""
    import getpass

    shown = f"{question} [{default}]: " if default else f"{question}: "
    answer = getpass.getpass(shown) if secret else input(shown)
    return answer.strip() or default if not secret else answer or default


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return aligned columns as text."""
    widths = [max(len(line[column]) for line in [head, *rows]) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(widths[n]) for n, cell in enumerate(line)).rstrip() for line in [head, *rows]
    )

"""The demo's voice: steps, mails as their readers see them, and bars that move where there is a terminal."""

import os
import shutil
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path
from typing import Any

STYLES: Mapping[str, str] = {
    "bold": "1",
    "dim": "2",
    "customer": "36",
    "mailferry": "32",
    "good": "1;32",
    "bad": "1;31",
}
BAR, BESIDE_BAR = 32, 56  # characters; a line that does not fit could not be drawn over


def on_terminal() -> bool:
    """True where text may move: a terminal that is no dumb one."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


@dataclass
class Teller:
    """Says what happens, and keeps every mail as a file in `folder`."""

    folder: Path
    told: list[str] = field(default_factory=list)  # the thread as text
    began: float = field(default_factory=time.monotonic)
    moving: bool = field(default_factory=on_terminal)
    colour: bool = field(default_factory=lambda: on_terminal() and not os.environ.get("NO_COLOR"))
    width: int = field(default_factory=lambda: max(60, min(shutil.get_terminal_size((100, 40)).columns, 120)))
    _drawn: list[str] = field(default_factory=list)  # the lines of the bars on the screen

    def paint(self, text: str, style: str) -> str:
        """Return the text in a style, as it is where there are no colours."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.colour else text

    def say(self, text: str = "") -> None:
        """Print a paragraph."""
        self._drawn = []
        print("\n".join(textwrap.wrap(text, self.width, break_on_hyphens=False)), flush=True)

    def step(self, text: str) -> None:
        """Print one step of the story with the seconds since its beginning."""
        mark = f"{time.monotonic() - self.began:5.1f} s"
        self._drawn = []
        lines = textwrap.wrap(text, self.width - 9)
        print(
            f"\n{self.paint(mark, 'dim')}  " + "\n         ".join(self.paint(line, "bold") for line in lines),
            flush=True,
        )

    def mail(self, who: str, raw: bytes) -> None:
        """Show a mail as its reader sees it, and keep it."""
        self.told.append(as_text(raw))
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{len(self.told):02}-{who}.eml").write_bytes(raw)
        rule = "\n\n" + "-" * 72 + "\n\n"
        (self.folder / "thread.txt").write_text(rule.join(self.told) + "\n", "utf-8")
        edge = self.paint("|", who)
        for line in self.told[-1].splitlines():
            for part in _folded(line, self.width - 4):
                print(f"  {edge} {part}".rstrip(), flush=True)

    def bars(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Draw how far each mailbox is: in place on a terminal, elsewhere a line whenever one begins or ends."""
        lines = [self._bar(row) for row in rows if _total(row)]
        if not self.moving:
            for row, line in zip([row for row in rows if _total(row)], lines, strict=True):
                mark = f"{row['mailbox']} {row['state']}"
                if mark not in self._drawn:
                    self._drawn.append(mark)
                    print(line, flush=True)
        elif lines and lines != self._drawn:
            up = f"\x1b[{len(self._drawn)}A" if self._drawn else ""
            print(up + "\n".join(f"\r\x1b[K{line}" for line in lines), flush=True)
            self._drawn = lines

    def _bar(self, row: Mapping[str, Any]) -> str:
        total = _total(row)
        done = total if row["state"] in ("copied", "done") else (row["progress"] or {}).get("done", 0)
        length = min(BAR, self.width - BESIDE_BAR)
        filled = "#" * (length * done // total)
        style = "good" if done >= total else "mailferry"
        bar = self.paint(filled, style) + self.paint("." * (length - len(filled)), "dim")
        return f"  {row['mailbox']:<20} [{bar}] {done:>6,} of {total:<6,} {row['state']}"


def _total(row: Mapping[str, Any]) -> int:
    """Return how many messages there are, as the running pass, the last one or the check before the first one tells."""
    progress, found = row["progress"] or {}, row["found"] or {}
    return int(progress.get("total") or row["messages"] or found.get("messages") or 0)


def _folded(line: str, width: int) -> list[str]:
    """Return a line of text in pieces that fit; a table's columns stay as they are."""
    body = line.lstrip()
    indent = line[: len(line) - len(body)]
    if len(line) <= width or "   " in body:
        return [line]
    hang = indent + ("  " if body.startswith("- ") else "")
    return textwrap.wrap(body, width, initial_indent=indent, subsequent_indent=hang, break_on_hyphens=False)


def as_text(raw: bytes) -> str:
    """Return From, To, Subject, the text part and the names of the attachments."""
    mail = BytesParser(policy=SMTP).parsebytes(raw)
    body = mail.get_body(("plain",))
    lines = [f"{name}: {mail[name]}" for name in ("From", "To", "Cc", "Subject") if mail[name]]
    text = "" if body is None else str(body.get_content()).rstrip()
    attached = [line for part in mail.iter_attachments() for line in _attached(part)]
    return "\n".join([*lines, "", text, *([""] if attached else []), *attached])


def _attached(part: EmailMessage) -> list[str]:
    """Name an attachment; show a table's lines, for the passwords in this story open nothing."""
    name = str(part.get_filename())
    data = part.get_payload(decode=True)
    shown = data.decode("utf-8-sig").splitlines() if name.endswith(".csv") and isinstance(data, bytes) else []
    return [f"[attached: {name}]", *(f"    {line}" for line in shown)]

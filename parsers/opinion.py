"""What a server's library will make of a card that we finished: vobject is asked, no data flows through it.

Its expressions take exponential time on some lines that are wrong, so only lines of our own strict form are shown to
it, without their long values, and of one file no more than it can judge in a second or two.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import vobject

from parsers.lines import Line, fold

_LONG_VALUE = 1000  # characters; it reads and writes text one by one
_ESSENTIAL = frozenset({"BEGIN", "END", "VERSION", "UID", "FN", "N"})


@dataclass(slots=True)
class Opinion:
    """What vobject says about the cards of one file, as long as its budget lasts."""

    lines_left: int = 20_000

    def readable(self, lines: Sequence[Line]) -> Sequence[Line] | None:
        """Return the finished card without what keeps vobject from reading it; None when that does not help."""
        if len(lines) > self.lines_left or self._reads(lines):
            return lines
        frame = [line for line in lines if line.name in _ESSENTIAL]
        kept = [
            line
            for line in lines
            if line.name in _ESSENTIAL
            or len(frame) >= self.lines_left
            or self._reads([*frame[:-1], line, frame[-1]])
        ]
        return kept if self._reads(kept) else None

    def _reads(self, lines: Sequence[Line]) -> bool:
        self.lines_left -= len(lines)
        try:
            vobject.readOne(fold(_short(line).text for line in lines).decode()).serialize()
        except Exception:  # noqa: BLE001 - it raises whatever its helpers raise
            return False
        return True


def _short(line: Line) -> Line:
    if line.param("ENCODING") == "b":  # our own base64 needs no opinion
        return replace(line, text=f"{line.name};ENCODING=b:AAAA")
    if len(line.value) > _LONG_VALUE:
        return line.with_value(line.value[:_LONG_VALUE].rstrip("\\"))
    return line

"""A view of an HTML part as the lines a person sees."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_SILENT: Final = frozenset({"script", "style", "head", "title", "template"})
_LINES: Final = frozenset(
    re.findall(
        r"\w+",
        """p div br li tr h1 h2 h3 h4 h5 h6 ul ol table tbody thead blockquote pre hr section article header footer
        dl dt dd address form""",
    )
)
_CELLS: Final = frozenset({"td", "th"})


@dataclass(slots=True)
class _Flow:
    """Lines one below the other: the page, or the inside of a cell."""

    quotes: int = 0  # how deep in quotations it begins
    lines: list[str] = field(default_factory=lambda: [""])


@dataclass(slots=True)
class _Row:
    cells: list[_Flow] = field(default_factory=list)


class _View(HTMLParser):
    """Puts text into flows: a line per block, "> " before quotes, a row's cells side by side with TAB between."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Flow()
        self._silent = 0
        self._quotes: list[bool] = []
        self._open: list[_Row | None] = []  # rows, and None for the table around them; outermost first

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _CELLS:
            self._begin_cell()
        elif tag == "br":
            self._new_line()
        elif tag in _LINES:
            self._begin_block(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in {"tr", "table"}:
            self._end_row()
            if tag == "table" and self._open:
                self._open.pop()
        elif tag in _LINES:
            if tag == "blockquote" and self._quotes:
                self._quotes.pop()
            self._break()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        text = re.sub(r"[ \t]*[\r\n]+[ \t]*", " ", data)
        lines = self._flow().lines
        lines[-1] += text if lines[-1].strip(" >") else text.lstrip(" ")

    def finish(self) -> str:
        self.close()
        while self._open:
            self._end_row()
            self._open.pop() if self._open else None
        return "\n".join(line.rstrip(" ") for line in self.page.lines).strip("\n")

    def _flow(self) -> _Flow:
        cells = (row.cells[-1] for row in reversed(self._open) if row is not None and row.cells)
        return next(cells, self.page)

    def _mark(self) -> str:
        return "> " * (sum(self._quotes) - self._flow().quotes)

    def _begin_cell(self) -> None:
        if self._open and (row := self._open[-1]) is not None:
            row.cells.append(_Flow(sum(self._quotes)))

    def _begin_block(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag == "tr":
            self._end_row()  # </tr> may be left out
            self._open.append(_Row())
        elif tag == "table":
            self._break()
            self._open.append(None)
        elif tag == "blockquote":
            self._break()
            self._quotes.append(attrs.get("type") == "cite" or "quote" in (attrs.get("class") or ""))
            self._break()
        else:
            self._break()
            if tag == "hr":
                self._flow().lines[-1] += "-----"
                self._break()

    def _end_row(self) -> None:
        """Put the row's cells on one line; cells of several lines (a page laid out as a table) below each other."""
        if not self._open or (row := self._open[-1]) is None:
            self._break()
            return
        self._open.pop()
        self._break()
        cells = [[line for line in cell.lines if line.strip()] for cell in row.cells]
        if all(len(cell) <= 1 for cell in cells):
            lines = ["\t".join("".join(cell).rstrip(" ") for cell in cells)]
        else:
            lines = [line for cell in row.cells for line in cell.lines]
        flow, mark = self._flow(), self._mark()
        flow.lines[-1:] = [mark + line for line in lines]
        self._break()

    def _break(self) -> None:
        """End the line if anything stands on it."""
        lines = self._flow().lines
        if lines[-1].strip(" >"):
            self._new_line()
        else:
            lines[-1] = self._mark()

    def _new_line(self) -> None:
        self._flow().lines.append(self._mark())


def html_text(html: str) -> str:
    """Return the text of an HTML part. Runs of spaces and NBSP stay: they may be part of a password."""
    view = _View()
    view.feed(html)
    return view.finish()

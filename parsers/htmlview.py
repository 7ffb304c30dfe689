"""An HTML page laid out as lines, the way a person sees it."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from parsers.htmlhints import Hint, container_hint, is_hidden, is_quotation
from parsers.merged import Down, span, spread

CELL_BREAK: Final = "\u2028"  # between the lines of one cell of a row: white space, and no part of any value


_MOST_OPEN: Final = 60  # rows and tables inside each other; deeper ones are laid out as plain blocks


_SILENT: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "select"})


_VOID: Final = frozenset(re.findall(r"\w+", "area base br col embed hr img input link meta source track wbr"))


_LINES: Final = frozenset(
    re.findall(
        r"\w+",
        """p div br li tr h1 h2 h3 h4 h5 h6 ul ol table tbody thead tfoot caption blockquote pre hr section article header
        footer dl dt dd address form fieldset center main aside""",
    )
)


_CELLS: Final = frozenset({"td", "th"})


_SPACE: Final = re.compile(r"(?<![ \t])[ \t]*[\r\n]+[ \t]*")  # begins where the blanks begin: linear


@dataclass(frozen=True, slots=True)
class Line:
    """One visible line; a quoted one begins with "> "."""

    text: str
    hint: Hint | None = None


@dataclass(slots=True)
class _Flow:
    """Lines one below the other: the page, or the inside of a cell, which may be as wide or high as several."""

    quotes: int = 0  # how deep in quotations it begins
    lines: list[Line] = field(default_factory=lambda: [Line("")])
    width: int = 1
    height: int = 1


@dataclass(slots=True)
class _Row:
    cells: list[_Flow] = field(default_factory=list)


class View(HTMLParser):
    """Puts text into flows: a line per block, "> " before quotes, a row's cells side by side with TAB between."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Flow()
        self._silent = 0
        self._hidden: list[str] = []  # tags open since something hidden began
        self._quotes: list[bool] = []
        self._depth = 0  # how many of them are quotations
        self._hints: list[tuple[str, Hint | None]] = []  # open containers and what they say
        self._below = False
        self._pre = 0
        self._open: list[_Row | None] = []  # rows, and None for the table around them; outermost first
        self._down: list[Down] = []  # of each open table
        self._heads: list[list[str]] = []  # the last plain row of each, which may stand over columns

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            if tag == self._hidden[0]:
                self._hidden.append(tag)
            return
        told = {name: value or "" for name, value in attrs}
        if tag not in _VOID and is_hidden(tag, told):
            self._hidden.append(tag)
        elif tag in _SILENT:
            self._silent += 1
        elif tag in _CELLS:
            self._begin_cell(told)
        elif tag == "br":
            self._new_line()
        else:
            if tag in _LINES:
                self._begin_block(tag, told)
            if tag in {"div", "p", "span", "table", "section"}:
                self._begin_container(tag, told)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag == self._hidden[0]:
                self._hidden.pop()
            return
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in {"tr", "table"}:
            self._end_row()
            if tag == "table" and self._open:
                self._open.pop()
                self._down.pop()
                self._heads.pop()
        elif tag in _LINES:
            if tag == "blockquote" and self._quotes:
                self._depth -= self._quotes.pop()
            self._pre = max(0, self._pre - (tag == "pre"))
            self._break()
        self._end_container(tag)

    def handle_data(self, data: str) -> None:
        if self._silent or self._hidden:
            return
        if self._pre:
            first, *rest = re.split(r"\r\n|\r|\n", data)
            self._add(first)
            for line in rest:
                self._new_line()
                self._add(line)
            return
        self._add(_SPACE.sub(" ", data))

    def _add(self, text: str) -> None:
        lines = self._flow().lines
        last = lines[-1]
        started = bool(last.text.strip(" >"))
        lines[-1] = Line(
            last.text + (text if started or self._pre else text.lstrip(" ")),
            last.hint if started else self._hint(),
        )

    def finish(self) -> list[Line]:
        self.close()
        while self._open:
            self._end_row()
            if self._open:
                self._open.pop()
                self._down.pop()
                self._heads.pop()
        lines = [Line(line.text.rstrip(" "), line.hint) for line in self.page.lines]
        while lines and not lines[-1].text:
            lines.pop()
        first = next((n for n, line in enumerate(lines) if line.text), len(lines))
        return lines[first:]

    def _flow(self) -> _Flow:
        cells = (row.cells[-1] for row in reversed(self._open) if row is not None and row.cells)
        return next(cells, self.page)

    def _mark(self) -> str:
        return "> " * min(self._depth - self._flow().quotes, 20)

    def _hint(self) -> Hint | None:
        if self._below:
            return "below"
        return next((hint for _, hint in reversed(self._hints[-200:]) if hint), None)

    def _begin_container(self, tag: str, told: dict[str, str]) -> None:
        hint = container_hint(told)
        self._below = self._below or hint == "below"
        self._hints.append((tag, hint))

    def _end_container(self, tag: str) -> None:
        if self._hints and self._hints[-1][0] == tag:
            self._hints.pop()

    def _begin_cell(self, told: dict[str, str]) -> None:
        if self._open and (row := self._open[-1]) is not None:
            spans = (span(told.get(name, "")) for name in ("colspan", "rowspan"))
            row.cells.append(_Flow(self._depth, [Line("")], *spans))

    def _begin_block(self, tag: str, told: dict[str, str]) -> None:
        if tag in {"tr", "table"} and len(self._open) >= _MOST_OPEN:
            self._break()
        elif tag == "tr":
            self._end_row()  # </tr> may be left out
            self._open.append(_Row())
        elif tag == "table":
            self._break()
            self._open.append(None)
            self._down.append({})
            self._heads.append([])
        elif tag == "blockquote":
            self._break()
            self._quotes.append(is_quotation(told, self._line_before()))
            self._depth += self._quotes[-1]
            self._break()
        else:
            self._break()
            self._pre += tag == "pre"
            if tag == "hr":
                self._add("-----")
                self._break()

    def _line_before(self) -> str:
        return next((line.text for line in reversed(self._flow().lines[-5:]) if line.text.strip(" >")), "")

    def _end_row(self) -> None:
        """Put the row's cells on one line; cells that are a layout of their own below each other."""
        if not self._open or (row := self._open[-1]) is None:
            self._break()
            return
        self._open.pop()
        self._break()
        cells = [[line for line in cell.lines if line.text.strip()] for cell in row.cells]
        if any(len(cell) > 1 for cell in cells) and (len(cells) < 2 or _is_layout(cells)):
            lines = self._under_heads([cell.lines for cell in row.cells])
        else:
            texts = [CELL_BREAK.join(line.text.rstrip(" ") for line in cell) for cell in cells]
            hint = next((line.hint for cell in cells for line in cell if line.hint), self._hint())
            if self._heads:
                self._heads[-1] = texts
            down = self._down[-1] if self._down else {}
            lines = [Line("\t".join(spread(texts, row.cells, down)), hint)]
        flow, mark = self._flow(), self._mark()
        flow.lines[-1:] = [Line(mark + line.text, line.hint) for line in lines]
        self._break()

    def _under_heads(self, cells: list[list[Line]]) -> list[Line]:
        """Return the lines of cells that are a layout, each below the head of its column where there is one."""
        heads = self._heads[-1] if self._heads else []
        if len(heads) != len(cells) or len(cells) < 2:
            heads = [""] * len(cells)
        named = [[Line(f"{head}:")] if head.strip() else [] for head in heads]
        return [line for head, cell in zip(named, cells, strict=True) for line in (*head, *cell)]

    def _break(self) -> None:
        """End the line if anything stands on it."""
        lines = self._flow().lines
        if lines[-1].text.strip(" >"):
            self._new_line()
        else:
            lines[-1] = Line(self._mark(), self._hint())

    def _new_line(self) -> None:
        self._flow().lines.append(Line(self._mark(), self._hint()))


def _is_layout(cells: list[list[Line]]) -> bool:
    """True for cells that hold lines of their own ("Email: x", a table), and not one value over two lines."""
    lines = [line.text for cell in cells if len(cell) > 1 for line in cell]
    return len(lines) > 4 * len(cells) or any("\t" in line or re.search(r":(\s|$)", line) for line in lines)

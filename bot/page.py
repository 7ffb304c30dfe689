"""A reply as a list of paragraphs and tables, seen as text (the master) or as the same words in HTML."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

CELL = 300  # characters; a longer one is cut
WIDTH = 108  # a table wider than this is written as one short block per row: phones and quoting wrap lines


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text; `right` names the columns with numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


def one_line(text: str) -> str:
    """Return the text on one line, without controls, halves of characters, or marks that turn the direction around."""
    return " ".join(_unbroken(text).split())


def _unbroken(text: str) -> str:
    """Return the text on one line as one_line does, but with its no-break spaces."""
    shown = (" " if _is_unseen(char) else char for char in text)
    return " ".join(word for word in "".join(shown).strip().split(" ") if word)


def _is_unseen(char: str) -> bool:
    return char not in _NO_BREAK and (char.isspace() or unicodedata.category(char) in _UNSEEN)


_NO_BREAK = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"  # in numbers, and before French punctuation
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def _cells(table: Table) -> list[tuple[str, ...]]:
    """Return the rows, cells cleaned: what stands in them came from customers and servers."""
    shown = (tuple(_unbroken(cell) for cell in row) for row in table.rows)
    return [tuple(cell if len(cell) <= CELL else f"{cell[: CELL - 1]}…" for cell in row) for row in shown]


def _paragraph(text: str) -> str:
    return "\n".join(_unbroken(line) for line in text.split("\n"))


Block = str | Table
Page = Sequence[Block]


def to_text(page: Page) -> str:
    """Return the plain text, paragraphs parted by a blank line."""
    return (
        "\n\n".join(_paragraph(block) if isinstance(block, str) else _text_table(block) for block in page)
        + "\n"
    )


def _filled(table: Table) -> Table:
    """Return the table without the columns in which nothing stands."""
    rows = _cells(table)
    kept = [column for column in range(len(table.head)) if any(row[column] for row in rows)]
    right = frozenset(new for new, column in enumerate(kept) if column in table.right)
    return Table(_chosen(table.head, kept), tuple(_chosen(row, kept) for row in rows), right)


def _chosen(line: tuple[str, ...], kept: list[int]) -> tuple[str, ...]:
    return tuple(line[column] for column in kept)


def _text_table(table: Table) -> str:
    table = _filled(table)
    lines = [table.head, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.head))]
    if sum(widths) + 2 * len(widths) > WIDTH:
        return "\n\n".join(_text_record(table.head, row) for row in table.rows)
    return "\n".join(
        "  "
        + "  ".join(
            _cell(cell, widths[column], column in table.right) for column, cell in enumerate(line)
        ).rstrip()
        for line in lines
    )


def _text_record(head: tuple[str, ...], row: tuple[str, ...]) -> str:
    width = max(len(name) for name in head)
    return "\n".join(f"  {name:<{width}}  {cell}" for name, cell in zip(head, row, strict=True) if cell)


def _cell(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)


# On a phone each row of a table is a block of its own: the heads go, and every cell says what it is.
_NARROW = (
    "<style>@media(max-width:600px){table,tbody,tr,td{display:block!important;white-space:normal!important}"
    "tr.head,td:empty{display:none!important}tr{padding:.5em 0;border-bottom:1px solid #ddd}"
    "td{text-align:left!important;border:0!important;padding:1px 0!important;overflow-wrap:anywhere}"
    'td::before{content:attr(title) ": ";color:#666}}</style>'
)


def to_html(page: Page, language: str = "en") -> str:
    """Return the same words as one small HTML document: no images, no links to fetch, nothing tracked."""
    body = "\n".join(_html_block(block, first=number == 0) for number, block in enumerate(page))
    return (
        '<!doctype html><html lang="'
        + escape(language)
        + '"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"{_NARROW}</head>"
        '<body style="font-family:sans-serif;font-size:15px;line-height:1.45;color:#1c1c1c;max-width:52em;margin:1em">\n'
        f"{body}\n</body></html>\n"
    )


def _html_block(block: Block, *, first: bool) -> str:
    if isinstance(block, Table):
        return _html_table(block)
    weight = "font-weight:600;font-size:17px;" if first else ""
    return f'<p style="{weight}margin:0 0 .9em">{escape(_paragraph(block)).replace(chr(10), "<br>")}</p>'


def _html_table(table: Table) -> str:
    table = _filled(table)

    def cells(tag: str, line: tuple[str, ...]) -> str:
        return "".join(
            _html_cell(tag, cell, table.head[at], at in table.right) for at, cell in enumerate(line)
        )

    rows = "".join(f"<tr>{cells('td', row)}</tr>" for row in table.rows)
    return (
        '<div style="overflow-x:auto;margin:0 0 .9em"><table style="border-collapse:collapse;font-size:14px">'
        f'<tr class="head">{cells("th", table.head)}</tr>{rows}</table></div>'
    )


def _html_cell(tag: str, cell: str, head: str, right: bool) -> str:
    unbroken = ";white-space:nowrap" if right and tag == "td" else ""
    titled = f' title="{escape(head)}"' if tag == "td" else ""
    style = f"text-align:{'right' if right else 'left'}{unbroken};padding:3px 12px 3px 0"
    return f'<{tag}{titled} style="{style};border-bottom:1px solid #ddd;vertical-align:top">{escape(cell)}</{tag}>'

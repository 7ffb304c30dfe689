"""Merged cells of an HTML table: their text in every place they cover."""

from collections.abc import Sequence
from typing import Final, Protocol

Down = dict[int, tuple[str, int]]  # by column: the text that reaches down from above, and over how many rows


class Spanning(Protocol):
    """A cell: how many columns and rows it covers."""

    width: int
    height: int


_MOST_SPAN: Final = 50


def spread(texts: list[str], cells: Sequence[Spanning], down: Down) -> list[str]:
    """Return the texts of a row with those of merged cells in every place they cover; `down` is carried to the next row.

    Across only where several are merged, which is a header over headers: a value is never doubled. Down not where the
    first column merely names the rows beside it.
    """
    groups = sum(cell.width > 1 for cell in cells) > 1 and not any(set("@:") & set(text) for text in texts)
    laid: list[str] = []

    def fill() -> None:
        while len(laid) in down:
            text, left = down.pop(len(laid))
            if left > 1:
                carried[len(laid)] = text, left - 1
            laid.append(text)

    carried: Down = {}
    for text, cell in zip(texts, cells, strict=True):
        fill()
        for _ in range(cell.width if groups else 1):
            if cell.height > 1 and (laid or groups or "." in text):
                carried[len(laid)] = text, cell.height - 1
            laid.append(text)
    fill()
    down.clear()
    down.update(carried)
    return laid


def span(said: str) -> int:
    """Return how many columns or rows a cell covers; 1 for what is no number of a table people write."""
    return int(said) if said.isascii() and said.isdigit() and 1 <= int(said[:4]) <= _MOST_SPAN else 1

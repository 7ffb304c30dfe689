"""Tables that stand upright: the labels below each other in the first column, one account in each column beside them."""

from dataclasses import replace
from typing import Final

from parsers.columns import read_header
from parsers.dialect import Record
from parsers.labels import Field, read_label
from parsers.values import is_address, read_address

_MOST_LINES: Final = 200
_MOST_BESIDE: Final = 40  # accounts beside each other


def lay_down(records: list[Record]) -> list[Record]:
    """Return the table with its labels as a header line, where they stand in the first column; else as it is.

    A label that comes again begins the next account. A row's line is that of its address. Lines without a label, and
    those that say nothing beside it, are no part of any account.
    """
    blocks = _blocks(records)
    if not blocks or not all(map(_is_account, blocks)):
        return records
    return [line for block in blocks for line in _laid(block)]


def _blocks(records: list[Record]) -> list[list[Record]]:
    """Return the labelled lines of each account; [] where most lines have no label."""
    wide = [one for one in records if len(one.cells) > 1 and any(cell.strip() for cell in one.cells[1:])]
    labelled = [one for one in wide if _field(one) is not None]
    if not 2 <= len(labelled) <= _MOST_LINES or len(labelled) * 2 <= len(wide):
        return []
    blocks: list[list[Record]] = []
    seen: set[str] = set()
    for one in labelled:
        name = one.cells[0].strip().casefold()
        if not blocks or name in seen:
            blocks.append([])
            seen.clear()
        blocks[-1].append(one)
        seen.add(name)
    return blocks


def _field(record: Record) -> Field | None:
    label = read_label(record.cells[0])
    return label.field if label else None


def _is_account(block: list[Record]) -> bool:
    """True where the labels make a header, and an address stands beside the label of one; never for a header's own line."""
    if read_header([one.cells[0] for one in block]) is None:
        return False
    if any(sum(read_label(cell) is not None for cell in one.cells[1:]) > 0 for one in block):
        return False
    beside = [one.cells[1:] for one in block if _field(one) in {"address", "login"}]
    return any(is_address(read_address(cell)) for cells in beside for cell in cells if "@" in cell)


def _laid(block: list[Record]) -> list[Record]:
    first = next(one for one in block if _field(one) in {"address", "login"})
    lines = [Record(block[0].line, [one.cells[0] for one in block], literal=True)]
    for at in range(1, min(max(len(one.cells) for one in block), _MOST_BESIDE + 1)):
        cells = [one.cells[at] if at < len(one.cells) else "" for one in block]
        if any(cell.strip() for cell in cells):
            number = frozenset(n for n, one in enumerate(block) if at in one.not_text)
            lines.append(replace(first, cells=cells, literal=True, not_text=number))
    return lines

"""Counted cells read once more by pandas: the same strings, or the counted ones stand."""

import csv
import io
import warnings
from typing import TYPE_CHECKING, Final

from parsers.dialect import Record

if TYPE_CHECKING:
    import pandas as pd

_AS_THEY_STAND: Final = {
    "header": None,
    "index_col": False,
    "dtype": str,
    "keep_default_na": False,
    "na_filter": False,
    "skip_blank_lines": False,
    "on_bad_lines": "error",
}  # every default that changes a cell is off: NA words, numbers, blank lines, index columns


def read_frame(records: list[Record], width: int, delimiter: str) -> "pd.DataFrame":
    """Return the first `width` cells of each record, as strings, one column per number.

    The records are counted before: one line too long would fail the whole of read_csv. Where a quote is no CSV quote,
    only the counted ones are right.
    """
    import pandas as pd  # a second to import: only the child that reads a table needs it

    counted = pd.DataFrame([_padded(record.cells, width) for record in records], dtype=str)
    if any(record.literal for record in records):
        return counted
    try:
        with warnings.catch_warnings(action="ignore"):  # a line it reads otherwise is compared below
            frame = pd.read_csv(
                io.StringIO("\n".join(record.text for record in records), newline=""),
                sep=delimiter,
                names=range(max(width, *(len(record.cells) for record in records))),
                **_AS_THEY_STAND,
            )[list(range(width))]
    except (ValueError, TypeError, csv.Error):  # its ParserError is a ValueError
        return counted
    return frame if frame.equals(counted) else counted


def _padded(cells: list[str], width: int) -> list[str]:
    return (cells + [""] * width)[:width]

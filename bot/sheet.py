"""The CSV customers fill in: the empty template, and the one that comes back with only the rows that need them."""

import csv
import io
import unicodedata
from collections.abc import Iterable

COLUMNS = ("email", "password", "imap_server", "new_email", "note")
EXAMPLE = (
    "anna@example.com",
    "type it here",
    "imap.old-provider.example",
    "",
    "an example: replace this line",
)
_RISKY = ("=", "+", "-", "@")  # a spreadsheet would run it as a formula (OWASP CSV injection)


def render_template(delimiter: str = ",") -> bytes:
    """Return the template as UTF-8 with a BOM, so that Excel opens it right."""
    return _render((COLUMNS, EXAMPLE), delimiter)


def render_corrected(rows: Iterable[tuple[str, str, str, str]], delimiter: str = ",") -> bytes:
    """Return a CSV with only the rows that need the customer: (address, server, new address, problem).

    The password column is empty: passwords never leave us. No cell can run as a formula.
    """
    lines = [
        (safe(address), "", safe(server), safe(new), safe(problem)) for address, server, new, problem in rows
    ]
    return _render(((*COLUMNS[:4], "problem"), *lines), delimiter)


def render_cells(rows: Iterable[Iterable[str]], delimiter: str = ",") -> bytes:
    """Return any table as a CSV; no cell can run as a formula."""
    return _render(([safe(cell) for cell in row] for row in rows), delimiter)


def safe(cell: str) -> str:
    """Return the cell so that no spreadsheet takes it for a formula."""
    begins = unicodedata.normalize("NFKC", cell).lstrip(' "\t\r\n')  # some take the wide forms, too
    return f"'{cell}" if begins.startswith(_RISKY) else cell


def _render(rows: Iterable[Iterable[str]], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")

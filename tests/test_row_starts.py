"""Starts in a table's column: one for all, one for each row, or dates that are none."""

import pytest

from parsers.explain import explain
from tests.test_request import read

HEAD = (
    "From: anna@old.example\nTo: support@host.example\nSubject: Move\nDate: Mon, 23 Nov 2026 10:00:00 +0100\n"
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nPlease move these mailboxes.\n--b\n"
    "Content-Type: text/csv; name=list.csv\n\n"
)


def understood(column: str, first: str, second: str) -> dict[str, object]:
    rows = f"anna@old.example;x1;imap.old.example;{first}\nben@old.example;x2;imap.old.example;{second}\n"
    return explain(read(f"{HEAD}email;password;server;{column}\n{rows}--b--\n".encode()))


def test_rows_that_want_different_clear_times_keep_them() -> None:
    """Which one holds for the whole request is still asked, with the rows' own times to choose from."""
    seen = understood("start", "2026-12-05 22:00", "2026-12-06 21:00")

    assert [row.get("start") for row in seen["rows"]] == ["2026-12-05T21:00:00Z", "2026-12-06T20:00:00Z"]  # type: ignore[attr-defined]
    assert seen["start_choices"] == ["2026-12-05T21:00:00Z", "2026-12-06T20:00:00Z"]
    assert seen["start"]["problem"] == "ambiguous"  # type: ignore[index]


@pytest.mark.parametrize("second", ["2026-12-05 22:00", ""], ids=["both", "one"])
def test_rows_that_want_the_same_time_make_it_the_requests(second: str) -> None:
    """A blank cell contradicts nothing."""
    seen = understood("start", "2026-12-05 22:00", second)

    assert seen["start"]["utc"] == "2026-12-05T21:00:00Z"  # type: ignore[index]
    assert not any("start" in row for row in seen["rows"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("column", ["Datum", "date", "Fecha", "Data"])
@pytest.mark.parametrize(
    ("first", "second"),
    [("12.03.2018", "07.11.2020"), ("2018-03-12 14:22:05", ""), ("3/28/2019", "1/2/2020")],
)
def test_dates_long_gone_are_no_wanted_start(column: str, first: str, second: str) -> None:
    """They say when the accounts were made."""
    assert understood(column, first, second)["start"] is None


def test_a_date_to_come_is_asked_about_whatever_its_column_is_called() -> None:
    """Starting at once would be a guess."""
    assert understood("Datum", "12.03.2018", "05.12.2026")["start"]["problem"] is not None  # type: ignore[index]

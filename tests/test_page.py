"""A reply's paragraphs and tables as text and as HTML: aligned, narrow enough to quote, and inert."""

from hypothesis import given
from hypothesis import strategies as st

from bot.page import CELL, WIDTH, Table, one_line, to_html, to_text
from parsers.html import html_text


def test_columns_are_aligned_and_numbers_to_the_right() -> None:
    """Read in a fixed-width font or not, the first column starts each line."""
    table = Table(
        ("mailbox", "messages"), (("anna@x.example", "7"), ("bob@x.example", "1,204")), frozenset({1})
    )
    assert to_text([table]) == (
        "  mailbox         messages\n  anna@x.example         7\n  bob@x.example      1,204\n"
    )


def test_a_wide_table_is_written_one_block_per_row() -> None:
    """Phones and quoting wrap lines; a wrapped table is no table."""
    table = Table(("subject", "reason", "note"), (("s" * 80, "r" * 40, ""), ("a", "b", "c")))
    text = to_text([table])
    assert (
        text == f"  subject  {'s' * 80}\n  reason   {'r' * 40}\n\n  subject  a\n  reason   b\n  note     c\n"
    )


def test_a_column_without_anything_in_it_is_left_out() -> None:
    """Before the check there are no numbers."""
    table = Table(("mailbox", "messages", "state"), (("anna@x.example", "", "needs you"),), frozenset({1}))
    assert "messages" not in to_text([table]) + to_html([table])


def test_html_runs_fetches_and_tracks_nothing() -> None:
    """Folder names and subjects come from strangers."""
    evil = "<script>x</script><img src=x onerror=y>\"'&amp; <a href=http://x>"
    html = to_html([evil, evil, Table((evil,), ((evil,),))])
    for word in ("<script", "<img", "<a ", "onerror=y>"):
        assert word not in html
    assert "http-equiv" not in html
    assert html_text(html).count("<script>x</script>") == 4


cells = st.one_of(
    st.text(max_size=30), st.sampled_from(["\r\nBcc: x", "\u202egnp.exe", "\ud800", "x" * 900, "a\tb\x00c"])
)


@given(st.lists(cells, max_size=4), st.lists(st.tuples(cells, cells), max_size=5))
def test_whatever_stands_in_a_cell_it_stays_one_line(
    paragraphs: list[str], rows: list[tuple[str, str]]
) -> None:
    """No cell breaks its line, turns the direction around, or cannot be encoded."""
    text = to_text([*paragraphs, Table(("one", "two"), tuple(rows))])
    text.encode()
    to_html([*paragraphs, Table(("one", "two"), tuple(rows))]).encode()
    assert not set(text) & set("\r\t\x00\u202e\u2028\x85")
    shown = to_text([Table(("one", "two"), tuple(rows))])
    assert all(len(line) <= max(WIDTH, CELL + 12) for line in shown.splitlines())


def test_one_line_keeps_the_words() -> None:
    assert one_line("  Grüße,\n\tszervusz \u200e😀 ") == "Grüße, szervusz 😀"

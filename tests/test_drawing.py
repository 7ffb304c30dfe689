"""The picture of the states is the table."""

from tests.drawing import PAGE, page


def test_the_page_is_drawn_from_the_tables() -> None:
    """`python -m tests.drawing` writes it anew."""
    assert PAGE.read_text("utf-8") == page()

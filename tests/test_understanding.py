"""What docs/understanding.md promises to customers: every example on the page goes through the parsers."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from parsers.request import Request, read_request
from parsers.table import MAX_ROWS, parse_table
from parsers.when import parse_start
from tests.fuzz.harness import DESK, in_process

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "understanding.md").read_text("utf-8")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ANNA, BEN = ("anna@old.example", "Blue!42"), ("ben@old.example", "Red?17")
HOST = "imap.old.example"
OURS = "<mf-7f3k9.ack.1.0123456789abcdef@ferry.host.example>"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def sent(text: str, *, answers: str = "", file: str = "") -> Request:
    """Return the letter as understood; `file` names a CSV that holds the text instead."""
    letter = EmailMessage()
    letter["From"], letter["To"] = "Anna Berg <anna@old.example>", "support@host.example"
    letter["Subject"], letter["Date"] = "Moving", "Mon, 23 Nov 2026 10:00:00 +0100"
    letter["Message-ID"] = "<1@old.example>"
    if answers:
        letter["In-Reply-To"] = answers
    letter.set_content("Please move the mailboxes in the table." if file else text)
    if file:
        letter.add_attachment(text.encode(), maintype="text", subtype="csv", filename=file)
    return read_request(letter.as_bytes(), DESK, safely=in_process)


def said(request: Request) -> list[tuple[str | None, str | None]]:
    assert [row.problems for row in request.rows] == [()] * len(request.rows)
    assert {row.host for row in request.rows} == {HOST}
    return [(row.address, row.password) for row in request.rows]


def test_every_block_of_the_page_is_held_by_a_test() -> None:
    """A kind of block that is not read here would be a promise nobody keeps."""
    kinds = re.findall(r"^```(\w+)$", PAGE, re.MULTILINE)

    assert {kind: kinds.count(kind) for kind in kinds} == {
        "mail": 4,
        "labels": 1,
        "csv": 2,
        "starts": 1,
        "unclear": 1,
        "answer": 1,
        "nothing": 1,
        "announced": 1,
    }


def test_letters_are_understood() -> None:
    """One mailbox; login, port and new address; two mailboxes of one server; a start."""
    one, more, two, start = (sent(text) for text in blocks("mail"))

    assert {request.kind for request in (one, more, two, start)} == {"request"}
    assert said(one) == said(more) == said(start) == [ANNA]
    assert said(two) == [ANNA, BEN]
    (row,) = more.rows
    assert (row.login, row.port, row.destination) == ("anna-berg", 143, "anna.berg@new.example")
    assert start.start is not None
    assert start.start.utc == datetime(2026, 12, 5, 21, tzinfo=UTC)


def test_labels_of_nine_languages_are_understood() -> None:
    lines = blocks("labels")[0].splitlines()

    assert len(lines) == 9
    for line in lines:
        assert said(sent("\n".join(re.split(r" {4,}", line)))) == [ANNA], line


def test_tables_are_understood_attached_and_in_the_text() -> None:
    ours, others = blocks("csv")

    for request in (sent(ours, file="a.csv"), sent(others, file="a.csv"), sent(ours)):
        assert request.kind == "request"
        assert said(request) == [ANNA, BEN]
    assert [row.destination for row in sent(ours, file="a.csv").rows] == [None, "ben.berg@new.example"]
    assert sent(others, file="a.csv").rows[0].destination == "anna@new.example"


def test_the_limit_of_rows_is_the_one_on_the_page() -> None:
    assert f"At most {MAX_ROWS:,} rows" in PAGE


def test_starts_mean_one_moment_or_are_asked_about() -> None:
    for line in blocks("starts")[0].splitlines():
        assert parse_start(line, now=NOW, zone="Europe/Berlin").utc == datetime(
            2026, 12, 5, 21, tzinfo=UTC
        ), line
    for line in blocks("unclear")[0].splitlines():
        start = parse_start(line, now=NOW, zone="Europe/Berlin")
        assert start.utc is None, line
        assert start.problem in {"ambiguous", "vague"}, line


def test_an_answer_and_done_are_follow_ups() -> None:
    answer = sent(blocks("answer")[0], answers=OURS)

    assert answer.kind == "follow-up"
    assert [(row.address, row.password) for row in answer.rows] == [("ben@old.example", "Green_99")]
    assert "done" in sent("done", answers=OURS).wishes


def test_quotations_signatures_and_announcements_are_no_data() -> None:
    (announced,) = sent(blocks("announced")[0]).rows

    assert sent(blocks("nothing")[0]).rows == ()
    assert announced.password is None
    assert [problem.code for problem in announced.problems] == ["password-missing"]


def test_the_example_line_of_the_template_is_no_mailbox() -> None:
    text = "email,password,imap_server,new_email,note\nanna@example.com,type it here,imap.old-provider.example,,an example: replace this line\n"
    rows = parse_table(text.encode(), "a.csv").value

    assert all("example-row" in {problem.code for problem in row.problems} for row in rows)


@pytest.mark.parametrize("file", ["README.md", "docs/operate.md"])
def test_the_page_is_found(file: str) -> None:
    assert "understanding.md" in (ROOT / file).read_text("utf-8")

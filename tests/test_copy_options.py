"""What `mailferry copy mail` takes on its command line, and what its report looks like. No server."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.mail.command import read_options
from bot.mail.nonmail import REASONS
from bot.mail.report import reason_text, render_report
from bot.model import FolderReport, PassOptions, PassReport

TEXTS = tomllib.loads(Path("bot/texts/en.toml").read_text("utf-8"))


def test_options_are_read_as_they_are_meant() -> None:
    """Each of them reaches the pass."""
    options = read_options(
        maps=["Old folder=New/folder", r"a\=b=c=d"],
        into="Before",
        exclude=["News"],
        skip_roles=["trash", "junk"],
        connections=16,
        verify="full",
        labels="primary",
        compress=True,
        restore=True,
    )

    assert options == PassOptions(
        folder_map=(("Old folder", "New/folder"), ("a=b", "c=d")),
        into="Before",
        exclude=("News",),
        skip_roles=("trash", "junk"),
        connections=16,
        per_source_host=16,  # asked for by hand, so not cut down to the usual cap
        verify="full",
        labels="primary",
        compress=True,
        restore=True,
    )
    assert read_options() == PassOptions()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--map", "Old"], "OLD=NEW"),
        (["--map", "=New"], "OLD=NEW"),
        (["--map", "Old="], "OLD=NEW"),
        (["--map", "A=B", "--map", "A=C"], "twice"),
        (["--skip-role", "bin"], "sent, trash, drafts, junk, archive"),
        (["--connections", "0"], "1 to 16"),
        (["--connections", "17"], "1 to 16"),
        (["--exclude", ""], "name of a folder"),
        (["--into", "/"], "name of a folder"),
        (["--verify", "most"], "digest"),
        (["--labels", "none"], "primary"),
    ],
)
def test_a_wrong_option_ends_with_usage_before_anything_is_opened(arguments: list[str], said: str) -> None:
    """Exit 2, and what is right instead; no password is asked for."""
    result = CliRunner().invoke(
        app, ["copy", "mail", "--from", "a@h.invalid", "--to", "b@h.invalid", *arguments]
    )

    assert result.exit_code == 2
    assert said in result.output


def test_every_option_has_one_line_of_help() -> None:
    """At 80 columns."""
    text = CliRunner().invoke(app, ["copy", "mail", "--help"], env={"COLUMNS": "80"}).output
    options = ("--map", "--into", "--exclude", "--skip-role", "--connections", "--compress", "--restore")
    lines = {option: re.search(rf"^ +{option} .*(?:\n {{20,}}.*)*", text, re.MULTILINE) for option in options}

    assert all(found and "\n" not in found[0].strip() for found in lines.values()), text


@pytest.mark.parametrize("code", [*REASONS, "excluded", "shared", "virtual", "role-trash", "no-messages"])
def test_every_reason_a_folder_is_left_out_for_has_words(code: str) -> None:
    """Those of our replies: an operator and a requester read the same."""
    assert reason_text(code) == TEXTS["reasons"][code]


def test_a_reason_without_words_is_shown_as_it_is() -> None:
    """A server's own response code, without what could steer a terminal."""
    assert reason_text("rejected-nosuch") == TEXTS["reasons"]["rejected"]
    assert reason_text("x-new\x1b") == "x-new?"


ONE = FolderReport(
    source="INBOX", destination="INBOX", messages=3, size_bytes=99, copied=1, matched=2, present=3
)


def test_columns_that_say_nothing_are_left_away() -> None:
    """Moved, re-read and removed appear when there were any."""
    plain = render_report(PassReport(folders=(ONE,)))
    full = render_report(PassReport(folders=(ONE, replace(ONE, moved=1, reread=2, removed=4))))

    assert "re-read" not in plain
    assert "moved" not in plain
    assert "flags" not in full
    assert re.search(r"there +verified +re-read +moved +removed$", full, re.MULTILINE)


def test_waits_and_broken_connections_and_doubts_are_said() -> None:
    """A slow copy is explained, and what may be there twice is owned up to."""
    said = render_report(
        PassReport(folders=(replace(ONE, doubtful=2),), waited_seconds=40.2, reconnects=3, keywords_dropped=1)
    )

    assert "Waited 40 s because a server asked for it." in said
    assert "3 times a connection broke and was opened anew." in said
    assert "2 may be there twice" in said
    assert "Waited" not in render_report(PassReport(folders=(ONE,)))


def test_the_table_keeps_to_80_columns_and_both_ends_of_a_name() -> None:
    """The end tells folders of one customer apart. A Chinese character takes two columns."""
    names = ("INBOX.Customers." + "long" * 30 + ".2020", "\u90ae\u4ef6" * 40 + "end")
    folders = [
        replace(ONE, source=name, destination=name, messages=10**6, size_bytes=10**9) for name in names
    ]
    table = render_report(PassReport(folders=tuple(folders))).splitlines()[3:]

    assert all(len(line) + len(re.findall("[\u4e00-\u9fff]", line)) <= 80 for line in table)
    assert all("2020" in line or "end" in line for line in table[1:])
    assert table[1].startswith("INBO")

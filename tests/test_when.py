"""What a wanted start means: the phrase table, and the laws of a reader that never guesses."""

import csv
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.when import FARTHEST, parse_start
from parsers.whenscan import scan
from parsers.whenwords import plain

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def phrases() -> list[list[str]]:
    lines = (ROOT / "fixtures" / "when" / "phrases.tsv").read_text("utf-8").splitlines()
    return [
        row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if not row[0].startswith("#")
    ]


@pytest.mark.parametrize(
    ("group", "language", "phrase", "now", "zone", "expected"), phrases(), ids=lambda value: value[:40]
)
def test_a_phrase_means_what_a_careful_agent_understands(
    group: str, language: str, phrase: str, now: str, zone: str, expected: str
) -> None:
    """A start taken wrongly copies somebody's mail at the wrong hour: none may be wrong."""
    start = parse_start(phrase, now=datetime.fromisoformat(now), zone=zone)
    instant = start.utc.strftime("%Y-%m-%dT%H:%M:%SZ") if start.utc else ""

    assert (start.problem or instant or "soon") == expected
    assert start.said == phrase.strip()

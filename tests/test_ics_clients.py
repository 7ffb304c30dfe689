"""Exports written after the habits of many calendar programs: what must come out of each stands beside it."""

import json
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject

from parsers.ics import CalendarObject, parse_calendar
from parsers.lines import read_lines

CLIENTS = Path(__file__).parent.parent / "fixtures" / "calendars" / "clients"
FILES = sorted(path for path in CLIENTS.iterdir() if path.suffix in {".ics", ".vcs"})
SHOWN = ("DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "RECURRENCE-ID")


def first(one: CalendarObject, name: str) -> str | None:
    zone = False
    for line in read_lines(one.data).lines:
        if line.name in {"BEGIN", "END"} and line.value == "VTIMEZONE":
            zone = line.name == "BEGIN"
        if not zone and line.name == name:
            return line.text
    return None


def understood(data: bytes) -> dict[str, Any]:
    parsed = parse_calendar(data)
    return {
        "calendars": list(parsed.value.names),
        "objects": [
            {
                "kind": one.component,
                "name": one.name,
                **{name.lower(): said for name in SHOWN if (said := first(one, name))},
                **({"repairs": list(one.repairs)} if one.repairs else {}),
            }
            for one in parsed.value.objects
        ],
        "problems": [{"code": problem.code, "item": problem.item} for problem in parsed.problems],
    }


def test_there_are_enough_of_them() -> None:
    """A program that is not here is one nobody tried."""
    assert len(FILES) >= 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_export_is_understood(path: Path) -> None:
    """Each file has its trap; the sidecar says what is in it, what was changed and what could not be used."""
    assert understood(path.read_bytes()) == json.loads(path.with_name(f"{path.name}.json").read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_comes_out_is_read_by_both_libraries_and_again_by_us(path: Path) -> None:
    """Radicale reads with vobject, clients with their likes; a second import gives the same bytes."""
    for one in parse_calendar(path.read_bytes()).value.objects:
        calendar = icalendar.Calendar.from_ical(one.data)
        vobject.readOne(one.data.decode()).serialize()
        (again,) = parse_calendar(one.data).value.objects

        assert not any(part.errors for part in calendar.walk())
        assert (again.uid, again.data, again.repairs) == (one.uid, one.data, ())
        assert b"METHOD" not in one.data

"""When a series takes place is compared only where it could differ, and then a shift is seen."""

import pytest

from bot.dav import occurrences
from bot.dav.occurrences import Budget

ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Z\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY;BYMONTH=1\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nTZNAME:Z\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)
SHIFTED = ZONE.replace("+0100", "+0200")


def event(zone: str, rule: str = "RRULE:FREQ=WEEKLY;COUNT=3\r\n", summary: str = "S") -> bytes:
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{zone}BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
        f"DTSTART;TZID=Z:20260105T100000\r\nDTEND;TZID=Z:20260105T110000\r\n{rule}SUMMARY:{summary}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def test_a_zone_that_shifts_a_series_is_seen() -> None:
    """The texts of the event are equal; only its zone says otherwise."""
    assert Budget().moved(event(ZONE), event(SHIFTED))
    assert not Budget().moved(event(ZONE), event(ZONE))


def test_what_cannot_have_moved_is_not_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A zone's own rules make no series; and equal starts, rules and zones give equal dates. It took half of an import."""
    monkeypatch.setattr(occurrences, "occurrences", pytest.fail)

    assert not Budget().moved(event(ZONE, rule=""), event(SHIFTED, rule=""))
    assert not Budget().moved(event(ZONE), event(ZONE, summary="Other"))

"""What holds of every calendar file: nothing lost without a word, unknown lines kept, and the same times as before."""

import datetime as dt
import re
import warnings
import zoneinfo
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.components import OBJECTS, CalendarReader
from parsers.ics import parse_calendar
from parsers.lines import fold, read_lines
from parsers.readable import offsets
from parsers.zonetext import zone_texts

CLIENTS = Path(__file__).parent.parent / "fixtures" / "calendars" / "clients"
FILES = sorted(path for path in CLIENTS.iterdir() if path.suffix in {".ics", ".vcs"})

zones = st.sampled_from(
    [
        "",
        ";TZID=Europe/Berlin",
        ";TZID=W. Europe Standard Time",
        ';TZID="(UTC-05:00) Eastern Time (US & Canada)"',
        ";TZID=/mozilla.org/2007/Asia/Tokyo",
        ";TZID=Nowhere",
        ";VALUE=DATE",
        ";TZID=UTC",
    ]
)
days = st.dates(dt.date(2025, 12, 1), dt.date(2026, 6, 30))
times = st.builds(
    lambda day, hour, minute, z: f"{day:%Y%m%d}T{hour:02d}{minute:02d}00{z}",
    days,
    st.integers(0, 23),
    st.sampled_from([0, 15, 59]),
    st.sampled_from(["", "", "", "Z"]),
)
dates = (
    times
    | days.map(lambda day: f"{day:%Y%m%d}")
    | st.sampled_from(["20261301", "", "00010101", "99991231T235959Z", "x"])
)
rules = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=DAILY;COUNT=5",
        "FREQ=WEEKLY;BYDAY=MO,WE",
        "FREQ=WEEKLY;UNTIL=20260401",
        "FREQ=MONTHLY;BYDAY=-1SU;UNTIL=20260701T000000Z",
        "FREQ=SECONDLY",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "W1 MO #4",
        "BOGUS",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=HOURLY;INTERVAL=12;COUNT=9",
        "FREQ=DAILY;COUNT=3;UNTIL=20260105T000000",
        "FREQ=WEEKLY;BYDAY=1MO,2TU;WKST=XX",
    ]
)
lines = st.one_of(
    st.builds(
        "{}{}:{}".format,
        st.sampled_from(["DTSTART"] * 4 + ["DTEND", "DUE", "RECURRENCE-ID", "EXDATE", "RDATE", "DTSTAMP"]),
        zones,
        dates,
    ),
    rules.map("RRULE:{}".format),
    st.sampled_from(
        ["UID:1", "UID:2", "UID:1", "SUMMARY:a, b", "DURATION:PT1H", "DURATION:-P1D", "STATUS:x", "GEO:1,2"]
    ),
    st.sampled_from(
        ["BEGIN:VALARM", "END:VALARM", "TRIGGER:-PT5M", "ACTION:EMAIL", "ATTENDEE:mailto:a@b.example", "TZ:1"]
    ),
    st.sampled_from(
        ["X-KEPT;X-P=1:a b", "X-KEPT:ü; c", "BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR", "junk"]
    ),
)
events = st.lists(lines, max_size=9).map(
    lambda some: "\r\n".join(["BEGIN:VEVENT", "DTSTART:20260105T100000", *some, "END:VEVENT"])
)
heads = st.sampled_from(
    ["VERSION:2.0", "VERSION:1.0", "X-WR-TIMEZONE:Europe/Rome", "METHOD:REQUEST\r\nVERSION:2.0"]
)
files = st.builds(
    lambda head, some: (
        f"BEGIN:VCALENDAR\r\n{head}\r\n{chr(13)}\n".replace("\r\n\r\n", "\r\n").encode()
        + "\r\n".join(some).encode()
        + b"\r\nEND:VCALENDAR\r\n"
    ),
    heads,
    st.lists(events, min_size=1, max_size=5),
)


@settings(deadline=None)
@given(data=files)
def test_every_component_is_in_an_object_or_named(data: bytes) -> None:
    """Components in = components out + problems, and each is read by icalendar without a complaint, with one UID."""
    begun = sum(one.name in OBJECTS for one in CalendarReader().read(data))
    parsed = parse_calendar(data)
    kept = 0
    for one in parsed.value.objects:
        parts = [part for part in icalendar.Calendar.from_ical(one.data).walk() if part.name in OBJECTS]
        kept += len(parts)
        assert {str(part["UID"]) for part in parts} == {one.uid}
        assert all("DTSTAMP" in part and not part.errors for part in parts)
    named = sum(problem.code not in {"cut-file", "unsupported-component"} for problem in parsed.problems)

    assert kept + named == begun
    assert len({one.uid for one in parsed.value.objects}) == len(parsed.value.objects)


@settings(deadline=None)
@given(data=files)
def test_what_was_put_right_is_right(data: bytes) -> None:
    """Reading what we wrote gives the same bytes, and nothing is left to repair; so a second import changes nothing."""
    for one in parse_calendar(data).value.objects:
        (again,) = parse_calendar(one.data).value.objects

        assert (again.uid, again.data, again.repairs) == (one.uid, one.data, ())


UNKNOWN = st.from_regex(r"X-[A-Z]{1,9}(;X-[A-Z]{1,5}=[a-z0-9]{1,9}){0,2}", fullmatch=True)
VALUES = st.from_regex(r"[ -+\--\[\]-~äß€]{1,80}", fullmatch=True).filter(lambda text: text.strip() == text)


@settings(deadline=None)
@given(name=UNKNOWN, value=VALUES)
def test_what_we_do_not_know_is_kept_byte_for_byte(name: str, value: str) -> None:
    """Programs keep things of their own in an event; a migration is no reason to lose them."""
    data = fold(["BEGIN:VEVENT", "DTSTART:20260101T100000Z", f"{name}:{value}", "END:VEVENT"])
    (one,) = parse_calendar(data).value.objects

    assert f"{name}:{value}" in [line.text for line in read_lines(one.data).lines]


def occurrences(data: bytes) -> list[tuple[str, Any]]:
    """Every time at which something takes place in two years, as instants where it says one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says when it guesses a vendor's zone
        calendar = icalendar.Calendar.from_ical(data)
    found = recurring_ical_events.of(calendar).between((2025, 6, 1), (2027, 6, 1))

    def start(event: icalendar.Event) -> str:
        when = event["DTSTART"].dt
        instant = isinstance(when, dt.datetime) and when.tzinfo is not None
        return str(when.astimezone(dt.UTC) if instant else when)

    return sorted((str(event.get("SUMMARY")), start(event)) for event in found)


SAME_TIMES = [
    "outlook-2016-series.ics",
    "exchange-german-zone.ics",
    "google-takeout.ics",
    "apple-icloud.ics",
    "thunderbird-lightning.ics",
    "evolution.ics",
    "korganizer.ics",
    "zimbra.ics",
    "sogo.ics",
    "nextcloud.ics",
    "yahoo.ics",
    "airline.ics",
    "holidays-feed.ics",
    "meeting-request.ics",
]


@pytest.mark.parametrize("name", SAME_TIMES)
def test_everything_takes_place_when_it_did(name: str) -> None:
    """A zone that shifts shows in no comparison of texts, only in the two years of dates."""
    data = (CLIENTS / name).read_bytes()
    came = occurrences(data)
    sent = [found for one in parse_calendar(data).value.objects for found in occurrences(one.data)]

    assert came
    assert sorted(sent) == came


@settings(deadline=None, max_examples=25)
@given(
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "Europe/London"]
    ),
    day=st.dates(dt.date(2025, 7, 1), dt.date(2026, 3, 1)),
    hour=st.integers(4, 23),  # the hours that some days lack are read in two ways
    rule=st.sampled_from(
        [
            "FREQ=WEEKLY",
            "FREQ=DAILY;INTERVAL=9",
            "FREQ=MONTHLY",
            "FREQ=YEARLY",
            "FREQ=WEEKLY;UNTIL=20260410T000000Z",
        ]
    ),
)
def test_a_zone_of_ours_keeps_every_hour_of_a_series(zone: str, day: dt.date, hour: int, rule: str) -> None:
    """Over both changes of the clocks; the definition is ours, and read by its rules alone."""
    event = f"BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID={zone}:{day:%Y%m%d}T{hour:02d}3000\r\nRRULE:{rule}\r\nEND:VEVENT\r\n"
    (one,) = parse_calendar(event.encode()).value.objects
    own = f"Own-{zone.partition('/')[2]}".encode()  # icalendar remembers a zone by its name
    foreign = one.data.replace(f"TZID:{zone}".encode(), b"TZID:" + own)
    foreign = foreign.replace(f"TZID={zone}".encode(), b"TZID=" + own)

    assert b"BEGIN:VTIMEZONE" in one.data
    assert occurrences(foreign) == occurrences(one.data)


def test_a_trap_costs_its_item_only_and_little_time() -> None:
    """A rule of each second, a million exceptions, a zone with a million changes: the others are there."""
    traps = [
        "DTSTART:20260101T100000Z\r\nRRULE:FREQ=SECONDLY",
        "DTSTART:20260101T100000Z\r\nRRULE:FREQ=DAILY\r\nEXDATE:" + ",".join(["20260101T100000Z"] * 200_000),
        "DTSTART:20260101T100000Z\r\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "DTSTART:20260101T100000Z\r\n" + "EXDATE:20260101T100000Z\r\n" * 100_000,
        "DTSTART:20260101T100000Z\r\nRRULE:" + ";" * 500_000,
        "DTSTART;TZID=Trap:20260101T100000",
    ]
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Trap\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nRRULE:FREQ=SECONDLY\r\n"
    )
    zone += "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    events = [f"BEGIN:VEVENT\r\nUID:{at}\r\n{trap}\r\nEND:VEVENT\r\n" for at, trap in enumerate(traps)]
    good = "BEGIN:VEVENT\r\nUID:good\r\nDTSTART:20260101T100000Z\r\nEND:VEVENT\r\n"
    before = dt.datetime.now(dt.UTC)
    parsed = parse_calendar(f"BEGIN:VCALENDAR\r\n{zone}{''.join(events)}{good}END:VCALENDAR\r\n".encode())
    found = {one.uid: one.repairs for one in parsed.value.objects}

    assert dt.datetime.now(dt.UTC) - before < dt.timedelta(seconds=8)
    assert found["good"] == ()
    assert found["0"] == ("rule-too-often",)
    assert found["2"] == found["4"] == ("rule-dropped",)
    assert [problem.code for problem in parsed.problems] == ["too-many-dates"] * 2
    assert len(found) + len(parsed.problems) == len(traps) + 1


def test_a_large_file_is_read_one_event_at_a_time() -> None:
    """Fifty megabytes have to fit into the child's memory; what is kept of an event is its text."""
    import tracemalloc

    event = (
        b"BEGIN:VEVENT\r\nUID:%d\r\nDTSTART:20260101T100000Z\r\nDESCRIPTION:"
        + b"x" * 800
        + b"\r\nEND:VEVENT\r\n"
    )
    data = b"BEGIN:VCALENDAR\r\n" + b"".join(event % at for at in range(2_000)) + b"END:VCALENDAR\r\n"
    tracemalloc.start()
    parsed = parse_calendar(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(parsed.value.objects) == 2_000
    assert peak < 3.5 * len(data)


def test_an_unknown_zone_is_said_and_a_known_one_is_not() -> None:
    """So that nobody misses a meeting because of a name."""
    event = "BEGIN:VEVENT\nDTSTART;TZID={}:20260101T100000\nEND:VEVENT\n"
    cases = {
        "W. Europe Standard Time": "Europe/Berlin",
        "(GMT+01.00) Amsterdam / Berlin / Bern": "Europe/Berlin",
        "W. Europe": "Europe/Berlin",
        "Eastern": "America/New_York",
        "/freeassociation.sourceforge.net/Tzfile/Europe/Rome": "Europe/Rome",
        "GMT+0530": "Asia/Kolkata",
        "Pacific Standard Time 1": "America/Los_Angeles",
        "Nirgends": None,
    }
    for given_name, wanted in cases.items():
        (one,) = parse_calendar(event.format(given_name).encode()).value.objects
        zone = re.search(rb"DTSTART;TZID=([^:]+):", one.data)

        assert (zone.group(1).decode() if zone else None) == wanted, given_name
        assert (one.repairs == ("zone-unknown",)) == (wanted is None)


def the_only(*lines: str, version: str = "2.0") -> tuple[list[str], tuple[str, ...]]:
    text = "\n".join(
        ["BEGIN:VCALENDAR", f"VERSION:{version}", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    )
    (one,) = parse_calendar(text.encode()).value.objects
    return [line.text for line in read_lines(one.data).lines], one.repairs


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Rome",
        "America/Chicago",
        "Asia/Jerusalem",
        "Australia/Hobart",
        "Africa/Casablanca",
        "Europe/London",
    ],
)
def test_a_zone_of_ours_says_what_the_iana_says_of_forty_years(name: str) -> None:
    """Rules changed: an event of 2005 keeps its hour in a country that changed them in 2007."""
    noons = [dt.datetime(1996, 1, 1, 12) + dt.timedelta(days=9 * step) for step in range(1_600)]  # noqa: DTZ001
    zone = zoneinfo.ZoneInfo(name)

    assert offsets(zone_texts(name), noons) == tuple(noon.replace(tzinfo=zone).utcoffset() for noon in noons)


def test_an_override_goes_with_the_series_that_takes_place_then() -> None:
    """Two series under one UID, as timetables have them: the changed hour is of the one at that hour."""
    event = "BEGIN:VEVENT\nUID:1\nSUMMARY:{}\nDTSTART:{}\n{}\nEND:VEVENT\n"
    early = event.format("early", "20260105T080000Z", "RRULE:FREQ=WEEKLY")
    late = event.format("late", "20260106T180000Z", "RRULE:FREQ=WEEKLY")
    moved = event.format("moved", "20260112T090000Z", "RECURRENCE-ID:20260112T080000Z")
    for order in ((early, late, moved), (moved, late, early)):
        objects = parse_calendar("".join(order).encode()).value.objects
        assert [b"moved" in one.data for one in objects if b"early" in one.data] == [True]
        assert [b"moved" in one.data for one in objects if b"late" in one.data] == [False]


def test_a_place_of_vcalendar_is_turned_round() -> None:
    """Longitude came first in 1.0 and comes last since."""
    assert "GEO:52.5;13.4" in the_only("DTSTART:20260101T100000Z", "GEO:13.4,52.5", version="1.0")[0]
    assert "GEO:52.5;13.4" in the_only("DTSTART:20260101T100000Z", "GEO:52.5;13.4")[0]


def test_an_alarm_without_its_end_does_not_take_the_event_with_it() -> None:
    """What only an event says belongs to the event, wherever a lost END put it."""
    texts, repairs = the_only("DTSTART:20260101T100000Z", "BEGIN:VALARM", "TRIGGER:-PT5M", "LOCATION:Here")

    assert "LOCATION:Here" in texts
    assert repairs == ("alarm-dropped",)


def test_a_line_that_the_library_cannot_read_costs_only_itself() -> None:
    """First its parameters go, then the line, never the event."""
    texts, repairs = the_only("DTSTART:20260101T100000Z", "COMMENT;LANG UAGE=x:hello", "SUMMARY:kept")

    assert {"COMMENT:hello", "SUMMARY:kept"} <= set(texts)
    assert repairs == ("property-dropped",)

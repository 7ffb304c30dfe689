"""Calendar files of every condition become one resource per UID."""

from pathlib import Path

import icalendar
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.components import OBJECTS, CalendarReader
from parsers.ics import CalendarObject, parse_calendar
from parsers.lines import read_lines

CALENDARS = Path(__file__).parent.parent / "fixtures" / "calendars"
FILES = sorted(CALENDARS.glob("*.ics"))


def read(name: str) -> bytes:
    return (CALENDARS / name).read_bytes()


def texts(one: CalendarObject, name: str) -> list[str]:
    return [line.text for line in read_lines(one.data).lines if line.name == name]


def by_name(data: bytes) -> dict[str, CalendarObject]:
    return {one.name: one for one in parse_calendar(data).value.objects}


def test_each_event_goes_with_the_zone_it_uses_and_no_other() -> None:
    """A resource holds one UID and its zones (RFC 4791 section 4.1); METHOD is refused by two servers."""
    parsed = parse_calendar(read("google.ics"))
    weekly, call, fair = parsed.value.objects

    assert parsed.problems == ()
    assert parsed.value.name == "anna@old.example"
    assert [one.name for one in parsed.value.objects] == [
        "Stand-up, all 2026-01-05",
        "Call 2026-03-01",
        "Fair 2026-04-01",
    ]
    assert texts(weekly, "TZID") == ["TZID:Europe/Berlin"]
    assert texts(call, "TZID") == texts(fair, "TZID") == []
    assert all(texts(one, "METHOD") == [] and texts(one, "PRODID") for one in parsed.value.objects)
    assert all(one.repairs == () for one in parsed.value.objects)


def test_what_we_do_not_know_survives_byte_for_byte() -> None:
    """Libraries drop or rewrite it; we edit lines."""
    weekly = parse_calendar(read("google.ics")).value.objects[0]

    assert texts(weekly, "X-UNKNOWN") == ["X-UNKNOWN;X-P=1:kept as it is"]
    assert "DESCRIPTION:Bring news\\; and coffee" in texts(weekly, "DESCRIPTION")


def test_a_rule_that_ends_in_a_semicolon_is_kept() -> None:
    """Seen in exports; Radicale fails on it."""
    data = b"BEGIN:VEVENT\nDTSTART:20260101T100000Z\nRRULE:FREQ=YEARLY;BYMONTH=11;\nEND:VEVENT\n"
    (one,) = parse_calendar(data).value.objects

    assert texts(one, "RRULE") == ["RRULE:FREQ=YEARLY;BYMONTH=11"]
    assert one.repairs == ()


def test_a_bare_comma_does_not_cut_what_is_said() -> None:
    """Radicale stores what vobject reads, and vobject reads up to the first bare comma."""
    data = (
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T100000Z\nSUMMARY:a, b; c\nURL:https://x/a,b\n"
        b"CATEGORIES:one,two\nX-PLACE;X-P=1:left, right\n"
        b"BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:now, go\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    (one,) = parse_calendar(data).value.objects

    assert texts(one, "SUMMARY") == ["SUMMARY:a\\, b\\; c"]
    assert texts(one, "URL") == ["URL:https://x/a%2Cb"]
    assert texts(one, "CATEGORIES") == ["CATEGORIES:one,two"]
    assert texts(one, "X-PLACE") == ["X-PLACE;X-P=1:left\\, right"]
    assert texts(one, "DESCRIPTION") == ["DESCRIPTION:now\\, go"]


def test_an_override_joins_its_series_whichever_comes_first() -> None:
    """Outlook names zones its own way and leaves their definition out."""
    parsed = parse_calendar(read("override-first.ics"))
    (series,) = parsed.value.objects

    assert parsed.problems == ()
    assert texts(series, "SUMMARY") == ["SUMMARY:Series", "SUMMARY:Later that day"]
    assert texts(series, "TZID") == ["TZID:Europe/Berlin"]
    assert texts(series, "RECURRENCE-ID") == ["RECURRENCE-ID;TZID=Europe/Berlin:20260112T100000"]


def test_of_two_overrides_of_one_date_the_newer_is_kept() -> None:
    """Exports of a shared calendar hold each revision; SEQUENCE tells which is newer (RFC 5545 section 3.8.7.4)."""
    data = read("override-first.ics").decode()
    first = data[data.index("BEGIN:VEVENT") : data.index("END:VEVENT") + 12]
    older = first.replace("Later that day", "Older").replace("UID:series", "UID:series\r\nSEQUENCE:1")
    newer = first.replace("UID:series", "UID:series\r\nSEQUENCE:10")
    for both in (older + newer, newer + older):
        parsed = parse_calendar(data.replace(first, both).encode())

        assert texts(parsed.value.objects[0], "SUMMARY") == ["SUMMARY:Series", "SUMMARY:Later that day"]
        assert [(one.code, one.item) for one in parsed.problems] == [("duplicate-object", "Older 2026-01-12")]


def test_a_date_without_its_series_is_an_event_of_its_own() -> None:
    """Google exports single dates of a series the user was not invited to; Radicale refuses them as they are."""
    data = read("override-first.ics").decode()
    cut = data[: data.index("END:VEVENT")] + "END:VEVENT\r\nEND:VCALENDAR\r\n"
    parsed = parse_calendar(cut.encode())
    (one,) = parsed.value.objects

    assert parsed.problems == ()
    assert texts(one, "RECURRENCE-ID") == []
    assert one.repairs == ("series-missing",)
    assert one.uid != "series"
    assert parse_calendar(cut.encode()) == parsed


def test_every_bad_item_costs_only_itself() -> None:
    """One bad alarm or zone makes libraries drop all events of a file."""
    parsed = parse_calendar(read("bad-items.ics"))
    objects = {one.uid: one for one in parsed.value.objects}

    assert sorted((one.code, one.item) for one in parsed.problems) == [
        ("bad-date", "Month thirteen 2026-13-01"),
        ("no-start", "No start"),
        ("unsupported-component", ""),
    ]
    assert objects["good"].repairs == ()
    assert objects["alarm"].repairs == ("alarm-dropped",)
    assert texts(objects["alarm"], "TRIGGER") == ["TRIGGER:-PT15M"]
    assert objects["rule"].repairs == ("rule-dropped",)
    assert objects["zone"].repairs == ("zone-unknown",)
    assert texts(objects["zone"], "DTSTART") == ["DTSTART:20260108T100000"]
    assert objects["ends"].repairs == ("end-dropped",)
    assert len(objects) == 6


def test_a_truncated_file_keeps_every_whole_item() -> None:
    """icalendar gives an empty list and no error for such a file."""
    whole = read("google.ics")
    data = whole[: whole.index(b"SUMMARY:Fair")]
    parsed = parse_calendar(data)

    assert [one.name for one in parsed.value.objects] == ["Stand-up, all 2026-01-05", "Call 2026-03-01"]
    assert [(one.code, one.item) for one in parsed.problems] == [
        ("cut-file", ""),
        ("cut-object", "2026-04-01"),
    ]


def test_line_ends_and_charsets_make_no_difference() -> None:
    """CR-only files came back empty from the library."""
    expected = [one.uid for one in parse_calendar(read("bad-items.ics")).value.objects]
    text = read("bad-items.ics").decode()

    for form in (
        text.replace("\r\n", "\r").encode(),
        text.replace("\r\n", "\n").encode(),
        text.encode("utf-16"),
    ):
        assert [one.uid for one in parse_calendar(form).value.objects] == expected


def test_two_events_of_one_uid_are_kept_and_twins_are_not() -> None:
    """Copied events keep the UID in some exports."""
    event = "BEGIN:VEVENT\nUID:1\nDTSTART:20260101T100000Z\nSUMMARY:{}\nDTSTAMP:{}\nEND:VEVENT\n"
    body = event.format("a", "20250101T000000Z") + event.format("a", "20260101T000000Z")
    parsed = parse_calendar(f"BEGIN:VCALENDAR\n{body}{event.format('b', '')}END:VCALENDAR\n".encode())

    assert [(one.name, one.repairs) for one in parsed.value.objects] == [
        ("a 2026-01-01", ()),
        ("b 2026-01-01", ("duplicate-uid",)),
    ]
    assert [one.code for one in parsed.problems] == ["duplicate-object"]


def test_instants_and_days_stay_what_they_were() -> None:
    """A zone beside a Z shifts the time in libraries; a date without VALUE=DATE is refused."""
    event = "BEGIN:VCALENDAR\nX-WR-TIMEZONE:Europe/Berlin\nBEGIN:VEVENT\nSUMMARY:x\n{}\nEND:VEVENT\nEND:VCALENDAR\n"
    cases = {
        "DTSTART;TZID=Europe/Paris:20260101T100000Z": "DTSTART:20260101T100000Z",
        "DTSTART:20260101": "DTSTART;VALUE=DATE:20260101",
        "DTSTART:2026-01-01T10:00:00Z": "DTSTART:20260101T100000Z",
        "DTSTART:20260101T100000": "DTSTART;TZID=Europe/Berlin:20260101T100000",
        "DTSTART;TZID=/mozilla.org/2007/Europe/Rome:20260101T100000": "DTSTART;TZID=Europe/Rome:20260101T100000",
    }

    for given_line, expected in cases.items():
        (one,) = parse_calendar(event.format(given_line).encode()).value.objects
        assert expected in texts(one, "DTSTART"), given_line


def test_what_is_no_calendar_says_so() -> None:
    """A renamed picture, a card, an empty file; an empty calendar is one."""
    for data in (b"", b"hello", b"BEGIN:VCARD\nFN:x\nEND:VCARD\n", b"PK\x03\x04"):
        parsed = parse_calendar(data)
        assert [one.code for one in parsed.problems] == ["not-a-calendar"]
        assert parsed.value.objects == ()
    assert parse_calendar(b"BEGIN:VCALENDAR\nEND:VCALENDAR\n").problems == ()


def test_every_object_can_be_read_by_both_libraries_and_again_by_us() -> None:
    """What we send is what Radicale (vobject) and clients read; a second import gives the same bytes."""
    for path in FILES:
        for one in parse_calendar(path.read_bytes()).value.objects:
            read_back = icalendar.Calendar.from_ical(one.data)
            vobject.readOne(one.data.decode()).serialize()
            (again,) = parse_calendar(one.data).value.objects

            assert {str(part["UID"]) for part in read_back.walk() if part.name in OBJECTS} == {one.uid}
            assert not any(part.errors for part in read_back.walk())
            assert (again.uid, again.data) == (one.uid, one.data)


pieces = st.sampled_from(
    [
        b"BEGIN:VCALENDAR",
        b"END:VCALENDAR",
        b"BEGIN:VALARM",
        b"END:VALARM",
        b"BEGIN:VTIMEZONE",
        b"END:VTIMEZONE",
    ]
    + [b"BEGIN:VEVENT", b"END:VEVENT"] * 3
    + [
        b"UID:1",
        b"UID:2",
        b"DTSTART:20260101T100000Z",
        b"DTSTART;TZID=X:20260101T100000",
        b"RECURRENCE-ID:20260101",
    ]
    + [
        b"TZID:X",
        b"RRULE:FREQ=DAILY",
        b"TRIGGER:-PT15",
        b"junk",
        b" fold",
        b"SUMMARY:a",
        b"X-WR-TIMEZONE:UTC",
        b"",
    ]
)
soups = st.lists(pieces | st.binary(max_size=20), max_size=40).map(
    lambda lines: b"BEGIN:VEVENT\n" + b"\n".join(lines)
)


@settings(deadline=None)
@given(data=soups)
def test_no_component_is_lost_without_a_word(data: bytes) -> None:
    """Every event that begins is in an object or in a problem, whatever stands around it."""
    begun = sum(one.name in OBJECTS for one in CalendarReader().read(data))
    parsed = parse_calendar(data)
    kept = sum(one.data.count(b"\r\nBEGIN:VEVENT\r\n") for one in parsed.value.objects)

    assert begun >= 1
    assert kept + len(parsed.problems) >= begun
    assert len({one.uid for one in parsed.value.objects}) == len(parsed.value.objects)


@settings(deadline=None)
@given(
    path=st.sampled_from(FILES), at=st.integers(0, 3000), junk=st.binary(max_size=5), cut=st.integers(0, 9)
)
def test_damage_anywhere_in_a_real_file_is_survived(path: Path, at: int, junk: bytes, cut: int) -> None:
    """Uploads and mail programs do this to files."""
    data = path.read_bytes()
    at %= len(data)

    parse_calendar(data[:at] + junk + data[at + cut :])

"""A calendar object as each kind of server takes it: silent, with an end, in a zone, small enough; and otherwise as it came."""

import re
from dataclasses import replace
from pathlib import Path

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dav.fitobject import fit_object
from bot.dav.people import left_to_the_client, without_invitations
from bot.dav.profiles import profile_named, profile_names
from bot.dav.report import REASONS
from parsers.ics import CalendarObject, parse_calendar
from parsers.lines import read_lines

ROOT = Path(__file__).parent.parent
CLIENTS = sorted((ROOT / "fixtures" / "calendars" / "clients").glob("*.??s"))
OBJECTS = [one for path in CLIENTS for one in parse_calendar(path.read_bytes()).value.objects]


def made(*lines: str) -> CalendarObject:
    text = "\n".join(["BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT", ""])
    (one,) = parse_calendar(text.encode()).value.objects
    return one


def texts(one: CalendarObject, name: str) -> list[str]:
    return [line.text for line in read_lines(one.data).lines if line.name == name]


MEETING = made(
    "DTSTART:20270105T100000Z",
    "DTEND:20270105T110000Z",
    "SUMMARY:Contract",
    'ORGANIZER;CN=Anna;SENT-BY="mailto:office@old.example":mailto:anna@old.example',
    'ATTENDEE;CN="Doe, Jane";PARTSTAT=ACCEPTED:mailto:jane@stranger.example',
    "ATTENDEE;RSVP=TRUE:MAILTO:bob@stranger.example",
    "BEGIN:VALARM",
    "ACTION:EMAIL",
    "TRIGGER:-PT1H",
    "ATTENDEE:mailto:anna@old.example",
    "END:VALARM",
)


@pytest.mark.parametrize("name", profile_names())
def test_no_server_that_writes_to_people_gets_an_address_to_write_to(name: str) -> None:
    """Whoever is invited a second time by a migration calls the customer, and the customer calls us."""
    fitted = fit_object(MEETING, profile_named(name), auto_schedule=True)

    assert b"mailto:" not in fitted.data.replace(b"\r\n ", b"").lower()
    assert b"ACTION:EMAIL" not in fitted.data
    assert fitted.repairs == ("invitations-silenced",)


def test_names_answers_and_addresses_stay_readable() -> None:
    """Silent is not stripped: who comes to the meeting is why people keep it."""
    fitted = fit_object(MEETING, profile_named("sogo"), auto_schedule=True)
    (event,) = icalendar.Calendar.from_ical(fitted.data).walk("VEVENT")
    jane, bob = event["ATTENDEE"]

    assert (jane.params["CN"], jane.params["PARTSTAT"], jane.params["EMAIL"]) == (
        "Doe, Jane",
        "ACCEPTED",
        "jane@stranger.example",
    )
    assert str(jane).startswith("urn:uuid:")
    assert str(jane) != str(bob)
    assert str(event["DESCRIPTION"]) == (
        "Organizer: Anna <anna@old.example>\nParticipant: Doe, Jane <jane@stranger.example> (accepted)\n"
        "Participant: bob@stranger.example"
    )


def test_a_description_keeps_its_own_words_before_the_list() -> None:
    """The list comes after what people wrote."""
    one = made("DTSTART:20260101T100000Z", "DESCRIPTION:Bring it", "ATTENDEE:mailto:a@b.example")

    assert b"DESCRIPTION:Bring it\\n\\nParticipant: a@b.example" in without_invitations(one.data)


def test_schedule_agent_is_trusted_only_where_it_was_proven() -> None:
    """A profile says what a kind of server does; whether this host does, only a canary tells."""
    cyrus = profile_named("cyrus")
    proven = fit_object(MEETING, cyrus, auto_schedule=True, proven=True)

    assert fit_object(MEETING, cyrus, auto_schedule=True).repairs == ("invitations-silenced",)
    assert proven.repairs == ("invitations-left-to-client",)
    people = texts(proven, "ORGANIZER") + texts(proven, "ATTENDEE")
    assert len(people) == 3
    assert all("SCHEDULE-AGENT=CLIENT" in text for text in people)
    assert fit_object(MEETING, profile_named("sogo"), auto_schedule=True, proven=True).repairs == (
        "invitations-silenced",
    )


def test_people_stay_as_they_are_where_nobody_is_written_to() -> None:
    """Radicale sends nothing; there an event keeps its people as its program knows them."""
    assert fit_object(MEETING, profile_named("radicale"), auto_schedule=False) == MEETING


@pytest.mark.parametrize("change", [without_invitations, left_to_the_client])
def test_silencing_twice_is_silencing_once(change: type[bytes]) -> None:
    """So that a second import finds the same object."""
    for one in OBJECTS:
        once = change(one.data)
        assert change(once) == once


people = st.builds(
    "{}{}:{}".format,
    st.sampled_from(["ATTENDEE", "ORGANIZER", "attendee", "Organizer", "X.ATTENDEE"]),
    st.sampled_from(
        ["", ";CN=a", ';SENT-BY="MAILTO:x@y.example"', ";EMAIL=z@y.example", ';MEMBER="mailto:l@y.example"']
    ),
    st.sampled_from(
        ["mailto:a@y.example", "MAILTO:b@y.example", " mailto:c@y.example", "d@y.example", "urn:uuid:1", "x"]
    ),
)


@given(some=st.lists(people, max_size=5))
def test_nobody_is_left_to_write_to_whatever_the_spelling(some: list[str]) -> None:
    """One address that slips through is one stranger who gets mail."""
    silent = without_invitations(made("DTSTART:20260101T100000Z", *some).data)
    values = [line.value for line in read_lines(silent).lines if line.name in {"ATTENDEE", "ORGANIZER"}]

    assert all(value.startswith("urn:uuid:") for value in values)
    assert b"mailto:" not in silent.replace(b"\r\n ", b"").lower()
    assert without_invitations(silent) == silent


def test_an_event_without_an_end_gets_a_minute_only_where_it_must() -> None:
    """Cyrus refuses it: "DTEND must occur after DTSTART"."""
    zoned = "DTSTART;TZID=Europe/Berlin:20260101T100000"
    cases = {
        ("DTSTART:20260101T100000Z",): "DTEND:20260101T100100Z",
        (zoned, "DTEND;TZID=Europe/Berlin:20260101T100000"): "DTEND;TZID=Europe/Berlin:20260101T100100",
        (zoned, "DURATION:PT0S"): "DTEND;TZID=Europe/Berlin:20260101T100100",
        ("DTSTART;VALUE=DATE:20260101",): None,
        ("DTSTART:20260101T100000Z", "DURATION:PT5M"): None,
        ("DTSTART:20260101T100000Z", "DTEND:20260101T110000Z"): None,
    }
    for lines, wanted in cases.items():
        one = made(*lines)
        fitted = fit_object(one, profile_named("cyrus"), auto_schedule=False)
        if wanted is None:
            assert fitted == one
        else:
            assert (texts(fitted, "DTEND"), texts(fitted, "DURATION"), fitted.repairs) == (
                [wanted],
                [],
                ("minute-added",),
            )
        assert fit_object(one, profile_named("sabre"), auto_schedule=False) == one
        assert fit_object(fitted, profile_named("cyrus"), auto_schedule=False) == fitted


def test_a_floating_time_gets_the_accounts_zone_only_where_it_would_get_another() -> None:
    """SOGo pins floating times to a zone of its own choice."""
    one = made("DTSTART:20260101T100000", "DTEND:20260101T110000", "RRULE:FREQ=DAILY;UNTIL=20260105T100000")
    fitted = fit_object(one, profile_named("sogo"), auto_schedule=False, zone="Europe/Berlin")

    assert texts(fitted, "DTSTART")[-1] == "DTSTART;TZID=Europe/Berlin:20260101T100000"
    assert texts(fitted, "RRULE")[-1] == "RRULE:FREQ=DAILY;UNTIL=20260105T090000Z"
    assert texts(fitted, "TZID") == ["TZID:Europe/Berlin"]
    assert fitted.repairs == ("floating-pinned",)
    assert fit_object(fitted, profile_named("sogo"), auto_schedule=False, zone="Europe/Berlin") == fitted
    assert fit_object(one, profile_named("radicale"), auto_schedule=False, zone="Europe/Berlin") == one


def test_attachments_over_the_limit_go_largest_first() -> None:
    """The event is worth more than its attachment."""
    one = made(
        "DTSTART:20260101T100000Z",
        "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + "QUJD" * 1000,
        "ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD",
        "ATTACH:https://files.example/x",
    )
    fitted = fit_object(one, replace(profile_named("radicale"), max_object_bytes=2000), auto_schedule=False)

    assert len(texts(fitted, "ATTACH")) == 2
    assert fitted.repairs == ("attachment-too-big",)


@pytest.mark.parametrize("name", profile_names())
def test_whatever_is_fitted_is_read_again_as_the_same_object(name: str) -> None:
    """Each profile, each export; icalendar has no complaint."""
    for one in OBJECTS:
        fitted = fit_object(one, profile_named(name), auto_schedule=True, zone="Europe/Berlin")
        (again,) = parse_calendar(fitted.data).value.objects

        assert (again.uid, again.data, again.repairs) == (one.uid, fitted.data, ())


def test_every_code_of_a_calendar_has_words() -> None:
    """A code nobody explained would stand in a customer's report."""
    names = (
        "repairs",
        "ends",
        "dates",
        "rules",
        "tidy",
        "alarms",
        "zones",
        "judge",
        "ics",
        "objects",
        "vcal10",
        "components",
    )
    files = [ROOT / "parsers" / f"{name}.py" for name in names] + [ROOT / "bot" / "dav" / "fitobject.py"]
    said = re.compile(
        r'(?:repairs(?:\.append\(|, \(?\*?|.*?)|return |_problem\(|repair=|_iana\(.*?, |_changed\(.*?, )"([a-z]+(?:-[a-z]+)+)"'
    )
    used = {code for path in files for code in said.findall(path.read_text("utf-8"))}

    assert len(used) > 25
    assert used <= set(REASONS)

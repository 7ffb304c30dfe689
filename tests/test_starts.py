"""A wanted start in a ticket's life, played with the injected clock: kept, asked back, too late for some, taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.phrases import Facts, when_text
from bot.records import ticket_data, ticket_of
from bot.replies import render
from bot.states import QueueReply, State, Ticket, next_actor, state_of
from bot.tickets import decide
from bot.timing import Schedule, as_json
from bot.words import words_of
from tests.ticketlife import START, Life, file, lacking, row

BERLIN = Schedule(zone="Europe/Berlin")  # START is a Monday, 10:00 there
SATURDAY = datetime(2026, 3, 7, 21, 0, tzinfo=UTC)  # 22:00 there
HOUR = timedelta(hours=1)


def wish(
    at: datetime | None,
    *,
    received: datetime = START,
    problem: str = "",
    said: str = "Saturday 22:00",
    **more: Any,
) -> dict[str, Any]:
    """Return the facts of a message event whose mail names a start."""
    named: dict[str, Any] = {
        "start": said,
        "start_at": at and at.isoformat(),
        "start_problem": problem,
        "start_choices": [],
        "start_zone": "",
    }
    return {**named, "received": received.isoformat(), "schedule": as_json(BERLIN), **more}


def plainly(received: datetime) -> dict[str, Any]:
    """Return the facts of one that names none."""
    return {"start": "", "received": received.isoformat(), "schedule": as_json(BERLIN)}


def said_by(life: Life, kind: str = "ack") -> str:
    return "\n".join(
        str(block) for block in render(kind, life.ticket, Facts(now=life.now, schedule=BERLIN)).page
    )


def waiting(*rows: Any, at: datetime | None = SATURDAY, **more: Any) -> Life:
    life = Life()
    life.mail(*(rows or (row(),)), **wish(at, **more))
    life.finish_all("check")
    return life


def test_an_understood_start_begins_by_itself_and_not_a_second_before() -> None:
    """Nobody of the team sits there on Saturday at 22:00."""
    life = waiting()
    assert life.said == ["ack"]
    assert (life.row().state, state_of(life.ticket), next_actor(life.ticket)) == (
        State.READY,
        "awaiting-start",
        "us",
    )
    assert life.ticket.wake_at == SATURDAY
    assert "Start: Saturday, 7 March 2026, 22:00 (CET, UTC+01:00). Reply to change it." in said_by(life)

    life.wait((SATURDAY - life.now).total_seconds() - 1)
    assert life.row().state is State.READY
    life.wait(1)

    assert life.row().state is State.FIRST_PASS
    assert not any((life.ticket.start_said, life.ticket.start_at, life.ticket.wake_at))


def test_the_log_alone_gives_the_same_ticket() -> None:
    """Events replayed in order, and the ticket kept as JSON between them, change nothing."""
    life = waiting(row(), row(2))
    life.wait((SATURDAY - life.now).total_seconds())

    for before, event, now, after in life.log:
        kept = ticket_of(
            {
                "id": 1,
                "number": before.number,
                "requester": before.requester,
                "created_at": before.created_at.isoformat(),
                "wake_at": None,
                "closed_at": None,
                "data": ticket_data(before),
            },
            before.rows,
            before.files,
        )
        assert replace(decide(kept, event, now)[0], wake_at=None) == replace(after, wake_at=None)


def test_too_soon_is_asked_back_and_nothing_is_copied_before_an_answer() -> None:
    """Monday for Tuesday at 09:00 is 23 hours; the time we offer is accepted when they take it."""
    life = waiting(at=START + 23 * HOUR)
    text = said_by(life)
    assert "What you need to do: tell us when to start" in text
    assert "We need 24 hours' notice, and 48 for a start on a weekend" in text
    assert "- Tuesday, 3 March 2026, 10:00 (CET, UTC+01:00)" in text
    assert (life.row().state, next_actor(life.ticket), life.ticket.wake_at) == (
        State.READY,
        "requester",
        None,
    )

    life.wait(10 * 24 * 3600)
    assert life.row().state is State.READY
    life = waiting(at=START + 23 * HOUR)
    slot = datetime.fromisoformat(life.ticket.start_choices[0])
    life.wait(3600)
    life.mail(**wish(slot, received=life.now))

    assert (life.ticket.start_problem, life.ticket.wake_at, life.said) == ("", slot, ["ack", "update"])


def test_every_other_problem_is_asked_back_with_times_to_choose() -> None:
    """Two or three concrete instants, each with its zone."""
    for problem, at in (("ambiguous", None), ("vague", None), ("past", START - HOUR), ("gap", None)):
        life = waiting(at=at, problem=problem)
        text = said_by(life)

        assert life.row().state is State.READY
        assert text.count("\n- ") in (2, 3), problem
        assert "No wanted" not in text
        assert "Copying starts now" not in text


def test_what_a_phrase_may_have_meant_is_offered_where_there_is_notice_for_it() -> None:
    """5/12: the fifth of December or the twelfth of May; not a slot of our own invention."""
    meant = [SATURDAY, SATURDAY + timedelta(days=7)]
    life = waiting(at=None, problem="ambiguous", start_choices=[one.isoformat() for one in meant])

    assert [datetime.fromisoformat(one) for one in life.ticket.start_choices] == meant


def test_as_soon_as_possible_takes_the_wish_back() -> None:
    """No wanted time: no notice, it begins when it is complete."""
    life = waiting()
    life.mail(**wish(None, said="as soon as possible", received=life.now))

    assert life.row().state is State.FIRST_PASS


def test_staff_may_always_begin() -> None:
    """Whatever was asked and answered, or not."""
    for life in (waiting(), waiting(at=None, problem="vague")):
        life.tell("started", by="staff")
        assert life.row().state is State.FIRST_PASS


def test_a_password_that_comes_too_late_costs_its_own_row_only() -> None:
    """Three hours before the start: that mailbox is offered another slot, the other one runs."""
    life = waiting(row(), lacking(2))
    life.wait((SATURDAY - life.now).total_seconds() - 3 * 3600)
    life.mail(row(2, state=State.ASKING), **plainly(life.now))
    life.finish_all("check")
    text = said_by(life, "update")

    assert life.said == ["ack", "update"]
    assert "Too late for the start you named" in text
    assert "user2@k.example" in text
    assert "user1@k.example. Please" not in text
    life.wait(3 * 3600)
    assert (life.row(1).state, life.row(2).state) == (State.FIRST_PASS, State.READY)
    slot = datetime.fromisoformat(life.ticket.start_choices[-1])
    life.mail(**wish(slot, received=life.now))
    life.finish_all("first-pass")
    assert "copied" in life.said
    life.wait((slot - life.now).total_seconds())
    assert life.row(2).state is State.FIRST_PASS


def test_a_row_that_lacks_its_password_when_the_start_comes_waits_for_another_one() -> None:
    """They wanted the night; they do not get a Tuesday noon because the password came then."""
    life = waiting(row(), lacking(2))
    life.wait((SATURDAY - life.now).total_seconds())
    life.wait(60 * 3600)
    life.mail(row(2, state=State.ASKING), **plainly(life.now))
    life.finish_all("check")

    assert life.row(2).state is State.READY
    assert len(life.ticket.start_choices) in (2, 3)
    life.tell("started", by="staff")
    assert life.row(2).state is State.FIRST_PASS


def test_a_change_to_an_earlier_time_needs_its_notice_anew_and_to_a_later_one_none() -> None:
    """The team has planned; a row complete for days does not help."""
    life = waiting()
    life.wait(3 * 24 * 3600)  # Thursday 10:00
    friday = life.now + 23 * HOUR
    life.mail(**wish(friday, received=life.now))
    assert life.ticket.start_problem == "too-soon"

    life = waiting()
    life.wait(4 * 24 * 3600)
    life.mail(**wish(SATURDAY + HOUR, received=life.now))
    assert (life.ticket.start_problem, life.ticket.wake_at) == ("", SATURDAY + HOUR)


def test_files_wait_with_the_rows_and_a_pause_lets_no_start_through() -> None:
    """Contacts at noon would show the new account before its mail is there."""
    life = Life()
    life.mail(row(), file(), **wish(SATURDAY))
    life.finish_all("check")
    assert life.file().state is State.READY
    life.tell("paused")
    life.wait((SATURDAY - life.now).total_seconds())
    assert life.row().state is State.READY
    life.tell("resumed")

    assert (life.row().state, life.file().state) == (State.FIRST_PASS, State.IMPORTING)


def test_a_second_pass_is_not_under_the_notice_rule() -> None:
    """Whoever switched the MX gets the rest at once, whatever start a later mailbox waits for."""
    life = waiting()
    life.wait((SATURDAY - life.now).total_seconds())
    life.finish_all("first-pass")
    life.mail(row(2), **wish(life.now + timedelta(days=5), received=life.now))
    life.tell("switched")

    assert life.row(1).state is State.SECOND_PASS
    life.finish_all("check")
    assert life.row(2).state is State.READY


def test_an_instant_is_echoed_with_day_clock_zone_and_offset() -> None:
    """The one line that lets them see a misreading; their own zone beside ours where it differs."""
    assert (
        when_text(SATURDAY, "Europe/Berlin", words_of("en"))
        == "Saturday, 7 March 2026, 22:00 (CET, UTC+01:00)"
    )
    assert when_text(SATURDAY, "UTC", words_of("en")) == "Saturday, 7 March 2026, 21:00 (UTC+00:00)"
    assert when_text(SATURDAY, "UTC+05:30", words_of("en")) == "Sunday, 8 March 2026, 02:30 (UTC+05:30)"
    assert (
        when_text(SATURDAY, "America/Sao_Paulo", words_of("en"))
        == "Saturday, 7 March 2026, 18:00 (UTC-03:00)"
    )
    life = waiting(start_zone="America/New_York")
    assert "In your time: Saturday, 7 March 2026, 16:00 (UTC-05:00)." in said_by(life)
    assert "In your time" not in said_by(waiting(start_zone="UTC+01:00"))


def test_a_ticket_of_an_earlier_version_still_waits_for_staff() -> None:
    """Its log holds the words only."""
    life = Life()
    life.mail(row(), start="Saturday 22:00")
    life.finish_all("check")

    assert (life.row().state, next_actor(life.ticket)) == (State.READY, "staff")
    assert "A person of our team confirms the time" in said_by(life)
    assert isinstance(life.ticket, Ticket)
    assert [one.kind for one in life.effects if isinstance(one, QueueReply)] == ["ack"]

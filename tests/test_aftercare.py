"""After the report: late mail is looked for once a day, then the ticket is closed; an old account that is gone is no failure."""

from datetime import timedelta

import pytest

from bot.states import QueueReply, State, next_actor, state_of
from tests.ticketlife import REPORT, START, Life, row

DAY = timedelta(days=1)
LATE = {"folders": [{"copied": 2}], "skipped": []}
NOTHING = {"folders": [{"copied": 0}], "skipped": []}


def reported(*numbers: int, days: int = 7) -> Life:
    """A ticket right after its report."""
    life = Life()
    life.mail(*(row(number) for number in numbers or (1,)), terms={"care_days": days})
    finish(life, "check")
    finish(life, "first-pass")
    life.tell("switched", by="anna@k.example")
    finish(life, "second-pass")
    return life


def finish(life: Life, kind: str, code: str = "", report: object = REPORT) -> None:
    for name in [name for name, job in life.jobs.items() if job.kind == kind]:
        life.finish(name, code, **({} if code or kind == "check" else {"report": report}))


def ring(life: Life, at: timedelta) -> list[str]:
    """Let the alarm ring, as bot.turn does, when it is due."""
    life.now = START + at
    due = life.ticket.wake_at is not None and life.ticket.wake_at <= life.now
    effects = life.tell("clock") if due else []
    return [effect.kind for effect in effects if isinstance(effect, QueueReply)]


def under_way(life: Life) -> list[str]:
    return [job.kind for job in life.jobs.values()]


def test_the_old_server_is_looked_at_once_a_day_for_a_week_and_then_it_is_over() -> None:
    life = reported()
    assert state_of(life.ticket) == "after-care"
    assert next_actor(life.ticket) == "us"
    looks, heard = 0, []
    for hour in range(24 * 10):
        heard += ring(life, timedelta(hours=hour))
        looks += len(under_way(life))
        finish(life, "late-pass", report=NOTHING)

    assert looks == 6
    assert heard == ["closing"]
    assert life.ticket.closed_at == START + 7 * DAY


def test_late_mail_is_counted_and_told_at_the_end_only() -> None:
    life = reported()
    assert ring(life, DAY) == []
    finish(life, "late-pass", report=LATE)

    assert life.ticket.rows[0].late == 2
    assert ring(life, 7 * DAY) == ["closing"]


@pytest.mark.parametrize("code", ["source-login-refused", "source-host-unknown"])
def test_an_old_account_that_is_gone_ends_the_care_without_a_question(code: str) -> None:
    """They were told that they may close it."""
    life = reported()
    ring(life, DAY)
    finish(life, "late-pass", code)

    assert life.ticket.rows[0].state is State.DONE
    assert life.ticket.closed_at is not None


def test_trouble_that_passes_waits_for_tomorrow() -> None:
    life = reported()
    ring(life, DAY)
    finish(life, "late-pass", "source-unreachable")
    assert life.ticket.rows[0].state is State.DONE
    assert not life.jobs

    ring(life, 2 * DAY)

    assert under_way(life) == ["late-pass"]


def test_days_missed_are_not_made_up_for() -> None:
    life = reported()
    ring(life, 5 * DAY)

    assert under_way(life) == ["late-pass"]


def test_without_days_of_care_the_report_is_the_end() -> None:
    life = reported(days=0)

    assert life.ticket.closed_at is not None
    assert state_of(life.ticket) == "done"


def test_what_comes_on_top_during_the_care_gets_a_report_of_its_own() -> None:
    life = reported()
    life.now = START + 2 * DAY
    life.mail(row(2), terms={"care_days": 7})
    finish(life, "late-pass", report=NOTHING)
    finish(life, "check")
    finish(life, "first-pass")
    life.tell("switched", by="anna@k.example")
    finish(life, "second-pass")

    assert [effect.kind for effect in life.effects if isinstance(effect, QueueReply)].count("report") == 2
    assert life.ticket.care_until == (START + 9 * DAY).isoformat()


def test_staff_may_end_the_care_and_nothing_verified_is_undone() -> None:
    life = reported()
    ring(life, DAY)

    effects = life.tell("cancelled", by="staff")

    assert [effect.kind for effect in effects if isinstance(effect, QueueReply)] == ["closing"]
    assert life.ticket.rows[0].state is State.DONE
    assert state_of(life.ticket) == "done"


def test_while_paused_nobody_looks() -> None:
    life = reported()
    life.tell("paused")

    ring(life, 2 * DAY)

    assert not life.jobs

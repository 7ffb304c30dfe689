"""The switch: seen, waited for, begun by itself, and never forgotten in silence."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.cutover import REMINDERS, settles_at, watched
from bot.states import Domain, QueueReply, State
from tests.ticketlife import START, Life, row

TERMS = {"mx": ["10 mx1.host.example"]}
HOUR = timedelta(hours=1)


def life(*numbers: int) -> Life:
    """A ticket whose rows are copied and whose news of it waits for the first look."""
    one = Life()
    one.mail(*(row(number) for number in numbers or (1,)), terms=TERMS, deadline_s=0)
    for kind in ("check", "first-pass"):
        for name in [name for name, job in one.jobs.items() if job.kind == kind]:
            one.finish(name)
    return one


def looked(one: Life, delivery: str, ttl_s: int = 14400, **more: Any) -> list[str]:
    name = one.ticket.rows[0].destination.rpartition("@")[2]
    data = {"name": name, "delivery": delivery, "ttl_s": ttl_s, "left": [], "resolvers": [0, 2], "advice": []}
    return said(one.tell("looked", **(data | more)))


def later(one: Life, moment: datetime) -> list[str]:
    """Let the alarm ring as bot.turn does: only when it is due."""
    one.now = moment
    due = one.ticket.wake_at is not None and one.ticket.wake_at <= moment
    return said(one.tell("clock")) if due else []


def said(effects: list[Any]) -> list[str]:
    return [effect.kind for effect in effects if isinstance(effect, QueueReply)]


def states(one: Life) -> list[State]:
    return [row.state for row in one.ticket.rows]


def test_news_of_the_first_copy_names_what_the_domain_says_now() -> None:
    """It waits for the first look, but not for long: a silent DNS must not silence us."""
    one = life()
    assert "copied" not in said(one.effects)
    assert one.ticket.wake_at is not None

    assert looked(one, "old") == ["copied"]
    other = life()
    assert later(other, other.ticket.wake_at or START) == ["copied"]


def test_the_second_pass_begins_by_itself_when_the_old_ttl_is_over() -> None:
    """The TTL that counts is the old one: what resolvers may still believe."""
    one = life()
    looked(one, "old", ttl_s=14400)

    assert looked(one, "ours", ttl_s=300) == ["dns"]
    assert states(one) == [State.COPIED]
    assert one.ticket.wake_at == START + 4 * HOUR
    later(one, START + 4 * HOUR)

    assert states(one) == [State.SECOND_PASS]


def test_a_switch_that_is_taken_back_is_waited_for_anew() -> None:
    one = life()
    looked(one, "old")
    looked(one, "ours")
    one.now = START + HOUR
    looked(one, "old")
    later(one, START + 5 * HOUR)
    assert states(one) == [State.COPIED]

    one.now = START + 6 * HOUR
    looked(one, "ours")
    later(one, START + 9 * HOUR)
    assert states(one) == [State.COPIED]
    later(one, START + 10 * HOUR)

    assert states(one) == [State.SECOND_PASS]


def test_nobody_answering_takes_nothing_back() -> None:
    one = life()
    looked(one, "old")
    looked(one, "ours")
    looked(one, "unknown")
    later(one, START + 4 * HOUR)

    assert states(one) == [State.SECOND_PASS]


def test_a_short_ttl_needs_no_mail_of_its_own() -> None:
    """The second pass is about to begin, and the report says the rest."""
    one = life()
    looked(one, "old", ttl_s=600)

    assert looked(one, "ours", ttl_s=600) == []


def test_half_a_switch_is_told_after_an_hour_and_once() -> None:
    """Registrars' forms save one line at a time: who is still at it needs no mail."""
    one = life()
    looked(one, "old")
    assert looked(one, "mixed", left=["mail.old.example"]) == []

    assert later(one, START + HOUR) == ["dns"]
    assert later(one, START + 2 * HOUR) == []
    one.now = START + 3 * HOUR
    assert looked(one, "mixed", left=["mail.old.example"]) == []


def test_reminders_come_after_two_five_and_ten_days_and_then_no_more() -> None:
    one = life()
    looked(one, "old")
    heard = []
    for hour in range(24 * 30):
        heard += [hour] * len(later(one, START + hour * HOUR))

    assert heard == [int(pause / HOUR) for pause in REMINDERS]


def test_after_a_long_silence_of_ours_one_reminder_is_enough() -> None:
    one = life()
    looked(one, "old")

    assert later(one, START + timedelta(days=20)) == ["dns"]
    assert later(one, START + timedelta(days=21)) == []


def test_done_in_the_thread_is_quicker_than_the_ttl() -> None:
    one = life()
    looked(one, "old")
    looked(one, "ours")

    one.tell("switched", by="anna@k.example")

    assert states(one) == [State.SECOND_PASS]


def test_domains_switch_one_by_one() -> None:
    one = life(1, 2)
    rows = (one.ticket.rows[0], replace(one.ticket.rows[1], destination="b@zwei.example"))
    one.ticket = replace(one.ticket, rows=rows)
    looked(one, "old")
    looked(one, "old", name="zwei.example")
    looked(one, "ours", name="zwei.example", ttl_s=60)

    later(one, START + 4 * HOUR)

    assert states(one) == [State.COPIED, State.SECOND_PASS]


def test_while_staff_has_paused_nothing_begins_and_nobody_is_reminded() -> None:
    one = life()
    looked(one, "old")
    one.tell("paused")
    assert looked(one, "ours") == []
    assert later(one, START + timedelta(days=3)) == []
    assert states(one) == [State.COPIED]

    one.tell("resumed")

    assert states(one) == [State.SECOND_PASS]


def test_without_names_of_ours_nothing_is_watched() -> None:
    """An operator who names no MX gets what there was before: "done", or staff."""
    one = Life()
    one.mail(row(1))
    for kind in ("check", "first-pass"):
        one.finish(next(name for name, job in one.jobs.items() if job.kind == kind))

    assert watched(one.ticket) == ()
    assert "copied" in said(one.effects)


def test_a_domain_that_was_ours_from_the_start_is_settled_by_its_own_ttl() -> None:
    since = START.isoformat()

    assert settles_at(Domain(name="k.example", delivery="ours", since=since, ttl_s=300)) == START + timedelta(
        minutes=5
    )
    assert settles_at(Domain(name="k.example", delivery="ours", since=since)) == START + HOUR
    assert settles_at(Domain(name="k.example", delivery="old")) is None


def test_the_acknowledgement_waits_for_a_first_look_but_not_beyond_its_deadline() -> None:
    """It names the TTL that is seen now; a domain nobody can look at keeps no customer waiting."""
    for seen in (True, False):
        one = Life()
        one.mail(row(), terms=TERMS, deadline_s=45)
        one.finish("r1:check:1")
        assert one.said == []
        assert one.ticket.wake_at == START + timedelta(seconds=45)
        looked(one, "old") if seen else one.wait(45)
        assert one.said == ["ack"]
        assert states(one) == [State.FIRST_PASS]


def test_what_does_not_fit_was_counted_all_the_same() -> None:
    """So that staff and requester read how much comes and how much there is room for."""
    one = Life()
    one.mail(row())
    found = {"folders": 1, "messages": 2, "size_bytes": 9, "room_bytes": 3}
    one.finish("r1:check:1", "destination-full", found=found)
    assert states(one) == [State.FAILED]
    assert one.row().found == found

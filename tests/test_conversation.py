"""What the requester orders in a few words: carried out where it fits, once, and never over staff's head."""

from typing import Any

import pytest

from bot.conversation import fits
from bot.states import QueueReply, State
from tests.ticketlife import START, Life, copied_life, row


def said(effects: list[Any]) -> list[str]:
    return [effect.kind for effect in effects if isinstance(effect, QueueReply)]


def order(life: Life, *orders: str) -> list[str]:
    return said(life.tell("ordered", by=life.ticket.requester, orders=list(orders)))


def test_a_pause_is_answered_and_nothing_begins_until_they_resume() -> None:
    life = copied_life()

    assert order(life, "pause") == ["paused"]
    life.tell("switched", by="anna@k.example")
    assert life.ticket.rows[0].state is State.COPIED
    assert order(life, "pause") == [], "said once"

    assert order(life, "resume") == ["update"]
    assert life.ticket.rows[0].state is State.SECOND_PASS


def test_what_staff_has_paused_only_staff_resumes() -> None:
    life = copied_life()
    life.tell("paused")

    assert not fits("resume", life.ticket)
    assert order(life, "resume") == []
    assert life.ticket.paused


def test_trash_asked_for_is_noted_once_and_answered() -> None:
    life = copied_life()

    assert order(life, "include-trash") == ["update"]
    order(life, "include-trash", "include-junk")

    assert life.ticket.included == ("trash", "junk")


def test_how_far_is_it_gets_an_answer_also_when_nothing_has_changed() -> None:
    assert order(copied_life(), "status") == ["update"]


def test_a_requester_who_cancels_hears_it_as_their_own_wish() -> None:
    life = copied_life()

    assert said(life.tell("cancelled", by=life.ticket.requester)) == ["cancelled"]
    assert life.ticket.stopped_by == "requester"


@pytest.mark.parametrize("word", ["pause", "resume", "cancel", "status", "include-trash"])
def test_a_ticket_that_is_closed_takes_no_orders(word: str) -> None:
    life = Life()
    life.mail(row(1))
    life.tell("cancelled", by="staff")

    assert not fits(word, life.ticket)
    assert order(life, word) == []
    assert life.now == START

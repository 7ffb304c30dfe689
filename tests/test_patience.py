"""When a pass goes on by itself, when it ends, what servers mean by their words, and who is handled with care. All pure."""

import multiprocessing
import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BotError
from bot.mail.command import _again
from bot.mail.endings import Refused, read_completion
from bot.mail.patience import Patience, Trouble, decide_pause, kind_of
from bot.mail.slots import Slots, known_cap
from bot.mail.suspects import Suspects
from bot.mail.throttle import CODES, FULL, PHRASES, read_code, read_hint
from bot.model import Progress
from bot.show import _where

ENOUGH = Patience()


def error(code: str, **facts: str | int) -> BotError:
    return BotError.by_code[code](**facts)


def pauses(code: str, *, opened: bool = True, **facts: str | int) -> list[float]:
    """Return the waits until patience ends, with nothing done in between."""
    trouble, found = Trouble(), []
    while (seconds := decide_pause(error(code, **facts), trouble, ENOUGH, opened=opened)) is not None:
        found.append(seconds)
        kind = kind_of(error(code))
        assert kind is not None
        trouble = trouble.after(kind)
        assert len(found) < 100
    return found


def test_waits_grow_and_end() -> None:
    """A line that is down for a moment costs a moment; one that is down for long is the next pass's matter."""
    assert pauses("source-unreachable") == pauses("destination-broken") == [0.5, 1, 2, 4, 8]
    assert pauses("source-throttled") == [5, 15, 30, 60, 120]


def test_a_server_that_says_how_long_is_believed_up_to_five_minutes() -> None:
    """But not for ever: one that says so again and again is left alone for longer."""
    told = pauses("source-throttled", wait_seconds=90)
    assert told[0] == 90
    assert told == sorted(told)
    assert len(told) == 5
    assert pauses("destination-throttled", wait_seconds=301) == []


@pytest.mark.parametrize("code", sorted(BotError.by_code))
def test_what_no_new_connection_mends_ends_the_pass_at_once(code: str) -> None:
    """Above all a password that never opened the account: it is sent once."""
    mendable = kind_of(error(code)) is not None
    trouble = ("-unreachable", "-broken", "-throttled", "-login-refused")
    assert mendable == (code.startswith(("source-", "destination-")) and code.endswith(trouble))
    if not mendable or code.endswith("-login-refused"):
        assert pauses(code, opened=False) == []
    assert len(pauses(code)) <= (1 if code.endswith("-login-refused") else 5)


def test_a_server_that_never_answered_is_not_waited_for() -> None:
    """A mistyped name or port is told at once."""
    assert pauses("source-unreachable", opened=False) == []
    assert pauses("source-throttled", opened=False)


kinds = st.sampled_from(["broken", "throttled", "login"])


@given(st.lists(kinds | st.sampled_from(["left out"]), max_size=60))
def test_without_anything_done_every_pass_ends(events: list[str]) -> None:
    """Whatever breaks in whatever order: also a server that breaks at every folder, one after the other."""
    codes = {"broken": "source-broken", "throttled": "source-throttled", "login": "source-login-refused"}
    trouble, waited, ended = Trouble(), 0.0, False
    for event in [*events, *["broken"] * 200, *["left out", "broken"] * 200]:
        if event == "left out":
            trouble = trouble.after_leaving_out()
            continue
        seconds = decide_pause(error(codes[event]), trouble, ENOUGH, opened=True)
        if seconds is None:
            ended = True
            break
        waited += seconds
        trouble = trouble.after(event)  # type: ignore[arg-type]
    assert ended
    assert waited < 60 * 120 * 2


def test_a_server_that_breaks_at_one_thing_after_the_other_is_broken_itself() -> None:
    """Leaving out one of them lets the rest be done; leaving out all of them is no copy."""
    trouble, broken = Trouble(), error("source-broken")
    for _ in range(ENOUGH.left_out):
        trouble = trouble.after("broken").after_leaving_out()
    assert decide_pause(broken, trouble, ENOUGH, opened=True) is not None
    assert decide_pause(broken, trouble.after_leaving_out(), ENOUGH, opened=True) is None
    assert decide_pause(broken, trouble.after_leaving_out().after_progress(), ENOUGH, opened=True) is not None


def test_what_a_destination_may_still_be_storing_is_not_looked_for_at_once() -> None:
    """It stores after the line is down; looked at too early the message would go twice."""
    broken = error("destination-unreachable")
    assert decide_pause(broken, Trouble(), ENOUGH, opened=True, unsure=True) == ENOUGH.unsure
    assert decide_pause(broken, Trouble(breaks=4), ENOUGH, opened=True, unsure=True) == 8
    asked = error("destination-throttled", wait_seconds=1)
    assert decide_pause(asked, Trouble(), ENOUGH, opened=True, unsure=True) == ENOUGH.unsure


# ── what servers say ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "text", "kind", "seconds"),
    [
        ("ALERT", b" Too many simultaneous connections. (Failure)", "connections", None),  # Gmail
        ("", b" Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
         "connections", None),  # Dovecot
        ("UNAVAILABLE", b" Maximum number of connections from user+IP exceeded", "connections", None),
        ("ALERT", b" Account exceeded command or bandwidth limits. (Failure)", "rate", 3600),  # Gmail
        ("OVERQUOTA", b" no more today", "rate", 3600),  # Gmail
        ("", b" Request is throttled. Suggested Backoff Time: 299123 milliseconds", "rate", 299.123),  # Exchange
        ("", b" too many connections. Suggested backoff time: 1000 Milliseconds", "connections", 1),
        ("LIMIT", b" FETCH Rate limit hit.", "rate", None),  # Yahoo
        ("INUSE", b" mailbox in use", "rate", None),
        ("THROTTLED", b"", "rate", None),
        ("", b" please try again in 10 minutes", "rate", 600),
        ("", b" Suggested Backoff Time: 999999999999 milliseconds", "rate", 86400),
    ],
)  # fmt: skip
def test_requests_to_wait_are_understood(code: str, text: bytes, kind: str, seconds: float | None) -> None:
    hint = read_hint(code, text)
    assert hint is not None
    assert (hint.kind, hint.wait_seconds) == (kind, seconds)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("AUTHENTICATIONFAILED", b" Too many connections, or a wrong password: try again in 5 minutes"),
        ("", b" LOGIN failed."),
        ("NONEXISTENT", b" Mailbox doesn't exist: Rate limits"),
        ("", b""),
        ("TRYCREATE", b" Mailbox doesn't exist: \xff\xfe"),
        ("SERVERBUG", b" Internal error occurred"),
    ],
)
def test_ordinary_refusals_are_no_request_to_wait(code: str, text: bytes) -> None:
    """Above all a refused password: it is not tried again, whatever the server says behind it."""
    assert read_hint(code, text) is None


def test_a_limit_or_quota_is_throttling_only_where_we_read() -> None:
    """At a destination LIMIT is about this message, and OVERQUOTA says that it is full (RFC 5530)."""
    for code in ("LIMIT", "OVERQUOTA"):
        hint = read_hint(code, b"")
        assert hint is not None
        assert hint.counts_at("source")
        assert not hint.counts_at("destination")


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("", b" Over quota", "OVERQUOTA"),  # Cyrus 3.6
        ("ALERT", b" You exceeded your mail quota.", "OVERQUOTA"),  # Courier 5.0
        ("TOOBIG", b" Over quota", "TOOBIG"),
        ("", b" Message contains NUL characters", ""),
        ("ALERT", b" please log in by web mail", "ALERT"),
    ],
)
def test_no_room_is_understood_where_only_the_words_tell(code: str, text: bytes, expected: str) -> None:
    """Else each message of the rest would be named as refused, one by one."""
    assert read_code(code, text) == expected


@given(code=st.sampled_from(["", "ALERT", *CODES]), text=st.binary(max_size=300))
def test_no_words_make_it_fail_or_wait_longer_than_a_day(code: str, text: bytes) -> None:
    hint = read_hint(code, text)
    assert hint is None or hint.wait_seconds is None or 0 <= hint.wait_seconds <= 86_400


def test_phrases_are_written_as_they_are_compared() -> None:
    assert all(phrase == phrase.lower() for phrase in (*FULL, *(phrase for phrase, _ in PHRASES)))


# ── who is handled with care ──────────────────────────────────────────────────────────────────────────────────────


def test_a_message_goes_alone_after_two_breaks_and_is_given_up_after_three() -> None:
    suspects = Suspects()
    assert not suspects.note("source", b"INBOX", 7)
    assert suspects.alone(b"INBOX") == []
    assert not suspects.note("source", b"INBOX", 7)
    assert suspects.alone(b"INBOX") == [7]
    assert suspects.note("source", b"INBOX", 7)
    assert suspects.alone(b"INBOX") == []
    assert suspects.given_up(b"INBOX") == {7: "unreadable"}
    assert suspects.given_up(b"Sent") == {}


def test_of_a_batch_nobody_is_given_up_that_was_not_alone_when_it_broke() -> None:
    """A line that breaks at random names nobody; what broke alone once comes last."""
    suspects = Suspects()
    suspects.note_unclear(b"INBOX", [1, 2, 3])
    suspects.note_stored(b"INBOX")
    suspects.note_unclear(b"INBOX", [2, 3])
    assert suspects.alone(b"INBOX") == []
    suspects.note_unclear(b"INBOX", [2, 3])
    assert suspects.alone(b"INBOX") == [2, 3]
    assert not suspects.note("destination", b"INBOX", 2)
    assert suspects.alone(b"INBOX") == [3, 2]
    assert suspects.note("destination", b"INBOX", 2)
    assert suspects.given_up(b"INBOX") == {2: "rejected"}


# ── slots ─────────────────────────────────────────────────────────────────────────────────────────────────────────

CAPS = {"source": 2, "destination": 9}


def test_a_host_has_so_many_slots_and_a_freed_one_is_taken_again(tmp_path: Path) -> None:
    slots, others = Slots(tmp_path, CAPS), Slots(tmp_path, CAPS)
    first, second = slots.take("source", "imap.old.example"), others.take("source", "IMAP.old.example.")
    assert first is not None
    assert second is not None
    assert slots.take("source", "imap.old.example") is None
    assert slots.take("source", "imap.other.example") is not None
    assert slots.take("destination", "imap.old.example") is not None
    first.free()
    assert others.take("source", "imap.old.example") is not None


def test_one_side_without_a_slot_takes_none_of_the_other(tmp_path: Path) -> None:
    """Two passes would wait for each other for ever."""
    slots = Slots(tmp_path, {"source": 1, "destination": 1})
    taken = slots.take("source", "a.example")
    with ExitStack() as stack:
        assert slots.take_each(stack, {"destination": "b.example", "source": "a.example"}) is None
    assert taken is not None
    taken.free()
    with ExitStack() as stack:
        assert slots.take_each(stack, {"destination": "b.example", "source": "a.example"})
        assert slots.take("destination", "b.example") is None
    assert slots.take("destination", "b.example") is not None


def _take_and_die(folder: Path) -> None:
    assert Slots(folder, CAPS).take("source", "a.example") is not None
    os._exit(9)


def test_a_killed_process_frees_its_slots(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_take_and_die, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == 9
    slots = Slots(tmp_path, CAPS)
    assert [slots.take("source", "a.example") is not None for _ in range(3)] == [True, True, False]


def test_a_complaint_lowers_the_cap_for_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lowest of several; then more is tried again."""
    slots = Slots(tmp_path, {"source": 5, "destination": 5})
    taken = [slots.take("source", "a.example") for _ in range(4)]
    for slot in (taken[1], taken[3], taken[2]):
        assert slot is not None
        slot.complain()
    for slot in taken[1:]:
        assert slot is not None
        slot.free()
    assert slots.take("source", "a.example") is None
    later = time.time() + 3601
    monkeypatch.setattr("bot.mail.slots.time.time", lambda: later)
    assert slots.take("source", "a.example") is not None


def test_a_damaged_note_of_a_cap_is_none(tmp_path: Path) -> None:
    slots = Slots(tmp_path, CAPS)
    slots.learn("x", 1)
    for text in ("", "{", "[]", '{"cap": "x", "until": 9e99}'):
        for file in tmp_path.glob("*.cap"):
            file.write_text(text)
        assert slots._learnt("x") is None


@pytest.mark.parametrize(
    ("host", "cap"),
    [
        ("imap.gmail.com", 10),
        ("imap.mail.yahoo.com.", 3),
        ("notgmail.com", None),
        ("gmail.com.evil.example", None),
    ],
)
def test_providers_that_allow_little_are_known(host: str, cap: int | None) -> None:
    assert known_cap(host) == cap


def test_the_bar_says_until_when_a_server_has_us_wait() -> None:
    """In the time of whoever looks at it."""
    said = _where("copying", Progress(done=1, total=2, waiting_until="2026-11-23T14:05:09+00:00"))
    assert "waiting until " in said
    assert said.endswith(":05 (asked by the server)")
    assert _where("copying", Progress(done=1, total=2, folder="INBOX")) == "copying INBOX"


def test_a_copy_by_hand_says_when_to_come_back() -> None:
    """Nobody else will."""
    assert _again(error("source-throttled", wait_seconds=3601)) == "; run the same command again in 61 min"
    assert _again(error("source-throttled")) == _again(error("source-unreachable", copied=3)) == ""


@pytest.mark.parametrize(
    ("said", "code"),
    [(b"NO [TOOBIG] too big", "TOOBIG"), (b"NO [HUNTER2] no", ""), (b"BAD [appendlimit] no", "")],
)
def test_only_response_codes_that_there_are_are_kept(said: bytes, code: str) -> None:
    """A server may echo a password where a code belongs; a report would print it."""
    with pytest.raises(Refused) as refused:
        read_completion(said)
    assert refused.value.code == code

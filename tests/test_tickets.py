"""What a ticket does next: the tables' laws, the doubtful stories one by one, and any events in any order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.errors import BotError
from bot.events import HANDLERS, next_delay
from bot.states import (
    BUSY,
    FILE_MOVES,
    ROW_MOVES,
    Event,
    Move,
    PutJob,
    QueueReply,
    State,
    Ticket,
    move_row,
    next_actor,
    state_of,
)
from bot.tickets import decide
from tests.ticketlife import FOUND, START, Life, copied_life, file, held, lacking, row

ENDS = {State.DONE, State.CANCELLED}


# --- the tables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moves", [ROW_MOVES, FILE_MOVES])
def test_every_state_can_be_reached_and_left(moves: dict[tuple[State, Move], State]) -> None:
    """A state nobody can leave strands a customer; one nobody can reach is dead code."""
    reached, left = {State.NEW} | set(moves.values()), {state for state, _ in moves}
    assert reached - left <= ENDS
    assert left <= reached


@pytest.mark.parametrize("moves", [ROW_MOVES, FILE_MOVES])
def test_cancelled_is_final_and_everything_under_way_can_be_cancelled(
    moves: dict[tuple[State, Move], State],
) -> None:
    """Staff's last word. NEW is left out: it came after that word, and nobody has looked at it."""
    assert not [state for state, _ in moves if state is State.CANCELLED]
    states = {state for state, _ in moves} - {State.NEW, State.DONE}
    assert {state for state, move in moves if move is Move.CANCEL} == states


def test_what_is_held_only_goes_on_by_way_of_its_check() -> None:
    """No table entry leads around staff: from HELD nothing is copied without a new look at the row."""
    assert {ROW_MOVES[State.HELD, move] for move in Move if (State.HELD, move) in ROW_MOVES} == {
        State.ASKING,
        State.CHECKING,
        State.CANCELLED,
    }


def test_a_move_the_table_does_not_have_changes_nothing() -> None:
    """Late and doubled events are normal."""
    done = row(state=State.DONE)
    assert move_row(done, Move.ASK, code="x") is done


def test_the_pauses_double_up_to_an_hour() -> None:
    """A provider's bad night is survived, its servers are not pestered."""
    delays = [next_delay(tries).total_seconds() for tries in range(1, 13)]
    assert delays[:3] == [15, 30, 60]
    assert delays == sorted(delays)
    assert delays[-1] == 3600


# --- the first answer -----------------------------------------------------------------------------------------------


def test_the_first_answer_tells_what_the_checks_found() -> None:
    """One mail, not one per check; and copying begins only after it is decided."""
    life = Life()
    life.mail(row(1), row(2))
    assert life.said == []
    life.finish("r1:check:1")
    assert life.said == []
    assert life.row(1).state is State.READY
    life.finish("r2:check:1", "source-login-refused")
    assert life.said == ["ack"]
    assert (life.row(1).state, life.row(2).state) == (State.FIRST_PASS, State.ASKING)


def test_a_silent_server_does_not_keep_the_customer_waiting() -> None:
    """At the deadline the answer goes out; what is still checked is written about only if it goes wrong."""
    life = Life()
    life.mail(row(1), row(2), deadline_s=45)
    life.finish("r1:check:1")
    assert life.ticket.wake_at == START + timedelta(seconds=45)
    life.wait(45)
    assert life.said == ["ack"]
    assert life.row(1).state is State.FIRST_PASS
    assert life.ticket.wake_at is None
    life.finish("r2:check:1")
    assert life.said == ["ack"]


def test_more_mails_do_not_put_the_first_answer_off() -> None:
    """Somebody who corrects himself every half minute is still answered after the first deadline."""
    life = Life()
    life.mail(row(1), deadline_s=45)
    life.wait(30)
    life.mail(row(2), deadline_s=45)
    life.wait(15)
    assert life.said == ["ack"]


def test_a_mail_waiting_to_be_looked_at_is_part_of_the_first_answer() -> None:
    """Two mails between two ticks: the second one's rows are there before its event; no answer without them."""
    life = Life()
    life.ticket = replace(life.ticket, rows=(lacking(1), row(2)))
    life.tell("message", rows=[1])
    assert life.said == []
    life.tell("message", rows=[2])
    life.finish_all("check")
    assert life.said == ["ack"]


def test_a_request_that_names_nothing_is_asked_for_everything() -> None:
    life = Life()
    life.mail()
    assert life.said == ["ack"]
    assert next_actor(life.ticket) == "requester"


# --- who may order --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", ["unproven", "forged"])
@pytest.mark.parametrize(
    "things",
    [
        (),
        (row(),),
        (lacking(),),
        (lacking(address="", destination=""),),
        (file(items=0), file(2, target="")),
        (held(1), row(2), file()),
    ],
)
def test_who_is_not_proven_hears_nothing_and_starts_nothing(proof: str, things: tuple[Any, ...]) -> None:
    """However incomplete the rows: a question about them would tell a stranger's text to the supposed sender."""
    life = Life()
    life.mail(*things, proof=proof)
    life.wait(100)
    life.tell("switched")
    life.tell("retry")
    life.tell("resumed")
    assert life.said == ["held"]
    assert not life.jobs
    assert next_actor(life.ticket) == "staff"
    life.tell("approved")
    life.wait(100)
    assert life.said == ["held", "ack"]


def test_a_silent_ticket_says_nothing_until_it_is_approved() -> None:
    """A mail bomb under a stranger's name must not become ours."""
    life = Life()
    life.ticket = replace(life.ticket, silent=True)
    life.mail(row(), proof="unproven")
    life.wait(100)
    assert life.said == []
    life.tell("approved")
    life.finish_all("check")
    assert life.said == ["ack"]


def test_a_strange_destination_does_not_stop_the_rows_beside_it() -> None:
    """One row needs a person, the others run; afterwards the approved one follows, and the customer hears of it."""
    life = Life()
    life.mail(row(1), held(2))
    life.finish_all("check")
    assert life.said == ["ack"]
    assert (life.row(1).state, life.row(2).state) == (State.FIRST_PASS, State.HELD)
    life.finish_all("first-pass")
    assert life.said == ["ack", "copied"]
    life.tell("approved")
    assert life.said == ["ack", "copied"], "no second acknowledgement"
    life.finish_all("check")
    assert life.said == ["ack", "copied", "update"]
    life.finish_all("first-pass")
    assert life.said == ["ack", "copied", "update", "copied"]


def test_approving_what_is_not_held_changes_nothing() -> None:
    """A number mistyped by staff must not send a second acknowledgement to somebody else's customer."""
    life = copied_life()
    before = life.ticket
    assert life.tell("approved") == []
    assert life.ticket == before


def test_an_approved_row_that_lacks_something_is_asked_about() -> None:
    life = Life()
    life.mail(held(problems=(("password-missing", "password"),)))
    life.tell("approved")
    assert life.said == ["held", "ack"]
    assert life.row().state is State.ASKING
    assert not life.jobs


def test_retry_goes_around_neither_staff_nor_missing_facts() -> None:
    """A correction to a strange destination lies in the table before its event: retry must not run it."""
    life = Life()
    life.mail(row())
    life.finish_all("check", "source-login-refused")
    life.ticket = replace(life.ticket, rows=(replace(life.row(), held_because="destination-not-own"),))
    life.tell("retry")
    assert not life.jobs
    assert life.row().state is State.HELD


# --- corrections ----------------------------------------------------------------------------------------------------


def test_a_correction_during_the_check_counts_and_the_older_result_does_not() -> None:
    """Typo noticed at once: the refusal of the old password says nothing about the new one."""
    life = Life()
    life.mail(row())
    life.mail(replace(life.row(), secret_ids=("better",)))
    life.finish("r1:check:1", "source-login-refused")
    assert life.row().state is State.CHECKING
    assert life.said == []
    life.finish("r1:check:2")
    assert life.row().secret_ids == ("better",)
    assert life.row().state is State.FIRST_PASS


def test_a_correction_during_the_check_may_need_staff() -> None:
    life = Life()
    life.mail(row())
    life.mail(replace(life.row(), destination="boss@other.example", held_because="destination-not-own"))
    life.finish("r1:check:1")
    assert life.row().state is State.HELD
    assert life.said == ["held"]


def test_a_correction_that_lacks_something_is_asked_about_also_where_staff_had_the_turn() -> None:
    """The row failed at our side, then came an answer that cannot be used: it must not stay with staff unseen."""
    life = Life()
    life.mail(row())
    life.finish_all("check", "destination-full")
    life.mail(replace(life.row(), problems=(("host-invalid", "host"),)))
    assert life.row().state is State.ASKING
    assert life.said == ["ack", "update"]


def test_the_same_trouble_is_told_once_and_another_one_again() -> None:
    """Staff tries again and again; the customer hears only what he has not heard."""
    life = Life()
    life.mail(row())
    life.finish_all("check", "source-login-refused")
    for _ in range(3):
        life.tell("retry")
        life.finish_all("check", "source-login-refused")
    assert life.said == ["ack"]
    life.tell("retry")
    life.finish_all("check", "source-address-refused")
    assert life.said == ["ack", "update"]


def test_the_same_trouble_after_a_new_password_is_told_again() -> None:
    """The customer did something: silence would look as if it had worked."""
    life = Life()
    life.mail(row())
    life.finish_all("check", "source-login-refused")
    life.mail(replace(life.row(), secret_ids=("new",)))
    life.finish_all("check", "source-login-refused")
    assert life.said == ["ack", "update"]


def test_trouble_that_comes_back_after_a_finished_copy_is_told_again() -> None:
    """The password worked for the first pass and is changed before the second one."""
    life = Life()
    life.mail(row())
    life.finish_all("check", "source-login-refused")
    life.tell("retry")
    life.finish_all("check")
    life.finish_all("first-pass")
    life.tell("switched")
    life.finish_all("second-pass", "source-login-refused")
    assert life.said == ["ack", "copied", "report"], "the report names it: no second mail"
    assert life.row().state is State.ASKING


@pytest.mark.parametrize(
    ("code", "asked", "state"),
    [
        ("source-unreachable", 3, State.ASKING),
        ("destination-unreachable", 12, State.FAILED),
        ("source-throttled", 12, State.FAILED),
        ("child-failed", 12, State.FAILED),
        ("source-login-refused", 1, State.ASKING),
        ("destination-full", 1, State.FAILED),
        ("secret-gone", 1, State.ASKING),
        ("of-a-newer-version", 1, State.FAILED),
    ],
)
def test_whose_turn_it_is_after_a_failed_check(code: str, asked: int, state: State) -> None:
    """The customer can mend a server's name, not our own server: nobody is asked for what he cannot do."""
    life = Life()
    life.mail(row())
    for _ in range(asked):
        assert life.row().state is State.CHECKING
        life.finish_all("check", code)
    assert life.row().state is state
    assert not life.jobs


@pytest.mark.parametrize("kind", ["check", "first-pass"])
def test_a_server_that_says_when_to_come_back_is_believed_and_nobody_hears_of_a_failure(kind: str) -> None:
    """Gmail's day limit ends after a day, not after nine hours; a day is the longest that anybody is believed."""
    life = Life()
    life.mail(row())
    life.finish_all("check") if kind != "check" else None
    said = list(life.said)
    for number, seconds in enumerate([900, 3600, 10**9, *[3600] * 30]):
        (name,) = life.jobs
        (job,) = life.finish(name, "source-throttled", wait_seconds=seconds, copied=0)
        assert isinstance(job, PutJob)
        assert job.delay == min(timedelta(seconds=seconds), timedelta(days=1)), number
    assert life.said == said
    assert life.row().code == "source-throttled"


def test_a_pass_that_gets_on_between_its_failures_is_never_given_up() -> None:
    """A large mailbox behind a bad line: each pass brings some of it."""
    life = Life()
    life.mail(row())
    life.finish_all("check")
    for _ in range(50):
        (name,) = life.jobs
        life.finish(name, "source-unreachable", copied=5)
    assert life.row().state is State.FIRST_PASS


@pytest.mark.parametrize("code", sorted(BotError.by_code))
@pytest.mark.parametrize("kind", ["check", "first-pass", "second-pass", "contacts"])
def test_no_code_leaves_a_job_without_a_way_on(kind: str, code: str) -> None:
    """Whatever a job ends with: another job, or a person whose turn it is."""
    life = Life()
    life.mail(row(), *([file()] if kind == "contacts" else []))
    if kind != "check":
        life.finish_all("check")
    if kind != "check" and kind != "first-pass":
        life.finish_all("first-pass")
    if kind == "second-pass":
        life.tell("switched")
    life.finish_all(kind, code)
    assert life.jobs or next_actor(life.ticket) in ("staff", "requester")


# --- the switch -----------------------------------------------------------------------------------------------------


def test_done_runs_the_second_pass_and_the_report_closes() -> None:
    life = copied_life()
    assert life.said == ["ack", "copied"]
    life.tell("switched")
    life.finish_all("second-pass")
    assert life.said == ["ack", "copied", "report"]
    assert life.ticket.closed_at == life.now
    assert state_of(life.ticket) == "done"


def test_done_twice_is_done_once() -> None:
    """People answer twice; the second one changes nothing, during the pass and after the end."""
    life = copied_life()
    life.tell("switched")
    life.tell("switched")
    assert len(life.jobs) == 1
    life.finish_all("second-pass")
    assert life.tell("switched") == []
    assert life.ticket.closed_at is not None


@pytest.mark.parametrize("when", ["checking", "ready", "copying"])
def test_done_said_early_is_remembered(when: str) -> None:
    """The MX is switched already: the second pass follows the first at once, and one report ends it."""
    life = Life()
    life.mail(row())
    if when == "checking":
        life.tell("switched")
    life.finish_all("check")
    if when != "checking":
        life.tell("switched")
    life.finish_all("first-pass")
    assert life.row().state is State.SECOND_PASS
    life.finish_all("second-pass")
    assert life.said == ["ack", "report"]


def test_done_said_while_everything_waits_for_answers_is_no_switch() -> None:
    """ "Done" may mean "I have sent the password": nothing was copied that could be switched."""
    life = Life()
    life.mail(lacking())
    assert life.tell("switched") == []
    assert not life.ticket.switched


def test_an_early_done_of_a_row_that_fails_is_no_report() -> None:
    """Nothing is moved yet: "0 mailboxes are moved" would be a strange report."""
    life = Life()
    life.mail(row())
    life.tell("switched")
    life.finish_all("check", "source-login-refused")
    assert life.said == ["ack"]


def test_done_while_one_row_asks_reports_twice() -> None:
    """The good row is finished and told; the late one gets a report of its own."""
    life = Life()
    life.mail(row(1), lacking(2))
    life.finish_all("check")
    life.finish_all("first-pass")
    life.tell("switched")
    life.finish_all("second-pass")
    assert life.said == ["ack", "copied", "report"]
    assert life.ticket.closed_at is None
    life.mail(row(2, state=life.row(2).state))
    for kind in ("check", "first-pass", "second-pass"):
        life.finish_all(kind)
    assert life.said == ["ack", "copied", "report", "update", "report"]
    assert life.ticket.closed_at is not None


def test_a_second_pass_that_fails_at_the_last_minute_is_reported_and_again_when_mended() -> None:
    life = copied_life(row(1), row(2))
    life.tell("switched")
    life.finish("r1:second-pass:3")
    life.finish("r2:second-pass:3", "destination-full")
    assert life.said == ["ack", "copied", "report"]
    assert (state_of(life.ticket), next_actor(life.ticket)) == ("failed", "staff")
    life.tell("retry")
    for kind in ("check", "first-pass", "second-pass"):
        life.finish_all(kind)
    assert life.said == ["ack", "copied", "report", "report"]
    assert life.ticket.closed_at is not None


def test_staff_may_repeat_the_second_pass_of_a_closed_ticket() -> None:
    """Late mail at the old server: one more pass, one more report, closed again."""
    life = copied_life()
    life.tell("switched")
    life.finish_all("second-pass")
    life.wait(3600)
    life.tell("switched", again=True)
    assert life.ticket.closed_at is None
    life.finish_all("second-pass")
    assert life.said == ["ack", "copied", "report", "report"]
    assert life.ticket.closed_at == life.now
    assert len(life.row().passes) == 3


def test_a_password_wiped_meanwhile_is_asked_for_again() -> None:
    """A ticket that waited for the switch for more than 30 days."""
    life = copied_life()
    life.tell("switched")
    life.finish_all("second-pass", "secret-gone")
    assert life.row().state is State.ASKING
    assert next_actor(life.ticket) == "requester"
    assert life.said[-1] == "report"


# --- pause and cancel -----------------------------------------------------------------------------------------------


def test_a_paused_pass_is_parked_and_goes_on() -> None:
    life = Life()
    life.mail(row())
    life.finish_all("check")
    life.tell("paused")
    life.finish_all("first-pass", "stopped")
    assert (life.row().state, life.jobs) == (State.READY, {})
    assert (state_of(life.ticket), next_actor(life.ticket)) == ("paused", "staff")
    life.tell("resumed")
    life.finish_all("first-pass")
    assert life.row().state is State.COPIED


def test_a_paused_second_pass_is_not_reported_as_unfinished() -> None:
    """The pause is staff's affair; the customer gets one report, at the end."""
    life = copied_life()
    life.tell("switched")
    life.tell("paused")
    life.finish_all("second-pass", "stopped")
    assert life.said == ["ack", "copied"]
    life.tell("resumed")
    life.finish_all("second-pass")
    assert life.said == ["ack", "copied", "report"]


def test_while_paused_done_starts_nothing_and_is_remembered() -> None:
    life = copied_life()
    life.tell("paused")
    life.tell("switched")
    assert not life.jobs
    life.tell("resumed")
    assert [job.kind for job in life.jobs.values()] == ["second-pass"]


def test_a_cancelled_ticket_does_nothing_more() -> None:
    """Neither the job that is still running nor anybody's order moves it; the requester hears once that it is over."""
    life = Life()
    life.mail(row(1), lacking(2), file())
    life.finish_all("check")
    life.tell("cancelled")
    life.finish_all("first-pass")
    life.finish_all("contacts")
    for kind in ("switched", "approved", "retry", "resumed", "clock"):
        life.tell(kind)
    assert state_of(life.ticket) == "cancelled"
    assert life.said == ["ack", "cancelled"]
    assert not life.jobs


def test_what_comes_after_the_order_to_cancel_is_not_cancelled_by_it() -> None:
    """The mail was taken a moment later, but its rows lay in the table already."""
    life = copied_life()
    life.ticket = replace(life.ticket, rows=(*life.ticket.rows, row(2)))
    life.tell("cancelled")
    life.tell("message", rows=[2])
    life.finish_all("check")
    assert life.row(2).state is State.FIRST_PASS
    assert life.said == ["ack", "copied", "update"]


# --- contacts and calendars -----------------------------------------------------------------------------------------


def test_files_alone_are_acknowledged_imported_and_reported() -> None:
    life = Life()
    life.mail(file(1), file(2, kind="calendar"))
    assert life.said == ["ack"]
    life.finish_all("contacts")
    life.finish_all("calendar")
    assert life.said == ["ack", "report"]
    assert life.ticket.closed_at is not None


def test_a_file_waits_for_nobody_elses_trouble() -> None:
    """Its account's old password is wrong: the contacts go into the new account all the same."""
    life = Life()
    life.mail(lacking(), file())
    assert life.file().state is State.IMPORTING


def test_a_file_for_a_closed_ticket_is_imported_and_its_result_told() -> None:
    life = copied_life()
    life.tell("switched")
    life.finish_all("second-pass")
    life.mail(file())
    assert life.ticket.closed_at is None
    life.finish_all("contacts")
    assert life.said == ["ack", "copied", "report", "update", "report"]
    assert life.ticket.closed_at is not None


def test_a_file_for_a_cancelled_ticket_is_no_standstill() -> None:
    """It used to be READY for ever: its account's row was cancelled."""
    life = Life()
    life.mail(row())
    life.tell("cancelled")
    life.mail(file())
    life.finish_all("contacts")
    assert life.file().state is State.DONE
    assert life.ticket.closed_at is not None


def test_a_held_row_does_not_stop_the_news_of_the_others() -> None:
    """A file for the held row's account used to keep the whole ticket busy."""
    life = Life()
    life.mail(row(1), held(2), file(target="user2@k.example", held_because="destination-not-own"))
    life.finish_all("check")
    life.finish_all("first-pass")
    assert life.said == ["ack", "copied"]
    assert next_actor(life.ticket) == "staff"


@pytest.mark.parametrize(
    ("code", "state", "actor"),
    [("unreadable", State.ASKING, "requester"), ("dav-login-refused", State.FAILED, "staff")],
)
def test_whose_turn_it_is_after_a_failed_import(code: str, state: State, actor: str) -> None:
    """Only the sender can export a file again; only staff can mend our server. Both are told at once."""
    life = copied_life()
    life.mail(file())
    said = len(life.said)
    life.finish_all("contacts", code)
    assert life.file().state is state
    assert life.said[said:] == ["update"]
    assert next_actor(replace(life.ticket, rows=())) == actor


# --- any events in any order ----------------------------------------------------------------------------------------

CODES = [
    *("source-login-refused", "source-unreachable", "source-throttled", "destination-full", "secret-gone"),
    *(
        "destination-unreachable",
        "child-failed",
        "journal-in-use",
        "unreadable",
        "dav-unreachable",
        "no-such",
    ),
]
FLAWS: list[dict[str, Any]] = [
    {},
    {},
    {"held_because": "destination-not-own"},
    {"problems": (("host-missing", "host"),)},
    {"held_because": "destination-not-own", "problems": (("host-missing", "host"),)},
]


class AnyLife(RuleBasedStateMachine):
    """A ticket under whatever mails, staff, servers and clocks may do."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life()
        self.ids = 0
        self.begun = False
        self.first_mail = START
        self.approved = False
        self.proven = True

    def _after(self, kind: str, effects: list[Any], cancelled: bool) -> None:
        replies = [one for one in effects if isinstance(one, QueueReply)]
        jobs = [one for one in effects if isinstance(one, PutJob)]
        if not self.proven and not self.approved:
            assert not jobs, "nothing runs before staff has approved"
            assert {one.kind for one in replies} <= {"held"}
        if cancelled and kind != "message":
            assert not effects, "a cancelled ticket is silent"
        held_ids = {one.id for one in self.life.ticket.rows if one.held_because}
        assert not [job for job in jobs if job.kind in ("check", "first-pass") and job.ref in held_ids]

    def _tell(self, kind: str, /, **data: Any) -> None:
        cancelled = state_of(self.life.ticket) == "cancelled"
        self._after(kind, self.life.tell(kind, **data), cancelled)

    @rule(
        flaws=st.lists(st.sampled_from(FLAWS), max_size=3),
        files=st.lists(st.sampled_from([{}, {"items": 0}, {"target": ""}]), max_size=2),
        proven=st.booleans(),
        remark=st.booleans(),
        early=st.sampled_from(["", "cancelled", "retry", "switched", "clock"]),
    )
    def mail(
        self,
        flaws: list[dict[str, Any]],
        files: list[dict[str, Any]],
        proven: bool,
        remark: bool,
        early: str,
    ) -> None:
        if self.begun and not (flaws or files):
            return
        if not self.begun:
            self.first_mail, self.proven = self.life.now, proven
        elif not self.proven and not self.approved:
            return  # intake adds nothing to a ticket nobody has vouched for
        things: list[Any] = []
        for flaw in flaws:
            self.ids += 1
            things.append(row(self.ids, **flaw))
        for flaw in files:
            self.ids += 1
            things.append(file(self.ids, **flaw))
        if early and self.begun:  # told between the mail's transaction and its turn
            rows = (*self.life.ticket.rows, *(one for one in things if not hasattr(one, "items")))
            new_files = (*self.life.ticket.files, *(one for one in things if hasattr(one, "items")))
            self.life.ticket = replace(self.life.ticket, rows=rows, files=new_files)
            self._tell(early)
        data: dict[str, Any] = {"proof": "proven" if self.proven or self.begun else "unproven"}
        if remark:
            data["remarks"] = [["table-unreadable", "x.csv"]]
        effects = self.life.mail(*things, **data)
        self.begun = True
        self._after("message", effects, False)

    @rule(pick=st.integers(0, 5), flaw=st.sampled_from(FLAWS))
    def correction(self, pick: int, flaw: dict[str, Any]) -> None:
        waiting = [
            one
            for one in self.life.ticket.rows
            if one.state in (State.ASKING, State.HELD, State.FAILED, State.CHECKING)
        ]
        if not waiting or (not self.proven and not self.approved):
            return
        clean = {"held_because": "", "problems": (), "secret_ids": ("new",)}
        mended = replace(waiting[pick % len(waiting)], **{**clean, **flaw})
        self._after("message", self.life.mail(mended), False)

    @rule(pick=st.integers(0, 9), code=st.one_of(st.just(""), st.sampled_from(CODES)))
    def job_ends(self, pick: int, code: str) -> None:
        if not self.life.jobs:
            return
        name = sorted(self.life.jobs)[pick % len(self.life.jobs)]
        if self.life.ticket.paused and self.life.jobs[name].kind.endswith("pass") and code != "":
            code = "stopped"
        cancelled = state_of(self.life.ticket) == "cancelled"
        self._after("job", self.life.finish(name, code), cancelled)

    @rule(kind=st.sampled_from(["switched", "paused", "resumed", "retry", "clock", "note"]))
    def order(self, kind: str) -> None:
        if self.begun:
            self._tell(kind)

    @rule()
    def repeat_second_pass(self) -> None:
        if self.begun:
            self._tell("switched", again=True, by="staff")

    @rule()
    def approve(self) -> None:
        if self.begun:
            self.approved = True
            self._tell("approved")

    @rule(really=st.integers(0, 3))
    def cancel(self, really: int) -> None:
        if self.begun and not really:
            self._tell("cancelled")

    @rule(seconds=st.sampled_from([1, 44, 45, 3600]))
    def time_passes(self, seconds: float) -> None:
        self.life.wait(seconds)

    @rule(
        seconds=st.just(0), stale=st.sampled_from(["checked", "passed", "imported"]), pick=st.integers(0, 9)
    )
    def a_result_nobody_waits_for(self, seconds: float, stale: str, pick: int) -> None:
        """Told again by a revived job, or of a row that is gone."""
        if not self.begun or not self.ids:
            return
        before = self.life.ticket
        data: dict[str, Any] = {"row": pick, "file": pick, "kind": "first-pass", "job": f"r{pick}:check:0"}
        self._tell(stale, **data, found=FOUND, report={})
        assert (before.rows, before.files) == (self.life.ticket.rows, self.life.ticket.files)

    @invariant()
    def there_is_always_a_way_forward(self) -> None:
        ticket = self.life.ticket
        if not self.begun or ticket.closed_at is not None:
            return
        for thing in (*ticket.rows, *ticket.files):
            assert thing.state is not State.NEW
            if thing.state in (State.CHECKING, State.FIRST_PASS, State.SECOND_PASS, State.IMPORTING):
                assert self.life.under_way(thing), f"{thing.state} without a job"
            if thing.state is State.READY:
                assert ticket.paused or ticket.wake_at is not None, "ready, and nobody starts it"
            if thing.state is State.COPIED:
                assert ticket.paused or not ticket.switched
        if next_actor(ticket) == "us":
            assert self.life.jobs or ticket.wake_at is not None
        assert next_actor(ticket) != "nobody"

    @invariant()
    def each_reply_once(self) -> None:
        replies = [one for one in self.life.effects if isinstance(one, QueueReply)]
        assert [one.revision for one in replies] == list(range(1, len(replies) + 1))
        assert sum(one.kind == "ack" for one in replies) <= 1
        assert sum(one.kind == "held" for one in replies) <= 1

    @invariant()
    def good_rows_do_not_wait_for_bad_ones(self) -> None:
        ticket = self.life.ticket
        if ticket.acked and not ticket.paused and ticket.closed_at is None:
            assert not [thing for thing in (*ticket.rows, *ticket.files) if thing.state is State.READY]

    @invariant()
    def the_acknowledgement_comes_in_time(self) -> None:
        ticket = self.life.ticket
        if not self.begun or ticket.acked or ticket.closed_at is not None or ticket.deadline is None:
            return
        busy = [thing for thing in (*ticket.rows, *ticket.files) if thing.state in BUSY]
        if not ticket.unproven and busy:
            assert self.life.now < ticket.deadline

    @invariant()
    def nobody_waits_for_an_answer_he_was_not_asked_for(self) -> None:
        ticket = self.life.ticket
        if not ticket.acked or ticket.closed_at is not None:
            return
        if any(one.state is State.CHECKING for one in ticket.rows):
            return
        asked = {(one.id, one.code) for one in ticket.rows if one.state is State.ASKING}
        asked |= {(-one.id, one.code) for one in ticket.files if one.state is State.ASKING}
        assert asked <= set(ticket.told)

    def teardown(self) -> None:
        """The same log gives the same ticket, and everybody who does his part brings it to an end."""
        for before, event, now, after in self.life.log:
            assert decide(before, Event(kind=event.kind, data=event.data), now)[0] == after
        if self.begun:
            self._finish_everything()

    def _finish_everything(self) -> None:
        self.life.tell("resumed")
        self.life.tell("approved")
        self.approved = True
        for one in self.life.ticket.rows:
            if one.state is State.ASKING:
                self.life.mail(replace(one, problems=(), held_because="", secret_ids=("new",)))
        for item in self.life.ticket.files:
            if item.state is State.ASKING:
                self.life.mail(replace(item, items=3, target="user1@k.example", held_because=""))
        self.life.tell("retry")
        for _ in range(8):
            self.life.wait(60)
            for name in sorted(self.life.jobs):
                self.life.finish(name)
            if not self.life.jobs:
                self.life.tell("switched")
        things = (*self.life.ticket.rows, *self.life.ticket.files)
        assert {thing.state for thing in things} <= ENDS, state_of(self.life.ticket)
        if things:
            assert self.life.ticket.closed_at is not None
            cancelled = any(thing.state is State.CANCELLED for thing in things)
            assert cancelled or self.life.said[-1] == "report", "what is finished was reported"


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(
    max_examples=120, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_every_kind_of_event_is_known() -> None:
    """An unknown kind is a bug of ours and must not be swallowed."""
    assert set(HANDLERS) >= {"message", "checked", "passed", "imported", "switched", "approved", "retry"}
    with pytest.raises(KeyError):
        decide(Life().ticket, Event(kind="dreamt"), START)


def test_a_wanted_start_is_kept_until_staff_begins() -> None:
    """The logins are checked and the answer goes out; no mail is copied before `mailferry start`."""
    ticket = Ticket(id=1, number="MF-2", requester="a@kunde.example", created_at=START, rows=(row(1),))
    ticket, _ = decide(ticket, Event(kind="message", data={"rows": [1], "start": "Saturday 22:00"}), START)
    ticket, effects = decide(ticket, Event(kind="checked", data={"row": 1, "found": FOUND}), START)
    assert not any(isinstance(effect, PutJob) for effect in effects)
    assert (state_of(ticket), next_actor(ticket)) == ("awaiting-start", "staff")
    ticket, effects = decide(ticket, Event(kind="started"), START)
    assert [effect.kind for effect in effects if isinstance(effect, PutJob)] == ["first-pass"]

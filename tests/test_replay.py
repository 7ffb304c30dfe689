"""The event log is the truth and the tables its sum: played again it gives the ticket, whatever happened in whatever order."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.replay import BROUGHT
from bot.speech import Speech
from bot.turn import Hands, turn
from parsers.sandbox import close
from tests.desk import a_store, make_config
from tests.replays import disagreements
from tests.test_reception import ANNA, EVE, Desk, mail
from tests.ticketlife import FOUND, REPORT

SAID = {
    "second mailbox": "Please move this one too:\n\nEmail: ben@kunde.example\nPassword: x-Pass1\nServer: imap.old.example\n",
    "no password": "Please move:\n\nEmail: cleo@kunde.example\nServer: imap.old.example\n",
    "password": "Email: cleo@kunde.example\nPassword: n3w-Pass\n",
    "start": "Please start on 12 March 2031 at 22:00.\n",
    "done": "Done!\n",
    "pause": "Please pause.\n",
    "resume": "Please go on.\n",
    "trash": "Please include the trash.\n",
    "cancel": "Please cancel the migration.\n",
}
STAFF = ("approved", "retry", "started", "paused", "resumed", "cancelled", "switched")
CODES = ("", "", "", "source-login-refused", "source-unreachable", "destination-full", "stopped")
OPERATIONS = st.one_of(
    st.tuples(st.just("mail"), st.sampled_from(sorted(SAID))),
    st.tuples(st.just("stranger"), st.sampled_from(["done", "second mailbox"])),
    st.tuples(st.just("staff"), st.sampled_from(STAFF)),
    st.tuples(st.just("job"), st.sampled_from(CODES)),
    st.tuples(st.just("time"), st.integers(1, 400_000)),
    st.just(("turn", "")),
)


@pytest.fixture(scope="module", autouse=True)
def _end() -> Iterator[None]:
    yield
    close()


def outcome(job: dict[str, Any], code: str) -> tuple[str, dict[str, Any]]:
    """Return what a job tells, as bot/jobs.py does."""
    ref = {"row": job["ref"], "job": job["id"]}
    if job["kind"] == "find":
        return "found", {**ref, **({"code": code} if code else {"host": ""})}
    if job["kind"] == "check":
        return "checked", {**ref, **({"code": code} if code else {"found": FOUND})}
    if job["kind"].endswith("pass"):
        return "passed", {**ref, "kind": job["kind"], **({"code": code} if code else {"report": REPORT})}
    told = {"code": code} if code else {"report": REPORT}
    return "imported", {"file": job["ref"], "job": job["id"], **told}


class Play:
    """A desk that a script of operations is played on."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.mails = desk, 0
        self.say("request", ANNA, mail())

    def say(self, _: str, sender: str, raw: bytes = b"") -> None:
        self.mails += 1
        self.desk.now += timedelta(seconds=1)
        self.desk.handle(raw or self._letter(_, sender))

    def _letter(self, what: str, sender: str) -> bytes:
        with self.desk.store.look() as work:
            number = work.load(work.ticket_ids()[-1]).number
        return mail(SAID[what], sender=sender, subject=f"Re: Umzug [{number}]", number=self.mails + 1)

    def job(self, code: str) -> None:
        with self.desk.store.begin() as work:
            for job in work.open_jobs()[:1]:
                kind, data = outcome(job, code)
                work.finish_job(job["id"])
                work.add_event(job["ticket_id"], kind, data, self.desk.now, dedupe=f"job:{job['id']}")

    def staff(self, verb: str) -> None:
        with self.desk.store.begin() as work:
            work.add_event(work.ticket_ids()[-1], verb, {"by": "staff"}, self.desk.now)

    def turn(self) -> None:
        """Decide on all that is due, as the daemon's tick does."""
        speech = Speech(self.desk.config, self.desk.store.vault, lambda: self.desk.now)
        with self.desk.store.look() as work:
            due = work.due_tickets(self.desk.now)
        for ticket in due:
            turn(self.desk.store, ticket, self.desk.now, Hands(say=speech.draft, put=lambda *_: None))

    def end(self) -> None:
        """Let everything that is still open succeed, and the days of care go by: the alarms ring."""
        for what in ("resumed", "approved", "started", "switched"):
            self.staff(what)
            for _ in range(6):
                self.turn()
                self.job("")
        for _ in range(10):
            self.play("time", 86_500)

    def play(self, kind: str, what: Any) -> None:
        if kind in ("mail", "stranger"):
            self.say(what, ANNA if kind == "mail" else EVE)
        elif kind == "time":
            self.desk.now += timedelta(seconds=what)
        elif kind != "turn":
            getattr(self, kind)(what)
        if kind in ("time", "turn"):
            self.turn()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(OPERATIONS, min_size=3, max_size=16))
def test_the_log_gives_the_ticket_that_is_stored(script: list[tuple[str, Any]]) -> None:
    """Mails, strangers, staff, results and time in any order: nothing moves a ticket that its log does not tell."""
    with tempfile.TemporaryDirectory() as folder, a_store(Path(folder)) as store:
        play = Play(Desk(store, make_config(Path(folder), engine={"check_deadline": "0s"})))
        for kind, what in script:
            play.play(kind, what)
        play.end()
        with store.look() as work:
            assert disagreements(work) == []


def test_what_a_mail_brings_is_told_without_its_secret(tmp_path: Path) -> None:
    """The log is shown to people and kept for long."""
    with a_store(tmp_path) as store:
        Desk(store, make_config(tmp_path)).handle(mail())
        with store.look() as work:
            log = work.events(work.ticket_ids()[0])
    assert [event["kind"] for event in log][:2] == [BROUGHT, "message"]
    assert log[0]["data"]["rows"][0]["data"]["address"] == ANNA
    assert "geheim-1" not in repr(log)

"""What a job works with: fresh facts, the newest job only, and no password opened without need."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, Dav, Destination, Engine
from bot.config import Store as StoreSection
from bot.errors import (
    BotError,
    DestinationLoginRefused,
    SecretGone,
    SelfCopy,
    SourceThrottled,
    Unreadable,
)
from bot.model import Json, PassOptions
from bot.states import File, Row, State
from bot.steps import (
    STEPS,
    Bench,
    _stop_asked,
    destination_login,
    failed,
    journal_file,
    pass_options,
    source_login,
)
from bot.store import open_store, sqlite_url
from bot.turn import QUEUES
from bot.vault import Vault

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANNA = "anna@k.example"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = open_store(sqlite_url(tmp_path / "db"), Vault(b"k" * 32))
    config = Config(
        destination=Destination(imap_host="mail.host.example", auth="password"),
        dav=Dav(url="http://localhost:9/", auth="service", user="ferry"),
        store=StoreSection.model_construct(url="", state=tmp_path, key_file=None),
    )
    yield Bench(store, config, lambda: False)
    store.close()


def with_row(bench: Bench, state: State, **changes: Any) -> tuple[Json, Row]:
    """Keep a row whose first job is of that state; return the job and the row."""
    with bench.store.begin() as work:
        ticket = work.new_ticket(ANNA, {}, NOW)
        secret = work.seal("password", "pässwörd".encode(), NOW, ticket.id)
        row = Row(id=0, state=state, address=ANNA, destination=ANNA, host="imap.old.example", serial=1)
        row = replace(row, secret_ids=(secret,))
        row = replace(row, **changes)
        row = replace(row, id=work.add_row(ticket.id, row))
    kind = "check" if state is State.CHECKING else state.value
    return {"id": f"r{row.id}:{kind}:1", "ticket_id": ticket.id, "kind": kind, "ref": row.id}, row


def with_file(bench: Bench, **changes: Any) -> Json:
    with bench.store.begin() as work:
        ticket = work.new_ticket(ANNA, {}, NOW)
        blob = work.seal("file", b"BEGIN:VCARD", NOW, ticket.id)
        item = File(id=0, state=State.IMPORTING, name="x.vcf", blob_id=blob, items=1, target=ANNA, serial=1)
        number = work.add_file(ticket.id, replace(item, **changes))
    return {"id": f"f{number}:contacts:1", "ticket_id": ticket.id, "kind": "contacts", "ref": number}


def test_every_kind_of_job_has_a_step_and_a_queue() -> None:
    assert set(STEPS) == {*QUEUES, "deliver"}


@pytest.mark.parametrize("state", [State.CANCELLED, State.ASKING, State.COPIED, State.READY])
def test_a_job_whose_row_has_gone_on_logs_in_nowhere(bench: Bench, state: State) -> None:
    """Cancelled while it waited in the queue: the old provider never hears of it. (imap.old.example does not exist.)"""
    for was in (State.CHECKING, State.FIRST_PASS, State.SECOND_PASS):
        job, row = with_row(bench, was)
        with bench.store.begin() as work:
            work.save_row(replace(row, state=state))
        _, data = STEPS[job["kind"]](bench, job)
        assert data["code"] == "stopped"


@pytest.mark.parametrize("was", [State.CHECKING, State.FIRST_PASS, State.SECOND_PASS])
def test_an_older_job_of_a_corrected_row_logs_in_nowhere(bench: Bench, was: State) -> None:
    """The newer job is in the queue behind it: one login with the new password, not two."""
    job, row = with_row(bench, was, serial=2)
    assert STEPS[job["kind"]](bench, job)[1]["code"] == "stopped"
    revived = {**job, "id": f"r{row.id}:{job['kind']}:1~3"}
    assert STEPS[job["kind"]](bench, revived)[1]["code"] == "stopped"


def test_a_cancelled_import_touches_nothing(bench: Bench) -> None:
    assert STEPS["contacts"](bench, with_file(bench, state=State.CANCELLED))[1]["code"] == "stopped"
    assert STEPS["contacts"](bench, with_file(bench, serial=2))[1]["code"] == "stopped"


@pytest.mark.parametrize("state", [State.CHECKING, State.FIRST_PASS, State.SECOND_PASS])
def test_a_wiped_password_is_asked_for_again(bench: Bench, state: State) -> None:
    """After 30 days; the code makes it the requester's turn, and no login is tried without one."""
    job, _ = with_row(bench, state)
    with bench.store.begin() as work:
        work.wipe(NOW + timedelta(days=31), timedelta(days=7), timedelta(days=30))
    with pytest.raises(SecretGone) as caught:
        STEPS[job["kind"]](bench, job)
    assert failed(job, caught.value)[1]["code"] == "secret-gone"


def test_a_wiped_file_is_asked_for_again(bench: Bench) -> None:
    job = with_file(bench)
    with bench.store.begin() as work:
        work.wipe(NOW + timedelta(days=31), timedelta(days=7), timedelta(days=30))
    with pytest.raises(Unreadable):
        STEPS["contacts"](bench, job)


def test_the_mailbox_is_not_copied_into_itself(bench: Bench) -> None:
    job, _ = with_row(bench, State.CHECKING, host="MAIL.host.example")
    with pytest.raises(SelfCopy):
        STEPS["check"](bench, job)


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_a_failure_is_told_as_a_code_and_nothing_else(kind: str) -> None:
    """An error's text may name hosts and people; the log of a ticket takes only its code."""
    event, data = failed({"kind": kind, "ref": 5}, BotError(what="canary-77"))
    assert "canary-77" not in str(data)
    assert set(data) <= {"row", "file", "kind", "code"}
    assert event == {
        "find": "found",
        "check": "checked",
        "contacts": "imported",
        "calendar": "imported",
        "deliver": "",
    }.get(kind, "passed")


def test_how_long_a_server_wants_us_to_wait_and_what_was_copied_are_told_as_numbers() -> None:
    """So that the next pass comes when the server said; nothing that is no number gets through."""
    error = SourceThrottled(host="canary-77", wait_seconds=900, copied=3, what="connections")
    _, data = failed({"kind": "first-pass", "ref": 5}, error)
    assert data == {
        "row": 5,
        "kind": "first-pass",
        "code": "source-throttled",
        "wait_seconds": 900,
        "copied": 3,
    }
    assert "wait_seconds" not in failed({"kind": "check", "ref": 5}, SourceThrottled(wait_seconds="x"))[1]


def test_passes_run_as_bot_toml_says() -> None:
    """Every key of [engine] that is about a pass reaches it."""
    engine = Engine(
        connections=2,
        max_connections_per_source_host=3,
        max_connections_per_destination_host=5,
        verify="full",
        compress=True,
    )
    options = pass_options(Config(engine=engine))
    assert (options.connections, options.per_source_host, options.per_destination_host) == (2, 3, 5)
    assert (options.verify, options.compress) == ("full", True)
    assert pass_options(Config()) == PassOptions(skip_roles=("trash", "junk"))


def test_a_pass_stops_when_staff_pauses_or_cancels(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when a new mail has opened the cancelled ticket again in the same second: the row decides."""
    monkeypatch.setattr("bot.steps.PROGRESS_SECONDS", 0.0)
    job, row = with_row(bench, State.FIRST_PASS)
    stop = _stop_asked(bench, job)
    assert not stop()
    with bench.store.begin() as work:
        work.save(replace(work.load(job["ticket_id"]), paused=True))
    assert stop()
    with bench.store.begin() as work:
        work.save(replace(work.load(job["ticket_id"]), paused=False))
    assert not stop()
    with bench.store.begin() as work:
        work.save_row(replace(row, state=State.CANCELLED))
    assert stop()


def test_asking_whether_to_stop_makes_nobody_wait(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every running pass asks each second; none may need the write lock for it."""
    monkeypatch.setattr("bot.steps.PROGRESS_SECONDS", 0.0)
    job, _ = with_row(bench, State.FIRST_PASS)
    with bench.store.begin():
        assert not _stop_asked(bench, job)()


@pytest.mark.parametrize(
    "address", ["a*ferry@k.example", "a b@k.example", "a\r\n@k.example", "a\x00@k.example"]
)
def test_an_address_that_would_name_another_login_opens_nothing(bench: Bench, address: str) -> None:
    """user*master: the part behind the separator decides who logs in."""
    from bot.model import Secret

    with pytest.raises(DestinationLoginRefused):
        destination_login(bench.config, address, Secret("x"))


def test_a_password_is_whatever_came(bench: Bench) -> None:
    """Also what is no text: it is sealed and opened without being changed."""
    from bot.steps import _secret

    odd = "a\udcffb\u0000 ß"
    job, row = with_row(bench, State.CHECKING)
    with bench.store.begin() as work:
        blob = work.seal("password", odd.encode("utf-8", "surrogatepass"), NOW, job["ticket_id"])
    assert _secret(bench, replace(row, secret_ids=(blob,)), 0).reveal() == odd


def test_another_server_or_login_has_another_journal(bench: Bench) -> None:
    """UIDs mean nothing at another server; case does not make another one."""
    _, row = with_row(bench, State.READY)
    files = {
        journal_file(bench.config, replace(row, **change))
        for change in ({}, {"host": "b"}, {"port": 1}, {"login": "x"})
    }
    assert len(files) == 4
    assert journal_file(bench.config, replace(row, host=row.host.upper())) in files
    login = source_login(bench.config, replace(row, security="plain"), _dummy())
    assert login.endpoint.security == "tls", "never in clear"


def _dummy() -> Any:
    from bot.model import Secret

    return Secret("x")

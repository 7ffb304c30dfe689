"""The database: tables, round trips, transactions, wiping; on SQLite as everybody has it."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ConfigBroken, SecretGone
from bot.records import moment, stamp
from bot.schema import metadata
from bot.states import File, Row, State, Ticket
from bot.store import HEAD, Store, open_store, sqlite_url
from bot.vault import Vault
from bot.work import Work

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
VAULT = Vault(b"k" * 32)
CANARY = "canary-Pw!7f3a9c-ä"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(sqlite_url(tmp_path / "db"), VAULT)
    yield made
    made.close()


def new_ticket(store: Store, *rows: Row, at: datetime = NOW) -> int:
    with store.begin() as work:
        ticket = work.new_ticket("anna@k.example", {"subject": "x"}, at)
        for row in rows:
            work.add_row(ticket.id, row)
    return ticket.id


# --- versions -------------------------------------------------------------------------------------------------------


def test_the_migrated_tables_are_the_ones_in_the_schema(store: Store) -> None:
    """Else an installation that was upgraded differs from a fresh one in a way only it will feel."""
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == HEAD


def at_version(path: Path, version: str) -> None:
    """Make a database as an earlier release left it, with a ticket in it."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "bot:migrations")
    engine = sa.create_engine(sqlite_url(path))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.execute(
            sa.text(
                "INSERT INTO ticket (id, number, requester, created_at, data, thread)"
                " VALUES (7, 'MF-OLDONE', 'anna@k.example', :at, '{}', '{}')"
            ),
            {"at": stamp(NOW)},
        )
        connection.execute(
            sa.text("INSERT INTO \"row\" (ticket_id, state, data) VALUES (7, 'copied', :data)"),
            {"data": '{"address": "anna@k.example"}'},
        )
    engine.dispose()


def test_a_ticket_of_the_first_release_goes_on(tmp_path: Path) -> None:
    """Fields that came later have their defaults; the tables are brought up to date."""
    at_version(tmp_path / "db", "0001")
    store = open_store(sqlite_url(tmp_path / "db"), VAULT)
    with store.begin() as work:
        ticket = work.load(7)
        work.save(ticket)
        assert work.load(7) == ticket
    assert ticket.rows[0].state is State.COPIED
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()


def test_a_migration_that_breaks_off_leaves_the_old_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it or nothing: the next start begins where this one did."""
    at_version(tmp_path / "db", "0001")
    from alembic import op

    made: list[str] = []

    def fail_at_the_second(name: str, *more: Any) -> None:
        made.append(name)
        if len(made) == 2:
            raise RuntimeError("power failure")
        real(name, *more)

    real = op.create_index
    monkeypatch.setattr(op, "create_index", fail_at_the_second)
    with pytest.raises(RuntimeError):
        open_store(sqlite_url(tmp_path / "db"), VAULT)
    monkeypatch.undo()
    with sqlite3.connect(tmp_path / "db") as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        names = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type='index'")}
    raw.close()
    assert made[0] not in names
    open_store(sqlite_url(tmp_path / "db"), VAULT).close()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """After a downgrade: a clear word instead of half-understood tables."""
    open_store(sqlite_url(tmp_path / "db"), VAULT).close()
    with sqlite3.connect(tmp_path / "db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0999'")
        before = list(raw.iterdump())
    raw.close()
    with pytest.raises(ConfigBroken, match="newer Mailferry"):
        open_store(sqlite_url(tmp_path / "db"), VAULT)
    with sqlite3.connect(tmp_path / "db") as raw:
        assert list(raw.iterdump()) == before
    raw.close()


def test_a_damaged_database_is_refused_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"this is no database, but long enough to look like one " * 40)
    with pytest.raises(ConfigBroken, match="restore it"):
        open_store(sqlite_url(tmp_path / "db"), VAULT)
    with pytest.raises(ConfigBroken):
        open_store(sqlite_url(tmp_path / "no" / "such" / "folder"), VAULT)


def test_two_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    """`mailferry status` typed while the daemon starts for the first time."""
    made: list[Any] = []

    def open_it() -> None:
        try:
            made.append(open_store(sqlite_url(tmp_path / "db"), VAULT))
        except BaseException as error:  # noqa: BLE001 - shown below
            made.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(one, Store) for one in made), made
    for one in made:
        one.close()


def test_the_file_is_closed_to_others(tmp_path: Path) -> None:
    store = open_store(sqlite_url(tmp_path / "db"), VAULT)
    new_ticket(store)
    assert {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {
        "db": 0,
        "db-wal": 0,
        "db-shm": 0,
    }
    store.close()


# --- round trips ----------------------------------------------------------------------------------------------------

texts = st.text(max_size=12)
pairs = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
reports = st.dictionaries(texts, st.one_of(st.integers(-9, 9), texts, st.none()), max_size=3)
rows = st.builds(
    Row,
    id=st.just(0),
    state=st.sampled_from(State),
    address=texts,
    port=st.integers(1, 65535),
    secret_ids=st.lists(texts, max_size=2).map(tuple),
    held_because=texts,
    problems=pairs,
    code=texts,
    tries=st.integers(0, 99),
    serial=st.integers(0, 99),
    found=st.one_of(st.none(), reports),
    passes=st.lists(reports, max_size=2).map(tuple),
)
files = st.builds(
    File,
    id=st.just(0),
    state=st.sampled_from(State),
    kind=st.sampled_from(["contacts", "calendar"]),
    name=texts,
    items=st.integers(0, 99),
    problems=pairs,
    report=st.one_of(st.none(), reports),
)
tickets = st.builds(
    Ticket,
    id=st.just(0),
    number=st.just(""),
    requester=st.just("anna@k.example"),
    created_at=st.just(NOW),
    rows=st.lists(rows, max_size=2).map(tuple),
    files=st.lists(files, max_size=2).map(tuple),
    deadline=st.one_of(st.none(), moments),
    acked=st.booleans(),
    unproven=st.booleans(),
    paused=st.booleans(),
    owing=st.booleans(),
    remarks=pairs,
    told=st.lists(st.tuples(st.integers(-9, 9), texts), max_size=3).map(tuple),
    copied_told=st.lists(st.integers(0, 9), max_size=3).map(tuple),
    reported=st.booleans(),
    wake_at=st.one_of(st.none(), moments),
    closed_at=st.one_of(st.none(), moments),
)


@settings(max_examples=60, deadline=None)
@given(drawn=tickets)
def test_a_ticket_comes_back_as_it_was_saved(shared: Store, drawn: Ticket) -> None:
    """Every field, every type: tuples do not become lists, times keep their zone."""
    from dataclasses import replace

    with shared.begin() as work:
        made = work.new_ticket(drawn.requester, {}, drawn.created_at)
        new_rows = tuple(replace(row, id=work.add_row(made.id, row)) for row in drawn.rows)
        new_files = tuple(replace(item, id=work.add_file(made.id, item)) for item in drawn.files)
        whole = replace(drawn, id=made.id, number=made.number, rows=new_rows, files=new_files)
        work.save(whole)
    with shared.look() as work:
        assert work.load(made.id) == whole


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = open_store(sqlite_url(tmp_path_factory.mktemp("store") / "db"), VAULT)
    yield made
    made.close()


def test_only_what_changed_is_written(store: Store) -> None:
    """A ticket of hundreds of rows has an event per row: writing all of them each time would be their square."""
    from dataclasses import replace

    ticket_id = new_ticket(store, *(Row(id=0, address=f"u{n}@k.example") for n in range(20)))
    written: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().startswith("UPDATE"):
            written.append(statement)

    sa.event.listen(store.engine, "before_cursor_execute", note)
    with store.begin() as work:
        before = work.load(ticket_id)
        first, *others = before.rows
        work.save(replace(before, rows=(replace(first, code="x"), *others)), before)
    sa.event.remove(store.engine, "before_cursor_execute", note)
    assert len(written) == 2
    with store.look() as work:
        assert [row.code for row in work.load(ticket_id).rows][:2] == ["x", ""]


@given(first=moments, later=moments, hours=st.integers(-12, 14))
def test_stamps_sort_by_time_whatever_the_zone(first: datetime, later: datetime, hours: int) -> None:
    """They are compared as text by the database."""
    there = first.astimezone(timezone(timedelta(hours=hours)))
    assert stamp(there) == stamp(first)
    assert (stamp(there) < stamp(later)) == (first < later)
    assert moment(stamp(there)) == first


def test_a_time_without_a_zone_is_not_stored() -> None:
    with pytest.raises(ValueError, match="zone"):
        stamp(datetime(2026, 1, 1))  # noqa: DTZ001


# --- transactions ---------------------------------------------------------------------------------------------------


def test_nothing_stays_of_work_that_breaks_off(store: Store) -> None:
    """Ticket, row, secret, event, reply and job: one transaction, all or nothing."""

    def break_off(work: Work) -> None:
        ticket = work.new_ticket("anna@k.example", {}, NOW)
        work.add_row(ticket.id, Row(id=0))
        work.seal("password", b"x", NOW, ticket.id)
        work.add_event(ticket.id, "message", {}, NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.begin() as work:
        break_off(work)
    with store.engine.connect() as connection:
        for table in metadata.sorted_tables:
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0, table.name


def test_looking_makes_nobody_wait_and_does_not_wait(store: Store) -> None:
    """`status` over a slow terminal must not stop the daemon, nor the daemon `status`."""
    ticket_id = new_ticket(store, Row(id=0))
    began = time.monotonic()
    with store.look() as reading:
        assert len(reading.load(ticket_id).rows) == 1
        with store.begin() as writing:
            writing.add_row(ticket_id, Row(id=0))
            with store.look() as another:
                assert len(another.load(ticket_id).rows) == 1
        assert len(reading.load(ticket_id).rows) == 1, "one consistent view"
    assert time.monotonic() - began < 2


def test_looking_leaves_nothing_behind(store: Store) -> None:
    """A write inside a look is undone: it would not be alone."""
    with store.look() as work:
        work.new_ticket("anna@k.example", {}, NOW)
    with store.look() as work:
        assert work.ticket_ids() == []


def test_an_event_of_a_known_dedupe_key_is_not_told_again(store: Store) -> None:
    ticket_id = new_ticket(store)
    with store.begin() as work:
        assert work.add_event(ticket_id, "checked", {}, NOW, dedupe="job:r1:check:1")
        assert not work.add_event(ticket_id, "checked", {}, NOW, dedupe="job:r1:check:1")
        assert len(work.pending_events(ticket_id)) == 1
        work.consume(ticket_id, [event["seq"] for event in work.pending_events(ticket_id)], NOW)
        assert work.pending_events(ticket_id) == []
        assert len(work.events(ticket_id)) == 1, "the log keeps it"


def test_a_reply_of_one_kind_and_revision_is_queued_once(store: Store) -> None:
    ticket_id = new_ticket(store)
    reply = {"ticket_id": ticket_id, "kind": "ack", "revision": 1, "message_id": "<1@h>"}
    reply |= {"recipients": ["anna@k.example"], "mime": b"x", "run_at": stamp(NOW)}
    with store.begin() as work:
        assert work.queue_reply(reply) is not None
        assert work.queue_reply({**reply, "message_id": "<2@h>"}) is None
        assert len(work.replies_of(ticket_id)) == 1


def test_a_ticket_is_found_however_its_number_is_typed(store: Store) -> None:
    ticket_id = new_ticket(store)
    with store.look() as work:
        number = work.load(ticket_id).number
        for typed in (number, f"[{number}]", number.lower(), number.removeprefix("MF-"), f" {number} "):
            assert work.ticket_id(typed) == ticket_id
        assert work.ticket_id("MF-%") is None


# --- wiping ---------------------------------------------------------------------------------------------------------


def wipe_all(store: Store, now: datetime) -> int:
    total = 0
    while True:
        with store.begin() as work:
            some = work.wipe(now, 7 * DAY, 30 * DAY)
        total += some
        if not some:
            return total


def close(store: Store, ticket_id: int, at: datetime | None) -> None:
    from dataclasses import replace

    with store.begin() as work:
        work.save(replace(work.load(ticket_id), closed_at=at))


def notes(store: Store, ticket_id: int) -> int:
    with store.look() as work:
        return sum(event["kind"] == "note" for event in work.events(ticket_id))


def test_secrets_go_seven_days_after_the_end(store: Store) -> None:
    """Not a second earlier (the report promises the day), and the log says when."""
    ticket_id = new_ticket(store)
    with store.begin() as work:
        blobs = [work.seal(kind, b"x", NOW, ticket_id) for kind in ("password", "raw", "file")]
    close(store, ticket_id, NOW + DAY)
    assert wipe_all(store, NOW + 8 * DAY - timedelta(seconds=1)) == 0
    assert wipe_all(store, NOW + 8 * DAY) == 3
    assert wipe_all(store, NOW + 9 * DAY) == 0
    assert notes(store, ticket_id) == 1
    with store.look() as work:
        for blob in blobs:
            with pytest.raises(SecretGone):
                work.unseal(blob)


def test_an_open_ticket_keeps_its_secrets_for_thirty_days(store: Store) -> None:
    """A ticket opened again keeps them too; what is older goes whatever the ticket's state."""
    ticket_id = new_ticket(store)
    with store.begin() as work:
        old = work.seal("password", b"x", NOW, ticket_id)
        newer = work.seal("password", b"y", NOW + 20 * DAY, ticket_id)
        stray = work.seal("raw", b"z", NOW)
    close(store, ticket_id, NOW)
    close(store, ticket_id, None)
    assert wipe_all(store, NOW + 30 * DAY - timedelta(seconds=1)) == 0
    assert wipe_all(store, NOW + 30 * DAY) == 2
    with store.look() as work:
        assert work.unseal(newer) == b"y"
        for gone in (old, stray):
            with pytest.raises(SecretGone):
                work.unseal(gone)


def test_wiping_is_done_in_small_bites_and_noted_once(store: Store) -> None:
    """Thousands of large mails overwritten at once would keep everybody else from writing."""
    ticket_id = new_ticket(store)
    with store.begin() as work:
        for _ in range(120):
            work.seal("raw", b"x", NOW, ticket_id)
    bites = []
    while True:
        with store.begin() as work:
            some = work.wipe(NOW + 31 * DAY, 7 * DAY, 30 * DAY)
        if not some:
            break
        bites.append(some)
    assert bites == [50, 50, 20]
    assert notes(store, ticket_id) == 1


def test_no_canary_is_in_the_file_its_log_or_a_copy_of_both(store: Store, tmp_path: Path) -> None:
    """Sealed, opened, wiped: at no time do the password's bytes lie on the disk."""
    ticket_id = new_ticket(store)
    with store.begin() as work:
        blob = work.seal("password", CANARY.encode(), NOW, ticket_id)
        large = work.seal("file", CANARY.encode() * 2_000, NOW, ticket_id)
        row = Row(id=0, address="anna@k.example", secret_ids=(blob,))
        work.add_row(ticket_id, row)
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert blob.encode() in everything, "what is written is looked at"
    for form in (CANARY.encode(), CANARY.encode("utf-16-le"), b"Pw!7f3a9c"):
        assert form not in everything
    with store.look() as work:
        assert work.unseal(blob) == CANARY.encode()
        found = work.connection.execute(sa.text("SELECT sealed FROM blob WHERE id = :id"), {"id": large})
        sealed = found.scalar()
    wipe_all(store, NOW + 31 * DAY)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert isinstance(sealed, bytes)
    kept = (tmp_path / "db").read_bytes()
    assert not [at for at in range(0, len(sealed), 97) if sealed[at : at + 64] in kept], (
        "what was wiped is overwritten"
    )


# --- jobs -----------------------------------------------------------------------------------------------------------


def add_job(store: Store, name: str, **more: Any) -> None:
    values = {"ticket_id": 1, "kind": "check", "ref": 1, "queue": "checks", "partition": "-"}
    with store.begin() as work:
        work.add_job({"id": name, "run_at": stamp(NOW), **values, **more})


def test_a_job_is_finished_once_and_not_renamed_afterwards(store: Store) -> None:
    add_job(store, "r1:check:1")
    with store.begin() as work:
        assert work.finish_job("r1:check:1")
        assert not work.finish_job("r1:check:1")
        assert not work.rename_job("r1:check:1", "r1:check:1~1")
        assert work.open_job("r1:check:1") is None
        assert work.open_jobs() == []


def plan(store: Store, statement: str) -> str:
    with store.engine.connect() as connection:
        found = connection.execute(sa.text("EXPLAIN QUERY PLAN " + statement)).all()
    return " ".join(str(step[3]) for step in found)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM job WHERE state = 'put'",
        "SELECT * FROM job WHERE id = 'x' AND state = 'put'",
        "SELECT * FROM job WHERE ticket_id = 1 AND kind = 'deliver' AND ref = 1",
        "SELECT ticket_id FROM event WHERE consumed_at IS NULL",
        "SELECT id FROM ticket WHERE wake_at <= 'x'",
        "SELECT * FROM outbox WHERE state IN ('queued', 'sending')",
        "SELECT recipients FROM outbox WHERE sent_at >= 'x'",
        "SELECT recipients FROM outbox WHERE kind = 'held' AND run_at >= 'x'",
        "SELECT * FROM message WHERE state IN ('new') ORDER BY id LIMIT 100",
        "SELECT id FROM message WHERE uidvalidity = 1 AND uid = 1",
        "SELECT min(received_at) FROM message",
    ],
)
def test_what_is_asked_every_second_reads_no_table_whole(store: Store, statement: str) -> None:
    """After a year of mail the daemon is as quick as on its first day."""
    found = plan(store, statement)
    assert "SCAN" not in found or "min(" in statement, found
    assert "INDEX" in found or "PRIMARY KEY" in found, found

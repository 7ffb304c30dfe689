"""Everything that can be asked of the database inside one transaction. With bot/store.py and bot/schema.py: all SQL."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from bot import schema
from bot.errors import SecretGone
from bot.model import Json
from bot.pace import MOST_MEASURED, Measured
from bot.records import file_data, file_of, moment, row_data, row_of, stamp, ticket_data, ticket_of
from bot.states import File, Row, Ticket
from bot.vault import Vault

DOUBTFUL: Final = "its answer was lost twice, so the reader may have it: look at the mail server's log, then `mailferry retry`"
DRAFT: Final = (
    "draft"  # the state of a reply that staff has to release, and the kind of the mail that shows it
)
IN_DOUBT: Final = ("sending", "again")
WIPED_AT_ONCE: Final = 50  # blobs; each is overwritten in the file, and nobody else writes meanwhile


_NUMBER_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: people read numbers aloud


_OPEN_JOB: Final = schema.job.c.state == "put"


class Work:
    """Everything that can be asked of the database inside one transaction."""

    def __init__(self, connection: sa.Connection, vault: Vault, *, writes: bool = True) -> None:
        self.connection, self._vault, self._writes = connection, vault, writes

    # --- what is sealed ---------------------------------------------------------------------------------------------

    def seal(self, kind: str, plain: bytes, now: datetime, ticket_id: int | None = None) -> str:
        """Keep `plain` sealed and return its id."""
        blob_id = secrets.token_hex(12)
        sealed = self._vault.seal(plain, f"{kind}:{blob_id}")
        values = {
            "id": blob_id,
            "kind": kind,
            "ticket_id": ticket_id,
            "sealed": sealed,
            "created_at": stamp(now),
        }
        self._insert(schema.blob, values)
        return blob_id

    def unseal(self, blob_id: str) -> bytes:
        """Open what was kept.

        Raises:
            SecretGone: it was wiped, or this key does not open it.
        """
        found = self._one(sa.select(schema.blob).where(schema.blob.c.id == blob_id))
        if found is None or found["sealed"] is None:
            raise SecretGone(address=blob_id)
        return self._vault.open_secret(bytes(found["sealed"]), f"{found['kind']}:{blob_id}")

    def wipe(
        self, now: datetime, closed_for: timedelta, at_latest: timedelta, most: int = WIPED_AT_ONCE
    ) -> int:
        """Forget what is sealed of tickets closed that long ago, and whatever is older than `at_latest`.

        At most so many at a time, so that others may write in between: call again until it returns 0. The log of
        each ticket says so once, when its last secret has gone.
        """
        sealed = schema.blob.c.sealed.is_not(None)
        over = sa.select(schema.ticket.c.id).where(schema.ticket.c.closed_at <= stamp(now - closed_for))
        due = sa.or_(schema.blob.c.ticket_id.in_(over), schema.blob.c.created_at <= stamp(now - at_latest))
        found = self._all(sa.select(schema.blob.c.id, schema.blob.c.ticket_id).where(sealed, due).limit(most))
        chosen = schema.blob.c.id.in_([one["id"] for one in found])
        self.connection.execute(sa.update(schema.blob).where(chosen).values(sealed=None, wiped_at=stamp(now)))
        for ticket_id in sorted({one["ticket_id"] for one in found} - {None}):
            left = (
                sa.select(schema.blob.c.id).where(sealed, due, schema.blob.c.ticket_id == ticket_id).limit(1)
            )
            if self._one(left) is None:
                self.add_event(ticket_id, "note", {"said": "secrets wiped"}, now, consumed=True)
        return len(found)

    def wipe_ticket(self, ticket_id: int, now: datetime) -> None:
        """Forget everything that is sealed of one ticket at once: it is cancelled."""
        mine = sa.and_(schema.blob.c.ticket_id == ticket_id, schema.blob.c.sealed.is_not(None))
        gone = self.connection.execute(
            sa.update(schema.blob).where(mine).values(sealed=None, wiped_at=stamp(now))
        )
        if gone.rowcount:
            self.add_event(ticket_id, "note", {"said": "secrets wiped"}, now, consumed=True)

    # --- mails taken ------------------------------------------------------------------------------------------------

    def cursor(self, name: str) -> tuple[int, int] | None:
        """Return (UIDVALIDITY, last UID) of a folder, or None before the first contact."""
        found = self._one(sa.select(schema.cursor).where(schema.cursor.c.name == name))
        return None if found is None else (found["uidvalidity"], found["last_uid"])

    def set_cursor(self, name: str, uidvalidity: int, last_uid: int) -> None:
        """Remember how far a folder was read."""
        self.connection.execute(sa.delete(schema.cursor).where(schema.cursor.c.name == name))
        self._insert(schema.cursor, {"name": name, "uidvalidity": uidvalidity, "last_uid": last_uid})

    def take_message(self, raw: bytes, facts: Json, now: datetime) -> int | None:
        """Keep a mail; return its number, or None when these very bytes were taken before."""
        digest = facts["digest"]
        if self._one(sa.select(schema.message.c.id).where(schema.message.c.digest == digest)) is not None:
            return None
        blob_id = self.seal("raw", raw, now) if raw else None
        return self._insert(schema.message, {"state": "new", **facts, "blob_id": blob_id})

    def took(self, uidvalidity: int, uid: int) -> bool:
        """Say whether the mail at this place was kept."""
        place = sa.and_(schema.message.c.uidvalidity == uidvalidity, schema.message.c.uid == uid)
        return self._one(sa.select(schema.message.c.id).where(place)) is not None

    def first_arrival(self) -> datetime | None:
        """Return when the oldest mail we ever took had arrived."""
        found = self._one(sa.select(sa.func.min(schema.message.c.received_at).label("at")))
        return moment(found["at"]) if found else None

    def twin(self, number: int, content: str) -> int | None:
        """Return an earlier mail of the same content, taken from another delivery."""
        same = sa.and_(schema.message.c.content == content, schema.message.c.id < number)
        found = self._one(sa.select(schema.message.c.id).where(same).limit(1)) if content else None
        return None if found is None else int(found["id"])

    def said_before(self, number: int, body: str, since: datetime) -> bool:
        """Say whether an earlier mail of the same sender said the very same, came since then and was acted on."""
        mine, known = schema.message.c, (schema.message.c.state == "handled",)
        same = sa.and_(mine.body == body, mine.id < number, mine.received_at >= stamp(since), *known)
        return self._one(sa.select(mine.id).where(same).limit(1)) is not None

    def messages(self, *states: str, limit: int = 100) -> list[Json]:
        """Return the mails in these states, oldest first."""
        chosen = (
            sa.select(schema.message).where(schema.message.c.state.in_(states)).order_by(schema.message.c.id)
        )
        return self._all(chosen.limit(limit))

    def newest_messages(self, state: str, limit: int) -> tuple[list[Json], int]:
        """Return the newest mails in this state, newest first, and how many there are in all."""
        mine = schema.message.c.state == state
        chosen = sa.select(schema.message).where(mine).order_by(schema.message.c.id.desc()).limit(limit)
        counted = self._one(sa.select(sa.func.count().label("n")).where(mine).select_from(schema.message))
        return self._all(chosen), int(counted["n"]) if counted else 0

    def set_message(self, number: int, **values: Any) -> None:
        """Change what is known of a mail."""
        self.connection.execute(
            sa.update(schema.message).where(schema.message.c.id == number).values(**values)
        )

    def mark_seen(self, number: int) -> bool:
        """Take a mail off the list of those set aside; False when it is not on it."""
        mine = sa.and_(schema.message.c.id == number, schema.message.c.state == "aside")
        return (
            self.connection.execute(sa.update(schema.message).where(mine).values(state="seen")).rowcount == 1
        )

    def give_blob(self, blob_id: str, ticket_id: int) -> None:
        """Say which ticket a sealed mail belongs to, so that it is wiped with it."""
        chosen = sa.update(schema.blob).where(schema.blob.c.id == blob_id)
        self.connection.execute(chosen.values(ticket_id=ticket_id))

    def ticket_of_message(self, message_ids: tuple[str, ...]) -> int | None:
        """Return the ticket that one of these Message-IDs belongs to: mails we took, or replies we sent."""
        for table in (schema.outbox, schema.message):
            chosen = sa.select(table.c.ticket_id).where(
                table.c.message_id.in_(message_ids), table.c.ticket_id.is_not(None)
            )
            if found := self._one(chosen.order_by(table.c.id.desc()).limit(1)):
                return int(found["ticket_id"])
        return None

    # --- tickets ----------------------------------------------------------------------------------------------------

    def new_ticket(self, requester: str, thread: Json, now: datetime) -> Ticket:
        """Open a ticket with a number people can read aloud."""
        number = "MF-" + "".join(secrets.choice(_NUMBER_LETTERS) for _ in range(6))
        values = {
            "number": number,
            "requester": requester,
            "created_at": stamp(now),
            "data": {},
            "thread": thread,
        }
        ticket_id = self._insert(schema.ticket, values)
        return Ticket(id=ticket_id, number=number, requester=requester, created_at=now)

    def unproven_since(self, since: datetime, but: int) -> list[tuple[str, datetime]]:
        """Return (requester, when) of the tickets nobody proved, opened since then and not left silent."""
        chosen = sa.select(schema.ticket).where(
            schema.ticket.c.created_at >= stamp(since), schema.ticket.c.id != but
        )
        return [
            (found["requester"], datetime.fromisoformat(found["created_at"]))
            for found in self._all(chosen)
            if not found["thread"].get("proven", True) and not found["data"].get("silent")
        ]

    def add_row(self, ticket_id: int, row: Row) -> int:
        """Add an account to a ticket; its id is given here."""
        return self._insert(schema.row, {"ticket_id": ticket_id, "state": row.state, "data": row_data(row)})

    def add_file(self, ticket_id: int, item: File) -> int:
        """Add an attached file to a ticket; its id is given here."""
        return self._insert(
            schema.file, {"ticket_id": ticket_id, "state": item.state, "data": file_data(item)}
        )

    def ticket_id(self, number: str) -> int | None:
        """Return the id of a ticket by its number, however it was typed."""
        wanted = number.strip().strip("[]").upper()
        wanted = wanted if wanted.startswith("MF-") else f"MF-{wanted}"
        found = self._one(sa.select(schema.ticket.c.id).where(schema.ticket.c.number == wanted))
        return None if found is None else int(found["id"])

    def ticket_ids(self) -> list[int]:
        """Return every ticket, newest first."""
        return [
            int(found["id"])
            for found in self._all(sa.select(schema.ticket.c.id).order_by(schema.ticket.c.id.desc()))
        ]

    def open_tickets(self, *states: str) -> list[Ticket]:
        """Return the tickets under way that have a row in one of these states."""
        chosen = (
            sa.select(schema.row.c.ticket_id)
            .join(schema.ticket, schema.ticket.c.id == schema.row.c.ticket_id)
            .where(schema.row.c.state.in_(states), schema.ticket.c.closed_at.is_(None))
            .distinct()
        )
        return [self.load(int(found["ticket_id"])) for found in self._all(chosen)]

    def load(self, ticket_id: int) -> Ticket:
        """Return a ticket with its rows and files; inside `begin` nobody else changes it meanwhile."""
        chosen = sa.select(schema.ticket).where(schema.ticket.c.id == ticket_id)
        found = self._one(chosen.with_for_update() if self._writes else chosen)
        assert found is not None, ticket_id
        rows = self._all(
            sa.select(schema.row).where(schema.row.c.ticket_id == ticket_id).order_by(schema.row.c.id)
        )
        files = self._all(
            sa.select(schema.file).where(schema.file.c.ticket_id == ticket_id).order_by(schema.file.c.id)
        )
        return ticket_of(found, tuple(row_of(row) for row in rows), tuple(file_of(item) for item in files))

    def is_paused(self, ticket_id: int) -> bool:
        """Say whether staff has paused a ticket."""
        found = self._one(sa.select(schema.ticket.c.data).where(schema.ticket.c.id == ticket_id))
        return bool(found and found["data"].get("paused"))

    def row_state(self, row_id: int) -> str:
        """Return where a row stands; "" when there is none."""
        found = self._one(sa.select(schema.row.c.state).where(schema.row.c.id == row_id))
        return "" if found is None else str(found["state"])

    def save(self, ticket: Ticket, before: Ticket | None = None) -> None:
        """Write a ticket back as `decide` left it; where `before` is what was loaded, only what differs."""
        values = {
            "data": ticket_data(ticket),
            "wake_at": stamp(ticket.wake_at) if ticket.wake_at else None,
            "closed_at": stamp(ticket.closed_at) if ticket.closed_at else None,
        }
        self.connection.execute(
            sa.update(schema.ticket).where(schema.ticket.c.id == ticket.id).values(**values)
        )
        same_rows = {row.id: row for row in before.rows} if before else {}
        same_files = {item.id: item for item in before.files} if before else {}
        for row in ticket.rows:
            if same_rows.get(row.id) is not row:
                self.save_row(row)
        for item in ticket.files:
            if same_files.get(item.id) is not item:
                self.save_file(item)

    def save_row(self, row: Row) -> None:
        """Write one row back."""
        chosen = sa.update(schema.row).where(schema.row.c.id == row.id)
        self.connection.execute(chosen.values(state=row.state, data=row_data(row)))

    def save_file(self, item: File) -> None:
        """Write one file back."""
        chosen = sa.update(schema.file).where(schema.file.c.id == item.id)
        self.connection.execute(chosen.values(state=item.state, data=file_data(item)))

    def thread(self, ticket_id: int) -> Json:
        """Return how to answer on a ticket's thread."""
        found = self._one(sa.select(schema.ticket.c.thread).where(schema.ticket.c.id == ticket_id))
        return dict(found["thread"]) if found else {}

    def set_thread(self, ticket_id: int, thread: Json) -> None:
        """Remember how to answer on a ticket's thread."""
        self.connection.execute(
            sa.update(schema.ticket).where(schema.ticket.c.id == ticket_id).values(thread=thread)
        )

    # --- events -----------------------------------------------------------------------------------------------------

    def add_event(
        self,
        ticket_id: int,
        kind: str,
        data: Json,
        now: datetime,
        dedupe: str = "",
        *,
        consumed: bool = False,
    ) -> bool:
        """Append to the log; False when an event of that dedupe key is there already."""
        key = dedupe or secrets.token_hex(12)
        if self._one(sa.select(schema.event.c.seq).where(schema.event.c.dedupe == key)) is not None:
            return False
        values = {"ticket_id": ticket_id, "kind": kind, "dedupe": key, "at": stamp(now), "data": data}
        took = {"consumed_at": stamp(now), "step": self._next_step(ticket_id)} if consumed else {}
        self._insert(schema.event, {**values, **took})
        return True

    def _next_step(self, ticket_id: int) -> int:
        newest = sa.select(sa.func.max(schema.event.c.step).label("step"))
        found = self._one(newest.where(schema.event.c.ticket_id == ticket_id))
        return int(found["step"] or 0) + 1 if found else 1

    def pending_events(self, ticket_id: int) -> list[Json]:
        """Return what happened and was not decided on yet, in order."""
        mine = sa.and_(schema.event.c.ticket_id == ticket_id, schema.event.c.consumed_at.is_(None))
        return self._all(sa.select(schema.event).where(mine).order_by(schema.event.c.seq))

    def consume(self, ticket_id: int, seqs: list[int], now: datetime) -> None:
        """Mark events of a ticket as decided on, in this order."""
        for step, seq in enumerate(seqs, self._next_step(ticket_id) if seqs else 0):
            chosen = sa.update(schema.event).where(schema.event.c.seq == seq)
            self.connection.execute(chosen.values(consumed_at=stamp(now), step=step))

    def events(self, ticket_id: int) -> list[Json]:
        """Return a ticket's whole log, in order."""
        return self._all(
            sa.select(schema.event).where(schema.event.c.ticket_id == ticket_id).order_by(schema.event.c.seq)
        )

    def due_tickets(self, now: datetime) -> list[int]:
        """Return the tickets that something happened to, or whose alarm rang."""
        happened = sa.select(schema.event.c.ticket_id).where(schema.event.c.consumed_at.is_(None))
        rang = sa.select(schema.ticket.c.id).where(schema.ticket.c.wake_at <= stamp(now))
        return [int(found[0]) for found in self.connection.execute(sa.union(happened, rang)).all()]

    # --- replies ----------------------------------------------------------------------------------------------------

    def queue_reply(self, values: Json) -> int | None:
        """Put a reply into the outbox, once per (ticket, kind, revision)."""
        same = [schema.outbox.c[name] == values[name] for name in ("ticket_id", "kind", "revision")]
        if self._one(sa.select(schema.outbox.c.id).where(*same)) is not None:
            return None
        return self._insert(schema.outbox, {**values, "state": "queued"})

    def reply(self, number: int) -> Json | None:
        """Return one reply."""
        return self._one(sa.select(schema.outbox).where(schema.outbox.c.id == number))

    def reply_called(self, message_ids: tuple[str, ...]) -> Json | None:
        """Return the reply that has one of these Message-IDs."""
        return self._one(sa.select(schema.outbox).where(schema.outbox.c.message_id.in_(message_ids)))

    def take_receipt(self, message_id: str, now: datetime) -> Json | None:
        """Our own copy of a reply arrived: a doubt about it is over. Return the reply that has this Message-ID."""
        found = self.reply_called((message_id,))
        if found is None:
            return None
        unproven = found["state"] == "failed" and found["why"] == DOUBTFUL
        if not found["sent_at"] and (found["state"] in IN_DOUBT or unproven):
            settled = {"sent_at": stamp(now), "run_at": stamp(now), "why": "its copy arrived"}
            self.set_reply(found["id"], state="sent", **settled)
        return found

    def replies(self, *states: str, due: datetime | None = None) -> list[Json]:
        """Return the replies in these states, oldest first; only those due by then where a time is given."""
        chosen = (
            sa.select(schema.outbox).where(schema.outbox.c.state.in_(states)).order_by(schema.outbox.c.id)
        )
        if due is not None:
            chosen = chosen.where(schema.outbox.c.run_at <= stamp(due))
        return self._all(chosen)

    def unfiled(self, now: datetime, since: datetime) -> list[int]:
        """Return the replies sent since then whose copy in Sent is still to be made, and due.

        Asked every second, so neither a mail's bytes nor the years before are read: `state` is looked at here, or
        SQLite would take the index of that.
        """
        reply = schema.outbox.c
        due = (reply.sent_at >= stamp(since), reply.filed_at.is_(None), reply.run_at <= stamp(now))
        chosen = sa.select(reply.id, reply.state).where(*due).order_by(reply.id)
        return [int(found["id"]) for found in self._all(chosen) if found["state"] == "sent"]

    def replies_of(self, ticket_id: int) -> list[Json]:
        """Return every reply of a ticket, oldest first."""
        return self._all(
            sa.select(schema.outbox)
            .where(schema.outbox.c.ticket_id == ticket_id)
            .order_by(schema.outbox.c.id)
        )

    def set_reply(self, number: int, **values: Any) -> None:
        """Change a reply's state."""
        self.connection.execute(sa.update(schema.outbox).where(schema.outbox.c.id == number).values(**values))

    def revive_replies(self, ticket_id: int, now: datetime) -> int:
        """Put a ticket's failed replies back into the queue; return how many."""
        failed = sa.and_(schema.outbox.c.ticket_id == ticket_id, schema.outbox.c.state == "failed")
        chosen = sa.update(schema.outbox).where(failed)
        return self.connection.execute(chosen.values(state="queued", run_at=stamp(now), why="retry")).rowcount

    def set_draft(self, reply: Json, draft: Json, now: datetime) -> None:
        """Put a reply aside for staff to release, and the mail that shows it to them into the outbox."""
        self.set_reply(reply["id"], state=DRAFT, why="waits for `mailferry outbox release`")
        shown = {"ticket_id": reply["ticket_id"], "kind": DRAFT, "revision": reply["id"]}
        self.queue_reply({**shown, **draft, "run_at": stamp(now), "filed_at": ""})

    def release_replies(self, numbers: list[int] | None, now: datetime) -> list[Json]:
        """Let replies out, whatever [outbound] hold and shadow say; None = all that wait. Return those it was news for."""
        waiting = [one for one in self.replies("queued", *IN_DOUBT, DRAFT) if one["released_at"] is None]
        chosen = [
            one for one in waiting if (one["kind"] != DRAFT if numbers is None else one["id"] in numbers)
        ]
        for one in chosen:
            shown = (
                {"state": "queued", "run_at": stamp(now), "why": "released"} if one["state"] == DRAFT else {}
            )
            self.set_reply(one["id"], released_at=stamp(now), **shown)
            self._note_reply(one, "released", now)
        return chosen

    def drop_replies(self, numbers: list[int], now: datetime) -> list[Json]:
        """Throw replies away that nobody has got; return those it was news for."""
        chosen = [one for one in self.replies("queued", "failed", DRAFT) if one["id"] in numbers]
        for one in chosen:
            self.set_reply(one["id"], state="dropped", why="dropped by staff")
            self._note_reply(one, "dropped", now)
        return chosen

    def _note_reply(self, reply: Json, what: str, now: datetime) -> None:
        said = {"said": f"reply {reply['kind']} {what}", "by": "staff"}
        self.add_event(reply["ticket_id"], "note", said, now, consumed=True)

    def sent_since(self, since: datetime) -> list[list[str]]:
        """Return the recipients of every reply sent since then; drafts for staff do not count."""
        sent = (schema.outbox.c.sent_at >= stamp(since), schema.outbox.c.kind != DRAFT)
        chosen = sa.select(schema.outbox.c.recipients).where(*sent)
        return [list(found["recipients"]) for found in self._all(chosen)]

    # --- jobs -------------------------------------------------------------------------------------------------------

    def add_job(self, values: Json) -> None:
        """Remember that a job was handed to the engine."""
        self._insert(schema.job, {**values, "state": "put"})

    def finish_job(self, name: str) -> bool:
        """Mark a job done; False when it was done already: its result must not be told twice."""
        chosen = sa.update(schema.job).where(schema.job.c.id == name, _OPEN_JOB)
        return self.connection.execute(chosen.values(state="done", progress=None)).rowcount == 1

    def open_jobs(self) -> list[Json]:
        """Return the jobs without a result."""
        return self._all(sa.select(schema.job).where(_OPEN_JOB).order_by(schema.job.c.run_at))

    def open_job(self, name: str) -> Json | None:
        """Return one job, unless it has its result already."""
        return self._one(sa.select(schema.job).where(schema.job.c.id == name, _OPEN_JOB))

    def jobs_of(self, ticket_id: int, kind: str, ref: int) -> list[Json]:
        """Return every job there ever was for one row, file or reply of a ticket, oldest first."""
        mine = (schema.job.c.ticket_id == ticket_id, schema.job.c.kind == kind, schema.job.c.ref == ref)
        return self._all(sa.select(schema.job).where(*mine).order_by(schema.job.c.run_at))

    def rename_job(self, name: str, new_name: str) -> bool:
        """Give a stranded job a new name under which the engine takes it again; False when it is done by now."""
        chosen = sa.update(schema.job).where(schema.job.c.id == name, _OPEN_JOB)
        return self.connection.execute(chosen.values(id=new_name)).rowcount == 1

    def set_progress(self, name: str, progress: Json) -> None:
        """Keep how far a job is, for `status`."""
        self.connection.execute(
            sa.update(schema.job).where(schema.job.c.id == name).values(progress=progress)
        )

    # --- how long copies take ---------------------------------------------------------------------------------------

    def note_pace(self, host: str, measured: Measured, now: datetime) -> None:
        """Remember how fast a server was; only the newest of each are kept."""
        mine = schema.pace.c.host == host
        facts = {
            "size_bytes": measured.size_bytes,
            "messages": measured.messages,
            "seconds": measured.seconds,
        }
        self._insert(schema.pace, {"host": host, "at": stamp(now), **facts})
        kept = sa.select(schema.pace.c.id).where(mine).order_by(schema.pace.c.id.desc()).limit(MOST_MEASURED)
        self.connection.execute(sa.delete(schema.pace).where(mine, schema.pace.c.id.not_in(kept)))

    def paces(self, hosts: Iterable[str]) -> dict[str, list[Measured]]:
        """Return what was measured of these servers, newest first; one that never was is left out."""
        chosen = sa.select(schema.pace).where(schema.pace.c.host.in_(list(hosts)))
        found: dict[str, list[Measured]] = {}
        for one in self._all(chosen.order_by(schema.pace.c.id.desc())):
            known = {name: one[name] for name in ("size_bytes", "messages", "seconds")}
            found.setdefault(one["host"], []).append(Measured(**known))
        return found

    def to_be_copied(self, but: int) -> list[Json]:
        """Return the accounts of other tickets that are in their first pass or wait for it, those under way first.

        `progress` is that of the running pass, `start_at` the ticket's wanted start; both may be None.
        """
        row, ticket, job = schema.row, schema.ticket, schema.job
        chosen = (
            sa.select(
                row.c.state,
                row.c.data["host"].as_string().label("host"),
                row.c.data[("found", "size_bytes")].as_string().label("size_bytes"),
                row.c.data[("found", "messages")].as_string().label("messages"),
                ticket.c.data["start_at"].as_string().label("start_at"),
                job.c.progress,
            )
            .join(ticket, ticket.c.id == row.c.ticket_id)
            .outerjoin(job, sa.and_(job.c.ref == row.c.id, job.c.kind == "first-pass", _OPEN_JOB))
            .where(row.c.state.in_(("ready", "first-pass")), ticket.c.closed_at.is_(None), ticket.c.id != but)
            .order_by(row.c.state, row.c.id)
        )
        return self._all(chosen)

    def forecast(self, ticket_id: int) -> Json | None:
        """Return what was said about the length of a ticket's first copy."""
        return self._one(sa.select(schema.forecast).where(schema.forecast.c.ticket_id == ticket_id))

    def set_forecast(self, ticket_id: int, **values: Any) -> None:
        """Keep what is said about it now, in place of what was said before."""
        self.drop_forecast(ticket_id)
        self._insert(schema.forecast, {"ticket_id": ticket_id, **values})

    def drop_forecast(self, ticket_id: int) -> None:
        """Forget what was said: it no longer counts."""
        self.connection.execute(sa.delete(schema.forecast).where(schema.forecast.c.ticket_id == ticket_id))

    def settled_forecasts(self, limit: int = 200) -> list[Json]:
        """Return the newest forecasts whose copy is over."""
        over = schema.forecast.c.ended_at.is_not(None)
        return self._all(
            sa.select(schema.forecast).where(over).order_by(schema.forecast.c.ended_at.desc()).limit(limit)
        )

    # --- plumbing ---------------------------------------------------------------------------------------------------

    def _insert(self, table: sa.Table, values: Json) -> int:
        key = self.connection.execute(sa.insert(table).values(**values)).inserted_primary_key
        return int(key[0]) if key is not None and isinstance(key[0], int) else 0

    def _one(self, chosen: Any) -> Json | None:
        found = self.connection.execute(chosen).mappings().first()
        return None if found is None else dict(found)

    def _all(self, chosen: Any) -> list[Json]:
        return [dict(found) for found in self.connection.execute(chosen).mappings()]

"""A ticket played without a database: rows come by mail, jobs are taken up and told, as turn and jobs do."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.states import Effect, Event, File, PutJob, QueueReply, Row, State, Ticket
from bot.tickets import decide

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FOUND = {"folders": 1, "messages": 2, "size_bytes": 3}
REPORT = {"folders": (), "skipped": ()}


@dataclass
class Life:
    """One ticket, its clock, the jobs under way and every effect so far."""

    ticket: Ticket = field(
        default_factory=lambda: Ticket(id=1, number="MF-TEST22", requester="anna@k.example", created_at=START)
    )
    now: datetime = START
    jobs: dict[str, PutJob] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    log: list[tuple[Ticket, Event, datetime, Ticket]] = field(default_factory=list)

    def tell(self, kind: str, /, **data: Any) -> list[Effect]:
        """Let something happen; return what follows."""
        before, event = self.ticket, Event(kind=kind, data=data)
        self.ticket, effects = decide(before, event, self.now)
        self.log.append((before, event, self.now, self.ticket))
        self.effects += effects
        for effect in effects:
            if isinstance(effect, PutJob):
                assert effect.name not in self.jobs, "a job's name never repeats"
                self.jobs[effect.name] = effect
        return effects

    def mail(self, *things: Row | File, **data: Any) -> list[Effect]:
        """Let a mail bring these rows and files: id 0 or unknown = new, else as they shall be."""
        for thing in things:
            if isinstance(thing, Row):
                rows = {row.id: row for row in self.ticket.rows} | {thing.id: thing}
                self.ticket = replace(self.ticket, rows=tuple(rows.values()))
            else:
                files = {item.id: item for item in self.ticket.files} | {thing.id: thing}
                self.ticket = replace(self.ticket, files=tuple(files.values()))
        rows_ = [thing.id for thing in things if isinstance(thing, Row)]
        files_ = [thing.id for thing in things if isinstance(thing, File)]
        return self.tell("message", rows=rows_, files=files_, **data)

    def finish(self, name: str, code: str = "", **data: Any) -> list[Effect]:
        """Let a job end, well or with a code; told once."""
        job = self.jobs.pop(name)
        outcome: dict[str, Any] = {"job": name, **({"code": code} if code else {}), **data}
        if job.kind == "find":
            return self.tell("found", row=job.ref, **outcome)
        if job.kind == "check":
            return self.tell("checked", row=job.ref, **({} if code else {"found": FOUND}), **outcome)
        if job.kind in ("first-pass", "second-pass", "late-pass"):
            good = {} if code else {"report": REPORT}
            return self.tell("passed", row=job.ref, kind=job.kind, **(good | outcome))
        return self.tell("imported", file=job.ref, **({} if code else {"report": REPORT}), **outcome)

    def finish_all(self, kind: str, code: str = "") -> list[Effect]:
        """Let every job of a kind that is under way now end alike."""
        names = [name for name, job in self.jobs.items() if job.kind == kind]
        assert names, f"no {kind} under way"
        return [effect for name in names for effect in self.finish(name, code)]

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass; the alarm rings when it is due."""
        self.now += timedelta(seconds=seconds)
        due = self.ticket.wake_at is not None and self.ticket.wake_at <= self.now
        return self.tell("clock") if due else []

    @property
    def said(self) -> list[str]:
        """Every reply so far, by kind."""
        return [effect.kind for effect in self.effects if isinstance(effect, QueueReply)]

    def row(self, number: int = 1) -> Row:
        """Return a row by its id."""
        return next(row for row in self.ticket.rows if row.id == number)

    def file(self, number: int = 1) -> File:
        """Return a file by its id."""
        return next(item for item in self.ticket.files if item.id == number)

    def under_way(self, thing: Row | File) -> bool:
        """Say whether the newest job of a row or file is with the engine."""
        kinds = (
            ("contacts", "calendar") if isinstance(thing, File) else ("check", "first-pass", "second-pass")
        )
        return any(
            job.ref == thing.id and job.kind in kinds and name.endswith(f":{thing.serial}")
            for name, job in self.jobs.items()
        )


def row(number: int = 1, **changes: Any) -> Row:
    """Return a complete row nobody has anything against."""
    values: Mapping[str, Any] = {
        "address": f"user{number}@k.example",
        "destination": f"user{number}@k.example",
        "host": "imap.old.example",
        "secret_ids": (f"s{number}",),
    }
    return Row(id=number, **{**values, **changes})


def held(number: int = 1, **changes: Any) -> Row:
    """Return a row staff has to approve."""
    return row(number, **{"held_because": "destination-not-own", **changes})


def lacking(number: int = 1, **changes: Any) -> Row:
    """Return a row without its password."""
    return row(number, **{"problems": (("password-missing", "password"),), "secret_ids": (), **changes})


def file(number: int = 1, **changes: Any) -> File:
    """Return an export that can be imported."""
    values: Mapping[str, Any] = {"name": f"file{number}.vcf", "items": 3, "target": "user1@k.example"}
    return File(id=number, **{**values, "blob_id": f"b{number}", **changes})


def copied_life(*rows: Row) -> Life:
    """Return a ticket whose rows have their first copy."""
    life = Life()
    life.mail(*(rows or (row(),)))
    life.finish_all("check")
    life.finish_all("first-pass")
    assert all(one.state is State.COPIED for one in life.ticket.rows)
    return life

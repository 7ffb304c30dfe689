"""What staff sees and says on the command line: explain, status, and one event into a ticket's log."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.model import Json
from bot.outbox import TO_RELEASE, WAITING
from bot.outlook import measure
from bot.replay import BROUGHT
from bot.show import put_out, say, table
from bot.states import File, Row, Ticket, next_actor, state_of
from bot.store import Store
from bot.tables import messages, present
from bot.timing import Schedule, check_notice, earliest_slots
from bot.words import words_of
from parsers.whenstart import Start

ENGLISH: Final = words_of("en")  # the terminal's language
ATTENTION: Final = 1
NOT_FOUND: Final = 2
BAD_DATA: Final = 65
MOST_ASIDE: Final = 100  # mails shown, the newest first
ROW_COLUMNS: Final = ("mailbox", "server", "destination", "state", "found", "copied", "note")
FILE_COLUMNS: Final = ("file", "kind", "target", "state", "items", "code")


def explain(file: Path, config: Config, *, as_json: bool, reveal: bool, now: str) -> int:
    """Print what would be understood from one mail. Contacts nobody and keeps nothing."""
    from bot.reception import desk_of
    from parsers.explain import explain as facts_of
    from parsers.request import read_request
    from parsers.sandbox import SandboxKilled, close

    try:
        moment = _moment(now, config.schedule.timezone)
    except ValueError:
        say(f"mailferry: --now {now}: an instant is wanted, such as 2026-12-05T22:00:00+01:00")
        return NOT_FOUND
    try:
        raw = file.read_bytes()
    except OSError as error:
        say(f"mailferry: {file}: {error.strerror}")
        return NOT_FOUND
    try:
        request = read_request(raw, desk_of(config), now=moment)
    except SandboxKilled as killed:
        say(f"mailferry: {file} could not be read ({killed.reason}); the daemon would set it aside")
        return BAD_DATA
    finally:
        close()
    written = moment or request.inbound.date
    if request.start and written:
        request = replace(request, start=judged(request.start, written, config.schedule.rule()))
    facts = facts_of(request, reveal=reveal)
    put_out(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else render_explained(facts))
    return 0


def _moment(text: str, zone: str) -> datetime | None:
    """Return --now; without an offset it is meant in the service zone. ValueError: it is no instant."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def judged(start: Start, complete_at: datetime, schedule: Schedule) -> Start:
    """Return the start with the problem "too-soon" where it has one, and with two or three choices where it must be asked."""
    if start.utc and start.problem is None and not check_notice(start.utc, complete_at, schedule):
        start = replace(start, problem="too-soon", choices=())
    if start.problem is None or len(start.choices) > 1:
        return start
    slots = earliest_slots(start.utc, complete_at, complete_at, schedule)
    return replace(start, choices=tuple(sorted({*start.choices, *slots}))[:3])


def render_explained(facts: Mapping[str, Any]) -> str:
    """Return the explain facts as text for people. Pure."""
    lines = [
        f"kind       {facts['kind']}",
        f"requester  {_inert(facts['requester'] or '?')}",
        f"subject    {_inert(facts['subject'])}",
    ]
    if start := facts["start"]:
        choices = ", ".join(facts.get("start_choices", ()))
        means = start["problem"] or ("" if start["utc"] else "as soon as possible")
        parts = (start["utc"], means, f"ask: {choices}" if choices else "")
        lines.append(f"start      {_inert(start['said'])}: " + "; ".join(part for part in parts if part))
    if facts["wishes"]:
        lines.append(f"wishes     {', '.join(facts['wishes'])}")
    if facts["rows"]:
        head = ("from", "mailbox", "password", "server", "new mailbox", "problems")
        lines += ["", _aligned(head, [_explained_row(row) for row in facts["rows"]])]
    for kind, unit in (("contacts", "cards"), ("calendars", "objects")):
        for item in facts[kind]:
            problems = ", ".join(problem["code"] for problem in item["problems"])
            lines.append(
                f"{kind}: {item['file']}: {item[unit]} {unit}" + (f"; {problems}" if problems else "")
            )
    lines += [f"problem: {problem['code']}" for problem in facts["problems"]]
    return "\n".join(lines)


def _aligned(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return table(head, [tuple(map(_inert, row)) for row in rows])


def _inert(text: str) -> str:
    """Return what strangers wrote so that no terminal obeys it: escape sequences, line ends, turned directions."""
    return "".join(char if char.isprintable() else " " for char in text)


def _explained_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    where = f"{row['origin']}:{row['line']}" if row["line"] else str(row["origin"])
    server = ":".join(str(part) for part in (row["host"], row["port"]) if part)
    problems = ", ".join(problem["code"] for problem in row["problems"])
    return (
        where,
        row["address"] or "?",
        row["password"] or "?",
        server or "?",
        row["destination"] or "same",
        problems,
    )


# --- status ---------------------------------------------------------------------------------------------------------


def status(store: Store, number_: str | None, *, as_json: bool) -> int:
    """Print all tickets, or one in full. Exit 1 when something waits for staff: an answer on a ticket nobody read, too."""
    with store.look() as work:
        if number_ is not None:
            ticket_id = work.ticket_id(number_)
            if ticket_id is None:
                say(f"mailferry: there is no ticket {number_}: `mailferry status` lists them")
                return NOT_FOUND
            facts = full(
                work.load(ticket_id), work.events(ticket_id), work.open_jobs(), work.replies_of(ticket_id)
            )
            put_out(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else render_ticket(facts))
            return 0
        tickets = [work.load(ticket_id) for ticket_id in work.ticket_ids()]
        aside, aside_in_all = work.newest_messages("aside", MOST_ASIDE)
        overview: Json = {
            "tickets": [brief(ticket) for ticket in tickets],
            "mails_set_aside": [_mail(mail) for mail in aside],
            "mails_set_aside_in_all": aside_in_all,
            "mails_ignored": Counter(mail["why"] for mail in work.messages("ignored", limit=10_000)),
            "replies_waiting": [_reply(reply) for reply in work.replies(*WAITING)],
            "replies_to_release": [_reply(reply) for reply in work.replies(*TO_RELEASE)],
            "replies_failed": [_reply(reply) for reply in work.replies("failed")],
            "forecasts": measure(work.settled_forecasts()),
        }
    put_out(json.dumps(overview, indent=2, ensure_ascii=False) if as_json else render_overview(overview))
    waiting = any(ticket["next"] == "staff" for ticket in overview["tickets"])
    unread = any(
        mail["ticket_id"] is not None for mail in aside
    )  # a customer answered and nobody has read it
    replies = overview["replies_failed"] or overview["replies_to_release"]
    return ATTENTION if waiting or unread or replies else 0


def brief(ticket: Ticket) -> Json:
    """Return one line's worth of a ticket."""
    return {
        "ticket": ticket.number,
        "requester": ticket.requester,
        "state": state_of(ticket),
        "next": next_actor(ticket),
        "mailboxes": len(ticket.rows),
        "files": len(ticket.files),
        "created": ticket.created_at.isoformat(timespec="seconds"),
    }


def full(ticket: Ticket, events: list[Json], jobs: list[Json], replies: list[Json]) -> Json:
    """Return everything staff may see of a ticket; no secret is in it."""
    return {
        **brief(ticket),
        "rows": [_row_facts(row, jobs) for row in ticket.rows],
        "imports": [_file_facts(item) for item in ticket.files],
        "replies": [_reply_facts(reply) for reply in replies],
        "log": [
            {"at": event["at"][:19], "event": event["kind"], "data": _log_data(event["data"])}
            for event in events
            if event["kind"] != BROUGHT  # the message beside it tells the same in fewer words
        ],
    }


def _row_facts(row: Row, jobs: list[Json]) -> Json:
    last = row.passes[-1] if row.passes else {}
    running = next(
        (job["progress"] for job in jobs if job["ref"] == row.id and job["kind"].endswith("pass")), None
    )
    return {
        "mailbox": row.address,
        "server": f"{row.host}:{row.port}" if row.host else "",
        "destination": row.destination,
        "state": row.state.value,
        "code": row.code or ", ".join(code for code, _ in row.problems) or row.held_because,
        "found": dict(row.found) if row.found else None,
        "messages": messages(last),
        "present": present(last),
        "skipped": list(last.get("skipped", ())),
        "progress": running,
        "waiting_until": _waiting_until(row, jobs),
    }


def _waiting_until(row: Row, jobs: list[Json]) -> str:
    """Return the instant, UTC, at which a row goes on by itself; "" = at work, or somebody's turn.

    A pass waits itself when a server asks for minutes; for longer, and after a failure, its next job does.
    """
    for job in jobs:
        if job["ref"] == row.id and job["kind"] in ("check", "first-pass", "second-pass", "late-pass"):
            progress = job["progress"]
            return str(progress.get("waiting_until", "") if progress else job["run_at"] if row.code else "")
    return ""


def _file_facts(item: File) -> Json:
    report = dict(item.report) if item.report else None
    code = item.code or item.held_because or ", ".join(sorted({code for code, _ in item.problems}))
    facts = {"file": item.name, "kind": item.kind, "target": item.target, "state": item.state.value}
    return {**facts, "items": item.items, "code": code, "report": report}


def _reply_facts(reply: Json) -> Json:
    """Return what was or will be said, word for word: staff reads it before [outbound] hold is lifted."""
    mail = BytesParser(policy=SMTP).parsebytes(bytes(reply["mime"]))
    text = mail.get_body(("plain",))
    facts = {
        "kind": reply["kind"],
        "state": reply["state"],
        "to": reply["recipients"],
        "sent": (reply["sent_at"] or "")[:19],
    }
    return {**facts, "why": reply["why"], "text": "" if text is None else _unix(str(text.get_content()))}


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


def _log_data(data: Mapping[str, Any]) -> Json:
    return {name: value for name, value in data.items() if name not in ("report", "found", "secret")}


def _mail(mail: Json) -> Json:
    return {"mail": mail["id"], "from": mail["sender"], "subject": mail["subject"], "why": mail["why"]}


def _reply(reply: Json) -> Json:
    return {"reply": reply["id"], "kind": reply["kind"], "to": reply["recipients"][0], "why": reply["why"]}


def render_overview(facts: Mapping[str, Any]) -> str:
    """Return the overview as text. Pure."""
    parts = []
    if facts["tickets"]:
        head = ("ticket", "requester", "state", "next", "mailboxes", "files", "created")
        parts.append(
            _aligned(head, [tuple(str(ticket[name]) for name in head) for ticket in facts["tickets"]])
        )
    else:
        parts.append("no tickets yet")
    if facts["mails_set_aside"]:
        lines = [
            tuple(str(mail[name]) for name in ("mail", "from", "subject", "why"))
            for mail in facts["mails_set_aside"]
        ]
        older = facts["mails_set_aside_in_all"] - len(lines)
        more = f"\nand {ENGLISH.number(older)} older" if older > 0 else ""
        told = _aligned(("mail", "from", "subject", "why"), lines) + more
        parts.append(f"mails set aside, for a person to read, newest first:\n{told}")
    if facts["mails_ignored"]:
        parts.append(
            "mails ignored: "
            + ", ".join(f"{count} {why}" for why, count in sorted(facts["mails_ignored"].items()))
        )
    for key, title in (
        ("replies_waiting", "replies waiting"),
        ("replies_to_release", "replies that staff has to release or drop (`mailferry outbox`)"),
        ("replies_failed", "replies that could not be sent"),
    ):
        if facts[key]:
            lines = [
                tuple(str(reply[name]) for name in ("reply", "kind", "to", "why")) for reply in facts[key]
            ]
            parts.append(f"{title}:\n" + _aligned(("reply", "kind", "to", "why"), lines))
    told = facts["forecasts"]
    if told["settled"]:
        off = f"of the newest {told['settled']}, {told['kept']} were right and {told['slower']} took longer"
        parts.append(f"how long copies were to take: {off}; middle factor {told['error']}")
    return "\n\n".join(parts)


def render_ticket(facts: Mapping[str, Any]) -> str:
    """Return one ticket as text. Pure."""
    parts = [
        f"{facts['ticket']}  {facts['state']}; next: {facts['next']}\nfrom {_inert(facts['requester'])}, {facts['created']}"
    ]
    if facts["rows"]:
        parts.append(_aligned(ROW_COLUMNS, [_ticket_row(row) for row in facts["rows"]]))
    if facts["imports"]:
        lines = [tuple(str(item[name]) for name in FILE_COLUMNS) for item in facts["imports"]]
        parts.append(_aligned(FILE_COLUMNS, lines))
    parts.append("\n".join(_log_line(event) for event in facts["log"]))
    return "\n\n".join([*parts, *(_said(reply) for reply in facts["replies"])])


def _log_line(event: Mapping[str, Any]) -> str:
    return _inert(f"{event['at']}  {event['event']:<10} {json.dumps(event['data'], ensure_ascii=False)}")


def _said(reply: Mapping[str, Any]) -> str:
    head = f"reply {reply['kind']}, {reply['state']} {reply['sent']} to {', '.join(reply['to'])} {reply['why']}".rstrip()
    return "\n".join([_inert(head), *(f"  | {_inert(line)}".rstrip() for line in reply["text"].splitlines())])


def _ticket_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    found = row["found"]
    seen = (
        f"{ENGLISH.number(found['messages'])} in {found['folders']}, {ENGLISH.size(found['size_bytes'])}"
        if found
        else ""
    )
    done = f"{ENGLISH.number(row['present'])} of {ENGLISH.number(row['messages'])}" if row["messages"] else ""
    if row["progress"]:
        done = f"{ENGLISH.number(row['progress']['done'])} of {ENGLISH.number(row['progress']['total'])} …"
    return (row["mailbox"], row["server"], row["destination"], row["state"], seen, done, _note(row))


def _note(row: Mapping[str, Any]) -> str:
    if not row.get("waiting_until"):
        return str(row["code"])
    asked = row["progress"] or str(row["code"]).endswith("-throttled")
    why = "asked by the server" if asked else row["code"]
    return f"waiting until {row['waiting_until'][11:16]} UTC ({why})"


def mark_seen(store: Store, number_: int) -> int:
    """Note that a person has read a mail that was set aside; it stays in the mailbox and in the ticket's log."""
    with store.begin() as work:
        if not work.mark_seen(number_):
            say(f"mailferry: no mail {number_} is set aside: `mailferry status` lists them")
            return NOT_FOUND
    return 0


def release_replies(store: Store, numbers: list[int] | None) -> int:
    """Let replies out; None = all that wait. Exit 2 when a number names none that waits."""
    with store.begin() as work:
        done = work.release_replies(numbers, datetime.now(UTC))
    return _told(done, numbers, "released")


def drop_replies(store: Store, numbers: list[int]) -> int:
    """Throw replies away; a person has answered. Exit 2 when a number names none that waits."""
    with store.begin() as work:
        done = work.drop_replies(numbers, datetime.now(UTC))
    return _told(done, numbers, "dropped")


def _told(done: list[Json], numbers: list[int] | None, what: str) -> int:
    say(f"{what}: {', '.join(str(reply['id']) for reply in done) or 'no reply'}")
    left = sorted(set(numbers or ()) - {reply["id"] for reply in done})
    for missing in left:
        say(f"mailferry: no reply {missing} waits: `mailferry status` lists them")
    return NOT_FOUND if left else 0


# --- one event ------------------------------------------------------------------------------------------------------


def tell_ticket(store: Store, number_: str, kind: str, data: Json) -> int:
    """Write an event into a ticket's log; the daemon acts on it at its next tick, also when it starts later."""
    now = datetime.now(UTC)
    with store.begin() as work:
        ticket_id = work.ticket_id(number_)
        if ticket_id is None:
            say(f"mailferry: there is no ticket {number_}: `mailferry status` lists them")
            return NOT_FOUND
        work.add_event(ticket_id, kind, {**data, "by": "staff"}, now, consumed=kind == "note")
        again = work.revive_replies(ticket_id, now) if kind == "retry" else 0
    more = f", {ENGLISH.plural(again, one='# reply goes', other='# replies go')} out again" if again else ""
    say(f"{number_}: {kind}{more}; the daemon acts on it within a second, or when it runs")
    return 0

"""One taken mail after the other: read it, understand it, write down what it asks for in one transaction."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from bot.access import Directory, Proof, is_member, judge, prove
from bot.config import Config
from bot.errors import ConfigBroken, SecretGone
from bot.intake import FileChange, Meaning, RowChange, understand
from bot.logs import log
from bot.model import Json
from bot.records import stamp
from bot.replay import BROUGHT, brought
from bot.states import File, Row, Ticket
from bot.store import Store
from bot.timing import as_json
from bot.work import Work
from parsers.desk import OUR_TAG, Desk, Relay
from parsers.ownwords import own_words
from parsers.request import Request, read_request
from parsers.sandbox import SandboxKilled

MOST_ATTEMPTS: Final = (
    20  # a mail during whose reading the daemon ended so often is set aside: power cuts and deploys too
)
MISTAKE: Final = 7  # attempts that a failure of our own counts for: the third one sets the mail aside
NEUTRAL_PER_HOUR: Final = (
    20  # neutral answers to unproven senders in all; more would serve somebody's mail bomb
)
NEUTRAL_PAUSE: Final = timedelta(hours=24)  # between two of them to one address
MOST_ASKS: Final = 3  # answers to mails that bring nothing new; then a person reads them
SAID_TWICE: Final = timedelta(hours=1)  # the very same words again within this time are no second request
ROW_FACTS: Final = ("address", "login", "host", "port", "security", "destination")


@dataclass(frozen=True, slots=True)
class Reception:
    """What handling a mail needs beside the mail."""

    store: Store
    config: Config
    clock: Callable[[], datetime]

    def handle_all(self) -> int:
        """Handle every mail that was taken and not handled yet; return how many. One bad mail never stops the rest."""
        with self.store.look() as work:
            waiting = work.messages("new")
        for message in waiting:
            try:
                self._handle(message)
            except Exception as error:  # noqa: BLE001 - tried again at the next look, three times; the next mail is served
                log.exception("mail.not_handled", message=message["id"], error=type(error).__name__)
                with self.store.begin() as work:
                    work.set_message(int(message["id"]), attempts=message["attempts"] + MISTAKE)
        return len(waiting)

    def _handle(self, message: Json) -> None:
        number = int(message["id"])
        with self.store.begin() as work:
            work.set_message(number, attempts=message["attempts"] + 1)
        if message["attempts"] >= MOST_ATTEMPTS:
            self._aside(number, "reading it failed again and again")
            return
        try:
            with self.store.look() as work:
                raw = work.unseal(message["blob_id"])
            request = self._read(raw, datetime.fromisoformat(message["received_at"]))
        except SandboxKilled as killed:
            if killed.reason == "time" and not message["attempts"]:
                log.warning("mail.slow", message=number)
                return  # a stalled host may have been the reason: once more at the next look
            self._aside(number, f"could not be read ({killed.reason})")
            return
        except Exception as error:  # noqa: BLE001 - the boundary of one mail: it is set aside, the next one is served
            log.exception("mail.unreadable", message=number, error=type(error).__name__)
            self._aside(number, f"could not be read ({type(error).__name__})")
            return
        self._write_down(message, request, raw)

    def _read(self, raw: bytes, received: datetime) -> Request:
        """Read the mail; what only staff or a listed helpdesk may say of somebody else counts when they are proven."""
        desk = desk_of(self.config)
        request = read_request(raw, desk, received=received)
        sender = request.inbound.senders[0].addr if len(request.inbound.senders) == 1 else ""
        if (request.requester or "") == sender:
            return request
        proof = self._prove(request)
        by_staff = is_member(proof.address, self.config.support.staff)
        relays = tuple(one for one in desk.relays if _is_proven(one, proof))
        by_desk = proof.address == sender.casefold() and desk.is_desk(sender)
        if by_staff or by_desk or any(one.sender.casefold() == sender.casefold() for one in relays):
            return request
        trusted = replace(
            desk, staff=() if desk.is_staff(sender) else desk.staff, relays=relays, vouched=False
        )
        return read_request(raw, trusted, received=received)

    def _prove(self, request: Request) -> Proof:
        inbound = request.inbound
        return prove(
            [sender.addr for sender in inbound.senders],
            inbound.authentication_results,
            self.config.support.authserv_id,
        )

    def _aside(self, number: int, why: str) -> None:
        log.warning("mail.aside", message=number, why=why)
        with self.store.begin() as work:
            work.set_message(number, state="aside", why=why)

    def _write_down(self, message: Json, request: Request, raw: bytes) -> None:
        inbound, number = request.inbound, int(message["id"])
        proof = self._prove(request)
        directory = self._directory()
        with self.store.begin() as work:
            known = {"content": inbound.content_digest, "message_id": inbound.message_id}
            told = {"sender": request.requester or "", "subject": inbound.subject[:200]}
            if work.twin(number, inbound.content_digest) is not None:
                work.set_message(number, state="ignored", why="delivered twice", **known, **told)
                return
            ticket = self._ticket_of(work, request)
            meaning = understand(request, ticket, proof.address, self._hold(request, proof, directory))
            known["body"] = body_digest(request) if proof.kind == "proven" else ""
            since = datetime.fromisoformat(message["received_at"]) - SAID_TWICE
            if _only_data(meaning) and known["body"] and work.said_before(number, known["body"], since):
                meaning = Meaning(action="ignore", why="said twice")
            fresh = ticket is None or meaning.action != "amend" or self._is_fresh(work, ticket, meaning)
            if ticket is not None and not fresh and ticket.stale >= MOST_ASKS:
                meaning = Meaning(
                    action="aside", why=f"nothing new, {ticket.stale + 1} times running: answer it"
                )
            if (
                meaning.action == "aside"
                and ticket is not None
                and is_member(proof.address, self.config.support.staff)
            ):
                meaning = Meaning(action="ignore", why="staff on a thread")
            state = {"ignore": "ignored", "aside": "aside"}.get(meaning.action, "handled")
            if state == "handled":
                if ticket is None or meaning.action == "open":
                    thread = self._thread(request, proof)
                    ticket = work.new_ticket(request.requester or "", thread, self.clock())
                self._apply(
                    work, ticket, meaning, request, proof, received=message["received_at"], fresh=fresh
                )
                state = "aside" if meaning.rest else state
            work.set_message(
                number, state=state, why=meaning.why, ticket_id=ticket and ticket.id, **known, **told
            )
            if ticket is not None:
                work.give_blob(message["blob_id"], ticket.id)
            if ticket is not None and state == "aside":
                work.add_event(
                    ticket.id, "note", {"said": meaning.why, "mail": number}, self.clock(), consumed=True
                )
            if request.kind == "bounce":
                self._came_back(work, message, raw)
        log.info("mail.understood", message=number, kind=request.kind, action=meaning.action, why=meaning.why)

    def _came_back(self, work: Work, message: Json, raw: bytes) -> None:
        """A reply of ours was not delivered (RFC 3464): staff sees it in `status`; nobody is answered."""
        ids = re.findall(rb"<[^<>\s]{1,200}@" + re.escape(own_domain(self.config)).encode() + b">", raw)
        actions = {found.lower() for found in re.findall(rb"(?im)^Action:[ \t]*(\w+)", raw)}
        reply = work.reply_called(tuple(dict.fromkeys(one.decode("latin-1") for one in ids))[:50])
        if reply is None or reply["state"] != "sent" or (actions and b"failed" not in actions):
            return
        work.set_reply(reply["id"], state="failed", why="came back: its address did not take it")
        work.set_message(int(message["id"]), ticket_id=reply["ticket_id"])
        work.give_blob(message["blob_id"], reply["ticket_id"])
        said = {"said": f"reply {reply['kind']} came back", "mail": int(message["id"])}
        work.add_event(reply["ticket_id"], "note", said, self.clock(), consumed=True)

    def _directory(self) -> Directory:
        """Return who may order for whom; a broken file lists nobody, and `mailferry check` says what is wrong."""
        try:
            return self.config.directory.read()
        except ConfigBroken as error:
            log.error("directory.broken", why=str(error))
            return Directory()

    def _ticket_of(self, work: Work, request: Request) -> Ticket | None:
        inbound = request.inbound
        ids = tuple(dict.fromkeys((*inbound.in_reply_to, *reversed(inbound.references))))
        found = work.ticket_of_message(ids) if ids else None
        if found is None:
            tags = [tag for tag in request.ticket_tags if OUR_TAG.fullmatch(tag)]
            found = next((one for tag in tags if (one := work.ticket_id(tag)) is not None), None)
        return None if found is None else work.load(found)

    def _hold(self, request: Request, proof: Proof, directory: Directory) -> Callable[[str], str]:
        ours = self.config.own_addresses()

        def hold(destination: str) -> str:
            verdict = judge(
                request.requester or "", proof, [destination], directory, self.config.support.staff, ours=ours
            )
            return "" if verdict.kind == "auto" else verdict.reason

        return hold

    def _thread(self, request: Request, proof: Proof) -> Json:
        """How to answer: with staff on Cc, strangers never; in the thread of the mail that staff attached."""
        inbound, meant = request.inbound, request.thread or request.inbound
        staff = [
            address.addr
            for address in (*inbound.senders, *inbound.to, *inbound.cc)
            if is_member(address.addr, self.config.support.staff)
        ]
        chain = (*meant.references, inbound.message_id) if request.thread else meant.references
        thread = {
            "subject": _without_our_tag(request.subject),
            "in_reply_to": meant.message_id or inbound.message_id,
            "references": [one for one in dict.fromkeys(chain) if one],
            "cc": list(dict.fromkeys(staff)),
            "proven": proof.kind == "proven",
        }
        relay = request.via == "other" and any(
            one.sender.casefold() == proof.address for one in self.config.support.helpdesk_relays
        )
        return {**thread, "to": proof.address} if relay else thread

    def _apply(
        self,
        work: Work,
        ticket: Ticket,
        meaning: Meaning,
        request: Request,
        proof: Proof,
        *,
        received: str,
        fresh: bool,
    ) -> None:
        now = self.clock()
        brought_rows = [self._save_row(work, ticket, change, now) for change in meaning.rows]
        brought_files = [self._save_file(work, ticket, change, now) for change in meaning.files]
        rows, files = [row.id for row in brought_rows], [item.id for item in brought_files]
        if meaning.action == "amend":
            self._follow(work, ticket, request)
        doubtful = meaning.action == "open" and proof.kind != "proven"
        silent = doubtful and not self._may_answer(work, ticket, now)
        if silent:
            work.save(replace(work.load(ticket.id), silent=True))
        if brought_rows or brought_files or silent:
            put = brought(brought_rows, brought_files, silent=silent)
            work.add_event(ticket.id, BROUGHT, put, now, consumed=True)
        if rows or files or meaning.start or meaning.action == "open":
            data = {
                "rows": rows,
                "files": files,
                "deadline_s": self.config.engine.check_deadline.total_seconds(),
            }
            data |= start_data(request)
            data |= {"fresh": fresh, "received": received, "schedule": as_json(self.config.schedule.rule())}
            data |= {"terms": terms(self.config)}
            data |= {"remarks": [[problem.code, problem.item] for problem in request.problems]}
            data |= {"language": request.language or ""}
            data |= {"layouts": [[name, list(layout)] for name, layout in request.layouts]}
            data |= {"mail": request.inbound.message_id, "proof": proof.kind, "evidence": proof.evidence}
            work.add_event(ticket.id, "message", data, now)
        if meaning.orders:
            orders = [one for one in meaning.orders if one != "cancel"]
            if orders:
                work.add_event(ticket.id, "ordered", {"by": ticket.requester, "orders": orders}, now)
            if "cancel" in meaning.orders:
                work.add_event(ticket.id, "cancelled", {"by": ticket.requester}, now)
        if meaning.switched:
            work.add_event(ticket.id, "switched", {"by": ticket.requester}, now)

    def _is_fresh(self, work: Work, ticket: Ticket, meaning: Meaning) -> bool:
        """Say whether a mail on a ticket brings anything that we do not have: a program that repeats itself does not."""
        if meaning.orders or meaning.switched:
            return True
        if meaning.start or not (meaning.rows or meaning.files):
            return meaning.start
        rows = {row.id: row for row in ticket.rows}
        known = {_unsealed(work, item.blob_id) for item in ticket.files}
        return any(_is_new_row(work, rows.get(change.row.id), change) for change in meaning.rows) or any(
            change.data not in known if change.data else True for change in meaning.files
        )

    def _may_answer(self, work: Work, ticket: Ticket, now: datetime) -> bool:
        """Count tickets and not replies: of a hundred mails at once none is answered before the last one is read."""
        lately = work.unproven_since(now - NEUTRAL_PAUSE, but=ticket.id)
        hour = sum(created >= now - timedelta(hours=1) for _, created in lately)
        known = {address.casefold() for address, _ in lately}
        return ticket.requester.casefold() not in known and hour < NEUTRAL_PER_HOUR

    def _save_row(self, work: Work, ticket: Ticket, change: RowChange, now: datetime) -> Row:
        sealed = tuple(
            work.seal("password", text.encode("utf-8", "surrogatepass"), now, ticket.id)
            for text in change.passwords
        )
        row = replace(change.row, secret_ids=sealed or change.row.secret_ids)
        if row.id:
            work.save_row(row)
            return row
        return replace(row, id=work.add_row(ticket.id, row))

    def _save_file(self, work: Work, ticket: Ticket, change: FileChange, now: datetime) -> File:
        item = change.file
        if change.data:
            item = replace(item, blob_id=work.seal("file", change.data, now, ticket.id))
        if item.id:
            work.save_file(item)
            return item
        return replace(item, id=work.add_file(ticket.id, item))

    def _follow(self, work: Work, ticket: Ticket, request: Request) -> None:
        """Answer the newest mail of the thread from now on."""
        thread = work.thread(ticket.id)
        inbound = request.inbound
        chain = [*thread["references"], thread["in_reply_to"], *inbound.references]
        thread["references"] = list(dict.fromkeys(one for one in chain if one))
        thread["in_reply_to"] = inbound.message_id or thread["in_reply_to"]
        work.set_thread(ticket.id, thread)


def _without_our_tag(subject: str) -> str:
    """Return the subject without the tag of another ticket: a new one gets its own."""
    return re.sub(rf"\s*{OUR_TAG.pattern}", "", subject)


def _only_data(meaning: Meaning) -> bool:
    """Say whether a mail only states mailboxes or files: said again at once, that is no second wish; an order may be."""
    states = bool(meaning.rows or meaning.files)
    return states and not (meaning.orders or meaning.switched or meaning.start)


def _is_new_row(work: Work, before: Row | None, change: RowChange) -> bool:
    if before is None or any(getattr(before, name) != getattr(change.row, name) for name in ROW_FACTS):
        return True
    known = {_unsealed(work, one) for one in before.secret_ids}
    return any(text.encode("utf-8", "surrogatepass") not in known for text in change.passwords)


def _unsealed(work: Work, blob_id: str) -> bytes | None:
    try:
        return work.unseal(blob_id) if blob_id else None
    except SecretGone:
        return None


def body_digest(request: Request) -> str:
    """Return what tells two mails of one sender apart by what they say: their own words and what is attached."""
    inbound, told = request.inbound, sha256((request.requester or "").casefold().encode())
    words = " ".join(word for block in inbound.blocks if block.kind == "own" for word in block.text.split())
    for part in (words.encode("utf-8", "surrogatepass"), *(one.data for one in inbound.attachments)):
        told.update(sha256(part).digest())
    return told.hexdigest()


def start_data(request: Request) -> Json:
    """Return the wanted start as it stands in the log; {"start": ""} = the mail names none."""
    start, date = request.start, request.inbound.date
    if start is None:
        return {"start": ""}
    theirs = start.zone or (str(date.tzinfo) if date and date.utcoffset() else "")
    return {
        "start": start.said[:80],
        "start_at": start.utc and stamp(start.utc),
        "start_problem": start.problem or "",
        "start_choices": [stamp(one) for one in start.choices],
        "start_zone": theirs,
    }


def terms(config: Config) -> Json:
    """Return what bot.toml says today and a ticket's life depends on: the log alone has to explain it."""
    return {"mx": list(config.dns.mx), "care_days": config.privacy.wipe_secrets_after.days}


def desk_of(config: Config) -> Desk:
    """Return who we are, for the parsers."""
    support = config.support
    return Desk(
        support=frozenset(address.casefold() for address in support.addresses),
        bot=frozenset(address.casefold() for address in support.bot_addresses),
        staff=support.staff,
        relays=tuple(
            Relay(sender=one.sender, dkim_domain=one.dkim_domain, customer_header=one.customer_header)
            for one in support.helpdesk_relays
        ),
        own_message_domain=own_domain(config),
        zone=config.schedule.timezone,
        labels=own_words(support.labels.items()),
    )


def _is_proven(relay: Relay, proof: Proof) -> bool:
    domain = relay.dkim_domain.lower()
    return proof.kind == "proven" and (proof.domain == domain or proof.domain.endswith("." + domain))


def own_domain(config: Config) -> str:
    """Return the domain our Message-IDs end with."""
    return config.outbound.address().rpartition("@")[2].lower()

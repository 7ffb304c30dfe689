"""From the decision to say something to the finished mail: words, thread headers, a signed Message-ID."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr

from bot.compose import Envelope, compose
from bot.config import Config
from bot.model import Json
from bot.pace import Expected
from bot.phrases import Facts
from bot.records import stamp
from bot.replies import render
from bot.states import QueueReply, Ticket
from bot.vault import Vault
from bot.words import OURS, Texts


@dataclass(frozen=True, slots=True)
class Speech:
    """Writes the replies of one installation: in the requester's language where we have it."""

    config: Config
    vault: Vault
    clock: Callable[[], datetime]
    texts: Texts = OURS

    def draft(
        self, ticket: Ticket, thread: Json, effect: QueueReply, expected: Expected | None = None
    ) -> Json:
        """Return the outbox row of one reply: bytes and Message-ID fixed for ever."""
        now = self.clock()
        facts = replace(self._facts(ticket, now), expected=expected)
        name, sender = parseaddr(self.config.outbound.sender)[0], self.config.outbound.address()
        identity = f"{ticket.number}.{effect.kind}.{effect.revision}".lower()
        message_id = f"<{identity}.{self.vault.sign(identity)}@{sender.rpartition('@')[2]}>"
        neutral = effect.kind == "held" and not thread.get("proven")  # so that nobody can speak through us
        via_desk = self.config.support.reply_mode == "via_desk"
        to = self.config.ticket_address() if via_desk else ticket.requester
        cc = (
            ()
            if via_desk
            else tuple(
                address
                for address in thread.get("cc", ())
                if address.casefold() != ticket.requester.casefold()
            )
        )
        envelope = Envelope(
            message_id=message_id,
            sender=sender,
            sender_name=self.config.support.name or name,
            to=thread.get("to") or to,  # a helpdesk that relays passes it on itself
            cc=() if neutral else cc,
            subject=facts.texts.of(facts.language)("held", "subject")
            if neutral
            else str(thread.get("subject", "")),
            tag=f"[{ticket.number}]",
            in_reply_to=str(thread.get("in_reply_to", "")),
            references=tuple(thread.get("references", ())),
            automatic="auto-replied" if effect.kind in ("held", "ack", "update") else "auto-generated",
            date=now,
        )
        mime = compose(render(effect.kind, ticket, facts), envelope)
        row = {"message_id": message_id, "recipients": [envelope.to, *envelope.cc], "mime": mime}
        leaves = now if effect.answers else self.config.schedule.not_before(now)
        return {**row, "run_at": stamp(leaves)}

    def _facts(self, ticket: Ticket, now: datetime) -> Facts:
        known = self.texts.has(ticket.language)
        return Facts(
            now=now,
            language=ticket.language if known else self.config.support.language,
            texts=self.texts,
            skip_roles=tuple(self.config.destination.skip_roles),
            mx=self.config.dns.exchangers(),
            watch=self.config.dns.watch,
            wipe_after=self.config.privacy.wipe_secrets_after,
            schedule=self.config.schedule.rule(),
        )

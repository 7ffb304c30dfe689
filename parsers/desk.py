"""Who is who at our side."""

import re
from dataclasses import dataclass
from typing import Final

from parsers.message import Inbound
from parsers.ownwords import OwnWords

OUR_TAG: Final = re.compile(
    r"\[(?:MF-|MIG-(?=\d*[A-Z]))[A-Z0-9]{4,16}\]"
)  # the only rule for it; "[MIG-123]" is some tracker's
_OUR_ID: Final = re.compile(r"<mf-[a-z0-9]{4,16}\.[a-z]+\.[0-9]+\.[0-9a-f]{16}@([^@>]+)>", re.IGNORECASE)
_LOOK: Final = 20_000  # characters of a quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A helpdesk that sends us its customers' words in mails of its own; addresses compare without case."""

    sender: str
    dkim_domain: str  # what our own MX has to have proven; the mail alone proves nothing
    customer_header: str  # the field that names the customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who is who at our side. Addresses compare without case; "@host.example" stands for everybody there."""

    support: frozenset[str] = frozenset()
    bot: frozenset[str] = frozenset()
    staff: tuple[str, ...] = ()
    own_message_domain: str = ""  # right of the @ in every Message-ID of ours; people's mails may share it
    relays: tuple[Relay, ...] = ()
    vouched: bool = True  # False = nothing proves that a mail in the name of a support address is ours
    zone: str = "UTC"  # the service zone, in which a time without a zone is read
    labels: OwnWords = ()  # what our customers call a field beside the words everybody knows

    def is_staff(self, addr: str) -> bool:
        folded = addr.casefold()
        return any(
            folded == one.casefold() or (one.startswith("@") and folded.endswith(one.casefold()))
            for one in self.staff
        )

    def is_bot(self, addr: str) -> bool:
        return addr.casefold() in {one.casefold() for one in self.bot}

    def is_ours(self, addr: str) -> bool:
        """True for everybody at our side: staff, the support addresses, ourselves."""
        return self.is_staff(addr) or self.is_desk(addr)

    def is_desk(self, addr: str) -> bool:
        """True for the support addresses and ourselves."""
        return self.is_bot(addr) or addr.casefold() in {one.casefold() for one in self.support}

    def without_ours(self, text: str) -> str:
        """Return the text without the support addresses and ours: named there, they are nobody's mailbox to be moved."""
        named = "|".join(re.escape(one) for one in sorted((*self.support, *self.bot), key=len, reverse=True))
        return re.sub(named, " ", text, flags=re.IGNORECASE) if named else text

    def is_our_host(self, host: str) -> bool:
        """True for a server in the domain of a support address."""
        domains = {one.rpartition("@")[2].casefold() for one in (*self.support, *self.bot)}
        return any(("." + host.casefold()).endswith("." + domain) for domain in domains if domain)

    def on_our_thread(self, inbound: Inbound) -> bool:
        """True for an answer to a mail of ours; staff writes from the same domain, and their mails are not ours."""
        found = [_OUR_ID.fullmatch(one) for one in (*inbound.in_reply_to, *inbound.references)]
        domains = {match[1].casefold() for match in found if match}
        if self.own_message_domain.casefold() in domains or OUR_TAG.search(inbound.subject):
            return True
        return bool(quoted_tags(inbound))


def quoted_tags(inbound: Inbound) -> tuple[str, ...]:
    """Return our tags in the mails an answer quotes ("Subject: … [MF-7F3K9]"): some programs lose every other sign."""
    quoted = "\n".join(block.text for block in inbound.blocks if block.kind == "quoted")
    return tuple(dict.fromkeys(OUR_TAG.findall(quoted[:_LOOK])))

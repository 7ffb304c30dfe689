"""Who asks, and how the mail came to us: straight, or by the hands of staff (rows 1 to 16 of the table in docs/understanding.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from parsers.desk import Desk
from parsers.forward import Forwarded, once_quoted, read_forward, senders_of
from parsers.message import Inbound, parse_message
from parsers.result import Problem
from parsers.subject import strip_prefixes, tags_of
from parsers.text import Block, split_blocks, split_lines

Via = Literal["direct", "staff-cc", "staff-forward", "staff-eml", "other"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose words count. As far as the mail itself says: that staff sent it has to be proven by who acts on it."""

    requester: str | None
    via: Via = "direct"
    subject: str = ""
    letters: tuple[
        tuple[Block, ...], ...
    ] = ()  # further letters that state data: passed on, quoted, attached
    inner: Inbound | None = None  # the attached mail that is meant
    relayed: bool = False  # a helpdesk's notification: its sender is a program and may be one
    problems: tuple[Problem, ...] = ()


_LIST_SIGNS = frozenset({"list", "precedence"})
_UNCLEAR = (Problem(code="requester-unclear"),)


def find_origin(inbound: Inbound, desk: Desk, relayed_for: str = "") -> Origin:
    """Return who asks and by what way. Pure.

    Args:
        inbound: the mail.
        desk: who is who at our side.
        relayed_for: the customer a listed helpdesk relay names; "" = it came by none.
    """
    sender = inbound.senders[0].addr if len(inbound.senders) == 1 else None
    if relayed_for:
        below = tuple(split_blocks(_below_mark(text)) for text in _parts(inbound, "quoted"))
        return Origin(relayed_for, "other", inbound.subject, below, relayed=True)
    if sender is not None and (writer := _listed(inbound, desk, sender)):
        return Origin(writer, "other", inbound.subject, relayed=True)
    if sender is not None and desk.is_desk(sender) and not desk.vouched:
        return Origin(None, "direct", inbound.subject, problems=_UNCLEAR)
    if sender is not None and desk.is_ours(sender) and not desk.on_our_thread(inbound):
        return _by_staff(inbound, desk, sender)
    letters, inner = _passed_on(inbound)
    if any(desk.is_staff(one.addr) for one in inbound.resent_from):
        return Origin(sender, "other", inbound.subject, letters, inner)
    on_cc = any(desk.is_staff(one.addr) for one in inbound.cc)
    return Origin(sender, "staff-cc" if on_cc else "direct", inbound.subject, letters, inner)


def _listed(inbound: Inbound, desk: Desk, sender: str) -> str:
    """Return the writer whom our own support address names, being a list that took From for itself; "" = it is none."""
    if not (desk.vouched and desk.is_desk(sender) and inbound.automatic in _LIST_SIGNS):
        return ""
    named = {
        one.addr.casefold(): one.addr
        for one in inbound.original_from or inbound.reply_to
        if not desk.is_ours(one.addr)
    }
    return next(iter(named.values())) if len(named) == 1 else ""


def _below_mark(text: str) -> str:
    """Return what a helpdesk's notification holds below the line above which one answers."""
    return text.partition("\n")[2]


def _by_staff(inbound: Inbound, desk: Desk, sender: str) -> Origin:
    attached = attached_mails(inbound)
    if attached:
        return _attached(attached, inbound, desk)
    strangers = _strangers(inbound, desk)
    forwarded = _parts(inbound, "forwarded")
    if strangers and not forwarded:
        quoted = tuple(_quoted_letter(text) for text in _parts(inbound, "quoted"))
        who = strangers[0] if len(strangers) == 1 else None
        return Origin(who, "staff-cc", inbound.subject, quoted, problems=() if who else _UNCLEAR)
    passed = [read_forward(text, desk.is_ours) for text in forwarded or _parts(inbound, "quoted")]
    mails = [mail for mail in passed if mail is not None]
    if mails or forwarded:
        return _forwarded(mails, inbound, desk)
    if who := _attributed(inbound, desk):
        quoted = tuple(_quoted_letter(text) for text in _parts(inbound, "quoted"))
        return Origin(who, "staff-forward", inbound.subject, quoted)
    if desk.is_desk(sender):  # a helpdesk that is not listed writes in our name: for whom, nobody can tell
        return Origin(None, "direct", inbound.subject, problems=_UNCLEAR)
    return Origin(sender, "direct", inbound.subject)


def _forwarded(mails: Sequence[Forwarded], inbound: Inbound, desk: Desk) -> Origin:
    """Both views hold the same mail; an address in one of them only is none to be sure of."""
    named = {sender.casefold(): sender for mail in mails for sender in mail.senders}
    outside = [sender for key, sender in named.items() if not desk.is_ours(sender)]
    who = outside[0] if len(named) == 1 and outside else None
    subject = next((mail.subject for mail in mails if mail.subject), "") or inbound.subject
    return Origin(
        who,
        "staff-forward",
        _clean_subject(subject, inbound.subject),
        tuple(mail.blocks for mail in mails),
        problems=() if who else _UNCLEAR,
    )


def _attached(mails: Sequence[Inbound], inbound: Inbound, desk: Desk) -> Origin:
    mail = mails[0]
    senders = [one.addr for one in mail.senders]
    if len(mails) > 1 or len(senders) != 1 or desk.is_ours(senders[0]) or mail.automatic or mail.bounce:
        return Origin(None, "staff-eml", inbound.subject, problems=_UNCLEAR)
    subject = _clean_subject(mail.subject, inbound.subject)
    return Origin(senders[0], "staff-eml", subject, (mail.blocks, mail.other_blocks), mail)


def _passed_on(inbound: Inbound) -> tuple[tuple[tuple[Block, ...], ...], Inbound | None]:
    """Return what a customer passes on: theirs to tell us, and they stay the requester."""
    mails = [mail for mail in attached_mails(inbound) if not (mail.automatic or mail.bounce)]
    if len(mails) == 1:
        return (mails[0].blocks, mails[0].other_blocks), mails[0]
    texts = _parts(inbound, "forwarded")
    read = [(text, read_forward(text, lambda _: False)) for text in texts]
    return tuple(mail.blocks if mail else (Block("own", text),) for text, mail in read), None


def attached_mails(inbound: Inbound) -> list[Inbound]:
    """Return the mails attached to it; what is attached to those in turn is not opened."""
    files = [one for one in inbound.attachments if one.kind == "message"][:5]
    return [mail for file in files if (mail := parse_message(file.data.lstrip()).value).senders]


def _strangers(inbound: Inbound, desk: Desk) -> list[str]:
    """Return who outside our side the mail is addressed to; those on Cc count where To names nobody."""
    for field in (inbound.to, inbound.cc):
        found = {one.addr.casefold(): one.addr for one in field if not desk.is_ours(one.addr)}
        if found:
            return list(found.values())
    return []


def _parts(inbound: Inbound, kind: str) -> list[str]:
    """Return the lines of one kind, of each view."""
    texts = [
        "\n".join(block.text for block in blocks if block.kind == kind)
        for blocks in (inbound.blocks, inbound.other_blocks)
    ]
    return [text for text in texts if text.strip()]


def _quoted_letter(text: str) -> tuple[Block, ...]:
    return (Block("own", once_quoted(text)),)


def _attributed(inbound: Inbound, desk: Desk) -> str | None:
    """Return the only address outside our side that the line above a quotation names ("On … Anna <a@x> wrote:")."""
    found: dict[str, str] = {}
    for text in _parts(inbound, "quoted"):
        above = [line for line in split_lines(text)[:6] if not line.lstrip().startswith(">")]
        found |= {one.casefold(): one for one in senders_of(" ".join(above)) if not desk.is_ours(one)}
    return next(iter(found.values())) if len(found) == 1 else None


def _clean_subject(subject: str, outer: str) -> str:
    clean = strip_prefixes(subject)
    missing = [tag for tag in tags_of(outer) if tag not in clean]
    return " ".join([clean, *missing]).strip()

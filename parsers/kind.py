"""Which kind of mail this is: a person's request, answer or order, or a machine's."""

import re
from collections.abc import Iterable
from typing import Final, Literal

from parsers.asking import asks_us
from parsers.desk import Desk
from parsers.letter import Letter
from parsers.message import Inbound
from parsers.result import Problem, StatedRow
from parsers.text import split_lines

Kind = Literal["request", "follow-up", "staff-command", "automatic", "bounce", "own", "none"]

_COMMAND: Final = re.compile(
    r"^\s*(approve|start|pause|resume|cancel|second-pass|retry|note|status)\b", re.IGNORECASE
)
_SEALED: Final = frozenset({"encrypted", "winmail-dat"})
_MOVING: Final = re.compile(
    r"migra|umzug|umzieh|umgezogen|\bmov(?:e|ing)\b|transf[eé]r|déménag|traslad|verhuiz|trasfer|mudança|mudar|przen[oi]|mutar|übertrag|übernahme",
    re.IGNORECASE,
)
_SOLICITS: Final = re.compile(
    r"unsubscribe|abbestellen|abmelden|se désabonner|désinscri|darse de baja|cancelar (?:la )?suscripción|disiscriv|annulla l.iscrizione|uitschrijven|afmelden|wypisz"
    r"|view (?:this|it) (?:e-?mail )?in (?:your )?browser|im browser (?:an|öffnen)|click (?:here|the (?:link|button)|below)|klicken sie|cliquez|haga clic|clicca qui|klik hier"
    r"|verify your (?:account|mailbox|email)|(?:your|ihr) (?:mailbox|postfach|e-?mail[- ]?(?:account|konto)) (?:is|will|has|ist|wird|hat)|quota (?:exceeded|limit)|will be (?:deactivated|suspended|closed)"
    r"|webinar|free (?:trial|whitepaper|guide)|% (?:off|discount|rabatt)|we (?:offer|help (?:companies|you)|provide|specialize)|our (?:services|solutions|experts|team of experts)|book a (?:demo|call)"
    r"|dear (?:customer|user|account|email)(?! (?:service|support|care|team|desk|help))|dear \S{1,64}@|confirm (?:now|by)|verify now|(?:keep|retain) (?:your )?(?:the )?(?:same|current) password|hier klicken|szanowny użytkowniku|(?:twoja|twoje) (?:skrzynka|konto)\b|kliknij|estimado usuario|cher utilisateur|chère utilisatrice|sehr geehrter (?:nutzer|benutzer|kunde,)|gentile utente|beste gebruiker|caro usuário|caro utilizador|stimate utilizator|\bseo\b|(?:primera|prima|first|erste|première|primeira) (?:página|pagina|page|seite) (?:de|of|von|di|do|auf|bei|on) google|posicionamiento|wir bieten|unsere (?:experten|lösung|dienstleistung)|nous proposons|ofrecemos|newsletter",
    re.IGNORECASE,
)
_TROUBLE: Final = re.compile(
    r"(?:can ?not|can't|unable to|could not|couldn't) (?:log ?in|sign in|log on|connect|send|receive)|log-?in failed|password (?:is )?(?:not accepted|rejected|wrong)|locked out"
    r"|kann mich nicht (?:mehr )?(?:anmelden|einloggen)|(?:anmeldung|login) (?:schlägt fehl|fehlgeschlagen|geht nicht|klappt nicht)|komme nicht (?:mehr )?(?:rein|in mein)"
    r"|ne (?:peux|parviens|arrive) (?:pas|plus)(?: à)? (?:me connecter|accéder)|no puedo (?:entrar|acceder|iniciar)|non riesco (?:più )?(?:a|ad) (?:accedere|entrare)"
    r"|kan niet (?:meer )?(?:inloggen|aanmelden)|não consigo (?:entrar|acessar|aceder)|nie mogę się zalogować|nu (?:mai )?(?:pot|reușesc) (?:să mă conectez|intra)",
    re.IGNORECASE,
)
_LOOK: Final = 20_000


def machine_kind(letter: Letter, desk: Desk) -> Kind | None:
    """Return what kind of machine wrote it, None for a person. A machine's mail is never a request."""
    inbound = letter.message.value
    if any(desk.is_bot(sender.addr) for sender in inbound.senders) or _marked_by_us(inbound, desk):
        return "own"
    if inbound.bounce:
        return "bounce"
    signs = set(inbound.weak_signs)
    if {"daemon", "delivery-words"} <= signs:
        return "bounce"
    if letter.origin.relayed:
        return None
    told = inbound.automatic or inbound.invitation_answer or _told_by_signs(signs, letter)
    return "automatic" if told else None


def _told_by_signs(signs: set[str], letter: Letter) -> bool:
    """Weigh the weak signs: a mailbox with its password is a person's; two signs, or one and advertising, a machine's."""
    signs = signs - {"daemon"}
    if not signs or _states(letter):
        return False
    if len(signs) > 1 or signs & {"spam", "receipt", "meeting-answer"}:
        return True
    if signs in ({"away-words"}, {"taken-words"}):
        return not _asks(letter)
    return signs != {"delivery-words"} and _solicits(letter.message.value)


def _marked_by_us(inbound: Inbound, desk: Desk) -> bool:
    ours = {one.casefold() for one in (*desk.support, *desk.bot)}
    return any(
        mark.casefold().startswith("x-mailferry-")
        or any(one == mark.partition(":")[2].strip().strip("<>").casefold() for one in ours)
        or (desk.own_message_domain and mark.casefold().endswith("@" + desk.own_message_domain.casefold()))
        for mark in inbound.loop_marks
    )


def _states(letter: Letter) -> bool:
    """True where the mail holds what only a person sends: a mailbox with its password, or a table. Cards are no sign:
    mail programs attach the writer's to everything.
    """
    inbound = letter.message.value
    return any(row.password for row in letter.stated.value.rows) or any(
        one.kind == "table" for one in inbound.attachments
    )


def _asks(letter: Letter) -> bool:
    return bool(letter.stated.value.wishes)


def _solicits(inbound: Inbound) -> bool:
    text = "\n".join(block.text for block in inbound.blocks)
    return _SOLICITS.search(text[:_LOOK]) is not None


def human_kind(letter: Letter, desk: Desk, *, has_data: bool, problems: Iterable[Problem]) -> Kind:
    """Return what kind of mail a person's is; `has_data` = rows or exports were found anywhere in it."""
    inbound = letter.message.value
    on_thread = desk.on_our_thread(inbound)
    senders = [one.addr for one in inbound.senders]
    if on_thread and len(senders) == 1 and desk.is_staff(senders[0]) and _commands(inbound):
        return "staff-command"
    if on_thread:
        return "follow-up"
    if has_data:
        return "request"
    if inbound.invitation:
        return "none"
    sealed = any(problem.code in _SEALED for problem in problems)
    asks = _asks_us(letter, desk) or (sealed and _MOVING.search(inbound.subject))
    return "request" if asks else "none"


def _asks_us(letter: Letter, desk: Desk) -> bool:
    """True where somebody whose words count asks us to move mail; advertising and phishing ask the reader."""
    if _is_among_staff(letter, desk):
        return False
    views = [letter.message.value.blocks, *letter.origin.letters]
    text = "\n\n".join(block.text for view in views for block in view if block.kind == "own")
    subject = letter.origin.subject or letter.message.value.subject
    return asks_us(desk.without_ours(text[:_LOOK]), desk.without_ours(subject))


def _is_among_staff(letter: Letter, desk: Desk) -> bool:
    """True where one of ours writes to others of ours, with us on Cc: what they talk about is no customer's wish."""
    inbound = letter.message.value
    to = [one.addr for one in inbound.to]
    ours = bool(inbound.senders) and all(desk.is_staff(one.addr) for one in inbound.senders)
    return ours and letter.origin.via == "direct" and bool(to) and all(desk.is_staff(one) for one in to)


def meant_rows(rows: tuple[StatedRow, ...], letter: Letter, desk: Desk) -> tuple[StatedRow, ...]:
    """Return the rows without those of the text that nobody wants moved.

    A warning that names our own address is none. And where nobody asks us to move mail nor answers us, neither is our own
    server (a mail program being set up), a password of nothing (of a meeting), what holds no password at all and whose
    subject is another, or who cannot log in.
    """
    inbound = letter.message.value
    asks = desk.on_our_thread(inbound) or _asks_us(letter, desk)
    text = "\n".join(block.text for block in inbound.blocks if block.kind == "own")[:_LOOK]
    secret = any(row.password or row.origin != "body" for row in rows)
    speaks = bool(_asks(letter) or _MOVING.search(f"{inbound.subject}\n{text}"))
    tables = any(row.origin != "body" for row in rows)
    if not speaks and not tables and (_TROUBLE.search(text) or (not secret and "?" in text)):
        return ()
    if tables and not asks and not speaks and not any(map(_is_account, rows)):
        return ()
    if not asks and not secret and not _MOVING.search(inbound.subject):
        return ()
    return tuple(
        row for row in rows if row.origin != "body" or _is_meant(row, desk, asks=asks, speaks=speaks)
    )


def _is_account(row: StatedRow) -> bool:
    """Say whether a row is more than an address in somebody's list of customers, orders or members."""
    codes = {problem.code for problem in row.problems}
    hosted = row.host and "password-unsure" not in codes
    return bool(row.password or hosted or codes & {"numeric-cell", "row-shifted", "example-row"})


def _is_meant(row: StatedRow, desk: Desk, *, asks: bool, speaks: bool) -> bool:
    if row.address and desk.is_desk(row.address) and (row.password is None or not (asks or row.host)):
        return False
    if not (row.address or row.login or row.host):
        return asks
    return asks or speaks or row.password is not None or not (row.host and desk.is_our_host(row.host))


def _commands(inbound: Inbound) -> bool:
    own = "\n".join(block.text for block in inbound.blocks if block.kind == "own")
    first = next((line for line in split_lines(own) if line.strip()), "")
    return _COMMAND.match(first) is not None

"""Whether a program wrote a message: then nobody reads an answer, and answering starts loops (RFC 3834)."""

import re
from email.message import Message
from typing import Final

from parsers.headers import Address, param, value, values

_ROBOTS: Final = re.compile(
    r"^(mailer-daemon|no-?_?reply|do-?_?not-?_?reply|bounces?([+-].*)?|listserv|majordomo|.*-(request|bounces))@",
    re.IGNORECASE,
)
_DAEMONS: Final = re.compile(r"^(mailer-daemon|postmaster|mail-daemon)(@|$)", re.IGNORECASE)
_AWAY_SUBJECT: Final = re.compile(
    r"^\W*(auto(matic|mated)?[- ]?(reply|response|antwort)|out of( the)? office|ooo\b|away from|vacation"
    r"|abwesenheits?|abwesend|automatische (antwort|abwesenheit)|ich bin (nicht im|außer)|réponse automatique"
    r"|absence du bureau|absent du bureau|respuesta automática|fuera de (la )?oficina|risposta automatica"
    r"|fuori ufficio|automatisch antwoord|automatisch bericht|afwezig|resposta automática|自動返信|自动回复)",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT: Final = re.compile(
    r"^\W*(undeliver|delivery status notification|mail delivery (failed|failure|system)|returned mail|failure notice"
    r"|unzustellbar|nicht zustellbar|non remis|échec de la remise|no se puede entregar|mancato recapito|onbestelbaar)",
    re.IGNORECASE,
)
_LIST_HEADERS: Final = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-help",
    "list-archive",
    "mailing-list",
)
_AUTO_HEADERS: Final = ("x-autoreply", "x-autorespond", "x-auto-reply", "x-autoresponder", "x-mail-autoreply")
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})


def automatic_reason(message: Message, senders: tuple[Address, ...], subject: str) -> str | None:
    """Return why this is machine mail, or None for a person's.

    `postmaster@` alone is no sign: small companies write from it. With a bounce's subject it is one.
    """
    submitted = value(message, "Auto-Submitted").split(";", maxsplit=1)[0].strip().casefold()
    suppress = re.split(r"[\s,]+", value(message, "X-Auto-Response-Suppress").casefold())
    signs = {
        "auto-submitted": submitted not in {"", "no"},
        "autoreply-header": any(values(message, name) for name in _AUTO_HEADERS),
        "precedence": value(message, "Precedence").strip().casefold() in _BULK,
        "list": any(values(message, name) for name in _LIST_HEADERS),
        "asks-for-no-answer": bool({"all", "autoreply"} & set(suppress)),
        "null-return-path": return_path(message) == "",
        "robot-sender": any(_ROBOTS.match(sender.addr) for sender in senders),
        "away-subject": bool(_AWAY_SUBJECT.match(subject)),
    }
    return next((reason for reason, seen in signs.items() if seen), None)


def is_bounce(message: Message, senders: tuple[Address, ...], subject: str) -> bool:
    """True for a report that a mail of ours, or of anybody, was not delivered (RFC 3464, and the forms before it)."""
    if message.get_content_type() == "multipart/report":
        return param(message, "report-type").casefold() != "disposition-notification"
    if values(message, "X-Failed-Recipients") or message.get_content_type() == "message/delivery-status":
        return True
    from_daemon = any(_DAEMONS.match(sender.addr) for sender in senders)
    return from_daemon and bool(_BOUNCE_SUBJECT.match(subject) or return_path(message) == "")


def return_path(message: Message) -> str | None:
    """Return the envelope sender our own MX noted: "" for the null sender, None when it noted none."""
    noted = values(message, "Return-Path")
    return noted[0].strip().strip("<>").strip() if noted else None

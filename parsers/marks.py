"""Lines that state nothing themselves but say what the lines around them are."""

import re
from typing import Final, Literal

from parsers.labels import fold

Mark = Literal["sign-off", "postscript", "contact", "mail", "sending", "other"]

_SIGN_OFF: Final = re.compile(
    r"(?:(?:with |mit )?(?:best|kind|warm|many|kindest|warmest|yours)? ?(?:regards|wishes)|cheers|sincerely|yours (?:sincerely|faithfully|truly)|br|kr|rgds"
    r"|(?:thanks|thank you|many thanks|thx)(?: (?:a lot|so much|very much|in advance|again))*(?: and (?:best|kind) regards)?"
    r"|(?:mit )?(?:viele[n]?|liebe[n]?|beste[n]?|schone[n]?|freundliche[n]?|herzliche[n]?|sonnige[n]?|die besten) gru(?:ssen?|ss?)|mfg|lg|vg|bg|gru(?:sse|ss|s)|hochachtungsvoll"
    r"|(?:vielen |besten |lieben |herzlichen |schon mal )?dank(?:e)?(?: (?:im voraus|schon|sehr|und .{0,30}gruss\w*))?"
    r"|(?:bien )?cordialement|(?:sinceres |meilleures )?salutations(?: distinguees)?|bien a vous|cdt|cdlt|merci(?: (?:beaucoup|d avance|par avance))?|bonne journee|amicalement"
    r"|(?:un )?(?:cordial )?saludos?(?: cordiales?)?|atentamente|muchas gracias|gracias(?: (?:de antemano|por adelantado))?|un abrazo"
    r"|(?:cordiali |distinti |cari )?saluti|cordialmente|grazie(?: (?:mille|in anticipo))?|buona giornata"
    r"|(?:met )?(?:vriendelijke|hartelijke) groete?n?|groete[nt]?|groetjes|mvg|(?:alvast )?(?:hartelijk )?(?:dank|bedankt)(?: alvast)?"
    r"|(?:os melhores |com os melhores |melhores )?cumprimentos|atenciosamente|obrigad[oa]|abracos?|att"
    r"|pozdrawiam(?: serdecznie)?|pozdrowienia|z powazaniem|dziekuje(?: z gory)?|z gory dziekuje"
    r"|cu (?:stima|respect|drag|prietenie)|(?:va )?multumesc(?: anticipat)?|multumim|toate cele bune|o zi buna)(?!\w)"
)
_MOST_SIGN_OFF: Final = 7  # words: "Viele Grüße aus Köln, Anna"
_CONTACT: Final = re.compile(
    r"^\W{0,4}(?:tel|telefon\w*|telephone|phone|fon|mobile?|mobil\w*|handy|cell|fax|telefax|t\u00e9l\w*|m\u00f3vil|gsm|telefono|tel\u00e9fono|telefone|telefoon|cellulare"
    r"|komorka|kom\u00f3rka|web|website|homepage|internet|url|www|ust-?id\w*|vat\b|vat id|ustid|hrb|iban|skype|linkedin)\b\W{0,3}(?:[:.+(\d]|http|www)",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(
    r"\b(?:ftp|sftp|ssh|mysql|mariadb|phpmyadmin|database|datenbank|base de datos|base de donnees|wordpress|wp admin|wp|joomla|typo3|cpanel|plesk|confixx|router"
    r"|wlan|wifi|vpn|kundencenter|kundenkonto|kundenbereich|kundenportal|customer (?:centre|center|area|portal|account)|control panel|hosting panel|admin panel|backend|dashboard"
    r"|espace client|area de cliente|panel de control|area clienti|klantenpaneel|panel klienta|shop|onlineshop|paypal|domain|domaine|dominio|domein|registrar|dns|website|webseite|facebook|instagram|paypal|server root|root)\b"
)
_SENDING: Final = re.compile(
    r"\b(?:smtp|pop3|pop|outgoing|postausgang\w*|ausgangsserver|ausgehend\w*|sortant|saliente|salida|uscita|uitgaand\w*|saida|wychodzac\w*|iesire)\b"
)
_MAIL: Final = re.compile(
    r"\b(?:imap|incoming|posteingang\w*|eingangsserver|eingehend\w*|entrant|entrante|entrata|inkomend\w*|entrada|przychodzac\w*|intrare|mail|email|e mail|mailbox\w*|postfach\w*)\b"
)


def read_mark(line: str) -> Mark | None:
    """Return what the line says about those around it: a closing phrase, a phone number, a heading; None for nothing.

    Every pattern here is asked of one short line.
    """
    if len(line) > 120:
        return None
    folded = fold(line)
    words = folded.split()
    if not words or "@" in line:
        return None
    if words[:2] == ["p", "s"] or words[0] in {"ps", "pps"}:
        return "postscript"
    found = _SIGN_OFF.match(folded)
    if found and _closes(folded, found.end(), line):
        return "sign-off"
    if _CONTACT.match(line):
        return "contact"
    return _heading(line, folded)


def names_other_service(folded: str) -> bool:
    """Say whether the folded words speak of something with a password that is no mailbox: a WLAN, a shop, FTP."""
    return _OTHER.search(folded) is not None


def _closes(folded: str, end: int, line: str) -> bool:
    rest = folded[end:]
    if rest[:1] not in {"", " "} or ":" in line or "=" in line:
        return False
    return len(folded.split()) <= _MOST_SIGN_OFF and not re.search(
        r"\b(?:for|fur|pour|por|per|voor|za|pentru)\b", rest
    )


_ASIDE: Final = re.compile(r"\([^()]{0,100}\)")


def _heading(line: str, folded: str) -> Mark | None:
    before, parted, after = line.strip().partition(":")
    headed = parted and not after.strip() and len(_ASIDE.sub(" ", before).split()) <= 5
    if not (
        headed
        or (len(folded.split()) <= 3 and not parted and "=" not in line and line.strip()[-1:] not in ".,!?")
    ):
        return "other" if parted and after.strip() and _OTHER.search(fold(before)) else None
    if _OTHER.search(folded):
        return "other"
    if _SENDING.search(folded) and not _MAIL.search(folded):
        return "sending"
    return None


_TO_OR_FROM: Final = re.compile(
    r"^\W{0,4}(?:from|von|de|da|van|to|an|a|\u00e0|para|aan|do|od|cc|bcc|kopie|copie)\s?\*?:", re.IGNORECASE
)
_SUBJECT: Final = re.compile(
    r"^\W{0,4}(?:subject|betreff|objet|asunto|oggetto|onderwerp|assunto|temat|subiect)\s?\*?:", re.IGNORECASE
)


def is_mail_header(lines: list[str], at: int) -> bool:
    """Say whether "From: anna@x.example" is of a mail quoted here: a subject stands within four lines of it."""
    if not _TO_OR_FROM.match(lines[at]):
        return False
    return any(_SUBJECT.match(line) for line in lines[max(0, at - 4) : at + 5])

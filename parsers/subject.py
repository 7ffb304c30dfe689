"""A subject's prefixes, and the bracket tags by which helpdesks find their tickets again."""

import re
from typing import Final

_PREFIX: Final = re.compile(
    r"\s*+(?:(?:re|aw|antw|antwort|sv|vs|rv|res|resp|rif|r|odp|ynt|tr|fw|fwd|wg|i|enc|doorst|pd|vb|redir|rcpt|tr ?:? ?re)"
    r"\s*+(?:(?:\[\d{1,3}\]|\(\d{1,3}\))\s*+)?[:\uff1a]|\[(?:extern\w*|external e?-?mail|ext)\]:?|\*{2,3}(?:extern\w*|spam)\*{2,3})\s*",
    re.IGNORECASE,
)
_BRACKET: Final = re.compile(r"\[[^\[\]\r\n]{1,80}\]")
_NUMBERED: Final = re.compile(
    r"#\s?[\w-]{0,40}\d"  # [#4711], [example.com #12], [#TID-839203], [Ticket#2026051200042]
    r"|\b(?:ticket|case|request|tid|id|anfrage|vorgang|fall|demande|dossier|caso|incident|inc|ref|sr|zaak|chamado|zgłoszenie|mig)"
    r"\b[\w\s.:#/-]{0,20}\d",
    re.IGNORECASE,
)
_KEY: Final = re.compile(
    r"\[\s*(?:[A-Za-z][\w.]{0,30}-\d{1,12}(?:-\w{1,12}){0,3}|\d{5,20}|MF-[A-Z0-9]{4,16}|[A-Z0-9]{3,8}(?:-[A-Z0-9]{2,8}){1,4})\s*\]"
)


def tags_of(subject: str) -> tuple[str, ...]:
    """Return every bracket tag of a ticket, verbatim and each once; [EXTERN] and [Office 365] are none."""
    found = [one for one in _BRACKET.findall(subject[:2000]) if _is_tag(one)]
    return tuple(dict.fromkeys(found))


def _is_tag(bracket: str) -> bool:
    if not any(char.isdigit() for char in bracket):
        return bracket.startswith("[MF-") and _KEY.fullmatch(bracket) is not None
    return bool(_NUMBERED.search(bracket) or _KEY.fullmatch(bracket))


def strip_prefixes(subject: str) -> str:
    """Return the subject without "Re:", "WG:", "[EXTERN]" and their like in front, however many there are."""
    for _ in range(50):
        found = _PREFIX.match(subject)
        if not found or not found[0]:
            break
        subject = subject[found.end() :]
    return subject.strip()

"""The From/Date/To/Subject lines mail programs write above what they quote or pass on, in nine languages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Name = Literal["from", "date", "to", "subject"]

_LABELS: Final[dict[Name, str]] = {
    "from": r"from|von|de|da|van|od|de la|expéditeur|remitente|mittente|afzender|absender|nadawca|expeditor|från|fra|差出人|发件人",
    "date": r"sent|date|gesendet(?: am)?|datum|envoyé(?: le)?|enviad[oa](?: el| em)?|fecha|inviat[oa](?: il)?|data|verzonden|wysłano"
    r"|wysłane|trimis|dată|skickat|sendt|日時|发送时间|日期",
    "to": r"to|an|à|a|para|per|aan|do|către|catre|pour|destinataire|destinatario|empfänger|till|til|adresat|do wiadomości|宛先|收件人",
    "subject": r"subject|betreff|objet|sujet|asunto|oggetto|onderwerp|assunto|temat|subiect|ämne|emne|件名|主题",
}
_OTHER: Final = r"cc|copie(?: à)?|kopie|c\.c\.|cco?|dw|bcc|reply-to|antwort an|répondre à|responder a|rispondi a|importance|wichtigkeit"
_LINE: Final = re.compile(
    r"^[>\s*|]*(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items()) + rf"|{_OTHER})"
    r"\s*\*{0,2}\s*[:\uff1a][\s*]*",
    re.IGNORECASE,
)
_LONGEST: Final = 2000
_NEAR: Final = 10  # lines within which a block has all its fields


@dataclass(frozen=True, slots=True)
class Head:
    """What such a block says, as written; `end` is the index of the line after it."""

    sender: str
    subject: str
    end: int


def is_header_block(lines: Sequence[str], at: int) -> bool:
    """True where a program's block begins; a form that has From and To lines of its own is none."""
    first = _LINE.match(lines[at][:_LONGEST])
    if not first or not (first["from"] or first["date"]):
        return False
    names = {name for line in _block(lines, at) for name in _names(line)}
    return {"from", "date", "to", "subject"} <= names


def read_head(lines: Sequence[str], start: int = 0) -> Head | None:
    """Return the first block at or after `start`; None when there is none. Order and language do not matter."""
    for at in range(start, len(lines)):
        names = _names(lines[at])
        if not names:
            continue
        block = list(_block(lines, at))
        if {"from", "subject"} <= {name for line in block for name in _names(line)} or (
            {"from", "date"} <= {name for line in block for name in _names(line)}
        ):
            return _read(block, at)
    return None


def _block(lines: Sequence[str], at: int) -> Sequence[str]:
    """The lines up to the first blank one, at most a few; a blank one between fields is a program's habit."""
    end = at
    for n in range(at, min(at + _NEAR, len(lines))):
        if not lines[n].strip(" >\t\u00a0*"):
            following = lines[n + 1] if n + 1 < len(lines) else ""
            if not _LINE.match(following[:_LONGEST]):
                break
        end = n + 1
    return lines[at:end]


def _names(line: str) -> list[str]:
    found = _LINE.match(line[:_LONGEST])
    return [name for name, text in found.groupdict().items() if text] if found else []


def _read(block: Sequence[str], at: int) -> Head:
    said: dict[str, str] = {}
    current, last = "", 0
    for n, line in enumerate(block):
        found = _LINE.match(line[:_LONGEST])
        if found:
            current = next((name for name, text in found.groupdict().items() if text), "other")
            said.setdefault(current, line[found.end() :].strip(" \t\u00a0*"))
            last = n
        elif current == "from" and "@" in line and "@" not in said.get("from", ""):
            said["from"] += " " + line.strip(" >\t\u00a0*")
            last = n
        elif current in {"to", "other"} and "@" in line and "," in said.get(current, ""):
            last = n
    return Head(said.get("from", ""), said.get("subject", ""), at + last + 1)

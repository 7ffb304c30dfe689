"""The text of a message: flowed lines, and which lines are whose."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from parsers.labels import before_separator, read_label

BlockKind = Literal["own", "quoted", "forwarded", "signature"]


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines of one kind. Nothing is ever removed: all blocks together are the text."""

    kind: BlockKind
    text: str


_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> list[str]:
    """Return the lines as mail ends them; str.splitlines would also cut at U+0085 or a form feed in a password."""
    return _LINE_END.split(text)


# --- format=flowed (RFC 3676) -------------------------------------------------------------------------------------


def unflow(text: str, *, delsp: bool) -> str:
    """Return the text with flowed paragraphs joined again; a line that states something is never joined."""
    lines: list[str] = []
    open_paragraph = False
    for line in split_lines(text):
        plain = line.removeprefix(" ")
        flowed = plain.endswith(" ") and plain != "-- " and not plain.startswith(">")
        if open_paragraph and plain.strip() and not plain.startswith(">") and not _states_something(plain):
            lines[-1] = (lines[-1][:-1] if delsp else lines[-1]) + plain
        else:
            lines.append(plain)
        open_paragraph = flowed and not _states_something(lines[-1])
    return "\n".join(lines)


def _states_something(line: str) -> bool:
    return "@" in line or read_label(before_separator(line)) is not None


# --- whose lines --------------------------------------------------------------------------------------------------

_WROTE: Final = re.compile(
    r"(wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napisał\(?a?\)?)\b.*:\s*$",
    re.IGNORECASE,
)
_WROTE_START: Final = re.compile(
    r"^\s*(On|Am|Le|El|Il giorno|Il|Op|Em|Den|W dniu|Von|From)\b.*(\d|@|<)", re.IGNORECASE
)
_FORWARD: Final = re.compile(
    r"^[-\s>*]*(forwarded message|begin forwarded message|weitergeleitete nachricht|anfang der weitergeleiteten"
    r" (e-mail|nachricht)|message transféré|début du message (transféré|réexpédié)|mensaje reenviado"
    r"|inicio del mensaje reenviado|messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht"
    r"|begin doorgestuurd bericht)\s*:?[-\s*]*$",
    re.IGNORECASE,
)
_ORIGINAL: Final = re.compile(
    r"^[-\s>*]{2,}(original message|original appointment|ursprüngliche nachricht|message d'origine|message original"
    r"|mensaje original|messaggio originale|oorspronkelijk bericht)[-\s*]*$",
    re.IGNORECASE,
)
_HEADER_LINE: Final = re.compile(
    r"^[>\s*]*(?:(?P<from>from|von|de|da|van)|(?P<date>sent|date|gesendet|datum|envoyé|enviado|fecha|inviato|data"
    r"|verzonden)|(?P<to>to|an|à|para|a|aan|cc)|(?P<subject>subject|betreff|objet|asunto|oggetto|onderwerp))"
    r"\s*\*?\s*:",
    re.IGNORECASE,
)
_SENT_FROM: Final = re.compile(
    r"^\s*(sent from my |get outlook for |von meinem .* gesendet|envoyé de mon |enviado desde mi |inviato da"
    r" |verstuurd vanaf )",
    re.IGNORECASE,
)
_REPLY_ABOVE: Final = re.compile(r"(reply|type your reply|replies) above this line", re.IGNORECASE)
_ONLY_QUOTED_BELOW: Final = ("quoted", "forwarded")


def split_blocks(text: str) -> tuple[Block, ...]:
    """Return the text as blocks in order. Only tags, never removes: a wrong guess must not lose a request."""
    lines = split_lines(text)
    kinds: list[BlockKind] = []
    below: BlockKind = "own"  # what every following line is, once a reply or forward header was seen
    for at, line in enumerate(lines):
        if below not in _ONLY_QUOTED_BELOW:
            below = _opens(lines, at) or below
        kinds.append(_kind(line, below))
    _tag_attributions(lines, kinds)
    return _merge(lines, kinds)


def _kind(line: str, below: BlockKind) -> BlockKind:
    if below != "own":
        return below
    return "quoted" if line.lstrip().startswith(">") else "own"


def _opens(lines: list[str], at: int) -> BlockKind | None:
    """Return what starts at this line and goes on to the end, if anything does."""
    line = lines[at]
    if _FORWARD.match(line):
        return "forwarded"
    if _ORIGINAL.match(line) or _REPLY_ABOVE.search(line) or _is_header_block(lines, at):
        return "quoted"
    if _SENT_FROM.match(line) or (line in {"-- ", "--"} and not _states_login(lines[at + 1 :])):
        return "signature"
    return None


def _is_header_block(lines: list[str], at: int) -> bool:
    """True for the From/Sent/To/Subject lines Outlook puts above what it quotes; a form with From and To is none."""
    first = _HEADER_LINE.match(lines[at])
    if not first or not first["from"]:
        return False
    near = [_HEADER_LINE.match(line) for line in lines[at : at + 8]]
    return all(any(found and found[name] for found in near) for name in ("date", "to", "subject"))


def _states_login(lines: list[str]) -> bool:
    labels = (read_label(before_separator(line)) for line in lines[:40])
    return any(label is not None and label.field == "password" for label in labels)


def _tag_attributions(lines: list[str], kinds: list[BlockKind]) -> None:
    """Tag "On … wrote:" above a quotation, over one to three lines, as quoted too."""
    for at, kind in enumerate(kinds):
        if kind != "quoted" or at == 0 or kinds[at - 1] != "own":
            continue
        above = at - 1
        while above > 0 and not lines[above].strip():
            above -= 1
        start = _attribution_start(lines, above)
        if start is not None:
            kinds[start:at] = ["quoted"] * (at - start)


def _attribution_start(lines: list[str], last: int) -> int | None:
    """Return the line where "On … wrote:", ending at line `last`, begins; None when that is no attribution."""
    for start in range(last, max(-1, last - 3), -1):
        if _WROTE_START.match(lines[start]) and _WROTE.search(" ".join(lines[start : last + 1])):
            return start
    return last if _WROTE.search(lines[last]) else None


def _merge(lines: list[str], kinds: list[BlockKind]) -> tuple[Block, ...]:
    blocks: list[tuple[BlockKind, list[str]]] = []
    for line, kind in zip(lines, kinds, strict=True):
        if not blocks or blocks[-1][0] != kind:
            blocks.append((kind, []))
        blocks[-1][1].append(line)
    return tuple(Block(kind, "\n".join(block)) for kind, block in blocks)

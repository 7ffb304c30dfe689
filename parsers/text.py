"""The text of a message: flowed lines, and which lines are whose."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from parsers.htmlhints import Hint
from parsers.labels import before_separator, read_label
from parsers.mailheads import is_header_block

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
    r"(?:\b(?:wrote|writes|schrieb|geschrieben|ha scritto|schreef|escreveu|skrev|napisał\(?a?\)?|pisze|kirjoitti|написал(?:\(?\u0430\)?)?"
    r"|a scris|a écrit|escribió)\b.{0,200}:|\uff08.{0,80}\uff09?のメール:|写道\uff1a|写道:)\s*$",
    re.IGNORECASE,
)
_WROTE_START: Final = re.compile(
    r"^\s*(On|Am|Le|El|Il giorno|Il|Op|Em|A|Den|W dniu|Dnia|În|In data|Von|From|Pe data de)\b.*(\d|@|<)",
    re.IGNORECASE,
)
_FORWARD: Final = re.compile(
    r"^[-\s>*_]*(?:begin |start of )?(?:forwarded (?:message|mail|by\b.*)|weitergeleitete (?:nachricht|e-?mail)|weitergeleitet von\b.*"
    r"|anfang der weitergeleiteten (?:e-?mail|nachricht)|(?:début du )?(?:message|courriel|e-?mail) (?:transféré|réexpédié)"
    r"|(?:inicio del )?(?:mensaje|correo) reenviado|(?:inizio )?(?:del )?messaggio inoltrato"
    r"|(?:begin )?(?:doorgestuurd|doorgezonden) bericht|(?:início da )?mensagem (?:encaminhada|reencaminhada)"
    r"|(?:początek )?(?:wiadomość przekazana(?: dalej)?|przekazana wiadomość|(?:treść )?przekazan(?:ej|a) wiadomości?|przekazywanej wiadomości)"
    r"|(?:începutul )?mesaj(?:ului)? (?:redirecționat|redirectionat|transmis|trimis mai departe)|vidarebefordrat meddelande"
    r"|videresendt meddelelse|пересылаемое сообщение|転送されたメッセージ|转发的邮件)\s*[:\uff1a]?[-\s*_]*$",
    re.IGNORECASE,
)
_ORIGINAL: Final = re.compile(
    r"^[-\s>*_]{2,}(?:original (?:message|appointment|e-?mail)|ursprüngliche (?:nachricht|e-?mail)|original-?nachricht"
    r"|message d['\u2019]origine|message original|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original"
    r"|wiadomość oryginalna|oryginalna wiadomość|mesaj original|mesajul original|ursprungligt meddelande)[-\s*_]*$",
    re.IGNORECASE,
)
_SENT_FROM: Final = re.compile(
    r"^\s*(sent from (my |outlook|mail for|yahoo|proton|samsung)|get outlook for |sent with |von meinem .{1,40} gesendet|gesendet (von|mit) "
    r"|diese nachricht wurde von meinem|envoyé (de|depuis|à partir de) (mon|outlook|mail|yahoo)|enviado desde mi |enviado (do|a partir) meu "
    r"|inviato da(l mio)? |verstuurd vanaf |verzonden (vanaf|met) |wysłane z |trimis (de pe|din) |obtenir outlook|obtener outlook"
    r"|outlook für (ios|android))",
    re.IGNORECASE,
)
_REPLY_ABOVE: Final = re.compile(
    r"(reply|type your reply|replies|antwort(en)?|ihre antwort|répondre|répondez|responda|rispondi|antwoord)"
    r" (above|oberhalb|über|au-dessus|encima|por encima|sopra|boven)\b.{0,30}(line|linie|zeile|ligne|línea|linea|riga|regel)",
    re.IGNORECASE,
)
_ONLY_QUOTED_BELOW: Final = ("quoted", "forwarded")
_LONGEST_LINE: Final = 2000  # no header, mark or attribution is longer; regular expressions see no more


def split_blocks(
    text: str, hints: Sequence[Hint | None] = (), *, forwards: bool = False
) -> tuple[Block, ...]:
    """Return the text as blocks in order. Only tags, never removes: a wrong guess must not lose a request.

    Args:
        text: the lines of one view.
        hints: what the HTML says of each line; () for plain text.
        forwards: the subject says that the mail is passed on: then a bare header block begins what is passed on.
    """
    lines = split_lines(text)
    kinds: list[BlockKind] = []
    below: BlockKind = "own"  # what every following line is, once a reply or forward header was seen
    for at, line in enumerate(lines):
        hint = hints[at] if at < len(hints) else None
        if below not in _ONLY_QUOTED_BELOW:
            below = _begins(lines, at, hint, below, forwards=forwards)
        kinds.append(_kind(line, below, hint))
    _tag_attributions(lines, kinds)
    return _merge(lines, kinds)


def _begins(lines: list[str], at: int, hint: Hint | None, below: BlockKind, *, forwards: bool) -> BlockKind:
    """Return what this line and those after it are, unless each says of itself what it is."""
    line = lines[at]
    passed_on: BlockKind = "forwarded" if forwards else "quoted"
    if hint == "below":
        return "forwarded" if _FORWARD.match(line[:_LONGEST_LINE]) else passed_on
    if (hint == "quoted" or line.lstrip().startswith(">")) and not _leads(lines, at):
        return "own"  # below a signature people go on after a quotation
    opened = _opens(lines, at)
    if opened == "quoted" and (_ORIGINAL.match(line[:_LONGEST_LINE]) or is_header_block(lines, at)):
        return passed_on
    return opened or below


def _leads(lines: list[str], at: int) -> bool:
    """True for the first line of a quotation: a forward's mark further down belongs to somebody's older mail."""
    above = next((line for line in reversed(lines[max(0, at - 5) : at]) if line.strip()), "")
    return not above.lstrip().startswith(">") and not _WROTE.search(above[-_LONGEST_LINE:])


def _kind(line: str, below: BlockKind, hint: Hint | None) -> BlockKind:
    if below in _ONLY_QUOTED_BELOW:
        return below
    if hint is not None and hint != "below":
        return hint
    return "quoted" if line.lstrip().startswith(">") else below


def _opens(lines: list[str], at: int) -> BlockKind | None:
    """Return what starts at this line and goes on, if anything does."""
    line = lines[at][:_LONGEST_LINE]
    if _FORWARD.match(line):
        return "forwarded"
    if _ORIGINAL.match(line) or _REPLY_ABOVE.search(line) or is_header_block(lines, at):
        return "quoted"
    if _SENT_FROM.match(line) or (line in {"-- ", "--"} and not _states_login(lines[at + 1 :])):
        return "signature"
    return None


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


def agree(blocks: tuple[Block, ...], others: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the first view's blocks, its own lines retagged where the other view knows them only as somebody else's.

    What one view sees as quoted is quoted: a missed quotation gives wrong rows, a missed answer gives a question.
    """
    theirs: dict[str, BlockKind] = {}
    for block in others:
        for line in split_lines(block.text):
            key = _key(line)
            theirs[key] = "own" if "own" in (block.kind, theirs.get(key)) else block.kind
    lines: list[str] = []
    kinds: list[BlockKind] = []
    for block in blocks:
        for line in split_lines(block.text):
            lines.append(line)
            known = theirs.get(_key(line), "own") if _key(line) else "own"
            kinds.append(known if block.kind == "own" else block.kind)
    return _merge(lines, kinds)


def _key(line: str) -> str:
    return "".join(line.lstrip(" >").replace("*", "").split()).casefold()

"""Which of the times we offered an answer takes: "the second one is fine", "Tuesday is ok", below our own mail quoted."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from parsers.startwords import ASKS, MOVES, NOT, SMALL, SUITS
from parsers.text import Block
from parsers.when import parse_start
from parsers.whenstart import Start
from parsers.whenwords import plain

if TYPE_CHECKING:
    from parsers.whentokens import Token

MOST_SLOTS: Final = 5
_MOST_LINES: Final = 400  # of a quote
_MOST_ANSWERS: Final = 8  # lines of an answer looked at
_LONGEST: Final = 100  # characters of a line that offers or takes a time
_OFFSET: Final = re.compile(r"\bUTC(?P<sign>[+\-\u2212])(?P<h>\d\d):(?P<m>\d\d)\)?\W*$")
_ORDINALS: Final = tuple(
    re.compile(rf"(?:{names})$")
    for names in (
        r"first|1st|1\.?|erste[rns]?|premiere?|1ere?|primer[oa]?|prim[oa]|eerste|1e|primeir[oa]|pierwsz\w{1,3}|prim(?:ul|a)|1[oa]",
        r"second|2nd|2\.?|zweite[rns]?|deuxieme|2eme|2e|segund[oa]|second[oa]|tweede|drug\w{1,3}|doilea|doua|2[oa]",
        r"third|3rd|3\.?|dritte[rns]?|troisieme|3eme|3e|tercer[oa]?|terz[oa]|derde|terceir[oa]|trzec\w{1,3}|treilea|treia|3[oa]",
    )
)
_LAST: Final = re.compile(
    r"(?:last|latest|letzte[rns]?|spateste[rns]?|dernier|derniere|ultim[oa]l?|laatste|ostatni\w{0,3})$"
)
_EARLIEST: Final = re.compile(
    r"(?:earliest|soonest|fruheste[rns]?|fruhestmogliche[rns]?|plus tot|prim[oa] disponib\w+|vroegste|najwczesniejsz\w+)$"
)
_PRIMA: Final = ("la", "alla")
_NOUN: Final = re.compile(
    r"(?:one|ones|option|slot|time|date|choice|proposal|suggestion|appointment|number|no|nr|termin|vorschlag|zeitpunkt|zeit|variante|moglichkeit|nummer|creneau|date|proposition|horaire|numero|choix"
    r"|opcion|fecha|propuesta|hora|opzione|data|proposta|orario|optie|tijdstip|voorstel|moment|datum|opcao|horario|opcja|propozycj\w|optiune\w?|varianta|takes?|al|a)$"
)
_SMALL: Final = frozenset(
    {"por", "favor", "s'il", "vous", "plait", "va", "rog", "lot", "regards", "gruss", "grusse", "saluti"}
)
_UNDECIDED: Final = re.compile(
    r"\b(?:but|or|except|unless|aber|oder|ausser|mais|ou|sauf|pero|salvo|ma|oppure|tranne|maar|of|behalve|mas|ale|albo|lub|dar|sau|(?<=[^\W\d] )o)\b"
)
_TIMES: Final = frozenset({"date", "weekday", "relative", "time", "hour", "part"})


@dataclass(frozen=True, slots=True)
class _Slot:
    """One time we offered: its instant, and what the line showed."""

    utc: datetime
    wall: datetime  # naive


def offered_lines(blocks: Iterable[Block]) -> tuple[str, ...]:
    """Return the lines of quotes that may be times we offered; () unless there are two of them at least."""
    lines = [line for block in blocks if block.kind == "quoted" for line in block.text.split("\n")]
    found = [
        line.strip(" \t>-*\u2022\u00b7") for line in lines[:_MOST_LINES] if _OFFSET.search(line[-_LONGEST:])
    ]
    kept = tuple(dict.fromkeys(line for line in found if len(line) <= _LONGEST))
    return kept[:MOST_SLOTS] if len(kept) > 1 else ()


def choose_slot(lines: Sequence[str], own: str, now: datetime) -> Start | None:
    """Return the one offered time an answer takes; "ambiguous" where it takes several or none of them.

    None where it speaks of no offered time at all. An answer with a condition ("or", "but not", a question) takes none.

    Args:
        lines: what `offered_lines` found.
        own: the writer's own lines.
        now: aware; when the answer was written.
    """
    slots = [slot for line in lines if (slot := _slot(line, now)) is not None]
    if len(slots) < 2:
        return None
    picks = [
        (line.strip(), pick)
        for line in own.split("\n")[:_MOST_ANSWERS]
        if 0 < len(line) <= _LONGEST and (pick := _picked(line, slots, now)) is not None
    ]
    if not picks:
        return None
    said = picks[0][0]
    chosen = [slot for slot in slots if all(slot in pick for _, pick in picks)]
    if len(chosen) == 1:
        moment = chosen[0].utc
        return Start(said=said, utc=moment, problem="past" if moment <= now else None)
    choices = tuple(slot.utc for slot in chosen or slots if slot.utc > now)
    return Start(said=said, problem="ambiguous", choices=choices[:3])


def _slot(line: str, now: datetime) -> _Slot | None:
    read, offset = parse_start(line, now=now - timedelta(days=30), zone="UTC"), _OFFSET.search(line)
    if read.utc is None or read.problem or offset is None:
        return None
    away = timedelta(hours=int(offset["h"]), minutes=int(offset["m"]))
    there = timezone(away if offset["sign"] == "+" else -away)
    return _Slot(read.utc, read.utc.astimezone(there).replace(tzinfo=None))


def _picked(line: str, slots: list[_Slot], now: datetime) -> list[_Slot] | None:
    """Return the slots a line may mean; None when it speaks of none, [] when it speaks of another or leaves it open."""
    from parsers.whenscan import scan

    text = plain(line)
    places, rest = _by_place(text, len(slots))
    tokens = scan(rest)
    if not places and not any(token.kind in _TIMES for token in tokens):
        return None
    unknown = [token.value for token in tokens if token.kind not in _TIMES | {"particle"}]
    words = [word for value in unknown for word in re.findall(r"[^\W\d_][\w']+", str(value))]
    asks = "?" in text and not ASKS.search(text)
    if asks or _UNDECIDED.search(text) or NOT.search(f"{text} ") or not all(map(_is_small, words)):
        return [] if places else None
    fitting = [slot for number, slot in enumerate(slots) if not places or number in places]
    return [slot for slot in fitting if all(_fits(slot, token, now) for token in tokens)]


def _by_place(text: str, count: int) -> tuple[set[int], str]:
    """Return the places named ("the second one", "option 2", "the last"), and the text without them."""
    found: set[int] = set()
    said = text.split()
    words = [word.strip(".,;:!?()\"'#") for word in said]
    rest = list(words)
    for at, word in enumerate(words):
        place = next((n for n, one in enumerate(_ORDINALS) if one.match(word)), None)
        if place is None and (_LAST.match(word) or _EARLIEST.match(word)):
            place = count - 1 if _LAST.match(word) else 0
        if place is None or not (
            _stands_for_a_slot(words, at) or (said[at][-1] in ",;!" and not word.isdigit())
        ):
            continue
        found.add(place)
        beside = [near for near in (at - 1, at + 1) if 0 <= near < len(words) and _NOUN.match(words[near])]
        for one in (at, *beside):
            rest[one] = ""
    return found, " ".join(word for word in rest if word)


def _stands_for_a_slot(words: list[str], at: int) -> bool:
    """Say whether an ordinal is said of a time: a word for one beside it, or nothing but small words around it.

    A digit needs such a word, or to be the whole answer: "2 mailboxes", "am 2. Dezember" are none.
    """
    before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
    if words[at].isdigit():
        return len(words) == 1 or bool(_NOUN.match(before))
    if words[at] == "prima" and not (before in _PRIMA or _NOUN.match(after)):
        return False  # "prima!" is well
    return not after or bool(_NOUN.match(after) or _UNDECIDED.search(f" {after} ")) or _is_small(after)


def _is_small(word: str) -> bool:
    return (
        word in SMALL | _SMALL
        or len(word) < 2
        or bool(_NOUN.match(word) or ASKS.fullmatch(word) or SUITS.fullmatch(word) or MOVES.fullmatch(word))
    )


def _fits(slot: _Slot, token: "Token", now: datetime) -> bool:
    day = slot.wall.date()
    if token.kind == "weekday":
        return day.weekday() == int(token.value)
    if token.kind == "date":
        return any(
            one.day == day.day and one.month in (0, day.month) and one.year in (None, day.year)
            for one in token.value
        )
    if token.kind == "relative":
        return day == now.date() + timedelta(days=int(token.value))
    if token.kind == "time":
        return (slot.wall.hour, slot.wall.minute) == tuple(token.value)
    if token.kind == "hour":
        hour, minute = token.value if isinstance(token.value, tuple) else (token.value, 0)
        return (slot.wall.hour % 12, slot.wall.minute) == (hour % 12, minute)
    return token.kind != "part" or _in_part(slot.wall.hour, str(token.value))


def _in_part(hour: int, part: str) -> bool:
    hours = {
        "morning": range(5, 12),
        "noon": range(11, 15),
        "afternoon": range(12, 18),
        "evening": range(17, 24),
    }
    return hour in hours.get(part, (*range(20, 24), *range(6)))

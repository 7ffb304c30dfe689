"""Which of the times in a sentence is the wanted start: told by what governs it, the move or another matter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from parsers.startwords import (
    ASKS,
    DAY_WORD,
    MOVES,
    NOT,
    OTHER_MATTER,
    SMALL,
    SUBJECT,
    SUITS,
    TIME_NOUN,
    TOLD,
    US,
)
from parsers.whenwords import HOLIDAY, plain

if TYPE_CHECKING:
    from parsers.whentokens import Token

_DAYS: Final = frozenset({"date", "weekday", "relative", "elapsed"})
_CORE: Final = frozenset({"date", "relative", "elapsed", "time"})
_GLUE: Final = frozenset({"particle", "range", "maybe-or", "or", "this", "next", "part", "earliest", "hour"})
_TRIMMED: Final = frozenset({"particle", "range", "maybe-or", "or"})
_JOINS: Final = re.compile(
    r"[,;]| so | und | and | et | y | e | i | si | en | ale | but | aber | mais | pero | ma | maar | mas | dar "
)
_CLOCKS: Final = re.compile(
    r"(?:\b|\()(?:time|uhrzeit|zeit|tijd|heure|hora|ora|horario|orario|fuso|fuseau|ortszeit|zeitzone|timezone|tijdzone|czasu)\b"
)
_REFUSED: Final = re.compile(
    r"^[^,;.]{0,25}\b(?:not|n't|\w{2,6}n't|cannot|nicht|pas|no|non|niet|nao|nie|nu)\b"
)
# A number right behind a time belongs to it; one nobody understands has to be asked about.
_HOLIDAY: Final = re.compile(HOLIDAY)
_CAPITALS: Final = re.compile(r"\(?[A-Z]{2,4}T\)?\W{0,3}$")  # "AEDT": a zone, whichever it is
_BESIDE: Final = re.compile(r" (?:(?:the|den|le|el|il|dem|de) )?\d\S{0,12}")
_FIRST: Final = 3  # characters before a move that begins a sentence
_SHORT: Final = 60
_ONE_WORD: Final = 10  # "Guten Morgen" names no day
_EXAMPLE: Final = re.compile(
    r"\b(?:for example|e\.g|z\.b|zum beispiel|par exemple|por ejemplo|ad esempio|bijvoorbeeld|por exemplo|na przyklad|de exemplu)\b"
)
_HOURS: Final = re.compile(
    r"(?<![\d.:])\d{1,2}(?:[:.h]\d\d)? ?(?:uhr|h)? ?[-\u2013\u2014] ?\d{1,2}(?:[:.h]\d\d)?(?![\d.])"
)  # twice in a line nobody asks in: when somebody is open, "Mo-Do 8-12 und 14-18 Uhr"
_PARTICLE: Final = re.compile(r"[ ,](?:on|the|am|le|el|il|op|em|no|w|dnia|pe|of|de|del) ?$")
_DASHES: Final = frozenset("-\u2013\u2014")
_EDGES: Final = " ()/|,-"
_MOST_REST: Final = 600  # characters of a sentence looked at around one time


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence in its plain form, and where each of its words came from."""

    text: str
    words: tuple[str, ...]
    starts: tuple[int, ...]  # of each word, in `text`

    def said(self, start: int, end: int) -> str:
        """Return the words as written that the stretch of plain text touches."""
        places = [
            at
            for at, begin in enumerate(self.starts)
            if begin < end and begin + len(plain(self.words[at])) > start
        ]
        return " ".join(self.words[places[0] : places[-1] + 1]) if places else ""

    def word_at(self, place: int) -> int:
        """Return where the word around a place of the plain text begins."""
        return max(begin for begin in self.starts if begin <= place)

    def zone_after(self, end: int) -> int:
        """Return where a zone named right behind ends; `end` itself when none is.

        A clock we do not know ("heure de Tombouctou") belongs to the phrase, too: whoever reads it has to ask.
        """
        from parsers.whenplace import read_places
        from parsers.whenzone import read_zones

        following = [at for at, begin in enumerate(self.starts) if begin >= end][:7]
        for count in range(len(following), 0, -1):
            tail = " ".join(self.words[at] for at in following[:count]).rstrip(".,;!?")
            if not read_zones(tail).rest.strip(_EDGES) or not read_places(plain(tail)).rest.strip(_EDGES):
                return self._end_of(following[count - 1])
        tail = " ".join(plain(self.words[at]) for at in following)
        if following and _CAPITALS.match(self.words[following[0]]):
            return self._end_of(following[0])
        clock = _CLOCKS.search(re.split(r"[,;.!?]", tail)[0])
        if clock is None:
            return end
        last = len(tail[: clock.end()].split()) - 1
        leads = clock.start() <= 1
        return self._end_of(following[min(last + (3 if leads else 0), len(following) - 1)])

    def _end_of(self, word: int) -> int:
        return self.starts[word] + len(plain(self.words[word]))


def words_of(sentence: str) -> Words:
    """Return the words of a sentence with their places."""
    words = tuple(word for word in sentence.split() if plain(word))
    starts: list[int] = []
    at = 0
    for word in words:
        starts.append(at)
        at += len(plain(word)) + 1
    return Words(" ".join(plain(word) for word in words), words, tuple(starts))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A start a sentence names, as written. Not sure: nothing says whether the move is meant, and it has to be asked."""

    said: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of the plain text that names a time."""

    start: int
    end: int
    after_deadline: int | None  # where the time begins behind "before", "until"; None = it is no deadline
    full: bool  # names day and clock time
    opens: bool  # "from Saturday 20:00 on"


def read_clauses(sentence: Words) -> Iterator[Wanted]:
    """Yield the starts a sentence names. Linear in its length, which the caller limits."""
    if not DAY_WORD.search(sentence.text):
        return
    asks = ASKS.search(sentence.text) is not None
    if not asks and not MOVES.search(sentence.text) and len(_HOURS.findall(sentence.text)) > 1:
        return
    runs = list(_joined(sentence.text))
    for number, run in enumerate(runs):
        before = sentence.text[runs[number - 1].end if number else 0 : run.start]
        after = sentence.text[
            run.end : runs[number + 1].start if number + 1 < len(runs) else len(sentence.text)
        ]
        wanted = _wanted(run, before[-_MOST_REST:], after[:_MOST_REST], asks=asks)
        if wanted is None:
            continue
        begin, sure = wanted
        beside = _BESIDE.match(sentence.text, run.end)
        said = _bare(sentence.said(begin, sentence.zone_after(beside.end() if beside else run.end)))
        yield Wanted(said, sure)


def time_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each stretch of plain text that names a time begins and ends."""
    return ((run.start, run.end) for run in _joined(text))


def _wanted(run: _Run, before: str, after: str, *, asks: bool) -> tuple[int, bool] | None:
    """Return where the phrase begins and whether it is surely the start; None: it is none."""
    near = re.split("[,;]", after, maxsplit=1)[0]
    refused = NOT.search(before)
    if run.after_deadline is not None and not (refused and (run.full or MOVES.search(before))):
        return None
    governed = _governed_by_move(_JOINS.split(before + " ")[-1], near)
    declined = _REFUSED.search(near) is not None
    if governed is False or _EXAMPLE.search(before) or (declined and not (asks and run.full)):
        return None
    if run.after_deadline is not None:
        return run.after_deadline, True
    if refused and not (run.full or (asks and MOVES.search(before))):
        return None  # "not on the weekend"
    begin = refused.start() if refused else run.start
    sure = _is_wish(run, before, after, asks=asks)
    here = f"{re.split('[,;]', before)[-1]} {near}"
    others = _tells_of_others(here) and not ASKS.search(here)
    if not sure and (not run.full or (others and not asks) or _tells_of_others(f"{before} {after}")):
        return None
    return begin, sure and governed is not None and not declined and not others


def _tells_of_others(rest: str) -> bool:
    """Say whether a statement is of somebody else, and neither of the move nor of a time: "the electrician comes …"."""
    if MOVES.search(rest) or SUITS.search(rest) or US.search(rest):
        return False
    return any(TIME_NOUN.match(found[1]) is None for found in SUBJECT.finditer(rest))


def _is_wish(run: _Run, before: str, after: str, *, asks: bool) -> bool:
    """Say whether the words around a time make a wish of it: it is asked for, judged, or stands alone."""
    near = re.split("[,;]", after, maxsplit=1)[0]
    clause = before + "\n" + near
    moves = MOVES.search(clause)
    if SUITS.search(clause) or (_says_nothing_else(before + " " + after) and (run.full or asks)):
        return True
    here = ASKS.search(_JOINS.split(before + " ")[-1] + "\n" + near)
    if (asks and (here or moves)) or (
        moves is not None
        and moves.start() <= _FIRST
        and len(clause) < _SHORT
        and not US.match(clause)  # "we moved house on Friday"
    ):
        return (
            run.full or moves is not None or (len(clause) < _SHORT and run.end - run.start > _ONE_WORD)
        )  # "Da spostare la prossima settimana"
    return run.full and (moves is not None or run.opens) and not TOLD.search(clause)


def _governed_by_move(piece: str, near: str) -> bool | None:
    """Say whether the move, and no other matter, is what happens then. None: both are spoken of.

    "the invoice of …" is another matter; "our contract ends, please start on …" is the move: the word nearest before the
    time decides, and before it stands a wish.
    """
    others, moves = list(OTHER_MATTER.finditer(piece)), list(MOVES.finditer(piece))
    if others:
        if not moves or moves[-1].start() < others[-1].start():
            return False
        return True if ASKS.search(piece, others[-1].end()) else None
    other, move = OTHER_MATTER.search(near), MOVES.search(near)
    return bool(other is None or moves or (move is not None and move.start() < other.start()))


def _says_nothing_else(rest: str) -> bool:
    """Say whether what stands around a time is only small words: "ok, …then", "… would be fine for us"."""
    left = [word for word in re.findall(r"[^\W\d_][\w']*", rest) if word not in SMALL and len(word) > 1]
    return all(ASKS.fullmatch(word) or SUITS.fullmatch(word) or MOVES.fullmatch(word) for word in left)


def _bare(said: str) -> str:
    said = said.strip(" .,;!?")
    return said if said.count("(") == said.count(")") else said.strip("()")


def _joined(text: str) -> Iterator[_Run]:
    """Yield the stretches; a zone between a clock time and its day parts nothing: "9am London time on 10 December"."""
    last: _Run | None = None
    for run in _runs(text):
        if last and not last.full and not run.full and _is_zone(text[last.end : run.start]):
            last = replace(last, end=run.end, full=True)
            continue
        if last:
            yield last
        last = run
    if last:
        yield last


def _is_zone(text: str) -> bool:
    """Say whether the words between two times name a zone and nothing else."""
    from parsers.whenplace import read_places
    from parsers.whenzone import read_zones

    bare = _PARTICLE.sub("", text).strip(_EDGES)
    if not bare or len(bare) > _SHORT:
        return False
    return not read_zones(bare.upper()).rest.strip(_EDGES) or not read_places(bare).rest.strip(_EDGES)


def _runs(text: str) -> Iterator[_Run]:
    """Yield every stretch of the plain text that names a time."""
    from parsers.whenscan import scan
    from parsers.whentokens import Token

    run: list[Token] = []
    for token in _with_dashes([*scan(text), Token("unknown", "", len(text), len(text))]):
        if _breaks(run, token):
            yield from _trimmed(run)
            run = []
        if _belongs(token):
            if not (token.kind == "relative" and token.value < 0):  # "hier" is German, too
                run.append(token)
            continue
        yield from _trimmed(run)
        run = []


def _with_dashes(tokens: list["Token"]) -> Iterator["Token"]:
    """Yield the tokens; the dash of "Mon-Fri" and of "Saturday - 22:00" belongs to the time."""
    for at, token in enumerate(tokens):
        before = tokens[at - 1].kind if at else ""
        after = tokens[at + 1].kind if at + 1 < len(tokens) else ""
        dash = token.kind == "unknown" and token.value in _DASHES
        joins = before == "weekday" and after in {"weekday", "time", "hour"}
        yield replace(token, kind="range") if dash and joins else token


def _belongs(token: "Token") -> bool:
    vague = token.kind == "vague" and (
        any(part in token.value for part in (" ", "week", "woche"))
        or _HOLIDAY.fullmatch(token.value) is not None
    )
    return token.kind in _CORE | _GLUE | {"weekday", "deadline"} or vague


def _breaks(run: list["Token"], token: "Token") -> bool:
    """A second day behind a day with its clock time begins another one: "Sunday at 23:00, Saturday we have …"."""
    kinds = {one.kind for one in run}
    last = next((one.kind for one in reversed(run) if one.kind != "particle"), None)
    joined = last in {"or", "maybe-or"} or (last == "range" and "vague" not in kinds)
    both = (kinds & _DAYS and kinds & {"time", "hour"}) or "vague" in kinds
    return bool(
        both
        and not joined
        and token.kind in {"weekday", "date"}
        and (token.kind in kinds or not kinds & _DAYS)
    )


def _trimmed(run: list["Token"]) -> Iterator[_Run]:
    while run and (
        run[0].kind in _TRIMMED or (run[0].kind == "this" and [t.kind for t in run[1:2]] != ["weekday"])
    ):
        run = run[1:]
    while run and run[-1].kind in _TRIMMED | {"earliest", "deadline", "this", "next"}:
        run = run[:-1]
    kinds = {token.kind for token in run}
    long = any(token.kind == "weekday" and token.end - token.start > 4 for token in run)
    if not (kinds & _CORE or long or "vague" in kinds):  # "mon" and "sat" alone are words of their own
        return
    midnight = any(token.kind == "part" and token.value == "midnight" for token in run)
    timed = kinds & {"time", "hour"} or midnight
    days = sum(token.kind == "weekday" for token in run)
    full = bool((kinds & {"date", "weekday", "relative"} and timed) or "elapsed" in kinds)
    if (
        days > 1 and timed and not kinds & {"date", "or", "maybe-or"}
    ):  # "Mon-Fri 9:00-17:00" are somebody's hours
        return
    deadline = run[1].start if run[0].kind == "deadline" and len(run) > 1 else None
    yield _Run(run[0].start, run[-1].end, deadline, full, run[0].kind == "earliest")

"""Where a letter asks for a start in a sentence: "please migrate us on Saturday at 22:00", "bitte am 5.12. umziehen"."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from parsers.labels import read_label
from parsers.startclause import Wanted, read_clauses, words_of
from parsers.startopen import open_starts
from parsers.startwords import ASKS, MOVES, SECRET, SMALL
from parsers.whenwords import plain

_LONGEST_SENTENCE: Final = 600  # characters; who asks for a time needs fewer
_MOST_SENTENCES: Final = 5_000
_MOST_WISHES: Final = 40  # sentences looked at closely; a letter has two or three
_SENTENCE_END: Final = re.compile(
    r"(?P<before>[^\W\d_]{0,12}|\d)[.!?]\s+(?=(?P<after>[^\W_]{1,20}|.))|\n\s{0,80}\n|;\s"
)
_SHORTENED: Final = frozenset(
    re.findall(
        r"\w+",
        """mo di mi do fr sa so mon tue tues wed thu thur thurs fri sat sun lun mar mer jeu ven sam dim mie jue vie sab dom gio za zo
        ma wo vr jan janv feb febr fev fevr mrz apr avr abr jun jul juil aug ago sep sept okt oct ott nov dez dec dic m b
        ca godz ok hrs bzw inkl nr dr hr st approx usw etc ggf evtl""",
    )
)
_ABBREVIATED: Final = (
    3  # letters before a stop behind which no sentence begins: "10 grudnia br. o godzinie 22:30"
)
_DAY_BEGINS: Final = re.compile(
    r"(?:on|am|le|el|il|op|em|no|w|we|starting|ab)\b.{0,3}(?:\d|mon|tue|wed|thu|fri|sat|sun|die|mit|don|fre|sam|son|lun|mar|mer|jeu|ven|dim|mie|jue|vie|sab"
    r"|dom|gio|maa|din|woe|vri|zat|zon|seg|ter|qua|qui|sex|pon|wto|sro|czw|pia|sob|nie)"
)
_WHOLE_DAY: Final = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|miercoles|jueves|viernes|sabado|domingo|(?:lune|marte|mercole|giove|vener)di|sabato|domenica|(?:maan|dins|woens|donder|vrij|zater|zon)dag"
    r"|(?:segunda|terca|quarta|quinta|sexta)|poniedzialek|wtorek|czwartek|piatek|niedziela|luni|marti|miercuri|vineri|sambata|duminica"
)
_ROW_BEGINS: Final = re.compile(
    r"\s{0,20}[^\s@]{1,64}@[^\s@,;:|/]{1,255}(?:[,;:|/]|\s{1,20}(?:[|/;,:=\u2013\u2014-]|->|=>))"
)  # a bare row
_BEHIND: Final = re.compile(r"(?<=[^\W_][.!?]) (?=[^\W\d_][^\W\d_]+ )|(?<=\)[.!?]) (?=[^\W\d_])")
_ADDRESS: Final = re.compile(r"\S@\S")
_LONGEST_LABEL: Final = 60
_LABEL_LAST: Final = re.compile(
    rf"(?:{SECRET.pattern})\w{{0,12}}(?: (?:is|ist|lautet|est|es|e|jest|este))?\W{{0,9}}$|:$"
)
_MOST_LINES: Final = 200
_LONGEST_LINE: Final = 90  # characters


def read_starts(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return every wanted start that sentences ask for, as written, each once; and the times that may be one.

    A time counts where the move governs it, or where it is judged itself ("would be perfect"): a wish that is overlooked
    would have the copy begin at once. A date that merely occurs (a contract's end, the day of the MX switch, a deadline, an
    example) is none. Of those that may be one nothing says whether the move is meant: they have to be asked about.
    Linear; never raises.
    """
    wanted = _wanted(text)
    sure, doubtful = (
        tuple(dict.fromkeys(one.said for one in wanted if one.sure is wish)) for wish in (True, False)
    )
    return sure, doubtful


def read_open_starts(text: str) -> tuple[str, ...]:
    """Return what asks for a start without a time of its own: it has to be asked about where no other is named."""
    return tuple(islice(dict.fromkeys(open_starts(_sentences(_without_values(text)))), _MOST_WISHES))


def read_start_phrases(text: str) -> tuple[str, ...]:
    """Return the wanted starts of `read_starts` that are sure."""
    return read_starts(text)[0]


def _wanted(text: str) -> list[Wanted]:
    found = (
        wanted
        for sentence in _sentences(_without_values(text))
        for wanted in read_clauses(words_of(sentence))
    )
    return list(islice(found, _MOST_WISHES))


def _without_values(text: str) -> str:
    """Return the text without the lines that hold a labelled value, an address or a password: none of it is a sentence.

    Above all no password may ever be repeated as somebody's wanted start.
    """
    kept: list[str] = []
    value_below = False
    for line in text.split("\n"):
        before, mark, after = line.replace("\uff1a", ":").partition(":")
        label = read_label(before.strip(" \t\u00a0*_-")) if mark or len(line) <= _LONGEST_LABEL else None
        secret = (
            _ADDRESS.search(line) is not None or SECRET.search(plain(line[:_LONGEST_SENTENCE])) is not None
        )
        labelled = label is not None and label.field != "start"
        silent = labelled or (value_below and line.strip())
        kept.append("" if silent else _spoken(line) if secret else line)
        value_below = (
            _awaits_value(line, after, secret=secret, labelled=labelled) if line.strip() else value_below
        )
    return "\n".join(kept)


def _awaits_value(line: str, after: str, *, secret: bool, labelled: bool) -> bool:
    """Say whether the value of a label is on the next line: nothing stands behind it."""
    if labelled:
        return not after.strip()
    return secret and _LABEL_LAST.search(plain(line[-_LONGEST_LABEL:])) is not None


def _spoken(line: str) -> str:
    """Return of a line with an address or a password what may ask for a start: nothing of either, nor of a bare row.

    "Please move anna@x.example on Saturday at 22:00, password Secret1": the words before the password, and behind it
    what begins like a day ("…, on Sunday at 20:00").
    """
    words = line[:_LONGEST_SENTENCE].split()
    secret = next(
        (at for at in range(len(words)) if SECRET.search(plain(" ".join(words[max(0, at - 2) : at + 1])))),
        len(words),
    )
    before = " ".join(
        f"x{word[-1] if word[-1] in '.!?,' else ''}" if "@" in word else word for word in words[:secret]
    )
    folded = plain(before)
    asks = not _ROW_BEGINS.match(line) and (ASKS.search(folded) or MOVES.search(folded))
    hidden, *behind = _BEHIND.split(" ".join(words[secret:]), maxsplit=1)
    parts = [(part, plain(part).lstrip()) for part in re.split("[,;)]", hidden)[1:]]
    days = [part for part, said in parts if _DAY_BEGINS.match(said) or _WHOLE_DAY.match(said)]
    return (
        f"{before if asks else '; please'} {'; please '.join(days)}" + ("" if asks else "; ")
        if asks or days
        else ""
    ) + "".join(f". {sentence}" for sentence in behind)


def read_lone_start(text: str) -> str | None:
    """Return the start an answer states without any verb ("Saturday 5 December, 22:00 is fine"), as written.

    Only for an answer on a thread of ours, where we asked for it: the whole of one sentence has to be a day and a clock time,
    or "as soon as possible", with nothing around it but words of assent; and no second line may be another one.
    """
    from parsers.whenscan import scan

    found = []
    lines = (part for line in text.split("\n")[:_MOST_LINES] for part in _split(line))
    for line in islice(lines, _MOST_LINES):
        if not 0 < len(line) <= _LONGEST_LINE:
            continue
        words = words_of(line)
        tokens = [token for token in scan(words.text) if token.value not in SMALL]
        kinds = {token.kind for token in tokens}
        timed = kinds & {"date", "weekday", "relative", "elapsed"} and kinds & {"time", "hour", "elapsed"}
        if not (timed or kinds - {"particle"} == {"soon"}):
            continue
        strange = next((token.start for token in tokens if token.kind == "unknown"), None)
        end = tokens[-1].end if strange is None else words.zone_after(words.word_at(strange))
        if strange is None or end == len(words.text):
            found.append(words.said(tokens[0].start, end).strip(" .,;!?"))
    return found[0] if len(set(found)) == 1 else None


def _sentences(text: str) -> Iterator[str]:
    for number, sentence in enumerate(_split(text)):
        if number >= _MOST_SENTENCES:
            return
        if len(sentence) <= _LONGEST_SENTENCE:
            yield sentence


def _split(text: str) -> Iterator[str]:
    from parsers.whenwords import MONTHS

    begin = 0
    for mark in _SENTENCE_END.finditer(text):
        before, after = mark["before"] or "", mark["after"] or ""
        if before.isdigit() and (
            after[:1].isdigit() or after[:1].islower() or _is_month(plain(after), MONTHS)
        ):
            continue  # "5. Dezember", "5. 12.", "am 4.12. um 20 Uhr"
        if before and (plain(before) in _SHORTENED or (len(before) <= _ABBREVIATED and after[:1].islower())):
            continue
        yield text[begin : mark.end()]
        begin = mark.end()
    yield text[begin:]


def _is_month(word: str, months: tuple[str, ...]) -> bool:
    return any(word in names.split("|") for names in months)

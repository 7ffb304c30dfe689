"""A start that is asked for by an event, not by a clock: "start when we are gone", "we close Friday at 17:00; begin then".

Nobody here can tell when that is, and a wish that is overlooked would have the copy begin at once: it is asked about.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from parsers.startclause import words_of
from parsers.startwords import ASKS, MOVES

_LONGEST: Final = 120  # characters of a phrase that is repeated in the question
_BEGIN: Final = re.compile(
    r"\b(?:start(?:en|ing|et)?|begin(?:nen|ning|t)?|go ahead|kick off|loslegen|losgehen|anfangen|fang\w* an|umzieh\w*|commenc\w+|demarr\w+|debut\w+|empez\w+|empiec\w+"
    r"|comenz\w+|comienc\w+|inici\w+|iniz\w+|cominci\w+|partire|comec\w+|zacz\w+|zaczn\w+|rozpocz\w+|incep\w*|do it|do this|do that|run it)\b"
)
_THEN: Final = re.compile(
    r"(?<!before )(?<!until )(?<!by )(?<!bis )(?<!vor )\b(?:then|after that|afterwards|after this|from then on|right after|thereafter|danach|dann|anschliessend|hinterher|ab da|ensuite|apres(?: cela| ca)?|puis|a ce moment"
    r"|despues|entonces|luego|a partir de ahi|dopo|poi|allora|a quel punto|daarna|dan|vervolgens|depois|entao|potem|wtedy|nastepnie|apoi|dupa aceea|atunci)\b"
)
_AFTER: Final = (
    r"(?:(?:right |only |straight |shortly )?(?:after|when|once|as soon as|the moment|until after)|nachdem|sobald|wenn|erst wenn|nach|apres(?: que)?|quand|lorsque|des que|une fois que"
    r"|cuando|en cuanto|despues de(?: que| el| la|l)?|una vez que|tras|quando|appena|dopo(?: che)?|una volta che|zodra|nadat|wanneer|als|assim que|depois (?:de|da|do|que)|gdy|kiedy|jak tylko|po tym jak|cand|dupa(?: ce)?|imediat ce)"
)
# What comes then is ours to do, or the move itself, or nobody's affair: no wish for another time.
_OURS: Final = re.compile(
    r"(?:you|it|this|that's?|these|they|done|ready|finished|complete\w*|possible|convenient|able|sie|ihr|es|das|alles|moglich|fertig|vous|tu|c'est|possible|pret|usted\w*|puedan?|pueden|podais|sea|este|posib\w*|lei|voi|possib\w*|potete|puo|pronto"
    r"|jullie|u|het|je|mogelijk|klaar|voce|puder\w*|possivel|pan\w*|mozliw\w*|tylko|se|puteti|checking|receiving|reading|erhalt|eingang|reception|recib\w*|ricez\w*|ontvangst|asked|requested)\b"
)
_STATED: Final = re.compile(rf"\b(?P<after>{_AFTER}) (?P<what>(?:[^\s,;.!?()]+ ?){{1,14}})")
_HOURS: Final = re.compile(
    r"\b(?:after (?:hours|work|office hours|business hours|closing(?: time)?|lunch)|out(?:side)?(?: of)? (?:office|business|working|opening) hours|overnight|over night|during the night|at night|in the (?:evening|night)"
    r"|nach (?:feierabend|buroschluss|geschaftsschluss|dienstschluss|ladenschluss)|ausserhalb (?:der|unserer) (?:geschafts|buro|arbeits|offnungs)zeiten|uber nacht|nachts|abends|am abend|in der nacht"
    r"|en dehors des heures\b[^,;.]{0,20}|(?:pendant|dans|durant) la nuit|de nuit|le soir|fuera d(?:e|el) horario\b[^,;.]{0,20}|por la noche|durante la noche|fuori (?:orario|dall'orario)\b[^,;.]{0,20}|di notte|durante la notte|la sera"
    r"|buiten (?:kantooruren|kantoortijden|werktijd\w*)|'?s (?:avonds|nachts)|fora do horario\b[^,;.]{0,20}|a noite|durante a noite|po godzinach|w nocy|wieczorem|noaptea|seara|in afara programului"
    r"|at the (?:time|date|hour) (?:we |you )?(?:agreed|discussed|arranged)\b[^,;.]{0,20}|(?:zum|am) (?:vereinbarten|besprochenen|abgesprochenen) (?:zeitpunkt|termin|tag)|a l'heure convenue|a la (?:hora|fecha) (?:acordada|convenida)"
    r"|all'ora (?:concordata|stabilita)|op het afgesproken (?:tijdstip|moment)|na hora (?:combinada|acordada))"
)
_NOT: Final = re.compile(r"\b(?:not|n't|\w{2,6}n't|never|nicht|kein\w*|pas|no|non|niet|geen|nao|nie|nu)\b")
_TELL: Final = re.compile(
    r"\b(?:tell|inform|know|notify|confirm|(?:e-?mail|write|call) (?:me|us|back|to)|contact|sag\w*|meld\w*|informier\w*|bescheid|ruf\w*|dites|inform\w+|prevenez|avis\w+|digan?|dite\w*|avvis\w+|laat|weten|bel|diga\w*|daj\w*|anunt\w+|question\w*|frage\w*|need)\b"
)


def open_starts(sentences: Iterable[str]) -> Iterator[str]:
    """Yield what asks for a start without naming its time, as written; "then" stands with the time it speaks of.

    Linear in the text; each sentence is looked at once with the one before it.
    """
    for last, sentence in pairwise(("", *sentences)):
        words = words_of(sentence)
        if not (MOVES.search(words.text) or _BEGIN.search(words.text)):
            continue
        found = _event(words.text) or _hour(words.text)
        if found is not None:
            yield words.said(*found).strip(" .,;!?()")[:_LONGEST]
        elif _refers_back(words.text) and (said := _time_in(last)):
            yield said


def _event(text: str) -> tuple[int, int] | None:
    """Return where "when we are gone" stands, if the start is asked for then."""
    for match in _STATED.finditer(text):
        what = match["what"]
        if _OURS.match(what) or MOVES.search(what) or _BEGIN.search(what):
            continue
        before = text[: match.start()]
        if _TELL.search(before) or _NOT.search(what):
            continue
        if _wishes(before) or (not before.strip() and _wishes(text[match.end() :])):
            return match.start(), match.end()
    return None


def _hour(text: str) -> tuple[int, int] | None:
    """Return where "after hours", "overnight" stands, if the start is asked for then."""
    match = _HOURS.search(text)
    if match is None or _TELL.search(text[: match.start()]) or _NOT.search(text):
        return None
    return match.span() if _wishes(text[: match.start()] + " " + text[match.end() :]) else None


def _wishes(text: str) -> bool:
    return bool(_BEGIN.search(text) or (MOVES.search(text) and ASKS.search(text)))


def _refers_back(text: str) -> bool:
    return len(text) < _LONGEST and _BEGIN.search(text) is not None and _THEN.search(text) is not None


def _time_in(sentence: str) -> str | None:
    """Return the day or the hour a sentence names, as written."""
    from parsers.startclause import time_spans

    words = words_of(sentence)
    spans = list(time_spans(words.text))
    return words.said(spans[0][0], spans[-1][1]).strip(" .,;!?()")[:_LONGEST] if spans else None

"""Values that are only shown as an example: nothing of them is an account of the writer."""

import re
from typing import Final

from parsers.labels import fold

_NAMED: Final = re.compile(
    r"\S{0,200}[@/]\S{0,200}|\b[\w-]{1,60}(?:\.[\w-]{1,60}){1,5}"
)  # "old.example" is a name
_WORD: Final = (
    r"(?:examples?|samples?|dummy|placeholders?|fictitious|made up|beispiel\w*|muster(?:daten|zeile|eintrag)?|platzhalter|fiktiv\w*|exemples?|fictif\w*|ejemplos?"
    r"|ficticio\w*|esempi[o]?|fittizi\w*|voorbeeld\w*|fictie\w*|exemplos?|przyklad\w*|exemplu\w*)"
)
_LEADS: Final = re.compile(rf"(?:\w+ ){{0,8}}{_WORD}(?: \w+){{0,5}}|e g|z b|zb|bsp|p ex|ej|ad es|bijv|np")
_OPENS: Final = re.compile(
    rf"(?:(?:for |as an |an |zum |ein |par |un |por |ad |un |bij |een |por |na |de )?{_WORD}(?: \d{{1,2}}| row| line| zeile)?|e g|z b|zb|bsp|p ex|p ej|ad es|bijv|np)"
)
_SAYS: Final = re.compile(
    rf"\b(?:only|just|merely|nur|bloss|lediglich|juste|seulement|simplement|solo|solamente|soltanto|slechts|alleen|maar|apenas|so|tylko|doar)(?: \w+){{0,3}} {_WORD}\b"
    rf"|\b(?:this|that|these|those|it|das|dies|obige|ce|c|ceci|cela|esto|eso|este|questo|quello|dit|dat|isto|isso|to|acesta)(?: \w+){{0,2}}?"
    rf" (?:is|are|was|ist|sind|war|est|sont|es|son|e|sono|is|zijn|sao|jest|este|sunt)(?: \w+){{0,3}} {_WORD}\b"
    rf"|\b(?:values|data|daten|werte|above|obigen?)(?: \w+){{0,2}} (?:are|is|sind|ist)(?: \w+){{0,2}} {_WORD}\b"
)  # fmt: skip
_MOST: Final = 300


def opens_example(line: str) -> bool:
    """True for a line that announces an example below it: "For example:", "Beispiel:", "like in this sample:"."""
    text = line.strip(" \t\u00a0*_>#")
    if len(text) > _MOST or not text.endswith(":"):
        return False
    return _LEADS.fullmatch(fold(_NAMED.sub(" ", text))) is not None


def is_example(line: str) -> bool:
    """True for a line that is one: "Example: anna@old.example / Secret1"."""
    head, colon, rest = line[:_MOST].partition(":")
    if colon and rest.strip():
        return _OPENS.fullmatch(fold(head)) is not None
    return (
        re.match(r"\W{0,4}(?:e\.g\.|z\. ?B\.|p\. ?ex\.|p\. ?ej\.|ad es\.|bijv\.|np\.)\s", line[:20])
        is not None
    )


def says_example(line: str) -> bool:
    """True for a sentence after the values: "That is only an example of course."."""
    return len(line) <= 4 * _MOST and _SAYS.search(fold(_NAMED.sub(" ", line))) is not None

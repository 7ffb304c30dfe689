"""Where a letter asks for a start in a sentence: "please migrate us on Saturday at 22:00", "bitte am 5.12. umziehen"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from parsers.labels import read_label
from parsers.whenwords import plain

_LONGEST_SENTENCE: Final = 600  # characters; who asks for a time needs fewer
_MOST_SENTENCES: Final = 5_000
_MOST_WISHES: Final = 40  # sentences looked at closely; a letter has two or three
_ASKS: Final = re.compile(
    r"\b(please|kindly|pls|can|could|(would|will) you|would like|we'd like|i'd like|we want|i want|wish|should|shall|let's|to be|prefer|ideally"
    r"|bitte|bitten|mochten?|wunschen?|hatten? gern|konnten|konnen sie|soll(en|te|ten)?|wurden|wollen|wollten|gerne?|geplant|freuen"
    r"|merci de|veuillez|pourriez|pouvez|souhait\w*|voudri\w*|aimeri\w*|svp|s'il vous plait|priere|devrait|doit"
    r"|por favor|podrian?|pueden|quer(emos|riamos|ria)|quisiera\w*|gustaria|rueg\w+|deberia|dese\w+|agradec\w+|solicit\w+"
    r"|per favore|per cortesia|preg\w+|vorre\w+|potreste|potete|desider\w+|dovrebbe|grazie di"
    r"|graag|alstublieft|aub|willen|wil|kunt|kunnen|zouden|verzoek\w*|wens\w*"
    r"|gostari\w+|podem|poderiam|queremos|quero|favor|preferi\w+|preferenc\w+|preferib\w+|mejor|melhor|meglio|liefst|possib\w+|si es posible|wenn moglich|falls moglich|am besten|am liebsten|passt uns|najlepiej|va rog|va rugam|vreau|vrem|doresc|dorim|puteti|ati putea|as vrea|am dori|prosz\w+|prosimy|chciel\w+|chcemy|czy moz\w+|powinn\w+)\b"
)
_MOVES: Final = re.compile(
    r"\b(start|begin|kick off|migrat\w*|mov(e|ed|ing)|transfer\w*|cop(y|ied|ying)|import\w*|switch us|bring us over|take place|happen|schedule\w*|perform|carry out"
    r"|zieh(en|t|e)?|fang(en|t)|umzieh\w*|umzuzieh\w*|umzug\w*|migrier\w*|starten|startet|beginn\w*|begonnen|loslegen|anfang\w*|ubertrag\w*|uebertrag\w*|ubernehm\w*|kopier\w*|durchfuhr\w*|stattfind\w*|umgezogen"
    r"|migr(er|ez|ation|iez)\w*|transfer(er|ez|t)|demenag\w*|commenc\w*|demarr\w*|lanc(er|ez)|debut\w*|effectu\w*|copi(er|ez)|bascul\w*"
    r"|migr(ar|en|acion|e)|traslad\w*|mover|muev\w+|hagan|hacer|transferir|transfieran|empez\w+|empiec\w+|comenz\w+|comienc\w+|inici\w+|copi(ar|en)|realiz\w+"
    r"|migra(re|te|zione)|spost\w+|trasfer\w+|comincia\w*|partire|avvi\w+|effettu\w+"
    r"|verhui\w+|zet|zetten|overzet\w*|over te zetten|overgezet|migreren|migratie|beginnen|kopieren|uitvoer\w*|plaatsvind\w*"
    r"|mud(ar|em|anca)|transfiram|comec\w+|incep\w*|migr(ati|area|at)|mut(ati|area)|iniz\w+|przenies\w*|przenos\w*|migracj\w*|zacz\w+|rozpocz\w+|skopiow\w+)\b"
)
_OTHER_MATTER: Final = re.compile(
    r"\b(contract|expir\w+|ends?|ended|ending|cancel\w*|terminat\w*|invoice|paid|pay|bill\w*|mx|dns|nameserver\w*|ttl|since|until|deadline|newer|older|than|from before|offline|shut\w*|clos\w+|holiday|vacation"
    r"|call|phone|reach\w*|meeting|born|office hours|opening hours|available"
    r"|vertrag\w*|neuer als|alter als|junger als|gekundigt|kundig\w*|lauft|auslauf\w*|endet|enden|abgeschalt\w*|abschalt\w*|rechnung\w*|seit|urlaub\w*|anruf\w*|erreich\w*|telefon\w*|besprechung|buro"
    r"|contrat|plus (recent|ancien)\w*|resili\w+|fin|echeance|facture|depuis|vacances|appel\w*|joign\w*|reunion|coupe\w*"
    r"|contrato|venc\w+|caduc\w+|termina|factura|desde|vacaciones|llam\w+|reunion"
    r"|contratto|scad\w+|disdett\w*|fattura|ferie|chiam\w+|riunione|opgezegd|verloopt|vakantie|bellen|vergadering|fatura|ferias|umow\w*|wygas\w*|urlop\w*"
    r"|confirm\w*|answer|reply|write|bestatig\w*|antwort\w*|meld\w*|schreib\w*|repond\w*|ecri\w+|respond\w*|rispond\w*|scriv\w*|for example|e\.g|z\.b|zum beispiel|beispiel|example|exemple|ejemplo|esempio)\b"
)
_NOT: Final = re.compile(
    r"\b(not|don't|dont|never|nicht|kein\w*|pas|no|non|niet|geen|nao|nie)\b[^,;.]{0,30}$"
)
_SENTENCE_END: Final = re.compile(
    r"(?P<before>[^\W\d_]{0,12}|\d)[.!?]\s+(?=(?P<after>[^\W_]{1,20}|.))|\n\s{0,80}\n|;\s"
)
_SHORTENED: Final = frozenset(
    re.findall(
        r"\w+",
        """mo di mi do fr sa so mon tue tues wed thu thur thurs fri sat sun lun mar mer jeu ven sam dim mie jue vie sab dom gio za zo
        ma wo vr jan janv feb febr fev fevr mrz apr avr abr jun jul juil aug ago sep sept okt oct ott nov dez dec dic m b
        ca bzw inkl nr dr hr st approx usw etc ggf evtl""",
    )
)
_DAY_WORD: Final = re.compile(
    r"\d|(day|tag|abend|woche|morrow|morgen|heute|demain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|semaine|manana|hoy|semana|lunes|martes"
    r"|miercoles|jueves|viernes|sabado|domingo|domani|oggi|sabato|domenica|week|month|monat|mois|mes|dag|feira|jutro|sobot|noon|midnight)"
)
_ASSENT: Final = frozenset(
    re.findall(
        r"[a-z']+",
        """ok okay yes ja oui si sim tak fine works would be better good passt geht is ist es est perfect let let's do make it take nehmen wir
        dann then choose great that ware wurde uns me us suits va convient bien perfecto perfetto goed prima start bitte""",
    )
)
_SECRET: Final = re.compile(
    r"passwor|kennwort|mot de passe|\bmdp\b|contrasen|\bclave\b|wachtwoord|senha|palavra|haslo|parola|\bpwd?\b|\bpass\b"
)
_DAY_BEGINS: Final = re.compile(
    r"(?:on|am|le|el|il|op|em|no|w|we|starting|ab)\b.{0,3}(?:\d|mon|tue|wed|thu|fri|sat|sun|die|mit|don|fre|sam|son|lun|mar|mer|jeu|ven|dim|mie|jue|vie|sab"
    r"|dom|gio|maa|din|woe|vri|zat|zon|seg|ter|qua|qui|sex|pon|wto|sro|czw|pia|sob|nie)"
)
_LONGEST_LABEL: Final = 60
_MOST_LINES: Final = 200
_LONGEST_LINE: Final = 90  # characters
_CORE: Final = frozenset({"date", "relative", "elapsed", "time"})
_GLUE: Final = frozenset({"particle", "range", "maybe-or", "or", "this", "next", "part", "earliest", "hour"})
_TRIMMED: Final = frozenset({"particle", "range", "maybe-or", "or"})


@dataclass(frozen=True, slots=True)
class _Words:
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
        """Return where a zone named right behind ends; `end` itself when none is."""
        from parsers.whenzone import read_places, read_zones

        following = [at for at, begin in enumerate(self.starts) if begin >= end][:4]
        for count in range(len(following), 0, -1):
            tail = " ".join(self.words[at] for at in following[:count]).rstrip(".,;!?")
            if not read_zones(tail).rest.strip(" ()") or not read_places(plain(tail)).rest.strip(" ()"):
                last = following[count - 1]
                return self.starts[last] + len(plain(self.words[last]))
        return end


def read_start_phrases(text: str) -> tuple[str, ...]:
    """Return every wanted start that sentences ask for, as written, each once. Linear; never raises.

    A sentence has to ask, and to speak of moving or starting right where it names the time, or to name day and clock time:
    a wish that is overlooked would have the copy begin at once. A date that merely occurs
    (a contract's end, the day of the MX switch, a deadline, an example) is none.
    """
    wishes = (sentence for sentence in _sentences(_without_values(text)) if _is_wish(plain(sentence)))
    found = [phrase for sentence in islice(wishes, _MOST_WISHES) for phrase in _phrases(_words_of(sentence))]
    return tuple(dict.fromkeys(found))


def _without_values(text: str) -> str:
    """Return the text without the lines that hold a labelled value, an address or a password: none of it is a sentence.

    Above all no password may ever be repeated as somebody's wanted start.
    """
    kept: list[str] = []
    value_below = False
    for line in text.split("\n"):
        before, mark, after = line.replace("\uff1a", ":").partition(":")
        label = read_label(before.strip(" \t\u00a0*_-")) if mark or len(line) <= _LONGEST_LABEL else None
        secret = "@" in line or _SECRET.search(plain(line[:_LONGEST_SENTENCE])) is not None
        labelled = label is not None and label.field != "start"
        silent = labelled or (value_below and line.strip())
        kept.append("" if silent else _spoken(line) if secret else line)
        value_below = (secret or labelled) and not after.strip() if line.strip() else value_below
    return "\n".join(kept)


def _spoken(line: str) -> str:
    """Return of a line with an address or a password what may ask for a start: nothing of either, nor of a bare row.

    "Please move anna@x.example on Saturday at 22:00, password Secret1": the words before the password, and behind it
    what begins like a day ("…, on Sunday at 20:00").
    """
    words = line[:_LONGEST_SENTENCE].split()
    secret = next(
        (at for at in range(len(words)) if _SECRET.search(plain(" ".join(words[max(0, at - 2) : at + 1])))),
        len(words),
    )
    before = " ".join(
        f"x{word[-1] if word[-1] in '.!?,' else ''}" if "@" in word else word for word in words[:secret]
    )
    folded = plain(before)
    asks = _ASKS.search(folded) or _MOVES.search(folded)
    days = [
        part for part in re.split("[,;)]", " ".join(words[secret:]))[1:] if _DAY_BEGINS.match(plain(part))
    ]
    return (
        f"{before if asks else '; please'} {'; please '.join(days)}" + ("" if asks else "; ")
        if asks or days
        else ""
    )


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
        words = _words_of(line)
        tokens = [token for token in scan(words.text) if token.value not in _ASSENT]
        kinds = {token.kind for token in tokens}
        timed = kinds & {"date", "weekday", "relative", "elapsed"} and kinds & {"time", "hour", "elapsed"}
        if not (timed or kinds - {"particle"} == {"soon"}):
            continue
        strange = next((token.start for token in tokens if token.kind == "unknown"), None)
        end = tokens[-1].end if strange is None else words.zone_after(words.word_at(strange))
        if strange is None or end == len(words.text):
            found.append(words.said(tokens[0].start, end).strip(" .,;!?"))
    return found[0] if len(set(found)) == 1 else None


def _is_wish(folded: str) -> bool:
    """Say whether a sentence asks for something at some time; so does one that begins with the move: "Umzug am 5.12."."""
    if not _DAY_WORD.search(folded):
        return False
    moves = _MOVES.search(folded)
    return _ASKS.search(folded) is not None or (
        moves is not None and moves.start() == 0 and len(folded) < 100
    )


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
        before, after = plain(mark["before"] or ""), plain(mark["after"] or "")
        if before.isdigit() and (_is_month(after, MONTHS) or after.isdigit()):
            continue  # "5. Dezember", "5. 12."
        if before in _SHORTENED and mark["before"]:
            continue
        yield text[begin : mark.end()]
        begin = mark.end()
    yield text[begin:]


def _is_month(word: str, months: tuple[str, ...]) -> bool:
    return any(word in names.split("|") for names in months)


def _words_of(sentence: str) -> _Words:
    words = tuple(word for word in sentence.split() if plain(word))
    starts: list[int] = []
    at = 0
    for word in words:
        starts.append(at)
        at += len(plain(word)) + 1
    return _Words(" ".join(plain(word) for word in words), words, tuple(starts))


def _phrases(sentence: _Words) -> Iterator[str]:
    runs = list(_runs(sentence.text))
    for number, (start, end, deadline, full) in enumerate(runs):
        before = sentence.text[runs[number - 1][1] if number else 0 : start]
        after = sentence.text[end : runs[number + 1][0] if number + 1 < len(runs) else len(sentence.text)]
        near = re.split("[,;]", after, maxsplit=1)[0]
        clause = before if number == 0 else before + " "
        if deadline or _OTHER_MATTER.search(
            re.split(r"[,;]| so | und | and | et | y | e ", clause)[-1] + near
        ):
            continue
        if full or _MOVES.search(clause) or _MOVES.search(near):
            refused = _NOT.search(before)
            begin = refused.start() if refused else start
            yield _bare(sentence.said(begin, sentence.zone_after(end)))


def _bare(said: str) -> str:
    said = said.strip(" .,;!?")
    return said if said.count("(") == said.count(")") else said.strip("()")


def _runs(text: str) -> Iterator[tuple[int, int, bool, bool]]:
    """Yield start, end, "is a deadline" and "day and clock time" of every stretch of the plain text that names a time."""
    from parsers.whenscan import Token, scan

    run: list[Token] = []
    for token in [*scan(text), Token("unknown", "", len(text), len(text))]:
        vague = token.kind == "vague" and (
            " " in token.value or "week" in token.value or "woche" in token.value
        )
        if token.kind in _CORE | _GLUE | {"weekday", "deadline"} or vague:
            if not (token.kind == "relative" and token.value < 0):  # "hier" is German, too
                run.append(token)
            continue
        yield from _trimmed(run)
        run = []


def _trimmed(run: list) -> Iterator[tuple[int, int, bool, bool]]:  # type: ignore[type-arg]
    while run and (
        run[0].kind in _TRIMMED or (run[0].kind == "this" and [t.kind for t in run[1:2]] != ["weekday"])
    ):
        run = run[1:]
    while run and run[-1].kind in _TRIMMED | {"earliest", "deadline", "this", "next"}:
        run = run[:-1]
    kinds = {token.kind for token in run}
    long = any(token.kind == "weekday" and token.end - token.start > 4 for token in run)
    if kinds & _CORE or long or "vague" in kinds:  # "mon" and "sat" alone are words of their own
        full = bool(kinds & {"date", "weekday", "relative"} and kinds & {"time", "hour"})
        yield run[0].start, run[-1].end, run[0].kind == "deadline", full

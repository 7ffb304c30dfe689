"""A second look at a letter: what in it looks like a value of a mailbox and went into no row becomes a question."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from parsers.examples import is_example, opens_example
from parsers.grammar import read_pairs
from parsers.labels import fold
from parsers.marks import names_other_service, read_mark
from parsers.prosesecret import bare_word, password_width
from parsers.prosewords import CONTACT, DONE, MAILS, NEVER, NEW, NOT, NOTICE, OLD, OTHER, SENTENCE, TARGET
from parsers.result import Problem, StatedRow
from parsers.secret import is_secret_like
from parsers.values import is_address, is_host
from parsers.wishes import names_move

_AIM: Final = re.compile(
    r"\b(?:destination|target|ziel\w*|cible|destino|destinazione|bestemming\w*|doel\w*|docelow\w+|destinatia)\b"
)
_LANDS: Final = re.compile(
    r"\b(?:go(?:es|ing)?|lands?|end up|puts?|arrives?|belongs?|have|want|soll(?:en|te)?|gehor(?:t|en)|komm(?:t|en)|land(?:et|en)|moch?te\w*|hatte\w*|arriv\w+|aller|mettre|mets|metter\w*"
    r"|poner\w*|llegar|quiero|quisiera|queremos|vaya|andare|vada|finire|vorrei|gaan|komen|graag|colocar|ficar|quero|trafi\w+|chce\w*|ajung\w+|vreau|pune\w*|copi\w+|kopier\w*|import\w*)\b"
)
_WITH_US: Final = re.compile(
    r"\b(?:with you|bei (?:ihnen|euch|dir)|chez vous|con vosotros|con ustedes|(?:da|presso(?: di)?) voi|bij (?:jullie|u)|u was|u panstwa|la voi|convosco|com voces"
    r"|(?:on|at|in) your (?:side|end|servers?|system)|(?:auf|in) (?:ihrem|eurem|ihren|euren) \w+|vos serveurs|votre (?:serveur|cote)|(?:vuestro|su) servidor|vostro server)\b"
)
_MAKES: Final = re.compile(
    r"\b(?:creat\w+|set up|setup|add|order\w*|open|anleg\w*|angelegt|einricht\w*|eingerichtet|bestell\w*|cre(?:er|ez|ar|are|ate|ado)|ouvrir|abrir|aanmak\w*|maak\w*|utworz\w*|zaloz\w*|criar|cria|cread\w*)\b"
)
_CHANGED: Final = re.compile(
    r"\b(?:changed?|now|correct\w*|right|actually|instead|sorry|typo|oops|wrong|geandert|jetzt|nun|richtig\w*|korrigier\w*|korrekt\w*|falsch\w*|change|maintenant|bonne?|faux|erreur"
    r"|ahora|cambi\w+|adesso|ora|giust\w+|sbagliat\w+|gewijzigd|juiste?|fout\w*|zmieni\w+|teraz|prawidlow\w+|alter\w+|agora|cert[ao]|errad\w+|acum|schimbat\w*|corect\w*|gresit\w*)\b"
)
_AT: Final = frozenset(re.findall(r"\w+", "at bei onto ins unter under"))
_CELLS: Final = re.compile(r"\t|\|.{0,200}\||\S {3,20}\S{1,200} {3,20}\S")  # of a table
_DATE: Final = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]|\d{1,2}[:.h]\d{2}")
_MOST_LINES: Final = 400
_MOST_LINE: Final = 2000
_MOST_WORDS: Final = 80
_BEFORE: Final = 6  # words before an address that say what it is
_APART: Final = 12  # words from the one for a password to the password
_DESTINATION: Final = Problem(code="destination-unsure", field="destination")
_PASSWORD: Final = Problem(code="password-unsure", field="password")
_HOST: Final = Problem(code="duplicate-conflict", field="host")
Aim = Literal["sure", "maybe", ""]


@dataclass(frozen=True, slots=True)
class _Sentence:
    words: tuple[str, ...]
    folded: tuple[str, ...]  # one for each word


def look_again(rows: Sequence[StatedRow], lines: Iterable[str]) -> tuple[StatedRow, ...]:
    """Return the rows with what the letter's sentences say of them beside the way they were read. Pure; never raises.

    A mailbox the mail shall go to, named in a sentence, is the destination of the only row; where it could be another's,
    or only may be one, every row that names none bears destination-unsure. Another password said of a row's address, or
    another server, makes that value a question. What is below the closing phrase, an example or a notice counts for nothing.

    Args:
        rows: as understood so far.
        lines: the sender's own.
    """
    if not any(row.address for row in rows):
        return tuple(rows)
    sentences = _sentences(lines)
    found = _aimed(rows, sentences)
    return tuple(_doubt_host(_doubt_password(row, rows, sentences), rows, sentences) for row in found)


# --- the sentences ------------------------------------------------------------------------------------------------


def _sentences(lines: Iterable[str]) -> list[_Sentence]:
    """Return the sentences of the letter, without labelled lines and all that counts for nothing."""
    paragraphs: list[list[str]] = [[]]
    closed = False
    for line in list(lines)[:_MOST_LINES]:
        mark = read_mark(line)
        closed = mark == "sign-off" or (closed and mark != "postscript")
        if (
            closed
            or not line.strip()
            or len(line) > _MOST_LINE
            or mark
            or _states(line)
            or _CELLS.search(line)
        ):
            paragraphs.append([])
        elif not (opens_example(line) or is_example(line)):
            paragraphs[-1].append(line.strip())
    texts = [" ".join(paragraph) for paragraph in paragraphs if paragraph]
    parts = [part for text in texts if not NOTICE.search(fold(text)) for part in SENTENCE.split(text)]
    return [
        _Sentence(tuple(words), tuple(map(fold, words)))
        for part in parts
        if (words := part.split()[:_MOST_WORDS])
    ]


def _states(line: str) -> bool:
    return any(not pair.weak and pair.value.strip() for pair in read_pairs(line))


# --- where the mail goes ------------------------------------------------------------------------------------------


def _aimed(rows: Sequence[StatedRow], sentences: Iterable[_Sentence]) -> tuple[StatedRow, ...]:
    """Return the rows with the destination that sentences name, or with the question which it is."""
    full = [row for row in rows if not _is_bare(row)] or list(rows)
    known = {text.casefold() for row in full for text in _values(row)}
    aims: dict[str, Aim] = {}
    named: dict[str, str] = {}
    for sentence in sentences:
        for at, word in enumerate(sentence.words):
            address = bare_word(word)
            if is_address(address) and address.casefold() not in known and (aim := _aim(sentence, at)):
                key = address.casefold()
                named.setdefault(key, address)
                aims[key] = "sure" if "sure" in (aim, aims.get(key)) else "maybe"
    if not aims:
        return tuple(rows)
    kept = [row for row in rows if not (_is_bare(row) and (row.address or "").casefold() in aims)] or list(
        rows
    )
    open_ones = [row for row in kept if row.destination is None]
    if len(kept) == len(aims) == 1 and open_ones and set(aims.values()) == {"sure"}:
        return (replace(kept[0], destination=next(iter(named.values()))),)
    return tuple(_asked(row, _DESTINATION) if row.destination is None else row for row in kept)


def _is_bare(row: StatedRow) -> bool:
    """Say whether a row of the text is an address and nothing more: it may be the place where another's mail goes."""
    return row.origin == "body" and not (row.password or row.host or row.login or row.destination)


def _values(row: StatedRow) -> list[str]:
    said = (row.address, row.login, row.destination, row.password, *row.password_alternatives)
    return [text for text in said if text]


def _aim(sentence: _Sentence, at: int) -> Aim:
    """Return how surely the sentence calls the address at that place the one where mail shall go."""
    folded = sentence.folded
    before, after = folded[max(0, at - _BEFORE) : at], " ".join(folded[at + 1 : at + 1 + _BEFORE])
    whole, near, last = " ".join(folded), " ".join(before[-4:]), before[-1] if before else ""
    mailbox = any(MAILS.fullmatch(word) for word in before[-3:])
    refused = set(whole.split()) & NEVER or DONE.search(after) or names_other_service(near)
    if OLD.search(last) or refused or (CONTACT.search(_clause(sentence, at)) and not mailbox):
        return ""
    moves = names_move(whole)
    into = last in TARGET | _AT and (moves or _LANDS.search(whole) is not None)
    called = (NEW.search(near) and (mailbox or into or _links(folded, at))) or _AIM.search(" ".join(before))
    if not (called or into):
        return "maybe" if _WITH_US.search(whole) and not OLD.search(near) else ""
    return "maybe" if _MAKES.search(whole) or CONTACT.search(after) else "sure"


def _links(folded: Sequence[str], at: int) -> bool:
    """Say whether the address is what something new is: "my new address is anna@x.example"."""
    return at > 1 and len(folded[at - 1]) < 8 and NEW.search(folded[at - 1]) is None


def _clause(sentence: _Sentence, at: int) -> str:
    begins = [n + 1 for n in range(max(0, at - 7), at) if sentence.words[n].endswith((",", ";", ")", ":"))]
    return " ".join(sentence.folded[begins[-1] if begins else max(0, at - 7) : at])


# --- values said twice --------------------------------------------------------------------------------------------


def _doubt_password(row: StatedRow, rows: Sequence[StatedRow], sentences: Iterable[_Sentence]) -> StatedRow:
    """Return the row, its password a question where a sentence tells another one of it."""
    if row.password is None or not row.address:
        return row
    known = " ".join(text for one in rows for text in _values(one))
    if any(_tells_another(sentence, row, known, alone=len(rows) == 1) for sentence in sentences):
        marked = _asked(row, _PASSWORD)
        return replace(marked, password=None, password_alternatives=())
    return row


def _tells_another(sentence: _Sentence, row: StatedRow, known: str, *, alone: bool) -> bool:
    words, folded = sentence.words, sentence.folded
    spoken = next((at for at in range(len(words)) if password_width(list(words), at)), None)
    if (
        spoken is None
        or names_other_service(" ".join(folded))
        or NEW.search(" ".join(folded[max(0, spoken - 3) : spoken]))
    ):
        return False
    whose, changed = "", _CHANGED.search(" ".join(folded)) is not None
    for at, word in enumerate(words[: spoken + _APART]):
        bare = bare_word(word)
        if is_address(bare):
            whose = bare.casefold()
        elif at > spoken and is_secret_like(word) and not _DATE.match(bare) and folded[at - 1] not in NOT:
            if bare not in known:
                return whose == (row.address or "").casefold() or (alone and not whose and changed)
            if not changed:
                return False
    return False


def _doubt_host(row: StatedRow, rows: Sequence[StatedRow], sentences: Iterable[_Sentence]) -> StatedRow:
    """Return the row with a question where a sentence names another IMAP server for it, and not the new one."""
    if row.host is None or not row.address:
        return row
    known = {one.host for one in rows}
    addresses = {(one.address or "").casefold() for one in rows}
    for sentence in sentences:
        named = {bare_word(word).casefold() for word in sentence.words} & addresses
        if named and row.address.casefold() not in named:
            continue
        if any(_names_another(sentence, at, known) for at in range(len(sentence.words))):
            return _asked(row, _HOST)
    return row


def _names_another(sentence: _Sentence, at: int, known: set[str | None]) -> bool:
    name = bare_word(sentence.words[at]).casefold().partition(":")[0]
    before = " ".join(sentence.folded[max(0, at - _BEFORE) : at])
    if not (name.startswith("imap.") and is_host(name)) or name in known:
        return False
    last = sentence.folded[at - 1] if at else ""
    return not (
        NEW.search(before) or _WITH_US.search(before) or OTHER.search(before) or last in TARGET or last in NOT
    )


def _asked(row: StatedRow, problem: Problem) -> StatedRow:
    same = any(one.code == problem.code and one.field == problem.field for one in row.problems)
    return row if same else replace(row, problems=(*row.problems, replace(problem, line=row.line)))

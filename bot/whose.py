"""Which account an attached export belongs to. Pure; never a guess: a wrong answer publishes somebody's contacts.

The first that gives exactly one account: the table's column; the file's name, the names of the archive and folders it
came in, words near the attachment and the owner's address its calendar is called by, none of them against another; the
only row. What contradicts itself, or names somebody who is not in the rows, is a question. That the requester has a row,
or who organises the meetings, is no proof: it is proposed, and asked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PureWindowsPath
from typing import Final, Literal

from bot.states import Row
from bot.whosewords import GENERIC, KINDS, LINKS, MINE, NEGATIONS, PERSONS, ROLES
from parsers.labels import fold

Kind = Literal["contacts", "calendar"]
Said = frozenset[str] | None  # accounts named; empty or several = unclear, ask; None = nothing was said

UNCLEAR: Final[frozenset[str]] = frozenset()
LONGEST: Final = 2000  # characters of one clause that are looked at
_ENDING: Final = re.compile(r"(\.(vcf|vcard|ics|ical|icalendar|vcs|zip|csv|txt)){1,4}$", re.IGNORECASE)
_NOBODY: Final = re.compile(  # what Google calls calendars that are not a person's
    r"[\w.#%+-]*@(?:group\.|group\.v\.|import\.|resource\.)calendar\.google\.com", re.IGNORECASE
)
_CHUNK: Final = re.compile(r"[\s()\[\]{},;]+")
_CLAUSE: Final = re.compile(r"[.;,!?](?:\s+|$)|\n")
_AND: Final = re.compile(r"\s(?:and|und|et|y|e|en|i|sowie|&|\+)\s", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_OF_SOMEBODY: Final = re.compile(
    r"\b(?:of|von|for|für|de|pour|para|di|van|d['\u2019])\s*([A-Z\u00c0-\u00de]\w{2,40})"
)
_SOMEBODY_S: Final = re.compile(r"\b([A-Z\u00c0-\u00de]\w{1,40}?)['\u2019]?s\s+(\w{3,40})")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
FILE: Final = "thefile"  # stands for a file's own name, which says nothing about the words around it


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One export, and the text it came with."""

    name: str
    kind: Kind
    others: tuple[str, ...] = ()  # names of the other exports of the mail
    only: bool = True  # no other export of its kind came along
    lines: tuple[str, ...] = ()  # the sender's own lines, passwords taken out
    folders: tuple[str, ...] = ()  # the archive it came in and the folders there
    owners: tuple[str, ...] = ()  # addresses its calendars are called by
    organizer: str = ""  # whom most of its meetings are organised by


def choose_target(
    attached: Attached, columns: Iterable[tuple[str, str]], rows: Sequence[Row], requester: str
) -> str:
    """Return the account an export belongs to, or "" where it takes a question.

    Args:
        attached: the file and the words around it.
        columns: (what a row's column names, its account) for each row that has one.
        rows: those of the ticket; their `destination` is the account.
        requester: who asked.
    """
    evidence = [by_name(name, rows) for name in (attached.name, *attached.folders)]
    evidence += [by_words(attached, rows, requester), by_owner(attached.owners, rows)]
    for step in (by_column(attached.name, columns), _together(evidence)):
        if step is not None:
            return next(iter(step)) if len(step) == 1 else ""
    return rows[0].destination if len(rows) == 1 else "" if rows else requester


def propose_target(attached: Attached, rows: Sequence[Row], requester: str) -> str:
    """Return the account to ask about where `choose_target` gives none: a proposal is never acted on by itself.

    The requester's own, where the file's name says nothing; whoever organises most of its meetings. "" where they differ,
    where anything names somebody, or where there is neither.
    """
    names = (attached.name, *attached.folders)
    said = [by_name(name, rows) for name in names] + [by_words(attached, rows, requester)]
    if any(one is not None for one in said) or not all(map(_says_nothing, names)):
        return ""
    organizer = {row.destination for row in rows if attached.organizer.casefold() in _addresses(row)}
    own = _own(rows, requester)
    found = organizer | ({own} if own else set())
    return found.pop() if len(found) == 1 else ""


def by_owner(owners: Iterable[str], rows: Sequence[Row]) -> Said:
    """Return the accounts that calendars are called by; an address in no row may be an earlier one of anybody's."""
    said = {one.casefold() for one in owners}
    found = {row.destination for row in rows if said & _addresses(row)}
    return frozenset(found) if found else None


def by_column(name: str, columns: Iterable[tuple[str, str]]) -> Said:
    """Return the accounts whose column names the file, with its ending or without, or as one of several."""
    wanted = {name.casefold(), _stem(name).casefold()}
    found = {
        account
        for cell, account in columns
        for one in re.split(r"[;|,\n]", cell)
        if PureWindowsPath(one.strip()).name.casefold() in wanted
    }
    return frozenset(found) if found else None


def by_name(name: str, rows: Sequence[Row]) -> Said:
    """Return the accounts a file's name names: a whole address, a local part or a first name."""
    chunks = [chunk for chunk in _CHUNK.split(_stem(name)) if chunk]
    whole = {row.destination for row in rows for chunk in chunks if _has_address(chunk, row)}
    if whole or any("@" in chunk for chunk in chunks):
        return frozenset(whole)  # an address that is in no row is somebody else's
    found = {account for words in _spellings(" ".join(chunks)) for account in _named(words, rows)}
    return frozenset(found) if found else None


def by_words(attached: Attached, rows: Sequence[Row], requester: str) -> Said:
    """Return the accounts that the text near a mention of the file, or of its kind, names."""
    found: set[str] = set()
    heard = False
    for line in attached.lines:
        for clause in _CLAUSE.split(line[:LONGEST]):
            said = _of_clause(_masked(clause, attached), attached, rows, requester)
            if said == UNCLEAR:
                return UNCLEAR
            if said is not None:
                heard = True
                found |= said
    return frozenset(found) if heard else None


def lone_address(lines: Iterable[str], rows: Sequence[Row]) -> str:
    """Return the account of the only address an answer names, or ""."""
    said = {one.casefold() for line in lines for one in _ADDRESS.findall(line[:LONGEST])}
    accounts = {row.destination for row in rows for one in said if one in _addresses(row)}
    strangers = said - {one for row in rows for one in _addresses(row)}
    return accounts.pop() if len(accounts) == 1 and not strangers else ""


# --- names ----------------------------------------------------------------------------------------------------------


def _stem(name: str) -> str:
    return _NOBODY.sub(" ", _ENDING.sub("", name.strip()))


def _addresses(row: Row) -> set[str]:
    return {one.casefold() for one in (row.address, row.destination) if one}


def _spellings(text: str) -> tuple[list[str], ...]:
    """Return the words of a text in every way they may be written: Müller, Mueller, AnnaMeier, annameier."""
    forms = (text, text.casefold(), text.translate(_UMLAUTS), text.translate(_UMLAUTS).casefold())
    return tuple(fold(form).split() for form in dict.fromkeys(forms))


def _is_plain(word: str) -> bool:
    return word in GENERIC or not word.strip("0123456789t") or bool(re.fullmatch(r"[0-9]{1,8}[a-z]?", word))


def _has_address(chunk: str, row: Row) -> bool:
    """Say whether a piece of a name is an address of the row, whatever stands for its @ and dots."""
    wanted = [fold(address).split() for address in _addresses(row)]
    for words in _spellings(chunk):
        for address in wanted:
            for start in range(len(words) - len(address) + 1):
                rest = words[:start] + words[start + len(address) :]
                if words[start : start + len(address)] == address and all(map(_is_plain, rest)):
                    return True
    return False


def _names(row: Row) -> list[list[str]]:
    """Return how people call an account: its local part, and its first name."""
    found: list[list[str]] = []
    for address in sorted(_addresses(row)):
        local = fold(address.rpartition("@")[0]).split()
        found += [local, local[:1]] if len(local) > 1 else [local]
    return [words for words in found if words and (len(words) > 1 or words[0] not in GENERIC)]


def _is_called(said: str, name: str) -> bool:
    return said == name or (len(name) > 2 and said == name + "s")


def _named(words: list[str], rows: Sequence[Row]) -> set[str]:
    """Return the accounts whose name stands among plain words; a longer name hides a shorter one inside it."""
    spans = [
        (start, start + len(name), row.destination)
        for row in rows
        for name in _names(row)
        for start in range(len(words) - len(name) + 1)
        if (len("".join(name)) > 2 or len(words) == len(name))
        and all(map(_is_called, words[start : start + len(name)], name))
    ]
    widest = [
        one for one in spans if not any(o[0] <= one[0] and one[1] <= o[1] and o[:2] != one[:2] for o in spans)
    ]
    covered = {place for start, end, _ in widest for place in range(start, end)}
    rest = [word for place, word in enumerate(words) if place not in covered]
    return {account for *_, account in widest} if all(map(_is_plain, rest)) else set()


def _says_nothing(name: str) -> bool:
    """Say whether a name is made of words that every export could have."""
    return any(all(map(_is_plain, words)) for words in _spellings(_stem(name)))


def _own(rows: Sequence[Row], requester: str) -> str:
    mine = {row.destination for row in rows if requester.casefold() in _addresses(row)}
    return mine.pop() if len(mine) == 1 else ""


def _together(evidence: Iterable[Said]) -> Said:
    """Names, words and owner: each alone counts; where they differ, only what all of them may mean."""
    heard = [one for one in evidence if one is not None]
    return frozenset.intersection(*heard) if heard else None


# --- words ----------------------------------------------------------------------------------------------------------


def _masked(clause: str, attached: Attached) -> str:
    """Put a placeholder in the place of file names: "anna.vcf" says nothing about the words around it."""
    for number, name in enumerate((attached.name, *attached.others)):
        mask = f" {FILE} " if number == 0 else f" {FILE}other "
        clause = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", mask, clause, flags=re.IGNORECASE)
    return clause


def _of_clause(clause: str, attached: Attached, rows: Sequence[Row], requester: str) -> Said:
    """Return whom a clause names as the file's owner; None where it is about something else."""
    if not _is_about(clause, attached):
        return None
    addresses = {one.casefold() for one in _ADDRESS.findall(clause)}
    words = fold(_ADDRESS.sub(" ", clause.casefold())).split()
    strangers = addresses - {one for row in rows for one in _addresses(row)}
    if NEGATIONS & set(words) or strangers:
        return UNCLEAR
    found = {row.destination for row in rows if addresses & _addresses(row)} or _linked(
        clause, attached, rows
    )
    if len(found) > 1 and len(pieces := _AND.split(clause)) > 1:
        return _of_pieces(pieces, attached, rows, requester)
    return frozenset(found) if found else _of_persons(clause, words, attached, rows, requester)


def _of_persons(
    clause: str, words: list[str], attached: Attached, rows: Sequence[Row], requester: str
) -> Said:
    """Somebody who is in no row, or the requester: "my wife's contacts", "Bobs Kalender", "mes contacts"."""
    if PERSONS & set(words) or _names_somebody(clause, attached, rows):
        return UNCLEAR
    own = _own(rows, requester)
    return frozenset({own}) if own and _is_mine(words, attached) else None


def _of_pieces(pieces: list[str], attached: Attached, rows: Sequence[Row], requester: str) -> Said:
    """Take "contacts of X and calendar of Y" apart; "contacts of X and Y" cannot be."""
    if any(_accounts(piece, rows) and not _speaks_of_exports(piece) for piece in pieces):
        return UNCLEAR
    said = [one for piece in pieces if (one := _of_clause(piece, attached, rows, requester)) is not None]
    return frozenset().union(*said) if said and UNCLEAR not in said else UNCLEAR


def _accounts(clause: str, rows: Sequence[Row]) -> set[str]:
    """Return every account a clause names, by address or by name, wherever."""
    said = {one.casefold() for one in _ADDRESS.findall(clause)}
    by_address = {row.destination for row in rows if said & _addresses(row)}
    return by_address | {account for *_, account in _called(clause, rows)}


def _speaks_of_exports(clause: str) -> bool:
    words = set(fold(clause.casefold()).split())
    return bool(words & {FILE, f"{FILE}other", *KINDS["contacts"], *KINDS["calendar"]})


def _is_about(clause: str, attached: Attached) -> bool:
    """Say whether a clause speaks of the file: by its name, or by its kind where only one of it came."""
    words = set(fold(clause.casefold()).split())
    if FILE in words:
        return True
    return attached.only and f"{FILE}other" not in words and bool(words & KINDS[attached.kind])


def _anchors(words: list[str], attached: Attached) -> list[int]:
    marks = KINDS[attached.kind] | {FILE}
    return [place for place, word in enumerate(words) if word in marks]


def _called(clause: str, rows: Sequence[Row]) -> Iterable[tuple[list[str], int, int, str]]:
    """Yield (words, start, end, account) for every name of a row in a clause; a longer one hides a shorter one in it."""
    for words in _spellings(_ADDRESS.sub(" ", clause)):
        spans = [
            (start, start + len(name), row.destination)
            for row in rows
            for name in _names(row)
            if name[0] not in ROLES and len("".join(name)) > 2
            for start in range(len(words) - len(name) + 1)
            if all(map(_is_called, words[start : start + len(name)], name))
        ]
        for one in spans:
            if not any(o[0] <= one[0] and one[1] <= o[1] and o[:2] != one[:2] for o in spans):
                yield words, *one


def _linked(clause: str, attached: Attached, rows: Sequence[Row]) -> set[str]:
    """Return the accounts called by name right beside the file or its kind: "Annas Kalender", "calendar of bob".

    Where one is, the others that the clause names come along: "the calendar of Anna and Bob" is neither's.
    """
    called = list(_called(clause, rows))
    beside = any(
        _joined(words, start, end, anchor)
        for words, start, end, _ in called
        for anchor in _anchors(words, attached)
    )
    return {account for *_, account in called} if beside else set()


def _joined(words: list[str], start: int, end: int, anchor: int) -> bool:
    between = words[end:anchor] if anchor >= end else words[anchor + 1 : start]
    return len(between) <= 5 and all(word in LINKS for word in between)


def _is_mine(words: list[str], attached: Attached) -> bool:
    anchors = set(_anchors(words, attached))
    plain = [
        word for place, word in enumerate(words) if place in anchors or word in MINE or word not in GENERIC
    ]
    return any(one in MINE and other in KINDS[attached.kind] | {FILE} for one, other in pairwise(plain))


def _names_somebody(clause: str, attached: Attached, rows: Sequence[Row]) -> bool:
    """Say whether somebody is named who is in no row: "Kalender von Bob", "Bob's contacts"."""
    known = GENERIC | KINDS[attached.kind] | {word for row in rows for name in _names(row) for word in name}
    called: list[str] = list(_OF_SOMEBODY.findall(clause))
    called += [one for one, what in _SOMEBODY_S.findall(clause) if fold(what) in KINDS[attached.kind]]
    return any(word not in known for one in called for word in fold(one).split())

"""What sentences beside a table say of its rows: that some are left out, that only some are meant, that a value is another."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from parsers import asidewords as said
from parsers.asidenames import Named, bare_words, end_rows, named_rows, placed_rows
from parsers.labels import fold
from parsers.marks import read_mark
from parsers.prosewords import ALL
from parsers.result import StatedRow
from parsers.secret import is_secret_like
from parsers.values import is_address, is_host, read_host
from parsers.wishes import names_move, of_other_task

_MOST_LINES: Final = 400
_MOST: Final = 200  # sentences
_LONGEST: Final = 800  # characters of one
_WRAPPED: Final = 50  # characters: a shorter line was ended by its writer
_BREAK: Final = re.compile(r"(?<=[.!?])\s+")
_CLAUSE: Final = re.compile(r"[,;\u2013]\s|\s-\s|\s\(|\)\s?")

Kind = Literal["out", "only", "password", "host"]


@dataclass(frozen=True, slots=True)
class Aside:
    """One thing a sentence says of rows."""

    kind: Kind
    rows: frozenset[int]  # their places among the rows
    sure: bool = True  # False = it speaks of them, but it is for their writer to say how
    value: str = ""  # the password or server; "" = none that is certain


def read_asides(lines: Iterable[str], rows: Sequence[StatedRow]) -> list[Aside]:
    """Return what the sentences of a letter say of the rows of its tables, in order. Linear; never raises.

    Rows are named by their address, the part before its @ or a name in it, their domain, or their place. Where a
    sentence leaves out or picks rows by something the table does not show (a colour), all are meant, and none surely.
    """
    found = []
    for sentence in _sentences(lines):
        found += list(_read(sentence, rows))
    return found


def _sentences(lines: Iterable[str]) -> list[str]:
    """Return the sentences above the closing phrase; a line that its writer ended early ends one."""
    parts: list[str] = []
    before, closed = "", False
    for line in islice(lines, _MOST_LINES):
        mark = read_mark(line)
        closed = mark == "sign-off" or (closed and mark != "postscript")
        text = "" if closed else line[:_LONGEST].strip()
        if parts and text and len(before) >= _WRAPPED:
            parts[-1] += " " + text
        else:
            parts.append(text)
        before = text
    return [one[:_LONGEST] for part in parts for one in _BREAK.split(part) if " " in one][:_MOST]


def _read(sentence: str, rows: Sequence[StatedRow]) -> Iterator[Aside]:
    folded = fold(sentence)
    named = named_rows(sentence, rows)
    if said.PASSWORD.search(folded):
        yield from _password(sentence, folded, named, rows)
        return
    hosts = [
        word
        for word in bare_words(sentence)
        if is_host(word.partition(":")[0].lower()) and read_host(word).name
    ]
    hosts = [word for word in hosts if word.count(".") > 1]
    if hosts:
        yield from _hosts(sentence, rows)
        return
    if out := _left_out(sentence, folded, rows):
        yield out
    elif only := _picked(folded, named, rows):
        yield only


# --- rows left out ------------------------------------------------------------------------------------------------


def _left_out(sentence: str, folded: str, rows: Sequence[StatedRow]) -> Aside | None:
    if of_other_task(folded):
        return None
    clauses = [one for one in _CLAUSE.split(sentence) if one.strip()]
    for at, clause in enumerate(clauses):
        words = fold(clause)
        cue = _cue(words)
        if not cue:
            continue
        named = _of_clause(cue, clauses, at, rows)
        doubt = bool(said.DOUBT.search(folded)) or bool(said.ONLY.search(folded) and cue != "except")
        if named.rows:
            sure = named.sure and not doubt and cue != "stays" and len(named.rows) < len(rows)
            return Aside("out", named.rows, sure)
        if (
            (cue in {"leave", "except"} or (cue == "never" and not doubt))
            and said.THINGS.search(words)
            and rows
        ):
            return Aside("out", frozenset(range(len(rows))), sure=False)
    return None


def _cue(words: str) -> str:
    if said.LEAVE.search(words):
        return "leave"
    if said.EXCEPT.search(words):
        return "except"
    parts = words.split()
    for at, word in enumerate(parts):
        if word in said.NEVER and names_move(" ".join(parts[at + 1 : at + 5])):
            return "never"
        if word in said.NEVER and at and names_move(" ".join(parts[max(0, at - 4) : at])):
            return "never"
    return "stays" if said.STAYS.search(words) else ""


def _of_clause(cue: str, clauses: list[str], at: int, rows: Sequence[StatedRow]) -> Named:
    """Return who is left out: named in the clause of the word, behind one that excepts, else in the clauses before, or after."""
    here = clauses[at]
    if cue == "except":
        here = _behind(here) + " " + " ".join(clauses[at + 1 :])
        return placed_rows(here, rows)
    if (named := placed_rows(here, rows)).rows:
        return named
    for other in (*reversed(clauses[:at]), *clauses[at + 1 :]):
        if (named := placed_rows(other, rows)).rows:
            return named
    return Named()


def _behind(clause: str) -> str:
    """Return the words behind one that excepts."""
    words = clause.split()
    for at in range(len(words)):
        if said.EXCEPT.search(fold(" ".join(words[: at + 1]))):
            return " ".join(words[at + 1 :])
    return clause


# --- rows picked --------------------------------------------------------------------------------------------------


def _picked(folded: str, named: Named, rows: Sequence[StatedRow]) -> Aside | None:
    only, begin = said.ONLY.search(folded), said.BEGIN.search(folded)
    if not only and not begin:
        return None
    asks = (
        begin
        or names_move(folded)
        or re.search(r"\b(?:please|bitte|merci|por favor|per favore|graag|prosze|va rog)\b", folded)
    )
    others = frozenset(range(len(rows)))
    if (meant := end_rows(folded, len(rows))) is not None:
        return Aside("only", others - meant, sure=bool(only) and not said.DOUBT.search(folded))
    if named.rows and named.rows != others and asks:
        return Aside(
            "only", others - named.rows, sure=bool(only) and named.sure and not said.DOUBT.search(folded)
        )
    if only and asks and said.MARKED.search(folded) and said.THINGS.search(folded):
        return Aside("only", others, sure=False)
    return None


# --- values -------------------------------------------------------------------------------------------------------


def _password(sentence: str, folded: str, named: Named, rows: Sequence[StatedRow]) -> Iterator[Aside]:
    """Yield the password a sentence gives one row; one said to be another, and not given, is asked for."""
    if said.AT_OURS.search(folded):
        return
    if not named.rows and ALL.search(folded):
        yield from _common_password(sentence, rows)
    if len(named.rows) != 1:
        return
    (at,) = named.rows
    changed = said.CHANGED.search(folded) is not None
    had = rows[at].password
    secrets = {word for word in _secrets(sentence) if had is None or word.rstrip(".") != had.rstrip(".")}
    if len(secrets) == 1 and named.sure and (changed or had is None):
        yield Aside("password", named.rows, value=secrets.pop())
    elif changed or secrets:
        yield Aside("password", named.rows, sure=False)


def _common_password(sentence: str, rows: Sequence[StatedRow]) -> Iterator[Aside]:
    """Yield the one password that a sentence gives all mailboxes, where the table has none."""
    secrets = set(_secrets(sentence))
    lacking = frozenset(range(len(rows)))
    if len(secrets) == 1 and "@" not in sentence and all(_lacks_password(row) for row in rows):
        yield Aside("password", lacking, value=secrets.pop())


def _lacks_password(row: StatedRow) -> bool:
    return row.password is None and any(problem.code == "password-missing" for problem in row.problems)


def _secrets(sentence: str) -> Iterator[str]:
    for word in sentence.split():
        bare = word.strip("\"'`()[]<>\u201c\u201d\u201e\u00ab\u00bb").rstrip(",;")
        if is_secret_like(bare) and not is_address(bare.rstrip(".")):
            yield bare


def _hosts(sentence: str, rows: Sequence[StatedRow]) -> Iterator[Aside]:
    """Yield the server that a clause names beside rows: "only sales@x.example is at imap.y.example"."""
    for clause in re.split(
        r"[,;]\s|\s(?:and|und|et|y|e|en|i|si|but|aber|mais|pero|ma|maar|mas|ale|dar)\s", sentence
    ):
        hosts = {
            word
            for word in bare_words(clause)
            if word.count(".") > 1 and "@" not in word and read_host(word).name
        }
        named = named_rows(clause, rows)
        if len(hosts) == 1 and named.rows and named.sure:
            yield Aside("host", named.rows, value=hosts.pop())

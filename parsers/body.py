"""Rows and wishes stated in running text."""

from typing import Final

from parsers.arrows import read_arrow
from parsers.bare import judge
from parsers.bodylines import take_pairs, take_plain
from parsers.drafts import Service
from parsers.examples import is_example, opens_example
from parsers.grammar import BULLET, RULE, read_pairs
from parsers.gridtext import read_text_table, split_compound
from parsers.marks import Mark, is_mail_header, read_mark
from parsers.paragraphs import Reading, end_paragraph
from parsers.result import Parsed
from parsers.rows import merge_rows
from parsers.settle import settle
from parsers.sideways import read_sideways
from parsers.stated import Stated
from parsers.text import split_lines
from parsers.values import read_host, read_server
from parsers.wishes import read_wishes

_MAX_LINES: Final = 20_000


_SERVICES: Final[dict[Mark, Service]] = {"mail": "mail", "sending": "sending", "other": "other"}


def parse_body(text: str, *, asked: bool = False) -> Parsed[Stated]:
    """Return the rows, the wanted start and the wishes stated in a letter's own lines. Never raises.

    Knows `label: value`, the value on the line below, tables, bare `address / password / host` lines and plain
    sentences, in nine languages. A server stated for no row in particular stands in `servers`; who knows the whole
    request shares it. Row problems are those of DESIGN section 3, except host-missing and what a second source of rows
    could show. What cannot be told with certainty is a problem and no value.

    Args:
        text: the lines the sender wrote.
        asked: something else than the text (the subject) asks for a move.
    """
    stated = _parse(text, asked=asked)
    if asked or not _lacks_address(stated):
        return stated
    again = _parse(
        text, asked=True
    )  # who gives a password wants something moved: which mailbox, they say beside it
    return stated if _lacks_address(again) else again


def _lacks_address(stated: Parsed[Stated]) -> bool:
    return any(row.password and not row.address for row in stated.value.rows)


def _parse(text: str, *, asked: bool) -> Parsed[Stated]:
    lines = split_lines(text)[:_MAX_LINES]
    wishes = read_wishes("\n".join(lines))
    letter = Reading(lines, asked=asked or "asks-migration" in wishes)
    at = 0
    while at < len(letter.lines):
        at = _take(letter, at)
    end_paragraph(letter)
    return _stated(letter, text, wishes)


def _stated(letter: Reading, text: str, wishes: frozenset[str]) -> Parsed[Stated]:
    collector = letter.collector
    drafts = collector.drafts
    hosted = bool(letter.servers) or any(draft.has("host") for draft in (*drafts, collector.shared))
    named = any(draft.answered for draft in drafts) or "pass" in text.casefold()
    accepted = judge(letter.bare, hosted=hosted, asked=letter.asked, named=named)
    refused = {id(bare.draft) for bare in letter.bare} - {id(draft) for draft in accepted}
    drafts = [draft for draft in drafts if id(draft) not in refused]
    rows = settle(
        drafts, collector.shared, asked=letter.asked, same_for_all=letter.same_for_all, hosted=hosted
    )
    alone = [
        read_server(draft.stated)
        for draft in (*drafts, collector.shared)
        if not draft.has("address", "login", "password")
    ]
    servers = {server.name: server for server in (*alone, *map(read_host, letter.servers)) if server.name}
    problems = tuple(problem for draft in drafts for problem in draft.problems)
    stated = Stated(
        rows=merge_rows(rows), start_said=collector.start, wishes=wishes, servers=tuple(servers.values())
    )
    return Parsed(stated, tuple(dict.fromkeys(problems)))


def _take(letter: Reading, at: int) -> int:
    """Take the line, or several where they belong together; return the next line's index."""
    line = letter.lines[at]
    collector = letter.collector
    if not line.strip():
        end_paragraph(letter)
        collector.blank()
        letter.parted = True
        return at + 1
    if _is_of_example(letter, line):
        return at + 1
    mark = read_mark(line)
    if mark is not None and _obey(letter, mark):
        return at + 1
    if RULE.match(line):
        end_paragraph(letter)
        collector.rule()
        return at + 1
    return _take_stated(letter, at)


def _is_of_example(letter: Reading, line: str) -> bool:
    """Say whether the line belongs to an example; one goes on until somebody speaks again behind a blank line."""
    if opens_example(line):
        end_paragraph(letter)
        letter.example, letter.parted = True, False
    elif letter.example and letter.parted:
        talks = len(line.split()) > 2 or line.rstrip().endswith(":")
        letter.example = not (talks and "@" not in line and not _states(line)) and not RULE.match(line)
    return letter.example or is_example(line)


def _states(line: str) -> bool:
    return any(pair.value.strip() for pair in read_pairs(line))


def _take_stated(letter: Reading, at: int) -> int:
    line, collector = letter.lines[at], letter.collector
    if arrow := read_arrow(BULLET.sub("", line)):
        end_paragraph(letter)
        if letter.asked or arrow.answered:
            collector.insert(arrow)
        return at + 1
    if table := read_sideways(letter.lines, at) or read_text_table(letter.lines, at):
        end_paragraph(letter)
        for draft in table[0]:
            collector.insert(draft)
        return table[1]
    if compound := split_compound(line):
        collector.insert(compound)
        return at + 1
    if (pairs := read_pairs(line)) and not is_mail_header(letter.lines, at):
        return take_pairs(letter, at, pairs)
    return take_plain(letter, at)


def _obey(letter: Reading, mark: Mark) -> bool:
    """Follow what the line says about the lines around it; return whether that is all it says."""
    end_paragraph(letter)
    collector = letter.collector
    if mark in {"sign-off", "postscript"}:
        collector.sign_off(over=mark == "postscript")
    elif mark == "contact":
        collector.contact()
    else:
        collector.heading(None, service=_SERVICES[mark])
    return mark != "postscript"

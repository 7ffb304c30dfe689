"""One letter as its child reads it: the message, and what its lines state; an export is only counted."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from parsers.body import Stated, parse_body
from parsers.message import Inbound, parse_message
from parsers.result import Parsed, Problem
from parsers.startphrase import read_lone_start, read_start_phrases
from parsers.wishes import read_wishes

_ANSWER: Final = re.compile(r"^\W*(re|aw|antw|sv|vs|r|rif|tr|wg|fwd?|rv|doorst)\s*:", re.IGNORECASE)


def read_letter(raw: bytes) -> tuple[Parsed[Inbound], Parsed[Stated]]:
    """Return the message and what its own lines state; where they state no row, what a forwarded part does."""
    message = parse_message(raw)
    stated = parse_body(text_of(message.value, "own"))
    if not _ANSWER.match(message.value.subject):
        asked = read_wishes(message.value.subject) & {"asks-migration"}
        stated = Parsed(replace(stated.value, wishes=stated.value.wishes | asked), stated.problems)
    if not stated.value.rows and (forwarded := text_of(message.value, "forwarded")):
        inner = parse_body(forwarded)
        servers = (*stated.value.servers, *inner.value.servers)
        stated = Parsed(replace(stated.value, rows=inner.value.rows, servers=servers), stated.problems)
    return message, _with_starts(message.value, stated)


def _with_starts(inbound: Inbound, stated: Parsed[Stated]) -> Parsed[Stated]:
    own = text_of(inbound, "own")
    subject = "" if _ANSWER.match(inbound.subject) else inbound.subject
    phrases = read_start_phrases(f"{subject}\n\n{own}")
    return Parsed(
        replace(stated.value, start_phrases=phrases, lone_start=read_lone_start(own)), stated.problems
    )


def count_cards(data: bytes, name: str) -> Parsed[int]:
    """Return how many cards the file holds, and its problems."""
    from parsers.vcard import parse_cards

    parsed = parse_cards(data)
    return Parsed(len(parsed.value), _of_file(parsed.problems, name))


def count_objects(data: bytes, name: str) -> Parsed[int]:
    """Return how many calendar objects the file holds, and its problems."""
    from parsers.ics import parse_calendar

    parsed = parse_calendar(data)
    return Parsed(len(parsed.value.objects), _of_file(parsed.problems, name))


def _of_file(problems: Iterable[Problem], name: str) -> tuple[Problem, ...]:
    return tuple(replace(problem, item=problem.item or name) for problem in problems)


def text_of(inbound: Inbound, kind: str) -> str:
    return "\n".join(block.text for block in inbound.blocks if block.kind == kind)

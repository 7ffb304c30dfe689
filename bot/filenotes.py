"""Imported contacts and calendars in a reply: a table of the files, and what became of single items. Pure.

A mail names few items and groups many by what happened to them; where it does not name them all, a table comes along.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from bot.page import Block, Table, one_line
from bot.sheet import names_in, render_cells
from bot.states import File, State, Ticket
from bot.tables import ROW_WORDS, Attachment, columns, reason
from bot.words import Words

FEW: Final = 3  # items of one file that are not there: a line each; more are grouped by reason
MOST: Final = 6  # items of one group that are all named
NAMED: Final = 5  # of a larger one
LONGEST_NAME: Final = 60  # characters
FILE_WORDS: Final[Mapping[State, str]] = {
    **ROW_WORDS,
    State.READY: "file_ready",
    State.IMPORTING: "importing",
    State.DONE: "imported_word",
}
OF_THE_FILE: Final = frozenset(
    {"cut-file", "charset-used"}
)  # says something of the file, not of an item in it
HARMLESS: Final = OF_THE_FILE | {"duplicate-card", "duplicate-object", "nested-card", "unsupported-component"}
CUT: Final = frozenset({"cut-object", "cut-card"})

Found = tuple[str, str]  # what an item is called, and the code of what happened to it


def file_blocks(ticket: Ticket, words: Words) -> list[Block]:
    """Return contacts and calendars: a table, and what needs a word."""
    if not ticket.files:
        return []
    lines = tuple(_file_line(item, words) for item in ticket.files)
    head = columns(words, ("file", "content", "goes_to", "state", "result"))
    notes = [note for item in ticket.files for note in _file_notes(item, ticket, words)]
    all_of_them = [words("words", "all_items", file=words("files", "items"))] if _hides(ticket) else []
    return [Table(head, lines), *notes, *all_of_them]


def item_sheet(ticket: Ticket, words: Words) -> tuple[Attachment, ...]:
    """Return every item that is not there, or not quite as it came, as a CSV; nothing where the mail names them all."""
    if not _hides(ticket):
        return ()
    lines = [
        (
            item.name,
            item.target,
            _called(item, name, words),
            words("words", outcome) if outcome else "",
            reason(code, words),
        )
        for item in ticket.files
        for name, code, outcome in (
            *((name, code, "" if code in HARMLESS else "not_imported") for name, code in _lost(item)),
            *((name, code, "changed_word") for name, code in _changed(item)),
        )
    ]
    head = columns(words, ("file", "goes_to", "item", "result", "reason"))
    raw = render_cells([head, *lines], names_in(words.language).delimiter)
    return ((words("files", "items"), "text/csv", raw),)


def file_content(item: File, words: Words) -> str:
    """Return how much was understood or imported."""
    if item.report is None:
        return words("words", "understood" if item.items else "understood_none", items=item.items)
    left = sum(code not in HARMLESS for _, code in _lost(item))
    key = "imported" if not left else "imported_but"
    told = {name: item.report.get(name, 0) for name in ("imported", "updated", "same")}
    return words("words", key, **told, left=left)


def _file_line(item: File, words: Words) -> tuple[str, ...]:
    kind = words("words", item.kind)
    state = words("words", FILE_WORDS[item.state])
    return (item.name, kind, item.target or "?", state, file_content(item, words))


def _file_notes(item: File, ticket: Ticket, words: Words) -> list[str]:
    """Return up to two paragraphs: what is wrong and what is not there; and what is there, but changed."""
    codes = [] if item.items else [code for code, _ in item.problems[:1]]
    codes += [item.code] if item.code else []
    codes += (
        ["target-proposed" if item.proposal else "target-unknown"] if item.items and not item.target else []
    )
    example = ticket.rows[0].address if ticket.rows else ticket.requester
    values = {"destination": item.target or item.proposal, "file": item.name, "example": example}
    values |= dict.fromkeys(("host", "port", "comes", "room"), "")
    known = [code if words.has("codes", code) else "unreadable" for code in dict.fromkeys(codes)]
    lines = [words("words", "named", name=item.name, what=words("codes", code, **values)) for code in known]
    paragraphs = ([*lines, *_lost_lines(item, words)], _changed_lines(item, words))
    return ["\n".join(one) for one in paragraphs if one]


def _lost(item: File) -> list[Found]:
    """Return the items that are not there, each once: as the import left them, or as they were read before it."""
    if item.report is None:
        found = [(name, code) for code, name in item.problems if item.items]
    else:
        found = [
            (str(note["name"]), str(note["code"]))
            for key in ("failed", "skipped")
            for note in item.report[key]
        ]
    if CUT & {code for _, code in found}:  # one cut is one thing to say
        found = [(name, code) for name, code in found if code != "cut-file"]
    return found


def _changed(item: File) -> list[Found]:
    return [(str(note["name"]), str(note["code"])) for note in (item.report or {}).get("repaired", ())]


def _hides(ticket: Ticket) -> bool:
    """Say whether a mail leaves out the name of some item."""
    groups = (_grouped(found) for item in ticket.files for found in (_lost(item), _changed(item)))
    return any(len(names) > MOST for group in groups for names in group.values())


def _lost_lines(item: File, words: Words) -> list[str]:
    found = _lost(item)
    if len(found) <= FEW:
        return [_single(item, name, reason(code, words), words) for name, code in dict.fromkeys(found)]
    bad = [one for one in found if one[1] not in HARMLESS]
    lines = [_headed(item, "not_imported_head", words), *_groups(item, bad, words)] if bad else []
    rest = _groups(item, (one for one in found if one[1] in HARMLESS), words)
    return [*lines, *(words("words", "named", name=item.name, what=line.removeprefix("- ")) for line in rest)]


def _changed_lines(item: File, words: Words) -> list[str]:
    found = _changed(item)
    return [_headed(item, "repaired", words), *_groups(item, found, words)] if found else []


def _headed(item: File, key: str, words: Words) -> str:
    return words("words", "named", name=item.name, what=words("words", key))


def _groups(item: File, found: Iterable[Found], words: Words) -> list[str]:
    """Return one line for each thing that happened, the commonest first: how often, and the first of them by name."""
    groups = sorted(_grouped(found).items(), key=lambda group: -len(group[1]))
    lines = []
    for code, names in groups:
        every = [_called(item, name, words) for name in names]
        shown = [name for name in (every if len(every) <= MOST else every[:NAMED]) if name]
        more = (
            [words("words", "and_more", n=len(every) - len(shown))]
            if shown and len(shown) < len(every)
            else []
        )
        said = " ".join([", ".join(shown), *more])
        head = f"- {reason(code, words)} ({words.number(len(names))})"
        lines.append(words("words", "named", name=head, what=said) if said else head)
    return lines


def _grouped(found: Iterable[Found]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, code in found:
        groups.setdefault(code, []).append(name)
    return groups


def _single(item: File, name: str, what: str, words: Words) -> str:
    """Name one card or event of a file."""
    called = _called(item, name, words)
    return (
        words("words", "named", name=f"{item.name}, {called}", what=what)
        if called
        else f"{item.name}, {what}"
    )


def _called(item: File, name: str, words: Words) -> str:
    """Return what an item is called, one without a name by its line ("line 63" of a report); "" = the file itself."""
    if name in ("", item.name):
        return ""
    line = re.fullmatch(r"line (\d{1,9})", name)
    short = one_line(name)
    short = short if len(short) <= LONGEST_NAME else f"{short[: LONGEST_NAME - 1]}…"
    return words("words", "line", line=line[1]) if line else short

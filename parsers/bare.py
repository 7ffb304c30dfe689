"""Rows in running text that have no labels of their own: bare `address / password / host` lines."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from parsers.drafts import Draft
from parsers.grammar import read_pairs
from parsers.labels import Field, read_label
from parsers.pairs import Pair
from parsers.secret import is_secret_like, read_secret
from parsers.values import is_address, is_host, read_address, read_host

_PHONE: Final = re.compile(r"^(?:tel|fon|phone|mobil|fax)?[\s:.+()\d/-]{7,}$", re.IGNORECASE)
_WEB: Final = re.compile(r"^(?:https?://|www\.)", re.IGNORECASE)
_DATE: Final = re.compile(
    r"(?:[^\W\d_]{2,10},? )?(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})(?:[T,]? {0,2}(?:[^\W\d_]{1,4} )?\d{1,2}[:.h]\d{2}(?::\d{2})?(?: ?[^\W\d_]{1,5})?)?"
)
_DELIMITERS: Final = (
    "\t", "; ", ";", " / ", " | ", "|", " -> ", " => ", " \u2192 ", " \u21d2 ", " \u279c ", " \u2794 ", " > ", ", ", ",", "  ", " - ", " \u2013 ", " : ", ": ", ":", "/", " ",
)  # fmt: skip
_PARTING: Final = frozenset(
    {"\t", "; ", ";", " / ", " | ", "|", " : ", ":", "/", " \u2192 ", " \u21d2 ", " \u279c ", " \u2794 "}
)  # nobody writes prose with these
_LEADING: Final = r"^(?:and|und|et|y|e|en|i|\u0219i|si|also|sowie|auch|plus|then|dann)\s+(?=\S+@)"
_SERVER_LAST: Final = re.compile(
    r"[,;] ?\(?(?P<label>[^\W\d_]{2,20}(?:[ -][^\W\d_]{2,20}){0,2}?)(?: is)?[:=]? (?P<host>[\w.-]{3,100}[^\W_])[.)]{0,2}$"
)
_SENTENCES: Final = re.compile(r"\w\w[.!?] [A-Z\u00c0-\u00de][\w']* [\w']+ ")
_MOST_LINE: Final = 500
_MOST_CELLS: Final = 6
_MOST_WORDS: Final = 4  # of a password that holds the delimiter


@dataclass(frozen=True, slots=True)
class Bare:
    """A line that may be a row: what its cells are, as far as that can be told from the line alone."""

    draft: Draft
    delimiter: str
    certain: bool  # has a server, or a password no sentence would hold


def read_bare(line: str) -> Bare | None:
    """Return the row a line such as `a@x / secret / imap.x` states, in any order; None for anything else."""
    if "@" not in line or len(line) > _MOST_LINE or _SENTENCES.search(line):
        return None
    line, server = _without_server(_without_caption(line.strip(" \t\u00a0")))
    if server and (alone := read_bare(line)) and not alone.draft.has("host"):
        alone.draft.stated["host"] = server
        return replace(alone, certain=alone.certain or alone.draft.has("password"))
    for delimiter in _DELIMITERS:
        if delimiter not in line or (delimiter == "; " and line.count(";") == line.count("; ")):
            continue
        cells = _cells(line, delimiter)
        cells = [_unnamed(cell) for cell in cells]
        addresses = [n for n, cell in enumerate(cells) if " " not in cell and is_address(read_address(cell))]
        if not 2 <= len(cells) <= _MOST_CELLS or not addresses or len(addresses) > 2:
            continue
        if delimiter in {" ", ":", ": ", "/"} and not _is_tight(cells, delimiter):
            continue
        found = _from_cells(cells, addresses)
        if found is None:
            return _rest_is_password(line, delimiter, cells)
        found[0].suspect = found[0].suspect or delimiter == "; "  # a tight one belongs to the password
        return Bare(found[0], delimiter, certain=found[1])
    return None


def _without_caption(line: str) -> str:
    """Return the line without a leading "Mailbox 1:" or "Anna:", where what follows is parted by something else."""
    line = re.sub(_LEADING, "", line, flags=re.IGNORECASE)
    caption = re.match(r"[^@:\t|;/]{1,40}:\s+(?=\S+@)", line)
    return line[caption.end() :] if caption else line


def _without_server(line: str) -> tuple[str, str]:
    """Return the line and the server it ends with behind another mark than its own: "a@x / Secret1, server imap.x"."""
    found = _SERVER_LAST.search(line)
    label = read_label(found["label"]) if found else None
    named = label is not None and label.field == "host" and label.role != "new"
    if not (found and named and is_host(found["host"].lower())):
        return line, ""
    return line[: found.start()], found["host"]


def _unnamed(cell: str) -> str:
    """Return the address of a cell such as "Kim Lee (kim@x.example)", any other cell as it is."""
    named = re.fullmatch(r"[^@<(]{1,40}[<(]([^\s@<>()]+@[^\s@<>()]+)[>)]", cell)
    return named[1] if named else cell


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter in {":", ": "}:
        return [cell.strip() for cell in line.split(delimiter, maxsplit=1)]
    if delimiter == "/":
        return [cell.strip() for cell in line.split(delimiter, maxsplit=1)]
    cells = [cell.strip() for cell in line.strip("|" if "|" in delimiter else "").split(delimiter)]
    while cells and not cells[-1]:
        cells.pop()
    return [cell for cell in cells if cell] if delimiter == "  " else cells


def _is_tight(cells: list[str], delimiter: str) -> bool:
    if delimiter in {":", "/"}:
        return is_address(cells[0]) and " " not in cells[1] and bool(cells[1])
    if delimiter == ": ":
        return is_address(cells[0].strip("<>")) and bool(cells[1]) and (" " not in cells[1])
    if len(cells) == 2:
        return is_secret_like(cells[1]) or is_secret_like(cells[0])
    return len(cells) == 3 and any(is_host(cell) and not _WEB.match(cell) for cell in cells)


_PORTS: Final = frozenset({"143", "993"})


def _from_cells(cells: list[str], addresses: list[int]) -> tuple[Draft, bool] | None:
    """Return the draft and whether it is certainly a row; None where the cells are no row."""
    draft = Draft(origin="bare", stated={"address": cells[addresses[0]]})
    stated = draft.stated
    if len(addresses) > 1:
        stated["destination"] = cells[addresses[1]]
    rest = [n for n in range(len(cells)) if n not in addresses and cells[n]]
    rest = [n for n in rest if not _take_labelled(cells[n], stated)]
    _take_start(cells, rest, stated)
    several = _take_host(cells, rest, stated)
    _take_port(cells, rest, draft)
    if any(_PHONE.match(cells[n]) or _WEB.match(cells[n]) or read_host(cells[n]).name for n in rest[1:]):
        return None
    if "password" in stated:
        return (draft, True) if not rest and read_secret(stated["password"]) == "value" else None
    at = _password_cell(cells, rest, named="host" in stated, address=addresses[0])
    return None if at is None else (draft, _take_password(draft, cells[at], unsure=several))


def _take_start(cells: list[str], rest: list[int], stated: dict[Field, str]) -> None:
    """Move a last cell that is a date from the rest to the row, where another is left to be the password."""
    if len(rest) > 1 and "start" not in stated and _DATE.fullmatch(cells[rest[-1]]):
        stated["start"] = cells[rest.pop()]


def _take_host(cells: list[str], rest: list[int], stated: dict[Field, str]) -> bool:
    """Move the last cell that is a server from the rest to the row; return whether another could be one too."""
    hosts = [n for n in rest if " " not in cells[n] and not _WEB.match(cells[n]) and read_host(cells[n]).name]
    if hosts and (len(rest) > 1 or "password" in stated):
        stated["host"] = cells[hosts[-1]]
        rest.remove(hosts[-1])
    return len(hosts) > 1


def _password_cell(cells: list[str], rest: list[int], *, named: bool, address: int) -> int | None:
    """Return which cell is the password, None where that is none: a name, a phone number, a web page, a server alone."""
    likely = [n for n in rest if is_secret_like(cells[n])]
    if len(rest) > 1:
        numbers = any(char.isdigit() for n in rest if n not in likely for char in cells[n])
        rest = [] if numbers or len(likely) != 1 else likely
    if len(rest) != 1 or _PHONE.match(cells[rest[0]]) or _WEB.match(cells[rest[0]]):
        return None
    at = rest[0]
    if not named and at not in likely and (at < address or read_host(cells[at]).name):
        return None  # "Anna Berg, anna@x.example"; "anna@x.example | x.example"
    return at


def _take_labelled(cell: str, stated: dict[Field, str]) -> bool:
    """Put a cell that names itself ("pw: Secret1", "Server imap.x.example") into the row; return whether it does."""
    pairs = read_pairs(cell)
    words = cell.split()
    if not pairs and len(words) == 2 and (label := read_label(words[0])):
        fits = label.field == "password" or (label.field == "host" and is_host(words[1]))
        pairs = [Pair(label, words[1])] if fits else []
    if len(pairs) != 1 or pairs[0].weak or not pairs[0].value.strip():
        return False
    label = pairs[0].label
    if label.role != "new" and label.field not in stated and label.field != "ignored":
        stated[label.field] = pairs[0].value.strip()
    return True


def _take_port(cells: list[str], rest: list[int], draft: Draft) -> None:
    for n in list(rest):
        if (
            len(rest) > 1
            and re.fullmatch(r"\d{2,5}", cells[n])
            and "port" not in draft.stated
            and n > rest[0]
            and (cells[n] in _PORTS or read_host(cells[n - 1]).name)  # else it may be the password's end
        ):
            draft.stated["port"] = cells[n]
            rest.remove(n)
        elif len(rest) > 1 and re.fullmatch(r"(?:ssl|tls|starttls|ssl/tls)", cells[n], re.IGNORECASE):
            draft.stated["security"] = cells[n]
            rest.remove(n)


def _take_password(draft: Draft, cell: str, *, unsure: bool) -> bool:
    """Put the cell into the draft; return whether the line is certainly a row."""
    reading = read_secret(cell)
    if reading == "value":
        draft.stated["password"] = cell
        draft.suspect = unsure
    draft.told, draft.same, draft.unsure = reading == "missing", reading == "same", reading == "unsure"
    return reading in {"same", "missing"} or "host" in draft.stated or is_secret_like(cell)


def _rest_is_password(line: str, delimiter: str, cells: list[str]) -> Bare | None:
    """Return the row of a line whose password holds the delimiter: all that follows a leading address."""
    rest = line.split(delimiter, maxsplit=1)[1].strip()
    if len(cells) < 3 or delimiter not in _PARTING | {", ", ","} or not is_address(cells[0]):
        return None
    if any(_PHONE.match(cell) or _WEB.match(cell) for cell in (rest, *cells)):
        return None
    wordy = len(rest.split()) > _MOST_WORDS or any(is_address(word.strip(",;.")) for word in rest.split())
    if wordy or (delimiter not in _PARTING and not any(is_secret_like(cell) for cell in cells[1:])):
        return None
    return Bare(
        Draft(origin="bare", stated={"address": cells[0], "password": rest}, suspect=True),
        delimiter,
        certain=False,
    )


def judge(found: list[Bare], *, hosted: bool, asked: bool, named: bool) -> list[Draft]:
    """Return the drafts of the lines that are rows.

    Certain ones are where mailboxes are spoken of at all; of the others, those that come in numbers or behind a delimiter
    nobody writes prose with, where a server or the word password is near. What is left over is a row with a question.

    Args:
        found: the lines, in order.
        hosted: the letter names a server.
        asked: it asks for a move.
        named: it speaks of passwords.
    """
    often = Counter(bare.delimiter for bare in found)
    certain = sum(bare.certain for bare in found)
    likely = {bare.delimiter for bare in found if bare.certain}
    drafts = []
    for bare in found:
        own = "host" in bare.draft.stated
        context = own or hosted or asked or often[bare.delimiter] > 1 or certain > 1
        if bare.draft.after and not own:
            continue
        if bare.certain and context:
            drafts.append(bare.draft)
        elif context and (bare.delimiter in _PARTING or often[bare.delimiter] > 1):
            sure = bare.delimiter in likely or (bare.delimiter in _PARTING and (hosted or named or asked))
            if not sure:
                bare.draft.stated.pop("password", None)
                bare.draft.unsure = True
            if sure or asked:
                drafts.append(bare.draft)
    return drafts

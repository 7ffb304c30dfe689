"""One line of a letter, or a few that belong together: labelled values, a value below its label, a row without labels."""

import re
from typing import Final

from parsers.bare import Bare, read_bare
from parsers.drafts import Service
from parsers.grammar import BULLET, RULE, read_pairs
from parsers.labels import Label, heading_role, read_label
from parsers.pairs import Pair
from parsers.paragraphs import Reading, end_paragraph
from parsers.secret import is_secret_like
from parsers.values import is_address, is_host, read_address, read_host

_FORM_LINE: Final = re.compile(
    r"\s{0,20}[^\W\d_]{2,30}(?: [^\W\d_]{1,30}){0,4} ?:\s{0,20}"
)  # "Date of birth:"


_TAIL: Final = re.compile(r"(?<![^\s(])[\w.+-]{1,64}@[\w.-]{1,200}\s{0,3}[/;|]\s")


def take_pairs(letter: Reading, at: int, pairs: list[Pair]) -> int:
    """Take the labelled values of a line; return the next line's index."""
    first = pairs[0]
    if first.weak and not _is_plain(first):
        letter.loose.append(letter.lines[at])
        return at + 1
    if not first.value.strip() and len(pairs) == 1:
        return _value_below(letter, at, first)
    end_paragraph(letter)
    if first.label.field == "address" and (bare := read_bare(first.value)) and " " in first.value.strip():
        if first.label.role == "new":
            letter.collector.add(first._replace(value=bare.draft.stated["address"]))
            letter.collector.add(Pair(Label("password", "new"), bare.draft.stated.get("password", "")))
        else:
            _insert_bare(letter, bare)
        return at + 1
    for pair in pairs:
        letter.collector.add(pair)
    return at + 1


def _is_plain(pair: Pair) -> bool:
    """Say whether a sentence's end is one value: "The password is Ab1."; not "is wrong since Monday"."""
    value = pair.value.strip()
    words = value.split()
    if pair.label.field == "password":
        return len(words) == 1 and (
            is_secret_like(value) or any(c.isdigit() for c in value) or _is_quoted(value)
        )
    if pair.label.field in {"address", "destination"}:
        return len(words) == 1 and is_address(read_address(value))
    if pair.label.field == "host":
        return len(words) <= 4 and read_host(value).name is not None
    if pair.label.field == "login":
        return len(words) == 1
    return pair.label.field in {"start", "port"}


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] in "\"'\u201c\u201e\u00ab\u2018`"


def _value_below(letter: Reading, at: int, pair: Pair) -> int:
    """Take the next non-blank line as the value, unless it is a pair, a label or a rule itself."""
    lines, collector, label = letter.lines, letter.collector, pair.label
    end_paragraph(letter)
    below = next((n for n in range(at + 1, min(at + 4, len(lines))) if lines[n].strip()), None)
    taken = (
        below is None
        or read_pairs(lines[below])
        or RULE.match(lines[below])
        or read_label(lines[below].strip())
        or _FORM_LINE.fullmatch(lines[below])
    )
    if taken or below is None:
        service: Service = "sending" if label.field == "ignored" else "mail" if label.field == "host" else ""
        collector.heading(label.role or heading_role(lines[at]), service=service)
        return at + 1
    fits = label.field != "address" or "@" in lines[below]
    if (
        label.field == "address"
        and (bare := read_bare(BULLET.sub("", lines[below])))
        and not is_address(bare.draft.account)
    ):
        fits = False
    if not fits or (label.field == "address" and " " in lines[below].strip()):
        return at + 1
    collector.add(pair._replace(value=lines[below]))
    return below + 1


def take_plain(letter: Reading, at: int) -> int:
    """Take a line without a labelled value: a heading, an address alone, a bare row, or a sentence."""
    line = letter.lines[at]
    bare = BULLET.sub("", line).strip(" \t\u00a0*_")
    label = read_label(bare) if "@" not in bare else None
    if label is not None and label.field != "start":
        return _value_below(letter, at, Pair(label, ""))
    if line.rstrip().endswith(":") and (role := heading_role(bare)):
        letter.collector.heading(role, service="")
    if found := read_bare(bare):
        _insert_bare(letter, found)
        return at + 1
    if tail := _row_at_end(bare):
        letter.loose.append(bare[: -len(tail[1])])
        _insert_bare(letter, tail[0])
        return at + 1
    if (address := _address_alone(bare)) and not letter.collector.elsewhere:
        sure = bare.strip("<>:,;.()") == address
        letter.alone[len(letter.loose)] = letter.collector.alone(address, sure=sure)
    letter.loose.append(bare)
    return at + 1


def _row_at_end(line: str) -> tuple[Bare, str] | None:
    """Return the row a sentence ends with ("… access: a@x.example / Secret1 / imap.x.example") and its text."""
    found = list(_TAIL.finditer(line[:2000]))
    if not found or found[-1].start() == 0:
        return None
    text = line[found[-1].start() :]
    row = read_bare(text)
    return (
        (row, text) if row and row.certain and row.draft.has("host") and row.draft.has("password") else None
    )


def _insert_bare(letter: Reading, found: Bare) -> None:
    letter.bare.append(found)
    letter.collector.insert(found.draft)


def _address_alone(line: str) -> str:
    """Return the address a line consists of, but for a name or a few words beside it; "" for any other line."""
    address = read_address(line.rstrip(":"))
    if not is_address(address):
        return ""
    words = line.replace(address, " ", 1).split()
    if len(words) > 4 or any(is_secret_like(word) or "@" in word or is_host(word) for word in words):
        return ""
    if line.rstrip().endswith((".", "!", "?", ",")) and len(words) > 1:
        return ""
    return address

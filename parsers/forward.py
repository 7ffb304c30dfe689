"""A mail passed on inside another one's text: whose it was, and its own words."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from parsers.headers import Address, addresses
from parsers.mailheads import read_head
from parsers.text import Block, split_blocks, split_lines

_MAILTO: Final = re.compile(r"[<\[(]?\s*mailto:\s*([^<>\[\]()\s]{1,300})[>\])]?", re.IGNORECASE)
_PLAIN: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True)
class Forwarded:
    """One mail inside another: every address its From names, its subject, and its text as blocks of its own."""

    senders: tuple[str, ...] = ()
    subject: str = ""
    blocks: tuple[Block, ...] = ()

    def text(self, kind: str = "own") -> str:
        """Return its lines of one kind."""
        return "\n".join(block.text for block in self.blocks if block.kind == kind)


def read_forward(text: str, is_ours: Callable[[str], bool]) -> Forwarded | None:
    """Return the mail in a forwarded or quoted part; None when no header block says whose it is.

    Where the desk's own people passed it on before, the mail they passed on is meant, not theirs.
    """
    lines = unquoted(split_lines(text))
    found: Forwarded | None = None
    for _ in range(_DEEPEST):
        head = read_head(lines)
        if head is None:
            return found
        lines = unquoted(lines[head.end :])
        found = Forwarded(senders_of(head.sender), head.subject, split_blocks("\n".join(lines)))
        if not found.senders or not all(is_ours(sender) for sender in found.senders):
            return found
    return found


def senders_of(said: str) -> tuple[str, ...]:
    """Return every address in the From line of such a block, without the links mail programs add."""
    plain = _MAILTO.sub(lambda link: f"<{link[1]}>", said[:1000])
    found = _PLAIN.findall(plain) or [one.addr for one in _addresses(plain)]
    return tuple({one.casefold(): one.rstrip(".") for one in reversed(found)}.values())


def _addresses(text: str) -> tuple[Address, ...]:
    return tuple(one for one in addresses(text) if "@" in one.addr)


def unquoted(lines: list[str]) -> list[str]:
    """Return the lines with one level of ">" taken off where every line has it."""
    said = [line for line in lines if line.strip()]
    marked = [line for line in said if line.lstrip().startswith(">")]
    if not said or len(marked) < len(said) - 2 or len(marked) < 2:
        return lines
    return [re.sub(r"^\s{0,3}>[ ]?", "", line) for line in lines]


def once_quoted(text: str) -> str:
    """Return what a quotation holds at its first level: the words of the one who is answered, not what they quoted."""
    lines = split_lines(text)
    if any(line.lstrip().startswith(">") for line in lines):
        kept = [line.lstrip()[1:].removeprefix(" ") for line in lines if line.lstrip().startswith(">")]
        return "\n".join(line for line in kept if not line.lstrip().startswith(">"))
    head = read_head(lines)
    inner = split_blocks("\n".join(lines[head.end if head else 1 :]))
    return "\n".join(block.text for block in inner if block.kind == "own")

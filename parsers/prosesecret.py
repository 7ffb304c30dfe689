"""The password a sentence tells, if it tells one."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from parsers.labels import fold
from parsers.prosewords import BETWEEN, FOR, LINK, NOT, PASSWORD
from parsers.secret import is_secret_like, read_secret
from parsers.values import QUOTES, is_address, is_host

_CLAUSE: Final = 9  # words between "password" and the colon before it


@dataclass(frozen=True, slots=True)
class Fact:
    kind: Literal["address", "target", "password", "unsure", "same", "host", "login"]
    text: str
    at: int
    other: str = ""  # a second reading of it
    forward: bool = False  # belongs to the address that follows: "Secret1 for anna@x.example"
    asked: bool = False  # the sentence wants it moved


def bare_word(word: str) -> str:
    """Return the word without the marks of the sentence or the link around it."""
    word = re.sub(r"<(?:mailto:|https?://)[^<>]*>", "", word, flags=re.IGNORECASE)
    return re.sub(
        r"^mailto:",
        "",
        word.strip("<>()[]\"'`*,;:!?\u201c\u201d\u201e\u00ab\u00bb").rstrip(".)]>,;:!?"),
        flags=re.IGNORECASE,
    )


def password_width(words: list[str], at: int) -> int:
    """Return how many words at that place say "password"; 0 = none."""
    for width in (3, 2, 1):
        text = " ".join(words[at : at + width]).strip("(\"'").rstrip(":=,")
        found = PASSWORD.fullmatch(text)
        if found and len(text.split()) == width:
            return width
    return 0


def secret_after(words: list[str], at: int, *, asked: bool) -> Fact | None:
    """Return the password that follows its word: at once, or behind "for this mailbox is"."""
    if told := _last_word(words, at):
        return told
    linked = words[at - 1].endswith((":", "="))
    for n in range(at, min(at + 7, len(words))):
        word = words[n]
        if word.casefold() in LINK:
            linked = True
            continue
        if is_address(bare_word(word)) or is_host(bare_word(word)) or BETWEEN.fullmatch(fold(word)):
            continue
        text, quoted = _unwrapped(word)
        if (is_secret_like(text) or quoted) and fold(words[n - 1]) in NOT:
            continue
        if is_secret_like(text) or quoted:
            forward = (
                n + 2 < len(words) + 0
                and words[n + 1].casefold() in FOR
                and not bare_word(words[n + 1]).startswith("@")
            )
            return Fact("password", text, n, forward=forward and "@" in " ".join(words[n + 2 : n + 6]))
        if linked and _looks_short_secret(text):
            return Fact("password", text, n)
        if linked or n > at + 5:
            elsewhere = read_secret(" ".join(words[n:])) == "missing"
            return Fact("unsure", "", n) if asked and not elsewhere else None
        if word.endswith((".", "!", "?", ";")):
            return None
    return None


def _last_word(words: list[str], at: int) -> Fact | None:
    """Return the password at the sentence's end, behind a colon: "the password is the same for all of them: Secret1"."""
    last = len(words) - 1
    if at < last <= at + _CLAUSE and words[last - 1].endswith(":") and "@" not in "".join(words[at:last]):
        text, quoted = _unwrapped(words[last])
        if (is_secret_like(text) or quoted) and not any(word.endswith(":") for word in words[at : last - 1]):
            return Fact("password", text, last)
    return None


def _looks_short_secret(text: str) -> bool:
    core = text.rstrip(".,;")
    mixed = any(c.isdigit() for c in core) and any(c.isalpha() for c in core)
    return len(core) > 2 and (mixed or re.search(r"[^\W_][;:|,][^\W_]", core) is not None)


def _unwrapped(word: str) -> tuple[str, bool]:
    """Return the password without the sentence's brackets, comma and quotes, and whether it was in quotes."""
    text = word.rstrip(",;")
    if text.endswith((")", ").", "),")) and "(" not in text:
        text = text.rstrip(".,").removesuffix(")")
    if text.startswith("(") and ")" not in text:
        text = text[1:]
    for pair in QUOTES:
        core = text.rstrip(".")
        if len(core) > 2 and core[0] == pair[0] and core[-1] == pair[1]:
            return core[1:-1], True
    return text, False

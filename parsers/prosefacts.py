"""What one sentence states of accounts: addresses, servers, logins and passwords, in order."""

import re
from dataclasses import replace
from typing import Final

from parsers.labels import fold, read_label
from parsers.marks import names_other_service
from parsers.prosesecret import Fact, bare_word, password_width, secret_after
from parsers.prosewords import (
    CONTACT,
    DONE,
    LINK,
    LOGIN,
    MAILS,
    NEVER,
    NEW,
    NOT,
    OF,
    OLD,
    OTHER,
    SAME,
    SERVER,
    TARGET,
)
from parsers.secret import is_secret_like
from parsers.values import is_address, is_host, read_host
from parsers.wishes import names_move

_MOST_APART: Final = 7  # words between one password and the other of the same sentence


_LEAST_OTHER: Final = 5  # characters of what may be another password: "5pm" is none


_ONLY_ADDRESS: Final = re.compile(r"^(?!mailbox).*mail|addr|adres|courr|corr|indir|direc|ender|cont\b")


_NEAR: Final = 3  # words before "password" that may say whose: "our WLAN password"


_PORTS: Final = frozenset({143, 993})


def facts_of(words: list[str], *, asked: bool) -> list[Fact]:
    """Return what the words of one sentence state, in order.

    Args:
        words: the sentence's.
        asked: the letter wants something moved, whether or not this sentence says so.
    """
    folded = [fold(word) for word in words]
    moves = names_move(" ".join(folded))
    facts: list[Fact] = []
    skip = -1
    for at, word in enumerate(words):
        if at <= skip:
            continue
        bare = bare_word(word)
        before = " ".join("" if "@" in words[n] else folded[n] for n in range(max(0, at - 7), at))
        if is_address(bare):
            facts += _address(bare, at, words, before, moves=moves, asked=asked)
        elif is_host(bare.partition(":")[0]) and "@" not in word:
            facts += _host(bare, at, words, folded)
        elif (width := password_width(words, at)) and (found := secret_after(words, at + width, asked=asked)):
            if not names_other_service(" ".join(folded[max(0, at - _NEAR) : found.at])):
                beside = _another(words, folded, found) if found.kind == "password" else None
                doubt = beside is not None and folded[beside - 1] not in NOT
                one = replace(found, kind="unsure", text="") if doubt else found
                facts += [*_whose(words, at + width, found, moves=moves), one]
                found = replace(found, at=beside or found.at)
            skip = found.at
        elif folded[at] in LOGIN and (login := _login(words, at + 1)):
            facts.append(login)
            skip = login.at
    if SAME.search(" ".join(folded)) and not any(fact.kind == "password" for fact in facts[-1:]):
        position = next((n for n in range(len(words)) if SAME.search(" ".join(folded[: n + 1]))), len(words))
        facts = [fact for fact in facts if fact.kind != "unsure" or abs(fact.at - position) > 8]
        facts.append(Fact("same", "", position))
        facts.sort(key=lambda fact: fact.at)
    return facts


def _another(words: list[str], folded: list[str], found: Fact) -> int | None:
    """Return where the sentence goes on with a second word like the password: "it was Secret1, now it is Secret2"."""
    for at in range(found.at + 1, min(found.at + 1 + _MOST_APART, len(words))):
        bare = bare_word(words[at])
        if "@" in bare or is_host(bare) or folded[at] in LOGIN or password_width(words, at):
            return None
        if is_secret_like(words[at]) and len(bare) >= _LEAST_OTHER:
            return at
    return None


def _whose(words: list[str], begin: int, found: Fact, *, moves: bool) -> list[Fact]:
    """Return the account named between the word for the password and the password: "of anna@x.example is Secret1"."""
    between = [(bare_word(words[n]), n) for n in range(begin, found.at) if is_address(bare_word(words[n]))]
    return [Fact("address", one, at, asked=moves) for one, at in between] if len(between) == 1 else []


def _address(bare: str, at: int, words: list[str], before: str, *, moves: bool, asked: bool) -> list[Fact]:
    near = " ".join(before.split()[-4:])
    if _stays(before.split()) or _stays(fold(" ".join(words[at + 1 : at + 7])).split()):
        return []
    clause = _clause(words[max(0, at - 7) : at]) if _is_mailbox(fold(words[at - 1]) if at else "") else before
    if CONTACT.search(clause) or DONE.search(fold(" ".join(words[at + 1 : at + 6]))):
        return []
    previous = words[at - 1].casefold().strip("(,") if at else ""
    if (
        (moves or previous in {"into", "onto"})
        and (previous in TARGET or NEW.search(near))
        and not OLD.search(" ".join(before.split()[-1:]))
    ):
        return [Fact("target", bare, at)]
    if NEW.search(near) and not OLD.search(near):
        return [Fact("target", bare, at)] if asked else []
    return [
        Fact(
            "address", bare, at, asked=moves or (asked and (_is_mailbox(previous) or _is_its_mail(words, at)))
        )
    ]


def _clause(words: list[str]) -> str:
    """Return the words since the last comma or bracket, folded: in "(on Cc) moves, please import the mailbox" no Cc."""
    begins = [at + 1 for at, word in enumerate(words) if word.endswith((",", ";", ")"))]
    return fold(" ".join(word for word in words[begins[-1] if begins else 0 :] if "@" not in word))


def _stays(words: list[str]) -> bool:
    """Say whether the words forbid the move: "do not migrate", "bitte nicht umziehen"."""
    return any(
        word in NEVER and names_move(" ".join(words[at + 1 : at + 3])) for at, word in enumerate(words)
    )


def _is_mailbox(word: str) -> bool:
    """Say whether the word before an address says that it is a mailbox, and not just where to write to."""
    label = read_label(word.strip(",:"))
    return label is not None and label.field == "address" and _ONLY_ADDRESS.search(fold(word)) is None


def _is_its_mail(words: list[str], at: int) -> bool:
    """Say whether it is the mail of the address that is spoken of: "tous les mails de anna@x.example"."""
    return at > 1 and fold(words[at - 1]) in OF and MAILS.fullmatch(fold(words[at - 2])) is not None


def _host(bare: str, at: int, words: list[str], folded: list[str]) -> list[Fact]:
    near = " ".join(folded[max(0, at - 4) : at])
    lowered = bare.lower()
    if OTHER.search(near) and "imap" not in near and not lowered.startswith("imap"):
        return []
    if read_host(bare).name is None or not (
        lowered.startswith("imap") or (lowered.count(".") >= 2 and SERVER.search(near))
    ):
        return []
    said = (" ".join([bare, *words[at + 1 : at + more]]) for more in (5, 4))  # "port 993 with SSL"
    with_port = next((one for one in said if read_host(one).port in _PORTS), lowered)
    return [Fact("host", with_port, at)]


def _login(words: list[str], at: int) -> Fact | None:
    """Return the login that follows its word and "is", where it is no word of a language."""
    linked = False
    for n in range(at, min(at + 6, len(words))):
        linked = linked or words[n].casefold() in LINK or words[n - 1].endswith((":", "="))
        bare = bare_word(words[n])
        if (
            linked
            and "@" not in bare
            and re.search(r"[^\W\d]", bare)
            and re.search(r"[\d._-]", bare)
            and not is_host(bare)
        ):
            return Fact("login", bare, n)
    return None

"""Accounts in sentences: "my mailbox is anna@x.example with password Secret1, the server is imap.x.example"."""

import re
from dataclasses import dataclass, replace
from typing import Final

from parsers.drafts import Draft
from parsers.labels import fold
from parsers.prosefacts import facts_of
from parsers.prosesecret import Fact, bare_word
from parsers.prosewords import ALL, NOTICE, PASSWORD, SAME, SENTENCE
from parsers.values import is_address

_MOST: Final = 6000  # characters of one paragraph looked through


@dataclass(frozen=True, slots=True)
class Told:
    """What the sentences of one paragraph state."""

    drafts: tuple[Draft, ...] = ()
    servers: tuple[str, ...] = ()
    shared_password: str = ""
    same_for_all: bool = False


def read_prose(paragraph: str, *, asked: bool) -> Told:
    """Return the accounts and servers told in sentences.

    A password counts only behind the word for it, and where no sentence would hold such a word ("Secret1", not
    "wrong"); an address only with its password, or as what is to be moved. Never an address to write to.
    """
    text = paragraph[:_MOST]
    folded = fold(text)
    speaks = PASSWORD.search(text) is not None
    if ("@" not in text and not speaks and "." not in text) or NOTICE.search(folded):
        return Told()
    sentences = _sentences(text)
    facts = [
        fact
        for at, sentence in enumerate(sentences)
        for fact in _without_stop(facts_of(sentence, asked=asked), last=at == len(sentences) - 1)
    ]
    servers = tuple(dict.fromkeys(fact.text for fact in facts if fact.kind == "host"))
    passwords = {fact.text for fact in facts if fact.kind == "password"}
    for_all = bool(ALL.search(folded))
    once = len(PASSWORD.findall(text)) == 1
    if (
        for_all
        and len(passwords) == 1
        and (once or not _with_its_own(text))
        and sum(f.kind == "address" for f in facts) != 1
    ):
        drafts = [
            Draft(origin="prose", stated={"address": fact.text}) for fact in facts if fact.kind == "address"
        ]
        return Told(tuple(drafts), servers, passwords.pop())
    same_for_all = for_all and bool(SAME.search(folded)) and not passwords
    return Told(tuple(_bind(facts, servers)), servers, "", same_for_all)


def _with_its_own(text: str) -> bool:
    """True where every address has its own word for a password: what one has is not for all."""
    return len(PASSWORD.findall(text)) >= sum(is_address(bare_word(word)) for word in text.split()) > 1


def _sentences(text: str) -> list[list[str]]:
    return [_words(sentence) for sentence in SENTENCE.split(" ".join(text.split()))]


def _words(sentence: str) -> list[str]:
    """Return the words, of which one in quotes may hold blanks."""
    return re.findall(
        r"[\"\u201e\u201c\u00ab](?! )[^\"\u201c\u201d\u201e\u00ab\u00bb]{2,60}[\"\u201c\u201d\u00bb]\S{0,3}(?!\S)|\S+",
        sentence,
    )


def _without_stop(facts: list[Fact], *, last: bool) -> list[Fact]:
    """Return the facts; a full stop before a further sentence is the sentence's, not the password's."""
    return [
        replace(fact, text=fact.text[:-1], other=fact.text)
        if fact.kind == "password" and fact.text.endswith(".") and not last
        else fact
        for fact in facts
    ]


def _bind(facts: list[Fact], servers: tuple[str, ...]) -> list[Draft]:
    """Give each password to the address before it, or the one after where it says so or none stands before."""
    drafts: list[Draft] = []
    wanted: list[bool] = []
    waiting: Fact | None = None
    last = ""
    for fact in facts:
        if fact.kind == "address":
            drafts.append(Draft(origin="prose", stated={"address": fact.text}))
            wanted.append(fact.asked)
            _give(drafts[-1], waiting)
            waiting = None
        elif fact.kind == "target" and drafts and wanted[-1]:
            drafts[-1].stated.setdefault("destination", fact.text)
        elif fact.kind in {"password", "unsure", "same"}:
            if last == "target" and drafts and drafts[-1].answered and not fact.forward:
                continue  # the new mailbox's
            if drafts and not drafts[-1].answered and not fact.forward:
                _give(drafts[-1], fact)
            else:
                waiting = fact
        last = fact.kind if fact.kind in {"address", "target"} else last
    if waiting is not None:
        drafts.append(Draft(origin="prose"))
        wanted.append(False)
        _give(drafts[-1], waiting)
    logins = {fact.text for fact in facts if fact.kind == "login"}
    if len(logins) == len(drafts) == 1:
        drafts[0].stated["login"] = logins.pop()
    for draft in drafts if len(servers) == 1 else ():
        draft.stated["host"] = servers[0]
    return [draft for draft, asked in zip(drafts, wanted, strict=True) if asked or draft.answered]


def _give(draft: Draft, fact: Fact | None) -> None:
    if fact is None:
        return
    if fact.kind == "password":
        draft.stated["password"], draft.other = fact.text, fact.other
    elif fact.kind == "same":
        draft.same = True
    else:
        draft.unsure = True

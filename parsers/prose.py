"""Accounts in sentences: "my mailbox is anna@x.example with password Secret1, the server is imap.x.example"."""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from parsers.drafts import Draft
from parsers.labels import fold, read_label
from parsers.marks import names_other_service
from parsers.secret import is_secret_like, read_secret
from parsers.values import QUOTES, is_address, is_host, read_host
from parsers.wishes import names_move

_MOST: Final = 6000  # characters of one paragraph looked through
_PASSWORD: Final = re.compile(
    r"(?<![\w@.-])(?:[\w]{2,8}-)?(?:password|passwort|passwords|kennwort|passwd|passcode|pwd|psw|pw|ww|pass|mot de passe|mdp|contrase\u00f1a|contrasena|clave"
    r"|parola d'ordine|wachtwoord|senha|palavra-passe|has\u0142o|has\u0142em|haslo|haslem|parol[a\u0103])(?![\w@-])",
    re.IGNORECASE,
)
_LOGIN: Final = frozenset(
    re.findall(
        r"\w+",
        "login username benutzername benutzer user anmeldename utilisateur identifiant usuario utente gebruikersnaam"
        " utilizador uzytkownik utilizator kontoname",
    )
)
_LINK: Final = frozenset(
    re.findall(
        r"\S+",
        "is ist lautet war est es \u00e8 \u00e9 to jest este : = -> => remains bleibt sono sont son sind are being",
    )
)
_TARGET: Final = frozenset(
    re.findall(r"\S+", "to nach auf zu vers a \u00e0 al para naar do la into hacia na pe in an")
)
_FOR: Final = frozenset(re.findall(r"\S+", "for f\u00fcr fuer pour para per voor dla pentru of von zu"))
_AND: Final = frozenset(re.findall(r"\S+", "and und et y e en i si \u0219i & sowie as plus , auch also"))
_SAME: Final = re.compile(
    r"\b(?:same|gleiche[rnms]?|selbe[rnms]?|identisch\w*|meme|misma|mismo|stessa|stesso|zelfde|mesma|mesmo|sam[oae]|aceeasi|identical)"
    r" (?:\w+ ){0,1}?(?:password|passwort|kennwort|pw|mot de passe|mdp|contrasena|clave|wachtwoord|senha|haslo|parola|palavra passe)\b"
    r"|\b(?:password|passwort|kennwort|pw|mot de passe|contrasena|clave|wachtwoord|senha|haslo|parola) (?:\w+ ){0,4}?(?:same|gleich|identisch|identique|meme|identical|misma|igual|zelfde|hetzelfde|uguale|stessa|mesma|aceeasi)\b"
)
_ALL: Final = re.compile(
    r"\b(?:uberall|everywhere|partout|dappertutto|overal|wszedzie|peste tot|all|alle|allen|aller|both|beide|beiden|jeweils|every|each|tous|toutes|deux|todos|todas|ambos|ambas|tutti|tutte|entrambi|allemaal|wszystkich|wszystkie|obu|toate|ambele)\b"
)
_CONTACT: Final = re.compile(
    r"\b(?:contact\w*|reach\w*|repl(?:y|ies)|answer\w*|respon[ds]\w*|cc|bcc|copie|write|questions?|call|invoice\w*|billing|notif\w*|inform\w*|confirm\w*"
    r"|fragen|erreich\w*|kontakt\w*|antwort\w*|ruckfragen|rechnung\w*|schreib\w*|melden|bestatig\w*|ansprechpartner\w*"
    r"|joindre|joignable|repond\w*|ecri\w*|facture|questions|confirmer"
    r"|contact\w*|respond\w*|escrib\w*|pregunt\w*|dudas|factura|avis\w*"
    r"|rispond\w*|contatt\w*|scriv\w*|domande|fattura|bereik\w*|vragen|antwoord\w*|factuur|schrijf|duvid\w*|escrev\w*|fatura"
    r"|kontakt\w*|odpowied\w*|pytan\w*|faktur\w*|intrebari|raspun\w*|scrie\w*|factur\w*|i am|i m|ich bin|je suis|soy|sono|jestem|sunt"
    r"|writing from|schreibe von|colleague|kollege|kollegin|collegue|forward\w*|weiterleit\w*|redirect\w*|umleit\w*|send (?:\w+ ){0,3}to|not|nicht|except|ausser|sauf|excepto|tranne|behalve|excluding|without|ohne)\b"
)
_BETWEEN: Final = re.compile(
    _ALL.pattern
    + "|still|noch|auch|also|too|currently|aktuell|derzeit|momentan|always|immer|encore|toujours|siempre"
)  # "the password is still …"
_DONE: Final = re.compile(
    r"^(?:\w+ ){0,3}?(?:already|bereits|schon|deja|ya|gia|juz|closed|deleted|geloscht|told|sagte|hat mir|not be|nicht)\b"
)  # "anna@x.example was already migrated"
_NOT: Final = frozenset(
    re.findall(r"\w+", "not nicht pas no non niet nie nu n\u00e3o nao statt anstatt instead keine kein")
)
_NEVER: Final = frozenset(re.findall(r"\w+", "not dont never nicht ne pas no non niet nao nie nu"))  # folded
_OF: Final = frozenset(re.findall(r"\w+", "of from von aus de d du di da van z od din lui para"))
_MAILS: Final = re.compile(
    r"(?:e ?)?mails?|(?:mail|in)box(?:es)?|postfach\w*|accounts?|konto|konten|nachrichten|messages?|messagerie|courriels?|boites?|comptes?|correos?|mensajes|buzon(?:es)?"
    r"|posta|messaggi|casell[ae]|berichten|postvak\w*|mensagens|correio|poczt\w|wiadomosci|skrzynk\w|mesajel\w+|mailuri\w*|casut\w+"
)
_MOST_APART: Final = 7  # words between one password and the other of the same sentence
_LEAST_OTHER: Final = 5  # characters of what may be another password: "5pm" is none
_ONLY_ADDRESS: Final = re.compile(r"^(?!mailbox).*mail|addr|adres|courr|corr|indir|direc|ender|cont\b")
_NOTICE: Final = re.compile(
    r"\b(?:confidential\w*|vertraulich\w*|confidentiel\w*|confidencial\w*|riservat\w*|vertrouwelijk\w*|poufn\w*|confidential\w*)\b.{0,400}"
    r"\b(?:recipient|addressee|empfanger|adressat|destinatair\w*|destinatari\w*|ontvanger|geadresseerde|adresat\w*|destinatar\w*|intended)\b"
)  # what firms put below their mails
_NEAR: Final = 3  # words before "password" that may say whose: "our WLAN password"
_CLAUSE: Final = 9  # words between "password" and the colon before it
_PORTS: Final = frozenset({143, 993})
_NEW: Final = re.compile(
    r"\b(?:new|neue[rsnm]?|nouvel\w*|nueva|nuevo|nuova|nuovo|nieuwe?|nova|novo|now[aye]|noua|nou|neu)\b"
)
_OLD: Final = re.compile(
    r"\b(?:old|alte[rsnm]?|bisherige\w*|ancien\w*|antigu[oa]|vecchi[oa]|oude?|antig[oa]|star[aye]|veche|from|von|de|depuis|desde|da|van|z|od|din|aus|current|aktuelle\w*|vom)\b"
)
_SERVER: Final = re.compile(
    r"\b(?:imap\w*|server\w*|serveur\w*|servidor\w*|host\w*|posteingang\w*|serwer\w*|provider|anbieter|mailserver|incoming|eingang\w*|via|bei|at|auf|on|sur|en|su|op)\b"
)
_OTHER: Final = re.compile(
    r"\b(?:smtp|pop3?|outgoing|ausgang\w*|postausgang\w*|sortant|saliente|uscita|uitgaand\w*|webmail|website|webseite|site)\b"
)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z\u00c0-\u00de\u0141\u015a\u017b])")


@dataclass(frozen=True, slots=True)
class _Fact:
    kind: Literal["address", "target", "password", "unsure", "same", "host", "login"]
    text: str
    at: int
    other: str = ""  # a second reading of it
    forward: bool = False  # belongs to the address that follows: "Secret1 for anna@x.example"
    asked: bool = False  # the sentence wants it moved


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
    speaks = _PASSWORD.search(text) is not None
    if ("@" not in text and not speaks and "." not in text) or _NOTICE.search(folded):
        return Told()
    sentences = _sentences(text)
    facts = [
        fact
        for at, sentence in enumerate(sentences)
        for fact in _without_stop(_facts(sentence, asked=asked), last=at == len(sentences) - 1)
    ]
    servers = tuple(dict.fromkeys(fact.text for fact in facts if fact.kind == "host"))
    passwords = {fact.text for fact in facts if fact.kind == "password"}
    for_all = bool(_ALL.search(folded))
    once = len(_PASSWORD.findall(text)) == 1
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
    same_for_all = for_all and bool(_SAME.search(folded)) and not passwords
    return Told(tuple(_bind(facts, servers)), servers, "", same_for_all)


def _with_its_own(text: str) -> bool:
    """True where every address has its own word for a password: what one has is not for all."""
    return len(_PASSWORD.findall(text)) >= sum(is_address(_bare(word)) for word in text.split()) > 1


def _sentences(text: str) -> list[list[str]]:
    return [_words(sentence) for sentence in _SENTENCE.split(" ".join(text.split()))]


def _words(sentence: str) -> list[str]:
    """Return the words, of which one in quotes may hold blanks."""
    return re.findall(
        r"[\"\u201e\u201c\u00ab](?! )[^\"\u201c\u201d\u201e\u00ab\u00bb]{2,60}[\"\u201c\u201d\u00bb]\S{0,3}(?!\S)|\S+",
        sentence,
    )


def _facts(words: list[str], *, asked: bool) -> list[_Fact]:
    folded = [fold(word) for word in words]
    moves = names_move(" ".join(folded))
    facts: list[_Fact] = []
    skip = -1
    for at, word in enumerate(words):
        if at <= skip:
            continue
        bare = _bare(word)
        before = " ".join(folded[max(0, at - 7) : at])
        if is_address(bare):
            facts += _address(bare, at, words, before, moves=moves, asked=asked)
        elif is_host(bare.partition(":")[0]) and "@" not in word:
            facts += _host(bare, at, words, folded)
        elif (width := _password_width(words, at)) and (found := _secret(words, at + width, asked=asked)):
            if not names_other_service(" ".join(folded[max(0, at - _NEAR) : found.at])):
                beside = _another(words, folded, found) if found.kind == "password" else None
                doubt = beside is not None and folded[beside - 1] not in _NOT
                one = replace(found, kind="unsure", text="") if doubt else found
                facts += [*_whose(words, at + width, found, moves=moves), one]
                found = replace(found, at=beside or found.at)
            skip = found.at
        elif folded[at] in _LOGIN and (login := _login(words, at + 1)):
            facts.append(login)
            skip = login.at
    if _SAME.search(" ".join(folded)) and not any(fact.kind == "password" for fact in facts[-1:]):
        position = next((n for n in range(len(words)) if _SAME.search(" ".join(folded[: n + 1]))), len(words))
        facts = [fact for fact in facts if fact.kind != "unsure" or abs(fact.at - position) > 8]
        facts.append(_Fact("same", "", position))
        facts.sort(key=lambda fact: fact.at)
    return facts


def _another(words: list[str], folded: list[str], found: _Fact) -> int | None:
    """Return where the sentence goes on with a second word like the password: "it was Secret1, now it is Secret2"."""
    for at in range(found.at + 1, min(found.at + 1 + _MOST_APART, len(words))):
        bare = _bare(words[at])
        if "@" in bare or is_host(bare) or folded[at] in _LOGIN or _password_width(words, at):
            return None
        if is_secret_like(words[at]) and len(bare) >= _LEAST_OTHER:
            return at
    return None


def _whose(words: list[str], begin: int, found: _Fact, *, moves: bool) -> list[_Fact]:
    """Return the account named between the word for the password and the password: "of anna@x.example is Secret1"."""
    between = [(_bare(words[n]), n) for n in range(begin, found.at) if is_address(_bare(words[n]))]
    return [_Fact("address", one, at, asked=moves) for one, at in between] if len(between) == 1 else []


def _without_stop(facts: list[_Fact], *, last: bool) -> list[_Fact]:
    """Return the facts; a full stop before a further sentence is the sentence's, not the password's."""
    return [
        replace(fact, text=fact.text[:-1], other=fact.text)
        if fact.kind == "password" and fact.text.endswith(".") and not last
        else fact
        for fact in facts
    ]


def _bare(word: str) -> str:
    word = re.sub(r"<(?:mailto:|https?://)[^<>]*>", "", word, flags=re.IGNORECASE)
    return re.sub(
        r"^mailto:",
        "",
        word.strip("<>()[]\"'`*,;:!?\u201c\u201d\u201e\u00ab\u00bb").rstrip(".)]>,;:!?"),
        flags=re.IGNORECASE,
    )


def _address(bare: str, at: int, words: list[str], before: str, *, moves: bool, asked: bool) -> list[_Fact]:
    near = " ".join(before.split()[-4:])
    if _stays(before.split()) or _stays(fold(" ".join(words[at + 1 : at + 7])).split()):
        return []
    clause = _clause(words[max(0, at - 7) : at]) if _is_mailbox(fold(words[at - 1]) if at else "") else before
    if _CONTACT.search(clause) or _DONE.search(fold(" ".join(words[at + 1 : at + 6]))):
        return []
    previous = words[at - 1].casefold().strip("(,") if at else ""
    if (
        (moves or previous in {"into", "onto"})
        and (previous in _TARGET or _NEW.search(near))
        and not _OLD.search(" ".join(before.split()[-1:]))
    ):
        return [_Fact("target", bare, at)]
    if _NEW.search(near) and not _OLD.search(near):
        return [_Fact("target", bare, at)] if asked else []
    return [
        _Fact(
            "address", bare, at, asked=moves or (asked and (_is_mailbox(previous) or _is_its_mail(words, at)))
        )
    ]


def _clause(words: list[str]) -> str:
    """Return the words since the last comma or bracket, folded: in "(on Cc) moves, please import the mailbox" no Cc."""
    begins = [at + 1 for at, word in enumerate(words) if word.endswith((",", ";", ")"))]
    return fold(" ".join(words[begins[-1] if begins else 0 :]))


def _stays(words: list[str]) -> bool:
    """Say whether the words forbid the move: "do not migrate", "bitte nicht umziehen"."""
    return any(
        word in _NEVER and names_move(" ".join(words[at + 1 : at + 3])) for at, word in enumerate(words)
    )


def _is_mailbox(word: str) -> bool:
    """Say whether the word before an address says that it is a mailbox, and not just where to write to."""
    label = read_label(word.strip(",:"))
    return label is not None and label.field == "address" and _ONLY_ADDRESS.search(fold(word)) is None


def _is_its_mail(words: list[str], at: int) -> bool:
    """Say whether it is the mail of the address that is spoken of: "tous les mails de anna@x.example"."""
    return at > 1 and fold(words[at - 1]) in _OF and _MAILS.fullmatch(fold(words[at - 2])) is not None


def _host(bare: str, at: int, words: list[str], folded: list[str]) -> list[_Fact]:
    near = " ".join(folded[max(0, at - 4) : at])
    lowered = bare.lower()
    if _OTHER.search(near) and "imap" not in near and not lowered.startswith("imap"):
        return []
    if read_host(bare).name is None or not (
        lowered.startswith("imap") or (lowered.count(".") >= 2 and _SERVER.search(near))
    ):
        return []
    with_port = " ".join([bare, *words[at + 1 : at + 4]])
    return [_Fact("host", with_port if read_host(with_port).port in _PORTS else lowered, at)]


def _password_width(words: list[str], at: int) -> int:
    for width in (3, 2, 1):
        text = " ".join(words[at : at + width]).strip("(\"'").rstrip(":=,")
        found = _PASSWORD.fullmatch(text)
        if found and len(text.split()) == width:
            return width
    return 0


def _secret(words: list[str], at: int, *, asked: bool) -> _Fact | None:
    """Return the password that follows its word: at once, or behind "for this mailbox is"."""
    if told := _last_word(words, at):
        return told
    linked = words[at - 1].endswith((":", "="))
    for n in range(at, min(at + 7, len(words))):
        word = words[n]
        if word.casefold() in _LINK:
            linked = True
            continue
        if is_address(_bare(word)) or is_host(_bare(word)) or _BETWEEN.fullmatch(fold(word)):
            continue
        text, quoted = _unwrapped(word)
        if (is_secret_like(text) or quoted) and fold(words[n - 1]) in _NOT:
            continue
        if is_secret_like(text) or quoted:
            forward = (
                n + 2 < len(words) + 0
                and words[n + 1].casefold() in _FOR
                and not _bare(words[n + 1]).startswith("@")
            )
            return _Fact("password", text, n, forward=forward and "@" in " ".join(words[n + 2 : n + 6]))
        if linked and _looks_short_secret(text):
            return _Fact("password", text, n)
        if linked or n > at + 5:
            elsewhere = read_secret(" ".join(words[n:])) == "missing"
            return _Fact("unsure", "", n) if asked and not elsewhere else None
        if word.endswith((".", "!", "?", ";")):
            return None
    return None


def _last_word(words: list[str], at: int) -> _Fact | None:
    """Return the password at the sentence's end, behind a colon: "the password is the same for all of them: Secret1"."""
    last = len(words) - 1
    if at < last <= at + _CLAUSE and words[last - 1].endswith(":") and "@" not in "".join(words[at:last]):
        text, quoted = _unwrapped(words[last])
        if (is_secret_like(text) or quoted) and not any(word.endswith(":") for word in words[at : last - 1]):
            return _Fact("password", text, last)
    return None


def _login(words: list[str], at: int) -> _Fact | None:
    """Return the login that follows its word and "is", where it is no word of a language."""
    linked = False
    for n in range(at, min(at + 6, len(words))):
        linked = linked or words[n].casefold() in _LINK or words[n - 1].endswith((":", "="))
        bare = _bare(words[n])
        if (
            linked
            and "@" not in bare
            and re.search(r"[^\W\d]", bare)
            and re.search(r"[\d._-]", bare)
            and not is_host(bare)
        ):
            return _Fact("login", bare, n)
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


def _bind(facts: list[_Fact], servers: tuple[str, ...]) -> list[Draft]:
    """Give each password to the address before it, or the one after where it says so or none stands before."""
    drafts: list[Draft] = []
    wanted: list[bool] = []
    waiting: _Fact | None = None
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


def _give(draft: Draft, fact: _Fact | None) -> None:
    if fact is None:
        return
    if fact.kind == "password":
        draft.stated["password"], draft.other = fact.text, fact.other
    elif fact.kind == "same":
        draft.same = True
    else:
        draft.unsure = True

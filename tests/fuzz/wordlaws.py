"""The laws of what only words tell: who passed a mail on, the language, orders, wanted starts, answers, and a provider's file."""

from parsers.answers import read_answers
from parsers.asking import asks_us
from parsers.autoconfig import parse_autoconfig
from parsers.forward import once_quoted, read_forward, senders_of, unquoted
from parsers.language import LANGUAGES, declared_language, tell_language
from parsers.orders import read_orders
from parsers.startphrase import read_lone_start, read_open_starts, read_starts
from parsers.text import split_blocks, split_lines
from tests.fuzz.cardlaws import must

EXCLUSIVE = {"pause", "resume", "cancel"}
ORDERS = EXCLUSIVE | {"status", "include-trash", "include-junk"}
SECRET = "Zq9-xWvK!7pRt"


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def forward(data: bytes) -> None:
    """Whose a mail was is written in it; and every line of it is in one of its blocks."""
    text = text_of(data)
    for is_ours in (lambda one: one.endswith("@host.example"), lambda _: False, lambda _: True):
        found = read_forward(text, is_ours)
        must(found == read_forward(text, is_ours), "the second reading differs")
        for sender in found.senders if found else ():
            must("@" in sender, "a sender that is no address")
            must(sender.casefold() in text.casefold(), "a sender nobody wrote")
    must(senders_of(text[:900]) == senders_of(text[:900]), "other senders the second time")
    once_quoted(text)
    must(len(unquoted(split_lines(text))) == len(split_lines(text)), "a line is lost")


def language(data: bytes) -> None:
    """Saying everything twice says nothing new."""
    text = text_of(data)[:4000]
    told = tell_language(text)
    must(told is None or told in LANGUAGES, "a language nobody knows")
    must(tell_language(f"{text}\n{text}") == told, "another language when it is said twice")
    declared = declared_language(text, text)
    must(declared is None or declared in LANGUAGES, "a language nobody knows")


def orders(data: bytes) -> None:
    """Nothing is ordered that is forbidden in the same breath, and never two things that exclude each other."""
    text = text_of(data)
    found = read_orders(text)
    must(found == read_orders(text), "the second reading differs")
    must(found.words <= ORDERS and len(found.words & EXCLUSIVE) <= 1, "orders that exclude each other")
    breath = " ".join(word for word in text.split() if not any(mark in word for mark in ".!?;"))
    must(not read_orders(f"do not {breath}").words, "ordered what is forbidden")


def starts(data: bytes) -> None:
    """No start repeats a password, wherever it stands beside the words for a start."""
    text = text_of(data)
    for said in (text, f"{text}\nPassword: {SECRET}\n{text}"):
        sure, doubtful = read_starts(said)
        must((sure, doubtful) == read_starts(said), "the second reading differs")
        lone = read_lone_start(said)
        for phrase in (*sure, *doubtful, *read_open_starts(said), lone or ""):
            must(SECRET not in phrase, "a password told as a start")


def answers(data: bytes) -> None:
    """What answers a question is a word of the answer."""
    text = text_of(data)
    blocks = split_blocks(text)
    found = read_answers(blocks)
    must(found == read_answers(blocks), "the second reading differs")
    for row in found:
        must(row.password is None or row.password in text, "a password nobody wrote")
        must(row.address is None or row.address.casefold() in text.casefold(), "an account nobody wrote")


def asking(data: bytes) -> None:
    text = text_of(data)
    subject, _, rest = text.partition("\n")
    must(asks_us(rest, subject) == asks_us(rest, subject), "the second reading differs")


def autoconfig(data: bytes) -> None:
    """Never a server without TLS, without a name, or with somebody's own login in it."""
    parsed = parse_autoconfig(data, "old.example")
    must(parsed == parse_autoconfig(data, "old.example"), "the second reading differs")
    for server in parsed.value:
        must(bool(server.host) and server.security in ("tls", "starttls"), "a server in the clear")
        must(
            server.login.format(address="a@old.example", local="a", domain="old.example") != server.login,
            "the same login for everybody",
        )

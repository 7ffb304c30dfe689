"""Laws for letters of any shape: what is added around the data changes nothing, and no pattern is slow."""

import time
import unicodedata

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from parsers.body import parse_body
from parsers.labels import read_label
from parsers.result import StatedRow
from parsers.secret import read_secret
from parsers.sharing import share_host
from parsers.words import ALIASES

H = "imap.old.example"
GREETINGS = (
    "", "Hello,", "Hi team,\n\nI hope you are well.", "Sehr geehrte Damen und Herren,", "Bonjour,\n\nsuite à notre appel,", "Buenos días:",
    "Buongiorno,", "Beste mensen,", "Olá,", "Dzień dobry,", "Bună ziua,", "Please migrate my mailboxes.", "Guten Tag, bitte Postfach umziehen:",
)  # fmt: skip
ENDINGS = (
    "", "Thanks", "Kind regards\nAnna Berg\nanna.berg@corp.example", "Gruß\nAnna\nE-Mail: office@berg.example", "Best regards\nAnna Berg", "Mit freundlichen Grüßen\nAnna Berg\nTel.: +49 30 123456\nE-Mail: office@berg.example\nwww.berg.example",
    "Cordialement,\nAnna Berg\n06 12 34 56 78", "Saludos\nAna", "Cordiali saluti\nAnna", "Groetjes, Anna", "Cumprimentos\nAna | ana@berg.example | 912 345 678",
    "Pozdrawiam\nAnna Berg", "Cu stimă,\nAna", "LG Anna", "Viele Grüße aus Köln\nAnna\n\nBerg GmbH | Hauptstr. 1 | anna.berg@corp.example | 0171 1234567",
)  # fmt: skip
LABELS = (
    ("Email", "Password", "Server"), ("E-Mail-Adresse", "Passwort", "Posteingangsserver"), ("Adresse e-mail ", "Mot de passe ", "Serveur IMAP "),
    ("Correo electrónico", "Contraseña", "Servidor entrante"), ("Casella", "Parola d'ordine", "Server in entrata"), ("E-mailadres", "Wachtwoord", "Inkomende server"),
    ("Endereço de e-mail", "Palavra-passe", "Servidor de entrada"), ("Adres e-mail", "Hasło", "Serwer poczty przychodzącej"), ("Adresa de e-mail", "Parola", "Server de intrare"),
)  # fmt: skip
PRINTABLE = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn", "Co")), min_size=1, max_size=24
)
SECRETS = st.from_regex(r"[A-Za-z]{2,6}[!#$%&*+=?@^_~-]?[0-9]{1,4}[!#$%]?", fullmatch=True)
NAMES = st.lists(st.sampled_from(["a1", "b2", "c3", "d4", "e5"]), min_size=1, max_size=5, unique=True)


def rows(text: str) -> tuple[StatedRow, ...]:
    return share_host(parse_body(text).value, [])


def block(name: str, password: str, labels: tuple[str, str, str] = LABELS[0]) -> str:
    return f"{labels[0]}: {name}@old.example\n{labels[1]}: {password}\n{labels[2]}: {H}"


@given(password=PRINTABLE, labels=st.sampled_from(LABELS))
@example(password='"', labels=LABELS[0])
@example(password="> x", labels=LABELS[0])
@example(password="-----", labels=LABELS[0])
@example(password="- x", labels=LABELS[0])
@example(password="imap.a.example", labels=LABELS[0])
@example(password="anna@a.example", labels=LABELS[0])
@example(password="Server:", labels=LABELS[0])
@settings(max_examples=300, deadline=None)
def test_a_labelled_password_comes_out_as_it_went_in(password: str, labels: tuple[str, str, str]) -> None:
    """Whatever characters it has: as the first candidate or as the second; what speaks of a password is none."""
    bare = password.strip(" \t\u00a0")
    assume(bare and read_secret(bare) == "value")

    (row,) = rows(block("a1", password, labels))

    assert bare in (row.password, *row.password_alternatives)
    assert row.host == H


@given(
    greeting=st.sampled_from(GREETINGS),
    ending=st.sampled_from(ENDINGS),
    labels=st.sampled_from(LABELS),
    names=NAMES,
    secret=SECRETS,
    between=st.sampled_from(["\n\n", "\n-----\n", "\n"]),
)
@settings(max_examples=250, deadline=None)
def test_a_greeting_and_a_signature_change_nothing(
    greeting: str, ending: str, labels: tuple[str, str, str], names: list[str], secret: str, between: str
) -> None:
    """In any of the nine languages."""
    data = between.join(block(name, f"{secret}{name}", labels) for name in names)

    assert rows(f"{greeting}\n\n{data}\n\n{ending}") == rows(data)
    assert [row.password for row in rows(data)] == [f"{secret}{name}" for name in names]


@given(names=NAMES, secret=SECRETS, order=st.permutations([0, 1, 2]))
def test_the_order_of_blocks_and_of_the_lines_in_them_does_not_matter(
    names: list[str], secret: str, order: list[int]
) -> None:
    """Some copy the server first, some the password."""
    blocks = [block(name, secret + name).split("\n") for name in names]
    turned = "\n\n".join("\n".join(one[at] for at in order) for one in reversed(blocks))

    assert set(rows(turned)) == set(rows("\n\n".join("\n".join(one) for one in blocks)))


@given(
    names=NAMES,
    secret=SECRETS,
    delimiter=st.sampled_from([" / ", ";", "\t", " | ", ", ", " - "]),
    greeting=st.sampled_from(GREETINGS),
    ending=st.sampled_from(ENDINGS),
)
@settings(max_examples=200, deadline=None)
def test_bare_lines_beside_a_labelled_block_are_not_lost(
    names: list[str], secret: str, delimiter: str, greeting: str, ending: str
) -> None:
    """And a signature's address line is no bare line."""
    assume("@" not in secret)
    bare = "\n".join(delimiter.join((f"{name}@old.example", secret + name, H)) for name in names)
    text = f"{greeting}\n\n{block('z9', 'Zett9!')}\n\nand also:\n{bare}\n\n{ending}"

    assert {(row.address, row.password) for row in rows(text)} == {
        ("z9@old.example", "Zett9!"),
        *((f"{name}@old.example", secret + name) for name in names),
    }


@pytest.mark.parametrize(
    "piece",
    [
        "is ", "a@", ":", "- ", "> ", "\t", "a@a.de ", "password ", "password is ", "same password ", "| ", "|a", "a / ", "a@a.de / x1\n", "'",
        '"', "\u201c", '"a" : ', "imap.a.de ", ". A", "regards\n", "kommt ", ", pw: ", "Email=a,", "[", "\\", "tel ", "a@a.de\nx1\n", "1. ",
        "password for a@a.de: x\n", "Email\ta@a.de\tb@a.de\n", "Email / Password:\n", "all ", "(a", "-- ", "a;b\n", "a\u00a0", "for all ",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "Password: ", "Email: "])
def test_no_pattern_is_worse_than_linear(piece: str, before: str) -> None:
    """Ten times the text may take ten times as long, not a hundred."""
    took = []
    for size in (1_000, 30_000):
        start = time.perf_counter()
        parse_body(before + piece * (size // len(piece)))
        took.append(time.perf_counter() - start)

    assert took[1] < 0.5 + 90 * took[0]


def test_no_word_belongs_to_two_fields() -> None:
    """Else which one it names would depend on the order of a table."""
    owner: dict[str, str] = {}
    for field, table in ALIASES.items():
        for name in table.split("|"):
            word = unicodedata.normalize("NFKD", name.strip().casefold())
            assert owner.setdefault(word, field) == field, name
            label = read_label(name.strip())
            assert label is not None, name
            assert label.field == field, name


@given(st.text(max_size=200), st.sampled_from(GREETINGS), st.sampled_from(ENDINGS))
@settings(max_examples=100, deadline=None)
def test_reading_twice_gives_the_same(text: str, greeting: str, ending: str) -> None:
    """Nothing is kept between two letters."""
    letter = f"{greeting}\n{text}\n{block('a1', 'Geheim1')}\n{ending}"

    assert parse_body(letter) == parse_body(letter)

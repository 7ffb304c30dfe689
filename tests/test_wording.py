"""The texts of every language: whole, said with the same values, read back by our own parsers; and an operator's own."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.acknowledging import render_ack
from bot.config import Config, Support, load
from bot.errors import ConfigBroken
from bot.page import to_html, to_text
from bot.phrases import Facts
from bot.replies import RENDER, render
from bot.speech import Speech
from bot.states import Event
from bot.textfolder import read_texts
from bot.tickets import decide
from bot.wording import mistakes_in
from bot.words import LANGUAGES, Texts, forms_of, shape_of, shipped, words_of
from parsers.html import html_text
from parsers.orders import read_orders
from parsers.when import parse_start
from parsers.wishes import read_wishes
from tests.facts import NOW, ticket
from tests.test_replies import CASES, FACTS, facts_for, tickets

ENGLISH = shipped("en")
OTHERS = [language for language in LANGUAGES if language != "en"]
NOTHING = {
    "en": ("Nothing to do",),
    "de": ("Sie müssen nichts tun", "Sie müssen noch nichts tun"),
    "fr": (
        "Vous n\N{RIGHT SINGLE QUOTATION MARK}avez rien à faire",
        "Vous n\N{RIGHT SINGLE QUOTATION MARK}avez encore rien à faire",
    ),
    "es": ("No tiene que hacer nada", "Todavía no tiene que hacer nada"),
}
ASKED = {
    "en": "What you need to do: ",
    "de": "Ihr nächster Schritt: ",
    "fr": "À faire de votre côté\N{NO-BREAK SPACE}: ",
    "es": "Su próximo paso: ",
}
QUOTED = re.compile(r"[\"„«“]\s?([^\"“»”„«]+?)\s?[\"“»”]")


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_exactly_the_texts_and_values_of_english(language: str) -> None:
    """Nobody gets a mail in two languages, and no number is lost in translation."""
    texts = shipped(language)
    assert list(texts) == [section for section in ENGLISH if section in texts]
    for section, english in ENGLISH.items():
        assert set(texts[section]) == set(english), section
        for key, text in english.items():
            assert shape_of(texts[section][key]).names == shape_of(text).names, f"[{section}] {key}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_said(language: str) -> None:
    """With none, one, two and a million; and every plural has the forms of its language."""
    assert mistakes_in(language, shipped(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_every_reply_is_said_in_every_language(language: str, name: str) -> None:
    """The state, then whether something is to be done, by the same words each time; no English among others."""
    kind, facts = CASES[name]
    reply = render(kind, facts, facts_for(name, language))
    first, todo = reply.page[:2]
    assert isinstance(first, str)
    assert isinstance(todo, str)
    assert first.endswith(".")
    assert todo.startswith((*NOTHING[language], ASKED[language])), todo
    assert reply.language == language
    assert f'<html lang="{language}">' in to_html(reply.page, reply.language)
    if language != "en":
        said = set(re.findall(r"[a-z]+", to_text(reply.page).lower()))
        assert not said & {"the", "mailbox", "mailboxes", "copied", "please", "nothing", "you"}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("kind", RENDER)
@given(facts=tickets)
def test_whatever_became_of_a_ticket_it_can_be_said_in_every_language(
    language: str, kind: str, facts: object
) -> None:
    """Same words as text and as HTML."""
    reply = render(kind, facts, replace(FACTS, language=language))  # type: ignore[arg-type]
    first, todo = reply.page[:2]
    assert str(first).endswith(".")
    assert str(todo).startswith((*NOTHING[language], ASKED[language])), todo
    text, html = to_text(reply.page), to_html(reply.page, language)
    assert set(re.findall(r"\w+", text)) <= set(re.findall(r"\w+", html_text(html)))


# --- numbers, plurals, times ----------------------------------------------------------------------------------------


def test_numbers_sizes_and_days_are_written_as_the_language_does() -> None:
    said = {name: words_of(name) for name in LANGUAGES}
    assert [said[name].number(206_499) for name in ("en", "de", "fr", "es")] == [
        "206,499",
        "206.499",
        "206\u202f499",
        "206.499",
    ]
    sizes = [re.sub(r"\s", " ", said[name].size(6_100_000_000)) for name in ("en", "de", "fr", "es")]
    assert sizes == ["6.1 GB", "6,1 GB", "6,1 Go", "6,1 GB"]
    assert [said["en"].size(n) for n in (0, 999, 980_000, 9_960_000_000)] == [
        "0 bytes",
        "999 bytes",
        "980 kB",
        "10 GB",
    ]
    assert said["de"].day(NOW) == "23. November 2026"
    assert said["es"].day(NOW) == "23 de noviembre de 2026"
    assert said["de"].listed(["a", "b", "c"], "or") == "a, b oder c"


def test_plurals_are_those_of_the_language() -> None:
    """None is singular in French, plural in German; Polish, which an operator may add, has three forms."""
    forms = {"one": "# eins", "other": "# viele"}
    assert [words_of("de").plural(n, **forms) for n in (0, 1, 2)] == ["0 viele", "1 eins", "2 viele"]
    assert [words_of("fr").plural(n, **forms) for n in (0, 1, 2)] == ["0 eins", "1 eins", "2 viele"]
    assert words_of("fr").plural(1_000_000, **forms).endswith("viele")
    assert forms_of("pl") == {"one", "few", "many"}


ZONES = ("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Shanghai", "UTC")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("month", [1, 3, 8, 12])
def test_a_time_we_offer_is_understood_when_it_comes_back(language: str, zone: str, month: int) -> None:
    """ "Please answer with one of these times": so they copy the line, with its dash."""
    moment = datetime(2027, month, 6, 22, 0, tzinfo=ZoneInfo(zone))
    said = words_of(language).when(moment)
    for line in (said, f"- {said}"):
        now = moment - timedelta(days=4)
        assert parse_start(line, now=now, zone="Europe/Berlin").utc == moment.astimezone(UTC), line


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_we_ask_for_is_understood_when_it_comes_back(language: str) -> None:
    """ "Answer "done"": in their language, the word that we put into quotation marks."""
    words = words_of(language)
    for key in ("todo", "todo_fix", "todo_watched", "then"):
        (done,) = QUOTED.findall(words("copied", key))
        assert "done" in read_wishes(done), done
    (resume,) = QUOTED.findall(words("paused", "todo"))
    assert read_orders(resume).words == {"resume"}
    asked = words("start", "ask", said="x", why="", choices="")
    soon = QUOTED.findall(asked)[-1]
    assert parse_start(soon, now=NOW, zone="UTC").problem is None, soon
    for role in ("trash", "junk"):
        take = {"en": "include {}", "de": "{} mitnehmen", "fr": "inclure {}", "es": "incluir {}"}[language]
        assert read_orders(take.format(words("roles", role))).words == {f"include-{role}"}
    marked = words("ack", "todo_fix", bad=1, sheet=True, others=True)
    assert words("words", "needs_you") in QUOTED.findall(marked)


# --- an operator's own texts -----------------------------------------------------------------------------------------


def test_only_what_a_file_changes_is_changed(tmp_path: Path) -> None:
    (tmp_path / "de.toml").write_text(
        '[words]\nhuman = "Anrufen: 030 1234."\n[ack]\n'
        "todo_checking = \"Sie müssen nichts tun: {{ plural(checking, one='# Fach', other='# Fächer') }}.\"\n",
        "utf-8",
    )
    texts, mistakes = read_texts(tmp_path)
    assert mistakes == []
    words = texts.of("de")
    assert words("words", "human") == "Anrufen: 030 1234."
    assert words("ack", "todo_checking", checking=2) == "Sie müssen nichts tun: 2 Fächer."
    assert words("held", "todo") == words_of("de")("held", "todo")
    assert texts.of("fr")("words", "human") == words_of("fr")("words", "human")
    said = render("held", ticket(), Facts(now=NOW, language="de", texts=texts))
    assert said.language == "de"


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("de.toml", '[ack]\nfrist = "x"', "[ack] frist: unknown key; did you mean first?"),
        ("de.toml", '[akc]\nfirst = "x"', "[akc] is no section; did you mean ack?"),
        ("de.toml", 'ack = "x"', "[ack] is a section"),
        ("de.toml", "[ack]\nfirst = 3", "[ack] first: a text in quotes is wanted"),
        ("de.toml", '[ack]\nfirst = "{{ summmary }}"', "there is no {{ summmary }} here; there is summary"),
        ("de.toml", '[ack]\nfirst = "{{ summary"', "[ack] first: cannot be read: "),
        ("de.toml", '[ack]\nfirst = "{{ summary.secret() }}"', "[ack] first: cannot be said: "),
        (
            "de.toml",
            "[ack]\nlisted = \"{{ plural(rest, other='#') }}\"",
            "[ack] listed: plural() needs the forms one, other",
        ),
        ("de.toml", '[ack]\nlisted = "{{ plural(rest) }}"', "[ack] listed: "),
        ("deutsch.toml", '[ack]\nfirst = "x"', "its name is no language"),
        ("pl.toml", '[held]\nsubject = "x"', "lacks [held] first, [held] todo, [ack] first and "),
        ("de.toml", "[ack", "is not TOML"),
        ("de.toml", b"[held]\nsubject = '\xff'", "cannot be read as UTF-8 text"),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, name: str, text: str | bytes, named: str) -> None:
    """At the start and by `check`, not when the first reply fails."""
    (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    texts, mistakes = read_texts(tmp_path)
    assert [named in str(one) and name in str(one) for one in mistakes] == [True], mistakes
    assert render_ack(CASES["ack-one-mailbox"][1], FACTS, texts.of("de")).page[0]


def test_a_language_of_their_own_has_to_be_whole(tmp_path: Path) -> None:
    """Then it is chosen like ours."""
    lines = [
        f"[{section}]\n"
        + "\n".join(
            f"{key} = {text!r}" if '"' in text and "'" not in text else f"{key} = '''{text}'''"
            for key, text in texts.items()
        )
        for section, texts in ENGLISH.items()
    ]
    (tmp_path / "it.toml").write_text("\n".join(lines), "utf-8")
    texts, mistakes = read_texts(tmp_path)
    assert mistakes == []
    assert texts.has("it")
    assert not Texts().has("it")
    assert render("held", ticket(), Facts(now=NOW, language="it", texts=texts)).language == "it"
    assert texts.of("it").day(NOW) == "23 novembre 2026"


def test_the_folder_and_the_language_are_checked_with_bot_toml(tmp_path: Path) -> None:
    (tmp_path / "worte").mkdir()
    (tmp_path / "worte" / "de.toml").write_text('[ack]\nfrist = "x"', "utf-8")
    (tmp_path / "bot.toml").write_text('[support]\nlanguage = "it"\n[texts]\nfolder = "worte"\n', "utf-8")
    with pytest.raises(ConfigBroken) as broken:
        load(tmp_path / "bot.toml", {})
    assert "[ack] frist: unknown key" in str(broken.value)
    assert "[support] language: one of de, en, es, fr is wanted" in str(broken.value)
    with pytest.raises(ConfigBroken, match="there is no folder"):
        load(tmp_path / "bot.toml", {"BOT_TEXTS__FOLDER": "nirgends"})


@given(
    st.dictionaries(
        st.text(max_size=5), st.one_of(st.text(), st.dictionaries(st.text(max_size=5), st.text()))
    )
)
def test_whatever_stands_in_a_file_its_mistakes_are_sentences(stated: dict[str, object]) -> None:
    assert all(mistakes_in("de", stated)) or Counter(stated) == Counter()


def test_the_example_in_the_documents_is_one(tmp_path: Path) -> None:
    """It is what an operator copies."""
    operate = (Path(__file__).parent.parent / "docs" / "operate.md").read_text("utf-8")
    example = re.search(r"```toml\n# texts/de.toml\n(.*?)```", operate, re.DOTALL)
    assert example
    (tmp_path / "de.toml").write_text(example[1], "utf-8")
    texts, mistakes = read_texts(tmp_path)
    assert mistakes == []
    assert texts.of("de")("ack", "listed", rest=3).startswith("3 Postfächer")


@pytest.mark.parametrize(
    ("told", "desk", "said"), [("fr", "de", "fr"), ("", "de", "de"), ("pl", "es", "es"), ("en", "de", "en")]
)
def test_the_ticket_chooses_the_language_and_the_desk_where_it_cannot(
    told: str, desk: str, said: str
) -> None:
    """A language we do not write is answered in the desk's own."""
    config = Config(support=Support(language=desk))
    speech = Speech(config, None, lambda: NOW)  # type: ignore[arg-type] - nothing is sealed or signed here
    assert speech._facts(replace(ticket(), language=told), NOW).language == said


def test_the_first_mail_that_tells_its_language_decides() -> None:
    """A colleague who answers in another one does not turn the thread around."""
    life = ticket()
    for told, after in (("", ""), ("de", "de"), ("en", "de"), ("", "de")):
        life, _ = decide(life, Event(kind="message", data={"language": told}), NOW)
        assert life.language == after

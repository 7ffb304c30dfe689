"""The texts of one language, filled in; plurals, numbers, sizes and dates as that language writes them (CLDR, by Babel)."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit
from jinja2 import Environment, StrictUndefined, Template, TemplateError, meta, nodes

Changes = Mapping[str, Mapping[str, str]]  # texts by section and key
LANGUAGES: Final = ("de", "en", "es", "fr")  # in which we write; each has a file in texts/
_LOCALES: Final = {"en": "en_GB"}  # 23 November 2026, 22:00: read alike on both sides of the Atlantic
_ZONES: Final = frozenset({"CET", "CEST", "MEZ", "MESZ", "GMT"})  # names that mean one offset only
_UNITS: Final = (("gigabyte", 10**9), ("megabyte", 10**6), ("kilobyte", 10**3))
# A line may not end before these marks (French), nor after the quotation mark that opens.
_NARROW: Final = {"fr": (re.compile(r"(?<=[^\W_]|[»)}\"]) (?=[:;?»]|!(?!=))|(?<=«) "), "\N{NO-BREAK SPACE}")}


class Words:
    """The texts of one language, filled in by Jinja2."""

    def __init__(self, language: str, changes: Changes | None = None) -> None:
        self.language = language
        self._locale = locale_of(language)
        ours = shipped(language) if language in LANGUAGES else {}
        changed = changes or {}
        self._texts = {name: {**ours.get(name, {}), **changed.get(name, {})} for name in {**ours, **changed}}
        self._jinja = _environment()
        self._jinja.globals.update(plural=self.plural, number=self.number)
        self._ready: dict[tuple[str, str], Template] = {}

    def __call__(self, section: str, key: str, **values: Any) -> str:
        """Return one text, filled in. A missing key or value is a bug and raises."""
        if (section, key) not in self._ready:
            self._ready[section, key] = self._jinja.from_string(self._spaced(self._texts[section][key]))
        return self._ready[section, key].render(**values)

    def _spaced(self, text: str) -> str:
        mark, space = _NARROW.get(self.language, (None, ""))
        return mark.sub(space, text) if mark else text

    def has(self, section: str, key: str) -> bool:
        """Say whether there is such a text."""
        return key in self._texts.get(section, {})

    def plural(self, n: int, **forms: str) -> str:
        """Return the form for this number, by the CLDR rules of the language; "#" in it becomes the number.

        `other` is the form for whatever has none of its own.
        """
        form = forms.get(str(self._locale.plural_form(n)), forms["other"])
        return form.replace("#", self.number(n))

    def number(self, n: int) -> str:
        """Return 1234 as "1,234", "1.234" or "1 234"."""
        return str(format_decimal(n, locale=self._locale))

    def size(self, n: int) -> str:
        """Return bytes in the unit people expect: "980 kB", "6.1 GB"."""
        for unit, scale in _UNITS:
            if n >= scale:
                shown = round(n / scale, 1 if n < 10 * scale else None)
                return format_unit(shown, f"digital-{unit}", length="short", locale=self._locale)
        return format_unit(n, "digital-byte", length="long", locale=self._locale)

    def hours(self, span: timedelta) -> str:
        """Return "24 hours" or "1.5 hours"."""
        shown = round(span / timedelta(hours=1), 1)
        return format_unit(shown, "duration-hour", length="long", locale=self._locale)

    def day(self, moment: datetime) -> str:
        """Return "23 November 2026"."""
        return format_date(moment, "long", locale=self._locale)

    def date(self, moment: datetime) -> str:
        """Return a day for a table: "23 Nov 2026"."""
        return format_date(moment, "medium", locale=self._locale)

    def when(self, moment: datetime) -> str:
        """Return an instant with weekday and zone, in the zone it bears; who copies it into an answer is understood."""
        offset = moment.strftime("%z")
        name = get_timezone_name(moment, width="short", locale=self._locale)
        far = f"UTC{offset[:3]}:{offset[3:5]}"
        return self(
            "words",
            "when",
            date=format_date(moment, "full", locale=self._locale),
            time=format_time(moment, "short", locale=self._locale),
            zone=f"{name}, {far}" if name in _ZONES else far,
        )

    def listed(self, items: Iterable[str], style: Literal["standard", "or"] = "standard") -> str:
        """Return "a, b and c", or with "or"."""
        return format_list(list(items), style=style, locale=self._locale)


class Texts:
    """The texts of every language, some of them in an operator's own words (bot.wording checks these)."""

    def __init__(self, changes: Mapping[str, Changes] | None = None) -> None:
        self._changes = changes or {}
        self._words: dict[str, Words] = {}

    def has(self, language: str) -> bool:
        """Say whether we write in this language."""
        return language in LANGUAGES or language in self._changes

    def languages(self) -> list[str]:
        """Return every language we write in."""
        return sorted({*LANGUAGES, *self._changes})

    def of(self, language: str) -> Words:
        """Return the texts of a language; English where we do not have it."""
        spoken = language if self.has(language) else "en"
        if spoken not in self._words:
            self._words[spoken] = Words(spoken, self._changes.get(spoken))
        return self._words[spoken]


OURS: Final = Texts()


def words_of(language: str) -> Words:
    """Return our own texts of a language; English where we do not have it."""
    return OURS.of(language)


@cache
def shipped(language: str) -> Changes:
    """Return our texts of one of LANGUAGES, as they stand in the file."""
    return _file(language)


@cache
def _problems() -> Changes:
    return _file("problems")


def _file(name: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files("bot").joinpath("texts", f"{name}.toml").read_text(encoding="utf-8"))


def problem_in(language: str, code: str) -> str:
    """Return what is wrong with a row in a language other than English; "" where there are no words for it."""
    return _problems().get(language, {}).get(code, "")


# --- a text as it is written ----------------------------------------------------------------------------------------


def _environment() -> Environment:
    return Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - page.py escapes for HTML


def locale_of(language: str) -> Locale:
    """Return what CLDR knows of a language.

    Raises:
        ValueError: it knows none of that name.
    """
    try:
        return Locale.parse(_LOCALES.get(language, language))
    except UnknownLocaleError as error:
        raise ValueError(str(error)) from None


def forms_of(language: str) -> frozenset[str]:
    """Return the plural forms the everyday numbers of a language take: "one" and "other", in Polish three."""
    plural_form = locale_of(language).plural_form
    return frozenset(str(plural_form(n)) for n in range(200))


@dataclass(frozen=True)
class Shape:
    """What a text wants."""

    names: frozenset[str]  # the values it is filled in with
    numbers: frozenset[str]  # those of them that are counted or compared
    plurals: tuple[frozenset[str], ...]  # the forms each plural gives


def shape_of(text: str) -> Shape:
    """Return what a text wants.

    Raises:
        ValueError: it is no Jinja2; says where.
    """
    try:
        tree = _environment().parse(text)
    except TemplateError as error:
        raise ValueError(str(error)) from None
    calls = [call for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)]
    counted = {name.name for call in calls for name in call.args if isinstance(name, nodes.Name)}
    compares = [one for one in tree.find_all(nodes.Compare) if one.ops[0].op not in ("in", "notin")]
    compared = {name.name for one in compares for name in one.find_all(nodes.Name)}
    return Shape(
        names=frozenset(meta.find_undeclared_variables(tree) - {"plural", "number"}),
        numbers=frozenset(counted | compared),
        plurals=tuple(frozenset(form.key for form in call.kwargs) for call in calls if call.kwargs),
    )

"""The texts of one language, filled in, and how we write numbers and sizes."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined


class Words:
    """The texts of one language, filled in by Jinja2."""

    def __init__(self, language: str) -> None:
        self.language = language
        text = resources.files("bot").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
        self._texts = tomllib.loads(text)
        self._jinja = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - page.py escapes for HTML
        self._jinja.globals.update(count=count, number=number)

    def __call__(self, section: str, key: str, **values: Any) -> str:
        """Return one text, filled in. A missing key or value is a bug and raises."""
        return self._jinja.from_string(self._texts[section][key]).render(**values)

    def has(self, section: str, key: str) -> bool:
        """Say whether there is such a text."""
        return key in self._texts[section]


@cache
def words_of(language: str) -> Words:
    """Return the texts of a language; English where we do not have it."""
    try:
        return Words(language)
    except FileNotFoundError:
        return Words("en")


@cache
def _problems() -> dict[str, dict[str, str]]:
    return tomllib.loads(
        resources.files("bot").joinpath("texts", "problems.toml").read_text(encoding="utf-8")
    )


def problem_in(language: str, code: str) -> str:
    """Return what is wrong with a row in a language other than English; "" where there are no words for it."""
    return _problems().get(language, {}).get(code, "")


def count(n: int, one: str, many: str) -> str:
    """Return "1 mailbox" or "3 mailboxes"."""
    return f"{number(n)} {one if n == 1 else many}"


def number(n: int) -> str:
    """Return 1234 as "1,234"."""
    return f"{n:,}"


def size(n: int) -> str:
    """Return a size in the unit people expect: "980 kB", "6.1 GB"."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n >= scale:
            return f"{n / scale:.1f} {unit}" if n < 10 * scale else f"{n / scale:.0f} {unit}"
    return f"{n} B"

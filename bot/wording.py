"""Whether an operator's own texts can be said: keys we have, values there are, and every plural form. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.mistakes import nearest
from bot.words import LANGUAGES, Changes, Words, forms_of, shape_of, shipped

_SAMPLES = (0, 1, 2, 5, 1_000_000)


def mistakes_in(language: str, stated: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a file of changed texts, a sentence each; [] = all of it can be said."""
    try:
        forms = forms_of(language)
    except ValueError:
        return ["its name is no language: de.toml, fr.toml …"]
    found = [mistake for section, texts in stated.items() for mistake in _section(section, texts, forms)]
    return found or [*_unsaid(language, stated), *_missing(language, stated)]


def _section(section: str, texts: Any, forms: frozenset[str]) -> Iterator[str]:
    known = shipped("en")
    if section not in known:
        yield f"[{section}] is no section{nearest(section, known)}"
    elif not isinstance(texts, Mapping):
        yield f"[{section}] is a section: its name alone on a line, in [ ]"
    else:
        for key, text in texts.items():
            if key not in known[section]:
                yield f"[{section}] {key}: unknown key{nearest(key, known[section])}"
            elif not isinstance(text, str):
                yield f"[{section}] {key}: a text in quotes is wanted"
            else:
                yield from (f"[{section}] {key}: {what}" for what in _text(text, known[section][key], forms))


def _text(text: str, english: str, forms: frozenset[str]) -> Iterator[str]:
    try:
        shape, allowed = shape_of(text), shape_of(english).names
    except ValueError as error:
        yield f"cannot be read: {error}"
        return
    for name in sorted(shape.names - allowed):
        there = ", ".join(sorted(allowed)) or "nothing"
        yield f"there is no {{{{ {name} }}}} here; there is {there}"
    if any(not given >= {*forms, "other"} for given in shape.plurals):
        yield f"plural() needs the forms {', '.join(sorted({*forms, 'other'}))}"


def _unsaid(language: str, changes: Changes) -> Iterator[str]:
    """Say them once, with numbers where ours count and words elsewhere: what fails here would fail in a reply."""
    words, known = Words(language, changes), shipped("en")
    for section, texts in changes.items():
        for key in texts:
            shape = shape_of(known[section][key])
            try:
                for n in _SAMPLES:
                    values = {name: n if name in shape.numbers else "x" for name in shape.names}
                    words(section, key, **values)
            except Exception as error:  # noqa: BLE001 - whatever a template may do
                yield f"[{section}] {key}: cannot be said: {error}"


def _missing(language: str, changes: Changes) -> Iterator[str]:
    """A language we do not write ourselves has to be whole: nobody gets a mail in two languages."""
    if language in LANGUAGES:
        return
    lacking = [
        f"[{section}] {key}"
        for section, texts in shipped("en").items()
        for key in texts
        if key not in changes.get(section, {})
    ]
    if lacking:
        more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        yield f"lacks {', '.join(lacking[:3])}{more}; a language we do not have ourselves has to be complete"

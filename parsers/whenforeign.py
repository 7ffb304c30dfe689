"""Days and months in languages our own grammar does not know. The names are dateparser's, the reading is ours."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from parsers.whenscan import scan
from parsers.whentokens import Token, tokens_of
from parsers.whenwords import plain

# Languages our own grammar does not know; dateparser reads their month names.
_OTHER_LANGUAGES: Final = (
    "sv",
    "da",
    "nb",
    "fi",
    "cs",
    "sk",
    "ro",
    "hu",
    "tr",
    "hr",
    "sl",
    "ca",
    "ru",
    "uk",
    "el",
)


_NAMES: Final = (
    *(
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
    ),
    *("april", "may", "june", "july", "august", "september", "october", "november", "december"),
)


def translated(tokens: list[Token], text: str) -> list[Token]:
    """Return the tokens once more, with the months and weekdays of further languages put into English.

    The names are dateparser's; what is read from them is ours, so that nothing is guessed. A word that means two things
    in two languages stays unknown.
    """
    unknown = [
        token for token in tokens_of(tokens, "unknown") if len(token.value) > 2 and token.value.isalpha()
    ]
    if not unknown or not any(char.isdigit() for char in text):
        return tokens
    names = _foreign_names()
    turned = text
    for token in reversed(unknown):
        if name := names.get(token.value):
            turned = f"{turned[: token.start]}{name}{turned[token.end :]}"
    return tokens if turned == text else scan(turned)


@cache
def _foreign_names() -> Mapping[str, str]:
    from dateparser.languages.loader import default_loader  # imported late: 80 ms, and rarely wanted

    found: dict[str, set[str]] = {}
    for locale in default_loader.get_locales(languages=list(_OTHER_LANGUAGES)):
        for name in _NAMES:
            for spelled in locale.info.get(name, ()):
                found.setdefault(plain(spelled), set()).add(name)
    return {spelled: names.pop() for spelled, names in found.items() if len(names) == 1}

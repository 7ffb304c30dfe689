"""Labels of several things or for several rows: "Email / Password", "Password for all mailboxes"."""

import re
from typing import Final

from parsers.labels import Field, Label, fold, read_label

_CONJUNCTION: Final = re.compile(
    r"(?:(?<!\s)\s+)?[/+&,]\s*|\s(?:and|und|et|y|e|i|en|si|\u0219i|oder|or|ou|o|of)\s", re.IGNORECASE
)


FOR_ALL: Final = re.compile(
    r"\b(?:all(?:e[rn]?)?|beide[rn]?|both|every|each|jeweils|uberall|tous|toutes|deux|todos|todas|ambos|ambas|tutt[ie]|entrambi"
    r"|beide|allemaal|wszystk\w+|oba|obu|toate|ambele|everyone|everything|same|gleich\w*|identisch\w*|identical|gemeinsam\w*|shared|common)\b"
)


_AROUND_ALL: Final = re.compile(
    r"\b(?:the|das|die|der|den|ist|is|are|fur|for|of|pour|per|para|voor|dla|pentru|mailbox(?:es)?|postfach\w*|postfaech\w*|account\w*|konten"
    r"|boites|comptes|cuentas|buzones|caselle|contas|skrzynek|kont|conturi\w*|addresses|adressen|the|them|de|del|les|las|los|le|mailboxen|postvakken"
    r"|email|emails|mail|mails|e|it|its|user|users|immer|always|my|our|unsere|three|two|four|five|drei|vier|zwei|\d+)\b"
)


def label_for_all(text: str) -> Label | None:
    """Return the label in "Password for all mailboxes"."""
    folded = fold(text)
    if not FOR_ALL.search(folded):
        return None
    rest = _AROUND_ALL.sub(" ", FOR_ALL.sub(" ", folded))
    return read_label(rest) if rest.strip() else None


def is_compound(text: str) -> bool:
    """True for "Email / Password": two labels before one separator."""
    return compound_fields(text) is not None


def compound_fields(text: str) -> tuple[Field, ...] | None:
    """Return the fields "Email / Password / Server" names together; None when it does not."""
    parts = [part for part in _CONJUNCTION.split(text.strip(" *_:")) if part.strip()]
    labels = [read_label(part) for part in parts] if 2 <= len(parts) <= 4 else []
    fields = tuple(label.field for label in labels if label)
    if len(fields) < 2 or len(fields) != len(parts) or len(set(fields)) != len(fields):
        return None
    return (
        fields if {"password", "address", "login"} & set(fields) and fields != ("address", "login") else None
    )

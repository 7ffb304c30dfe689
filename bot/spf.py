"""The one SPF record of a domain, with a sender of ours merged into what is there (RFC 7208). Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MOST_LOOKUPS: Final = 10  # more make the whole record an error for every receiver (RFC 7208 section 4.6.4)

_IS_SPF: Final = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_ASKS: Final = re.compile(
    r"[+?~-]?(?:include:(?P<include>\S+)|(?:a|mx|ptr)(?=[:/]|$)\S*|exists:\S+)|redirect=(?P<redirect>\S+)",
    re.IGNORECASE,
)
_ALL: Final = re.compile(r"[+?~-]?all", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Merged:
    """What the record has to be, and what stands in the way."""

    record: str
    changed: bool  # False = it says so already, and there is only one
    several: bool  # more than one record is there: receivers take that for an error (section 4.5)


def spf_records(texts: Iterable[str]) -> list[str]:
    """Return those TXT records that are SPF, in their order, blanks squeezed."""
    return [" ".join(text.split()) for text in texts if _IS_SPF.match(text)]


def merge(texts: Iterable[str], ours: Sequence[str]) -> Merged:
    """Return the record that lets our servers send for the domain beside everybody who may now.

    Nobody is taken out: mail is sent through the old provider until every client is changed. Several records become
    one: their mechanisms in order, the last "all" of them. A domain without one gets "~all": what else sends for it is
    not known, and "-all" would have that refused.

    Args:
        texts: the domain's TXT records.
        ours: domains to include, e.g. ("_spf.host.example",); () = nothing to add.
    """
    found = spf_records(texts)
    words = [word for record in found for word in record.split()[1:]]
    ends = [word for word in words if _ALL.fullmatch(word)]
    redirects = [word for word in words if word.lower().startswith("redirect=")]
    kept = list(dict.fromkeys(word for word in words if word not in ends and word not in redirects))
    there = {word.lower().lstrip("+") for word in kept}
    added = [f"include:{one}" for one in ours if f"include:{one.lower()}" not in there]
    if len(found) == 1 and not added:
        return Merged(found[0], changed=False, several=False)
    # A redirect counts only where there is no "all" (section 6.1): to go on counting it must stay the last word.
    end = [ends[-1]] if ends else redirects[-1:] or ["~all"]
    record = " ".join(["v=spf1", *kept, *added, *end])
    return Merged(record, changed=bool(record != (found[0] if found else "")), several=len(found) > 1)


def lookups(record: str, others: Mapping[str, str]) -> int:
    """Return how many questions a receiver has to ask for that record, those of its includes too.

    Args:
        record: an SPF record.
        others: the SPF records of the domains it includes, as far as they are known, by lower-case name.
    """
    return _lookups(record, others, frozenset())


def asked_of(record: str) -> list[str]:
    """Return the domains whose records that record includes or redirects to, lower-case, without macros."""
    found = (_ASKS.fullmatch(word) for word in record.split())
    names = ((one["include"] or one["redirect"] or "") for one in found if one)
    return [name.lower().rstrip(".") for name in names if name and "%" not in name]


def _lookups(record: str, others: Mapping[str, str], above: frozenset[str]) -> int:
    total = sum(1 for word in record.split() if _ASKS.fullmatch(word))
    for name in asked_of(record):
        if name not in above and name in others and total <= MOST_LOOKUPS:
            total += _lookups(others[name], others, above | {name})
    return total

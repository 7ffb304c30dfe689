"""FN and N, which vCard 3.0 demands, made of what a card has where one is missing (RFC 2426 section 3.1)."""

from collections.abc import Sequence

from parsers.lines import Line, escape, make_line, split_value, unescape

_NEXT_BEST = ("ORG", "NICKNAME", "EMAIL", "TEL", "TITLE", "IMPP", "URL", "NOTE")
_MAX_BUILT = 80
_ONCE = frozenset(  # sabre/dav and Cyrus refuse a card that has two of these
    {"FN", "N", "BDAY", "REV", "PRODID", "GENDER", "KIND", "X-ADDRESSBOOKSERVER-KIND", "SORT-STRING", "CLASS"}
)


def only_one(lines: Sequence[Line], repairs: list[str]) -> list[Line]:
    """Return the lines with one of each property that stands once; another one is kept under an X- name."""
    seen: set[str] = set()
    kept: list[Line] = []
    for line in lines:
        if line.name in _ONCE and line.name in seen:
            repairs.append("second-name" if line.name in {"FN", "N"} else "second-value")
            name = f"X-{line.name.removeprefix('X-')}"
            name = name if name != line.name else f"{name}-2"
            kept.append(make_line(name, escape(line.value, ","), line.params, line.group))
        else:
            kept.append(line)
        seen.add(line.name)
    return kept


def with_names(lines: list[Line], repairs: list[str]) -> list[Line]:
    """Return the lines with an FN and an N; nothing is made for a card that says nothing."""
    names = {line.name: line.value for line in reversed(lines)}
    if not names:
        return lines
    if "FN" not in names:
        names["FN"] = _from_parts(names.get("N", "")) or _next_best(names, repairs)
        lines = [make_line("FN", names["FN"]), *lines]
    if "N" not in names:
        lines = [make_line("N", _parts_of(names["FN"], names.get("ORG", ""))), *lines]
    return lines


def at_most(fields: list[str], limit: int, repairs: list[str]) -> list[str]:
    """Return the fields; what is beyond the last one a reader knows goes into it. 0 = there is no last one."""
    if not limit or len(fields) <= limit:
        return fields
    if any(field.strip() for field in fields[limit:]):
        repairs.append("extra-fields")
        fields = [*fields[: limit - 1], "\\;".join(one for one in fields[limit - 1 :] if one.strip())]
    return fields[:limit]


def _from_parts(parts: str) -> str:
    """Return an escaped FN for an N, in the order prefix, given, additional, family, suffix."""
    fields = [*split_value(parts, ";"), "", "", "", "", ""]
    return _one_line(" ".join(filter(None, (fields[i].strip() for i in (3, 1, 2, 0, 4)))))


def _next_best(names: dict[str, str], repairs: list[str]) -> str:
    repairs.append("name-built")
    found = (_one_line(names.get(key, "").replace(";", " ")) for key in _NEXT_BEST)
    return next(filter(None, found), "?")


def _one_line(value: str) -> str:
    said = " ".join(unescape(value).split())
    return escape(said[:_MAX_BUILT].strip().replace("\\", "\\\\"), ",;") if said.strip(" ,;") else ""


def _parts_of(full: str, organisation: str) -> str:
    """Return an N for an FN: the last word is taken as the family name, a firm has no parts."""
    given, _, family = full.strip().rpartition(" ")
    if not given or split_value(organisation, ";")[0] == full:
        return f"{escape(full)};;;;"
    return f"{escape(family)};{escape(given)};;;"

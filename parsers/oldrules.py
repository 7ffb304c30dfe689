"""Recurrence rules of vCalendar 1.0 ("W1 MO TU #10") as those of iCalendar (vCalendar 1.0 section 3.1, XAPIA's grammar)."""

import re
from typing import Final

from parsers.dates import When, basic

_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_HEAD = re.compile(r"(MP|MD|YM|YD|D|W|M)(\d{1,4})", re.IGNORECASE)
_FREQUENCY: Final = {
    "M": "MINUTELY",
    "D": "DAILY",
    "W": "WEEKLY",
    "MP": "MONTHLY",
    "MD": "MONTHLY",
    "YM": "YEARLY",
    "YD": "YEARLY",
}
_MOST_WORDS = 100
_DEFAULT_COUNT = "2"  # a rule that does not say how often means twice


def modern_rule(value: str, start: When | None) -> str:
    """Return the rule in today's grammar; "" when it is none of that one either. Pure."""
    words = value.replace("$", " ").upper().split()
    head = _HEAD.fullmatch(words[0]) if words else None
    if head is None or len(words) > _MOST_WORDS:
        return ""
    kind, interval = head.group(1), int(head.group(2))
    end, words = _end(words[1:])
    parts = [
        f"FREQ={_FREQUENCY[kind]}",
        *([f"INTERVAL={interval}"] if interval > 1 else []),
        *_by(kind, words, start),
    ]
    return ";".join([*parts, *end])


def _end(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the part that ends the series, and the other words; #0 = it never ends."""
    count = next((word[1:] for word in reversed(words) if word.startswith("#")), "")
    rest = [word for word in words if not word.startswith("#")]
    until = basic(rest[-1]) if rest and len(rest[-1]) >= 8 else ""
    if until:
        return [f"UNTIL={until}"], rest[:-1]
    if not count.isdigit():
        return [f"COUNT={_DEFAULT_COUNT}"], rest
    return ([f"COUNT={int(count[:6])}"] if int(count[:6]) else []), rest


def _by(kind: str, words: list[str], start: When | None) -> list[str]:
    if kind == "W":
        days = [word for word in words if word in _DAYS]
        return [f"BYDAY={','.join(days)}"] if days else []
    if kind == "MP":
        days = _positions(words)
        return [f"BYDAY={','.join(days)}"] if days else []
    numbers = [number for word in words if (number := _number(word)) is not None]
    if kind == "MD":
        numbers += [-1 for word in words if word == "LD"]
        return [f"BYMONTHDAY={','.join(map(str, numbers))}"] if numbers else []
    if kind == "YM" and numbers:
        day = [f"BYMONTHDAY={start.local.day}"] if start else []
        return [f"BYMONTH={','.join(map(str, numbers))}", *day]
    return [f"BYYEARDAY={','.join(map(str, numbers))}"] if kind == "YD" and numbers else []


def _positions(words: list[str]) -> list[str]:
    """Return "1+ MO TU 2- FR" as 1MO, 1TU, -2FR."""
    days: list[str] = []
    which = 1
    for word in words:
        number = _number(word)
        if number:
            which = number
        elif word in _DAYS:
            days.append(f"{which}{word}")
    return days


def _number(word: str) -> int | None:
    match = re.fullmatch(r"(\d{1,3})([+-]?)", word)
    if match is None:
        return None
    return -int(match.group(1)) if match.group(2) == "-" else int(match.group(1))

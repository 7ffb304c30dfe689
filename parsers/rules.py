"""Recurrence rules as every server reads them (RFC 5545 section 3.3.10, RFC 7529)."""

import re
import zoneinfo
from datetime import datetime, timedelta
from typing import Final

from parsers.dates import When, basic, read_when, to_utc
from parsers.oldrules import modern_rule

_FREQUENCIES: Final = {  # how often in a year
    "SECONDLY": 31_536_000.0,
    "MINUTELY": 525_600.0,
    "HOURLY": 8_760.0,
    "DAILY": 365.0,
    "WEEKLY": 52.0,
    "MONTHLY": 12.0,
    "YEARLY": 1.0,
}
_NUMBERS: Final = {  # the largest; those of days and weeks are also counted from the end
    "BYSECOND": (0, 59),
    "BYMINUTE": (0, 59),
    "BYHOUR": (0, 23),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
}
_NOT_WITH: Final = {  # a part and the frequencies it may not stand with
    "BYMONTHDAY": {"WEEKLY"},
    "BYYEARDAY": {"DAILY", "WEEKLY", "MONTHLY"},
    "BYWEEKNO": {"SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY"},
}
_TIMES_OF_DAY: Final = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_DAY = re.compile(r"([+-]?\d{1,2})?[ ]?(MO|TU|WE|TH|FR|SA|SU)[A-Z]{0,7}")
_MOST_A_YEAR = 20_000  # times a year, and in all: more is a mistake or a trap, and stops some servers
_LONGEST = 4_000
_MOST_DAYS: Final = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}

Parts = dict[str, str]


def plan_rule(value: str, start: When | None, repairs: list[str]) -> str:
    """Return a rule as servers take it, "" when it is none or when it names no day at all. Pure.

    Args:
        value: as it came, also in the grammar of vCalendar 1.0.
        start: the first time of the series; None = it has none.
        repairs: gets the code of what had to be changed.
    """
    parts = _parts(value)
    if "FREQ" not in parts and len(value) <= _LONGEST and (modern := modern_rule(value, start)):
        parts = _parts(modern)
    if parts.get("FREQ") not in _FREQUENCIES or len(value) > _LONGEST:
        repairs.append("rule-dropped")
        return ""
    planned: Parts = {"FREQ": parts.pop("FREQ")}
    for name, said in parts.items():
        kept = _part(name, said, planned["FREQ"], start)
        if not kept and said and _decides(name, said, planned["FREQ"], start):
            repairs.append("rule-dropped")
            return ""
        if kept:
            planned[name] = kept
        if (
            kept != said
            and (name not in {"UNTIL", "INTERVAL"} or not kept)
            and said not in {"", "OMIT", "GREGORIAN"}
        ):
            repairs.append("rule-changed")
    return _checked(planned, start, repairs)


def _parts(value: str) -> Parts:
    found: Parts = {}
    for part in value.upper().split(";")[:50]:
        name, equals, said = part.partition("=")
        if equals:
            found.setdefault(name.strip(), said.strip().strip(","))
    return found


def _part(name: str, said: str, frequency: str, start: When | None) -> str:
    """Return what the part is to say, "" = leave it out."""
    whole_day = start is not None and start.kind == "date" and name in _TIMES_OF_DAY
    if frequency in _NOT_WITH.get(name, ()) or whole_day:
        return ""
    if name in {"INTERVAL", "COUNT"}:
        number = int(said) if re.fullmatch(r"\d{1,9}", said, re.ASCII) else 0
        return str(min(number, 9999) if name == "INTERVAL" else number) if number else ""
    if name == "UNTIL":
        return _until(said, start)
    if name == "WKST":
        return said[:2] if re.fullmatch(r"(MO|TU|WE|TH|FR|SA|SU)[A-Z]{0,7}", said) else ""
    if name == "BYDAY":
        return _days(said, frequency)
    return _numbers(said, *_NUMBERS[name]) if name in _NUMBERS else ""


def _decides(name: str, said: str, frequency: str, start: When | None) -> bool:
    """Say whether the series would be another one without a part that cannot be read."""
    if name == "RSCALE":
        return said != "GREGORIAN"
    if frequency in _NOT_WITH.get(name, ()) or (
        start is not None and start.kind == "date" and name in _TIMES_OF_DAY
    ):
        return False
    return name in {"UNTIL", "BYDAY"} or name in _NUMBERS


def _days(said: str, frequency: str) -> str:
    days: list[str] = []
    for one in said.replace(" ", ",").split(",") if not re.search(r"\d ", said) else said.split(","):
        match = _DAY.fullmatch(one.strip())
        if match is None:
            continue
        number = int(match.group(1) or 0)
        which = str(number) if number and frequency in {"MONTHLY", "YEARLY"} and abs(number) <= 53 else ""
        days.append(f"{which}{match.group(2)}")
    result = ",".join(dict.fromkeys(days))
    return said if result == said.replace("+", "") else result


def _numbers(said: str, low: int, high: int) -> str:
    numbers = [int(one) for one in re.findall(r"(?:\A|(?<=,))\s*([+-]?\d{1,3})\s*(?=,|\Z)", said)]
    kept = dict.fromkeys(one for one in numbers if low <= one <= high and (one or low == 0))
    result = ",".join(map(str, kept))
    same = len(kept) == said.count(",") + 1
    return said.replace(" ", "") if same and not re.search(r"\b0\d", said) else result


def _until(said: str, start: When | None) -> str:
    """Return the end of the series in the form that its start asks for; "" when it is no date."""
    value = basic(said)
    end = read_when(value) if value else None
    if end is None or start is None:
        return value
    if start.kind == "date":
        return value[:8]
    if end.kind == "utc":
        return value if start.kind != "floating" else value[:15]
    local = end.local if end.kind != "date" else end.local + timedelta(hours=23, minutes=59, seconds=59)
    if start.kind == "zoned" and start.zone:
        at = to_utc(local, zoneinfo.ZoneInfo(start.zone))
        local = at.replace(tzinfo=None) if at else local
    return f"{local.year:04d}{local:%m%dT%H%M%S}" + ("" if start.kind == "floating" else "Z")


def _checked(planned: Parts, start: When | None, repairs: list[str]) -> str:
    if "COUNT" in planned and "UNTIL" in planned:
        repairs.append("rule-changed")
        planned.pop("UNTIL" if _counts_out_first(planned, start) else "COUNT")
    if "BYSETPOS" in planned and not any(one.startswith("BY") and one != "BYSETPOS" for one in planned):
        planned.pop("BYSETPOS")
        repairs.append("rule-changed")
    if _is_impossible(planned):
        repairs.append("rule-dropped")
        return ""
    if _times(planned, start) > _MOST_A_YEAR:
        repairs.append("rule-too-often")
        return ""
    end = read_when(planned.get("UNTIL", ""))
    if end is not None and start is not None and _ended_before(end, start):
        repairs.append("rule-over")
        return ""
    return ";".join(f"{name}={said}" for name, said in planned.items())


def _counts_out_first(planned: Parts, start: When | None) -> bool:
    """Say whether the count ends a plain series before its last day does."""
    end = read_when(planned["UNTIL"])
    if start is None or end is None or any(one.startswith("BY") for one in planned):
        return False
    days = (
        365.0 / _FREQUENCIES[planned["FREQ"]] * int(planned.get("INTERVAL", 1)) * (int(planned["COUNT"]) - 1)
    )
    try:
        return start.local + timedelta(days=days) <= end.local
    except OverflowError:
        return False


def _is_impossible(planned: Parts) -> bool:
    """Say whether a rule names only days that no year has; looking for one takes servers minutes."""
    if "BYMONTH" not in planned or "BYMONTHDAY" not in planned:
        return False
    months = {int(one) for one in planned["BYMONTH"].split(",")}
    days = {abs(int(one)) for one in planned["BYMONTHDAY"].split(",")}
    return all(day > _MOST_DAYS.get(month, 31) for month in months for day in days)


def _times(planned: Parts, start: When | None) -> float:
    """Return about how often the series takes place in a year, at most as often as in all."""
    frequency = planned["FREQ"]
    rate = _FREQUENCIES[frequency] / int(planned.get("INTERVAL", 1))
    finer = list(_FREQUENCIES).index(frequency)
    for place, (name, most) in enumerate((("BYSECOND", 60), ("BYMINUTE", 60), ("BYHOUR", 24))):
        if name in planned:
            number = len(planned[name].split(","))
            rate *= number if place < finer else number / most
    if finer < 3 and "BYDAY" in planned:
        rate *= len(planned["BYDAY"].split(",")) / 7
    if finer < 3 and "BYMONTH" in planned:
        rate *= len(planned["BYMONTH"].split(",")) / 12
    if finer < 3 and "BYMONTHDAY" in planned:
        rate *= len(planned["BYMONTHDAY"].split(",")) / 30
    whole = float(planned.get("COUNT", "inf"))
    end = read_when(planned.get("UNTIL", ""))
    if end is not None and start is not None:
        whole = min(whole, rate * max(0.0, (end.local - start.local) / timedelta(days=365)))
    return min(rate, whole)


def _ended_before(end: When, start: When) -> bool:
    first: datetime = start.local
    if end.kind == "utc" and start.instant is not None:
        first = start.instant.replace(tzinfo=None)
    elif end.kind == "utc" and start.kind == "zoned":
        first -= timedelta(days=1)
    return end.local < first

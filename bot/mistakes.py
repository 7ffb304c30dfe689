"""What is wrong in bot.toml, where, and what was probably meant. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from bot.errors import ConfigBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One wrong key; `line` of bot.toml, 0 = not from there."""

    where: str
    what: str
    line: int = 0

    def __str__(self) -> str:
        return (f"line {self.line}: " if self.line else "") + f"{self.where}: {self.what}"


def broken(file: Path | None, mistakes: list[Mistake]) -> ConfigBroken:
    """Return the error that lists every mistake, in the order of the file."""
    count = f"{len(mistakes)} mistake" + ("s" if len(mistakes) > 1 else "")
    listed = "".join(f"\n  {mistake}" for mistake in sorted(mistakes, key=lambda m: (m.line, m.where)))
    return ConfigBroken(what=f"{count} in {file or 'the environment'}:{listed}")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean …?", or "" when nothing known is close."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def located(mistake: Mistake, text: str, environ: Mapping[str, str]) -> Mistake:
    """Name the variable or the line of bot.toml a mistake comes from."""
    found = re.match(r"\[(\w+)\] ?(\S*)", mistake.where)
    if not found:
        return mistake
    variable = f"BOT_{found[1]}__{found[2]}".upper()
    if variable in environ:
        return Mistake(where=variable, what=mistake.what)
    return Mistake(where=mistake.where, what=mistake.what, line=_line_of(found[1], found[2], text))


def _line_of(section: str, key: str, text: str) -> int:
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        heading = re.match(r"\s*\[+\s*([^\]\s]+)", line)
        current = heading[1] if heading else current
        stated = re.match(r"\s*[\"']?([\w-]+)[\"']?\s*=", line)
        if current == section and (heading if not key else stated and stated[1] == key):
            return number
    return 0

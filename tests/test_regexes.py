"""No expression of ours takes longer than its text: each one on long repetitions made of its own characters."""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]  # the only reader of expressions there is
from typing import Any

import pytest

import parsers

Pattern = re.Pattern[str] | re.Pattern[bytes]
SHORT, LONG = 1_000, 10_000
HOPELESS_SECONDS = 0.2  # of CPU for the short text
SUSPECT_SECONDS = 0.008  # of CPU for the long one
MOST_GROWTH = (
    35.0  # a linear expression grows tenfold from the short text to the long one, a quadratic one hundredfold
)
FILLERS = (
    " ",
    "a",
    "1",
    "@",
    ".",
    "-",
    "\t",
    "\u00a0",
    "\n",
    "\n ",
    "a\n",
    "a.",
    "a@",
    "a ",
    "1.",
    "a-",
    '"',
)

# Super-linear, but held short: who sees to that, and the most characters it ever sees.
HELD_SHORT: dict[str, str] = {
    "labels:'\\\\([^)]*\\\\)|\\\\[[^]]*\\\\]'": "read_label gives up beyond _LONGEST",
    "automatic._BOUNCE_SUBJECT": "subject[:_LONGEST_SUBJECT], 500",
    "forward._MAILTO": "said[:1000]",
    "lines._MARGIN": "data[:_HEAD]",
    "mailheads._LINE": "line[:_LONGEST], 2,000",
}
# Used in a loop over several expressions, so that their names do not say how.
ONLY_WHOLE = ("columns._NAME", "columns._SIZE", "columns._PHONE", "secret._COMMENTED", "secret._COMMA")


def patterns() -> dict[str, Pattern]:
    """Every expression of parsers/: attributes of modules, also in tables and classes, and those written in calls."""
    found: dict[tuple[Any, int], tuple[str, Pattern]] = {}
    for info in pkgutil.iter_modules(parsers.__path__, "parsers."):
        if info.name.endswith("sandbox_child"):
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            for one in inside(value, info.name):
                found.setdefault((one.pattern, one.flags), (f"{info.name[8:]}.{name}", one))
        for line, one in in_calls(Path(str(module.__file__))):
            found.setdefault((one.pattern, one.flags), (f"{info.name[8:]}:{line}:{one.pattern!r}", one))
    named: dict[str, Pattern] = {}
    for name, one in found.values():
        named[name if name not in named else f"{name}-{len(named)}"] = one
    return named


def inside(value: object, module: str, depth: int = 0) -> Iterator[Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from inside([*value.keys(), *value.values()], module, depth)
    elif isinstance(value, (list, tuple, set, frozenset)) and depth < 4:
        for one in value:
            yield from inside(one, module, depth + 1)
    elif isinstance(value, type) and value.__module__ == module and depth == 0:
        yield from inside([one for name, one in vars(value).items() if not name.startswith("__")], module, 3)


def in_calls(file: Path) -> Iterator[tuple[int, Pattern]]:
    """`re.sub(r"…", …)`: compiled when it is called."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            said = node.args[0]
            is_ours = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
            if (
                is_ours
                and isinstance(said, ast.Constant)
                and isinstance(said.value, (str, bytes))
                and node.func.attr != "compile"
            ):
                flags = re.IGNORECASE if "IGNORECASE" in ast.unparse(node) else 0
                yield node.lineno, re.compile(said.value, flags)


def ways(name: str) -> tuple[str, ...]:
    """Return how the code uses an expression: match, fullmatch or search; all of them where it cannot be told."""
    if name in ONLY_WHOLE:
        return ("fullmatch",)
    module, mark, rest = re.split(r"([.:])", name, maxsplit=1)
    source = (Path(parsers.__path__[0]) / f"{module}.py").read_text("utf-8")
    if mark == ":":
        used = re.findall(r"\bre\.([a-z]+)\(", source.splitlines()[int(rest.partition(":")[0]) - 1])
    else:
        called = rest.partition("-")[0]
        used = re.findall(rf"\b{called}\.(\w+)\(", source)
        if len(re.findall(rf"\b{called}\b", source)) > len(used) + 1:  # handed on, or read by another module
            used = []
    return tuple(sorted({one if one in {"match", "fullmatch"} else "search" for one in used})) or (
        "search",
        "fullmatch",
    )


def own_words(pattern: Pattern) -> list[str]:
    """Return the characters and runs of characters an expression is made of, the shortest first."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    flags = pattern.flags if isinstance(pattern.pattern, str) else pattern.flags | re.UNICODE
    found: set[str] = set()
    gather(_parser.parse(text, flags), found)
    words = sorted(found, key=lambda word: (len(word), word))
    return [*words[:14], *words[14 :: max(1, (len(words) - 14) // 10)][:10]]


def gather(tree: Iterable[tuple[Any, Any]], found: set[str]) -> None:
    run = ""
    for operation, argument in tree:
        name = str(operation)
        if name == "LITERAL":
            run += chr(argument)
            continue
        found.add(run)
        run = ""
        if name == "IN":
            found.update(chr(one) for kind, one in argument if str(kind) == "LITERAL")
            found.update(chr(one[0]) for kind, one in argument if str(kind) == "RANGE")
        elif name == "BRANCH":
            for branch in argument[1]:
                gather(branch, found)
        else:
            below = argument if isinstance(argument, (list, tuple)) else [argument]
            for one in (one for one in below if isinstance(one, _parser.SubPattern)):
                gather(one, found)
    found.add(run)
    found.discard("")


def texts(pattern: Pattern) -> Iterator[tuple[str, Callable[[int], str]]]:
    """Hostile repetitions: any piece over and over, after a beginning that fits or none, before an end that does not."""
    words = own_words(pattern)
    heads = ("", *words[:2], *words[-2:])
    for piece in dict.fromkeys((*FILLERS, *words)):
        for head in heads if piece in FILLERS else ("",):
            yield f"{head!r} then {piece!r}", partial(repeated, head, piece)


def repeated(head: str, piece: str, size: int) -> str:
    return head + piece * (size // len(piece)) + "\x01"


def seconds(pattern: Pattern, text: str, how: tuple[str, ...]) -> float:
    given: Any = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")
    started = time.process_time()
    for name in how:
        getattr(pattern, name)(given)
    return time.process_time() - started


def slow(pattern: Pattern, how: tuple[str, ...] = ("search", "fullmatch")) -> str:
    """Return the repetition whose time grows faster than its length; "" without one."""
    for said, make in texts(pattern):
        short = seconds(pattern, make(SHORT), how)
        if short > HOPELESS_SECONDS:
            return said
        if (long := seconds(pattern, make(LONG), how)) > SUSPECT_SECONDS:
            long = min(long, seconds(pattern, make(LONG), how))
            short = min(seconds(pattern, make(SHORT), how) for _ in range(3))
            if long > MOST_GROWTH * max(short, SUSPECT_SECONDS / 100):
                return said
    return ""


@pytest.mark.parametrize("name", PATTERNS := patterns())
def test_an_expression_takes_no_longer_than_its_text(name: str) -> None:
    """Whoever may write to the support address chooses the text."""
    assert slow(PATTERNS[name], ways(name)) == "" or re.sub(r":\d+:", ":", name) in HELD_SHORT


def test_a_quadratic_expression_is_noticed() -> None:
    """Else the test above proves nothing."""
    assert slow(re.compile(r"^\s*x", re.MULTILINE))
    assert slow(re.compile(r"(?:a|b)+@c"))
    assert slow(re.compile(rb"\d+x"))
    assert not slow(re.compile(r"^[^\S\n]*x", re.MULTILINE))


def test_what_is_excused_exists() -> None:
    """A mended expression needs no excuse."""
    assert set(HELD_SHORT) <= {re.sub(r":\d+:", ":", name) for name in PATTERNS}

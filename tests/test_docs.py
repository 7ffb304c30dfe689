"""The documents say what is true: bot.toml loads and is complete, every code is explained, words and paths exist."""

import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import bot
from bot.config import Config, Section, load
from bot.errors import BotError
from bot.states import State

ROOT = Path(__file__).parent.parent
TOML = (ROOT / "bot.toml").read_text("utf-8")
OPERATE = (ROOT / "docs" / "operate.md").read_text("utf-8")
DOCS = sorted(file for file in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))


def keys() -> list[tuple[str, str]]:
    """Every (section, key) the code reads."""
    found = []
    for section, field in Config.model_fields.items():
        assert isinstance(field.annotation, type)
        assert issubclass(field.annotation, Section)
        found += [(section, f.alias or key) for key, f in field.annotation.model_fields.items()]
    return found


def stated() -> dict[tuple[str, str], str]:
    """Every (section, key) of bot.toml, also commented-out ones, with the comment that goes with it."""
    section, found = "", {}
    for line in TOML.splitlines():
        if heading := re.match(r"\[(\w+)\](.*)", line):
            section, shared = heading[1], heading[2]
        elif key := re.match(r"(?:# )?(\w+) = (.*)", line):
            found[section, key[1]] = key[2].partition("#")[2].strip() + shared
    return found


def test_bot_toml_loads_as_it_is() -> None:
    """It is the first thing an operator copies."""
    load(ROOT / "bot.toml", {}, complete=False)
    assert {section for section, _ in stated()} == set(tomllib.loads(TOML)) == set(Config.model_fields)


def test_every_key_is_in_bot_toml_and_no_other() -> None:
    """A key that cannot be found there does not exist for an operator."""
    assert set(stated()) == set(keys())


@pytest.mark.parametrize(("section", "key"), keys())
def test_every_key_is_described(section: str, key: str) -> None:
    """By a comment of its own or of its section; host, port and user speak for themselves there."""
    said = stated()[section, key]
    assert said or key in {"host", "user"} | {
        f"{n}password_{k}" for n in ("", "master_") for k in ("env", "command")
    }


def test_the_packaged_template_is_the_same_file() -> None:
    """`mailferry init` fills in the copy inside the package."""
    assert (ROOT / "bot" / "bot.toml").read_text("utf-8") == TOML


def test_defaults_stand_in_bot_toml_or_are_named() -> None:
    """Where the example differs from the default it is because a host needs a name, or the comment says so."""
    example, default = load(ROOT / "bot.toml", {}, complete=False), load(None, {}, complete=False)
    named = {
        "host",
        "user",
        "from",
        "imap_host",
        "url",
        "addresses",
        "staff",
        "authserv_id",
        "timezone",
        "master_user",
    }
    for section, key in keys():
        if (
            key not in named
            and not key.endswith(("_file", "_env", "_command"))
            and (section, key) != ("directory", "file")
        ):
            name = "sender" if key == "from" else key
            here, there = getattr(getattr(example, section), name), getattr(getattr(default, section), name)
            assert here == there or isinstance(here, Path), f"[{section}] {key}"


def codes() -> dict[str, type[BotError]]:
    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return BotError.by_code


def test_every_code_is_explained_with_what_to_do() -> None:
    """An operator meets a code at three in the morning."""
    explained = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", OPERATE, re.MULTILINE))

    assert set(explained) == set(codes())
    assert all(len(text) > 30 for text in explained.values())


def test_every_state_is_explained() -> None:
    """`status` prints them."""
    table = OPERATE.partition("## 4.")[2].partition("## 5.")[0]
    cells = {
        name.strip()
        for row in re.findall(r"^\| ([a-z, -]+) \|", table, re.MULTILINE)
        for name in row.split(",")
    }
    assert {state.value for state in State} <= cells


def test_every_verb_named_in_a_document_exists() -> None:
    """A command that does not exist is worse than none."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    verbs = set(re.findall(r"^  ([a-z-]+)  ", done.stdout, re.MULTILINE))
    for file in DOCS:
        for verb in re.findall(r"`mailferry ([a-z][a-z-]*)", file.read_text("utf-8")):
            assert verb in verbs, f"{file.name}: mailferry {verb}"


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_every_path_named_in_a_document_exists(file: Path) -> None:
    """Documents rot where files move."""
    text = file.read_text("utf-8")
    for path in re.findall(r"`((?:bot|parsers|tests|docs|demo|deploy)/[\w./-]+)", text):
        assert (ROOT / path.rstrip("/.")).exists(), path
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (file.parent / link).exists(), link


@pytest.mark.parametrize("file", [ROOT / "bot.toml", *DOCS], ids=lambda file: file.name)
def test_sections_and_keys_named_in_a_document_exist(file: Path) -> None:
    """`[outbound] hold` is typed as it stands there."""
    if file.name == "design.md":
        return  # it also names the keys that are still to come
    for section, key in re.findall(
        r"\[([a-z]+)\] ([a-z_]+)\b(?=[`\"; =]|$)", file.read_text("utf-8"), re.MULTILINE
    ):
        if section in Config.model_fields and "_" in key:
            assert (section, key) in keys(), f"[{section}] {key}"


def test_the_service_starts_what_exists() -> None:
    """The unit names a verb and an option of ours, and the state folder that init suggests."""
    unit = (ROOT / "deploy" / "mailferry.service").read_text("utf-8")
    assert "mailferry run --config /etc/mailferry/bot.toml" in unit
    assert "StateDirectory=mailferry\n" in unit
    assert '"/var/lib/mailferry"' in (ROOT / "bot" / "setup.py").read_text("utf-8")

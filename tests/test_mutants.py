"""Tests that never fail prove nothing: each of these mistakes in the engine must be noticed by the tests named beside it."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
PASS: Final = "tests/contract/test_mail_pass.py"
MORE: Final = "tests/contract/test_more_cases.py"


@dataclass(frozen=True)
class Mutant:
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]
    match: str = ""  # pytest -k


PLAN = ("tests/test_plan.py",)
JOURNAL = ("tests/test_journal.py",)
MUTANTS: Final = {
    "a pair is certain whatever its size": Mutant(
        "plan", " and here.sizes[first] == there.sizes[other]", "", PLAN
    ),
    "a pair without Message-ID is certain": Mutant("plan", "alone and here.named[first] and", "alone and", PLAN),
    "twins are certain": Mutant("plan", "len(group) == len(others) == 1", "True", PLAN),
    "one copy stands for all its twins": Mutant("plan", "free[digest].pop() for", "free[digest][-1] for", PLAN),
    "the last batch is forgotten": Mutant("plan", "    if batch:\n        yield batch", "", PLAN),
    "a batch never ends": Mutant("plan", "if batch and filled + size > batch_bytes:", "if False:", PLAN),
    "what the user set is taken away": Mutant(
        "plan", "(old.keys() - now.keys()) & there.keys()", "there.keys() - now.keys()", PLAN
    ),
    "what the user removed comes back": Mutant(
        "plan", "now.keys() - old.keys() - there.keys()", "now.keys() - there.keys()", PLAN
    ),
    "any flag with a backslash is sent": Mutant(
        "plan", "flag.lower() in SYSTEM or", 'flag.startswith("\\\\") or', PLAN
    ),
    "flags may be of any length": Mutant("plan", "if text >= 0", "if True", PLAN),
    "an old generation's changes are believed": Mutant(
        "look", " or here.uidvalidity != self.uidvalidity", "", (MORE,), "generation"
    ),
    "a size never noted is no reason to list": Mutant(
        "look", "if entry is not None and entry.size_bytes is not None", "if entry is not None", ("tests/test_ahead.py",)
    ),
    "a copy of ours is anybody's": Mutant(
        "recognise", " if uid not in claimed", "", (MORE,), "late_twin"
    ),
    "what was sent is not looked for": Mutant(
        "recognise", "    journal.confirm(folder.id, found)\n    return found", "    return {}", (PASS,), "uidplus"
    ),
    "it is looked for above everything": Mutant(
        "recognise", "first = min(intent.uidnext for intent in intents) if same else 1", "first = 2**31", (PASS,), "uidplus"
    ),
    "the size decides": Mutant(
        "recognise", "fetch_digests(destination, likely)", "dict(zip(likely, wanted.values()))",
        (MORE,), "same_size",
    ),
    "an OK is proof": Mutant(
        "verify", "        else:\n            missing.append(uid)",
        "        elif entry is None:\n            missing.append(uid)\n        else:\n            there += 1",
        ("tests/test_verify.py",),
    ),
    "a copy seen once is missing when removed": Mutant(
        "verify", "elif entry is not None and entry.seen", "elif False", ("tests/test_verify.py",)
    ),
    "a confirmed intent stays": Mutant(
        "journal", '"DELETE FROM intent WHERE folder = ? AND uid = ?", [(folder, uid) for uid in stored]',
        '"SELECT ?, ?", []', JOURNAL,
    ),
    "an old verification counts while something is under way": Mutant(
        "journal", " AND folder.id NOT IN (SELECT folder FROM intent)", "", JOURNAL
    ),
    "a folder with new UIDs counts as met": Mutant(
        "generations", "UPDATE folder SET source_validity = ?, met = 0", "UPDATE folder SET source_validity = ?, met = 1",
        (*JOURNAL, PASS), "new_uids",
    ),
    "another row's body is taken": Mutant(
        "messages", "if letter.uid == uid]", "]", (MORE,), "lists_or_counts"
    ),
    "what is counted and not listed is nothing": Mutant(
        "folder", "len(self.present) + self.unlisted", "len(self.present)",
        (MORE,), "lists_or_counts",
    ),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_in_the_engine_is_noticed(name: str, tmp_path: Path) -> None:
    """A copy of the project with one mistake in it fails its tests."""
    mutant = MUTANTS[name]
    for folder in ("bot", "parsers", "demo", "tests", "fixtures"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file = tmp_path / "bot" / "mail" / f"{mutant.file}.py"
    text = file.read_text("utf-8")
    assert text.count(mutant.right) == 1, "the mistake no longer fits the code"
    file.write_text(text.replace(mutant.right, mutant.wrong), "utf-8")

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not long", "-k", mutant.match,
         *mutant.tests],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ran.returncode == 1, ran.stdout[-2000:]

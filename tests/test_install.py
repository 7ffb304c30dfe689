"""From nothing to running: the lock file, the make targets, and a set-up that may be interrupted at any time."""

import os
import re
import shutil
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Stands for python3 and for the one inside .venv: writes down what it is asked, and makes what a venv has.
PYTHON = """#!/bin/sh
echo "$@" >> "$ASKED"
case "$*" in
  "-m venv"*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
  "-m pip"*) sleep "${PIP_SECONDS:-0}"; [ -z "$PIP_USER_SEEN" ] || echo "PIP_USER=$PIP_USER PIP_TARGET=$PIP_TARGET" >> "$ASKED"; exit "${PIP_EXIT:-0}" ;;
esac
"""


def lock_entries() -> dict[str, str]:
    """Return name -> everything the lock file says of it."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "requirements.lock").read_text("utf-8"))
    joined = text.replace("\\\n", " ")
    return {line.split("==")[0].strip(): line for line in joined.splitlines() if line.strip()}


def test_every_locked_package_has_its_hash_and_no_address() -> None:
    """The same bytes everywhere, from whichever index the operator uses."""
    entries = lock_entries()
    assert len(entries) > 30
    for name, line in entries.items():
        assert re.match(r"[a-z0-9._-]+==\S+", line), name
        assert "--hash=sha256:" in line, name
    assert not re.search(r"://|--(index|find|extra|trusted)", (ROOT / "requirements.lock").read_text("utf-8"))


def test_the_lock_file_holds_every_dependency() -> None:
    """One that is only in pyproject.toml would be missing on a fresh machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for names in project["optional-dependencies"].values() for name in names),
    ]
    for requirement in wanted:
        name = re.split(r"[<>=!~\[;]", requirement)[0].strip().lower()
        assert name in lock_entries(), requirement


def test_every_make_target_that_a_page_names_exists() -> None:
    """A command in the README that fails is the first thing a visitor sees."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / ".ci" / "run"]
    named = {
        word
        for page in pages
        for word in re.findall(r"(?:`|&& |^|\$ )make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
    }
    assert {"demo", "test", "bench", "lint", "setup"} <= targets
    assert named <= targets


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with what set-up needs, and a python that only writes down what it is asked."""
    folder = tmp_path / "a project"
    (folder / "deploy").mkdir(parents=True)
    for name in ("Makefile", "deploy/setup.sh", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "fake python").write_text(PYTHON)
    (folder / "fake python").chmod(0o755)
    return folder


def make_setup(project: Path, **environment: str) -> tuple[int, str, list[str]]:
    """Run `make setup`; return its exit code, what it said, and what python was asked."""
    asked = project / "asked"
    asked.write_text("")
    python = f"PYTHON={project / 'fake python'}"
    done = subprocess.run(
        ["make", "setup", python],
        cwd=project,
        env={**os.environ, "ASKED": str(asked), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return (
        done.returncode,
        done.stderr,
        [line for line in asked.read_text().splitlines() if line.startswith("-m")],
    )


def test_set_up_happens_once(project: Path) -> None:
    """Also in a folder with a space in its name."""
    code, said, asked = make_setup(project)
    assert (code, asked[0]) == (0, "-m venv --clear .venv"), said
    assert "--require-hashes --no-deps -r requirements.lock" in asked[1]
    assert make_setup(project)[2] == []


def test_a_set_up_that_broke_off_is_made_anew(project: Path) -> None:
    """Half an environment is never taken for a whole one; and the message says what to do."""
    code, said, _ = make_setup(project, PIP_EXIT="1")
    assert code != 0
    assert "PIP_INDEX_URL" in said
    assert not (project / ".venv" / ".installed").exists()

    code, _, asked = make_setup(project)
    assert (code, asked[0]) == (0, "-m venv --clear .venv")


def test_a_changed_lock_file_is_installed_into_what_is_there(project: Path) -> None:
    """After `git pull`; what is installed stays until the new packages are here."""
    make_setup(project)
    later = (project / ".venv" / ".installed").stat().st_mtime + 10
    os.utime(project / "requirements.lock", (later, later))

    code, _, asked = make_setup(project)

    assert code == 0
    assert not any("venv" in line for line in asked)
    assert "requirements.lock" in asked[0]


def test_a_persons_own_pip_settings_do_not_break_set_up(project: Path) -> None:
    """PIP_USER=1 cannot work inside a virtual environment; where packages come from is theirs to say."""
    code, _, _ = make_setup(project, PIP_USER="1", PIP_TARGET="/elsewhere", PIP_USER_SEEN="1")
    assert code == 0
    assert "PIP_USER=0 PIP_TARGET=\n" in (project / "asked").read_text()


def test_two_at_once_make_one_environment(project: Path) -> None:
    """`make demo` and `make test` in two terminals: the second one waits, and finds it done."""
    asked = project / "asked"
    environment = {**os.environ, "ASKED": str(asked), "PIP_SECONDS": "0.4"}
    command = ["make", "setup", f"PYTHON={project / 'fake python'}"]
    both = [
        subprocess.Popen(command, cwd=project, env=environment, stderr=subprocess.DEVNULL) for _ in range(2)
    ]
    assert [one.wait(30) for one in both] == [0, 0]
    assert asked.read_text().count("-m venv") == 1


def test_a_set_up_that_was_killed_is_made_anew(project: Path) -> None:
    """^C while the packages are on their way."""
    asked = project / "asked"
    running = subprocess.Popen(
        ["make", "setup", f"PYTHON={project / 'fake python'}"],
        cwd=project,
        env={**os.environ, "ASKED": str(asked), "PIP_SECONDS": "20"},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + 20
    while not (asked.exists() and "-m pip" in asked.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(10) != 0
    assert not (project / ".venv" / ".installed").exists()

    code, _, again = make_setup(project)
    assert (code, again[0]) == (0, "-m venv --clear .venv")


def test_without_python_the_message_names_the_package(project: Path) -> None:
    """The next step, not "not found"."""
    done = subprocess.run(
        ["make", "setup", "PYTHON=python9.9"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Python 3.11" in done.stderr

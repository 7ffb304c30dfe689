"""The harnesses of `make fuzz` hold for their seeds and a little damage; in the long run, for some seconds of the fuzzer."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.harness import HARNESSES, Broken, Harness

ROOT = Path(__file__).parent.parent
FOUND = Path(__file__).parent / "fuzz" / "found"
SEEDS = 4
PIECES = [b"", b"\x00", b"\xff", b'"', b"=", b"\n", b"@", b"<", b";;"]


@pytest.mark.parametrize("name", HARNESSES)
def test_seeds_and_a_little_damage_break_no_law(name: str) -> None:
    """A harness that fails on its own seeds would find nothing else."""
    chance = random.Random(name)
    seeds = sorted((seed for seed in HARNESSES[name].seeds() if seed), key=len)[:40]
    assert seeds
    for seed in chance.sample(seeds, min(SEEDS, len(seeds))):
        at = chance.randrange(len(seed))
        for data in (seed, seed[:at] + chance.choice(PIECES) + seed[at + 1 :]):
            HARNESSES[name].run(data)


@pytest.mark.parametrize(
    "file", sorted(FOUND.glob("*/*")), ids=lambda file: f"{file.parent.name}-{file.name}"
)
def test_what_was_found_once_stays_mended(file: Path) -> None:
    """Inputs that broke a law, made small; the folder names the harness."""
    HARNESSES[file.parent.name].run(file.read_bytes())


def test_a_harness_sees_a_broken_parser() -> None:
    """Each law has teeth: raised, or another value the second time."""
    values = iter(range(9))

    def differs(_: bytes) -> None:
        from tests.fuzz.harness import twice

        twice(lambda: next(values))

    with pytest.raises(Broken):
        Harness(differs, lambda: iter(())).run(b"")


@pytest.mark.long
@pytest.mark.parametrize("name", HARNESSES)
def test_two_seconds_of_the_fuzzer_find_nothing(name: str) -> None:
    """What `make fuzz` does for a minute each."""
    pytest.importorskip("atheris")
    command = [sys.executable, "-m", "tests.fuzz", "--seconds=2", name]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    assert ended.returncode == 0, ended.stdout
    assert "nothing found" in ended.stdout

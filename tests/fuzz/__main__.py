"""Fuzz the parsers one after the other; stop at the first finding and keep its input: `make fuzz SECONDS=300`."""

import argparse
import importlib
import os
import pkgutil
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_BYTES = 16_384
HANGS_SECONDS = 30


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", help="of harnesses; none = all")
    parser.add_argument("--seconds", type=int, default=60, help="for each of them")
    parser.add_argument(
        "--length", type=int, default=MOST_BYTES, help="of an input at most; short ones run faster"
    )
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        fuzz(options.names[0], options.seconds, options.length)
    from tests.fuzz.harness import HARNESSES

    return 0 if all(run(name, options.seconds, options.length) for name in options.names or HARNESSES) else 1


def run(name: str, seconds: int, length: int) -> bool:
    """Fuzz one parser in a process of its own, nicely; print what came of it."""
    folder = ROOT / "build" / "fuzz" / name
    folder.mkdir(parents=True, exist_ok=True)
    log, started = folder / "log.txt", time.time()
    command = [sys.executable, "-m", "tests.fuzz", "--child", name, f"--seconds={seconds}"]
    command.append(f"--length={length}")
    with log.open("wb") as out:
        ended = subprocess.run(command, cwd=ROOT, stdout=out, stderr=out, preexec_fn=nice, check=False)
    said = log.read_text("utf-8", "replace")
    count = re.findall(r"number_of_executed_units: (\d+)", said) or re.findall(
        r"^#(\d+)\t", said, re.MULTILINE
    )
    found = [file for file in folder.glob("*-*") if file.is_file() and file.stat().st_mtime >= started - 1]
    outcome = f"{name:10} {int(count[-1]) if count else 0:>10,} inputs  {time.time() - started:5.0f} s  "
    if ended.returncode == 0 and not found:
        tell(f"{outcome}nothing found")
        return True
    tell(f"{outcome}FOUND: {', '.join(str(file.relative_to(ROOT)) for file in found)}")
    tell("\n".join(said.splitlines()[-25:]))
    return False


def tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201  the outcome is what this is for


def nice() -> None:
    os.nice(10)


def fuzz(name: str, seconds: int, length: int) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["parsers"]):
        import parsers

        for module in pkgutil.iter_modules(parsers.__path__, "parsers."):
            if not module.name.endswith("sandbox_child"):
                importlib.import_module(module.name)
    from tests.fuzz.harness import HARNESSES

    harness, folder = HARNESSES[name], ROOT / "build" / "fuzz" / name
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(harness.seeds()):
        (corpus / f"seed{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={length}",
        f"-timeout={HANGS_SECONDS}",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={folder}/",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], harness.run)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())

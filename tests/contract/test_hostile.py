"""A hostile server costs its row only: every dialogue of fixtures/imap/ as source, in a real child process.

Whatever it says, the row ends in bounded time with a stable code or a report, the child stays small, the password is
nowhere, nothing that is no message of the account arrives anywhere, and the next pass with a healthy server puts
everything right.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bot.errors import BotError
from bot.mail import child
from bot.mail.account import open_account
from bot.mail.child import run_pass_in_child
from bot.mail.copy import run_pass
from bot.mail.patience import Patience
from bot.model import Login, PassReport
from demo.servers import Dovecot
from tests.imaptools import fill, mail, new_user, plain_login, snapshot
from tests.scripted import CASES, Played, Script, read_script, scripted

pytestmark = pytest.mark.server

PASSWORD = 'c4nary "\\ Secret'
NAMES = sorted(path.stem for path in CASES.glob("*.txt") if path.stem != "base")
SECONDS = 25.0  # a hostile row ends within
MEGABYTES = 120  # the child's peak, unless the case says more
SOON = Patience(broken=(0.01,), throttled=(0.01,), login=(), unsure=0.0)
STANDARD = {"INBOX", "Sent", "Drafts", "Trash", "Junk"}


class Watched:
    """The largest resident size of the children."""

    megabytes = 0.0


@pytest.fixture
def peak(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Measure the children: VmHWM of /proc, as rusage counts what the parent had when it forked."""
    watched = Watched()
    start = child._child

    @contextmanager
    def measured() -> Iterator[Any]:
        with start() as process:
            status = Path(f"/proc/{process.pid}/status")
            done = threading.Event()

            def look() -> None:
                while not done.wait(0.02):
                    words = status.read_text().split() if status.exists() else []
                    if "VmHWM:" in words:
                        kilobytes = int(words[words.index("VmHWM:") + 1])
                        watched.megabytes = max(watched.megabytes, kilobytes / 1024)

            thread = threading.Thread(target=look)
            thread.start()
            try:
                yield process
            finally:
                done.set()
                thread.join()

    monkeypatch.setattr(child, "_child", measured)
    return watched


def play(script: Script, destination: Login, journal: Path) -> tuple[PassReport | BotError, Played]:
    """Run one pass in a child from a scripted server; return how it ended."""
    with scripted(script) as played:
        source = plain_login(played.port, destination.user, PASSWORD)
        limit = float(script.hints.get("timeout", SECONDS))
        try:
            report = run_pass_in_child(
                source, destination, journal, policy=None, timeout=limit, patience=SOON
            )
        except BotError as error:
            return error, played
    return report, played


def how_it_ended(outcome: PassReport | BotError) -> str:
    """Return `verified`, `unverified`, `named 2 3` or the error's code."""
    if isinstance(outcome, BotError):
        return outcome.code
    named = "named " + " ".join(str(one.uid) for one in outcome.skipped) if outcome.skipped else "verified"
    return named if outcome.verified else "unverified"


def everything_told(outcome: PassReport | BotError) -> str:
    return (
        str(asdict(outcome)) if isinstance(outcome, PassReport) else f"{outcome} {outcome!r} {outcome.facts}"
    )


def bodies(account: Login) -> Counter[bytes]:
    return Counter(body for folder in snapshot(account).values() for body, _, _ in folder.elements())


def folders(account: Login) -> set[str]:
    with open_account(account, "destination") as there:
        return {listed.name.decode() for listed in there.folders()}


def cases() -> Iterator[Any]:
    """Yield each case's name; one that is known to be open fails as expected."""
    for name in NAMES:
        hints = read_script(name).hints
        marks = [pytest.mark.long] if "long" in hints else []
        if reason := hints.get("open"):
            marks.append(pytest.mark.xfail(reason=reason))
        yield pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", list(cases()))
def test_a_hostile_source_costs_its_row_only(
    name: str, new_dovecot: Dovecot, unique_address: Callable[[str], str], tmp_path: Path, peak: Watched
) -> None:
    """T13 and T14 of the threat model; `ends`, `arrives`, `after`, `folders` and `megabytes` stand in each file."""
    script = read_script(name)
    destination = new_user(new_dovecot, unique_address("hostile"))
    own = mail(4711)
    fill(destination, b"INBOX", [own])
    true = Counter(one.body for one in script.messages)
    began = time.monotonic()

    outcome, played = play(script, destination, tmp_path / "journal")

    assert time.monotonic() - began < SECONDS
    assert how_it_ended(outcome) in script.hints.get("ends", "").split(" | "), everything_told(outcome)
    assert played.unscripted == []
    assert peak.megabytes < float(script.hints.get("megabytes", MEGABYTES))
    told = everything_told(outcome) + (tmp_path / "journal").read_bytes().decode("latin-1")
    assert "c4nary" not in told
    arrived = bodies(destination)
    assert arrived.pop(bytes(own.body)) == 1  # type: ignore[arg-type]
    if script.hints.get("after") != "other":
        assert arrived <= true, "what is no message of the account arrived"
    if (wanted := script.hints.get("arrives")) not in {None, "any"}:
        uids = set(wanted.split()) - {"none"}
        assert arrived == Counter(one.body for one in script.messages if str(one.uid) in uids)
    if (more := script.hints.get("folders", "")) != "*":
        assert folders(destination) <= STANDARD | set(more.split())
    the_next_healthy_pass_works(script, destination, tmp_path / "journal", own.body)


def the_next_healthy_pass_works(script: Script, destination: Login, journal: Path, own: Any) -> None:
    with scripted(script.healthy(read_script("base"))) as played:
        source = plain_login(played.port, destination.user, PASSWORD)
        reports = [run_pass(source, destination, journal, policy=None) for _ in range(2)]
    assert played.unscripted == []
    assert reports[1].copied == 0
    assert reports[1].verified
    if script.hints.get("after") != "other":
        assert bodies(destination) == Counter(one.body for one in script.messages) + Counter([own])

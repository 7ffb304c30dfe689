"""The demo: the same story on both kinds of servers, exact to the message, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path

import pytest

from demo import story
from demo.seed import fill, mails
from demo.servers import dovecot_program
from demo.tally import Message, compare, snapshot
from demo.teller import Teller
from demo.world import World

PEOPLE = len(story.PEOPLE)
DOVECOT = pytest.mark.skipif(dovecot_program() is None, reason="Dovecot 2.3 is not installed")


def text_of(file: Path) -> str:
    part = BytesParser(policy=SMTP).parsebytes(file.read_bytes()).get_body(("plain",))
    return "" if part is None else str(part.get_content())


@pytest.mark.server
@pytest.mark.parametrize("imap", [pytest.param("dovecot", marks=DOVECOT), "pymap"])
def test_the_story_ends_with_every_message_as_it_was(
    imap: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A first visitor's two minutes; the servers are compared without Mailferry's own eyes."""
    code = story.tell(tmp_path / "out", imap, scale=0.05)

    said = capsys.readouterr().out
    assert code == 0, said
    assert imap in said[:300].casefold()
    assert len(re.findall(r"(?m)^  \S+ +[\d,]+ +0 +0 +0 +0  exact$", said)) == PEOPLE
    assert "\x1b" not in said, "no colours where there is no terminal"
    seeded = int(re.search(r"([\d,]+) messages lie at the old provider", said)[1].replace(",", ""))  # type: ignore[index]
    last = max((tmp_path / "out").glob("*.eml"))
    assert f"{seeded + 7:,} of {seeded + 7:,} messages" in text_of(last)
    assert last.name in {"07-mailferry.eml", "08-mailferry.eml"}
    assert "Moving to you [#4711]" in (tmp_path / "out" / "thread.txt").read_text("utf-8")


def test_the_proof_sees_what_is_missing_doubled_or_changed() -> None:
    """A proof that cannot fail proves nothing."""
    one: Message = ("digest 1", ("\\Seen",), "2024-01-08T09:00:00+00:00")
    two: Message = ("digest 2", (), "2024-01-09T09:00:00+00:00")
    source = Counter([one, one, two])

    assert compare(source, Counter([one, one, two])).wrong == 0
    assert compare(source, Counter([one, two])).missing == 1, "of twins both are to arrive"
    assert compare(source, Counter([one, one, one, two])).doubled == 1
    assert compare(source, Counter([one, one, ("digest 2", ("\\Seen",), two[2])])).flags_differ == 1
    assert compare(source, Counter([one, one, ("digest 2", (), one[2])])).dates_differ == 1


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    """`--out ~/Documents` costs nobody their documents."""
    (tmp_path / "thesis.txt").write_text("years")
    (tmp_path / "thread.txt").write_text("an earlier run's")

    assert story.tell(tmp_path) == story.USAGE
    assert sorted(file.name for file in tmp_path.iterdir()) == ["thesis.txt", "thread.txt"]


def test_a_place_that_cannot_be_written_to_is_named_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not after the servers have started; and with what to do."""
    (tmp_path / "file").write_text("")

    assert story.tell(tmp_path / "file" / "out") == story.USAGE
    assert "--out" in capsys.readouterr().err


def test_lines_fit_the_terminal_and_tables_keep_their_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrapped paragraph is read; a wrapped table is not."""
    teller = Teller(tmp_path, colour=False, width=70)
    row = "  anna@berg.example   localhost         6     4,006  3.8 MB  same address  being copied"
    teller.step("word " * 40)
    teller.mail("mailferry", ("Subject: x\r\n\r\n" + "word " * 40 + f"\r\n\r\n{row}\r\n").encode())

    lines = capsys.readouterr().out.splitlines()
    assert f"  | {row}" in lines
    assert max(len(line) for line in lines if "localhost" not in line) <= 70


def test_bars_move_in_place_on_a_terminal_and_are_few_lines_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log file of a demo is not filled with bars."""
    row = {"mailbox": "anna@berg.example", "state": "first-pass", "found": {"messages": 100}, "messages": 0}
    moving = Teller(tmp_path, moving=True, colour=False, width=70)
    still = Teller(tmp_path, moving=False, colour=False)
    for done in (0, 50, 75):
        moving.bars([{**row, "progress": {"done": done, "total": 100}}])
    drawn = capsys.readouterr().out
    assert drawn.count("\x1b[1A") == 2
    assert max(len(line) for line in re.sub(r"\x1b\[\w+|\r", "", drawn).splitlines()) <= 70, (
        "a longer one wraps"
    )
    for done in (0, 50, 75):
        still.bars([{**row, "progress": {"done": done, "total": 100}}])
    still.bars([{**row, "progress": None, "state": "copied"}])
    assert len(capsys.readouterr().out.splitlines()) == 2


def members_of(session: int) -> dict[int, str]:
    """Return the living processes of a session: number -> name."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            name, _, rest = (
                (entry / "stat").read_text().rpartition(")") if entry.name.isdigit() else ("", "", "")
            )
        except OSError:
            continue
        fields = rest.split()
        if fields and int(fields[3]) == session and fields[0] != "Z":
            found[int(entry.name)] = name
    return found


@pytest.mark.server
@pytest.mark.parametrize(
    ("imap", "number"),
    [
        pytest.param("dovecot", signal.SIGINT, marks=DOVECOT),
        pytest.param("dovecot", signal.SIGKILL, marks=DOVECOT),
        ("pymap", signal.SIGTERM),
    ],
)
def test_a_demo_that_is_stopped_leaves_no_process_behind(
    imap: str, number: signal.Signals, tmp_path: Path
) -> None:
    """^C, a closed terminal, even kill -9: a visitor's machine is as before. Only the latter leaves files."""
    base = Path(os.path.realpath("/tmp")) / f"mfd{os.getpid()}{imap[0]}{number.value}"
    base.mkdir()
    command = [sys.executable, "-m", "bot", "demo", "--imap", imap, "--out", str(tmp_path / "out")]
    demo = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(base)},
    )
    try:
        assert demo.stdout is not None
        for line in demo.stdout:
            if b"the customer writes" in line:
                break
        time.sleep(0.5)  # the daemon is up
        demo.send_signal(number)
        demo.stdout.close()
        demo.wait(30)
        end = time.monotonic() + 10
        while (left := members_of(demo.pid)) and time.monotonic() < end:
            time.sleep(0.1)
        assert left == {}
        if number is not signal.SIGKILL:
            assert list(base.iterdir()) == []
    finally:
        for process in members_of(demo.pid):
            os.kill(process, signal.SIGKILL)
        subprocess.run(["rm", "-rf", str(base)], check=True)


@pytest.mark.server
@DOVECOT
def test_dovecot_serves_under_a_strict_umask() -> None:
    """Its parts run as several users; a visitor with umask 077 saw only "temporary authentication failure"."""
    before = os.umask(0o077)
    try:
        with World("dovecot") as world:
            world.account("a@berg.example", "x y")
            made = mails("a@berg.example", {"INBOX": 5})
            ca_file = str(world.authority.ca_file)
            fill(world.old.tls_port, ca_file, "a@berg.example", "x y", made)
            found = snapshot(world.old.tls_port, ca_file, "a@berg.example", "x y")
            assert sum(found.values()) == len(made)
            assert not snapshot(world.new.tls_port, ca_file, *world.new_login("a@berg.example", "x y"))
    finally:
        os.umask(before)

"""`mailferry copy mail` as an operator runs it."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.mail.account import open_account
from bot.mail.command import copy_mail, default_journal, parse_account
from bot.mail.report import render_report
from bot.model import Endpoint, FolderReport, Login, PassReport, Progress, SkippedMessage
from demo.servers import Dovecot
from tests.imaptools import PASSWORD, fill, mail, new_user, snapshot

Run = Callable[..., int]


@pytest.fixture
def source(old_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Login:
    return new_user(old_dovecot, unique_address("copy"))


@pytest.fixture
def destination(new_dovecot: Dovecot, unique_address: Callable[[str], str]) -> Login:
    return new_user(new_dovecot, unique_address("copy"))


@pytest.fixture
def run(source: Login, destination: Login, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command between the two accounts, journal in a state folder of its own."""
    monkeypatch.setenv("SOURCE_PASSWORD", PASSWORD)
    monkeypatch.setenv("DESTINATION_PASSWORD", PASSWORD)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    texts = [f"{one.user}@{one.endpoint}" for one in (source, destination)]
    return lambda *changed, **options: copy_mail(*(changed or texts), **options)


@pytest.mark.server
def test_a_thousand_messages_arrive_and_later_only_what_changed(
    run: Run, source: Login, destination: Login, capsys: pytest.CaptureFixture[str]
) -> None:
    """All bytes, flags, keywords and dates equal; the second run copies nothing, the third five and one flag."""
    dice = random.Random(7)
    flags = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "$Forwarded", "work", "$Label1"]
    zones = [b"+0000", b"-0800", b"+0545", b"+1300"]
    folders = {b"INBOX": "INBOX", b"INBOX.Sent Items": "Sent", b"INBOX.A.B": "A/B", b"INBOX.&AOQ-": "&AOQ-"}
    for folder in folders:
        fill(
            source,
            folder,
            [
                mail(
                    number,
                    flags=dice.sample(flags, dice.randrange(4)),
                    date=b"%02d-Mar-%d 23:%02d:59 %s"
                    % (1 + number % 28, 1999 + number % 30, number % 60, zones[number % 4]),
                    body=dice.randbytes(dice.choice([10, 500, 5000])).hex().encode(),
                )
                for number in range(250)
            ],
        )
    told: list[Progress] = []

    assert run(progress=told.append) == 0
    first = capsys.readouterr().out
    assert run(as_json=True) == 0
    second = json.loads(capsys.readouterr().out)
    here, there = snapshot(source), snapshot(destination)
    fill(source, b"INBOX", [mail(number) for number in range(1000, 1005)])
    with open_account(source, "destination") as account:
        account.select(b"INBOX.A.B")
        account.store([17], "+", ["later"])
    assert run(as_json=True) == 0
    third = json.loads(capsys.readouterr().out)

    assert there == {folders[name.encode()]: messages for name, messages in here.items()}
    assert "1,000 messages" in first
    assert "1,000 copied" in first
    assert "All of them are at the destination." in first
    assert (told[-1].done, told[-1].total) == (1000, 1000)
    assert (second["messages"], second["copied"], second["verified"]) == (1000, 0, True)
    assert (third["messages"], third["copied"], third["verified"]) == (1005, 5, True)
    assert sum(folder["flags_changed"] for folder in third["folders"]) == 1
    assert snapshot(destination)["A/B"] == snapshot(source)["INBOX.A.B"]


@pytest.mark.server
def test_failures_have_an_exit_code_and_a_sentence_on_stderr(
    run: Run,
    source: Login,
    destination: Login,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Data to stdout, talk to stderr; scripts read the code."""
    there = f"{destination.user}@{destination.endpoint}"

    assert run("anna@imap.nothing.invalid", there) == 69
    assert run("no account", there) == 2
    assert run(there, there) == 2
    assert run(plaintext=True, starttls=True) == 2
    monkeypatch.setenv("SOURCE_PASSWORD", "wr0ng-Secret")
    assert run() == 77
    monkeypatch.delenv("SOURCE_PASSWORD")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert run() == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "wr0ng" not in err
    assert "imap.nothing.invalid" in err
    assert "SOURCE_PASSWORD" in err


@pytest.mark.server
def test_a_dry_run_shows_the_plan_and_leaves_no_trace(
    run: Run, source: Login, destination: Login, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """People look before they leap."""
    fill(source, b"INBOX.Work", [mail(1), mail(2)])

    assert run(dry_run=True) == 0

    out = capsys.readouterr().out
    assert "2 would be copied" in out
    assert "INBOX.Work" in out
    assert snapshot(destination) == {}
    assert not list(tmp_path.glob("**/*.sqlite"))


@pytest.mark.server
def test_starttls_and_plaintext_reach_the_plain_port(
    run: Run, old_dovecot: Dovecot, new_dovecot: Dovecot, source: Login, destination: Login
) -> None:
    """One flag for both sides."""
    texts = f"{source.user}@localhost:{old_dovecot.port}", f"{destination.user}@localhost:{new_dovecot.port}"

    assert run(*texts, starttls=True) == 0
    assert run(*texts, plaintext=True) == 0


@pytest.mark.parametrize(
    ("text", "security", "user", "endpoint"),
    [
        (
            "anna@old.example@imap.old.example",
            "tls",
            "anna@old.example",
            Endpoint(host="imap.old.example", port=993),
        ),
        ("anna@h:1143", "plain", "anna", Endpoint(host="h", port=1143, security="plain")),
        ("a b@x*ferry@h", "starttls", "a b@x*ferry", Endpoint(host="h", port=143, security="starttls")),
        ("anna@[2a00::1]:994", "tls", "anna", Endpoint(host="2a00::1", port=994)),
    ],
)
def test_an_account_is_user_at_host_and_port(text: str, security: str, user: str, endpoint: Endpoint) -> None:
    """USER may hold an @: the last one splits."""
    assert parse_account(text, security) == (user, endpoint)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "anna", "@h", "anna@", "anna@h:x", "anna@h:99999", "anna@127.1", "anna@h h"]
)
def test_what_is_no_account_is_said_so(text: str) -> None:
    """With an example of one."""
    with pytest.raises(ValueError, match=r"USER@HOST|no server's name"):
        parse_account(text, "tls")


def test_every_pair_of_accounts_has_its_own_journal() -> None:
    """Names that look alike once cleaned up must not share one."""
    paths = {default_journal(*pair) for pair in [("a@b", "c"), ("a@b", "d"), ("a/b", "c"), ("a:b", "c")]}

    assert len(paths) == 4
    assert all(path.suffix == ".sqlite" for path in paths)


def test_the_report_names_everything_that_is_not_there() -> None:
    """And nothing in it steers the terminal."""
    report = PassReport(
        folders=(
            FolderReport(
                source="INBOX",
                destination="INBOX",
                messages=1234,
                size_bytes=5_600_000,
                copied=1233,
                present=1233,
            ),
        ),
        skipped=(
            SkippedMessage(
                folder="INBOX",
                uid=7,
                date="01-Feb-2003 04:05:06 +0700",
                sender="Anna <a@x>",
                subject="big\x1b[2J",
                size_bytes=99_000_000,
                code="too-big",
            ),
        ),
        folders_skipped=(("Shared", "shared"),),
        renamed=(("a/b", "a_b"),),
        keywords_dropped=2,
        seconds=3.14,
    )

    assert render_report(report) == (
        "1,234 messages (5.6 MB) in 1 folders: 1,233 copied, 0 there before in 3.1 s.\n"
        "1 are not at the destination.\n"
        "\n"
        "folder  to     messages    size  copied  verified\n"
        "INBOX   INBOX     1,234  5.6 MB   1,233     1,233\n"
        "\n"
        "Not copied:\n"
        "  INBOX UID 7, 01-Feb-2003 04:05:06 +0700, Anna <a@x>: big?[2J (99.0 MB): it is larger than the new server takes\n"
        "\n"
        "Folders left out:\n"
        "  Shared: it belongs to somebody else and is shared with you\n"
        "\n"
        "Renamed:\n"
        "  a/b -> a_b\n"
        "\n"
        "2 keywords could not be kept by the destination."
    )


def test_a_copy_that_is_there_but_not_as_it_was_is_not_listed_as_missing() -> None:
    """The line says that it is in the new mailbox: a title that says the contrary sends people looking."""
    one = SkippedMessage(
        folder="INBOX", uid=7, date="", sender="Anna", subject="x", size_bytes=1, code="redated"
    )

    text = render_report(PassReport(skipped=(one,)))

    assert "Not copied" not in text
    assert "Copied, but not as they were:\n  INBOX UID 7" in text

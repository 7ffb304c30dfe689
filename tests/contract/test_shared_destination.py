"""Several passes into one mailbox: two tickets name it, two run at once, or it is its own source."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import JournalInUse, SelfCopy
from bot.mail.copy import run_pass
from bot.mail.journal import Journal
from bot.model import Login
from demo.servers import Dovecot
from tests.imaptools import fill, mail, new_user, snapshot

pytestmark = pytest.mark.server


@pytest.fixture
def accounts(
    old_dovecot: Dovecot, new_dovecot: Dovecot, unique_address: Callable[[str], str]
) -> tuple[Login, Login]:
    address = unique_address("shared")
    return new_user(old_dovecot, address), new_user(new_dovecot, address)


def bodies(account: Login) -> Counter[bytes]:
    return Counter(body for folder in snapshot(account).values() for body, _, _ in folder.elements())


def test_what_another_ticket_copied_since_is_not_copied_again(
    accounts: tuple[Login, Login], tmp_path: Path
) -> None:
    """A customer asks twice for one mailbox and answers "done" on both threads: late mail arrives once."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(1), mail(2), mail(2)])
    run_pass(source, destination, tmp_path / "one", policy=None)
    run_pass(source, destination, tmp_path / "two", policy=None)
    fill(source, b"INBOX", [mail(3), mail(4), mail(4)])

    first = run_pass(source, destination, tmp_path / "one", policy=None)
    second = run_pass(source, destination, tmp_path / "two", policy=None)

    assert bodies(destination) == bodies(source)
    assert (first.folders[0].copied, second.folders[0].copied) == (3, 0)
    assert second.verified


def test_a_late_twin_of_a_copied_message_is_still_copied(
    accounts: tuple[Login, Login], tmp_path: Path
) -> None:
    """A copy of ours answers for one source message only; duplicates stay duplicates."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(1)])
    run_pass(source, destination, tmp_path / "journal", policy=None)
    fill(source, b"INBOX", [mail(1), mail(1)])

    run_pass(source, destination, tmp_path / "journal", policy=None)

    assert bodies(destination) == bodies(source)


def test_a_draft_saved_anew_is_copied_beside_the_one_that_the_user_put_there(
    accounts: tuple[Login, Login], tmp_path: Path
) -> None:
    """The same Message-ID, Date and size, other words: taken for the same, what was written last would be lost."""
    source, destination = accounts
    fill(source, b"INBOX", [mail(1)])
    run_pass(source, destination, tmp_path / "one", policy=None)
    fill(destination, b"INBOX", [mail(2, body=b"teh draft")])
    fill(source, b"INBOX", [mail(2, body=b"the draft")])

    report = run_pass(source, destination, tmp_path / "one", policy=None)

    assert bodies(destination) >= bodies(source)
    assert (report.copied, report.folders[0].doubtful, report.verified) == (1, 1, True)


def test_two_passes_into_one_mailbox_never_run_at_once(accounts: tuple[Login, Login], tmp_path: Path) -> None:
    """Two tickets of one mailbox are approved together: the second pass waits for its turn."""
    source, destination = accounts
    other = f"{destination.user}@localhost"

    with Journal(tmp_path / "of another ticket", "bob@old.example", other), pytest.raises(JournalInUse):
        run_pass(source, destination, tmp_path / "mine", policy=None)

    assert run_pass(source, destination, tmp_path / "mine", policy=None).verified


@pytest.mark.parametrize("name", ["127.0.0.1", "LOCALHOST"])
def test_a_mailbox_is_never_copied_into_itself(
    accounts: tuple[Login, Login], tmp_path: Path, name: str
) -> None:
    """Customers name our server as the old one, in any spelling: every new mail would be doubled."""
    _, destination = accounts
    alias = replace(destination, endpoint=replace(destination.endpoint, host=name))

    with pytest.raises(SelfCopy):
        run_pass(alias, destination, tmp_path / "journal", policy=None)

"""Whether a calendar server writes to people is shown by inviting ourselves, and believed for that host only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.dav.canary import VALID, prove_silence, proven_on, save_proof, silent_host
from bot.dav.client import DavTarget, open_collection
from bot.model import Secret
from demo.servers import Radicale

PASSWORD = "dav-Passw0rd"
CANARY = "canary@host.example"
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.server
@pytest.mark.parametrize("mails", [0, 1, 2, 3])
def test_one_mail_at_any_time_disproves_it_and_the_event_is_gone(
    radicale: Radicale, unique_address: Callable[[str], str], mails: int
) -> None:
    """On put, on update, and on delete, which sends cancellations."""
    address = unique_address("ferry")
    radicale.add_user(address, PASSWORD)
    target = DavTarget(url=radicale.url, user=address, auth_user=address, password=Secret(PASSWORD))
    there: list[int] = []

    with open_collection(target, "calendar") as calendar:

        def arrived(word: str) -> bool:
            bodies = calendar.multiget(calendar.list()).values()
            there.append(sum(word.encode() in body for body in bodies))
            return len(there) == mails

        assert prove_silence(calendar, address, CANARY, arrived, wait=0) is (mails == 0)
        assert calendar.list() == {}
    if not mails:
        assert there == [1, 1, 0]


def test_a_proof_is_of_one_host_and_does_not_last_for_ever(tmp_path: Path) -> None:
    """Another name for the same server is another server; an update may change what it does."""
    url = "https://dav.host.example/base/"
    assert silent_host(tmp_path, url) == ""
    save_proof(tmp_path, url, silent=True, now=NOW)

    assert proven_on(tmp_path, "https://DAV.host.example/", NOW + timedelta(days=1)) == NOW
    assert proven_on(tmp_path, "https://dav2.host.example/", NOW) is None
    assert proven_on(tmp_path, url, NOW + VALID) is None
    save_proof(tmp_path, url, silent=True, now=datetime.now(UTC))
    assert silent_host(tmp_path, url) == "dav.host.example"
    save_proof(tmp_path, url, silent=False, now=NOW)
    assert proven_on(tmp_path, url, NOW) is None
    (tmp_path / "dav-canary.json").write_text("[broken")
    assert silent_host(tmp_path, url) == ""


def test_a_target_believes_only_the_proof_of_its_own_host() -> None:
    """bot.toml may name another server tomorrow."""
    target = DavTarget(
        url="https://dav.host.example/",
        user="a",
        auth_user="a",
        password=Secret(""),
        silent_host="other.example",
    )
    assert not target.proven_silent

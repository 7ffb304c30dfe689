"""The clock: one ticket's trouble costs nobody else, and less and less often itself."""

import itertools
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.daemon import AlreadyRunning, Daemon, lock
from tests.desk import NOW, a_store, make_config


def test_a_ticket_that_cannot_be_decided_is_tried_less_and_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug met by one ticket must not fill the log every second for ever, nor stop the others."""
    tried: list[datetime] = []
    moment = [NOW]

    def stumbles(_store: Any, ticket_id: int, now: datetime, _hands: Any) -> None:
        if ticket_id == 1:
            tried.append(now)
            raise KeyError("a text that is missing")

    monkeypatch.setattr("bot.daemon.turn", stumbles)
    with a_store(tmp_path) as store:
        with store.begin() as work:
            for number in range(2):
                ticket = work.new_ticket(f"u{number}@k.example", {}, NOW)
                work.add_event(ticket.id, "clock", {}, NOW)
        daemon = Daemon(store, make_config(tmp_path), lambda: moment[0])
        for _ in range(120):
            daemon._turns()
            moment[0] += timedelta(seconds=1)
        with store.begin() as work:
            work.consume(2, [event["seq"] for event in work.pending_events(2)], NOW)
        daemon._turns()
        assert not daemon._busy(), "run --once would wait for it for hours"
    gaps = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert 5 <= len(tried) <= 8
    assert gaps == sorted(gaps)


def test_a_state_folder_has_one_daemon(tmp_path: Path) -> None:
    """Two would send everything twice."""
    with lock(tmp_path / "state"), pytest.raises(AlreadyRunning):
        lock(tmp_path / "state")

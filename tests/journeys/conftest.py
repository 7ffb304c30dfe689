"""A small world for the journeys: .eml in, real servers, .eml out."""

from collections.abc import Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP

import pytest

from bot.config import load
from bot.store import open_store
from bot.vault import open_vault
from demo.world import World
from tests.replays import disagreements


@pytest.fixture
def world() -> Iterator[World]:
    """Old provider, new host, DAV and MX of one test, with a bot.toml; no daemon yet."""
    with World() as made:
        yield made
        replayed(made)


@pytest.fixture
def far_world() -> Iterator[World]:
    """The same with the old provider at the end of a slow line: a copy takes long enough to be interrupted."""
    with World(far=True) as made:
        yield made
        replayed(made)


def replayed(world: World) -> None:
    """Hold that every ticket's log tells how it came to be what it is: after whatever a journey did to it."""
    world.kill_daemon()
    folder = world.config.parent
    config = load(world.config, {})
    with ExitStack() as stack:
        store = open_store(config.store.database_url(), open_vault(folder / "secrets" / "key"))
        stack.callback(store.close)
        with store.look() as work:
            decided = all(event["step"] for number in work.ticket_ids() for event in work.events(number))
            assert not decided or disagreements(work) == []


def body(raw: bytes) -> str:
    """Return the text a reader sees."""
    mail = BytesParser(policy=SMTP).parsebytes(raw)
    part = mail.get_body(("plain",))
    return "" if part is None else str(part.get_content())


def header(raw: bytes, name: str) -> str:
    """Return one header as it stands in the bytes, unfolded."""
    return str(BytesParser().parsebytes(raw).get(name, ""))


def parsed(raw: bytes) -> EmailMessage:
    """Return the mail with its attachments."""
    return BytesParser(policy=SMTP).parsebytes(raw)

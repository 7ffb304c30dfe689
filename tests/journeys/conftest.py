"""A small world for the journeys: .eml in, real servers, .eml out."""

from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP

import pytest

from demo.world import World


@pytest.fixture
def world() -> Iterator[World]:
    """Old provider, new host, DAV and MX of one test, with a bot.toml; no daemon yet."""
    with World() as made:
        yield made


@pytest.fixture
def far_world() -> Iterator[World]:
    """The same with the old provider at the end of a slow line: a copy takes long enough to be interrupted."""
    with World(far=True) as made:
        yield made


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

"""The table of contacts and calendar servers."""

import pytest

from bot.dav.profiles import UNKNOWN, profile_named, profile_names


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_is_whole(name: str) -> None:
    """A misspelt key in the table would silently mean the careful default."""
    assert profile_named(name).name == name


def test_an_unknown_server_is_treated_with_the_greatest_care() -> None:
    unknown = profile_named(UNKNOWN)

    assert unknown.scheduling == "mailto"
    assert not unknown.honours_if_none_match
    assert unknown.max_connections == 1

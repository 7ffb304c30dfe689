"""Folders made at the destination, and what it takes for a name."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.mail.folders import Pair, Server
from bot.mail.mapping import has_case_twins
from bot.mail.run import Lane

# CREATE refused for these reasons (RFC 5530) would be refused under any name.
NOT_THE_NAME: Final = frozenset({"OVERQUOTA", "NOPERM", "LIMIT", "INUSE", "UNAVAILABLE", "SERVERBUG"})


def make_folders(lane: Lane, pairs: Sequence[Pair]) -> set[bytes]:
    """Make folders that are not there; subscribe those that are new to us. Return the names that were refused.

    And have the server look into each before several connections do: Dovecot 2.3 makes folders and its list of them on
    first sight, and sessions that do so side by side end in "Resource deadlock avoided". What is there after all was
    not refused: not every server says ALREADYEXISTS. Done again it finds what was made.

    Raises:
        BotError: the connection broke, or the server asks us to wait.
    """
    subscribed = any(pair.source.subscribed and not pair.source.inbox for pair in pairs)
    known = lane.run.journal.destinations()
    made: dict[bytes, bytes] = {}  # tag of CREATE by name
    looked: dict[bytes, bytes] = {}  # tag of STATUS by name
    others: list[bytes] = []
    for pair in pairs:
        if pair.create:
            made[pair.destination] = lane.destination.start_create(pair.destination)
        wanted = pair.source.subscribed or (pair.create and not subscribed)
        if wanted and (pair.create or pair.source.name not in known):
            others.append(lane.destination.start_subscribe(pair.destination))
        looked[pair.destination] = lane.destination.start_status(pair.destination)
    refusals = lane.destination.settle([*made.values(), *others, *looked.values()])
    for refusal in (refusals[tag] for tag in made.values() if tag in refusals):
        if (asked := lane.destination.asked_to_wait(refusal)) is not None:
            raise asked
    return {
        name
        for name, tag in made.items()
        if tag in refusals and looked[name] in refusals and refusals[tag].code not in NOT_THE_NAME
    }


def learn_case(lane: Lane, source: Server, destination: Server) -> Server:
    """Return the destination with `exact_case` known where it matters: "Work" and "work" are at the source.

    It is asked for a folder of its own in the other case (RFC 9051 section 5.1 leaves it to the server).
    """
    other = _in_other_case(destination)
    if other is None or not has_case_twins(source):
        return destination
    tag = lane.destination.start_status(other)
    return replace(destination, exact_case=tag in lane.destination.settle([tag]))


def _in_other_case(server: Server) -> bytes | None:
    """Return a name that is listed in another case only; letters in modified UTF-7 are no letters."""
    for item in server.folders:
        tail = item.name.removeprefix(server.prefix)
        other = server.prefix + tail.swapcase()
        if item.selectable and not item.inbox and b"&" not in tail and other not in server.by_name:
            return other
    return None

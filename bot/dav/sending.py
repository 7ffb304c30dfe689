"""One PUT whose fate is known in the end, whatever the network does to it."""

import time
from dataclasses import dataclass

from bot.dav import wire
from bot.dav.client import Collection
from bot.dav.compare import digest, uid_of
from bot.dav.plan import Step, Todo
from bot.dav.protocol import Put
from bot.errors import DavUnreachable


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one PUT."""

    put: Put  # never WAIT or UNKNOWN
    etag: str = ""  # of what was stored, where the server tells it


def send_surely(collection: Collection, step: Step, href: str) -> Sent:
    """Send an object until its fate is known; before it is sent again it is looked for.

    Raises:
        DavUnreachable: after every try it is still not known; the intent in the ledger stays.
    """
    etag = step.there.etag if step.there and step.todo is Todo.UPDATE else ""
    lost: DavUnreachable | None = None
    for attempt, pause in enumerate(wire.PAUSES):
        time.sleep(pause)
        try:
            if attempt and (fate := _look_back(collection, step, href, etag)):
                return fate
            put, answer = collection.store(href, step.item.data, etag)
        except DavUnreachable as failed:
            if failed.facts.get("wait_seconds"):
                raise
            lost = failed
            continue
        if put is Put.REFUSED and answer.status >= 500:
            return _look_back(collection, step, href, etag) or Sent(put)
        if put is Put.WAIT:
            collection.wait(answer)
        elif put is not Put.UNKNOWN:
            return Sent(put, answer.etag)
        lost = None
    fate = _look_back(collection, step, href, etag)
    if fate:
        return fate
    raise lost or DavUnreachable(host=collection.host)


def _look_back(collection: Collection, step: Step, href: str, etag: str) -> Sent | None:
    """Return the fate of an earlier try; None = it was not stored."""
    there = dict(collection.fetch([href])).get(href)
    if there is None:
        return Sent(Put.EXISTS) if etag else None  # to update what is gone: the user deleted it
    found, data = there
    if etag:
        if found == etag:
            return None
        return Sent(Put.STORED, found) if digest(data) == step.digest else Sent(Put.EXISTS)
    return Sent(Put.STORED, found) if uid_of(data) == step.item.uid else Sent(Put.EXISTS)

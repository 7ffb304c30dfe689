"""Put objects into one collection so that each is there once, however often this is run or cut short."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from bot.dav.client import Collection
from bot.dav.compare import meaning, uid_of
from bot.dav.protocol import Put
from bot.errors import DavFull, DavLoginRefused, DavUnreachable
from bot.model import ItemNote, Progress

OnProgress = Callable[[Progress], None]

_PAUSES: Final = (0.0, 1.0, 4.0)  # seconds before each try of one PUT


class Item(Protocol):
    """A card or a calendar object, ready to PUT."""

    @property
    def uid(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    @property
    def repairs(self) -> tuple[str, ...]: ...


@dataclass(slots=True)
class Outcome:
    """What happened to every item of one upload."""

    imported: int = 0
    same: int = 0
    repaired: list[ItemNote] = field(default_factory=list)
    skipped: list[ItemNote] = field(default_factory=list)
    failed: list[ItemNote] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an upload still has to do."""

    put: tuple[Item, ...]
    same: tuple[Item, ...]
    differ: tuple[Item, ...]  # the UID is there with other content: what is there stays


def plan_upload(items: Iterable[Item], stored: Mapping[str, bytes]) -> Plan:
    """Return what is to be put, given the bodies that are there by UID. Pure; a second plan after it puts nothing."""
    put: list[Item] = []
    same: list[Item] = []
    differ: list[Item] = []
    for item in items:
        there = stored.get(item.uid)
        if there is None:
            put.append(item)
        else:
            (same if meaning(there) == meaning(item.data) else differ).append(item)
    return Plan(tuple(put), tuple(same), tuple(differ))


def object_name(uid: str) -> str:
    """Return the name an object of that UID gets on every server: safe in a path, the same in every run."""
    return hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()


def fetch_stored(collection: Collection) -> dict[str, bytes]:
    """Return every body in the collection by UID, whatever the objects are called."""
    return {uid_of(data): data for data in collection.multiget(collection.list()).values()}


def apply_upload(
    collection: Collection, items: Sequence[Item], user: str, on_progress: OnProgress | None = None
) -> Outcome:
    """Put what is missing, read it all back, and return what became of every item.

    Raises:
        DavLoginRefused, DavUnreachable, DavTlsFailed, DavBroken, DavFull: run again later; what is there stays.
    """
    plan = plan_upload(items, fetch_stored(collection))
    outcome = Outcome(same=len(plan.same))
    outcome.skipped += [ItemNote(name=item.name, code="differs") for item in plan.differ]
    put: list[Item] = []
    for done, item in enumerate(plan.put):
        if on_progress:
            on_progress(Progress(done=len(items) - len(plan.put) + done, total=len(items)))
        result = _put_surely(collection, item)
        if result in {Put.STORED, Put.EXISTS}:
            put.append(item)
        else:
            _note_refusal(outcome, item, result, user, anything_stored=bool(put))
    _verify(collection, put, outcome)
    if on_progress:
        on_progress(Progress(done=len(items), total=len(items)))
    return outcome


def preview_upload(collection: Collection, items: Iterable[Item]) -> Outcome:
    """Return what an upload would do now, without writing anything."""
    plan = plan_upload(items, fetch_stored(collection))
    outcome = Outcome(imported=len(plan.put), same=len(plan.same))
    outcome.skipped += [ItemNote(name=item.name, code="differs") for item in plan.differ]
    outcome.repaired += [ItemNote(name=item.name, code=code) for item in plan.put for code in item.repairs]
    return outcome


def _put_surely(collection: Collection, item: Item) -> Put:
    """Return what became of the PUT; after a lost answer the object is looked up before it is sent again."""
    href = collection.href(object_name(item.uid))
    lost: DavUnreachable | None = None
    for pause in _PAUSES:
        time.sleep(pause)
        try:
            if pause and href in collection.multiget([href]):
                return Put.STORED
            result = collection.put(href, item.data)
        except DavUnreachable as failed:
            lost = failed
            continue
        if result is not Put.UNKNOWN:
            return result
        lost = None
    raise lost or DavUnreachable()


def _note_refusal(outcome: Outcome, item: Item, result: Put, user: str, *, anything_stored: bool) -> None:
    if result is Put.FULL:
        raise DavFull(address=user)
    if result is Put.DENIED and not anything_stored:
        raise DavLoginRefused(address=user)
    if result is Put.CONFLICT:  # its UID is in another collection of this user
        outcome.skipped.append(ItemNote(name=item.name, code=Put.CONFLICT.value))
        return
    code = Put.REFUSED if result is Put.DENIED else result
    outcome.failed.append(ItemNote(name=item.name, code=code.value))


def _verify(collection: Collection, put: Sequence[Item], outcome: Outcome) -> None:
    """Read everything back; only what is there counts as imported, and what the server changed is named."""
    hrefs = {item.uid: collection.href(object_name(item.uid)) for item in put}
    there = collection.multiget(hrefs.values())
    for item in put:
        data = there.get(hrefs[item.uid], b"")
        if uid_of(data) != item.uid:
            outcome.failed.append(ItemNote(name=item.name, code="not-stored"))
            continue
        outcome.imported += 1
        codes = (*item.repairs, *(() if meaning(data) == meaning(item.data) else ("changed-by-server",)))
        outcome.repaired += [ItemNote(name=item.name, code=code) for code in codes]

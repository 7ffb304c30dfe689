"""What an upload still has to do, item by item. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from bot.dav.compare import digest
from bot.dav.ledger import Entry


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


class Todo(Enum):
    """What is to be done with one item."""

    PUT = "put"
    UPDATE = "update"  # we wrote what is there, and nobody touched it since
    SAME = "same"
    DIFFERS = "differs"  # it is there with other content, which stays
    REMOVED = "removed"  # the user deleted what we wrote, and it does not come back


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object as it is on the server now."""

    href: str
    etag: str  # "" = not told
    digest: bytes  # of what it says


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One item, what is to be done with it, and what it says."""

    todo: Todo
    item: Item
    digest: bytes
    there: Stored | None = None
    settles: bool = False  # an earlier run sent it and was cut short before it knew


def plan_upload(
    items: Iterable[Item], stored: Mapping[str, Stored], known: Mapping[str, Entry]
) -> list[Step]:
    """Return the steps in the order of the items; planning again after taking them puts and updates nothing.

    Args:
        items: of one collection; no UID twice.
        stored: what is there now, by UID.
        known: what we wrote in earlier runs, by UID.
    """
    return [_step(item, digest(item.data), stored.get(item.uid), known.get(item.uid)) for item in items]


def object_name(uid: str) -> str:
    """Return the name an object of that UID gets on every server: safe in a path, the same in every run."""
    return hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()


def _step(item: Item, ours: bytes, there: Stored | None, known: Entry | None) -> Step:
    if there is None:
        removed = known is not None and known.digest is not None
        return Step(todo=Todo.REMOVED if removed else Todo.PUT, item=item, digest=ours)
    todo = Todo.SAME if there.digest == ours else _changed(ours, there, known)
    settles = todo is Todo.SAME and known is not None and known.pending == ours
    return Step(todo=todo, item=item, digest=ours, there=there, settles=settles)


def _changed(ours: bytes, there: Stored, known: Entry | None) -> Todo:
    """Return what to do with an item whose UID is there with other content."""
    if known is None or known.href != there.href:
        return Todo.DIFFERS
    untouched = bool(there.etag) and there.etag == known.etag
    if known.digest is None:  # sent, never confirmed: the server stored it in words of its own
        return Todo.SAME if known.pending == ours else Todo.DIFFERS
    if known.digest == ours:
        return Todo.SAME if untouched else Todo.DIFFERS
    return Todo.UPDATE if untouched else Todo.DIFFERS

"""Which messages are in another source folder now than they were in an earlier pass. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.mail.state import State, same_messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A known message of any folder, and where its copy was put."""

    folder: int
    uid: int
    destination_uid: int | None  # None = the copy is known to be gone
    digest: bytes | None
    flags: frozenset[str]  # of the source when last agreed
    seen: bool  # a verification found the copy
    size_bytes: int | None
    gmail_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A known message that is in another source folder now."""

    was: Placed
    folder: int
    uid: int
    destination_uid: int | None  # None = the user removed the copy
    gmail_id: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """A known message that is no longer in its source folder."""

    folder: bytes  # raw source name
    was: Placed


@dataclass(frozen=True, slots=True)
class Came:
    """A message in a source folder that is not known there."""

    folder: bytes  # raw source name
    uid: int
    size_bytes: int
    gmail_id: int = 0  # 0 = not told


def may_have_lost(then: State | None, now: State | None) -> bool:
    """Return True when messages may be gone from a folder since it looked like `then`; None = not known.

    UIDs are given to messages one by one (RFC 9051 section 2.3.1.1), so at most UIDNEXT less UIDNEXT then came.
    """
    if then is None or now is None:
        return True
    if then.uidvalidity != now.uidvalidity or same_messages(then, now):
        return False
    told = then.uidnext and now.uidnext
    return not told or now.messages < then.messages + now.uidnext - then.uidnext


def may_have_got(then: State | None, now: State | None) -> bool:
    """Return True when messages may have come to a folder since it looked like `then`; None = not known."""
    if now is None or not now.messages:
        return False
    if then is None:
        return True
    if then.uidvalidity != now.uidvalidity or same_messages(then, now):
        return False
    return not (then.uidnext and now.uidnext) or now.uidnext > then.uidnext


def choose_candidates(lost: Iterable[Lost], came: Iterable[Came]) -> list[Came]:
    """Return the new messages that may be lost ones: of the same X-GM-MSGID where it is told, else of the same size.

    Any may be one whose size an old journal did not note.
    """
    alike = {_likeness(one.was.gmail_id, one.was.size_bytes) for one in lost}
    unsized = _likeness(0, None) in alike
    return [one for one in came if unsized or _likeness(one.gmail_id, one.size_bytes) in alike]


def pair_moves(lost: Iterable[Lost], came: Mapping[Came, bytes]) -> list[tuple[Lost, Came]]:
    """Return which lost message is which new one, as multisets: k that came are used up by k that were lost.

    The same folder comes first: there a message only changed its UID, having been moved out and back.

    Args:
        lost: in any order.
        came: the new messages with their digests; what has a X-GM-MSGID needs none.
    """
    left: dict[object, list[Lost]] = defaultdict(list)
    for one in sorted(lost, key=lambda one: (one.folder, one.was.uid)):
        if one.was.gmail_id or one.was.digest:
            left[one.was.gmail_id or one.was.digest].append(one)
    pairs: list[tuple[Lost, Came]] = []
    rest: list[Came] = []
    for new in sorted(came, key=lambda new: (new.folder, new.uid)):
        group = left[new.gmail_id or came[new]]
        same = next((one for one in group if one.folder == new.folder), None)
        if same is None:
            rest.append(new)
        else:
            group.remove(same)
            pairs.append((same, new))
    pairs += [(group.pop(0), new) for new in rest if (group := left[new.gmail_id or came[new]])]
    return pairs


def _likeness(gmail_id: int, size_bytes: int | None) -> tuple[int, int]:
    return (gmail_id, 0) if gmail_id else (0, -1 if size_bytes is None else size_bytes)

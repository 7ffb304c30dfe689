"""Flags of messages copied earlier: what changed at the source since, carried over without touching the user's changes."""

from collections.abc import Mapping
from typing import Final

from bot.mail.account import Selected
from bot.mail.answers import flag_set
from bot.mail.entries import Entries, Entry
from bot.mail.journal import FolderRow
from bot.mail.plan import keepable, merge_flags, system_only
from bot.mail.run import Lane
from bot.mail.state import Held
from bot.mail.wire import Refused

TOGETHER: Final = 5_000  # messages whose flags are looked at in one go


def carry_flags(
    lane: Lane, folder: FolderRow, there: Selected, held: Mapping[int, Held], entries: Entries
) -> int:
    """Carry over flags that changed at the source since they were last agreed; return for how many messages."""
    changed = 0
    stale: dict[int, Entry] = {}
    for uid, entry in entries.pairs():
        if (now := held.get(uid)) is not None and now.flags != entry.flags:
            stale[uid] = entry
        if len(stale) == TOGETHER:
            changed += _carry(lane, folder, there, held, stale)
            stale = {}
    return changed + _carry(lane, folder, there, held, stale)


def _carry(
    lane: Lane, folder: FolderRow, there: Selected, held: Mapping[int, Held], stale: Mapping[int, Entry]
) -> int:
    if not stale:
        return 0
    copies = {entry.destination_uid: uid for uid, entry in stale.items() if entry.destination_uid}
    orders: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for row in lane.destination.fetch_rows(copies, b"UID FLAGS"):
        copy = int(row[b"UID"])
        if copy not in copies:
            continue
        uid = copies[copy]
        change = merge_flags(stale[uid].flags, held[uid].flags, flag_set(row.get(b"FLAGS")))
        add, dropped = keepable(change.add, there.permanent_flags)
        lane.run.count(keywords_dropped=dropped)
        for sign, flags in (("+", add), ("-", tuple(sorted(change.remove)))):
            if flags:
                orders.setdefault((sign, flags), []).append(copy)
    for (sign, flags), uids in orders.items():
        _store(lane, uids, sign, flags)
    lane.run.journal.set_flags(folder.id, {uid: held[uid].flags for uid in stale})
    return len({copy for uids in orders.values() for copy in uids})


def _store(lane: Lane, uids: list[int], sign: str, flags: tuple[str, ...]) -> None:
    try:
        lane.destination.store(uids, sign, flags)
    except Refused:
        plain = system_only(flags)
        lane.run.count(keywords_dropped=(len(flags) - len(plain)) * len(uids))
        if plain and plain != flags:
            _store(lane, uids, sign, plain)

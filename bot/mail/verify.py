"""Whether every source message is at the destination, by the journal and by the destination's own UIDs. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.mail.journal import Entry


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification of one folder found."""

    present: int  # source messages that are at the destination, or whose copy the user removed since
    known: int  # source messages in the journal
    removed: int  # of those present, copies that were there at an earlier verification and are not now
    found: tuple[int, ...]  # source UIDs whose copy was found for the first time
    missing: tuple[int, ...]  # source UIDs without a copy that anybody ever saw


def verify_folder(
    source: Collection[int], entries: Mapping[int, Entry], destination: Collection[int]
) -> Verdict:
    """Return which source messages have their copy.

    A server's OK is not taken as proof: a copy counts when its UID is in the folder now, or was at an earlier
    verification. One that was confirmed but never seen stays missing in every report until a person has looked.

    Args:
        source: UIDs at the source now.
        entries: the journal of the folder, by source UID.
        destination: UIDs at the destination now.
    """
    known = {uid: entries[uid] for uid in source if uid in entries}
    there = {uid for uid, entry in known.items() if entry.destination_uid in destination}
    removed = {uid for uid, entry in known.items() if uid not in there and entry.seen}
    return Verdict(
        present=len(there) + len(removed),
        known=len(known),
        removed=len(removed),
        found=tuple(sorted(uid for uid in there if not known[uid].seen)),
        missing=tuple(sorted(set(source) - there - removed)),
    )

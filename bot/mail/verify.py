"""Whether every source message is at the destination, by the journal and by the destination's own UIDs. Pure."""

from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.mail.entries import Entry
from bot.mail.uids import Uids


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification of one folder found."""

    present: int  # source messages that are at the destination, or whose copy the user removed since
    known: int  # source messages in the journal
    removed: int  # of those present, copies that were there at an earlier verification and are not now
    found: Uids  # source UIDs whose copy was found for the first time
    missing: Uids  # source UIDs without a copy that anybody ever saw


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
    known = there = removed = 0
    found, missing = array("I"), array("I")
    for uid in source:
        entry = entries.get(uid)
        known += entry is not None
        if entry is not None and entry.destination_uid in destination:
            there += 1
            if not entry.seen:
                found.append(uid)
        elif entry is not None and entry.seen:
            removed += 1
        else:
            missing.append(uid)
    return Verdict(there + removed, known, removed, Uids(found), Uids(missing))

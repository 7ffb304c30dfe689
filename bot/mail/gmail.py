"""Gmail: one message, many labels, each of them a folder (X-GM-EXT-1). Every body is downloaded once.

Labels are copied one after the other, All Mail last. A message that was copied for one label is copied to the folders of
its others by the destination itself, or stays in the first one only: PassOptions.labels. What All Mail holds beyond
that was archived.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from bot.mail.account import Account, Selected
from bot.mail.folders import Listed, Pair
from bot.mail.journal import FolderRow
from bot.mail.names import decode_name
from bot.mail.pairing import Placed
from bot.mail.relay import Fare, Relay
from bot.mail.run import Lane
from bot.mail.state import Holdings
from bot.mail.uids import Uids
from bot.mail.wire import Refused

# After INBOX and user labels: a message lives in the first folder it is in, as far as it may live in one only.
ORDER: Final = ("sent", "drafts", "archive", "junk", "trash", "all")


def has_labels(account: Account) -> bool:
    """Return True when a message of this server may be in several folders at once."""
    return account.has("X-GM-EXT-1")


def order_labels(groups: Iterable[Sequence[Pair]]) -> list[tuple[Pair, ...]]:
    """Return groups of folders in the order they are to be copied in. Pure."""
    ordered = (tuple(sorted(group, key=lambda pair: _turn(pair.source))) for group in groups)
    return sorted(ordered, key=lambda group: _turn(group[-1].source))


def _turn(item: Listed) -> tuple[int, bytes]:
    if item.inbox:
        return 0, b""
    return next((2 + turn for turn, role in enumerate(ORDER) if role in item.attributes), 1), item.name


def bring_labelled(lane: Lane, pair: Pair, row: FolderRow, there: Selected, missing: Holdings) -> Uids:
    """Settle the messages of a folder that were copied for another label; the others are left to be downloaded.

    Those that are to be in this folder, too, are in the journal when it returns: the destination copied them.

    Args:
        lane: afterwards its destination has any folder open, or none.
        pair: the folder.
        row: its journal, in which the messages are not known.
        there: its destination.
        missing: the messages.

    Returns:
        Those that are copied in other folders, and not to be put into this one.
    """
    known = _placed(lane, row, missing)
    if "all" in pair.source.attributes:
        first = pair.source.name not in lane.run.verified
        _name_hidden(lane, Uids(missing) if first else Uids(missing).without(known))
    elsewhere, origins = set[int](), defaultdict[int, dict[int, Fare]](dict)
    single = "all" in pair.source.attributes or lane.run.options.labels == "primary"
    rows = lane.run.journal.folders()
    for uid, was in known.items():
        if single or rows[was.folder].destination == row.destination:
            elsewhere.add(uid)
        elif was.digest and was.destination_uid:
            origins[was.folder][uid] = Fare(was, missing[uid].size_bytes, was.gmail_id)
    relay = Relay(lane.destination, lane.run.journal, row, there.uidnext)
    for folder, fares in origins.items():
        lane.run.check_stop()
        found = relay.bring(rows[folder], fares, move=False).there
        lane.run.count(pair.source.name, copied=len(found))
        size_bytes = sum(fares[uid].size_bytes for uid in found)
        lane.run.tell(pair.source.name, messages=len(found), size_bytes=size_bytes)
    return Uids(elsewhere)


def _placed(lane: Lane, row: FolderRow, missing: Holdings) -> dict[int, Placed]:
    """Return by UID where messages were put that are known in other folders: one whose copy can be used, if any."""
    uids = {held.gmail_id: uid for uid, held in missing.pairs() if held.gmail_id}
    found: dict[int, Placed] = {}
    for was in lane.run.journal.labelled(uids, but=row.id):
        uid = uids[was.gmail_id]
        if uid not in found or not (found[uid].digest and found[uid].destination_uid):
            found[uid] = was
    return found


def _name_hidden(lane: Lane, uids: Iterable[int]) -> None:
    """Name the labels of these messages that the server does not show as folders: "Show in IMAP" is off for them."""
    found = set[bytes]()
    try:
        for labels in (row.get(b"X-GM-LABELS") for row in lane.source.fetch_rows(uids, b"UID X-GM-LABELS")):
            found.update(label for label in labels or () if isinstance(label, bytes))
        own = {label for label in found if not label.startswith(b"\\")}
        hidden = own - {item.name for item in lane.source.folders()} if own else own
    except Refused:
        return
    for label in sorted(hidden):
        lane.run.leave_out(decode_name(label), "hidden-label")

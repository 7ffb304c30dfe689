"""Whether everything fits into the destination, asked before the first byte is copied (RFC 9208)."""

from bot.errors import DestinationFull
from bot.mail.count import size_of
from bot.mail.folders import FolderMap
from bot.mail.run import Lane


def check_room(lane: Lane, plan: FolderMap) -> None:
    """Raise DestinationFull when the mail cannot fit, whatever of it is at the destination already.

    A source that does not tell sizes (no STATUS=SIZE) is not judged here: the destination says so when it is full.

    Raises:
        DestinationFull: with `needed_bytes` and `free_bytes`; nothing was copied.
    """
    destination = lane.destination
    known = lane.run.journal.size_bytes()
    needed = sum(pair.source.size_bytes or 0 for pair in plan.pairs) - known
    free = destination.free_bytes
    if free is None or needed <= free:
        return
    folders = [item for item in destination.overview(status=True).folders if item.selectable]
    by_others = max(0, size_of(destination, folders) - known)  # may be the same mail, brought by another hand
    if needed > free + by_others:
        address = destination.login.authorize_as or destination.login.user
        raise DestinationFull(address=address, needed_bytes=needed, free_bytes=free)

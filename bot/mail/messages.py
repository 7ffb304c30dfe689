"""The messages of one folder: fetched in a stream, handed to the delivery in batches."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from bot.errors import BotError
from bot.mail.account import Account, Selected
from bot.mail.ahead import Ahead
from bot.mail.content import glimpse
from bot.mail.deliver import Delivery, Letter, make_letter, skipped
from bot.mail.entries import Entries
from bot.mail.folders import Pair
from bot.mail.plan import cut_batches
from bot.mail.run import Lane
from bot.mail.state import Held, Holdings
from bot.mail.stream import LITERAL_BYTES, Spool
from bot.mail.uids import Awaited, Uids
from bot.mail.wire import Refused
from bot.model import SkippedMessage

# PEEK, in a folder opened by EXAMINE: nothing becomes \\Seen. Flags are those of the listing, from before any body was read.
BODY: Final = b"UID INTERNALDATE BODY.PEEK[]"
HEADER: Final = b"UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"


def copy_messages(lane: Lane, pair: Pair, delivery: Delivery, missing: Holdings) -> tuple[set[int], int]:
    """Copy messages in batches and name those that cannot be.

    One FETCH runs on while batches are appended: the next two are read meanwhile, no more.

    Returns:
        The UIDs that vanished from the source meanwhile, and how many messages were named.
    """
    limit = _append_limit(lane.destination)
    too_big = Uids(uid for uid, one in missing.pairs() if one.size_bytes > limit)
    wanted = Uids(missing).without(too_big)
    awaited = Awaited(wanted)

    def letters() -> Iterator[tuple[Letter, int]]:
        for letter in _fetch_letters(lane.source, wanted, missing, delivery.selected):
            if awaited.take(letter.uid):
                yield letter, len(letter.body)

    try:
        with Ahead(cut_batches(letters()), lane.source.abort) as batches:
            for batch in batches:
                lane.run.check_stop()
                delivery.deliver(batch)
    except BotError as error:
        _flush_after(error, delivery)
        raise
    delivery.flush()
    vanished, unreadable = _unread(lane, delivery, awaited.left(), missing)
    named = (
        *(skipped(pair.source_name, letter, code) for letter, code in delivery.refused),
        *_name_unfetched(lane, pair, unreadable, missing, "unreadable"),
        *_name_unfetched(lane, pair, too_big, missing, "too-big"),
    )
    lane.run.skipped[pair.source.name] = named
    return vanished, len(named)


def _flush_after(error: BotError, delivery: Delivery) -> None:
    """Await what is on its way when the source broke or a stop was asked for; the destination may be gone itself."""
    if error.code.startswith("destination"):
        return
    with suppress(BotError, Refused):
        delivery.flush()


def _append_limit(destination: Account) -> int:
    """Return the largest message the destination takes (RFC 7889), and we hold."""
    told = (word.partition("=")[2] for word in destination.capabilities if word.startswith("APPENDLIMIT="))
    return min([LITERAL_BYTES, *(int(word) for word in told if word.isdigit())])


def _fetch_letters(
    source: Account, uids: Iterable[int], held: Mapping[int, Held], selected: Selected
) -> Iterator[Letter]:
    """Yield messages as the server sends them. A NO at the end keeps what came; the rest is asked for one by one."""
    try:
        for row in source.fetch_rows(uids, BODY):
            uid, body = int(row[b"UID"]), row.get(b"BODY[]")
            if uid in held and isinstance(body, (bytes, Spool)):
                date = row.get(b"INTERNALDATE")
                stamp = date if isinstance(date, bytes) else b""
                yield make_letter(uid, held[uid].flags, stamp, body, selected.permanent_flags)
    except Refused:
        return


def _unread(
    lane: Lane, delivery: Delivery, unread: Uids, held: Mapping[int, Held]
) -> tuple[set[int], list[int]]:
    """Ask once more, one by one, for messages the source did not send; return those that are gone, and the unreadable."""
    for uid in unread:
        for letter in list(_fetch_letters(lane.source, [uid], held, delivery.selected))[:1]:
            delivery.deliver([letter])
    delivery.flush()
    known = lane.run.journal.entries(delivery.folder.id) if unread else Entries()
    named = {letter.uid for letter, _ in delivery.refused}
    lost = [uid for uid in unread if uid not in known and uid not in named]
    still = set(lane.source.uids_from(lost[0])) if lost else set()
    return {uid for uid in lost if uid not in still}, [uid for uid in lost if uid in still]


def _name_unfetched(
    lane: Lane, pair: Pair, uids: Iterable[int], held: Mapping[int, Held], code: str
) -> Iterator[SkippedMessage]:
    """Yield the report's lines for messages whose bytes were not fetched; their headers are tried."""
    for uid in uids:
        date, header = b"", b""
        try:
            for row in lane.source.fetch_rows([uid], HEADER):
                date = row.get(b"INTERNALDATE") or date
                header = (
                    next((value for key, value in row.items() if key.startswith(b"BODY[")), None) or header
                )
        except Refused:
            pass  # named without its headers
        sender, subject = glimpse(header)
        yield SkippedMessage(
            folder=pair.source_name,
            uid=uid,
            date=date.decode("latin-1"),
            sender=sender,
            subject=subject,
            size_bytes=held[uid].size_bytes,
            code=code,
        )

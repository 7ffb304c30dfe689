"""The messages of one folder: fetched in a stream, handed to the delivery in batches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from bot.errors import BotError
from bot.mail.account import Account
from bot.mail.ahead import Ahead
from bot.mail.content import name_message
from bot.mail.deliver import Delivery, Letter, make_letter, skipped
from bot.mail.entries import Entries
from bot.mail.folders import Pair
from bot.mail.patience import kind_of
from bot.mail.plan import cut_batches
from bot.mail.run import Lane
from bot.mail.state import Held, Holdings
from bot.mail.stream import LITERAL_BYTES, Spool
from bot.mail.suspects import Side
from bot.mail.uids import Awaited, Uids
from bot.mail.unseen import became_seen, set_back
from bot.mail.wire import Refused, Row
from bot.model import SkippedMessage

# PEEK, in a folder opened by EXAMINE: nothing becomes \\Seen. Flags are those of the listing, from before any body was read.
BODY: Final = b"UID INTERNALDATE BODY.PEEK[]"
HEADER: Final = b"UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"
UNREADABLE: Final = (
    1_000  # of a folder, one after the other: so many are asked for by themselves and named, no more
)


def copy_messages(lane: Lane, pair: Pair, delivery: Delivery, missing: Holdings) -> tuple[set[int], int]:
    """Copy messages in batches and name those that cannot be.

    One FETCH runs on while batches are appended: the next two are read meanwhile, no more. Messages that a connection
    broke at before come last, one by one.

    Returns:
        The UIDs that vanished from the source meanwhile, and how many messages were named.
    """
    suspects = lane.run.suspects
    given_up = {uid: code for uid, code in suspects.given_up(pair.source.name).items() if uid in missing}
    alone = [uid for uid in suspects.alone(pair.source.name) if uid in missing]
    limit = _append_limit(lane.destination)
    too_big = Uids(uid for uid, one in missing.pairs() if one.size_bytes > limit)
    alone = [uid for uid in alone if uid not in too_big]
    awaited = Awaited(Uids(missing).without({*too_big, *given_up, *alone}))
    _stream(lane, delivery, awaited, missing)
    vanished, unreadable = _unread(lane, delivery, [*awaited.left(), *alone], missing)
    set_back(lane.source, pair.source.name, delivery.marked)
    named = (
        *(skipped(pair.source_name, letter, code) for letter, code in delivery.refused),
        *_name_unfetched(lane, pair, unreadable, missing, "unreadable"),
        *_name_unfetched(lane, pair, too_big, missing, "too-big"),
        *(_name_given_up(lane, pair, uid, missing, code) for uid, code in given_up.items()),
    )
    lane.run.skipped[pair.source.name] = named
    return vanished, len(named)


def _stream(lane: Lane, delivery: Delivery, awaited: Awaited, held: Holdings) -> None:
    """Fetch and append. When the source breaks, what came before is still delivered: it need not be fetched again."""
    broke: list[BotError] = []

    def letters() -> Iterator[tuple[Letter, int]]:
        try:
            for letter in _fetch_letters(lane.source, awaited.left(), held, delivery):
                if awaited.take(letter.uid):
                    yield letter, len(letter.body)
        except BotError as error:
            broke.append(error)

    try:
        with Ahead(cut_batches(letters()), lane.source.abort) as batches:
            for batch in batches:
                lane.run.check_stop()
                delivery.deliver(batch)
        delivery.flush()
        if broke:
            raise broke[0]
    except BotError as error:
        _flush_after(error, delivery)
        _note_break(lane, delivery, error, next(iter(awaited.left()), None))
        raise


def _note_break(lane: Lane, delivery: Delivery, error: BotError, awaited: int | None) -> None:
    """Note at which message a connection broke: at the source the first one that did not come."""
    if kind_of(error) != "broken":
        return
    source = delivery.folder.source
    lane.run.doubt(source, {one.uid: one.size for one in delivery.journal.intents(delivery.folder.id)})
    if error.code.startswith("destination"):
        lane.run.suspects.note_unclear(source, lane.run.doubtful(source))
    elif awaited is not None:
        lane.run.note_break("source", source, awaited)


def _deliver_alone(lane: Lane, delivery: Delivery, uid: int, held: Mapping[int, Held]) -> bool:
    """Fetch and append one message, so that it is plain which one a connection breaks at. False: it does not come."""
    lane.run.check_stop()
    try:
        came = [letter for letter in _fetch_letters(lane.source, [uid], held, delivery) if letter.uid == uid]
        for letter in came[:1]:
            delivery.deliver([letter])
        delivery.flush()
    except BotError as error:
        if kind_of(error) == "broken":
            side: Side = "destination" if error.code.startswith("destination") else "source"
            lane.run.doubt(delivery.folder.source, {uid: held[uid].size_bytes})
            lane.run.note_break(side, delivery.folder.source, uid)
        raise
    return bool(came)


def _flush_after(error: BotError, delivery: Delivery) -> None:
    """Await what is on its way when the source broke or a stop was asked for; the destination may be gone itself."""
    if error.code.startswith("destination"):
        return
    with suppress(BotError, Refused):
        delivery.flush()


def _append_limit(destination: Account) -> int:
    """Return the largest message the destination takes (RFC 7889), and we hold."""
    return min(LITERAL_BYTES, destination.append_limit or LITERAL_BYTES)


def _fetch_letters(
    source: Account, uids: Iterable[int], held: Mapping[int, Held], delivery: Delivery
) -> Iterator[Letter]:
    """Yield messages as the server sends them. A NO at the end keeps what came; the rest is asked for one by one."""
    try:
        for row in source.fetch_rows(uids, BODY):
            uid, body = int(row[b"UID"]), row.get(b"BODY[]")
            if became_seen(row, held):
                delivery.marked.append(uid)
            one = held.get(uid)
            if one is not None and isinstance(body, (bytes, Spool)):
                date = row.get(b"INTERNALDATE")
                stamp = date if isinstance(date, bytes) else b""
                yield make_letter(uid, one, stamp, body, delivery.selected.permanent_flags)
    except Refused:
        return


def _unread(
    lane: Lane, delivery: Delivery, unread: Sequence[int], held: Mapping[int, Held]
) -> tuple[set[int], list[int]]:
    """Ask, one by one, for messages the source did not send yet; return those that are gone, and the unreadable."""
    in_vain = 0
    for uid in unread:
        in_vain = 0 if _deliver_alone(lane, delivery, uid, held) else in_vain + 1
        if in_vain >= UNREADABLE:
            break
    known = lane.run.journal.entries(delivery.folder.id) if unread else Entries()
    named = {letter.uid for letter, _ in delivery.refused}
    lost = [uid for uid in unread if uid not in known and uid not in named]
    still = set(lane.source.uids_from(min(lost))) if lost else set()
    return {uid for uid in lost if uid not in still}, [uid for uid in lost if uid in still][:UNREADABLE]


def _name_given_up(lane: Lane, pair: Pair, uid: int, held: Mapping[int, Held], code: str) -> SkippedMessage:
    """Return the report's line for a message that connections break at; its headers are tried once."""
    known = lane.run.named.get((pair.source.name, uid))
    if known is None:
        bare = SkippedMessage(
            folder=pair.source_name,
            uid=uid,
            date="",
            sender="",
            subject="",
            size_bytes=held[uid].size_bytes,
            code=code,
        )
        lane.run.named[pair.source.name, uid] = bare  # stays, should the headers break the connection too
        known = next(_name_unfetched(lane, pair, [uid], held, code), bare)
        lane.run.named[pair.source.name, uid] = known
    return known


def _name_unfetched(
    lane: Lane, pair: Pair, uids: Iterable[int], held: Mapping[int, Held], code: str
) -> Iterator[SkippedMessage]:
    """Yield the report's lines for messages whose bytes were not fetched; their headers are tried."""
    for uid in uids:
        date, header = b"", b""
        try:
            for row in lane.source.fetch_rows([uid], HEADER):
                date, header = _read_header(row, uid, (date, header))
        except Refused:
            pass  # named without its headers
        yield name_message(pair.source_name, uid, date, header, code, size_bytes=held[uid].size_bytes)


def _read_header(row: Row, uid: int, known: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Return (INTERNALDATE, header) of a FETCH answer; what is known already where it is of another message or none."""
    date, header = row.get(b"INTERNALDATE"), next((row[key] for key in row if key.startswith(b"BODY[")), None)
    if int(row[b"UID"]) != uid:
        return known
    return (
        date if isinstance(date, bytes) else known[0],
        header if isinstance(header, bytes) else known[1],
    )

"""The messages of one folder: listed, fetched in a stream, handed to the delivery in batches."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bot.mail.account import Account, Selected
from bot.mail.answers import flag_set, read_number
from bot.mail.content import glimpse
from bot.mail.deliver import Delivery, Letter, make_letter, skipped
from bot.mail.folders import Pair
from bot.mail.plan import cut_batches
from bot.mail.run import Held, Run
from bot.mail.stream import LITERAL_BYTES, Spool
from bot.mail.wire import Refused
from bot.model import SkippedMessage

# PEEK, in a folder opened by EXAMINE: nothing becomes \\Seen. Flags are those of the listing, from before any body was read.
BODY: Final = b"UID INTERNALDATE BODY.PEEK[]"
HEADER: Final = b"UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"


def list_messages(source: Account) -> dict[int, Held]:
    """Return every message of the selected folder with flags and size, by UID."""
    shared: dict[frozenset[str], frozenset[str]] = {}
    held: dict[int, Held] = {}
    for row in source.rows(source.start_fetch(b"1:*", b"UID FLAGS RFC822.SIZE")):
        if b"RFC822.SIZE" in row:  # else it is news about flags
            flags = flag_set(row.get(b"FLAGS"))
            held[int(row[b"UID"])] = Held(shared.setdefault(flags, flags), read_number([row[b"RFC822.SIZE"]]))
    return held


def copy_messages(run: Run, pair: Pair, delivery: Delivery, missing: Mapping[int, Held]) -> set[int]:
    """Copy messages in batches and name those that cannot be; return the UIDs that vanished from the source meanwhile.

    One FETCH runs on while a batch is appended: the server sends ahead as far as the connection holds, no further.
    """
    limit = _append_limit(run.destination)
    too_big = [uid for uid, one in sorted(missing.items()) if one.size_bytes > limit]
    wanted = [uid for uid, one in sorted(missing.items()) if one.size_bytes <= limit]
    unread = set(wanted)

    def letters() -> Iterator[tuple[Letter, int]]:
        for letter in _fetch_letters(run.source, wanted, missing, delivery.selected):
            if letter.uid in unread:
                unread.discard(letter.uid)
                yield letter, len(letter.body)

    for batch in cut_batches(letters()):
        run.check_stop()
        delivery.deliver(batch)
        run.tell(messages=len(batch), size_bytes=sum(len(letter.body) for letter in batch))
    vanished = _unread(run, pair, delivery, unread, missing)
    run.skipped.extend(skipped(pair.source_name, letter, code) for letter, code in delivery.refused)
    run.skipped.extend(_name_unfetched(run, pair, too_big, missing, "too-big"))
    return vanished


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
    run: Run, pair: Pair, delivery: Delivery, unread: Iterable[int], held: Mapping[int, Held]
) -> set[int]:
    """Ask once more, one by one, for messages the source did not send; name those that are there and unreadable."""
    for uid in sorted(unread):
        for letter in list(_fetch_letters(run.source, [uid], held, delivery.selected))[:1]:
            delivery.deliver([letter])
            run.tell(messages=1, size_bytes=len(letter.body))
    known = run.journal.entries(delivery.folder.id)
    named = {letter.uid for letter, _ in delivery.refused}
    lost = [uid for uid in unread if uid not in known and uid not in named]
    still = set(run.source.uids_from(min(lost))) if lost else set()
    run.skipped.extend(_name_unfetched(run, pair, [uid for uid in lost if uid in still], held, "unreadable"))
    return {uid for uid in lost if uid not in still}


def _name_unfetched(
    run: Run, pair: Pair, uids: Iterable[int], held: Mapping[int, Held], code: str
) -> Iterator[SkippedMessage]:
    """Yield the report's lines for messages whose bytes were not fetched; their headers are tried."""
    for uid in uids:
        date, header = b"", b""
        try:
            for row in run.source.fetch_rows(
                [uid], b"UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"
            ):
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

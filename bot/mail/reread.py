"""Copies read back and compared byte for byte with what was sent: a few of every pass, or each one when asked.

A server may say OK and keep something else. What differs is named in the report; nothing is done about it by itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from bot.mail.content import digest, is_keepable, name_message, parse_internaldate
from bot.mail.entries import Entries
from bot.mail.folders import Pair
from bot.mail.journal import FolderRow
from bot.mail.recognise import fetch_digests
from bot.mail.run import Lane
from bot.mail.stream import Spool
from bot.mail.wire import Row
from bot.model import ALTERED, REDATED, SkippedMessage

SAMPLE: Final = 5  # copies of a folder that each pass reads back
SAMPLE_BYTES: Final = 64 << 10  # of each, at most
TOGETHER: Final = 500
BODY: Final = b"UID INTERNALDATE BODY.PEEK[]"
DATE: Final = b"UID INTERNALDATE"


@dataclass(slots=True)
class Reread:
    """What reading copies of one folder back showed."""

    equal: list[int] = field(default_factory=list)  # source UIDs
    altered: list[SkippedMessage] = field(default_factory=list)


def choose_sample(entries: Entries) -> list[int]:
    """Return the source UIDs of a few copies nobody has read back yet: of the new ones, evenly spread. Pure."""
    fresh = [
        uid
        for uid, one in entries.pairs()
        if one.destination_uid and not (one.seen or one.reread) and (one.size_bytes or 0) <= SAMPLE_BYTES
    ]
    count = min(SAMPLE, len(fresh))
    return [fresh[(len(fresh) - 1) * number // max(1, count - 1)] for number in range(count)]


def reread_all(lane: Lane, pair: Pair, row: FolderRow, present: Iterable[int]) -> Reread:
    """Read back every copy in a folder that was never read back; those are marked in the journal.

    Args:
        lane: whose source connection has the folder open, and whose destination connection opens it, read-only.
        pair: the folder.
        row: its journal.
        present: source UIDs whose copies matter.
    """
    journal = lane.run.journal
    entries = journal.entries(row.id)
    lane.destination.select(pair.destination, readonly=True)
    result = Reread()
    for together in _portions(uid for uid in present if uid in entries and not entries[uid].reread):
        lane.run.check_stop()
        sent = Sent(
            expect(entries, together),
            journal.digests(row.id, together),
            read_dates(lane.source.fetch_rows(together, DATE)),
        )
        compare_copies(pair, lane.destination.fetch_rows(sent.copies, BODY), sent, result)
        journal.mark_reread(row.id, result.equal)
    return result


def expect(entries: Entries, uids: Iterable[int]) -> dict[int, int]:
    """Return source UIDs by the UIDs of their copies."""
    found = ((entries[uid].destination_uid, uid) for uid in uids)
    return {there: uid for there, uid in found if there}


@dataclass(frozen=True, slots=True)
class Sent:
    """What copies are compared with."""

    copies: Mapping[int, int]  # source UIDs by the UIDs of their copies
    digests: Mapping[
        int, bytes | None
    ]  # canonical, by source UID; without one there is nothing to compare with
    dates: Mapping[int, datetime]  # of the source, by source UID; those that no server keeps are left out


def read_dates(rows: Iterable[Row]) -> dict[int, datetime]:
    """Return the instants of INTERNALDATE by UID; a date before 1970 is not one we asked the destination to keep."""
    told = ((int(row[b"UID"]), parse_internaldate(row.get(b"INTERNALDATE") or b"")) for row in rows)
    return {uid: moment for uid, moment in told if is_keepable(moment)}


def compare_copies(pair: Pair, rows: Iterable[Row], sent: Sent, result: Reread) -> None:
    """Compare FETCH answers with BODY[] and INTERNALDATE with what was sent, and add to `result`."""
    for row in rows:
        uid, body = sent.copies.get(int(row[b"UID"])), row.get(b"BODY[]")
        wanted = None if uid is None else sent.digests.get(uid)
        if uid is None or wanted is None or not isinstance(body, (bytes, Spool)):
            continue
        date = row.get(b"INTERNALDATE") or b""
        if digest(body)[0] != wanted:
            result.altered.append(name_message(pair.source_name, uid, date, body, ALTERED))
        elif sent.dates.get(uid) not in (None, parse_internaldate(date)):
            result.altered.append(name_message(pair.source_name, uid, date, body, REDATED))
        else:
            result.equal.append(uid)


def note_digests(lane: Lane, row: FolderRow, present: Iterable[int]) -> None:
    """Read the source's messages that were recognised by their headers alone, so that their copies can be compared.

    The folder is open at the source.
    """
    journal = lane.run.journal
    for together in _portions(present):
        unknown = [uid for uid, known in journal.digests(row.id, together).items() if known is None]
        if unknown:
            lane.run.check_stop()
            journal.set_digests(row.id, fetch_digests(lane.source, unknown))


def _portions(uids: Iterable[int]) -> Iterator[Sequence[int]]:
    left = iter(uids)
    while together := list(islice(left, TOGETHER)):
        yield together

"""What was moved at the source since the last pass is moved at the destination: copies follow their messages.

Only where the folder lists hint at it: else it costs no round trip. Nothing is deleted: without MOVE (RFC 6851) at the
destination a moved message is copied into its new folder, and its earlier copy stays and is counted in the report.
A copy that the user moved or deleted stays so, and its message does not come back.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.mail.account import Selected
from bot.mail.answers import read_number, read_uid
from bot.mail.entries import Entries
from bot.mail.folders import Pair, Server
from bot.mail.journal import FolderRow
from bot.mail.pairing import Came, Carried, Lost, choose_candidates, may_have_got, may_have_lost, pair_moves
from bot.mail.recognise import fetch_digests, recover_intents
from bot.mail.relay import Fare, Relay
from bot.mail.run import Lane
from bot.mail.state import State
from bot.mail.uids import Uids
from bot.mail.wire import Refused

SIZES: Final = b"UID RFC822.SIZE"


def carry_moves(lane: Lane, pairs: Sequence[Pair], source: Server) -> None:
    """Have copies follow messages that were moved from folder to folder, or with a folder that was renamed.

    Args:
        lane: any; afterwards it has any folders open, or none.
        pairs: the folders of this pass; those at the destination are there.
        source: the source as listed.
    """
    journal = lane.run.journal
    lane.run.unmoved.clear()  # of an attempt before this one
    rows = {row.source: row for row in journal.folders().values()}
    there = {item.name for item in source.folders if item.selectable}
    back = [row.id for row in rows.values() if row.gone and row.source in there]
    if back:
        journal.note_gone(back, gone=False)
    gone = [row for row in rows.values() if not row.gone and row.source not in there]
    moves = _Moves(lane, rows)
    takers = moves.takers(pairs)
    if not takers:
        return
    moves.settle([*(pair.source.name for pair in pairs), *(row.source for row in gone)])
    losers = moves.losers(pairs)
    if not (gone or losers):
        return
    lost = [*moves.gone(gone), *moves.lost(losers)]
    everything = [pair for pair in takers if moves.holds_all(pair)]
    rest = moves.follow(lost, [pair for pair in takers if pair not in everything])
    moves.follow(moves.out_of_all(rest, pairs), everything)
    if gone:
        journal.note_gone([row.id for row in gone], gone=True)


@dataclass(slots=True)
class _Moves:
    lane: Lane
    rows: Mapping[bytes, FolderRow]  # by raw source name
    validities: dict[bytes, int] = field(default_factory=dict)  # at the source now, by raw source name

    # ── where to look ─────────────────────────────────────────────────────────────────────────────────────────

    def losers(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Return the folders that may have lost known messages."""
        return [
            pair
            for pair in pairs
            if pair.source.name in self.rows
            and may_have_lost(self._then(pair), pair.source.state)
            and self.lane.run.journal.count(pair.source.name)
        ]

    def takers(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Return the folders that may have got messages."""
        return [pair for pair in pairs if may_have_got(self._then(pair), pair.source.state)]

    def holds_all(self, pair: Pair) -> bool:
        """Return True for All Mail of Gmail: what is in it is in other folders, too."""
        return self._gmail and "all" in pair.source.attributes

    def _then(self, pair: Pair) -> State | None:
        verified = self.lane.run.verified.get(pair.source.name)
        return None if verified is None else verified.source

    @property
    def _gmail(self) -> bool:
        return self.lane.source.has("X-GM-EXT-1")

    def settle(self, folders: Iterable[bytes]) -> None:
        """Have the journal true again where a pass broke off: what was under way may have arrived or not.

        Of every folder: what arrived may have been moved out of it at the source since.
        """
        journal, destination = self.lane.run.journal, self.lane.destination
        for name in folders:
            row = self.rows.get(name)
            if row is None or not journal.intents(row.id):
                continue
            try:
                there = destination.select(row.destination, readonly=True)
            except Refused:
                continue
            if (
                there.uidvalidity == row.destination_validity
            ):  # else the folder's own pass has to follow it first
                moving = journal.moving(row.id)
                found = recover_intents(destination, journal, row, there.uidvalidity)
                self.lane.run.count_moved(row.source, moved=len(moving & found.keys()))
                journal.forget_intents(row.id)

    # ── what went, and what came ──────────────────────────────────────────────────────────────────────────────

    def gone(self, rows: Iterable[FolderRow]) -> Iterator[Lost]:
        """Return everything known of folders that are no longer at the source."""
        for row in rows:
            yield from (Lost(row.source, was) for was in self.lane.run.journal.lost(row.id, ()))

    def lost(self, losers: Iterable[Pair]) -> Iterator[Lost]:
        """Return the known messages that are no longer in their folder. One with new UIDs (UIDVALIDITY) tells nothing."""
        account = self.lane.source
        for pair in losers:
            row = self.rows[pair.source.name]
            here = self._examine(pair)
            if here is None or here.uidvalidity != row.source_validity:
                continue
            try:
                present = account.uids_from(1)
            except Refused:  # some servers refuse 1:* in an empty folder
                if here.messages:
                    continue
                present = Uids()
            yield from (Lost(row.source, was) for was in self.lane.run.journal.lost(row.id, present))

    def follow(self, lost: Sequence[Lost], takers: Iterable[Pair]) -> list[Lost]:
        """Find lost messages among those that came, and have their copies follow them; return those not found."""
        if not lost:
            return []
        here: dict[bytes, Pair] = {}
        came: dict[Came, bytes] = {}
        for pair in takers:
            found = self._came(pair, lost)
            came.update(found)
            if found:
                here[pair.source.name] = pair
        groups: dict[bytes, list[tuple[Lost, Came]]] = defaultdict(list)
        for one, new in pair_moves(self._with_digests(lost, came), came):
            groups[new.folder].append((one, new))
        for name, group in groups.items():
            self._bring(here[name], group)
        followed = {(one.was.folder, one.was.uid) for group in groups.values() for one, _ in group}
        return [one for one in lost if (one.was.folder, one.was.uid) not in followed]

    @staticmethod
    def out_of_all(lost: Iterable[Lost], pairs: Iterable[Pair]) -> list[Lost]:
        """Return what was lost by Gmail's Trash and Spam, the folders whose messages are not in All Mail."""
        hidden = {pair.source.name for pair in pairs if pair.source.attributes & {"trash", "junk"}}
        return [one for one in lost if one.folder in hidden]

    def _came(self, pair: Pair, lost: Iterable[Lost]) -> dict[Came, bytes]:
        """Return the messages new in a folder that may be lost ones, with their digests."""
        account, row = self.lane.source, self.rows.get(pair.source.name)
        here = self._examine(pair)
        if here is None or (row is not None and row.source_validity != here.uidvalidity):
            return {}
        self.validities[pair.source.name] = here.uidvalidity
        then = self._then(pair)
        first = max(1, then.uidnext) if then is not None and then.uidvalidity == here.uidvalidity else 1
        known = self.lane.run.journal.entries(row.id) if row is not None else Entries()
        try:
            told = list(choose_candidates(lost, self._new(pair.source.name, first, known)))
            digests = fetch_digests(account, [one.uid for one in told if not one.gmail_id])
        except Refused:
            return {}
        return {one: digests.get(one.uid, b"") for one in told if one.gmail_id or one.uid in digests}

    def _new(self, name: bytes, first: int, known: Container[int]) -> Iterator[Came]:
        account = self.lane.source
        items = SIZES + b" X-GM-MSGID" if self._gmail else SIZES
        for row in account.all_rows(account.start_fetch(b"%d:*" % first, items), items):
            uid = read_uid(row)
            if uid >= first and uid not in known and b"RFC822.SIZE" in row:
                size, gmail_id = (read_number([row.get(item)]) for item in (b"RFC822.SIZE", b"X-GM-MSGID"))
                yield Came(name, uid, size, gmail_id)

    def _with_digests(self, lost: Iterable[Lost], came: Iterable[Came]) -> Iterator[Lost]:
        """Yield the lost messages; where a digest is needed that was never taken, it is taken of the copy."""
        sizes = {one.size_bytes for one in came if not one.gmail_id}
        unread: dict[int, list[Lost]] = defaultdict(list)
        for one in lost:
            if one.was.digest is None and one.was.size_bytes in sizes and one.was.destination_uid:
                unread[one.was.folder].append(one)
            else:
                yield one
        for folder, group in unread.items():
            digests = self._copies(folder, [one.was.destination_uid or 0 for one in group])
            for one in group:
                yield replace(one, was=replace(one.was, digest=digests.get(one.was.destination_uid or 0)))

    def _copies(self, folder: int, uids: Sequence[int]) -> Mapping[int, bytes]:
        origin, destination = self._row(folder), self.lane.destination
        try:
            there = destination.select(origin.destination, readonly=True)
            same = there.uidvalidity == origin.destination_validity
            return fetch_digests(destination, uids) if same else {}
        except Refused:
            return {}

    def _row(self, folder: int) -> FolderRow:
        return next(row for row in self.rows.values() if row.id == folder)

    # ── what follows ──────────────────────────────────────────────────────────────────────────────────────────

    def _bring(self, pair: Pair, group: Iterable[tuple[Lost, Came]]) -> None:
        """Bring what came to one folder."""
        self.lane.run.check_stop()
        relay = self._target(pair)
        if relay is None:
            return
        by_origin: dict[int, list[tuple[Lost, Came]]] = defaultdict(list)
        for one, new in group:
            by_origin[one.was.folder].append((one, new))
        for folder, moved in by_origin.items():
            origin = self._row(folder)
            fares = {new.uid: Fare(one.was, new.size_bytes, new.gmail_id) for one, new in moved}
            if origin.destination == relay.folder.destination:
                self._rename(relay, origin, fares)
            else:
                self._move(relay, origin, fares)

    def _target(self, pair: Pair) -> Relay | None:
        """Return what brings copies to a folder; None when it is not the one we know, or cannot be opened."""
        try:
            there = self.lane.destination.select(pair.destination, readonly=True)
        except Refused:
            return None
        here = self.validities[pair.source.name]
        journal = self.lane.run.journal
        row = journal.folder(
            pair.source.name, pair.destination, source_validity=here, destination_validity=there.uidvalidity
        )
        same = (row.source_validity, row.destination_validity) == (here, there.uidvalidity)
        return Relay(self.lane.destination, journal, row, there.uidnext) if same else None

    def _rename(self, relay: Relay, origin: FolderRow, fares: Mapping[int, Fare]) -> None:
        """Carry over messages whose copies are in the right folder already."""
        if origin.destination_validity != relay.folder.destination_validity:
            return
        relay.journal.carry_over(
            self._carried(relay, uid, fare, fare.was.destination_uid) for uid, fare in fares.items()
        )
        if origin.id != relay.folder.id:
            self.lane.run.count_moved(relay.folder.source, moved=len(fares))

    def _move(self, relay: Relay, origin: FolderRow, fares: Mapping[int, Fare]) -> None:
        brought = relay.bring(origin, fares, move=True if self.lane.destination.has("MOVE") else None)
        removed = [uid for uid in brought.gone if fares[uid].was.seen]
        if removed:
            relay.journal.carry_over(self._carried(relay, uid, fares[uid], None) for uid in removed)
        self.lane.run.count_moved(relay.folder.source, moved=len(brought.there), unmoved=len(brought.left))

    @staticmethod
    def _carried(relay: Relay, uid: int, fare: Fare, there: int | None) -> Carried:
        return Carried(
            was=fare.was, folder=relay.folder.id, uid=uid, destination_uid=there, gmail_id=fare.gmail_id
        )

    def _examine(self, pair: Pair) -> Selected | None:
        self.lane.run.check_stop()
        try:
            return self.lane.source.select(pair.source.name, readonly=True)
        except Refused:
            return None

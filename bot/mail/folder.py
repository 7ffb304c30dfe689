"""One folder of a pass: look, find again what is there, copy, carry flags over, verify. Lanes run these one by one."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.mail import recognise
from bot.mail.account import Selected
from bot.mail.deliver import Delivery
from bot.mail.entries import Entries
from bot.mail.flags import carry_flags
from bot.mail.folders import Pair
from bot.mail.gmail import bring_labelled, has_labels
from bot.mail.journal import FolderRow, Verified
from bot.mail.look import Look, start_look
from bot.mail.messages import copy_messages
from bot.mail.relay import open_again
from bot.mail.reread import (
    BODY,
    DATE,
    Reread,
    Sent,
    choose_sample,
    compare_copies,
    expect,
    note_digests,
    read_dates,
    reread_all,
)
from bot.mail.roles import role_of_word
from bot.mail.run import Lane, Run, Unfit
from bot.mail.state import Holdings, State
from bot.mail.uids import Uids, uid_sets
from bot.mail.verify import Verdict, verify_folder
from bot.mail.wire import Refused, Row
from bot.model import FolderReport


@dataclass(slots=True)
class Verifying:
    """What the destination was asked of a folder, ahead: tags of SELECT or EXAMINE, of a search for UIDs, of a FETCH."""

    opened: bytes
    searched: bytes
    sampled: bytes | None = None  # of a few copies, to be compared
    dated: bytes | None = None  # at the source, of the dates of those
    copies: dict[int, int] = field(default_factory=dict)  # source UIDs of those, by the UIDs of the copies
    entries: Entries = field(default_factory=Entries)  # what the journal knew then


@dataclass(slots=True)
class FolderPass:
    """One folder on one lane, in four steps: `start`, `copy`, `start_verify`, `finish`.

    The steps that start only send, so that the next folder may start before this one is verified.
    """

    lane: Lane
    pair: Pair
    look: Look | None = None
    opened: Verifying | None = None  # at the destination, before anything is done
    there_before: Uids = field(default_factory=Uids)  # at the destination when it was opened
    verifying: Verifying | None = None
    row: FolderRow | None = None
    here: Selected | None = None
    present: Holdings = field(default_factory=Holdings)  # at the source, less what vanished meanwhile
    reread: Reread = field(default_factory=Reread)
    flags_changed: int = 0
    elsewhere: Uids = field(default_factory=Uids)  # at the source, copied in other folders only (Gmail)
    doubtful: int = 0  # copied though the like of it was there
    unlisted: int = 0  # messages that the source counts and does not list
    complete: bool = True  # every message was listed, and none skipped

    def start(self) -> None:
        """Send what opens the folder on both sides."""
        self.look = start_look(self.lane.source, self.pair.source.name, self._verified())
        account = self.lane.destination
        self.opened = Verifying(account.start_select(self.pair.destination), account.start_uids())

    def copy(self) -> None:
        """Do everything but the verification. A folder that one side refuses to open is named, and stops no other."""
        assert self.look is not None
        run = self.lane.run
        there = self._open_destination()
        try:
            self.here, held = self.look.read(self._known())
        except Refused:
            self._leave_out("source-refused")
            return
        if there is None:
            return
        run.tell(folder=self.pair.source_name)
        self.row = self._settle_journal(self.here, there, held)
        self._copy(self.row, there, held)

    def start_verify(self) -> None:
        """Ask what the destination holds now, in a fresh look at the folder (the session may not have seen all)."""
        if self.row is None:
            return
        account, full = self.lane.destination, self.lane.run.options.verify == "full"
        if full:
            self.reread = reread_all(self.lane, self.pair, self.row, self.present)
        opened = account.start_select(self.pair.destination, readonly=True)
        self.verifying = Verifying(opened, account.start_uids())
        self.verifying.entries = self.lane.run.journal.entries(self.row.id)
        if account.searches and not full:
            self._start_sample(self.verifying, self.verifying.entries)

    def _start_sample(self, verifying: Verifying, entries: Entries) -> None:
        """Ask for a few of the new copies, behind the search for UIDs: no round trip more."""
        verifying.copies = expect(entries, choose_sample(entries))
        for uid_set in uid_sets(verifying.copies):
            verifying.sampled = self.lane.destination.start_fetch(uid_set, BODY)
        for uid_set in uid_sets(verifying.copies.values()):
            verifying.dated = self.lane.source.start_fetch(uid_set, DATE)

    def finish(self) -> None:
        """Verify, and report the folder."""
        if self.row is None or self.verifying is None:
            return
        there, uids, rows = self._read_destination(self.verifying)
        self._compare_sample(self.row, self.verifying, rows)
        verdict = verify_folder(self.present, self.verifying.entries, uids)
        sizes = self.present.size_bytes
        proven = there is not None and self.complete and not verdict.missing and not self.reread.altered
        self.lane.run.journal.verify(
            self.row.id,
            verdict.found,
            self._as_verified(there, sizes, verdict) if there is not None and proven else None,
        )
        skipped = self.lane.run.skipped
        skipped[self.pair.source.name] = (*skipped.get(self.pair.source.name, ()), *self.reread.altered)
        self._report(verdict, sizes)

    def _compare_sample(self, row: FolderRow, verifying: Verifying, rows: list[Row]) -> None:
        if verifying.copies:
            journal = self.lane.run.journal
            digests = journal.digests(row.id, list(verifying.copies.values()))
            compare_copies(
                self.pair, rows, Sent(verifying.copies, digests, self._source_dates(verifying)), self.reread
            )
            journal.mark_reread(row.id, self.reread.equal)

    def _source_dates(self, verifying: Verifying) -> dict[int, datetime]:
        try:
            return read_dates(self.lane.source.rows(verifying.dated)) if verifying.dated else {}
        except Refused:
            return {}

    def _verified(self) -> Verified | None:
        return self.lane.run.verified.get(self.pair.source.name)

    def _known(self) -> Entries:
        """Return what the journal knows, where the look asked only for changes."""
        row = self.lane.run.journal.find(self.pair.source.name) if self._verified() else None
        return Entries() if row is None else self.lane.run.journal.entries(row.id)

    def _open_destination(self) -> Selected | None:
        assert self.opened is not None
        there, uids, _ = self._read_destination(self.opened)
        self.there_before = uids
        return there

    def _leave_out(self, reason: str) -> None:
        """Name the folder as not copied; a further lane lets the first one try."""
        if self.lane.further:
            raise Unfit
        self.lane.run.leave_out(self.pair.source_name, reason)

    def _settle_journal(self, here: Selected, there: Selected, held: Holdings) -> FolderRow:
        """Return the folder's row with everything in it true again: generations, intents, what others brought."""
        journal, source, destination = self.lane.run.journal, self.lane.source, self.lane.destination

        def row() -> FolderRow:
            return journal.folder(
                self.pair.source.name,
                self.pair.destination,
                source_validity=here.uidvalidity,
                destination_validity=there.uidvalidity,
            )

        folder = row()
        if folder.destination_validity != there.uidvalidity:
            if folder.source_validity == here.uidvalidity:
                note_digests(self.lane, folder, held)
            recognise.follow_destination(destination, journal, folder, there.uidvalidity)
            self._forget_lost(folder)
        if journal.intents(folder.id):
            found = recognise.recover_intents(destination, journal, folder, there.uidvalidity)
            self.lane.run.count_recovered(self.pair.source.name, found)
            journal.forget_intents(folder.id)
        if folder.source_validity != here.uidvalidity:
            recognise.follow_source(source, journal, folder, here.uidvalidity, held)
        folder = row()
        if self.lane.run.options.restore:
            self._forget_removed(folder)
        self._meet(folder, held)
        return folder

    def _forget_lost(self, folder: FolderRow) -> None:
        """Have a folder copied again that went with its whole account: that was no wish of the user's."""
        entries = self.lane.run.journal.entries(folder.id)
        if self.lane.run.made_anew and not any(one.destination_uid for _, one in entries.pairs()):
            self.lane.run.journal.forget(folder.id, entries)

    def _forget_removed(self, folder: FolderRow) -> None:
        """Have what the user removed copied again, as if it never had been."""
        entries = self.lane.run.journal.entries(folder.id).pairs()
        gone = Uids(uid for uid, one in entries if one.destination_uid not in self.there_before)
        self.lane.run.journal.forget(folder.id, gone)

    def _meet(self, folder: FolderRow, held: Holdings) -> None:
        """Find what came to the destination by another hand: before us, or since, from another ticket's pass.

        Its flags stay the user's: only later changes are carried over.
        """
        journal = self.lane.run.journal
        known = journal.entries(folder.id)
        unknown = Uids(held).without(known)
        if folder.met and not unknown:
            return
        recognised = recognise.Recognised({}, {})
        if self.there_before and unknown:
            free = self.there_before.without(journal.claimed(folder.destination))
            if free:
                recognised = recognise.match_unclaimed(
                    self.lane.source,
                    self.lane.destination,
                    unknown,
                    free,
                    closely=folder.met or self._drafts(),
                )
        self.doubtful = recognised.doubtful
        journal.meet(folder.id, recognised.pairs, held, recognised.digests)

    def _drafts(self) -> bool:
        """Return True for the folder whose messages change under one Message-ID."""
        delimiter = self.pair.source.delimiter or "/"
        names = (self.pair.source_name.rpartition(delimiter)[2], self.pair.destination_name)
        return "drafts" in {*self.pair.source.attributes, *map(role_of_word, names)}

    def _copy(self, row: FolderRow, there: Selected, held: Holdings) -> None:
        assert self.here is not None
        run = self.lane.run
        entries = run.journal.entries(row.id)
        missing = held.only(lambda uid, _: uid not in entries)
        run.tell_known(
            self.pair.source.name,
            messages=len(held) - len(missing),
            size_bytes=held.size_bytes - missing.size_bytes,
        )
        if has_labels(self.lane.source) and missing:
            there, entries, missing = self._bring_labelled(row, there, missing)
        delivery = Delivery(self.lane.destination, run, row, there, uidnext=there.uidnext)
        gone, named = copy_messages(self.lane, self.pair, delivery, missing) if missing else (set(), 0)
        self.flags_changed = carry_flags(self.lane, row, there, held, entries)
        if run.options.verify == "full":
            note_digests(self.lane, row, held)
        absent = {*gone, *self.elsewhere}
        self.present = held.only(lambda uid, _: uid not in absent) if absent else held
        self.unlisted = max(0, self.here.messages - len(held))
        self.complete = not named and len(held) == self.here.messages

    def _bring_labelled(
        self, row: FolderRow, there: Selected, missing: Holdings
    ) -> tuple[Selected, Entries, Holdings]:
        """Settle what was copied for another label; return the folder opened again, what is known, what is missing."""
        run, account = self.lane.run, self.lane.destination
        self.elsewhere = bring_labelled(self.lane, self.pair, row, there, missing)
        settled = missing.only(lambda uid, _: uid in self.elsewhere)
        run.tell(self.pair.source.name, messages=len(settled), size_bytes=settled.size_bytes)
        entries = run.journal.entries(row.id)
        if account.folder != self.pair.destination:
            there = open_again(account, self.pair.destination)
        return there, entries, missing.only(lambda uid, _: uid not in entries and uid not in settled)

    def _read_destination(self, asked: Verifying) -> tuple[Selected | None, Uids, list[Row]]:
        """Return the folder as opened, None when it cannot be, its UIDs, and the copies asked for."""
        account = self.lane.destination
        there = None
        try:
            there = account.selected(asked.opened, self.pair.destination)
        except Refused:
            self._leave_out("destination-refused")
        try:
            return there, *account.uids_with_rows(asked.searched, asked.sampled)
        except Refused:  # some servers refuse 1:* in an empty folder
            return there if there and not there.messages else None, Uids(), []

    def _as_verified(self, there: State, size_bytes: int, verdict: Verdict) -> Verified:
        assert self.here is not None
        return Verified(
            source=self.here,
            destination=there,
            size_bytes=size_bytes,
            removed=verdict.removed,
            elsewhere=len(self.elsewhere),
        )

    def _report(self, verdict: Verdict, size_bytes: int) -> None:
        run = self.lane.run
        copied = run.copied[self.pair.source.name]
        run.folders[self.pair.source.name] = FolderReport(
            source=self.pair.source_name,
            destination=self.pair.destination_name,
            messages=len(self.present) + self.unlisted,
            size_bytes=size_bytes,
            copied=copied,
            matched=max(0, verdict.known - copied - run.moved[self.pair.source.name]),
            present=verdict.present,
            removed=verdict.removed,
            moved=run.moved[self.pair.source.name],
            unmoved=run.unmoved[self.pair.source.name],
            reread=len(self.reread.equal),
            doubtful=self.doubtful,
            elsewhere=len(self.elsewhere),
            flags_changed=self.flags_changed,
        )


def report_unchanged(run: Run, pair: Pair, then: Verified) -> None:
    """Report a folder that is as it was when it was verified."""
    messages = then.source.messages - then.elsewhere
    run.tell_known(
        pair.source.name,
        messages=then.source.messages,
        size_bytes=then.size_bytes,
        folder=pair.source_name,
    )
    run.folders[pair.source.name] = FolderReport(
        source=pair.source_name,
        destination=pair.destination_name,
        messages=messages,
        size_bytes=then.size_bytes,
        matched=messages,
        present=messages,
        removed=then.removed,
        elsewhere=then.elsewhere,
    )

"""Append batches so that each message arrives once or is named: intent, append, confirm; a refused batch is bisected."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.errors import DestinationFull
from bot.mail.account import Account, Selected
from bot.mail.content import append_date, digest, glimpse
from bot.mail.journal import FolderRow, Intent, Journal
from bot.mail.plan import halves, keepable, system_only
from bot.mail.recognise import recover_intents
from bot.mail.stream import Body
from bot.mail.wire import Parcel, Refused
from bot.model import SkippedMessage

FULL: Final = "OVERQUOTA"


@dataclass(frozen=True, slots=True)
class Letter:
    """A source message on its way."""

    uid: int
    flags: frozenset[str]  # at the source; what the journal remembers
    internaldate: bytes
    parcel: Parcel  # as it is appended
    keywords_dropped: int

    @property
    def body(self) -> Body:
        """The bytes, as they came."""
        return self.parcel.body


def make_letter(
    uid: int, flags: frozenset[str], internaldate: bytes, body: Body, permanent: frozenset[str] | None
) -> Letter:
    """Return a message ready to append: only flags the destination keeps, its own date."""
    kept, dropped = keepable(flags, permanent)
    return Letter(uid, flags, internaldate, Parcel(kept, append_date(internaldate, body), body), dropped)


def skipped(folder: str, letter: Letter, code: str) -> SkippedMessage:
    """Return the report's line for a message the destination does not take."""
    sender, subject = glimpse(letter.body)
    return SkippedMessage(
        folder=folder,
        uid=letter.uid,
        date=letter.internaldate.decode("latin-1"),
        sender=sender,
        subject=subject,
        size_bytes=len(letter.body),
        code=code,
    )


@dataclass(slots=True)
class Delivery:
    """Appends the messages of one folder. Its counts grow as it works."""

    destination: Account
    journal: Journal
    folder: FolderRow
    selected: Selected
    uidnext: int  # no message appended from now on has a lower UID
    copied: int = 0
    copied_bytes: int = 0
    keywords_dropped: int = 0
    refused: list[tuple[Letter, str]] = field(default_factory=list)  # with the reason's code

    def deliver(self, batch: Sequence[Letter]) -> None:
        """Append a batch. When this returns every message is in the journal or in `refused`.

        Raises:
            DestinationFull: there is no room; what was stored is in the journal.
            DestinationUnreachable: the answer was lost; the intents tell the next pass where to look.
        """
        self.journal.intend(self.folder.id, [self._intent(letter) for letter in batch])
        self._append(batch)
        self.journal.forget_intents(self.folder.id)

    def _intent(self, letter: Letter) -> Intent:
        hashed, canonical_size = digest(letter.body)
        return Intent(
            uid=letter.uid,
            destination_validity=self.selected.uidvalidity,
            uidnext=self.uidnext,
            size=len(letter.body),
            canonical_size=canonical_size,
            digest=hashed,
            flags=letter.flags,
        )

    def _append(self, batch: Sequence[Letter]) -> None:
        if self.destination.has("MULTIAPPEND") and len(batch) > 1:
            self._append_together(batch)
        else:
            self._append_singly(batch)

    def _append_together(self, batch: Sequence[Letter]) -> None:
        parcels = [letter.parcel for letter in batch]
        try:
            uids = self.destination.append_multi(self.folder.destination, parcels)
        except Refused:
            # All or nothing (RFC 3502 section 3), but a look is cheap and a doubled message is not.
            for half in halves(self._not_there(batch)):
                if half:
                    self._append(half)
            return
        told: Sequence[int | None] = uids or [None] * len(batch)
        self._settle(list(zip(batch, told, strict=True)))

    def _append_singly(self, batch: Sequence[Letter]) -> None:
        outcomes = self.destination.append_each(self.folder.destination, [letter.parcel for letter in batch])
        stored: list[tuple[Letter, int | None]] = []
        refused: list[tuple[Letter, Refused]] = []
        for letter, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Refused):
                refused.append((letter, outcome))
            else:
                stored.append((letter, outcome))
        self._settle(stored)
        for letter, refusal in refused:
            self._refuse(letter, refusal)

    def _refuse(self, letter: Letter, refusal: Refused) -> None:
        if refusal.code == FULL:
            raise DestinationFull(address=self.destination.login.authorize_as or self.destination.login.user)
        plain = system_only(letter.parcel.flags)
        if len(plain) < len(letter.parcel.flags):
            dropped = letter.keywords_dropped + len(letter.parcel.flags) - len(plain)
            self._append_singly(
                [replace(letter, parcel=replace(letter.parcel, flags=plain), keywords_dropped=dropped)]
            )
            return
        code = f"rejected-{refusal.code.lower()}" if refusal.code else "rejected"
        self.refused.append((letter, code))

    def _settle(self, stored: Sequence[tuple[Letter, int | None]]) -> None:
        """Confirm what was stored; where the server told no UIDs (no UIDPLUS), they are looked up."""
        told = {letter.uid: uid for letter, uid in stored if uid is not None}
        if told:
            self.journal.confirm(self.folder.id, told)
            self.uidnext = max(self.uidnext, max(told.values()) + 1)
        if len(told) < len(stored):
            self._look()
        for letter, _ in stored:
            self._count(letter)

    def _not_there(self, batch: Sequence[Letter]) -> list[Letter]:
        found = self._look()
        for letter in batch:
            if letter.uid in found:
                self._count(letter)
        return [letter for letter in batch if letter.uid not in found]

    def _look(self) -> dict[int, int]:
        found = recover_intents(self.destination, self.journal, self.folder, self.selected.uidvalidity)
        self.uidnext = max([self.uidnext, *(uid + 1 for uid in found.values())])
        return found

    def _count(self, letter: Letter) -> None:
        self.copied += 1
        self.copied_bytes += len(letter.body)
        self.keywords_dropped += letter.keywords_dropped

"""Append batches so that each message arrives once or is named: intent, append, confirm; a refused batch is bisected.

While the answer to one batch is awaited the next one is sent. Its intents are on the disk before its first byte.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from bot.errors import DestinationFull
from bot.mail.account import Account, Selected
from bot.mail.content import append_date, digest, name_message
from bot.mail.journal import FolderRow, Intent, Journal
from bot.mail.plan import halves, keepable, system_only
from bot.mail.recognise import recover_intents
from bot.mail.run import Run
from bot.mail.state import Held
from bot.mail.stream import Body
from bot.mail.wire import Parcel, Refused
from bot.model import SkippedMessage

FULL: Final = "OVERQUOTA"
AHEAD: Final = 2  # batches on their way beside the one that is being sent


_keepable = lru_cache(maxsize=1000)(keepable)  # a folder has few different sets of flags


@dataclass(frozen=True, slots=True)
class Letter:
    """A source message on its way."""

    uid: int
    flags: frozenset[str]  # at the source; what the journal remembers
    internaldate: bytes
    parcel: Parcel  # as it is appended
    keywords_dropped: int
    digest: bytes  # canonical
    canonical_size: int
    gmail_id: int = 0  # X-GM-MSGID; 0 = not told

    @property
    def body(self) -> Body:
        """The bytes, as they came."""
        return self.parcel.body


def make_letter(
    uid: int, held: Held, internaldate: bytes, body: Body, permanent: frozenset[str] | None
) -> Letter:
    """Return a message ready to append: only flags the destination keeps, its own date."""
    kept, dropped = _keepable(held.flags, permanent)
    parcel = Parcel(kept, append_date(internaldate, body), body)
    return Letter(uid, held.flags, internaldate, parcel, dropped, *digest(body), held.gmail_id)


def skipped(folder: str, letter: Letter, code: str) -> SkippedMessage:
    """Return the report's line for a message the destination does not take."""
    return name_message(folder, letter.uid, letter.internaldate, letter.body, code)


@dataclass(slots=True)
class Delivery:
    """Appends the messages of one folder."""

    destination: Account
    run: Run
    folder: FolderRow
    selected: Selected
    uidnext: int  # no message appended from now on has a lower UID
    refused: list[tuple[Letter, str]] = field(default_factory=list)  # with the reason's code
    marked: list[int] = field(
        default_factory=list
    )  # source messages that were marked as read by being fetched
    _under_way: deque[tuple[Sequence[Letter], list[bytes]]] = field(default_factory=deque)  # with their tags

    @property
    def journal(self) -> Journal:
        """What was copied."""
        return self.run.journal

    def deliver(self, batch: Sequence[Letter]) -> None:
        """Append a batch; its outcome may be known only after `flush`.

        Raises:
            DestinationFull: there is no room; what was stored is in the journal.
            DestinationUnreachable: the answer was lost; the intents tell the next pass where to look.
        """
        self.journal.intend(self.folder.id, [self._intent(letter) for letter in batch])
        if not self.destination.sends_ahead:
            self._append(batch)
            self._forget(batch)
            return
        parcels = [letter.parcel for letter in batch]
        self._under_way.append((batch, self.destination.start_append(self.folder.destination, parcels)))
        while len(self._under_way) > AHEAD:
            self._take_answer()

    def flush(self) -> None:
        """Await all answers. When this returns every message delivered is in the journal or in `refused`. Raises as deliver."""
        while self._under_way:
            self._take_answer()

    def _take_answer(self) -> None:
        batch, tags = self._under_way.popleft()
        try:
            outcomes = self.destination.finish_append(tags, len(batch))
        except Refused:
            self.flush()  # so that nothing is on its way while we look
            self._append_halves(batch)
        else:
            self._take_outcomes(batch, outcomes)
        self._forget(batch)

    def _forget(self, batch: Sequence[Letter]) -> None:
        """Drop the intents of refused messages; those of stored ones are gone."""
        refused = {letter.uid for letter, _ in self.refused}
        if left := [letter.uid for letter in batch if letter.uid in refused]:
            self.journal.forget_intents(self.folder.id, left)

    def _intent(self, letter: Letter) -> Intent:
        return Intent(
            uid=letter.uid,
            destination_validity=self.selected.uidvalidity,
            uidnext=self.uidnext,
            size=len(letter.body),
            canonical_size=letter.canonical_size,
            digest=letter.digest,
            flags=letter.flags,
            gmail_id=letter.gmail_id,
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
            self._append_halves(batch)
            return
        told: Sequence[int | None] = uids or [None] * len(batch)
        self._settle(list(zip(batch, told, strict=True)))

    def _append_halves(self, batch: Sequence[Letter]) -> None:
        # All or nothing (RFC 3502 section 3), but a look is cheap and a doubled message is not.
        for half in halves(self._not_there(batch)):
            if half:
                self._append(half)

    def _append_singly(self, batch: Sequence[Letter]) -> None:
        parcels = [letter.parcel for letter in batch]
        self._take_outcomes(batch, self.destination.append_each(self.folder.destination, parcels))

    def _take_outcomes(self, batch: Sequence[Letter], outcomes: Sequence[int | Refused | None]) -> None:
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
        if (asked := self.destination.asked_to_wait(refusal)) is not None:
            raise asked
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
            self.flush()  # what is on its way has intents too
            self._look()
        self._count([letter for letter, _ in stored])

    def _not_there(self, batch: Sequence[Letter]) -> list[Letter]:
        """Return those of a refused batch that are not at the destination: whose intent a look leaves standing."""
        self._look()
        standing = {intent.uid for intent in self.journal.intents(self.folder.id)}
        self._count([letter for letter in batch if letter.uid not in standing])
        return [letter for letter in batch if letter.uid in standing]

    def _look(self) -> None:
        found = recover_intents(self.destination, self.journal, self.folder, self.selected.uidvalidity)
        self.uidnext = max([self.uidnext, *(uid + 1 for uid in found.values())])

    def _count(self, stored: Sequence[Letter]) -> None:
        if not stored:
            return
        size = sum(len(letter.body) for letter in stored)
        self.run.tell(self.folder.source, messages=len(stored), size_bytes=size)
        dropped = sum(letter.keywords_dropped for letter in stored)
        self.run.count(self.folder.source, copied=len(stored), copied_bytes=size, keywords_dropped=dropped)

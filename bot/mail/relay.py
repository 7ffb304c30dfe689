"""Copies that are at the destination already, brought into another of its folders by the server itself.

By UID COPY, or UID MOVE (RFC 6851), as safe as an APPEND: the intent stands in the journal of the folder they go to
before the command is sent, so that what is not confirmed is found there again by its bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.mail.account import Account, Selected
from bot.mail.answers import read_number
from bot.mail.journal import FolderRow, Intent, Journal
from bot.mail.pairing import Placed
from bot.mail.recognise import recover_intents
from bot.mail.uids import UID_MAX, parse_uid_set, uid_sets
from bot.mail.wire import Refused, Token
from bot.net import failure

TOGETHER: Final = 1_000  # messages that one command brings


@dataclass(frozen=True, slots=True)
class Fare:
    """A message whose copy is to be brought."""

    was: Placed  # where its copy is
    size_bytes: int  # at the source
    gmail_id: int = 0


@dataclass(slots=True)
class Brought:
    """What became of the copies, by source UID."""

    there: dict[int, int] = field(default_factory=dict)  # brought: their UIDs in the folder they are in now
    gone: list[int] = field(
        default_factory=list
    )  # no longer where they were put: the user moved or deleted them
    left: list[int] = field(default_factory=list)  # where they were


@dataclass(slots=True)
class Relay:
    """Brings copies into one folder. Afterwards the destination has any folder open, or none."""

    destination: Account
    journal: Journal
    folder: FolderRow  # the source folder they are in, whose destination they go to
    uidnext: int  # no copy brought from now on has a lower UID there

    def bring(self, origin: FolderRow, fares: Mapping[int, Fare], *, move: bool | None) -> Brought:
        """Bring copies from one folder of the destination.

        Args:
            origin: whose destination the copies are in.
            fares: by source UID; each with the UID of its copy and a digest.
            move: True = UID MOVE, what is known in the old folder is forgotten; False = UID COPY; None = only look.

        Returns:
            What became of them. All are left when the folder cannot be opened, or is another one now (UIDVALIDITY).
        """
        brought = Brought()
        copies = {fare.was.destination_uid: uid for uid, fare in fares.items() if fare.was.destination_uid}
        brought.gone = [uid for uid, fare in fares.items() if not fare.was.destination_uid]
        sizes = self._look(origin, copies, readonly=not move)
        if sizes is None:
            brought.left = list(copies.values())
            return brought
        brought.gone += [uid for copy, uid in copies.items() if copy not in sizes]
        if move is None:
            brought.left = [uid for copy, uid in copies.items() if copy in sizes]
            return brought
        for uid_set in uid_sets(sizes, messages=min(self.destination.message_limit or UID_MAX, TOGETHER)):
            wanted = {copy: copies[copy] for copy in parse_uid_set(uid_set) or ()}
            self._intend(fares, wanted, sizes, move=move)
            told = self._send(b"UID MOVE" if move else b"UID COPY", uid_set)
            found = self._confirm(origin, wanted, told, readonly=not move)
            brought.there.update(found)
            brought.left += [uid for uid in wanted.values() if uid not in found]
        return brought

    def _look(self, origin: FolderRow, copies: Mapping[int, int], *, readonly: bool) -> dict[int, int] | None:
        """Open the folder the copies are in; return the sizes of those that are there, None when it is not the same."""
        try:
            opened = self.destination.select(origin.destination, readonly=readonly)
            if opened.uidvalidity != origin.destination_validity:
                return None
            rows = self.destination.fetch_rows(copies, b"UID RFC822.SIZE")
            sizes = {int(row[b"UID"]): read_number([row.get(b"RFC822.SIZE")]) for row in rows}
        except Refused:
            return None
        return {uid: size for uid, size in sizes.items() if uid in copies}

    def _intend(
        self, fares: Mapping[int, Fare], wanted: Mapping[int, int], sizes: Mapping[int, int], *, move: bool
    ) -> None:
        intents = [
            Intent(
                uid=uid,
                destination_validity=self.folder.destination_validity,
                uidnext=self.uidnext,
                size=fares[uid].size_bytes,
                canonical_size=sizes[copy],
                digest=fares[uid].was.digest or b"",
                flags=fares[uid].was.flags,
                gmail_id=fares[uid].gmail_id,
            )
            for copy, uid in wanted.items()
        ]
        self.journal.intend(
            self.folder.id, intents, {uid: fares[uid].was for uid in wanted.values()} if move else {}
        )

    def _send(self, verb: bytes, uid_set: bytes) -> dict[int, int]:
        """Return the UIDs of what was brought, by UID before, as far as the server tells (COPYUID, RFC 4315 section 3)."""
        try:
            told = self.destination.relay(verb, uid_set, self.folder.destination)
        except Refused:
            return {}
        return read_copyuid(told, self.folder.destination_validity)

    def _confirm(
        self, origin: FolderRow, wanted: Mapping[int, int], told: Mapping[int, int], *, readonly: bool
    ) -> dict[int, int]:
        """Confirm what was brought, and return it; what the server does not tell is looked for, the rest forgotten."""
        found = {uid: told[copy] for copy, uid in wanted.items() if copy in told}
        if found:
            self.journal.confirm(self.folder.id, found)
        if len(found) < len(wanted):
            found |= self._search()
            self.journal.forget_intents(self.folder.id, [uid for uid in wanted.values() if uid not in found])
            open_again(self.destination, origin.destination, readonly=readonly)
        self.uidnext = max([self.uidnext, *(uid + 1 for uid in found.values())])
        return found

    def _search(self) -> dict[int, int]:
        there = open_again(self.destination, self.folder.destination, readonly=True)
        return recover_intents(self.destination, self.journal, self.folder, there.uidvalidity)


def open_again(destination: Account, folder: bytes, *, readonly: bool = False) -> Selected:
    """Open a folder that could be opened before. Raises DestinationBroken: now it cannot."""
    try:
        return destination.select(folder, readonly=readonly)
    except Refused:
        endpoint = destination.login.endpoint
        raise failure("destination", "broken", endpoint, what="a folder that cannot be opened") from None


def read_copyuid(codes: Sequence[Sequence[Token]], validity: int) -> dict[int, int]:
    """Return the pairs of a COPYUID code (old UID -> new UID), none when there is none that can be read. Pure."""
    for code in codes:
        if len(code) != 4 or not all(isinstance(word, bytes) for word in code):
            continue
        if code[0].upper() == b"COPYUID" and read_number(code[1:]) == validity:
            old, new = (parse_uid_set(text, limit=TOGETHER) for text in code[2:])
            if old and new and len(old) == len(new) == len(set(old)) == len(set(new)):
                return dict(zip(old, new, strict=True))
    return {}

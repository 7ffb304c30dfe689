"""Find messages again that are at the destination already: by another hand, after a crash, after a change of UIDVALIDITY."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from bot.mail.account import Account
from bot.mail.answers import read_number
from bot.mail.content import digest
from bot.mail.folders import Server
from bot.mail.journal import FolderRow, Intent, Journal
from bot.mail.plan import Light, pair_by_digest, plan_match
from bot.mail.stream import Body, Spool
from bot.mail.uids import UidMap

LIGHT: Final = b"UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)]"
FIELD: Final = re.compile(rb"^(message-id|date):(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)


def fetch_digests(account: Account, uids: Iterable[int]) -> dict[int, bytes]:
    """Return the canonical digests of messages of the selected folder; those that are gone are left out."""
    return dict(_digests(account, uids))


@dataclass(frozen=True, slots=True)
class Recognised:
    """Messages at the destination that are the source's, and no copies of ours."""

    pairs: Mapping[int, int]  # source UID -> destination UID
    digests: Mapping[int, bytes]  # of those source messages that were read to find out
    doubtful: int = 0  # whose like is there, but not they: they are copied


def match_unclaimed(
    source: Account, destination: Account, uids: Iterable[int], free: Iterable[int], *, closely: bool = False
) -> Recognised:
    """Return which messages are at the destination already though we did not bring them.

    Args:
        source: the account with the folder selected.
        destination: the account with the folder selected.
        uids: source UIDs the journal does not know.
        free: destination UIDs that are no copies of known messages.
        closely: all of a message counts, but for blanks in the header. For drafts, which are saved anew under the same
            Message-ID, Date and perhaps size; and for a folder that was compared before, where little is new.
    """
    matching = plan_match(_lights(source, uids), _lights(destination, free))
    certain = _alike(source, destination, matching.pairs) if closely else matching.pairs
    found: dict[int, int] = {}
    digests: dict[int, bytes] = {}
    doubtful = len(matching.pairs) - len(certain)
    for here_uids, there_uids in matching.doubtful:
        here = fetch_digests(source, here_uids)
        pairs = pair_by_digest(here, fetch_digests(destination, there_uids))
        doubtful += min(len(here_uids), len(there_uids)) - len(pairs)
        found.update(pairs)
        digests.update(here)
    if not found:
        return Recognised(certain, digests, doubtful)
    return Recognised(UidMap(chain(certain.items(), found.items())), digests, doubtful)


def _alike(source: Account, destination: Account, pairs: UidMap) -> UidMap:
    """Return the pairs that say the same; blanks in the header aside, which some servers rewrite."""
    if not pairs:
        return pairs
    here = {uid: _essence(body) for uid, body in _bodies(source, pairs)}
    there = {uid: _essence(body) for uid, body in _bodies(destination, pairs.values())}
    return UidMap((uid, copy) for uid, copy in pairs.items() if here.get(uid, b"") == there.get(copy))


def _essence(body: Body) -> bytes:
    if isinstance(body, Spool):
        return digest(body)[0]
    head, *text = re.split(rb"\r?\n\r?\n", body, maxsplit=1)
    return digest(b"\r\n\r\n".join([b" ".join(head.split()), *text]))[0]


def recover_intents(
    destination: Account, journal: Journal, folder: FolderRow, validity: int
) -> dict[int, int]:
    """Look at the destination for what was sent and not confirmed, and confirm what is there: source UID -> UID.

    Never by number or place: new mail may have arrived meanwhile. By size, then by digest, above the recorded UIDNEXT.
    """
    intents = journal.intents(folder.id)
    if not intents:
        return {}
    same = all(intent.destination_validity == validity for intent in intents)
    first = min(intent.uidnext for intent in intents) if same else 1
    claimed = journal.claimed(folder.destination)
    destination.noop()
    candidates = [uid for uid in destination.uids_from(first) if uid not in claimed]
    likely = _of_size(destination, candidates, intents)
    wanted = {intent.uid: intent.digest for intent in intents}
    found = pair_by_digest(wanted, fetch_digests(destination, likely))
    journal.confirm(folder.id, found)
    return found


def follow_source(
    source: Account, journal: Journal, folder: FolderRow, validity: int, uids: Iterable[int]
) -> None:
    """Carry a folder's journal over to the source's new UIDs (RFC 9051 section 2.3.1.1), by digest.

    Messages without a digest in the journal are matched again like unknown ones, by the caller.
    """
    pairs = journal.pair_digests(folder.id, _digests(source, uids)) if journal.count(folder.source) else {}
    journal.renumber_source(folder.id, validity, pairs)


def made_anew(known: Mapping[bytes, int], now: Server) -> bool:
    """Return True when the destination is another account than the one we copied to: deleted and made again. Pure.

    Nobody can delete INBOX (RFC 9051 section 6.3.5): a user who empties the mailbox leaves at least its UIDVALIDITY.

    Args:
        known: UIDVALIDITY of the folders there that an earlier pass looked into, INBOX among them.
        now: the account with its states.
    """
    then = known.get(b"INBOX")
    states = {item.name: item.state for item in now.folders}
    inbox = states.get(b"INBOX")
    return then is not None and inbox is not None and inbox.uidvalidity not in (0, then)


def follow_destination(destination: Account, journal: Journal, folder: FolderRow, validity: int) -> None:
    """Carry a folder's journal over to the destination's new UIDs; a copy not found again was removed by the user.

    Every known message has its digest noted (see reread.note_digests).
    """
    known = journal.count(folder.source)
    pairs = journal.pair_digests(folder.id, _digests(destination, destination.uids_from(1))) if known else {}
    journal.renumber_destination(folder.id, validity, pairs)


def _digests(account: Account, uids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    return ((uid, digest(body)[0]) for uid, body in _bodies(account, uids))


def _bodies(account: Account, uids: Iterable[int]) -> Iterator[tuple[int, Body]]:
    for row in account.fetch_rows(uids, b"UID BODY.PEEK[]"):
        body = row.get(b"BODY[]")
        if isinstance(body, (bytes, Spool)):
            yield int(row[b"UID"]), body


def _lights(account: Account, uids: Iterable[int]) -> Iterator[Light]:
    return (light for row in account.fetch_rows(uids, LIGHT) if (light := parse_light(row)) is not None)


def parse_light(row: dict[bytes, object]) -> Light | None:
    """Return the light headers of a FETCH answer, None when it has none (somebody else's news)."""
    header = next((value for key, value in row.items() if key.startswith(b"BODY[HEADER")), None)
    size = row.get(b"RFC822.SIZE")
    uid = row.get(b"UID")
    if not isinstance(header, bytes) or not isinstance(uid, bytes):
        return None
    fields = {found[1].lower(): b" ".join(found[2].split()) for found in FIELD.finditer(header)}
    return Light(int(uid), fields.get(b"message-id", b""), fields.get(b"date", b""), read_number([size]))


def _of_size(destination: Account, uids: Iterable[int], intents: Iterable[Intent]) -> list[int]:
    """Return the UIDs whose size is that of an intent, as sent or with line ends made canonical."""
    sizes = {size for intent in intents for size in (intent.size, intent.canonical_size)}
    rows = destination.fetch_rows(uids, b"UID RFC822.SIZE")
    return [int(row[b"UID"]) for row in rows if read_number([row.get(b"RFC822.SIZE")]) in sizes]

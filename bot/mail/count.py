"""What is in an account and what would fit: looked at before anything is copied. Changes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from bot.mail.account import Account, open_account
from bot.mail.answers import read_number
from bot.mail.content import name_message
from bot.mail.folders import Listed
from bot.mail.names import decode_name
from bot.mail.wire import Refused
from bot.model import AccountCount, Login, SkippedMessage
from bot.net import AddressPolicy, Side

TOGETHER: Final = 50  # folders asked for in one go
MOST_NAMED: Final = 20  # of the messages that are too large; the report names them all
HEADER: Final = b"UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"


def count(
    login: Login, policy: AddressPolicy | None, side: Side, larger_than: int | None = None
) -> AccountCount:
    """Log in and count folders, messages and bytes; change nothing. Raises what open_account raises.

    Args:
        login: the account.
        policy: see open_account.
        side: whose server it is.
        larger_than: count the messages above so many bytes, too: those the destination would not take.
    """
    with open_account(login, side, policy) as account:
        folders = [
            item
            for item in account.overview(status=True, quota=side == "destination").folders
            if item.selectable
        ]
        large = {} if larger_than is None else _larger(account, folders, larger_than)
        return AccountCount(
            folders=len(folders),
            messages=sum(item.messages or 0 for item in folders),
            size_bytes=size_of(account, folders),
            quota_free_bytes=account.free_bytes,
            append_limit_bytes=account.append_limit,
            too_large=None if larger_than is None else sum(map(len, large.values())),
            too_large_named=tuple(_named(account, large)),
        )


def size_of(account: Account, folders: Iterable[Listed]) -> int:
    """Return the bytes of all messages; for servers without STATUS=SIZE (RFC 8438) every message is asked for."""
    if account.has("STATUS=SIZE"):
        return sum(item.size_bytes or 0 for item in folders)
    return sum(_weighed(account, folders))


def _weighed(account: Account, folders: Iterable[Listed]) -> Iterator[int]:
    for item in folders:
        if not item.messages:
            continue
        try:
            account.select(item.name, readonly=True)
            for row in account.all_rows(account.start_fetch(b"1:*", b"UID RFC822.SIZE"), b"UID RFC822.SIZE"):
                yield read_number([row.get(b"RFC822.SIZE")])
        except Refused:
            continue


def _larger(account: Account, folders: Sequence[Listed], size_bytes: int) -> dict[bytes, list[int]]:
    """Return the UIDs of larger messages by folder; folders that cannot be searched count as having none."""
    full = [item for item in folders if item.messages]
    found: dict[bytes, list[int]] = {}
    for start in range(0, len(full), TOGETHER):
        asked = [
            (item, account.start_select(item.name, readonly=True), account.start_larger(size_bytes))
            for item in full[start : start + TOGETHER]
        ]
        for item, opened, searched in asked:
            try:
                account.selected(opened, item.name)
            except Refused:
                account.settle([searched])
                continue
            if uids := account.hits(searched):
                found[item.name] = uids
    return found


def _named(account: Account, large: Mapping[bytes, list[int]]) -> Iterator[SkippedMessage]:
    """Yield the first few of them as a person finds them again: folder, day, sender, subject."""
    left = MOST_NAMED
    for folder, uids in large.items():
        if left <= 0:
            return
        try:
            account.select(folder, readonly=True)
            rows = list(account.fetch_rows(uids[:left], HEADER))
        except Refused:
            continue
        left -= len(rows)
        for row in rows:
            date, header = (
                row.get(b"INTERNALDATE"),
                next((row[key] for key in row if key[:5] == b"BODY["), b""),
            )
            yield name_message(
                decode_name(folder),
                int(row[b"UID"]),
                date if isinstance(date, bytes) else b"",
                header if isinstance(header, bytes) else b"",
                "too-big",
                size_bytes=read_number([row.get(b"RFC822.SIZE")]),
            )

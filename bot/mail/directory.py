"""The folders of one logged-in account: listed, opened, made, subscribed."""

from dataclasses import dataclass
from typing import Final

from bot.mail.answers import (
    add_kolab,
    add_status,
    flag_set,
    is_code,
    read_identity,
    read_listed,
    read_namespaces,
    read_number,
    read_quota,
)
from bot.mail.folders import Listed, Server
from bot.mail.nonmail import KOLAB_TYPE, kind_of, may_be_kolab
from bot.mail.session import Session
from bot.mail.state import State
from bot.mail.stream import Broken
from bot.mail.wire import Refused, Reply, astring

FOLDERS: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected(State):
    """A folder as SELECT or EXAMINE showed it. UIDNEXT is 1 when the server did not tell (Courier)."""

    permanent_flags: frozenset[str] | None  # None = not told: every flag is kept (RFC 9051 section 7.1)


class Directory(Session):
    """An account's folders. Its methods raise the errors of its side, or Refused for a NO that the caller may handle."""

    free_bytes: int | None = None  # that it still takes, as an overview with `quota` told; None = not told

    def overview(self, *, status: bool = False, quota: bool = False) -> Server:
        """Return every folder and where folders live; with `status` also each one's State, and its bytes if told.

        One round trip where the server has LIST-STATUS (RFC 5819) and LIST-EXTENDED; else LSUB and STATUS, sent ahead.
        """
        with self.telling():
            listing = self._wire.start(b'LIST "" "*"' + self._return_options(status=status))
            others = [] if self.has("LIST-EXTENDED") else [self._wire.start(b'LSUB "" "*"')]
            others += [self._wire.start(b"NAMESPACE")] if self.has("NAMESPACE") else []
            others += [self._wire.start(b"ID NIL")] if self.has("ID") and self.side == "source" else []
            if self.side == "source" and self.has("METADATA") and may_be_kolab(self.greeting):
                others.append(self._wire.start(b'GETMETADATA "*" (' + KOLAB_TYPE + b")"))
            if quota and self.has("QUOTA"):
                others.append(self._wire.start(b'GETQUOTAROOT "INBOX"'))
            reply = self._wire.finish_all([listing, *others])
            if (refusal := reply.refusals.get(listing)) is not None:
                raise self.asked_to_wait(refusal) or Broken("no list of folders")
            found = add_kolab(self._read_folders(reply), reply)
            self.free_bytes = read_quota(reply)
            if status:
                found = self._with_missing_status(add_status(found, reply))
        return Server(
            folders=tuple(found.values()),
            namespaces=read_namespaces(reply),
            kind=kind_of(self.greeting, read_identity(reply)),
        )

    def folders(self, *, status: bool = False) -> list[Listed]:
        """Return every folder; see overview."""
        return list(self.overview(status=status).folders)

    def select(self, folder: bytes, *, readonly: bool = False) -> Selected:
        """Open a folder, with EXAMINE when only reading.

        Raises:
            Refused: there is no such folder, or it cannot be opened.
        """
        return self.selected(self.start_select(folder, readonly=readonly, modseq=False), folder)

    def start_select(self, folder: bytes, *, readonly: bool = False, modseq: bool = True) -> bytes:
        """Send a SELECT ahead, or EXAMINE; `selected` reads its answer before anything is read of what was sent after."""
        with self.telling():
            verb = b"EXAMINE " if readonly else b"SELECT "
            return self._wire.start(
                verb, astring(folder), b" (CONDSTORE)" if modseq and self.has("CONDSTORE") else b""
            )

    def selected(self, tag: bytes, folder: bytes) -> Selected:
        """Return the answer of a SELECT sent ahead. Raises Refused; then no folder is open (RFC 9051 section 6.3.2)."""
        with self.telling():
            self.folder = None
            reply = self._wire.finish(tag)
        self.folder = folder
        self._client._imap.state = "SELECTED"  # noqa: SLF001  imaplib checks it before IDLE
        told = {item.data[0].upper(): item.data[1:] for item in reply.of(b"OK") if is_code(item.data)}
        exists = next((item.number or 0 for item in reply.of(b"EXISTS")), 0)
        permanent = told.get(b"PERMANENTFLAGS")
        return Selected(
            uidvalidity=read_number(told.get(b"UIDVALIDITY")),
            uidnext=read_number(told.get(b"UIDNEXT")) or 1,
            messages=exists,
            modseq=read_number(told.get(b"HIGHESTMODSEQ")),
            permanent_flags=flag_set(permanent[0]) if permanent and isinstance(permanent[0], list) else None,
        )

    def create(self, folder: bytes) -> None:
        """Make a folder; one that is there already is fine.

        Raises:
            Refused: it cannot be made.
        """
        with self.telling():
            try:
                self._wire.call(b"CREATE ", astring(folder))
            except Refused as refusal:
                if refusal.code != "ALREADYEXISTS":
                    raise

    def start_create(self, folder: bytes) -> bytes:
        """Send a CREATE ahead; `settle` reads its end."""
        with self.telling():
            return self._wire.start(b"CREATE ", astring(folder))

    def subscribe(self, folder: bytes) -> None:
        """Subscribe to a folder. Raises Refused."""
        with self.telling():
            self._wire.call(b"SUBSCRIBE ", astring(folder))

    def start_subscribe(self, folder: bytes) -> bytes:
        """Send a SUBSCRIBE ahead; `settle` reads its end."""
        with self.telling():
            return self._wire.start(b"SUBSCRIBE ", astring(folder))

    def start_status(self, folder: bytes) -> bytes:
        """Have the server look into a folder that is not selected; `settle` reads its end."""
        with self.telling():
            return self._wire.start(b"STATUS ", astring(folder), b" (UIDNEXT)")

    def special_folder(self, role: str) -> bytes | None:
        """Return the folder of a special use ("sent", "trash", …), None when the server names none (RFC 6154)."""
        return next((item.name for item in self.folders() if role in item.attributes), None)

    # ── folders, in detail ────────────────────────────────────────────────────────────────────────────────────

    def _return_options(self, *, status: bool) -> bytes:
        if not self.has("LIST-EXTENDED"):
            return b""
        wanted = [b"SUBSCRIBED"] + ([b"SPECIAL-USE"] if self.has("SPECIAL-USE") else [])
        if status and self.has("LIST-STATUS"):
            wanted.append(b"STATUS " + self._status_items())
        return b" RETURN (" + b" ".join(wanted) + b")"

    def _read_folders(self, reply: Reply) -> dict[bytes, Listed]:
        found = {item.name: item for item in map(read_listed, reply.of(b"LIST")) if item is not None}
        if len(found) > FOLDERS:
            raise Broken("too many folders")
        if self.has("LIST-EXTENDED"):
            return found
        subscribed = {item.name for item in map(read_listed, reply.of(b"LSUB")) if item is not None}
        return {name: item.with_subscription(name in subscribed) for name, item in found.items()}

    def _status_items(self) -> bytes:
        wanted = [b"MESSAGES UIDNEXT UIDVALIDITY"]
        wanted += [b"HIGHESTMODSEQ"] if self.has("CONDSTORE") else []
        wanted += [b"SIZE"] if self.has("STATUS=SIZE") else []
        return b"(" + b" ".join(wanted) + b")"

    def _with_missing_status(self, found: dict[bytes, Listed]) -> dict[bytes, Listed]:
        missing = [item.name for item in found.values() if item.selectable and item.messages is None]
        for start in range(0, len(missing), 50):
            names = missing[start : start + 50]
            tags = [self._wire.start(b"STATUS ", astring(name), b" ", self._status_items()) for name in names]
            for tag in tags:
                try:
                    found = add_status(found, self._wire.finish(tag))
                except Refused:
                    continue  # one folder that cannot be looked into; the pass names it
        return found

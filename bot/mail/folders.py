"""The folders of one account as its server lists them: hierarchy, namespaces, special use. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from bot.mail.names import decode_name
from bot.mail.nonmail import Kind, is_shared_root, name_non_mail
from bot.mail.roles import ROLES, is_weak, role_of_word
from bot.mail.state import State

VIRTUAL: Final = (
    "flagged",
    "important",
    "all",
)  # special uses of which the mail may lie in other folders too
Path = tuple[str, ...]  # of a folder below the account's prefix; ("INBOX",) is INBOX


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A folder as a server lists it. The raw name is what SELECT wants; text is for people."""

    name: bytes
    delimiter: str | None = None
    attributes: frozenset[str] = frozenset()  # lower case, without backslash
    subscribed: bool = False
    state: State | None = None  # None = not asked
    size_bytes: int | None = None  # None = not asked, or the server cannot say
    holds: str = ""  # reason code of what it holds in place of mail, where the server says so

    @property
    def selectable(self) -> bool:
        """True when the folder can hold messages."""
        return not self.attributes & {"noselect", "nonexistent"}

    @property
    def inbox(self) -> bool:
        """True for INBOX, in whatever case (RFC 9051 section 5.1)."""
        return self.name.upper() == b"INBOX"

    def with_subscription(self, subscribed: bool) -> "Listed":
        """Return this folder with its subscription known."""
        return replace(self, subscribed=subscribed)

    @property
    def messages(self) -> int | None:
        """How many messages it holds; None = not asked."""
        return None if self.state is None else self.state.messages

    def with_status(self, state: State, *, size_bytes: int | None) -> "Listed":
        """Return this folder with its counts known."""
        return replace(self, state=state, size_bytes=size_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespaces:
    """Where an account's own folders live (RFC 2342)."""

    prefix: bytes = b""  # where new folders go: "INBOX." at Courier and cPanel
    delimiter: str | None = None  # None = flat, or not told
    own: tuple[bytes, ...] = ()  # every prefix of one's own folders, `prefix` among them
    foreign: tuple[
        bytes, ...
    ] = ()  # prefixes of other users' and shared folders; "" = whatever is not one's own
    told: bool = False  # False = the server has no NAMESPACE


@dataclass(frozen=True, kw_only=True)
class Server:
    """The folders of one account and how their names are built."""

    folders: Sequence[Listed]
    namespaces: Namespaces = Namespaces()
    kind: Kind = ""
    exact_case: bool = False  # True = it was seen that "Work" and "work" are two folders here

    @cached_property
    def delimiter(self) -> str | None:
        """The hierarchy delimiter, as NAMESPACE or else LIST tells it."""
        told = self.namespaces.delimiter
        return told or next((item.delimiter for item in self.folders if item.delimiter), None)

    @cached_property
    def prefix(self) -> bytes:
        """What every folder of one's own but INBOX begins with; guessed when NAMESPACE is missing."""
        if self.namespaces.told or not self.delimiter:
            return self.namespaces.prefix
        usual = b"INBOX" + self.delimiter.encode("latin-1", "replace")
        others = [
            item.name for item in self.folders if not (item.inbox or _looks_shared(item.name, self.delimiter))
        ]
        return usual if others and all(name.upper().startswith(usual) for name in others) else b""

    @cached_property
    def by_name(self) -> Mapping[bytes, Listed]:
        """The folders by raw name."""
        return {item.name: item for item in self.folders}

    @cached_property
    def named_roles(self) -> frozenset[str]:
        """The special uses that the server itself names."""
        return frozenset(role for item in self.folders for role in ROLES if role in item.attributes)

    @cached_property
    def non_mail(self) -> Mapping[str, str]:
        """Top-level folders that hold no mail: reason code by name."""
        return name_non_mail(self.kind, {path_of(item, self)[0] for item in self.folders if not item.inbox})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One source folder and where its messages go."""

    source: Listed
    destination: bytes  # raw name
    source_name: str  # for people
    destination_name: str
    create: bool  # it is not there yet


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderMap:
    """What becomes of every source folder: it is in `pairs` or in `skipped`."""

    pairs: tuple[Pair, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()  # (source name, reason code)
    renamed: tuple[tuple[str, str], ...] = ()  # (source name, destination name) where the words had to change


def role_of(item: Listed, server: Server) -> str | None:
    """Return a folder's special use: by attribute, else a top-level folder's by its customary name."""
    for role in (*ROLES, *VIRTUAL):
        if role in item.attributes:
            return role
    path = path_of(item, server)
    by_word = role_of_word(path[0]) if len(path) == 1 and not item.inbox else None
    return None if by_word in server.named_roles and is_weak(path[0]) else by_word


def path_of(item: Listed, server: Server) -> Path:
    """Return a folder's path below the prefix, as text; ("INBOX",) for INBOX."""
    if item.inbox:
        return ("INBOX",)
    raw = item.name
    prefix = server.prefix
    if prefix and raw.upper().startswith(prefix.upper()):
        raw = raw[len(prefix) :]
    parts = split_raw(raw, item.delimiter or server.delimiter)
    path = tuple(decode_name(part) for part in parts if part) or (decode_name(item.name),)
    return _inbox_first(path) if len(path) > 1 else path


def split_raw(raw: bytes, delimiter: str | None) -> list[bytes]:
    """Return the parts of a raw name."""
    return raw.split(delimiter.encode("latin-1", "replace")) if delimiter else [raw]


def is_foreign(item: Listed, server: Server) -> bool:
    """Return True for a folder of somebody else, or of everybody."""
    if item.inbox:
        return False
    spaces = server.namespaces
    if any(prefix and item.name.startswith(prefix) for prefix in spaces.foreign):
        return True
    if spaces.told:
        own = spaces.own or (spaces.prefix,)
        return b"" in spaces.foreign and not any(item.name.startswith(prefix) for prefix in own)
    root = split_raw(item.name, item.delimiter)[0]
    listed = server.by_name.get(root)
    return _looks_shared(item.name, item.delimiter) and (listed is None or not listed.selectable)


def find(text: str, server: Server) -> Listed | None:
    """Return the folder that people call so: with the server's delimiter or "/", with or without its prefix."""
    wanted = _alike((text,))
    exact = (item for item in server.folders if _alike((decode_name(item.name),)) == wanted)
    meant = [_alike(path) for path in paths_meant(text, server)]
    return next(exact, None) or next(
        (item for item in server.folders if _alike(path_of(item, server)) in meant), None
    )


def paths_meant(text: str, server: Server) -> list[Path]:
    """Return the paths that a name given by a person may stand for, the likeliest first."""
    lead = tuple(part.upper() for part in decode_name(server.prefix).split(server.delimiter or "\0") if part)
    found = []
    for delimiter in ("/", server.delimiter):
        path = tuple(part for part in text.split(delimiter) if part) if delimiter else (text,)
        if lead and len(path) > len(lead) and tuple(part.upper() for part in path[: len(lead)]) == lead:
            path = path[len(lead) :]
        if len(path) > 1 or "/" not in text or delimiter != "/":
            found.append(_inbox_first(path))
    return list(dict.fromkeys(path for path in found if path))


def _inbox_first(path: Path) -> Path:
    return ("INBOX", *path[1:]) if path and path[0].upper() == "INBOX" else path


def _alike(path: Path) -> Path:
    """Return a path as names are compared: case matters, but in INBOX; Unicode normal form does not."""
    return _inbox_first(tuple(unicodedata.normalize("NFC", part) for part in path))


def _looks_shared(raw: bytes, delimiter: str | None) -> bool:
    parts = split_raw(raw, delimiter)
    return len(parts) > 1 and is_shared_root(decode_name(parts[0]))

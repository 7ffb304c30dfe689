"""Which source folder goes into which destination folder: hierarchy, special use, odd names. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from bot.mail.names import decode_name, encode_name, role_of_word
from bot.mail.state import State
from bot.model import PassOptions

ROLES: Final = ("sent", "trash", "drafts", "junk", "archive")  # that are mapped from server to server
ROLE_NAMES: Final = {
    "sent": "Sent",
    "trash": "Trash",
    "drafts": "Drafts",
    "junk": "Junk",
    "archive": "Archive",
}
DEPTH: Final = 20
SEGMENT_BYTES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A folder as a server lists it. The raw name is what SELECT wants; text is for people."""

    name: bytes
    delimiter: str | None = None
    attributes: frozenset[str] = frozenset()  # lower case, without backslash
    subscribed: bool = False
    state: State | None = None  # None = not asked
    size_bytes: int | None = None  # None = not asked, or the server cannot say

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

    prefix: bytes = b""  # "INBOX." at Courier and cPanel
    delimiter: str | None = None  # None = flat, or not told
    foreign: tuple[bytes, ...] = ()  # prefixes of other users' and shared folders
    told: bool = False  # False = the server has no NAMESPACE


@dataclass(frozen=True, kw_only=True)
class Server:
    """The folders of one account and how their names are built."""

    folders: Sequence[Listed]
    namespaces: Namespaces = Namespaces()

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
        others = [item.name for item in self.folders if not item.inbox]
        return usual if others and all(name.startswith(usual) for name in others) else b""


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


@dataclass(slots=True)
class _Mapping:
    source: Server
    destination: Server
    taken: dict[bytes, bytes] = field(default_factory=dict)  # destination raw -> source raw
    roots: dict[tuple[str, ...], tuple[str, ...]] = field(
        default_factory=dict
    )  # path of a role's folder -> its new path


def plan_folders(
    source: Server,
    destination: Server,
    *,
    options: PassOptions = PassOptions(),  # noqa: B008  frozen
    known: Mapping[bytes, bytes] = {},
) -> FolderMap:
    """Return where every source folder goes.

    INBOX goes to INBOX, a special use to the same special use (both "Sent" and "Sent Items" to the one Sent), every
    other folder keeps its path, translated between the two delimiters and prefixes. No two source folders share a
    destination unless they share a special use.

    Args:
        source: the account as listed.
        destination: the account as listed.
        options: special uses to leave out, with everything below them.
        known: destinations of earlier passes by raw source name; they win, so that a pass never changes its mind.
    """
    mapping = _Mapping(source, destination)
    pairs: list[Pair] = []
    skipped: list[tuple[str, str]] = []
    renamed: list[tuple[str, str]] = []
    roles = ((path_of(item, source), role_of(item, source)) for item in source.folders)
    left_out = {path: role for path, role in roles if role in options.skip_roles}
    existing = {item.name for item in destination.folders if item.selectable}
    for item in sorted(
        source.folders, key=lambda item: (not item.inbox, role_of(item, source) is None, item.name)
    ):
        name = decode_name(item.name)
        if reason := _reason_to_skip(item, source, left_out):
            skipped.append((name, reason))
            continue
        raw = known.get(item.name) or _destination(item, mapping)
        mapping.taken.setdefault(raw, item.name)
        pair = Pair(
            source=item,
            destination=raw,
            source_name=name,
            destination_name=decode_name(raw),
            create=raw not in existing and raw.upper() != b"INBOX",
        )
        existing.add(raw)
        pairs.append(pair)
        if _words_changed(item, raw, mapping):
            renamed.append((name, pair.destination_name))
    return FolderMap(pairs=tuple(pairs), skipped=tuple(skipped), renamed=tuple(renamed))


def role_of(item: Listed, server: Server) -> str | None:
    """Return a folder's special use: by attribute, else a top-level folder's by its customary name."""
    for role in (*ROLES, "flagged", "all"):
        if role in item.attributes:
            return role
    path = path_of(item, server)
    return role_of_word(path[0]) if len(path) == 1 and not item.inbox else None


def path_of(item: Listed, server: Server) -> tuple[str, ...]:
    """Return a folder's path below the prefix, as text; ("INBOX",) for INBOX."""
    if item.inbox:
        return ("INBOX",)
    raw = item.name
    prefix = server.prefix
    if prefix and raw.upper().startswith(prefix.upper()):
        raw = raw[len(prefix) :]
    delimiter = item.delimiter or server.delimiter
    parts = raw.split(delimiter.encode("latin-1", "replace")) if delimiter else [raw]
    return tuple(decode_name(part) for part in parts if part) or (decode_name(item.name),)


def _reason_to_skip(item: Listed, source: Server, roots: Mapping[tuple[str, ...], str]) -> str | None:
    if not item.selectable:
        return "no-messages"
    if any(prefix and item.name.startswith(prefix) for prefix in source.namespaces.foreign):
        return "shared"
    role = role_of(item, source)
    if role == "flagged":
        return "virtual"  # every message in it lives in another folder (RFC 6154 section 2)
    path = path_of(item, source)
    left_out = next(
        (roots[path[:length]] for length in range(len(path), 0, -1) if path[:length] in roots), None
    )
    return f"role-{left_out}" if left_out else None


def _destination(item: Listed, mapping: _Mapping) -> bytes:
    if item.inbox:
        return b"INBOX"
    path = path_of(item, mapping.source)
    role = role_of(item, mapping.source)
    if role in ROLES:
        raw = _role_folder(role, mapping.destination)
        listed = Listed(name=raw, delimiter=mapping.destination.delimiter)
        mapping.roots[path] = path_of(listed, mapping.destination)
        return raw
    return _unused(_moved(path, mapping), item, mapping)


def _role_folder(role: str, destination: Server) -> bytes:
    """Return the destination's folder of that role: by attribute, by name, or the usual name for a new one."""
    for item in destination.folders:
        if role in item.attributes and item.selectable:
            return item.name
    for item in destination.folders:
        if role_of(item, destination) == role and item.selectable:
            return item.name
    return destination.prefix + encode_name(ROLE_NAMES[role])


def _moved(path: tuple[str, ...], mapping: _Mapping) -> list[str]:
    """Return the path below the new place of its special-use ancestor, if it has one."""
    for length in range(len(path) - 1, 0, -1):
        if path[:length] in mapping.roots:
            return [*mapping.roots[path[:length]], *path[length:]]
    if (
        len(path) > 1
        and path[0].upper() == "INBOX"
        and mapping.destination.prefix.upper().startswith(b"INBOX")
    ):
        return list(path[1:])  # below INBOX is where everything lives there: no INBOX.INBOX
    return list(path)


def _unused(path: list[str], item: Listed, mapping: _Mapping) -> bytes:
    """Return the raw name of a path, counted up until no other source folder has it."""
    parts = [_clean(part, mapping.destination.delimiter) for part in path[:DEPTH]]
    if len(path) > DEPTH:
        parts[-1] = _clean(" ".join(path[DEPTH - 1 :]), mapping.destination.delimiter)
    number, last = 1, parts[-1]
    while mapping.taken.get(raw := _join(parts, mapping.destination), item.name) != item.name:
        number += 1
        parts[-1] = f"{last} ({number})"
    return raw


def _join(parts: Sequence[str], destination: Server) -> bytes:
    delimiter = destination.delimiter
    if delimiter is None:
        return destination.prefix + encode_name("_".join(parts))
    raw = delimiter.encode("latin-1").join(encode_name(part) for part in parts)
    raw = destination.prefix + raw
    return raw if raw.upper() != b"INBOX" else raw + b" (2)"


def _clean(part: str, delimiter: str | None) -> str:
    """Return one path segment as every server takes it: no delimiter, control or wildcard characters, not too long."""
    forbidden = {delimiter or "", "%", "*", "/", "\\"} if delimiter != "/" else {"/", "%", "*", "\\"}
    text = "".join("_" if char in forbidden or not char.isprintable() else char for char in part).strip()
    if text.startswith("~"):
        text = "_" + text[1:]
    if not text.strip("."):
        text = "_" * max(1, len(text))
    while len(encode_name(text)) > SEGMENT_BYTES:
        text = text[:-1]
    return text


def _words_changed(item: Listed, raw: bytes, mapping: _Mapping) -> bool:
    """True when the destination's path is another one than the source's, special uses aside."""
    if item.inbox or role_of(item, mapping.source) in ROLES:
        return False
    listed = Listed(name=raw, delimiter=mapping.destination.delimiter)
    moved = _moved(path_of(item, mapping.source), mapping)
    return list(path_of(listed, mapping.destination)) != moved

"""Which source folder goes into which destination folder. Pure."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from bot.errors import FolderSettled
from bot.mail.folders import (
    FolderMap,
    Listed,
    Pair,
    Path,
    Server,
    is_foreign,
    path_of,
    role_of,
)
from bot.mail.names import decode_name, encode_name, fold
from bot.mail.place import choose_name, exact_name, is_below
from bot.mail.roles import ROLES
from bot.mail.wishes import Wishes, read_wishes
from bot.model import PassOptions

ROLE_NAMES: Final = {
    "sent": "Sent",
    "trash": "Trash",
    "drafts": "Drafts",
    "junk": "Junk",
    "archive": "Archive",
}
INBOX: Final = b"INBOX"
GMAIL: Final = ("[Gmail]", "[Google Mail]")  # above Gmail's own folders


@dataclass(slots=True)
class _Mapping:
    source: Server
    destination: Server
    wishes: Wishes
    known: Mapping[bytes, bytes]
    refused: Collection[bytes]
    parents: dict[Path, bytes] = field(default_factory=dict)  # where folders went: what is below them follows
    taken: dict[str, bytes] = field(default_factory=dict)  # destination as compared -> raw source name

    def key(self, raw: bytes) -> str:
        """Return a destination name as that server may compare it."""
        name = decode_name(raw)
        return unicodedata.normalize("NFC", name) if self.destination.exact_case else fold(name)

    def above(self, path: Path) -> tuple[bytes, Path]:
        """Return the raw name of the nearest folder above that has a place, TOP if none, and the path below it."""
        for length in range(len(path) - 1, 0, -1):
            if (raw := self.parents.get(path[:length])) is not None:
                return raw, path[length:]
        return self.wishes.into, path


def plan_folders(
    source: Server,
    destination: Server,
    *,
    options: PassOptions = PassOptions(),  # noqa: B008  frozen
    known: Mapping[bytes, bytes] = {},
    refused: Collection[bytes] = (),
) -> FolderMap:
    """Return where every source folder goes.

    A place that was asked for comes first, with everything below that folder. Then INBOX goes to INBOX, a special use to
    the same special use (both "Sent" and "Sent Items" to the one Sent); every other folder follows the one above it and
    keeps its name, translated between the two delimiters and prefixes. No two source folders share a destination unless
    they share a special use or somebody asked for it. With `options.into` all of them keep their names below that folder.

    Args:
        source: the account as listed.
        destination: the account as listed.
        options: what is left out, and places that are asked for.
        known: destinations of earlier passes by raw source name; they win, so that a pass never changes its mind.
        refused: raw names that the destination would not make: others are found.

    Raises:
        NoSuchFolder: a folder that is named in `options` is not at the source.
        FolderSettled: a place is asked for that is not the one of an earlier pass.
    """
    wishes = read_wishes(options, source, destination)
    mapping = _Mapping(source, destination, wishes, known, refused, dict(wishes.targets))
    for name, raw in known.items():
        mapping.taken.setdefault(mapping.key(raw), name)
    shown = _shown(source)
    reasons = _Reasons(source, wishes, options)
    pairs: list[Pair] = []
    skipped: list[tuple[str, str]] = []
    renamed: list[tuple[str, str]] = []
    for item in sorted(source.folders, key=lambda item: _turn(item, source)):
        if reason := reasons.of(item):
            skipped.append((shown[item.name], reason))
            continue
        above = mapping.above(path_of(item, source))
        pair = _pair(item, _place(item, mapping), shown[item.name], destination)
        pairs.append(pair)
        if _follows(item, mapping) and pair.destination != exact_name(*above, destination):
            renamed.append((pair.source_name, pair.destination_name))
    return FolderMap(pairs=_making_once(pairs), skipped=tuple(skipped), renamed=tuple(renamed))


def has_case_twins(source: Server) -> bool:
    """Return True when two folders differ by case only: it matters whether the destination tells them apart."""
    exact = {unicodedata.normalize("NFC", decode_name(item.name)) for item in source.folders}
    return len({fold(name) for name in exact}) < len(exact)


def _turn(item: Listed, source: Server) -> tuple[bool, bool, bytes]:
    """Sort INBOX first, then special uses; a folder before those below it."""
    return not item.inbox, role_of(item, source) is None, item.name


@dataclass(slots=True)
class _Reasons:
    """Why folders are left out."""

    source: Server
    wishes: Wishes
    options: PassOptions
    roles: dict[Path, str] = field(init=False)

    def __post_init__(self) -> None:
        roles = ((path_of(item, self.source), role_of(item, self.source)) for item in self.source.folders)
        self.roles = {path: role for path, role in roles if role in self.options.skip_roles}

    def of(self, item: Listed) -> str | None:
        """Return the reason code, None for a folder to copy."""
        if not item.selectable:
            return "no-messages"
        path = path_of(item, self.source)
        if path in self.wishes.targets:
            return None  # somebody asked for it by name
        return "excluded" if self.wishes.excludes(path) else self._by_nature(item, path)

    def _by_nature(self, item: Listed, path: Path) -> str | None:
        if is_foreign(item, self.source):
            return "shared"
        if role_of(item, self.source) in ("flagged", "important"):
            return "virtual"  # every message in it lives in another folder (RFC 6154 section 2, RFC 8457)
        if path[0] in GMAIL and fold(path[-1]) in ("chats", "chat"):
            return "not-mail-chats"
        if not item.inbox and (item.holds or path[0] in self.source.non_mail):
            return item.holds or self.source.non_mail[path[0]]
        return next((f"role-{self.roles[above]}" for above in _upwards(path) if above in self.roles), None)


def _upwards(path: Path) -> list[Path]:
    return [path[:length] for length in range(len(path), 0, -1)]


def _place(item: Listed, mapping: _Mapping) -> bytes:
    """Return the raw name of a folder's destination, and remember it for what is below and beside it."""
    path = path_of(item, mapping.source)
    before = _settled(item, path, mapping)
    raw = before or mapping.wishes.targets.get(path) or _own_place(item, path, mapping)
    mapping.parents.setdefault(path, raw)
    if path not in mapping.wishes.targets:
        mapping.taken.setdefault(mapping.key(raw), item.name)
    return raw


def _settled(item: Listed, path: Path, mapping: _Mapping) -> bytes | None:
    """Return where an earlier pass put a folder."""
    before = mapping.known.get(item.name)
    if before is None:
        return None
    target, base = mapping.wishes.targets.get(path), mapping.wishes.base(path)
    if target != before if target else not is_below(before, base, mapping.destination):
        raise FolderSettled(folder=decode_name(item.name), there=decode_name(before))
    return before


def _own_place(item: Listed, path: Path, mapping: _Mapping) -> bytes:
    wanted_below = mapping.wishes.base(path)
    if item.inbox and not wanted_below:
        return INBOX
    role = _role_there(item, mapping.source)
    if role in ROLES and not wanted_below:
        raw = _role_folder(role, mapping.destination)
        if raw not in mapping.refused:
            return raw
    parent, rest = mapping.above(path)
    return choose_name(
        parent,
        rest,
        mapping.destination,
        base=wanted_below,
        refused=mapping.refused,
        is_free=lambda raw: _is_free(raw, item, mapping),
    )


def _role_there(item: Listed, source: Server) -> str | None:
    """Return the special use of a folder's destination: what is in no other folder than All Mail was archived."""
    role = role_of(item, source)
    return "archive" if role == "all" else role


def _is_free(raw: bytes, item: Listed, mapping: _Mapping) -> bool:
    if raw.upper() in (INBOX, mapping.destination.prefix.upper() + INBOX):
        return False
    return mapping.taken.get(mapping.key(raw), item.name) == item.name


def _role_folder(role: str, destination: Server) -> bytes:
    """Return the destination's folder of that role: by attribute, by name, or the usual name for a new one."""
    for item in destination.folders:
        if role in item.attributes and item.selectable:
            return item.name
    for item in destination.folders:
        if role_of(item, destination) == role and item.selectable:
            return item.name
    return destination.prefix + encode_name(ROLE_NAMES[role])


def _follows(item: Listed, mapping: _Mapping) -> bool:
    """True for a folder that has neither a special use's place nor one that was asked for."""
    path = path_of(item, mapping.source)
    if mapping.wishes.base(path):
        return path not in mapping.wishes.targets
    special = item.inbox or _role_there(item, mapping.source) in ROLES
    return not special and path not in mapping.wishes.targets


def _pair(item: Listed, raw: bytes, name: str, destination: Server) -> Pair:
    there = destination.by_name.get(raw)
    return Pair(
        source=item,
        destination=raw,
        source_name=name,
        destination_name=decode_name(raw),
        create=raw.upper() != INBOX and (there is None or not there.selectable),
    )


def _making_once(pairs: list[Pair]) -> tuple[Pair, ...]:
    """Return the pairs with each new folder to be made by the first of those that go there."""
    made: set[bytes] = set()
    result = []
    for pair in pairs:
        result.append(replace(pair, create=pair.create and pair.destination not in made))
        made.add(pair.destination)
    return tuple(result)


def _shown(source: Server) -> dict[bytes, str]:
    """Return names for people: what reads the same for two folders, as its raw name."""
    texts = {item.name: decode_name(item.name) for item in source.folders}
    count = Counter(texts.values())
    return {
        raw: text if count[text] == 1 else raw.decode("ascii", "backslashreplace")
        for raw, text in texts.items()
    }

"""What a person asked for on the command line, found among the folders that are there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.errors import NoSuchFolder
from bot.mail.folders import Path, Server, find, path_of, paths_meant
from bot.mail.names import decode_name
from bot.mail.place import TOP, choose_name
from bot.model import PassOptions


@dataclass(frozen=True, slots=True)
class Wishes:
    """Where certain folders are to go, by path at the source."""

    excluded: frozenset[Path] = frozenset()
    targets: Mapping[Path, bytes] = field(default_factory=dict)  # raw names at the destination
    into: bytes = TOP

    def excludes(self, path: Path) -> bool:
        """Return True when this folder or one above it is to be left out."""
        return any(path[:length] in self.excluded for length in range(len(path) + 1))

    def base(self, path: Path) -> bytes:
        """Return the wanted folder that this one belongs below: TOP = none is wanted."""
        above = (self.targets.get(path[:length]) for length in range(len(path) - 1, 0, -1))
        return next((raw for raw in above if raw is not None), self.into)


def read_wishes(options: PassOptions, source: Server, destination: Server) -> Wishes:
    """Return the wishes with every name found.

    Raises:
        NoSuchFolder: a source folder that is named is not there.
    """
    return Wishes(
        excluded=frozenset(_path(name, source) for name in options.exclude),
        targets={_path(old, source): _target(new, destination) for old, new in options.folder_map},
        into=_target(options.into, destination) if options.into else TOP,
    )


def _path(name: str, source: Server) -> Path:
    """Return the path of a source folder; one that is not listed itself but has folders below it counts."""
    if (item := find(name, source)) is not None:
        return path_of(item, source)
    paths = [path_of(item, source) for item in source.folders]
    for meant in paths_meant(name, source):
        if any(path[: len(meant)] == meant for path in paths):
            return meant
    names = {decode_name(item.name): None for item in source.folders} | {
        "/".join(path): None for path in paths
    }
    nearest = get_close_matches(name, names, n=1, cutoff=0.0)
    raise NoSuchFolder(folder=name, nearest=nearest[0] if nearest else "?")


def _target(name: str, destination: Server) -> bytes:
    """Return the raw name of the destination folder that is meant, whether it is there or not."""
    if (item := find(name, destination)) is not None:
        return item.name
    path = paths_meant(name, destination)[0]
    if path == ("INBOX",):
        return b"INBOX"
    parent, rest = (b"INBOX", path[1:]) if path[0] == "INBOX" else (TOP, path)
    return choose_name(parent, rest, destination, base=TOP, refused=(), is_free=lambda _: True)

"""Names that a destination takes, built from the raw name of the parent and the words below it. Pure."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.mail.folders import Server, split_raw
from bot.mail.names import decode_name, encode_name

DEPTH: Final = 20
TOP: Final = b""  # the parent of a top-level folder
ODD: Final = re.compile(r"[^\w -]", re.UNICODE)
NOT_ASCII: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Style:
    """How far a name is bent. Bytes are of the encoded name."""

    clean: Callable[[str, str | None], str]
    segment_bytes: int
    name_bytes: int
    number: str


def choose_name(
    parent: bytes,
    rest: Sequence[str],
    server: Server,
    *,
    base: bytes,
    refused: Collection[bytes],
    is_free: Callable[[bytes], bool],
) -> bytes:
    """Return a raw name for the folder `rest` below `parent`: as it is but for what no server takes.

    What the server refused to make is tried with letters, digits and blanks only, and shorter (Dovecot's Maildir++ takes
    no "." in a name and 254 bytes in all); then as one short ASCII name directly below `base`. Where a name is another
    folder's, it is counted up.
    """
    above = (parent, base)
    for style in (CAREFUL, PLAIN):
        for raw in _numbered(parent, rest, server, style):
            if raw in refused or len(raw) > style.name_bytes:
                break
            if raw not in above and is_free(raw):
                return raw
    flat = ["_".join(rest)]
    bare = _numbered(base, flat, server, BARE)
    return next(raw for raw in bare if raw not in above and raw not in refused and is_free(raw))


def exact_name(parent: bytes, rest: Sequence[str], server: Server) -> bytes:
    """Return what the name would be with nothing bent at all; no server need take it."""
    start = parent + _sign(server) if parent else server.prefix
    return start + _sign(server).join(encode_name(part) for part in rest)


def is_below(raw: bytes, base: bytes, server: Server) -> bool:
    """Return True for a name that was built below this one; a sibling, where none may be below it."""
    return base in (TOP, b"INBOX") or raw.startswith((base + _sign(server), base + b"_"))


def _numbered(parent: bytes, rest: Sequence[str], server: Server, style: Style) -> Iterator[bytes]:
    """Yield the name, then the name with a number behind it, for ever."""
    number = 1
    while True:
        yield _build(parent, rest, server, style, style.number.format(number) if number > 1 else "")
        number += 1


def _build(parent: bytes, rest: Sequence[str], server: Server, style: Style, mark: str) -> bytes:
    start, parts = _fitting(parent, list(rest), server)
    cleaned = [_cut(style.clean(part, server.delimiter), style.segment_bytes) for part in parts]
    cleaned[-1] = _cut(cleaned[-1], style.segment_bytes - len(encode_name(mark))) + mark
    return start + _sign(server).join(encode_name(part) for part in cleaned)


def _fitting(parent: bytes, rest: list[str], server: Server) -> tuple[bytes, list[str]]:
    """Return what the name begins with and the parts behind it, where a parent can have no child or is too deep."""
    listed = server.by_name.get(parent)
    barren = listed is not None and "noinferiors" in listed.attributes
    if not parent or (barren and parent.upper() == b"INBOX"):
        return server.prefix, _at_most(DEPTH, rest)
    depth = len(split_raw(parent, server.delimiter))
    if server.delimiter and not barren and depth < DEPTH:
        return parent + _sign(server), _at_most(DEPTH - depth, rest)
    head, sign, last = parent.rpartition(_sign(server)) if server.delimiter else (b"", b"", parent)
    if not server.delimiter and last.startswith(server.prefix):
        head, last = server.prefix, last[len(server.prefix) :]
    return head + sign, ["_".join((decode_name(last), *rest))]


def _at_most(depth: int, parts: list[str]) -> list[str]:
    return parts if len(parts) <= depth else [*parts[: depth - 1], " ".join(parts[depth - 1 :])]


def _sign(server: Server) -> bytes:
    return server.delimiter.encode("latin-1", "replace") if server.delimiter else b"_"


def _careful(part: str, delimiter: str | None) -> str:
    """Return one part as most servers take it: no delimiter, control or wildcard characters, no edge blanks."""
    forbidden = {delimiter or "/", "%", "*", "/", "\\"}
    text = "".join("_" if char in forbidden or not char.isprintable() else char for char in part).strip()
    if text.startswith(("~", "#")):
        text = "_" + text[1:]  # a home folder to some servers, a namespace to others (RFC 3501 section 5.1.2)
    return text if text.strip(".") else "_" * max(1, len(text))


def _plain(part: str, delimiter: str | None) -> str:
    text = ODD.sub("_", _careful(part, delimiter)).strip()
    return (text.replace(delimiter, "_") if delimiter else text) or "_"


def _bare(part: str, delimiter: str | None) -> str:
    ascii_text = unicodedata.normalize("NFKD", part).encode("ascii", "ignore").decode()
    text = NOT_ASCII.sub("_", ascii_text).strip("_-")
    return (text.replace(delimiter, "") if delimiter else text) or "folder"


def _cut(text: str, size_bytes: int) -> str:
    """Return the longest beginning that is so short when encoded; a character takes a byte at least."""
    text = text[:size_bytes]
    while len(encode_name(text)) > size_bytes:
        text = text[:-1]
    return text.rstrip() or "_"


CAREFUL: Final = Style(_careful, 200, 1000, " ({})")
PLAIN: Final = Style(_plain, 60, 240, "_{}")
BARE: Final = Style(_bare, 60, 240, "_{}")

"""Files inside files: a .zip and Outlook's winmail.dat, opened in memory within limits; names are never paths."""

import io
import zipfile
import zlib
from collections.abc import Iterable
from typing import Final

from parsers.attachments import Attachment, safe_name, tell_kind
from parsers.result import Problem

MAX_MEMBERS: Final = 20  # pictures do not count: exports of contacts bring one for each
MAX_ENTRIES: Final = 5000  # of everything, folders too
MAX_UNPACKED_BYTES: Final = 20 << 20  # of all members together, counted while they are read
MAX_RATIO: Final = 100
PACKED_LETTERS: Final = ("winmail.html", "winmail.txt")  # what parsers.tnef calls the letter in winmail.dat
_SMALL: Final = 64 << 10  # a short text file of equal lines may well shrink to a hundredth
_ENCRYPTED: Final = 1
_PIECE: Final = 64 << 10
_JUNK: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_PICTURES: Final = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".heic")
_MAX_FOLDERS: Final = 8  # names kept of one member's path
_ZIP_TYPES: Final = ("application/zip", "application/x-zip-compressed", "application/x-zip")


class _Refused(Exception):
    """The archive breaks a limit; nothing of it is used."""


def unpack(attachments: Iterable[Attachment]) -> tuple[list[Attachment], list[Problem]]:
    """Return the attachments, each archive and winmail.dat replaced by what is in it. Never raises.

    One that cannot be opened, is encrypted or breaks a limit stays as it is, with a problem naming it.
    """
    found: list[Attachment] = []
    problems: list[Problem] = []
    left = MAX_UNPACKED_BYTES
    for one in attachments:
        if _is_winmail(one):
            inside = _from_winmail(one)
            code = "winmail-dat"
        elif _is_zip(one):
            inside, code = _from_zip(one, left)
        else:
            found.append(one)
            continue
        if inside is None:
            problems.append(Problem(code=code, item=one.name))
            found.append(one)
        else:
            left -= sum(len(member.data) for member in inside)
            found += inside
    return found, problems


def _is_zip(one: Attachment) -> bool:
    by_name = one.name.casefold().endswith(".zip") or one.content_type in _ZIP_TYPES
    return one.kind == "other" and (one.data.startswith(b"PK\x03\x04") or by_name) and _is_plain_zip(one)


def _is_plain_zip(one: Attachment) -> bool:
    """False for documents that are archives inside: nobody writes mailboxes into the parts of a .docx."""
    return not (one.data.startswith(b"PK") and b"[Content_Types].xml" in one.data[:4096])


def _is_winmail(one: Attachment) -> bool:
    return (
        one.content_type in {"application/ms-tnef", "application/vnd.ms-tnef"}
        or one.name.casefold() in {"winmail.dat", "win.dat"}
        or one.data.startswith(b"\x78\x9f\x3e\x22")
    )


def _from_winmail(one: Attachment) -> list[Attachment] | None:
    from parsers.tnef import read_tnef

    members = read_tnef(one.data)
    return None if members is None else [_member(name, data) for name, data in members if data]


def _member(name: str, data: bytes, *around: str) -> Attachment:
    """Return a file from an archive; its path is kept as plain names, for whom they may name."""
    safe = safe_name(name)
    inner = name.replace("\\", "/").split("/")[:-1]
    folders = tuple(filter(None, map(safe_name, (*around, *inner))))[:_MAX_FOLDERS]
    return Attachment(name=safe, content_type="", kind=tell_kind(safe, "", data), data=data, folders=folders)


def _from_zip(one: Attachment, left: int) -> tuple[list[Attachment] | None, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(one.data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir() and not _is_junk(info.filename)]
            if any(info.flag_bits & _ENCRYPTED for info in infos):
                return None, "encrypted"
            if len(archive.infolist()) > MAX_ENTRIES or len(infos) > MAX_MEMBERS:
                return None, "archive-unreadable"
            return _members(archive, infos, left, one.name), ""
    except (
        _Refused,
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        ValueError,
        RuntimeError,
        NotImplementedError,
        EOFError,
    ):
        return None, "archive-unreadable"
    except Exception:  # noqa: BLE001 - struct.error, KeyError … on damaged directories
        return None, "archive-unreadable"


def _is_junk(name: str) -> bool:
    return (
        name.startswith(_JUNK[0])
        or name.rsplit("/", 1)[-1] in _JUNK
        or name.rsplit("/", 1)[-1].startswith("._")
        or name.casefold().endswith(_PICTURES)
    )


def _members(
    archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], left: int, around: str
) -> list[Attachment]:
    if sum(info.file_size for info in infos) > left:
        raise _Refused
    found = []
    for info in infos:
        data = _read(archive, info, left)
        left -= len(data)
        member = _member(_name(info), data, around)
        if _is_zip(member):
            raise _Refused  # an archive in an archive
        found.append(member)
    return found


def _name(info: zipfile.ZipInfo) -> str:
    """Return the member's name; old packers write the system's code page and do not say so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    most = min(left, max(_SMALL, MAX_RATIO * max(info.compress_size, 1)))
    with archive.open(info) as member:
        pieces: list[bytes] = []
        size = 0
        while piece := member.read(_PIECE):
            size += len(piece)
            if size > most:
                raise _Refused
            pieces.append(piece)
    return b"".join(pieces)

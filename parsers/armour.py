"""What people wrap a letter or a file in inside the text itself: OpenPGP armour (RFC 9580) and uuencode."""

import binascii
import re
from typing import Final

_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE: Final = "-----BEGIN PGP SIGNATURE-----"
_ENCRYPTED: Final = re.compile(r"^[^\S\n]*-----BEGIN PGP MESSAGE-----[^\S\n]*$", re.MULTILINE)
_BEGIN: Final = re.compile(r"begin(?:-base64)? [0-7]{3,4} (?P<name>.{1,200})")
_LOOK: Final = 20_000
_MOST_FILES: Final = 20


def is_encrypted(text: str) -> bool:
    """True where an encrypted OpenPGP message begins."""
    return "BEGIN PGP MESSAGE" in text[:_LOOK] and _ENCRYPTED.search(text[:_LOOK]) is not None


def read_armour(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text as its writer saw it, and the files that were in it by uuencode.

    Clear-signed text loses its dash escapes (RFC 9580 section 7.2); the armour's own lines stay, as a signature's and a
    quotation's lines: they are nobody's words.
    """
    if "BEGIN PGP SIGNED" not in text and "\nend" not in text:
        return text, []
    lines = text.split("\n")
    if any(line.strip() == _SIGNED for line in lines):
        lines = _unescaped(lines)
    return _without_files(lines)


def _unescaped(lines: list[str]) -> list[str]:
    found: list[str] = []
    inside = head = False
    for line in lines:
        if line.strip() == _SIGNED:
            inside = head = True
            found.append("> " + line)
        elif head:
            head = bool(line.strip())
            found.append("> " + line if head else line)
        elif line.strip() == _SIGNATURE:
            inside = False
            found += ["-- ", line]
        else:
            found.append(line.removeprefix("- ") if inside else line)
    return found


def _without_files(lines: list[str]) -> tuple[str, list[tuple[str, bytes]]]:
    files: list[tuple[str, bytes]] = []
    kept: list[str] = []
    at = 0
    while at < len(lines):
        begin = _BEGIN.fullmatch(lines[at].rstrip()) if lines[at].startswith("begin ") else None
        found = _decoded(lines, at + 1) if begin and len(files) < _MOST_FILES else None
        if begin is None or found is None:
            kept.append(lines[at])
            at += 1
            continue
        data, end = found
        files.append((begin["name"], data))
        kept += ["> " + line for line in lines[at:end]]
        at = end
    return "\n".join(kept), files


def _decoded(lines: list[str], start: int) -> tuple[bytes, int] | None:
    """Return the bytes and the index after "end"; None when it is no uuencoded file."""
    data = bytearray()
    for at in range(start, len(lines)):
        line = lines[at].rstrip("\r\n")
        if line.strip() == "end":
            return (bytes(data), at + 1) if data else None
        if not line or not all(" " <= char <= "`" for char in line):
            return None
        try:
            data += binascii.a2b_uu(line)
        except binascii.Error:  # trailing garbage of an old encoder: the length is in the first character
            count = ((ord(line[0]) - 32) & 63) * 4 // 3 + 3
            try:
                data += binascii.a2b_uu(line[: count + 1])
            except binascii.Error:
                return None
    return None

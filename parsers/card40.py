"""A finished card as vCard 4.0, for the few servers that take nothing else (RFC 6350)."""

from collections.abc import Iterable
from typing import Final

from parsers.carddate import WITHOUT_YEAR
from parsers.cardphoto import BINARY
from parsers.lines import Line, fold, make_line, read_lines

_RENAMED: Final = {
    "X-ADDRESSBOOKSERVER-KIND": "KIND",
    "X-ADDRESSBOOKSERVER-MEMBER": "MEMBER",
    "X-ANNIVERSARY": "ANNIVERSARY",
}
_GONE: Final = frozenset(
    {"AGENT", "CLASS", "LABEL", "MAILER", "NAME", "SORT-STRING"}
)  # not in 4.0: kept as X-
_MEDIA: Final = {"PHOTO": "image/", "LOGO": "image/", "SOUND": "audio/", "KEY": "application/"}


def as_version_4(data: bytes) -> bytes:
    """Return our 3.0 card as 4.0: the same UID, every property under its 4.0 name or an X- one. Pure."""
    return fold(_line_4(line).text for line in read_lines(data).lines)


def _line_4(line: Line) -> Line:
    name = _RENAMED.get(line.name, f"X-{line.name}" if line.name in _GONE else line.name)
    params = [
        ("PREF", "1") if (key, one.upper()) == ("TYPE", "PREF") else (key, one) for key, one in line.params
    ]
    if name == "VERSION":
        return make_line(name, "4.0")
    if name in BINARY:
        return _binary(line, params)
    if name == "GEO":
        return make_line(name, f"geo:{line.value.replace(';', ',')}", params, line.group)
    if name == "BDAY" and WITHOUT_YEAR in params:
        value = "--" + line.value[4:].replace("-", "")
        return make_line(name, value, _without(params, WITHOUT_YEAR[0]), line.group)
    if name in {"BDAY", "ANNIVERSARY"} and len(line.value) == len("1985-04-12"):
        return make_line(name, line.value.replace("-", ""), params, line.group)
    return (
        line
        if name == line.name and params == list(line.params)
        else make_line(name, line.value, params, line.group)
    )


def _binary(line: Line, params: list[tuple[str, str]]) -> Line:
    if line.param("ENCODING") != "b":
        return make_line(line.name, line.value, params, line.group)
    kind = line.param("TYPE") or "octet-stream"
    media = kind.lower() if "/" in kind else _MEDIA[line.name] + kind.lower()
    others = _without(params, "ENCODING", "TYPE")
    return make_line(line.name, f"data:{media};base64,{line.value}", others, line.group)


def _without(params: Iterable[tuple[str, str]], *keys: str) -> list[tuple[str, str]]:
    return [(key, one) for key, one in params if key not in keys]

"""Content lines of cards and calendars, from whatever bytes people send (RFC 6350 section 3.3, RFC 5545 section 3.1).

Unfolding comes first, then decoding line by line: folds fall inside characters, and one file may hold two charsets.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from parsers.charsets import Decoder, as_utf8, read_quoted_printable, without_controls
from parsers.names import KNOWN, looks_like_a_property

Params = tuple[tuple[str, str], ...]  # upper-case key and one unquoted value; "" = a bare vCard 2.1 parameter

_LINE_END = re.compile(rb"\r\r\n|\r\n|\n|\r")
_FRAME = re.compile(rb"(BEGIN|END)[ \t]*:", re.IGNORECASE)
_MARGIN = re.compile(
    rb"\s*([> \t]+)BEGIN[ \t]*:", re.IGNORECASE
)  # a file pasted into a mail, or quoted there
_QUOTED_PRINTABLE = re.compile(rb"[^:]*[;=]QUOTED-PRINTABLE[;:,]", re.IGNORECASE)
_NEXT = re.compile(rb"([A-Z-]+)[;:]")  # a property right behind a soft break that was none
_NAME = re.compile(r"[ \t]*(?:([\w/-]+)\.)?([A-Za-z0-9_-]+)[ \t]*(?=[;:])", re.ASCII)
_ESCAPE = re.compile(r"\\(.)|\\$", re.DOTALL)
_TO_ESCAPE = re.compile(r"\\[\\,;:nN]|\\|[,;]|\r\n|\n|\r")
_TEXT = frozenset(
    {"NOTE", "ADR", "LABEL", "ORG", "TITLE", "ROLE", "DESCRIPTION", "SUMMARY", "LOCATION", "COMMENT"}
)
_FULL_LINE = 60  # octets: a line this long was folded by its writer, a shorter one ended with its sentence
_HEAD = 1000  # octets in which a property has its parameters
_WIDTH = 75  # octets of a folded line, without its end


@dataclass(frozen=True, slots=True)
class Line:
    """One unfolded content line; `text` is what arrived, so that unknown properties survive unchanged."""

    number: int  # 1-based line of the file where it begins
    text: str
    name: str  # upper case, without group; "" = a line that makes no sense (only from iter_lines)
    params: Params
    value: str  # as written: escapes and encodings still in it
    group: str = ""
    cleaned: bool = False  # control characters were taken out

    def param(self, key: str) -> str | None:
        """Return the first value of that parameter."""
        return next((value for have, value in self.params if have == key), None)

    def with_value(self, value: str) -> "Line":
        """Return the line with another value, its name and parameters as they were written."""
        return replace(self, text=self.text.removesuffix(self.value) + value, value=value)


@dataclass(frozen=True, slots=True)
class Lexed:
    """A file as lines, and the places where a line made no sense and was left out."""

    lines: tuple[Line, ...]
    stray: tuple[int, ...] = ()  # 1-based lines of the file
    cleaned: bool = False  # control characters were taken out
    charsets: tuple[str, ...] = ()  # what it was written in besides UTF-8


def read_lines(data: bytes) -> Lexed:
    """Return the content lines of a file in any charset and with any line ends. Pure; never raises; linear."""
    decoder = Decoder()
    found = list(iter_lines(data, decoder))
    return Lexed(
        lines=tuple(line for line in found if line.name),
        stray=tuple(line.number for line in found if not line.name),
        cleaned=any(line.cleaned for line in found),
        charsets=tuple(decoder.used),
    )


def iter_lines(data: bytes, decoder: Decoder) -> Iterator[Line]:
    """Yield the lines one by one, also those that make no sense; `decoder` knows afterwards what they were in.

    Holds no more than one property at a time, whatever the size of the file. Never raises; linear.
    """
    data, wide = as_utf8(data)
    if wide:
        decoder.note(wide)
    last: Line | None = None
    rest: list[str] = []  # what lost its indent and belongs to the last line
    width = 0  # of the last physical line
    for number, raw, last_width in _unfold(data):
        came = decoder.decode(raw)
        text = without_controls(came)
        clean = text.lstrip("\ufeff \t")  # files put together keep the mark of each
        line = parse_line(clean, number, prose=last is not None and last.name in _TEXT)
        if line is None and last is not None and (glue := _glue(last, width)) is not None:
            rest.append(glue + (clean.strip() if glue else clean))
        else:
            if last is not None:
                yield _closed(last, rest)
                rest = []
            last = line or Line(number, clean, "", (), "")
        if text is not came and not last.cleaned:
            last = replace(last, cleaned=True)
        width = last_width
    if last is not None:
        yield _closed(last, rest)


def parse_line(text: str, number: int = 0, *, prose: bool = False) -> Line | None:
    """Return the parts of one unfolded line; None when it is no content line.

    With `prose` it follows a text: then a word nobody knows as a property goes on with that text.
    """
    start = _NAME.match(text)
    if start is None:
        return None
    group, name = start.group(1) or "", start.group(2)
    if prose and not looks_like_a_property(name, grouped=bool(group)):
        return None
    scanned = _scan(text, start.end(), quotes=True) or _scan(text, start.end(), quotes=False)
    if scanned is None or (not scanned[0] and text.startswith("//", scanned[1])):
        return None  # no colon, or a web address at the start of a line that lost its indent
    params, colon = scanned
    return Line(number, text, name.upper(), params, text[colon:], group)


def make_line(name: str, value: str, params: Iterable[tuple[str, str]] = (), group: str = "") -> Line:
    """Return a line of ours; `value` must be encoded already. Values of one parameter are joined by commas.

    A value that begins like the rest of a link gets a blank, so that the line is not read as the end of a text before it.
    """
    params = tuple(params)
    value = f" {value}" if not params and value.startswith("//") else value
    joined: dict[str, list[str]] = {}
    for key, one in params:
        joined.setdefault(key, []).append(_quoted(one))
    head = (f"{group}." if group else "") + name
    head += "".join(f";{key}={','.join(values)}" for key, values in joined.items())
    return Line(0, f"{head}:{value}", name, params, value, group)


def fold(texts: Iterable[str]) -> bytes:
    """Return the lines as UTF-8 with CRLF, folded at 75 octets and never inside a character."""
    return b"".join(_fold(text.encode("utf-8", "replace")) for text in texts)


def escape(value: str, bare: str = ",;") -> str:
    """Return a text value with its unescaped `bare` separators, backslashes and line breaks escaped.

    What is escaped already stays; doing it twice changes nothing.
    """

    def one(match: re.Match[str]) -> str:
        found = match.group()
        if found in {"\r\n", "\n", "\r", "\\N"}:
            return "\\n"
        if found == "\\":
            return "\\\\"
        if found == "\\:":
            return ":"
        return "\\" + found if found in bare else found

    return _TO_ESCAPE.sub(one, value)


def unescape(value: str) -> str:
    """Return what a text value says (RFC 5545 section 3.3.11)."""
    return _ESCAPE.sub(lambda m: "\n" if m.group(1) in {"n", "N"} else m.group(1) or "\\", value)


def split_value(value: str, separator: str) -> list[str]:
    """Split at unescaped separators; the parts keep their escapes."""
    return re.findall(rf"(?:\A|{separator})((?:\\.|[^\\{separator}]|\\\Z)*)", value, re.DOTALL)


def decode_quoted_printable(value: str, charset: str | None) -> str:
    """Return the text of a vCard 2.1 or vCalendar 1.0 value; `charset` as declared, UTF-8 is tried first."""
    return read_quoted_printable(value, charset)[0]


def _unfold(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield (1-based line, unfolded bytes, octets of its last physical line)."""
    pieces: list[bytes] = []
    start = width = 0
    soft = False  # the last piece ended in a quoted-printable soft break
    for number, physical in _physical(data):
        if not physical.strip() and len(physical) < _FULL_LINE:  # a full one was cut in a long run of blanks
            soft = False
            continue
        goes_on = bool(pieces) and not _FRAME.match(physical) and not _FRAME.match(pieces[0])
        if goes_on and soft and not _breaks_in(pieces[-1], physical):
            pieces.append(physical)
        elif goes_on and physical[:1] in {b" ", b"\t"}:
            pieces.append(physical[1:])
        else:
            if pieces:
                yield start, b"".join(pieces), width
            pieces, start = [physical], number
        width = len(physical)
        soft = physical.endswith(b"=") and bool(_QUOTED_PRINTABLE.match(pieces[0][:_HEAD]))
        if soft:
            pieces[-1] = pieces[-1][:-1]
    if pieces:
        yield start, b"".join(pieces), width


def _breaks_in(before: bytes, after: bytes) -> bool:
    """Say whether a property begins where a soft break said that the one before goes on: its writer cut it there.

    After an encoded line break it is prose: Outlook ends every line of a note with one.
    """
    found = _NEXT.match(after)
    known = found is not None and found.group(1).decode("ascii") in KNOWN
    return known and not before.upper().endswith(b"=0A")


def _physical(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (1-based number, line as it stands in the file without its end), a margin before all of them taken off."""
    first = _MARGIN.match(data[:_HEAD])
    margin = first.group(1) if first else b""
    start = number = 0
    for number, end in enumerate(_LINE_END.finditer(data), 1):
        yield number, data[start : end.start()].removeprefix(margin)
        start = end.end()
    yield number + 1, data[start:].removeprefix(margin)


def _glue(before: Line, width: int) -> str | None:
    """Return what stood between `before` and a continuation that lost its indent; None when it is none."""
    if before.name in {"", "BEGIN", "END"}:
        return None
    encodings = {value.upper() for key, value in before.params if key in {"", "ENCODING"}}
    if encodings & {"B", "BASE64"} or width >= _FULL_LINE:
        return ""
    return "\\n" if before.name in _TEXT else None


def _closed(line: Line, rest: list[str]) -> Line:
    if not rest:
        return line
    tail = "".join(rest)
    return replace(line, text=line.text + tail, value=line.value + tail)


def _scan(text: str, at: int, *, quotes: bool) -> tuple[Params, int] | None:
    """Return the parameters that start at `at`, and where the value starts; None without a colon."""
    params: list[tuple[str, str]] = []
    begin, quoted = at, False
    for index in range(at, len(text)):
        char = text[index]
        if char == '"' and quotes:
            quoted = not quoted and text[index - 1] in "=,"  # one in the middle of a word is a character
        elif char in ":;" and not quoted:
            if index > at:
                params.extend(_param(text[begin:index]))
            if char == ":":
                return tuple(params), index + 1
            begin = index + 1
    return None


def _param(text: str) -> list[tuple[str, str]]:
    key, equals, rest = text.partition("=")
    if not equals:
        return [("", key.strip())] if key.strip() else []
    return [(key.strip().upper(), value.strip().strip('"')) for value in _outside_quotes(rest)]


def _outside_quotes(text: str) -> list[str]:
    if '"' not in text:
        return text.split(",")
    return [part for part in re.findall(r'"[^"]*"|[^,"]+', text) if part.strip()]


def _quoted(value: str) -> str:
    value = value.replace('"', "'").replace("\n", " ").replace("\r", " ")
    return f'"{value}"' if re.search(r"[,;:]", value) else value


def _fold(raw: bytes) -> bytes:
    parts: list[bytes] = []
    width = _WIDTH
    start = 0
    while len(raw) - start > width:
        end = start + width
        while raw[end] & 0xC0 == 0x80:
            end -= 1
        end = _before_equals(raw, start, end)
        parts.append(raw[start:end])
        start, width = end, _WIDTH - 1
    parts.append(raw[start:])
    return b"\r\n ".join(parts) + b"\r\n"


def _before_equals(raw: bytes, start: int, end: int) -> int:
    """Return where to cut so that no "=" ends the physical line: in quoted-printable that would be a soft break."""
    cut = end
    while cut > start + 1 and raw[cut - 1] == ord("="):
        cut -= 1
    return cut if raw[cut - 1] != ord("=") else end

"""Content lines of cards and calendars, from whatever bytes people send (RFC 6350 section 3.3, RFC 5545 section 3.1).

Unfolding comes first, then decoding line by line: folds fall inside characters, and one file may hold two charsets.
"""

import codecs
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

Params = tuple[tuple[str, str], ...]  # upper-case key and one unquoted value; "" = a bare vCard 2.1 parameter

_LINE_END = re.compile(rb"\r\r\n|\r\n|\n|\r")
_FRAME = re.compile(rb"(BEGIN|END)[ \t]*:", re.IGNORECASE)
_QUOTED_PRINTABLE = re.compile(rb"[^:]*[;=]QUOTED-PRINTABLE", re.IGNORECASE)
_NAME = re.compile(r"[ \t]*(?:([\w/-]+)\.)?([A-Za-z0-9_-]+)[ \t]*(?=[;:])", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]")
_CHARSET = re.compile(rb"[^:]*;CHARSET=\"?([\w.-]+)", re.IGNORECASE)
_CHARSETS = re.compile(  # the ones seen in exports; never utf-7 or Python's own transformations
    r"(us-ascii|ascii|utf-?8|utf-?16|iso-?8859-?\d+|latin-?\d|windows-?\d+|cp\d+|koi8-[ru]"
    r"|shift_jis|sjis|euc-?(jp|kr)|iso-2022-(jp|kr)|gb2312|gbk|gb18030|big5|macintosh|mac-?roman)",
    re.IGNORECASE,
)
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
    name: str  # upper case, without group
    params: Params
    value: str  # as written: escapes and encodings still in it
    group: str = ""

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


def read_lines(data: bytes) -> Lexed:
    """Return the content lines of a file in any charset and with any line ends. Pure; never raises; linear."""
    lines: list[Line] = []
    stray: list[int] = []
    cleaned = False
    rest: list[str] = []  # what lost its indent and belongs to the last line
    width = 0  # of the last physical line
    for number, raw, last_width in _unfold(_as_utf8(data)):
        text = _decode(raw)
        clean = _CONTROL.sub("", text)
        cleaned = cleaned or clean != text
        line = parse_line(clean, number)
        if line is not None:
            _close(lines, rest)
            lines.append(line)
        elif lines and (glue := _glue(lines[-1], width)) is not None:
            rest.append(glue + (clean.strip() if glue else clean))
        else:
            stray.append(number)
        width = last_width
    _close(lines, rest)
    return Lexed(tuple(lines), tuple(stray), cleaned)


def parse_line(text: str, number: int = 0) -> Line | None:
    """Return the parts of one unfolded line; None when it is no content line."""
    start = _NAME.match(text)
    if start is None:
        return None
    group, name = start.group(1) or "", start.group(2).upper()
    scanned = _scan(text, start.end(), quotes=True) or _scan(text, start.end(), quotes=False)
    if scanned is None or (not scanned[0] and text.startswith("//", scanned[1])):
        return None  # no colon, or a web address at the start of a line that lost its indent
    params, colon = scanned
    return Line(number, text, name, params, text[colon:], group)


def make_line(name: str, value: str, params: Iterable[tuple[str, str]] = (), group: str = "") -> Line:
    """Return a line of ours; `value` must be encoded already. Values of one parameter are joined by commas."""
    joined: dict[str, list[str]] = {}
    for key, one in params:
        joined.setdefault(key, []).append(_quoted(one))
    head = (f"{group}." if group else "") + name
    head += "".join(f";{key}={','.join(values)}" for key, values in joined.items())
    return Line(0, f"{head}:{value}", name, tuple(params), value, group)


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


def charset_named(name: str) -> str | None:
    """Return Python's name of a charset people declare, None for anything else."""
    if not _CHARSETS.fullmatch(name):
        return None
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def decode_quoted_printable(value: str, charset: str | None) -> str:
    """Return the text of a vCard 2.1 or vCalendar 1.0 value; `charset` as declared, UTF-8 is tried first."""
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    named = charset_named(charset or "")
    for one in filter(None, (named if b"\x1b" in raw else "utf-8", named, "cp1252")):
        try:
            return _CONTROL.sub("", raw.decode(one))
        except UnicodeError:
            continue
    return _CONTROL.sub("", raw.decode("latin-1"))


def _as_utf8(data: bytes) -> bytes:
    for bom, charset in (
        (codecs.BOM_UTF8, ""),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(bom):
            rest = data[len(bom) :]
            return rest.decode(charset, "replace").encode("utf-8", "replace") if charset else rest
    if data[:2].lower() == b"b\0":
        return data.decode("utf-16-le", "replace").encode("utf-8", "replace")
    if data[:2].lower() == b"\0b":
        return data.decode("utf-16-be", "replace").encode("utf-8", "replace")
    return data


def _unfold(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield (1-based line, unfolded bytes, octets of its last physical line)."""
    pieces: list[bytes] = []
    start = width = 0
    soft = False  # the last piece ended in a quoted-printable soft break
    for number, physical in enumerate(_LINE_END.split(data), 1):
        if not physical.strip():
            soft = False
            continue
        goes_on = bool(pieces) and not _FRAME.match(physical) and not _FRAME.match(pieces[0])
        if goes_on and soft:
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


def _decode(raw: bytes) -> str:
    declared = _CHARSET.match(raw[:_HEAD])
    named = charset_named(declared.group(1).decode("ascii", "replace")) if declared else None
    order = (named, "utf-8") if named and b"\x1b" in raw else ("utf-8", named, "cp1252")
    for charset in order:
        try:
            if charset:
                return raw.decode(charset)
        except UnicodeError:
            continue
    return raw.decode("latin-1")


def _glue(before: Line, width: int) -> str | None:
    """Return what stood between `before` and a continuation that lost its indent; None when it is none."""
    if before.name in {"BEGIN", "END"}:
        return None
    encodings = {value.upper() for key, value in before.params if key in {"", "ENCODING"}}
    if encodings & {"B", "BASE64"} or width >= _FULL_LINE:
        return ""
    return "\\n" if before.name in _TEXT else None


def _close(lines: list[Line], rest: list[str]) -> None:
    if rest:
        last = lines[-1]
        tail = "".join(rest)
        lines[-1] = replace(last, text=last.text + tail, value=last.value + tail)
        rest.clear()


def _scan(text: str, at: int, *, quotes: bool) -> tuple[Params, int] | None:
    """Return the parameters that start at `at`, and where the value starts; None without a colon."""
    params: list[tuple[str, str]] = []
    begin, quoted = at, False
    for index in range(at, len(text)):
        char = text[index]
        if char == '"' and quotes:
            quoted = not quoted
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
        parts.append(raw[start:end])
        start, width = end, _WIDTH - 1
    parts.append(raw[start:])
    return b"\r\n ".join(parts) + b"\r\n"

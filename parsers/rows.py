"""One stated row: its values as people write them, what is wrong with them, and when two rows are one."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from parsers.labels import Field, fold, read_label
from parsers.result import Problem, StatedRow, TransportSecurity

_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,61}"
)
_HOST_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST: Final = re.compile(
    rf"(?:{_HOST_LABEL}\.)+[^\W\d_][\w-]*|localhost|\d{{1,3}}(?:\.\d{{1,3}}){{3}}", re.IGNORECASE
)
_SCHEME: Final = re.compile(r"^(imaps?|ssl|tls|https?)(\+ssl)?://", re.IGNORECASE)
# What mail programs append to what they take for a link: x<mailto:x>, x<http://x/>, [x](http://x), x [http://x]
_LINK: Final = re.compile(
    r"^\[?([^\[\]<>]*?)\]?\s*[<(\[](?:mailto:|https?://)[^<>()\[\]]*[>)\]]$", re.IGNORECASE
)
_EDGES: Final = " \t\u00a0"
_QUOTES: Final = (
    '""',
    "''",
    "\u201c\u201d",
    "\u201e\u201c",
    "\u201e\u201d",
    "\u00ab\u00bb",
    "\u2018\u2019",
    "``",
)
_PLAIN: Final = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
        "\u2013": "-", "\u2014": "-", "\u2011": "-", "\u2026": "...", "\u00a0": " ", "\u202f": " ",
        "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None, "\u00ad": None,
    }
)  # fmt: skip
_SECURITY: Final[dict[str, TransportSecurity]] = {
    **dict.fromkeys(("starttls", "start"), "starttls"),
    **dict.fromkeys(re.findall(r"\w+", "ssl tls ssltls imaps yes ja oui si sim on true 1 implicit"), "tls"),
    **dict.fromkeys(
        re.findall(
            r"\w+", "none no nein non keine kein plain plaintext unencrypted off false 0 nee nessuna aucun"
        ),
        "plain",
    ),
}
_EXAMPLE: Final = re.compile(
    r"@(example\.(com|org|net)|(your-?)?domain\.(com|tld)|domain\.example)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Host:
    """A server as stated; name None = no host name in it, port and security None = not said."""

    name: str | None
    port: int | None = None
    security: TransportSecurity | None = None


def without_link(text: str) -> str:
    """Return the text without the link a mail program appended to it."""
    linked = _LINK.match(text.strip(_EDGES))
    return linked[1] if linked and linked[1] else text


def is_address(text: str) -> bool:
    """True for one plain address, nothing around it. Its local part is ASCII: IMAP logins with others are asked for."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def read_address(text: str) -> str:
    """Return the one address in the text; the text itself when there is none or more than one. Never cut short."""
    whole = without_link(text).strip(_EDGES)
    whole = re.sub(r"^mailto:", "", whole, flags=re.IGNORECASE)
    if is_address(whole):
        return whole
    words = [word.strip("<>()[]\"'`*,;:").removesuffix(".") for word in re.split(r"[\s<>()\[\],;|]+", whole)]
    found = list(
        dict.fromkeys(re.sub(r"^mailto:", "", word, flags=re.IGNORECASE) for word in words if "@" in word)
    )
    return found[0] if len(found) == 1 else whole


def read_host(text: str) -> Host:
    """Return host, port and security from "imap.x", "imap.x:993 (SSL)", "ssl://imap.x", "imap.x Port 993"."""
    whole = without_link(text).strip(_EDGES + "\"'`*")
    scheme = _SCHEME.match(whole)
    words = re.split(r"[\s,;()<>]+", _SCHEME.sub("", whole))
    for at, word in enumerate(words):
        name, _, port = word.strip("/").partition(":")
        name = name.rstrip(".").split("/", maxsplit=1)[0]
        if not is_host(name):
            continue
        rest = " ".join([*words[:at], port, *words[at + 1 :]])
        secure: TransportSecurity | None = (
            "tls" if scheme and scheme[1].lower() in {"imaps", "ssl", "tls"} else None
        )
        number = read_port(rest)
        return Host(name.lower(), number, _settle(secure or _word_security(rest), number))
    return Host(None)


def is_host(text: str) -> bool:
    """True for a host name with a dot, localhost, or an IPv4 address."""
    if len(text) > 253 or not _HOST.fullmatch(text):
        return False
    if text[-1].isdigit():
        try:
            ipaddress.IPv4Address(text)
        except ValueError:
            return False
    return True


def read_port(text: str) -> int | None:
    """Return the port number in the text, if it holds exactly one that can be a port."""
    numbers = [int(number) for number in re.findall(r"(?<![\d.])\d{2,5}(?![\d.]*\d)", text)]
    good = [number for number in numbers if 0 < number < 65536]
    return good[0] if len(good) == 1 else None


def read_security(text: str, port: int | None = None) -> TransportSecurity | None:
    """Return what the words say about encryption; "TLS" beside port 143 means STARTTLS (RFC 8314 section 3.2)."""
    return _settle(_word_security(text), port)


def _word_security(text: str) -> TransportSecurity | None:
    said = [_SECURITY[word] for word in fold(text).split() if word in _SECURITY]
    return "starttls" if "starttls" in said else said[0] if said else None


def _settle(security: TransportSecurity | None, port: int | None) -> TransportSecurity | None:
    return "starttls" if security == "tls" and port == 143 else security


def password_candidates(stated: str) -> tuple[str, tuple[str, ...]]:
    """Return the password to try first, and at most one more, from what stands after the separator.

    The literal characters come first, except for enclosing quotes and a link a mail program appended. The second
    undoes what a phone's keyboard or a sentence adds: smart punctuation, NBSP, zero-width characters, a full stop.
    """
    literal = stated.strip(_EDGES)
    for bare in (without_link(literal), _without_quotes(literal)):
        if bare != literal and bare:
            return bare, (literal,)
    plain = literal.translate(_PLAIN).removesuffix(".")
    if re.fullmatch(r"\*[^*]+\*", plain):
        plain = plain[1:-1]
    return literal, ((plain,) if plain and plain != literal else ())


def _without_quotes(text: str) -> str:
    inner = text[1:-1]
    quoted = (
        len(text) > 2 and text[0] + text[-1] in _QUOTES and text[0] not in inner and text[-1] not in inner
    )
    return inner if quoted else text


# --- rows ---------------------------------------------------------------------------------------------------------


def build_row(origin: str, line: int, stated: Mapping[Field, str], *, in_cells: bool) -> StatedRow:
    """Return the row with every problem its own values show; a missing host is the request's to judge.

    Args:
        origin: "body" or the file's name.
        line: 1-based line of the file; 0 = the message.
        stated: the text stated for each field.
        in_cells: the values come from cells of a file: then the password is the cell, nothing trimmed.
    """
    address = read_address(stated.get("address", "")) or None
    login = stated.get("login", "").strip(_EDGES) or None
    if login and not address and is_address(read_address(login)):
        address, login = read_address(login), None
    server = read_server(stated)
    password, others = _password(stated.get("password"), in_cells=in_cells)
    row = StatedRow(
        origin=origin,
        line=line,
        address=address,
        login=None if login == address else login,
        password=password,
        password_alternatives=others,
        host=server.name,
        port=server.port,
        security=server.security,
        destination=_destination(stated.get("destination", ""), address),
        contacts_file=stated.get("contacts_file", "").strip(_EDGES) or None,
        calendar_file=stated.get("calendar_file", "").strip(_EDGES) or None,
    )
    return replace(row, problems=tuple(_problems(row, stated)))


def read_server(stated: Mapping[Field, str]) -> Host:
    """Return host, port and security from their fields; what the fields leave open, the host's own text may say."""
    host = read_host(stated.get("host", ""))
    port = read_port(stated.get("port", "")) or host.port
    words = stated.get("security", "") or stated.get("port", "")
    return Host(host.name, port, read_security(words, port) or _settle(host.security, port))


def _password(stated: str | None, *, in_cells: bool) -> tuple[str | None, tuple[str, ...]]:
    if not stated or not stated.strip(_EDGES):
        return None, ()
    if not in_cells:
        return password_candidates(stated)
    trimmed = stated.strip(_EDGES)
    return stated, ((trimmed,) if trimmed != stated else ())


def _destination(stated: str, address: str | None) -> str | None:
    destination = read_address(stated) if stated.strip(_EDGES) else None
    same = destination and address and destination.casefold() == address.casefold()
    return None if same else destination


def _problems(row: StatedRow, stated: Mapping[Field, str]) -> Iterable[Problem]:
    def problem(code: str, field: str) -> Problem:
        return Problem(code=code, field=field, line=row.line)

    if row.address is None:
        yield problem("address-missing", "address")
    elif not is_address(row.address):
        yield problem("address-invalid", "address")
    elif _EXAMPLE.search(row.address):
        yield problem("example-row", "address")
    if row.destination is not None and not is_address(row.destination):
        yield problem("address-invalid", "destination")
    if row.password is None:
        yield problem("password-missing", "password")
    elif re.fullmatch(r"\d[.,]\d+E\+\d+", row.password):
        yield problem("numeric-cell", "password")
    if row.host is None and stated.get("host", "").strip(_EDGES):
        yield problem("host-invalid", "host")


_SAID: Final = tuple(
    field.name
    for field in fields(StatedRow)
    if field.name not in {"origin", "line", "problems", "password_alternatives"}
)


def merge_rows(rows: Iterable[StatedRow]) -> tuple[StatedRow, ...]:
    """Return the rows with repetitions joined, in order.

    Two rows of one address are one when neither contradicts the other (what one leaves out the other may say).
    Where they do, both stay and both carry duplicate-conflict.
    """
    merged: list[StatedRow] = []
    first_at: dict[str, int] = {}
    for row in rows:
        twin = first_at.setdefault(row.address.casefold(), len(merged)) if row.address else len(merged)
        if twin == len(merged):
            merged.append(row)
        elif joined := _join(merged[twin], row):
            merged[twin] = joined
        else:
            merged[twin] = _conflicting(merged[twin])
            merged.append(_conflicting(row))
    return tuple(merged)


def _join(first: StatedRow, second: StatedRow) -> StatedRow | None:
    if any(problem.code == "row-shifted" for problem in (*first.problems, *second.problems)):
        return None
    values = {}
    for name in _SAID:
        one, two = getattr(first, name), getattr(second, name)
        if one is not None and two is not None and one != two and name != "address":
            return None
        values[name] = two if one is None else one
    keep = first if first.password is not None else second
    solved = {name for name, value in values.items() if value is not None}
    problems = [
        problem
        for problem in dict.fromkeys((*first.problems, *second.problems))
        if not (problem.code.endswith("-missing") and problem.field in solved)
    ]
    return replace(
        first,
        **values,
        password_alternatives=keep.password_alternatives,
        problems=tuple({(p.code, p.field): p for p in problems}.values()),
    )


def _conflicting(row: StatedRow) -> StatedRow:
    if any(problem.code == "duplicate-conflict" for problem in row.problems):
        return row
    return replace(
        row, problems=(*row.problems, Problem(code="duplicate-conflict", field="address", line=row.line))
    )


# --- columns ------------------------------------------------------------------------------------------------------

_PROFILES: Final[tuple[dict[str, Field], ...]] = (
    # Hetzner konsoleH: the IMAP columns are the source, the bare ones the new mailbox
    {"imap server": "host", "imap username": "login", "imap password": "password", "mailbox": "destination"},
    # LWS, TrekMail, MigrationWiz and imapsync's job file need no profile: "source_", "dest_" and 1, 2 are roles
    {"user password": "password", "google user": "destination"},
)


def map_columns(header: list[str]) -> dict[int, Field]:
    """Return which column holds which field; {} when this is no header (fewer than one address and one more label).

    A column of the new side names the destination or is left out; "host2", "user2" are the new side (imapsync).
    """
    folded = [fold(cell) for cell in header]
    for profile in _PROFILES:
        if profile.keys() <= set(folded):
            return {folded.index(name): field for name, field in profile.items()}
    columns: dict[int, Field] = {}
    for at, cell in enumerate(header):
        label = read_label(cell)
        if label is None or label.field == "ignored":
            continue
        is_new = label.role == "new" or label.index == 2
        field: Field = "destination" if is_new and label.field in {"address", "login"} else label.field
        if is_new and field != "destination" and label.field != "destination":
            continue
        if field not in columns.values():
            columns[at] = field
    known = set(columns.values())
    return columns if len(known) > 1 and known & {"address", "login"} else {}

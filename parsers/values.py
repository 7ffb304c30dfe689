"""Single values as people write them: an address, a server, a port, a password."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from parsers.labels import Field, fold
from parsers.result import TransportSecurity

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
    r"^\[?([^\[\]<>]*?)\]?(?:(?<!\s)\s+)?[<(\[](?:mailto:|https?://)[^<>()\[\]]*[>)\]]$", re.IGNORECASE
)
_OTHER_SERVICE: Final = re.compile(
    r"(smtps?|mailout|outgoing|postausgang|pop3?s?|webmail|www|autodiscover|autoconfig|ftp)\d*[.-]",
    re.IGNORECASE,
)
_IMAP: Final = re.compile(r"s?imap", re.IGNORECASE)
_MOST_WORDS: Final = 60
_MOST: Final = 1000  # characters; what is longer is no single value
EDGES: Final = " \t\u00a0"
QUOTES: Final = (
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


@dataclass(frozen=True, slots=True)
class Host:
    """A server as stated; name None = no host name in it, port and security None = not said."""

    name: str | None
    port: int | None = None
    security: TransportSecurity | None = None


def without_link(text: str) -> str:
    """Return the text without the link a mail program appended to it."""
    linked = _LINK.match(text.strip(EDGES))
    return linked[1] if linked and linked[1] else text


def is_address(text: str) -> bool:
    """True for one plain address, nothing around it. Its local part is ASCII: IMAP logins with others are asked for."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def read_address(text: str) -> str:
    """Return the one address in the text; the text itself when there is none or more than one. Never cut short."""
    if len(text) > _MOST:
        return text
    whole = without_link(text).strip(EDGES)
    whole = re.sub(r"^mailto:", "", whole, flags=re.IGNORECASE)
    if is_address(whole):
        return whole
    words = [word.strip("<>()[]\"'`*,;:").removesuffix(".") for word in re.split(r"[\s<>()\[\],;|]+", whole)]
    found = list(
        dict.fromkeys(re.sub(r"^mailto:", "", word, flags=re.IGNORECASE) for word in words if "@" in word)
    )
    return found[0] if len(found) == 1 else whole


def read_host(text: str) -> Host:
    """Return host, port and security from "imap.x", "imap.x:993 (SSL)", "ssl://imap.x", "imap.x Port 993".

    Of several the first that can be an IMAP server; a web page or a server for sending is none.
    """
    whole = without_link(text[:_MOST]).strip(EDGES + "\"'`*")
    scheme = _SCHEME.match(whole)
    words = re.split(r"[\s,;()<>|]+", _SCHEME.sub("", whole))[:_MOST_WORDS]
    web = scheme is not None and scheme[1].lower() in {"http", "https"}
    named = {at: name for at, word in enumerate(words) if is_host(name := _name_in(word))}
    usable = [
        at
        for at, name in named.items()
        if not _OTHER_SERVICE.match(name) and not (web and not _IMAP.match(name))
    ]
    if not usable:
        return Host(None)
    at = usable[0]
    first = 0 if at == min(named) else at
    last = next((other for other in named if other > at), len(words))
    port = words[at].strip("/").partition(":")[2]
    rest = " ".join([*words[first:at], port, *words[at + 1 : last]])
    secure: TransportSecurity | None = (
        "tls" if scheme and scheme[1].lower() in {"imaps", "ssl", "tls"} else None
    )
    number = read_port(rest)
    return Host(named[at].lower(), number, _settle(secure or _word_security(rest), number))


def _name_in(word: str) -> str:
    return word.strip("/\"'*").partition(":")[0].rstrip(".").split("/", maxsplit=1)[0]


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
    good = {number for number in numbers if 0 < number < 65536}
    if len(good) > 1:
        good &= {143, 993}  # "IMAP 993, SMTP 465"
    return good.pop() if len(good) == 1 else None


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
    literal = stated.strip(EDGES)
    for bare in (without_link(literal), _without_quotes(literal)):
        if bare != literal and bare:
            return bare, (literal,)
    sentence_end = literal.endswith(".") and not literal.endswith("..")
    plain = (literal[:-1] if sentence_end else literal).translate(_PLAIN)
    if re.fullmatch(r"\*[^*]+\*", plain):
        plain = plain[1:-1]
    return literal, ((plain,) if plain and plain != literal else ())


def _without_quotes(text: str) -> str:
    inner = text[1:-1]
    quoted = len(text) > 2 and text[0] + text[-1] in QUOTES and text[0] not in inner and text[-1] not in inner
    if quoted and text[0] == "\u00ab" and inner[0] in " \u00a0\u202f" and inner[-1] in " \u00a0\u202f":
        return inner[1:-1]  # « as French sets them »
    return inner if quoted else text


def read_server(stated: Mapping[Field, str]) -> Host:
    """Return host, port and security from their fields; what the fields leave open, the host's own text may say."""
    host = read_host(stated.get("host", ""))
    port = read_port(stated.get("port", "")) or host.port
    words = stated.get("security", "") or stated.get("port", "")
    return Host(host.name, port, read_security(words, port) or _settle(host.security, port))

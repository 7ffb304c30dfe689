"""An autoconfig file (config-v1.1.xml), as far as it names IMAP servers; the format is Thunderbird's."""

import re
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from parsers.result import Parsed, Problem, TransportSecurity

MAX_BYTES: Final = 64 << 10
MAX_DEPTH: Final = 12
MAX_SERVERS: Final = 6
_SECURITY: Final[dict[str, TransportSecurity]] = {"ssl": "tls", "starttls": "starttls"}
_FORMS: Final = {
    "%EMAILADDRESS%": "{address}",
    "%EMAILLOCALPART%": "{local}",
    "%EMAILDOMAIN%": "{domain}",
}
_PASSWORDS: Final = (
    "password-cleartext",
    "password-encrypted",
    "plain",
    "secure",
)  # the last two in old files
_TEXTS: Final = ("hostname", "port", "sockettype", "username", "authentication")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """One IMAP server that takes passwords; never one without TLS."""

    host: str
    port: int
    security: TransportSecurity
    login: str  # with {address}, {local} and {domain} to be filled in


class _TooMuch(Exception):
    """The file is no small, plain list of servers."""


@dataclass(slots=True)
class _Reading:
    """Where the reader stands in the file."""

    path: list[str] = field(default_factory=list)
    said: dict[str, list[str]] | None = None  # of the IMAP server being read
    found: list[dict[str, list[str]]] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name.casefold())
        if len(self.path) > MAX_DEPTH or len(self.found) > MAX_SERVERS:
            raise _TooMuch
        if self.path[-1] == "incomingserver":
            self.said = {} if attributes.get("type", "").casefold() == "imap" else None
        elif self.said is not None and self.path[-1] in _TEXTS and self.path[-2] == "incomingserver":
            self.said.setdefault(self.path[-1], []).append("")

    def end(self, _name: str) -> None:
        if self.path.pop() == "incomingserver" and self.said is not None:
            self.found.append(self.said)
            self.said = None

    def text(self, data: str) -> None:
        if self.said is not None and len(self.path) > 1 and self.path[-2] == "incomingserver":
            pieces = self.said.get(self.path[-1])
            if pieces:
                pieces[-1] += data


def parse_autoconfig(data: bytes, domain: str) -> Parsed[tuple[MailServer, ...]]:
    """Return the IMAP servers the file names, in its order. Never raises; a document type or an entity is refused.

    Args:
        data: the file.
        domain: what %EMAILDOMAIN% in a server's name means.
    """
    reading = _Reading()
    if len(data) > MAX_BYTES:
        return Parsed((), (Problem(code="unreadable"),))
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, _TooMuch, ValueError, LookupError):
        return Parsed((), (Problem(code="unreadable"),))
    servers = [_server(said, domain) for said in reading.found[:MAX_SERVERS]]
    return Parsed(tuple(dict.fromkeys(one for one in servers if one)))


def _refuse(*_args: object) -> None:
    raise _TooMuch


def _server(said: dict[str, list[str]], domain: str) -> MailServer | None:
    def one(name: str) -> str:
        return (said.get(name) or [""])[0].strip()

    host = one("hostname").replace("%EMAILDOMAIN%", domain).casefold()
    security = _SECURITY.get(one("sockettype").casefold())
    login = _login(one("username"))
    methods = [method.strip().casefold() for method in said.get("authentication", ())]
    takes_passwords = not methods or any(method in _PASSWORDS for method in methods)
    if not (host and security and login and takes_passwords and re.fullmatch(r"[0-9]{1,5}", one("port"))):
        return None
    return MailServer(host=host, port=int(one("port")), security=security, login=login)


def _login(form: str) -> str:
    """Return the form of the login name; "" where it wants something we do not know, or is nobody's in particular."""
    if "{" in form or "}" in form or len(form) > 100:
        return ""
    for said, meant in _FORMS.items():
        form = form.replace(said, meant)
    return form if "{" in form and "%" not in form else ""

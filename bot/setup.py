"""`mailferry init` and `mailferry check`: questions, live trials and verdicts, for a person at a terminal.

`ask(question, default, secret)` returns the answer ("" = the default was taken, when there is one it is returned);
`say(line)` prints one line. Both come from the command line, so that tests answer for a person.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Final, Protocol

from bot.checks import Finding, check_all, probe_account, probe_dav, probe_greeting, probe_inbox, probe_smtp
from bot.config import Config, load
from bot.errors import BotError, ConfigBroken
from bot.model import Endpoint, Login, Secret, Security
from bot.units import check_address, check_zone

EX_UNAVAILABLE: Final = 69
EX_CONFIG: Final = 78
LOCAL: Final = frozenset({"config", "key", "state", "store", "directory", "clock"})
PROTECTIONS: Final[Mapping[str, Security]] = {"tls": "tls", "starttls": "starttls"}
SECURITY_OF_PORT: Final[Mapping[int, Security]] = {
    993: "tls",
    465: "tls",
    143: "starttls",
    587: "starttls",
    25: "starttls",
}

DIRECTORY: Final = """\
# Which sender may order for further domains. A sender's own domain needs no line here; free-mail domains are
# nobody's own. Read again for every order; `mailferry check` tests it.
[senders]
# "anna@kunde.example" = ["other.example", "third.example"]
# "@agency.example" = ["kunde.example"]     # everybody at agency.example
"""


class Ask(Protocol):
    """Put one question to the operator."""

    def __call__(self, question: str, default: str = "", *, secret: bool = False) -> str:
        """Return the answer, or the default for an empty one; a secret one is not shown while typing."""


Say = Callable[[str], None]


def check(config: Config, say: Say, *, account: str = "", as_json: bool = False) -> int:
    """Try everything and say what was found, one line each; return the exit status.

    Args:
        config: as loaded (a file that does not load has said why already).
        say: prints a line.
        account: an address of ours, to enter it as the daemon would.
        as_json: one list of {part, state, said, do} instead of lines.

    Returns:
        0; 78 when something on this host has to be mended; 69 when a server does not let us in.
    """
    found = []
    for finding in check_all(config, account):
        found.append(finding)
        if not as_json:
            say(str(finding))
    if as_json:
        say(json.dumps([asdict(finding) for finding in found], indent=2))
    failed = {finding.part for finding in found if finding.state == "FAIL"}
    return (EX_CONFIG if failed & LOCAL else EX_UNAVAILABLE) if failed else 0


@dataclass(slots=True)
class Answers:
    """What has been answered so far: bot.toml's values, and the secrets that go into files."""

    values: dict[tuple[str, str], object] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)  # file name -> the secret

    def text(self, section: str, key: str, default: str = "") -> str:
        """Return an answer as text."""
        return str(self.values.get((section, key), default))


@dataclass(slots=True)
class Interview:
    """One run of `init`."""

    ask: Ask
    say: Say
    answers: Answers = field(default_factory=Answers)
    address: str = ""  # of the support desk

    def value(self, section: str, key: str, question: str, default: str = "") -> str:
        """Ask for one key; the former answer, if any, is the default."""
        given = self.ask(question, self.answers.text(section, key, default)).strip()
        self.answers.values[section, key] = given
        return given

    def checked(
        self, section: str, key: str, question: str, default: str, valid: Callable[[str], str]
    ) -> str:
        """Ask until the answer is valid; an invalid one is never offered as the default."""
        former = self.answers.text(section, key, default)
        while True:
            given = self.value(section, key, question, default)
            try:
                return valid(given)
            except ValueError as wrong:
                self.answers.values[section, key] = former
                self.say(f"      {wrong}")

    def secret(self, name: str, question: str, default: str = "") -> Secret:
        """Ask for a secret; empty = the former one, or the default."""
        given = self.ask(question, "", secret=True) or self.answers.secrets.get(name, default)
        self.answers.secrets[name] = given
        return Secret(given)

    def server(self, section: str, host_key: str, what: str, host: str, port: int) -> Endpoint:
        """Ask for a server's name and port; the port says how the connection is protected."""
        name = self.value(section, host_key, f"{what} server", host)
        number = int(self.checked(section, "port", f"{what} port", str(port), _port))
        security = SECURITY_OF_PORT.get(number) or self._protection(section, number)
        self.answers.values[section, "port"] = number
        self.answers.values[section, "security"] = security
        return Endpoint(host=name, port=number, security=security)

    def _protection(self, section: str, port: int) -> Security:
        """Ask how a port nobody knows is protected: guessed wrong, both sides would wait for the other."""
        question = f"port {port} speaks tls from the first byte, or starttls"
        return PROTECTIONS[self.checked(section, "security", question, "tls", _protection)]

    def until_it_works(self, questions: Callable[[], Finding]) -> None:
        """Ask and try; on failure the operator answers again or keeps what was said."""
        while True:
            finding = questions()
            self.say(str(finding))
            if (
                finding.state != "FAIL"
                or self.ask("again with other answers (again), or leave these as they are (keep)", "again")
                == "keep"
            ):
                return


def init(path: Path, ask: Ask, say: Say, environ: Mapping[str, str]) -> int:
    """Ask what is needed, try each login at once, and write bot.toml, its secret files and a key beside it.

    Nothing is overwritten unasked: an existing bot.toml is replaced only on "yes" and stays as bot.toml.old;
    an existing key and directory.toml are always kept.

    Returns:
        0, or 78 when the operator kept the file that was there or the result does not load.
    """
    if (
        path.exists()
        and ask(f"{path} exists: replace it (the old one stays as {path.name}.old)", "no") != "yes"
    ):
        say(f"{path} is unchanged. To test it: mailferry check --config {path}")
        return EX_CONFIG
    interview = Interview(ask, say)
    for part in (_support, _outbound, _destination, _dav, _rest):
        part(interview)
    usual = "/var/lib/mailferry" if path.absolute().is_relative_to("/etc") else "state"
    interview.value("store", "state", "folder for the database and the journals", usual)
    try:
        _write(path, interview.answers, say)
        load(path, environ)
    except (ConfigBroken, OSError) as failed:
        say(
            str(failed)
            if isinstance(failed, BotError)
            else f"{path.parent} may not be written to: choose another folder"
        )
        return EX_CONFIG
    say(f"written: {path}. Next: mailferry check --config {path}, then mailferry run --config {path}")
    return 0


def _protection(text: str) -> str:
    if text.strip().lower() not in PROTECTIONS:
        raise ValueError('answer "tls" or "starttls"')
    return text.strip().lower()


def _port(text: str) -> str:
    if not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise ValueError("a port is wanted: 1 to 65535")
    return text


def _support(interview: Interview) -> None:
    interview.say("The support mailbox: mails there are read and marked, never deleted.")
    address = interview.checked("support", "addresses", "support address", "", check_address)
    interview.address, domain = address, address.partition("@")[2]

    def questions() -> Finding:
        endpoint = interview.server("inbox", "host", "IMAP", f"imap.{domain}", 993)
        user = interview.value("inbox", "user", "IMAP login", address)
        password = interview.secret("inbox", "IMAP password")
        return probe_inbox(Login(endpoint=endpoint, user=user, password=password), "INBOX", "$MailferryTaken")

    interview.until_it_works(questions)
    interview.answers.values["support", "addresses"] = [address]


def _outbound(interview: Interview) -> None:
    interview.say("How replies leave.")
    address, domain = interview.address, interview.address.partition("@")[2]
    name = interview.value("support", "name", "name under replies", "Support")
    interview.answers.values["outbound", "from"] = f"{name} <{address}>"

    def questions() -> Finding:
        endpoint = interview.server("outbound", "host", "SMTP", f"smtp.{domain}", 587)
        user = interview.value(
            "outbound", "user", 'SMTP login ("-" = none)', interview.answers.text("inbox", "user")
        )
        if user == "-":
            interview.answers.values["outbound", "user"] = user = ""
        inbox = interview.answers.secrets["inbox"]
        password = (
            interview.secret("outbound", "SMTP password (empty = as the mailbox)", inbox)
            if user
            else Secret("")
        )
        return probe_smtp(endpoint, user, password, address)

    interview.until_it_works(questions)


def _destination(interview: Interview) -> None:
    interview.say("Our own IMAP server, where the mail goes.")

    def questions() -> Finding:
        inbox = interview.answers.text("inbox", "host")
        endpoint = interview.server("destination", "imap_host", "our IMAP", inbox, 993)
        way = interview.checked(
            "destination", "auth", "entered by master, authzid or password", "master", _auth
        )
        if way == "password":
            return probe_greeting(endpoint)
        user = interview.value("destination", "master_user", "master user", "mailferry")
        password = interview.secret("master", "master password")
        account = interview.ask("one of our accounts to try it with (empty = none)", "")
        if not account:
            return probe_greeting(endpoint)
        login = Login(endpoint=endpoint, user=f"{account}*{user}", password=password)
        if way == "authzid":
            login = Login(endpoint=endpoint, user=user, password=password, authorize_as=account)
        return probe_account(login, account)

    interview.until_it_works(questions)


def _auth(text: str) -> str:
    if text not in {"master", "authzid", "password"}:
        raise ValueError("one of master, authzid, password")
    return text


def _dav(interview: Interview) -> None:
    interview.say("Our contacts and calendar server.")

    def questions() -> Finding:
        url = interview.value("dav", "url", 'url ("-" = none)', "-")
        if url == "-":
            interview.answers.values["dav", "url"] = ""
            return Finding(part="dav", state="ok", said="none: contacts and calendars are left to staff")
        user = interview.value("dav", "user", "service login that may write for everybody", "mailferry")
        return probe_dav(url, user, interview.secret("dav", "DAV password"))

    interview.until_it_works(questions)


def _rest(interview: Interview) -> None:
    interview.checked(
        "schedule", "timezone", "time zone in which customers are read", _zone_here(), check_zone
    )
    interview.say("Senders are proven by what your own MX writes first in Authentication-Results (RFC 8601).")
    interview.value("support", "authserv_id", "its name there (empty = staff approve every request)")
    staff = interview.ask(
        "staff who may CC and forward: addresses or @domains, with commas (empty = nobody)", ""
    )
    interview.answers.values["support", "staff"] = [word.strip() for word in staff.split(",") if word.strip()]


def _zone_here() -> str:
    try:
        return check_zone(str(Path("/etc/localtime").readlink()).partition("zoneinfo/")[2])
    except (OSError, ValueError):
        return "UTC"


def _write(path: Path, answers: Answers, say: Say) -> None:
    folder = path.parent
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, secret in answers.secrets.items():
        _replace(secrets / name, secret + "\n", 0o600)
    if (secrets / "key").exists():
        say(f"kept: {secrets / 'key'}")
    else:
        from bot.vault import new_key

        _replace(secrets / "key", new_key() + "\n", 0o600)
        say(f"made: {secrets / 'key'}; keep a copy apart from the database and its backups")
    (folder / answers.text("store", "state")).mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "directory.toml").exists():
        _replace(folder / "directory.toml", DIRECTORY, 0o640)
    if path.exists():
        path.replace(path.with_name(path.name + ".old"))
    template = (files("bot") / "bot.toml").read_text("utf-8")
    _replace(path, render_toml(template, answers.values), 0o640)


def _replace(file: Path, text: str, mode: int) -> None:
    """Write a file whole or not at all, and never readable by others in between."""
    passing = file.with_name(f".{file.name}.new")
    passing.unlink(missing_ok=True)
    with os.fdopen(
        os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8"
    ) as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    passing.replace(file)


def render_toml(template: str, values: Mapping[tuple[str, str], object]) -> str:
    """Return the commented template with these values in their places. Pure."""
    section, lines = "", []
    for line in template.splitlines():
        if heading := re.match(r"\[(\w+)\]", line):
            section = heading[1]
        stated = re.match(r'(?P<key>\w+) = (?P<value>"[^"]*"|\[[^\]]*\]|\S+)(?P<rest>\s*#.*)?$', line)
        if stated and (section, stated["key"]) in values:
            value = json.dumps(values[section, stated["key"]], ensure_ascii=False).replace("\x7f", "\\u007f")
            line = f"{stated['key']} = {value}{stated['rest'] or ''}"  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines) + "\n"

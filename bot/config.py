"""bot.toml, the environment and secret files as one frozen value; all mistakes at once.

Order of precedence: `BOT_SECTION__KEY` in the environment, then bot.toml, then the default.
A secret is never a value here: only the file, variable or command it is read from when somebody asks.
"""

import shlex
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_origin
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)

from bot.access import Directory, parse_directory
from bot.dav.profiles import UNKNOWN, profile_names
from bot.errors import ConfigBroken
from bot.mistakes import Mistake, broken, located, nearest
from bot.model import Endpoint, Secret
from bot.model import Security as SecurityName
from bot.secretfile import file_mistake, read_secret
from bot.timing import WEEKDAYS, Schedule, after_quiet, check_quiet
from bot.units import (
    check_address,
    check_exchanger,
    check_fingerprint,
    check_member,
    check_network,
    check_resolver,
    check_sender,
    check_service,
    check_zone,
    is_loopback,
    parse_duration,
    parse_size,
    split_service,
)

if TYPE_CHECKING:
    from bot.net import AddressPolicy
    from bot.survey import Asking
    from bot.words import Texts
    from bot.zone import Wanted


def _text_first(parse: Any) -> BeforeValidator:
    def checked(value: Any) -> Any:
        return parse(value) if isinstance(value, str) else value

    return BeforeValidator(checked)


def _profile(name: str) -> str:
    if name not in profile_names():
        raise ValueError(f"one of {', '.join(profile_names())} is wanted")
    return name


def _path(value: Any, info: ValidationInfo) -> Any:
    if value in ("", None) or not isinstance(value, str | Path):
        return value or None
    context = info.context or {}
    filled = Template(str(value)).safe_substitute(context.get("environ", {}))  # $CREDENTIALS_DIRECTORY/inbox
    return Path(context.get("base", ".")) / Path(filled).expanduser()


def _words(value: Any) -> Any:
    return tuple(shlex.split(value)) if isinstance(value, str) else value


Duration = Annotated[timedelta, _text_first(parse_duration)]
Size = Annotated[int, _text_first(parse_size)]
Whole = Annotated[int, Field(strict=True, ge=1)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Flag = Annotated[bool, Field(strict=True)]
File = Annotated[Path | None, BeforeValidator(_path)]
Folder = Annotated[Path, BeforeValidator(_path)]
Address = Annotated[str, AfterValidator(check_address)]
Member = Annotated[str, AfterValidator(check_member)]
Network = Annotated[str, AfterValidator(check_network)]
Fingerprint = Annotated[str, AfterValidator(check_fingerprint)]
LabelField = Literal["address", "password", "host", "login", "port", "security", "destination", "start"]
Command = Annotated[tuple[str, ...], BeforeValidator(_words)]


class Section(BaseModel):
    """One [section]: frozen, and no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Password(Section):
    """A section with a `password_file`, `password_env` or `password_command`."""

    password_file: File = None
    password_env: str = ""
    password_command: Command = ()

    def password(self) -> Secret | None:
        """Read the password now; None when the section names none."""
        return read_secret(self.password_file, self.password_env, self.password_command)


class Inbox(Password):
    """[inbox]: the support mailbox, where requests arrive."""

    host: str = ""
    port: Port = 993
    security: SecurityName = "tls"
    user: str = ""
    folder: str = "INBOX"
    poll: Duration = timedelta(seconds=30)
    idle: Flag = True
    first_look: Duration = timedelta(days=2)
    keyword: str = "$MailferryTaken"

    def endpoint(self) -> Endpoint:
        """Return where the support mailbox is."""
        return Endpoint(host=self.host, port=self.port, security=self.security)


class HelpdeskRelay(Section):
    """[[support.helpdesk_relays]]: a helpdesk that passes its customers' mails on in mails of its own."""

    sender: Annotated[Address, Field(alias="from")]
    dkim_domain: str  # which domain our own MX has to have proven for it
    customer_header: str  # the field of its mails that names the customer


class Support(Section):
    """[support]: who we are in the thread, and whom we trust."""

    addresses: tuple[Address, ...] = ()
    bot_addresses: tuple[Address, ...] = ()
    staff: tuple[Member, ...] = ()
    helpdesk_relays: tuple[HelpdeskRelay, ...] = ()
    authserv_id: str = ""
    reply_mode: Literal["direct", "via_desk"] = "direct"
    ticket_address: Annotated[str, AfterValidator(lambda one: one and check_address(one))] = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    labels: dict[LabelField, tuple[str, ...]] = Field(
        default_factory=dict
    )  # beside the words everybody knows
    name: str = ""


class Outbound(Password):
    """[outbound]: how replies leave."""

    host: str = ""
    port: Port = 587
    security: SecurityName = "starttls"
    user: str = ""
    sender: Annotated[str, Field(alias="from"), AfterValidator(check_sender)] = ""
    sent_folder: str = ""
    receipt: Annotated[str, AfterValidator(lambda one: one if one in ("", "off") else check_address(one))] = (
        ""
    )
    receipt_wait: Duration = timedelta(minutes=15)
    hold: Flag = False
    shadow: Flag = False

    def password(self) -> Secret | None:
        """Read the password now; None without a login."""
        return super().password() if self.user else None

    def address(self) -> str:
        """Return the address in `from`, for the envelope and for Message-IDs."""
        return parseaddr(self.sender)[1]

    def endpoint(self) -> Endpoint:
        """Return where the submission server is."""
        return Endpoint(host=self.host, port=self.port, security=self.security)


class Destination(Section):
    """[destination]: our own IMAP server, and how we enter the new accounts."""

    imap_host: str = ""
    port: Port = 993
    security: SecurityName = "tls"
    auth: Literal["master", "authzid", "password"] = "master"
    master_user: str = ""
    master_separator: str = "*"
    master_password_file: File = None
    master_password_env: str = ""
    master_password_command: Command = ()
    skip_roles: tuple[Literal["trash", "junk", "drafts", "sent", "archive", "all", "flagged"], ...] = (
        "trash",
        "junk",
    )
    domains: tuple[str, ...] = ()

    def endpoint(self) -> Endpoint:
        """Return where our IMAP server is."""
        return Endpoint(host=self.imap_host, port=self.port, security=self.security)

    def master_password(self) -> Secret | None:
        """Read the master user's password now; None when none is named."""
        return read_secret(self.master_password_file, self.master_password_env, self.master_password_command)


class Dav(Password):
    """[dav]: our contacts and calendar server; no url = contacts and calendars go to staff."""

    url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    principal: str = "/{address}/"
    auth: Literal["service", "password", "app-password"] = "service"
    app_password_command: Command = ()
    app_password_done_command: Command = ()
    user: str = ""
    profile: Annotated[str, AfterValidator(_profile)] = UNKNOWN
    max_connections: Annotated[int, Field(ge=0, le=16)] = 0
    calendars: Literal["by-name", "one"] = "by-name"
    canary: Annotated[str, AfterValidator(lambda one: one and check_address(one))] = ""


class ScheduleSection(Section):
    """[schedule]: the zone in which people's words about time are read, and how much notice a start needs."""

    timezone: Annotated[str, AfterValidator(check_zone)] = "UTC"
    notice: Duration = timedelta(hours=24)
    weekend_notice: Duration = timedelta(hours=48)
    weekend: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ("sat", "sun")

    quiet_hours: Annotated[str, AfterValidator(check_quiet)] = ""

    def not_before(self, now: datetime) -> datetime:
        """Return when a reply that answers nobody's mail may leave: now, or the end of the quiet hours."""
        return after_quiet(now, self.quiet_hours, self.timezone)

    def rule(self) -> Schedule:
        """Return the notice rule as bot.timing wants it."""
        return Schedule(
            zone=self.timezone,
            notice=self.notice,
            weekend_notice=self.weekend_notice,
            weekend=tuple(sorted({WEEKDAYS.index(day) for day in self.weekend})),
        )


class Engine(Section):
    """[engine]: how much runs at once."""

    max_mailboxes: Whole = 4
    max_per_source_host: Whole = 2
    connections: Whole = 4
    max_connections_per_source_host: Whole = 8
    max_connections_per_destination_host: Whole = 32
    verify: Literal["digest", "full"] = "digest"
    compress: Flag = False
    check_deadline: Duration = timedelta(seconds=45)


class Source(Section):
    """[source]: which addresses a customer's server may have."""

    ports: tuple[Port, ...] = (993, 143)
    allow_networks: tuple[Network, ...] = ()
    deny_networks: tuple[Network, ...] = ()
    accept_certificates: dict[str, Fingerprint] = {}  # by server name, as customers give it


class DirectoryFile(Section):
    """[directory]: which sender may order for which further domains."""

    file: File = Field(default=Path("directory.toml"), validate_default=True)

    def read(self) -> Directory:
        """Return the directory as it is now; no file = nobody is listed.

        Raises:
            ConfigBroken: the file cannot be read; the message lists every mistake.
        """
        if self.file is None or not self.file.exists():
            return Directory()
        try:
            return parse_directory(self.file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError):
            raise ConfigBroken(what=f"{self.file} cannot be read as UTF-8 text") from None


class Store(Section):
    """[store]: where everything is remembered."""

    url: str = ""
    state: Folder = Field(default=Path("state"), validate_default=True)
    key_file: File = None

    def database_url(self) -> str:
        """Return the SQLAlchemy address: `url`, or the SQLite file in the state folder."""
        return self.url or f"sqlite:///{self.state / 'mailferry.db'}"


class Privacy(Section):
    """[privacy]: how long passwords live."""

    wipe_secrets_after: Duration = timedelta(days=7)
    wipe_secrets_at_latest: Duration = timedelta(days=30)


class TextsSection(Section):
    """[texts]: what replies say in the operator's own words."""

    folder: File = None

    def read(self) -> "tuple[Texts, list[Mistake]]":
        """Return the texts of every language, those of the folder in place of ours, and all that is wrong with it."""
        from bot.textfolder import read_texts
        from bot.words import OURS

        return read_texts(self.folder) if self.folder else (OURS, [])


class Limits(Section):
    """[limits]: what one sender may cost us."""

    max_mail: Size = 50 * 2**20
    replies_per_address_per_hour: Whole = 10
    replies_per_hour: Whole = 200


class Log(Section):
    """[log]: how much is said, and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


class Dkim(Section):
    """[[dns.dkim]]: one key under which our servers sign for a customer's domain."""

    selector: Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")]
    type: Literal["CNAME", "TXT"] = "CNAME"
    value: str


class Dns(Section):
    """[dns]: what a customer's domain must point to in the end, and how it is watched."""

    mx: tuple[Annotated[str, AfterValidator(check_exchanger)], ...] = ()
    spf_include: tuple[str, ...] = ()
    dkim: tuple[Dkim, ...] = ()
    dmarc: Annotated[str, Field(pattern=r"^(v=DMARC1;.*)?$")] = ""
    aliases: dict[str, str] = Field(default_factory=dict)
    services: dict[str, Annotated[str, AfterValidator(check_service)]] = Field(default_factory=dict)
    resolvers: tuple[Annotated[str, AfterValidator(check_resolver)], ...] = ()
    watch: Duration = timedelta(minutes=10)
    port: Port = 53

    def exchangers(self) -> tuple[str, ...]:
        """Return our MX names, without their preferences."""
        return tuple(one.rpartition(" ")[2] for one in self.mx)

    def wanted(self) -> "Wanted":
        """Return what every domain is to say, as bot.zone wants it."""
        from bot.zone import Wanted

        ranked = [one.rpartition(" ") for one in self.mx]
        return Wanted(
            mx=tuple((int(rank or 10 * (at + 1)), host) for at, (rank, _, host) in enumerate(ranked)),
            spf_include=self.spf_include,
            dkim=tuple((one.selector, one.type, one.value) for one in self.dkim),
            dmarc=self.dmarc,
            aliases=tuple(self.aliases.items()),
            services=tuple((name, *split_service(place)) for name, place in self.services.items()),
        )


class Config(BaseModel):
    """All of bot.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    inbox: Inbox = Inbox()
    support: Support = Support()
    outbound: Outbound = Outbound()
    destination: Destination = Destination()
    dav: Dav = Dav()
    schedule: ScheduleSection = ScheduleSection()
    engine: Engine = Engine()
    source: Source = Source()
    directory: DirectoryFile = DirectoryFile()
    store: Store = Store()
    privacy: Privacy = Privacy()
    texts: TextsSection = TextsSection()
    limits: Limits = Limits()
    log: Log = Log()
    dns: Dns = Dns()

    def own_addresses(self) -> tuple[str, ...]:
        """Return the desk's own mailboxes: mail copied there could claim to be our MX's word and prove anybody."""
        support = self.support
        return (*support.addresses, *support.bot_addresses, self.inbox.user, self.outbound.address())

    def receipt_address(self) -> str:
        """Return the address that gets a copy of each reply, to prove that it was accepted; "" = none."""
        ours = (*self.support.bot_addresses, *self.support.addresses)
        return "" if self.outbound.receipt == "off" else self.outbound.receipt or next(iter(ours), "")

    def ticket_address(self) -> str:
        """Return where replies go in `via_desk`: the desk passes them on to the requester."""
        support = self.support
        relays = tuple(one.sender for one in support.helpdesk_relays)
        return next(iter((*filter(None, [support.ticket_address]), *relays, *support.addresses)), "")

    def draft_readers(self) -> tuple[str, ...]:
        """Return who reads replies before anybody else does ([outbound] shadow): staff by name, else the support mailbox."""
        named = tuple(one for one in self.support.staff if not one.startswith("@"))
        return named or self.support.addresses[:1]

    def accepted_certificate(self, host: str) -> str:
        """Return the fingerprint of the certificate the operator accepts for a customer's server; "" = verified as usual."""
        accepted = self.source.accept_certificates
        return next((one for name, one in accepted.items() if name.casefold() == host.casefold()), "")

    def asking(self) -> "Asking":
        """Return whom to ask about a customer's domain, as bot.survey wants it."""
        from bot.survey import Asking

        return Asking(resolvers=self.dns.resolvers, policy=self.source_policy(), port=self.dns.port)

    def source_policy(self) -> "AddressPolicy":
        """Return which addresses a customer's server may have, as bot.net wants it."""
        from bot.net import AddressPolicy

        return AddressPolicy(
            ports=frozenset(self.source.ports),
            allow_networks=self.source.allow_networks,
            deny_networks=self.source.deny_networks,
        )


def find_file(environ: Mapping[str, str]) -> Path | None:
    """Return ./bot.toml, or bot.toml in the user's configuration folder, or None."""
    home = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config")
    candidates = (Path("bot.toml"), home / "mailferry" / "bot.toml")
    return next((file for file in candidates if file.is_file()), None)


def load(path: Path | None, environ: Mapping[str, str], *, complete: bool = True) -> Config:
    """Read bot.toml (None = where `find_file` looks), the environment and the secret files' state.

    Args:
        path: the file of --config.
        environ: the variables; BOT_SECTION__KEY ones win over the file.
        complete: False for verbs that contact nobody (`explain`): what a running daemon needs may be
            missing, secret files too, and so may bot.toml itself.

    Raises:
        ConfigBroken: the message lists every mistake at once; exit with 78.
    """
    file = path or find_file(environ)
    if file is None and complete:
        raise ConfigBroken(
            what="there is no bot.toml here: run `mailferry init`, or name one with --config FILE"
        )
    text = _read(file) if file else ""
    stated, mistakes = _with_environment(_parse(text, file), environ)
    context = {"base": file.parent.absolute() if file else Path.cwd(), "environ": environ}
    for section in Config.model_fields:
        stated.setdefault(section, {})  # so that relative default paths know their folder
    config, wrong = _validated(stated, context)
    missing = list(_missing(config, environ)) if complete else []
    named = {mistake.where for mistake in wrong}
    mistakes += wrong + [mistake for mistake in missing if mistake.where not in named]
    if mistakes:
        raise broken(file, [located(mistake, text, environ) for mistake in mistakes])
    return config


def _validated(stated: dict[str, Any], context: dict[str, Any]) -> tuple[Config, list[Mistake]]:
    """Read what can be read; wrong keys are named and stand at their default, so that the rest is checked too."""
    try:
        return Config.model_validate(stated, context=context), []
    except ValidationError as error:
        found = error.errors()
    for place in (tuple(map(str, mistake["loc"])) for mistake in found):
        if len(place) > 1 and isinstance(stated[place[0]], dict):
            stated[place[0]].pop(place[1], None)
        else:
            stated.pop(place[0], None)
    config = Config.model_validate(stated, context=context)
    return config, [_mistake(mistake["loc"], mistake["type"], mistake["msg"]) for mistake in found]


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except FileNotFoundError:
        raise ConfigBroken(
            what=f"there is no file {file}: run `mailferry init`, or name one with --config FILE"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigBroken(what=f"{file} cannot be read as UTF-8 text") from None


def _parse(text: str, file: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigBroken(what=f"{file} is not TOML: {error}") from None


def _with_environment(
    stated: dict[str, Any], environ: Mapping[str, str]
) -> tuple[dict[str, Any], list[Mistake]]:
    mistakes = []
    for name, value in sorted(environ.items()):
        prefix, _, rest = name.partition("_")
        section, split, key = rest.lower().partition("__")
        if prefix != "BOT" or not split:
            continue
        if section not in Config.model_fields:
            mistakes.append(
                Mistake(where=name, what="unknown section" + nearest(section, Config.model_fields))
            )
        elif isinstance(stated.setdefault(section, {}), dict):
            _drop_other_sources(stated[section], key)
            stated[section][key] = _from_environment(section, key, value)
    return stated, mistakes


def _drop_other_sources(section: dict[str, Any], key: str) -> None:
    """A secret's source in the environment replaces the one in bot.toml, of whatever kind."""
    name, _, kind = key.rpartition("_")
    for other in SOURCES if kind in SOURCES and name.endswith("password") else ():
        section.pop(f"{name}_{other}", None)


SOURCES: Final = ("file", "env", "command")


def _from_environment(section: str, key: str, value: str) -> Any:
    """Lists may be TOML arrays or words between commas; numbers and true/false are TOML; the rest is text."""
    kind = next((f.annotation for name, f in _keys(section).items() if name == key), str)
    if get_origin(kind) is tuple and not value.startswith("["):
        return [word.strip() for word in value.split(",") if word.strip()]
    if get_origin(kind) is not tuple and kind not in (int, bool):
        return value
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _keys(section: str) -> dict[str, Any]:
    """The keys of a section as bot.toml writes them."""
    model = Config.model_fields[section].annotation
    assert model is not None
    fields: dict[str, Any] = model.model_fields
    return {field.alias or name: field for name, field in fields.items()}


def _mistake(loc: tuple[int | str, ...], kind: str, message: str) -> Mistake:
    section, key = str(loc[0]), str(loc[1]) if len(loc) > 1 else ""
    if kind == "extra_forbidden":
        return Mistake(where=f"[{section}] {key}".strip(), what=_unknown(section, key))
    return Mistake(
        where=f"[{section}] {key}".strip(), what=WANTED.get(kind) or message.removeprefix("Value error, ")
    )


WANTED: Final = {
    "int_type": "a whole number is wanted, without quotes",
    "bool_type": "true or false is wanted, without quotes",
    "greater_than_equal": "a number of at least 1 is wanted",
    "less_than_equal": "a port is wanted: 1 to 65535",
    "string_type": 'a text in quotes is wanted, such as "imap.host.example"',
    "tuple_type": 'a list is wanted, such as ["a", "b"]',
    "model_type": "a section is wanted: its name alone on a line, in [ ]",
    "time_delta_type": 'a duration in quotes is wanted, such as "30s", "10m", "24h" or "7d"',
}  # where pydantic speaks to programmers; the values of wrong keys are never shown: one of them may be a password


def _unknown(section: str, key: str) -> str:
    if not key:
        return "unknown section" + nearest(section, Config.model_fields)
    known = _keys(section)
    if f"{key}_file" in known:
        return f'no secret in bot.toml: put it in a file only this user can read, and write {key}_file = "…"'
    elsewhere = [other for other in Config.model_fields if key in _keys(other)]
    if close := nearest(key, known):
        return "unknown key" + close
    return "unknown key" + (f"; it belongs to [{elsewhere[0]}]" if len(elsewhere) == 1 else "")


def _missing(config: Config, environ: Mapping[str, str]) -> Iterator[Mistake]:
    """What a daemon cannot run without."""
    master = config.destination.auth != "password"
    dav = bool(config.dav.url) and config.dav.auth == "service"
    needed = (
        ("inbox", "host", True), ("inbox", "user", True), ("inbox", "password", True),
        ("support", "addresses", True), ("outbound", "host", True), ("outbound", "from", True),
        ("outbound", "password", bool(config.outbound.user)), ("destination", "imap_host", True),
        ("destination", "master_user", master), ("destination", "master_password", master),
        ("dav", "user", dav), ("dav", "password", dav), ("store", "key", True),
    )  # fmt: skip
    for section, host in (("inbox", "host"), ("outbound", "host"), ("destination", "imap_host")):
        part = getattr(config, section)
        if part.security == "plain" and not is_loopback(getattr(part, host)):
            yield Mistake(
                where=f"[{section}] security", what='"plain" sends passwords readable: "tls" or "starttls"'
            )
    if config.dav.url and config.dav.auth == "app-password" and not config.dav.app_password_command:
        yield Mistake(where="[dav] app_password_command", what="is missing")
    if config.dav.url.startswith("http://") and not is_loopback(urlsplit(config.dav.url).hostname or ""):
        yield Mistake(where="[dav] url", what="http sends passwords readable: https")
    texts, wrong = config.texts.read()
    yield from wrong
    if not texts.has(config.support.language):
        yield Mistake(where="[support] language", what=f"one of {', '.join(texts.languages())} is wanted")
    for section, key, wanted in needed:
        values = getattr(config, section).model_dump(by_alias=True)
        if key in values:
            if wanted and not values[key]:
                yield Mistake(where=f"[{section}] {key}", what="is missing")
        elif wanted and (what := _secret_mistake(values, key, environ)):
            yield Mistake(where=f"[{section}] {key}_file", what=what)


def _secret_mistake(values: dict[str, Any], key: str, environ: Mapping[str, str]) -> str:
    file, variable, command = (values.get(f"{key}_{kind}") for kind in SOURCES)
    if sum(map(bool, (file, variable, command))) > 1:
        return f"one of {key}_file, {key}_env and {key}_command, not several"
    if file:
        return file_mistake(file, closed_to_group=key == "key")
    if variable and not environ.get(variable):
        return f"the environment variable {variable} ({key}_env) is not set"
    return "" if variable or command else "is missing"

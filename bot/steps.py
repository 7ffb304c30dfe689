"""What each job does: one search, one login check, one mail pass, one import, one delivery. Each may be repeated at any time.

A step reads its row or file fresh, does its bounded work and returns the event to tell; it never writes a ticket.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from bot.config import Config
from bot.errors import (
    BotError,
    DavLoginRefused,
    DavNoCollection,
    DestinationFull,
    DestinationLoginRefused,
    SecretGone,
    SelfCopy,
    SourceHasNoImap,
    SourceLoginRefused,
    SourceTakesNoPasswords,
    Stopped,
    Unreadable,
)
from bot.model import (
    AccountCount,
    Endpoint,
    ImportReport,
    Json,
    Login,
    PassOptions,
    Progress,
    Secret,
    Security,
)
from bot.pace import WORTH_MEASURING, Measured, work_of
from bot.providers import fill_login
from bot.search import Doors, Finding, Memory, Ours
from bot.states import File, Row, State, Ticket
from bot.store import Store

if TYPE_CHECKING:
    from bot.dav.access import Ways
    from bot.dav.target import DavTarget

PROGRESS_SECONDS: Final = 1.0
NUMBERS: Final = ("wait_seconds", "copied")
CHECK_SECONDS: Final = 150.0  # for one login and count: a server that drips holds no slot for longer


@dataclass(frozen=True, slots=True)
class Bench:
    """What every step works with."""

    store: Store
    config: Config
    stopping: Callable[[], bool]
    servers: Memory = field(default_factory=Memory)  # what was found for the domains of late


Step = Callable[[Bench, Json], tuple[str, Json]]  # job row -> (event kind, event data)


def check(bench: Bench, job: Json) -> tuple[str, Json]:
    """Log in at source and destination, count what is there, change nothing."""
    row = _row_of(bench, job)
    if row.state is not State.CHECKING or not _is_present(job, row):
        return "checked", {"row": row.id, "code": Stopped.code}
    destination = destination_login(bench.config, row.destination, _secret(bench, row, 0))
    if _same_place(bench.config, row):
        raise SelfCopy(address=row.address, host=row.host)
    there = _try_count(bench, destination)
    limit = there.append_limit_bytes if isinstance(there, AccountCount) else None
    found, secret_id = _count_source(bench, row, limit)
    if isinstance(there, BotError):  # behind the source's: what the requester can mend is told first
        raise there
    room = None if there.quota_free_bytes is None else there.quota_free_bytes + there.size_bytes
    facts = {"row": row.id, "found": asdict(found) | {"room_bytes": room}}
    if room is not None and room < found.size_bytes:
        return "checked", {**facts, "code": DestinationFull.code}
    return "checked", {**facts, "secret": secret_id}


def find(bench: Bench, job: Json) -> tuple[str, Json]:
    """Look for the server of a row whose requester named none; log in nowhere."""
    row = _row_of(bench, job)
    if row.state is not State.CHECKING or row.host or not _is_present(job, row):
        return "found", {"row": row.id, "code": Stopped.code}
    ours = Ours(mx=bench.config.dns.exchangers(), server=bench.config.destination.endpoint())
    try:
        finding = bench.servers.find(row.address, search_doors(bench.config), ours)
    except (SourceTakesNoPasswords, SourceHasNoImap) as error:
        return "found", {"row": row.id, "code": error.code, "host": str(error.facts["host"])}
    return "found", {"row": row.id, **_told(finding, row)}


def _told(finding: Finding, row: Row) -> Json:
    """Return what the search came to as plain facts; a port that was stated is not overruled."""
    if finding.server is None:
        return {"proposals": list(finding.proposals), "moved": finding.moved}
    server = finding.server.endpoint
    told = {"host": server.host, "port": server.port, "security": server.security}
    return {**told, "login": fill_login(finding.server.login, row.address), "how": finding.server.how}


def search_doors(config: Config) -> Doors:
    """Return what the search for a server may ask of the world: everything under the policy for customers' servers."""
    from bot.autoconfig import fetch_servers
    from bot.dns import look
    from bot.greeting import greets
    from bot.net import same_server

    policy = config.source_policy()
    return Doors(
        look=lambda domain: look(domain, config.dns.resolvers),
        fetch=lambda domain, address: fetch_servers(domain, address, policy),
        greets=lambda endpoint: greets(endpoint, policy),
        same=same_server,
    )


def _try_count(bench: Bench, destination: Login) -> AccountCount | BotError:
    try:
        return _count(bench, destination, "destination")
    except BotError as error:
        return error


def _count_source(bench: Bench, row: Row, limit: int | None) -> tuple[AccountCount, str]:
    """Try the password candidates, two at most: old providers lock out whoever tries more."""
    for number, secret_id in enumerate(row.secret_ids):
        try:
            return _count(
                bench, source_login(bench.config, row, _secret(bench, row, number)), "source", limit
            ), secret_id
        except SourceLoginRefused:
            if number + 1 == len(row.secret_ids):
                raise
    raise SecretGone(address=row.address)


def _count(
    bench: Bench, login: Login, side: Literal["source", "destination"], larger_than: int | None = None
) -> AccountCount:
    from bot.mail.child import count_in_child

    policy = bench.config.source_policy()
    return count_in_child(login, policy, side, timeout=CHECK_SECONDS, larger_than=larger_than)


def mail_pass(bench: Bench, job: Json) -> tuple[str, Json]:
    """Run one mail pass of one account in its own process."""
    from bot.mail.child import run_pass_in_child

    row = _row_of(bench, job)
    if row.state.value != job["kind"] or not _is_present(job, row):
        return "passed", {"row": row.id, "kind": job["kind"], "code": Stopped.code}
    secret = _secret(bench, row, 0)
    report = run_pass_in_child(
        source_login(bench.config, row, secret),
        destination_login(bench.config, row.destination, secret),
        journal_file(bench.config, row),
        policy=bench.config.source_policy(),
        options=_options_of(bench, job),
        on_progress=_keep_progress(bench, job),
        should_stop=_stop_asked(bench, job),
    )
    measured = Measured(size_bytes=report.copied_bytes, messages=report.copied, seconds=report.seconds)
    if work_of(measured.size_bytes, measured.messages) >= WORTH_MEASURING:
        with bench.store.begin() as work:
            work.note_pace(row.host, measured, datetime.now(UTC))
    return "passed", {"row": row.id, "kind": job["kind"], "report": asdict(report)}


def _options_of(bench: Bench, job: Json) -> PassOptions:
    """Return how this ticket's passes are to be run: with what its requester wants beside the usual."""
    options = pass_options(bench.config)
    with bench.store.look() as work:
        included = work.load(int(job["ticket_id"])).included
    return replace(options, skip_roles=tuple(one for one in options.skip_roles if one not in included))


def pass_options(config: Config) -> PassOptions:
    """Return how bot.toml wants passes to be run."""
    engine = config.engine
    return PassOptions(
        skip_roles=tuple(config.destination.skip_roles),
        connections=engine.connections,
        per_source_host=engine.max_connections_per_source_host,
        per_destination_host=engine.max_connections_per_destination_host,
        verify=engine.verify,
        compress=engine.compress,
    )


def _keep_progress(bench: Bench, job: Json) -> Callable[[Progress], None]:
    last = [0.0]

    def keep(progress: Progress) -> None:
        if monotonic() - last[0] >= PROGRESS_SECONDS:
            last[0] = monotonic()
            with bench.store.begin() as work:
                work.set_progress(job["id"], asdict(progress))

    return keep


def _stop_asked(bench: Bench, job: Json) -> Callable[[], bool]:
    """True when the daemon ends, staff paused the ticket, or the row is no longer in this pass; looked up once a second."""
    last, answer = [0.0], [False]

    def stop() -> bool:
        if monotonic() - last[0] >= PROGRESS_SECONDS:
            last[0] = monotonic()
            with bench.store.look() as work:
                paused, state = work.is_paused(int(job["ticket_id"])), work.row_state(int(job["ref"]))
            answer[0] = paused or state != job["kind"]
        return answer[0] or bench.stopping()

    return stop


def import_file(bench: Bench, job: Json) -> tuple[str, Json]:
    """Import one attached export and read it back."""
    from bot.dav.access import open_access

    ticket, item = _file_of(bench, job)
    if item.state is not State.IMPORTING or not _is_present(job, item):
        return "imported", {"file": item.id, "code": Stopped.code}
    if not bench.config.dav.url:
        raise DavNoCollection(what="server ([dav] url)", address=item.target)
    try:
        with bench.store.look() as work:
            data = work.unseal(item.blob_id)
    except SecretGone:
        raise Unreadable(what="no longer kept") from None  # only the file sent once more helps
    target = dav_target(bench.config, item.target)
    with open_access(
        dav_ways(bench.config),
        item.target,
        bench.config.dav.password,
        lambda: _owner_password(bench, ticket, item),
    ) as password:
        report = _import(bench.config, replace(target, password=password), item, data)
    return "imported", {"file": item.id, "report": asdict(replace(report, target=item.target))}


def _import(config: Config, target: "DavTarget", item: File, data: bytes) -> ImportReport:
    from bot.dav.calendars import import_objects
    from bot.dav.contacts import import_cards
    from bot.dav.ledger import Ledger, account_name
    from parsers.ics import parse_calendar
    from parsers.sandbox import Limits, SandboxKilled, parse_safely
    from parsers.vcard import parse_cards

    roomy = Limits(
        cpu_seconds=60, wall_seconds=90
    )  # nobody waits for this answer: a large export may take its time
    try:
        if item.kind == "contacts":
            cards = parse_safely(parse_cards, data, limits=roomy)
            with Ledger(ledger_file(config, target), account_name(target)) as ledger:
                return import_cards(
                    target, item.name, cards.value, cards.problems, charsets=cards.charsets, ledger=ledger
                )
        calendar = parse_safely(parse_calendar, data, limits=roomy)
        with Ledger(ledger_file(config, target), account_name(target)) as ledger:
            return import_objects(target, item.name, calendar.value, calendar.problems, ledger=ledger)
    except SandboxKilled as killed:
        raise Unreadable(what=killed.reason) from None


def _owner_password(bench: Bench, ticket: Ticket, item: File) -> Secret:
    """The password of the account the file goes into; opened only where no service account writes for everybody."""
    owner = next((row for row in ticket.rows if row.destination == item.target and row.secret_ids), None)
    return _secret(bench, owner, 0) if owner and bench.config.dav.auth == "password" else Secret("")


def deliver(bench: Bench, job: Json) -> tuple[str, Json]:
    """Send one reply."""
    from bot.outbox import send

    return "", {"state": send(bench.store, bench.config, int(job["ref"]), datetime.now(UTC))}


STEPS: Final[Mapping[str, Step]] = {
    "find": find,
    "check": check,
    "first-pass": mail_pass,
    "second-pass": mail_pass,
    "late-pass": mail_pass,
    "contacts": import_file,
    "calendar": import_file,
    "deliver": deliver,
}


def failed(job: Json, error: BotError) -> tuple[str, Json]:
    """Return the event that tells of a failure: a stable code and two numbers, never the exception's text.

    The numbers: `wait_seconds` that a server asked for, `copied` messages before the failure.
    """
    kind = job["kind"]
    numbers = {name: error.facts[name] for name in NUMBERS if isinstance(error.facts.get(name), int)}
    data = {"code": error.code, **numbers}
    if kind in ("contacts", "calendar"):
        return "imported", {"file": job["ref"], **data}
    if kind == "find":
        return "found", {"row": job["ref"], **data}
    if kind == "check":
        return "checked", {"row": job["ref"], **data}
    return ("", {}) if kind == "deliver" else ("passed", {"row": job["ref"], "kind": kind, **data})


# --- logins ---------------------------------------------------------------------------------------------------------


def source_login(config: Config, row: Row, password: Secret) -> Login:
    """Return the login at the previous provider."""
    security: Security = "starttls" if row.security == "starttls" else "tls"  # never in clear
    accepted = config.accepted_certificate(row.host)
    endpoint = Endpoint(host=row.host, port=row.port, security=security, certificate=accepted)
    return Login(endpoint=endpoint, user=row.login or row.address, password=password)


def destination_login(config: Config, address: str, row_password: Secret) -> Login:
    """Return how we enter a new account: master user, authzid, or the password of the row.

    The address comes out of a mail: one that holds the master separator would name another login (user*other), and the
    desk's own mailboxes are never copied into, whoever approves it.

    Raises:
        DestinationLoginRefused: the address cannot be used as a login name.
    """
    way = config.destination
    if way.master_separator in address or any(not char.isprintable() or char.isspace() for char in address):
        raise DestinationLoginRefused(address=address)
    if address.casefold() in {own.casefold() for own in config.own_addresses()}:
        raise DestinationLoginRefused(address=address)
    master = way.master_password() or Secret("")
    if way.auth == "master":
        user = f"{address}{way.master_separator}{way.master_user}"
        return Login(endpoint=way.endpoint(), user=user, password=master, checked=True)
    if way.auth == "authzid":
        return Login(
            endpoint=way.endpoint(), user=way.master_user, password=master, authorize_as=address, checked=True
        )
    return Login(endpoint=way.endpoint(), user=address, password=row_password, checked=True)


def dav_ways(config: Config) -> "Ways":
    """Return how bot.toml wants contacts and calendars to be entered, as bot.dav.access wants it."""
    from bot.dav.access import Ways

    dav = config.dav
    return Ways(auth=dav.auth, make=dav.app_password_command, unmake=dav.app_password_done_command)


def dav_target(config: Config, address: str) -> "DavTarget":
    """Return where an account's contacts and calendars live, and who writes them there; without the password.

    Raises:
        DavLoginRefused: the address cannot be used as a path.
    """
    from bot.dav.canary import silent_host
    from bot.dav.target import DavTarget

    if "/" in address or any(not char.isprintable() or char.isspace() for char in address):
        raise DavLoginRefused(address=address)
    service = config.dav.auth == "service"
    return DavTarget(
        url=config.dav.url,
        principal_path=config.dav.principal.replace("{address}", "{user}"),
        user=address,
        auth_user=config.dav.user if service else address,
        password=Secret(""),  # of bot.dav.access
        profile=config.dav.profile,
        max_connections=config.dav.max_connections,
        calendars=config.dav.calendars,
        silent_host=silent_host(config.store.state, config.dav.url),
        resolvers=config.dns.resolvers,
    )


def ledger_file(config: Config, target: "DavTarget") -> Path:
    """Return the ledger of one account on the contacts and calendar server: of all its tickets."""
    mark = hashlib.sha256(f"{config.dav.url}\n{target.user}".casefold().encode()).hexdigest()[:16]
    return config.store.state / "journal" / f"dav-{mark}.db"


def _same_place(config: Config, row: Row) -> bool:
    """Say whether source and destination are one account, whatever name the server was given."""
    from bot.net import same_server

    here = config.destination.endpoint()
    there = Endpoint(host=row.host.casefold(), port=row.port, security=here.security)
    one_login = (row.login or row.address).casefold() == row.destination.casefold()
    same_name = (there.host, there.port) == (here.host.casefold(), here.port)
    return one_login and (same_name or same_server(there, here))


def journal_file(config: Config, row: Row) -> Path:
    """Return the journal of one account pair; its folder is made.

    A corrected server name or login is another source: its UIDs mean other messages, so it has a journal of its own.
    """
    folder = config.store.state / "journal"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pair = f"{row.host}\n{row.port}\n{row.login or row.address}\n{row.destination}".casefold()
    return folder / f"row-{row.id}-{hashlib.sha256(pair.encode()).hexdigest()[:12]}.db"


def _secret(bench: Bench, row: Row, number: int) -> Secret:
    if number >= len(row.secret_ids):
        raise SecretGone(address=row.address)
    with bench.store.look() as work:
        plain = work.unseal(row.secret_ids[number])
    return Secret(plain.decode("utf-8", "surrogatepass"))


def _is_present(job: Json, thing: Row | File) -> bool:
    """Say whether the job is the newest of its row or file: an earlier one would work with facts it was not put for."""
    return str(job["id"]).partition("~")[0].rpartition(":")[2] == str(thing.serial)


def _row_of(bench: Bench, job: Json) -> Row:
    with bench.store.look() as work:
        ticket = work.load(int(job["ticket_id"]))
    return next(row for row in ticket.rows if row.id == job["ref"])


def _file_of(bench: Bench, job: Json) -> tuple[Ticket, File]:
    with bench.store.look() as work:
        ticket = work.load(int(job["ticket_id"]))
    return ticket, next(item for item in ticket.files if item.id == job["ref"])

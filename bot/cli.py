"""The command line, thin and fast to start: heavy imports sit inside the verbs.

Data goes to stdout, talk to stderr. Exit: 0 ok, 1 finished with something needing attention, 2 usage, 65 bad data,
69 unavailable, 75 try later, 77 permission, 78 configuration.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from bot.errors import BotError, ConfigBroken, Retry

if TYPE_CHECKING:
    from bot.config import Config
    from bot.store import Store

app = typer.Typer(
    name="mailferry",
    help="Moves customers' mail, contacts and calendars on request by e-mail, and answers on the thread.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
copy = typer.Typer(help="The engines by hand, without a ticket.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(copy, name="copy")
outbox = typer.Typer(
    help="Replies that wait for staff: [outbound] hold and shadow.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(outbox, name="outbox")

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="bot.toml; default: here, then the user's folder.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
TicketNumber = Annotated[str, typer.Argument(metavar="TICKET", help="its number, e.g. MF-7F3K9Q")]


def main() -> None:
    """Run the command line; an error ends with one sentence and the next step, never a traceback with secrets."""
    try:
        app()
    except ConfigBroken as error:
        _leave(str(error), 78)
    except BotError as error:
        _leave(str(error), {Retry.LATER: 75, Retry.STAFF: 69, Retry.AFTER_REPLY: 77}.get(error.retry, 69))
    except KeyboardInterrupt:
        _leave("stopped", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _leave(said: str, code: int) -> NoReturn:
    sys.stderr.write(f"mailferry: {said}\n")
    sys.exit(code)


# --- the daemon -----------------------------------------------------------------------------------------------------


@app.command()
def run(
    config: ConfigFile = None,
    once: Annotated[bool, typer.Option("--once", help="Take new mail, do what is due, and leave.")] = False,
) -> None:
    """Watch the support mailbox and work."""
    from bot.daemon import Daemon, lock
    from bot.logs import configure

    settings = _load(config)
    configure(settings.log.level, settings.log.format)
    with lock(settings.store.state):
        store = _open(settings)
        daemon = Daemon(store, settings)
        reached = True
        if once:
            reached = daemon.run_once()
        else:
            daemon.run()
        sys.stderr.flush()
        sys.stdout.flush()
        os._exit(0 if reached else 69)  # parked jobs hold their threads; everything is committed


@app.command()
def init(
    config: Annotated[Path, typer.Option("--config", help="The file to write.")] = Path("bot.toml"),
) -> None:
    """Ask a few questions and write bot.toml. Tries each login at once; secrets get files of their own."""
    from bot.setup import init as ask
    from bot.show import ask_on_terminal, say

    raise typer.Exit(ask(config, ask_on_terminal, say, os.environ))


@app.command()
def check(
    config: ConfigFile = None,
    account: Annotated[
        str, typer.Option("--account", help="A mailbox of ours to try [destination] on.")
    ] = "",
    canary: Annotated[
        bool, typer.Option("--canary", help="Show that the calendar server writes to nobody.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Try the configuration and every connection, one line each."""
    from bot.setup import check as try_all
    from bot.show import put_out

    if canary:
        from bot.checks import prove_dav

        finding = prove_dav(_load(config))
        put_out(str(finding))
        raise typer.Exit(69 if finding.state == "FAIL" else 0)
    raise typer.Exit(try_all(_load(config), put_out, account=account, as_json=as_json))


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("--out", help="Where the mails of the story are kept.")] = Path(
        "demo-out"
    ),
    imap: Annotated[
        Literal["dovecot", "pymap"] | None,
        typer.Option("--imap", help="The mail servers; default: Dovecot where it is installed."),
    ] = None,
) -> None:
    """Show the whole story on servers it starts itself on loopback."""
    from demo.story import tell

    raise typer.Exit(tell(folder, imap))


# --- reading --------------------------------------------------------------------------------------------------------


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE.eml")],
    as_json: AsJson = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the passwords.")] = False,
    now: Annotated[str, typer.Option("--now", help="When it was written, ISO 8601; default: its Date.")] = "",
    config: ConfigFile = None,
) -> None:
    """Show what would be understood from one mail. Decides nothing, contacts nobody."""
    from bot.look import explain as show

    raise typer.Exit(show(file, _load(config, complete=False), as_json=as_json, reveal=reveal, now=now))


@app.command()
def template(
    file: Annotated[Path | None, typer.Argument(help="default: stdout")] = None,
    language: Annotated[
        Literal["en", "de", "fr", "es", "it", "nl", "pt", "pl"],
        typer.Option("--language", help="Of the columns."),
    ] = "en",
) -> None:
    """Write the CSV that customers fill in. One line per mailbox; the example line is never taken for one."""
    from bot.sheet import render_template

    raw = render_template(language)
    if file is None:
        sys.stdout.buffer.write(raw)
    elif file.exists():
        _leave(f"{file} is there already: choose another name", 2)
    else:
        file.write_bytes(raw)


@app.command()
def status(
    ticket: Annotated[str | None, typer.Argument(metavar="TICKET", help="one ticket in full")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show the tickets and what waits for whom. Also mails set aside, and replies that failed."""
    from bot.look import status as show

    settings = _load(config)
    raise typer.Exit(show(_open(settings), ticket, as_json=as_json))


# --- staff ----------------------------------------------------------------------------------------------------------


@app.command()
def approve(ticket: TicketNumber, config: ConfigFile = None) -> None:
    """Let a held ticket run. You vouch for the sender and for every destination in it."""
    _tell(config, ticket, "approved")


@app.command("second-pass")
def second_pass(ticket: TicketNumber, config: ConfigFile = None) -> None:
    """Copy what is new since the first pass, compare, and report."""
    _tell(config, ticket, "switched", again=True)


@app.command()
def start(ticket: TicketNumber, config: ConfigFile = None) -> None:
    """Begin copying where a time was asked for. It has come, or you agreed on another with the requester."""
    _tell(config, ticket, "started")


@app.command()
def pause(ticket: TicketNumber, config: ConfigFile = None) -> None:
    """Stop a ticket's copying and start nothing. A copy under way ends between two batches."""
    _tell(config, ticket, "paused")


@app.command()
def resume(ticket: TicketNumber, config: ConfigFile = None) -> None:
    """Go on with a paused ticket."""
    _tell(config, ticket, "resumed")


@app.command()
def cancel(ticket: TicketNumber, config: ConfigFile = None) -> None:
    """End a ticket. The requester is told, its passwords are wiped at once; what is copied stays."""
    _tell(config, ticket, "cancelled")


@app.command()
def retry(ticket: TicketNumber, config: ConfigFile = None) -> None:
    """Try again what failed or was refused. Rows go through their check; failed replies go out again."""
    _tell(config, ticket, "retry")


@app.command()
def note(ticket: TicketNumber, text: str, config: ConfigFile = None) -> None:
    """Write a line into a ticket's log."""
    _tell(config, ticket, "note", said=text)


@app.command()
def seen(
    mail: Annotated[int, typer.Argument(metavar="MAIL", help="its number in `mailferry status`")],
    config: ConfigFile = None,
) -> None:
    """Take a mail that was set aside off the list: a person has read it."""
    from bot.look import mark_seen

    raise typer.Exit(mark_seen(_open(_load(config)), mail))


@outbox.command("release")
def release(
    replies: Annotated[
        list[int] | None, typer.Argument(metavar="REPLY…", help="their numbers in `mailferry status`")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
    config: ConfigFile = None,
) -> None:
    """Send replies to their readers, whatever [outbound] hold and shadow say."""
    from bot.look import release_replies

    if bool(replies) == everything:
        _leave("name the replies to release, or --all", 2)
    raise typer.Exit(release_replies(_open(_load(config)), None if everything else replies))


@outbox.command("drop")
def drop(
    replies: Annotated[
        list[int], typer.Argument(metavar="REPLY…", help="their numbers in `mailferry status`")
    ],
    config: ConfigFile = None,
) -> None:
    """Throw replies away, because a person has answered."""
    from bot.look import drop_replies

    raise typer.Exit(drop_replies(_open(_load(config)), replies))


def _tell(config: Path | None, number: str, kind: str, **data: str | bool) -> None:
    from bot.look import tell_ticket

    raise typer.Exit(tell_ticket(_open(_load(config)), number, kind, dict(data)))


# --- the engines by hand --------------------------------------------------------------------------------------------


@copy.command("mail")
def copy_mail(
    source: Annotated[str, typer.Option("--from", metavar="USER@HOST[:PORT]", help="the last @ splits")],
    destination: Annotated[str, typer.Option("--to", metavar="USER@HOST[:PORT]")],
    plaintext: Annotated[
        bool, typer.Option("--plaintext", help="No TLS; only for servers you run yourself.")
    ] = False,
    starttls: Annotated[
        bool, typer.Option("--starttls", help="STARTTLS, port 143 where none is given.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be copied.")] = False,
    journal: Annotated[
        Path | None, typer.Option("--journal", help="What was copied; run again = only what is new.")
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OLD=NEW", help="Another place for a folder and those below it."),
    ] = None,
    into: Annotated[str, typer.Option("--into", metavar="FOLDER", help="Everything goes below it.")] = "",
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="FOLDER", help="Leave it out with those below it."),
    ] = None,
    skip_roles: Annotated[
        list[str] | None,
        typer.Option("--skip-role", metavar="ROLE", help="Leave out trash, junk, drafts, sent or archive."),
    ] = None,
    connections: Annotated[
        int, typer.Option("--connections", metavar="N", help="To either server, 1 to 16.")
    ] = 4,
    verify: Annotated[
        Literal["digest", "full"],
        typer.Option("--verify", metavar="HOW", help="digest, or full: every copy is read back."),
    ] = "digest",
    labels: Annotated[
        Literal["every", "primary"],
        typer.Option("--labels", metavar="HOW", help="Gmail: a copy for every label, or one (primary)."),
    ] = "every",
    compress: Annotated[bool, typer.Option("--compress", help="For slow lines.")] = False,
    restore: Annotated[
        bool, typer.Option("--restore", help="Copy again what was removed at the destination.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy one account. Passwords from SOURCE_PASSWORD and DESTINATION_PASSWORD, or asked for."""
    from bot.mail.command import copy_mail as work
    from bot.mail.command import read_options
    from bot.show import progress_bar

    try:
        options = read_options(
            maps=maps or (),
            into=into,
            exclude=exclude or (),
            skip_roles=skip_roles or (),
            connections=connections,
            verify=verify,
            labels=labels,
            compress=compress,
            restore=restore,
        )
    except ValueError as mistake:
        _leave(str(mistake), 2)

    with progress_bar("copying", quiet=as_json) as progress:
        code = work(
            source,
            destination,
            plaintext=plaintext,
            starttls=starttls,
            dry_run=dry_run,
            journal=journal,
            options=options,
            as_json=as_json,
            progress=progress,
        )
    raise typer.Exit(code)


@copy.command("contacts")
def copy_contacts(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…")],
    to: Annotated[str, typer.Option("--to", metavar="URL")],
    user: Annotated[str, typer.Option("--user", metavar="USER")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be imported.")] = False,
    journal: Annotated[
        Path | None, typer.Option("--journal", metavar="FILE", help="What was written before.")
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", metavar="NAME", help="What the server is; found out otherwise.")
    ] = "unknown",
    as_json: AsJson = False,
) -> None:
    """Import .vcf files by CardDAV. Password from DESTINATION_PASSWORD, or asked for."""
    from bot.dav.command import copy_contacts as work
    from bot.dav.command import read_options
    from bot.show import progress_bar

    try:
        options = read_options(dry_run=dry_run, as_json=as_json, journal=journal, profile=profile)
    except ValueError as mistake:
        _leave(str(mistake), 2)
    with progress_bar("contacts", quiet=as_json) as progress:
        code = work(files, to, user, options=options, progress=progress)
    raise typer.Exit(code)


@copy.command("calendar")
def copy_calendar(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…")],
    to: Annotated[str, typer.Option("--to", metavar="URL")],
    user: Annotated[str, typer.Option("--user", metavar="USER")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be imported.")] = False,
    journal: Annotated[
        Path | None, typer.Option("--journal", metavar="FILE", help="What was written before.")
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", metavar="NAME", help="What the server is; found out otherwise.")
    ] = "unknown",
    one_calendar: Annotated[
        bool, typer.Option("--one-calendar", help="All into the default one, whatever the files name.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import .ics files by CalDAV. Password from DESTINATION_PASSWORD, or asked for."""
    from bot.dav.command import copy_calendar as work
    from bot.dav.command import read_options
    from bot.show import progress_bar

    try:
        options = read_options(
            dry_run=dry_run,
            as_json=as_json,
            journal=journal,
            profile=profile,
            calendars="one" if one_calendar else "by-name",
        )
    except ValueError as mistake:
        _leave(str(mistake), 2)
    with progress_bar("calendar", quiet=as_json) as progress:
        code = work(files, to, user, options=options, progress=progress)
    raise typer.Exit(code)


def _load(path: Path | None, *, complete: bool = True) -> "Config":
    from bot.config import load

    return load(path, os.environ, complete=complete)


def _open(config: "Config") -> "Store":
    from bot.store import open_store
    from bot.vault import open_vault

    config.store.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if config.store.key_file is None:
        raise ConfigBroken(what="[store] key_file is not set: run `mailferry init`")
    return open_store(config.store.database_url(), open_vault(config.store.key_file))

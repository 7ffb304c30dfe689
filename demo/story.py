"""The whole story on loopback: one mail of a customer, and everything that follows, told on the terminal."""

import contextlib
import imaplib
import json
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from demo.seed import Mail, calendar, cards, fill, mails
from demo.servers import dovecot_program
from demo.tally import Comparison, compare, snapshot
from demo.teller import Teller
from demo.world import World, choose_imap

DOMAIN = "berg.example"
ANNA = f"anna@{DOMAIN}"
OLD_MX, OUR_MX, MX_TTL = "mail.old.example", "mx1.host.example", 3  # seconds; in real life an hour or a day
SUBJECT = "Moving to you [#4711]"
UNAVAILABLE, USAGE = 69, 2
OURS = re.compile(r"\d\d-(customer|mailferry)\.eml|thread\.txt")  # what an earlier run left in its folder


@dataclass(frozen=True, slots=True)
class Person:
    """One mailbox of the customer's company."""

    name: str
    password: str
    messages: int
    sent: str = ""  # the password in her table, where it is another one

    @property
    def address(self) -> str:
        return f"{self.name}@{DOMAIN}"


PEOPLE = (
    Person("anna", "Blue!42", 4000),
    Person("jose", "p;w=1", 300),
    Person("zofia", "  übung 7", 160),
    Person("info", "right-one", 90, sent="wrong-one"),
)
LOOK_SECONDS = 0.8  # each look is a process of its own
SCALE = {"dovecot": 1.0, "pymap": 0.25}
LETTER = """Hello,

my company moves to you with four mailboxes: please take our mail over.
The list is attached, and so are my contacts and my calendar from the old system.

Thank you
Anna Berg
"""
CORRECTION = """Sorry, that was last year's. Here is the right one:

Email: {address}
Password: {password}
"""
PROOF = "  {:<20}{:>9}{:>9}{:>9}{:>8}{:>8} "
COPYING = ("first-pass", "copied", "second-pass", "done")
WHAT = {
    "ack": "Mailferry has tried every login, and answers",
    "copied": "the first copy is there",
    "update": "Mailferry has tried the new password, and goes on",
    "report": "the second pass began by itself, is done and compared: the report",
}


def tell(folder: Path, imap: str | None = None, scale: float | None = None) -> int:
    """Tell the story.

    Args:
        folder: where its mails are kept; it is made, and may hold those of an earlier run but nothing else.
        imap: "dovecot" or "pymap"; None = Dovecot where it is installed.
        scale: how much mail there is; None = as much as the servers carry in half a minute.

    Returns:
        0 when every message arrived as it was, 1 when not, 2 for a folder with other things in it, 69 when a server
        could not be started or an answer did not come.
    """
    if why := _prepare(folder):
        print(f"mailferry: {why}: choose another folder with --out", file=sys.stderr)
        return USAGE
    if imap == "dovecot" and dovecot_program() is None:
        print("mailferry: Dovecot 2.3 is not installed: apt-get install dovecot-imapd", file=sys.stderr)
        return UNAVAILABLE
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal that has no umlauts
    teller = Teller(folder)
    with _leaving_in_order():
        try:
            chosen = choose_imap(imap)
            _introduce(chosen, teller, asked=imap is not None)
            with World(chosen, far=True) as world:
                return Story(world, teller, scale or SCALE[chosen]).tell()
        except BrokenPipeError:
            raise  # nobody reads on: not worth a word
        except (OSError, RuntimeError, imaplib.IMAP4.error) as error:
            print(f"\nmailferry: the demo could not go on: {error}", file=sys.stderr)
            print("Run it again; `mailferry demo --imap pymap` does without Dovecot.", file=sys.stderr)
            return UNAVAILABLE


def _prepare(folder: Path) -> str:
    """Make the folder, or remove what an earlier run left there; return why that cannot be, and then change nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(not OURS.fullmatch(file.name) for file in folder.iterdir()):
            return f"there are other files in {folder}"
        for file in folder.iterdir():
            file.unlink()
    except OSError as error:
        return f"{folder}: {error.strerror}"
    return ""


@contextlib.contextmanager
def _leaving_in_order() -> Iterator[None]:
    """Let a polite end (SIGTERM, a closed terminal) stop the servers and remove their files, as ^C does."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _introduce(imap: str, teller: Teller, *, asked: bool) -> None:
    teller.say("Mailferry demo: a customer moves to us, all of it on this computer and gone at the end.")
    if imap == "dovecot":
        which = "Dovecot for the old provider and for us"
    else:
        why = (
            "as asked for"
            if asked
            else "because Dovecot 2.3 is not installed (apt-get install dovecot-imapd)"
        )
        which = f"pymap, in memory, for the old provider and for us, {why}"
    teller.say(f"Servers: {which}; Radicale; SMTP. The old provider is 40 ms and 8 Mbit/s away.")


class Story:
    """What happens, in its order."""

    def __init__(self, world: World, teller: Teller, scale: float) -> None:
        self.world, self.teller, self.scale = world, teller, scale
        self.heard = 0  # answers shown so far
        self.next_look = 0.0  # at the bars

    def tell(self) -> int:
        """Tell it; return 0 when every message arrived as it was."""
        world, teller = self.world, self.teller
        world.customer(ANNA)
        world.names.host(DOMAIN, OLD_MX, MX_TTL)
        world.names.records[DOMAIN, "TXT"] = ['"v=spf1 include:old.example include:shop.example -all"']
        teller.step("the servers run, and the old provider's mailboxes are filled")
        teller.step(f"{self._seed():,} messages lie at the old provider; Mailferry begins to watch")
        world.start_daemon()
        teller.step("the customer writes; one password is old, and her calendar is cut off")
        self._write(SUBJECT, LETTER, _attachments(world))
        self._hear("ack")
        teller.step("the first pass runs")
        self._hear("copied")
        teller.step("the customer sends the right password")
        self._write(
            f"Re: {SUBJECT}", CORRECTION.format(address=PEOPLE[-1].address, password=PEOPLE[-1].password)
        )
        self._hear("update", "copied", about=PEOPLE[-1:])
        late = self._late_mail()
        teller.step(
            f"the customer switches the MX at the registrar; {late} late mails have reached the old server"
        )
        world.names.host(DOMAIN, OUR_MX, MX_TTL)
        teller.say(
            "She writes nothing: Mailferry sees it, waits until the old TTL is over, and begins by itself."
        )
        self._hear("report")
        return self._prove()

    def _write(self, subject: str, text: str, attachments: tuple[tuple[str, str, bytes], ...] = ()) -> None:
        before = self.world.answers[-1] if self.world.answers else None
        raw = self.world.write(f"Anna Berg <{ANNA}>", subject, text, attachments, answering=before)
        self.teller.mail("customer", raw)
        self.world.send(raw)

    def _hear(self, *kinds: str, about: tuple[Person, ...] = PEOPLE) -> None:
        """Show the answers as they come, until one of each kind has come; in between how far these mailboxes are."""
        waiting = list(kinds)
        end = time.monotonic() + 90
        while waiting:
            if time.monotonic() > end:
                log = self.world.log[-3000:]
                raise TimeoutError(f"no answer of Mailferry ({waiting[0]}) in 90 s; its log ends:\n{log}")
            self._watch({person.address for person in about})
            for raw in self.world.answers[self.heard :]:
                self.heard += 1
                kind = _kind_of(raw)
                waiting = waiting[1:] if kind == waiting[0] else waiting
                self.teller.step(WHAT.get(kind, "Mailferry answers"))
                self.teller.mail("mailferry", raw)
                if not waiting:
                    break

    def _watch(self, addresses: set[str]) -> None:
        """Show for a moment how far mailboxes are, as `mailferry status TICKET --json` tells it."""
        time.sleep(0.05)
        if not self.heard or time.monotonic() < self.next_look or len(self.world.answers) > self.heard:
            return
        self.next_look = time.monotonic() + LOOK_SECONDS
        facts = self.world.mailferry("status", _ticket_of(self.world.answers[0]), "--json").stdout
        with contextlib.suppress(json.JSONDecodeError):
            rows: list[dict[str, Any]] = json.loads(facts)["rows"]
            self.teller.bars([row for row in rows if row["mailbox"] in addresses and row["state"] in COPYING])

    def _seed(self) -> int:
        total = 0
        for person in PEOPLE:
            self.world.account(person.address, person.password)
            count = max(8, int(person.messages * self.scale))
            folders = {
                "INBOX": count // 2,
                "INBOX.Sent Items": count // 4,
                "INBOX.Customers.S&APw-d": count // 4,
            }
            total += self._fill(person, mails(person.address, folders))
        return total

    def _late_mail(self) -> int:
        late = [
            Mail("INBOX", mail.raw, "", mail.date) for mail in mails(f"late-{ANNA}", {"INBOX": 5}, seed=9)
        ]
        return self._fill(PEOPLE[0], late)

    def _fill(self, person: Person, made: list[Mail]) -> int:
        ca_file = str(self.world.authority.ca_file)
        fill(self.world.old.tls_port, ca_file, person.address, person.password, made)
        return len(made)

    def _prove(self) -> int:
        """Compare both servers message by message, without Mailferry's own eyes."""
        teller = self.teller
        teller.step("the proof, without Mailferry: every message on both servers read and compared")
        print(PROOF.format("", "messages", "missing", "doubled", "flags", "dates").rstrip())
        wrong = 0
        for person in PEOPLE:
            found = self._compare(person)
            wrong += found.wrong
            differ = (found.missing, found.doubled, found.flags_differ, found.dates_differ)
            verdict = teller.paint("WRONG", "bad") if found.wrong else teller.paint("exact", "good")
            print(PROOF.format(person.address, f"{found.messages:,}", *differ), verdict, flush=True)
        self.world.stop_daemon()
        teller.step("that was all")
        teller.say(f"The thread is in {teller.folder / 'thread.txt'}, each mail beside it as .eml.")
        teller.say("Next: `mailferry init` asks a few questions and writes bot.toml for your own servers.")
        return 1 if wrong else 0

    def _compare(self, person: Person) -> Comparison:
        world = self.world
        ca_file = str(world.authority.ca_file)
        old = snapshot(world.old.tls_port, ca_file, person.address, person.password)
        new = snapshot(world.new.tls_port, ca_file, *world.new_login(person.address, person.password))
        return compare(old, new)


def _kind_of(raw: bytes) -> str:
    """Return what an answer is: ack, copied, update, report. Its Message-ID tells."""
    return str(BytesParser().parsebytes(raw, headersonly=True)["Message-ID"]).split(".")[1]


def _ticket_of(raw: bytes) -> str:
    found = re.search(r"\[(MF-\w+)\]", str(BytesParser().parsebytes(raw, headersonly=True)["Subject"]))
    return found[1] if found else ""


def _attachments(world: World) -> tuple[tuple[str, str, bytes], ...]:
    server = f"localhost:{world.source_port}"
    lines = [f'{person.address};"{person.sent or person.password}";{server}' for person in PEOPLE]
    table = "\ufeff" + "\r\n".join(["E-mail;Password;IMAP server", *lines]) + "\r\n"
    people = ["José Ruiz", "Zofia Nowak", "Dora Petit", "Emil Sørensen", "Fatima Khan"]
    return (
        ("mailboxes.csv", "text/csv", table.encode()),
        ("anna.vcf", "text/vcard", cards(people)),
        (f"{ANNA}.ics", "text/calendar", calendar(8, broken=True)),
    )

"""The whole story on loopback: one mail of a customer, and everything that follows, told on the terminal."""

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path
from typing import cast

from demo.seed import Mail, calendar, cards, fill, mails
from demo.servers import dovecot_program
from demo.tally import compare, snapshot
from demo.world import World

DOMAIN = "kunde.example"
PEOPLE = {
    "anna": ("Blue!42", 400),
    "bob": ("p;w=1", 250),
    "carla": ("  übung 7", 120),
    "dora": ("right-one", 80),
}
TEXT = """Hello,

we are moving to you with four mailboxes, please take our mail over.
The list is attached, with my contacts and my calendar from the old system.

Thank you
Anna Berg
"""


@dataclass
class Teller:
    """Says what happens, keeps every mail as a file."""

    folder: Path
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    colour: bool = field(default_factory=sys.stdout.isatty)

    def step(self, text: str) -> None:
        """Print one step of the story with the seconds since its beginning."""
        mark = f"[{time.monotonic() - self.began:5.1f} s]"
        print(f"\n\x1b[1m{mark} {text}\x1b[0m" if self.colour else f"\n{mark} {text}", flush=True)

    def mail(self, who: str, raw: bytes) -> None:
        """Show a mail as its reader sees it, and keep it."""
        self.mails.append((who, raw))
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{len(self.mails):02}-{who}.eml").write_bytes(raw)
        (self.folder / "thread.txt").write_text(
            "\n\n".join(as_text(raw) for _, raw in self.mails), encoding="utf-8"
        )
        for line in as_text(raw).splitlines():
            print(f"    \x1b[2m|\x1b[0m {line}" if self.colour else f"    | {line}")


def as_text(raw: bytes) -> str:
    """Return From, To, Subject, the text part and the names of the attachments."""
    mail = BytesParser(policy=SMTP).parsebytes(raw)
    body = mail.get_body(("plain",))
    lines = [f"{name}: {mail[name]}" for name in ("From", "To", "Cc", "Subject") if mail[name]]
    text = "" if body is None else str(body.get_content()).rstrip()
    return "\n".join([*lines, "", text, *(_attached(part) for part in mail.iter_attachments())])


def _attached(part: EmailMessage) -> str:
    """Name an attachment; show a table's lines, for the passwords in this story open nothing."""
    name = str(part.get_filename())
    data = part.get_payload(decode=True)
    if not name.endswith(".csv") or not isinstance(data, bytes):
        return f"[attached: {name}]"
    return f"[attached: {name}]\n" + "\n".join(
        f"    {line}" for line in data.decode("utf-8-sig").splitlines()
    )


def tell(folder: Path) -> int:
    """Tell the story; return 0 when every message arrived as it was, 1 when not, 69 without a mail server."""
    if dovecot_program() is None:
        from demo.small import tell_small

        return tell_small(folder)
    if folder.exists():
        shutil.rmtree(folder)
    teller = Teller(folder)
    teller.step("starting two Dovecots (old provider, new host), Radicale and an SMTP server on loopback")
    with World() as world:
        return _tell(world, teller)


def _tell(world: World, teller: Teller) -> int:
    anna = f"anna@{DOMAIN}"
    world.customer(anna)
    seeded = _seed(world)
    teller.step(
        f"{seeded} messages lie at the old provider; Mailferry starts and watches the support mailbox"
    )
    world.start_daemon()

    teller.step(
        "the customer writes; one password in her table is wrong, her calendar file is cut off at the end"
    )
    letter = world.write(anna, "Umzug zu euch [#4711]", TEXT, attachments=_attachments(world))
    _say(world, teller, "customer", letter)

    acknowledged = _answer(world, teller, 1, "Mailferry has tried every login and answers")
    teller.step("the first pass runs")
    _watch_progress(world, lambda: len(world.answers) >= 2)
    _answer(world, teller, 2, "the first copy is complete")

    teller.step("the customer sends the right password for dora")
    right = f"Sorry! Here it is:\n\nEmail: dora@{DOMAIN}\nPassword: {PEOPLE['dora'][0]}\n"
    _say(
        world,
        teller,
        "customer",
        world.write(anna, "Re: Umzug zu euch [#4711]", right, answering=acknowledged),
    )
    _answer(world, teller, 3, "Mailferry checks it and goes on")
    _answer(world, teller, 4, "dora is copied, too")

    teller.step("the MX record is switched; meanwhile seven late mails reached the old server, all unread")
    _late_mail(world)
    done = world.write(
        anna, "Re: Umzug zu euch [#4711]", "Done, the MX is set.\n", answering=world.answers[-1]
    )
    _say(world, teller, "customer", done)
    _watch_progress(world, lambda: len(world.answers) >= 5)
    _answer(world, teller, 5, "second pass, comparison, report")
    return _prove(world, teller)


def _seed(world: World) -> int:
    total = 0
    for name, (password, count) in PEOPLE.items():
        address = f"{name}@{DOMAIN}"
        world.account(address, password)
        folders = {"INBOX": count // 2, "INBOX.Sent Items": count // 4, "INBOX.Kunden.S&APw-d": count // 4}
        made = mails(address, folders)
        fill(world.old.tls_port, str(world.authority.ca_file), address, password, made)
        total += len(made)
    return total


def _attachments(world: World) -> tuple[tuple[str, str, bytes], ...]:
    server = f"localhost:{world.old.tls_port}"
    lines = ["E-Mail;Passwort;IMAP-Server"]
    for name, (password, _) in PEOPLE.items():
        shown = "wrong-one" if name == "dora" else password
        lines.append(f'{name}@{DOMAIN};"{shown}";{server}')
    table = "\ufeff" + "\r\n".join(lines) + "\r\n"
    people = ["Bob Meyer", "Carla Ruiz", "Dora Petit", "Emil Sørensen", "Fatima Khan"]
    return (
        ("postfaecher.csv", "text/csv", table.encode()),
        ("anna.vcf", "text/vcard", cards(people)),
        (f"anna@{DOMAIN}.ics", "text/calendar", calendar(8, broken=True)),
    )


def _say(world: World, teller: Teller, who: str, raw: bytes) -> None:
    teller.mail(who, raw)
    world.send(raw)


def _answer(world: World, teller: Teller, number: int, what: str) -> bytes:
    world.wait_for(lambda: len(world.answers) >= number, 90, what)
    teller.step(what)
    teller.mail("mailferry", world.answers[number - 1])
    return world.answers[number - 1]


def _watch_progress(world: World, over: Callable[[], bool]) -> None:
    """Show how far each mailbox is, as `mailferry status` tells it."""
    shown: dict[str, str] = {}
    end = time.monotonic() + 90
    while not over() and time.monotonic() < end:
        overview = json.loads(world.mailferry("status", "--json").stdout or "{}")
        for ticket in overview.get("tickets", ()):
            full = json.loads(world.mailferry("status", ticket["ticket"], "--json").stdout)
            for row in full["rows"]:
                _show_row(row, shown)


def _show_row(row: dict[str, object], shown: dict[str, str]) -> None:
    progress = cast("dict[str, int] | None", row["progress"]) or {}
    found = cast("dict[str, int] | None", row["found"]) or {}
    total = progress.get("total") or found.get("messages") or 0
    finished = row["state"] in ("copied", "done")
    done = total if finished else progress.get("done", 0)
    width = 30 * done // total if total else 0
    line = f"    {row['mailbox']:<22} [{'#' * width:<30}] {done:>5} of {total:<5} {row['state']}"
    if total and shown.get(str(row["mailbox"])) != line:
        shown[str(row["mailbox"])] = line
        print(line, flush=True)


def _late_mail(world: World) -> None:
    address = f"anna@{DOMAIN}"
    late = [Mail("INBOX", mail.raw, "", mail.date) for mail in mails(f"late-{address}", {"INBOX": 5}, seed=9)]
    fill(world.old.tls_port, str(world.authority.ca_file), address, PEOPLE["anna"][0], late)


def _prove(world: World, teller: Teller) -> int:
    """Compare both servers message by message, without Mailferry's own eyes."""
    teller.step("the proof, made without Mailferry: both servers read in full and compared")
    ca_file, master = str(world.authority.ca_file), ("ferry", "m4ster-Secret")
    wrong = 0
    for name, (password, _) in PEOPLE.items():
        address = f"{name}@{DOMAIN}"
        old = snapshot(world.old.tls_port, ca_file, address, password)
        new = snapshot(world.new.tls_port, ca_file, f"{address}*{master[0]}", master[1])
        result = compare(old, new)
        wrong += result.missing + result.doubled + result.flags_differ + result.dates_differ
        print(f"    {address:<22} {result}")
    world.stop_daemon()
    teller.step(f"done; the thread is in {teller.folder}/thread.txt, each mail beside it as .eml")
    return 1 if wrong else 0

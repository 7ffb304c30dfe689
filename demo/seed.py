"""Mail, contacts and calendars as a small company has them, the same for every run of one seed."""

import imaplib
import random
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

SUBJECTS = (
    "Offer",
    "Invoice",
    "Lunch on Friday?",
    "Re: Contract",
    "Projekt Süd",
    "Newsletter",
    "Photos from Kraków",
    "Meeting notes",
)
FLAGS = ("", "\\Seen", "\\Seen \\Answered", "\\Flagged \\Seen", "\\Seen $Forwarded", "\\Seen Customer")
AT_ONCE = 100  # messages in one APPEND
START = datetime(2024, 1, 8, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to put into a folder."""

    folder: str  # as the server wants it (modified UTF-7)
    raw: bytes
    flags: str
    date: datetime


def mails(address: str, folders: Mapping[str, int], seed: int = 1) -> list[Mail]:
    """Return so many messages per folder, with twins and header-less drafts among them as in real life."""
    rnd = random.Random(f"{seed}{address}")
    made = []
    for folder, wanted in folders.items():
        for number in range(wanted):
            date = START + timedelta(minutes=rnd.randrange(900_000))
            made.append(Mail(folder, _raw(address, number, date, rnd), rnd.choice(FLAGS), date))
        if wanted > 3:
            made.append(made[-1])  # a twin: two are to arrive
            made.append(
                Mail(folder, b"Subject: draft without anything\r\n\r\nhalf a sentence\r\n", "\\Draft", START)
            )
    return made


def _raw(address: str, number: int, date: datetime, rnd: random.Random) -> bytes:
    body = "\r\n".join(
        " ".join(rnd.choices(("lorem", "ipsum", "größer", "déjà", "vu", "amet"), k=9)) for _ in range(12)
    )
    head = (
        f"From: Sender {number % 17} <sender{number % 17}@elsewhere.example>\r\nTo: {address}\r\n"
        f"Subject: {rnd.choice(SUBJECTS)} {number}\r\nDate: {format_datetime(date)}\r\n"
        f"Message-ID: <{rnd.getrandbits(64):x}@elsewhere.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return (head + body + "\r\n").encode()


def fill(port: int, ca_file: str, user: str, password: str, made: Sequence[Mail]) -> None:
    """Put messages into an account over IMAPS on localhost, creating folders."""
    context = ssl.create_default_context(cafile=ca_file)
    with imaplib.IMAP4_SSL("localhost", port, ssl_context=context) as box:
        box.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        for folder in dict.fromkeys(mail.folder for mail in made):
            if folder.upper() != "INBOX":
                box.create(_quoted(folder))
                box.subscribe(_quoted(folder))
        for folder in dict.fromkeys(mail.folder for mail in made):
            wanted = [mail for mail in made if mail.folder == folder]
            for start in range(0, len(wanted), AT_ONCE):
                _append(box, folder, wanted[start : start + AT_ONCE])


def _append(box: imaplib.IMAP4, folder: str, made: Sequence[Mail]) -> None:
    """Put messages into one folder with one command (MULTIAPPEND, RFC 3502; LITERAL+, RFC 7888)."""
    parts = [f"SEED APPEND {_quoted(folder)}".encode()]
    for mail in made:
        head = f" ({mail.flags}) {imaplib.Time2Internaldate(mail.date)} {{{len(mail.raw)}+}}\r\n"
        parts += [head.encode(), mail.raw]
    box.send(b"".join([*parts, b"\r\n"]))
    while not (line := box.readline()).startswith(b"SEED "):
        if not line:
            raise RuntimeError(f"{folder}: the server left")
    if not line.startswith(b"SEED OK"):
        raise RuntimeError(f"{folder}: {line!r}")


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def cards(names: Iterable[str]) -> bytes:
    """Return a .vcf as an export has it: no UIDs."""
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name.split()[-1]};{name.split()[0]};;;\r\nFN:{name}\r\n"
        f"TEL;TYPE=CELL:+49 30 {number:06}\r\nEMAIL:{name.split()[0].lower()}@elsewhere.example\r\nEND:VCARD\r\n"
        for number, name in enumerate(names, 1)
    ).encode()


def calendar(count: int, broken: bool = False) -> bytes:
    """Return an .ics with weekly and single events; `broken` cuts it off in the middle of one more."""
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:event-{number}@old.example\r\nDTSTAMP:20260101T000000Z\r\n"
        f"DTSTART:202612{number % 27 + 1:02}T090000Z\r\nDTEND:202612{number % 27 + 1:02}T100000Z\r\n"
        + ("RRULE:FREQ=WEEKLY;COUNT=4\r\n" if number % 3 == 0 else "")
        + f"SUMMARY:Meeting {number}\r\nEND:VEVENT\r\n"
        for number in range(1, count + 1)
    )
    tail = "BEGIN:VEVENT\r\nUID:cut\r\nDTSTART:2026" if broken else "END:VCALENDAR\r\n"
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//old.example//EN\r\nMETHOD:PUBLISH\r\n{events}{tail}".encode()

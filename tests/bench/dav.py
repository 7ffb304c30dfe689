"""`make bench-dav`: an import, from the file to the last read-back, beside bare PUTs of the same bodies.

Same server, same run, same number of connections, fresh accounts. Only the ratio within one run means anything.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import requests

from bot.dav.calendars import import_objects
from bot.dav.client import open_collection
from bot.dav.contacts import import_cards
from bot.dav.protocol import Kind
from demo.servers import Authority
from parsers.ics import parse_calendar
from parsers.vcard import parse_cards
from tests.dav_servers import MAKERS, PASSWORD, Account, DavServer, why_not

BAR: Final = 1.2  # an import may take so many times the bare PUTs
ZONE: Final = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n"
    "DTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:19701025T030000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)


def calendar_file(number: int) -> bytes:
    """Return an export of so many events; each fourth repeats, each third reminds."""
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:bench-{one}\r\nDTSTAMP:20260101T000000Z\r\n"
        f"DTSTART;TZID=Europe/Berlin:2027{one % 12 + 1:02}{one % 28 + 1:02}T100000\r\n"
        f"DTEND;TZID=Europe/Berlin:2027{one % 12 + 1:02}{one % 28 + 1:02}T110000\r\nSUMMARY:Meeting {one}\r\n"
        f"DESCRIPTION:{'What will be talked about. ' * 6}\r\n"
        + ("RRULE:FREQ=WEEKLY;COUNT=10\r\n" if one % 4 == 0 else "")
        + (
            "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
            if one % 3 == 0
            else ""
        )
        + "END:VEVENT\r\n"
        for one in range(number)
    )
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//EN\r\n{ZONE}{events}END:VCALENDAR\r\n".encode()
    )


def card_file(number: int) -> bytes:
    """Return an export of so many contacts of half a kilobyte."""
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:bench-{one}\r\nFN:Person {one}\r\nN:{one};Person;;;\r\n"
        f"TEL;TYPE=CELL:+49 170 {one:07}\r\nEMAIL;TYPE=WORK:p{one}@firm.example\r\nORG:Firm {one % 9};Sales\r\n"
        f"ADR;TYPE=WORK:;;Street {one};Town;;12345;Germany\r\nNOTE:{'Met at the fair. ' * 12}\r\nEND:VCARD\r\n"
        for one in range(number)
    ).encode()


def bare_seconds(account: Account, kind: Kind, bodies: Sequence[bytes]) -> float:
    """Return how long PUTs of the bodies take, over as many kept-alive connections as an import uses."""
    extension = ".ics" if kind == "calendar" else ".vcf"
    with open_collection(account.target, kind) as collection:
        path, lanes = collection.path, max(1, collection.connections)

    def lane(number: int) -> None:
        with Account(account.server, account.address) as sender:
            if account.server.name != "sogo":
                del sender.session.headers["Connection"]
            for one in range(number, len(bodies), lanes):
                status = _put(sender, f"{path}bare{one}{extension}", bodies[one])
                if status not in {201, 204}:
                    raise RuntimeError(f"{account.server.name} answered {status}")

    begun = time.perf_counter()
    with ThreadPoolExecutor(lanes) as threads:
        list(threads.map(lane, range(lanes)))
    return time.perf_counter() - begun


def _put(sender: Account, path: str, body: bytes) -> int:
    try:
        return sender.put(path, body).status_code
    except requests.ConnectionError:  # the server closed a connection that was kept for it
        return sender.put(path, body).status_code


def timed(work: Callable[[], int], expected: int) -> float:
    """Return how long the work takes; it must have done all of it."""
    begun = time.perf_counter()
    if (done := work()) != expected:
        raise RuntimeError(f"{done} of {expected} are there")
    return time.perf_counter() - begun


def measure(server: DavServer, events: int, cards: int) -> list[tuple[Kind, int, float, float]]:
    """Return for each kind how many, the seconds of bare PUTs, and those of an import."""
    found: list[tuple[Kind, int, float, float]] = []
    calendar, contacts = calendar_file(events), card_file(cards)
    bodies: dict[Kind, list[bytes]] = {
        "contacts": [one.data for one in parse_cards(contacts).value],
        "calendar": [one.data for one in parse_calendar(calendar).value.objects],
    }
    for kind, wanted in bodies.items():
        plain, ours = (_account(server, f"{who}-{kind}") for who in ("bare", "import"))

        def bring(kind: Kind = kind, ours: Account = ours) -> int:
            if kind == "contacts":
                read = parse_cards(contacts)
                return import_cards(ours.target, "f", read.value, read.problems).imported
            parsed = parse_calendar(calendar)
            return import_objects(ours.target, "f", parsed.value, parsed.problems).imported

        with plain, ours:
            bare = bare_seconds(plain, kind, wanted)
            found.append((kind, len(wanted), bare, timed(bring, len(wanted))))
    return found


def _account(server: DavServer, name: str) -> Account:
    address = f"{name}@kunde.example"
    server.add_user(address, PASSWORD)
    return Account(server, address)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Print the table; return 1 when an import took longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", default="cyrus,sogo,xandikos,radicale")
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--cards", type=int, default=500)
    options = parser.parse_args()
    late = False
    say("server     kind        items   bare PUTs      import   ratio")
    with tempfile.TemporaryDirectory(prefix="mf", ignore_cleanup_errors=True) as folder:
        base = Path(folder)
        base.chmod(0o755)
        authority = Authority(base / "ca")
        for name in options.servers.split(","):
            if why := why_not(name):
                say(f"{name:10} {why}")
                continue
            with MAKERS[name](base / name, authority) as server:
                rows = measure(server, options.events, options.cards)
            both = ("both", *(sum(row[column] for row in rows) for column in (1, 2, 3)))
            for kind, number, bare, ours in [*rows, both]:
                say(f"{name:10} {kind:10} {number:6} {bare:9.2f} s {ours:9.2f} s {ours / bare:7.2f}")
            late = late or both[3] / both[2] > BAR
    return int(late)


if __name__ == "__main__":
    raise SystemExit(main())

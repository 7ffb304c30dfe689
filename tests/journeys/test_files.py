"""Exports of several mailboxes: those that say whose they are go there, the others are asked for, and the mail moves meanwhile."""

import io
import re
import zipfile
from typing import Any

import pytest

from bot.dav.client import DavTarget, open_collection
from bot.model import Secret
from demo.seed import calendar, cards, fill, mails
from demo.world import SERVICE, World
from tests.journeys.conftest import body
from tests.journeys.test_requests import kinds, state

pytestmark = pytest.mark.server

PEOPLE = ("jane@kunde.example", "sales@kunde.example", "office@kunde.example")


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name.replace("__", "."), data)
    return out.getvalue()


def test_files_of_three_mailboxes_find_their_owners(world: World) -> None:
    """Section 7, case 40: jane.vcf by its name, team.ics and what a zip holds by a reply; each reported by itself."""
    for address in PEOPLE:
        world.account(address, "secret-1")
        fill(
            world.old.tls_port,
            str(world.authority.ca_file),
            address,
            "secret-1",
            mails(address, {"INBOX": 3}),
        )
    world.customer(PEOPLE[0])
    rows = "".join(f"{one},secret-1,localhost:{world.old.tls_port}\n" for one in PEOPLE)
    exports = (
        ("mailboxes.csv", "text/csv", f"email,password,server\n{rows}".encode()),
        ("jane.vcf", "text/vcard", cards(["Bob Meyer", "Carla Ruiz"])),
        ("team.ics", "text/calendar", calendar(4)),
        (
            "export.zip",
            "application/zip",
            zipped(holidays__ics=calendar(2), shifts__ics=calendar(3, broken=True)),
        ),
    )
    world.start_daemon()
    world.send(world.write(PEOPLE[0], "Move", "Please move all of it.\n", attachments=exports))
    world.wait_for(lambda: kinds(world)["copied"] == 1, why="the mail moves while the files are asked for")
    asked = body(world.answers[0])
    assert re.search(r"jane\.vcf +contacts +jane@kunde\.example +being imported", asked)
    for name in ("team.ics", "holidays.ics", "shifts.ics"):
        assert f"{name}: we do not know which mailbox it belongs to" in asked

    said = "team.ics = sales@kunde.example\nholidays.ics = office@kunde.example\nshifts.ics = office@kunde.example\n"
    world.send(world.write(PEOPLE[0], "Re: Move", said, answering=world.answers[-1]))
    world.wait_for(lambda: all(one["report"] for one in imports(world).values()), why="the imports")
    world.send(world.write(PEOPLE[0], "Re: Move", "done", answering=world.answers[-1]))
    world.wait_for(lambda: kinds(world)["report"] == 1, why="report")

    report = body(world.answers[-1])
    for line in (
        r"jane\.vcf +contacts +jane@kunde\.example +imported +2 new",
        r"team\.ics +calendar +sales@kunde\.example +imported +4 new",
        r"holidays\.ics +calendar +office@kunde\.example +imported +2 new",
        r"shifts\.ics +calendar +office@kunde\.example +imported +1 new, 2 there already, 1 not imported",
    ):
        assert re.search(line, report), report
    assert "it is cut off" in report
    assert {name: numbers(one["report"]) for name, one in imports(world).items()} == {
        "jane.vcf": (2, 0, 0, 0),
        "team.ics": (4, 0, 0, 0),
        "holidays.ics": (2, 0, 0, 0),
        "shifts.ics": (1, 2, 0, 2),  # cut off: the file says so, and the event
    }
    assert {one: uids(world, one) for one in PEOPLE[1:]} == {PEOPLE[1]: 4, PEOPLE[2]: 3}


def imports(world: World) -> dict[str, dict[str, Any]]:
    return {one["file"]: one for one in state(world)["imports"]}  # type: ignore[attr-defined]


def numbers(report: dict[str, Any]) -> tuple[int, ...]:
    """Return how many are imported, the same, skipped and failed."""
    return (report["imported"], report["same"], len(report["skipped"]), len(report["failed"]))


def uids(world: World, address: str) -> int:
    """Count what the server itself holds for an account."""
    user, password = SERVICE
    target = DavTarget(url=world.dav.url, user=address, auth_user=user, password=Secret(password))
    with open_collection(target, "calendar", make=False) as calendar_of:
        return len(calendar_of.list())

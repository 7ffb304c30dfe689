"""How an account's contacts and calendars are entered: a service login, the row's own, or a password made for the import."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.config import Config, Dav, Destination
from bot.config import Store as StoreSection
from bot.dav.access import Ways, open_access
from bot.errors import DavLoginRefused, DavNoAccess
from bot.model import Json, Secret
from bot.states import File, Row, State
from bot.steps import STEPS, Bench
from bot.store import open_store, sqlite_url
from bot.vault import Vault
from demo.servers import Radicale

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANNA = "anna@k.example"
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Dora\r\nN:Dora;;;;\r\nEND:VCARD\r\n"


def script(path: Path, text: str) -> tuple[str, ...]:
    path.write_text(text)
    return (sys.executable, str(path))


@pytest.fixture
def administration(tmp_path: Path) -> tuple[tuple[str, ...], tuple[str, ...], Path]:
    """Two small commands as a hosting firm would write them, and the file in which they note their calls."""
    called, users = tmp_path / "called", tmp_path / "radicale" / "users"
    note = f"import sys, pathlib\nopen({str(called)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10))\n"
    make = f"{note}open({str(users)!r}, 'a').write(sys.argv[1] + ':made-1' + chr(10))\nprint('made-1')\n"
    keep = "[one for one in users.read_text().splitlines(True) if not one.startswith(sys.argv[1])]"
    unmake = f"{note}users = pathlib.Path({str(users)!r})\nusers.write_text(''.join({keep}))\n"
    return script(tmp_path / "make.py", make), script(tmp_path / "unmake.py", unmake), called


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Radicale]:
    with Radicale(tmp_path / "radicale", {"bob@k.example": "his"}) as server:
        yield server


def import_into(tmp_path: Path, dav: Dav, password: str = "") -> tuple[str, Json]:
    """Run the job of one attached file, as the daemon does."""
    with_store = open_store(sqlite_url(tmp_path / "db"), Vault(b"k" * 32))
    try:
        config = Config(
            destination=Destination(imap_host="mail.host.example", auth="password"),
            dav=dav,
            store=StoreSection.model_construct(url="", state=tmp_path, key_file=None),
        )
        with with_store.begin() as work:
            ticket = work.new_ticket(ANNA, {}, NOW)
            secrets = (work.seal("password", password.encode(), NOW, ticket.id),) if password else ()
            work.add_row(ticket.id, Row(id=0, address=ANNA, destination=ANNA, secret_ids=secrets))
            blob = work.seal("file", CARD, NOW, ticket.id)
            item = File(id=0, state=State.IMPORTING, name="x.vcf", blob_id=blob, items=1)
            number = work.add_file(ticket.id, replace(item, target=ANNA, serial=1))
        job = {"id": f"f{number}:contacts:1", "ticket_id": ticket.id, "kind": "contacts", "ref": number}
        return STEPS["contacts"](Bench(with_store, config, lambda: False), job)
    finally:
        with_store.close()


def test_a_password_is_made_for_the_import_and_taken_away_after_it(
    tmp_path: Path, radicale: Radicale, administration: tuple[tuple[str, ...], tuple[str, ...], Path]
) -> None:
    """The account has no password of its own at the start, and none at the end."""
    make, unmake, called = administration
    dav = Dav(
        url=radicale.url, auth="app-password", app_password_command=make, app_password_done_command=unmake
    )
    kind, data = import_into(tmp_path, dav)
    assert (kind, data["report"]["imported"], data["report"]["failed"]) == ("imported", 1, ())
    assert called.read_text().splitlines() == [ANNA, ANNA]
    assert ANNA not in (tmp_path / "radicale" / "users").read_text()


def test_a_password_that_does_not_open_is_taken_away_too(tmp_path: Path, radicale: Radicale) -> None:
    called = tmp_path / "called"
    make = script(tmp_path / "make.py", "print('wrong')")
    unmake = script(tmp_path / "unmake.py", f"open({str(called)!r}, 'w').write('x')")
    dav = Dav(
        url=radicale.url, auth="app-password", app_password_command=make, app_password_done_command=unmake
    )
    with pytest.raises(DavLoginRefused):
        import_into(tmp_path, dav)
    assert called.exists()


def test_the_row_s_own_password_opens_its_own_account(tmp_path: Path, radicale: Radicale) -> None:
    radicale.add_user(ANNA, "hers")
    dav = Dav(url=radicale.url, auth="password")
    assert import_into(tmp_path, dav, "hers")[1]["report"]["imported"] == 1


def test_without_a_password_nothing_is_tried_and_the_file_is_kept(tmp_path: Path) -> None:
    """localhost:9 does not answer: a try would be another error."""
    dav = Dav(url="http://localhost:9/", auth="password")
    with pytest.raises(DavNoAccess, match="waiting for access") as caught:
        import_into(tmp_path, dav)
    assert caught.value.retry.name == "STAFF"


@pytest.mark.parametrize(
    "text", ["", "print()", "print('a\\nb')", "import sys; sys.exit(3)", "print('x', end='') or 1/0"]
)
def test_a_command_that_gives_no_password_gives_no_access(tmp_path: Path, text: str) -> None:
    """Nothing that it said is shown to anybody."""
    ways = Ways(auth="app-password", make=script(tmp_path / "make.py", text))
    with pytest.raises(DavNoAccess) as caught, open_access(ways, ANNA, lambda: None, lambda: Secret("")):
        pytest.fail("it was let in")
    assert ANNA in str(caught.value)


def test_an_address_is_never_an_option_or_a_shell_word(tmp_path: Path) -> None:
    make = script(tmp_path / "make.py", "import sys; print(len(sys.argv), sys.argv[1])")
    ways = Ways(auth="app-password", make=make)
    odd = "a;touch${IFS}x@k.example"
    with open_access(ways, odd, lambda: None, lambda: Secret("")) as password:
        assert password.reveal() == f"2 {odd}"
    with pytest.raises(DavNoAccess), open_access(ways, "-rf@k.example", lambda: None, lambda: Secret("")):
        pytest.fail("it was let in")


def test_a_removal_that_fails_costs_no_import(tmp_path: Path) -> None:
    ways = Ways(
        auth="app-password", make=script(tmp_path / "make.py", "print('p')"), unmake=("/nonexistent",)
    )
    with open_access(ways, ANNA, lambda: None, lambda: Secret("")) as password:
        assert password.reveal() == "p"

"""A row without a server: looked for before anybody is asked, and what the requester reads about it."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from bot.config import Config, Destination, Dns, Source
from bot.model import Json
from bot.page import to_text
from bot.phrases import Facts
from bot.replies import render
from bot.states import Row, State
from bot.steps import STEPS, Bench
from bot.store import open_store, sqlite_url
from bot.vault import Vault
from demo.nameserver import NameServer
from tests.ticketlife import Life, row

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LACKS_SERVER: dict[str, Any] = {"host": "", "problems": (("host-missing", "host"),)}
FOUND = {"host": "imap.k.example", "port": 993, "security": "tls", "login": "", "how": "name"}


def serverless(number: int = 1, **more: Any) -> Row:
    return row(number, **LACKS_SERVER | more)


# --- the ticket -----------------------------------------------------------------------------------------------------


def test_the_server_is_looked_for_then_checked_and_only_then_is_anybody_answered() -> None:
    life = Life()
    life.mail(serverless())
    assert list(life.jobs) == ["r1:find:1"]
    assert life.jobs["r1:find:1"].partition == "k.example"
    life.finish("r1:find:1", **FOUND)
    assert life.said == []
    assert (life.row().host, life.row().server_by, life.row().problems) == ("imap.k.example", "name", ())
    life.finish("r1:check:2")
    assert life.said == ["ack"]
    assert life.row().state is State.FIRST_PASS


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ({"proposals": [], "moved": False}, "host-unfound"),
        ({"proposals": ["a.example", "b.example"], "moved": False}, "host-proposed"),
        ({"proposals": [], "moved": True}, "host-moved"),
        ({"code": "source-has-no-imap", "host": "Proton Mail"}, "source-has-no-imap"),
        ({"code": "child-failed"}, "host-unfound"),
    ],
)
def test_what_is_not_certain_is_asked(outcome: dict[str, Any], code: str) -> None:
    life = Life()
    life.mail(serverless())
    life.finish("r1:find:1", **outcome)
    assert (life.row().state, life.row().problems, life.row().host) == (State.ASKING, ((code, "host"),), "")
    assert life.said == ["ack"]
    life.mail(replace(life.row(), host="imap.old.example", problems=()))
    assert list(life.jobs) == ["r1:check:2"]


def test_a_provider_that_takes_no_passwords_is_for_staff_without_a_try() -> None:
    life = Life()
    life.mail(serverless())
    life.finish("r1:find:1", code="source-takes-no-passwords", host="outlook.office365.com")
    assert (life.row().state, life.row().code) == (State.FAILED, "source-takes-no-passwords")
    assert not life.jobs


@pytest.mark.parametrize(
    "more",
    [
        {"problems": (("host-missing", "host"), ("password-missing", "password"))},
        {"problems": (("host-invalid", "host"),)},
        {"problems": (("host-missing", "host"), ("duplicate-conflict", "address"))},
        {"held_because": "destination-not-own"},
    ],
)
def test_what_lacks_more_than_the_server_or_is_held_is_not_looked_for(more: dict[str, Any]) -> None:
    """Staff has not approved it, or an answer is needed anyway."""
    life = Life()
    life.mail(serverless(**more))
    assert not life.jobs


def test_an_answer_that_came_meanwhile_wins() -> None:
    """What the requester says is right; the search's result is of an older job."""
    life = Life()
    life.mail(serverless())
    life.mail(replace(life.row(), host="imap.said.example", problems=()))
    life.finish("r1:find:1", **FOUND)
    assert (life.row().host, life.row().server_by) == ("imap.said.example", "")


def test_a_server_found_after_the_acknowledgement_is_said_all_the_same() -> None:
    life = Life()
    life.mail(serverless())
    life.wait(50)
    assert life.said == ["ack"]
    life.finish("r1:find:1", **FOUND)
    life.finish("r1:check:2")
    assert life.said == ["ack", "update"]


# --- what is said ---------------------------------------------------------------------------------------------------


def said(*rows: Row) -> str:
    life = Life()
    life.ticket = replace(life.ticket, rows=rows)
    return " ".join(to_text(render("ack", life.ticket, Facts(now=NOW)).page).split())


def test_the_reply_names_the_server_and_how_it_was_found() -> None:
    text = said(row(host="imap.k.example", server_by="name", state=State.READY))
    assert (
        "We found the old mail server of k.example: imap.k.example (it answers under the domain's own name)."
        in text
    )
    gmx = row(address="a@gmx.de", host="imap.gmx.net", server_by="provider", state=State.READY)
    assert "of gmx.de: imap.gmx.net (the server of GMX). Tell us if that is wrong." in said(gmx)
    assert "We found" not in said(row(state=State.READY)), "the requester named it"


def test_the_question_names_both_servers() -> None:
    asks = serverless(state=State.ASKING, proposals=("a.example", "b.example"))
    text = said(replace(asks, problems=(("host-proposed", "host"),)))
    assert "we think that the old mail server is a.example or b.example" in text
    assert "no password was sent there" in text


def test_a_provider_s_peculiarity_is_said_where_it_refused() -> None:
    """Whoever named the server; where all went well nobody needs it."""
    refused = row(host="imap.gmail.com", state=State.ASKING, code="source-login-refused")
    assert "Gmail lets other servers in with an app password only" in said(refused)
    assert "app password only" not in said(row(host="imap.gmail.com", state=State.READY))


# --- the job --------------------------------------------------------------------------------------------------------


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything below k.example leads to loopback."""
    real = socket.getaddrinfo

    def lookup(host: str, port: int, *args: object, **kwargs: object) -> object:
        if host.endswith("k.example"):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return real(host, port, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


class Greeter:
    """Says hello as IMAP does, under TLS with a certificate for one name; keeps what it is told."""

    def __init__(self, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        ca = trustme.CA()
        ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(name).configure_cert(self._context)
        self.told: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            with suppress(OSError), plain, self._context.wrap_socket(plain, server_side=True) as secured:
                secured.sendall(b"* OK ready\r\n")
                self.told.append(secured.recv(1000))


@pytest.fixture
def greeter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: None) -> Iterator[Greeter]:
    made = Greeter("imap.k.example", tmp_path, monkeypatch)
    yield made
    with suppress(OSError):
        made.listener.shutdown(socket.SHUT_RDWR)
    made.listener.close()


def looked_for(folder: Path, port: int, records: dict[tuple[str, str], list[str]], **changes: Any) -> Json:
    """Run the job for one row with this DNS; return what it tells."""
    store = open_store(sqlite_url(folder / "db"), Vault(b"k" * 32))
    try:
        with NameServer() as server, store.begin() as work:
            server.records |= records
            ticket = work.new_ticket("anna@k.example", {}, NOW)
            values = {
                "address": "anna@k.example",
                **LACKS_SERVER,
                "state": State.CHECKING,
                "serial": 1,
                **changes,
            }
            number = work.add_row(ticket.id, Row(id=0, **values))
            work.connection.commit()
            config = Config(
                dns=Dns(mx=("mx1.host.example",), resolvers=(server.address,)),
                source=Source(ports=(port, 993), allow_networks=("127.0.0.0/8",)),
                destination=Destination(imap_host="mail.host.example"),
            )
            job = {"id": f"r{number}:find:1", "kind": "find", "ref": number, "ticket_id": ticket.id}
            kind, data = STEPS["find"](Bench(store, config, lambda: False), job)
    finally:
        store.close()
    assert kind == "found"
    return data


def test_the_job_finds_what_the_domain_names_and_tells_no_server_anything(
    tmp_path: Path, greeter: Greeter
) -> None:
    """Name server, TLS and greeting are real; what it finds is no more than facts."""
    records = {
        ("k.example", "MX"): ["10 mx.old.example."],
        ("_imaps._tcp.k.example", "SRV"): [f"0 1 {greeter.port} imap.k.example."],
    }
    data = looked_for(tmp_path, greeter.port, records)
    server = {"host": "imap.k.example", "port": greeter.port, "security": "tls"}
    assert data == {"row": 1, **server, "login": "", "how": "srv"}
    assert set(greeter.told) <= {b""}


def test_the_job_asks_where_the_certificate_is_another_s(tmp_path: Path, greeter: Greeter) -> None:
    records = {
        ("k.example", "MX"): ["10 mx.old.example."],
        ("_imaps._tcp.k.example", "SRV"): [f"0 1 {greeter.port} mail.k.example."],
    }
    data = looked_for(tmp_path, greeter.port, records)
    assert data == {"row": 1, "proposals": [], "moved": False}


def test_the_job_asks_where_the_mail_is_ours_already(tmp_path: Path, greeter: Greeter) -> None:
    records = {
        ("k.example", "MX"): ["10 mx1.host.example."],
        ("_imaps._tcp.k.example", "SRV"): [f"0 1 {greeter.port} imap.k.example."],
    }
    assert looked_for(tmp_path, greeter.port, records) == {"row": 1, "proposals": [], "moved": True}
    assert greeter.told == []


@pytest.mark.parametrize(
    "changes", [{"state": State.CANCELLED}, {"host": "imap.said.example"}, {"serial": 2}]
)
def test_an_older_job_looks_for_nothing(tmp_path: Path, greeter: Greeter, changes: dict[str, Any]) -> None:
    assert looked_for(tmp_path, greeter.port, {}, **changes) == {"row": 1, "code": "stopped"}

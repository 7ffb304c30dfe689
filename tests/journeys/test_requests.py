"""A customer's mail goes in, the migration is done on real servers, the answers come out on the thread."""

import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from demo.seed import calendar, cards, fill, mails
from demo.tally import compare, snapshot
from demo.world import MASTER, World
from tests.journeys.conftest import body, header, parsed

pytestmark = pytest.mark.server

ANNA = "anna@kunde.example"
FOLDERS = {"INBOX": 24, "INBOX.Sent Items": 9, "INBOX.Projekte.S&APw-d": 6}


def seed(world: World, address: str, password: str, folders: dict[str, int] | None = None) -> int:
    """Make an account on both sides and mail at the old one; return how many messages."""
    world.account(address, password)
    made = mails(address, folders or FOLDERS)
    fill(world.old.tls_port, str(world.authority.ca_file), address, password, made)
    return len(made)


def kinds(world: World) -> Counter[str]:
    """Count the answers by what they are, as their Message-IDs say."""
    return Counter(header(raw, "Message-ID").split(".")[1] for raw in world.answers)


def differences(world: World, address: str, password: str) -> tuple[int, ...]:
    """Compare both servers in full, with the standard library's eyes."""
    ca_file = str(world.authority.ca_file)
    old = snapshot(world.old.tls_port, ca_file, address, password)
    new = snapshot(world.new.tls_port, ca_file, f"{address}*{MASTER[0]}", MASTER[1])
    found = compare(old, new)
    return (found.missing, found.doubled, found.flags_differ, found.dates_differ)


def state(world: World) -> dict[str, object]:
    """Return the only ticket as `status --json` tells it."""
    tickets = json.loads(world.mailferry("status", "--json").stdout)["tickets"]
    assert len(tickets) == 1, tickets
    return dict(json.loads(world.mailferry("status", tickets[0]["ticket"], "--json").stdout))


def answers(world: World, count: int) -> Callable[[], bool]:
    """Wait condition: so many answers have reached the customer."""
    return lambda: len(world.answers) >= count


def everything_written(world: World) -> bytes:
    """Return every byte the bot keeps or said: database with its log, journals, its own log."""
    folder = world.config.parent
    files = [path for path in folder.rglob("*") if path.is_file() and "secrets" not in path.parts]
    return b"".join(path.read_bytes() for path in files)


def test_one_mailbox_in_the_text(world: World) -> None:
    """The commonest request: three lines in a mail; it is answered, copied, and after "done" reported, on one thread."""
    password = 'pw: "Blue!42\\'
    seed(world, ANNA, password)
    world.customer(ANNA)
    long_id = (
        "<" + "A" * 120 + "@kunde.example>"
    )  # Exchange writes such ids; folding them would break the thread
    letter = world.write(
        ANNA,
        "AW: Umzug [#4711]",
        f"Hello, please move my mailbox.\n\nEmail: {ANNA}\nPassword: {password}\nIMAP: localhost:{world.old.tls_port}\n",
        cc="ann@host.example, stranger@elsewhere.example",
    )
    letter = letter.replace(header(letter, "Message-ID").encode(), long_id.encode())
    world.start_daemon()
    world.send(letter)

    world.wait_for(answers(world, 2), why="acknowledgement and first copy")
    ack, copied = world.answers
    assert header(ack, "Subject").startswith("Re: Umzug [#4711] [MF-")
    assert header(ack, "In-Reply-To") == long_id
    assert long_id in header(ack, "References")
    assert f"In-Reply-To: {long_id}".encode() in ack, "unfolded and unencoded in the bytes"
    assert header(ack, "To") == ANNA
    assert header(ack, "Cc") == "ann@host.example"
    assert header(ack, "Auto-Submitted") == "auto-replied"
    assert "1 mailbox, 1 ready" in body(ack)
    assert "mx1.host.example" in body(copied)
    assert differences(world, ANNA, password) == (0, 0, 0, 0)

    late = mails("late", {"INBOX": 3}, seed=5)
    fill(world.old.tls_port, str(world.authority.ca_file), ANNA, password, late)
    world.send(world.write(ANNA, "Re: Umzug [#4711]", "Done!\n", answering=copied))
    world.wait_for(answers(world, 3), why="report")
    report = body(world.answers[2])
    assert report.startswith("Your move is complete and verified: 48 of 48 messages")
    assert differences(world, ANNA, password) == (0, 0, 0, 0)
    assert kinds(world) == {"ack": 1, "copied": 1, "report": 1}
    assert state(world)["state"] == "after-care"
    world.wait_for(lambda: len(_sent(world)) == 3, why="copies in Sent")
    assert password.encode() not in everything_written(world)
    assert password not in "".join(body(raw) for raw in world.answers)


def _sent(world: World) -> Counter[object]:
    from demo.world import SUPPORT, SUPPORT_PASSWORD

    everything = snapshot(world.new.tls_port, str(world.authority.ca_file), SUPPORT, SUPPORT_PASSWORD)
    receipts = "$mailferrytaken"  # our own copies in the mailbox are read, too
    sent = {raw for raw in everything if "\\Seen" in raw[1] and receipts not in str(raw[1]).casefold()}
    return Counter(sent)


def test_a_table_of_five_with_one_wrong_password(world: World) -> None:
    """Good rows never wait for bad ones; the bad one comes back in a table that holds no password."""
    people = {f"user{number}@kunde.example": f"päss;{number}" for number in range(5)}
    lines = ["sep=;", "Passwort;IMAP-Server;E-Mail-Adresse"]
    for address, password in people.items():
        seed(world, address, password, {"INBOX": 8})
        shown = "falsch" if address.startswith("user3") else password
        lines.append(f'"{shown}";localhost:{world.old.tls_port};{address}')
    world.customer("user0@kunde.example")
    table = ("postfaecher.csv", "text/csv", ("\ufeff" + "\r\n".join(lines)).encode())
    world.start_daemon()
    began = time.monotonic()
    world.send(
        world.write(
            "user0@kunde.example", "Umzug", "Bitte alles umziehen, Liste anbei.\n", attachments=(table,)
        )
    )

    world.wait_for(answers(world, 2), why="acknowledgement and first copy")
    assert time.monotonic() - began < 60
    ack = body(world.answers[0])
    assert "5 Postfächer, 4 bereit, 1 wartet auf Sie" in ack, "in the language they write"
    assert "user3@kunde.example (postfaecher.csv, Zeile 6)" in ack
    sheet = next(part for part in parsed(world.answers[0]).iter_attachments())
    content = str(sheet.get_payload(decode=True), "utf-8-sig") if sheet.get_payload(decode=True) else ""
    shown = ["", f"localhost:{world.old.tls_port}", "user3@kunde.example"]  # in the columns of their own file
    assert [line.split(";")[:3] for line in content.splitlines()[1:]] == [shown]
    for address, password in people.items():
        wanted = (0, 0, 0, 0) if not address.startswith("user3") else None
        assert wanted is None or differences(world, address, password) == wanted

    mended = f"E-Mail: user3@kunde.example\nPasswort: {people['user3@kunde.example']}\n"
    world.send(world.write("user0@kunde.example", "Re: Umzug", mended, answering=world.answers[-1]))
    world.wait_for(lambda: kinds(world)["copied"] == 2, why="the mended row")
    assert differences(world, "user3@kunde.example", people["user3@kunde.example"]) == (0, 0, 0, 0)
    world.send(world.write("user0@kunde.example", "Re: Umzug", "Fertig.\n", answering=world.answers[-1]))
    world.wait_for(lambda: kinds(world)["report"] == 1, why="report")
    assert re.search("(45 von 45|50 von 50) Nachrichten", body(world.answers[-1]))
    for password in people.values():
        assert password.encode() not in everything_written(world)


def test_contacts_and_calendar(world: World) -> None:
    """A .vcf and an .ics, one cut off at its end, land in the account; the same mail once more changes nothing."""
    seed(world, ANNA, "secret-1", {"INBOX": 3})
    world.customer(ANNA)
    exports = (
        ("export.bin", "application/octet-stream", cards(["Bob Meyer", "Carla Ruiz", "Emil Sørensen"])),
        ("kalender.ics", "text/calendar", calendar(6, broken=True)),
    )
    text = (
        f"Please move:\n\nEmail: {ANNA}\nPassword: secret-1\nServer: localhost\nPort: {world.old.tls_port}\n"
    )
    world.start_daemon()
    world.send(world.write(ANNA, "Move", text, attachments=exports))

    world.wait_for(lambda: kinds(world)["copied"] == 1, why="first copy")
    assert "3 contacts, 6 calendar entries" in body(world.answers[0])
    imports = {item["file"]: item for item in state(world)["imports"]}  # type: ignore[attr-defined]
    assert imports["export.bin"]["report"]["imported"] == 3
    assert imports["kalender.ics"]["report"]["imported"] == 6
    assert "cut off" in body(world.answers[-1])

    world.send(
        world.write(
            ANNA, "Re: Move", "Here they are again.\n", attachments=exports, answering=world.answers[-1]
        )
    )
    world.wait_for(lambda: len(state(world)["imports"]) == 4, why="second import")  # type: ignore[arg-type]
    world.wait_for(lambda: all(item["report"] for item in state(world)["imports"]), why="it")  # type: ignore[attr-defined]
    again = [item["report"] for item in state(world)["imports"]][2:]  # type: ignore[attr-defined]
    assert [(report["imported"], report["same"]) for report in again] == [(0, 3), (0, 6)]


def test_the_same_mail_delivered_twice_is_answered_once(world: World) -> None:
    """Lists, aliases and impatient servers deliver copies; other trace headers do not make another request."""
    seed(world, ANNA, "secret-1", {"INBOX": 3})
    world.customer(ANNA)
    text = f"Please move:\n\nEmail: {ANNA}\nPassword: secret-1\nServer: localhost:{world.old.tls_port}\n"
    letter = world.write(ANNA, "Move", text)
    world.start_daemon()
    world.send(letter)
    world.send(b"Received: from elsewhere by nowhere; Mon, 1 Jan 2024 00:00:00 +0000\r\n" + letter)
    world.send(letter)

    world.wait_for(lambda: kinds(world)["copied"] >= 1, why="first copy")
    world.wait_for(lambda: "delivered twice" in world.mailferry("status").stdout, why="the twins")
    assert kinds(world) == {"ack": 1, "copied": 1}
    state(world)


def test_a_forged_sender_starts_nothing(world: World) -> None:
    """Anybody can write anybody's From: without our MX's word nothing runs, no login is tried, no detail is told."""
    seed(world, ANNA, "secret-1", {"INBOX": 3})
    world.customer(ANNA)
    text = f"Please move:\n\nEmail: {ANNA}\nPassword: secret-1\nServer: localhost:{world.old.tls_port}\n"
    letter = world.write(ANNA, "Move my mail, secretly", text)
    claim = b"Authentication-Results: mx.host.example; dmarc=pass header.from=kunde.example\r\n"
    logins = (world.base / "old" / "log").read_text().count("Login: user=")
    world.start_daemon()
    world.send(claim + letter, helo="mail.forger.example")

    world.wait_for(lambda: "held" in world.mailferry("status").stdout, why="the held order")
    ticket = state(world)
    assert ticket["state"] == "held"
    time.sleep(2)
    assert (world.base / "old" / "log").read_text().count("Login: user=") == logins
    assert kinds(world) == {"held": 1}
    assert "secretly" not in header(world.answers[0], "Subject"), "nobody speaks through us"
    assert ANNA not in body(world.answers[0])

    assert world.mailferry("approve", str(ticket["ticket"])).returncode == 0
    world.wait_for(lambda: kinds(world)["copied"] == 1, why="first copy after approval")
    assert differences(world, ANNA, "secret-1") == (0, 0, 0, 0)


def test_a_proven_sender_does_not_order_into_a_strange_domain(world: World) -> None:
    """Whoever is who they say may still not fill somebody else's mailbox; listed in the directory, they may."""
    seed(world, ANNA, "secret-1", {"INBOX": 3})
    world.customer("eve@elsewhere.example")
    text = f"Please move:\n\nEmail: {ANNA}\nPassword: secret-1\nServer: localhost:{world.old.tls_port}\n"
    world.start_daemon()
    world.send(world.write("eve@elsewhere.example", "Move", text))
    world.wait_for(answers(world, 1), why="neutral answer")
    assert state(world)["rows"][0]["code"] == "destination-not-own"  # type: ignore[index]
    assert kinds(world) == {"held": 1}

    (world.config.parent / "directory.toml").write_text(
        '[senders]\n"eve@elsewhere.example" = ["kunde.example"]\n'
    )
    world.send(world.write("eve@elsewhere.example", "Move again", f"I am listed now.\n\n{text}"))
    world.wait_for(lambda: kinds(world)["copied"] == 1, why="first copy")


@pytest.mark.parametrize("part", [0.0, 0.5])
def test_kill_in_the_middle_of_a_copy(far_world: World, part: float) -> None:
    """Power fails while a mailbox is copied: afterwards nothing is there twice, nothing is missing, nobody is told twice."""
    world = far_world
    count = seed(world, ANNA, "secret-1", {"INBOX": 2500, "INBOX.Sent Items": 1000})
    world.customer(ANNA)
    text = f"Please move:\n\nEmail: {ANNA}\nPassword: secret-1\nServer: localhost:{world.source_port}\n"
    world.start_daemon()
    world.send(world.write(ANNA, "Move", text))
    journals = world.config.parent / "state" / "journal"
    world.wait_for(lambda: _copied(journals) > part * count, why="the moment to kill at")
    world.kill_daemon()
    before = _copied(journals)
    assert 0 < before < count, "killed in the middle"

    world.start_daemon()
    world.wait_for(lambda: kinds(world)["copied"] == 1, why="first copy")
    assert differences(world, ANNA, "secret-1") == (0, 0, 0, 0)
    world.kill_daemon()
    world.start_daemon()
    world.send(world.write(ANNA, "Re: Move", "done", answering=world.answers[-1]))
    world.wait_for(lambda: kinds(world)["report"] == 1, why="report")
    assert differences(world, ANNA, "secret-1") == (0, 0, 0, 0)
    time.sleep(1.5)
    assert kinds(world) == {"ack": 1, "copied": 1, "report": 1}
    assert world.stop_daemon() == 0


def _copied(journals: object) -> int:
    """Count the messages a journal holds, from outside."""
    total = 0
    for path in sorted(journals.glob("*.db")):  # type: ignore[attr-defined]
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as journal:
                total += int(journal.execute("SELECT count(*) FROM message").fetchone()[0])
        except sqlite3.Error:
            continue
    return total


def test_what_is_no_request_is_set_aside(world: World) -> None:
    """Support mailboxes get all kinds of mail: machines are ignored, people without a request are left to staff."""
    world.customer(ANNA)
    world.start_daemon()
    world.send(world.write(ANNA, "Invoice", "Hello, where is my invoice of May?\n"))
    away = world.write(ANNA, "Out of office", "I am away.\n").replace(
        b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:"
    )
    world.send(away)
    bomb = world.write(ANNA, "Deep", "x").replace(b"\r\n\r\nx", b"\r\n\r\n" + b"((((((((((\r\n" * 50_000)
    world.send(bomb)
    world.wait_for(lambda: "Invoice" in world.mailferry("status").stdout, why="set aside")
    world.wait_for(lambda: "automatic" in world.mailferry("status").stdout, why="ignored")
    time.sleep(1)
    assert world.answers == []


def test_a_follow_up_of_a_stranger_changes_nothing(world: World) -> None:
    """Somebody who saw our Message-ID cannot steer the ticket, and hears nothing of it."""
    seed(world, ANNA, "secret-1", {"INBOX": 3})
    world.customer(ANNA)
    world.customer("eve@elsewhere.example")
    text = f"Please move:\n\nEmail: {ANNA}\nPassword: secret-1\nServer: localhost:{world.old.tls_port}\n"
    world.start_daemon()
    world.send(world.write(ANNA, "Move", text))
    world.wait_for(lambda: kinds(world)["copied"] == 1, why="first copy")
    world.send(world.write("eve@elsewhere.example", "Re: Move", "done", answering=world.answers[-1]))
    world.wait_for(lambda: "a stranger" in world.mailferry("status").stdout, why="set aside")
    world.send(world.write(ANNA, "Re: Move", "done", answering=world.answers[-1]), helo="mail.forger.example")
    world.wait_for(lambda: "an unproven sender" in world.mailferry("status").stdout, why="set aside")
    assert state(world)["state"] == "awaiting-switch"
    assert len(world.answers) == 2

    assert world.mailferry("second-pass", str(state(world)["ticket"])).returncode == 0
    world.wait_for(lambda: kinds(world)["report"] == 1, why="staff's second pass")


def test_each_fault_has_its_own_answer_and_the_good_row_runs(world: World) -> None:
    """Unknown host, private address, wrong server, missing password: five rows, five truths, and one mailbox moves."""
    seed(world, ANNA, "secret-1", {"INBOX": 4})
    world.customer(ANNA)
    rows = [
        ("email", "password", "imap"),
        (ANNA, "secret-1", f"localhost:{world.old.tls_port}"),
        ("nohost@kunde.example", "x-password", "imap.does-not-exist.invalid"),
        ("private@kunde.example", "x-password", "10.1.2.3"),
        ("nopassword@kunde.example", "", f"localhost:{world.old.tls_port}"),
        ("closed@kunde.example", "x-password", "localhost:143"),
    ]
    table = "\n".join("\t".join(row) for row in rows).encode()
    world.start_daemon()
    world.send(world.write(ANNA, "Move", "Please move these.\n", attachments=(("t.csv", "text/csv", table),)))
    world.wait_for(lambda: kinds(world)["copied"] == 1, seconds=90, why="first copy")
    text = body(world.answers[0])
    assert "there is no server of the name imap.does-not-exist.invalid" in text
    assert "10.1.2.3, port 993, is not a public mail server" in text
    assert "nopassword@kunde.example (t.csv, line 5): the password is missing" in text
    assert "the old server localhost did not answer on port 143" in text
    assert differences(world, ANNA, "secret-1") == (0, 0, 0, 0)


def test_run_once_does_everything_due_and_leaves(world: World) -> None:
    """For cron and for tests: no daemon stays, the ticket goes on at the next run."""
    seed(world, ANNA, "secret-1", {"INBOX": 5})
    world.customer(ANNA)
    text = f"Please move:\n\nEmail: {ANNA}\nPassword: secret-1\nServer: localhost:{world.old.tls_port}\n"
    world.send(world.write(ANNA, "Move", text))
    assert world.mailferry("run", "--once").returncode == 0
    assert kinds(world) == {"ack": 1, "copied": 1}
    assert world.mailferry("run", "--once").returncode == 0
    world.send(world.write(ANNA, "Re: Move", "done", answering=world.answers[-1]))
    assert world.mailferry("run", "--once").returncode == 0
    assert kinds(world) == {"ack": 1, "copied": 1, "report": 1}


def test_two_daemons_do_not_share_a_state_folder(world: World) -> None:
    """The second one leaves with 75 and says why; the first goes on."""
    world.start_daemon()
    world.wait_for(lambda: "daemon.started" in world.log, why="start")
    second = world.mailferry("run", "--once")
    assert second.returncode == 75
    assert "another mailferry works" in second.stderr


def test_nobody_orders_mail_into_the_support_mailbox(world: World) -> None:
    """A copied mail with an invented Authentication-Results would prove anybody; not even an approval lets it in."""
    eve = "eve@host.example"
    forged = mails(eve, {"INBOX": 2})
    world.old.add_user(eve, "secret-1")
    fill(world.old.tls_port, str(world.authority.ca_file), eve, "secret-1", forged)
    world.customer(eve)
    table = f"email,password,server,new_email\n{eve},secret-1,localhost:{world.old.tls_port},support@host.example\n"
    world.start_daemon()
    world.send(
        world.write(eve, "Move", "Please move.\n", attachments=(("t.csv", "text/csv", table.encode()),))
    )
    world.wait_for(answers(world, 1), why="neutral answer")
    assert kinds(world) == {"held": 1}
    assert state(world)["rows"][0]["code"] == "destination-ours"  # type: ignore[index]
    world.mailferry("approve", str(state(world)["ticket"]))
    world.wait_for(lambda: state(world)["rows"][0]["state"] == "failed", why="refusal")  # type: ignore[index]
    assert state(world)["rows"][0]["code"] == "destination-login-refused"  # type: ignore[index]


def test_a_wanted_start_is_echoed_and_waited_for(world: World) -> None:
    """Whoever asks for a time gets it back with its zone at once, and no copy before, unless staff agrees on another."""
    seed(world, ANNA, "secret-1", {"INBOX": 3})
    world.customer(ANNA)
    wanted = datetime.now(UTC) + timedelta(days=10)
    text = f"Please move:\n\nEmail: {ANNA}\nPassword: secret-1\nServer: localhost:{world.old.tls_port}\nStart: {wanted:%Y-%m-%d} 22:00\n"
    world.start_daemon()
    world.send(world.write(ANNA, "Move", text))
    world.wait_for(answers(world, 1), why="acknowledgement")
    assert f"Start: {wanted:%A, %-d %B %Y}, 22:00 (UTC+00:00)" in body(world.answers[0])
    assert state(world)["state"] == "awaiting-start"
    assert world.mailferry("start", str(state(world)["ticket"])).returncode == 0
    world.wait_for(lambda: kinds(world)["copied"] == 1, why="first copy")


def test_the_second_pass_begins_by_itself_when_the_mx_is_ours(world: World) -> None:
    """Nobody has to remember it: the customer switches, half at first, and writes nothing more."""
    seed(world, ANNA, "secret-1")
    world.customer(ANNA)
    domain = ANNA.rpartition("@")[2]
    world.names.host(domain, "mail.old.example", ttl=1)
    world.start_daemon()
    text = f"Please move:\n\nEmail: {ANNA}\nPassword: secret-1\nServer: localhost:{world.old.tls_port}\n"
    world.send(world.write(ANNA, "Move", text))
    world.wait_for(answers(world, 2), why="acknowledgement and first copy")
    assert "10 mx1.host.example" in body(world.answers[1])
    assert "mail.old.example" in body(world.answers[1]), "what is there now stands beside what to set"
    late = mails("late", {"INBOX": 3}, seed=5)
    fill(world.old.tls_port, str(world.authority.ca_file), ANNA, "secret-1", late)

    world.names.records[domain, "MX"] = ["10 mx1.host.example.", "20 mail.old.example."]
    time.sleep(4)
    assert kinds(world) == {"ack": 1, "copied": 1}, "half a switch is none"
    world.names.host(domain, "mx1.host.example", ttl=1)

    world.wait_for(answers(world, 3), why="report")
    assert "48 of 48 messages" in body(world.answers[2])
    assert kinds(world) == {"ack": 1, "copied": 1, "report": 1}
    assert differences(world, ANNA, "secret-1") == (0, 0, 0, 0)


def test_pause_trash_too_and_resume_by_plain_replies(world: World) -> None:
    """Three words each in the customer's language; the trash comes with the second pass."""
    seed(world, ANNA, "secret-1")
    fill(
        world.old.tls_port,
        str(world.authority.ca_file),
        ANNA,
        "secret-1",
        mails("bin", {"INBOX.Deleted Items": 4}),
    )
    world.customer(ANNA)
    world.start_daemon()
    text = f"Please move:\n\nEmail: {ANNA}\nPassword: secret-1\nServer: localhost:{world.old.tls_port}\n"
    world.send(world.write(ANNA, "Move", text))
    world.wait_for(answers(world, 2), why="acknowledgement and first copy")

    world.send(world.write(ANNA, "Re: Move", "Bitte pausieren.\n\nDanke\nAnna", answering=world.answers[-1]))
    world.wait_for(answers(world, 3), why="the pause")
    assert "paused, as you asked" in body(world.answers[2])
    assert state(world)["state"] == "paused"
    world.send(
        world.write(
            ANNA,
            "Re: Move",
            "Bitte weitermachen, und bitte auch den Papierkorb mitnehmen.",
            answering=world.answers[-1],
        )
    )
    world.wait_for(answers(world, 4), why="going on")
    assert "Copied, too, as you asked: Trash" in body(world.answers[3])
    world.send(world.write(ANNA, "Re: Move", "done", answering=world.answers[-1]))

    world.wait_for(answers(world, 5), why="report")
    assert kinds(world) == {"ack": 1, "copied": 1, "paused": 1, "update": 1, "report": 1}
    assert "Trash is not copied" not in body(world.answers[4])

"""What staff sees: everything that waits for them, nothing secret, and the shapes that scripts rely on."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.look import (
    _row_facts,
    drop_replies,
    explain,
    mark_seen,
    release_replies,
    render_ticket,
    status,
    tell_ticket,
)
from bot.records import stamp
from bot.states import Row, State
from bot.store import Store
from parsers.sandbox import SandboxKilled
from tests.desk import NOW, a_store, make_config
from tests.facts import ANNA, DORA, file, imported, passed, row, skipped

CANARY = "hunter2-Geheim"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path) as made:
        yield made


def open_ticket(store: Store, *rows: Row) -> str:
    """Make a ticket with a sealed password, a file and a failed reply; return its number."""
    with store.begin() as work:
        made = work.new_ticket(ANNA, {"subject": "Umzug"}, NOW)
        for one in rows:
            secret = work.seal("password", CANARY.encode(), NOW, made.id)
            work.add_row(
                made.id,
                Row(**{**{name: getattr(one, name) for name in one.__slots__}, "secret_ids": (secret,)}),
            )
        work.add_file(made.id, file(report=imported(3, failed=[{"name": "Bob", "code": "cut-card"}])))
        work.add_event(made.id, "message", {"rows": [1], "evidence": "dmarc=pass"}, NOW, consumed=True)
        mime = b"From: s@h.example\r\nContent-Type: text/plain\r\n\r\nNothing to do.\r\n"
        facts = {"ticket_id": made.id, "kind": "ack", "revision": 1, "message_id": f"<{made.id}@h.example>"}
        work.queue_reply({**facts, "recipients": [ANNA], "mime": mime, "run_at": stamp(NOW)})
    return made.number


def shown(
    store: Store, capsys: pytest.CaptureFixture[str], number: str | None = None, *, as_json: bool = True
) -> tuple[int, Any]:
    code = status(store, number, as_json=as_json)
    out = capsys.readouterr().out
    return code, json.loads(out) if as_json else out


def test_the_overview_in_json(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts and monitoring rely on it."""
    number = open_ticket(store, row(state=State.COPIED))
    code, facts = shown(store, capsys)
    assert code == 0
    aside = {"mails_set_aside", "mails_set_aside_in_all"}
    assert set(facts) == {
        "tickets",
        *aside,
        "mails_ignored",
        "replies_waiting",
        "replies_to_release",
        "replies_failed",
        "forecasts",
    }
    assert facts["forecasts"] == {"settled": 0, "kept": 0, "slower": 0, "error": None}
    created = NOW.isoformat(timespec="seconds")
    known = {"ticket": number, "requester": ANNA, "state": "awaiting-switch", "next": "requester"}
    assert facts["tickets"] == [known | {"mailboxes": 1, "files": 1, "created": created}]
    assert [set(one) for one in facts["replies_waiting"]] == [{"reply", "kind", "to", "why"}]


def test_one_ticket_in_json(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Every exception by name, what was said word for word, and never what is sealed."""
    report = passed(413, 412, skipped=[skipped(1)])
    number = open_ticket(store, row(state=State.DONE, passes=(report,)))
    code, facts = shown(store, capsys, f"[{number.lower()}]")
    assert code == 0
    assert {"rows", "imports", "replies", "log", "ticket", "state", "next"} <= set(facts)
    (one,) = facts["rows"]
    assert (one["mailbox"], one["messages"], one["present"], one["skipped"]) == (ANNA, 413, 412, [skipped(1)])
    assert facts["replies"][0]["text"] == "Nothing to do.\n"
    assert facts["imports"][0]["report"]["failed"] == [{"name": "Bob", "code": "cut-card"}]


@pytest.mark.parametrize("as_json", [True, False])
def test_no_output_holds_a_secret(store: Store, capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """In no form, and not the id under which it is sealed either."""
    number = open_ticket(store, row(state=State.ASKING, code="source-login-refused"), row(DORA, State.FAILED))
    with store.begin() as work:
        ids = [secret for one in work.load(1).rows for secret in one.secret_ids]
    said = ""
    for which in (None, number):
        code = status(store, which, as_json=as_json)
        said += capsys.readouterr().out
        assert code in (0, 1)
    for secret in (CANARY, base64.b64encode(CANARY.encode()).decode(), *ids):
        assert secret not in said


@pytest.mark.parametrize(
    ("state", "expected"),
    [(State.HELD, 1), (State.FAILED, 1), (State.ASKING, 0), (State.COPIED, 0), (State.DONE, 0)],
)
def test_the_exit_status_says_whether_staff_is_wanted(
    store: Store, capsys: pytest.CaptureFixture[str], state: State, expected: int
) -> None:
    """A monitoring line is `mailferry status || mail`."""
    open_ticket(store, row(state=state))
    assert shown(store, capsys)[0] == expected


def test_a_failed_reply_wants_staff_and_retry_sends_it_again(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text of sending-failed promises `mailferry retry`."""
    number = open_ticket(store, row(state=State.COPIED))
    with store.begin() as work:
        work.set_reply(1, state="failed", why="refused (reply code 550)")
    code, facts = shown(store, capsys)
    assert (code, facts["replies_failed"][0]["why"]) == (1, "refused (reply code 550)")
    assert tell_ticket(store, number, "retry", {}) == 0
    assert "1 reply goes out again" in capsys.readouterr().err
    assert shown(store, capsys)[0] == 0


def test_mails_set_aside_are_shown_with_their_reason(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """For a person to read in the mailbox itself."""
    facts = {"digest": "x", "uidvalidity": 1, "uid": 1, "received_at": stamp(NOW), "state": "aside"}
    with store.begin() as work:
        work.take_message(b"", {**facts, "why": "too large", "sender": ANNA, "subject": "Fotos"}, NOW)
    said = shown(store, capsys, as_json=False)[1]
    assert "no tickets yet" in said
    for word in (ANNA, "Fotos", "too large"):
        assert word in said


def test_the_newest_mails_set_aside_are_shown_and_the_rest_is_counted(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every ordinary mail to the desk is set aside: after the first hundred the new ones must still be seen."""
    facts = {"uidvalidity": 1, "received_at": stamp(NOW), "state": "aside", "why": "asks for no migration"}
    with store.begin() as work:
        for uid in range(1, 104):
            work.take_message(b"", {**facts, "uid": uid, "digest": f"{uid}", "subject": f"mail {uid}"}, NOW)
    told = shown(store, capsys)[1]
    assert [mail["subject"] for mail in told["mails_set_aside"][:2]] == ["mail 103", "mail 102"]
    assert (len(told["mails_set_aside"]), told["mails_set_aside_in_all"]) == (100, 103)
    assert "and 3 older" in shown(store, capsys, as_json=False)[1]


def test_an_unknown_ticket_is_usage(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, nothing on stdout, and what to type next."""
    assert status(store, "MF-NOPE22", as_json=True) == 2
    assert tell_ticket(store, "MF-NOPE22", "approved", {}) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "`mailferry status` lists them" in captured.err


def test_control_characters_of_strangers_do_not_reach_the_terminal(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """A subject may hold an escape sequence that clears the screen or fakes a line."""
    facts = {"digest": "x", "uidvalidity": 1, "uid": 1, "received_at": stamp(NOW), "state": "aside"}
    evil = "\x1b[2J\x07no\nMF-AAAAAA  done\x9b31m"
    with store.begin() as work:
        work.take_message(b"", {**facts, "why": "x", "sender": evil, "subject": evil}, NOW)
    number = open_ticket(store, row(evil, State.ASKING))
    said = shown(store, capsys, as_json=False)[1] + shown(store, capsys, number, as_json=False)[1]
    assert not {char for char in said if not char.isprintable()} - {"\n"}
    assert not [line for line in said.splitlines() if line.startswith("MF-AAAAAA")]


def test_explain_hides_passwords_unless_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is run on old requests, with somebody looking over the shoulder."""
    letter = tmp_path / "old.eml"
    letter.write_bytes(
        f"From: {ANNA}\r\nTo: s@h.example\r\nSubject: Move\r\n\r\nEmail: {ANNA}\r\nPassword: {CANARY}\r\nIMAP: imap.old.example\r\n".encode()
    )
    config = make_config(tmp_path)
    for as_json in (True, False):
        assert explain(letter, config, as_json=as_json, reveal=False, now="") == 0
        said = capsys.readouterr().out
        assert ANNA in said
        assert CANARY not in said
        assert explain(letter, config, as_json=as_json, reveal=True, now="") == 0
        assert CANARY in capsys.readouterr().out


def test_explain_of_what_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No such file: usage; a mail that kills its reader: bad data."""
    config = make_config(tmp_path)
    assert explain(tmp_path / "none.eml", config, as_json=True, reveal=False, now="") == 2

    def killed(*_: object, **__: object) -> None:
        raise SandboxKilled("time", "read_letter")

    (tmp_path / "bomb.eml").write_bytes(b"x")
    monkeypatch.setattr("parsers.request.read_request", killed)
    assert explain(tmp_path / "bomb.eml", config, as_json=True, reveal=False, now="") == 65
    assert "(time)" in capsys.readouterr().err


def test_a_running_pass_shows_how_far_it_is() -> None:
    """`status TICKET` during a copy."""
    progress = {"done": 1204, "total": 9000}
    facts = {"ticket": "MF-7F3K9Q", "state": "first-pass", "next": "us", "requester": ANNA, "created": "2026"}
    line = {
        "mailbox": ANNA,
        "server": "s:993",
        "destination": ANNA,
        "state": "first-pass",
        "found": None,
        "code": "",
    }
    more = {"messages": 0, "present": 0, "progress": progress}
    assert "1,204 of 9,000 …" in render_ticket(
        {**facts, "rows": [line | more], "imports": [], "log": [], "replies": []}
    )


@pytest.mark.parametrize(
    ("code", "progress", "run_at", "shown_as"),
    [
        (
            "source-throttled",
            None,
            "2026-03-02T14:05:00+00:00",
            "waiting until 14:05 UTC (asked by the server)",
        ),
        (
            "source-unreachable",
            None,
            "2026-03-02T14:05:00+00:00",
            "waiting until 14:05 UTC (source-unreachable)",
        ),
        (
            "",
            {"done": 1, "total": 2, "waiting_until": "2026-03-02T15:06:00+00:00"},
            "2026-03-02T14:05:00+00:00",
            "waiting until 15:06 UTC (asked by the server)",
        ),
        ("", {"done": 1, "total": 2, "waiting_until": ""}, "2026-03-02T14:05:00+00:00", "1 of 2 …"),
    ],
)
def test_a_pass_that_waits_says_until_when(
    code: str, progress: dict[str, Any] | None, run_at: str, shown_as: str
) -> None:
    """Waiting is a state, not a failure: inside a pass, and between two of them."""
    waiting = replace(row(state=State.FIRST_PASS), code=code)
    job = {"ref": waiting.id, "kind": "first-pass", "run_at": run_at, "progress": progress}
    facts = {"ticket": "MF-7F3K9Q", "state": "first-pass", "next": "us", "requester": ANNA, "created": "2026"}
    text = render_ticket(
        {**facts, "rows": [_row_facts(waiting, [job])], "imports": [], "log": [], "replies": []}
    )
    assert shown_as in text
    assert ("waiting" in text) == ("waiting" in shown_as)


def test_an_unread_answer_on_a_ticket_wants_staff_until_it_is_seen(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """The requester waits for an answer: silence is the worst of them."""
    open_ticket(store, Row(id=0, address="a@k.example", state=State.COPIED))
    with store.begin() as work:
        number = work.take_message(
            b"x", {"digest": "d", "uidvalidity": 1, "uid": 1, "received_at": stamp(NOW)}, NOW
        )
        assert number is not None
        work.set_message(number, state="aside", why="nothing to do found", ticket_id=1)
    assert status(store, None, as_json=True) == 1
    assert mark_seen(store, number) == 0
    assert status(store, None, as_json=True) == 0
    assert mark_seen(store, number) == 2
    capsys.readouterr()


def test_replies_are_released_and_dropped_by_number(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """`status` shows what waits for staff; a number that names nothing is an error, and the others are done."""
    open_ticket(store, row(state=State.COPIED))
    with store.begin() as work:
        (ticket_id,) = work.ticket_ids()
        for one in (2, 3):
            values = {"ticket_id": ticket_id, "kind": "dns", "revision": one, "message_id": f"<{one}@h>"}
            queued = work.queue_reply(
                {**values, "recipients": ["a@b.example"], "mime": b"x", "run_at": "2026"}
            )
            work.set_reply(queued or 0, state="draft")
    code, facts = shown(store, capsys)
    assert (code, [one["reply"] for one in facts["replies_to_release"]]) == (1, [2, 3])
    assert release_replies(store, [2, 7]) == 2
    assert "no reply 7 waits" in capsys.readouterr().err
    assert drop_replies(store, [3]) == 0
    with store.begin() as work:
        assert [
            (one["state"], bool(one["released_at"]))
            for one in work.replies("queued", "dropped")
            if one["kind"] == "dns"
        ] == [
            ("queued", True),
            ("dropped", False),
        ]
    assert shown(store, capsys)[0] == 0

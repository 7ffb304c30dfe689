"""What we say, read as its reader reads it: a state, what to do, nothing secret, nothing said twice."""

import ast
import csv
import io
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dav.report import REASONS
from bot.errors import BotError
from bot.pace import Expected
from bot.page import to_html, to_text
from bot.phrases import Facts, Reply
from bot.replies import RENDER, render
from bot.states import Domain, Row, State, Ticket
from bot.tables import MOST_ROWS
from bot.words import words_of
from parsers.html import html_text
from tests.facts import ANNA, BOB, DORA, NOW, file, imported, passed, row, skipped, ticket

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "fixtures" / "replies"
FACTS = Facts(now=NOW, skip_roles=("trash", "junk"), mx=("mx1.host.example", "mx2.host.example"))
WORDS = words_of("en")
SILENT = {"headers-cut", "quotes-literal", "columns-guessed"}  # the table of what we read says it better
ROW_PROBLEMS = (
    *(
        "address-missing",
        "address-invalid",
        "password-missing",
        "password-unsure",
        "host-missing",
        "host-invalid",
    ),
    *(
        "duplicate-conflict",
        "row-shifted",
        "numeric-cell",
        "example-row",
        "told-otherwise",
        "destination-unsure",
    ),
)
REFUSED = row(
    DORA, State.ASKING, code="source-login-refused", origin="postfaecher.csv", line=5, secret_ids=("s",)
)
FOLDERS: dict[str, Any] = {
    "folders_skipped": [
        ["INBOX.Spam", "role-junk"],
        ["INBOX.Papierkorb", "role-trash"],
        ["INBOX.Alt", "no-messages"],
    ],
    "renamed": [["INBOX.Gesendet", "Sent"]],
}


def done(address: str = ANNA, **facts: Any) -> Row:
    return row(address, State.DONE, passes=(passed(**FOLDERS), passed(**(FOLDERS | facts))))


def copied(address: str = ANNA, **facts: Any) -> Row:
    return row(address, State.COPIED, passes=(passed(**(FOLDERS | facts)),))


TERMS = {"mx": ["10 mx1.host.example"]}
ELSEWHERE = Domain(
    name="kunde.example",
    delivery="old",
    ttl_s=86400,
    left=("mail.old.example",),
    advice=(
        ("TXT", "_mta-sts", "", "v=STSv1; id=2024", "first", "sts-policy"),
        ("CNAME", "hx1._domainkey", "hx1._domainkey.host.example", "", "add", ""),
        (
            "TXT",
            "@",
            "v=spf1 include:crm.example include:_spf.host.example -all",
            "v=spf1 include:crm.example -all",
            "replace",
            "spf-one",
        ),
        ("MX", "@", "10 mx1.host.example", "", "add", ""),
        ("MX", "@", "", "10 mail.old.example", "remove", ""),
        ("CNAME", "autoconfig", "autoconfig.host.example", "104.21.3.4", "replace", "proxied"),
        ("TXT", "_dmarc", "v=DMARC1; p=none", "v=DMARC1; p=none", "keep", ""),
    ),
)
SWITCHED = replace(ELSEWHERE, delivery="ours", since=NOW.isoformat(), left=(), resolvers=(1, 2))
SPLIT = replace(ELSEWHERE, delivery="mixed", mixed_since=NOW.isoformat(), advice=(ELSEWHERE.advice[4],))


COUNTED = {"folders": 31, "messages": 18_204, "size_bytes": 6_100_000_000, "room_bytes": 20_000_000_000}
LARGE = COUNTED | {"too_large": 3, "too_large_named": [skipped(1), skipped(2)]}
CUT = {"failed": [{"name": "kalender.ics", "code": "cut-file"}, {"name": "line 63", "code": "cut-object"}]}
MANY = imported(
    1500,
    same=20,
    repaired=[
        *({"name": f"Serie {n}", "code": "rule-changed"} for n in range(80)),
        *(
            {"name": f"Besprechung {n} 2026-03-0{n % 9 + 1}", "code": "invitations-silenced"}
            for n in range(120)
        ),
        {"name": "Friseur 2026-02-03", "code": "alarm-dropped"},
        {"name": "", "code": "zone-rebuilt"},
        {"name": "cp1252", "code": "charset-used"},
    ],
    skipped=[{"name": f"Standup {n}", "code": "differs"} for n in range(250)],
    failed=[
        *({"name": f"Jahrestag {n} 2026-13-0{n}", "code": "bad-date"} for n in range(48)),
        {"name": "line 9120", "code": "no-start"},
        {
            "name": "Ein sehr langer Titel, der nicht mehr aufhört, weil jemand die ganze Einladung hineinschrieb",
            "code": "too-big",
        },
    ],
)
SOME = imported(
    90,
    repaired=[{"name": f"Bob {n}", "code": "photo-dropped"} for n in range(3)],
    skipped=[{"name": "Carla Ruiz", "code": "duplicate-card"}],
    failed=[{"name": f"Person {n}", "code": "refused-by-server"} for n in range(6)],
)
CASES: dict[str, tuple[str, Ticket]] = {
    "held": ("held", ticket(row(state=State.HELD), unproven=True)),
    "cancelled-by-requester": ("cancelled", ticket(row(state=State.CANCELLED), stopped_by="requester")),
    "paused": ("paused", ticket(copied(), paused=True, paused_by="requester")),
    "update-trash-too": ("update", ticket(copied(), included=("trash",))),
    "cancelled": ("cancelled", ticket(row(state=State.CANCELLED))),
    "start-refused": (
        "ack",
        replace(
            ticket(row(secret_ids=("s",))),
            start_said="tomorrow 9:00",
            start_problem="too-soon",
            start_choices=("2026-11-25T08:00:00+00:00", "2026-11-25T21:00:00+00:00"),
        ),
    ),
    "ack-one-mailbox": ("ack", ticket(row(state=State.FIRST_PASS, secret_ids=("s",)))),
    "ack-expected": (
        "ack",
        ticket(
            row(state=State.READY, found=LARGE, secret_ids=("s",)),
            row(BOB, found=COUNTED),
            domains=(ELSEWHERE,),
            terms=TERMS,
            start_said="Saturday 22:00",
            start_at=NOW + timedelta(days=5),
            start_zone="America/New_York",
        ),
    ),
    "ack-no-room": (
        "ack",
        ticket(
            row(),
            row(BOB, State.CHECKING),
            row(DORA, State.FAILED, code="destination-full", found=COUNTED | {"room_bytes": 2_000_000_000}),
        ),
    ),
    "ack-some-need-you": (
        "ack",
        ticket(
            row(),
            row(BOB, State.CHECKING),
            REFUSED,
            row(
                "",
                State.ASKING,
                host="",
                line=6,
                origin="postfaecher.csv",
                problems=(("address-missing", "address"), ("host-missing", "host")),
            ),
            file(state=State.READY),
        ),
    ),
    "ack-nothing-can-run": (
        "ack",
        ticket(row(state=State.ASKING, problems=(("password-missing", "password"),))),
    ),
    "ack-no-mailbox-found": ("ack", ticket(remarks=(("spreadsheet-not-csv", "liste.xlsx"),))),
    "ack-files-only": ("ack", ticket(file(state=State.READY))),
    "ack-whose-file": ("ack", ticket(row(), row(BOB), file("team.ics", State.ASKING, target=""))),
    "ack-five-hundred": (
        "ack",
        ticket(
            *(row(f"u{n}@kunde.example") for n in range(498)),
            REFUSED,
            row(BOB, State.FAILED, code="destination-login-refused"),
        ),
    ),
    "update-mended": ("update", ticket(copied(), copied(BOB), row(DORA, State.FIRST_PASS))),
    "update-ours": ("update", ticket(copied(), row(BOB, State.FAILED, code="destination-full"))),
    "copied": (
        "copied",
        ticket(
            copied(),
            copied(BOB),
            file("kalender.ics", report=imported(**CUT)),
            file(report=imported(5, same=2, repaired=[{"name": "Bob", "code": "photo-dropped"}] * 3)),
        ),
    ),
    "copied-fix": ("copied", ticket(copied(), REFUSED)),
    "copied-with-records": ("copied", ticket(copied(), copied(BOB), domains=(ELSEWHERE,), terms=TERMS)),
    "dns-seen": ("dns", ticket(copied(), domains=(SWITCHED,), terms=TERMS)),
    "dns-mixed": ("dns", ticket(copied(), domains=(SPLIT,), terms=TERMS)),
    "dns-reminder": (
        "dns",
        ticket(copied(), domains=(replace(ELSEWHERE, told=("48 h", "120 h")),), terms=TERMS),
    ),
    "copied-wait": (
        "copied",
        ticket(copied(), row(BOB, State.FAILED, code="destination-full"), row(DORA, State.HELD)),
    ),
    "report": ("report", ticket(done(), done(BOB), file(report=imported()))),
    "report-and-care": ("report", ticket(done(), terms={"care_days": 7})),
    "closing": ("closing", ticket(done(), done(BOB))),
    "closing-late-mail": ("closing", ticket(replace(done(), late=2), replace(done(BOB), gone=True))),
    "closing-unseen": ("closing", ticket(replace(done(), gone=True))),
    "report-exceptions": (
        "report",
        ticket(done(present=411, skipped=[skipped(1), skipped(2, "rejected-cannot")])),
    ),
    "report-differs": ("report", ticket(done(present=400))),
    "report-partial": ("report", ticket(done(), REFUSED)),
    "report-files-only": (
        "report",
        ticket(
            file(report=imported()),
            file("kalender.ics", report=imported(7, skipped=[{"name": "Standup", "code": "differs"}])),
        ),
    ),
    "report-many-items": ("report", ticket(done(), file("kalender.ics", report=MANY), file(report=SOME))),
    "report-five-hundred": (
        "report",
        ticket(
            *(done(f"u{n}@kunde.example") for n in range(499)), done(DORA, present=412, skipped=[skipped(1)])
        ),
    ),
}


# What is said beside the ticket, in some of the cases.
MORE: dict[str, dict[str, Any]] = {
    "ack-expected": {"expected": Expected(least=timedelta(hours=5.6), most=timedelta(hours=8.2))},
    "ack-no-room": {"expected": Expected(least=timedelta(minutes=12), most=timedelta(minutes=31))},
}


def facts_for(name: str, language: str = "en") -> Facts:
    """Return what a reply knows beside the ticket in one of the cases."""
    return replace(FACTS, language=language, **MORE.get(name, {}))


def text_of(reply: Reply) -> str:
    attached = "".join(
        f"\n[{name}]\n{data.decode('utf-8-sig')}" for name, _, data in reply.attachments if len(data) < 3000
    )
    return to_text(reply.page) + attached.replace("\r\n", "\n")


@pytest.mark.parametrize("name", CASES)
def test_the_words_stand_in_fixtures(name: str) -> None:
    """Read them there, as the customer does. After a change of words: MAILFERRY_REFRESH=1 pytest tests/test_replies.py."""
    kind, facts = CASES[name]
    said = text_of(render(kind, facts, facts_for(name)))
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("MAILFERRY_REFRESH"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(said, "utf-8")
    assert golden.read_text("utf-8") == said


# What the other languages say most often, and at most length; test_wording.py says every case in each of them.
READ = (
    "ack-expected",
    "ack-some-need-you",
    "start-refused",
    "copied-with-records",
    "dns-mixed",
    "report-exceptions",
    "report-many-items",
    "closing-late-mail",
)
LANGUAGES = ("de", "es", "fr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", READ)
def test_the_words_of_other_languages_stand_in_fixtures(name: str, language: str) -> None:
    """Read by somebody who writes to customers in that language. Refreshed like the English ones."""
    kind, facts = CASES[name]
    said = text_of(render(kind, replace(facts, language=language), facts_for(name, language)))
    golden = GOLDEN / language / f"{name}.txt"
    if os.environ.get("MAILFERRY_REFRESH"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(said, "utf-8")
    assert golden.read_text("utf-8") == said


def test_there_is_no_fixture_that_nobody_says() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)
    spoken = {f"{language}/{name}" for language in LANGUAGES for name in READ}
    assert {path.relative_to(GOLDEN).with_suffix("").as_posix() for path in GOLDEN.glob("*/*.txt")} == spoken


def test_every_item_is_in_the_mail_or_in_the_table_beside_it() -> None:
    """Many are grouped and five of each named; the table has them all, each once, and the numbers are those of it."""
    reply = render("report", CASES["report-many-items"][1], FACTS)
    text = to_text(reply.page)
    (attached,) = reply.attachments
    lines = [*csv.reader(io.StringIO(attached[2].decode("utf-8-sig")))][1:]

    assert len(lines) == sum(
        len(one[key]) for one in (MANY, SOME) for key in ("repaired", "skipped", "failed")
    )
    assert "300 not imported" in text
    assert sum((line[0], line[3]) == ("kalender.ics", "not imported") for line in lines) == 300
    assert sum((line[0], line[3]) == ("anna.vcf", "not imported") for line in lines) == 6
    assert "(250): Standup 0, Standup 1, Standup 2, Standup 3, Standup 4 and 245 more" in text
    assert all(f"Person {n}" in text for n in range(6))
    assert len(text.splitlines()) < 60
    assert to_html(reply.page).count("Standup") == 5


# --- every code has words ------------------------------------------------------------------------------------------


def emitted() -> Iterator[str]:
    """Every problem code a parser of mails or tables gives, found in its source."""
    for name in ("message", "parts", "table", "grid", "body", "bare", "rows", "request", "lines"):
        for node in ast.walk(ast.parse((ROOT / "parsers" / f"{name}.py").read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "problem"):
                values = [word.value for word in node.keywords if word.arg == "code"] or node.args[:1]
                yield from (value.value for value in values if isinstance(value, ast.Constant))
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
                yield str(getattr(node.value, "value", ""))


def test_every_failure_has_words() -> None:
    """A row that fails says why and who is next, whatever failed."""
    missing = [code for code in BotError.by_code if not WORDS.has("codes", code)]
    assert missing == []
    assert WORDS.has("codes", "error")


def test_every_problem_of_a_mail_or_table_has_words() -> None:
    """Of a row, or of the whole; three are silent on purpose."""
    codes = set(emitted())
    assert {"encrypted", "no-rows", "part-unreadable", "message-too-large"} <= codes
    silent = {code for code in codes if not WORDS.has("codes", code) and not WORDS.has("remarks", code)}
    assert silent == SILENT
    assert [code for code in ROW_PROBLEMS if not WORDS.has("codes", code)] == []


def test_every_reason_of_a_contact_an_entry_a_message_a_folder_has_words() -> None:
    """Nothing is left out without saying why in words a customer knows."""
    folder_codes = {
        "virtual",
        "shared",
        "source-refused",
        "destination-refused",
        "too-big",
        "unreadable",
        "rejected",
    }
    folder_codes |= {
        f"role-{role}" for role in ("trash", "junk", "drafts", "sent", "archive", "all", "flagged")
    }
    assert [code for code in (*REASONS, *folder_codes) if not WORDS.has("reasons", code)] == []


def test_no_text_is_orphaned_or_broken() -> None:
    """Every text renders with the values it names; every code of [codes] and [reasons] is one somebody gives."""
    given_codes = {
        *BotError.by_code,
        *ROW_PROBLEMS,
        *("host-unfound", "host-proposed", "host-moved"),  # what the search for a server came to
        *("error", "already-running", "sending-failed"),  # of modules this test need not import
        "not-a-vcard",
        "not-a-calendar",
        "cut-file",
        "unopened",
        "unreadable",
        "target-unknown",
        "target-proposed",
        "held",
        "other",
    }
    assert set(WORDS._texts["codes"]) - given_codes == set()
    for key in WORDS._texts["codes"]:
        names = dict.fromkeys(("host", "destination", "file", "example", "domain", "comes", "room"), "x")
        said = WORDS("codes", key, port=1, proposals="p", **names)
        assert said[-1] in '."', key
    for key, said in WORDS._texts["remarks"].items():
        assert WORDS("remarks", key, item="list.csv")
        assert WORDS("remarks", key, item="")[0].isupper() or said.startswith("{{ item }}"), key


# --- laws ------------------------------------------------------------------------------------------------------------

SECRET = "hunter2-Geheim"
names = st.one_of(
    st.sampled_from([ANNA, BOB, "", "<b>x</b>@kunde.example", "=cmd()@x.example"]), st.text(max_size=20)
)
codes = st.one_of(st.sampled_from([*BotError.by_code, *ROW_PROBLEMS, "", "no-such-code"]))
notes = st.lists(
    st.builds(dict, name=st.text(max_size=9), code=st.sampled_from([*REASONS, "new-code"])), max_size=3
)
reports = st.builds(imported, st.integers(0, 3), failed=notes, skipped=notes, repaired=notes)
passes = st.builds(
    passed,
    st.integers(0, 2000),
    st.integers(0, 2000),
    skipped=st.lists(
        st.builds(skipped, st.integers(0, 9), st.sampled_from(["too-big", "rejected", "rejected-x"])),
        max_size=3,
    ),
    folders_skipped=st.lists(
        st.tuples(st.text(max_size=5), st.sampled_from(["shared", "virtual", "new-code"])), max_size=2
    ),
    renamed=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=2),
)
pairs = st.lists(st.tuples(codes, st.sampled_from(["password", "host", ""])), max_size=3).map(tuple)
rows = st.builds(
    row, names, st.sampled_from([state for state in State if state is not State.IMPORTING]), host=st.sampled_from(["", "imap.old.example"]), code=codes,
    problems=pairs, line=st.integers(0, 3), origin=st.text(max_size=8), destination=names, secret_ids=st.just((SECRET,)),
    passes=st.lists(passes, min_size=1, max_size=2).map(tuple),
)  # fmt: skip
files = st.builds(
    file, st.sampled_from(["a.vcf", "b.ics", "<i>.ics"]), st.sampled_from(list(State)), items=st.integers(0, 3),
    target=names, code=codes, problems=st.lists(st.tuples(st.sampled_from(list(REASONS)), st.text(max_size=5)), max_size=3).map(tuple),
    report=st.one_of(st.none(), reports), blob_id=st.just(SECRET),
)  # fmt: skip
remarks = st.lists(
    st.tuples(st.sampled_from([*set(emitted()), "new"]), st.sampled_from(["", "l.csv"])), max_size=3
).map(tuple)
tickets = st.builds(
    lambda things, said: ticket(*things, remarks=said), st.lists(st.one_of(rows, files), max_size=6), remarks
)


@pytest.mark.parametrize("kind", RENDER)
@given(facts=tickets)
def test_whatever_became_of_a_ticket_it_can_be_said(kind: str, facts: Ticket) -> None:
    """First the state, then what to do; no secret; the same words as text and as HTML, which runs nothing."""
    reply = render(kind, facts, FACTS)
    first, todo, *_ = reply.page
    assert isinstance(first, str)
    assert isinstance(todo, str)
    assert first.endswith("."), first
    assert todo.startswith(("Nothing to do", "What you need to do: ")), todo
    text, html = to_text(reply.page), to_html(reply.page)
    assert SECRET not in text + html + "".join(map(repr, reply.attachments))
    assert "{{" not in text or "{{" in repr(facts)  # unless a file is called so
    assert "None" not in first + todo
    assert not re.search(r"<(b|i|img|script|a)\b", html)
    for count_word in re.findall(
        r"\b1 (mailboxes|messages|contacts|calendar entries|exceptions|files)\b", first + todo
    ):
        pytest.fail(f"1 {count_word}")
    in_text, in_html = set(re.findall(r"\w+", text)), set(re.findall(r"\w+", html_text(html)))
    heads = {word for head in WORDS._texts["columns"].values() for word in head.split()}
    assert in_text <= in_html
    assert in_html - in_text <= heads, "a wide table leaves out the names of empty cells"


def test_held_tells_nothing_of_the_ticket() -> None:
    """Its reader may be a victim of whoever forged the order."""
    one = render("held", CASES["ack-some-need-you"][1], FACTS)
    assert one == render("held", ticket(), FACTS)
    assert "kunde" not in to_text(one.page)


def test_one_cut_is_one_thing_to_say() -> None:
    """A file cut off in the middle of an entry lacks that one entry: not two."""
    said = to_text(render("copied", CASES["copied"][1], FACTS).page)
    assert "8 new, 1 not imported, see below" in said
    assert said.count("kalender.ics") == 2


def test_a_folder_called_like_a_reason_keeps_its_name() -> None:
    """ "shared" is a folder's name too."""
    facts = ticket(done(renamed=[["INBOX.Team", "shared"]]))
    assert "- INBOX.Team: shared (" in to_text(render("report", facts, FACTS).page)


@pytest.mark.parametrize("kind", ["ack", "copied", "report"])
def test_five_hundred_accounts_are_one_screen(kind: str) -> None:
    """Only what somebody has to look at is listed; the numbers of all come as a table beside."""
    many = [(done if kind == "report" else copied)(f"u{n}@kunde.example") for n in range(500)]
    reply = render(kind, ticket(*many, REFUSED), FACTS)
    text = to_text(reply.page)
    assert len(text) < 4000
    assert DORA in text
    assert "u7@" not in text
    if kind != "ack":
        sheet = next(data for name, _, data in reply.attachments if name == "mailboxes.csv")
        assert len(list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"))))) == 501


def test_more_bad_rows_than_anybody_reads() -> None:
    """Fifty notes, the rest in the file that comes back."""
    facts = ticket(*(replace(REFUSED, address=f"u{n}@kunde.example", line=n) for n in range(1, 201)))
    reply = render("ack", facts, FACTS)
    assert to_text(reply.page).count("the old server says") == MOST_ROWS
    assert "150 more mailboxes need you: see the attached file." in to_text(reply.page)
    assert reply.attachments[0][2].count(b"\r\n") == 201


def test_an_unknown_language_falls_back_to_english() -> None:
    assert render("held", ticket(), replace(FACTS, language="xx")) == render("held", ticket(), FACTS)


def test_the_wipe_is_not_promised_before_the_end() -> None:
    """Passwords of rows still open are needed still."""
    assert "deleted on" not in to_text(render("report", CASES["report-partial"][1], FACTS).page)
    wiped = render("report", CASES["report"][1], replace(FACTS, wipe_after=timedelta(days=2)))
    assert "deleted on 25 November 2026" in to_text(wiped.page)


def test_nothing_is_promised_while_nothing_can_run() -> None:
    """A mailbox without a password is not being copied."""
    said = to_text(render("ack", CASES["ack-nothing-can-run"][1], FACTS).page)
    assert "copy" not in said.lower()
    assert "passwords you use every day" not in said


def test_a_folder_that_was_refused_is_no_complete_move() -> None:
    """What could not even be counted is missing: nobody is told to close the old account."""
    report = passed(folders_skipped=[["INBOX.Archive", "source-refused"]])
    text = text_of(render("report", ticket(row(state=State.DONE, passes=(report,))), Facts(now=NOW)))
    assert text.startswith("Your move is finished, but 1 folder could not be copied; see below.")
    assert "INBOX.Archive" in text
    assert "close" not in text


def test_a_wanted_start_is_acknowledged() -> None:
    """Whoever asked for Saturday night reads that nothing is copied before."""
    asked = replace(ticket(row(state=State.READY)), start_said="Saturday 22:00")
    text = text_of(render("ack", asked, Facts(now=NOW)))
    assert 'You asked for a start: "Saturday 22:00".' in text
    assert "started" not in text


def test_messages_the_new_server_will_not_take_are_told_before_they_are_missed() -> None:
    """The old account may be closed by the time the report names them."""
    found = {"folders": 1, "messages": 9, "size_bytes": 10, "too_large": 2}
    asked = ticket(row(found=found), row(BOB, found=found | {"too_large": None}))
    page = text_of(render("ack", asked, Facts(now=NOW)))

    assert "2 messages are larger than our server takes" in page
    assert "larger than" not in text_of(render("ack", ticket(row()), Facts(now=NOW)))


def test_labels_the_new_server_does_not_keep_are_told() -> None:
    """A colour label that is gone is no secret."""
    text = text_of(
        render("report", ticket(row(state=State.DONE, passes=(passed(keywords_dropped=3),))), Facts(now=NOW))
    )
    assert "3 labels were left out" in text


def test_the_returned_table_keeps_an_unusual_port() -> None:
    """Sent back without it, the corrected row would go to the wrong door."""
    bad = row(state=State.ASKING, code="source-login-refused", origin="t.csv", line=3, port=1993)
    (sheet,) = render("ack", ticket(bad, row(DORA)), Facts(now=NOW)).attachments
    assert b"imap.old-provider.example:1993" in sheet[2]


def test_what_was_removed_at_the_new_server_is_told() -> None:
    """Copied and gone since is neither missing nor silently counted as there."""
    report = passed()
    report["folders"][0]["removed"] = 4
    text = text_of(render("report", ticket(row(state=State.DONE, passes=(report,))), Facts(now=NOW)))
    assert "4 copied messages were moved or deleted in your new mailbox since" in text

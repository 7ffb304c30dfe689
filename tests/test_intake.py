"""What a mail means for which ticket: whose rows it may touch, and whose file is whose."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake import merge_rows, understand
from bot.states import File, Row, State, Ticket
from parsers.headers import Address
from parsers.message import Inbound
from parsers.request import ImportFile, Request
from parsers.result import Problem, StatedRow
from parsers.text import Block
from tests.ticketlife import row

ANNA = "anna@k.example"


def free(_destination: str) -> str:
    return ""


def strict(destination: str) -> str:
    return "" if destination.endswith("@k.example") else "destination-not-own"


def stated(
    address: str | None = ANNA,
    password: str | None = "pw-1",
    host: str | None = "imap.old.example",
    **more: Any,
) -> StatedRow:
    lacking = [("address", address), ("password", password), ("host", host)]
    problems = tuple(Problem(code=f"{name}-missing", field=name) for name, value in lacking if value is None)
    return StatedRow(
        origin="body", line=0, address=address, password=password, host=host, **{"problems": problems, **more}
    )


def request(*rows: StatedRow, **more: Any) -> Request:
    values: dict[str, Any] = {"kind": "follow-up", "requester": ANNA, "via": "direct", "subject": "Re: move"}
    return Request(rows=rows, **{"inbound": Inbound(), **values, **more})


def ticket(*rows: Row, **more: Any) -> Ticket:
    values: dict[str, Any] = {"id": 1, "number": "MF-TEST22", "requester": ANNA}
    return Ticket(created_at=datetime(2026, 3, 2, tzinfo=UTC), rows=rows, **{**values, **more})


def export(name: str, count: int = 3) -> ImportFile:
    return ImportFile(file=name, count=count, data=b"data")


# --- who may touch a ticket -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("proven", ["", "eve@elsewhere.example"])
def test_only_its_proven_requester_changes_a_ticket(proven: str) -> None:
    """Whoever knows its number, or writes the requester's name, is left to staff."""
    before = ticket(row(address=ANNA, state=State.ASKING))
    meaning = understand(request(stated(), wishes=frozenset({"done"})), before, proven, free)
    assert (meaning.action, meaning.rows, meaning.switched) == ("aside", (), False)


def test_the_proven_requester_is_known_in_any_case() -> None:
    before = ticket(row(address=ANNA, state=State.ASKING))
    assert understand(request(stated()), before, "Anna@K.example", free).action == "amend"


def test_a_true_sender_never_completes_a_strangers_ticket() -> None:
    """A forger names his own server under her name; her answer to our neutral mail must not bring it her password."""
    trap = row(address=ANNA, host="imap.forger.example", state=State.HELD, held_because="sender-unproven")
    doubtful = ticket(trap, unproven=True)
    meaning = understand(request(stated(host=None)), doubtful, ANNA, free)
    assert meaning.action == "open"
    assert [change.row.id for change in meaning.rows] == [0]
    assert meaning.rows[0].row.host == ""
    empty = understand(request(wishes=frozenset({"done"})), doubtful, ANNA, free)
    assert (empty.action, empty.switched) == ("aside", False)
    approved = replace(doubtful, unproven=False)
    assert understand(request(stated(host=None)), approved, ANNA, free).action == "amend"


@pytest.mark.parametrize("kind", ["own", "automatic", "bounce"])
def test_machines_are_not_answered(kind: Any) -> None:
    assert understand(request(stated(), kind=kind), None, ANNA, free).action == "ignore"


def test_a_mail_of_several_senders_is_nobodys_order() -> None:
    assert understand(request(stated(), requester=None, kind="request"), None, "", free).action == "aside"


# --- rows -----------------------------------------------------------------------------------------------------------


def merged(
    rows: list[Row], *said: StatedRow, hold: Any = free
) -> list[tuple[int, str, str, str, tuple[str, ...]]]:
    return [
        (change.row.id, change.row.address, change.row.host, change.row.held_because, change.passwords)
        for change in merge_rows(rows, said, hold)
    ]


def test_an_answer_without_address_belongs_to_the_only_row_that_asks() -> None:
    rows = [row(1, state=State.COPIED), row(2, state=State.ASKING), row(3, state=State.CHECKING)]
    assert merged(rows, stated(None, "new", None)) == [
        (2, "user2@k.example", "imap.old.example", "", ("new",))
    ]


def test_an_answer_that_may_belong_to_two_rows_belongs_to_none() -> None:
    """A guess would send one customer's password to another one's server."""
    rows = [row(1, state=State.ASKING), row(2, state=State.ASKING)]
    assert merged(rows, stated(None, "new", None)) == []
    nameless = [row(1, address="", state=State.ASKING), row(2, address="", state=State.ASKING)]
    assert merged(nameless, stated(None, "new", None)) == []


def test_the_missing_address_completes_its_row_instead_of_adding_one() -> None:
    """Else the first one would ask for ever."""
    asks = Row(id=1, state=State.ASKING, host="imap.old.example", problems=(("address-missing", "address"),))
    change = merge_rows([asks], [stated(ANNA, "pw", None)], free)[0].row
    assert (change.id, change.address, change.destination, change.problems) == (1, ANNA, ANNA, ())


def test_a_correction_during_the_check_is_taken() -> None:
    assert merged([row(1, address=ANNA, state=State.CHECKING)], stated(password="better"))[0][0] == 1
    assert merged([row(1, address=ANNA, state=State.NEW)], stated(password="better"))[0][0] == 1


@pytest.mark.parametrize(
    "state", [State.FIRST_PASS, State.COPIED, State.SECOND_PASS, State.DONE, State.CANCELLED]
)
def test_a_row_being_copied_or_settled_is_left_alone(state: State) -> None:
    """People answer above the whole old mail; its table must not start everything anew."""
    assert merged([row(1, address=ANNA, state=state)], stated()) == []


def test_only_what_is_stated_changes() -> None:
    before = row(1, address=ANNA, login="anna", port=1993, state=State.ASKING, destination="a@k.example")
    after = merge_rows([before], [stated(password="new", host=None)], free)[0]
    assert replace(after.row, problems=()) == replace(before, problems=())
    assert after.passwords == ("new",)


def test_two_statements_about_one_row_are_put_together() -> None:
    """The second one must not take the first one's password away."""
    rows = [row(1, address=ANNA, state=State.ASKING)]
    assert merged(rows, stated(password="new", host=None), stated(password=None, host="imap.b.example")) == [
        (1, ANNA, "imap.b.example", "", ("new",))
    ]


def test_each_destination_is_judged_for_itself_and_again_when_it_changes() -> None:
    own, strange = stated(), stated("boss@other.example")
    opened = understand(request(own, strange, kind="request"), None, ANNA, strict)
    assert [change.row.held_because for change in opened.rows] == ["", "destination-not-own"]
    rows = [row(1, address=ANNA, destination=ANNA, state=State.ASKING)]
    assert merged(rows, stated(destination="boss@other.example"), hold=strict)[0][3] == "destination-not-own"


words = st.one_of(
    st.none(), st.sampled_from(["", ANNA, "user1@k.example", "USER2@k.example", "x@other.example"])
)
hosts = st.one_of(st.none(), st.sampled_from(["imap.old.example", "IMAP.b.example"]))


@given(
    states=st.lists(st.sampled_from(State), max_size=4),
    said=st.lists(st.builds(stated, words, st.one_of(st.none(), st.just("pw")), hosts), max_size=4),
)
def test_a_follow_up_never_loses_a_password_touches_what_runs_or_skips_the_judge(
    states: list[State], said: list[StatedRow]
) -> None:
    before = {n: row(n, state=state) for n, state in enumerate(states, 1)}
    changes = merge_rows(before.values(), said, strict)
    ids = [change.row.id for change in changes if change.row.id]
    assert len(ids) == len(set(ids)), "one change per row"
    for change in changes:
        assert change.row.held_because == (strict(change.row.destination) if change.row.destination else "")
        assert change.row.host == change.row.host.lower()
        if change.row.id:
            old = before[change.row.id]
            assert old.state in (State.NEW, State.CHECKING, State.ASKING, State.HELD, State.FAILED)
            assert (change.row.state, change.row.secret_ids) == (old.state, old.secret_ids)


def test_a_password_never_travels_in_clear() -> None:
    """Whatever the customer's old settings say, 143 means STARTTLS (RFC 8314)."""
    ports = {993: "tls", 143: "starttls", 1993: "tls"}
    for port, security in ports.items():
        change = merge_rows([], [stated(port=port)], free)[0].row
        assert change.security == security
    assert merge_rows([], [stated(security="plain")], free)[0].row.security != "plain"


def test_no_password_is_in_what_is_printed() -> None:
    meaning = understand(request(stated(password="canary-77"), kind="request"), None, ANNA, free)
    assert "canary-77" not in repr(meaning)


# --- files ----------------------------------------------------------------------------------------------------------


def test_a_file_sent_again_takes_the_place_of_the_one_we_asked_for() -> None:
    """Else the unreadable one would ask for ever and the ticket would never end."""
    asked = File(id=7, state=State.ASKING, name="contacts.vcf", blob_id="old", serial=2)
    done = File(id=8, state=State.DONE, name="more.vcf", items=3)
    before = ticket(row(address=ANNA, destination=ANNA, state=State.COPIED), files=(asked, done))
    again = understand(request(contacts=(export("contacts (1).vcf"),)), before, ANNA, free).files[0].file
    assert (again.id, again.items, again.serial, again.target) == (7, 3, 2, ANNA)
    other = understand(request(calendars=(export("c.ics"),)), before, ANNA, free).files[0].file
    assert other.id == 0, "a calendar is no answer to a question about contacts"
    twice = understand(request(contacts=(export("more.vcf"),)), replace(before, files=(done,)), ANNA, free)
    assert twice.files[0].file.id == 0, "what is imported is imported again, not changed"


def test_a_file_for_a_strange_account_is_held() -> None:
    rows = (stated("boss@other.example"),)
    meaning = understand(request(*rows, kind="request", contacts=(export("x.vcf"),)), None, ANNA, strict)
    assert meaning.files[0].file.held_because == "destination-not-own"


def test_a_proposed_mailbox_is_only_ever_asked_about() -> None:
    """The requester's own row is likely, and not certain: a secretary sends the others' exports."""
    opened = understand(
        request(stated(ANNA), stated("bob@k.example"), kind="request", contacts=(export("export.vcf"),)),
        None,
        ANNA,
        free,
    )
    item = opened.files[0].file
    assert (item.target, item.proposal) == ("", ANNA)
    rows = tuple(
        row(n, address=one, destination=one, state=State.READY)
        for n, one in ((1, ANNA), (2, "bob@k.example"))
    )
    before = ticket(*rows, files=(replace(item, id=7, state=State.ASKING),))
    agreed = understand(an_answer("Yes\n\nAnna"), before, ANNA, free).files
    assert [one.file.target for one in agreed] == [ANNA]
    corrected = understand(an_answer("bob@k.example"), before, ANNA, free).files
    assert [one.file.target for one in corrected] == ["bob@k.example"]
    assert understand(an_answer("Yes, dora@k.example"), before, ANNA, free).files == ()
    silent = replace(before, files=(replace(before.files[0], proposal=""),))
    assert understand(an_answer("Yes"), silent, ANNA, free).files == (), "nothing was proposed"
    asked = replace(before, rows=(replace(rows[0], state=State.ASKING), rows[1]))
    assert understand(an_answer("Yes"), asked, ANNA, free).files == (), "it may answer the other question"


@pytest.mark.parametrize("said", ["Right-42x", "Hi,\n\nRight-42x\n\nThanks\nAnna", "p4ssw0rd!"])
def test_a_password_alone_in_an_answer_is_taken_where_one_is_asked_for(said: str) -> None:
    """We ask for exactly that: "please send it, alone on its line"."""
    asking_ticket = a_ticket_asking()
    (change,) = understand(an_answer(said), asking_ticket, ANNA, lambda _: "").rows
    assert change.row.id == asking_ticket.rows[0].id
    assert len(change.passwords) == 1


@pytest.mark.parametrize(
    "said",
    [
        "Thanks!",
        "Monday",
        "anna@kunde.example",
        "https://x.example/1",
        "12345678",
        "10:30",
        "I will look for it and send you the pass-word1 later today",
        "Right-42x\nOr-was-it-43x",
    ],
)
def test_anything_else_is_no_password(said: str) -> None:
    """A wrong reading costs a login at the old provider, and some of them lock accounts."""
    assert understand(an_answer(said), a_ticket_asking(), ANNA, lambda _: "").rows == ()


def test_a_lone_word_is_nobodys_password_where_two_are_asked() -> None:
    """Never a guess."""
    one = a_ticket_asking()
    two = replace(one, rows=(*one.rows, replace(one.rows[0], id=2, address="bob@kunde.example")))
    assert understand(an_answer("Right-42x"), two, ANNA, lambda _: "").rows == ()


@pytest.mark.parametrize(
    ("said", "hosts", "chosen"),
    [
        ("Yes", ["a.example"], "a.example"),
        ("Ja, genau.", ["a.example"], "a.example"),
        ("Yes, but I am not sure", ["a.example"], None),
        ("Ja!\n\nAnna", ["a.example"], "a.example"),
        ("It is A.example.", ["a.example", "b.example"], "a.example"),
        ("yes", ["a.example", "b.example"], None),
        ("a.example or b.example, I do not know", ["a.example", "b.example"], None),
        ("No", ["a.example"], None),
        ("xa.example", ["a.example"], None),
    ],
)
def test_a_proposed_server_is_taken_when_it_is_named_or_agreed_to(
    said: str, hosts: list[str], chosen: str | None
) -> None:
    """The password goes there next: nothing else counts as a yes."""
    asks = replace(a_ticket_asking().rows[0], host="", code="", proposals=tuple(hosts))
    asks = replace(asks, problems=(("host-proposed", "host"),), secret_ids=("s",))
    changes = understand(an_answer(said), replace(a_ticket_asking(), rows=(asks,)), ANNA, lambda _: "").rows
    assert [(one.row.host, one.row.proposals, one.row.problems) for one in changes] == (
        [(chosen, (), ())] if chosen else []
    )


def a_ticket_asking() -> Ticket:
    """One mailbox whose password was refused."""
    row = Row(
        id=1,
        state=State.ASKING,
        address=ANNA,
        destination=ANNA,
        host="imap.old.example",
        code="source-login-refused",
    )
    return Ticket(
        id=1, number="MF-2", requester=ANNA, created_at=datetime(2026, 3, 2, tzinfo=UTC), rows=(row,)
    )


def an_answer(text: str) -> Request:
    """The customer's own lines on our thread."""
    inbound = Inbound(senders=(Address(name="", addr=ANNA),), blocks=(Block("own", text),))
    return Request(kind="follow-up", requester=ANNA, via="direct", subject="Re: Move", inbound=inbound)


# --- orders ---------------------------------------------------------------------------------------------------------


def saying(text: str, *rows: StatedRow) -> Request:
    return request(*rows, inbound=Inbound(blocks=(Block(kind="own", text=text),)))


def copied() -> Ticket:
    return ticket(replace(row(1), state=State.COPIED))


def test_an_order_alone_is_carried_out() -> None:
    meaning = understand(saying("Please cancel the migration.\n\nThanks\nAnna"), copied(), ANNA, free)

    assert (meaning.action, meaning.orders, meaning.rest) == ("amend", ("cancel",), "")


def test_cancelling_beside_anything_else_is_for_a_person() -> None:
    """It wipes the passwords: a wrong reading costs the customer a day."""
    text = "Please cancel.\nBob has found another provider who keeps his old mails for him."
    meaning = understand(saying(text), copied(), ANNA, free)

    assert not meaning.orders
    assert meaning.action == "aside"


def test_a_pause_beside_more_words_is_carried_out_and_read_by_a_person_too() -> None:
    meaning = understand(
        saying("Please pause.\nOur accountant asks about the invoice of May."), copied(), ANNA, free
    )

    assert meaning.orders == ("pause",)
    assert meaning.rest


def test_an_order_that_does_not_fit_is_left_to_a_person() -> None:
    meaning = understand(saying("resume"), copied(), ANNA, free)

    assert (meaning.action, meaning.orders) == ("aside", ())


def test_a_stranger_orders_nothing() -> None:
    meaning = understand(saying("cancel"), copied(), "eve@elsewhere.example", free)

    assert meaning.action == "aside"
    assert not meaning.orders


def test_a_server_proposed_with_its_port_is_taken_with_it() -> None:
    """ "Yes" means the server as the domain named it, not its usual port."""
    asks = replace(a_ticket_asking().rows[0], host="", code="", proposals=("imap.a.example:1143 starttls",))

    (change,) = understand(
        an_answer("Yes"), replace(a_ticket_asking(), rows=(asks,)), ANNA, lambda _: ""
    ).rows

    assert (change.row.host, change.row.port, change.row.security) == ("imap.a.example", 1143, "starttls")


def test_a_server_named_for_all_does_not_replace_a_row_s_own() -> None:
    """It is meant for the rows that lack one; a row whose server was at fault takes it."""
    asked = a_ticket_asking().rows[0]
    own = replace(asked, id=1, address="anna@a.example", host="imap.a.example", code="", problems=())
    lacks = replace(
        asked, id=2, address="ben@b.example", host="", code="", problems=(("host-missing", "host"),)
    )
    stated = [
        StatedRow(address=row.address, password="Right-42x", host="imap.b.example", host_shared=True)
        for row in (own, lacks)
    ]

    def hosts(first: Row) -> list[str]:
        return [change.row.host for change in merge_rows([first, lacks], stated, lambda _: "")]

    assert hosts(own) == ["imap.a.example", "imap.b.example"]
    assert hosts(replace(own, code="source-unreachable")) == ["imap.b.example", "imap.b.example"]

"""Whose contacts and calendars: what settles it, and what stays a question. A wrong answer publishes somebody's contacts."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.states import Row
from bot.whose import Attached, by_words, choose_target, lone_address, propose_target

ANNA, BOB, INFO = "anna@k.example", "bob.smith@k.example", "info@k.example"
JOERG, MUELLER = "joerg@k.example", "eva.mueller@k.example"


def rows(*addresses: str) -> list[Row]:
    return [Row(id=number, address=one, destination=one) for number, one in enumerate(addresses, 1)]


TEAM = rows(ANNA, BOB, INFO, JOERG, MUELLER)
STRANGER = "chef@elsewhere.example"


def target(
    name: str,
    *lines: str,
    who: list[Row] = TEAM,
    requester: str = STRANGER,
    others: tuple[str, ...] = (),
    columns: tuple[tuple[str, str], ...] = (),
) -> str:
    kind = "calendar" if name.endswith(".ics") else "contacts"
    only = not any(other.endswith(name[-4:]) for other in others)
    attached = Attached(name=name, kind=kind, others=others, only=only, lines=lines)
    return choose_target(attached, columns, who, requester)


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("anna.vcf", ANNA),
        ("Anna.VCF", ANNA),
        ("anna (1).vcf", ANNA),
        ("anna@k.example.ics", ANNA),
        ("anna@k.example (2).ics", ANNA),
        ("contacts-bob.smith_k.example.vcf", BOB),
        ("bob_smith_k_example.vcf", BOB),
        ("export-info@k.example.vcf", INFO),
        ("info.vcf", INFO),
        ("Kalender Anna.ics", ANNA),
        ("KalenderAnna.ics", ANNA),
        ("Annas Kalender.ics", ANNA),
        ("Anna's calendar.ics", ANNA),
        ("Calendrier d'Anna.ics", ANNA),
        ("contactos de anna 2026-11-20.vcf", ANNA),
        ("bob.vcf", BOB),
        ("Bob Smith.vcf", BOB),
        ("smith_bob.vcf", ""),
        ("Kontakte_Jörg.vcf", JOERG),
        ("Müller Eva.vcf", ""),
        ("Eva Müller.vcf", MUELLER),
        ("eva.mueller-kontakte-backup.vcf", MUELLER),
        # somebody else, or nobody
        ("joanna@k.example.vcf", ""),
        ("anna@k.example.com.vcf", ""),
        ("anna@other.example.vcf", ""),
        ("jo-anna@k.example.vcf", ""),
        ("joanna.vcf", ""),
        ("Anna Schulz.vcf", ""),
        ("anna-bob.vcf", ""),
        ("k.example.vcf", ""),
        ("contacts.vcf", ""),
        ("Kalender.ics", ""),
        (".vcf", ""),
        ("", ""),
    ],
)
def test_a_file_is_named_after_its_owner(name: str, account: str) -> None:
    assert target(name) == account


def test_two_of_one_name_are_a_question() -> None:
    two = rows("anna.meier@k.example", "anna.schulz@k.example")
    assert target("anna.vcf", who=two) == ""
    assert target("contacts.vcf", "annas Kontakte", who=two) == ""
    assert target("anna.meier.vcf", who=two) == "anna.meier@k.example"
    three = rows("anna@k.example", "anna.meier@k.example")
    assert target("anna.vcf", who=three) == ""
    assert target("Anna Meier.vcf", who=three) == "anna.meier@k.example"


def test_what_every_export_is_called_names_nobody() -> None:
    """kontakt@ and office@ are addresses too."""
    two = rows("kontakt@k.example", "office@k.example")
    assert target("kontakt.vcf", who=two) == ""
    assert target("Office.ics", who=two) == ""
    assert target("kontakt@k.example.vcf", who=two) == "kontakt@k.example"


def test_the_old_and_the_new_address_are_one_account() -> None:
    moved = [Row(id=1, address="anna@old.example", destination="a.berg@k.example"), *rows(BOB)]
    for name in ("anna@old.example.vcf", "a.berg@k.example.vcf", "anna.vcf"):
        assert target(name, who=moved) == "a.berg@k.example"


@pytest.mark.parametrize(
    ("name", "said", "account"),
    [
        # en
        ("export.vcf", "The contacts are from anna@k.example.", ANNA),
        ("bob.ics", "calendar of bob: bob.ics", BOB),
        ("export.ics", "Attached is Anna's calendar, thanks.", ANNA),
        ("export.ics", "export.ics belongs to bob", BOB),
        ("x1.vcf", "anna@k.example: x1.vcf", ANNA),
        ("export.vcf", "Please import the contacts for Bob Smith", BOB),
        # de
        ("export.vcf", "die Kontakte sind von anna@k.example", ANNA),
        ("export.ics", "annas Kalender hängt an", ANNA),
        ("export.ics", "Der Kalender gehört Bob.", BOB),
        ("export.ics", "Kalender von Jörg anbei!", JOERG),
        ("export.vcf", "Kontakte und Kalender gehören zu bob.smith@k.example", BOB),
        ("export.vcf", "Die Kontakte sind von anna@k.example und der Kalender von bob.smith@k.example", ANNA),
        ("export.ics", "Die Kontakte sind von anna@k.example und der Kalender von bob.smith@k.example", BOB),
        # fr
        ("export.ics", "Voici le calendrier d'Anna.", ANNA),
        ("export.vcf", "les contacts sont de anna@k.example", ANNA),
        ("export.vcf", "Le carnet d\u2019adresses appartient à Bob", BOB),
        ("export.vcf", "export.vcf appartient à Bob", BOB),
        # es
        ("export.vcf", "los contactos de Anna van adjuntos", ANNA),
        ("export.ics", "el calendario es de bob.smith@k.example", BOB),
        # nobody in particular, or somebody who is not here
        ("export.vcf", "Please move anna@k.example, contacts are attached.", ""),
        ("export.ics", "For your info the calendar is attached", ""),
        ("export.vcf", "The contacts are not from anna@k.example", ""),
        ("export.vcf", "Die Kontakte sind von dora@k.example", ""),
        ("export.vcf", "contacts of anna@k.example and bob.smith@k.example", ""),
        ("export.ics", "Der Kalender ist von Anna und Bob", ""),
        ("export.ics", "Anna's calendar and Bob's contacts", ANNA),
        ("export.vcf", "Anna's calendar and Bob's contacts", BOB),
        ("export.vcf", "The calendar is from anna@k.example", ""),
        ("export.vcf", "Anna would like to keep her contacts", ""),
        ("export.vcf", "", ""),
    ],
)
def test_the_words_beside_it_say_whose_it_is(name: str, said: str, account: str) -> None:
    assert target(name, said) == account


@pytest.mark.parametrize(
    "said",
    [
        "These are my wife's contacts",
        "Die Kontakte sind von dora@k.example",
        "die Kontakte meiner Frau",
        "Die Kontakte von Dora sind dabei",
        "Dora's contacts attached",
        "les contacts de mon mari",
    ],
)
def test_somebody_else_s_are_not_the_requester_s(said: str) -> None:
    """Nor the only mailbox's."""
    assert target("export.vcf", said, requester=ANNA) == ""
    assert target("export.vcf", said, requester=ANNA, who=rows(ANNA)) == ""


@pytest.mark.parametrize(
    "said",
    ["My contacts are attached", "Anbei meine alten Kontakte", "voici mes contacts", "adjunto mis contactos"],
)
def test_my_contacts_are_the_requester_s(said: str) -> None:
    assert target("Familie Berg.vcf", said, requester=ANNA) == ANNA
    assert target("export.vcf", said, requester=STRANGER) == ""


def test_words_about_a_kind_are_about_no_file_in_particular_where_two_came() -> None:
    assert target("a.vcf", "Die Kontakte sind von anna@k.example", others=("b.vcf",)) == ""
    assert (
        target("a.vcf", "a.vcf ist von anna@k.example, b.vcf von bob.smith@k.example", others=("b.vcf",))
        == ANNA
    )
    assert (
        target("b.vcf", "a.vcf ist von anna@k.example, b.vcf von bob.smith@k.example", others=("a.vcf",))
        == BOB
    )
    assert target("bob.vcf", "anna.vcf is anna's, bob.vcf is bob's", others=("anna.vcf",)) == BOB


def test_name_and_words_that_disagree_are_a_question() -> None:
    assert target("anna.vcf", "anna.vcf belongs to bob.smith@k.example") == ""
    assert target("anna-bob.vcf", "anna-bob.vcf belongs to bob.smith@k.example") == BOB


def test_the_column_comes_first() -> None:
    columns = (("C:\\export\\anna.vcf", BOB),)
    assert target("anna.vcf", columns=columns) == BOB
    assert target("liste.vcf", columns=(("a.vcf; Liste", INFO),)) == INFO
    assert target("liste.vcf", columns=(("liste.vcf", INFO), ("liste.vcf", ANNA)), requester=ANNA) == ""
    assert target("anna.vcf", columns=(("other.vcf", BOB),)) == ANNA


def test_the_only_mailbox_and_then_the_requester() -> None:
    assert target("export.vcf", who=rows(BOB)) == BOB
    assert target("bob@elsewhere.example.vcf", who=rows(ANNA)) == "", "it names somebody who is not here"
    assert target("export.vcf", who=[], requester=ANNA) == ANNA
    assert target("export.vcf", requester=ANNA.upper()) == "", "that is proposed, and asked"


# --- never a wrong one ----------------------------------------------------------------------------------------------


def in_folders(*folders: str, name: str = "contacts.vcf", who: list[Row] = TEAM, **more: Any) -> str:
    attached = Attached(name=name, kind="contacts", folders=folders, **more)
    return choose_target(attached, (), who, STRANGER)


def test_an_archive_and_its_folders_name_an_account_too() -> None:
    """Exports of several people in one archive: a folder for each."""
    assert in_folders("export.zip", "anna") == ANNA
    assert in_folders("anna@k.example.ical.zip", name="Feiertage_x@group.v.calendar.google.com.ics") == ANNA
    assert in_folders("Takeout.zip", "Takeout", "Contacts", "All Contacts") == ""
    assert in_folders("bob.zip", "anna") == "", "they contradict each other"
    assert in_folders("anna.zip", name="dora@k.example.ics") == "", "an address that is in no row"


def test_two_people_of_one_name_are_asked_about() -> None:
    """anna.vcf, where both anna@a… and anna@b…, or anna.meier@ and anna.schulz@, move."""
    assert target("anna.vcf", who=rows("anna@a.example", "anna@b.example")) == ""
    assert target("anna.vcf", who=rows("anna.meier@k.example", "anna.schulz@k.example")) == ""
    assert in_folders("anna", who=rows("anna@a.example", "anna@b.example")) == ""


def test_a_name_words_and_an_owner_that_differ_are_a_question() -> None:
    assert target("anna.vcf", "The contacts belong to Bob.") == ""
    assert in_folders("anna", owners=(BOB,)) == ""
    assert in_folders("anna", owners=(ANNA, BOB)) == ANNA
    assert in_folders(owners=(ANNA, BOB)) == ""


def test_a_calendar_called_by_its_owner_is_theirs() -> None:
    """Google writes the owner's address into X-WR-CALNAME; an address in no row may be anybody's earlier one."""
    assert in_folders(owners=(BOB.upper(),)) == BOB
    assert in_folders(owners=("dora@elsewhere.example",)) == ""
    assert in_folders("anna", owners=("dora@elsewhere.example",)) == ANNA


def test_the_requester_and_the_main_organizer_are_only_proposed() -> None:
    """Whoever writes for a firm sends others' exports too; whoever organises meetings has sent them to everybody."""

    def proposed(name: str, *lines: str, requester: str = STRANGER, organizer: str = "") -> str:
        attached = Attached(name=name, kind="contacts", lines=lines, organizer=organizer)
        assert choose_target(attached, (), TEAM, requester) == ""
        return propose_target(attached, TEAM, requester)

    assert proposed("export.vcf", requester=ANNA) == ANNA
    assert proposed("Kontakte 2026-11.vcf", requester=ANNA) == ANNA
    assert proposed("calendar.vcf", organizer=BOB.upper()) == BOB
    assert proposed("calendar.vcf", organizer=BOB, requester=ANNA) == "", "two proposals are none"
    assert proposed("Dora.vcf", requester=ANNA) == "", "it may be Dora's"
    assert proposed("export.vcf", "The contacts are my wife's.", requester=ANNA) == ""
    assert proposed("export.vcf", organizer="dora@elsewhere.example") == ""


def test_an_address_alone_answers_our_question() -> None:
    assert lone_address(["it's anna@k.example, thanks"], TEAM) == ANNA
    assert lone_address(["anna@k.example or bob.smith@k.example"], TEAM) == ""
    assert lone_address(["dora@k.example"], TEAM) == ""
    assert lone_address(["anna@k.example and dora@k.example"], TEAM) == ""


words = st.lists(
    st.sampled_from(
        [
            "Kontakte",
            "contacts",
            "von",
            "of",
            "anna",
            "Annas",
            "Bob",
            "und",
            "my",
            "Dora",
            "nicht",
            ANNA,
            BOB,
            "x.vcf",
            "export.vcf",
            ",",
            ".",
            "\n",
            "wife",
        ]
    ),
    max_size=14,
).map(" ".join)


@given(
    said=st.one_of(words, st.text(max_size=80)),
    name=st.one_of(words, st.text(max_size=30)),
    requester=st.sampled_from([ANNA, STRANGER]),
)
def test_whoever_is_chosen_is_a_row_or_nobody(said: str, name: str, requester: str) -> None:
    """Whatever is written; and the same every time."""
    chosen = target(name, *said.split("\n"), requester=requester)
    assert chosen in {row.destination for row in TEAM} | {""}
    assert chosen == target(name, *said.split("\n"), requester=requester)


@pytest.mark.parametrize(
    "hostile", ["a@", "anna ", "a.", "contacts of ", "s's ", "(", "x.vcf ", "and ", "Anna-", "von A", "d'"]
)
def test_a_long_line_costs_little(hostile: str) -> None:
    started = time.perf_counter()
    for size in (1000, 1_000_000):
        text = (hostile * size)[:size]
        by_words(Attached(name="x.vcf", kind="contacts", lines=(text,)), TEAM, ANNA)
        target(text[:120] + ".vcf", text)
        lone_address([text], TEAM)
    assert time.perf_counter() - started < 2

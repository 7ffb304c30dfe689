"""Where folders go, without any server."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.mail.folders import FolderMap, Listed, Namespaces, Server
from bot.mail.gmail import order_labels
from bot.mail.lanes import group_pairs
from bot.mail.mapping import plan_folders
from bot.mail.names import decode_name, encode_name
from bot.model import PassOptions

COURIER = Namespaces(prefix=b"INBOX.", delimiter=".", told=True)
PLAIN = Namespaces(delimiter="/", told=True)


def server(namespaces: Namespaces, *names: str | tuple[str, str]) -> Server:
    """A server with these folders, each a raw name or (raw name, attribute)."""
    pairs = [(one, "") if isinstance(one, str) else one for one in names]
    listed = [
        Listed(
            name=name.encode("latin-1"), delimiter=namespaces.delimiter, attributes=frozenset({word} - {""})
        )
        for name, word in pairs
    ]
    return Server(folders=listed, namespaces=namespaces)


def going(plan: FolderMap) -> dict[str, str]:
    return {pair.source_name: pair.destination_name for pair in plan.pairs}


def test_a_courier_tree_becomes_a_plain_one() -> None:
    """No INBOX.INBOX, no folders below INBOX: the complaint of every move from cPanel."""
    plan = plan_folders(server(COURIER, "INBOX", "INBOX.Work", "INBOX.Work.2020"), server(PLAIN, "INBOX"))

    assert going(plan) == {"INBOX": "INBOX", "INBOX.Work": "Work", "INBOX.Work.2020": "Work/2020"}
    assert plan.renamed == ()


def test_a_plain_tree_becomes_a_courier_one() -> None:
    """And a folder below INBOX does not end in INBOX.INBOX."""
    plan = plan_folders(server(PLAIN, "INBOX", "Work/2020", "INBOX/Shop"), server(COURIER, "INBOX"))

    assert going(plan) == {"INBOX": "INBOX", "Work/2020": "INBOX.Work.2020", "INBOX/Shop": "INBOX.Shop"}


def test_special_uses_go_to_special_uses_whatever_they_are_called() -> None:
    """By attribute, by custom where the server says nothing, and with everything below them."""
    source = server(
        PLAIN, "inbox", ("Sent Items", "sent"), "Gesendet", "Papierkorb", "Papierkorb/2020", "Notes"
    )
    plan = plan_folders(source, server(COURIER, "INBOX", ("INBOX.Sent", "sent"), ("INBOX.Bin", "trash")))

    assert going(plan) == {
        "inbox": "INBOX",
        "Sent Items": "INBOX.Sent",
        "Gesendet": "INBOX.Sent",
        "Papierkorb": "INBOX.Bin",
        "Papierkorb/2020": "INBOX.Bin.2020",
        "Notes": "INBOX.Notes",
    }
    assert {pair.destination_name for pair in plan.pairs if pair.create} == {"INBOX.Bin.2020", "INBOX.Notes"}


def test_only_a_top_level_folder_has_a_special_use_by_its_name() -> None:
    """Projects/Archive is somebody's own."""
    plan = plan_folders(server(PLAIN, "Projects/Sent"), server(PLAIN, ("Sent", "sent")))

    assert going(plan) == {"Projects/Sent": "Projects/Sent"}


def test_folders_left_out_are_named_with_their_reason() -> None:
    """Every folder is either copied or named."""
    namespaces = Namespaces(delimiter="/", foreign=(b"Other/",), told=True)
    source = server(
        namespaces, ("A", "noselect"), "Other/ben/INBOX", ("Stars", "flagged"), "Spam", "Spam/old", "B"
    )
    plan = plan_folders(source, server(PLAIN), options=PassOptions(skip_roles=("junk",)))

    assert dict(plan.skipped) == {
        "A": "no-messages",
        "Other/ben/INBOX": "shared",
        "Stars": "virtual",
        "Spam": "role-junk",
        "Spam/old": "role-junk",
    }
    assert going(plan) == {"B": "B"}


GMAIL = (
    *("INBOX", "Work", "Work/Boss", "archive", ("[Gmail]", "noselect"), ("[Gmail]/All Mail", "all")),
    *(
        "[Gmail]/Chats",
        ("[Gmail]/Drafts", "drafts"),
        ("[Gmail]/Important", "important"),
        ("[Gmail]/Spam", "junk"),
    ),
    *(
        ("[Gmail]/Sent Mail", "sent"),
        ("[Gmail]/Starred", "flagged"),
        ("[Gmail]/Trash", "trash"),
        "zoo",
        "Chats",
    ),
)


def test_what_gmail_calls_folders() -> None:
    """All Mail is the archive, three of its folders are none, and a label Chats of one's own is one."""
    plan = plan_folders(server(PLAIN, *GMAIL), server(PLAIN, ("Bin", "trash")))

    assert dict(plan.skipped) == {
        "[Gmail]": "no-messages",
        "[Gmail]/Chats": "not-mail-chats",
        "[Gmail]/Important": "virtual",
        "[Gmail]/Starred": "virtual",
    }
    assert {name: place for name, place in going(plan).items() if name.startswith("[Gmail]")} == {
        "[Gmail]/All Mail": "Archive",
        "[Gmail]/Drafts": "Drafts",
        "[Gmail]/Sent Mail": "Sent",
        "[Gmail]/Spam": "Junk",
        "[Gmail]/Trash": "Bin",
    }
    assert {going(plan)["Chats"], going(plan)["archive"]} == {"Chats", "Archive"}


def test_labels_are_copied_in_the_order_in_which_a_message_lives_in_them() -> None:
    """All Mail comes last also where a label shares its place, and nothing is in two groups."""
    plan = plan_folders(server(PLAIN, *GMAIL), server(PLAIN))
    groups = order_labels(group_pairs(reversed(plan.pairs)))

    assert [pair.source_name for group in groups for pair in group] == [
        *("INBOX", "Chats", "Work", "Work/Boss", "zoo", "[Gmail]/Sent Mail", "[Gmail]/Drafts"),
        *("[Gmail]/Spam", "[Gmail]/Trash", "archive", "[Gmail]/All Mail"),
    ]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (" a ", "a"),
        ("a/b", "a_b"),
        ("..", "__"),
        ("~a", "_a"),
        ("a\tb", "a_b"),
        ('say "hi"', 'say "hi"'),
        ("a*%", "a__"),
        ("&AOQ-", "ä"),
        ("R&D", "R&D"),
        ("Drafts&", "Drafts&"),
    ],
)
def test_odd_names_become_names_every_server_takes(raw: str, clean: str) -> None:
    """The source keeps its raw name for EXAMINE; the change is reported."""
    namespaces = COURIER if "/" in raw else PLAIN
    name = namespaces.prefix.decode() + raw
    plan = plan_folders(server(namespaces, name), server(PLAIN))

    assert plan.pairs[0].destination_name == clean
    assert plan.pairs[0].source.name == name.encode()
    assert bool(plan.renamed) == (decode_name(raw.encode()) != clean)


def test_two_folders_that_would_become_one_stay_two() -> None:
    """Merged, nobody could take them apart again."""
    plan = plan_folders(server(COURIER, "INBOX.a/b", "INBOX.a_b"), server(PLAIN))

    assert len({pair.destination for pair in plan.pairs}) == 2
    assert ("INBOX.a_b", "a_b (2)") in plan.renamed


def test_a_later_pass_does_not_change_its_mind() -> None:
    """The user may have made a folder with the special use meanwhile."""
    source = server(PLAIN, "Sent")
    first = plan_folders(source, server(PLAIN))
    later = plan_folders(
        source, server(PLAIN, ("Gesendet", "sent")), known={b"Sent": first.pairs[0].destination}
    )

    assert later.pairs[0].destination == first.pairs[0].destination


def test_without_namespace_the_prefix_is_guessed() -> None:
    """Old servers have INBOX. before everything and do not say so."""
    source = Server(folders=server(COURIER, "INBOX", "INBOX.A", "INBOX.B").folders)

    assert going(plan_folders(source, server(PLAIN)))["INBOX.A"] == "A"


segment = st.text(st.sampled_from("aA.&/ ~_ä-"), min_size=1, max_size=4).map(encode_name)
raws = st.lists(st.lists(segment, min_size=1, max_size=3), max_size=6)


@given(
    names=raws, ends=st.sampled_from([(COURIER, PLAIN), (PLAIN, COURIER), (PLAIN, PLAIN), (COURIER, COURIER)])
)
@example(names=[[b"a"], [b"a "]], ends=(PLAIN, PLAIN))
def test_every_folder_has_its_own_place_or_a_reason(
    names: list[list[bytes]], ends: tuple[Namespaces, Namespaces]
) -> None:
    """Laws: nothing is left out silently, no two share a place, the place is a legal name, planning again agrees."""
    here, there = ends
    assert here.delimiter is not None
    listed = {here.prefix + here.delimiter.encode().join(parts): here.delimiter for parts in names}
    source = Server(
        folders=[Listed(name=name, delimiter=sign) for name, sign in listed.items()], namespaces=here
    )
    destination = Server(folders=[Listed(name=b"INBOX", delimiter=there.delimiter)], namespaces=there)

    plan = plan_folders(source, destination)

    assert {pair.source.name for pair in plan.pairs} == set(listed)
    places = [pair.destination for pair in plan.pairs]
    assert len(set(places)) == len(places)
    assert all(
        place.isascii() and place.startswith(there.prefix) and place.upper() != b"INBOX" for place in places
    )
    known = {pair.source.name: pair.destination for pair in plan.pairs}
    again = Server(
        folders=[*destination.folders, *(Listed(name=place) for place in places)], namespaces=there
    )
    assert [pair.destination for pair in plan_folders(source, again, known=known).pairs] == places


@given(st.text(max_size=20))
def test_a_name_survives_modified_utf_7(name: str) -> None:
    """RFC 3501 section 5.1.3; a lone surrogate is no text."""
    text = name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    assert decode_name(encode_name(text)) == text


@given(st.binary(max_size=30))
def test_no_folder_name_is_beyond_reading(raw: bytes) -> None:
    """One undecodable name must not hide the others."""
    assert isinstance(decode_name(raw), str)

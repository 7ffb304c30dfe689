"""Where folders go when somebody asked for a place, when names are hostile, and when servers differ. Pure."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import FolderSettled, NoSuchFolder
from bot.mail.folders import FolderMap, Listed, Namespaces, Server, is_foreign, path_of
from bot.mail.mapping import plan_folders
from bot.mail.names import decode_name, encode_name, fold
from bot.mail.nonmail import kind_of
from bot.mail.roles import ROLE_WORDS, WEAK, role_of_word
from bot.model import PassOptions, refused_folders

COURIER = Namespaces(prefix=b"INBOX.", delimiter=".", own=(b"INBOX.",), told=True)
PLAIN = Namespaces(delimiter="/", own=(b"",), told=True)
FLAT = Namespaces(told=True)


def server(
    namespaces: Namespaces, *names: str | tuple[str, str], kind: str = "", exact_case: bool = False
) -> Server:
    """A server with these folders by name, each with the attributes it has, apart by blanks."""
    pairs = [(one, "") if isinstance(one, str) else one for one in names]
    listed = [
        Listed(name=encode_name(name), delimiter=namespaces.delimiter, attributes=frozenset(words.split()))
        for name, words in pairs
    ]
    return Server(folders=listed, namespaces=namespaces, kind=kind, exact_case=exact_case)  # type: ignore[arg-type]


def going(plan: FolderMap) -> dict[str, str]:
    return {pair.source_name: pair.destination_name for pair in plan.pairs}


# ── what somebody asked for ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "old", ["INBOX.Clients.2020", "Clients.2020", "Clients/2020", "INBOX/Clients/2020", "inbox.Clients.2020"]
)
@pytest.mark.parametrize("new", ["Old/Jobs", "Old/Jobs/"])
def test_a_folder_goes_where_it_was_asked_to_with_what_is_below(old: str, new: str) -> None:
    """People write names with either separator, with or without the prefix."""
    source = server(COURIER, "INBOX", "INBOX.Clients", "INBOX.Clients.2020", "INBOX.Clients.2020.May")
    plan = plan_folders(source, server(PLAIN, "INBOX"), options=PassOptions(folder_map=((old, new),)))

    assert going(plan) == {
        "INBOX": "INBOX",
        "INBOX.Clients": "Clients",
        "INBOX.Clients.2020": "Old/Jobs",
        "INBOX.Clients.2020.May": "Old/Jobs/May",
    }
    assert plan.renamed == ()  # it was asked for


def test_a_place_that_was_asked_for_may_be_another_folders() -> None:
    """Who maps Old to Work where there is a Work wants one folder of both; Work itself keeps its place."""
    plan = plan_folders(
        server(PLAIN, "Old", "Work"), server(PLAIN), options=PassOptions(folder_map=(("Old", "Work"),))
    )

    assert going(plan) == {"Old": "Work", "Work": "Work"}
    assert sum(pair.create for pair in plan.pairs) == 1


def test_what_was_asked_for_wins_over_every_rule() -> None:
    """Special use, non-mail, shared, skip_roles; the way to get a folder that is left out."""
    spaces = Namespaces(delimiter="/", own=(b"",), foreign=(b"Shared/",), told=True)
    source = server(spaces, "Calendar", "Contacts", ("Trash", "trash"), "Shared/team", kind="exchange")
    options = PassOptions(
        folder_map=(("Calendar", "Cal"), ("Trash", "Old trash"), ("Shared/team", "Team")),
        skip_roles=("trash",),
    )
    plan = plan_folders(source, server(PLAIN, ("Bin", "trash")), options=options)

    assert going(plan) == {"Calendar": "Cal", "Trash": "Old trash", "Shared/team": "Team"}
    assert dict(plan.skipped) == {"Contacts": "not-mail-contacts"}


@pytest.mark.parametrize("there", [PLAIN, COURIER, FLAT])
def test_into_takes_everything_below_one_folder(there: Namespaces) -> None:
    """INBOX and the special folders too: nothing of the old account mixes with the new one."""
    source = server(PLAIN, "INBOX", "INBOX/Shop", ("Sent Items", "sent"), "Sent", "A", "A/B")
    plan = plan_folders(
        source,
        server(there, "INBOX", (there.prefix.decode() + "Sent", "sent")),
        options=PassOptions(into="Old"),
    )

    sign, start = there.delimiter or "_", there.prefix.decode() + "Old"
    names = ["INBOX", "INBOX/Shop", "Sent Items", "Sent", "A", "A/B"]
    assert going(plan) == {name: f"{start}{sign}{name.replace('/', sign)}" for name in names}
    assert all(pair.create for pair in plan.pairs)


def test_excluded_folders_are_left_out_with_all_below_and_named() -> None:
    """Also when the folder itself is only a name above others; a place of its own wins for one below."""
    source = server(PLAIN, "Work", "Work/2020", "Work/2021", "News/a", "Newsletter")
    options = PassOptions(exclude=("Work", "News"), folder_map=(("Work/2021", "Kept"),))
    plan = plan_folders(source, server(PLAIN), options=options)

    assert going(plan) == {"Work/2021": "Kept", "Newsletter": "Newsletter"}
    assert dict(plan.skipped) == {"Work": "excluded", "Work/2020": "excluded", "News/a": "excluded"}
    assert refused_folders(plan.skipped) == []


@pytest.mark.parametrize(
    "options",
    [
        PassOptions(exclude=("Wrok",)),
        PassOptions(folder_map=(("work", "x"),)),
        PassOptions(exclude=("Work/20",)),
    ],
)
def test_a_name_that_is_no_folders_is_refused_with_the_nearest(options: PassOptions) -> None:
    """A typing mistake must not copy what was to stay out. Case matters, but in INBOX."""
    with pytest.raises(NoSuchFolder, match="Work"):
        plan_folders(server(PLAIN, "INBOX", "Work"), server(PLAIN), options=options)


def test_names_of_people_are_found_in_either_normal_form() -> None:
    """A shell on macOS types u and its dots apart."""
    typed = unicodedata.normalize("NFD", "Büro")
    plan = plan_folders(server(PLAIN, "Büro"), server(PLAIN, "Ämter"), options=PassOptions(
        folder_map=((typed, unicodedata.normalize("NFD", "Ämter")),)
    ))  # fmt: skip

    assert plan.pairs[0].destination == encode_name("Ämter")
    assert not plan.pairs[0].create


@pytest.mark.parametrize(
    "options",
    [
        PassOptions(folder_map=(("Work", "Elsewhere"),)),
        PassOptions(into="Old"),
        PassOptions(folder_map=(("A", "B"),)),
    ],
)
def test_another_place_than_that_of_an_earlier_pass_is_refused(options: PassOptions) -> None:
    """Its messages are known there: silently staying, and copying them twice, are both wrong."""
    known = {b"Work": b"Work", b"A/x": b"A/x"}
    with pytest.raises(FolderSettled):
        plan_folders(server(PLAIN, "Work", "A", "A/x"), server(PLAIN), options=options, known=known)


def test_the_same_wishes_again_give_the_same_places() -> None:
    """Run again = only what is new; also for a folder that was refused under its own name."""
    source = server(PLAIN, "INBOX", "Work", "v1.2", "Work/2020")
    options = PassOptions(folder_map=(("Work", "Jobs"),), into="Old")
    first = plan_folders(source, server(PLAIN), options=options, refused={b"Old/v1.2"})
    known = {pair.source.name: pair.destination for pair in first.pairs}

    assert going(first)["v1.2"] == "Old/v1_2"
    assert going(plan_folders(source, server(PLAIN), options=options, known=known)) == going(first)
    assert going(plan_folders(source, server(PLAIN), known=known)) == going(first)  # left out the second time


def test_a_new_folder_never_takes_the_place_of_a_known_one() -> None:
    """ "a/b" went to "a_b" in the first pass; then the user makes an "a_b"."""
    source = server(COURIER, "INBOX.a/b", "INBOX.a_b")
    known = {b"INBOX.a/b": b"a_b"}

    assert going(plan_folders(source, server(PLAIN), known=known)) == {
        "INBOX.a/b": "a_b",
        "INBOX.a_b": "a_b (2)",
    }


# ── special uses ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_word_stands_for_two_special_uses() -> None:
    """Else mail for Trash could end in Junk."""
    words = [fold(word) for words in ROLE_WORDS.values() for word in words]

    assert len(words) == len(set(words))
    assert set(words) >= WEAK
    assert all(word == unicodedata.normalize("NFC", word) == word.strip() for word in words)


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("sent", ("Gesendete Elemente|Éléments envoyés|Elementos enviados|Posta inviata|Itens enviados|Verzonden items"
         "|Elementy wysłane|Odeslaná pošta|Skickat|Sendt post|Lähetetyt|Отправленные|送信済みアイテム|已发送|Gönderilmiş Öğeler")),
        ("trash", ("Papierkorb|Corbeille|Papelera|Cestino|Lixeira|Prullenbak|Kosz|Koš|Papperskorgen|Papirkurv|Roskakori"
         "|Корзина|Удалённые|ごみ箱|已删除邮件|Deleted Messages|Elementy usunięte")),
        ("drafts", ("Entwürfe|Brouillons|Borradores|Bozze|Rascunhos|Concepten|Szkice|Koncepty|Utkast|Kladder|Luonnokset"
         "|Черновики|下書き|草稿箱")),
        ("junk", ("Spamverdacht|Junk-E-Mail|Courrier indésirable|Correo no deseado|Posta indesiderata|Lixo Eletrônico"
         "|Ongewenste e-mail|Wiadomości-śmieci|Nevyžádaná pošta|Skräppost|Uønsket e-mail|Roskaposti|Спам|迷惑メール|垃圾邮件")),
        ("archive", "Archive|Archives|Archiv|Archivo|Archivio|Archief|Archiwum|Arkiv|Arkisto|Архив|アーカイブ|归档"),
    ],
)  # fmt: skip
def test_what_providers_call_them_is_understood(role: str, names: str) -> None:
    """In any case and normal form."""
    forms = [
        form for name in names.split("|") for form in (name, name.upper(), unicodedata.normalize("NFD", name))
    ]

    assert {name: role_of_word(name) for name in forms} == dict.fromkeys(forms, role)


def test_a_word_that_is_anybodys_is_a_role_only_where_the_server_names_none() -> None:
    """A folder "Bin" beside the real trash is not lost to skip_roles; alone it is the trash."""
    options = PassOptions(skip_roles=("trash",))
    beside = plan_folders(server(PLAIN, ("Deleted Items", "trash"), "Bin"), server(PLAIN), options=options)
    alone = plan_folders(server(PLAIN, "Bin"), server(PLAIN), options=options)

    assert (going(beside), going(alone)) == ({"Bin": "Bin"}, {})


# ── folders without mail of this account ──────────────────────────────────────────────────────────────────────────

OUTLOOK = ("INBOX", "Calendar", "Calendar/Birthdays", "Contacts", "Tasks", "Notes", "Journal", "Sync Issues")
KEPT = ("Conversation History", "RSS Feeds", "Outbox", "Archive/Notes")


def test_calendars_and_their_like_of_an_exchange_are_left_out_and_named() -> None:
    """What can be read as mail stays mail: conversations, feeds, the outbox."""
    plan = plan_folders(
        server(PLAIN, *OUTLOOK, "Sync Issues/Conflicts", *KEPT, kind="exchange"), server(PLAIN)
    )

    assert set(going(plan)) == {"INBOX", *KEPT}
    assert dict(plan.skipped) == {
        "Calendar": "not-mail-calendar",
        "Calendar/Birthdays": "not-mail-calendar",
        "Contacts": "not-mail-contacts",
        "Tasks": "not-mail-tasks",
        "Notes": "not-mail-notes",
        "Journal": "not-mail-journal",
        "Sync Issues": "not-mail-sync",
        "Sync Issues/Conflicts": "not-mail-sync",
    }
    assert refused_folders(plan.skipped) == []


def test_a_folder_is_not_left_out_for_its_name_alone() -> None:
    """Notes on another server, or a Tasks beside the Aufgaben of a German Exchange, may hold anybody's mail."""
    anywhere = plan_folders(server(PLAIN, *OUTLOOK), server(PLAIN))
    german = plan_folders(
        server(PLAIN, "Kalender", "Kontakte", "Aufgaben", "Tasks", kind="exchange"), server(PLAIN)
    )
    lone = plan_folders(server(PLAIN, "Notes", "Work", kind="exchange"), server(PLAIN))

    assert anywhere.skipped == ()
    assert going(german) == {"Tasks": "Tasks"}
    assert set(going(lone)) == {"Notes", "Work"}


def test_zimbra_keeps_no_mail_in_chats_and_contacts() -> None:
    """Its names are English in every language."""
    names = ("Calendar", "Chats", "Contacts", "Emailed Contacts", "Tasks", "Briefcase", "Notes")

    assert going(plan_folders(server(PLAIN, *names, kind="zimbra"), server(PLAIN))) == {"Notes": "Notes"}


@pytest.mark.parametrize(
    ("greeting", "identity", "kind"),
    [
        (b"* OK The Microsoft Exchange IMAP4 service is ready. [RgBS]", [], "exchange"),
        (b"* OK hi", [b"name", b"Microsoft.Exchange.Imap4.Imap4Server", b"version", b"15.20"], "exchange"),
        (b"* OK mail.example Zimbra IMAP4rev1 server ready", [], "zimbra"),
        (b"* OK ready", [b"NAME", b"Zimbra", b"VERSION", b"8.8.15"], "zimbra"),
        (b"* OK Dovecot ready.", [b"name", b"Dovecot"], ""),
    ],
)
def test_a_server_tells_what_it_is(greeting: bytes, identity: list[bytes], kind: str) -> None:
    """In the greeting, or in its answer to ID where the greeting was changed."""
    assert kind_of(greeting, identity) == kind


CYRUS = Namespaces(prefix=b"INBOX.", delimiter=".", own=(b"INBOX.",), foreign=(b"user.", b""), told=True)
SILENT = Namespaces()


@pytest.mark.parametrize(
    ("spaces", "name", "foreign"),
    [
        (CYRUS, "INBOX.Work", False),
        (CYRUS, "INBOX", False),
        (CYRUS, "user.ben", True),
        (CYRUS, "board.minutes", True),
        (
            Namespaces(delimiter="/", own=(b"",), foreign=(b"Other Users/", b"#shared/"), told=True),
            "#shared/x",
            True,
        ),
        (PLAIN, "Public Folders/x", False),
    ],
)
def test_a_namespace_of_others_is_not_ones_own(spaces: Namespaces, name: str, foreign: bool) -> None:
    """RFC 2342: "" among the shared ones is whatever is not one's own."""
    listed = server(spaces, name)

    assert is_foreign(listed.folders[0], listed) is foreign


def test_without_namespace_only_what_cannot_be_ones_own_is_shared() -> None:
    """A tree that begins at a folder without mail, called as servers call it; "Public" with mail in it is the user's."""
    delimited = Namespaces(delimiter="/")
    source = server(
        delimited, ("Public Folders", "noselect"), "Public Folders/all", "#public/x", "Shared", "Shared/mine"
    )
    plan = plan_folders(source, server(PLAIN))

    assert dict(plan.skipped) == {
        "Public Folders": "no-messages",
        "Public Folders/all": "shared",
        "#public/x": "shared",
    }
    assert set(going(plan)) == {"Shared", "Shared/mine"}


# ── namespaces and hierarchy ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("spaces", "delimiter", "names", "path"),
    [
        (SILENT, ".", ["INBOX", "INBOX.A", "INBOX.A.B"], ("A", "B")),  # Courier of old
        (SILENT, ".", ["INBOX", "INBOX.A", "shared.team", "INBOX.A.B"], ("A", "B")),  # and with shared folders
        (SILENT, ".", ["INBOX", "A", "A.B"], ("A", "B")),  # hMailServer
        (SILENT, "/", ["INBOX", "mail/A", "A/B"], ("A", "B")),  # UW
        (SILENT, "\\", ["INBOX", "A", "A\\B"], ("A", "B")),  # Domino
        (SILENT, ".", ["INBOX"], ("INBOX",)),
        (PLAIN, "/", ["INBOX", "A/B"], ("A", "B")),  # Exchange
        (CYRUS, ".", ["INBOX", "INBOX.A.B"], ("A", "B")),
        (Namespaces(prefix=b"mail/", delimiter="/", own=(b"mail/", b"INBOX/"), told=True), "/", ["mail/A/B"], ("A", "B")),
        (Namespaces(prefix=b"", delimiter="/", own=(b"", b"Archive/"), told=True), "/", ["Archive/B"], ("Archive", "B")),
        (PLAIN, "/", ["Inbox/B"], ("INBOX", "B")),
    ],
)  # fmt: skip
def test_the_path_of_a_folder_is_below_what_all_of_ones_own_begin_with(
    spaces: Namespaces, delimiter: str, names: list[str], path: tuple[str, ...]
) -> None:
    """As NAMESPACE tells it, else by what is there."""
    listed = [Listed(name=name.encode(), delimiter=delimiter) for name in names]
    account = Server(folders=listed, namespaces=spaces)

    assert path_of(listed[-1], account) == path


def test_what_is_below_a_folder_follows_it_where_it_had_to_be_renamed() -> None:
    """Two trees that would become one are still two, children and all."""
    source = server(COURIER, "INBOX.a/b", "INBOX.a/b.c", "INBOX.a_b", "INBOX.a_b.c")
    plan = plan_folders(source, server(PLAIN))

    assert going(plan) == {
        "INBOX.a/b": "a_b",
        "INBOX.a/b.c": "a_b/c",
        "INBOX.a_b": "a_b (2)",
        "INBOX.a_b.c": "a_b (2)/c",
    }


def test_a_folder_that_allows_none_below_it_gets_a_sibling() -> None:
    """NoInferiors at the destination: of INBOX, of the trash, of any."""
    source = server(PLAIN, "INBOX", "INBOX/Shop", "Papierkorb", "Papierkorb/alt/x", "A", "A/B")
    there = server(PLAIN, ("INBOX", "noinferiors"), ("Bin", "trash noinferiors"), ("A", "noinferiors"))
    plan = plan_folders(source, there)

    assert going(plan) == {
        "INBOX": "INBOX",
        "INBOX/Shop": "Shop",
        "Papierkorb": "Bin",
        "Papierkorb/alt/x": "Bin_alt_x",
        "A": "A",
        "A/B": "A_B",
    }
    assert {old for old, _ in plan.renamed} == {"INBOX/Shop", "Papierkorb/alt/x", "A/B"}


def test_a_flat_server_gets_the_path_in_one_name_and_back() -> None:
    """Delimiter NIL on either side."""
    to_flat = plan_folders(server(PLAIN, "INBOX", "INBOX/S", "A", "A/B"), server(FLAT, "INBOX"))
    from_flat = plan_folders(server(FLAT, "INBOX", "A/B"), server(PLAIN, "INBOX"))

    assert going(to_flat) == {"INBOX": "INBOX", "INBOX/S": "INBOX_S", "A": "A", "A/B": "A_B"}
    assert going(from_flat) == {"INBOX": "INBOX", "A/B": "A_B"}


@pytest.mark.parametrize(
    ("exact_case", "second", "third"), [(True, "work", "b\u00fc (2)"), (False, "work (2)", "b\u00fc (2)")]
)
def test_twins_by_case_or_normal_form_are_two_folders(exact_case: bool, second: str, third: str) -> None:
    """A server that does not tell them apart would put both into one; by normal form nobody could see the difference."""
    decomposed = unicodedata.normalize("NFD", "b\u00fc")
    source = server(PLAIN, "Work", "work", "work/x", "b\u00fc", decomposed)
    plan = plan_folders(source, server(PLAIN, exact_case=exact_case))
    names = [unicodedata.normalize("NFC", name) for name in going(plan).values()]

    assert sorted(names) == sorted(["Work", second, f"{second}/x", "b\u00fc", third])


def test_a_name_that_was_refused_is_tried_plainer_then_flat() -> None:
    """Dovecot's Maildir++ takes no dot; others take no umlauts, or nothing long. The way back stands in the report."""
    source, takes = server(PLAIN, "v1.2", "v1.2/\u00fc", "v1_2"), {b"v1_2"}
    seen = []
    known: dict[bytes, bytes] = {}
    refused: set[bytes] = set()
    for _ in range(3):
        plan = plan_folders(source, server(PLAIN), refused=refused, known=known)
        seen.append(going(plan))
        refused |= {pair.destination for pair in plan.pairs} - takes
        known |= {pair.source.name: pair.destination for pair in plan.pairs if pair.destination in takes}

    assert seen == [
        {"v1.2": "v1.2", "v1.2/\u00fc": "v1.2/\u00fc", "v1_2": "v1_2"},
        {"v1.2": "v1_2_2", "v1.2/\u00fc": "v1_2_2/\u00fc", "v1_2": "v1_2"},
        {"v1.2": "v1_2_3", "v1.2/\u00fc": "v1_2_3/\u00fc", "v1_2": "v1_2"},
    ]
    assert plan.renamed == (("v1.2", "v1_2_3"),)  # what is below it follows


def test_a_name_that_no_plainer_one_helps_ends_as_one_short_word() -> None:
    """Directly below what was asked for."""
    source, refused = server(PLAIN, "A\u00e4\u6f22", "B/\u6f22"), set[bytes]()
    for _ in range(2):
        plan = plan_folders(source, server(PLAIN), options=PassOptions(into="Old"), refused=refused)
        refused |= {pair.destination for pair in plan.pairs}

    assert going(plan) == {"A\u00e4\u6f22": "Old/Aa", "B/\u6f22": "Old/B"}


def test_a_deep_tree_of_long_names_stays_within_what_servers_take() -> None:
    """Bytes of the whole name, not only of each part; nothing is merged for it."""
    names = ["/".join(f"{letter * 190}{depth}" for depth in range(12)) for letter in "ab"]
    plan = plan_folders(server(PLAIN, *names), server(PLAIN))

    assert len({pair.destination for pair in plan.pairs}) == len(names)
    assert all(len(pair.destination) <= 1000 for pair in plan.pairs)
    assert {old for old, _ in plan.renamed} == set(names)


def test_no_folder_becomes_the_one_it_was_to_be_below() -> None:
    """On a flat server the name of a folder without a letter would be cut down to that of the folder above."""
    source, refused = server(FLAT, "\u6f22"), {encode_name("Old_\u6f22")}
    plan = plan_folders(source, server(FLAT), options=PassOptions(into="Old"), refused=refused)

    long = "O" * 200
    cut = plan_folders(server(FLAT, "a"), server(FLAT), options=PassOptions(into=long))

    assert going(plan)["\u6f22"] == "Old_2"
    assert going(cut)["a"] not in (long, "a")


# ── every name there is ───────────────────────────────────────────────────────────────────────────────────────────

ODD = (
    *(
        b"../../x",
        b"a\r\nb",
        b"a\0b",
        b"\xff\xfe",
        b"x" * 5000,
        b"&AAo-",
        b"&AGE-",
        b"&",
        b"&-",
        b"&&-",
        b"~a",
        b"#a",
    ),
    *(
        b" a ",
        b"a ",
        b"a",
        b"A",
        b"a/b",
        b"a.b",
        b"a\\b",
        b"a*%",
        b'"',
        b"'",
        b"",
        b"INBOX",
        b"inbox",
        b"Inbox ",
    ),
    *(
        b"y" * 201,
        b"y" * 202,
        b"&2D3eAA-",
        b"&2D0-",
        b".",
        b"..",
        b"-",
        b"(2)",
        b"a (2)",
        b"Sent",
        b"Trash",
        b"Work",
    ),
    *(
        "\u00e9".encode(),
        "e\u0301".encode(),
        "\u6f22".encode() * 90,
        b"/",
        b"//",
        b"a//b",
        b"a/",
        b"{3}",
        b"\x7f\x1b[2J",
    ),
)
segment = st.one_of(st.sampled_from(ODD), st.binary(max_size=6), st.text(max_size=6).map(encode_name))
trees = st.lists(st.lists(segment, min_size=1, max_size=4), max_size=8)
NO_CHILDREN = Namespaces(delimiter="/", own=(b"",), told=True)
ENDS = [
    COURIER,
    PLAIN,
    FLAT,
    Namespaces(prefix=b"mail/", delimiter="/", told=True),
    Namespaces(delimiter="\\", told=True),
]


@settings(deadline=None)
@given(
    tree=trees,
    here=st.sampled_from(ENDS),
    there=st.sampled_from(ENDS),
    options=st.sampled_from(
        [PassOptions(), PassOptions(into="Old/place"), PassOptions(skip_roles=("trash",))]
    ),
    barren=st.sets(st.sampled_from(ODD), max_size=3),
    refusing=st.booleans(),
    exact_case=st.booleans(),
)
@example(
    tree=[[b"a"], [b"a "], [b"A"]],
    here=PLAIN,
    there=PLAIN,
    options=PassOptions(),
    barren=set(),
    refusing=False,
    exact_case=False,
)
@example(
    tree=[[b"INBOX", b"INBOX"]],
    here=COURIER,
    there=COURIER,
    options=PassOptions(),
    barren=set(),
    refusing=False,
    exact_case=False,
)
@example(
    tree=[[b"a"] * 4, [b"a"] * 3],
    here=PLAIN,
    there=FLAT,
    options=PassOptions(),
    barren={b"a"},
    refusing=True,
    exact_case=False,
)
@example(
    tree=[[b"Inbox "], [b"A"], [b"a"]],
    here=PLAIN,
    there=COURIER,
    options=PassOptions(),
    barren=set(),
    refusing=False,
    exact_case=True,
)
def test_every_name_has_a_legal_place_of_its_own(
    tree: list[list[bytes]],
    here: Namespaces,
    there: Namespaces,
    options: PassOptions,
    barren: set[bytes],
    refusing: bool,
    exact_case: bool,
) -> None:
    """Laws: every folder is copied or named; no two share a place but special uses; the place is legal; it stays."""
    sign = (here.delimiter or "/").encode()
    raws = {b"INBOX"} | {here.prefix + sign.join(parts) for parts in tree}
    source = Server(folders=[Listed(name=raw, delimiter=here.delimiter) for raw in raws], namespaces=here)
    prefix = there.prefix
    listed = [
        Listed(name=prefix + name, delimiter=there.delimiter, attributes=frozenset({"noinferiors"}))
        for name in barren
    ]
    destination = Server(
        folders=[Listed(name=b"INBOX", delimiter=there.delimiter), *listed],
        namespaces=there,
        exact_case=exact_case,
    )

    plan = plan_folders(source, destination, options=options)
    refused = {pair.destination for pair in plan.pairs if pair.create} if refusing else set()
    plan = plan_folders(source, destination, options=options, refused=refused)

    assert {pair.source.name for pair in plan.pairs}.isdisjoint(plan.skipped)
    assert len(plan.pairs) + len(plan.skipped) == len(source.folders)
    places = {pair.source.name: pair.destination for pair in plan.pairs}
    alike = (lambda name: unicodedata.normalize("NFC", name)) if exact_case else fold
    own = [alike(decode_name(place)) for name, place in places.items() if not _special(name, source, options)]
    assert len(set(own)) == len(own)
    for name, place in places.items():
        if name.upper() != b"INBOX" or options.into:
            assert _legal(place, there), place
            assert not (pair_is_new(plan, place) and place in refused)
    again = plan_folders(source, destination, options=options, known=places)
    assert {pair.source.name: pair.destination for pair in again.pairs} == places


def pair_is_new(plan: FolderMap, place: bytes) -> bool:
    return any(pair.create for pair in plan.pairs if pair.destination == place)


def _special(raw: bytes, source: Server, options: PassOptions) -> bool:
    path = path_of(Listed(name=raw, delimiter=source.delimiter), source)
    return (
        not options.into and len(path) == 1 and (raw.upper() == b"INBOX" or role_of_word(path[0]) is not None)
    )


def _legal(place: bytes, there: Namespaces) -> bool:
    sign = (there.delimiter or "\0").encode()
    if not place.startswith(there.prefix) and not place.upper().startswith(b"INBOX"):
        return False
    parts = [decode_name(part) for part in place.split(sign)]
    sound = all(
        part and part == part.strip() and part.isprintable() and not part.startswith("~") for part in parts
    )
    inbox = (b"INBOX", there.prefix.upper() + b"INBOX")
    return (
        sound and place.isascii() and place.upper() not in inbox and len(place) <= 1000 and ".." not in parts
    )

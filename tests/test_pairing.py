"""Which message is which, when messages have moved."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.mail.pairing import (
    Came,
    Lost,
    Placed,
    choose_candidates,
    may_have_got,
    may_have_lost,
    pair_moves,
)
from bot.mail.relay import read_copyuid
from bot.mail.state import State

FOLDERS = st.sampled_from([b"A", b"B", b"C"])
# Few contents, so that twins are the rule.
CONTENT = st.integers(1, 3)


def lost(folder: bytes, uid: int, content: int, *, gmail: bool = False) -> Lost:
    digest = None if gmail else b"%d" % content
    number = ord(folder)
    return Lost(
        folder,
        Placed(
            folder=number,
            uid=uid,
            destination_uid=uid,
            digest=digest,
            flags=frozenset(),
            seen=True,
            size_bytes=content,
            gmail_id=content if gmail else 0,
        ),
    )


@st.composite
def moves(draw: st.DrawFn) -> tuple[list[Lost], dict[Came, bytes]]:
    gmail = draw(st.booleans())
    spots = st.tuples(FOLDERS, st.integers(1, 5))
    gone = draw(st.dictionaries(spots, CONTENT, max_size=8))
    new = draw(st.dictionaries(spots, CONTENT, max_size=8))
    came = {
        Came(folder, uid + 10, content, content if gmail else 0): b"" if gmail else b"%d" % content
        for (folder, uid), content in new.items()
    }
    return [lost(folder, uid, content, gmail=gmail) for (folder, uid), content in gone.items()], came


@given(moves())
def test_as_many_follow_as_were_lost_and_came(case: tuple[list[Lost], dict[Came, bytes]]) -> None:
    """Of each content min(k, l): none is used twice, none is left where it could follow, none becomes another."""
    gone, came = case
    pairs = pair_moves(gone, came)

    went = Counter(one.was.size_bytes for one in gone)
    arrived = Counter(new.size_bytes for new in came)
    assert Counter(one.was.size_bytes for one, _ in pairs) == went & arrived
    assert all(one.was.size_bytes == new.size_bytes for one, new in pairs)
    assert (
        len({(one.folder, one.was.uid) for one, _ in pairs}) == len(pairs) == len({new for _, new in pairs})
    )


@given(moves())
def test_what_is_back_in_its_folder_stays_there(case: tuple[list[Lost], dict[Came, bytes]]) -> None:
    """A message moved out and back needs no command: as many as can be are paired within their folder."""
    gone, came = case
    within = Counter(
        (one.folder, one.was.size_bytes) for one, new in pair_moves(gone, came) if one.folder == new.folder
    )

    went = Counter((one.folder, one.was.size_bytes) for one in gone)
    arrived = Counter((new.folder, new.size_bytes) for new in came)
    assert within == went & arrived


def test_only_what_may_be_the_same_is_read() -> None:
    """The same size; or the same X-GM-MSGID, whatever its size."""
    gone = [lost(b"A", 1, 7), lost(b"A", 2, 8, gmail=True)]
    same, other = Came(b"B", 1, 7), Came(b"B", 2, 8)
    labelled = Came(b"B", 3, 999, 8)

    assert choose_candidates(gone, [same, other, labelled, Came(b"B", 4, 7, 5)]) == [same, labelled]


def _fields(one: Placed) -> dict[str, object]:
    return {name: getattr(one, name) for name in Placed.__slots__}


def test_where_an_old_journal_noted_no_size_any_new_message_may_be_the_lost_one() -> None:
    """Journals of the first version have digests and no sizes: what was moved is to follow there, too."""
    unsized = Lost(b"A", Placed(**_fields(lost(b"A", 1, 7).was) | {"size_bytes": None}))

    assert choose_candidates([unsized], [Came(b"B", 1, 7)]) == [Came(b"B", 1, 7)]


def test_a_message_whose_bytes_nobody_knows_is_paired_with_nothing() -> None:
    """Two unknowns are no match."""
    unknown = Lost(b"A", Placed(**_fields(lost(b"A", 1, 7).was) | {"digest": None}))

    assert pair_moves([unknown], {Came(b"B", 1, 7): b""}) == []


def state(messages: int, uidnext: int, validity: int = 1) -> State:
    return State(uidvalidity=validity, uidnext=uidnext, messages=messages, modseq=0)


@given(
    messages=st.integers(0, 9), left=st.integers(0, 9), came=st.integers(0, 9), skipped_uids=st.integers(0, 3)
)
def test_no_move_is_missed_by_the_hints(messages: int, left: int, came: int, skipped_uids: int) -> None:
    """Whatever else came and went; and where nothing went and no UID was skipped, nothing is looked for."""
    left = min(left, messages)
    then = state(messages, messages + 1)
    now = state(messages - left + came, messages + 1 + came + skipped_uids)

    assert may_have_lost(then, now) or not left
    assert may_have_got(then, now) or not came
    assert not may_have_lost(then, now) or left or skipped_uids
    assert may_have_lost(None, now)
    assert may_have_got(None, now) == bool(now.messages)


def test_what_a_server_does_not_tell_may_be() -> None:
    """Without UIDNEXT the numbers prove nothing; after a change of UIDVALIDITY no UID does."""
    assert may_have_lost(state(5, 0), state(5, 0))
    assert may_have_got(state(5, 0), state(5, 0))
    assert not may_have_lost(state(5, 6), state(3, 4, validity=2))
    assert not may_have_got(state(5, 6), state(6, 9, validity=2))
    assert not may_have_got(state(5, 6), None)


def test_copyuid_is_read_only_where_it_is_sound() -> None:
    """Else the copies are looked for: the number of another folder's generation, sets of different length, nonsense."""
    assert read_copyuid([[], [b"COPYUID", b"7", b"3,5:6", b"11:13"]], 7) == {3: 11, 5: 12, 6: 13}
    for code in (
        [b"COPYUID", b"8", b"3", b"1"],
        [b"COPYUID", b"7", b"3:4", b"1"],
        [b"COPYUID", b"7", b"x", b"1"],
    ):
        assert read_copyuid([code], 7) == {}
    assert read_copyuid([[b"COPYUID", [b"7"], None, b"1"], [b"APPENDUID", b"7", b"1"]], 7) == {}
    assert read_copyuid([[b"COPYUID", b"7", b"3,3", b"1:2"]], 7) == {}

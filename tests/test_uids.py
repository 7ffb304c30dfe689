"""UIDs and messages in columns: the same answers as the sets and dictionaries they stand for."""

from hypothesis import example, given
from hypothesis import strategies as st

from bot.mail.entries import Entries, Entry
from bot.mail.state import Held, Holdings
from bot.mail.uids import UID_MAX, Awaited, UidMap, Uids, parse_uid_set, uid_sets

uids = st.integers(1, 12) | st.integers(UID_MAX - 3, UID_MAX)
lists = st.lists(uids)
flags = st.frozensets(st.sampled_from(["\\Seen", "work", "\\Flagged"]))
held = st.builds(Held, flags, st.integers(0, 2**40), st.integers(0, 2**63))
entry = st.builds(
    Entry, st.none() | uids, flags, st.booleans(), st.none() | st.integers(0, 2**40), st.booleans()
)


@given(here=lists, there=lists, first=uids)
@example(here=[3, 3, 1], there=[], first=2)
def test_uids_are_a_set_in_ascending_order(here: list[int], there: list[int], first: int) -> None:
    """A server may name them in any order, and twice."""
    compact = Uids(here)

    assert list(compact) == sorted(set(here))
    assert compact == set(here)
    assert compact.without(Uids(there)) == set(here) - set(there)
    assert compact.since(first) == {uid for uid in here if uid >= first}
    assert all((uid in compact) == (uid in here) for uid in [*here, *there, first, 0, -1, UID_MAX + 1])


@given(pairs=st.lists(st.tuples(uids, uids)))
def test_a_map_of_uids_is_a_dictionary(pairs: list[tuple[int, int]]) -> None:
    """The last word on a UID counts, as in a dictionary."""
    assert dict(UidMap(pairs)) == dict(pairs)
    assert list(UidMap(pairs)) == sorted(dict(pairs))


@given(wanted=lists, coming=lists)
def test_each_awaited_uid_is_taken_once(wanted: list[int], coming: list[int]) -> None:
    """A message that a server sends twice is copied once; one it was not asked for is not copied at all."""
    awaited = Awaited(Uids(wanted))
    taken = [uid for uid in coming if awaited.take(uid)]

    assert sorted(taken) == sorted(set(wanted) & set(coming))
    assert awaited.left() == set(wanted) - set(coming)


@given(messages=st.lists(st.tuples(uids, held)))
def test_holdings_give_back_what_was_told(messages: list[tuple[int, Held]]) -> None:
    """In any order, and a message told twice counts once."""
    compact = Holdings(messages)

    assert dict(compact) == dict(compact.pairs()) == dict(messages)
    assert list(compact) == sorted(dict(messages))
    assert compact.size_bytes == sum(one.size_bytes for one in dict(messages).values())
    assert 13 not in compact
    assert compact.only(lambda uid, _: uid < 5) == {uid: one for uid, one in messages if uid < 5}


@given(rows=st.dictionaries(uids, entry))
def test_entries_give_back_what_the_journal_holds(rows: dict[int, Entry]) -> None:
    """None is not 0, and a size that was never noted is not a size."""
    assert dict(Entries(sorted(rows.items()))) == rows


@given(named=lists, most=st.integers(1, 5))
def test_a_command_names_no_more_messages_than_the_server_takes(named: list[int], most: int) -> None:
    """Yahoo takes 1,000 at a time (RFC 9738)."""
    sets = [parse_uid_set(line) or () for line in uid_sets(named, messages=most)]

    assert [uid for one in sets for uid in one] == sorted(set(named))
    assert all(len(one) <= most for one in sets)

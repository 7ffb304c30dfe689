"""Reading ahead in a thread: order, errors, bounds, and leaving early."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mail.ahead import Ahead
from bot.mail.entries import Entry
from bot.mail.folders import Listed, Pair
from bot.mail.lanes import group_pairs
from bot.mail.look import merge_look
from bot.mail.state import Held, State, same_flags, same_messages

NONE: frozenset[str] = frozenset()


def take(ahead: Ahead[int], use: Callable[[int], object]) -> None:
    with ahead as numbers:
        for number in numbers:
            use(number)


def test_what_is_made_arrives_in_order_and_no_more_than_two_ahead() -> None:
    """Memory does not grow with the folder when the destination is slow."""
    made: list[int] = []
    used = 0

    def make() -> Iterator[int]:
        for number in range(20):
            made.append(number)
            assert len(made) <= used + 3
            yield number

    with Ahead(make(), lambda: None) as numbers:
        for expected, number in enumerate(numbers):
            assert number == expected
            time.sleep(0.002)
            used += 1
    assert used == 20


def test_what_the_maker_raises_is_raised_where_it_is_used() -> None:
    """A source that breaks ends the pass with its error, behind what came before."""

    def make() -> Iterator[int]:
        yield 1
        raise ConnectionResetError

    came: list[int] = []
    with pytest.raises(ConnectionResetError):
        take(Ahead(make(), lambda: None), came.append)
    assert came == [1]


def test_leaving_early_ends_the_thread() -> None:
    """Its connection is ended under it, wherever it waits."""
    freed = threading.Event()

    def make() -> Iterator[int]:
        yield 1
        freed.wait(10)
        raise ConnectionResetError

    def leave(_: int) -> None:
        raise KeyError

    before = threading.active_count()
    with pytest.raises(KeyError):
        take(Ahead(make(), freed.set), leave)
    assert threading.active_count() == before


numbers = st.integers(0, 3)
states = st.builds(State, uidvalidity=numbers, uidnext=numbers, messages=numbers, modseq=numbers)


@given(then=states | st.none(), now=states | st.none())
def test_a_folder_is_as_it_was_only_by_numbers_that_were_told(then: State | None, now: State | None) -> None:
    """0 is what a server says that says nothing."""
    if same_flags(then, now):
        assert same_messages(then, now)
        assert then == now
        assert then is not None
        assert then.modseq
    if same_messages(then, now):
        assert then is not None
        assert then.uidnext
        assert then.uidvalidity
    assert same_messages(then, then) == (then is not None and bool(then.uidvalidity and then.uidnext))


uids = st.integers(1, 9)
held = st.builds(Held, st.sets(st.sampled_from(["\\Seen", "a"])).map(frozenset), st.integers(1, 3))


@given(folder=st.dictionaries(uids, held), known=st.sets(uids), changed=st.sets(uids))
def test_changes_and_what_is_known_make_the_whole_folder(
    folder: dict[int, Held], known: set[int], changed: set[int]
) -> None:
    """Or nothing is said, and the folder is listed in full: a message is never left out."""
    entries = {
        uid: Entry(uid, folder[uid].flags, True, folder[uid].size_bytes) for uid in known & folder.keys()
    }
    entries |= {uid: Entry(uid, NONE, True, 1) for uid in known - folder.keys()}

    merged = merge_look(sorted(folder), {uid: folder[uid] for uid in changed & folder.keys()}, entries)

    assert merged == (folder if folder.keys() <= known | changed else None)


def test_a_message_whose_size_was_never_noted_asks_for_the_list() -> None:
    """Journals of the first version."""
    assert merge_look([1], {}, {1: Entry(1, NONE, seen=True)}) is None


def test_folders_that_become_one_stay_together_and_the_largest_comes_first() -> None:
    """Twins in Sent and Sent Items are told apart one folder after the other; the long one must not begin last."""

    def pair(source: bytes, destination: bytes, messages: int) -> Pair:
        state = State(uidvalidity=1, uidnext=1, messages=messages, modseq=0)
        name = source.decode()
        return Pair(
            source=Listed(name=source, state=state),
            destination=destination,
            source_name=name,
            destination_name=name,
            create=False,
        )

    pairs = [
        pair(b"A", b"A", 3),
        pair(b"Sent", b"Sent", 2),
        pair(b"B", b"B", 1),
        pair(b"Gesendet", b"Sent", 2),
    ]

    groups = [[one.source.name for one in group] for group in group_pairs(pairs)]

    assert groups == [[b"Sent", b"Gesendet"], [b"A"], [b"B"]]

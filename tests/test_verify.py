"""When a message counts as arrived."""

from hypothesis import given
from hypothesis import strategies as st

from bot.mail.entries import Entry
from bot.mail.verify import verify_folder

uids = st.integers(1, 6)
entries = st.dictionaries(
    uids, st.builds(Entry, st.none() | uids, st.just(frozenset[str]()), st.booleans()), max_size=6
)


@given(source=st.sets(uids), known=entries, there=st.sets(uids))
def test_every_message_is_present_or_missing(
    source: set[int], known: dict[int, Entry], there: set[int]
) -> None:
    """No third way: the report adds up."""
    verdict = verify_folder(source, known, there)

    assert verdict.present + len(verdict.missing) == len(source)
    assert verdict.removed <= verdict.present


def test_a_servers_ok_is_no_proof_until_the_copy_was_seen() -> None:
    """Confirmed and gone before anybody saw it: missing, in every report. Seen once and gone: the user removed it."""
    nothing = frozenset[str]()
    known = {
        1: Entry(11, nothing, seen=False),
        2: Entry(12, nothing, seen=True),
        3: Entry(13, nothing, seen=False),
    }

    verdict = verify_folder({1, 2, 3, 4}, known, {13})

    assert (verdict.present, verdict.removed, verdict.found, verdict.missing) == (2, 1, {3}, {1, 4})

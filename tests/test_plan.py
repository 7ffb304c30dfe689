"""What a pass decides, without any server."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.mail.plan import (
    Light,
    cut_batches,
    halves,
    keepable,
    merge_flags,
    pair_by_digest,
    plan_match,
)

# Few values, so that twins, clashes and overlaps are the rule.
flags = st.frozensets(st.sampled_from(["\\Seen", "\\Flagged", "\\Answered", "work", "$Forwarded"]))
lights = st.lists(
    st.tuples(
        st.sampled_from([b"", b"<a@x>", b"<b@x>"]), st.sampled_from([b"Mon", b"Tue"]), st.integers(1, 3)
    )
).map(lambda rows: [Light(uid, *row) for uid, row in enumerate(rows, 1)])
digests = st.dictionaries(st.integers(1, 9), st.sampled_from([b"x", b"y", b"z"]))


@given(source=lights, destination=lights)
def test_a_match_pairs_each_message_once_and_only_with_its_like(
    source: list[Light], destination: list[Light]
) -> None:
    """Matching two to one would lose a message; matching by a guess would, too."""
    matching = plan_match(source, destination)
    here = {one.uid: one for one in source}
    there = {one.uid: one for one in destination}

    assert len(set(matching.pairs.values())) == len(matching.pairs)
    for uid, other in matching.pairs.items():
        assert here[uid].message_id
        assert (here[uid].message_id, here[uid].date, here[uid].size_bytes) == (
            there[other].message_id,
            there[other].date,
            there[other].size_bytes,
        )
    doubted = [uid for uids, _ in matching.doubtful for uid in uids]
    assert not set(doubted) & set(matching.pairs)
    assert len(doubted) == len(set(doubted))


def test_twins_and_messages_without_message_id_are_compared_by_their_bodies() -> None:
    """imapsync calls two drafts with equal headers the same, and loses one."""
    twins = [Light(1, b"<a@x>", b"Mon", 5), Light(2, b"<a@x>", b"Mon", 5)]
    drafts = [Light(3, b"", b"", 7)]

    matching = plan_match([*twins, *drafts], [Light(8, b"<a@x>", b"Mon", 5), Light(9, b"", b"", 7)])

    assert matching.pairs == {}
    assert set(matching.doubtful) == {((1, 2), (8,)), ((3,), (9,))}


def test_a_message_whose_size_differs_is_compared_by_its_body() -> None:
    """Another size is another message, or other line ends."""
    matching = plan_match([Light(1, b"<a@x>", b"Mon", 5)], [Light(2, b"<a@x>", b"Mon", 6)])

    assert matching.pairs == {}
    assert matching.doubtful == (((1,), (2,)),)


@given(source=digests, destination=digests)
def test_digests_pair_as_multisets(source: dict[int, bytes], destination: dict[int, bytes]) -> None:
    """k copies there are used up by k messages here: no twin is lost, none is made."""
    pairs = pair_by_digest(source, destination)

    assert all(source[uid] == destination[other] for uid, other in pairs.items())
    assert len(set(pairs.values())) == len(pairs)
    common = Counter(source.values()) & Counter(destination.values())
    assert Counter(source[uid] for uid in pairs) == common


@given(sizes=st.lists(st.integers(0, 30)), limit=st.integers(1, 40), most=st.integers(1, 5))
def test_batches_keep_every_message_in_order_and_end_when_full(
    sizes: list[int], limit: int, most: int
) -> None:
    """Memory holds some twenty batches of four lanes: only a message that is larger by itself exceeds the limit."""
    messages = list(enumerate(sizes))
    batches = list(cut_batches(((one, one[1]) for one in messages), batch_bytes=limit, batch_messages=most))

    assert [one for batch in batches for one in batch] == messages
    assert all(len(batch) <= most for batch in batches)
    assert all(sum(size for _, size in batch) <= limit or len(batch) == 1 for batch in batches)


@given(st.lists(st.integers(), min_size=2))
def test_halving_always_gets_smaller(batch: list[int]) -> None:
    """So that a refused batch ends at the one message."""
    first, second = halves(batch)

    assert [*first, *second] == batch
    assert first
    assert second


@given(base=flags, source=flags, destination=flags)
def test_flags_merge_three_ways(
    base: frozenset[str], source: frozenset[str], destination: frozenset[str]
) -> None:
    """What changed at the source arrives; what the user changed at the destination stays; once is enough."""
    change = merge_flags(base, source, destination)
    after = (destination | change.add) - change.remove

    for flag in base | source | destination:
        if (flag in source) != (flag in base):
            assert (flag in after) == (flag in source)
        else:
            assert (flag in after) == (flag in destination)
    assert merge_flags(source, source, after) == merge_flags(base, base, after)
    again = merge_flags(base, source, after)
    assert not again.add
    assert not again.remove


def test_keywords_are_compared_without_case() -> None:
    """Dovecot answers with the case it saw first."""
    change = merge_flags(frozenset(), frozenset({"$forwarded"}), frozenset({"$Forwarded"}))

    assert not change.add


def test_the_destination_says_which_flags_it_keeps() -> None:
    """PERMANENTFLAGS without \\*: a keyword in APPEND could refuse the whole batch."""
    assert keepable({"\\Seen", "work"}, frozenset({"\\Seen"})) == (("\\Seen",), 1)
    assert keepable({"\\Seen", "work"}, frozenset({"\\Seen", "\\*"})) == (("\\Seen", "work"), 0)
    assert keepable({"\\Seen", "work"}, None) == (("\\Seen", "work"), 0)


@given(st.text(max_size=12))
def test_no_flag_of_a_server_ends_a_command(flag: str) -> None:
    """A hostile source could name a keyword `) {9}` and have us say it to the destination."""
    kept, _ = keepable({flag}, None)

    assert not set("".join(kept)) & set('\r\n\0 (){"')


@given(st.sets(st.from_regex(r"\A\\?[a-zA-Z$]{1,300}\Z"), max_size=40))
def test_no_flag_of_a_server_makes_ours_answer_bad(flags: set[str]) -> None:
    """Dovecot then takes the lines of a message sent with LITERAL+ for commands: a mail could say `x DELETE Sent`."""
    kept, dropped = keepable(flags | {"\\Seen", "\\X-Own", "\\Recent"}, frozenset({"\\*", "\\X-Own"}))

    system = {"\\seen", "\\answered", "\\flagged", "\\deleted", "\\draft"}
    assert "\\Seen" in kept
    assert all(flag.casefold() in system or not flag.startswith("\\") for flag in kept)
    assert sum(len(flag) + 1 for flag in kept) <= 2000
    assert dropped == sum(not flag.startswith("\\") for flag in flags - set(kept))


def test_a_line_of_flags_stays_short_and_loses_keywords_first() -> None:
    """64 KB of keywords on one message are too much for Dovecot's line, and 12,000 of them for anybody."""
    kept, dropped = keepable({f"k{number:05}" for number in range(12_000)} | {"\\Seen", "\\Draft"}, None)

    assert {"\\Seen", "\\Draft"} < set(kept)
    assert 1900 < sum(len(flag) + 1 for flag in kept) <= 2000
    assert dropped == 12_002 - len(kept)

"""One SPF record, with our servers in it and nobody's taken out."""

from hypothesis import given
from hypothesis import strategies as st

from bot.spf import MOST_LOOKUPS, asked_of, lookups, merge, spf_records

OURS = ("_spf.host.example",)

terms = st.sampled_from(
    ["mx", "a", "include:crm.example", "ip4:192.0.2.1", "-all", "~all", "redirect=old.example", "a:x.example"]
)
records = st.lists(terms, max_size=6).map(lambda words: " ".join(["v=spf1", *words]))


def test_ours_is_put_before_the_end_and_everybody_else_stays() -> None:
    merged = merge(["google-verification=1", "v=spf1 include:crm.example mx -all"], OURS)

    assert merged.record == "v=spf1 include:crm.example mx include:_spf.host.example -all"
    assert merged.changed
    assert not merged.several


def test_a_domain_without_a_record_gets_a_soft_one() -> None:
    """What else sends for it nobody knows: "-all" would have that mail refused."""
    assert merge(["hello"], OURS).record == "v=spf1 include:_spf.host.example ~all"


def test_a_record_that_has_us_already_is_left_alone() -> None:
    """Whatever the case and the qualifier."""
    assert not merge(["v=spf1 +include:_SPF.host.example -all"], OURS).changed


def test_two_records_become_one() -> None:
    """Two are an error for every receiver (RFC 7208 section 4.5)."""
    merged = merge(["v=spf1 include:a.example -all", "V=SPF1  include:b.example ~all"], OURS)

    assert merged.record == "v=spf1 include:a.example include:b.example include:_spf.host.example ~all"
    assert merged.several


def test_a_redirect_goes_on_counting() -> None:
    """It counts only where there is no "all" (RFC 7208 section 6.1)."""
    assert merge(["v=spf1 redirect=old.example"], OURS).record == (
        "v=spf1 include:_spf.host.example redirect=old.example"
    )


def test_what_only_looks_like_spf_is_none() -> None:
    assert spf_records(["v=spf10 -all", "v=spf1", "spf1 -all", "v=spf1 mx"]) == ["v=spf1", "v=spf1 mx"]


def test_the_questions_of_the_includes_are_counted_too() -> None:
    others = {"a.example": "v=spf1 mx a include:b.example -all", "b.example": "v=spf1 exists:%{i}.x a:y -all"}

    assert lookups("v=spf1 include:a.example ip4:192.0.2.1 -all", others) == 6
    assert (
        lookups("v=spf1 include:loop.example", {"loop.example": "v=spf1 include:loop.example"})
        <= MOST_LOOKUPS
    )


def test_macros_are_not_asked_for() -> None:
    assert asked_of("v=spf1 include:%{d}.x include:A.example. redirect=b.example") == [
        "a.example",
        "b.example",
    ]


@given(st.lists(records, max_size=3))
def test_merging_twice_changes_nothing_more(texts: list[str]) -> None:
    once = merge(texts, OURS)

    again = merge([once.record], OURS)

    assert again.record == once.record
    assert not again.changed


@given(st.lists(records, max_size=3))
def test_nobody_who_may_send_is_taken_out(texts: list[str]) -> None:
    kept = merge(texts, OURS).record.split()

    for text in texts:
        for word in text.split()[1:]:
            assert word in kept or word.endswith("all") or word.startswith("redirect=")

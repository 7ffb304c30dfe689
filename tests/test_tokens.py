"""What untagged answers say: the usual row read at once is the row that its tokens say."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.mail.answers import flag_set
from bot.mail.stream import Broken
from bot.mail.tokens import Row, read_row, read_untagged, read_usual_row

numbers = st.integers(0, 2**40).map(b"%d".__mod__)
flags = st.lists(
    st.sampled_from([b"\\Seen", b"\\Recent", b"$Forwarded", b"NIL", b"nil", b"a]b", b"x" * 120]), max_size=4
)
dates = st.sampled_from([b" 1-Feb-2003 04:05:06 +0000", b"", b"(", b'\\"', b"x" * 60])
gaps = st.sampled_from([b" ", b" ", b" ", b"  "])


def _slow(parts: list[bytes]) -> Row | str | None:
    try:
        item = read_untagged(parts)
        return None if item is None else read_row(item)
    except Broken as broken:
        return broken.what


@given(number=numbers, uid=numbers, words=flags, gap=gaps, size=numbers, tail=st.sampled_from([b"", b" X 1"]))
@example(number=b"1", uid=b"7", words=[b"NIL"], gap=b" ", size=b"5", tail=b"")
def test_a_usual_listing_says_what_its_tokens_say(
    number: bytes, uid: bytes, words: list[bytes], gap: bytes, size: bytes, tail: bytes
) -> None:
    """Two readers of one grammar must never differ: the one that is fast leaves what it is not sure of to the other."""
    line = b"* %s FETCH (UID %s FLAGS (%s)%sRFC822.SIZE %s%s)\r\n" % (
        *(number, uid, b" ".join(words), gap, size, tail),
    )
    quick = read_usual_row([line])
    if quick is not None:
        told = quick | {b"FLAGS": list(quick[b"FLAGS"])}
        assert told == _slow([line])
        assert flag_set(quick[b"FLAGS"]) == flag_set(told[b"FLAGS"])
    elif gap == b" " and not tail and len(uid) < 10 and len(b" ".join(words)) < 200 and len(size) < 20:
        assert uid.startswith(b"0") or len(number) > 10


@given(
    uid=numbers, date=dates, body=st.binary(max_size=9), end=st.sampled_from([b")\r\n", b" X 1)\r\n", b""])
)
def test_a_usual_body_says_what_its_tokens_say(uid: bytes, date: bytes, body: bytes, end: bytes) -> None:
    """Likewise."""
    parts = [b'* 3 FETCH (UID %s INTERNALDATE "%s" BODY[] ' % (uid, date), body, end]
    quick = read_usual_row(parts)

    if quick is not None:
        assert quick == _slow(parts)
    else:
        assert end != b")\r\n" or len(date) != 26 or len(uid) > 9 or uid == b"0"


@pytest.mark.parametrize(
    "line",
    [
        b"* 1 FETCH (UID 0 FLAGS () RFC822.SIZE 1)\r\n",
        b"* 1 FETCH (UID 4294967296 FLAGS () RFC822.SIZE 1)\r\n",
        b"* 1 FETCH (UID 007 FLAGS ((a)) RFC822.SIZE 1)\r\n",
    ],
)
def test_what_is_not_usual_is_left_to_the_tokens(line: bytes) -> None:
    """A UID of 0 or above 2**32 is no UID; nested flags are none."""
    assert read_usual_row([line]) is None

"""Content lines survive whatever happened to them on the way."""

from hypothesis import given
from hypothesis import strategies as st

from parsers.lines import escape, fold, parse_line, read_lines, split_value, unescape

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)


@given(data=st.binary(max_size=400))
def test_any_bytes_can_be_read(data: bytes) -> None:
    """People attach anything; a parser has an answer for it."""
    read_lines(data)


@given(value=words)
def test_a_line_is_the_same_after_folding(value: str) -> None:
    """Folds fall between octets of 75, also where a character takes four."""
    text = f"NOTE;X-P=1:{value}"
    folded = fold([text])

    assert all(len(line) <= 75 for line in folded.split(b"\r\n"))
    assert [line.text for line in read_lines(folded).lines] == [text]


@given(value=words)
def test_escaping_keeps_the_text_and_happens_once(value: str) -> None:
    """A second import of our own output must not grow backslashes."""
    plain = value.replace("\\", "/")
    escaped = escape(plain + "\n;,")

    assert unescape(escaped) == plain + "\n;,"
    assert escape(escaped) == escaped
    assert split_value(escaped, ";") == [escaped]


@given(parts=st.lists(words, min_size=1))
def test_a_value_splits_where_it_was_joined(parts: list[str]) -> None:
    """A semicolon inside a field is not the end of the field."""
    fields = [escape(part.replace("\\", "/")) for part in parts]

    assert split_value(";".join(fields), ";") == fields


def test_all_line_ends_and_charsets_mean_the_same() -> None:
    """Old Mac exports end lines with CR, Windows ones come as UTF-16, German ones in Latin-1."""
    text = "BEGIN:VCARD\r\nFN:Jörg\r\nNOTE:one\r\n  two\r\nEND:VCARD\r\n"
    forms = [
        text.encode(),
        text.encode("utf-8-sig"),
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        text.encode("cp1252"),
        text.replace("\r\n", "\n").encode(),
        text.replace("\r\n", "\r").encode(),
        text.replace("\r\n", "\r\r\n").encode(),
        text.replace("\r\n", "\n", 2).encode(),
    ]

    read = [[line.text for line in read_lines(data).lines] for data in forms]

    assert read == [["BEGIN:VCARD", "FN:Jörg", "NOTE:one two", "END:VCARD"]] * len(forms)


def test_a_fold_inside_a_character_or_a_parameter_is_undone() -> None:
    """Writers fold at 75 octets without looking at what stands there."""
    data = b"FN:J\xc3\n \xb6rg\nTEL;TYPE=HO\n\tME:1\n"

    assert [line.text for line in read_lines(data).lines] == ["FN:Jörg", "TEL;TYPE=HOME:1"]


def test_a_continuation_that_lost_its_indent_belongs_to_its_line() -> None:
    """Seen in notes with bare line breaks, in long lines, and in base64 without indent."""
    long = "x" * 70
    data = f"NOTE:first\nsecond\nURL:{long}\nyyy\nPHOTO;ENCODING=BASE64:AAAA\nBBBB\nTEL:1\njunk\n".encode()

    lexed = read_lines(data)

    assert [line.value for line in lexed.lines] == ["first\\nsecond", long + "yyy", "AAAABBBB", "1"]
    assert lexed.stray == (8,)


def test_a_soft_break_never_swallows_the_end_of_a_card() -> None:
    """A cut quoted-printable line ends in "=", and the next card would be lost with it."""
    data = b"NOTE;ENCODING=QUOTED-PRINTABLE:a=\nEND:VCARD\n"

    assert [line.name for line in read_lines(data).lines] == ["NOTE", "END"]


def test_control_characters_are_taken_out() -> None:
    """NUL gives 500 on one server and 403 on another."""
    lexed = read_lines(b"FN:A\x00n\x07na\n")

    assert lexed.lines[0].value == "Anna"
    assert lexed.cleaned


def test_quoted_parameters_may_hold_colons() -> None:
    """And a stray quote must not hide the colon."""
    quoted = parse_line('ATTENDEE;CN="a:b;c,d";X=1:mailto:x')
    stray = parse_line('TEL;TYPE="HOME:123')

    assert quoted is not None
    assert quoted.params == (("CN", "a:b;c,d"), ("X", "1"))
    assert quoted.value == "mailto:x"
    assert stray is not None
    assert stray.value == "123"

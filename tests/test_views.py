"""HTML and plain, two views of one letter: one statement, at most two candidates, nothing taken from what is hidden."""

import pytest

from parsers.html import html_text
from parsers.request import Request, read_request
from tests.test_request import DESK, in_process

PLAIN = "Email: anna@old.example\nPassword: geheim-1\nIMAP: imap.old.example\n"


def read(plain: str | None, html: str, subject: str = "Move") -> Request:
    head = f"From: anna@old.example\nTo: support@host.example\nSubject: {subject}\nMIME-Version: 1.0\n"
    if plain is None:
        return read_request(
            f"{head}Content-Type: text/html; charset=utf-8\n\n{html}".encode(), DESK, safely=in_process
        )
    body = f"--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"
    raw = f"{head}Content-Type: multipart/alternative; boundary=b\n\n{body}".encode()
    return read_request(raw, DESK, safely=in_process)


def page(password: str, more: str = "") -> str:
    return f"<div>Email: anna@old.example</div><div>Password: {password}</div><div>IMAP: imap.old.example</div>{more}"


def passwords(request: Request) -> list[tuple[str | None, tuple[str, ...]]]:
    return [(row.password, row.password_alternatives) for row in request.rows]


def test_where_the_views_differ_the_page_is_tried_first() -> None:
    """At most two tries: old providers lock accounts."""
    assert passwords(read(PLAIN, page("geheim-2"))) == [("geheim-2", ("geheim-1",))]
    assert passwords(read(PLAIN, page("geheim-1"))) == [("geheim-1", ())]


@pytest.mark.parametrize(
    "plain",
    [
        "Email: anna@old.example <mailto:anna@old.example>\nPassword: x@y.zz<mailto:x@y.zz>\nIMAP: imap.old.example<http://imap.old.example>",
        "*Email:* anna@old.example\n*Password:* *x@y.zz*\n*IMAP:* imap.old.example",
        "Email:\nanna@old.example\n\nPassword:\nx@y.zz\n\nIMAP:\nimap.old.example",
    ],
)
def test_a_damaged_plain_part_adds_nothing(plain: str) -> None:
    """Outlook's links, Gmail's asterisks."""
    (row,) = read(plain, page("x@y.zz")).rows
    assert (row.address, row.password, row.host) == ("anna@old.example", "x@y.zz", "imap.old.example")
    assert set(row.password_alternatives) <= {"*x@y.zz*", "x@y.zz<mailto:x@y.zz>"}


def test_a_table_wrapped_by_the_plain_part_is_read_from_its_cells() -> None:
    """Passwords with bars, runs of spaces and NBSP."""
    html = (
        "<table><tr><th>Email</th><th>Password</th><th>IMAP</th></tr>"
        "<tr><td>anna@old.example</td><td>a|b  c&nbsp;d</td><td>imap.old.example</td></tr>"
        "<tr><td><p>ben@old.example</p></td><td><b>x;y,z</b></td><td>imap.old.example<br>(SSL)</td></tr></table>"
    )
    plain = "Email\nPassword\nIMAP\nanna@old.example\na|b c d\nimap.old.example\nben@old.example\nx;y,z\nimap.old.example\n(SSL)\n"
    rows = read(plain, html).rows

    assert [(row.address, row.password, row.host) for row in rows] == [
        ("anna@old.example", "a|b  c\u00a0d", "imap.old.example"),
        ("ben@old.example", "x;y,z", "imap.old.example"),
    ]


def test_a_password_on_two_lines_of_a_cell_is_asked_for() -> None:
    """Nobody can tell what stands between them."""
    html = "<table><tr><th>Email</th><th>Password</th><th>IMAP</th></tr><tr><td>anna@old.example</td><td>abc<br>def</td><td>imap.old.example</td></tr></table>"
    (row,) = read(None, html).rows

    assert row.password is None
    assert "password-unsure" in {problem.code for problem in row.problems} | {
        "password-unsure" if problem.code == "password-missing" else "" for problem in row.problems
    }


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">Password: trap-1</div>',
        '<span style="font-size:0px">Password: trap-1</span>',
        '<div style="mso-hide: all">Password: trap-1</div>',
        "<p hidden>Password: trap-1</p>",
        "<!--[if mso]><p>Password: trap-1</p><![endif]-->",
        "<style>Password: trap-1</style>",
        "<head><title>Password: trap-1</title></head>",
    ],
)
def test_what_nobody_sees_states_nothing(hidden: str) -> None:
    """Preheaders, conditional comments, styles."""
    request = read(None, f"{hidden}{page('geheim-1')}")

    assert "trap" not in html_text(hidden)
    assert passwords(request) == [("geheim-1", ())]


def test_a_password_only_in_the_part_nobody_sees_is_asked_for() -> None:
    """The page is what was written; the plain part may be anything."""
    (row,) = read(PLAIN, page("").replace("<div>Password: </div>", "")).rows

    assert row.password is None


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote"><div class="gmail_attr">On Tue, Support wrote:<br></div><blockquote class="gmail_quote">{}</blockquote></div>',
        '<div class="moz-cite-prefix">On 12.05.26 Support wrote:</div><blockquote type="cite">{}</blockquote>',
        '<hr><div id="divRplyFwdMsg"><b>Tuntematon:</b> Support</div><div>{}</div>',
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>X:</b> y</p></div><p>{}</p>',
        '<div id="appendonsend"></div><hr><div>{}</div>',
        '<div class="yahoo_quoted">{}</div>',
        '<div class="protonmail_quote">{}</div>',
        "<p>Le 12 mai 2026 à 09:14, Support a écrit :</p><blockquote>{}</blockquote>",
        '<blockquote style="border-left:2px solid #00f">{}</blockquote>',
    ],
)
def test_a_quotation_is_told_by_the_page(quote: str) -> None:
    """Each program in its own way, some without a word of text."""
    html = page("geheim-1") + quote.format("<p>Email: eva@old.example</p><p>Password: example-2</p>")

    assert [(row.address, row.password) for row in read(None, html).rows] == [
        ("anna@old.example", "geheim-1")
    ]


def test_an_indent_is_no_quotation() -> None:
    """Gmail's and Outlook's "indent more" is a blockquote too."""
    html = f'<blockquote style="margin:0 0 0 40px;border:none;padding:0px">{page("geheim-1")}</blockquote>'

    assert passwords(read(None, html)) == [("geheim-1", ())]


def test_a_signature_is_told_by_the_page() -> None:
    """Its address is no mailbox to move."""
    html = page("geheim-1") + '<div class="gmail_signature">Anna<br>Email: anna.private@old.example</div>'

    assert [row.address for row in read(None, html).rows] == ["anna@old.example"]


def test_what_one_view_knows_as_quoted_is_quoted() -> None:
    """A program nobody knows, with a plain part that marks its quotation."""
    html = page("geheim-1") + "<section>Email: eva@old.example<br>Password: example-2</section>"
    plain = PLAIN + "\n> Email: eva@old.example\n> Password: example-2\n"

    assert [row.address for row in read(plain, html).rows] == ["anna@old.example"]


def test_a_preformatted_block_keeps_its_lines() -> None:
    assert html_text("<pre>a\n  b\tc\n</pre>d") == "a\n  b\tc\nd"


def test_words_junk_is_no_text() -> None:
    """Outlook's paragraphs hold o:p, conditional parts and styles."""
    html = "<p class=MsoNormal>Password: a b<o:p></o:p></p><![if !supportLists]>x<![endif]><p class=MsoNormal><o:p>&nbsp;</o:p></p>"

    assert html_text(html).split("\n")[0] == "Password: a b"


@pytest.mark.parametrize("size", [1000, 100_000])
@pytest.mark.parametrize(
    "piece",
    ["<div>", "<table><tr><td>", "<blockquote type=cite>", "<!", "<!--", "<![", "<a ", '<a "', "</", "<?", "&", "&#", "<script>", "<span class=gmail_quote>", "<div style='display:none'>", "Von: x\n", "a:", "> "],
)  # fmt: skip
def test_no_page_takes_long(piece: str, size: int) -> None:
    """The library's parser needs minutes for 100 kB of some of them."""
    html_text(piece * (size // (10 if "<t" in piece else 1)))

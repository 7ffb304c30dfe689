"""One harness for each parser: its laws, and the fixtures it starts from.

A harness takes any bytes and raises when a law is broken: the parser raised, read the same bytes differently the second
time, lost a row, gave a password nobody wrote, or used more than two seconds of CPU.
"""

import csv
import email
import io
import struct
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.dav.people import without_invitations
from parsers.archive import unpack
from parsers.attachments import Attachment
from parsers.body import parse_body
from parsers.components import OBJECTS, CalendarReader
from parsers.desk import Desk
from parsers.explain import explain
from parsers.html import html_lines, html_text
from parsers.ics import parse_calendar
from parsers.letter import read_letter
from parsers.message import parse_message
from parsers.request import read_request
from parsers.rtf import rtf_letter, unpack_rtf
from parsers.table import parse_table
from parsers.text import split_blocks
from parsers.tnef import read_tnef
from parsers.when import parse_start
from tests.fuzz.cardlaws import Broken, cards, lines, must
from tests.fuzz.wordlaws import answers, asking, autoconfig, forward, language, orders, starts, text_of

MOST_SECONDS: Final = 2.0  # of CPU, for one input
FIXTURES: Final = Path(__file__).parents[2] / "fixtures"
LONGEST_SEED: Final = 16_000
DESK: Final = Desk(
    support=frozenset({"support@host.example"}),
    bot=frozenset({"ferry@host.example"}),
    staff=("ann@host.example", "@desk.host.example"),
    own_message_domain="ferry.host.example",
    zone="Europe/Berlin",
)
LOST: Final = frozenset(
    {"cut-object", "no-start", "bad-date", "too-many-dates", "too-big", "unusable-object", "duplicate-object"}
)
NOW: Final = datetime(2026, 3, 27, 23, 30, tzinfo=UTC)  # near midnight, before a change of the clocks


@dataclass(frozen=True, slots=True)
class Harness:
    """What is run with any bytes, and which files to begin with (pattern below fixtures/)."""

    check: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]

    def run(self, data: bytes) -> None:
        """Raise when a law is broken."""
        started = time.process_time()
        self.check(data)
        if (took := time.process_time() - started) > MOST_SECONDS:
            raise Broken(f"{took:.1f} s of CPU for {len(data)} bytes")


def twice(parse: Callable[[], object]) -> None:
    must(parse() == parse(), "the second reading differs")


def in_process(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


# --- the laws -----------------------------------------------------------------------------------------------------


def message(data: bytes) -> None:
    twice(lambda: parse_message(data))


def letter(data: bytes) -> None:
    twice(lambda: read_letter(data, DESK))


def request(data: bytes) -> None:
    twice(lambda: explain(read_request(data, DESK, safely=in_process), reveal=True))


def body(data: bytes) -> None:
    text = text_of(data)
    for asked in (False, True):
        for row in parse_body(text, asked=asked).value.rows:
            for word in (row.password, *row.password_alternatives, row.address, row.login):
                must(word != "", "an empty value")
            must(len(row.password_alternatives) <= 1, "more than two candidates")
    twice(lambda: parse_body(text))
    must(
        "\n".join(block.text for block in split_blocks(text)) == "\n".join(text_lines(text)), "a line is lost"
    )


def text_lines(text: str) -> list[str]:
    from parsers.text import split_lines

    return split_lines(text)


def secret(data: bytes) -> None:
    """A labelled password comes out as it went in, or is asked for."""
    said = "".join(char for char in text_of(data)[:60] if char.isprintable()).strip()
    text = f"Email: anna@old.example\nPassword: {said}\nServer: imap.old.example\n"
    for row in parse_body(text).value.rows:
        if row.password is not None:
            must(said in (row.password, *row.password_alternatives), "a password nobody wrote")
            must(row.address == "anna@old.example", "the password of nobody's mailbox")


def table(data: bytes) -> None:
    twice(lambda: parse_table(data, "a.csv"))


def rows(data: bytes) -> None:
    """Each account of a well-formed table is a row; its password as written, or asked for."""
    delimiter = ";,\t|"[data[0] % 4] if data else ";"
    said = [line[:60] for line in text_of(data[1:]).splitlines()[:20]]
    passwords = ["".join(char for char in line if char.isprintable()) for line in said]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["email", "password", "server"])
    writer.writerows([f"u{n}@old.example", word, "imap.old.example"] for n, word in enumerate(passwords))
    found = {row.address: row for row in parse_table(out.getvalue().encode(), "a.csv").value}
    for n, word in enumerate(passwords):
        row = found.get(f"u{n}@old.example")
        must(row is not None, "a row is lost")
        if row is not None and row.password is not None:
            must(word in (row.password, *row.password_alternatives), "a password nobody wrote")
            must(row.host == "imap.old.example", "a server nobody wrote")


def sheet(data: bytes) -> None:
    twice(lambda: parse_table(data, "a.xlsx"))


def when(data: bytes) -> None:
    text = text_of(data)
    twice(lambda: parse_start(text, now=NOW, zone="Europe/Berlin"))
    start = parse_start(text, now=NOW, zone="Europe/Berlin")
    must(start.utc is None or start.problem in (None, "past"), "an instant and a question")


def calendar(data: bytes) -> None:
    twice(lambda: parse_calendar(data))
    parsed = parse_calendar(data)
    begun = sum(one.name in OBJECTS for one in CalendarReader().read(data))
    kept = sum(
        thing.data.count(f"\r\nBEGIN:{thing.component}\r\n".encode()) for thing in parsed.value.objects
    )
    named = sum(problem.code in LOST for problem in parsed.problems)
    must(begun == kept + named, "a component is in no object and in no problem")
    must(len({one.uid for one in parsed.value.objects}) == len(parsed.value.objects), "one UID, two objects")
    for thing in parsed.value.objects:
        again = parse_calendar(thing.data).value.objects
        must([one.uid for one in again] == [thing.uid], "what we made of an object is not one")
        must(again[0].data == thing.data, "what we made of an object is read as another one")
        silent = without_invitations(thing.data)
        must(without_invitations(silent) == silent, "silenced twice is not silenced once")


def archive(data: bytes) -> None:
    one = Attachment(name="a.zip", content_type="application/zip", kind="other", data=data)
    twice(lambda: unpack([one]))


def winmail(data: bytes) -> None:
    twice(lambda: read_tnef(data))
    twice(lambda: read_tnef(with_checksums(data)))


def rtf(data: bytes) -> None:
    twice(lambda: (rtf_letter(data), unpack_rtf(data)))
    size = struct.pack("<II4sI", len(data) + 12, 4 * len(data), b"LZFu", 0)
    unpacked = unpack_rtf(size + data)
    must(unpacked is None or len(unpacked) <= 4 * len(data), "more than the size it says")


def with_checksums(data: bytes) -> bytes:
    """Damage behind a right checksum gets further."""
    whole, at = bytearray(data), 6
    while at + 9 <= len(whole):
        (length,) = struct.unpack_from("<I", whole, at + 5)
        end = at + 9 + length
        if end + 2 > len(whole):
            break
        struct.pack_into("<H", whole, end, sum(whole[at + 9 : end]) & 0xFFFF)
        at = end + 2
    return bytes(whole)


def html(data: bytes) -> None:
    text = text_of(data)
    twice(lambda: (html_text(text), html_lines(text)))


# --- where they start ---------------------------------------------------------------------------------------------


def files(*patterns: str) -> Callable[[], Iterator[bytes]]:
    def found() -> Iterator[bytes]:
        for pattern in patterns:
            for file in sorted(FIXTURES.glob(pattern)):
                if (data := file.read_bytes()) and len(data) <= LONGEST_SEED:
                    yield data

    return found


def attached(kind: str, start: bytes = b"") -> Iterator[bytes]:
    for file in sorted(FIXTURES.glob("requests/*/in.eml")):
        for one in parse_message(file.read_bytes()).value.attachments:
            if one.kind == kind and one.data.startswith(start) and len(one.data) <= LONGEST_SEED:
                yield one.data


def letters() -> Iterator[bytes]:
    for file in sorted(FIXTURES.glob("requests/*/in.eml")):
        for block in parse_message(file.read_bytes()).value.blocks:
            yield block.text.encode()


def workbooks() -> Iterator[bytes]:
    from tests.workbooks import Sheet, ods, xlsx

    cells: list[list[Any]] = [["email", "password", "port"], ["anna@old.example", "x1", 993]]
    yield from (xlsx(Sheet(cells)), ods(Sheet(cells)))
    yield from attached("table", b"PK")
    yield from attached("table", b"\xd0\xcf")


def phrases() -> Iterator[bytes]:
    for line in (FIXTURES / "when" / "phrases.tsv").read_text("utf-8").splitlines():
        yield from (cell.encode() for cell in line.split("\t") if cell)


def zips() -> Iterator[bytes]:
    """Stored and packed, folders, an archive inside, names of old packers, encrypted, streamed, a bomb."""
    from tests.test_archive import CSV, tnef, zipped

    cards = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nEND:VCARD\r\n"
    yield from (zipped(a__csv=CSV), zipped(a__csv=CSV, b__csv=CSV), zipped(a__zip=zipped(b__csv=CSV)))
    yield zipped(a__csv=b"0" * 300_000, winmail__dat=tnef({"a.csv": CSV}))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as stored:
        stored.writestr("anna@old.example/", b"")
        stored.writestr("anna@old.example/cards.vcf", cards)
        stored.writestr("Postf\u00e4cher/\u017c.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    yield out.getvalue()
    packed = bytearray(zipped(a__csv=CSV))
    packed[6] |= 1  # the bit that says encrypted
    yield bytes(packed)
    packed[6] = 8  # sizes stand behind the data
    yield bytes(packed)
    yield from attached("other", b"PK")


def winmails() -> Iterator[bytes]:
    from tests.test_archive import CSV, tnef
    from tests.test_rtf import EXAMPLE, RTF, packed, winmail

    yield from (tnef({"a.csv": CSV}), tnef({}, b"hello"), tnef({"a.csv": CSV, "b.csv": CSV}, b"hello"))
    yield from (winmail(packed(RTF + rb"Hello \'fc\u8364 ?\par x\tab\{\}}")), winmail(EXAMPLE))


def rtfs() -> Iterator[bytes]:
    from tests.test_rtf import RTF

    yield from (RTF + rb"Hello \'fc\u8364 ?\par x\tab\{\}}", RTF + rb"{\pict 01}\bin3 abc{\*\x y}\uc0\u233 }")
    yield rb"{\rtf1\ansi\fromhtml1 {\*\htmltag <p>}\htmlrtf \par\htmlrtf0 a{\*\htmltag <table><tr><td>}b}"


def all_text() -> Iterator[bytes]:
    """The text of every mail, quotations too."""
    for file in sorted(FIXTURES.glob("requests/*/in.eml")):
        blocks = parse_message(file.read_bytes()).value.blocks
        yield "\n".join(block.text for block in blocks).encode()[:LONGEST_SEED]


def few_words() -> Iterator[bytes]:
    """Orders in several languages, alone and around others."""
    from tests.test_orders import SAID

    yield from (said.encode() for said, _ in SAID)


def provider_files() -> Iterator[bytes]:
    from tests.test_autoconfig import incoming, xml

    yield from (xml(incoming()), xml(incoming(), incoming(kind="pop3")), xml())


def pages() -> Iterator[bytes]:
    """The HTML parts of the fixtures, decoded; and what lays tables, cells and quotations inside each other."""
    for data in files("requests/*/in.eml")():
        for part in email.message_from_bytes(data).walk():
            if part.get_content_type() == "text/html" and isinstance(
                page := part.get_payload(decode=True), bytes
            ):
                yield page[:LONGEST_SEED]
    yield b"<table><tr><td rowspan=2>a<td colspan=3>b<tr><td><table><tr><th>c</table><tr><td>d</table>"
    yield b"<blockquote type=cite><pre>a\n b<br></pre><ul><li>x<li hidden>y</ul><div class=gmail_quote>z"
    yield b"<p style='display:none'>a</p><!--[if mso]>b<![endif]--><span style='font-size:0'>c</span>&nbsp;&#128;&lt;"


HARNESSES: Final[dict[str, Harness]] = {
    "message": Harness(message, files("requests/*/in.eml")),
    "letter": Harness(letter, files("requests/*/in.eml")),
    "request": Harness(request, files("requests/*/in.eml")),
    "body": Harness(body, letters),
    "secret": Harness(secret, phrases),
    "table": Harness(table, files("tables/*/in.*")),
    "rows": Harness(rows, phrases),
    "sheet": Harness(sheet, workbooks),
    "when": Harness(when, phrases),
    "lines": Harness(lines, files("cards/*.vcf", "calendars/*.ics")),
    "cards": Harness(cards, files("cards/*.vcf")),
    "calendar": Harness(
        calendar, files("calendars/*.ics", "calendars/clients/*.ics", "calendars/clients/*.vcs")
    ),
    "zip": Harness(archive, zips),
    "winmail": Harness(winmail, winmails),
    "html": Harness(html, pages),
    "rtf": Harness(rtf, rtfs),
    "forward": Harness(forward, all_text),
    "language": Harness(language, letters),
    "orders": Harness(orders, few_words),
    "starts": Harness(starts, letters),
    "answers": Harness(answers, all_text),
    "asking": Harness(asking, letters),
    "autoconfig": Harness(autoconfig, provider_files),
}

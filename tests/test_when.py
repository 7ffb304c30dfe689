"""What a wanted start means: the phrase table, and the laws of a reader that never guesses."""

import csv
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.starting import find_doubtful, find_start, written_at
from parsers.startphrase import read_lone_start, read_open_starts, read_start_phrases, read_starts
from parsers.when import parse_start, read_start
from parsers.whenstart import FARTHEST, Start
from parsers.whenzone import instants

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def phrases() -> list[list[str]]:
    lines = (ROOT / "fixtures" / "when" / "phrases.tsv").read_text("utf-8").splitlines()
    return [
        row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if not row[0].startswith("#")
    ]


@pytest.mark.parametrize(
    ("group", "language", "phrase", "now", "zone", "expected"), phrases(), ids=lambda value: value[:40]
)
def test_a_phrase_means_what_a_careful_agent_understands(
    group: str, language: str, phrase: str, now: str, zone: str, expected: str
) -> None:
    """A start taken wrongly copies somebody's mail at the wrong hour: none may be wrong."""
    start = parse_start(phrase, now=datetime.fromisoformat(now), zone=zone)
    instant = start.utc.strftime("%Y-%m-%dT%H:%M:%SZ") if start.utc else ""

    assert (start.problem or instant or "soon") == expected
    assert start.said == phrase.strip()


def test_there_are_as_many_phrases_as_promised() -> None:
    """Fifty, fifteen held out and thirteen ambiguous ones were the study; a table that shrinks proves less."""
    groups = [row[0] for row in phrases()]

    assert groups.count("clear") >= 53
    assert groups.count("ambiguous") >= 25
    assert {row[1] for row in phrases()} >= {"en", "de", "fr", "es", "it", "nl", "pt", "pl"}


def test_what_is_asked_back_offers_instants_that_are_still_to_come() -> None:
    """Two readings are two choices, soonest first; never one that is over."""
    swapped = parse_start("5/12/2026 20:00", now=datetime(2026, 1, 2, 9, tzinfo=UTC), zone=BERLIN)
    night = parse_start("25.10.2026 02:30", now=datetime(2026, 10, 10, tzinfo=UTC), zone=BERLIN)
    either = parse_start("Samstag oder Sonntag 22 Uhr", now=NOW, zone=BERLIN)

    assert [one.astimezone(ZoneInfo(BERLIN)).isoformat() for one in swapped.choices] == [
        "2026-05-12T20:00:00+02:00",
        "2026-12-05T20:00:00+01:00",
    ]
    assert [one.isoformat() for one in night.choices] == [
        "2026-10-25T00:30:00+00:00",
        "2026-10-25T01:30:00+00:00",
    ]
    assert [one.day for one in either.choices] == [28, 29]


def test_several_phrases_are_one_start_only_where_they_agree() -> None:
    """A label and a sentence, or the column of every row: two different times are a question."""
    same = read_start(["Saturday 22:00", "28.11.2026, 22 Uhr"], now=NOW, zone=BERLIN)
    split = read_start(["Samstag, 5.12.", "22 Uhr"], now=NOW, zone=BERLIN)
    other = read_start(["Saturday 22:00", "Sunday 22:00"], now=NOW, zone=BERLIN)

    assert same is not None
    assert same.utc == datetime(2026, 11, 28, 21, tzinfo=UTC)
    assert split is not None
    assert split.utc == datetime(2026, 12, 5, 21, tzinfo=UTC)
    assert other is not None
    assert (other.utc, other.problem, len(other.choices)) == (None, "ambiguous", 2)
    assert read_start([" "], now=NOW, zone=BERLIN) is None


def test_a_clock_that_hides_its_zone_makes_tomorrow_a_question_around_midnight() -> None:
    """Some mail programs write every Date in UTC."""
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)

    assert parse_start("tomorrow 22:00", now=late, zone=BERLIN).problem == "ambiguous"
    assert parse_start("5.12.2026 22:00", now=late, zone=BERLIN).utc == datetime(2026, 12, 5, 21, tzinfo=UTC)
    assert parse_start("tomorrow 22:00", now=late.astimezone(ZoneInfo(BERLIN)), zone=BERLIN).utc == datetime(
        2026, 11, 25, 21, tzinfo=UTC
    )


def test_a_date_far_from_our_clock_is_not_believed() -> None:
    """Within an hour the writer's own offset counts; else the receipt does."""
    theirs = datetime(2026, 11, 23, 4, tzinfo=ZoneInfo("America/New_York"))

    assert written_at(theirs, NOW) is theirs
    assert written_at(theirs - timedelta(hours=2), NOW) is NOW
    assert written_at(None, NOW) is NOW
    assert written_at(theirs, None) is theirs


WISHES = [
    ("Please start on Saturday 5 December at 22:00. Thanks!", ["Saturday 5 December at 22:00"]),
    ("Bitte am Samstag, 5.12., um 22 Uhr umziehen.", ["Samstag, 5.12., um 22 Uhr"]),
    (
        "Bitte starten Sie die Migration am Samstag, den 5. Dezember 2026 um\n22:00 Uhr (MEZ).",
        ["Samstag, den 5. Dezember 2026 um 22:00 Uhr (MEZ)"],
    ),
    (
        "Merci de migrer mon adresse le 5 décembre à 22h30 (heure de Paris).",
        ["5 décembre à 22h30 (heure de Paris)"],
    ),
    ("Por favor migrar el sábado 5 de diciembre a las 22:00.", ["sábado 5 de diciembre a las 22:00"]),
    ("Vorremmo spostare la casella sabato 5 dicembre alle 22.", ["sabato 5 dicembre alle 22"]),
    ("Graag op zaterdag 5 december om 22.00 uur overzetten.", ["zaterdag 5 december om 22.00 uur"]),
    ("Prosimy o przeniesienie w sobotę 5 grudnia o 22:00.", ["sobotę 5 grudnia o 22:00"]),
    ("Gostaríamos de migrar no sábado, 5 de dezembro, às 22h.", ["no sábado, 5 de dezembro, às 22h"]),
    ("Umzug am 5. Dezember um 22 Uhr", ["5. Dezember um 22 Uhr"]),
    ("Can the migration take place tomorrow at 9 am, Eastern time?", ["tomorrow at 9 am, Eastern time"]),
    (
        "Our contract ends on 31 December, so please start on Saturday 5 December at 22:00 CET.",
        ["Saturday 5 December at 22:00 CET"],
    ),
    ("Bitte nicht vor Samstag, 5.12., 22:00 Uhr starten.", ["nicht vor Samstag, 5.12., 22:00 Uhr"]),
    ("We would like the migration to happen next week.", ["next week"]),
    ("Please migrate us on Saturday 22:00 or on Sunday 22:00.", ["Saturday 22:00 or on Sunday 22:00"]),
    (
        "Bitte ziehen Sie mein Postfach am Samstag, den 5. Dezember, um 22 Uhr um.",
        ["Samstag, den 5. Dezember, um 22 Uhr"],
    ),
    ("Please do all this on Saturday at 22:00.", ["Saturday at 22:00"]),
    ("Bitte am Samstag, 5.12., um 22 Uhr.", ["Samstag, 5.12., um 22 Uhr"]),
    ("Please confirm on Monday at 9:00.", []),
    ("Please call me on Saturday at 10:00.", []),
    ("My contract ends on 31 December.", []),
    ("Please migrate our 3 mailboxes to you.", []),
    ("Merci de migrer mon compte. Hier die Daten.", []),
    ("Please move everything before 31 December.", []),
    ("We will switch the MX on Saturday at 22:00, please copy our mail.", []),
    ("Please migrate mails newer than 5 December 2024.", []),
    ("Please import the contacts. The call yesterday at 10:00 was nice.", []),
    ("Bitte übernehmen Sie die Mails. Ich bin am 5.12. um 22 Uhr erreichbar.", []),
    ("I wrote on 5 December at 22:00 and asked to move.", []),
    ("Bitte ziehen Sie unser Postfach um. Wir sind seit 5. Dezember 2024 Kunde.", []),
    ("Start for example like this: please start on Saturday 22:00.", []),
    ("Please move the mailbox within 24 hours", []),
    ("Password: please-start-5.12.-22:00", []),
    ("Password:\nplease start 5.12. 22:00", []),
    ("The password is please start 5.12. 22:00", []),
    ("anna@old.example / please start 5.12. 22:00 / imap.old.example", []),
    ("IMAP server: imap.old.example\nPlease start on Saturday 22:00", ["Saturday 22:00"]),
]


@pytest.mark.parametrize(("text", "phrases"), WISHES, ids=lambda value: str(value)[:30])
def test_a_start_is_taken_from_a_sentence_that_asks_for_it(text: str, phrases: list[str]) -> None:
    """And never from a date that merely occurs: a contract's end is no night to copy mail."""
    assert list(read_start_phrases(text)) == phrases


def test_a_sentence_that_says_no_is_no_start() -> None:
    """The whole of "do not start on Saturday" is shown, and asked about."""
    (said,) = read_start_phrases("Please do not start on Saturday 22:00.")

    assert parse_start(said, now=NOW, zone=BERLIN).problem == "vague"


def test_an_answer_may_be_nothing_but_a_time() -> None:
    """We asked for one; they type it and send."""
    assert read_lone_start("Hello,\n\nok, Samstag 5.12. 22 Uhr passt\n\nAnna") == "Samstag 5.12. 22 Uhr"
    assert read_lone_start("2026-12-05 22:00 (Europe/Berlin)") == "2026-12-05 22:00 (Europe/Berlin)"
    assert read_lone_start("As soon as possible!") == "As soon as possible"
    assert read_lone_start("Saturday 22:00\nSunday 22:00") is None
    assert read_lone_start("On Monday we are closed") is None
    assert read_lone_start("22:00") is None


@given(
    said=st.text(max_size=200) | st.text("0123456789.:/- aptmhuhrsdeco", max_size=40),
    offset=st.integers(-12, 14),
)
@settings(max_examples=300, deadline=None)
def test_no_phrase_makes_the_reader_fail_or_guess(said: str, offset: int) -> None:
    """Never raises; an instant and a problem exclude each other but for what is past; twice is the same."""
    now = NOW + timedelta(hours=offset)
    start = parse_start(said, now=now, zone=BERLIN)

    assert start == parse_start(said, now=now, zone=BERLIN)
    assert start.utc is None or start.problem in (None, "past")
    assert start.utc is None or start.problem == "past" or now < start.utc <= now + FARTHEST
    assert len(start.choices) <= 3
    assert all(one > now for one in start.choices)
    read_start_phrases(said)
    read_lone_start(said)


@given(
    moment=st.integers(1_780_000_000, 1_784_000_000),
    zone=st.sampled_from([BERLIN, "America/New_York", "Asia/Kolkata", "UTC"]),
)
@settings(max_examples=100, deadline=None)
def test_what_is_written_in_full_comes_out_as_it_went_in(moment: int, zone: str) -> None:
    """Every instant of the next weeks, spelled in four ways, unless its wall time exists twice."""
    now = datetime.fromtimestamp(1_779_999_000, UTC)
    wanted = datetime.fromtimestamp(moment // 60 * 60, UTC)
    local = wanted.astimezone(ZoneInfo(zone))
    single = len(instants(local.replace(tzinfo=None, fold=0), ZoneInfo(zone))) == 1
    spelled = ("%Y-%m-%d %H:%M", "%d.%m.%Y, %H:%M Uhr", "%A, %-d %B %Y, %H:%M", "%B %-d, %Y at %-I:%M pm")

    for form in spelled:
        text = local.strftime(form)
        text = text.replace("pm", "am") if local.hour < 12 else text
        if single and wanted > now and not (local.hour == 0 and text.endswith("am")):
            assert parse_start(text, now=now, zone=zone).utc == wanted, text


@pytest.mark.parametrize("size", [10**3, 10**4, 10**5, 10**6])
def test_time_grows_no_faster_than_the_text(size: int) -> None:
    """Anybody may write a megabyte of almost dates."""
    hostile = [
        "a",
        "please ",
        ". ",
        "not ",
        "please start 5.12. 22 Uhr. ",
        "1",
        "5.",
        "\n",
        "please move at 1 ",
        "5.12. ",
        "2026-",
        "ab ",
        "(",
        ":",
    ]
    for piece in hostile:
        text = (piece * (size // len(piece) + 1))[:size]
        begin = time.perf_counter()
        read_start_phrases(text)
        read_lone_start(text)
        parse_start(text, now=NOW, zone=BERLIN)
        parse_start(text[:160], now=NOW, zone=BERLIN)
        assert time.perf_counter() - begin < 4, piece


def test_a_clear_phrase_imports_nothing_slow() -> None:
    """The library with its hundreds of languages is loaded for words our grammar does not know, and only then."""
    program = (
        "import sys\nfrom datetime import datetime, UTC\nfrom parsers.when import parse_start\n"
        "parse_start(sys.argv[1], now=datetime(2026, 11, 23, 9, tzinfo=UTC), zone='Europe/Berlin')\n"
        "print('dateparser' in sys.modules)"
    )

    def imports_it(said: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program, said], capture_output=True, text=True, check=True, cwd=ROOT
        )
        return done.stdout.strip()

    assert imports_it("Samstag, 5.12., 22 Uhr") == "False"
    assert imports_it("lördag den 5 december kl. 22:00") == "True"


def test_further_languages_are_read_by_the_names_of_their_days_and_months() -> None:
    """Swedish, Czech, Turkish, Romanian and Russian need no grammar of ours."""
    for said in (
        "lördag den 5 december kl. 22:00",
        "sobota 5. prosince 2026 v 22:00",
        "5 Aral\u0131k 2026 22:00",
        "sâmbătă, 5 decembrie 2026, ora 22:00",
        "5 декабря 2026 22:00",
    ):
        assert parse_start(said, now=NOW, zone=BERLIN).utc == datetime(2026, 12, 5, 21, tzinfo=UTC), said
    assert parse_start("söndag den 5 december kl. 22:00", now=NOW, zone=BERLIN).problem == "ambiguous"


def test_a_mail_without_a_start_pays_for_no_child() -> None:
    """Nearly every mail."""

    def never(*_: object) -> None:
        raise AssertionError("a child for nothing")

    assert find_start((None, "", "  "), NOW, BERLIN, never) is None
    assert find_start(("Saturday 22:00",), None, BERLIN, never) == Start(
        said="Saturday 22:00", problem="vague"
    )


@pytest.mark.parametrize(
    ("text", "sure", "doubtful"),
    [
        ("This coming Saturday at 22:00 would suit me best.", ["This coming Saturday at 22:00"], []),
        ("Please don't touch anything before Dec 5th 2026, 6:30 PM.", ["Dec 5th 2026, 6:30 PM"], []),
        (
            "Right after Christmas would be perfect. We close on 31 December at 12:00.",
            ["after Christmas"],
            [],
        ),
        ("Begin on Friday the 4th at 20:00 AEDT.", ["Friday the 4th at 20:00 AEDT"], []),
        (
            "À démarrer le jeudi 3 décembre à 19 h (heure de Tombouctou).",
            ["jeudi 3 décembre à 19 h (heure de Tombouctou)"],
            [],
        ),
        (
            "Mejor el domingo 6 de diciembre a las 23:00, el sábado tenemos una boda.",
            ["domingo 6 de diciembre a las 23:00"],
            [],
        ),
        ("Saturday 28 November 20:00 doesn't work, we have guests.", [], []),
        ("On Wednesday 25 November at 10:00 the plumber is here.", [], []),
        ("Der Anbieter schaltet am 30.11. um 24 Uhr ab.", [], []),
        ("The slot would then be Saturday 28 November 20:00.", [], ["Saturday 28 November 20:00"]),
        ("Da spostare la prossima settimana.", ["la prossima settimana"], []),
        ("Not on the weekend - Tuesday 1 Dec, 20:00", ["Tuesday 1 Dec, 20:00"], []),
        (
            "The call about the migration is on Thursday 26 November at 14:00.",
            [],
            ["Thursday 26 November at 14:00"],
        ),
        ("We are here Monday to Friday, 9:00 - 17:00.", [], []),
        ("anna@old.example, password Secret1. Please begin on Saturday at 22:00.", ["Saturday at 22:00"], []),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_governs_a_time_decides_what_it_is(text: str, sure: list[str], doubtful: list[str]) -> None:
    """The move, or a word that judges the time: a start. Another matter: none. Nothing of either: a question."""
    assert read_starts(text) == (tuple(sure), tuple(doubtful))


def test_a_time_in_passing_is_asked_about_while_it_may_be_meant() -> None:
    """A clear time to come might be the start; what is over, or months away, was said of something else."""

    def directly(function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)

    asked = find_doubtful(("Saturday 28 November at 20:00",), NOW, BERLIN, directly)

    assert asked is not None
    assert (asked.utc, asked.problem) == (None, "ambiguous")
    assert asked.choices == (datetime(2026, 11, 28, 19, tzinfo=UTC),)
    for said in ("20 November at 18:00", "20 November 2026 at 18:00", "next month"):
        assert find_doubtful((said,), NOW, BERLIN, directly) is None, said


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("We close Friday at 17:00. You can start then.", ["Friday at 17:00"]),
        ("Freitag um 17 Uhr machen wir zu. Danach können Sie anfangen.", ["Freitag um 17 Uhr"]),
        ("Please move us when the office is empty.", ["when the office is empty"]),
        ("Sobald wir geschlossen haben, können Sie anfangen.", ["Sobald wir geschlossen haben"]),
        ("Veuillez migrer ma boîte quand nous serons fermés.", ["quand nous serons fermés"]),
        ("Bitte nachts kopieren.", ["nachts"]),
        ("Start it at the time we agreed on the phone.", ["at the time we agreed on the phone"]),
        ("Please start when you are ready.", []),
        ("Bitte umziehen, sobald es Ihnen passt.", []),
        ("Please move my mailbox. Tell me when the work begins.", []),
        ("When you have moved it, I will switch the MX.", []),
        ("Wenn Sie Fragen zum Umzug haben, rufen Sie mich abends an.", []),
        ("Please begin with Anna's mailbox and then do Ben's.", []),
        ("I sent the password on Friday, please start. Can you finish before then?", []),
    ],
)
def test_a_start_that_hangs_on_an_event_is_asked_about(text: str, asked: list[str]) -> None:
    """Overlooked, it would have the copy begin at once."""
    assert list(read_open_starts(text)) == asked


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("27 November 20:00 Montreal time", 1),
        ("27 November 20:00 (Bucharest)", 18),
        ("27 November 8pm New York", 1),
        ("27 November 8pm our time (London)", 20),
        ("27 novembre alle 20 ora di Bucarest", 18),
        ("27.11. 20 Uhr Münchner Zeit", None),
        ("27 de noviembre, 20:00 hora de Córdoba", None),  # in Spain, and in Argentina
    ],
)
def test_a_city_is_its_zone(said: str, hour: int | None) -> None:
    """Names of the tz database, in whatever language; a place nobody knows is asked about."""
    start = parse_start(said, now=NOW, zone="Europe/Berlin")

    assert (start.utc and start.utc.hour) == hour
    assert start.problem == (None if hour is not None else "vague")


@pytest.mark.parametrize(
    "said", ["Friday 20:00-22:00", "Friday 20:00 - 22:00", "vendredi 20h-22h", "Friday 8pm-10pm"]
)
def test_a_stretch_of_time_begins_with_its_first_hour(said: str) -> None:
    start = read_start([said], now=NOW, zone=BERLIN)

    assert start is not None
    assert (start.utc, start.problem) == (datetime(2026, 11, 27, 19, 0, tzinfo=UTC), None)


def test_hours_on_several_days_are_somebody_s_and_no_start() -> None:
    assert read_starts("You can reach me Mon-Fri 9:00-16:00.") == ((), ())

"""The forty cases of contacts and calendars, and the tests that say so; a test that is renamed or removed is missed here."""

import ast
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.test_forty import Case, case

HERE: Final = Path(__file__).parent
PASS: Final = "contract/test_dav_pass.py"
CORPUS: Final = f"{PASS}::test_every_readable_item_of_every_fixture_lands_and_a_second_import_puts_nothing"
CARDS: Final = "test_vcard_corpus.py::test_an_export_becomes_what_it_should"
CLIENTS: Final = "test_ics_laws.py::test_what_was_put_right_is_right"
ENDS: Final = f"{PASS}::test_an_event_with_an_odd_end_lands"
BARE: Final = f"{PASS}::test_what_is_published_or_bare_lands_and_is_the_same_the_next_time"
SILENT: Final = f"{PASS}::test_no_invitation_reply_or_cancellation_ever_leaves"
TWO: Final = f"{PASS}::test_two_events_under_one_uid_are_two_on_every_server"
NO_NEWER: Final = "Debian's sabre/dav is 1.8, which mails nobody on PUT; the same rule holds on Cyrus, SOGo and Xandikos, which do"
CONTROL: Final = f"{PASS}::test_the_control_sends_mail"

CASES: Final = {
    1: case("an Outlook 2.1 card", "test_vcard.py::test_an_outlook_card_keeps_its_name_its_phones_and_its_picture", CORPUS),
    2: case("an Android card with a broken picture", "test_vcard.py::test_a_broken_picture_costs_only_itself_and_is_named", CORPUS),
    3: case("ENCODING=BASE64", CARDS, CORPUS),
    4: case("a 4.0 card with a data: picture", "test_vcard.py::test_a_version_4_card_becomes_3_with_the_same_bytes_in_its_picture"),
    5: case("a bare comma", "test_vcard.py::test_text_with_bare_commas_reaches_a_library_whole", CORPUS),
    6: case("three cards, one cut", "test_dav.py::test_bad_items_are_named_and_the_good_ones_are_there"),
    7: case("no UID, twice", BARE, "test_vcard.py::test_a_missing_uid_is_the_same_in_every_export"),
    8: case("no UID, one phone changed", "test_vcard_fit.py::test_a_changed_card_without_a_uid_is_told_from_one_that_is_there"),
    9: case("two cards of one UID", "test_vcard.py::test_of_twins_one_is_dropped_and_a_namesake_is_kept"),
    10: case("lines folded in their parameters", "test_vcard.py::test_lines_folded_inside_their_parameters_are_not_glued_to_the_address"),
    11: case("no FN, no N", CARDS, CORPUS),
    12: case("groups of 4.0", CARDS, CORPUS),
    13: case("labels of Apple", CARDS, CORPUS),
    14: case("BOM, UTF-16, latin-1", "test_vcard_corpus.py::test_mark_charset_and_line_ends_are_no_difference"),
    15: case("CR-only line ends", "test_vcard_corpus.py::test_mark_charset_and_line_ends_are_no_difference", "test_ics.py::test_line_ends_and_charsets_make_no_difference"),
    16: case("control characters", CARDS, CORPUS),
    17: case("a card of 12 MB", "test_dav_transport.py::test_what_is_too_big_is_named_with_its_size_and_not_sent"),
    18: case("an odd UID", f"{PASS}::test_an_odd_uid_stays_what_it_is", "test_dav_transport.py::test_a_uid_of_any_characters_is_stored_under_a_safe_name"),
    19: case("a calendar that is cut", "test_dav.py::test_a_truncated_calendar_brings_its_whole_events"),
    20: case("a bad alarm", "test_ics.py::test_every_bad_item_costs_only_itself", CORPUS),
    21: case("a bad zone", "test_ics_laws.py::test_a_zone_of_ours_keeps_every_hour_of_a_series", CORPUS),
    22: case("a Windows zone without VTIMEZONE", CLIENTS, "test_ics_laws.py::test_everything_takes_place_when_it_did"),
    23: case("a zone by its display name", "test_ics_laws.py::test_an_unknown_zone_is_said_and_a_known_one_is_not"),
    24: case("X-WR-TIMEZONE", "test_ics_laws.py::test_everything_takes_place_when_it_did"),
    25: case("a floating time", "test_fit_object.py::test_a_floating_time_gets_the_accounts_zone_only_where_it_would_get_another"),
    26: case("TZID and Z", "test_ics.py::test_instants_and_days_stay_what_they_were"),
    27: case("overrides", "test_ics.py::test_an_override_joins_its_series_whichever_comes_first", "test_ics.py::test_a_date_without_its_series_is_an_event_of_its_own"),
    28: case("two masters of one UID", "test_ics.py::test_two_events_of_one_uid_are_kept_and_twins_are_not", TWO, CORPUS),
    29: case("zero length", ENDS, "test_fit_object.py::test_an_event_without_an_end_gets_a_minute_only_where_it_must"),
    30: case("an end before its start", ENDS),
    31: case("no start, month 13", "test_dav.py::test_bad_items_are_named_and_the_good_ones_are_there"),
    32: case("METHOD, no PRODID, no DTSTAMP", BARE),
    33: case("tasks and journals", f"{PASS}::test_tasks_and_journals_land_or_are_named", "test_dav_transport.py::test_tasks_get_a_list_and_a_diary_is_named_where_the_calendar_takes_events_only"),
    34: case("the user invites", SILENT, CONTROL, open=NO_NEWER),
    35: case("the user was invited", SILENT, CONTROL, open=NO_NEWER),
    36: case("a colleague on the same server", SILENT, open=NO_NEWER),
    37: case("SOGo holds the UID", f"{PASS}::test_what_is_there_with_other_content_is_kept", "test_dav_transport.py::test_a_server_that_overwrites_is_never_asked_to"),
    38: case("resets", "test_dav_transport.py::test_resets_anywhere_end_with_one_of_each", "test_dav.py::test_a_put_whose_answer_is_lost_is_looked_up_before_it_is_sent_again"),
    39: case("six refusals", "test_dav_transport.py::test_six_refusals_are_six_outcomes"),
    40: case("three mailboxes and three files", "journeys/test_files.py::test_files_of_three_mailboxes_find_their_owners"),
}  # fmt: skip


def test_there_are_forty() -> None:
    """None is left out; one that is not proved says so."""
    assert sorted(CASES) == list(range(1, 41))
    assert [number for number, one in CASES.items() if not one.proved_by and not one.open] == []


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((HERE / file).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("number", "one"), CASES.items(), ids=str)
def test_what_proves_a_case_is_there(number: int, one: Case) -> None:
    """A renamed test must not leave a case without proof."""
    missing = [
        named for named in one.proved_by if named.partition("::")[2] not in names_in(named.partition("::")[0])
    ]
    assert missing == [], number

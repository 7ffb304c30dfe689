"""The forty cases a mail engine must pass, and the tests that say so; a test that is renamed or removed is missed here."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
PASS: Final = "contract/test_mail_pass.py"
SECOND: Final = "contract/test_second_server.py"
RESILIENCE: Final = "contract/test_resilience.py"
HOSTILE: Final = "contract/test_hostile.py::test_a_hostile_source_costs_its_row_only"


@dataclass(frozen=True)
class Case:
    given: str
    proved_by: tuple[str, ...]
    open: str = ""  # what is not proved yet


def case(given: str, *proved_by: str, open: str = "") -> Case:  # noqa: A002
    return Case(given, proved_by, open)


EVERY_MESSAGE: Final = f"{PASS}::test_every_message_arrives_with_its_bytes_flags_keywords_and_date"
SECOND_PASS: Final = f"{PASS}::test_a_second_pass_copies_nothing_and_a_third_only_what_is_new"
ALREADY_THERE: Final = f"{PASS}::test_a_destination_that_already_holds_part_of_it_gets_the_rest"
USERS: Final = f"{PASS}::test_what_the_user_did_at_the_destination_stays"
LOST_ANSWER: Final = f"{PASS}::test_an_answer_lost_after_the_server_stored_the_batch_doubles_nothing"
WAITS: Final = f"{RESILIENCE}::test_a_server_is_waited_for_as_long_as_it_asks"

CASES: Final = {
    1: case(
        "twins in a folder", EVERY_MESSAGE, SECOND_PASS, f"{PASS}::test_poor_servers_get_the_same_result"
    ),
    2: case("equal headers, different bodies", EVERY_MESSAGE, ALREADY_THERE),
    3: case("drafts without Message-ID", EVERY_MESSAGE, ALREADY_THERE),
    4: case(
        "no header, no body, empty",
        EVERY_MESSAGE,
        f"{HOSTILE}[body-empty]",
        f"{SECOND}::test_every_message_that_cyrus_refuses_is_named_and_the_others_arrive",
    ),
    5: case(
        "part of it is there already",
        ALREADY_THERE,
        f"{SECOND}::test_a_destination_that_already_holds_part_of_it_gets_the_rest",
    ),
    6: case(
        "a server that rewrites headers",
        "contract/test_more_cases.py::test_a_server_that_rewrites_headers_gets_each_message_once",
        "contract/test_verification.py::test_a_copy_that_the_server_changed_is_named",
    ),
    7: case(
        "kill -9 after the server stored a batch",
        LOST_ANSWER,
        f"{PASS}::test_a_crash_before_any_journal_write_loses_nothing_and_doubles_nothing",
        f"{PASS}::test_a_killed_child_resumes_without_loss_or_double",
    ),
    8: case(
        "a cut in the middle of a literal",
        "contract/test_cuts.py::test_a_connection_cut_anywhere_costs_only_time",
        f"{HOSTILE}[cut-in-literal]",
    ),
    9: case("new mail while an answer is looked for", LOST_ANSWER),
    10: case(
        "UIDVALIDITY changes at the source",
        f"{PASS}::test_new_uids_at_the_source_double_nothing_and_hide_nothing",
    ),
    11: case(
        "the user deletes a folder and makes it again",
        "contract/test_more_cases.py::test_a_folder_that_the_user_deleted_and_made_again_is_filled_only_on_request",
        "contract/test_verification.py::test_what_the_user_removed_comes_back_only_on_request",
    ),
    12: case("the user moves or deletes a copy", USERS),
    13: case("the user reads or unflags a copy", USERS),
    14: case("a flag changes at the source", SECOND_PASS, "test_plan.py::test_flags_merge_three_ways"),
    15: case(
        "a keyword the destination does not take",
        f"{PASS}::test_a_keyword_the_destination_refuses_is_dropped_and_counted",
        "test_plan.py::test_the_destination_says_which_flags_it_keeps",
    ),
    16: case(
        "odd INTERNALDATEs",
        EVERY_MESSAGE,
        "test_wire.py::test_internaldate_is_an_instant_or_nothing",
        "test_wire.py::test_a_missing_internaldate_falls_back_to_the_date_header",
        f"{HOSTILE}[internaldate]",
    ),
    17: case(
        "bare LF, bare CR, NUL, 8-bit, long lines",
        EVERY_MESSAGE,
        f"{SECOND}::test_every_message_that_cyrus_refuses_is_named_and_the_others_arrive",
    ),
    18: case("100 MB", f"{HOSTILE}[literal-200mb]", "test_wire.py::test_a_large_literal_lies_on_disk"),
    19: case(
        "above APPENDLIMIT",
        "contract/test_more_cases.py::test_a_message_above_the_limit_of_the_destination_is_named_and_the_rest_arrives",
        f"{PASS}::test_messages_too_large_for_the_destination_are_counted_before_the_start",
    ),
    20: case(
        "quota too small",
        f"{PASS}::test_too_small_a_destination_is_told_before_anything_is_copied",
        f"{PASS}::test_a_destination_that_fills_up_stops_the_pass_and_it_goes_on_later",
    ),
    21: case(
        "one bad message in a MULTIAPPEND", f"{PASS}::test_one_refused_message_is_named_and_the_others_arrive"
    ),
    22: case(
        "servers that have nothing",
        f"{PASS}::test_poor_servers_get_the_same_result",
        f"{PASS}::test_without_uidplus_copies_are_found_by_their_bodies",
        f"{SECOND}::test_every_message_arrives_with_its_bytes_flags_keywords_and_date",
    ),
    23: case("MESSAGELIMIT", "contract/test_gmail.py::test_no_command_names_more_messages_than_the_limit"),
    24: case(
        "300,000 messages",
        "test_wire.py::test_uid_sets_name_exactly_the_uids_in_short_lines",
        "test_uids.py::test_holdings_give_back_what_was_told",
        open="time and memory of the plan are measured by tests/bench, not by a test",
    ),
    25: case(
        "NO after part of the rows, a malformed row",
        f"{HOSTILE}[no-after-some-rows]",
        f"{HOSTILE}[one-malformed-row]",
        "test_wire.py::test_rows_before_a_no_are_kept",
    ),
    26: case(
        "\\Seen despite PEEK",
        "contract/test_verification.py::test_a_source_that_marks_what_is_fetched_is_left_as_it_was",
        "contract/test_gmail.py::test_a_source_that_marks_mail_as_read_in_spite_of_peek",
    ),
    27: case("an empty body, a size that lies", f"{HOSTILE}[body-empty]", f"{HOSTILE}[size-large]"),
    28: case(
        "asked to wait",
        WAITS,
        f"{RESILIENCE}::test_a_long_wait_ends_the_pass_and_says_when_to_come_back",
        "test_patience.py::test_requests_to_wait_are_understood",
    ),
    29: case(
        "BYE, too many connections",
        f"{RESILIENCE}::test_a_server_with_too_many_connections_gets_fewer_also_from_the_next_pass",
        "contract/test_hostile_destination.py::test_a_goodbye_after_each_batch_is_only_slow",
    ),
    30: case(
        "odd and wrong passwords",
        f"{PASS}::test_any_password_opens_the_account_over_any_connection",
        f"{PASS}::test_a_wrong_password_is_tried_once_and_never_shown",
    ),
    31: case(
        "a server that wants OAuth",
        f"{PASS}::test_a_server_that_wants_oauth_is_said_so_and_no_password_is_sent",
    ),
    32: case(
        "a certificate nobody vouches for, TLS 1.0",
        "test_net.py::test_a_certificate_of_an_unknown_authority_is_refused",
        "test_net.py::test_a_verified_server_is_reached_by_name_at_tls_1_2_or_better",
        "test_net.py::test_one_certificate_may_be_accepted_and_no_other",
    ),
    33: case(
        "INBOX. and . to nothing and /",
        EVERY_MESSAGE,
        "test_folders.py::test_a_courier_tree_becomes_a_plain_one",
        "contract/test_folder_options.py::test_every_name_a_real_server_holds_arrives_at_every_other_one",
    ),
    34: case(
        "Sent in every language",
        "test_folders.py::test_special_uses_go_to_special_uses_whatever_they_are_called",
        "test_mapping.py::test_what_providers_call_them_is_understood",
        f"{PASS}::test_two_folders_that_become_one_keep_their_twins",
    ),
    35: case(
        "odd names",
        "contract/test_folder_options.py::test_every_name_a_real_server_holds_arrives_at_every_other_one",
        "contract/test_folder_options.py::test_a_name_the_destination_refuses_becomes_one_it_takes",
        f"{SECOND}::test_folders_with_odd_names_arrive_each_by_itself",
        f"{HOSTILE}[names]",
    ),
    36: case(
        "Gmail labels", "contract/test_gmail.py::test_every_label_is_kept_and_every_body_is_downloaded_once"
    ),
    37: case(
        "shared, public and non-mail folders",
        f"{SECOND}::test_other_peoples_folders_at_cyrus_are_named_and_left_alone",
        "test_mapping.py::test_calendars_and_their_like_of_an_exchange_are_left_out_and_named",
    ),
    38: case(
        "moved between the passes",
        "contract/test_moves.py::test_a_message_that_was_moved_is_moved_and_not_doubled",
    ),
    39: case(
        "nothing changed",
        "contract/test_mail_trips.py::test_a_pass_with_nothing_to_do_logs_in_lists_and_leaves",
    ),
    40: case(
        "a table with wrong passwords, hosts and private addresses",
        "journeys/test_requests.py::test_a_table_of_five_with_one_wrong_password",
        "journeys/test_requests.py::test_each_fault_has_its_own_answer_and_the_good_row_runs",
        "test_net.py::test_loopback_is_refused_without_a_single_packet",
        open="no single journey has all fifty rows",
    ),
}


def test_there_are_forty() -> None:
    """None is left out; one that is not proved says so."""
    assert sorted(CASES) == list(range(1, 41))
    assert [number for number, one in CASES.items() if not one.proved_by and not one.open] == []


@pytest.mark.parametrize("number", CASES)
def test_what_proves_a_case_is_there(number: int) -> None:
    """A renamed test must not leave a case without proof."""
    for named in CASES[number].proved_by:
        file, _, test = named.partition("::")
        name, _, dialogue = test.rstrip("]").partition("[")
        tree = ast.parse((HERE / file).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, named
        if dialogue:
            assert (HERE.parent / "fixtures" / "imap" / f"{dialogue}.txt").exists(), named

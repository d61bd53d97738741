"""Which fault meets which operation, where that is tried, and why some pairs make no sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pytest

OPERATIONS: Final = ("build", "publish", "federate", "removal", "backup", "serve", "quota")
FAULTS: Final = (
    "killed",
    "disk full",
    "object corrupted",
    "store drops, delays, fails",
    "clock skewed",
    "certificate expired",
    "credentials revoked",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where one pair is tried, or why it is not."""

    test: str = ""
    """`file::function` below tests/faults: the command as a process on a published tree of three nodes."""
    part: str = ""
    """`file::function` below tests: the part of the operation that meets the fault, by itself and not under load."""
    reason: str = ""
    """Why there is neither."""


def _tried(test: str) -> Cell:
    return Cell(test)


def _part(part: str) -> Cell:
    return Cell(part=part)


def _not(reason: str) -> Cell:
    return Cell(reason=reason)


_KILLED = "test_killed.py::test_a_killed_command"
_BROKEN = "test_corrupted.py::test_a_broken_file_under_a_command"
_FULL_STORE = _part("lake/store/test_crashes.py::test_a_full_disk_is_a_failure_of_the_store_and_changes_nothing")
_S3_SAYS_NO = _part("lake/store/test_s3_failures.py::test_a_server_that_refuses_is_a_failure_of_the_store")
_NO_TLS = "ends no TLS and speaks none: a proxy in front of it does (docs/on-premises.md)"

CELLS: Final[dict[tuple[str, str], Cell]] = {
    ("build", "killed"): _tried(_KILLED),
    ("publish", "killed"): _tried(_KILLED),
    ("federate", "killed"): _tried(_KILLED),
    ("removal", "killed"): _tried(_KILLED),
    ("backup", "killed"): _tried(_KILLED),
    ("serve", "killed"): _part(
        "functions/gateway/test_workers.py::test_workers_of_a_killed_server_end_and_leave_its_port_to_the_next_one"
    ),
    ("quota", "killed"): _part("functions/gateway/test_workers.py::test_what_a_killed_worker_held_is_never_used_twice"),
    ("build", "disk full"): _part("build/test_candidates.py::test_a_failed_build_leaves_the_candidate_before"),
    ("publish", "disk full"): _FULL_STORE,
    ("federate", "disk full"): _FULL_STORE,
    ("removal", "disk full"): _FULL_STORE,
    ("backup", "disk full"): _part(
        "cli/test_backup.py::test_a_backup_into_a_full_disk_says_so_and_leaves_what_was_there"
    ),
    ("serve", "disk full"): _part("functions/gateway/test_access_log.py::test_a_full_disk_costs_no_request_and_no_row"),
    ("quota", "disk full"): _part(
        "functions/accounts/test_sqlite_faults.py::test_a_full_disk_is_a_failure_of_the_store_and_leaves_nothing_half"
    ),
    ("build", "object corrupted"): _tried(_BROKEN),
    ("publish", "object corrupted"): _part(
        "lake/publishing/test_trouble.py::test_a_damaged_pointer_is_named_and_can_be_withdrawn"
    ),
    ("federate", "object corrupted"): _tried(_BROKEN),
    ("removal", "object corrupted"): _part(
        "lake/cases/test_sight.py::test_a_folder_or_file_that_cannot_be_read_is_told_and_no_proof"
    ),
    ("backup", "object corrupted"): _tried(_BROKEN),
    ("serve", "object corrupted"): _part(
        "functions/gateway/test_tiles.py::test_what_is_no_archive_is_our_error_and_said_in_the_log"
    ),
    ("quota", "object corrupted"): _part("functions/accounts/test_sqlite.py::test_a_row_that_cannot_be_read_is_named"),
    ("build", "store drops, delays, fails"): _S3_SAYS_NO,
    ("publish", "store drops, delays, fails"): _part(
        "lake/store/test_s3.py::test_a_lost_answer_is_not_taken_for_a_lost_race"
    ),
    ("federate", "store drops, delays, fails"): _part(
        "stac/federation/test_faults.py::test_whatever_a_childs_server_does_the_parent_keeps_its_last_good_state"
    ),
    ("removal", "store drops, delays, fails"): _part(
        "lake/store/test_s3.py::test_a_removal_left_in_the_middle_ends_with_the_next_delete"
    ),
    ("backup", "store drops, delays, fails"): _S3_SAYS_NO,
    ("serve", "store drops, delays, fails"): _part(
        "functions/gateway/test_readiness.py::test_a_store_that_never_answers_is_given_up"
    ),
    ("quota", "store drops, delays, fails"): _part(
        "functions/admission/test_lost_answers.py::test_units_that_came_back_with_a_lost_answer_do_not_come_back_again"
    ),
    ("build", "clock skewed"): _not("a build reads no clock but for its own times: what decides it are digests"),
    ("publish", "clock skewed"): _part(
        "lake/reviews/test_steps.py::test_a_clock_that_is_ahead_or_goes_back_is_refused"
    ),
    ("federate", "clock skewed"): _part("stac/federation/test_lies.py::test_a_child_that_lies_is_not_believed"),
    ("removal", "clock skewed"): _part("lake/trail/test_trail.py::test_time_in_a_trail_never_goes_back"),
    ("backup", "clock skewed"): _not("not tried yet: no test moves the clock under a backup"),
    ("serve", "clock skewed"): _part("functions/gateway/test_passes.py::test_and_no_longer_however_the_clock_is_set"),
    ("quota", "clock skewed"): _part(
        "functions/admission/test_leases.py::test_a_clock_that_went_back_shuts_nobody_out_for_long"
    ),
    ("build", "certificate expired"): _not(
        "reads files and databases; PostGIS's TLS is libpq's, by the connection's own sslmode"
    ),
    ("publish", "certificate expired"): _not("writes to the node's own store, whose TLS the backup's cell tries"),
    ("federate", "certificate expired"): _tried("test_certificates.py::test_a_child_whose_certificate_has_expired"),
    ("removal", "certificate expired"): _not("asks other machines only in `case prove --gateway`, as federation does"),
    ("backup", "certificate expired"): _tried(
        "test_certificates.py::test_a_backup_store_whose_certificate_has_expired"
    ),
    ("serve", "certificate expired"): _not(_NO_TLS),
    ("quota", "certificate expired"): _not(_NO_TLS),
    ("build", "credentials revoked"): _S3_SAYS_NO,
    ("publish", "credentials revoked"): _S3_SAYS_NO,
    ("federate", "credentials revoked"): _part(
        "stac/federation/test_faults.py::test_a_key_that_is_no_longer_registered_ends_the_trust_in_what_it_signed"
    ),
    ("removal", "credentials revoked"): _part("lake/cases/test_book.py::test_a_key_that_ended_signs_nothing"),
    ("backup", "credentials revoked"): _S3_SAYS_NO,
    ("serve", "credentials revoked"): _part(
        "functions/gateway/test_workers.py::test_a_revoked_key_ends_at_every_worker"
    ),
    ("quota", "credentials revoked"): _part(
        "functions/accounts/test_keys.py::test_a_revoked_key_ends_at_once_and_revoking_it_again_changes_nothing"
    ),
}


def cases(test: str) -> pytest.MarkDecorator:
    """Return the parametrization of a test over its operations, as the table has it."""
    found = [operation for (operation, _), cell in CELLS.items() if cell.test.partition("::")[2] == test]
    assert found, test
    return pytest.mark.parametrize("operation", found)

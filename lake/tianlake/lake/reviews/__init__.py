"""Reviews (审核) of releases, from a draft to what may be published (articles 9 and 15 of the Measures)."""

from tianlake.lake.reviews.approval import Approval, MapRecord, demo_mark, is_signed, read_approval, sign_approval
from tianlake.lake.reviews.gate import ReviewGate, subject_of
from tianlake.lake.reviews.numbers import MapNumber, read_numbers
from tianlake.lake.reviews.office import Office, Wish
from tianlake.lake.reviews.reports import Checked, read_report
from tianlake.lake.reviews.standing import Judged, Stage, Standing, Subject, next_command, state
from tianlake.lake.reviews.steps import Bound, Exemption, MapApproval, Step
from tianlake.lake.reviews.validity import coming, day_in_china

__all__ = [
    "Approval",
    "Bound",
    "Checked",
    "Exemption",
    "Judged",
    "MapApproval",
    "MapNumber",
    "MapRecord",
    "Office",
    "ReviewGate",
    "Stage",
    "Standing",
    "Step",
    "Subject",
    "Wish",
    "coming",
    "day_in_china",
    "demo_mark",
    "is_signed",
    "next_command",
    "read_approval",
    "read_numbers",
    "read_report",
    "sign_approval",
    "state",
    "subject_of",
]

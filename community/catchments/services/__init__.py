"""Every write of catchments."""

from community.catchments.services.areas import (
    add_catchment,
    add_clinician_area,
    change_catchment_end,
    end_catchment,
    end_clinician_area,
    save_catchment,
    save_clinician_area,
)
from community.catchments.services.changes import SLICE_JOB, apply_change, draft_change, revert_change
from community.catchments.services.contracts import end_contract, record_contract_list, sign_contract
from community.catchments.services.rosters import (
    announce_day,
    cancel_absence,
    change_absence,
    report_absence,
    state_capacity,
)
from community.catchments.services.slices import run_slice

__all__ = [
    "SLICE_JOB",
    "add_catchment",
    "add_clinician_area",
    "announce_day",
    "apply_change",
    "cancel_absence",
    "change_absence",
    "change_catchment_end",
    "draft_change",
    "end_catchment",
    "end_clinician_area",
    "end_contract",
    "record_contract_list",
    "report_absence",
    "revert_change",
    "run_slice",
    "save_catchment",
    "save_clinician_area",
    "sign_contract",
    "state_capacity",
]

from followup.programmes.services.enrolments import repoint_patient, stop_enrolments
from followup.programmes.services.loading import load_library
from followup.programmes.services.versions import activate_version, save_version, sign_version

__all__ = [
    "activate_version",
    "load_library",
    "repoint_patient",
    "save_version",
    "sign_version",
    "stop_enrolments",
]

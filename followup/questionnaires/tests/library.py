"""The shipped library, and normal answers for the forms that have tests of their own here; tests/paths has the rest."""

from typing import Any

from followup.programmes.library import read_library

QUESTIONNAIRES = {document["key"]: document for document in read_library("questionnaires")}
PROGRAMMES = {document["key"]: document for document in read_library("programmes")}

NORMAL: dict[str, dict[str, Any]] = {
    "hypertension": {
        "symptoms": ["1"], "danger": ["none"], "bp": {"sbp": 122, "dbp": 76}, "heart_rate": 72,
        "weight": 65.5,
        "smoking": 0, "drinking": 0, "salt": "light", "adherence": "regular", "side_effect": "no",
        "complication": "no", "answered_by": "self", "consent": "yes", "home_measured": "yes",
        "home_bp": {"sbp": 120, "dbp": 74}, "height": 168,
        "exercise_times": 5, "exercise_minutes": 30, "mind": "1", "behaviour": "1", "classification": "1",
        "referral": "no", "next_days": 90,
    },
    "joint_replacement": {
        "joint": "knee", "op_day": 9, "pain_rest": 1, "pain_walking": 3, "wound": "dry", "temperature": 36.6,
        "calf": "no", "breath": "no", "anticoagulant": "regular", "bleeding": "no", "walking": "frame",
        "distance": 30, "stairs": "rail", "fall": "no", "numbness": "no", "infection": ["none"],
        "answered_by": "self", "consent": "yes", "general_state": "same", "new_symptom": "no", "taking": "regular",
        "side_effect": "no", "revisit_booked": "yes",
    },
    "inpatient_satisfaction": {
        **dict.fromkeys(QUESTIONNAIRES["inpatient_satisfaction"]["score"]["items"], 5), "recommend": 10,
    },
    "review_tier2": {
        "reached": "yes", "really_called": "yes", "content_true": "same", "attitude": "good",
        "guidance": "yes",
        "misconduct": ["none"],
    },
}  # fmt: skip
NORMAL["review_tier3"] = NORMAL["review_tier2"] | {"tier2_agrees": "yes"}
CONTEXT: dict[str, dict[str, Any]] = {"patient": {"age": 60, "sex": "male"}, "task": {"day": 3}}

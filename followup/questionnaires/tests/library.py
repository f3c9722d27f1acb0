"""The shipped library, read from its YAML files, and normal answers for each questionnaire."""

from pathlib import Path
from typing import Any

import yaml

LIBRARY = Path(__file__).parents[2] / "programmes" / "library"


def load_all(folder: str) -> dict[str, dict[str, Any]]:
    paths = sorted((LIBRARY / folder).glob("*.yaml"))
    return {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in paths}


QUESTIONNAIRES = load_all("questionnaires")
PROGRAMMES = load_all("programmes")
CLINICAL = ("hypertension", "joint_replacement")

NORMAL: dict[str, dict[str, Any]] = {
    "hypertension": {
        "symptoms": ["1"], "danger": ["none"], "bp": {"sbp": 122, "dbp": 76}, "heart_rate": 72,
        "weight": 65.5,
        "smoking": 0, "drinking": 0, "salt": "light", "adherence": "regular", "side_effect": "no",
        "complication": "no",
    },
    "joint_replacement": {
        "joint": "knee", "op_day": 9, "pain_rest": 1, "pain_walking": 3, "wound": "dry", "temperature": 36.6,
        "calf": "no", "breath": "no", "anticoagulant": "regular", "bleeding": "no", "walking": "frame",
        "distance": 30, "stairs": "rail", "fall": "no", "numbness": "no", "infection": ["none"],
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

"""Screening leaves no patient with two calls on one day: what it makes is grouped in the same transaction."""

from typing import Any

import pytest

from access.actor import SYSTEM
from followup.programmes.models import ProgrammeStep
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion
from followup.screening import services
from followup.screening.tests.factories import days_ago, make_encounter, touch
from followup.screening.tests.programme_kit import INPATIENT, make_programme
from followup.worklist.models import Task
from kernel import clock

CALL = {"code": "d7", "name": "一周电话", "day": 7, "window": [-1, 3], "channel": ["T"], "owner": "hospital"}


def make_two_programmes(merge: str) -> None:
    form = QuestionnaireVersion.objects.create(
        questionnaire=Questionnaire.objects.create(key="q", title="随访表"), version=1, document={}, digest="",
        state="signed", created_at=clock.now(),
    )  # fmt: skip
    make_programme("specialty", INPATIENT, steps=[CALL], merge=merge)
    make_programme("routine", INPATIENT, steps=[{**CALL, "day": 9}], merge=merge, kind="routine")
    ProgrammeStep.objects.update(questionnaire_version=form)


def leads() -> dict[str, str | None]:
    """Each open task's programme, and the programme whose task leads it."""
    rows = Task.objects.filter(state="planned").values_list("programme__key", "lead__programme__key")
    return dict(rows)


@pytest.mark.req("S12")
def test_a_run_and_an_event_group_alike(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_two_programmes("same_owner")
        encounter = make_encounter(discharged_on=days_ago(1))
        services.run_screening(actor=SYSTEM)
        assert leads() == {"specialty": None, "routine": "specialty"}
        # Taken up again after a cancelled discharge: the old enrolments' ids are not new, and are grouped all the same.
        touch(encounter, status="open")
        services.stop_for_encounter(encounter_id=encounter.pk)
        touch(encounter, status="discharged")
        services.run_screening(actor=SYSTEM)
        assert leads() == {"specialty": None, "routine": "specialty"}
        Task.objects.update(lead=None)
        Task.objects.all().delete()
        other = make_encounter(discharged_on=days_ago(1))
        services.screen_encounter(encounter_id=other.pk)
        assert leads() == {"specialty": None, "routine": "specialty"}


def test_programmes_that_do_not_merge_stay_apart(in_alpha: Any, at: Any) -> None:
    with at("2026-11-20 09:30"):
        make_two_programmes("none")
        make_encounter(discharged_on=days_ago(1))
        services.run_screening(actor=SYSTEM)
        assert leads() == {"specialty": None, "routine": None}

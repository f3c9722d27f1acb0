"""What people are told is what the statement does: explanation, preview and rehearsal over random worlds."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from access.actor import SYSTEM, Actor
from followup.programmes.criteria import validate
from followup.programmes.models import Enrolment, ProgrammeVersion
from followup.programmes.selectors import list_active_versions
from followup.screening import oracle, selectors, services
from followup.screening.cohort import CohortQuery
from followup.screening.selectors import iterate_facts
from followup.screening.tests.factories import make_encounter, mark_patient
from followup.screening.tests.programme_kit import make_programme
from followup.screening.tests.worlds import (
    PROGRAMMES,
    SLOW,
    STAYS,
    TODAY,
    Undo,
    make_programmes,
    make_stay,
)
from organization.models import Institution
from tests.cast import actor_named

KIND = {"field": "patient_kind", "op": "eq", "value": "inpatient"}
PREFIX = {"all": [KIND, {"field": "diagnosis", "op": "prefix_in", "value": ["I21"]}]}
WEEKS = 13
# Random conditions are seldom met; every second programme asks for nearly everybody, so that what stands before any
# criteria decides.
WANTED = st.tuples(PROGRAMMES, st.booleans()).map(
    lambda pair: {**pair[0], "criteria": KIND} if pair[1] else pair[0]
)


def _everywhere() -> Actor:
    """Sees every patient with a stay that has a place."""
    places = frozenset(Institution.objects.values_list("pk", flat=True))
    return replace(actor_named("doctor"), institutions=places)


def _is_seen(stay: dict[str, Any]) -> bool:
    return bool(stay["ward_code"]) and stay["status"] != "cancelled"


def _programme_ids() -> set[str]:
    running = ProgrammeVersion.objects.filter(state__in=["active", "paused"])
    return {str(pk) for pk in running.values_list("programme_id", flat=True)}


@pytest.mark.req("S12", "S22")
@SLOW
@given(
    programmes=st.lists(WANTED, min_size=1, max_size=4),
    stays=st.lists(STAYS.filter(_is_seen), min_size=1, max_size=5),
    paused=st.sets(st.integers(0, 6)),
)  # fmt: skip
def test_who_is_told_that_she_meets_it_is_enrolled_and_nobody_else(
    in_alpha: Any, at: Any, programmes: Any, stays: Any, paused: set[int]
) -> None:
    try:
        with at("2026-11-20 09:30"), transaction.atomic():
            past = make_programme("past", KIND, activate=False)
            make_programmes([each for each in programmes if not validate(each["criteria"])])
            lines = list(
                ProgrammeVersion.objects.filter(state="active").order_by("pk").values_list("pk", flat=True)
            )
            stopped = [pk for i, pk in enumerate(lines) if i in paused]
            ProgrammeVersion.objects.filter(pk__in=stopped).update(state="paused")
            encounters = [make_stay(past, **stay) for stay in stays]
            actor, told = _everywhere(), set()
            for encounter_id in encounters:
                (found,) = selectors.explain(actor=actor, encounter_id=encounter_id)
                # Every programme is spoken about, once, and whoever is not taken hears why.
                assert Counter(row["programme_id"] for row in found["programmes"]) == Counter(
                    _programme_ids()
                )
                for row in found["programmes"]:
                    if row["matched"]:
                        told.add((encounter_id, row["programme_id"]))
                        assert row["sentence"] == "符合条件，下一次筛选时入组"
                    else:
                        assert row["sentence"] == f"未入组。{row['failed']}"
                        assert row["failed"]
            services.run_screening(actor=SYSTEM)
            made = Enrolment.objects.filter(origin="rule", encounter_id__in=encounters)
            assert {
                (pk, str(programme)) for pk, programme in made.values_list("encounter_id", "programme_id")
            } == told
            for encounter_id in encounters:
                (found,) = selectors.explain(actor=actor, encounter_id=encounter_id)
                # A condition about other enrolments may hold since the run has made them.
                for row in found["programmes"]:
                    key = (encounter_id, row["programme_id"])
                    assert row["enrolled"] == (key in told)
                    assert row["sentence"].startswith(
                        "已入组" if key in told else ("未入组。", "符合", "现在符合")
                    )
            raise Undo
    except Undo:
        pass


@pytest.mark.req("S12", "S16", "S22")
def test_each_thing_that_stands_before_the_criteria_is_told_as_it_is_done(in_alpha: Any, at: Any) -> None:
    kinds = ("deceased", "frequent_visits", "invalid_contact", "refused", "unreachable")
    starts_on = TODAY - timedelta(10)
    with at("2026-11-20 09:30"):
        for kind in kinds[1:]:
            others = {flag: flag == kind for flag in kinds[1:]}
            make_programme(f"only_{kind}", PREFIX, exclusions=others, starts_on=starts_on)
        make_programme("all", PREFIX, exclusions=dict.fromkeys(kinds[1:], True), starts_on=starts_on)
        stays = [
            make_encounter(diagnoses=["I210"], discharged_on=starts_on - timedelta(n)) for n in (-1, 0, 1)
        ]
        for kind in kinds:
            stays.append(make_encounter(diagnoses=["I210"]))
            mark_patient(stays[-1].patient, flags=[(kind, True)])
        stays += [
            make_encounter(diagnoses=["I210"], **each)
            for each in ({"disposition": "death"}, {"deceased": True})
        ]
        told = {
            (stay.pk, row["programme_id"])
            for stay in stays
            for row in selectors.explain(actor=_everywhere(), encounter_id=stay.pk)[0]["programmes"]
            if row["matched"]
        }
        services.run_screening(actor=SYSTEM)
    made = Enrolment.objects.values_list("encounter_id", "programme_id")
    assert {(pk, str(programme)) for pk, programme in made} == told
    # Two stays in time meet all five programmes; of the four flags each leaves the three that do not ask for it.
    assert len(told) == 2 * 5 + 4 * 3


def _expected_cohort(plan: Any, query: CohortQuery) -> tuple[list[int], int]:
    """Ids, the latest first, and how many a flag keeps out."""
    met, flagged = [], 0
    for facts in iterate_facts():
        if facts.status != "discharged" or facts.discharged_on is None:
            continue
        if facts.deceased or facts.disposition == "death" or not oracle.is_of_line(plan, facts):
            continue
        if query.first <= facts.discharged_on <= query.last and oracle.evaluate(query.criteria, facts):
            if {"deceased", *query.excluded_flags} & set(facts.flags):
                flagged += 1
            else:
                met.append((facts.discharged_on, facts.encounter_id, facts))
    return met, flagged  # type: ignore[return-value]


@pytest.mark.req("S19", "S22")
@SLOW
@given(
    programmes=st.lists(WANTED, min_size=1, max_size=3), stays=st.lists(STAYS, min_size=1, max_size=5),
    days=st.sampled_from([5, 30, 91]),
)  # fmt: skip
def test_preview_and_rehearsal_count_what_would_be_enrolled(
    in_alpha: Any, at: Any, programmes: Any, stays: Any, days: int
) -> None:
    try:
        with at("2026-11-20 09:30"), transaction.atomic():
            past = make_programme("past", KIND, activate=False)
            make_programmes([each for each in programmes if not validate(each["criteria"])])
            for stay in stays:
                make_stay(past, **stay)
            for plan in list_active_versions():
                query = CohortQuery(
                    criteria=plan.criteria, first=TODAY - timedelta(days), last=TODAY,
                    excluded_flags=plan.excluded_flags, institution_id=plan.institution_id,
                    excluded_institution_ids=plan.excluded_institution_ids,
                )  # fmt: skip
                met, flagged = _expected_cohort(plan, query)
                counts = selectors.count_cohort(query)
                assert (counts["count"], counts["flagged"]) == (len(met), flagged)
                listed = selectors.list_cohort(query, limit=100, today=TODAY)
                assert [row["encounter_id"] for row in listed] == [
                    str(pk) for _, pk, _ in sorted(met, key=lambda m: m[:2])[::-1]
                ]
                funnel = selectors.list_conditions(query) or []
                assert funnel[-1]["left"] == len(met) + flagged
                _check_rehearsal(plan)
            raise Undo
    except Undo:
        pass


def _check_rehearsal(plan: Any) -> None:
    span = timedelta(weeks=WEEKS)
    query = CohortQuery(
        criteria=plan.criteria, first=TODAY - span, last=TODAY - timedelta(1), excluded_flags=plan.excluded_flags,
        institution_id=plan.institution_id, excluded_institution_ids=plan.excluded_institution_ids,
    )  # fmt: skip
    met, _ = _expected_cohort(plan, query)
    wanted: Counter[date] = Counter()
    for on, _, facts in met:
        tasks, _ = oracle.plan_tasks(plan, facts, on, enrolled_on=on)
        wanted.update(task.due_on + span for task in tasks if TODAY <= task.due_on + span < TODAY + span)
    found = selectors.rehearse(plan, desk=selectors.get_desk(), today=TODAY, weeks=WEEKS)
    counted: Counter[date] = Counter()
    for owner in found["owners"]:
        counted.update({day["day"]: day["count"] for day in owner["days"] if day["count"]})
    assert (found["enrolments"], found["tasks"]) == (len(met), sum(wanted.values()))
    assert counted == wanted

"""The peer of B1: the stock way, an ORM loop over encounters and programmes with bulk_create."""

from datetime import timedelta

from tests.benchmarks.screening_floor import NOW, TODAY


def run_peer(sample: int) -> int:
    """What a Django team writes first: loop, test, bulk_create per programme. Same rows for its encounters."""
    from django.db import transaction

    from community.routing.models import CurrentRouting
    from followup.programmes.models import Enrolment
    from followup.programmes.selectors import list_active_versions
    from followup.screening import oracle
    from followup.screening.oracle import DiagnosisFact, Facts, OperationFact
    from followup.screening.selectors import get_desk
    from followup.worklist.models import Task
    from records.models import Encounter

    made = 0
    desk = get_desk()
    with transaction.atomic():
        encounters = (
            Encounter.objects.filter(pk__lte=sample, status="discharged")
            .select_related("patient", "department")
            .prefetch_related("diagnoses", "operations")
        )
        routings = {r.patient_id: r for r in CurrentRouting.objects.filter(patient_id__lte=sample)}
        for plan in list_active_versions():
            tasks = []
            enrolments = []
            for e in encounters:
                if Enrolment.objects.filter(encounter=e, programme_id=plan.programme_id).exists():
                    continue
                facts = Facts(
                    e.pk, e.patient_id, e.status, e.kind, e.discharged_on, e.age_at_discharge, e.patient.sex,
                    e.disposition, e.department.code if e.department else None, e.patient.deceased_at is not None,
                    tuple(DiagnosisFact(d.icd10_stem, d.kind, d.is_main) for d in e.diagnoses.all()),
                    tuple(OperationFact(o.code_stem, o.operated_on) for o in e.operations.all()),
                )  # fmt: skip
                if not oracle.is_eligible(plan, facts):
                    continue
                due, skipped = oracle.plan_tasks(plan, facts, TODAY)
                reason = {
                    "programme": plan.key,
                    "version": plan.version,
                    "skipped": [s.code for s in skipped],
                }
                enrolment = Enrolment(
                    programme_id=plan.programme_id, version_id=plan.id, patient_id=e.patient_id, encounter=e,
                    reason=reason, enrolled_at=NOW,
                )  # fmt: skip
                enrolments.append(enrolment)
                routing = routings.get(e.patient_id)
                steps = {s.id: s for s in plan.steps}
                for item in due:
                    step = steps[item.step_id]
                    place = (desk.institution_id, desk.department_id, desk.ward_id)
                    if step.owner == "hospital" and e.ward_id:
                        place = (e.institution_id, e.department_id, e.ward_id)
                    elif step.owner == "community" and routing:
                        place = (routing.institution_id, routing.department_id, routing.ward_id)
                    why = [
                        f"{plan.name}：{step.name}",
                        str(item.due_on - timedelta(days=step.day)),
                        *plan.criteria_text,
                    ]
                    tasks.append(
                        Task(
                            enrolment=enrolment, step_id=step.id, programme_id=plan.programme_id,
                            patient_id=e.patient_id, encounter=e, institution_id=place[0], department_id=place[1],
                            ward_id=place[2], channel=step.channel, due_on=item.due_on,
                            window_start=item.window_start, window_end=item.window_end,
                            reason={"programme": plan.key, "version": plan.version, "step": step.code, "why": why},
                            created_at=NOW,
                        )
                    )  # fmt: skip
            Enrolment.objects.bulk_create(enrolments)
            Task.objects.bulk_create(tasks)
            made += len(enrolments) + len(tasks)
    return made

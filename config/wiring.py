"""The one map: which adapter serves which port, which handler hears which event, which job has which name."""

from datetime import time
from typing import Any

from access.actor import actor_of, describe_account
from accounts import ports as accounts_ports
from accounts.ports import Workplace
from community.catchments import ports as catchments_ports
from community.catchments import services as catchments
from community.handover import ports as handover_ports
from community.handover import services as handover
from community.routing import jobs as routing_jobs
from community.routing import policy as routing_policy
from community.routing import selectors as routing_selectors
from community.routing import services as routing
from community.supervision import ports as supervision_ports
from community.supervision import services as supervision
from config.counties import county_of
from divisions import ports as divisions_ports
from followup.education import ports as education_ports
from followup.programmes import ports as programmes_ports
from followup.programmes import selectors as programmes_selectors
from followup.programmes import services as programmes
from followup.questionnaires import ports as questionnaires_ports
from followup.screening import jobs as screening_jobs
from followup.screening import services as screening
from followup.statistics import metrics
from followup.statistics import selectors as statistics
from followup.statistics.workload import Workload
from followup.transfers.services import TransferWork
from followup.transfers.services import hear_closed as send_result_of
from followup.worklist import policy as worklist_policy
from followup.worklist import selectors as worklist_selectors
from followup.worklist import services as worklist
from followup.worklist.selectors.enrolments import count_tasks_of, tasks_of
from followup.worklist.services.reassigning import reassign_open_tasks
from integrations.hl7v2 import services as hl7v2
from integrations.intake import ports as intake_ports
from kernel import events, jobs, schedules
from kernel.tenancy import is_tenant_bound
from organization.selectors import workplace_of
from records import ports as records_ports
from tenants.provisioning.services import register_seed_step
from tenants.registry.selectors import list_active_schemas


def connect() -> None:
    """Called once at start-up, when every room is loaded."""
    _connect_ports()
    _subscribe()
    _name_jobs()
    register_seed_step("schedules", _make_schedules)
    register_seed_step("handover_key", handover.seed_key)
    jobs.set_wake(_wake)


def _connect_ports() -> None:
    accounts_ports.connect(find_workplace=_find_workplace, describe_actor=describe_account)
    divisions_ports.connect(importer_of=actor_of, find_county=county_of, list_schemas=list_active_schemas)
    supervision_ports.connect(source=statistics.township_counts, definitions=metrics.DEFINITIONS)
    handover_ports.connect(work=TransferWork())
    catchments_ports.connect(figures=Workload())
    intake_ports.register_reader("hl7v2", hl7v2.read)
    records_ports.connect(
        routing_of=routing_selectors.routing_of, townships_of=routing_selectors.townships_of
    )
    records_ports.register_flag_effect("screening", screening.apply_flag)
    programmes_ports.connect(
        reads=programmes_ports.TaskReads(rows=tasks_of, counts=count_tasks_of),
        writes=programmes_ports.TaskWrites(
            make=screening.make_tasks_for,
            cancel=screening.cancel_tasks_of,
            pause=screening.pause_tasks_of,
            resume=screening.resume_tasks_of,
        ),
    )
    education_ports.connect(count_programmes=programmes_selectors.count_by_card)
    questionnaires_ports.register_usage(worklist_selectors.used_options)
    questionnaires_ports.register_programmes(programmes_selectors.count_by_questionnaire)
    records_ports.register_sight("worklist", worklist_policy.patient_sight)
    records_ports.register_sight("routing", routing_policy.routing_sight)
    records_ports.register_timeline("routing", routing_selectors.timeline_entries)
    records_ports.register_timeline("worklist", worklist_selectors.timeline_entries)


def _subscribe() -> None:
    for event, name, handler in (
        ("encounter.discharged", "routing.route_encounter", routing.route_encounter),
        ("patient.changed", "routing.reroute_patient", routing.reroute_patient),
        ("patient.merged", "routing.merge_patient", routing.merge_patient),
        ("patient.unmerged", "routing.unmerge_patient", routing.unmerge_patient),
        ("place.taught", "routing.apply_alias", routing.apply_alias),
        ("catchment.changed", "routing.hear_catchments", routing_jobs.reroute),
        ("contract.changed", "routing.hear_contracts", routing_jobs.reroute),
        ("roster.changed", "routing.hear_rosters", routing_jobs.reroute),
        ("divisions.changed", "routing.hear_divisions", routing_jobs.remap),
        ("patient.merged", "programmes.repoint_patient", programmes.repoint_patient),
        ("patient.unmerged", "programmes.part_patient", programmes.part_patient),
        ("patient.merged", "worklist.merge_patient", worklist.merge_patient),
        ("patient.unmerged", "worklist.part_patient", worklist.part_patient),
        ("patient.routed", "screening.screen_encounter", screening.screen_encounter),
        ("patient.rerouted", "worklist.reassign_open_tasks", reassign_open_tasks),
        ("encounter.changed", "screening.reevaluate_encounter", screening.reevaluate_encounter),
        ("encounter.discharge_cancelled", "screening.stop_for_encounter", screening.stop_for_encounter),
        ("patient.deceased", "screening.stop_for_patient", screening.stop_for_patient),
        ("encounter.cancelled", "screening.stop_for_encounter", screening.stop_for_encounter),
        ("encounter.admitted", "screening.pause_for_admission", screening.pause_for_admission),
        ("encounter.discharge_cancelled", "screening.pause_for_admission", screening.pause_for_admission),
        ("encounter.cancelled", "screening.resume_for_cancelled", screening.resume_for_cancelled),
        ("patient.routed", "screening.settle_discharge", screening.settle_discharge),
        ("patient.marked", "screening.reevaluate_patient", screening.reevaluate_patient),
        ("task.attempted", "screening.hear_attempt", screening.hear_attempt),
        ("task.closed", "screening.hear_closed", screening.hear_closed),
        ("task.closed", "transfers.send_result", send_result_of),
        ("encounter.discharge_cancelled", "handover.recall_for_encounter", handover.recall_for_encounter),
        ("encounter.cancelled", "handover.recall_for_encounter", handover.recall_for_encounter),
        ("patient.deceased", "handover.recall_for_patient", handover.recall_for_patient),
        ("patient.merged", "handover.merge_patient", handover.merge_patient),
        ("patient.unmerged", "handover.part_patient", handover.part_patient),
    ):
        events.subscribe(event, name, handler)


def _name_jobs() -> None:
    jobs.register("routing.reroute", routing_jobs.reroute)
    jobs.register("routing.recheck", routing_jobs.recheck_daily)
    jobs.register("routing.route_waiting", routing_jobs.route_waiting)
    jobs.register("routing.remap", routing_jobs.remap)
    jobs.register("screening.daily", screening_jobs.run_daily)
    jobs.register("screening.slice", screening_jobs.run_slice)
    jobs.register("screening.flag_frequent_visits", screening.flag_frequent_visits)
    jobs.register("supervision.refresh", supervision.refresh_all)
    jobs.register("catchments.change.slice", catchments.run_slice)
    jobs.register("catchments.roster_day", catchments.announce_day)
    jobs.register("handover.receive", handover.receive)
    jobs.register("handover.sweep", handover.sweep)


def _make_schedules(tenant: Any) -> None:
    schedules.ensure("routing.recheck", job="routing.recheck", at_time=time(0, 5))
    schedules.ensure("routing.route_waiting", job="routing.route_waiting", every_minutes=15)
    schedules.ensure("screening.daily", job="screening.daily", at_time=time(5, 30))
    schedules.ensure(
        "screening.flag_frequent_visits", job="screening.flag_frequent_visits", at_time=time(5, 0)
    )
    schedules.ensure("supervision.refresh", job="supervision.refresh", every_minutes=10)
    schedules.ensure("catchments.roster_day", job="catchments.roster_day", at_time=time(0, 5))
    schedules.ensure("handover.sweep", job="handover.sweep", every_minutes=5)


def _wake(schema: str) -> None:
    from config.celery import wake  # Celery is loaded where there is something to wake, not at every start

    wake(schema)


def _find_workplace(account_id: int) -> Workplace:
    if not is_tenant_bound():
        return {"institution_name": None, "department_name": None, "ward_names": []}
    return workplace_of(account_id)

"""What happened, told through the rooms' own services where they have one, else with their models."""

import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from access.actor import SYSTEM, Actor
from kernel import clock
from kernel.crypto import encrypt_text, lookup_hash
from kernel.masking import mask_id_no, mask_phone
from kernel.tenancy import bind_schema
from tests.cast import actor_named
from tests.isolation.content import load_content
from tests.isolation.divisions import give_list
from tests.isolation.handover import hand_over
from tests.isolation.words import BORN, WORDS, Person
from tests.isolation.world import MORE_PEOPLE, PLACES, World

_DEPARTMENTS = {
    "0401": ("ward", "supervisor operations", "supervisor"),
    "0301": ("next_ward", "other_supervisor operations double head", "other_supervisor double"),
}
_DISCHARGED = date(2026, 11, 13)
# The dictionary of labels is the tenant's.
_PATIENT_VIEWERS = (
    "clinician other_clinician doctor centre supervisor other_supervisor operations double head"
)


def build_world(tenant: str) -> World:
    """Tell the story in the tenant; call inside the transaction that will be rolled back."""
    world = World(tenant, WORDS[tenant])
    with bind_schema(world.schema):
        _Story(world).tell()
    return world


class _Story:
    def __init__(self, world: World) -> None:
        self.world = world
        self.words = world.words
        self.patients: dict[str, Any] = {}
        self.stays: dict[str, Any] = {}
        self.enrolments: dict[str, Any] = {}

    def tell(self) -> None:
        self._organise()
        self._write_records()
        self._route()
        self._arrange_areas()
        self._load_content()
        self._mark()
        for place in PLACES:
            self._follow_up(place)
        self._review()
        self._screen()
        self._take_in()
        hand_over(self.world, self.patients, self.stays, self.enrolments)
        give_list(self.world)

    def _organise(self) -> None:
        from organization.models import Department, Institution, Ward
        from organization.services import save_department, save_ward

        wards = Ward.objects.select_related("department__institution")
        self.wards = {
            place: wards.get(code=code, department__institution__code=clinic)
            for place, (code, clinic, *_) in PLACES.items()
        }
        hospital = Institution.objects.get(code="H1")
        own = save_department(institution=hospital, code="0999", name=f"{self.words.mark}科")
        ward = save_ward(department=own, code="W99", name=f"{self.words.mark}病区")
        for place, (*_, seen, worked) in PLACES.items():
            # Roles without a place see the whole organisation.
            everyone = f"{seen} {worked} it admin"
            self.world.add("ward", place, self.wards[place].pk, everyone)
            self.world.add("tree_department", place, self.wards[place].department_id, everyone)
        self.world.add("ward", "own", ward.pk, "operations it admin")
        peer = save_ward(
            department=self.wards["ward"].department, code="W42", name=f"{self.words.mark}二病区"
        )
        self.world.add("ward", "peer", peer.pk, "supervisor operations it admin")
        self.world.add("tree_department", "own", own.pk, "operations it admin")
        at_hospital = "doctor centre supervisor other_supervisor operations double head it admin"
        for code, seen in (
            ("H1", at_hospital),
            ("T1", "clinician it admin"),
            ("T2", "other_clinician it admin"),
        ):
            self.world.add("institution", code, Institution.objects.get(code=code).pk, seen)
        self._hire()
        for code, (place, seen, worked) in _DEPARTMENTS.items():
            self.world.add("department", place, Department.objects.get(code=code).pk, seen, worked)
        self.world.add("department", "own", own.pk, "operations")

    def _hire(self) -> None:
        from access.roles import Place
        from access.services import assign_role, grant_place
        from accounts.models import StaffAccount

        for who, roles in MORE_PEOPLE.items():
            account = StaffAccount.objects.create(
                username=who, name=who, password="!", created_at=clock.now()
            )
            for role in roles:
                assign_role(actor=SYSTEM, account=account, role=role)
            for place, at in (
                (Place.FOLLOW_UP, {"double": self.wards["ward"], "head": self.wards["next_ward"]}),
                (Place.SUPERVISE, {"double": self.wards["next_ward"].department}),
            ):
                if who in at:
                    grant_place(actor=SYSTEM, account=account, place=place, container=at[who])

    # records ------------------------------------------------------------------------------------------------

    def _write_records(self) -> None:
        for key, place in (("resident", "ward"), ("neighbour", "next_ward"), ("unrouted", "ward")):
            self.patients[key] = self._patient(self.words.people[key])
            self.stays[key] = self._stay(key, self.wards[place])
        self.patients["retired"] = self._patient(
            self.words.people["retired"], merged_into=self.patients["resident"]
        )
        for key, patient in self.patients.items():
            seen = self.world.seen_of(key)
            self.world.add("patient", key, patient.pk, seen, self.world.worked_of(key))
            if key != "retired":
                # Decisions are the tenant's business, as the queue is (operations.TENANT_WIDE).
                self.world.add("routed_patient", key, patient.pk, f"{seen} centre operations")
        for key, stay in self.stays.items():
            seen = self.world.seen_of(key)
            self.world.add("encounter", key, stay.pk, seen, self.world.worked_of(key))
            self.world.add("inpatient_no", key, stay.inpatient_no, seen)
            # Before a programme runs its editors and signers see whom it would take (operations.TENANT_WIDE).
            self.world.add("previewed_stay", key, stay.pk, "centre doctor")

    def _patient(self, person: Person, **more: Any) -> Any:
        from records.models import Patient, PatientAddress, PatientIdentifier, PatientPhone

        now = clock.now()
        patient = Patient.objects.create(
            name=person.name, name_masked=person.name_masked, name_initials="jsj", sex="M", birth_date=BORN,
            id_no_enc=encrypt_text(person.id_no), id_no_hash=lookup_hash(person.id_no),
            id_no_masked=mask_id_no(person.id_no), id_no_last4=person.id_no[-4:], created_at=now, updated_at=now,
            **more,
        )  # fmt: skip
        phone = PatientPhone.objects.create(
            patient=patient, number_enc=encrypt_text(person.phone), number_hash=lookup_hash(person.phone),
            masked=mask_phone(person.phone), last4=person.phone[-4:], created_at=now,
        )  # fmt: skip
        PatientIdentifier.objects.create(
            patient=patient, system="HIS", kind="medical_record", value=person.record_no, created_at=now
        )
        PatientAddress.objects.create(patient=patient, kind="current", text=person.address, reported_at=now)
        self.world.add("phone", person.key, phone.pk, "")
        return patient

    def _stay(self, key: str, ward: Any) -> Any:
        from records.models import Diagnosis, Encounter, LabReport, LabResult, Operation

        now, tag, patient = clock.now(), self.words.people[key].tag, self.patients[key]
        department = ward.department
        stay = Encounter.objects.create(
            patient=patient, kind="inpatient", status="discharged", source_system="HIS", source_id=f"V-{key}",
            inpatient_no=f"ZY-{self.words.tenant}-{key}", institution=department.institution, department=department,
            ward=ward, department_text=department.name, ward_text=ward.name, attending_name=f"{tag}医生",
            admitted_at=now - timedelta(days=17), discharged_at=now - timedelta(days=7), discharged_on=_DISCHARGED,
            age_at_discharge=66, disposition="home", main_diagnosis=f"{tag}骨折", source_updated_at=now,
            status_at=now, created_at=now, updated_at=now,
        )  # fmt: skip
        Diagnosis.objects.create(
            encounter=stay, is_main=True, icd10="S72.0", icd10_stem="S720", name=f"{tag}骨折"
        )
        Operation.objects.create(
            encounter=stay, code="81.51", code_stem="8151", name=f"{tag}置换术", operated_at=now - timedelta(days=12),
            operated_on=_DISCHARGED - timedelta(days=5), surgeon=f"{tag}术者",
        )  # fmt: skip
        report = LabReport.objects.create(
            patient=patient, encounter=stay, source_system="HIS", report_no=f"L-{key}", name=f"{tag}血常规",
            reported_at=now - timedelta(days=9), created_at=now,
        )  # fmt: skip
        LabResult.objects.create(report=report, name="血红蛋白", value_text=f"{tag}82", flag="L")
        return stay

    # community ----------------------------------------------------------------------------------------------

    def _route(self) -> None:
        from community.catchments.services import save_catchment

        for place, code in (("township", "420583106000"), ("next_township", "420583108000")):
            institution = self.wards[place].department.institution_id
            save_catchment(actor=SYSTEM, institution_id=institution, division_code=code)
        self._decide("resident", "township", "auto", "420583106000")
        self._decide("neighbour", "next_township", "auto", "420583108000")
        waiting = self._decide("unrouted", "desk", "unresolved", "")
        self.world.add("routing_decision", "unrouted", waiting.pk, "centre operations", "centre")

    def _decide(self, key: str, place: str, state: str, code: str) -> Any:
        from community.routing.models import (
            CurrentRouting,
            ResidenceClaim,
            RoutingDecision,
            RoutingOverride,
        )

        now, person, ward = clock.now(), self.words.people[key], self.wards[place]
        patient = self.patients[key]
        where = {"institution_id": ward.department.institution_id, "ward": ward}
        ResidenceClaim.objects.create(
            patient=patient, source="his_text", rank=3, text=person.address, division_code=code, confidence="0.9",
            reported_at=now,
        )  # fmt: skip
        said = ResidenceClaim.objects.create(
            patient=patient, source="verified", kind="work", rank=1, text=person.address, confidence=1,
            division_code="420583106000", evidence=[f"by:{person.tag}员"], reported_at=now,
        )  # fmt: skip
        self.world.add("residence", key, said.pk, f"{self.world.seen_of(key)} centre operations")
        RoutingOverride.objects.create(
            patient=patient, asked_by="patient", reason=f"{person.tag}要求", created_by_id=1, created_at=now,
            created_by_name=f"{person.tag}员", expires_on=clock.today() + timedelta(days=9), **where,
        )  # fmt: skip
        decision = RoutingDecision.objects.create(
            patient=patient, encounter=self.stays[key], state=state, rule="his_text", confidence="0.9",
            address_text=person.address, division_code=code, why=f"{person.tag}住在那里", decided_at=now, **where,
        )  # fmt: skip
        CurrentRouting.objects.create(
            patient=patient, decision=decision, state=state, division_code=code, department=ward.department,
            decided_at=now, **where,
        )  # fmt: skip
        return decision

    def _arrange_areas(self) -> None:
        """Clinicians of the places, absences, contracts, and a change of areas of each state that is tried."""
        from community.catchments import services as catchments
        from community.catchments.models import Catchment, ClinicianArea
        from community.catchments.selectors.changes import get_change
        from organization.models import StaffMember
        from organization.services import save_staff

        admin, hospital = actor_named("admin"), "doctor centre head double operations admin"
        own = self.wards["ward"]
        save_staff(
            staff_no="S-own", name=f"{self.words.mark}医生", institution=own.department.institution,
            department=own.department, ward=own,
        )  # fmt: skip
        for place, who, seen in (
            ("township", "clinician", "clinician admin"), ("next_township", "other_clinician", "other_clinician admin"),
            ("ward", "doctor", hospital), ("desk", "centre", hospital), ("own", "own", hospital),
        ):  # fmt: skip
            person = StaffMember.objects.get(staff_no=f"S-{who}")
            worked = "admin" if who == "own" else f"{who} admin"
            self.world.add("staff", place, person.pk, seen, worked)
            absence = catchments.report_absence(
                actor=admin, staff_id=person.pk, from_on=date(2026, 12, 1), to_on=date(2026, 12, 3), reason="leave",
                note=f"{self.words.mark}休假",
            )  # fmt: skip
            self.world.add("absence", place, absence, seen, worked)
        for place, key, code in (
            ("township", "resident", "420583106000"), ("next_township", "neighbour", "420583108000"),
        ):  # fmt: skip
            ward, person = self.wards[place], StaffMember.objects.get(ward=self.wards[place])
            catchments.save_clinician_area(
                actor=SYSTEM, staff_id=person.pk, ward_id=ward.pk, division_code=code
            )
            _, _, _, _, worked = PLACES[place]
            contract = catchments.sign_contract(
                actor=replace(actor_named(worked), name=f"{self.words.people[key].tag}员"),
                patient_id=self.patients[key].pk, ward_id=ward.pk, staff_id=person.pk,
                valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31),
            )  # fmt: skip
            self.world.add("care_contract", key, contract, self.world.seen_of(key), worked)
        changes = {}
        for variant, code in (("applied", "420583106202"), ("draft", "420583106000")):
            changes[variant] = pk = catchments.draft_change(
                actor=admin, kind="move", from_on=date(2026, 12, 1), note=f"{self.words.mark}调整",
                moves=[{
                    "division_codes": [code],
                    "to_institution_id": self.wards["next_township"].department.institution_id,
                }],
            )  # fmt: skip
            fingerprint = get_change(pk)["preview"]["fingerprint"]
            if variant == "applied":
                catchments.apply_change(actor=admin, change_id=pk, fingerprint=fingerprint)
                catchments.run_slice(change_id=pk)
            self.world.add("area_change", variant, pk, "admin", variant=variant, with_id=fingerprint)
        viewers = "clinician other_clinician doctor centre operations double head admin"
        for kind, model in (("catchment", Catchment), ("clinician_area", ClinicianArea)):
            for row in model.objects.order_by("pk"):
                self.world.add(kind, row.division_code, row.pk, viewers)

    # follow-up ----------------------------------------------------------------------------------------------

    def _load_content(self) -> None:
        from followup.programmes.models import ProgrammeStep

        content = load_content(self.world)
        self.version = content.version
        self.step = ProgrammeStep.objects.get(version=self.version)
        for key in self.stays:
            self.enrolments[key] = self._enrol(key, content.version, "active")
            self._enrol(key, content.halted, "paused", paused_at=clock.now())

    def _enrol(self, key: str, version: Any, state: str, **more: Any) -> Any:
        from followup.programmes.models import Enrolment

        enrolment = Enrolment.objects.create(
            programme_id=version.programme_id, version=version, encounter=self.stays[key],
            patient=self.patients[key], reason={"by_hand": f"{self.words.people[key].tag}需要随访"},
            origin="manual", enrolled_by_name="孙主任", enrolled_at=clock.now(), state=state, **more,
        )  # fmt: skip
        self.world.add(
            "enrolment", key, enrolment.pk, self.world.seen_of(key), self.world.worked_of(key), variant=state
        )
        return enrolment

    def _mark(self) -> None:
        """Flags, labels and registers; everybody wears the same, each with words of their own."""
        from records.services import (
            deactivate_label,
            save_label,
            save_register,
            set_flag_by_rule,
            set_labels,
        )

        wards = frozenset(ward.pk for ward in self.wards.values())
        of_all = replace(actor_named("centre"), wards=wards)
        for code, variant in (("worn", "active"), ("spare", "active"), ("old", "inactive")):
            label = save_label(actor=of_all, code=code, name=f"{self.words.mark}标签")
            self.world.add("label", code, label["id"], _PATIENT_VIEWERS, variant=variant)
            if variant == "inactive":
                deactivate_label(actor=of_all, label_id=int(label["id"]))
        for key in self.stays:
            patient, tag = self.patients[key], self.words.people[key].tag
            by = replace(of_all, name=f"{tag}员")
            set_labels(actor=by, patient_id=patient.pk, codes=["worn"])
            save_register(actor=by, patient_id=patient.pk, register="hypertension", since=_DISCHARGED)
            set_flag_by_rule(
                patient_id=patient.pk, kind="frequent_visits", reason=f"{tag}就诊多", evidence={}
            )
            flag = patient.flags.get()
            self.world.add(
                "flag", key, flag.pk, self.world.seen_of(key), self.world.worked_of(key), with_id=patient.pk
            )

    def _follow_up(self, place: str) -> None:
        from files.tests.samples import make_wav
        from followup.worklist.models import Escalation, TaskRecording
        from followup.worklist.services import add_attempt, add_recording, submit_task

        _, _, key, seen, worked = PLACES[place]
        tag, who = self.words.people[key].tag, actor_named(worked.split()[0])
        task = self._task(key, place, 1)
        self.world.add("task", place, task.pk, seen, worked, "open listed")
        if place in {"township", "ward"}:
            lead = self._task(key, place, 3)
            member = self._task(key, place, 4, lead)
            self.world.add("task", place, lead.pk, seen, worked, "lead listed", with_id=member.pk)
            self.world.add("member", place, member.pk, seen)
        done = self._task(key, place, 2)
        self.world.add("task", place, done.pk, seen, worked, "done")
        add_attempt(actor=who, task_id=done.pk, channel="T", outcome="reached", note_text=f"{tag}接听")
        sound = make_wav(1) + tag.encode()
        recording = add_recording(actor=who, task_id=done.pk, stream=io.BytesIO(sound), size=len(sound))
        submit_task(
            actor=who,
            task_id=done.pk,
            answers={"wound": "red", "remark": f"{tag}说的话"},
            conclusion=f"{tag}已指导",
        )
        self.world.add("recording", place, recording["id"], seen)
        self.world.add("escalation", place, Escalation.objects.get(task=done).pk, seen, worked)
        if place == "township":
            self._link(TaskRecording.objects.get(pk=recording["id"]).file)

    def _task(self, key: str, place: str, occurrence: int, lead: Any = None) -> Any:
        from followup.worklist.models import Task
        from organization.models import StaffMember

        ward, today, tag = self.wards[place], clock.today(), self.words.people[key].tag
        # One natural key per enrolment: the second place of a person counts on.
        offset = 10 * (list(PLACES).index(place) + 1)
        own = {
            "lead": lead, "own_ward_id": ward.pk, "own_department_id": ward.department_id, "own_channel": "T",
            "own_institution_id": ward.department.institution_id,
        }  # fmt: skip
        return Task.objects.create(
            **(own if lead is not None else {}), enrolment=self.enrolments[key], step=self.step,
            occurrence=offset + occurrence, programme_id=self.version.programme_id, patient=self.patients[key],
            encounter=self.stays[key], questionnaire_version_id=self.step.questionnaire_version_id, ward=ward,
            department=ward.department, institution_id=ward.department.institution_id,
            assignee=StaffMember.objects.filter(ward=ward).first(), township_code="420583106000", due_on=today,
            window_start=today - timedelta(days=1), window_end=today + timedelta(days=2),
            reason={"why": [f"{tag}行手术治疗"]}, created_at=clock.now(),
        )  # fmt: skip

    def _link(self, file: Any) -> None:
        from files.services import make_link

        link = make_link(actor=actor_named("clinician"), file=file)
        self.world.add("file_link", "township", link.url.rsplit("/", 1)[1], "")

    # review, screening, intake -----------------------------------------------------------------------------

    def _review(self) -> None:
        for who, tier, place, seen in (
            ("supervisor", 2, "ward", "supervisor operations"),
            ("other_supervisor", 2, "next_ward", "other_supervisor operations double"),
            ("operations", 3, "ward", "operations"),
        ):
            for variant in ("fresh", "answered"):
                draw = self._draw(actor_named(who), tier, [place], variant)
                self.world.add("draw", f"{place} tier {tier}", draw, seen, who)
                self._add_items(draw, {place: (seen, who)}, f" tier {tier}", variant)
        # Drawn by somebody else over two departments: each supervisor sees the half that is theirs, and only looks.
        places = {
            "ward": ("supervisor operations", ""),
            "next_ward": ("other_supervisor operations double", ""),
        }
        head = actor_named("supervisor")
        head = replace(
            head,
            id=990_002,
            name="黑主任",
            departments=frozenset(self.wards[p].department_id for p in places),
        )
        for variant in ("fresh", "answered"):
            draw = self._draw(head, 2, list(places), variant)
            self.world.add("draw", "both wards", draw, "supervisor other_supervisor operations double")
            self._add_items(draw, places, " of both", variant)

    def _draw(self, who: Actor, tier: int, places: list[str], variant: str) -> int:
        from followup.review.models import SampleItem
        from followup.review.services import create_draw, save_answers

        today = clock.today()
        draw = create_draw(
            actor=who, tier=tier, department_ids=[self.wards[place].department_id for place in places],
            period_from=today - timedelta(days=7), period_to=today, size=5, stratify="none",
        )  # fmt: skip
        if variant == "answered":
            answers = {"called": "yes", "remark": f"{self.words.mark}抽查"}
            for item in SampleItem.objects.filter(draw_id=draw):
                save_answers(actor=who, item_id=item.pk, answers=answers)
        return draw

    def _add_items(self, draw: int, places: dict[str, tuple[str, str]], label: str, variant: str) -> None:
        from followup.review.models import SampleItem

        for place, (seen, worked) in places.items():
            item = SampleItem.objects.get(draw_id=draw, task__ward=self.wards[place])
            self.world.add("item", place + label, item.pk, seen, worked, variant)

    def _screen(self) -> None:
        from followup.screening.models import ScreeningRun

        run = ScreeningRun.objects.create(
            trigger="manual",
            started_at=clock.now(),
            finished_at=clock.now(),
            started_by_name=f"{self.words.mark}员",
        )
        self.world.add("run", "story", run.pk, "admin")

    def _take_in(self) -> None:
        from integrations.intake.models import QuarantinedRow
        from integrations.intake.services import receive
        from tests.isolation.letters import FORMAT, letter_of

        for place in ("first", "second"):
            raw, incoming = letter_of(self.words, place, with_fault=True)
            receipt = receive(source=f"{self.words.mark}系统", format=FORMAT, raw=raw, incoming=incoming)
            row = QuarantinedRow.objects.get(pk=receipt.quarantine_id)
            self.world.add("quarantine", place, row.pk, "it")
            self.world.add("message", place, row.message_id, "it")

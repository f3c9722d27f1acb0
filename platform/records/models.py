"""The canonical records (docs/spec standards 5.4). Corrections supersede: the old row stays with `superseded_at`.

ID numbers and phones are stored encrypted, with a keyed hash for equality search and the masked text for lists,
so that no list ever decrypts.
"""

from django.db import models
from django.db.models import Q

from records.enums import (
    AddressKind,
    DiagnosisKind,
    Disposition,
    EncounterKind,
    EncounterStatus,
    FlagKind,
    FlagOrigin,
    FlagState,
    PhoneOwner,
    Register,
    Sex,
)


class Patient(models.Model):
    """One person as this tenant knows them. A retired row of a merge points to the survivor."""

    name = models.CharField(max_length=80)
    name_masked = models.CharField(max_length=80)
    name_initials = models.CharField(max_length=80, default="", blank=True)
    sex = models.CharField(max_length=1, choices=Sex.choices, default=Sex.UNKNOWN)
    birth_date = models.DateField(null=True)
    id_no_enc = models.BinaryField(null=True)
    id_no_hash = models.CharField(max_length=32, default="", blank=True)
    id_no_masked = models.CharField(max_length=20, default="", blank=True)
    id_no_last4 = models.CharField(max_length=4, default="", blank=True)
    deceased_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="retired")
    # A code of records.rules.Review: why a person should look at this identity.
    needs_review = models.CharField(max_length=80, default="", blank=True)
    # Time of the newest master data of the source: an older message only fills what is empty.
    source_updated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["id_no_hash"], name="records_patient_id_no", condition=~Q(id_no_hash="")),
            models.Index(fields=["name"], name="records_patient_name", opclasses=["varchar_pattern_ops"]),
            models.Index(
                fields=["name_initials"], name="records_patient_initials", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(
                fields=["id_no_last4"], name="records_patient_id_last4", condition=~Q(id_no_last4="")
            ),
        ]


class PatientIdentifier(models.Model):
    """A number that a source system gives a person: record no, inpatient no, outpatient no, cards."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="identifiers")
    system = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "kind", "value"], name="records_identifier_once"),
        ]
        indexes = [models.Index(fields=["value"], name="records_identifier_value")]


class PatientPhone(models.Model):
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="phones")
    owner = models.CharField(max_length=10, choices=PhoneOwner.choices, default=PhoneOwner.SELF)
    owner_name = models.CharField(max_length=40, default="", blank=True)
    number_enc = models.BinaryField()
    number_hash = models.CharField(max_length=32)
    masked = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4, default="", blank=True)
    created_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "number_hash"], condition=Q(superseded_at=None), name="records_phone_once"
            )
        ]
        indexes = [
            models.Index(fields=["number_hash"], name="records_phone_number"),
            models.Index(fields=["last4"], name="records_phone_last4", condition=Q(superseded_at=None)),
        ]


class PatientAddress(models.Model):
    """An address as sent; where it lies is for routing to say."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=12, choices=AddressKind.choices)
    text = models.CharField(max_length=200)
    county = models.CharField(max_length=40, default="", blank=True)
    township = models.CharField(max_length=40, default="", blank=True)
    village = models.CharField(max_length=60, default="", blank=True)
    reported_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"], condition=Q(superseded_at=None), name="records_address_current"
            )
        ]


class PatientMerge(models.Model):
    """A merge with what it moved, so that it can be undone."""

    survivor = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges_won")
    retired = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges_lost")
    snapshot = models.JSONField(default=dict)
    source = models.CharField(max_length=80, default="", blank=True)
    merged_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["retired"], condition=Q(undone_at=None), name="records_merge_once"
            )
        ]


class Encounter(models.Model):
    """A visit: inpatient stay, outpatient visit or check-up."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="encounters")
    kind = models.CharField(max_length=12, choices=EncounterKind.choices)
    status = models.CharField(max_length=12, choices=EncounterStatus.choices, default=EncounterStatus.OPEN)
    source_system = models.CharField(max_length=80)
    source_id = models.CharField(max_length=80)
    inpatient_no = models.CharField(max_length=40, default="", blank=True)
    institution = models.ForeignKey(
        "organization.Institution", on_delete=models.PROTECT, null=True, related_name="+"
    )
    department = models.ForeignKey(
        "organization.Department", on_delete=models.PROTECT, null=True, related_name="+"
    )
    ward = models.ForeignKey("organization.Ward", on_delete=models.PROTECT, null=True, related_name="+")
    department_text = models.CharField(max_length=80, default="", blank=True)
    ward_text = models.CharField(max_length=80, default="", blank=True)
    attending_no = models.CharField(max_length=40, default="", blank=True)
    attending_name = models.CharField(max_length=40, default="", blank=True)
    nurse_no = models.CharField(max_length=40, default="", db_default="", blank=True)
    nurse_name = models.CharField(max_length=40, default="", db_default="", blank=True)
    admitted_at = models.DateTimeField(null=True)
    discharged_at = models.DateTimeField(null=True)
    # The calendar day in Asia/Shanghai: what due dates count from and what screening's index holds.
    discharged_on = models.DateField(null=True)
    age_at_discharge = models.SmallIntegerField(null=True)
    disposition = models.CharField(max_length=16, choices=Disposition.choices, default="", blank=True)
    main_diagnosis = models.CharField(max_length=120, default="", blank=True)
    # Time order of the source: a message older than this changes nothing (standards 5.1, out of order by EVN-2).
    source_updated_at = models.DateTimeField()
    # Source time of the message that decided `status`: a late A03 must not undo a newer A13. Null: none has.
    status_at = models.DateTimeField(null=True)
    # Screening's watermark follows this sequence, not the clock: two changes at one instant are still told apart.
    revision = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_system", "source_id"], name="records_encounter_source"),
        ]
        indexes = [
            models.Index(fields=["patient", "-admitted_at"], name="records_encounter_patient"),
            models.Index(
                fields=["discharged_on", "id"],
                name="records_encounter_discharge",
                condition=Q(status="discharged"),
            ),
            models.Index(fields=["revision"], name="records_encounter_revision"),
            models.Index(
                fields=["inpatient_no"], name="records_encounter_inpatient", condition=~Q(inpatient_no="")
            ),
            models.Index(fields=["source_id"], name="records_encounter_visit"),
        ]


class Diagnosis(models.Model):
    encounter = models.ForeignKey(Encounter, on_delete=models.CASCADE, related_name="diagnoses")
    kind = models.CharField(max_length=12, choices=DiagnosisKind.choices, default=DiagnosisKind.DISCHARGE)
    seq = models.SmallIntegerField(default=1)
    is_main = models.BooleanField(default=False)
    icd10 = models.CharField(max_length=30, default="", blank=True)
    # Upper case, dot and x fillers dropped (I10.x00x002 → I10): what criteria match by prefix.
    icd10_stem = models.CharField(max_length=20, default="", blank=True)
    name = models.CharField(max_length=120, default="", blank=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["encounter"], name="records_diagnosis_encounter"),
            models.Index(
                fields=["icd10_stem", "encounter"],
                name="records_diagnosis_stem",
                opclasses=["varchar_pattern_ops", "int8_ops"],
                condition=Q(superseded_at=None),
            ),
        ]


class Operation(models.Model):
    encounter = models.ForeignKey(Encounter, on_delete=models.CASCADE, related_name="operations")
    seq = models.SmallIntegerField(default=1)
    code = models.CharField(max_length=30, default="", blank=True)
    code_stem = models.CharField(max_length=20, default="", blank=True)
    name = models.CharField(max_length=120, default="", blank=True)
    operated_at = models.DateTimeField(null=True)
    operated_on = models.DateField(null=True)
    surgeon = models.CharField(max_length=40, default="", blank=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["code_stem", "encounter"],
                name="records_operation_stem",
                opclasses=["varchar_pattern_ops", "int8_ops"],
                condition=Q(superseded_at=None),
            ),
            models.Index(fields=["encounter"], name="records_operation_encounter"),
        ]


class LabReport(models.Model):
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="lab_reports")
    encounter = models.ForeignKey(Encounter, on_delete=models.SET_NULL, null=True, related_name="lab_reports")
    source_system = models.CharField(max_length=80)
    report_no = models.CharField(max_length=80)
    name = models.CharField(max_length=120, default="", blank=True)
    reported_at = models.DateTimeField(null=True)
    source_updated_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "report_no"],
                condition=Q(superseded_at=None),
                name="records_lab_report_once",
            )
        ]


class LabResult(models.Model):
    report = models.ForeignKey(LabReport, on_delete=models.CASCADE, related_name="results")
    seq = models.SmallIntegerField(default=1)
    code = models.CharField(max_length=40, default="", blank=True)
    name = models.CharField(max_length=120, default="", blank=True)
    value_text = models.TextField(default="", blank=True)
    value_num = models.DecimalField(max_digits=25, decimal_places=10, null=True)
    unit = models.CharField(max_length=40, default="", blank=True)
    reference = models.CharField(max_length=200, default="", blank=True)
    flag = models.CharField(max_length=20, default="", blank=True)


class PatientFlag(models.Model):
    """患者标识 with its history: a lifted flag stays, with who lifted it and why."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=16, choices=FlagKind.choices)
    origin = models.CharField(max_length=8, choices=FlagOrigin.choices, default=FlagOrigin.MANUAL)
    state = models.CharField(
        max_length=9, choices=FlagState.choices, default=FlagState.CONFIRMED, db_default=FlagState.CONFIRMED
    )
    reason = models.CharField(max_length=200, default="", blank=True)
    # What a rule saw: counts and days, never text of a person.
    evidence = models.JSONField(default=dict)
    set_at = models.DateTimeField()
    set_by_id = models.BigIntegerField(null=True)
    set_by_name = models.CharField(max_length=40, default="", blank=True)
    # Of a flag that was proposed: by whom it was confirmed, who is not who proposed it.
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by_name = models.CharField(max_length=40, default="", db_default="", blank=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by_name = models.CharField(max_length=40, default="", blank=True)
    lift_reason = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"], condition=Q(lifted_at=None), name="records_flag_once"
            )
        ]
        indexes = [models.Index(fields=["patient", "-set_at"], name="records_flag_history")]


class Label(models.Model):
    """患者标签: the tenant's own words for groups of patients, usable in criteria."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    is_active = models.BooleanField(default=True)
    # Grows with every change; If-Match compares it.
    version = models.PositiveIntegerField(default=1, db_default=1)


class PatientLabel(models.Model):
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="labels")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    set_by_name = models.CharField(max_length=40, default="", blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "label"], condition=Q(removed_at=None), name="records_label_once"
            )
        ]


class RegisterEntry(models.Model):
    """慢病登记: since when, and until when, the patient stands on a register of the public-health service."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="registers")
    register = models.CharField(max_length=16, choices=Register.choices)
    since = models.DateField()
    until = models.DateField(null=True)
    source = models.CharField(max_length=80, default="", blank=True)
    recorded_at = models.DateTimeField()
    recorded_by_name = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "register"], condition=Q(until=None), name="records_register_once"
            )
        ]

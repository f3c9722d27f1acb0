"""The catalogue of functions: module › sub-module › function. Code is the truth; roles refer to it."""

from enum import StrEnum


class Function(StrEnum):
    TASK_VIEW = "worklist.task.view"
    TASK_WORK = "worklist.task.work"
    ESCALATION_HANDLE = "worklist.escalation.handle"
    RECORDING_PLAY = "worklist.recording.play"
    PATIENT_VIEW = "records.patient.view"
    PATIENT_UNMASK = "records.patient.unmask"
    ROUTING_VIEW = "routing.queue.view"
    ROUTING_RESOLVE = "routing.queue.resolve"
    REVIEW_VIEW = "review.draw.view"
    REVIEW_DRAW = "review.draw.create"
    REVIEW_SCORE = "review.item.score"
    INTAKE_VIEW = "intake.message.view"
    QUARANTINE_VIEW = "intake.quarantine.view"
    QUARANTINE_REPLAY = "intake.quarantine.replay"
    ORGANIZATION_VIEW = "organization.tree.view"
    PROGRAMMES_VIEW = "programmes.programme.view"
    SCREENING_VIEW = "screening.run.view"
    SCREENING_RUN = "screening.run.start"
    COUNTY_VIEW = "supervision.county.view"
    TENANT_VIEW = "registry.tenant.view"

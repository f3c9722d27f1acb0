"""FHIR R4 Questionnaire in and out. Pure: documents and resources are plain JSON."""

from followup.questionnaires.fhir.exporting import export_questionnaire
from followup.questionnaires.fhir.importing import read_questionnaire
from followup.questionnaires.fhir.words import FhirFault, FhirFaults, Loss

__all__ = ["FhirFault", "FhirFaults", "Loss", "export_questionnaire", "read_questionnaire"]

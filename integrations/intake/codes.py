"""The code shapes live where codes are stored: `records.codes`."""

from records.codes import ICD10_SHAPE, normalise_icd9cm3, normalise_icd10

__all__ = ["ICD10_SHAPE", "normalise_icd9cm3", "normalise_icd10"]

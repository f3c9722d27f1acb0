"""Addresses of FHIR R4 and of our own extensions, and what an exchange tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_FHIR: Final = "http://hl7.org/fhir/StructureDefinition/"
ORDINAL: Final = f"{_FHIR}ordinalValue"
MIN_VALUE: Final = f"{_FHIR}minValue"
MAX_VALUE: Final = f"{_FHIR}maxValue"
MIN_LENGTH: Final = f"{_FHIR}minLength"
MAX_DECIMALS: Final = f"{_FHIR}maxDecimalPlaces"
MIN_OCCURS: Final = f"{_FHIR}questionnaire-minOccurs"
MAX_OCCURS: Final = f"{_FHIR}questionnaire-maxOccurs"
UNIT: Final = f"{_FHIR}questionnaire-unit"
CONTROL: Final = f"{_FHIR}questionnaire-itemControl"
HIDDEN: Final = f"{_FHIR}questionnaire-hidden"
EXCLUSIVE: Final = f"{_FHIR}questionnaire-optionExclusive"
CONTROL_SYSTEM: Final = "http://hl7.org/fhir/questionnaire-item-control"
LOINC: Final = "http://loinc.org"

# Our own JSON travels with the resource, so that a form that comes back unchanged is exactly what it was.
OWN_DOCUMENT: Final = "urn:jieli:questionnaire"
OWN_ITEM: Final = "urn:jieli:questionnaire-item"

# Not carried over; carried over in another form; left open by the file and read in the usual way.
DROPPED: Final = "dropped"
CHANGED: Final = "changed"
ASSUMED: Final = "assumed"
LOSS_KINDS: Final = (DROPPED, CHANGED, ASSUMED)


@dataclass(frozen=True, slots=True)
class Loss:
    """What the other side does not get. `path` is a JSON pointer into what was read; `kind` one of LOSS_KINDS."""

    path: str
    message: str
    kind: str = DROPPED


@dataclass(frozen=True, slots=True)
class FhirFault:
    pointer: str
    code: str
    message: str
    cure: str


class FhirFaults(ValueError):
    """The resource cannot be read; every fault with its JSON pointer into the resource."""

    def __init__(self, faults: Sequence[FhirFault]) -> None:
        super().__init__(faults[0].message)
        self.faults = tuple(faults)


def list_records(value: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects of a list, with their places; anything else is passed over."""
    if isinstance(value, list):
        yield from ((index, entry) for index, entry in enumerate(value) if isinstance(entry, Mapping))


def find_extension(holder: Mapping[str, Any], url: str) -> Mapping[str, Any] | None:
    return next(
        (entry for _, entry in list_records(holder.get("extension")) if entry.get("url") == url), None
    )


def read_extension(holder: Mapping[str, Any], url: str) -> Any:
    """The value[x] of an extension, whatever its type; None without one."""
    extension = find_extension(holder, url)
    if extension is None:
        return None
    return next((extension[name] for name in extension if str(name).startswith("value")), None)


def read_control(item: Mapping[str, Any]) -> str:
    """slider, help …: how the item is to be shown."""
    concept = read_extension(item, CONTROL)
    codings = concept.get("coding") if isinstance(concept, Mapping) else None
    for _, coding in list_records(codings):
        if isinstance(coding.get("code"), str):
            return str(coding["code"])
    return ""

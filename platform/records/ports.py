"""What records shows of rooms above it; config/wiring.py names who serves it."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

if TYPE_CHECKING:
    from access.actor import Actor

RoutingOf = Callable[[int], dict[str, Any] | None]
TownshipsOf = Callable[[Iterable[int]], Mapping[int, str]]
Sight = Callable[["Actor"], QuerySet[Any, Any]]
TimelineProvider = Callable[[int], list[dict[str, Any]]]
# (actor, patient_id, kind of records.enums.FlagKind or PROPOSED_DEATH, is_set)
FlagEffect = Callable[["Actor", int, str, bool], object]

_routing_of: RoutingOf | None = None
_townships_of: TownshipsOf | None = None
_sights: dict[str, Sight] = {}
_timelines: dict[str, TimelineProvider] = {}
_flag_effects: dict[str, FlagEffect] = {}


def connect(*, routing_of: RoutingOf, townships_of: TownshipsOf | None = None) -> None:
    """`routing_of(patient_id)` gives the `routing` part of PatientDetail; `townships_of(ids)` names by patient."""
    global _routing_of, _townships_of
    _routing_of, _townships_of = routing_of, townships_of


def register_sight(name: str, sight: Sight) -> None:
    """`sight(actor)` is a queryset of one column, patient ids whom the actor sees for a reason of that room."""
    _sights[name] = sight


def register_timeline(name: str, provider: TimelineProvider) -> None:
    """`provider(patient_id)` gives timeline items: at, kind, title, summary, department, ref, abnormal."""
    _timelines[name] = provider


def register_flag_effect(name: str, effect: FlagEffect) -> None:
    """`effect` runs in the transaction that sets or lifts a flag: if it fails, the flag is not set (S39)."""
    _flag_effects[name] = effect


def find_routing(patient_id: int) -> dict[str, Any] | None:
    return _routing_of(patient_id) if _routing_of is not None else None


def find_townships(patient_ids: Iterable[int]) -> Mapping[int, str]:
    """Names of the townships where patients were routed to; {} while nobody serves it."""
    return _townships_of(patient_ids) if _townships_of is not None else {}


def sights() -> tuple[Sight, ...]:
    return tuple(_sights.values())


def timelines() -> tuple[TimelineProvider, ...]:
    return tuple(_timelines.values())


def flag_effects() -> tuple[FlagEffect, ...]:
    return tuple(_flag_effects.values())

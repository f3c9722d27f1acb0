"""Whose tasks a figure is about: the same places that the work list shows (architecture, People and rights)."""

from access.actor import Actor

SCOPE = (
    "(t.ward_id = ANY(%(wards)s) OR t.department_id = ANY(%(departments)s)"
    " OR t.institution_id = ANY(%(institutions)s))"
)


def scope_parameters(actor: Actor) -> dict[str, list[int]]:
    return {
        "wards": sorted(actor.wards),
        "departments": sorted(actor.departments),
        "institutions": sorted(actor.institutions),
    }

"""Whose tasks a figure is about: the same places that the work list shows (architecture, People and rights)."""

from access.actor import Actor


def scope_of(actor: Actor) -> tuple[str, dict[str, list[int]]]:
    """The SQL condition on `t` (worklist_task) and its parameters; only the kinds of place that the actor has, so
    that each is a range of an index."""
    places = {
        "ward_id": actor.wards,
        "department_id": actor.departments,
        "institution_id": actor.institutions,
    }
    held = {column: sorted(ids) for column, ids in places.items() if ids}
    condition = " OR ".join(f"t.{column} = ANY(%({column})s)" for column in held)
    return (f"({condition})" if held else "false"), held

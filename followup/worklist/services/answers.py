"""The answers of a contact as they come in: the lead's, and one object for each member."""

from collections.abc import Mapping
from typing import Any

from followup.worklist.services.locking import Contact
from kernel.errors import FieldError, InvalidInput


def gather_answers(
    contact: Contact, answers: Mapping[str, Any], members: Mapping[str, Mapping[str, Any]]
) -> dict[int, dict[str, Any]]:
    """Answers by task; a member that is not named keeps its draft. Raises InvalidInput for one that is not there."""
    known = {str(task.pk) for task in contact.members}
    strange = [
        FieldError(
            f"/members/{key.replace('~', '~0').replace('/', '~1')}",
            "not_in_contact",
            "该任务不在此次联系中，请刷新后再试",
        )
        for key in members
        if key not in known
    ]
    if strange:
        raise InvalidInput(strange[0].message, errors=strange)
    return {
        contact.lead.pk: dict(answers),
        **{task.pk: dict(members.get(str(task.pk), task.answers)) for task in contact.members},
    }

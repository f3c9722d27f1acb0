"""What other rooms ask: a version's document, and which version of a form is to be used."""

from collections.abc import Iterable

from django.db.models import Case, IntegerField, Value, When

from followup.questionnaires.contracts import QuestionnaireVersionView
from followup.questionnaires.enums import VersionState
from followup.questionnaires.models import QuestionnaireVersion
from followup.questionnaires.policy import usable
from followup.questionnaires.selectors.licences import list_licensed
from kernel.errors import NotFound


def get_version(version_id: int) -> QuestionnaireVersionView:
    """What runs stays on its version, whatever became of the scale's licence. Raises NotFound."""
    row = QuestionnaireVersion.objects.select_related("questionnaire").filter(pk=version_id).first()
    if row is None:
        raise NotFound("没有这个版本的问卷")
    return _view(row)


def latest_versions(keys: Iterable[str]) -> dict[str, QuestionnaireVersionView]:
    """Questionnaire key → its newest signed version; keys without one are left out, and scales without a licence."""
    rows = (
        usable(QuestionnaireVersion.objects.select_related("questionnaire"))
        .filter(questionnaire__key__in=list(keys), state=VersionState.SIGNED)
        .order_by("questionnaire_id", "-version")
        .distinct("questionnaire_id")
    )
    return {row.questionnaire.key: _view(row) for row in rows}


def list_keys_state(keys: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Questionnaire key → (state, version id) of the version that counts: the newest signed one, else the open draft,
    else the newest retired one.

    State `locked`: a protected scale for which no licence is in force. Unknown keys are left out.
    """
    rank = Case(
        When(state=VersionState.SIGNED, then=Value(0)),
        When(state=VersionState.RETIRED, then=Value(2)),
        default=Value(1),
        output_field=IntegerField(),
    )
    rows = (
        QuestionnaireVersion.objects.filter(questionnaire__key__in=list(keys))
        .order_by("questionnaire_id", rank, "-version")
        .distinct("questionnaire_id")
        .values("id", "state", "questionnaire__key", "questionnaire__locked_scale")
    )
    found = list(rows)
    locked = {row["questionnaire__locked_scale"] for row in found} - {""}
    unlicensed = locked - list_licensed() if locked else set()
    return {
        row["questionnaire__key"]: (
            "locked" if row["questionnaire__locked_scale"] in unlicensed else row["state"],
            row["id"],
        )
        for row in found
    }


def _view(row: QuestionnaireVersion) -> QuestionnaireVersionView:
    return QuestionnaireVersionView(
        id=row.pk,
        questionnaire_id=row.questionnaire_id,
        key=row.questionnaire.key,
        title=row.document.get("title") or row.questionnaire.title,
        version=row.version,
        state=row.state,
        document=row.document,
    )

from collections.abc import Iterable

from followup.questionnaires.contracts import QuestionnaireVersionView
from followup.questionnaires.models import QuestionnaireVersion
from kernel.errors import NotFound


def get_version(version_id: int) -> QuestionnaireVersionView:
    """Raises NotFound."""
    row = QuestionnaireVersion.objects.select_related("questionnaire").filter(pk=version_id).first()
    if row is None:
        raise NotFound("没有这个版本的问卷")
    return _view(row)


def latest_versions(keys: Iterable[str]) -> dict[str, QuestionnaireVersionView]:
    """Questionnaire key → its newest signed version; keys without one are left out. One query."""
    rows = (
        QuestionnaireVersion.objects.select_related("questionnaire")
        .filter(questionnaire__key__in=list(keys), state="signed")
        .order_by("questionnaire_id", "-version")
        .distinct("questionnaire_id")
    )
    return {row.questionnaire.key: _view(row) for row in rows}


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

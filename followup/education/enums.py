from django.db.models import TextChoices


class CardState(TextChoices):
    """The same governance as for questionnaires: nobody's patients read what no clinician has signed."""

    DRAFT = "draft", "草稿"
    REVIEWED = "reviewed", "已审阅"
    SIGNED = "signed", "已签署"
    RETIRED = "retired", "已停用"


OPEN_STATES = (CardState.DRAFT, CardState.REVIEWED)

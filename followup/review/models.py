from django.db import models

from followup.review.enums import ItemState


class SampleDraw(models.Model):
    """A reproducible draw (抽查): the same seed over the same population gives the same sample."""

    tier = models.PositiveSmallIntegerField()  # 2 ward supervisor, 3 operations centre
    department_ids = models.JSONField()
    # As they were called on the day of the draw.
    department_names = models.JSONField()
    period_from = models.DateField()
    period_to = models.DateField()
    stratify = models.CharField(max_length=10)
    size = models.PositiveSmallIntegerField()
    seed = models.BigIntegerField()
    population = models.PositiveIntegerField()
    drawn_by_id = models.BigIntegerField()
    drawn_by_name = models.CharField(max_length=40)
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(tier__in=[2, 3]), name="review_draw_tier"),
            models.CheckConstraint(
                condition=models.Q(period_from__lte=models.F("period_to")), name="review_draw_period"
            ),
        ]


class SampleItem(models.Model):
    """One drawn task. The reviewer's own answers come before the original is shown; the task is never changed."""

    draw = models.ForeignKey(SampleDraw, on_delete=models.CASCADE, related_name="items")
    task = models.ForeignKey("worklist.Task", on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey("organization.Department", on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey("organization.Institution", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=14, choices=ItemState.choices, default=ItemState.PENDING)
    form_version = models.ForeignKey(
        "questionnaires.QuestionnaireVersion", on_delete=models.PROTECT, related_name="+"
    )
    answers = models.JSONField(default=dict)
    answered_at = models.DateTimeField(null=True)
    scores = models.JSONField(default=dict)
    instant_fail = models.JSONField(default=list)
    total = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    finding = models.CharField(max_length=500, default="", blank=True)
    rectification_due_on = models.DateField(null=True)
    scored_at = models.DateTimeField(null=True)
    scored_by_id = models.BigIntegerField(null=True)
    scored_by_name = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draw", "task"], name="review_item_once")]

from django.apps import AppConfig


class DivisionsConfig(AppConfig):
    name = "divisions"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "行政区划"

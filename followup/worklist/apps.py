from django.apps import AppConfig


class WorklistConfig(AppConfig):
    name = "followup.worklist"

from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "followup.screening"

from django.apps import AppConfig


class CatchmentsConfig(AppConfig):
    name = "community.catchments"

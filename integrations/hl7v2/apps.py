from django.apps import AppConfig


class Hl7V2Config(AppConfig):
    name = "integrations.hl7v2"

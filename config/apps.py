from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Connects the rooms once the app registry is full."""

    name = "config"

    def ready(self) -> None:
        from config import wiring

        wiring.connect()

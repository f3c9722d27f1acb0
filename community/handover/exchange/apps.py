from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """What lies between two tenants, in public only: no tenant's role may read it, the gate alone does."""

    name = "community.handover.exchange"

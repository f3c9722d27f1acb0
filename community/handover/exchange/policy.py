"""Whose agreements a bureau sees: those of which a tenant that it supervises is a party, once proposed."""

from django.db.models import QuerySet

from access.actor import Actor
from community.handover.exchange.models import Agreement
from community.handover.exchange.selectors import visible_agreements
from kernel.errors import NotAllowed
from tenants.registry.selectors import bureau_of_account, tenants_of_bureau


def supervised_agreements(actor: Actor) -> QuerySet[Agreement]:
    """Raises NotAllowed for an account without a bureau."""
    bureau_id = bureau_of_account(actor.id)
    if bureau_id is None:
        raise NotAllowed("您的账号尚未归属任何卫健局，请联系平台管理员")
    return visible_agreements([tenant.code for tenant in tenants_of_bureau(bureau_id)])

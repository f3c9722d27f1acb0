"""The tenant's key pair: made when the tenant is, or when it first takes part in an agreement."""

from typing import Any

from django.db import connection, transaction

from community.handover import gate
from community.handover.errors import PartnerNotReady
from community.handover.exchange import services as exchange
from community.handover.models import HandoverSecret
from community.handover.sealing import make_pair
from kernel import clock
from kernel.crypto import decrypt_bytes, encrypt_bytes


def seed_key(tenant: Any) -> None:
    """Step of provisioning; safe to repeat."""
    ensure_key()


@transaction.atomic
def ensure_key() -> int:
    """The id of the bound tenant's key; made when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.handover', 0))")
    newest = HandoverSecret.objects.order_by("-key_id").values_list("key_id", flat=True).first()
    if newest is not None:
        return newest
    private, public = make_pair()
    sealed = encrypt_bytes(private)
    with gate.opened() as me:
        key_id = exchange.replace_key(tenant_code=me.code, public_key=public)
    HandoverSecret.objects.create(key_id=key_id, private_enc=sealed, created_at=clock.now())
    return key_id


def private_key(key_id: int) -> bytes:
    """Raises PartnerNotReady: the envelope was sealed with a key that is not this tenant's."""
    sealed = HandoverSecret.objects.filter(key_id=key_id).values_list("private_enc", flat=True).first()
    if sealed is None:
        raise PartnerNotReady("转交密钥与本机构不符，请联系平台管理员")
    return decrypt_bytes(sealed)

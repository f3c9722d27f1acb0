"""The only passage between two tenants.

Everything that crosses lies in public, where no tenant's role may look. The gate binds public inside the caller's
transaction, on behalf of the tenant that was bound, and hands over only rows to which that tenant is a party. It never
reads another tenant's schema; all it writes there is the job that makes the other side look (exchange.services.post).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from community.handover.errors import NoTenantBound
from community.handover.exchange import selectors, services
from community.handover.exchange.contracts import AgreementFact, OfferFact
from community.handover.exchange.models import Agreement, Offer
from kernel.errors import NotFound
from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema, bound_schema, is_tenant_bound
from tenants.registry.contracts import TenantRef
from tenants.registry.selectors import get_tenant_by_code, tenant_of_schema


@dataclass(frozen=True, slots=True)
class LockedOffer:
    """The offer, locked until the transaction ends; `row` is for the exchange's own services."""

    row: Offer
    fact: OfferFact
    me: TenantRef

    @property
    def other(self) -> str:
        return self.fact.other(self.me.code)

    @property
    def is_mine(self) -> bool:
        """I am the one who sent it."""
        return self.fact.from_tenant == self.me.code


def own_tenant() -> TenantRef:
    """The bound tenant. Raises NoTenantBound."""
    tenant = tenant_of_schema(bound_schema()) if is_tenant_bound() else None
    if tenant is None:
        raise NoTenantBound("the gate is opened by a tenant, and none is bound")
    return tenant


@contextmanager
def opened() -> Iterator[TenantRef]:
    """Public is bound inside; the tenant that opened it is the party. Raises NoTenantBound."""
    tenant = own_tenant()
    with bind_schema(PUBLIC):
        yield tenant


def lock_offer(offer_id: int) -> LockedOffer:
    """Raises NotFound, also where the bound tenant is no party. Leaves the tenant bound."""
    with opened() as me:
        row = services.lock_offer(offer_id)
        if me.code not in (row.from_tenant, row.to_tenant):
            raise NotFound()
        return LockedOffer(row, selectors.offer_fact(row), me)


def find_agreement(agreement_id: int) -> AgreementFact:
    """Raises NotFound, also where the bound tenant is no party or may not see the draft."""
    with opened() as me:
        agreement = selectors.visible_agreements([me.code], own=me.code).filter(pk=agreement_id).first()
        if agreement is None:
            raise NotFound()
        return selectors.agreement_fact(agreement)


def hold_agreement(agreement_id: int) -> AgreementFact:
    """As find_agreement, and nobody revokes it until the transaction ends."""
    fact = find_agreement(agreement_id)
    with opened():
        Agreement.objects.select_for_update(of=("self",), no_key=True).get(pk=agreement_id)
        return selectors.agreement_fact(Agreement.objects.get(pk=fact.id))


def status_of(code: str) -> str:
    """The status of another tenant (TenantStatus), "" where there is none."""
    tenant = get_tenant_by_code(code)
    return tenant.status if tenant is not None else ""


def name_of(code: str) -> str:
    with bind_schema(PUBLIC):
        return selectors.names_of([code]).get(code, code)

"""Host name → tenant, cached; binds schema and role before anything else reads the database."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.urls import set_urlconf

from kernel.problems import problem_response
from kernel.tenancy import backend
from tenants.registry.models import Domain, Tenant, TenantStatus

_TTL_SECONDS = 30.0
_MAX_HOSTS = 10_000
_cache: dict[str, tuple[float, Tenant | None]] = {}
_lock = threading.Lock()


def forget_hosts() -> None:
    """After a tenant was added or suspended in this process; others follow within the cache's 30 s."""
    with _lock:
        _cache.clear()


def find_tenant(host: str) -> Tenant | None:
    entry = _cache.get(host)
    moment = time.monotonic()
    if entry is not None and entry[0] > moment:
        return entry[1]
    backend().set_schema_to_public()
    domain = Domain.objects.select_related("tenant").filter(domain=host).first()
    tenant = domain.tenant if domain is not None else None
    with _lock:
        if len(_cache) >= _MAX_HOSTS:  # a stranger inventing host names must not fill the memory
            _cache.clear()
        _cache[host] = (moment + _TTL_SECONDS, tenant)
    return tenant


class TenantMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            host, _ = split_domain_port(request.get_host())
        except DisallowedHost:
            return problem_response(400, detail="请求的主机名无效")
        typed: Any = request
        if host in settings.JIELI_PUBLIC_HOSTS:
            typed.tenant = None
            typed.urlconf = settings.PUBLIC_SCHEMA_URLCONF
            backend().set_schema_to_public()
        else:
            tenant = find_tenant(host)
            if tenant is None:
                return problem_response(404, detail="没有使用此地址的机构，请核对网址")
            if tenant.status == TenantStatus.SUSPENDED:
                return problem_response(
                    403, code="tenant_suspended", detail="该机构的服务已停用，请联系卫健局"
                )
            if tenant.status != TenantStatus.ACTIVE:
                return problem_response(503, code="tenant_provisioning", detail="该机构正在开通，请稍后再试")
            typed.tenant = tenant
            typed.urlconf = settings.ROOT_URLCONF
            backend().set_tenant(tenant)
        set_urlconf(typed.urlconf)
        try:
            return self.get_response(request)
        finally:
            backend().set_schema_to_public()
            set_urlconf(None)

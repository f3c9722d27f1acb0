from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from kernel.api import ApiViewSet
from organization import selectors
from organization.serializers import OrganizationTreeOutput


class OrganizationViewSet(ApiViewSet):
    """Institutions, departments and wards of the tenant."""

    functions = {"tree": Function.ORGANIZATION_VIEW}

    @extend_schema(responses=OrganizationTreeOutput)
    def tree(self, request: Request) -> Response:
        """What the caller's grants reach, and the containers that lead there."""
        return Response({"items": selectors.tree(actor_of(request))})


urlpatterns = [path("organization/tree", OrganizationViewSet.as_view({"get": "tree"}))]

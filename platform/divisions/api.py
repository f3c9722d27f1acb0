from functools import partial
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import parsers
from rest_framework.request import Request
from rest_framework.response import Response

from divisions import selectors, services
from divisions.errors import DivisionFileTooLarge
from divisions.policy import DIVISIONS_IMPORT
from divisions.ports import find_county, importer_of
from divisions.rules import MAX_BYTES
from divisions.serializers import (
    ApplyImportInput,
    DivisionImportInput,
    DivisionImportListOutput,
    DivisionImportOutput,
    DivisionTreeOutput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.doors import SIGNED_IN
from kernel.errors import NotFound
from kernel.pagination import slice_page

# Boundaries, part headers and the two fields of a multipart body come on top of the file.
_ENVELOPE_BYTES = 16 * 1024


def _newest_first(rows: QuerySet[Any, Any], request: Request) -> tuple[list[Any], str | None]:
    return slice_page(rows, request, order=("-id",))


class DivisionTreeViewSet(ApiViewSet):
    """A county with its townships and villages in one answer."""

    operation_prefix = "divisionTree"
    functions = {"retrieve": SIGNED_IN}
    parameters = {"retrieve": frozenset({"county"})}

    @extend_schema(
        parameters=[OpenApiParameter("county", str, description="6 or 12 digits; left out: the own county")],
        responses=DivisionTreeOutput,
    )
    def retrieve(self, request: Request) -> Response:
        county = request.query_params.get("county")
        if county is None:
            county = find_county(importer_of(request).id)
            if not county:
                raise NotFound("本机构没有负责的县；请用 county 指明县代码，如 420583")
        return Response(selectors.county_tree(county))


class DivisionImportViewSet(ApiViewSet):
    """Lists of the own county: previewed, applied as previewed, or discarded."""

    operation_prefix = "divisionImports"
    functions = dict.fromkeys(("list", "create", "retrieve", "apply", "discard"), DIVISIONS_IMPORT)
    parameters = {"list": frozenset({"cursor", "limit"})}
    parser_classes = (parsers.JSONParser, parsers.MultiPartParser)

    @extend_schema(
        parameters=[OpenApiParameter("cursor"), OpenApiParameter("limit", int)],
        responses=DivisionImportListOutput,
    )
    def list(self, request: Request) -> Response:
        items, cursor = selectors.list_imports(importer_of(request), partial(_newest_first, request=request))
        return Response({"items": items, "next_cursor": cursor})

    @extend_schema(
        request={"multipart/form-data": DivisionImportInput}, responses={201: DivisionImportOutput}
    )
    def create(self, request: Request) -> Response:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > MAX_BYTES + _ENVELOPE_BYTES:
            raise DivisionFileTooLarge()  # before the body is read
        given = parse(DivisionImportInput, request)
        file: UploadedFile = given["file"]
        if (file.size or 0) > MAX_BYTES:
            raise DivisionFileTooLarge()
        made = services.preview_import(
            actor=importer_of(request), raw=file.read(), file_name=file.name or "", source=given["source"],
            as_of=given["as_of"],
        )  # fmt: skip
        return Response(made, status=201)

    @extend_schema(responses=DivisionImportOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(selectors.get_import(importer_of(request), parse_id(id)))

    @extend_schema(request={"application/json": ApplyImportInput}, responses=DivisionImportOutput)
    def apply(self, request: Request, id: str) -> Response:
        given = parse(ApplyImportInput, request)
        made = services.apply_import(
            actor=importer_of(request), import_id=parse_id(id), fingerprint=given["fingerprint"]
        )
        return Response(made)

    @extend_schema(request=None, responses=DivisionImportOutput)
    def discard(self, request: Request, id: str) -> Response:
        return Response(services.discard_import(actor=importer_of(request), import_id=parse_id(id)))


def import_routes(tree: type[ApiViewSet], imports: type[ApiViewSet]) -> list[Any]:
    """The same paths on both hosts, each with view sets that declare the functions of its own."""
    return [
        path("divisions/tree", tree.as_view({"get": "retrieve"})),
        path("divisions/imports", imports.as_view({"get": "list", "post": "create"})),
        path("divisions/imports/<str:id>", imports.as_view({"get": "retrieve"})),
        path("divisions/imports/<str:id>/apply", imports.as_view({"post": "apply"})),
        path("divisions/imports/<str:id>/discard", imports.as_view({"post": "discard"})),
    ]


urlpatterns = import_routes(DivisionTreeViewSet, DivisionImportViewSet)

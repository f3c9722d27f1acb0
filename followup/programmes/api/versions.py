import re

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from followup.programmes import selectors, services
from followup.programmes.serializers.programmes import (
    ActivateProgrammeInput,
    ProgrammeDifferenceOutput,
    ProgrammeReasonInput,
    ProgrammeVersionOutput,
    ReturnProgrammeInput,
    ReviewProgrammeInput,
    SaveProgrammeDraftInput,
    SignProgrammeInput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput

_IF_MATCH = re.compile(r'^(?:W/)?"(\d{1,9})"$', re.ASCII)


def _read_if_match(request: Request) -> int:
    match = _IF_MATCH.match(request.headers.get("If-Match", "").strip())
    if match is None:
        raise InvalidInput.at("If-Match", "required", '请在 If-Match 中给出当前修订号，如 "3"')
    return int(match[1])


class ProgrammeVersionViewSet(ApiViewSet):
    operation_prefix = "programmeVersions"
    # Sending back is the editor's and the signer's: the service asks for either right.
    functions = {
        "retrieve": F.PROGRAMMES_VIEW, "diff": F.PROGRAMMES_VIEW, "update": F.PROGRAMMES_EDIT,
        "destroy": F.PROGRAMMES_EDIT, "review": F.PROGRAMMES_EDIT, "send_back": F.PROGRAMMES_VIEW,
        "sign": F.PROGRAMMES_SIGN, "activate": F.PROGRAMMES_ACTIVATE, "pause": F.PROGRAMMES_ACTIVATE,
        "retire": F.PROGRAMMES_ACTIVATE,
    }  # fmt: skip
    parameters = {"diff": frozenset({"against"})}

    def _answer(self, request: Request, version_id: int) -> Response:
        return Response(selectors.get_version_detail(actor_of(request), version_id))

    @extend_schema(responses=ProgrammeVersionOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return self._answer(request, parse_id(id))

    @extend_schema(
        responses=ProgrammeDifferenceOutput,
        parameters=[
            OpenApiParameter("against", description="另一版本的编号；缺省为所依据的全县版本或前一版")
        ],
    )
    def diff(self, request: Request, id: str) -> Response:
        against = request.query_params.get("against")
        return Response(
            selectors.diff_version(parse_id(id), parse_id(against, "?against") if against else None)
        )

    @extend_schema(
        request=SaveProgrammeDraftInput,
        responses=ProgrammeVersionOutput,
        parameters=[OpenApiParameter("If-Match", location="header", required=True)],
    )
    def update(self, request: Request, id: str) -> Response:
        version_id, given = parse_id(id), parse(SaveProgrammeDraftInput, request)
        services.save_draft(
            actor=actor_of(request), version_id=version_id, expected_revision=_read_if_match(request), **given
        )
        return self._answer(request, version_id)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        services.delete_draft(actor=actor_of(request), version_id=parse_id(id))
        return Response(status=204)

    @extend_schema(request=ReviewProgrammeInput, responses=ProgrammeVersionOutput)
    def review(self, request: Request, id: str) -> Response:
        version_id, given = parse_id(id), parse(ReviewProgrammeInput, request)
        services.review_version(actor=actor_of(request), version_id=version_id, note_text=given["note"])
        return self._answer(request, version_id)

    @extend_schema(request=ReturnProgrammeInput, responses=ProgrammeVersionOutput)
    def send_back(self, request: Request, id: str) -> Response:
        version_id, given = parse_id(id), parse(ReturnProgrammeInput, request)
        services.return_version(actor=actor_of(request), version_id=version_id, note_text=given["note"])
        return self._answer(request, version_id)

    @extend_schema(request=SignProgrammeInput, responses=ProgrammeVersionOutput)
    def sign(self, request: Request, id: str) -> Response:
        version_id, given = parse_id(id), parse(SignProgrammeInput, request)
        services.sign_reviewed_version(actor=actor_of(request), version_id=version_id, **given)
        return self._answer(request, version_id)

    @extend_schema(request=ActivateProgrammeInput, responses=ProgrammeVersionOutput)
    def activate(self, request: Request, id: str) -> Response:
        version_id, given = parse_id(id), parse(ActivateProgrammeInput, request)
        services.activate_version(actor=actor_of(request), version_id=version_id, **given)
        return self._answer(request, version_id)

    @extend_schema(request=ProgrammeReasonInput, responses=ProgrammeVersionOutput)
    def pause(self, request: Request, id: str) -> Response:
        version_id, given = parse_id(id), parse(ProgrammeReasonInput, request)
        services.pause_version(actor=actor_of(request), version_id=version_id, **given)
        return self._answer(request, version_id)

    @extend_schema(request=ProgrammeReasonInput, responses=ProgrammeVersionOutput)
    def retire(self, request: Request, id: str) -> Response:
        version_id, given = parse_id(id), parse(ProgrammeReasonInput, request)
        services.retire_version(actor=actor_of(request), version_id=version_id, **given)
        return self._answer(request, version_id)


_ACTS = {
    "review": "review", "return": "send_back", "sign": "sign", "activate": "activate", "pause": "pause",
    "retire": "retire",
}  # fmt: skip
urlpatterns = [
    path(
        "programme-versions/<str:id>",
        ProgrammeVersionViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
    path("programme-versions/<str:id>/diff", ProgrammeVersionViewSet.as_view({"get": "diff"})),
    *(
        path(f"programme-versions/<str:id>/{address}", ProgrammeVersionViewSet.as_view({"post": action}))
        for address, action in _ACTS.items()
    ),
]

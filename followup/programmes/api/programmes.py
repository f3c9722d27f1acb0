from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from followup.programmes import selectors, services
from followup.programmes.serializers.programmes import (
    CreateProgrammeInput,
    OpenProgrammeDraftInput,
    ProgrammeDetailOutput,
    ProgrammeDocumentInput,
    ProgrammeFaultsOutput,
    ProgrammeListOutput,
    ProgrammeVersionOutput,
    ProgrammeVocabularyOutput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput


class ProgrammeViewSet(ApiViewSet):
    operation_prefix = "programmes"
    functions = {
        "list": F.PROGRAMMES_VIEW, "retrieve": F.PROGRAMMES_VIEW, "create": F.PROGRAMMES_EDIT,
        "drafts": F.PROGRAMMES_EDIT, "validate": F.PROGRAMMES_VIEW, "vocabulary": F.PROGRAMMES_VIEW,
    }  # fmt: skip

    @extend_schema(responses=ProgrammeListOutput)
    def list(self, request: Request) -> Response:
        return Response({"items": selectors.list_programmes()})

    @extend_schema(responses=ProgrammeDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(selectors.get_programme(programme_id=parse_id(id)))

    @extend_schema(request=CreateProgrammeInput, responses={201: ProgrammeVersionOutput})
    def create(self, request: Request) -> Response:
        """由 document 新建，或以 from_version_id 的版本为底稿另立（须给新的 key）。"""
        actor, given = actor_of(request), parse(CreateProgrammeInput, request)
        if ("document" in given) == ("from_version_id" in given):
            raise InvalidInput.at("/document", "required", "请给出 document 或 from_version_id 其中之一")
        if "document" in given:
            version_id = services.create_programme(
                actor=actor, document=given["document"], starts_on=given["starts_on"]
            )
        else:
            if "key" not in given:
                raise InvalidInput.at("/key", "required", "请给新的随访路径一个编号")
            version_id = services.copy_programme(
                actor=actor,
                from_version_id=parse_id(given["from_version_id"], "/from_version_id"),
                key=given["key"],
                name=given["name"],
            )
        return Response(selectors.get_version_detail(actor, version_id), status=201)

    @extend_schema(request=OpenProgrammeDraftInput, responses={201: ProgrammeVersionOutput})
    def drafts(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(OpenProgrammeDraftInput, request)
        base, place = given["from_version_id"], given["institution_id"]
        version_id = services.open_draft(
            actor=actor,
            programme_id=parse_id(id),
            from_version_id=parse_id(base, "/from_version_id") if base else None,
            institution_id=parse_id(place, "/institution_id") if place else None,
            local_reason=given["local_reason"],
        )
        return Response(selectors.get_version_detail(actor, version_id), status=201)

    @extend_schema(request=ProgrammeDocumentInput, responses=ProgrammeFaultsOutput)
    def validate(self, request: Request) -> Response:
        return Response(selectors.judge_document(parse(ProgrammeDocumentInput, request)["document"]))

    @extend_schema(responses=ProgrammeVocabularyOutput)
    def vocabulary(self, request: Request) -> Response:
        return Response(selectors.get_vocabulary())


urlpatterns = [
    path("programmes", ProgrammeViewSet.as_view({"get": "list", "post": "create"})),
    path("programmes/validate", ProgrammeViewSet.as_view({"post": "validate"})),
    path("programmes/vocabulary", ProgrammeViewSet.as_view({"get": "vocabulary"})),
    path("programmes/<str:id>", ProgrammeViewSet.as_view({"get": "retrieve"})),
    path("programmes/<str:id>/drafts", ProgrammeViewSet.as_view({"post": "drafts"})),
]

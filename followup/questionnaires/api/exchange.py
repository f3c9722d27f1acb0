from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from followup.questionnaires import selectors, services
from followup.questionnaires.serializers import (
    FhirReportOutput,
    QuestionnaireImportInput,
    QuestionnaireImportOutput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput
from kernel.renderers import OrjsonRenderer


class FhirRenderer(OrjsonRenderer):
    media_type = "application/fhir+json"
    format = "fhir"


class QuestionnaireFhirViewSet(ApiViewSet):
    operation_prefix = "questionnaireVersions"
    functions = {"fhir": F.QUESTIONNAIRES_VIEW}
    parameters = {"fhir": frozenset({"report"})}
    renderer_classes = [FhirRenderer, OrjsonRenderer]

    @extend_schema(
        responses={
            (200, "application/fhir+json"): OpenApiTypes.OBJECT,
            (200, "application/json"): FhirReportOutput,
        },
        parameters=[OpenApiParameter("report", enum=["1"], description="1：连同不能带出的内容一起返回")],
    )
    def fhir(self, request: Request, id: str) -> Response:
        report = request.query_params.get("report")
        if report not in (None, "1"):
            raise InvalidInput.at("?report", "choice", "report 只能是 1")
        resource, losses = selectors.export_fhir(parse_id(id))
        if report is None:
            return Response(resource, content_type=FhirRenderer.media_type)
        return Response({"resource": resource, "losses": losses}, content_type=OrjsonRenderer.media_type)


class QuestionnaireImportViewSet(ApiViewSet):
    operation_prefix = "questionnaires"
    functions = {"import_document": F.QUESTIONNAIRES_EDIT}

    @extend_schema(request=QuestionnaireImportInput, responses={201: QuestionnaireImportOutput})
    def import_document(self, request: Request) -> Response:
        actor, given = actor_of(request), parse(QuestionnaireImportInput, request)
        version_id, losses = services.import_questionnaire(actor=actor, **given)
        version = selectors.get_version_detail(actor, version_id)
        return Response({"version": version, "losses": losses}, status=201)


urlpatterns = [
    path("questionnaires/import", QuestionnaireImportViewSet.as_view({"post": "import_document"})),
    path("questionnaire-versions/<str:id>/fhir", QuestionnaireFhirViewSet.as_view({"get": "fhir"})),
]

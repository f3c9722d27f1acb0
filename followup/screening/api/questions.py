"""Preview and rehearsal before a programme runs; explanation and recommendation for one patient."""

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from followup.programmes.selectors import plan_document
from followup.screening import selectors, services
from followup.screening.serializers.explanations import (
    RecommendationListOutput,
    ScreeningExplanationListOutput,
)
from followup.screening.serializers.previews import (
    PreviewInput,
    PreviewOutput,
    RehearsalInput,
    RehearsalOutput,
)
from kernel import clock
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput

_ASKED = ("encounter", "patient", "inpatient_no")


class ScreeningPreviewViewSet(ApiViewSet):
    operation_prefix = "screeningPreview"
    functions = {"preview": Function.SCREENING_PREVIEW, "rehearse": Function.SCREENING_PREVIEW}

    @extend_schema(request=PreviewInput, responses=PreviewOutput)
    def preview(self, request: Request) -> Response:
        given = parse(PreviewInput, request)
        return Response(
            services.preview(
                actor=actor_of(request),
                criteria=given["criteria"],
                exclusions=given["exclusions"],
                first=given["period_from"],
                last=given["period_to"],
                institution_id=_id_of(given["institution_id"], "/institution_id"),
                programme_id=_id_of(given["programme_id"], "/programme_id"),
                limit=given["limit"],
                with_conditions=given["conditions"],
            )
        )

    @extend_schema(request=RehearsalInput, responses=RehearsalOutput)
    def rehearse(self, request: Request) -> Response:
        given = parse(RehearsalInput, request)
        plan = plan_document(
            given["document"], institution_id=_id_of(given["institution_id"], "/institution_id")
        )
        return Response(
            selectors.rehearse(plan, desk=selectors.get_desk(), today=clock.today(), weeks=given["weeks"])
        )


class ScreeningExplanationViewSet(ApiViewSet):
    operation_prefix = "screeningExplanation"
    functions = {"retrieve": Function.SCREENING_EXPLAIN}
    parameters = {"retrieve": frozenset(_ASKED)}

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in _ASKED],
        responses=ScreeningExplanationListOutput,
    )
    def retrieve(self, request: Request) -> Response:
        asked = [name for name in _ASKED if request.query_params.get(name)]
        if len(asked) != 1:
            raise InvalidInput.at("?encounter", "required", "请给出就诊编号、患者编号、住院号中的一项")
        text = request.query_params[asked[0]]
        actor = actor_of(request)
        if asked[0] == "inpatient_no":
            if len(text) > 40 or "\0" in text:
                raise InvalidInput.at("?inpatient_no", "too_long", "住院号不超过 40 个字")
            rows = services.explain(actor=actor, inpatient_no=text.strip())
        elif asked[0] == "patient":
            rows = services.explain(actor=actor, patient_id=parse_id(text, "?patient"))
        else:
            rows = services.explain(actor=actor, encounter_id=parse_id(text, "?encounter"))
        return Response({"items": rows})


class RecommendationViewSet(ApiViewSet):
    operation_prefix = "recommendations"
    functions = {"list": Function.RECOMMENDATION_VIEW}

    @extend_schema(responses=RecommendationListOutput)
    def list(self, request: Request, id: str) -> Response:
        return Response({"items": services.recommend(actor=actor_of(request), patient_id=parse_id(id))})


def _id_of(text: str | None, pointer: str) -> int | None:
    return None if text is None else parse_id(text, pointer)


urlpatterns = [
    path("screening/preview", ScreeningPreviewViewSet.as_view({"post": "preview"})),
    path("screening/rehearsal", ScreeningPreviewViewSet.as_view({"post": "rehearse"})),
    path("screening/explain", ScreeningExplanationViewSet.as_view({"get": "retrieve"})),
    path("patients/<str:id>/recommendations", RecommendationViewSet.as_view({"get": "list"})),
]

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from followup.review import selectors, services
from followup.review.serializers import (
    ReviewAnswersInput,
    ReviewDrawDetailOutput,
    ReviewDrawInput,
    ReviewDrawListOutput,
    ReviewItemDetailOutput,
    ReviewScoreInput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.pagination import slice_page


class ReviewDrawViewSet(ApiViewSet):
    """Samples drawn for the second and third tier's review."""

    operation_prefix = "reviewDraws"
    functions = {
        "list": Function.REVIEW_VIEW,
        "create": Function.REVIEW_DRAW,
        "retrieve": Function.REVIEW_VIEW,
    }
    parameters = {"list": frozenset({"cursor", "limit"})}

    @extend_schema(
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses=ReviewDrawListOutput,
    )
    def list(self, request: Request) -> Response:
        """Newest first."""
        rows, cursor = slice_page(selectors.draw_rows(actor_of(request)), request, order=["-id"])
        return Response({"items": [selectors.draw_of(row) for row in rows], "next_cursor": cursor})

    @extend_schema(request=ReviewDrawInput, responses={201: ReviewDrawDetailOutput})
    def create(self, request: Request) -> Response:
        """Draw a random sample of finished tasks; tasks of one's own are left out."""
        body = parse(ReviewDrawInput, request)
        actor = actor_of(request)
        ids = [
            parse_id(text, f"/department_ids/{index}")
            for index, text in enumerate(body.pop("department_ids"))
        ]
        draw_id = services.create_draw(actor=actor, department_ids=ids, **body)
        return Response(services.open_draw(actor=actor, draw_id=draw_id), status=status.HTTP_201_CREATED)

    @extend_schema(responses=ReviewDrawDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(services.open_draw(actor=actor_of(request), draw_id=parse_id(id)))


class ReviewItemViewSet(ApiViewSet):
    """One drawn task: own call first, then the original beside it, then the score."""

    operation_prefix = "reviewItems"
    functions = {
        "retrieve": Function.REVIEW_VIEW,
        "answer": Function.REVIEW_SCORE,
        "score": Function.REVIEW_SCORE,
    }

    @extend_schema(responses=ReviewItemDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(services.open_item(actor=actor_of(request), item_id=parse_id(id)))

    @extend_schema(request=ReviewAnswersInput, responses=ReviewItemDetailOutput)
    def answer(self, request: Request, id: str) -> Response:
        """Save the reviewer's own answers, once; from then on the original is shown."""
        actor, item_id = actor_of(request), parse_id(id)
        services.save_answers(actor=actor, item_id=item_id, **parse(ReviewAnswersInput, request))
        return Response(services.open_item(actor=actor, item_id=item_id))

    @extend_schema(request=ReviewScoreInput, responses=ReviewItemDetailOutput)
    def score(self, request: Request, id: str) -> Response:
        """Score, once; the tier-1 record stays as it is."""
        actor, item_id = actor_of(request), parse_id(id)
        services.score_item(actor=actor, item_id=item_id, **parse(ReviewScoreInput, request))
        return Response(services.open_item(actor=actor, item_id=item_id))


urlpatterns = [
    path("review/draws", ReviewDrawViewSet.as_view({"get": "list", "post": "create"})),
    path("review/draws/<str:id>", ReviewDrawViewSet.as_view({"get": "retrieve"})),
    path("review/items/<str:id>", ReviewItemViewSet.as_view({"get": "retrieve"})),
    path("review/items/<str:id>/answers", ReviewItemViewSet.as_view({"post": "answer"})),
    path("review/items/<str:id>/score", ReviewItemViewSet.as_view({"post": "score"})),
]

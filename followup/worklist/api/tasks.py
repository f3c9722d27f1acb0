import re

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function as F
from followup.worklist import selectors, services
from followup.worklist.api.seen import note_read
from followup.worklist.enums import AttemptOutcome, Channel
from followup.worklist.serializers import (
    AnswersInput,
    AttemptInput,
    CloseTaskInput,
    DetachInput,
    DraftInput,
    DraftSavedOutput,
    PatientFollowUpsOutput,
    SubmitInput,
    TaskCountsOutput,
    TaskDetailOutput,
    TaskEvaluationOutput,
    TaskListOutput,
)
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput

_IF_MATCH = re.compile(r'^(?:W/)?"(\d{1,9})"$', re.ASCII)
_CURSOR = [OpenApiParameter("cursor"), OpenApiParameter("limit", int)]
_LIST = [
    OpenApiParameter("state", enum=list(selectors.STATES), description="缺省 open"),
    OpenApiParameter("q", description="姓名开头、证件或电话后四位、住院号"),
    OpenApiParameter("programme"), OpenApiParameter("ward"), OpenApiParameter("due_from"),
    OpenApiParameter("due_to"),
    OpenApiParameter("assignee", description="me 本人，none 未分配，或人员编号"), *_CURSOR,
]  # fmt: skip


def _read_if_match(request: Request) -> int:
    match = _IF_MATCH.match(request.headers.get("If-Match", "").strip())
    if match is None:
        raise InvalidInput.at("If-Match", "required", '请在 If-Match 中给出当前版本，如 "3"')
    return int(match[1])


class TaskViewSet(ApiViewSet):
    operation_prefix = "tasks"
    functions = {
        "list": F.TASK_VIEW, "counts": F.TASK_VIEW, "retrieve": F.TASK_VIEW, "start": F.TASK_WORK,
        "draft": F.TASK_WORK, "evaluate": F.TASK_WORK, "attempts": F.TASK_WORK, "submit": F.TASK_WORK,
        "close": F.TASK_WORK, "detach": F.TASK_WORK,
    }  # fmt: skip
    parameters = {
        "list": frozenset(
            {"state", "q", "programme", "ward", "due_from", "due_to", "assignee", "cursor", "limit"}
        ),
    }

    @extend_schema(responses=TaskListOutput, parameters=_LIST)
    def list(self, request: Request) -> Response:
        actor = actor_of(request)
        filters = selectors.read_filters(actor, request)
        items, cursor = selectors.list_tasks(actor, filters, request)
        note_read(actor, "task.listed", state=filters.state, searched=bool(filters.text), count=len(items))
        return Response({"items": items, "next_cursor": cursor})

    @extend_schema(responses=TaskCountsOutput)
    def counts(self, request: Request) -> Response:
        return Response(selectors.count_tasks(actor_of(request)))

    @extend_schema(responses=TaskDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        actor = actor_of(request)
        detail = selectors.get_task_detail(actor, parse_id(id))
        note_read(actor, "task.viewed", "task", id, patient=detail["patient"]["id"])
        return Response(detail)

    @extend_schema(request=None, responses=TaskDetailOutput)
    def start(self, request: Request, id: str) -> Response:
        actor = actor_of(request)
        services.start_task(actor=actor, task_id=parse_id(id))
        return Response(selectors.get_task_detail(actor, int(id)))

    @extend_schema(
        request=DraftInput,
        responses=DraftSavedOutput,
        parameters=[OpenApiParameter("If-Match", location="header", required=True)],
    )
    def draft(self, request: Request, id: str) -> Response:
        given = parse(DraftInput, request)
        saved = services.save_draft(
            actor=actor_of(request),
            task_id=parse_id(id),
            **given,
            expected_version=_read_if_match(request),
        )
        return Response(saved)

    @extend_schema(request=AnswersInput, responses=TaskEvaluationOutput)
    def evaluate(self, request: Request, id: str) -> Response:
        answers = parse(AnswersInput, request)["answers"]
        evaluation = selectors.evaluate_answers(actor_of(request), parse_id(id), answers)
        if evaluation is None:
            raise InvalidInput.at("/answers", "no_questionnaire", "此任务没有问卷")
        return Response(evaluation)

    @extend_schema(request=AttemptInput, responses=TaskDetailOutput)
    def attempts(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(AttemptInput, request)
        services.add_attempt(
            actor=actor,
            task_id=parse_id(id),
            channel=Channel(given["channel"]).value,
            outcome=AttemptOutcome(given["outcome"]).value,
            note_text=given["note"],
        )
        return Response(selectors.get_task_detail(actor, int(id)))

    @extend_schema(request=SubmitInput, responses=TaskDetailOutput)
    def submit(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(SubmitInput, request)
        services.submit_task(actor=actor, task_id=parse_id(id), **given)
        return Response(selectors.get_task_detail(actor, int(id)))

    @extend_schema(request=CloseTaskInput, responses=TaskDetailOutput)
    def close(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(CloseTaskInput, request)
        services.close_task(actor=actor, task_id=parse_id(id), **given)
        return Response(selectors.get_task_detail(actor, int(id)))

    @extend_schema(request=DetachInput, responses=TaskDetailOutput)
    def detach(self, request: Request, id: str) -> Response:
        actor, given = actor_of(request), parse(DetachInput, request)
        member_id = parse_id(given["member_id"], "/member_id")
        services.detach_member(actor=actor, task_id=parse_id(id), member_id=member_id)
        return Response(selectors.get_task_detail(actor, int(id)))


class PatientFollowUpsViewSet(ApiViewSet):
    operation_prefix = "patientFollowUps"
    functions = {"list": F.TASK_VIEW}

    @extend_schema(responses=PatientFollowUpsOutput)
    def list(self, request: Request, id: str) -> Response:
        actor = actor_of(request)
        items = selectors.list_follow_ups(actor, parse_id(id))
        note_read(actor, "patient.follow_ups_listed", "patient", id, count=len(items))
        return Response({"items": items})


def _task(action: str, method: str = "post") -> object:
    return path(f"tasks/<str:id>/{action}", TaskViewSet.as_view({method: action}))


urlpatterns = [
    path("tasks", TaskViewSet.as_view({"get": "list"})),
    path("tasks/counts", TaskViewSet.as_view({"get": "counts"})),
    path("tasks/<str:id>", TaskViewSet.as_view({"get": "retrieve"})),
    _task("start"),
    _task("draft", "put"),
    _task("evaluate"),
    _task("attempts"),
    _task("submit"),
    _task("close"),
    _task("detach"),
    path("patients/<str:id>/follow-ups", PatientFollowUpsViewSet.as_view({"get": "list"})),
]

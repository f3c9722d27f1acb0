from datetime import date

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from followup.programmes.enums import EnrolmentOrigin, EnrolmentState, StopCode
from followup.programmes.selectors import enrolments as selectors
from followup.programmes.serializers.enrolments import (
    EnrolInput,
    EnrolmentDetailOutput,
    EnrolmentPageOutput,
    EnrolmentPauseInput,
    EnrolmentResumeInput,
    EnrolmentStopInput,
)
from followup.programmes.services import enrolments as services
from kernel.api import ApiViewSet, parse, parse_id
from kernel.errors import InvalidInput
from kernel.pagination import slice_page

_ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)
_FILTERS = ("programme", "patient", "state", "q", "department", "from", "to", "origin", "cursor", "limit")


class EnrolmentViewSet(ApiViewSet):
    """入组：哪些患者在哪条随访路径上，因为什么，进行到哪里。"""

    operation_prefix = "enrolments"
    functions = {
        "list": Function.ENROLMENT_VIEW,
        "retrieve": Function.ENROLMENT_VIEW,
        "create": Function.ENROLMENT_MANAGE,
        "stop": Function.ENROLMENT_MANAGE,
        "pause": Function.ENROLMENT_MANAGE,
        "resume": Function.ENROLMENT_MANAGE,
    }
    parameters = {"list": frozenset(_FILTERS)}

    @extend_schema(
        parameters=[
            OpenApiParameter("programme", str, description="随访路径编号"),
            OpenApiParameter("patient", str, description="患者编号"),
            OpenApiParameter("state", str, enum=EnrolmentState.values),
            OpenApiParameter("origin", str, enum=EnrolmentOrigin.values),
            OpenApiParameter("department", str, description="出院科室编号"),
            OpenApiParameter("from", OpenApiTypes.DATE, description="入组日期，含当日"),
            OpenApiParameter("to", OpenApiTypes.DATE, description="入组日期，含当日"),
            OpenApiParameter("q", str, description="姓名或拼音首字母开头，或住院号全号"),
            OpenApiParameter("cursor", str),
            OpenApiParameter("limit", int),
        ],
        responses=EnrolmentPageOutput,
    )
    def list(self, request: Request) -> Response:
        """查看范围内患者的入组，最近的在前。"""
        given = request.query_params
        queryset = selectors.list_enrolments(
            actor_of(request),
            programme_id=parse_id(given["programme"], "?programme") if "programme" in given else None,
            patient_id=parse_id(given["patient"], "?patient") if "patient" in given else None,
            state=_choice(request, "state", EnrolmentState.values),
            origin=_choice(request, "origin", EnrolmentOrigin.values),
            department_id=parse_id(given["department"], "?department") if "department" in given else None,
            enrolled_from=_day(request, "from"),
            enrolled_to=_day(request, "to"),
            q=given.get("q", "").strip()[:80].replace("\0", ""),
        )
        rows, cursor = slice_page(queryset, request, order=["-id"])
        return Response({"items": selectors.present_page(rows), "next_cursor": cursor})

    @extend_schema(parameters=[_ID], responses=EnrolmentDetailOutput)
    def retrieve(self, request: Request, id: str) -> Response:
        return self._detail(request, parse_id(id))

    @extend_schema(request=EnrolInput, responses={201: EnrolmentDetailOutput})
    def create(self, request: Request) -> Response:
        """人工入组：按路径当前运行的版本，为一次已出院的就诊生成随访。"""
        body = parse(EnrolInput, request)
        made = services.enrol_by_hand(
            actor=actor_of(request),
            programme_id=parse_id(body["programme_id"], "/programme_id"),
            encounter_id=parse_id(body["encounter_id"], "/encounter_id"),
            reason=body["reason"],
        )
        return self._detail(request, made, status.HTTP_201_CREATED)

    @extend_schema(parameters=[_ID], request=EnrolmentStopInput, responses=EnrolmentDetailOutput)
    def stop(self, request: Request, id: str) -> Response:
        """终止：未完成的任务随之取消。"""
        enrolment_id = parse_id(id)
        body = parse(EnrolmentStopInput, request)
        services.stop_by_hand(
            actor=actor_of(request),
            enrolment_id=enrolment_id,
            reason=body["reason"],
            code=body.get("code", StopCode.MANUAL),
        )
        return self._detail(request, enrolment_id)

    @extend_schema(parameters=[_ID], request=EnrolmentPauseInput, responses=EnrolmentDetailOutput)
    def pause(self, request: Request, id: str) -> Response:
        """暂停：未开始的任务不再显示为待办，恢复时仍在窗口内的继续。"""
        enrolment_id = parse_id(id)
        body = parse(EnrolmentPauseInput, request)
        services.pause_by_hand(actor=actor_of(request), enrolment_id=enrolment_id, reason=body["reason"])
        return self._detail(request, enrolment_id)

    @extend_schema(parameters=[_ID], request=EnrolmentResumeInput, responses=EnrolmentDetailOutput)
    def resume(self, request: Request, id: str) -> Response:
        """恢复：窗口仍开放或未到的任务继续，窗口已过的取消。"""
        enrolment_id = parse_id(id)
        parse(EnrolmentResumeInput, request)
        services.resume_by_hand(actor=actor_of(request), enrolment_id=enrolment_id)
        return self._detail(request, enrolment_id)

    def _detail(self, request: Request, enrolment_id: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(selectors.get_enrolment(actor_of(request), enrolment_id), status=code)


def _choice(request: Request, name: str, allowed: list[str]) -> str | None:
    value = request.query_params.get(name)
    if value is not None and value not in allowed:
        raise InvalidInput.at(f"?{name}", "unknown_value", f"{name} 应为：{'、'.join(allowed)}")
    return value


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput.at(f"?{name}", "invalid_date", f"{name} 应为日期，如 2026-11-20") from error


urlpatterns = [
    path("enrolments", EnrolmentViewSet.as_view({"get": "list", "post": "create"})),
    path("enrolments/<str:id>", EnrolmentViewSet.as_view({"get": "retrieve"})),
    path("enrolments/<str:id>/stop", EnrolmentViewSet.as_view({"post": "stop"})),
    path("enrolments/<str:id>/pause", EnrolmentViewSet.as_view({"post": "pause"})),
    path("enrolments/<str:id>/resume", EnrolmentViewSet.as_view({"post": "resume"})),
]

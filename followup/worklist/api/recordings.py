from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import parsers
from rest_framework.request import Request
from rest_framework.response import Response

from access.actor import actor_of
from access.functions import Function
from files.errors import FileTooLarge
from followup.worklist import selectors, services
from followup.worklist.api.seen import note_read
from followup.worklist.serializers import (
    RecordingInput,
    RecordingLinkOutput,
    RecordingListOutput,
    RecordingOutput,
)
from kernel.api import ApiViewSet, parse_id
from kernel.errors import InvalidInput

# Boundaries and part headers of a multipart body come on top of the file.
_ENVELOPE_BYTES = 16 * 1024


class TaskRecordingViewSet(ApiViewSet):
    operation_prefix = "taskRecordings"
    functions = {"list": Function.RECORDING_PLAY, "create": Function.TASK_WORK}
    parser_classes = (parsers.MultiPartParser,)

    @extend_schema(responses=RecordingListOutput)
    def list(self, request: Request, id: str) -> Response:
        actor = actor_of(request)
        items = selectors.list_recordings(actor, parse_id(id))
        note_read(actor, "recording.listed", "task", id, count=len(items))
        return Response({"items": items})

    @extend_schema(request={"multipart/form-data": RecordingInput}, responses={201: RecordingOutput})
    def create(self, request: Request, id: str) -> Response:
        limit = int(settings.RECORDING_MAX_BYTES)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > limit + _ENVELOPE_BYTES:
            raise FileTooLarge.over(limit)  # before the body is read
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            raise InvalidInput.at("/file", "required", "请选择录音文件")
        recording = services.add_recording(
            actor=actor_of(request), task_id=parse_id(id), stream=file, size=file.size
        )
        return Response(recording, status=201)


class RecordingViewSet(ApiViewSet):
    operation_prefix = "recordings"
    functions = {"link": Function.RECORDING_PLAY}

    @extend_schema(request=None, responses=RecordingLinkOutput)
    def link(self, request: Request, id: str) -> Response:
        link = services.make_recording_link(actor=actor_of(request), recording_id=parse_id(id))
        return Response({"url": link.url, "expires_at": link.expires_at})


urlpatterns = [
    path("tasks/<str:id>/recordings", TaskRecordingViewSet.as_view({"get": "list", "post": "create"})),
    path("recordings/<str:id>/link", RecordingViewSet.as_view({"post": "link"})),
]

"""The built web app: one index.html for every path that is not the API's; its assets come from whitenoise."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kernel.problems import problem_response

# Nothing is loaded from elsewhere. Element Plus sets inline styles; audio plays from our own links.
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:;"
    " font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)


@lru_cache(maxsize=1)
def _read_index(path: Path, changed: float) -> bytes:
    return path.read_bytes()


def serve_index(request: HttpRequest, path: str = "") -> HttpResponse:
    if path.startswith("api/") or request.method not in {"GET", "HEAD"}:
        return problem_response(404)
    index = settings.WEB_ROOT / "index.html"
    if not index.is_file():
        return problem_response(503, code="web_not_built", detail="网页尚未构建：请运行 make up")
    response = HttpResponse(
        _read_index(index, index.stat().st_mtime), content_type="text/html; charset=utf-8"
    )
    response["Cache-Control"] = "no-cache"
    response["Content-Security-Policy"] = _POLICY
    return response

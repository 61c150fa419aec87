"""Documentation pages: Swagger UI, the OpenAPI document, and the list of problems.

The files of Swagger UI are served from a wheel: the page works without internet access.
"""

from collections.abc import Iterable
from functools import cached_property
from gzip import compress
from hashlib import blake2b
from html import escape
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from pydantic_core import to_json
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from app.api.core.problems import NOT_FOUND, Problem, ProblemKind, all_kinds

router = APIRouter(include_in_schema=False)
JSON: Final = "application/json"
DOCS_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS: Final = {"Content-Security-Policy": DOCS_CONTENT_SECURITY_POLICY, "Referrer-Policy": "no-referrer"}
PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Regulars API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
<div id="reference"></div>
<noscript>This page needs JavaScript; <a href="openapi.json">openapi.json</a> has the same content.</noscript>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
START_SCRIPT: Final = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#reference", deepLinking: true, defaultModelsExpandDepth: -1,
  docExpansion: "list", displayRequestDuration: true, tryItOutEnabled: true, validatorUrl: null,
});
"""
PROBLEMS_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Regulars API: problems</title>
<link rel="icon" href="data:,">
<style>body {{ font-family: sans-serif; max-width: 70em; margin: 2em auto }} td, th {{ text-align: left;
padding: .3em .8em; vertical-align: top }}</style>
<h1>Problems</h1>
<table>
<tr><th>type<th>status<th>title<th>remedy
{rows}
</table>
</html>
"""


class OpenAPIDocument:
    """The OpenAPI document as bytes, serialized and compressed once."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    @cached_property
    def plain(self) -> bytes:
        """The document as JSON."""
        return to_json(self._app.openapi())

    @cached_property
    def gzipped(self) -> bytes:
        """The document as JSON, compressed."""
        return compress(self.plain, mtime=0)

    @cached_property
    def etag(self) -> str:
        """The ETag of the document; weak, because it is the same for both encodings."""
        return f'W/"{blake2b(self.plain, digest_size=12).hexdigest()}"'


def mount_documentation(app: FastAPI) -> None:
    """Serve the files of Swagger UI below /docs/assets, and the document of the app."""
    app.mount("/docs/assets", StaticFiles(packages=[("fastapi_offline", "static")]), name="assets")
    app.state.openapi_document = OpenAPIDocument(app)


@router.get("/")
async def redirect_to_docs() -> Response:
    """Redirect to the documentation page."""
    return RedirectResponse("docs")


@router.get("/docs")
async def show_docs() -> Response:
    """Show the documentation page."""
    return HTMLResponse(PAGE, headers=PAGE_HEADERS)


@router.get("/docs/start.js")
async def get_start_script() -> Response:
    """Get the script of the page; a separate file, because the content security policy forbids inline scripts."""
    return Response(START_SCRIPT, media_type="text/javascript")


@router.get("/openapi.json")
async def get_openapi(request: Request) -> Response:
    """Get the OpenAPI document."""
    document: OpenAPIDocument = request.app.state.openapi_document
    headers = {"ETag": document.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    if "*" in known or document.etag.removeprefix("W/") in known:
        return Response(status_code=304, headers=headers)
    if _accepts(request.headers.get("Accept-Encoding", ""), "gzip"):
        return Response(document.gzipped, headers={**headers, "Content-Encoding": "gzip"}, media_type=JSON)
    return Response(document.plain, headers=headers, media_type=JSON)


@router.get("/problems")
async def list_problems(request: Request) -> Response:
    """List the kinds of problems: a page for browsers, JSON for all others."""
    kinds = all_kinds()
    if "text/html" in request.headers.get("Accept", ""):
        return HTMLResponse(PROBLEMS_PAGE.format(rows=_rows(kinds)), headers={**PAGE_HEADERS, "Vary": "Accept"})
    data = {"data": [_explained(kind) for kind in kinds]}
    return Response(to_json(data), headers={"Vary": "Accept"}, media_type=JSON)


@router.get("/problems/{name}")
async def get_problem(name: str) -> dict[str, Any]:
    """Get the meaning of a problem's type."""
    for kind in all_kinds():
        if kind.name == name:
            return _explained(kind)
    raise Problem(NOT_FOUND, "GET /problems lists all types.")


def _accepts(header: str, encoding: str) -> bool:
    for each in header.split(","):
        name, _, weight = each.partition(";")
        if name.strip().lower() == encoding:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _explained(kind: ProblemKind) -> dict[str, Any]:
    return {"type": kind.uri, "title": kind.title, "status": kind.status, "remedy": kind.remedy}


def _rows(kinds: Iterable[ProblemKind]) -> str:
    cells = (
        (f'<a href="problems/{escape(kind.name)}">{escape(kind.name)}</a>', str(kind.status), kind.title, kind.remedy)
        for kind in kinds
    )
    return "\n".join(
        f"<tr><td>{link}<td>{status}<td>{escape(title)}<td>{escape(remedy)}" for link, status, title, remedy in cells
    )

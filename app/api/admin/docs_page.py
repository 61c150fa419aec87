"""The reference for people: Swagger UI from a wheel, so that it works without the internet and tells no third party."""

from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from app.api.core.problems import KINDS, NOT_FOUND, Problem

router = APIRouter(include_in_schema=False)
BY_NAME: Final = {kind.name: kind for kind in KINDS}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Regulars API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
<div id="reference"></div>
<noscript>The reference needs JavaScript; <a href="openapi.json">openapi.json</a> says the same.</noscript>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
START: Final = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#reference", deepLinking: true, defaultModelsExpandDepth: -1,
  docExpansion: "list", displayRequestDuration: true, tryItOutEnabled: true, validatorUrl: null,
});
"""


def mount_assets(app: FastAPI) -> None:
    """Serve the files of Swagger UI below /docs/assets."""
    app.mount("/docs/assets", StaticFiles(packages=[("fastapi_offline", "static")]), name="assets")


@router.get("/")
async def go_to_reference() -> Response:
    """The reference is where a person wants to be."""
    return RedirectResponse("docs")


@router.get("/docs")
async def show_reference() -> Response:
    """The page."""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"})


@router.get("/docs/start.js")
async def start_reference() -> Response:
    """What starts it: a file of its own, so that the page needs no inline script."""
    return Response(START, media_type="text/javascript")


@router.get("/problems/{name}")
async def explain_problem(name: str) -> dict[str, Any]:
    """What a problem's type means."""
    if name not in BY_NAME:
        raise Problem(NOT_FOUND)
    kind = BY_NAME[name]
    return {"type": kind.uri, "title": kind.title, "status": kind.status, "remedy": kind.remedy}

"""Sign-in with an API key: a session cookie whose key is verified at every request."""

from http.cookies import SimpleCookie
from typing import Annotated, Final

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app.access.sessions import SESSION_HOURS, SessionKey, begin_session, end_session, session_query
from app.api.core.dependencies import Reader
from app.api.core.grant import Grant
from app.api.core.problems import UNAUTHORIZED, Problem
from app.api.middleware.auth import Access
from app.dashboard.frame.addresses import sent_path
from app.dashboard.frame.page import PageContent, Redirect
from app.dashboard.frame.page_request import PageQuery, PageRequest
from app.dashboard.frame.same_origin import check_same_origin
from app.settings import Settings

COOKIE: Final = "regulars_session"
SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/sign-out"
MAX_TARGET: Final = 4_000
"""Characters of an address at which the sign-in continues; after a sign-in for a longer one, `/` is shown."""
NO_SCOPES: Final = Grant("", frozenset())
WRONG_KEY: Final = "The key is not valid: it is wrong, revoked or expired."


class SignInQuery(PageQuery):
    """Query string of the sign-in page."""

    next: Annotated[str, Field(max_length=MAX_TARGET)] = "/"


class SignInForm(SignInQuery):
    """Form of the sign-in page."""

    key: Annotated[str, Field(max_length=500)] = ""


class Authentication:
    """Sign-in, sign-out, and the scopes of a request."""

    def __init__(self, access: Access, settings: Settings) -> None:
        self._access, self._is_https = access, settings.hsts_seconds > 0

    async def grant(self, request: Request) -> Grant:
        """Return the grant of a request; raises Problem if it is not signed in, or the database is unavailable."""
        grant = self._access.grant_without_key(request.scope)
        if grant is None and (token := request.cookies.get(COOKIE)):
            grant = await self._grant_of_session(request, token)
        return grant or self._access.authenticate(request.scope)

    async def limit(self, request: Request, grant: Grant) -> None:
        """Count the request of a key; raises Problem if its limit is reached."""
        if grant.limit:
            await self._access.limits.spend(grant, request.scope)

    async def show_sign_in(self, request: Request) -> PageContent | Redirect:
        """Show the sign-in page, or continue if the reader is signed in."""
        query = PageRequest(request, NO_SCOPES, {}).query(SignInQuery)
        try:
            await self.grant(request)
        except Problem as problem:
            if problem.kind is not UNAUTHORIZED:
                raise
            return _sign_in_page(query.next, problem.detail)
        return Redirect(local_path(query.next))

    async def sign_in(self, request: Request) -> PageContent | Redirect:
        """Verify the key of the form, begin a session and continue at the requested page."""
        check_same_origin(request)
        form = await PageRequest(request, NO_SCOPES, {}).form(SignInForm)
        try:
            grant = self._access.grant_without_key(request.scope) or self._access.verify(
                request.scope, [b"Bearer " + form.key.strip().encode()]
            )
        except Problem as problem:
            if problem.kind is not UNAUTHORIZED:
                raise
            return _sign_in_page(form.next, problem.detail or WRONG_KEY, 401)
        key = SessionKey(grant.key_id, grant.secret_sha256)
        token = await run_in_threadpool(begin_session, request.app.state.writer, key)
        await self._end(request)
        return Redirect(local_path(form.next), self._cookie(request, token, SESSION_HOURS * 3600))

    async def sign_out(self, request: Request) -> Redirect:
        """End the session."""
        check_same_origin(request)
        await self._end(request)
        return Redirect(SIGN_IN, self._cookie(request, "", 0))

    async def _grant_of_session(self, request: Request, token: str) -> Grant | None:
        reader: Reader = request.app.state.reader
        rows = await reader.rows(session_query(token))
        return self._access.grant_of_session(rows[0].key_id, bytes(rows[0].secret_sha256)) if rows else None

    async def _end(self, request: Request) -> None:
        if token := request.cookies.get(COOKIE):
            await run_in_threadpool(end_session, request.app.state.writer, token)

    def _cookie(self, request: Request, token: str, seconds: int) -> dict[str, str]:
        cookie: SimpleCookie = SimpleCookie({COOKIE: token})
        is_secure = self._is_https or request.url.scheme == "https"
        options = {"path": request.scope.get("root_path") or "/", "max-age": str(seconds), "samesite": "Strict"}
        for name, value in {**options, "httponly": True, "secure": is_secure}.items():
            cookie[COOKIE][name] = value
        return {"Set-Cookie": cookie[COOKIE].OutputString()}


def local_path(text: str) -> str:
    """Return a path of this server with its query; `/` for any other text, to prevent open redirects.

    `/` also for the sign-out, which is no page.
    """
    path = text.partition("?")[0].partition("#")[0]
    is_local = text.startswith("/") and not text.startswith("//") and path != SIGN_OUT
    return text if is_local and text.isprintable() and "\\" not in text else "/"


def sign_in_first(request: Request) -> Redirect | None:
    """Return the redirect to the sign-in page for a navigation, None for a request of a script or a form."""
    is_navigation = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    if request.method != "GET" or not is_navigation:
        return None
    root = request.scope.get("root_path", "")
    path, query = sent_path(request).removeprefix(root), request.url.query
    target = Request({**request.scope, "path": root + SIGN_IN, "query_string": b""}).url
    asked = f"{path}?{query}" if query else path
    is_start = asked == "/" or len(asked) > MAX_TARGET
    return Redirect(SIGN_IN if is_start else f"{SIGN_IN}?{target.include_query_params(next=asked).query}")


def _sign_in_page(target: str, error: str | None = None, status: int = 200) -> PageContent:
    return PageContent("sign_in.html", "Sign in", {"next": local_path(target), "error": error}, status=status)

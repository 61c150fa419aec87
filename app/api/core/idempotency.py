"""Idempotency keys of requests: a repeated request gets the stored response and has no effect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection, Engine
from starlette.concurrency import run_in_threadpool

from app.access.idempotency import RETENTION_HOURS, IdempotentRequest, StoredResponse, respond_once
from app.api.core.dependencies import WriterDependency
from app.api.core.grant import GRANT
from app.api.core.problems import KEY_REUSED, Problem
from app.errors import IdempotencyConflict

Effect = Callable[[Connection], tuple[BaseModel, Mapping[str, str]]]
"""Function that writes in a transaction and returns the body and headers of the response."""


@dataclass(frozen=True, slots=True)
class IdempotentResponder:
    """Runs the effect of a request once per idempotency key.

    Attributes:
        writer: engine with write access.
        request: the request; None without a key.
    """

    writer: Engine
    request: IdempotentRequest | None

    async def respond(self, status: int, effect: Effect) -> Response:
        """Run an effect in a transaction and respond, or send the stored response; raises Problem for a reused key."""

        def stored(connection: Connection) -> StoredResponse:
            body, headers = effect(connection)
            return StoredResponse(status, body.model_dump_json(by_alias=True), headers)

        try:
            response = await run_in_threadpool(respond_once, self.writer, self.request, stored)
        except IdempotencyConflict:
            detail = "The Idempotency-Key was used for another request in the last 24 hours. Send a new key."
            raise Problem(KEY_REUSED, detail) from None
        return Response(response.body, response.status, dict(response.headers), "application/json")


async def idempotent_responder(
    request: Request,
    writer: WriterDependency,
    idempotency_key: Annotated[
        str | None,
        Header(
            description=f"A new key for each request. Within {RETENTION_HOURS} hours, the same request with the same "
            "key gets the same response and has no effect.",
            min_length=1,
            max_length=255,
        ),
    ] = None,
) -> IdempotentResponder:
    """Return the request's idempotency, scoped to the client's API key."""
    if idempotency_key is None:
        return IdempotentResponder(writer, None)
    operation = f"{request.method} {request.scope['route'].path}"
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    digest = sha256(target + await request.body()).digest()
    return IdempotentResponder(
        writer, IdempotentRequest(request.scope[GRANT].key_id, idempotency_key, operation, digest)
    )


IdempotencyDependency = Annotated[IdempotentResponder, Depends(idempotent_responder)]

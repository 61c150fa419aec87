"""Idempotency keys: a repeated request starts nothing new."""

from typing import Annotated

from fastapi import Depends, Header, Request

from app.api.core.grant import GRANT


def scoped_key(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="A new value for every request; a request repeated with it starts nothing new.",
            min_length=1,
            max_length=255,
        ),
    ] = None,
) -> str | None:
    """Return the key as it is stored, prefixed by the API key: other clients cannot get its answer."""
    return None if idempotency_key is None else f"{request.scope[GRANT].key_id}:{idempotency_key}"


IdempotencyKey = Annotated[str | None, Depends(scoped_key)]

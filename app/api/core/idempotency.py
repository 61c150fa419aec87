"""Idempotency keys: a request that is sent again starts nothing new."""

from typing import Annotated

from fastapi import Depends, Header, Request

from app.api.core.grant import GRANT


def scoped_key(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Yours, new for every request: sent again, it starts nothing new.", min_length=1, max_length=255
        ),
    ] = None,
) -> str | None:
    """The key as it is stored: with whose it is, so that nobody gets another's answer by guessing it."""
    return None if idempotency_key is None else f"{request.scope[GRANT].key_id}:{idempotency_key}"


IdempotencyKey = Annotated[str | None, Depends(scoped_key)]
